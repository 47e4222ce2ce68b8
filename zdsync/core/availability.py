"""How available the product was in a month, and why each minute counts or does not. Pure.

- Over all minutes of the calendar month in the policy's zone, to the second: a month with a clock change is an hour
  shorter or longer. The present month goes until `now`, the first one begins when records begin.
- Down is what an outage lasted, and what maintenance work lasted. It counts, once, however many report it.
- Planned maintenance does not count, nor does an outage meanwhile, within the times that were told in time
  (`announced.py`). Work before or after them counts, and so does all that was told too late, or was not planned.

`report availability` and the status page show what `availability` gives.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from fractions import Fraction
from typing import Final, Literal, NamedTuple
from zoneinfo import ZoneInfo

from zdsync.core.announced import WindowRecord, tell_by
from zdsync.core.incident_down import Correction
from zdsync.core.spans import Span, common, length, union, without
from zdsync.core.watch import Probe

Why = Literal["outage", "planned", "same time", "late notice", "not announced", "unplanned", "early", "overran"]
"""`planned` and `same time` do not count: maintenance told in time; counted already for another interval."""
NOT_COUNTED: Final = frozenset[Why]({"planned", "same time"})

_NOTHING: Final = timedelta(0)


@dataclass(frozen=True)
class Outage:
    """An interval in which the product was down."""

    began: datetime
    """As corrected, like `ended`."""
    ended: datetime | None
    """None: it goes on."""
    ticket_id: int
    audits: tuple[int, ...] = ()
    """Those of start and end."""
    corrections: tuple[Correction, ...] = ()
    """By which agents have set its start or end right, oldest first."""
    seen_by: Literal["agents", "probe"] = "agents"
    told: bool = True
    """Customers have been sent notices of it, or could see it themselves."""


class Gap(NamedTuple):
    """A time in which the probe did not look. It counts nowhere; it is named."""

    span: Span
    ticket_id: int
    audits: tuple[int, ...]


@dataclass(frozen=True, slots=True)
class Policy:
    """What is promised, from `availability.yaml`."""

    product: str
    """What customers call it."""
    target: Fraction
    """Of a calendar month, 0 to 1."""
    zone: ZoneInfo
    """In which months begin and end."""
    probe: Probe | None = None
    """None: outages are those that agents declare."""


@dataclass(frozen=True, slots=True)
class Month:
    year: int
    month: int
    zone: ZoneInfo

    @property
    def span(self) -> Span:
        return Span(self._midnight(self.days[0]), self._midnight(self.days[-1] + timedelta(days=1)))

    @property
    def days(self) -> tuple[date, ...]:
        first = date(self.year, self.month, 1)
        return tuple(each for i in range(31) if (each := first + timedelta(days=i)).month == self.month)

    def day(self, day: date) -> Span:
        return Span(self._midnight(day), self._midnight(day + timedelta(days=1)))

    def _midnight(self, day: date) -> datetime:
        return datetime(day.year, day.month, day.day, tzinfo=self.zone).astimezone(UTC)


class Piece(NamedTuple):
    """A part of an interval, and why it counts or does not."""

    span: Span
    why: Why
    by: int | None = None
    """The other ticket: of the maintenance that lets it not count, or of what has counted it already."""

    @property
    def counts(self) -> bool:
        return self.why not in NOT_COUNTED


@dataclass(frozen=True, slots=True)
class Line:
    """An outage or a maintenance window, as far as it lies in what is measured. Without pieces it took no time."""

    source: Outage | WindowRecord
    pieces: tuple[Piece, ...]

    @property
    def counted(self) -> timedelta:
        return length(piece.span for piece in self.pieces if piece.counts)


class Day(NamedTuple):
    date: date
    measured: timedelta
    """Nothing: it is still to come, or was before there were records."""
    pieces: tuple[Piece, ...]
    """What was down, in order, each moment once."""

    @property
    def counted(self) -> timedelta:
        return length(piece.span for piece in self.pieces if piece.counts)


@dataclass(frozen=True, slots=True)
class Forecast:
    """What a window that is still to come would cost of the month."""

    window: WindowRecord
    span: Span
    """In this month, from now on."""
    tell_by: datetime
    """Whoever is told later is told too late."""
    told: Literal["in time", "not yet", "too late"]
    cost: timedelta
    """As things stand. Nothing for what was told in time, or can still be."""
    at_most: timedelta
    """Were nobody told in time, and all of it a time in which nothing else is down."""


@dataclass(frozen=True, slots=True)
class Availability:
    month: Month
    target: Fraction
    """0 to 1."""
    known: Span
    """The month from the first record on; empty where records begin later."""
    measured: Span
    """Of it, what is over at `now`."""
    lines: tuple[Line, ...]
    """By when they began."""
    counted: timedelta
    excluded: timedelta
    """Down, and not counted for planned maintenance."""
    days: tuple[Day, ...]
    gaps: tuple[Gap, ...]
    """Of the probe, within what is measured."""
    coming: tuple[Forecast, ...]

    @property
    def figure(self) -> Fraction | None:
        """0 to 1; None: nothing of the month is measured."""
        return 1 - _ratio(self.counted, self.measured.length) if self.measured.length else None

    @property
    def budget(self) -> timedelta:
        """So long may the product be down in the month, rounded down to a second."""
        return timedelta(seconds=int((1 - self.target) * int(self.known.length.total_seconds())))

    @property
    def left(self) -> timedelta:
        """Of the budget; negative: the target is missed, whatever comes."""
        return self.budget - self.counted

    @property
    def met(self) -> bool | None:
        """Whether the target is met so far; None like `figure`."""
        return None if self.figure is None else self.figure >= self.target

    def at_end(self, cost: timedelta = _NOTHING) -> Fraction | None:
        """The whole month's figure if nothing but so much more is down."""
        return 1 - _ratio(self.counted + cost, self.known.length) if self.known.length else None


