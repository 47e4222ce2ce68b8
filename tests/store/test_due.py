"""The due index: who is claimed when, and what a lease protects. The random walk is in test_due_model.py."""

from __future__ import annotations

import pytest
from redis import Redis

from zdsync.core.model import WorkClass
from zdsync.store.due import REST_AFTER_TRIES, REST_MS, Due, Lease

NOW = 1_763_900_000_000
SECOND, MINUTE, HOUR, DAY = 1000, 60_000, 3_600_000, 86_400_000
TTL = 60_000
GONE = -1
"""A lease that has ended when it is given."""


def claim_one(due: Due, now: int = NOW, ttl: int = TTL) -> Lease:
    (lease,) = due.claim(1, now, ttl)
    return lease


def ids(leases: list[Lease]) -> list[int]:
    return [lease.ticket_id for lease in leases]


def release(due: Due, lease: Lease, wake: int | None = None, now: int = NOW, not_before: int = 0) -> bool:
    return due.release(lease, wake_ms=wake, not_before_ms=not_before, now_ms=now, settle_ms=2 * SECOND)


def test_nothing_is_due_in_an_empty_index(due: Due) -> None:
    """Every question about an empty index has a plain answer."""
    assert due.claim(10, NOW, TTL) == []
    assert due.reap(NOW) == []
    assert due.next_due_ms() is None
    assert due.count_due(NOW) == 0
    assert due.counts() == {"p1": 0, "live": 0, "bulk": 0, "leased": 0}
    assert due.tracked([1]) == frozenset()
    assert due.tracked([]) == frozenset()
    assert due.tries([1]) == {}


def test_a_hinted_ticket_is_claimed_once(due: Due) -> None:
    """Two workers never hold the same ticket."""
    due.hint([7], "live", NOW)
    lease = claim_one(due)
    assert (lease.ticket_id, lease.work, lease.due_ms, lease.tries) == (7, "live", NOW, 0)
    assert due.claim(10, NOW, TTL) == []
    assert due.counts()["leased"] == 1
    assert due.tracked([7, 8]) == {7}


def test_what_is_due_later_is_left(due: Due) -> None:
    """A ticket is claimed at its time and not a millisecond earlier."""
    due.hint([7], "live", NOW + 1)
    assert due.claim(1, NOW, TTL) == []
    assert (due.count_due(NOW), due.count_due(NOW + 1), due.next_due_ms()) == (0, 1, NOW + 1)
    assert ids(due.claim(1, NOW + 1, TTL)) == [7]


def test_hints_coalesce(due: Due) -> None:
    """Many hints are one visit, at the earliest of their times."""
    for at in (NOW, NOW - MINUTE, NOW + MINUTE):
        due.hint([7], "live", at)
    assert claim_one(due).due_ms == NOW - MINUTE
    assert due.claim(1, NOW, TTL) == []


def test_many_hints_at_once(due: Due) -> None:
    """A resync hints more tickets than go into one script call."""
    due.hint(range(1, 1702), "bulk", NOW)
    assert due.count_due(NOW) == 1701


@pytest.mark.parametrize(
    ("first", "second", "kept"),
    [
        pytest.param("bulk", "live", "live", id="a webhook raises bulk work"),
        pytest.param("live", "p1", "p1", id="P1 raises live work"),
        pytest.param("p1", "bulk", "p1", id="a resync lowers nothing"),
        pytest.param("live", "bulk", "live", id="nor for live work"),
    ],
)
def test_hints_raise_the_class(due: Due, first: WorkClass, second: WorkClass, kept: WorkClass) -> None:
    """A hint raises the class of a waiting ticket and never lowers it."""
    due.hint([7], first, NOW)
    due.hint([7], second, NOW)
    assert due.counts() == {"p1": 0, "live": 0, "bulk": 0, "leased": 0} | {kept: 1}


def test_p1_goes_first(due: Due) -> None:
    """The order is p1, live, bulk, and by time within each."""
    due.hint([31], "bulk", NOW - DAY)
    due.hint([21], "live", NOW - HOUR)
    due.hint([22], "live", NOW - 2 * HOUR)
    due.hint([11], "p1", NOW)
    assert ids(due.claim(10, NOW, TTL)) == [11, 22, 21, 31]


@pytest.mark.parametrize("batch", [1, 3, 40])
def test_bulk_has_its_share(due: Due, batch: int) -> None:
    """One ticket in ten is bulk while any is due, whatever the size of the batches."""
    due.hint(range(100, 200), "live", NOW)
    due.hint(range(200, 300), "bulk", NOW)
    claimed: list[Lease] = []
    while len(claimed) < 40:
        claimed += due.claim(batch, NOW, TTL)
    assert [lease.work for lease in claimed[:40]].count("bulk") == 4
    assert all("bulk" in [lease.work for lease in claimed[at : at + 10]] for at in range(30))


def test_no_bulk_due_costs_no_turn(due: Due) -> None:
    """The share of bulk work goes to the others while none is due."""
    due.hint(range(100, 130), "live", NOW)
    due.hint([200], "bulk", NOW + 1)
    assert len(due.claim(40, NOW, TTL)) == 30


