"""A maintenance window to which anything happens: what contacts may never be told, whatever the order.

It is judged by the messages and the deeds alone (`Log`), not by what the rule has noted for itself.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from datetime import UTC, datetime, timedelta
from itertools import pairwise

from hypothesis import given

from tests.core.maintenance_deeds import Deed, Kind, deeds, kinds
from tests.core.maintenance_desk import NAMES
from tests.core.maintenance_lives import HOUR, PARIS, Life, Message, play, zone_of
from tests.core.windows import reading
from zdsync.core.availability_sources import heard_on, record
from zdsync.core.maintenance import maintenance
from zdsync.core.spans import Span

ENDS = ("completed", "cancelled")
AT_ONCE = timedelta(minutes=1)
"""A worker who is there does within it what is due."""


def faults(life: Life) -> list[str]:
    return [f"{judge.__name__}: {fault}" for judge in JUDGES for fault in judge(life)]


def comes_to_rest(life: Life) -> Iterator[str]:
    yield from life.log.wrong
    left = [life.plan(), *(life.plan_notice(user) for user in life.notices)]
    if any(plan.updates or plan.notices for plan in left):
        yield f"something is left to do: {left}"


def each_step_once_and_in_order(life: Life) -> Iterator[str]:
    for name, told in _each(life):
        whats = [message.what for message in told]
        story = " ".join(whats)
        if not re.fullmatch(
            r"notice( changed| reminded)*( started)?( extended)*( completed)?|notice( changed| reminded)* cancelled",
            story,
        ):
            yield f"{name} is told: {story}"
        if re.search(r"reminded reminded", story):
            yield f"{name} is reminded twice of the same times"


def nobody_hears_of_a_change_to_what_they_know(life: Life) -> Iterator[str]:
    for name, told in _each(life):
        for before, message in pairwise(told):
            if message.what in ("changed", "extended") and message.times == before.times:
                yield f"{name} is told at {message.at} that it is {message.what}, and it is not"


def nobody_hears_what_was_overtaken(life: Life) -> Iterator[str]:
    """One mail tells no two times, and nothing beside the end."""
    for name, told in _each(life):
        for before, message in pairwise(told):
            moved = ("changed", "extended")
            if before.body == message.body and (
                message.what in ENDS or (before.what in moved and message.what in moved)
            ):
                yield f"{name} is told in one mail that it is {before.what} and {message.what}"


def nobody_hears_of_times_that_are_over(life: Life) -> Iterator[str]:
    """But of the end, and of one that goes on past it."""
    for name, told in _each(life):
        for message in told:
            over = message.start if message.what == "reminded" else message.end
            if message.what not in ("notice", *ENDS) and message.at >= over:
                yield f"{name} is told at {message.at} that it is {message.what}, until {over}"


def times_are_those_in_force(life: Life) -> Iterator[str]:
    """What a message says of times is written or ordered, or it is what its contact was told before."""
    log = life.log
    for name, told in _each(life):
        for number, message in enumerate(told):
            known = {told[number - 1].times} if number else set()
            written = _written(life, message.at)
            ordered = {given.at for given in log.orders if given.at <= message.at}
            ends = {given.end for given in log.orders if given.at <= message.at and given.end}
            if message.what in ("notice", "changed", "reminded") and message.times in written:
                continue
            under_way = any(what in ("started", "extended") for at, what in log.agents if at <= message.at)
            if message.what in ("changed", "reminded") or (message.what == "notice" and not under_way):
                yield f"{name} is told of times that are written nowhere: {message}; {written}"
            starts = {each.times[0] for each in log.written if each.at < message.at and each.times} | ordered
            until = {times[1] for times in (*written, *known)} | ends
            if message.what == "completed":
                until |= ordered
            if message.start not in starts and not _held(life, message, 0):
                yield f"{name} is told of a start that nobody has written: {message}"
            if message.end not in until and not _held(life, message, 1):
                yield f"{name} is told of an end that nobody has written: {message}"


def what_is_read_is_what_was_meant(life: Life) -> Iterator[str]:
    """The text has the times, by its reader's clock."""
    for user, told in life.log.told.items():
        for message in told:
            shown = {"notice": message.times, "changed": message.times, "extended": (message.end,)}
            for instant in shown.get(message.what, ()):
                local = instant.astimezone(zone_of(user))
                if not re.search(rf"\b{local.day} \S+ {local:%Y}, {local:%H:%M} {local:%Z}", message.body):
                    yield f"{NAMES[user]} reads of no {local}: {message.body}"


