"""Cadence, hold and beginnings while Zendesk misbehaves; the first two also while somebody else writes meanwhile.

`test_faults.py` and `test_races.py` do so with the targets, call by call. Here it is about what customers would notice:
nobody is asked, reminded or solved on what is no longer so, and nobody twice. (Races of the beginnings are in
`test_disturbed_beginnings.py`.)
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import timedelta
from typing import Any

import pytest
from redis import Redis
from structlog.testing import capture_logs

from tests.scenarios.chapters import Library, Told
from tests.scenarios.editions import world_of
from tests.scenarios.stories import Step, do, ending, same_ending
from tests.scenarios.tables import CATCH_UP, SOON, mails, match, said
from tests.scenarios.tales import BEGINNINGS
from tests.scenarios.test_crashes import OTHERS
from tests.scenarios.test_races import PUT, all_at_once, statuses
from tests.scenarios.test_random_stories import FAULTS
from tests.scenarios.world import CLAIRE, EMILY, TOM, World
from zdsync.core.controls import CLOSE_TAG
from zdsync.sandbox import Server

LATE = timedelta(seconds=45)
"""The longest of these faults is over within that."""


def named(fault: Mapping[str, Any]) -> str:
    more = [str(value) for key, value in fault.items() if key in ("status", "reads", "seconds")]
    return "-".join([str(fault["do"]), str(fault["method"]), *more])


PROMISES = [name for name in OTHERS if name not in BEGINNINGS]
FAULTY = [
    pytest.param(
        fault,
        tales[number % len(tales)],
        id=f"{named(fault)}-{tales[number % len(tales)]}",
        marks=() if group == number % 2 else pytest.mark.long,
    )
    for number, fault in enumerate(FAULTS)
    for group, tales in enumerate((PROMISES, BEGINNINGS))
]
"""Each meets cadence or hold, or one of the beginnings, which all send the same kinds of calls; in `tests/soak` all."""


@pytest.mark.parametrize(("fault", "name"), FAULTY)
def test_a_fault_in_every_chapter_gives_the_same_end(
    library: Library, server: Server, redis: Redis, prefix: str, name: str, fault: dict[str, Any]
) -> None:
    """Each time that the worker gets to work this goes wrong at its first call of the kind."""
    with_a_fault(library[name], server, redis, prefix, fault)


def with_a_fault(told: Told, server: Server, redis: Redis, prefix: str, fault: Mapping[str, Any]) -> None:
    world = told.tale.world(server, redis, prefix)
    ticket: int | None = None
    for step in told.tale.steps:
        world.faults(fault)
        world.until(step[0])
        world.faults()
        ticket = do(world, step, ticket)
    same_ending(ending(world), told.end, LATE)
    world.close()


@dataclass(frozen=True)
class Race:
    """Until the last step everything is calm; then somebody acts just before our next write arrives."""

    steps: Sequence[Step]
    meanwhile: tuple[str, Mapping[str, Any]]
    until: str
    said: Sequence[str] = ()
    mails: Sequence[str] = ()
    status: str = "Open"


def request(priority: str = "low") -> tuple[Step, ...]:
    return (
        ("09:00", EMILY, {"subject": "No rows", "comment": "It fails.", "priority": priority, "channel": "email"}),
        ("09:30", TOM, {"comment": "Looking.", "assignee": TOM, "status": "open"}),
    )


def mail(text: str) -> tuple[str, Mapping[str, Any]]:
    return EMILY, {"comment": text, "channel": "email"}


SOLVE: Step = ("10:00", TOM, {"status": "solved"})
YES: Step = ("11:00", *mail("Yes, it is solved."))
OPENED = ("09:00 emily received", "09:30 emily news")
ASKED = (*OPENED, "10:00 emily asked")
AWAITING = "Awaiting confirmation"

RACES: Mapping[str, Race] = {
    "holding, and the agent has opened it again": Race(
        steps=(*request(), SOLVE), meanwhile=(TOM, {"status": "open"}), until="12:00", mails=OPENED
    ),
    "holding, and the agent adds the override": Race(
        steps=(*request(), SOLVE),
        meanwhile=(TOM, {"add_tags": CLOSE_TAG}),
        until="12:00",
        said=["10:00 override"],
        mails=OPENED,
        status="Solved",
    ),
    "holding, and the customer says no": Race(
        steps=(*request(), SOLVE),
        meanwhile=mail("No, still broken."),
        until="12:00",
        mails=[*OPENED, "10:00 tom told"],
    ),
    "holding, and the customer says yes": Race(
        steps=(*request(), SOLVE),
        meanwhile=mail("Yes, it is solved."),
        until="12:00",
        said=["10:00 reply"],
        mails=[*OPENED, "10:00 tom told"],
        status="Solved",
    ),
    "holding, and somebody writes a note": Race(
        steps=(*request(), SOLVE),
        meanwhile=(CLAIRE, {"comment": "Well done.", "public": False}),
        until="12:00",
        said=["10:00 ask"],
        mails=ASKED,
        status=AWAITING,
    ),
    "solving on a yes, and the customer takes it back": Race(
        steps=(*request(), SOLVE, YES),
        meanwhile=mail("No, it does not work after all."),
        until="12:00",
        said=["10:00 ask", "11:00 reply"],
        mails=[*ASKED, "11:00 tom told", "11:00 tom told"],
    ),
    "solving on a yes, and the agent answers": Race(
        steps=(*request(), SOLVE, YES),
        meanwhile=(TOM, {"comment": "One more thing.", "status": "open"}),
        until="12:00",
        said=["10:00 ask"],
        mails=[*ASKED, "11:00 tom told", "11:00 emily news"],
    ),
    "solving on a yes, and somebody writes a note": Race(
        steps=(*request(), SOLVE, YES),
        meanwhile=(CLAIRE, {"comment": "Well done.", "public": False}),
        until="12:00",
        said=["10:00 ask", "11:00 reply"],
        mails=[*ASKED, "11:00 tom told"],
        status="Solved",
    ),
    "reminding, and the customer says yes": Race(
        steps=(*request(), SOLVE, ("26 09:50", "", {})),
        meanwhile=mail("Yes, it is solved."),
        until="26 12:00",
        said=["10:00 ask", "26 10:00 reply"],
        mails=[*ASKED, "26 10:00 tom told"],
        status="Solved",
    ),
    "giving it back to the agent, and the customer says yes": Race(
        steps=(*request(), SOLVE, ("12-04 09:50", "", {})),
        meanwhile=mail("Yes, it is solved."),
        until="12-04 12:00",
        said=["10:00 ask", "26 10:00 chase 1", "12-01 10:00 chase 2", "12-04 10:00 reply"],
        mails=[*ASKED, "26 10:00 emily reminded", "12-01 10:00 emily reminded", "12-04 10:00 tom told"],
        status="Solved",
    ),
    "telling of a lapse, and the agent answers": Race(
        steps=(*request("urgent"), ("09:55", "", {})),
        meanwhile=(TOM, {"comment": "Nearly there."}),
        until="10:15",
        said=["09:50 cadence soon"],
        mails=[*OPENED, "10:00 emily news"],
    ),
    "telling of a lapse, and it is pending": Race(
        steps=(*request("urgent"), ("09:55", "", {})),
        meanwhile=(TOM, {"comment": "Which one?", "status": "pending"}),
        until="10:15",
        said=["09:50 cadence soon"],
        mails=[*OPENED, "10:00 emily news"],
        status="Pending",
    ),
    "telling of a lapse, and the customer asks": Race(
        steps=(*request("urgent"), ("09:55", "", {})),
        meanwhile=mail("Any news?"),
        until="10:15",
        said=["09:50 cadence soon", "10:00 cadence 1"],
        mails=[*OPENED, "10:00 tom told"],
    ),
}


def act_just_before_our_write(world: World, ticket: int, meanwhile: tuple[str, Mapping[str, Any]], heard: bool) -> None:
    """Somebody acts as our next write is under way, which is refused, and only that; a quarter of an hour passes."""
    before = len(statuses(world))
    who, act = meanwhile
    world.wire.on(PUT, lambda: world.act(who, ticket=ticket, webhook=heard, **act))
    world.until(world.now + timedelta(minutes=13), poll_every=None if heard else timedelta(seconds=30))
    assert not world.wire.hooks, "nobody wrote"
    raced, *others = statuses(world)[before:]
    assert (raced, set(others) - {200}) == (409, set())


FOUND_BY_THE_POLL = (
    "holding, and the agent has opened it again",
    "solving on a yes, and the customer takes it back",
    "reminding, and the customer says yes",
    "giving it back to the agent, and the customer says yes",
    "telling of a lapse, and the agent answers",
)
"""One for each write; the refusal is heard in any case, so all others show the same in both ways (`tests/soak`)."""


@pytest.mark.parametrize(
    ("name", "heard"),
    [
        *(pytest.param(name, True, id=f"{name}-heard") for name in RACES),
        *(pytest.param(name, False, id=f"{name}-found by the poll") for name in FOUND_BY_THE_POLL),
    ],
)
def test_what_happens_just_before_our_write_counts(
    server: Server, redis: Redis, prefix: str, name: str, heard: bool
) -> None:
    """Zendesk refuses what was decided before it; then it is decided anew."""
    raced(server, redis, prefix, name, heard)


def raced(server: Server, redis: Redis, prefix: str, name: str, heard: bool) -> None:
    race, world = RACES[name], world_of(server, redis, prefix, "worker")
    ticket: int | None = None
    for step in race.steps:
        world.until(step[0])
        ticket = do(world, step, ticket)
    assert ticket is not None
    act_just_before_our_write(world, ticket, race.meanwhile, heard)
    world.until(race.until)
    late = SOON if heard else CATCH_UP
    match(said(world, ticket), race.said, late)
    match(mails(world, ticket), race.mails, late)
    assert world.end_state()[ticket].label == race.status
    ending(world)
    world.close()


AT_ONCE: Mapping[str, tuple[Sequence[Step], str, Sequence[str], Sequence[str]]] = {
    "holding and asking": ((*request(), SOLVE), "2026-11-23 10:00:05", ["10:00 ask"], ASKED),
    "solving on a yes": (
        (*request(), SOLVE, YES),
        "2026-11-23 11:00:05",
        ["10:00 ask", "11:00 reply"],
        [*ASKED, "11:00 tom told"],
    ),
    "reminding": (
        (*request(), SOLVE, ("26 09:50", "", {})),
        "2026-11-26 10:00:05",
        ["10:00 ask", "26 10:00 chase 1"],
        [*ASKED, "26 10:00 emily reminded"],
    ),
    "telling of a lapse": (
        (*request("urgent"), ("09:55", "", {})),
        "2026-11-23 10:00:01",
        ["09:50 cadence soon", "10:00 cadence 1"],
        OPENED,
    ),
}


@pytest.mark.parametrize("name", AT_ONCE)
def test_of_parallel_writers_one_writes(server: Server, redis: Redis, prefix: str, name: str) -> None:
    """Three workers decide the same and are at the write at once: one question, one reminder, one note."""
    steps, at, wanted, outbox = AT_ONCE[name]
    world = world_of(server, redis, prefix, "worker")
    ticket: int | None = None
    for step in steps:
        world.until(step[0])
        ticket = do(world, step, ticket)
    assert ticket is not None
    world.go(at)
    before = len(statuses(world))
    all_at_once(world, 3)
    assert sorted(status for status in statuses(world)[before:] if status) == [200, 409, 409]
    world.until(world.now + timedelta(minutes=2))
    match(said(world, ticket), wanted, SOON)
    match(mails(world, ticket), outbox, SOON)
    ending(world)
    world.close()


def test_a_question_that_zendesk_refuses_is_asked_an_hour_later_and_once(
    server: Server, redis: Redis, prefix: str
) -> None:
    """422, say by a required field: the operator is told once, the customer once."""
    world = world_of(server, redis, prefix, "worker")
    ticket: int | None = None
    for step in (*request(), SOLVE):
        world.until(step[0])
        ticket = do(world, step, ticket)
    assert ticket is not None
    world.faults({"do": "reply", "method": "PUT", "path": f"/tickets/{ticket}", "status": 422, "times": 2})
    with capture_logs() as logs:
        world.until("13:00")
    assert [entry["event"] for entry in logs].count("zendesk refuses an update") == 1
    match(said(world, ticket), ["12:00 ask"], timedelta(minutes=1))
    match(mails(world, ticket), [*OPENED, "12:00 emily asked"], timedelta(minutes=1))
    ending(world)
    world.close()
