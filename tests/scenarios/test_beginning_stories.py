"""What a customer gets when they have asked, over the whole way: mail, poll or webhook, Redis, us, their inbox."""

from __future__ import annotations

import re
from collections.abc import Callable
from datetime import datetime, timedelta
from typing import Any

import pytest
from redis import Redis

from tests.builders import a_rule, a_rule_of
from tests.scenarios.tables import CATCH_UP, POLL
from tests.scenarios.test_rule_stories import STORIES
from tests.scenarios.world import BEGIN, EMILY, JEANNE, TOM, World, keys_of, kinds, live_rulebook
from tests.stories.told import shipped
from zdsync.rules.stories import Story
from zdsync.sandbox import Account, Server
from zdsync.stories.play import Player
from zdsync.wiring import LOOK_AGAIN

MINUTE = timedelta(minutes=1)
VAGUE: dict[str, dict[str, Any]] = {
    EMILY: {"subject": "Cohort report exports empty", "comment": "The CSV has headers but no rows."},
    JEANNE: {"subject": "Connexion impossible", "comment": "Mon mot de passe est refusé."},
}
WORDS = {
    EMILY: ("We have received your request", "the date and time at which it happened", "has the priority P2 (high)"),
    JEANNE: ("Nous avons bien reçu votre demande", "la date et l’heure de l’incident", "a la priorité P2 (haute)"),
}

MakeWorld = Callable[..., World]


@pytest.fixture
def make_world(server: Server, redis: Redis, prefix: str) -> MakeWorld:
    """A desk without a trigger that acknowledges, unless told otherwise."""

    def made(**demo: bool) -> World:
        account = Account.demo(BEGIN - timedelta(hours=2), **{"received_mail": False, **demo})
        rules = (a_rule_of("acknowledgement"), a_rule_of("intake"), a_rule(note="never"))
        return World(server, redis, prefix, account=account, rulebook=live_rulebook(rules=rules), begin=BEGIN)

    return made


def mails(world: World, who: str) -> list[dict[str, Any]]:
    return [mail for mail in world.server.outbox() if mail["to"] == who]


@pytest.mark.parametrize("webhook", [True, False], ids=["by webhook", "by the poll"])
@pytest.mark.parametrize("who", [EMILY, JEANNE], ids=["in English", "in French"])
def test_the_number_with_a_question_then_the_targets(make_world: MakeWorld, who: str, webhook: bool) -> None:
    """Two mails in the customer's language, each once, whatever of our calls gets lost."""
    world = make_world()
    ticket = world.act(who, webhook=webhook, channel="email", **VAGUE[who])
    world.until("09:05", poll_every=MINUTE)
    (first,) = mails(world, who)
    assert all(words in first["body"] for words in WORDS[who][:2])
    assert f"#{ticket}" in first["body"]
    assert "malfunction" not in first["body"], "that is in the note"
    world.act(TOM, webhook=webhook, ticket=ticket, priority="high", assignee=TOM)
    world.until("09:20", poll_every=MINUTE)
    _, second = mails(world, who)
    assert WORDS[who][2] in second["body"]
    world.until("24 08:00", poll_every=timedelta(hours=1))
    assert len(mails(world, who)) == 2
    said = kinds(world.keys(ticket))
    assert said[:4] == ["found", "ack", "intake", "promise"]
    assert {each.partition(":")[0] for each in said[4:]} == {"warn", "breach"}, "notes about targets"
    world.sane()


def test_where_the_account_acknowledges_we_do_not(make_world: MakeWorld) -> None:
    world = make_world(received_mail=True)
    ticket = world.act(EMILY, webhook=False, channel="email", **VAGUE[EMILY])
    world.until("09:20", poll_every=MINUTE)
    received, question = mails(world, EMILY)
    assert received["cause"] == "Notify requester of new ticket via email"
    assert "it would be good to have" in question["body"]
    assert "We have received" not in question["body"]
    assert kinds(world.keys(ticket)) == ["found", "intake"]


def test_a_trigger_that_is_switched_on_is_noticed(make_world: MakeWorld) -> None:
    """Within ten minutes; until then a customer may get both."""
    world = make_world()
    first = world.act(EMILY, **VAGUE[EMILY])
    world.until("09:05")
    with_mail = Account.demo(BEGIN).triggers
    world.server.call(lambda: world.account.triggers.update(with_mail))
    world.until(world.now + LOOK_AGAIN)
    second = world.act(JEANNE, **VAGUE[JEANNE])
    world.until(world.now + timedelta(minutes=5))
    assert "ack" in kinds(world.keys(first))
    assert kinds(world.keys(second)) == ["found", "intake"]


