"""Open until the customer confirms, over the whole way: people, the account's triggers, webhook or poll, Redis, us.

Each story is told on both editions of the account (`editions.py`): where the provisioned trigger asks within the
agent's own update, and where the worker holds and asks by a comment.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import timedelta
from typing import Any

import pytest
from redis import Redis

from tests.scenarios.editions import EDITIONS, Edition, world_of
from tests.scenarios.stories import Step, ending
from tests.scenarios.tables import CATCH_UP, SOON, Row, check, mails, match, play, said
from tests.scenarios.world import CLAIRE, EMILY, JEANNE, RAJ, TOM, World, paris_time
from zdsync.core.controls import CLOSE_TAG, EXEMPT_TAG
from zdsync.core.episode import AWAITING_TAG
from zdsync.sandbox import Server

CONFIRMED = frozenset({"zdsync_confirmed"})
HELD = frozenset({AWAITING_TAG})
AWAITING = "Awaiting confirmation"

MakeWorld = Callable[..., World]


@pytest.fixture
def make_world(server: Server, redis: Redis, prefix: str) -> MakeWorld:
    return lambda edition, **more: world_of(server, redis, prefix, edition, **more)


def request(who: str = EMILY, at: str = "09:00", **more: Any) -> tuple[Step, ...]:
    """Asked by mail, and answered half an hour later by Tom, who has it now."""
    day, _, _ = at.rpartition(" ")
    return (
        (at, who, {"subject": "No rows", "comment": "It fails.", "priority": "low", "channel": "email", **more}),
        (f"{day} 09:30".strip(), TOM, {"comment": "Looking.", "assignee": TOM, "status": "open"}),
    )


def mail(at: str, who: str, text: str, **more: Any) -> Step:
    return at, who, {"comment": text, "channel": "email", **more}


def on(edition: Edition, row: Row) -> Row:
    """What differs between the editions: the trigger's question is no message of ours."""
    if edition == "worker":
        return replace(row, mails=[each.removesuffix(COMMENT) for each in row.mails])
    said = [each for each in row.said if not each.endswith(" ask")]
    return replace(row, said=said, mails=[each for each in row.mails if not each.endswith(COMMENT)])


COMMENT = " by comment"
"""Ends what is mailed only where the question is a comment, which goes to the CCs, too."""

SOLVE: Step = ("10:00", TOM, {"status": "solved"})
OPENED = ("09:00 emily received", "09:30 emily news")
ASKED = (*OPENED, "10:00 emily asked")

TEXTS: Mapping[str, tuple[str, str]] = {
    "yes": ("Yes, it is solved.", "Oui, c'est résolu."),
    "a bare yes": ("Yes", "Oui"),
    "no": ("No, still broken.", "Non, toujours pareil."),
    "thanks": ("Thanks!", "Merci !"),
    "something else": ("Which export do you mean?", "De quel export parlez-vous ?"),
    "out of office": (
        "I am out of the office until Monday, with no access to my mail.",
        "Je suis absente jusqu'à lundi, sans accès à ma messagerie.",
    ),
}
SOLVED_BY = {"yes", "a bare yes"}


@pytest.mark.parametrize("edition", EDITIONS)
@pytest.mark.parametrize("who", [EMILY, JEANNE], ids=["in English", "in French"])
@pytest.mark.parametrize("reply", TEXTS)
def test_a_reply_to_the_question(make_world: MakeWorld, reply: str, who: str, edition: Edition) -> None:
    """Only a clear yes solves; a no, thanks and anything else leave it open and say why; a machine's mail answers
    nothing."""
    text, name = TEXTS[reply][who == JEANNE], who.partition(".")[0]
    asked = "asked in French" if who == JEANNE else "asked"
    answered = reply != "out of office"
    row = Row(
        steps=(*request(who), SOLVE, mail("11:00", who, text)),
        until="17:00",
        said=["10:00 ask", *(["11:00 reply"] if answered else [])],
        mails=[f"09:00 {name} received", f"09:30 {name} news", f"10:00 {name} {asked}", "11:00 tom told"],
        status="Solved" if reply in SOLVED_BY else "Open" if answered else AWAITING,
        tags=CONFIRMED if reply in SOLVED_BY else frozenset() if answered else HELD,
    )
    check(make_world(edition), on(edition, row))