def who_was_told_hears_how_it_ended(life: Life) -> Iterator[str]:
    """All the same, once it is over; and it is over where it is written and goes by its times."""
    noted = {what for _, what in life.log.agents if what in ENDS}
    if len(noted) > 1:
        yield "it is both completed and cancelled"
    for name, told in _each(life):
        ends = {message.what for message in told if message.what in ENDS}
        if ends != noted:
            yield f"{name} hears of {ends or 'no end'}, and it is {noted or 'not over'}"
    by_itself = set(life.kind.by_itself) == {"start", "complete"} and life.listed
    waits = any(what == "(over-already)" for _, what in life.log.agents)
    if life.log.told and by_itself and not noted and not waits:
        yield "it never ends"


def reminder_start_and_end_are_told_at_once(life: Life) -> Iterator[str]:
    """Where the worker is there, and the window was announced in time."""
    for name, told in _each(life):
        for message in told[1:]:
            day_before = _days_before(message.start, 1)
            due = {"reminded": day_before, "started": message.start, "completed": message.end}.get(message.what)
            since = max(each.at for each in life.log.written if each.at < message.at)
            if due is not None and not life.log.late and not due <= message.at <= max(due, since) + AT_ONCE:
                yield f"{name} is told at {message.at} that it is {message.what}, at {due}"


def each_order_is_answered_once(life: Life) -> Iterator[str]:
    """What was followed is not refused as well."""
    refused = sum(what == "(refused)" for _, what in life.log.agents)
    started = {message.start for _, told in _each(life) for message in told if message.what == "started"}
    ended = {message.end for _, told in _each(life) for message in told if message.what == "completed"}
    done = {
        given.at for given in life.log.orders if given.at in {"start": started, "complete": ended}.get(given.verb, ())
    }
    if refused + len(done) > len(life.log.orders):
        yield f"{refused} of {len(life.log.orders)} orders are refused, and {len(done)} followed"


def nobody_is_mailed_while_it_is_stopped(life: Life) -> Iterator[str]:
    for name, told in _each(life):
        before = [what for at, what in life.log.stops if at < told[0].at]
        if before and before[-1] == "stop":
            yield f"{name} is mailed while it is stopped"


def nobody_is_mailed_before_the_countdown_is_over(life: Life) -> Iterator[str]:
    length = {None: timedelta(0), "15m": HOUR / 4, "2h": 2 * HOUR}[life.kind.countdown]
    noted = next((at for at, what in life.log.agents if what == "announced"), None)
    said = any(given.verb == "announce" for given in life.log.orders)
    if noted is None or not life.kind.planned or said or any(what == "send" for _, what in life.log.stops):
        return
    for name, told in _each(life):
        first = told[0]
        in_time = noted + length + HOUR <= _a_week_before(first.start)
        if first.at < noted + length and in_time and first.what == "notice" and first.start > first.at:
            yield f"{name} is mailed at {first.at}, and it was announced at {noted}"
        if first.at < noted:
            yield f"{name} is mailed before it is announced"


def only_what_was_told_a_week_ahead_is_not_counted(life: Life) -> Iterator[str]:
    left_out = _left_out(life)
    if left_out is None:
        return
    if not life.kind.planned:
        yield "an urgent one is not counted"
    in_time = [told for _, told in _each(life) if _told_in_time(told, left_out)]
    if not in_time:
        yield f"{left_out} is not counted, and nobody was told of it a week ahead"
    for name, told in _each(life):
        early = told[0].at <= _a_week_before(told[0].start) and told[0].start <= left_out.start
        if early and not _told_in_time(told, left_out):
            yield f"{left_out} is not counted, and {name} was told other times"


