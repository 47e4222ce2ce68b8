"""The confirmation page as HTML: one template, plain words, no scripts. `confirm.py` decides what it is about."""

from __future__ import annotations

import base64
import hashlib
import re
from collections.abc import Mapping
from pathlib import Path
from typing import Final

from jinja2 import Environment, StrictUndefined
from markupsafe import Markup

from zdsync.core.writing import Language
from zdsync.web.confirm_texts import WORDS, Alert, Situation

STYLE: Final = """
:root{color-scheme:light}
*{box-sizing:border-box}
body{margin:0;font:1.0625rem/1.5 system-ui,sans-serif;color:#1b1f24;background:#f3f4f6}
nav{max-width:36rem;margin:0 auto;padding:.25rem 1rem;text-align:right}
nav a{display:inline-block;padding:.5rem}
main{max-width:36rem;margin:0 auto 1rem;padding:.75rem 1.25rem;background:#fff;border:1px solid #d0d5db;border-radius:.5rem}
h1{font-size:1.375rem;line-height:1.3;margin:.25rem 0 .75rem;overflow-wrap:anywhere}
p{margin:0 0 .75rem;overflow-wrap:anywhere}
a{color:#0b57a4}
label{display:block;font-weight:600;margin-bottom:.375rem}
textarea{display:block;width:100%;font:inherit;padding:.5rem;border:1px solid #5c6670;border-radius:.375rem;color:inherit;background:#fff}
#hint{font-size:.9375rem;color:#4a525b;margin:.375rem 0 1rem}
button{display:block;width:100%;min-height:3rem;margin:0 0 .75rem;padding:.625rem 1rem;font:inherit;font-weight:600;color:#fff;background:#0b57a4;border:2px solid #0b57a4;border-radius:.375rem;cursor:pointer}
button+button{color:#0b57a4;background:#fff}
:focus-visible{outline:3px solid #b34700;outline-offset:3px}
.alert{padding:.75rem;border-left:.375rem solid #a3260b;background:#fdeeea}
"""  # noqa: E501 - one rule a line
HASH: Final = base64.b64encode(hashlib.sha256(STYLE.encode()).digest()).decode()

HEADERS: Final[Mapping[str, str]] = {
    "cache-control": "no-store",
    "referrer-policy": "no-referrer",
    "x-robots-tag": "noindex, nofollow",
    "content-security-policy": f"default-src 'none'; style-src 'sha256-{HASH}'; form-action 'self'; base-uri 'none'; "
    "frame-ancestors 'none'",
    "x-frame-options": "DENY",
    "x-content-type-options": "nosniff",
    "cross-origin-resource-policy": "same-origin",
    "vary": "accept-language",
}
"""On every answer: nobody keeps the address or the page, frames it, or is told of it by the browser."""

_TEMPLATE: Final = Environment(autoescape=True, undefined=StrictUndefined, trim_blocks=True).from_string(
    Path(__file__).with_name("confirm.html.j2").read_text("utf-8")
)


def render(
    language: Language,
    situation: Situation,
    *,
    reference: int = 0,
    subject: str = "",
    alert: Alert | None = None,
    said: str = "",
    again: bool = False,
) -> str:
    """The page. `said` stands in the field once more where an answer was not recorded; everything is escaped."""
    words = WORDS[language]
    return _TEMPLATE.render(
        language=language,
        words=words,
        others=[(code, other) for code, other in WORDS.items() if code != language],
        style=Markup(STYLE),  # noqa: S704 - a constant
        title=words.titles[situation].format(reference=reference),
        texts=[text.format(reference=reference) for text in words.texts[situation]],
        subject=subject,
        alert=words.alerts[alert] if alert else "",
        said=said,
        form=situation == "open",
        again=again,
    )


def language_of(wish: str, locale: str | None, accepted: str) -> Language:
    """What was chosen on the page, else the requester's language, else what the browser asks for, else English."""
    for name in (wish, locale) if locale else (wish, *_by_preference(accepted)):
        if re.split("[-_]", name)[0].lower() == "fr":
            return "fr"
        if re.split("[-_]", name)[0].lower() == "en":
            return "en"
    return "en"


def _by_preference(accepted: str) -> list[str]:
    """`fr-CH, en;q=0.8`, most wanted first."""
    found: list[tuple[float, str]] = []
    for part in accepted[:200].split(","):
        name, _, quality = part.strip().partition(";")
        weight = re.fullmatch(r"\s*q=([01](?:\.[0-9]{1,3})?)\s*", quality)
        value = float(weight[1]) if weight else 1.0 if not quality else 0.0
        if value > 0:
            found.append((-value, name.strip()))
    return [name for _, name in sorted(found, key=lambda each: each[0])]