STORIES: Mapping[str, Row] = {
    "silence so far": Row(
        steps=(*request(), SOLVE),
        until="17:00",
        said=["10:00 ask"],
        mails=ASKED,
        status=AWAITING,
        tags=HELD,
    ),
    "no, solved again, yes": Row(
        steps=(
            *request(),
            SOLVE,
            mail("11:00", EMILY, "No, still broken."),
            ("12:00", TOM, {"comment": "And now?", "status": "solved"}),
            mail("13:00", EMILY, "Yes, it is solved."),
        ),
        until="17:00",
        said=["10:00 ask", "11:00 reply", "12:00 ask", "13:00 reply"],
        mails=[*ASKED, "11:00 tom told", "12:00 emily news", "12:00 emily asked", "13:00 tom told"],
        status="Solved",
        tags=CONFIRMED,
    ),
    "a mail program answers, by its flag": Row(
        steps=(*request(), SOLVE, mail("10:01", EMILY, "Yes, it is solved.", flags=[4])),
        until="17:00",
        said=["10:00 ask"],
        mails=[*ASKED, "10:01 tom told"],
        status=AWAITING,
        tags=HELD,
    ),
    "a mail program answers, then the customer": Row(
        steps=(
            *request(),
            SOLVE,
            mail("10:01", EMILY, "I am out of the office until Monday.", flags=[4]),
            mail("24 09:00", EMILY, "Yes, it is solved."),
        ),
        until="24 17:00",
        said=["10:00 ask", "24 09:00 reply"],
        mails=[*ASKED, "10:01 tom told", "24 09:00 tom told"],
        status="Solved",
        tags=CONFIRMED,
    ),
    "a CC says yes": Row(
        steps=(
            *request(email_ccs=[{"user_email": RAJ}]),
            SOLVE,
            mail("11:00", RAJ, "Yes, it is solved."),
        ),
        until="17:00",
        said=["10:00 ask", "11:00 reply"],
        mails=[*ASKED, "09:30 raj news", "10:00 raj asked by comment", "11:00 tom told"],
    ),
    "solved by the requester in the Help Center": Row(
        steps=(*request(), SOLVE, ("11:00", EMILY, {"status": "solved"})),
        until="17:00",
        said=["10:00 ask"],
        mails=ASKED,
        status="Solved",
        tags=CONFIRMED,
    ),
    "the requester solves before the agent": Row(
        steps=(*request(), ("11:00", EMILY, {"status": "solved"})),
        until="17:00",
        mails=OPENED,
        status="Solved",
        tags=CONFIRMED,
    ),
    "override with the solve": Row(
        steps=(*request(), ("10:00", TOM, {"status": "solved", "add_tags": CLOSE_TAG})),
        until="17:00",
        said=["10:00 override"],
        mails=OPENED,
        status="Solved",
        tags=frozenset({CLOSE_TAG}),
    ),
    "override while it waits": Row(
        steps=(*request(), SOLVE, ("11:00", TOM, {"add_tags": CLOSE_TAG})),
        until="17:00",
        said=["10:00 ask", "11:00 override"],
        mails=ASKED,
        status="Solved",
        tags=frozenset({CLOSE_TAG}),
    ),
    "override by a command": Row(
        steps=(*request(), SOLVE, ("11:00", TOM, {"comment": "/zdsync close a duplicate", "public": False})),
        until="17:00",
        said=["10:00 ask", "11:00 override"],
        mails=ASKED,
        status="Solved",
    ),
    "a confirmation by telephone": Row(
        steps=(*request(), SOLVE, ("11:00", TOM, {"comment": "/zdsync confirm by phone", "public": False})),
        until="17:00",
        said=["10:00 ask", "11:00 override"],
        mails=ASKED,
        status="Solved",
        tags=CONFIRMED,
    ),
    "a command on what nobody has, which somebody then takes and solves": Row(
        steps=(
            *request(),
            SOLVE,
            ("10:30", CLAIRE, {"assignee": None}),
            ("11:00", TOM, {"comment": "/zdsync close a duplicate", "public": False}),
            ("12:00", CLAIRE, {"assignee": CLAIRE, "status": "solved"}),
        ),
        until="17:00",
        said=["10:00 ask", "11:00 override"],
        mails=ASKED,
        status="Solved",
    ),
    "thanks after an override": Row(
        steps=(
            *request(),
            ("10:00", TOM, {"status": "solved", "add_tags": CLOSE_TAG}),
            mail("11:00", EMILY, "Thanks!"),
        ),
        until="17:00",
        said=["10:00 override"],
        mails=[*OPENED, "11:00 tom told"],
        status="Solved",
    ),
    "exempt": Row(
        steps=(*request(), ("09:45", TOM, {"add_tags": EXEMPT_TAG}), SOLVE),
        until="17:00",
        mails=OPENED,
        status="Solved",
        tags=frozenset({EXEMPT_TAG}),
    ),
    "a problem": Row(
        steps=(*request(type="problem"), SOLVE),
        until="17:00",
        mails=OPENED,
        status="Solved",
    ),
    "thanks after the confirmation": Row(
        steps=(*request(), SOLVE, mail("11:00", EMILY, "Yes, it is solved."), mail("11:30", EMILY, "Thanks!")),
        until="17:00",
        said=["10:00 ask", "11:00 reply"],
        mails=[*ASKED, "11:00 tom told", "11:30 tom told"],
        status="Solved",
        tags=CONFIRMED,
    ),
    "a mail program after the confirmation": Row(
        steps=(
            *request(),
            SOLVE,
            mail("11:00", EMILY, "Yes, it is solved."),
            mail("11:30", EMILY, "I am out of the office until Monday.", flags=[4]),
        ),
        until="17:00",
        said=["10:00 ask", "11:00 reply"],
        mails=[*ASKED, "11:00 tom told", "11:30 tom told"],
        status="Solved",
        tags=CONFIRMED,
    ),
    "reopened after the confirmation, and solved anew": Row(
        steps=(
            *request(),
            SOLVE,
            mail("11:00", EMILY, "Yes, it is solved."),
            mail("12:00", EMILY, "It has come back, with another error."),
            ("13:00", TOM, {"comment": "Repaired.", "status": "solved"}),
        ),
        until="17:00",
        said=["10:00 ask", "11:00 reply", "13:00 ask"],
        mails=[*ASKED, "11:00 tom told", "12:00 tom told", "13:00 emily news", "13:00 emily asked"],
        status=AWAITING,
        tags=HELD,
    ),
    "a yes before the agent solves": Row(
        steps=(*request(), mail("09:40", EMILY, "It works now, thanks. You can close it."), SOLVE),
        until="17:00",
        mails=[*OPENED, "09:40 tom told"],
        status="Solved",
        tags=CONFIRMED,
    ),
    "an agent solves what waits": Row(
        steps=(*request(), SOLVE, ("11:00", TOM, {"status": "solved"})),
        until="17:00",
        said=["10:00 ask", "11:00 again"],
        mails=ASKED,
        status=AWAITING,
        tags=HELD,
    ),
    "an agent goes on with what waits": Row(
        steps=(
            *request(),
            SOLVE,
            ("11:00", TOM, {"comment": "One more thing: which version?", "status": "pending"}),
            mail("12:00", EMILY, "Yes"),
        ),
        until="17:00",
        said=["10:00 ask", "12:00 reply"],
        mails=[*ASKED, "11:00 emily news", "12:00 tom told"],
    ),
    "pending on the customer for another reason": Row(
        steps=(*request(), ("10:00", TOM, {"comment": "Which export?", "status": "pending"})),
        until="12-10 17:00",
        mails=[*OPENED, "10:00 emily news"],
        status="Pending",
    ),
    "nobody is assigned, and the customer says yes": Row(
        steps=(
            *request()[:1],
            ("09:30", TOM, {"comment": "Looking.", "assignee": TOM, "status": "open"}),
            SOLVE,
            ("10:30", CLAIRE, {"assignee": None}),
            mail("11:00", EMILY, "Yes, it is solved."),
        ),
        until="17:00",
        said=["10:00 ask", "11:00 reply"],
        mails=ASKED,
        status="Open",
        tags=CONFIRMED,
    ),
}


