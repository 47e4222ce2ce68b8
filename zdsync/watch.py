"""Asks the product's address whether it answers, and notes outages and gaps on the month's control ticket.

Called by `tasks/upkeep` every few seconds; `availability.yaml` says whether, what and how often. The decisions are
`core/watch.py`'s. Memory is one entry in Redis: the last look, and what could not be noted yet. Emptied: an outage that
goes on is known until its note, then there is a gap; what was not noted yet is lost. A note is internal, and repeating
one changes nothing, since its key has the instant.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime
from typing import Final

import requests
import structlog

from zdsync.control import keep_control, note_on_control
from zdsync.core.availability import Policy
from zdsync.core.watch import Event, Probe, State, read, step, stop
from zdsync.parts import Parts
from zdsync.rules.current import RulesDiffer
from zdsync.zendesk.errors import ZendeskError

PLACE: Final = "watch"
"""The memory, among the cursors."""
SECONDS: Final = (5.0, 10.0)
"""For connecting, and for each wait while it answers. A page that is slower is down for those who wait for it."""
AT_ONCE: Final = 6
"""Events in one note: their keys fit into an audit's metadata."""

log = structlog.get_logger()


@dataclass(frozen=True, slots=True)
class Memory:
    state: State = field(default_factory=State)
    pending: tuple[Event, ...] = ()
    """What is still to be noted, oldest first."""


def answers(url: str) -> bool:
    """Whether it answers with success or a redirection that ends in one; nothing of the body is read."""
    try:
        with requests.get(url, timeout=SECONDS, stream=True, headers={"user-agent": "zdsync"}) as reply:
            return reply.ok
    except requests.RequestException:
        return False


def look(parts: Parts, ask: Callable[[str], bool] = answers) -> None:
    """One look, if it is time for one; then what there is to note is noted, if it may be."""
    try:
        policy = parts.rulebook().availability
    except RulesDiffer:
        return
    written = parts.cache.cursor(PLACE)
    if (policy is None or policy.probe is None) and not written:
        return
    with parts.alone("watch") as alone:
        if alone:
            _look(policy, _read(written), parts, ask)


def _look(policy: Policy | None, memory: Memory, parts: Parts, ask: Callable[[str], bool]) -> None:
    now = parts.clock.now()
    probe = policy.probe if policy else None
    if parts.clock.steady:
        memory = _after(memory, probe, now, ask)
        parts.cache.save_cursor(PLACE, _written(memory))
    if not memory.pending or parts.brakes.stopped(now) is not None:
        return
    try:
        noted = _note(memory.pending[:AT_ONCE], parts, now)
    except ZendeskError as error:
        log.warning("what the probe has seen is not noted yet", events=len(memory.pending), why=str(error))
        return
    if noted:
        parts.cache.save_cursor(PLACE, _written(replace(memory, pending=memory.pending[AT_ONCE:])))


def _after(memory: Memory, probe: Probe | None, now: datetime, ask: Callable[[str], bool]) -> Memory:
    state, pending = memory.state, memory.pending
    if probe is None:
        return Memory(State(), (*pending, *stop(state)))
    if state.last_at is not None and now < state.last_at + probe.every:
        return memory
    state, events = step(state, now, ask(probe.url), probe)
    for event in events:
        log.info("the probe has seen something", what=event.what, at=event.at.isoformat())
    return Memory(state, (*pending, *events))


def _note(events: Sequence[Event], parts: Parts, now: datetime) -> bool:
    """False where there is no control ticket."""
    control = keep_control(parts.zendesk, now)
    if not control.ticket_id:
        return False
    note_on_control(parts.zendesk, control.ticket_id, _words(events), " ".join(event.key for event in events))
    return True


def _words(events: Sequence[Event]) -> str:
    lines = []
    for event in events:
        at = f"{event.at:%Y-%m-%d %H:%M:%S} UTC"
        match event.what:
            case "begin":
                lines.append(f"The availability probe begins at {at}. Before that it has not looked, or has forgotten.")
            case "down":
                lines.append(f"The availability probe has had no answer since {at}: an outage.")
            case "up":
                lines.append(f"The outage that the availability probe has seen is over, or seen no more, at {at}.")
            case "gap":
                until = f"{event.until:%Y-%m-%d %H:%M:%S} UTC" if event.until else "now"
                lines.append(f"The availability probe has not looked from {at} until {until}, which counts nowhere.")
    return "\n".join(lines)


def _written(memory: Memory) -> str:
    """Empty where there is nothing to remember: then nobody looks into it any more."""
    if memory == Memory():
        return ""
    state = memory.state
    return json.dumps(
        {
            "last_at": state.last_at and state.last_at.isoformat(),
            "failing_since": state.failing_since and state.failing_since.isoformat(),
            "failures": state.failures,
            "down": state.down,
            "pending": [event.key for event in memory.pending],
        }
    )


def _read(written: str | None) -> Memory:
    """What cannot be read is forgotten."""
    try:
        found = json.loads(written or "{}")
        state = State(
            _instant(found.get("last_at")),
            _instant(found.get("failing_since")),
            int(found.get("failures", 0)),
            bool(found.get("down")),
        )
        pending = [read(key) for key in found.get("pending", [])]
    except (ValueError, TypeError, AttributeError):
        return Memory()
    return Memory(state, tuple(event for event in pending if event is not None))


def _instant(written: str | None) -> datetime | None:
    return datetime.fromisoformat(written).astimezone(UTC) if written else None
