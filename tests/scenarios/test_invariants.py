"""The protocol's invariants, each held to stories. I1, I2 and I4 are looked at after every other story too
(`World.sane`, `ending`); I6 is `test_crashes.py`.
"""

from __future__ import annotations

import re
from datetime import timedelta
from typing import Any

import pytest
from redis import Redis

from tests.builders import a_rule
from tests.scenarios.stories import STORY, do, ending, same_ending, tell
from tests.scenarios.test_races import TICKET, request
from tests.scenarios.world import EMILY, RAJ, TOM, World, keys_of, kinds, live_rulebook, paris_time
from zdsync.core.when import HasTag, Not
from zdsync.sandbox import Server

EVERY = timedelta(seconds=40)


def trouble(world: World) -> None:
    """One of each fault on the way, and a person's edit in the middle of a write."""
    path = f"/tickets/{TICKET}"
    world.faults(
        {"do": "lose_reply", "method": "PUT", "path": path},
        {"do": "drop", "method": "PUT", "path": path, "skip": 2},
        {"do": "reply", "method": "PUT", "path": path, "status": 429, "retry_after": 3.0, "skip": 4},
        {"do": "lag", "method": "GET", "path": f"{path}/audits", "seconds": 5, "skip": 3},
        {"do": "reply", "method": "GET", "path": path, "status": 503, "times": 5, "skip": 6},
    )
    world.wire.on(f"PUT /tickets/{TICKET}", lambda: world.act(RAJ, ticket=TICKET, comment="Me, too."))


@pytest.mark.parametrize("disturbed", [False, True])
def test_i1_no_write_without_the_stamp_that_was_read_before_it(world: World, disturbed: bool) -> None:
    """The stamp is the `updated_at` that Zendesk showed in the read before the write, to the second."""
    shown: list[str] = []
    read_before_writes: list[str] = []
    world.wire.on(
        f"GET /tickets/{TICKET}",
        lambda: shown.append(world.account.tickets[TICKET].row["updated_at"]),
        "after",
        times=10_000,
    )
    world.wire.on(f"PUT /tickets/{TICKET}", lambda: read_before_writes.append(shown[-1]), times=10_000)
    if disturbed:
        trouble(world)
    tell(world, STORY)
    stamps = [write["body"]["ticket"]["updated_stamp"] for write in world.our_writes(TICKET)]
    assert len(stamps) > 6
    assert stamps == read_before_writes
    world.sane()


@pytest.mark.parametrize("disturbed", [False, True])
def test_i2_no_message_without_a_key(world: World, disturbed: bool) -> None:
    """Each comment of ours on the account stands in an audit with its keys, and each key has its comment."""
    if disturbed:
        trouble(world)
    ticket = tell(world, STORY)
    audits = [audit for audit in world.account.tickets[ticket].audits if audit["author_id"] == world.us]
    said = [any(event["type"] == "Comment" for event in audit["events"]) for audit in audits]
    keyed = [bool(keys_of(audit)) for audit in audits]
    assert said == keyed
    assert sum(said) == len(world.comments(ticket)) > 3
    world.sane()


@pytest.mark.parametrize("disturbed", [False, True])
def test_i3_the_ticket_is_read_before_its_audits(world: World, disturbed: bool) -> None:
    """Before each write: the ticket, then its audits, and nothing of the ticket after them."""
    if disturbed:
        trouble(world)
    tell(world, STORY)
    about = [re.sub(r"/tickets/\d+", "", call) for call in world.wire.calls if f"/tickets/{TICKET}" in call]
    assert "PUT " in about
    for at, call in enumerate(about):
        if call == "PUT ":
            assert about[at - 2 : at] == ["GET ", "GET /audits"]
        if call == "GET /audits":
            assert about[at - 1] in ("GET ", "GET /audits")  # another page of the same


@pytest.mark.parametrize("disturbed", [False, True])
def test_i4_every_open_ticket_is_due_within_a_day(world: World, disturbed: bool) -> None:
    """At every moment of the story at which nothing is under way."""
    if disturbed:
        trouble(world)
    ticket: int | None = None
    for step in STORY:
        world.until(step[0])
        if ticket is not None:
            assert world.now <= world.due()[ticket] <= world.now + timedelta(hours=24)
        ticket = do(world, step, ticket)
    world.until("2026-11-26 09:00")
    assert ticket in world.due()
    ending(world)


