"""What comes next in a maintenance window's life: a pure table of its state, its times, what was ordered, and the time.

The automation notes it (`maintenance_sending.py`), `zdsync maintenance` shows it before it orders anything.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Final, Literal
from zoneinfo import ZoneInfo

from zdsync.core.announced import tell_by
from zdsync.core.maintenance import Maintenance, Order, Step, What, read_stamp
from zdsync.core.windows import LONGEST, NoSuchTime, Window, days_before, instant_of, written_time

Trouble = Literal["refused", "unlisted", "missed", "over already", "ending", "start it", "complete it"]
"""What agents are told and contacts are not: an order that cannot be followed; a window that is in the file no more;
one that nobody was told of before it was over; new times that are over; that it ends soon; that its time has come."""

SENDING: Final = timedelta(hours=1)
"""So long the mails of an announcement may take, as far as a countdown before them is concerned."""
EARLIEST: Final = timedelta(days=1)
"""So long before its time a window may be started: contacts have planned by what they were told."""
VERBS: Final = ("announce", "start", "extend", "complete", "cancel")


@dataclass(frozen=True, slots=True)
class Pace:
    """How a rule has windows announced and carried on."""

    announce_days: int
    remind_days: int | None
    """None: contacts are not reminded."""
    starts: bool
    """Whether it counts as started at its time by itself."""
    completes: bool
    """Likewise as completed."""
    ending: timedelta
    """So long before the end agents are told that it is near."""
    countdown: timedelta | None = None
    """So long after its note a planned announcement is not sent."""


@dataclass(frozen=True, slots=True)
class Next:
    """The next thing to be noted on the parent ticket."""

    what: What | Trouble
    start: datetime
    end: datetime
    since: datetime
    """When its reason happened."""
    order: Order | None = None
    """What it follows from; None: the window's own times."""
    why: str = ""
    """Of a refusal, in words."""


@dataclass(frozen=True, slots=True)
class Outlook:
    """What is to be noted now, and when to look again. Both may be missing."""

    now: Next | None = None
    wake_at: datetime | None = None


def outlook(
    read: Maintenance, window: Window | None, pace: Pace, made_at: datetime, now: datetime, zone: ZoneInfo
) -> Outlook:
    """`window`: as it stands in the file, or in its ticket's fields, now; None where it does not. `made_at`: when the
    parent ticket came to be: no reason is older than that. `zone`: of the desk, on whose clock a new end is read where
    the window is written nowhere any more. Troubles are told each time; their keys see that it is once.
    """
    for order in _open_orders(read):
        found = _ordered(read, window, order, now, ZoneInfo(window.zone) if window else zone)
        if found is not None:
            return Outlook(found)
    if read.is_over:
        return Outlook()
    if read.state == "unannounced":
        return _unannounced(read, window, pace, made_at, now)
    held = read.present
    assert held is not None, "an announced window has a step"
    start, end, since = held.start, held.end, max(made_at, held.at)
    if window is not None and window.cancelled and read.state == "announced":
        return Outlook(Next("cancelled", start, end, since))
    if read.state == "announced":
        return _announced(read, held, window, pace, since, now)
    until = _wanted_end(read, held, window)
    if until != end and until > now:
        return Outlook(Next("extended", start, until, since))
    return _under_way(held, pace, now)


def announce_at(window: Window, pace: Pace, made_at: datetime) -> datetime:
    """When the window is due to be announced; an urgent one at once."""
    if window.announce_at is not None:
        return window.announce_at
    return days_before(window.start, pace.announce_days, window.zone) if window.planned else made_at


def sent_from(announced_at: datetime, start: datetime, pace: Pace, zone: ZoneInfo) -> datetime:
    """When the mails of a planned announcement begin: after the countdown, unless they were too late by it. `zone`: of
    the desk, on whose calendar a week ahead is counted."""
    at = announced_at + (pace.countdown or timedelta(0))
    return at if at + SENDING <= tell_by(start, zone) else announced_at


