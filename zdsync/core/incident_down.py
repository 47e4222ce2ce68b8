"""From when until when a major incident had the service down, as recorded and as agents have corrected it.

Called by `core/incident.py`; the availability figure and the incident report count these stretches.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Final, NamedTuple

from zdsync.core.controls import Control, Edge
from zdsync.core.history import Reading, Span

OVER: Final = ("solved", "closed")
"""A problem with one of these statuses is over."""


class News(NamedTuple):
    """A public comment of staff on the problem, between the go and the solve: everybody who has a notice gets it."""

    at: datetime
    audit_id: int
    comment_id: int
    by: int


@dataclass(frozen=True, slots=True)
class Correction:
    """What an agent has set right, by `/zdsync outage from 09:10 <reason>` in a note."""

    edge: Edge
    to: datetime
    reason: str
    audit_id: int
    by: int


@dataclass(frozen=True, slots=True)
class Down:
    """A stretch in which the service was down: from the declaration or a reopening to the solve."""

    start: datetime
    """As recorded; `began` is as corrected."""
    end: datetime | None
    """Likewise; None: it lasts."""
    start_audit: int
    """The one that declared or reopened it."""
    end_audit: int | None
    """The one that solved it."""
    corrections: tuple[Correction, ...] = ()
    """Oldest first; the last one of each edge holds."""

    @property
    def began(self) -> datetime:
        return self._corrected("from") or self.start

    @property
    def ended(self) -> datetime | None:
        return self._corrected("until") or self.end

    def _corrected(self, edge: Edge) -> datetime | None:
        return next((each.to for each in reversed(self.corrections) if each.edge == edge), None)


def downs(reading: Reading, declared: tuple[datetime, int], spans: Iterable[Span], told: Iterable[News]) -> list[Down]:
    """Oldest first, from the declaration (its instant and audit) on, whoever solved it.

    `spans`: what the status was; `told`: what staff told customers. A reopening begins a further stretch if staff have
    opened it, or else once they tell customers something: thanks reopen a ticket, too.
    """
    found: list[Down] = []
    start: tuple[datetime, int] | None = declared
    openers = {move.audit_id: move.by for move in reading.moves}
    for span in spans:
        if span.value in OVER:
            if start is not None and (span.until is None or span.until > start[0]):
                # Declared when it was over already, it is for agents to say how long it lasted.
                found.append(Down(start[0], max(span.since, start[0]), start[1], span.audit_id))
                start = None
        elif start is None and openers.get(span.audit_id) == "staff":
            start = (span.since, span.audit_id)
        elif start is None:
            words = (news for news in told if news.at >= span.since and (span.until is None or news.at < span.until))
            start = next(((news.at, news.audit_id) for news in words), None)
    return [*found, Down(start[0], None, start[1], None)] if start is not None else found


def corrected(downs: Iterable[Down], orders: Iterable[Control]) -> tuple[tuple[Down, ...], tuple[str, ...]]:
    """With the agents' commands, each about the latest stretch at its time; and those that cannot be true, in words."""
    found = list(downs)
    unused: list[str] = []
    for order in orders:
        index = max((n for n, down in enumerate(found) if down.start_audit < order.audit_id), default=None)
        if order.what == "outage" and order.to is not None and index is not None:
            correction = Correction(order.edge, order.to, order.reason, order.audit_id, order.by)
            found[index] = replace(found[index], corrections=(*found[index].corrections, correction))
    for index, down in enumerate(found):
        before = found[index - 1].ended if index else None
        while down.corrections and (wrong := _wrong(down, before)):
            unused.append(f"audit {down.corrections[-1].audit_id}: {wrong}: the correction is not used")
            down = replace(down, corrections=down.corrections[:-1])
        found[index] = down
    return tuple(found), tuple(unused)


def _wrong(down: Down, before: datetime | None) -> str:
    """Only all corrections together have to be true; `before`: when the stretch before it ended."""
    if down.ended is not None and down.ended <= down.began:
        return "an outage cannot end before it begins"
    if before is not None and down.began < before:
        return "the stretch before had not ended then"
    return ""