@pytest.mark.parametrize("old", range(1, len(STORY) - 1, 2))
def test_i5_a_redis_that_stands_as_it_did_earlier_changes_nothing(world: World, old: int) -> None:
    """It fails over to a copy from `old` steps into the story, at each later step: the poll finds what was lost."""
    ticket: int | None = None
    copy = None
    for number, step in enumerate(STORY):
        world.until(step[0])
        if number == old:
            copy = world.save()
        ticket = do(world, step, ticket)
        if copy is not None and number >= old:
            world.restore_index(copy)
            world.until(world.now + timedelta(minutes=3), poll_every=EVERY)
    found = ending(world)
    calm = World(world.server, world.redis, f"{world.prefix}calm:")
    tell(calm, STORY)
    same_ending(found, ending(calm), timedelta(minutes=3))


def test_i5_an_empty_redis_before_every_single_pass_changes_nothing(world: World) -> None:
    """Nothing that safety needs is kept there: each pass begins with nothing but the ticket's number."""
    ticket: int | None = None
    wanted = World(world.server, world.redis, f"{world.prefix}calm:")
    tell(wanted, STORY)
    end = ending(wanted)
    world = World(world.server, world.redis, world.prefix)
    for step in STORY:
        goal = paris_time(step[0])
        while ticket is not None and (due := min(world.due()[ticket], goal)) < goal:
            world.go(due)
            world.empty_redis()
            world.store.due.hint([ticket], "live", round(due.timestamp() * 1000))
            world.work()
        world.go(goal)
        ticket = do(world, step, ticket)
    same_ending(ending(world), end)


@pytest.mark.parametrize("content", [b"", b"\x00", b"nonsense", b"{}"], ids=repr)
def test_i5_caches_that_cannot_be_read_are_read_anew(world: World, content: bytes) -> None:
    """Histories, people and the control ticket's copy are spoiled before every pass."""
    spoilt = (f"history:{TICKET}", "control", *(f"person:{id}" for id in world.account.users))

    def spoil() -> None:
        for name in spoilt:
            world.redis.set(f"{world.prefix}{name}", content)

    world.wire.on("renew", spoil, times=10_000)
    tell(world, STORY)
    found = ending(world)
    calm = World(world.server, world.redis, f"{world.prefix}calm:")
    tell(calm, STORY)
    same_ending(found, ending(calm))


def test_i7_nothing_follows_from_what_was_before_live_since(server: Server, redis: Redis, prefix: str) -> None:
    """Promised by nobody: a ticket, a priority, a missing priority of an hour ago. What comes later has its effects."""
    world = World(server, redis, prefix, rulebook=live_rulebook(live_since=paris_time("10:00")))
    with_priority, without = TICKET, TICKET + 1
    request(world)
    world.act(RAJ, subject="Login", comment="Refused.")
    world.until("09:50")
    world.act(EMILY, ticket=with_priority, comment="Hello?")
    world.until("11:30")
    assert world.our_writes() == []
    world.act(EMILY, ticket=with_priority, comment="It is now eleven thirty.")
    world.until("11:40")
    assert world.our_writes() == []
    world.act(TOM, ticket=without, priority="high")
    world.until("11:45")
    assert {write["ticket"] for write in world.our_writes()} == {without}
    assert kinds(world.keys(without))[0] == "target:set"
    world.sane()
    world.close()


def test_i7_nothing_happens_outside_of_scope(server: Server, redis: Redis, prefix: str) -> None:
    """A tag takes a ticket out of scope, and taking the tag off puts it back in."""
    world = World(server, redis, prefix, rulebook=live_rulebook(scope=Not(HasTag("no_zdsync"))))
    request(world, tags=["no_zdsync"])
    inside = world.act(RAJ, subject="Login", comment="Refused.", priority="high")
    world.until("12:00")
    assert {write["ticket"] for write in world.our_writes()} == {inside}
    assert TICKET in world.due()
    world.act(TOM, ticket=TICKET, remove_tags="no_zdsync")
    world.until("12:05")
    assert kinds(world.keys(TICKET)) == ["target:set", "breach:first_reply"]
    world.close()


@pytest.mark.parametrize("mode", ["off", "shadow"])
def test_i7_a_rule_that_is_not_live_changes_nothing(server: Server, redis: Redis, prefix: str, mode: Any) -> None:
    """In shadow it is written down what it would do, each thing once; switched off not even that."""
    rulebook = live_rulebook(rules=(a_rule(mode),))
    world = World(server, redis, prefix, rulebook=rulebook)
    tell(world, STORY)
    assert world.our_writes() == []
    words = [effect.words for effect in world.store.shadow]
    assert len(words) == len(set(words))
    assert bool(words) == (mode == "shadow")
    world.close()


def test_our_own_writes_cause_no_further_ones(world: World) -> None:
    """Each comes back as a webhook; looking again changes nothing."""
    world.echoes = True
    tell(world, STORY)
    found, writes = ending(world), len(world.our_writes())
    calm = World(world.server, world.redis, f"{world.prefix}calm:")
    tell(calm, STORY)
    same_ending(found, ending(calm))
    assert writes == len(calm.our_writes())
