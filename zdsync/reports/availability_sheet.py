"""The month's availability in a reader's language: every text and number as it is to be read, before it is laid out.

The page (`availability_page.py`) and the table in the terminal show the same sheet.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Final, Literal

from zdsync.core.announced import Announcement, WindowRecord, tell_by
from zdsync.core.availability import Availability, Day, Forecast, Gap, Line, Outage, Policy, percent
from zdsync.core.spans import Span, length
from zdsync.core.writing import Language, Writer
from zdsync.reports.availability_words import WORDS, Words

_NO_TIME: Final = timedelta(0)

Verdict = Literal["met", "below", "missed", "unknown"]
"""`below`: so far, and the month can still meet it."""


@dataclass(frozen=True, slots=True)
class Fact:
    """A figure beside the main one."""

    name: str
    value: str
    hint: str
    weight: Literal["", "down", "planned"] = ""


@dataclass(frozen=True, slots=True)
class Part:
    """A part of an interval."""

    when: str
    length: str
    counts: bool
    why: str


@dataclass(frozen=True, slots=True)
class Row:
    what: str
    when: str
    length: str
    counted: str
    why: str
    """Where one thing is to be said of all of it; else the parts say it."""
    proof: str
    parts: tuple[Part, ...]
    notes: tuple[str, ...]
    reasons: tuple[str, ...]
    """Of corrections, in the agents' words, from internal notes: they are not on the page, which goes to customers."""


@dataclass(frozen=True, slots=True)
class Coming:
    what: str
    when: str
    tell_by: str
    told: str
    cost: str
    at_end: str


@dataclass(frozen=True, slots=True)
class Mark:
    """A piece of a day, from the top of its column: both of 0 to 1."""

    start: float
    length: float
    counts: bool


@dataclass(frozen=True, slots=True)
class Column:
    """A day of the strip."""

    number: int
    letter: str
    """Of the weekday."""
    weekend: bool
    measured: float
    """How much of it, 0 to 1."""
    measured_from: float
    """Where in it that begins: 0 at midnight."""
    marks: tuple[Mark, ...]
    label: str
    """What it says, in words."""


@dataclass(frozen=True, slots=True)
class Sheet:
    language: Language
    words: Words
    product: str
    month: str
    zone: str
    figure: str
    verdict: Verdict
    verdict_words: str
    target: str
    measured: str
    facts: tuple[Fact, ...]
    columns: tuple[Column, ...]
    rows: tuple[Row, ...]
    coming: tuple[Coming, ...] | None
    """None: the month is over."""
    gaps: tuple[str, ...]
    """Times in which the probe did not look."""
    rules: tuple[str, ...]
    made: str


def sheet(result: Availability, policy: Policy, now: datetime, language: Language) -> Sheet:
    words, writer = WORDS[language], Writer(language, result.month.zone)
    over = now >= result.known.end
    return Sheet(
        language=language,
        words=words,
        product=policy.product,
        month=writer.month(result.month.days[0]),
        zone=writer.zone_name,
        figure="–" if result.figure is None else writer.percent(percent(result.figure)),
        verdict=(verdict := _verdict(result)),
        verdict_words=_verdict_words(verdict, over, words),
        target=words.target.format(target=writer.percent(percent(result.target), "0.###")),
        measured=_measured(result, over, words, writer),
        facts=tuple(_facts(result, words, writer)),
        columns=tuple(_column(day, result, words, writer) for day in result.days),
        rows=tuple(_row(line, result, words, writer, now) for line in result.lines),
        coming=None if over else tuple(_coming(each, result, words, writer) for each in result.coming),
        gaps=tuple(_gap(each, words, writer) for each in result.gaps),
        rules=(
            *(line.format(zone=writer.zone_name) for line in words.rule_lines),
            *_rule_of_probe(result, policy, words),
        ),
        made=words.made.format(now=writer.time(now)),
    )


def _rule_of_probe(result: Availability, policy: Policy, words: Words) -> Iterator[str]:
    """Also of one that is switched off by now, where the page tells of what it saw, or did not."""
    seen = any(isinstance(line.source, Outage) and line.source.seen_by == "probe" for line in result.lines)
    if policy.probe is not None or result.gaps or seen:
        yield words.rule_probe


def _verdict(result: Availability) -> Verdict:
    if result.met is None:
        return "unknown"
    if result.left < _NO_TIME:
        return "missed"
    return "met" if result.met else "below"


def _verdict_words(verdict: Verdict, over: bool, words: Words) -> str:
    match verdict:
        case "unknown":
            return words.nothing_measured
        case "below":
            return words.below
        case "missed":
            return words.missed
        case "met":
            return words.met if over else words.met_so_far


def _measured(result: Availability, over: bool, words: Words, writer: Writer) -> str:
    found = []
    if result.known.start > result.month.span.start:
        found.append(words.since.format(since=writer.time(result.known.start)))
    if not over and result.measured.length:
        found.append(words.until.format(until=writer.time(result.measured.end)))
    return words.measured.format(what=", ".join(found) or words.whole_month)


def _facts(result: Availability, words: Words, writer: Writer) -> Iterator[Fact]:
    yield Fact(words.down, writer.length(result.counted), words.down_hint, "down" if result.counted else "")
    yield Fact(words.planned, writer.length(result.excluded), words.planned_hint, "planned" if result.excluded else "")
    budget = writer.length(result.budget)
    if result.left < _NO_TIME:
        yield Fact(words.overdrawn, writer.length(result.left), words.overdrawn_hint.format(budget=budget), "down")
    else:
        yield Fact(words.left, writer.length(result.left), words.left_hint.format(budget=budget))


