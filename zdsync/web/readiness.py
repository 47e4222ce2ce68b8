"""Whether this installation does its work: judged from what the store knows, for `/readyz`, `doctor` and people.

Pure: `private.py` reads the state, `judge` says what is wrong with it.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import timedelta

HEARTBEAT_LIMIT = timedelta(seconds=60)
POLL_LIMIT = timedelta(minutes=5)
"""Polls run twice a minute; this much later something holds them up, and lost webhooks go unseen."""

ROLES = ("worker", "beat")


@dataclass(frozen=True, slots=True)
class State:
    """What `/readyz` looks at. Ages are by one clock each, so that a jump of another one does not matter."""

    redis_fault: str | None = None
    """Why Redis cannot be used; the rest is then unknown."""
    heartbeats: Mapping[str, timedelta] = field(default_factory=dict)
    """Age by process name, `worker@host:123`."""
    epoch_set: bool = False
    """False: the index was emptied, or not filled yet."""
    rulebook: str | None = None
    """Hash of the rulebook that is in force."""
    last_poll: timedelta | None = None
    """How long ago a poll reached the end of the export."""


@dataclass(frozen=True, slots=True)
class Check:
    """One line of the answer."""

    name: str
    ok: bool
    why: str


def judge(state: State) -> tuple[Check, ...]:
    """All checks, the good ones too. Ready means that all are ok."""
    if state.redis_fault is not None:
        return (Check("redis", False, state.redis_fault),)
    return (
        Check("redis", True, "answers"),
        *(_alive(role, state.heartbeats) for role in ROLES),
        Check("index", state.epoch_set, "complete" if state.epoch_set else "emptied or never filled; resync is due"),
        Check("rulebook", state.rulebook is not None, state.rulebook or "no rulebook is loaded"),
        _polled(state.last_poll),
    )


def _alive(role: str, heartbeats: Mapping[str, timedelta]) -> Check:
    ages = [age for name, age in heartbeats.items() if name.partition("@")[0] == role]
    if not ages:
        return Check(role, False, "none has given a sign of life")
    youngest = min(ages)
    return Check(role, youngest <= HEARTBEAT_LIMIT, f"last sign {youngest.total_seconds():.0f} s ago")


def _polled(age: timedelta | None) -> Check:
    if age is None:
        return Check("poll", False, "no poll has reached the end of the export yet")
    return Check("poll", age <= POLL_LIMIT, f"last one {age.total_seconds():.0f} s ago")