def test_release_sets_the_next_time(due: Due) -> None:
    """A released ticket is due when it asked for."""
    due.hint([7], "live", NOW)
    assert release(due, claim_one(due), wake=NOW + HOUR)
    assert due.next_due_ms() == NOW + HOUR
    assert due.counts() == {"p1": 0, "live": 1, "bulk": 0, "leased": 0}


@pytest.mark.parametrize(
    ("wake", "not_before", "expected"),
    [
        pytest.param(None, 0, NOW + DAY, id="no wake is a day"),
        pytest.param(NOW + 3 * DAY, 0, NOW + DAY, id="nobody sleeps longer than a day"),
        pytest.param(NOW + MINUTE, NOW + HOUR, NOW + HOUR, id="not before wins over an early wake"),
        pytest.param(NOW + HOUR, NOW + MINUTE, NOW + HOUR, id="not before does not pull a wake forward"),
        pytest.param(None, NOW + 2 * DAY, NOW + DAY, id="not before ends within a day too"),
        pytest.param(NOW - HOUR, 0, NOW - HOUR, id="a wake that has passed is due at once"),
    ],
)
def test_release_times(due: Due, wake: int | None, not_before: int, expected: int) -> None:
    """Every released ticket is due within a day, and not before it may."""
    due.hint([7], "live", NOW)
    release(due, claim_one(due), wake=wake, not_before=not_before)
    assert due.next_due_ms() == expected


def test_a_hint_during_a_lease_comes_back_after_the_settling_time(due: Due) -> None:
    """What happened while the ticket was worked on is looked at soon, whatever wake was asked for."""
    due.hint([7], "live", NOW)
    lease = claim_one(due)
    due.hint([7], "p1", NOW)
    assert due.counts() == {"p1": 0, "live": 0, "bulk": 0, "leased": 1}
    release(due, lease, wake=NOW + HOUR)
    assert due.next_due_ms() == NOW + 2 * SECOND


def test_whoever_holds_a_ticket_can_see_that_it_was_hinted_meanwhile(due: Due) -> None:
    """A hint before the claim is none: that is what it was claimed for."""
    due.hint([7], "live", NOW)
    due.hint([7], "live", NOW)
    lease = claim_one(due)
    assert not due.is_hinted(lease)
    due.hint([8], "live", NOW)
    assert not due.is_hinted(lease)
    due.hint([7], "live", NOW)
    assert due.is_hinted(lease)


def test_a_hint_during_a_lease_respects_not_before(due: Due) -> None:
    """A rate limit is not undone by a hint that came during the lease."""
    due.hint([7], "live", NOW)
    lease = claim_one(due)
    due.hint([7], "live", NOW)
    release(due, lease, not_before=NOW + MINUTE)
    assert due.next_due_ms() == NOW + MINUTE


def test_later_hints_respect_not_before_until_the_next_release(due: Due) -> None:
    """`not_before` holds against hints, and is gone with the next release."""
    due.hint([7], "live", NOW)
    release(due, claim_one(due), wake=NOW + HOUR, not_before=NOW + MINUTE)
    due.hint([7], "live", NOW + SECOND)
    assert due.next_due_ms() == NOW + MINUTE
    release(due, claim_one(due, NOW + MINUTE), wake=NOW + HOUR, now=NOW + MINUTE)
    due.hint([7], "live", NOW + MINUTE)
    assert due.next_due_ms() == NOW + MINUTE


def test_release_may_lower_the_class(due: Due) -> None:
    """When the priority has dropped, the ticket is no longer P1."""
    due.hint([7], "p1", NOW)
    due.release(claim_one(due), wake_ms=NOW, now_ms=NOW, settle_ms=0, work="live")
    assert due.counts() == {"p1": 0, "live": 1, "bulk": 0, "leased": 0}


def test_a_wrong_token_changes_nothing(due: Due) -> None:
    """A worker that lost its lease can neither renew, release nor remove."""
    due.hint([7], "live", NOW)
    old = claim_one(due, ttl=GONE)
    assert due.reap(NOW) == [7]
    assert not release(due, old, wake=NOW + HOUR)
    new = claim_one(due)
    assert new.token != old.token
    assert not due.renew(old, TTL)
    assert not release(due, old, wake=NOW + HOUR)
    assert not due.remove(old)
    assert due.counts()["leased"] == 1
    assert due.renew(new, TTL)
    assert release(due, new, wake=NOW + HOUR)


def test_renewing_keeps_a_lease(due: Due) -> None:
    """A lease that was renewed is not reaped, even if it had ended unnoticed."""
    due.hint([7], "live", NOW)
    lease = claim_one(due, ttl=GONE)
    assert due.renew(lease, TTL)
    assert due.reap(NOW) == []
    assert release(due, lease)


