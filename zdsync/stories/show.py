"""A judged story for people (a time line, with what was expected marked in it) and for programs. For `cli/test.py`."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime
from typing import Any, Final
from zoneinfo import ZoneInfo

from zdsync.stories.judge import Judged, Verdict
from zdsync.stories.play import Happening, Spoken

HELD: Final = "✓"
FAILED: Final = "✗"
EXPECTED: Final = "expected"
_WHO: Final = 12
"""Columns of who does it."""
_SHOWN: Final = 76
"""Characters of a message's first line."""


def headline(judged: Judged) -> str:
    return f"{HELD if judged.held else FAILED} {judged.story.name}  {judged.story.source}"


def time_line(judged: Judged) -> Iterator[str]:
    """Everything in the order of time: what people did, what zdsync did and why, what was expected of it.

      09:10     agent       sets the priority to high
      09:10:05  zdsync      adds the tag …
    ✗ 09:30     expected    note sla_targets.warning                               line 7
                            no sla_targets.warning came as a note (it came at 10:55)
    """
    zone = judged.story.zone
    entries: list[tuple[datetime, int, Happening | Verdict]] = [(one.at, 1, one) for one in judged.run.happenings]
    entries += [(verdict.seen, 0, verdict) for verdict in judged.verdicts]  # what comes when its time is over is late
    day = None
    for at, _, entry in sorted(entries, key=lambda one: one[:2]):
        local = at.astimezone(zone)
        if local.date() != day:
            day = local.date()
            yield f"    {local:%A %Y-%m-%d}"
        if isinstance(entry, Verdict):
            yield from _verdict(entry, zone)
        else:
            yield from _happening(entry, zone)


def _verdict(verdict: Verdict, zone: ZoneInfo) -> Iterator[str]:
    mark = HELD if verdict.held else FAILED
    yield _line(mark, _clock(verdict.at, zone), EXPECTED, f"{verdict.expected}  (line {verdict.line})")
    for words in verdict.wrong:
        yield _line("", "", "", words)
    for index, words in enumerate(verdict.look_at):
        yield _line("", "", "" if index else "look at", words)


def _happening(one: Happening, zone: ZoneInfo) -> Iterator[str]:
    words = [*one.words, *([_spoken(one.spoken)] if one.spoken else [])]
    if one.ticket != "story":
        words = [f"on the {one.ticket}: {each}" for each in words]
    for index, each in enumerate(words):
        yield _line("", "" if index else _clock(one.at, zone), "" if index else one.who, each)
    for each in one.because:
        yield _line("", "", "", f"because {each}")


def _spoken(spoken: Spoken) -> str:
    kind = "writes to the customer" if spoken.audience == "customer" else "notes"
    first = " ".join(spoken.body.split())
    shown = first if len(first) <= _SHOWN else f"{first[: _SHOWN - 1]}…"
    return f"{kind} {', '.join(spoken.texts)}: “{shown}”"


def _line(mark: str, clock: str, who: str, words: str) -> str:
    return f"  {mark:1} {clock:8}  {who:{_WHO}}{'' if len(who) < _WHO else '  '}{words}".rstrip()


def _clock(at: datetime, zone: ZoneInfo) -> str:
    local = at.astimezone(zone)
    return f"{local:%H:%M:%S}" if local.second else f"{local:%H:%M}"


def as_data(judged: Judged) -> dict[str, Any]:
    """For `--json`; instants in ISO form with the story's offset."""
    zone = judged.story.zone
    return {
        "story": judged.story.name,
        "file": judged.story.source.file,
        "line": judged.story.source.line,
        "held": judged.held,
        "expectations": [
            {
                "at": verdict.at.astimezone(zone).isoformat(),
                "line": verdict.line,
                "expected": verdict.expected,
                "held": verdict.held,
                "wrong": list(verdict.wrong),
                "look_at": list(verdict.look_at),
            }
            for verdict in judged.verdicts
        ],
        "happened": [
            {
                "at": one.at.astimezone(zone).isoformat(),
                "who": one.who,
                "ticket": one.ticket,
                "did": list(one.words),
                "message": _message(one.spoken),
                "because": list(one.because),
            }
            for one in judged.run.happenings
        ],
    }


def _message(spoken: Spoken | None) -> dict[str, Any] | None:
    if spoken is None:
        return None
    return {"audience": spoken.audience, "texts": list(spoken.texts), "body": spoken.body}
