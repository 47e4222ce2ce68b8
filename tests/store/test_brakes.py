"""What stops effects: the pause, the control ticket, the caps."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime, timedelta, timezone

import pytest
from redis import Redis

from zdsync.store.brakes import Brakes, Capped, Control, Counted

NOW = datetime(2026, 11, 23, 9, 20, tzinfo=UTC)
NEXT_HOUR = datetime(2026, 11, 23, 10, 0, tzinfo=UTC)
MIDNIGHT = datetime(2026, 11, 24, 0, 0, tzinfo=UTC)


@pytest.fixture
def brakes(redis: Redis, prefix: str) -> Brakes:
    return Brakes(redis, prefix)


def count(
    brakes: Brakes, ticket: int = 7, rules: tuple[str, ...] = ("targets",), now: datetime = NOW
) -> Counted | Capped:
    """One message under small caps: two per ticket and day, four an hour, three per rule and hour."""
    return brakes.count(ticket, rules, now, per_ticket_per_day=2, per_hour=4, per_rule_per_hour=3)


def test_nothing_is_paused_at_first(brakes: Brakes) -> None:
    """An empty Redis stops nothing by itself; that the control ticket is unread shows."""
    assert brakes.paused() is None
    assert brakes.control() is None
    assert not brakes.unpause()


def test_pause_and_unpause(brakes: Brakes) -> None:
    """The reason is kept for whoever asks why nothing happens."""
    brakes.pause("a wrong text went out")
    assert brakes.paused() == "a wrong text went out"
    assert brakes.unpause()
    assert brakes.paused() is None
    brakes.pause("")
    assert brakes.paused()


def test_the_stop_tag_in_zendesk(brakes: Brakes, redis: Redis, prefix: str) -> None:
    """The control ticket's stop tag pauses too, names the ticket, and is read again after a minute."""
    control = Control(99, stopped=True, probed=True, demoted=frozenset({"targets"}))
    brakes.save_control(control)
    assert brakes.control() == control
    assert brakes.paused() == "stop tag on control ticket 99"
    assert 0 < int(redis.ttl(f"{prefix}control")) <= 60
    brakes.save_control(Control(99, stopped=False, probed=False))
    assert brakes.paused() is None
    redis.set(f"{prefix}control", b"\x00nonsense")
    assert brakes.control() is None


def test_the_cap_per_ticket(brakes: Brakes) -> None:
    """A ticket that has had its messages gets no more before midnight UTC; others do."""
    assert isinstance(count(brakes), Counted)
    assert isinstance(count(brakes), Counted)
    assert count(brakes) == Capped("per_ticket_per_day", None, MIDNIGHT)
    assert isinstance(count(brakes, ticket=8), Counted)
    assert isinstance(count(brakes, now=MIDNIGHT), Counted)


def test_the_cap_per_rule(brakes: Brakes) -> None:
    """A rule that matches too much is stopped by name; other rules go on."""
    for ticket in (1, 2, 3):
        count(brakes, ticket)
    assert count(brakes, 4) == Capped("per_rule_per_hour", "targets", NEXT_HOUR)
    assert count(brakes, 4, ("cadence", "targets")) == Capped("per_rule_per_hour", "targets", NEXT_HOUR)
    assert isinstance(count(brakes, 4, ("cadence",)), Counted)


def test_the_cap_per_hour(brakes: Brakes) -> None:
    """All rules together have a limit, until the next hour of account time."""
    for ticket in (1, 2, 3, 4):
        assert isinstance(count(brakes, ticket, (f"rule {ticket}",)), Counted)
    assert count(brakes, 5, ("rule 5",)) == Capped("per_hour", None, NEXT_HOUR)
    assert isinstance(count(brakes, 5, ("rule 5",), NEXT_HOUR), Counted)


def test_a_refusal_counts_nowhere(brakes: Brakes, redis: Redis, prefix: str) -> None:
    """What is capped by one limit does not use up the others."""
    for ticket in (1, 2, 3):
        count(brakes, ticket)
    before = {key: redis.get(key) for key in redis.scan_iter(f"{prefix}cap:*")}
    count(brakes, 4)
    assert {key: redis.get(key) for key in redis.scan_iter(f"{prefix}cap:*")} == before


def test_a_refused_message_is_given_back(brakes: Brakes) -> None:
    """A 409 sent nothing, so it does not count."""
    count(brakes)
    counted = count(brakes)
    assert isinstance(counted, Counted)
    brakes.give_back(counted)
    assert isinstance(count(brakes), Counted)
    assert isinstance(count(brakes), Capped)


def test_hours_are_the_accounts_whatever_the_zone(brakes: Brakes) -> None:
    """The same instant in another zone is the same hour."""
    paris = timezone(timedelta(hours=1))
    count(brakes)
    count(brakes, now=NOW.astimezone(paris))
    assert count(brakes) == Capped("per_ticket_per_day", None, MIDNIGHT)


def test_workers_together_keep_the_cap(redis: Redis, prefix: str) -> None:
    """Counting and checking are one step, so no two workers take the last place."""
    with ThreadPoolExecutor(4) as workers:
        outcomes = workers.map(lambda ticket: count(Brakes(redis, prefix), ticket, (f"rule {ticket}",)), range(40))
        assert sum(isinstance(outcome, Counted) for outcome in outcomes) == 4


def test_a_cap_of_nothing_allows_nothing(brakes: Brakes) -> None:
    """Zero is a limit too."""
    outcome = brakes.count(7, ["targets"], NOW, per_ticket_per_day=5, per_hour=0, per_rule_per_hour=5)
    assert outcome == Capped("per_hour", None, NEXT_HOUR)
