"""Open until the customer confirms, over the whole way: people, the account's triggers, webhook or poll, Redis, us.

Each story is told on both editions of the account (`editions.py`): where the provisioned trigger asks within the
agent's own update, and where the worker holds and asks by a comment.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import replace
from typing import Any

import pytest
from redis import Redis

from tests.scenarios.editions import EDITIONS, Edition, world_of
from tests.scenarios.stories import Step
from tests.scenarios.tables import Row, check
from tests.scenarios.world import CLAIRE, EMILY, JEANNE, RAJ, TOM, World
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
    "an unknown command": Row(
        steps=(*request(), ("10:00", TOM, {"comment": "/zdsync cloze", "public": False})),
        until="17:00",
        said=["10:00 command"],
        mails=OPENED,
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