def availability(
    month: Month,
    target: Fraction,
    outages: Iterable[Outage],
    windows: Sequence[WindowRecord],
    now: datetime,
    since: datetime | None = None,
    gaps: Iterable[Gap] = (),
) -> Availability:
    """The month as known at `now`. `since`: from when on there are records; None: always."""
    span = month.span
    first = min(max(span.start, since), span.end) if since else span.start
    known = Span(first, span.end)
    measured = Span(first, max(first, min(now, span.end)))
    lines = tuple(_lines(outages, windows, month.zone, measured, now))
    counted = union(piece.span for line in lines for piece in line.pieces if piece.counts)
    excluded = union(piece.span for line in lines for piece in line.pieces if piece.why == "planned")
    return Availability(
        month=month,
        target=target,
        known=known,
        measured=measured,
        lines=lines,
        counted=length(counted),
        excluded=length(excluded),
        days=tuple(_day(month, day, measured, lines) for day in month.days),
        gaps=tuple(each._replace(span=part) for each in gaps for part in common(union([each.span]), union([measured]))),
        coming=tuple(_coming(windows, month.zone, Span(measured.end, span.end), counted, now)),
    )


def percent(figure: Fraction, digits: int = 3) -> str:
    """`99.954`, rounded down: what misses a target is never shown as meeting it."""
    whole, rest = divmod(int(figure * 100 * 10**digits), 10**digits)
    return f"{whole}.{rest:0{digits}}"


def _lines(
    outages: Iterable[Outage], windows: Sequence[WindowRecord], zone: ZoneInfo, measured: Span, now: datetime
) -> Iterator[Line]:
    """Each with its pieces; a moment counts for the one that began first."""
    free = [(each.ticket_id, spans) for each in windows if (spans := _not_counting(each, zone, now))]
    taken: list[tuple[int | None, list[Span]]] = []
    whole: list[tuple[Span, Outage | WindowRecord]] = [
        (Span(each.began, now if each.ended is None else each.ended), each) for each in outages
    ]
    whole += [(each.work(now) or each.times, each) for each in windows if not each.is_awaited(now)]
    for span, source in sorted(whole, key=lambda one: (one[0], one[1].ticket_id or 0)):
        if not _concerns(span, measured):
            continue
        worked = isinstance(source, Outage) or source.work(now) is not None
        body = common(union([span]), union([measured])) if worked else []
        pieces, body = _split(body, free, "planned")
        again, fresh = _split(body, taken, "same time")
        taken.append((source.ticket_id, fresh))
        pieces += again
        pieces += _counting(source, fresh)
        yield Line(source, tuple(sorted(pieces, key=_start)))


