"""Crashes in what makes tickets due: receiver, poll, resync, dispatcher. At every call; the end is the same.

None of these writes to Zendesk, so nothing can be doubled; what could happen is that a ticket is forgotten.
"""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Iterator, Mapping
from contextlib import suppress
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from itertools import product
from typing import Any, Literal, cast, get_args

import pytest
from celery import Celery
from redis import Redis
from redis.exceptions import ConnectionError as RedisAway

from tasks.dispatch import SLOTS, dispatch
from tests.builders import a_rule, a_rule_of
from tests.scenarios.editions import account, three_promises
from tests.scenarios.stories import ending
from tests.scenarios.tales import outbox
from tests.scenarios.wire import Crash, When
from tests.scenarios.world import BEGIN, EMILY, JEANNE, RAJ, TOM, World, live_rulebook
from zdsync.poll import BEGAN
from zdsync.resync import go_on
from zdsync.sandbox import Account, Server
from zdsync.settings import Settings
from zdsync.store.server import EmbeddedRedis
from zdsync.web.intake import Intake
from zdsync.wiring import Wiring
from zdsync.zendesk import exports
from zdsync.zendesk.client import Zendesk
from zdsync.zendesk.exports import Page
from zdsync.zendesk.webhook import Hint

WHENS: tuple[When, ...] = get_args(When)
PEOPLE = (EMILY, RAJ, JEANNE)


class SmallPages(Zendesk):
    """Two rows a page, so that five tickets are several pages."""

    def export_page(self, **where: Any) -> Page:
        return exports.page(self.session, size=2, **where)


Rules = Literal["targets", "three promises", "beginning"]
MakeWorld = Callable[..., World]


@pytest.fixture
def make_world(server: Server, redis: Redis, prefix: str, monkeypatch: pytest.MonkeyPatch) -> Iterator[MakeWorld]:
    monkeypatch.setattr("zdsync.zendesk.client.PAGE_SIZE", 2)
    made: list[World] = []

    def make(rules: Rules = "targets") -> World:
        more: dict[str, Any] = {}
        if rules == "three promises":
            desk = account(server, redis, "worker")
            desk.advance_to(BEGIN - timedelta(hours=2))
            more = {"account": desk, "begin": BEGIN, "rulebook": three_promises()}
        elif rules == "beginning":
            desk = Account.demo(BEGIN - timedelta(hours=2), received_mail=False)
            book = live_rulebook(rules=(a_rule_of("acknowledgement"), a_rule_of("intake"), a_rule()))
            more = {"account": desk, "begin": BEGIN, "rulebook": book}
        made.append(World(server, redis, f"{prefix}{len(made)}:", zendesk=SmallPages, **more))
        return made[-1]

    yield make
    for world in made:
        world.close()


def five_requests(world: World) -> None:
    """Five tickets of high priority whose webhooks are lost, over five minutes."""
    for number in range(5):
        world.go(f"09:0{number}")
        world.act(PEOPLE[number % 3], webhook=False, subject=f"Case {number}", comment="It fails.", priority="high")
    world.go("09:06")


def settled(world: World) -> None:
    """From the index as it is, everything is done that should be."""
    world.until("09:10")
    assert [state.said for state in ending(world).states] == [(("target:set",),)] * 5


def begun(world: World) -> None:
    """Each of the five has number and question, and once; agents have the note."""
    world.until("09:10")
    keys = [sorted(key for keys in state.said for key in keys) for state in ending(world).states]
    assert keys == [["ack", "found", "intake", "target:set"]] * 5
    mails = sorted(outbox(world), key=lambda mail: mail[1])
    assert len(mails) == 5
    assert [who.partition(" ")[0] for _, who in mails] == ["emily", "emily", "jeanne", "raj", "raj"]


def five_solves(world: World) -> None:
    """The same five, known and answered; then solved by agents whose webhooks are lost."""
    for number in range(5):
        ticket = world.act(PEOPLE[number % 3], subject=f"Case {number}", comment="It fails.", priority="high")
        world.act(TOM, ticket=ticket, assignee=TOM, comment="Looking.", status="open")
    world.until("09:00:30")
    for number, ticket in enumerate(world.end_state(), 1):
        world.go(f"09:0{number}")
        world.act(TOM, ticket=ticket, status="solved", webhook=False)
    world.go("09:07")