def what_was_told_a_week_ahead_is_not_counted(life: Life) -> Iterator[str]:
    """Where nothing came in between."""
    log, told = life.log, [told for _, told in _each(life)]
    if not life.kind.planned or not told or log.did("leave", "join", "refuse"):
        return
    times = {message.times for messages in told for message in messages if message.what != "completed"}
    ended = [message for messages in told for message in messages if message.what == "completed"]
    if len(times) != 1 or not ended or len(told) != 2 or log.stops:
        return
    ((start, end),) = times
    due = Span(max(start, ended[0].start), min(end, ended[0].end))
    in_time = all(messages[0].at <= _a_week_before(start) for messages in told)
    left_out = _left_out(life)
    if in_time and due.start < due.end and left_out != due:
        yield f"all were told in time, and not {due}, but {left_out} is left out"
    if not in_time and left_out is not None:
        yield f"not all were told in time, and {left_out} is left out"


def the_whole_audience_has_a_notice(life: Life) -> Iterator[str]:
    """Where it is completed, and nobody has kept it from them."""
    log = life.log
    if (
        log.late
        or log.stops
        or log.did("remove", "call off", "refuse", "order", "twice", "join", "leave", "move", "new end")
    ):
        return
    if any(what == "(failing)" for _, what in log.agents) or not log.told:
        return
    for user in life.audience:
        if user not in log.told:
            yield f"{NAMES[user]} is of the audience, and hears nothing"


# --- what is read from the record ---------------------------------------------------------------------------------


def _each(life: Life) -> Iterator[tuple[str, list[Message]]]:
    for user, told in life.log.told.items():
        yield NAMES[user], told


def _written(life: Life, at: datetime) -> set[tuple[datetime, datetime]]:
    """The times that are written then, or were when the worker last had nothing left to do, or since."""
    rested = max((each for each in life.log.rests if each < at), default=life.log.written[0].at)
    entries = [each for each in life.log.written if each.at < at]
    before = [each for each in entries if each.at <= rested][-1:]
    found = [*before, *(each for each in entries if each.at > rested)]
    return {each.times for each in found if each.times and not each.cancelled}


def _held(life: Life, message: Message, place: int) -> bool:
    """Somebody was told it before."""
    told = (each for _, messages in _each(life) for each in messages if each.at < message.at)
    return any(each.times[place] == message.times[place] for each in told)


def _a_week_before(start: datetime) -> datetime:
    return _days_before(start, 7)


def _days_before(start: datetime, days: int) -> datetime:
    """By the clock in Paris; of an hour that does not exist, or exists twice, the earlier instant."""
    local = start.astimezone(PARIS) - timedelta(days=days)
    return min(local.replace(fold=fold).astimezone(UTC) for fold in (0, 1))


def _told_in_time(told: list[Message], span: Span) -> bool:
    """A week ahead times that hold the span, and no others since."""
    promises = [message for message in told if message.what in ("notice", "changed", "extended")]
    holds = [message.start <= span.start and span.end <= message.end for message in promises]
    early = [message.at <= _a_week_before(message.start) for message in promises]
    return any(early[number] and all(holds[number:]) for number in range(len(promises)))


def _left_out(life: Life) -> Span | None:
    """What the availability figure does not count of it."""
    parent = maintenance(reading(life.parent))
    if parent is None or not parent.steps:
        return None
    one = record(parent, [heard_on(reading(each)) for each in life.notices.values()])
    work, promised = (one.work(life.now), one.promised(PARIS)) if one else (None, None)
    if work is None or promised is None:
        return None
    start, end = max(work.start, promised.start), min(work.end, promised.end)
    return Span(start, end) if start < end else None


JUDGES: tuple[Callable[[Life], Iterator[str]], ...] = (
    comes_to_rest,
    each_step_once_and_in_order,
    nobody_hears_of_a_change_to_what_they_know,
    nobody_hears_what_was_overtaken,
    nobody_hears_of_times_that_are_over,
    times_are_those_in_force,
    what_is_read_is_what_was_meant,
    who_was_told_hears_how_it_ended,
    reminder_start_and_end_are_told_at_once,
    each_order_is_answered_once,
    nobody_is_mailed_while_it_is_stopped,
    nobody_is_mailed_before_the_countdown_is_over,
    only_what_was_told_a_week_ahead_is_not_counted,
    what_was_told_a_week_ahead_is_not_counted,
    the_whole_audience_has_a_notice,
)


@given(kinds(), deeds())
def test_whatever_happens_contacts_are_told_what_is_true_once_and_in_order(kind: Kind, happens: list[Deed]) -> None:
    assert faults(play(kind, happens)) == []