def _concerns(span: Span, measured: Span) -> bool:
    """An interval without length is shown too, where it lies: somebody has recorded it."""
    return span.start < measured.end and (span.end > measured.start or span.start >= measured.start)


def _not_counting(window: WindowRecord, zone: ZoneInfo, now: datetime) -> list[Span]:
    promised, work = window.promised(zone), window.work(now)
    return common([promised], union([work])) if promised and work else []


def _split(
    body: list[Span], others: Iterable[tuple[int | None, list[Span]]], why: Why
) -> tuple[list[Piece], list[Span]]:
    """What of the body lies in others, each moment once, and what is left."""
    found: list[Piece] = []
    for ticket_id, spans in others:
        found += [Piece(span, why, ticket_id) for span in common(body, spans)]
        body = without(body, spans)
    return found, body


def _counting(source: Outage | WindowRecord, spans: list[Span]) -> Iterator[Piece]:
    if isinstance(source, Outage):
        yield from (Piece(span, "outage") for span in spans)
        return
    begun = source.began
    told = [each.span for each in source.announcements if begun is not None and each.made_at < begun]
    if not source.planned or not told:
        yield from (Piece(span, "not announced" if source.planned else "unplanned") for span in spans)
        return
    # By the times that were told before the work began: what is told meanwhile only says that it takes longer.
    start, end = told[-1]
    for span in spans:
        parts: tuple[tuple[datetime, datetime, Why], ...] = (
            (span.start, min(span.end, start), "early"),
            (max(span.start, start), min(span.end, end), "late notice"),
            (max(span.start, end), span.end, "overran"),
        )
        yield from (Piece(Span(a, b), why) for a, b, why in parts if a < b)


def _day(month: Month, day: date, measured: Span, lines: Sequence[Line]) -> Day:
    span = month.day(day)
    pieces = [
        Piece(Span(max(piece.span.start, span.start), min(piece.span.end, span.end)), piece.why, piece.by)
        for line in lines
        for piece in line.pieces
        if piece.why != "same time" and piece.span.start < span.end and piece.span.end > span.start
    ]
    return Day(day, length(common([span], union([measured]))), tuple(_once(sorted(pieces, key=_start))))


def _start(piece: Piece) -> datetime:
    return piece.span.start


def _once(pieces: list[Piece]) -> Iterator[Piece]:
    """Planned work and an outage in it do not count for the same reason: the day has the moment once."""
    reached = datetime.min.replace(tzinfo=UTC)
    for piece in pieces:
        start = max(piece.span.start, reached)
        if start < piece.span.end:
            yield piece._replace(span=Span(start, piece.span.end))
            reached = piece.span.end


def _coming(
    windows: Sequence[WindowRecord], zone: ZoneInfo, left: Span, counted: list[Span], now: datetime
) -> Iterator[Forecast]:
    """Those that have not begun, by when they would."""
    for window in sorted(windows, key=lambda each: (each.times, each.name)):
        times = common(union([window.times]), union([left]))
        if not window.is_awaited(now) or not times:
            continue
        latest, promised = tell_by(window.times.start, zone), window.promised(zone)
        counts = without(without(times, counted), [promised] if promised else [])
        can_be_told = window.planned and not window.announcements and now <= latest
        told: Literal["in time", "not yet", "too late"] = "too late" if counts else "in time"
        yield Forecast(
            window=window,
            span=times[0],
            tell_by=latest,
            told="not yet" if can_be_told else told,
            cost=_NOTHING if can_be_told else length(counts),
            at_most=length(without(times, counted)),
        )


def _ratio(part: timedelta, whole: timedelta) -> Fraction:
    tick = timedelta(microseconds=1)
    return Fraction(part // tick, whole // tick)
