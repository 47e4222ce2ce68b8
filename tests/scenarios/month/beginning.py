"""What a customer is told at the beginning: that it has come in, what is missing, and once it has a priority by when
they hear. The numbers are those of the shipped rules, written down here a second time."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from datetime import datetime, timedelta

from tests.scenarios.month.policy import AWAITING, SECOND, TARGETS, State
from tests.scenarios.month.terms import Metric, Want

LATEST = timedelta(days=1)
"""So long after its cause something is still said."""
STANDS_STILL = timedelta(minutes=10)
"""A priority, before its targets are told."""
MAY_ADD = timedelta(minutes=2)
"""The customer, before they are asked; not where the number is mailed at once, which takes the question along."""


def beginning(state: State) -> Iterator[Want]:
    """Nobody is told anything of a ticket that is solved or exempt, or that no customer has opened; nor while they are
    asked whether it is completed."""
    asked = state.status == "pending" and AWAITING in state.tags
    if not state.opening.theirs or state.exempt or state.status == "solved" or asked:
        return
    if not state.counters["first_reply"].ended:
        yield from _received(state)
    if state.rules.promises and state.priority is not None and state.told_priority != state.priority:
        tell_at = state.priority_at + STANDS_STILL
        if due := ahead(state):
            until = min(tell_at + LATEST, max(due.values()))
            yield Want(f"promise:{state.priority_by}", tell_at, until + SECOND)


def _received(state: State) -> Iterator[Want]:
    """An agent's answer tells as much, and asks for what they need."""
    until = state.created + LATEST + SECOND
    number = f"ack:{state.creation}"
    at_once = state.rules.acknowledges and number not in state.said
    if state.rules.acknowledges:
        yield Want(number, state.created, until)
    if not state.rules.asks or not state.opening.lacks(state.customer.has_phone):
        return
    urgent = state.priority == "urgent"
    since = state.created if at_once and not urgent else state.created + MAY_ADD
    yield Want(f"found:{state.creation}", since, until)
    if not urgent:
        yield Want(f"intake:{state.creation}", since, until)


def ahead(state: State) -> Mapping[Metric, datetime]:
    """The targets that run and are neither given nor missed, and when each is due, as people are shown."""
    due: dict[Metric, datetime] = {}
    for metric, counter in state.counters.items():
        left = TARGETS[state.priority][metric] - counter.seconds if state.priority else 0
        if state.runs(metric) and left > 0:
            due[metric] = state.hours.add(state.at, left)
    return due