@pytest.mark.parametrize("edition", EDITIONS)
@pytest.mark.parametrize("name", STORIES)
def test_a_story(make_world: MakeWorld, name: str, edition: Edition) -> None:
    """Told undisturbed."""
    check(make_world(edition), on(edition, STORIES[name]))


@pytest.mark.parametrize("name", STORIES)
def test_a_story_that_only_the_poll_tells(make_world: MakeWorld, name: str) -> None:
    """All webhooks are lost: it comes to the same, a little later."""
    check(make_world("worker"), on("worker", STORIES[name]), heard=False)


# Silence: reminders on business days, within hours, in the customer's language


@dataclass(frozen=True)
class Silence:
    """Solved on a day at a time; when the customer is reminded, and when the ticket goes back to the agent."""

    solved: str
    reminders: tuple[str, str]
    back: str


SILENCES: Mapping[str, Silence] = {
    "by day": Silence("2026-11-23 10:00", ("2026-11-26 10:00", "2026-12-01 10:00"), "2026-12-04 10:00"),
    "over a night": Silence("2026-11-23 22:00", ("2026-11-27 09:00", "2026-12-02 09:00"), "2026-12-07 09:00"),
    "over a weekend": Silence("2026-11-27 10:00", ("2026-12-02 10:00", "2026-12-07 10:00"), "2026-12-10 10:00"),
    "over Armistice Day": Silence("2026-11-09 10:00", ("2026-11-13 10:00", "2026-11-18 10:00"), "2026-11-23 10:00"),
    "over Christmas": Silence("2026-12-23 10:00", ("2026-12-29 10:00", "2027-01-04 10:00"), "2027-01-07 10:00"),
    "an hour twice": Silence("2026-10-23 10:00", ("2026-10-28 10:00", "2026-11-02 10:00"), "2026-11-05 10:00"),
    "an hour less, and Easter": Silence(
        "2027-03-26 10:00", ("2027-04-01 10:00", "2027-04-06 10:00"), "2027-04-09 10:00"
    ),
}


