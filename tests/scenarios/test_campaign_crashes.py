"""Each contact has exactly one notice, whatever crashes, is lost, comes late or is emptied while they are created.

The sending to a few contacts is told once undisturbed; then again for a crash at each of its writes and kinds of call,
and with Redis gone too after each create (every single call: `tests/soak/test_campaign_everywhere.py`).
"""

from __future__ import annotations

from collections.abc import Iterator
from datetime import timedelta

import pytest
from redis import Redis

from tests.scenarios.campaigns import Sending, a_world, announce, creates, each_is_told_once, end_users, notices, told
from tests.scenarios.chapters import RECOVERIES
from tests.scenarios.wire import Crash, When
from tests.scenarios.world import TOM, World
from zdsync.sandbox import Server

FEW = 3
CREATE = "POST /tickets"


@pytest.fixture
def world(server: Server, redis: Redis, prefix: str) -> Iterator[World]:
    made = a_world(server, redis, prefix, FEW)
    yield made
    made.close()


def test_the_sending_passes_through_everything(world: World) -> None:
    """What the crashes below are spread over."""
    calls = Sending(world).calls
    assert calls.count(CREATE) == FEW
    assert {"claim", "renew", "release", "spend", "learn", "GET /users", "GET /search"} <= set(calls)
    assert len(calls) > 100


@pytest.mark.parametrize("when", RECOVERIES)
def test_a_crash_at_each_write_and_kind_of_call_tells_each_once(world: World, when: When) -> None:
    sending = Sending(world)
    for at in sending.representative() if when == "before" else sending.creates():
        sending.crash(at, when, RECOVERIES[when])


@pytest.mark.parametrize("when", ["before", "after"])
@pytest.mark.parametrize("lost", [False, True], ids=["redis stays", "redis is emptied"])
def test_more_than_two_hours_of_downtime_around_each_create_tell_each_once(
    world: World, when: When, lost: bool
) -> None:
    """The idempotency keys are gone, and so is what Redis is believed for."""

    def long_after(world: World) -> None:
        world.go(world.now + timedelta(hours=2, minutes=30))
        RECOVERIES["after" if lost else "before"](world)

    sending = Sending(world)
    for at in sending.creates():
        sending.crash(at, when, long_after)


@pytest.mark.parametrize("skip", [0, FEW - 1])
@pytest.mark.parametrize(
    "fault",
    [
        {"do": "lose_reply"},
        {"do": "drop"},
        {"do": "reply", "status": 500},
        {"do": "reply", "status": 502, "form": "html", "applied": True},
        {"do": "land_late", "reads": 1},
        {"do": "land_late", "seconds": 3},
        {"do": "land_late", "seconds": 20},
        {"do": "land_late", "seconds": 600},
    ],
    ids=lambda fault: " ".join(map(str, fault.values())),
)
def test_a_create_without_a_clear_answer_tells_each_once(world: World, fault: dict[str, object], skip: int) -> None:
    problem = announce(world)
    world.faults({**fault, "method": "POST", "path": "/tickets", "skip": skip})
    world.until("09:15")
    each_is_told_once(world, problem)
    assert len(creates(world)) <= FEW + 2


def test_every_reply_lost_tells_each_once(world: World) -> None:
    problem = announce(world)
    world.faults({"do": "lose_reply", "method": "POST", "path": "/tickets", "times": None})
    world.until("09:05")
    each_is_told_once(world, problem)
    assert len(creates(world)) == FEW


def test_redis_emptied_in_the_middle_stops_it_until_a_resync_has_ended(world: World) -> None:
    problem = announce(world)
    world.wire.on(CREATE, world.empty_redis, "after")
    world.go("09:00:02")
    world.work()
    world.go("09:00:05")
    world.work()
    assert creates(world) == [201]
    for second in (10, 30, 50):
        world.go(f"09:00:{second}")
        world.hint(problem)
        world.work()
    assert creates(world) == [201]
    world.resync()
    world.until("09:05")
    each_is_told_once(world, problem)
    assert len(creates(world)) == FEW


