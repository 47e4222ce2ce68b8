"""Messages that a provisioned trigger mails instead of a comment of ours: one mail each, and no reply for Zendesk."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import replace
from typing import Any

import pytest
from redis import Redis

from tests.builders import a_rule_of, shipped_texts
from tests.scenarios.chapters import RECOVERIES
from tests.scenarios.stories import work_until
from tests.scenarios.wire import When
from tests.scenarios.world import BEGIN, EMILY, JEANNE, TOM, World, kinds, live_rulebook
from zdsync.core.mailing import MAILINGS, all_tags_of
from zdsync.core.rulebook import Rule, Rulebook
from zdsync.core.templates import Templates
from zdsync.provision.apply import provision
from zdsync.sandbox import Account, Server
from zdsync.wiring import LOOK_AGAIN

READERS = [pytest.param(EMILY, id="in English"), pytest.param(JEANNE, id="in French")]
FIRST: Mapping[str, dict[str, Any]] = {
    EMILY: {"subject": "Cohort report exports empty", "comment": "The CSV has headers but no rows."},
    JEANNE: {"subject": "Connexion impossible", "comment": "Mon mot de passe est refusé."},
}
ASK = "confirmation_hold.ask"
CHASE = {
    "confirmation_hold.chase/en": "Is #{{ reference }} completed? Please tell us.",
    "confirmation_hold.chase/fr": "La demande #{{ reference }} est-elle traitée ?",
}
"""Of one's own: the shipped one has a time in it, which no trigger can say."""
WAYS: Mapping[str, dict[str, str]] = {
    "acknowledgement": {"received": "trigger"},
    "intake": {"ask": "trigger"},
    "confirmation_hold": {"ask": "trigger", "chase": "trigger"},
}

MakeWorld = Callable[..., World]


def book(*rules: Rule) -> Rulebook:
    return live_rulebook(rules=rules, templates=Templates({**shipped_texts(), **CHASE}))


@pytest.fixture
def make_world(server: Server, redis: Redis, prefix: str) -> MakeWorld:
    """The rules with these names, on an account that has what they need, but no trigger that holds."""

    def made(*names: str, provisioned: bool = True, **settings: Any) -> World:
        account = Account.demo(BEGIN, received_mail=False)
        ways: dict[str, Any] = {name: {"as": WAYS[name], **settings} for name in names}
        rules = tuple(a_rule_of(name, **given) for name, given in ways.items())
        world = World(server, redis, prefix, account=account, rulebook=book(*rules), begin=BEGIN)
        if provisioned:
            shadow = book(*(replace(rule, mode="shadow") for rule in rules))
            assert not [done for done in provision(world.parts.zendesk, world.us, shadow) if done.refused]
        return world

    return made


def told(world: World, who: str) -> list[tuple[str, str]]:
    """What they were mailed: by which rule of the account, and what."""
    return [(mail["cause"], mail["body"]) for mail in world.server.outbox() if mail["to"] == who]


def of_ours(world: World, who: str) -> list[tuple[str, str]]:
    return [(cause, text) for cause, text in told(world, who) if cause.startswith("zdsync: mail ")]


def first_reply(world: World, ticket: int) -> int | None:
    """Zendesk's own metric, in minutes."""
    found = world.parts.zendesk.show(f"tickets/{ticket}/metrics.json")["ticket_metric"]
    minutes: int | None = found["reply_time_in_minutes"]["calendar"]
    return minutes


def tags_of_ours(world: World, ticket: int) -> set[str]:
    mine = {tag for text in MAILINGS for tag in all_tags_of(text)}
    return mine & set(world.account.tickets[ticket].row["tags"])


def request(world: World, who: str, **more: Any) -> int:
    return world.act(who, channel="email", **{**FIRST[who], **more})


@pytest.mark.parametrize("who", READERS)
def test_the_number_and_the_question(make_world: MakeWorld, who: str) -> None:
    """Two mails in the customer's language; the metric is that of the person who answers."""
    world = make_world("acknowledgement", "intake")
    ticket = request(world, who)
    world.until("09:10")
    received, question = told(world, who)
    assert received[0] == "zdsync: mail acknowledgement.received"
    assert (f"#{ticket}" in received[1], ("We have received" in received[1]) == (who == EMILY)) == (True, True)
    assert question[0] == "zdsync: mail intake.ask"
    texts, locale = world.rulebook.templates, "en" if who == EMILY else "fr"
    items = asked_for(world, ticket)
    assert items
    assert question[1] == texts.render("intake.ask", locale, reference=ticket, items=items)
    assert kinds(world.keys(ticket)) == ["found", "ack", "intake"]
    assert first_reply(world, ticket) is None
    assert [comment["public"] for comment in world.comments(ticket)] == [False], "the note for agents"

    world.go("09:40")
    world.act(TOM, ticket=ticket, assignee=TOM, comment="Looking.")
    world.until("24 08:00")
    assert first_reply(world, ticket) == 40
    assert len(of_ours(world, who)) == 2
    assert tags_of_ours(world, ticket) == set()
    world.sane()