def asked(world: World) -> None:
    """Each customer was asked, and once."""
    world.until("09:12")
    states = ending(world).states
    assert [(state.label, state.said[-1]) for state in states] == [("Awaiting confirmation", ("ask",))] * 5
    by_us = [row["ticket"] for row in world.account.emails if row["actor"] == world.us]
    assert sorted(by_us) == sorted(world.end_state())


@dataclass(frozen=True)
class Scene:
    """What nobody has told us of, and what is to come of it."""

    rules: Rules
    happens: Callable[[World], None]
    settled: Callable[[World], None]


SCENES = {
    "requests": Scene("targets", five_requests, settled),
    "solves": Scene("three promises", five_solves, asked),
}
BEGINNINGS = Scene("beginning", five_requests, begun)
AT_ENDS = [
    pytest.param(when, scene, id=f"{when}-{name}", marks=() if number % 3 == 0 else pytest.mark.long)
    for number, (when, (name, scene)) in enumerate(product(WHENS, SCENES.items()))
]
"""Each end and each scene once; every pair of them among the long tests."""


def not_later(world: World, wanted: Mapping[int, datetime], late: timedelta) -> None:
    """Every ticket is due when it should be, or a little after."""
    due = world.due()
    assert due.keys() == wanted.keys()
    assert all(due[ticket] <= wanted[ticket] + late for ticket in wanted), (due, wanted)


@pytest.mark.parametrize(("when", "scene"), [*AT_ENDS, pytest.param("after", BEGINNINGS, id="after-beginnings")])
def test_a_poll_that_ends_at_any_call_loses_no_ticket(make_world: MakeWorld, when: When, scene: Scene) -> None:
    """The page is hinted before the cursor moves on; the next poll repeats it."""
    world = make_world(scene.rules)
    scene.happens(world)
    began = world.save()
    world.rewind(began)
    assert world.poll() == 5
    calls, wanted = list(world.wire.calls), world.due()
    assert calls.count("GET /incremental/tickets/cursor") >= 3
    scene.settled(world)
    for number in range(len(calls)):
        world.rewind(began)
        world.wire.cut_at, world.wire.cut = number, when
        with pytest.raises(Crash):
            world.poll()
        assert world.wire.calls == calls[: number + 1]
        world.restart()
        world.server.clock.advance(30)
        world.poll()
        not_later(world, wanted, timedelta(seconds=30))
    scene.settled(world)


@pytest.mark.parametrize(("when", "scene"), AT_ENDS)
def test_a_resync_that_ends_at_any_call_forgets_no_ticket(make_world: MakeWorld, when: When, scene: Scene) -> None:
    """Redis was emptied; while it is filled again the process ends, and what it held runs out."""
    world = make_world(scene.rules)
    scene.happens(world)
    world.empty_redis()
    began = world.save()
    world.rewind(began)
    world.resync()
    calls, wanted = list(world.wire.calls), world.due()
    assert calls.count("GET /tickets") >= 3
    scene.settled(world)
    for number in range(len(calls)):
        world.rewind(began)
        world.wire.cut_at, world.wire.cut = number, when
        with pytest.raises(Crash):
            world.resync()
        world.restart()
        world.resync()
        not_later(world, wanted, timedelta(0))
        assert world.store.cache.cursor(BEGAN) == world.now.isoformat()
    scene.settled(world)


def test_a_resync_that_fails_at_any_call_goes_on_from_its_place(make_world: MakeWorld) -> None:
    """The process lives (Redis was away for a moment): what it has kept is hinted, and what is left is listed."""
    world = make_world()
    five_requests(world)
    world.empty_redis()
    began = world.save()
    world.rewind(began)
    world.resync()
    calls, wanted = list(world.wire.calls), world.due()

    given_up = 0

    def away() -> None:
        raise RedisAway("away")

    for number in range(len(calls)):
        world.rewind(began)
        world.wire.at(number, away)
        with suppress(RedisAway):
            world.resync()
        assert not world.wire.numbered
        world.redis.delete(f"{world.prefix}alone:resync", f"{world.prefix}alone:poll")
        for _ in range(5):
            go_on(world.parts)
        if world.store.epoch.state() != "set":
            world.end_leases()  # a token without a place: it is given up after five minutes
            world.resync()
            given_up += 1
        not_later(world, wanted, timedelta(0))
    assert given_up <= 4
    settled(world)


