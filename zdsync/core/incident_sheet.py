"""The Major Incident Report in a reader's language: words and figures as they stand on paper, nothing to be worked out.

`zdsync/documents/incident.py` makes PDF and HTML of it. English and French; every other language reads English.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from datetime import date, datetime
from typing import Final, Literal
from zoneinfo import ZoneInfo

from zdsync.core.incident_report import Event, EventKind, Promise, Report, Task, Told
from zdsync.core.incident_words import WORDS, Words
from zdsync.core.spans import Span, length, minute, union
from zdsync.core.writing import TO, Language, Writer, language_of

DAY: Final = "d\N{NO-BREAK SPACE}MMM"
"""Babel's pattern of a day in a table."""

Weight = Literal["", "strong", "alert"]

_WEIGHTS: Final[Mapping[EventKind, Weight]] = {
    "declared": "strong",
    "resolved": "strong",
    "came back": "strong",
    "missed": "alert",
}


@dataclass(frozen=True, slots=True)
class Figure:
    label: str
    value: str
    note: str


@dataclass(frozen=True, slots=True)
class Section:
    title: str
    paragraphs: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class TaskRow:
    what: str
    owner: str
    due: str
    state: str


@dataclass(frozen=True, slots=True)
class EventRow:
    time: str
    what: str
    weight: Weight
    source: str
    """The ticket and the audit, for the desk."""
    cited: str
    """The same as customers read it. They cannot open either ticket; but the problem's number is the report's own
    reference, while that of a notice is another customer's, by which one could pass for that customer."""


@dataclass(frozen=True, slots=True)
class ToldRow:
    what: str
    contacts: str
    first: str
    last: str
    failed: str


@dataclass(frozen=True, slots=True)
class PromiseRow:
    due: str
    kept: str
    missed: bool
    state: str


@dataclass(frozen=True, slots=True)
class Sheet:
    """Everything that stands on it, in order."""

    language: Language
    kind: str
    title: str
    subtitle: str
    reference: str
    author: str
    footer: str
    about: str
    draft: str
    """Why it is a draft; empty once it has been approved."""
    figures: tuple[Figure, ...]
    previous: tuple[TaskRow, ...]
    sections: tuple[Section, ...]
    actions: tuple[TaskRow, ...]
    events: tuple[EventRow, ...]
    told: tuple[ToldRow, ...]
    promises: tuple[PromiseRow, ...]
    words: Mapping[str, str]
    """Headings."""


def sheet(report: Report, locale: str, zone: ZoneInfo, *, author: str, today: date) -> Sheet:
    """The report for a reader of `locale` (`fr-CA`), times in `zone`; `author` is the desk's name."""
    language = language_of(locale)
    words = WORDS[language]
    shown = _Shown(language, zone, report)
    draft = ""
    if not report.version:
        missing = ", ".join(words.missing[name] for name in report.missing)
        draft = words.draft_without.format(missing=missing) if missing else words.draft
    return Sheet(
        language=language,
        kind=words.kind,
        title=words.title.format(product=report.product),
        subtitle=shown.span(),
        reference=f"#{report.problem_id}"
        + (f" · {words.version.format(version=report.version)}" if report.version else ""),
        author=author,
        footer=words.footer.format(author=author, product=report.product),
        about=words.about.format(reference=report.problem_id, zone=shown.writer.zone_name),
        draft=draft,
        figures=tuple(_figures(report, words, shown)),
        previous=tuple(_task(each, words, shown, today) for each in report.previous),
        sections=tuple(
            Section(title, _paragraphs(text))
            for title, text in ((words.summary, report.summary), (words.root_cause, report.root_cause))
            if text.strip()
        ),
        actions=tuple(_task(each, words, shown, today) for each in report.actions),
        events=tuple(_event(each, report.problem_id, words, shown) for each in report.events),
        told=tuple(_told(each, words, shown) for each in report.told),
        promises=tuple(_promise(each, words, shown) for each in report.promises),
        words=words.headings,
    )


