"""The Major Incident Report in a reader's language: words and figures as they stand on paper, nothing to be worked out.

`zdsync/documents/incident.py` makes PDF and HTML of it. English and French; every other language reads English.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Final, Literal
from zoneinfo import ZoneInfo

from babel.dates import format_date, format_datetime

from zdsync.core.incident_report import Event, EventKind, Promise, Report, Task, Told
from zdsync.core.incident_words import WORDS, Language, Words

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
    language: Language = "fr" if locale.lower().startswith("fr") else "en"
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
        about=words.about.format(reference=report.problem_id, zone=zone.key),
        draft=draft,
        figures=tuple(_figures(report, words, shown)),
        previous=tuple(_task(each, words, shown, today) for each in report.previous),
        sections=tuple(
            Section(title, _paragraphs(text))
            for title, text in ((words.summary, report.summary), (words.root_cause, report.root_cause))
            if text.strip()
        ),
        actions=tuple(_task(each, words, shown, today) for each in report.actions),
        events=tuple(_event(each, words, shown) for each in report.events),
        told=tuple(_told(each, words, shown) for each in report.told),
        promises=tuple(_promise(each, words, shown) for each in report.promises),
        words=words.headings,
    )


class _Shown:
    """Instants and lengths as the reader writes them; the day only where the report is about more than one."""

    def __init__(self, language: Language, zone: ZoneInfo, report: Report) -> None:
        self.language, self.zone, self._report = language, zone, report
        instants = [report.began, *([report.ended] if report.ended else []), *(each.at for each in report.events)]
        instants += [at for each in report.told for at in (each.first, each.last) if at]
        self._one_day = len({at.astimezone(zone).date() for at in instants}) == 1

    def time(self, at: datetime | None) -> str:
        if at is None:
            return "–"
        return format_datetime(
            at.astimezone(self.zone), "HH:mm" if self._one_day else "d MMM, HH:mm", locale=self.language
        )

    def day(self, day: date | None) -> str:
        return format_date(day, "d MMM y", locale=self.language) if day else "–"

    def span(self) -> str:
        words, began, ended = WORDS[self.language], self._report.began, self._report.ended
        if ended is None:
            return words.goes_on.format(began=self._day_and_time(began), zone=self.zone.key)
        if began.astimezone(self.zone).date() == ended.astimezone(self.zone).date():
            day, first, last = self._whole_day(began), self._clock(began), self._clock(ended)
            return words.span_in_a_day.format(day=day, began=first, ended=last, zone=self.zone.key)
        first, last = self._day_and_time(began), self._day_and_time(ended)
        return words.span.format(began=first, ended=last, zone=self.zone.key)

    def _day_and_time(self, at: datetime) -> str:
        return WORDS[self.language].day_and_time.format(day=self._whole_day(at), time=self._clock(at))

    def _whole_day(self, at: datetime) -> str:
        words, local = WORDS[self.language], at.astimezone(self.zone)
        return format_date(local, words.first_day if local.day == 1 else words.day, locale=self.language)

    def _clock(self, at: datetime) -> str:
        return format_datetime(at.astimezone(self.zone), "HH:mm", locale=self.language)

    def length(self, length: timedelta) -> str:
        """`2 h 42 min`, the same in both languages; under a minute `0 min`."""
        minutes = int(length.total_seconds()) // 60
        parts = [(minutes // 1440, WORDS[self.language].day_sign), (minutes // 60 % 24, "h"), (minutes % 60, "min")]
        told = [f"{number} {sign}" for number, sign in parts if number]
        return " ".join(told) or "0 min"


def _figures(report: Report, words: Words, shown: _Shown) -> list[Figure]:
    notice = next((each for each in report.told if each.what == "notice"), None)
    figures = []
    if report.ended is not None:
        note = f"{shown.time(report.began)} – {shown.time(report.ended)}"
        figures.append(Figure(words.duration, shown.length(report.ended - report.began), note))
    if notice is not None:
        contacts = words.contacts(notice.contacts)
        figures.append(Figure(words.told, contacts, words.organizations(report.organizations)))
        if notice.first is not None and notice.last is not None:
            after = words.after.format(length=shown.length(max(notice.first - report.began, timedelta())))
            last = words.last_after.format(length=shown.length(notice.last - notice.first))
            figures.append(Figure(words.first_notice, after, last))
    over = [each for each in report.promises if each.missed or each.kept_at is not None]
    if over:
        kept = words.kept_of.format(kept=sum(not each.missed for each in over), all=len(over))
        every = words.every.format(length=shown.length(report.every)) if report.every is not None else ""
        figures.append(Figure(words.updates, kept, every))
    return figures


def _paragraphs(text: str) -> tuple[str, ...]:
    return tuple(line.strip() for line in text.splitlines() if line.strip())


def _task(task: Task, words: Words, shown: _Shown, today: date) -> TaskRow:
    state = "late" if task.state == "open" and task.due is not None and task.due < today else task.state
    return TaskRow(task.what, task.owner or "–", shown.day(task.due), words.states[state])


def _event(event: Event, words: Words, shown: _Shown) -> EventRow:
    what = words.events[event.kind].format(
        contacts=words.contacts(event.count), until=shown.time(event.until), count=event.count
    )
    source = words.audit.format(audit=event.audit_id)
    if event.ticket_id is not None:
        source = f"#{event.ticket_id}, {source}"
    return EventRow(shown.time(event.at), what, _WEIGHTS.get(event.kind, ""), source)


def _told(told: Told, words: Words, shown: _Shown) -> ToldRow:
    return ToldRow(
        words.messages[told.what],
        str(told.contacts),
        shown.time(told.first),
        shown.time(told.last),
        str(told.failed),
    )


def _promise(promise: Promise, words: Words, shown: _Shown) -> PromiseRow:
    if not promise.missed:
        state = words.kept if promise.kept_at is not None else words.running
    elif promise.kept_at is None:
        state = words.not_kept
    else:
        state = words.late.format(length=shown.length(promise.kept_at - promise.due))
    return PromiseRow(shown.time(promise.due), shown.time(promise.kept_at), promise.missed, state)