def test_an_old_copy_of_redis_in_the_middle_tells_nobody_twice(world: World) -> None:
    """It failed over to what it was before the sending, within the hour for which that is believed, and long after."""
    problem = announce(world)
    world.until("09:00:03")
    old = world.save()
    world.until("09:05")
    each_is_told_once(world, problem)
    for at in ("09:30", "13:00"):
        world.go(at)
        world.restore_index(old)
        world.hint(problem)
        world.work()
        assert set(told(world).values()) == {1}


def test_a_process_that_was_held_up_for_hours_creates_nothing_more(world: World) -> None:
    """It stands still just before it renews its lease; another one does the rest meanwhile."""
    problem = announce(world)
    slow, world.worker = world.worker, world.new_worker()

    def stand_still() -> None:
        world.end_leases()
        world.until("09:30")
        each_is_told_once(world, problem)
        world.go("12:30")

    world.go("09:00:02")
    slow.claim_and_reconcile()  # the note
    world.go("09:00:04")
    slow.wire.on(CREATE, lambda: slow.wire.on("renew", stand_still), "after")
    slow.claim_and_reconcile()
    world.until("12:31")
    each_is_told_once(world, problem)
    assert len(creates(world)) == FEW
    slow.parts.zendesk.session.close()


def test_a_contact_whose_language_has_changed_before_the_repeat_is_told_once(world: World) -> None:
    """The same key with another body: it is looked up by its external id, though the list does not have it yet."""
    problem = announce(world)
    first = min(end_users(world))
    nothing = {"tickets": [], "meta": {"has_more": False}}

    def change() -> None:
        world.account.users[first].update(locale="en-US", locale_id=1)
        world.redis.delete(*world.redis.scan_iter(f"{world.prefix}audience:*"))  # its half hour is over
        lag = {"do": "reply", "path": f"/tickets/{problem}/incidents", "status": 200, "body": nothing}
        world.faults(lag)

    world.wire.on(CREATE, change)
    world.wire.end(CREATE, "after")
    with pytest.raises(Crash):
        world.until("09:05")
    world.restart()
    world.until("09:10")
    assert creates(world)[:2] == [201, 400]
    each_is_told_once(world, problem)
    assert len(creates(world)) == FEW + 1


def test_a_notice_that_was_taken_from_the_problem_is_not_created_again(world: World) -> None:
    """An agent has made a question of it, hours have passed, and Redis is empty: its external id is looked for."""
    problem = announce(world)
    world.until("09:05")
    world.server.act("tom@desk.example", ticket=notices(world)[0].row["id"], type="question", problem_id=None)
    world.go("13:00")
    world.empty_redis()
    world.resync()
    world.until("13:05")
    each_is_told_once(world, problem)
    assert len(creates(world)) == FEW


def test_a_notice_that_an_agent_has_deleted_is_not_created_again(world: World) -> None:
    """It is in no list of Zendesk's any more, and its key is dead: who was told once is remembered here."""
    problem = announce(world)
    world.until("09:05")
    deleted = notices(world)[0].row["id"]
    world.act(TOM, ticket=deleted, delete=True)
    world.go("13:00")
    world.act(TOM, ticket=problem, comment="Still looking.", public=False)
    world.until("13:05")
    assert len(creates(world)) == FEW
    assert problem in world.account.tickets


def test_a_crash_that_the_process_survives_as_an_error_leaves_the_batch_open(world: World) -> None:
    """Redis goes away under its hands: what was created is read from the list."""
    problem = announce(world)

    def gone() -> None:
        raise ConnectionError("redis is away")

    world.wire.on(CREATE, lambda: world.wire.on("?HSET campaign*", gone), "after")
    with pytest.raises((ConnectionError, Crash)):
        world.until("09:05")
    world.end_leases()
    before = world.wire.calls.count(f"GET /tickets/{problem}/incidents")
    world.until("09:10")
    assert world.wire.calls.count(f"GET /tickets/{problem}/incidents") == before + 1
    each_is_told_once(world, problem)
    assert len(creates(world)) == FEW