@pytest.mark.parametrize(("edition", "heard"), [("trigger", True), ("worker", False)], ids=["trigger", "worker, lost"])
@pytest.mark.parametrize("name", SILENCES)
def test_a_silent_customer_is_reminded_twice_and_then_it_is_the_agents_again(
    make_world: MakeWorld, name: str, edition: Edition, heard: bool
) -> None:
    """Never solved by silence."""
    case = SILENCES[name]
    day = case.solved.partition(" ")[0]
    who, words = (JEANNE, " in French") if heard else (EMILY, "")
    name = who.partition(".")[0]
    row = Row(
        steps=(*request(who, f"{day} 09:00"), (case.solved, TOM, {"status": "solved"})),
        until=f"{case.back[:-5]}12:00",
        said=[
            f"{case.solved} ask",
            *(f"{at} chase {n}" for n, at in enumerate(case.reminders, 1)),
            f"{case.back} unanswered",
        ],
        mails=[
            f"{day} 09:00 {name} received",
            f"{day} 09:30 {name} news",
            f"{case.solved} {name} asked{words}",
            *(f"{at} {name} reminded{words}" for at in case.reminders),
        ],
    )
    check(make_world(edition, begin=paris_time(f"{day} 09:00")), on(edition, row), heard)


LATER: Mapping[str, Row] = {
    "a yes after the second reminder": Row(
        steps=(*request(), SOLVE, mail("12-01 12:00", EMILY, "Yes")),
        until="12-15 12:00",
        said=["10:00 ask", "26 10:00 chase 1", "12-01 10:00 chase 2", "12-01 12:00 reply"],
        mails=[*ASKED, "26 10:00 emily reminded", "12-01 10:00 emily reminded", "12-01 12:00 tom told"],
        status="Solved",
        tags=CONFIRMED,
    ),
    "back with the agent, who asks anew": Row(
        steps=(*request(), SOLVE, ("12-04 11:00", TOM, {"status": "solved"})),
        until="12-04 17:00",
        said=["10:00 ask", "26 10:00 chase 1", "12-01 10:00 chase 2", "12-04 10:00 unanswered", "12-04 11:00 ask"],
        mails=[
            *ASKED,
            "26 10:00 emily reminded",
            "12-01 10:00 emily reminded",
            "12-04 11:00 emily asked",
        ],
        status=AWAITING,
        tags=HELD,
    ),
    "snoozed by a tag": Row(
        steps=(*request(), SOLVE, ("26 09:00", TOM, {"add_tags": "zdsync_snooze_4h"})),
        until="27 12:00",
        said=["10:00 ask", "26 13:00 chase 1"],
        mails=[*ASKED, "26 13:00 emily reminded"],
        status=AWAITING,
        tags=HELD,
    ),
    "snoozed by a command": Row(
        steps=(*request(), SOLVE, ("25 17:00", TOM, {"comment": "/zdsync snooze 2d", "public": False})),
        until="27 18:00",
        said=["10:00 ask", "27 17:00 chase 1"],
        mails=[*ASKED, "27 17:00 emily reminded"],
        status=AWAITING,
        tags=HELD,
    ),
    "a snooze that ends at night": Row(
        steps=(*request(), SOLVE, ("25 17:00", TOM, {"comment": "/zdsync snooze 30h", "public": False})),
        until="27 18:00",
        said=["10:00 ask", "27 09:00 chase 1"],
        mails=[*ASKED, "27 09:00 emily reminded"],
        status=AWAITING,
        tags=HELD,
    ),
}