def _column(day: Day, result: Availability, words: Words, writer: Writer) -> Column:
    whole = result.month.day(day.date)
    marks = tuple(
        Mark((piece.span.start - whole.start) / whole.length, piece.span.length / whole.length, piece.counts)
        for piece in day.pieces
    )
    planned = length(piece.span for piece in day.pieces if not piece.counts)
    told = [f"{words.legend_down} {writer.length(day.counted)}"] if day.counted else []
    told += [f"{words.legend_planned} {writer.length(planned)}"] if planned else []
    nothing = words.legend_fine if day.measured else words.legend_unknown
    return Column(
        number=day.date.day,
        letter=writer.day(day.date, "EEEEE"),
        weekend=day.date.weekday() >= 5,
        measured=day.measured / whole.length,
        measured_from=max(result.measured.start - whole.start, timedelta()) / whole.length,
        marks=marks,
        label=f"{writer.day(day.date, 'EEEE d MMMM')}{words.colon} {', '.join(told) or nothing}",
    )


def _gap(gap: Gap, words: Words, writer: Writer) -> str:
    proof = f"#{gap.ticket_id}, {_audits(gap.audits, words)}"
    return words.gap.format(times=writer.span(gap.span), proof=proof)


def _row(line: Line, result: Availability, words: Words, writer: Writer, now: datetime) -> Row:
    source = line.source
    parts = tuple(
        Part(
            writer.span(piece.span),
            writer.length(piece.span.length),
            piece.counts,
            words.whys[piece.why].format(by=piece.by),
        )
        for piece in line.pieces
    )
    if isinstance(source, Outage):
        when = _lasted(source.began, source.ended, words, writer)
        notes = tuple(_corrections(source, words, writer))
        what = words.outage if source.seen_by == "agents" else words.outage_seen
    else:
        work = source.work(now)
        when = (
            _lasted(work.start, source.ended or source.cancelled, words, writer) if work else writer.span(source.times)
        )
        notes = tuple(_announcements(source, result, words, writer, now))
        what = source.titles.get(writer.language) or source.titles.get("en") or words.maintenance
    if not parts and not notes and isinstance(source, Outage):
        notes = (words.no_length,)
    whole = writer.length(length(piece.span for piece in line.pieces))
    why = parts[0].why if len(parts) == 1 else ""
    return Row(
        what=what,
        when=when,
        length=whole,
        counted=writer.length(line.counted),
        why=why,
        proof=_proof(source, words),
        parts=parts if not why else (),
        notes=notes,
        reasons=tuple(_reasons(source, words)) if isinstance(source, Outage) else (),
    )


def _lasted(began: datetime, ended: datetime | None, words: Words, writer: Writer) -> str:
    return f"{writer.time(began)} – {words.goes_on}" if ended is None else writer.span(Span(began, ended))


def _proof(source: Outage | WindowRecord, words: Words) -> str:
    ticket = f"#{source.ticket_id}" if source.ticket_id is not None else ""
    return ", ".join(part for part in (ticket, _audits(source.audits, words)) if part)


def _audits(ids: tuple[int, ...], words: Words) -> str:
    pattern = words.audits if len(ids) > 1 else words.audit
    return pattern.format(ids=", ".join(map(str, ids))) if ids else ""


def _corrections(source: Outage, words: Words, writer: Writer) -> Iterator[str]:
    for each in source.corrections:
        pattern = words.corrected_start if each.edge == "from" else words.corrected_end
        yield pattern.format(at=writer.time(each.to), proof=_audits((each.audit_id,), words))


def _reasons(source: Outage, words: Words) -> Iterator[str]:
    for each in source.corrections:
        yield f"{_audits((each.audit_id,), words)}{words.colon} {words.reason.format(reason=each.reason)}"


def _announcements(
    source: WindowRecord, result: Availability, words: Words, writer: Writer, now: datetime
) -> Iterator[str]:
    for each in source.announcements:
        yield _announced(each, result, words, writer)
    if source.cancelled is not None:
        yield words.cancelled.format(at=writer.time(source.cancelled))
    elif source.work(now) is None:
        yield words.not_begun


def _announced(each: Announcement, result: Availability, words: Words, writer: Writer) -> str:
    zone = result.month.zone
    latest = tell_by(each.start, zone)
    times, by, contacts = writer.span(each.span), writer.time(latest), writer.number(each.contacts)
    if each.complete_at is not None and each.in_time(zone):
        last = writer.time(each.complete_at)
        return words.told.format(times=times, told=contacts, contacts=contacts, last=last, by=by)
    told = writer.number(min(each.told_by(latest), each.contacts))
    return words.told_late.format(times=times, told=told, contacts=contacts, by=by)


def _coming(each: Forecast, result: Availability, words: Words, writer: Writer) -> Coming:
    told = {"in time": words.told_in_time, "not yet": words.not_told_yet, "too late": words.too_late}[each.told]
    cost = writer.length(each.cost)
    if each.told == "not yet":
        cost = f"{cost} {words.if_late.format(cost=writer.length(each.at_most))}"
    at_end = result.at_end(each.cost)
    return Coming(
        what=each.window.titles.get(writer.language) or each.window.titles.get("en") or words.maintenance,
        when=writer.span(each.span),
        tell_by=writer.time(each.tell_by),
        told=told,
        cost=cost,
        at_end="–" if at_end is None else writer.percent(percent(at_end)),
    )