LOSSES: list[Any] = [
    pytest.param("lose_reply", id="the reply of each write is lost"),
    pytest.param("redis", id="Redis is emptied after each step"),
    pytest.param("restart", id="the process ends after each step"),
]


@pytest.mark.parametrize("loss", LOSSES)
def test_nothing_is_said_twice(make_world: MakeWorld, loss: str) -> None:
    world = make_world()

    def upset() -> None:
        if loss == "redis":
            world.empty_redis()
            world.resync()
        elif loss == "restart":
            world.restart()

    if loss == "lose_reply":
        world.faults({"do": "lose_reply", "method": "PUT", "times": 3})
    ticket = world.act(JEANNE, **VAGUE[JEANNE])
    world.until("09:02", poll_every=MINUTE)
    upset()
    world.act(TOM, ticket=ticket, priority="high", assignee=TOM)
    world.until("09:15", poll_every=MINUTE)
    upset()
    world.until("10:00", poll_every=MINUTE)
    upset()
    world.until("10:30", poll_every=MINUTE)
    keys = kinds(world.keys(ticket))
    assert [keys.count(kind) for kind in ("found", "ack", "intake", "promise")] == [1, 1, 1, 1]
    assert len(mails(world, JEANNE)) == 2
    world.sane()


def test_who_answers_in_time_leaves_nothing_to_ask(make_world: MakeWorld) -> None:
    """The customer adds what is missing by mail, with a file, before we look; the poll finds both at once."""
    world = make_world(received_mail=True)
    ticket = world.act(EMILY, webhook=False, channel="email", **VAGUE[EMILY])
    world.go("09:01")
    more = "I open a cohort and click on Export; it is so since Friday. My number is 06 12 34 56 78."
    file = {"name": "screen.png", "content": "x"}
    world.act(EMILY, webhook=False, ticket=ticket, channel="email", comment=more, attachments=[file])
    world.until("09:20", poll_every=MINUTE)
    assert world.keys(ticket) == {}
    assert len(mails(world, EMILY)) == 1, "that of the account's own trigger"


BEGINNINGS = [story for story in STORIES if story.source.file.endswith(("/acknowledgement.yaml", "/intake.yaml"))]
BEGINNING = {"found", "ack", "intake", "promise"}


def beginning(player: Player) -> list[tuple[datetime, list[str]]]:
    """When we said what of a beginning: kinds of keys, and the words where they are for the customer."""
    stage = player.stage
    found: list[tuple[datetime, list[str]]] = []
    for audit in stage.account.tickets[stage.ticket_id].audits:
        if said := [kind for kind in kinds(keys_of(audit)) if kind in BEGINNING]:
            bodies = [event["body"] for event in audit["events"] if event["type"] == "Comment" and event["public"]]
            said += [re.sub(rf"#{stage.ticket_id}\b", "#", body) for body in bodies]
            found.append((datetime.fromisoformat(audit["created_at"]), said))
    return found


@pytest.mark.long
@pytest.mark.parametrize("story", BEGINNINGS, ids=lambda story: story.name)
def test_each_shipped_story_goes_so_where_the_poll_finds_what_happened(
    story: Story, server: Server, redis: Redis, prefix: str
) -> None:
    """No webhook arrives: the same is said, in the same words and order, at its time or as soon as it is found."""
    told, real = Player(story, shipped()), Player(story, shipped())
    told.play()
    world = World(server, redis, prefix, account=real.stage.account, rulebook=real.rulebook, begin=story.opened)
    acts = [None, *(step for step in story.steps if step.entry.by)]
    ends = [*(step.at for step in acts if step), story.ends]
    for step, end in zip(acts, ends, strict=True):
        if step and step.at > world.now:
            world.until(step.at - timedelta(milliseconds=1))
            world.go(step.at)
        server.call(lambda step=step: real.perform(step))  # type: ignore[misc]
        world.until(min(world.now + CATCH_UP, end - timedelta(milliseconds=1)), poll_every=POLL)
    world.until(story.ends - timedelta(milliseconds=1))
    world.close()

    found, wanted = beginning(real), beginning(told)
    assert [said for _, said in found] == [said for _, said in wanted]
    assert all(should <= at <= should + CATCH_UP for (at, _), (should, _) in zip(found, wanted, strict=True))