def _unannounced(read: Maintenance, window: Window | None, pace: Pace, made_at: datetime, now: datetime) -> Outlook:
    if window is None:
        return Outlook(Next("unlisted", made_at, made_at, made_at))
    if window.cancelled:
        return Outlook()
    start, end = window.times
    if now >= end:
        return Outlook(Next("missed", start, end, max(made_at, end)))
    due = announce_at(window, pace, made_at)
    if now < due:
        return Outlook(None, due)
    return Outlook(Next("announced", start, end, max(made_at, due)))


def _announced(
    read: Maintenance, held: Step, window: Window | None, pace: Pace, since: datetime, now: datetime
) -> Outlook:
    start, end = held.start, held.end
    if window is None:  # it may be meant to be off, or be a slip: contacts are told nothing until somebody says
        return Outlook(Next("unlisted", start, end, since))
    if window.times != (start, end):
        over = window.end <= now
        return Outlook(Next("over already" if over else "changed", *window.times, since))
    if now >= end and pace.starts and pace.completes:
        return Outlook(Next("completed", start, end, max(since, end)))  # nobody was here to say that it had started
    if now >= start:
        return Outlook(Next("started" if pace.starts else "start it", start, end, max(since, start)))
    remind = reminder(read, window.zone, pace)
    if remind is None:
        return Outlook(None, start)
    if now >= remind:
        return Outlook(Next("reminded", start, end, max(since, remind)))
    return Outlook(None, remind)


def reminder(read: Maintenance, zone: str, pace: Pace) -> datetime | None:
    """When contacts are reminded of the times that they were told; None: they are not, or were already."""
    last = read.last("announced", "changed", "reminded")
    if last is None or last.what == "reminded" or not read.planned:
        return None
    return remind_at(last.start, last.at, zone, pace)


def remind_at(start: datetime, told_at: datetime, zone: str, pace: Pace) -> datetime | None:
    """The same for a start that was told at an instant: not where that is as late as a reminder would be."""
    if pace.remind_days is None:
        return None
    at = days_before(start, pace.remind_days, zone)
    return at if told_at < at else None


def _under_way(held: Step, pace: Pace, now: datetime) -> Outlook:
    start, end = held.start, held.end
    if now >= end:
        return Outlook(Next("completed" if pace.completes else "complete it", start, end, max(held.at, end)))
    near = end - pace.ending
    if now >= near and near > start:
        return Outlook(Next("ending", start, end, max(held.at, near)), end)
    return Outlook(None, near if near > now else end)


def _wanted_end(read: Maintenance, held: Step, window: Window | None) -> datetime:
    """Once somebody has ordered another end, the file's counts no more."""
    if window is None or window.cancelled or _is_end_ordered(read) or _is_elsewhere(held, window):
        return held.end
    return window.end


def _is_end_ordered(read: Maintenance) -> bool:
    return any(order.verb == "extend" and order.audit_id not in read.refused for order in read.orders)


def is_another_time(read: Maintenance, held: Step, window: Window) -> bool:
    """Whether what is under way would not just take longer, or less long, by what is written now."""
    return not _is_end_ordered(read) and _is_elsewhere(held, window)


def _is_elsewhere(held: Step, window: Window) -> bool:
    return not window.start < held.end or not held.start < window.end <= held.start + LONGEST


# --- orders -------------------------------------------------------------------------------------------------------


def _open_orders(read: Maintenance) -> list[Order]:
    """Those that no later step has followed, oldest first. Of several new ends the last one counts: one that was said
    to contacts in between would be wrong already, and its step would pass for the last one's."""
    found = [order for order in read.orders if order.audit_id not in read.refused and not _is_done(order, read)]
    last_end = max((order.audit_id for order in found if order.verb == "extend"), default=0)
    return [order for order in found if order.verb != "extend" or order.audit_id == last_end]