def asked_for(world: World, ticket: int) -> list[str]:
    """The items, from the tags that the audits tell of."""
    events = [event for audit in world.account.tickets[ticket].audits for event in audit["events"]]
    changes = [event["value"] for event in events if event.get("field_name") == "tags"]
    tags = {tag for value in changes for tag in (value if isinstance(value, list) else str(value).split())}
    return [item for item, tag in MAILINGS["intake.ask"].lists["items"].items() if tag in tags]


@pytest.mark.parametrize("who", READERS)
def test_the_question_of_a_hold_and_its_reminder(make_world: MakeWorld, who: str) -> None:
    """Where the worker asks, it asks by a trigger; a yes by mail then solves as ever."""
    world = make_world("confirmation_hold")
    ticket = request(world, who)
    world.go("09:30")
    world.act(TOM, ticket=ticket, assignee=TOM, status="solved")
    world.until("10:00")
    ((cause, text),) = of_ours(world, who)
    assert cause == f"zdsync: mail {ASK}"
    assert text == world.rulebook.templates.render(ASK, "en" if who == EMILY else "fr", reference=ticket, link="")
    world.until("27 12:00")
    _, (cause, text) = of_ours(world, who)
    assert cause == "zdsync: mail confirmation_hold.chase"
    assert text == world.rulebook.templates.render(
        "confirmation_hold.chase", "en" if who == EMILY else "fr", reference=ticket
    )
    assert first_reply(world, ticket) is None, "nobody has answered"
    world.act(
        who, ticket=ticket, channel="email", comment="Yes, it is solved." if who == EMILY else "Oui, c'est résolu."
    )
    world.until("27 13:00")
    assert world.account.tickets[ticket].row["status"] == "solved"
    assert len(of_ours(world, who)) == 2
    world.sane()


def test_a_comment_of_ours_is_a_reply_for_zendesk(make_world: MakeWorld) -> None:
    """Which is why there is the other way."""
    world = make_world("acknowledgement", **{"as": {"received": "comment"}})
    ticket = request(world, EMILY)
    world.until("09:10")
    assert first_reply(world, ticket) == 0
    assert of_ours(world, EMILY) == []


def test_without_the_trigger_a_comment_says_it(make_world: MakeWorld) -> None:
    """Nobody would be mailed by a tag; so does a trigger that somebody has switched off, at the next look."""
    world = make_world("acknowledgement", provisioned=False)
    first = request(world, EMILY)
    world.until("09:05")
    (received,) = told(world, EMILY)
    assert "We have received" in received[1]
    assert (kinds(world.keys(first)), tags_of_ours(world, first)) == (["ack"], set())
    assert first_reply(world, first) == 0

    provision(world.parts.zendesk, world.us, world.rulebook)
    (row,) = [row for row in world.account.triggers.values() if row["title"].startswith("zdsync: mail ack")]
    world.until(world.now + LOOK_AGAIN)
    second = request(world, JEANNE)
    world.until(world.now + LOOK_AGAIN)
    assert len(of_ours(world, JEANNE)) == 1
    world.server.call(lambda: row.update(active=False))
    world.until(world.now + LOOK_AGAIN)
    third = request(world, EMILY, subject="Another", comment="And this.")
    world.until(world.now + LOOK_AGAIN)
    assert [first_reply(world, each) is None for each in (second, third)] == [True, False]
    assert tags_of_ours(world, third) == set()
    world.sane()


def test_somebody_elses_tag_mails_nobody(make_world: MakeWorld) -> None:
    world = make_world("acknowledgement")
    ticket = request(world, EMILY)
    world.until("09:10")
    world.act(TOM, ticket=ticket, add_tags="zdsync_say_acknowledgement_received")
    world.until("09:30")
    assert len(of_ours(world, EMILY)) == 1
    assert tags_of_ours(world, ticket) == set(), "and is taken off"


@pytest.mark.parametrize("when", RECOVERIES)
@pytest.mark.parametrize("who", READERS)
def test_a_process_that_ends_around_its_write(make_world: MakeWorld, who: str, when: When) -> None:
    """Just before each request or just after it has taken effect; at worst with an empty Redis. One mail each."""
    world = make_world("acknowledgement", "intake")
    ticket = request(world, who)
    begins = world.save()
    world.rewind(begins)
    world.until("09:10")
    calls, sent, said = list(world.wire.calls), told(world, who), kinds(world.keys(ticket))
    assert (len(sent), said) == (2, ["found", "ack", "intake"])
    writes = [number for number, call in enumerate(calls) if call.startswith("PUT")]
    assert writes
    for call in writes:
        world.rewind(begins)
        world.wire.cut_at, world.wire.cut = call, when
        wire = world.wire
        work_until(world, "09:20", RECOVERIES[when])
        assert wire.ended
        assert (told(world, who), kinds(world.keys(ticket))) == (sent, said), calls[call]
        assert first_reply(world, ticket) is None
        assert tags_of_ours(world, ticket) == set()
        world.sane()


def test_a_reply_that_is_lost(make_world: MakeWorld) -> None:
    world = make_world("acknowledgement", "intake")
    world.faults({"do": "lose_reply", "method": "PUT", "times": 3})
    ticket = request(world, JEANNE)
    world.until("09:20")
    assert len(of_ours(world, JEANNE)) == 2
    assert kinds(world.keys(ticket)) == ["found", "ack", "intake"]
    world.sane()