def test_removed_tickets_are_forgotten(due: Due, redis: Redis, prefix: str) -> None:
    """Nothing is left of a closed ticket."""
    due.hint([7], "live", NOW)
    redis.set(f"{prefix}history:7", "x")
    assert due.remove(claim_one(due))
    assert due.tracked([7]) == frozenset()
    assert sorted(redis.scan_iter(f"{prefix}*")) == [f"{prefix}turn".encode()]


def test_removing_a_ticket_that_was_hinted_meanwhile_looks_again(due: Due) -> None:
    """A deleted ticket may have been restored between the reading and the removal."""
    due.hint([7], "live", NOW)
    lease = claim_one(due)
    due.hint([7], "live", NOW)
    assert not due.remove(lease)
    assert due.remove(claim_one(due))
    assert due.tracked([7]) == frozenset()


def test_reaped_tickets_come_back_in_their_class(due: Due) -> None:
    """A vanished worker delays its tickets by no more than its lease."""
    due.hint([7], "p1", NOW)
    claim_one(due, ttl=0)
    assert due.reap(NOW + MINUTE) == [7]
    assert due.counts() == {"p1": 1, "live": 0, "bulk": 0, "leased": 0}
    assert due.next_due_ms() == NOW
    assert claim_one(due).tries == 1


def test_running_leases_are_not_reaped(due: Due) -> None:
    """Account time has no say in leases: a jump of a month ends none."""
    due.hint([7], "live", NOW)
    claim_one(due)
    assert due.reap(NOW + 30 * DAY) == []
    assert due.counts()["leased"] == 1


def test_a_ticket_that_kills_its_workers_rests_for_an_hour(due: Due) -> None:
    """After five tries a ticket is put aside, and neither hints nor time bring it back earlier."""
    due.hint([7], "live", NOW)
    for tries in range(REST_AFTER_TRIES):
        assert claim_one(due, ttl=GONE).tries == tries
        due.reap(NOW)
    assert due.next_due_ms() == NOW
    assert due.tries([7, 8]) == {7: REST_AFTER_TRIES}
    claim_one(due, ttl=GONE)
    due.reap(NOW)
    due.hint([7], "p1", NOW)
    assert due.next_due_ms() == NOW + REST_MS
    assert due.claim(1, NOW + REST_MS - 1, TTL) == []


def test_a_release_resets_the_tries(due: Due) -> None:
    """A ticket that was done once is no longer suspect."""
    due.hint([7], "live", NOW)
    claim_one(due, ttl=GONE)
    due.reap(NOW)
    release(due, claim_one(due), wake=NOW)
    assert claim_one(due).tries == 0


def test_a_suspect_is_claimed_alone(due: Due) -> None:
    """A ticket that has lost a worker takes no others along if it kills the next one."""
    due.hint([7, 8], "live", NOW)
    due.claim(2, NOW, GONE)
    due.reap(NOW)
    due.hint([5], "live", NOW - 1)
    assert [ids(due.claim(10, NOW, TTL)) for _ in range(3)] == [[5], [7], [8]]


def test_an_emptied_redis_is_no_error(due: Due, redis: Redis) -> None:
    """FLUSHALL in the middle: old leases are worth nothing, new hints work."""
    due.hint([7], "live", NOW)
    lease = claim_one(due)
    redis.flushall()
    assert not due.renew(lease, TTL)
    assert not release(due, lease)
    assert not due.remove(lease)
    assert due.reap(NOW) == []
    assert due.counts() == {"p1": 0, "live": 0, "bulk": 0, "leased": 0}
    due.hint([7], "live", NOW)
    assert not release(due, lease)
    assert claim_one(due).ticket_id == 7


def test_a_lease_whose_ticket_record_is_lost_is_put_back(due: Due, redis: Redis, prefix: str) -> None:
    """Half an index still ends with every ticket due."""
    due.hint([7], "bulk", NOW)
    claim_one(due, ttl=GONE)
    redis.delete(f"{prefix}t:7")
    assert due.reap(NOW) == [7]
    assert claim_one(due).work == "live"


def test_two_prefixes_do_not_meet(due: Due, redis: Redis, prefix: str) -> None:
    """One Redis can serve several accounts."""
    due.hint([7], "live", NOW)
    assert Due(redis, f"{prefix}other:").claim(1, NOW, TTL) == []


def test_a_rule_change_concerns_every_ticket(due: Due) -> None:
    """Waiting tickets are due one after the other in their class; one that is being worked on comes back after it."""
    due.hint([1, 2, 3], "live", NOW)
    held = claim_one(due)
    release(due, claim_one(due), wake=NOW + HOUR)
    release(due, claim_one(due), wake=NOW + HOUR)
    assert due.hint_all(NOW + SECOND, every_ms=500) == 3
    assert due.counts() == {"p1": 0, "live": 2, "bulk": 0, "leased": 1}
    assert due.count_due(NOW + SECOND) == 1
    assert due.count_due(NOW + SECOND + 500) == 2
    release(due, held, wake=NOW + HOUR)
    assert due.count_due(NOW + 2 * SECOND) == 3