def _is_done(order: Order, read: Maintenance) -> bool:
    done: dict[str, What] = {
        "announce": "announced",
        "start": "started",
        "extend": "extended",
        "complete": "completed",
        "cancel": "cancelled",
    }
    what = done.get(order.verb)
    return any(step.what == what and step.audit_id > order.audit_id for step in read.steps)


def _ordered(read: Maintenance, window: Window | None, order: Order, now: datetime, zone: ZoneInfo) -> Next | None:
    """What follows from an order; a refusal where it cannot be followed."""
    # What is started has started when that was said, however late we read it.
    why = refusal(read, window, order.verb, order.argument, zone, order.at if order.verb == "start" else now)
    held = read.present
    start, end = held.times if held else window.times if window else (order.at, order.at)
    if why:
        return Next("refused", start, end, order.at, order, why)
    match order.verb:
        case "announce":
            assert window is not None
            return Next("announced", *window.times, order.at, order)
        case "start":
            return Next("started", order.at, _end_after(read, window, order.at) or end, order.at, order)
        case "extend":
            return Next("extended", start, new_end(order.argument, zone), order.at, order)
        case "complete":
            began = start if read.state == "under way" else min(start, order.at)
            return Next("completed", began, order.at, order.at, order)
        case _:
            return Next("cancelled", start, end, order.at, order)


def refusal(read: Maintenance, window: Window | None, verb: str, argument: str, zone: ZoneInfo, now: datetime) -> str:
    """Why the order cannot be followed, in words for whoever has given it; empty where it can."""
    if verb not in VERBS:
        return f"`{verb}` is not known: write {', '.join(VERBS[:-1])} or {VERBS[-1]}"
    if read.is_over:
        return f"the window is {read.state} already; another one needs an id of its own"
    under_way = read.state == "under way"
    match verb:
        case "announce" if read.state != "unannounced":
            return "it was announced already"
        case "start" if under_way:
            return "it has started already"
        case "start" if read.present is not None and read.present.start - now > EARLIEST:
            return "it is to start in more than a day: change its times where they are written"
        case "start" if read.present is not None and _end_after(read, window, now) is None:
            return "its end is past: change its times where they are written, then start it; or complete or cancel it"
        case "announce" if window is None:
            return "its times are not known"
        case "announce" if window is not None and (window.cancelled or window.end <= now):
            return "it is over, or cancelled"
        case "start" | "complete" if read.state == "unannounced":
            return "nobody was told of it yet: announce it first"
        case "complete" if not under_way and read.present is not None and read.present.start > now:
            return "it has not started: start it first, or cancel it"
        case "cancel" if under_way:
            return "it has started: complete it"
        case "extend" if not under_way:
            return "it has not started: change its times where they are written"
        case "extend":
            return _no_end(read, argument, zone, now)
    return ""


def _end_after(read: Maintenance, window: Window | None, at: datetime) -> datetime | None:
    """When what starts then is to end: as was told, or else as is written; None: that is past. None is made up."""
    written = window if window is not None and not window.cancelled and window.start - at <= EARLIEST else None
    told = read.present
    return next((each.end for each in (told, written) if each is not None and each.end > at), None)


def _no_end(read: Maintenance, argument: str, zone: ZoneInfo, now: datetime) -> str:
    held = read.present
    assert held is not None
    try:
        end = new_end(argument, zone)
    except NoSuchTime as error:
        return str(error)
    if end <= now:
        return "the new end is past: complete it instead"
    if end - held.start > LONGEST:
        return "the new end is more than a week after the start"
    return "it ends then anyway" if end == held.end else ""


def new_end(argument: str, zone: ZoneInfo) -> datetime:
    """`2026-12-07 03:00` on the zone's clock, or a stamp of ours. Raises `NoSuchTime`."""
    return read_stamp(argument) or instant_of(written_time(argument), zone)
