"""The public status page as HTML: one template, no scripts, nothing from elsewhere. `status.py` speaks HTTP."""

from __future__ import annotations

import base64
import hashlib
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from pathlib import Path
from typing import Final
from zoneinfo import ZoneInfo

from jinja2 import Environment, StrictUndefined
from markupsafe import Markup

from zdsync.core.spans import Span, minute
from zdsync.core.status import DayStatus, Past, Status
from zdsync.core.writing import Language, Writer
from zdsync.web.confirm_page import HEADERS as STRICT
from zdsync.web.status_texts import WORDS, Words

FRESH: Final = timedelta(minutes=20)
"""What is older is shown as old: the task runs every five minutes."""

STYLE: Final = """
:root{color-scheme:light dark;--ink:#18212b;--soft:#51606f;--line:#d9dfe5;--paper:#fff;--ground:#f3f5f7;--down:#b42318;--planned:#2463a6;--fine:#a9d8b8;--none:#dfe4e8;--good:#146c3c;--link:#0b57a4}
@media screen and (prefers-color-scheme:dark){:root{--ink:#e7edf3;--soft:#a3b1be;--line:#33404c;--paper:#1a222a;--ground:#11171c;--down:#ff8577;--planned:#7db7f2;--fine:#2b5a3d;--none:#2a333c;--good:#7fd6a1;--link:#8ec2ff}}
*{box-sizing:border-box}
body{margin:0;background:var(--ground);color:var(--ink);font:1rem/1.5 system-ui,sans-serif}
nav{max-width:46rem;margin:0 auto;padding:.25rem 1rem;text-align:right}
nav a{display:inline-block;padding:.5rem;color:var(--link)}
main{max-width:46rem;margin:0 auto;padding:0 1rem 2rem}
h1{font-size:1.0625rem;margin:0 0 .75rem;color:var(--soft)}
h2{font-size:1.0625rem;margin:0 0 .25rem}
section{background:var(--paper);border:1px solid var(--line);border-radius:.625rem;padding:1.125rem 1.25rem;margin:0 0 1rem}
p{margin:0 0 .5rem}
.state{border-left:.5rem solid var(--none)}
.state p{margin:0}
.state .big{font-size:1.5rem;font-weight:700;line-height:1.3;overflow-wrap:anywhere}
.up{border-left-color:var(--good)}
.up .big{color:var(--good)}
.down{border-left-color:var(--down)}
.down .big{color:var(--down)}
.maintenance{border-left-color:var(--planned)}
.maintenance .big{color:var(--planned)}
.soft{color:var(--soft);font-size:.9375rem}
.figure{font-size:1.75rem;font-weight:700;font-variant-numeric:tabular-nums;margin:0}
svg{display:block;width:100%;height:3rem;margin-top:.5rem}
svg .fine{fill:var(--fine)}
svg .none{fill:var(--none)}
svg .bad{fill:var(--down)}
svg .work{fill:var(--planned)}
.ends{display:flex;justify-content:space-between;color:var(--soft);font-size:.875rem;margin:.25rem 0 0}
ul{margin:.25rem 0 0;padding:0;list-style:none}
li{padding:.5rem 0;border-top:1px solid var(--line)}
li:first-child{border-top:0}
.legend{display:flex;flex-wrap:wrap;gap:.25rem 1.25rem;margin:.75rem 0 0;font-size:.9375rem}
.legend li{padding:0;border:0}
.legend span{display:inline-block;width:.875rem;height:.875rem;margin-right:.4rem;border-radius:.15rem;vertical-align:-.1rem}
.legend .bad{background:var(--down)}
.legend .work{background:var(--planned)}
.legend .fine{background:var(--fine)}
.legend .none{background:var(--none)}
b{font-weight:600}
:focus-visible{outline:3px solid #b34700;outline-offset:3px}
@media print{:root{color-scheme:light;--ground:#fff}*{-webkit-print-color-adjust:exact;print-color-adjust:exact}nav{display:none}section{break-inside:avoid}}
"""  # noqa: E501 - one rule a line
HASH: Final = base64.b64encode(hashlib.sha256(STYLE.encode()).digest()).decode()

HEADERS: Final[Mapping[str, str]] = {
    **STRICT,
    "content-security-policy": f"default-src 'none'; style-src 'sha256-{HASH}'; form-action 'none'; base-uri 'none'; "
    "frame-ancestors 'none'",
}
"""As the confirmation page has them."""

_TEMPLATE: Final = Environment(autoescape=True, undefined=StrictUndefined, trim_blocks=True).from_string(
    Path(__file__).with_name("status.html.j2").read_text("utf-8")
)


@dataclass(frozen=True, slots=True)
class Bar:
    """A day; both parts of 0 to 1, the lower one down."""

    label: str
    measured: bool
    down: float
    planned: float


def render(language: Language, status: Status | None, now: datetime) -> str:
    """The page; None: nothing is known yet."""
    words = WORDS[language]
    shared = {
        "language": language,
        "words": words,
        "others": [(code, other) for code, other in WORDS.items() if code != language],
        "style": Markup(STYLE),  # noqa: S704 - a constant
    }
    if status is None:
        return _TEMPLATE.render(**shared, status=None, title=words.untitled)
    writer = Writer(language, ZoneInfo(status.zone))
    return _TEMPLATE.render(
        **shared,
        status=status,
        title=words.title.format(product=status.product),
        state=words.states[status.state].format(product=status.product),
        since=words.since.format(at=writer.time(minute(status.since))) if status.since else "",
        old=now - status.at > FRESH,
        planned=[
            (
                each.titles.get(language) or each.titles.get("en") or words.maintenance,
                writer.span(Span(each.start, each.end)),
            )
            for each in status.planned
        ],
        bars=[_bar(day, words, writer) for day in status.days],
        ends=[_day(day.date, writer) for day in (status.days[0], status.days[-1])] if status.days else [],
        past=[(_kind(each, words), *_lasted(each, words, writer)) for each in status.past],
        month=writer.month(date(status.year, status.month, 1)),
        figure="–" if status.percent is None else writer.percent(status.percent),
        target=words.target.format(target=writer.percent(status.target, "0.###")),
        at=words.at.format(at=writer.time(minute(status.at))),
        times=words.times.format(zone=writer.zone_name),
    )


def _bar(day: DayStatus, words: Words, writer: Writer) -> Bar:
    told = [words.down.format(length=writer.length(timedelta(seconds=day.down)))] if day.down else []
    told += [words.planned_day.format(length=writer.length(timedelta(seconds=day.planned)))] if day.planned else []
    nothing = words.fine if day.measured else words.unmeasured
    whole = max(day.measured, 1)
    return Bar(
        words.day.format(day=_day(day.date, writer), what=", ".join(told) or nothing),
        day.measured > 0,
        _visible(day.down / whole),
        _visible(day.planned / whole),
    )


def _visible(part: float) -> float:
    """Short ones too."""
    return max(part, 0.2) if part else 0.0


def _day(day: date, writer: Writer) -> str:
    return writer.day(day, "d MMM y")


def _kind(past: Past, words: Words) -> str:
    return words.outage if past.kind == "outage" else words.maintenance


def _lasted(past: Past, words: Words, writer: Writer) -> tuple[str, str]:
    """When, and how long where that is any: in minutes, as customers' mails and the incident report have them."""
    if past.end is None:
        return f"{writer.time(minute(past.start))} – {words.goes_on}", ""
    span = Span(past.start, past.end).in_minutes
    return (writer.span(span), writer.length(span.length)) if span.length else (writer.time(span.start), "")
