"""The beginning of a request: nobody tells us of it, somebody else writes at the wrong moment, or Zendesk refuses.

`test_disturbed_promises.py` has Zendesk's faults and `test_crashes.py` the ends of processes, over the same tales. Here
it is about what customers would notice: nobody is told, asked or promised what is no longer so, and nobody twice.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import timedelta
from typing import Any

import pytest
from redis import Redis
from structlog.testing import capture_logs

from tests.scenarios.stories import Step, do, ending
from tests.scenarios.tables import CATCH_UP, SOON, match, play, said
from tests.scenarios.tales import BEGINNINGS, TALES, a_beginning, outbox
from tests.scenarios.test_disturbed_promises import act_just_before_our_write
from tests.scenarios.test_races import all_at_once, statuses
from tests.scenarios.world import CLAIRE, EMILY, RAJ, TOM, World
from zdsync.core.model import Way
from zdsync.sandbox import Server

HEARD = pytest.mark.parametrize("heard", [True, False], ids=["heard", "found by the poll"])
"""Whether the webhooks arrive."""


def in_order(world: World, wanted: Sequence[str], late: timedelta) -> None:
    """The whole outbox: these mails, at their times or so much later, and in this order."""
    match(outbox(world), wanted, late)
    assert [words for _, words in outbox(world)] == [mail.partition(" ")[2] for mail in wanted]


@HEARD
@pytest.mark.parametrize("name", BEGINNINGS)
def test_customers_get_these_mails_and_no_others(
    server: Server, redis: Redis, prefix: str, name: str, heard: bool
) -> None:
    tale = TALES[name]
    world = tale.world(server, redis, prefix)
    play(world, tale.steps, tale.steps[-1][0], heard)
    in_order(world, tale.mails, SOON if heard else CATCH_UP)
    ending(world)
    world.close()


@dataclass(frozen=True)
class Race:
    """Until the last step everything is calm; then somebody acts just before our next write arrives."""

    steps: Sequence[Step]
    meanwhile: tuple[str, Mapping[str, Any]]
    until: str
    said: Sequence[str] = ()
    mails: Sequence[str] = ()
    received_mail: bool = False


def mail(text: str, **more: Any) -> tuple[str, Mapping[str, Any]]:
    return EMILY, {"comment": text, "channel": "email", **more}


NEW: Step = ("09:00", *mail("The CSV has headers but no rows.", subject="Report exports empty"))
TELLING: tuple[Step, ...] = (NEW, ("09:00:06", "", {}))
"""The note is written, the message is next."""
ASKING: tuple[Step, ...] = (NEW, ("09:02:01", "", {}))
"""Where the account has said that it has come in."""
PROMISING: tuple[Step, ...] = (NEW, ("09:10", TOM, {"priority": "high", "assignee": TOM}), ("09:19:50", "", {}))

REST = "I open a cohort and click on Export; it is so since Friday. My number is +44 20 7946 0123."
FILE = {"name": "screen.png", "content": "x"}
ANSWERS = (TOM, {"comment": "Looking.", "assignee": TOM, "status": "open"})
EXEMPT = (CLAIRE, {"comment": "/zdsync exempt", "public": False})
NOTE = (CLAIRE, {"comment": "I know this one.", "public": False})

QUESTION = "question phone steps when files"
BEGUN = f"09:00 emily number {QUESTION}"
TOLD = ("09:00 found", "09:00 ack", "09:00 intake")

RACES: Mapping[str, Race] = {
    "telling the number, and an agent answers": Race(TELLING, ANSWERS, "09:20", TOLD[:1], ["09:00 emily news"]),
    "telling the number, and it becomes urgent": Race(
        TELLING,
        (TOM, {"priority": "urgent"}),
        "09:20",
        [*TOLD[:2], "09:10 promise"],
        ["09:00 emily number", "09:10 emily targets P1 reply solution"],
    ),
    "telling the number, and the customer adds all": Race(
        TELLING, mail(REST, attachments=[FILE]), "09:20", TOLD[:2], ["09:00 emily number"]
    ),
    "telling the number, and the customer adds half": Race(
        TELLING, mail("Since Friday."), "09:20", TOLD, ["09:00 emily number question phone steps files"]
    ),
    "telling the number, and an agent exempts it": Race(TELLING, EXEMPT, "09:20", TOLD[:1]),
    "telling the number, and an agent solves it": Race(
        TELLING, (TOM, {"assignee": TOM, "status": "solved"}), "09:20", TOLD[:1]
    ),
    "telling the number, and it is made a problem": Race(TELLING, (TOM, {"type": "problem"}), "09:20", TOLD[:1]),
    "telling the number, and it is handed to somebody else": Race(
        TELLING, (TOM, {"requester": RAJ}), "09:20", TOLD[:1]
    ),
    "telling the number, and somebody writes a note": Race(TELLING, NOTE, "09:20", TOLD, [BEGUN]),
    "asking, and an agent answers": Race(
        ASKING, ANSWERS, "09:20", ["09:02 found"], ["09:00 emily received", "09:02 emily news"], received_mail=True
    ),
    "asking, and the customer adds all": Race(
        ASKING,
        mail(REST, attachments=[FILE]),
        "09:20",
        ["09:02 found"],
        ["09:00 emily received"],
        received_mail=True,
    ),
    "asking, and it becomes urgent": Race(
        ASKING,
        (TOM, {"priority": "urgent"}),
        "09:20",
        ["09:02 found", "09:12 promise"],
        ["09:00 emily received", "09:12 emily targets P1 reply solution"],
        received_mail=True,
    ),
    "telling the targets, and it gets another priority": Race(
        PROMISING,
        (TOM, {"priority": "normal"}),
        "09:50",
        [*TOLD, "09:30 promise"],
        [BEGUN, "09:30 emily targets P3 reply solution"],
    ),
    "telling the targets, and an agent answers": Race(
        PROMISING,
        ANSWERS,
        "09:50",
        [*TOLD, "09:20 promise"],
        [BEGUN, "09:20 emily news", "09:20 emily targets P2 solution"],
    ),
    "telling the targets, and it waits for the customer": Race(
        PROMISING,
        (TOM, {"comment": "Which cohort?", "status": "pending"}),
        "09:50",
        TOLD,
        [BEGUN, "09:20 emily news"],
    ),
    "telling the targets, and an agent solves it": Race(PROMISING, (TOM, {"status": "solved"}), "09:50", TOLD, [BEGUN]),
    "telling the targets, and an agent exempts it": Race(PROMISING, EXEMPT, "09:50", TOLD, [BEGUN]),
    "telling the targets, and the customer writes": Race(
        PROMISING,
        mail("Any news?"),
        "09:50",
        [*TOLD, "09:20 promise"],
        [BEGUN, "09:20 tom told", "09:20 emily targets P2 reply solution"],
    ),
}


def raced(server: Server, redis: Redis, prefix: str, name: str, way: Way, heard: bool) -> None:
    """Play the race with our messages in this way, and hold it to what it says."""
    race = RACES[name]
    world = a_beginning(server, redis, prefix, way, race.received_mail)
    ticket: int | None = None
    for step in race.steps:
        world.until(step[0])
        ticket = do(world, step, ticket)
    assert ticket is not None
    act_just_before_our_write(world, ticket, race.meanwhile, heard)
    world.until(race.until)
    late = SOON if heard else CATCH_UP
    match(said(world, ticket), race.said, late)
    in_order(
        world, race.mails if way == "comment" else [each for mail in race.mails for each in by_trigger(mail)], late
    )
    ending(world)
    world.close()


@pytest.mark.parametrize("name", RACES)
def test_what_happens_just_before_our_comment_counts(server: Server, redis: Redis, prefix: str, name: str) -> None:
    """Zendesk refuses what was decided before it; then it is decided anew."""
    raced(server, redis, prefix, name, "comment", heard=True)


@pytest.mark.parametrize("name", [name for name, race in RACES.items() if race.steps is not PROMISING][::2])
def test_what_happens_just_before_a_trigger_would_mail_counts(
    server: Server, redis: Redis, prefix: str, name: str
) -> None:
    """The tag that sets it off is refused with the rest. Nobody tells us what has happened: the poll finds it. (Every
    second race; all of them, in each way, in `tests/soak`.)"""
    raced(server, redis, prefix, name, "trigger", heard=False)


def by_trigger(mail: str) -> list[str]:
    """The mails in the place of one of ours, which has number and question."""
    at, who, *words = mail.split(" ")
    if words[0] not in ("number", "question"):
        return [mail]
    parts = " ".join(words).split(" question ")
    return [f"{at} {who} mailed {part}" for part in (parts[0], *(f"question {each}" for each in parts[1:]))]


AT_ONCE: Mapping[str, tuple[Way, Sequence[Step], str, Sequence[str], Sequence[str]]] = {
    "telling the number": ("comment", TELLING, "2026-11-23 09:00:07", TOLD, [BEGUN]),
    "telling the number by triggers": ("trigger", TELLING, "2026-11-23 09:00:07", TOLD, by_trigger(BEGUN)),
    "telling the targets": (
        "comment",
        PROMISING,
        "2026-11-23 09:20",
        [*TOLD, "09:20 promise"],
        [BEGUN, "09:20 emily targets P2 reply solution"],
    ),
}


@pytest.mark.parametrize("name", AT_ONCE)
def test_of_parallel_writers_one_tells(server: Server, redis: Redis, prefix: str, name: str) -> None:
    """Three workers decide the same and are at the write at once: one message, one mail of a trigger."""
    way, steps, at, wanted, mails = AT_ONCE[name]
    world = a_beginning(server, redis, prefix, way)
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
    in_order(world, mails, SOON)
    ending(world)
    world.close()


@pytest.mark.parametrize("way", ["comment", "trigger"])
def test_what_zendesk_refuses_is_told_an_hour_later_and_once(
    server: Server, redis: Redis, prefix: str, way: Way
) -> None:
    """422, say by a required field; the number is not too late by then."""
    world = a_beginning(server, redis, prefix, way)
    ticket: int | None = None
    for step in TELLING:
        world.until(step[0])
        ticket = do(world, step, ticket)
    assert ticket is not None
    world.faults({"do": "reply", "method": "PUT", "path": f"/tickets/{ticket}", "status": 422})
    with capture_logs() as logs:
        world.until("09:20")
        world.act(TOM, ticket=ticket, assignee=TOM, comment="I have it.", public=False)
        world.until("11:00")
    assert [entry["event"] for entry in logs].count("zendesk refuses an update") == 1
    late = f"10:00 emily number {QUESTION}"
    match(said(world, ticket), ["09:00 found", "10:00 ack", "10:00 intake"], timedelta(minutes=1))
    in_order(world, [late] if way == "comment" else by_trigger(late), timedelta(minutes=1))
    ending(world)
    world.close()
