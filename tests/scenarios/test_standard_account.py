"""Beside Zendesk's standard triggers and automations: no loop, no second mail for one fact, no hourly question.

The account mails the requester when a request is created and on each public comment, and the assignee on each comment
of somebody else, internal notes too. What has been pending for five days is told to the requester and solved, what has
been solved for four days is closed.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime, timedelta
from typing import Literal

import pytest
from redis import Redis

from tests.scenarios.editions import EDITIONS, Edition, world_of
from tests.scenarios.stories import Step, do, ending
from tests.scenarios.tables import mails, match, said
from tests.scenarios.world import EMILY, TOM, World, paris_time
from zdsync.sandbox import Server

Way = Literal["heard", "polled", "neither"]
WAYS: Mapping[Way, timedelta] = {
    "heard": timedelta(seconds=15),
    "polled": timedelta(minutes=32),
    "neither": timedelta(hours=24, minutes=1),
}
"""How the worker learns of what others do, and after how long at most: by webhooks; by a poll, all webhooks being lost
(each half an hour after somebody's act, later more rarely); or of people by webhooks, and of automations by itself,
since it looks at each open ticket once a day."""

pytestmark = pytest.mark.parametrize("way", WAYS)
both = pytest.mark.parametrize("edition", EDITIONS)
either = pytest.mark.parametrize("edition", EDITIONS[:1])
"""Where nothing is held: the trigger that holds is there, and stays silent."""


@pytest.fixture
def world(server: Server, redis: Redis, prefix: str, edition: Edition) -> World:
    made = world_of(server, redis, prefix, edition, pending_automations=True)
    told = next(row for row in made.account.triggers.values() if row["title"].startswith("Notify assignee"))
    conditions = [
        {"field": "update_type", "operator": "is", "value": "Change"},
        {"field": "comment_is_public", "operator": "is", "value": "not_relevant"},
        {"field": "assignee_id", "operator": "is_not", "value": "current_user"},
        {"field": "assignee_id", "operator": "not_changed", "value": None},
    ]
    made.server.call(lambda: told.update(conditions={"all": conditions, "any": []}))
    return made


def play(world: World, way: Way, *steps: Step) -> int:
    """The last step is a moment at which nobody acts. The ticket's number."""
    world.tells_of_rules = way == "heard"
    ticket: int | None = None
    for at, who, act in steps:
        if way == "polled":
            world.until(min(world.now + timedelta(hours=2), paris_time(at)), poll_every=timedelta(minutes=30))
        world.until(at, poll_every=timedelta(hours=3) if way == "polled" else None)
        ticket = do(world, (at, who, {**act, "webhook": way == "heard"}), ticket)
        if way == "neither" and who:
            world.hint(ticket or 0)  # people's acts are told; what automations do is not
    assert ticket is not None
    return ticket


def request(priority: str = "low") -> tuple[Step, ...]:
    return (
        ("09:00", EMILY, {"subject": "No rows", "comment": "It fails.", "priority": priority, "channel": "email"}),
        ("09:30", TOM, {"comment": "Looking.", "assignee": TOM, "status": "open"}),
    )


SOLVE: Step = ("10:00", TOM, {"status": "solved"})
OPENED = ("09:00 emily received", "09:30 emily news")


@both
def test_what_waits_for_a_confirmation_is_held_again_silently_when_a_rule_solves_it(
    world: World, way: Way, edition: Edition
) -> None:
    """Solved by the automation on Saturday, and again five days later: one question, two reminders, back to Tom."""
    ticket = play(world, way, *request(), SOLVE, ("12-07 12:00", "", {}))
    asks = edition == "worker"
    wanted = ["26 10:00 chase 1", "12-01 10:00 chase 2", "12-04 10:00 unanswered"]
    match(said(world, ticket), [*(["10:00 ask"] if asks else []), *wanted], WAYS[way])
    match(
        without_pending(world, ticket, most=2),
        [
            *OPENED,
            "10:00 emily asked",
            *(["10:00 tom told"] if asks else []),
            *(f"{at} {to}" for at in ("26 10:00", "12-01 10:00") for to in ("emily reminded", "tom told")),
            "12-04 10:00 tom told",
        ],
        WAYS[way],
    )
    state = world.end_state()[ticket]
    assert (state.status, state.tags) == ("open", frozenset())
    solved = [row for row in status_changes(world, ticket) if row == ("solved", "rule")]
    assert len(solved) == (1 if way == "neither" else 2), "the story lost its point"
    assert status_changes(world, ticket).count(("pending", "us")) == len(solved) + asks, "each is undone once"
    comes_to_rest(world, ticket, 15)


@both
def test_what_the_customer_has_confirmed_closes_after_four_days(world: World, way: Way, edition: Edition) -> None:
    """Nobody is mailed for it, and nothing of ours comes after the confirmation."""
    yes: Step = ("24 09:00", EMILY, {"comment": "Yes, it is solved.", "channel": "email"})
    ticket = play(world, way, *request(), SOLVE, yes, ("25 12:00", "", {}))
    writes = len(world.our_writes(ticket))
    world.until("12-20 12:00")
    assert world.end_state()[ticket].status == "closed"
    assert len(world.our_writes(ticket)) == writes
    asks = edition == "worker"
    match(said(world, ticket), [*(["10:00 ask"] if asks else []), "24 09:00 reply"], WAYS[way])
    notes = ["24 09:00 tom told"] * 2  # her mail, and our note that it is solved
    asked = ["10:00 emily asked", *(["10:00 tom told"] if asks else [])]
    match(mails(world, ticket), [*OPENED, *asked, *notes], WAYS[way])
    world.sane()


@either
def test_what_waits_for_an_answer_goes_back_to_waiting_without_a_question(
    world: World, way: Way, edition: Edition
) -> None:
    """Tom asked something and has solved nothing: the automation's solve is undone, and we say nothing to anybody."""
    asks: Step = ("10:00", TOM, {"comment": "Which export?", "status": "pending"})
    ticket = play(world, way, *request(), asks, ("12-02 12:00", "", {}))
    assert said(world, ticket) == []
    match(without_pending(world, ticket, most=1), [*OPENED, "10:00 emily news"], WAYS[way])
    state = world.end_state()[ticket]
    assert (state.status, state.label, state.tags) == ("pending", "Pending", frozenset())
    assert ("solved", "rule") in status_changes(world, ticket)
    comes_to_rest(world, ticket, 9)


@either
def test_the_notes_of_a_cadence_mail_the_assignee_once_each(world: World, way: Way, edition: Edition) -> None:
    """And the customer never."""
    ticket = play(world, way, *request("urgent"), ("10:45", "", {}))
    wanted = ["09:50 cadence soon", "10:00 cadence 1", "10:30 cadence 2"]
    late = WAYS[way] if way == "polled" else WAYS["heard"]
    match(said(world, ticket), wanted, late)
    told = [words for _, words in mails(world, ticket)]
    assert [words for words in told if words.startswith("emily")] == ["emily received", "emily news"]
    notes = [key for keys in world.end_state()[ticket].said for key in keys if not key.startswith("target")]
    assert told.count("tom told") == len(notes)
    assert set(told) == {"emily received", "emily news", "tom told"}
    comes_to_rest(world, ticket, 9)


@both
def test_each_fact_is_mailed_once_through_a_lively_story(world: World, way: Way, edition: Edition) -> None:
    """No, solved again, yes, thanks: two questions, and one mail to Tom for each thing that he did not do himself."""
    steps: tuple[Step, ...] = (
        SOLVE,
        ("12:00", EMILY, {"comment": "No, still broken.", "channel": "email"}),
        ("13:00", TOM, {"comment": "And now?", "status": "solved"}),
        ("15:00", EMILY, {"comment": "Yes, it is solved.", "channel": "email"}),
        ("16:00", EMILY, {"comment": "Thanks!", "channel": "email"}),
    )
    ticket = play(world, way, *request(), *steps, ("17:00", "", {}))
    world.until("12-20 12:00")
    asks = edition == "worker"
    match(
        mails(world, ticket),
        [
            *OPENED,
            *(f"{at} emily asked" for at in ("10:00", "13:00")),
            *(f"{at} tom told" for at in ("10:00", "13:00") if asks),
            "13:00 emily news",
            *(f"{at} tom told" for at in ("12:00", "12:00", "15:00", "15:00", "16:00")),
        ],
        WAYS[way],
    )
    assert world.end_state()[ticket].status == "closed"


# What it came to


def without_pending(world: World, ticket: int, most: int) -> list[tuple[datetime, str]]:
    """The outbox without what the account's own automation says to the customer, so often at most."""
    found = mails(world, ticket)
    assert [words for _, words in found].count("emily pending") <= most
    return [row for row in found if row[1] != "emily pending"]


def status_changes(world: World, ticket: int) -> list[tuple[str, str]]:
    """Every status and who set it: `us`, an automation (`rule`), or somebody else."""
    return [
        (event["value"], "us" if audit["author_id"] == world.us else audit["via"]["channel"])
        for audit in world.account.tickets[ticket].audits
        for event in audit["events"]
        if event.get("field_name") == "status"
    ]


def comes_to_rest(world: World, ticket: int, most: int) -> None:
    """Evaluating again plans nothing, and it took us no more writes than that."""
    ending(world)
    assert len(world.our_writes(ticket)) <= most