class _Shown:
    """Instants and lengths as the reader writes them, in whole minutes; the day only where it is another one than that
    of all that happened, the offset only where the clock was changed meanwhile."""

    def __init__(self, language: Language, zone: ZoneInfo, report: Report) -> None:
        self.writer, self._report = Writer(language, zone), report
        instants = [report.began, *([report.ended] if report.ended else []), *(each.at for each in report.events)]
        instants += [at for each in report.told for at in (each.first, each.last) if at]
        days = {at.astimezone(zone).date() for at in instants}
        self._day = days.pop() if len(days) == 1 else None
        instants += [each.due for each in report.promises]
        self._offset = len({at.astimezone(zone).utcoffset() for at in instants}) > 1

    def time(self, at: datetime | None, beside: datetime | None = None) -> str:
        """Without the day, too, where it is that of an instant that stands beside it."""
        if at is None:
            return "–"
        clock, day = self._clock(at), self._local(at).date()
        known = self._day if beside is None else self._local(beside).date()
        return clock if day == known else f"{self.writer.day(day, DAY)}, {clock}"

    def day(self, day: date | None) -> str:
        return self.writer.day(day, "d MMM y") if day else "–"

    def span(self) -> str:
        words, began, ended = WORDS[self.writer.language], self._report.began, self._report.ended
        zone = self.writer.zone_name
        if ended is None:
            return words.goes_on.format(began=self._day_and_time(began), zone=zone)
        if self._local(began).date() == self._local(ended).date():
            day, first, last = self._whole_day(began), self._clock(began), self._clock(ended)
            return words.span_in_a_day.format(day=day, began=first, ended=last, zone=zone)
        return words.span.format(began=self._day_and_time(began), ended=self._day_and_time(ended), zone=zone)

    def times(self, span: Span) -> str:
        return f"{self.time(span.start)}{TO}{self.time(span.end, span.start)}"

    def between(self, start: datetime, end: datetime) -> str:
        """`2 h 42 min`: of the two as they are shown, so that it can be checked. Nothing where the end is before."""
        return self.length([Span(start, end).in_minutes])

    def length(self, spans: Iterable[Span]) -> str:
        return self.writer.length(length(spans))

    def number(self, number: int) -> str:
        return self.writer.number(number)

    def _day_and_time(self, at: datetime) -> str:
        return WORDS[self.writer.language].day_and_time.format(day=self._whole_day(at), time=self._clock(at))

    def _whole_day(self, at: datetime) -> str:
        return self.writer.day(self._local(at), "EEEE d MMMM y")

    def _clock(self, at: datetime) -> str:
        return self.writer.clock(self._local(at), offset=self._offset)

    def _local(self, at: datetime) -> datetime:
        return minute(at).astimezone(self.writer.zone)


def _figures(report: Report, words: Words, shown: _Shown) -> Iterator[Figure]:
    if report.ended is not None and report.downs:
        downs = union(each.in_minutes for each in report.downs)
        yield Figure(words.duration, shown.length(downs), " · ".join(shown.times(each) for each in downs))
    notice = next((each for each in report.told if each.what == "notice"), None)
    if notice is not None:
        contacts = words.contacts(notice.contacts).format(n=shown.number(notice.contacts))
        organizations = words.organizations(report.organizations).format(n=shown.number(report.organizations))
        yield Figure(words.told, contacts, organizations if report.organizations else "")
        if notice.first is not None and notice.last is not None:
            after = words.after.format(length=shown.between(report.began, notice.first))
            last = words.last_after.format(length=shown.between(notice.first, notice.last))
            yield Figure(words.first_notice, after, last if notice.contacts > 1 else "")
    over = [each for each in report.promises if each.missed or each.kept_at is not None]
    if over:
        kept = words.kept_of.format(kept=sum(not each.missed for each in over), all=len(over))
        every = words.every.format(length=shown.writer.length(report.every)) if report.every is not None else ""
        yield Figure(words.updates, kept, every)


def _paragraphs(text: str) -> tuple[str, ...]:
    return tuple(line.strip() for line in text.splitlines() if line.strip())


def _task(task: Task, words: Words, shown: _Shown, today: date) -> TaskRow:
    state = "late" if task.state == "open" and task.due is not None and task.due < today else task.state
    return TaskRow(task.what, task.owner or "–", shown.day(task.due), words.states[state])


def _event(event: Event, problem_id: int, words: Words, shown: _Shown) -> EventRow:
    contacts = words.contacts(event.count).format(n=shown.number(event.count))
    until = shown.time(event.until, event.at)
    what = words.events[event.kind].format(contacts=contacts, until=until)
    if event.until is not None and event.kind != "missed":
        what = words.next.format(what=what, until=until)
    source = words.record.format(ticket=event.ticket_id or problem_id, audit=event.audit_id)
    cited = source if event.ticket_id is None else words.notice
    return EventRow(shown.time(event.at), what, _WEIGHTS.get(event.kind, ""), source, cited)


def _told(told: Told, words: Words, shown: _Shown) -> ToldRow:
    return ToldRow(
        words.messages[told.what],
        shown.number(told.contacts),
        shown.time(told.first),
        shown.time(told.last),
        "–" if told.failed is None else shown.number(told.failed),
    )


def _promise(promise: Promise, words: Words, shown: _Shown) -> PromiseRow:
    if not promise.missed:
        state = words.kept if promise.kept_at is not None else words.running
    elif promise.kept_at is None:
        state = words.not_kept
    else:
        state = words.late.format(length=shown.between(promise.due, promise.kept_at))
    return PromiseRow(shown.time(promise.due), shown.time(promise.kept_at), promise.missed, state)
