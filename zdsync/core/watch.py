"""The HTTP probe of the product: from single answers to outages and gaps, and the keys of their notes. Pure.

An outage begins at the first of so many failures in a row and ends at the next answer; both are noted on the control
ticket when they are known (`zdsync/watch.py`), so the answers themselves need not be kept. While nobody looked nothing
is known: a gap ends an outage at the last failure that was seen, is noted as such, and counts nowhere.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import Final, Literal, NamedTuple, get_args

from zdsync.core.maintenance import read_stamp, stamp
from zdsync.core.spans import Span

KIND: Final = "watch"
"""Begins the keys: `watch:20261110T080000Z:down`, `watch:20261110T080000Z:gap:20261110T090000Z`."""

What = Literal["begin", "down", "up", "gap"]
"""`begin`: nothing is known of before. `up` is the end of an outage, also where a gap has ended it."""


@dataclass(frozen=True, slots=True)
class Probe:
    """What is asked, from `availability.yaml`."""

    url: str
    every: timedelta
    failures: int
    """So many in a row are an outage."""

    @property
    def patience(self) -> timedelta:
        """After longer than that without an answer or a failure something was missed."""
        return 2 * self.every


class Event(NamedTuple):
    """What is noted."""

    what: What
    at: datetime
    until: datetime | None = None
    """Of a gap."""

    @property
    def key(self) -> str:
        parts = [KIND, stamp(self.at), self.what]
        return ":".join([*parts, stamp(self.until)] if self.until else parts)


class Noted(NamedTuple):
    """An event, and where it is noted."""

    event: Event
    at: datetime
    """When it was noted."""
    ticket_id: int
    audit_id: int


@dataclass(frozen=True, slots=True)
class State:
    """What has to be remembered from one look to the next."""

    last_at: datetime | None = None
    failing_since: datetime | None = None
    failures: int = 0
    down: bool = False


class Interval(NamedTuple):
    """An outage, or a time in which nobody looked."""

    span: Span
    is_open: bool
    ticket_id: int
    audits: tuple[int, ...]


def step(state: State, at: datetime, answered: bool, probe: Probe) -> tuple[State, tuple[Event, ...]]:
    """After a further look."""
    events: list[Event] = []
    if state.last_at is None:
        events.append(Event("begin", at))
    elif at - state.last_at > probe.patience:
        events += stop(state)
        events.append(Event("gap", state.last_at, at))
        state = State()
    if answered:
        if state.down:
            events.append(Event("up", at))
        return State(last_at=at), tuple(events)
    since = state.failing_since or at
    state = replace(state, last_at=at, failing_since=since, failures=state.failures + 1)
    if not state.down and state.failures >= probe.failures:
        events.append(Event("down", since))
        state = replace(state, down=True)
    return state, tuple(events)


def stop(state: State) -> tuple[Event, ...]:
    """When nobody looks any more: an outage is known until the last look."""
    return (Event("up", state.last_at),) if state.down and state.last_at is not None else ()


def read(key: str) -> Event | None:
    """The inverse of `Event.key`; None for any other key."""
    kind, _, rest = key.partition(":")
    at, _, rest = rest.partition(":")
    word, _, until = rest.partition(":")
    what = next((each for each in get_args(What) if each == word), None)
    since, end = read_stamp(at), read_stamp(until)
    if kind != KIND or what is None or since is None or (end is not None) != (what == "gap"):
        return None
    return Event(what, since, end)


def intervals(noted: Iterable[Noted], now: datetime) -> tuple[tuple[Interval, ...], tuple[Interval, ...]]:
    """Outages and gaps, oldest first. An event that was noted twice is one.

    Where an outage is followed by a new beginning, it is known until it was noted: the memory of what came after was
    lost, and from then to the beginning there is a gap.
    """
    first: dict[Event, Noted] = {}
    for each in sorted(noted, key=lambda one: (one.at, one.audit_id)):
        first.setdefault(each.event, each)
    outages: list[Interval] = []
    gaps: list[Interval] = []
    down: Noted | None = None
    for each in first.values():
        event, cited = each.event, (each.audit_id,)
        if event.what == "gap" and event.until is not None:
            gaps.append(Interval(Span(event.at, event.until), False, each.ticket_id, cited))
        elif event.what == "down":
            down = each
        elif down is not None:
            end = event.at if event.what == "up" else min(down.at, event.at)
            outages.append(Interval(Span(down.event.at, end), False, down.ticket_id, (down.audit_id, *cited)))
            if event.what == "begin" and end < event.at:
                gaps.append(Interval(Span(end, event.at), False, each.ticket_id, cited))
            down = None
    if down is not None:
        outages.append(Interval(Span(down.event.at, now), True, down.ticket_id, (down.audit_id,)))
    return tuple(outages), tuple(gaps)
