"""The due index against a plain model of it: a random walk of several workers, expired leases, reaping and hints.

After every step both hold the same tickets in the same sets at the same times, each ticket in exactly one.
"""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from uuid import uuid4

import pytest
from hypothesis import HealthCheck, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, invariant, rule, run_state_machine_as_test
from redis import Redis

from zdsync.core.model import WorkClass
from zdsync.store.due import BULK_AFTER, CLASSES, REST_AFTER_TRIES, REST_MS, Due, Lease

START = 1_763_900_000_000
DAY = 86_400_000
SETTLE = 2_000
TTL = 3_600_000
RANK = {"bulk": 1, "live": 2, "p1": 3}

tickets = st.integers(1, 6)
classes = st.sampled_from(CLASSES)
offsets = st.sampled_from([-DAY, -1, 0, 1, SETTLE, 60_000, REST_MS, DAY, 2 * DAY])


@dataclass
class Entry:
    """One unclosed ticket in the model: due, or leased when `token` is set."""

    work: WorkClass
    at: int
    token: str | None = None
    expired: bool = False
    hinted: bool = False
    not_before: int = 0
    tries: int = 0


@dataclass
class Model:
    """`protocol.md`, "Lua operations", in Python."""

    entries: dict[int, Entry] = field(default_factory=dict)
    turn: int = 0

    def hint(self, id: int, work: WorkClass, at: int) -> None:
        entry = self.entries.get(id)
        if entry is None:
            self.entries[id] = Entry(work, at)
        elif entry.token:
            entry.hinted = True
        else:
            entry.at = min(entry.at, max(at, entry.not_before))
            entry.work = max(entry.work, work, key=RANK.__getitem__)

    def claim(self, n: int, now: int) -> list[int]:
        claimed: list[int] = []
        while len(claimed) < n:
            order: tuple[WorkClass, ...] = ("bulk", "p1", "live") if self.turn >= BULK_AFTER else ("p1", "live", "bulk")
            due = [
                (order.index(entry.work), entry.at, str(id), id)
                for id, entry in self.entries.items()
                if not entry.token and entry.at <= now
            ]
            if not due:
                break
            id = min(due)[3]
            entry = self.entries[id]
            if entry.tries and claimed:
                break
            entry.token, entry.hinted = "claimed", False
            self.turn = 0 if entry.work == "bulk" else min(self.turn + 1, BULK_AFTER)
            claimed.append(id)
            if entry.tries:
                break
        return claimed

    def leased_as(self, lease: Lease) -> Entry | None:
        entry = self.entries.get(lease.ticket_id)
        return entry if entry and entry.token == lease.token else None

    def release(self, lease: Lease, wake: int | None, not_before: int, now: int, work: WorkClass | None) -> bool:
        entry = self.leased_as(lease)
        if entry is None:
            return False
        at = now + SETTLE if entry.hinted else now + DAY if wake is None else wake
        not_before = min(not_before, now + DAY)
        self.entries[lease.ticket_id] = Entry(
            work or entry.work,
            min(max(at, not_before), now + DAY),
            not_before=not_before if not_before > now else 0,
        )
        return True

    def remove(self, lease: Lease) -> bool:
        entry = self.leased_as(lease)
        if entry is None:
            return False
        if entry.hinted:
            entry.token, entry.tries = None, 0
            return False
        del self.entries[lease.ticket_id]
        return True

    def reap(self, now: int) -> set[int]:
        gone = {id for id, entry in self.entries.items() if entry.token and entry.expired}
        for id in gone:
            entry = self.entries[id]
            entry.token, entry.expired = None, False
            entry.tries += 1
            if entry.tries > REST_AFTER_TRIES:
                entry.at = entry.not_before = max(entry.at, now + REST_MS)
        return gone