@pytest.mark.parametrize(("edition", "heard"), [("trigger", True), ("worker", False)], ids=["trigger", "worker, lost"])
@pytest.mark.parametrize("name", LATER)
def test_a_longer_story(make_world: MakeWorld, name: str, edition: Edition, heard: bool) -> None:
    """Over days."""
    check(make_world(edition), on(edition, LATER[name]), heard)


# Rules of the account that solve


def solves_pending_tickets(world: World, hours: int) -> None:
    """An automation as many desks have one: what has been pending for so many hours is solved."""
    conditions = [
        {"field": "status", "operator": "is", "value": "pending"},
        {"field": "PENDING", "operator": "greater_than", "value": str(hours)},
    ]
    body = {
        "title": "Solve what is pending",
        "conditions": {"all": conditions, "any": []},
        "actions": [{"field": "status", "value": "solved"}],
    }
    url = f"{world.server.url}/api/v2/automations.json"
    world.parts.zendesk.session.post(url, json={"automation": body}).raise_for_status()


@pytest.mark.parametrize("heard", [True, False], ids=["heard", "found by the poll"])
@pytest.mark.parametrize("edition", EDITIONS)
def test_a_rule_that_solves_what_waits_is_undone_twice_and_then_told_of(
    make_world: MakeWorld, edition: Edition, heard: bool
) -> None:
    """Silently: the customer was asked, and hears nothing of it."""
    world = make_world(edition)
    solves_pending_tickets(world, 1)
    world.tells_of_rules = heard
    ticket = play(world, (*request(), SOLVE), "10:30")
    world.until("16:00", poll_every=None if heard else timedelta(minutes=2))
    world.until("25 12:00")
    late = SOON if heard else CATCH_UP
    match(said(world, ticket), [*(["10:00 ask"] if edition == "worker" else []), "15:23 flips"], late)
    match(mails(world, ticket), ASKED, late)
    state = world.end_state()[ticket]
    assert (state.status, state.tags) == ("solved", frozenset())
    assert statuses(world, ticket) == ["solved", *["pending", "solved"] * 3], "held, and held again twice"
    ending(world)


def test_an_agent_who_solves_again_and_again_has_the_last_word(make_world: MakeWorld) -> None:
    """Held twice more with a note that says how to override; the third time it stays solved."""
    world = make_world("worker")
    again: Sequence[Step] = [(f"1{hour}:00", TOM, {"status": "solved"}) for hour in (1, 2, 3)]
    ticket = play(world, (*request(), SOLVE, *again), "17:00")
    match(said(world, ticket), ["10:00 ask", "11:00 again", "12:00 again", "13:00 flips"], SOON)
    match(mails(world, ticket), ASKED, SOON)
    assert world.end_state()[ticket].status == "solved"
    ending(world)


def statuses(world: World, ticket: int) -> list[str]:
    """Every status of the ticket after it was first open, in order."""
    events = [event for audit in world.account.tickets[ticket].audits for event in audit["events"]]
    changes = [event["value"] for event in events if event.get("field_name") == "status"]
    return [value for value in changes[changes.index("open") + 1 :] if value != "open"]
