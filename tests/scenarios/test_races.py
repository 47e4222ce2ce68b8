"""Somebody else writes at the wrong moment: an agent between our read and our write, another worker, a late request of
our own.

In each the ticket gets its priority on creation, and our first write, which sets the targets and says so, is raced.
"""

from __future__ import annotations

import threading
from concurrent.futures import ThreadPoolExecutor
from datetime import datetime, timedelta
from typing import Any

import pytest
from redis import Redis

from tests.scenarios.stories import ending
from tests.scenarios.wire import When
from tests.scenarios.world import EMILY, TOM, ReadClock, World, kinds
from zdsync.clock import milliseconds
from zdsync.parts import LEASE_MS
from zdsync.reconcile import reconcile
from zdsync.sandbox import Server

TICKET = 2
"""The first ticket of a customer; the account's control ticket is the one before."""
PUT = f"PUT /tickets/{TICKET}"
READ = f"GET /tickets/{TICKET}"
AUDITS = f"GET /tickets/{TICKET}/audits"
AFTER_EVALUATING = f"HGETALL held:{TICKET}"
"""The first thing that is looked up once a plan has updates."""


def request(world: World, **act: Any) -> None:
    """Emily asks; it is of high priority at once."""
    assert world.act(EMILY, subject="No rows", comment="It fails.", **{"priority": "high", **act}) == TICKET


def statuses(world: World) -> list[int | None]:
    """What became of each of our writes to the ticket."""
    return [write["status"] for write in world.our_writes(TICKET)]


def told_once(world: World, *said: str) -> None:
    """These things were said, in this order, each once; nothing is left to do."""
    assert kinds(world.keys(TICKET)) == list(said)
    assert len(world.comments(TICKET)) == len(said)
    ending(world)


def test_a_write_whose_reply_is_lost_is_recognised_when_it_was_applied(world: World) -> None:
    """The key in the audit is the proof; nothing is written twice."""
    request(world)
    world.faults({"do": "lose_reply", "method": "PUT", "path": f"/tickets/{TICKET}"})
    world.until("09:05")
    assert statuses(world) == [200]
    told_once(world, "target:set")


def test_a_write_whose_reply_is_lost_is_repeated_when_it_was_not_applied(world: World) -> None:
    """The stamp has not moved, so the same update goes out with the same stamp."""
    request(world)
    world.faults({"do": "drop", "method": "PUT", "path": f"/tickets/{TICKET}"})
    world.until("09:05")
    assert statuses(world) == [None, 200]
    first, second = (write["body"]["ticket"] for write in world.our_writes(TICKET))
    assert first["updated_stamp"] == second["updated_stamp"]
    assert first["metadata"]["zdsync_keys"] == second["metadata"]["zdsync_keys"]
    told_once(world, "target:set")


@pytest.mark.parametrize(
    "when", [{"reads": reads} for reads in range(1, 8)] + [{"seconds": seconds} for seconds in (1, 4, 5, 6, 60, 3600)]
)
def test_a_write_that_lands_after_later_reads_does_no_harm(world: World, when: dict[str, int]) -> None:
    """After so many later reads of the ticket, or so much later: it is refused, or its key is found."""
    request(world)
    world.faults({"do": "land_late", "method": "PUT", "path": f"/tickets/{TICKET}", **when})
    world.until("10:30")
    assert statuses(world).count(200) == 1
    told_once(world, "target:set")


def all_at_once(world: World, count: int) -> None:
    """So many workers take what is due, each when the lease of the one before had ended, and are at the PUT at once.
    One of them writes."""
    barrier = threading.Barrier(count, timeout=60)
    workers = [world.worker, *(world.new_worker() for _ in range(count - 1))]
    with ThreadPoolExecutor(count) as pool:
        running = []
        for worker in workers:
            arrived = threading.Event()
            worker.wire.on(PUT, arrived.set)
            worker.wire.on(PUT, barrier.wait)
            running.append(pool.submit(worker.claim_and_reconcile))
            assert arrived.wait(60)
            if worker is not workers[-1]:
                world.end_leases()
        outcomes = [outcome for each in running for outcome in each.result(60)]
    assert sorted(outcome.what for outcome in outcomes) == ["later"] * (count - 1) + ["updated"]


