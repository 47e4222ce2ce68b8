"""A story of one ticket that visits everything SLA targets do; and telling stories, whatever happens to the worker.

A story is a list of moments: until then the worker works by itself, then somebody does something.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any

from tests.scenarios.wire import Crash
from tests.scenarios.world import EMILY, TOM, TicketState, World, kinds

Step = tuple[str, str, Mapping[str, Any]]
"""When, who (empty: nobody), what (keys of `zdsync/sandbox/acts.py`)."""

STORY: Sequence[Step] = (
    ("09:00", EMILY, {"subject": "No rows", "comment": "The export is empty."}),
    ("09:10", TOM, {"priority": "high", "assignee": TOM}),
    ("09:20", EMILY, {"comment": "It was fine on Friday."}),
    ("10:30", "", {}),
    ("10:50", "", {}),
    ("11:10", TOM, {"comment": "Sorry for the wait. Which cohort is it?", "status": "pending"}),
    ("12:10", EMILY, {"comment": "All of them, and now the API is slow, too."}),
    ("13:00", TOM, {"priority": "urgent"}),
    ("13:30", "", {}),
    ("14:30", TOM, {"comment": "A node was replaced.", "status": "solved"}),
    ("14:40", "", {}),
)
"""The priority comes late, the customer writes again, warning, breach, pending, taken up again, another priority with a
warning and a breach of its own, solved. (Moments at which nobody acts part what would be a long chapter.)"""

SAID = [
    "target:set",
    "warn:first_reply",
    "breach:first_reply",
    "warn:resolution",
    "breach:resolution",
]
"""What we say in it."""


@dataclass(frozen=True)
class Ending:
    """What a story came to, without the ids of audits: equal however it was disturbed."""

    states: tuple[TicketState, ...]
    mails: tuple[tuple[str, str, str], ...]
    """The outbox in no order: to whom, by which rule, which text."""
    said_at: Mapping[str, datetime] = field(compare=False)


def tell(
    world: World, story: Sequence[Step], recover: Callable[[World], object] = World.restart, ticket: int | None = None
) -> int:
    """The whole story; when the worker's process ends, `recover` and go on. The ticket's number."""
    for step in story:
        work_until(world, step[0], recover)
        ticket = do(world, step, ticket)
    assert ticket is not None
    return ticket


def do(world: World, step: Step, ticket: int | None) -> int | None:
    """What somebody does in a step; the ticket's number."""
    _, who, act = step
    if not who:
        return ticket
    return world.act(who, **(act if ticket is None else {**act, "ticket": ticket}))


def work_until(world: World, at: str, recover: Callable[[World], object] = World.restart) -> None:
    """As `World.until`, through the ends of processes."""
    while True:
        try:
            world.until(at)
            return
        except Crash:
            recover(world)


def ending(world: World) -> Ending:
    """The end, after holding it to what must be so after every story."""
    world.sane()
    state = world.end_state()
    said_at = {key: at for ticket in state for key, at in world.keys(ticket).items()}
    for ticket_id, ticket in state.items():
        assert world.plan(ticket_id).updates == (), "evaluating again plans something"
        if ticket.status not in ("closed", "deleted"):
            assert ticket_id in world.due(), f"ticket {ticket_id} is forgotten"
    mails = sorted((row["to"], row["cause"], row["body"]) for row in world.account.emails)
    return Ending(tuple(_without_ids(each) for each in state.values()), tuple(mails), said_at)


def same_ending(found: Ending, wanted: Ending, late: timedelta = timedelta(seconds=10)) -> None:
    """The same was said, changed, mailed and left; each message at its time, or a little after it."""
    assert found.states == wanted.states
    assert found.mails == wanted.mails
    for (key, at), should in zip(found.said_at.items(), wanted.said_at.values(), strict=True):
        assert should <= at <= should + late, f"{key} was said at {at}, not at {should}"


def _without_ids(state: TicketState) -> TicketState:
    values = {**vars(state), "said": tuple(tuple(kinds(keys)) for keys in state.said)}
    return TicketState(**values)