class DueMachine(RuleBasedStateMachine):
    """Several workers hold leases; every lease ever given stays in `leases`, so that old ones are used too."""

    client: Redis

    def __init__(self) -> None:
        super().__init__()
        self.prefix = f"model-{uuid4().hex}:"
        self.due = Due(self.client, self.prefix)
        self.model = Model()
        self.now = START
        self.leases: list[Lease] = []

    @rule(ids=st.lists(tickets, min_size=1, max_size=4), work=classes, offset=offsets)
    def hint(self, ids: list[int], work: WorkClass, offset: int) -> None:
        self.due.hint(ids, work, self.now + offset)
        for id in ids:
            self.model.hint(id, work, self.now + offset)

    @rule(n=st.integers(1, 4), expired=st.booleans())
    def claim(self, n: int, expired: bool) -> None:
        leases = self.due.claim(n, self.now, -1 if expired else TTL)
        before = {id: (entry.work, entry.at, entry.tries) for id, entry in self.model.entries.items()}
        assert [lease.ticket_id for lease in leases] == self.model.claim(n, self.now)
        for lease in leases:
            assert (lease.work, lease.due_ms, lease.tries) == before[lease.ticket_id]
            entry = self.model.entries[lease.ticket_id]
            entry.token, entry.expired = lease.token, expired
        self.leases += leases

    @rule(data=st.data(), expired=st.booleans())
    def renew(self, data: st.DataObject, expired: bool) -> None:
        if lease := self.pick(data):
            entry = self.model.leased_as(lease)
            assert self.due.renew(lease, -1 if expired else TTL) == (entry is not None)
            if entry:
                entry.expired = expired

    @rule(
        data=st.data(),
        wake=st.none() | offsets,
        not_before=st.none() | offsets,
        work=st.none() | classes,
        forged=st.booleans(),
    )
    def release(
        self, data: st.DataObject, wake: int | None, not_before: int | None, work: WorkClass | None, forged: bool
    ) -> None:
        if not (lease := self.pick(data)):
            return
        if forged:
            lease = Lease(lease.ticket_id, "wrong", lease.work, lease.due_ms, lease.tries)
        wake_ms = None if wake is None else self.now + wake
        not_before_ms = 0 if not_before is None else self.now + not_before
        done = self.due.release(
            lease, wake_ms=wake_ms, not_before_ms=not_before_ms, now_ms=self.now, settle_ms=SETTLE, work=work
        )
        assert done == self.model.release(lease, wake_ms, not_before_ms, self.now, work)

    @rule(data=st.data())
    def remove(self, data: st.DataObject) -> None:
        if lease := self.pick(data):
            assert self.due.remove(lease) == self.model.remove(lease)

    @rule()
    def reap(self) -> None:
        assert set(self.due.reap(self.now)) == self.model.reap(self.now)

    @rule(step=st.sampled_from([-60_000, 1, SETTLE, REST_MS, DAY]))
    def time_passes(self, step: int) -> None:
        self.now += step

    def pick(self, data: st.DataObject) -> Lease | None:
        return data.draw(st.sampled_from(self.leases)) if self.leases else None

    @invariant()
    def each_ticket_is_in_exactly_one_set(self) -> None:
        found: list[tuple[str, int, int | None]] = []
        for work in CLASSES:
            found += [(work, int(id), int(at)) for id, at in self.client.zscan_iter(f"{self.prefix}due:{work}")]
        found += [("leased", int(id), None) for id, _ in self.client.zscan_iter(f"{self.prefix}leased")]
        expected = [
            ("leased", id, None) if entry.token else (entry.work, id, entry.at)
            for id, entry in self.model.entries.items()
        ]
        assert sorted(found, key=repr) == sorted(expected, key=repr)

    @invariant()
    def questions_agree(self) -> None:
        waiting = [entry.at for entry in self.model.entries.values() if not entry.token]
        assert self.due.next_due_ms() == min(waiting, default=None)
        assert self.due.count_due(self.now) == sum(at <= self.now for at in waiting)
        assert self.due.tracked(range(1, 7)) == frozenset(self.model.entries)


@pytest.mark.hypothesis  # which the machine alone does not tell
def test_the_index_behaves_like_its_model(redis: Redis) -> None:
    """No interleaving of workers, hints, expiry and reaping loses or doubles a ticket."""

    class Here(DueMachine):
        client = redis

    run_state_machine_as_test(
        Here,
        settings=settings(stateful_step_count=40, deadline=None, suppress_health_check=list(HealthCheck)),
    )


def test_workers_share_out_the_tickets(redis: Redis, prefix: str) -> None:
    """Four workers that claim at the same time get every ticket between them, and none twice."""
    Due(redis, prefix).hint(range(1, 401), "live", START)

    def work(batch: int) -> list[int]:
        due, mine = Due(redis, prefix), list[int]()
        while leases := due.claim(batch, START, TTL):
            mine += [lease.ticket_id for lease in leases]
        return mine

    with ThreadPoolExecutor(4) as workers:
        claimed = [id for mine in workers.map(work, (1, 2, 3, 5)) for id in mine]
    assert sorted(claimed) == list(range(1, 401))