@pytest.mark.parametrize("count", [2, 4])
def test_of_parallel_writers_with_one_stamp_one_writes(world: World, count: int) -> None:
    """Each took the ticket when the lease of the one before had ended while it was slow; all are at the PUT at once."""
    request(world)
    world.go("2026-11-23 09:00:05")
    all_at_once(world, count)
    assert sorted(statuses(world), key=str) == [200] + [409] * (count - 1)
    world.until("09:05")
    told_once(world, "target:set")


def test_a_lease_that_has_ended_decides_nothing(world: World) -> None:
    """The slow holder's release is refused, so what the next holder has stored stays."""
    request(world)
    world.go("2026-11-23 09:00:05")
    slow, quick = world.worker, world.new_worker()

    def overtake() -> None:
        world.end_leases()
        world.server.clock.advance(5)
        assert [outcome.what for outcome in quick.claim_and_reconcile()] == ["updated"]

    slow.wire.on("release", overtake)
    slow.wire.on(PUT, lambda: world.act(EMILY, ticket=TICKET, comment="And now?", webhook=False))
    assert [outcome.what for outcome in slow.claim_and_reconcile()] == ["later"]
    assert world.due()[TICKET] > world.now + timedelta(minutes=30)
    told_once(world, "target:set")


def test_a_lease_that_has_ended_before_its_turn_is_dropped_without_a_call(world: World) -> None:
    """The last ticket of a slow batch: somebody else has it by now."""
    request(world)
    world.go("09:01")
    [lease] = world.parts.due.claim(1, milliseconds(world.now), LEASE_MS)
    world.end_leases()
    assert reconcile(lease, world.parts).what == "dropped"
    assert READ not in world.wire.calls
    world.until("09:05")
    told_once(world, "target:set")


@pytest.mark.parametrize(
    ("call", "when"),
    [
        (READ, "before"),
        (READ, "after"),
        (AUDITS, "before"),
        (AUDITS, "after"),
        (AFTER_EVALUATING, "before"),
        ("caps", "after"),
        (PUT, "before"),
        (PUT, "after"),
        ("release", "before"),
        ("release", "after"),
    ],
)
@pytest.mark.parametrize("heard", [True, False], ids=["webhook", "poll"])
def test_an_agents_edit_at_any_moment_counts(world: World, call: str, when: When, heard: bool) -> None:
    """The priority becomes urgent while we work: the targets are those of urgent in the end, and told once."""
    request(world)
    world.wire.on(call, lambda: world.act(TOM, ticket=TICKET, priority="urgent", webhook=heard), when)
    world.until("09:10", poll_every=None if heard else timedelta(seconds=30))
    [state] = world.end_state().values()
    assert state.priority == "urgent"
    assert state.fields["SLA first reply due"] == "2026-11-23 10:00 CET"
    told_once(world, "target:set")
    stale = [status for status in statuses(world) if status != 200]
    assert stale in ([], [409])


def test_an_edit_between_our_read_and_our_write_makes_zendesk_refuse_it(world: World) -> None:
    """What was decided on before the edit never reaches the ticket."""
    request(world)
    world.wire.on(PUT, lambda: world.act(TOM, ticket=TICKET, status="pending", comment="Which?"))
    world.until("09:05")
    assert statuses(world) == [409, 200]
    [state] = world.end_state().values()
    assert state.fields["SLA resolution due"].startswith("paused")  # type: ignore[union-attr]


@pytest.mark.parametrize("when", ["before", "after"])
@pytest.mark.parametrize("heard", [True, False], ids=["webhook", "poll"])
def test_a_persons_write_in_the_same_second_as_ours_is_seen(world: World, when: When, heard: bool) -> None:
    """Stamps have whole seconds: the answer has the very stamp of our write, and still counts as an answer."""
    request(world)
    world.wire.on(PUT, lambda: world.act(TOM, ticket=TICKET, comment="Looking.", status="open", webhook=heard), when)
    world.until("09:05", poll_every=None if heard else timedelta(seconds=30))
    stamps = {audit["created_at"] for audit in world.account.tickets[TICKET].audits[1:3]}
    assert len(stamps) == (1 if when == "after" else 2)
    [state] = world.end_state().values()
    assert state.fields["SLA first reply due"] == "met 2026-11-23 09:00 CET"
    told_once(world, "target:set")


