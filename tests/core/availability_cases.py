"""What availability is worked out for: outages and windows as one writes them down. For `test_availability.py`."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from fractions import Fraction
from zoneinfo import ZoneInfo

from zdsync.core.announced import Announcement, Told, WindowRecord
from zdsync.core.availability import Availability, Month, Outage, availability
from zdsync.core.availability_sources import outage_of
from zdsync.core.incident_down import Correction, Down

PARIS = "Europe/Paris"
LATER = "2030-01-01 00:00"
"""When every month of the cases is over."""


def at(written: str, zone: str = PARIS) -> datetime:
    """`2026-11-10 09:00`, seconds if need be, on a clock in Paris; with a `Z` at its end in UTC."""
    read = datetime.fromisoformat(written)
    return (read if read.tzinfo else read.replace(tzinfo=ZoneInfo(zone))).astimezone(UTC)


def outage(
    start: str, end: str | None, ticket: int = 1, *, starts: Iterable[str] = (), ends: Iterable[str] = ()
) -> Outage:
    """`starts` and `ends`: as corrected on the ticket, oldest first."""
    corrections = [Correction("from", at(each), "the log says so", 501 + i, 21) for i, each in enumerate(starts)]
    corrections += [Correction("until", at(each), "the log says so", 601 + i, 21) for i, each in enumerate(ends)]
    return outage_of(Down(at(start), at(end) if end else None, 101, 102 if end else None, tuple(corrections)), ticket)


def announced(made: str, start: str, end: str, *told: str, contacts: int = 2) -> Announcement:
    """Decided, and so told to two contacts at once, at `made`; or told at the instants given."""
    instants = [at(each) for each in told] or [at(made)] * contacts
    notices = tuple(Told(each, 7000 + i, 8000 + i) for i, each in enumerate(instants))
    return Announcement(at(start), at(end), at(made), contacts, notices, 301)


def nobody(made: str, start: str, end: str) -> Announcement:
    """Decided, and nobody has been told."""
    return Announcement(at(start), at(end), at(made), 2, (), 301)


def window(
    start: str,
    end: str,
    *announcements: Announcement,
    work: tuple[str, str | None] | None = None,
    cancelled: str | None = None,
    planned: bool = True,
    ticket: int = 901,
) -> WindowRecord:
    """A maintenance window; `work`: when it really began and ended."""
    began, ended = work or (None, None)
    return WindowRecord(
        name=f"window-{ticket}",
        start=at(start),
        end=at(end),
        ticket_id=ticket,
        planned=planned,
        announcements=announcements,
        began=at(began) if began else None,
        ended=at(ended) if ended else None,
        cancelled=at(cancelled) if cancelled else None,
        audits=(401, 402),
    )


def done(
    start: str, end: str, told: str, work: tuple[str, str | None] | None = None, ticket: int = 901
) -> WindowRecord:
    """Planned, told to everybody at `told`, and carried out, as announced unless `work` says otherwise."""
    return window(start, end, announced(told, start, end), work=work or (start, end), ticket=ticket)


def month(written: str, zone: str = PARIS) -> Month:
    year, number = map(int, written.split("-"))
    return Month(year, number, ZoneInfo(zone))


@dataclass(frozen=True)
class Case:
    month: str
    sources: tuple[Outage | WindowRecord, ...]
    down: float
    """Minutes that count."""
    figure: str | None
    """Percent, rounded down to three digits."""
    planned: float = 0
    """Minutes of planned maintenance that do not count."""
    left: float | None = None
    """Minutes of the budget; not told where None."""
    why: tuple[str, ...] | None = None
    """Of each piece in order, with its minutes: `outage 60`; not told where None."""
    now: str = LATER
    since: str | None = None
    zone: str = PARIS

    def worked_out(self) -> Availability:
        return availability(
            month(self.month, self.zone),
            Fraction(95, 100),
            [each for each in self.sources if isinstance(each, Outage)],
            [each for each in self.sources if isinstance(each, WindowRecord)],
            at(self.now),
            at(self.since) if self.since else None,
        )


def minutes(amount: timedelta) -> float:
    return amount / timedelta(minutes=1)


def whys(result: Availability) -> tuple[str, ...]:
    return tuple(f"{piece.why} {minutes(piece.span.length):g}" for line in result.lines for piece in line.pieces)