def test_an_index_that_is_emptied_at_any_call_of_a_resync_is_filled_all_the_same(make_world: MakeWorld) -> None:
    """The resync notices that what it has hinted is gone, and begins again."""
    world = make_world()
    five_requests(world)
    world.empty_redis()
    began = world.save()
    world.rewind(began)
    world.resync()
    calls, wanted = list(world.wire.calls), world.due()
    for number in range(len(calls)):
        world.rewind(began)
        world.wire.at(number, world.empty_redis)
        world.resync()
        not_later(world, wanted, timedelta(0))
    settled(world)


@dataclass
class _Broker:
    """Stands in for Celery's: takes messages until the process ends."""

    crash_at: int | None = None
    when: When = "before"
    messages: list[str] = field(default_factory=list)

    def send_task(self, name: str, **options: Any) -> None:
        if len(self.messages) == self.crash_at and self.when == "before":
            raise Crash(name)
        self.messages.append(name)
        if len(self.messages) - 1 == self.crash_at:
            raise Crash(name)


def test_a_dispatcher_that_ends_at_any_message_costs_nothing(world: World) -> None:
    """Its messages carry no tickets: what is due stays due, and one message more or less makes no difference."""
    for number in range(35):
        world.act(EMILY, subject=f"Case {number}", comment="It fails.", priority="urgent")
    world.go("09:01")
    wiring = Wiring(Settings(), world.store, world.worker.rules, world.parts)
    before = world.due()
    for when in WHENS:
        for crash_at in range(SLOTS):
            broker = _Broker(crash_at, when)
            with pytest.raises(Crash):
                dispatch(cast("Celery", broker), wiring)
            assert world.due() == before
    whole = _Broker()
    assert dispatch(cast("Celery", whole), wiring) == SLOTS
    assert whole.messages == ["pull"] * SLOTS
    world.rulebook = live_rulebook()
    for _ in range(2 * SLOTS):
        world.worker.claim_and_reconcile()
    assert all(state.said for state in world.end_state().values())
    world.sane()


class _Receiver:
    """The receiver's way into Redis, which ends before or after its call at a certain delivery."""

    def __init__(self, intake: Intake) -> None:
        self.intake = intake
        self.ends: When | None = None
        script = cast("Callable[..., Awaitable[list[int]]]", intake._receive_many)
        intake._receive_many = self._call  # type: ignore[assignment]
        self._script = script

    async def _call(self, **call: Any) -> list[int]:
        if self.ends == "before":
            raise ConnectionError("the process ends here")
        answers = await self._script(**call)
        if self.ends == "after":
            raise ConnectionError("the process ends here")
        return answers


@pytest.mark.parametrize("when", WHENS)
def test_a_receiver_that_ends_at_its_call_loses_no_delivery(
    world: World, redis_server: EmbeddedRedis, when: When
) -> None:
    """No 202 was sent, so Zendesk delivers again: it is a new delivery if the hint was not stored, a known one else."""
    ticket = world.act(EMILY, webhook=False, subject="No rows", comment="It fails.", priority="high")

    async def deliver() -> None:
        async with Intake(redis_server.url, now=lambda: world.now, prefix=world.prefix) as intake:
            receiver = _Receiver(intake)
            receiver.ends = when
            with pytest.raises(ConnectionError):
                await intake.store(Hint((ticket,), "01K", "live"))
            assert (ticket in world.due()) == (when == "after")
            receiver.ends = None
            assert await intake.store(Hint((ticket,), "01K", "live")) == (when == "before")

    asyncio.run(deliver())
    world.until("09:05")
    assert list(world.end_state()[ticket].said[0])
    world.sane()