def test_a_ticket_is_left_alone_while_its_second_lasts(world: World) -> None:
    """Read within the second of its stamp it may still change under that stamp: nothing is decided on."""
    request(world, priority="urgent")
    world.store.due.hint([TICKET], "p1", milliseconds(world.now))
    [outcome] = world.work()
    assert (outcome.what, outcome.why) == ("later", "it was written in this very second")
    assert statuses(world) == []
    world.until("09:05")
    told_once(world, "target:set")


def test_with_a_clock_a_little_ahead_a_ticket_is_not_read_over_and_over(
    server: Server, redis: Redis, prefix: str
) -> None:
    """Zendesk says that a person may still be writing when by our clock they have had their time."""

    class Ahead(ReadClock):
        def now(self) -> datetime:
            return super().now() + timedelta(milliseconds=400)

    world = World(server, redis, prefix, clock=Ahead(server))
    request(world)
    world.go(world.now + timedelta(seconds=4.7))
    [outcome] = world.work()
    assert outcome.why == "a person may still be writing"
    world.until("09:05")
    told_once(world, "target:set")
    world.close()


@pytest.mark.parametrize("times", [1, 3])
def test_audits_that_lag_behind_the_ticket_are_waited_for(world: World, times: int) -> None:
    """A replica does not show the newest audit yet: nothing is decided without it."""
    request(world, priority=None)
    world.until("09:10")
    world.act(TOM, ticket=TICKET, priority="high")
    path = f"/tickets/{TICKET}/audits"
    world.faults({"do": "lag", "method": "GET", "path": path, "seconds": 60, "times": times})
    outcomes = world.until("09:15")
    assert [outcome.why for outcome in outcomes].count("its audits lag behind it") == times
    told_once(world, "target:set")


def test_nothing_is_said_while_no_audit_can_be_seen(world: World) -> None:
    """A replica that is an hour behind: the ticket is looked at ever less often, and is not forgotten."""
    request(world)
    lag = {"do": "lag", "method": "GET", "path": f"/tickets/{TICKET}/audits", "seconds": 100_000, "times": None}
    world.faults(lag)
    outcomes = world.until("10:20")
    assert statuses(world) == []
    assert len(outcomes) < 15
    world.sane()
    world.faults()
    world.until("11:30")
    told_once(world, "target:set", "warn:first_reply", "breach:first_reply")


@pytest.mark.parametrize("call", [READ, AUDITS, AFTER_EVALUATING, PUT, "release"])
def test_a_ticket_that_is_deleted_meanwhile_is_forgotten(world: World, call: str) -> None:
    """And nothing is sent to it again."""
    request(world)
    world.wire.on(call, lambda: world.act(TOM, ticket=TICKET, delete=True))
    world.until("09:10")
    assert TICKET not in world.due()
    sent = len(world.our_writes(TICKET))
    world.until("2026-11-24 18:00")
    assert len(world.our_writes(TICKET)) == sent
    assert world.store.cache.load(TICKET) is None


@pytest.mark.parametrize("call", [READ, AUDITS, PUT, "release"])
def test_a_ticket_that_is_merged_away_meanwhile_is_forgotten(world: World, call: str) -> None:
    """Merging closes it with a comment and a tag."""
    request(world)
    merge: dict[str, Any] = {
        "status": "closed",
        "comment": "Merged into #9.",
        "public": False,
        "add_tags": "closed_by_merge",
    }
    world.wire.on(call, lambda: world.act(TOM, ticket=TICKET, assignee=TOM, **merge))
    world.until("09:10")
    assert TICKET not in world.due()
    assert statuses(world) == {READ: [], AUDITS: [409], PUT: [409], "release": []}[call]
    sent = len(world.our_writes(TICKET))
    world.until("2026-11-24 18:00")
    assert len(world.our_writes(TICKET)) == sent


def test_a_ticket_that_closes_by_itself_under_an_unmoved_stamp_takes_no_update(world: World) -> None:
    """422: Zendesk refuses whatever would change it; it is taken out of the index."""
    request(world)
    row = world.account.tickets[TICKET].row
    world.wire.on(PUT, lambda: world.server.call(lambda: row.update(status="closed")))
    world.until("09:10")
    assert statuses(world) == [422]
    assert TICKET not in world.due()
    assert world.comments(TICKET) == []
