"""The API budget: who is granted a call, and what the headers teach."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st
from redis import Redis

from zdsync.core.model import WorkClass
from zdsync.store.governor import (
    ACCOUNT,
    INCREMENTAL,
    SEARCH,
    TICKETS_UPDATE,
    Budget,
    Family,
    Governor,
    Granted,
    Wait,
    per_ticket,
    read_headers,
)

NOW = datetime(2026, 11, 23, 9, 0, tzinfo=UTC)
SECOND, MINUTE = timedelta(seconds=1), timedelta(minutes=1)


@pytest.fixture
def governor(redis: Redis, prefix: str) -> Governor:
    return Governor(redis, prefix)


def spend_all(governor: Governor, families: list[Family], work: WorkClass, now: datetime = NOW) -> int:
    """How many calls are granted in a row."""
    granted = 0
    while isinstance(governor.spend(families, work, now), Granted):
        granted += 1
        assert granted < 10_000
    return granted


@pytest.mark.parametrize(
    ("family", "work", "granted"),
    [
        pytest.param(ACCOUNT, "p1", 196, id="P1 may use nearly all of the account"),
        pytest.param(ACCOUNT, "live", 140, id="live work leaves 30 % to people"),
        pytest.param(ACCOUNT, "bulk", 80, id="bulk leaves 60 %"),
        pytest.param(TICKETS_UPDATE, "p1", 98, id="P1 updates"),
        pytest.param(TICKETS_UPDATE, "live", 70, id="live updates"),
        pytest.param(TICKETS_UPDATE, "bulk", 40, id="bulk updates"),
        pytest.param(per_ticket(7), "bulk", 30, id="nobody else spends our updates of one ticket"),
        pytest.param(INCREMENTAL, "bulk", 10, id="people do not export"),
        pytest.param(SEARCH, "live", 100, id="search"),
        pytest.param("never-heard-of", "live", 50, id="an unknown family has the smallest documented limit"),
    ],
)
def test_assumed_budgets(governor: Governor, family: Family, work: WorkClass, granted: int) -> None:
    """Before any header the limits of the smallest plan hold, with a share left to people."""
    assert spend_all(governor, [family], work) == granted
    assert governor.spend([family], work, NOW) == Wait(
        NOW + (10 * MINUTE if family == per_ticket(7) else MINUTE), family
    )


def test_a_new_window_is_full(governor: Governor) -> None:
    """At the reset the budget is there again, and not a moment earlier."""
    spend_all(governor, [INCREMENTAL], "live")
    assert isinstance(governor.spend([INCREMENTAL], "live", NOW + MINUTE - timedelta(milliseconds=1)), Wait)
    assert spend_all(governor, [INCREMENTAL], "live", NOW + MINUTE) == 10


def test_p1_goes_on_where_live_and_bulk_wait(governor: Governor) -> None:
    """What is kept from live work is there for P1."""
    spend_all(governor, [TICKETS_UPDATE], "live")
    assert isinstance(governor.spend([TICKETS_UPDATE], "bulk", NOW), Wait)
    assert spend_all(governor, [TICKETS_UPDATE], "p1") == 28


def test_a_refusal_takes_from_no_family(governor: Governor) -> None:
    """All families grant, or none is charged; the wait is for the one that is free last."""
    spend_all(governor, [per_ticket(7)], "live")
    asked = [ACCOUNT, TICKETS_UPDATE, per_ticket(7)]
    before = [governor.budget(family, NOW) for family in asked]
    assert governor.spend(asked, "live", NOW) == Wait(NOW + 10 * MINUTE, per_ticket(7))
    assert [governor.budget(family, NOW) for family in asked] == before
    assert governor.spend([ACCOUNT, TICKETS_UPDATE, per_ticket(8)], "live", NOW) == Granted()
    assert [governor.budget(family, NOW).remaining for family in (ACCOUNT, TICKETS_UPDATE)] == [199, 99]


def test_a_family_named_twice_is_charged_once(governor: Governor) -> None:
    """A caller may add families without looking."""
    governor.spend([ACCOUNT, ACCOUNT], "live", NOW)
    assert governor.budget(ACCOUNT, NOW).remaining == 199


def test_workers_together_spend_no_more_than_one(redis: Redis, prefix: str) -> None:
    """The budget is one for all workers."""
    with ThreadPoolExecutor(4) as workers:
        granted = workers.map(lambda _: spend_all(Governor(redis, prefix), [TICKETS_UPDATE], "live"), range(4))
        assert sum(granted) == 70


@pytest.mark.parametrize(
    ("headers", "read"),
    [
        pytest.param(
            {"x-rate-limit": "700", "x-rate-limit-remaining": "670"}, [(ACCOUNT, 700, 670, None)], id="oldest spelling"
        ),
        pytest.param(
            {"rate-limit": "700", "rate-limit-remaining": "696", "rate-limit-reset": "11"},
            [(ACCOUNT, 700, 696, 11)],
            id="2023",
        ),
        pytest.param(
            {"RateLimit-Limit": "700", "RateLimit-Remaining": "696", "RateLimit-Reset": "11", "X-Rate-Limit": "1"},
            [(ACCOUNT, 700, 696, 11)],
            id="2024, beside the oldest",
        ),
        pytest.param(
            {"zendesk-rate-limit-tickets-update": "total=20; remaining=19; resets=59"},
            [(TICKETS_UPDATE, 20, 19, 59)],
            id="endpoint 2023",
        ),
        pytest.param(
            {"Zendesk-RateLimit-Tickets-Index": "total=100;remaining=92;resets=16"},
            [("tickets-index", 100, 92, 16)],
            id="endpoint 2024",
        ),
        pytest.param(
            {"zendesk-ratelimit-per-ticket-updates": "total=30; remaining=29; resets=468"},
            [("per-ticket-updates", 30, 29, 468)],
            id="per ticket",
        ),
        pytest.param(
            {"zendesk-ratelimit-incremental-exports": "total=10; remaining=9; resets=2"},
            [(INCREMENTAL, 10, 9, 2)],
            id="incremental",
        ),
        pytest.param(
            {"Zendesk-RateLimit-search-export": "total=100; remaining=9; resets=2"},
            [(SEARCH, 100, 9, 2)],
            id="search",
        ),
        pytest.param({"x-rate-limit": "700"}, [], id="half of a pair"),
        pytest.param({"ratelimit-limit": "many", "ratelimit-remaining": "-1"}, [], id="no numbers"),
        pytest.param({"zendesk-ratelimit-tickets-update": "soon"}, [], id="no parts"),
        pytest.param({"zendesk-ratelimit-": "total=1; remaining=1"}, [], id="no name"),
        pytest.param({"Content-Type": "text/html"}, [], id="none at all"),
    ],
)
def test_headers(headers: dict[str, str], read: list[tuple[Family, int, int, int | None]]) -> None:
    """Every spelling that was seen is read; what cannot be read is passed over."""
    assert list(read_headers(headers)) == read


@given(st.dictionaries(st.sampled_from(["ratelimit-limit", "x-rate-limit", "zendesk-ratelimit-a"]), st.text()))
def test_no_header_breaks_the_reader(headers: dict[str, str]) -> None:
    """Headers come from outside: nothing in them is an error."""
    assert all(total >= 0 and left >= 0 for _, total, left, _ in read_headers(headers))


def test_headers_replace_the_assumptions(governor: Governor) -> None:
    """The account's own total counts, with its own reset."""
    governor.learn({"ratelimit-limit": "700", "ratelimit-remaining": "696", "ratelimit-reset": "11"}, NOW)
    assert governor.budget(ACCOUNT, NOW) == Budget(700, 696, NOW + 11 * SECOND)
    assert spend_all(governor, [ACCOUNT], "live") == 696 - 210
    assert governor.spend([ACCOUNT], "live", NOW) == Wait(NOW + 11 * SECOND, ACCOUNT)
    assert spend_all(governor, [ACCOUNT], "live", NOW + 11 * SECOND) == 490


def test_what_people_spend_is_seen(governor: Governor) -> None:
    """A header that tells of less than we thought is believed."""
    header = "zendesk-ratelimit-tickets-update"
    governor.learn({header: "total=100; remaining=99; resets=60"}, NOW)
    governor.learn({header: "total=100; remaining=40; resets=50"}, NOW + 10 * SECOND)
    assert spend_all(governor, [TICKETS_UPDATE], "live", NOW + 10 * SECOND) == 10


def test_a_late_reply_gives_nothing_back(governor: Governor) -> None:
    """A reply knows nothing of the calls that were granted while it was on its way."""
    header = {"zendesk-ratelimit-tickets-update": "total=100; remaining=99; resets=60"}
    governor.learn(header, NOW)
    for _ in range(20):
        governor.spend([TICKETS_UPDATE], "live", NOW)
    governor.learn(header, NOW + SECOND)
    assert governor.budget(TICKETS_UPDATE, NOW + SECOND).remaining == 79


def test_the_next_window_is_believed(governor: Governor) -> None:
    """A header of the next window counts as it is, also when it comes before we thought the last one over."""
    header = "zendesk-ratelimit-tickets-update"
    governor.learn({header: "total=100; remaining=0; resets=5"}, NOW)
    assert governor.spend([TICKETS_UPDATE], "live", NOW) == Wait(NOW + 5 * SECOND, TICKETS_UPDATE)
    governor.learn({header: "total=100; remaining=98; resets=59"}, NOW + 4 * SECOND)
    assert governor.budget(TICKETS_UPDATE, NOW + 4 * SECOND) == Budget(100, 98, NOW + 63 * SECOND)


def test_headers_without_a_reset_keep_the_window(governor: Governor) -> None:
    """The oldest spelling does not tell when the window ends; the end we know stays."""
    governor.spend([ACCOUNT], "live", NOW)
    governor.learn({"x-rate-limit": "700", "x-rate-limit-remaining": "5"}, NOW + 10 * SECOND)
    assert governor.budget(ACCOUNT, NOW + 10 * SECOND) == Budget(700, 5, NOW + MINUTE)


def test_the_per_ticket_header_needs_its_ticket(governor: Governor) -> None:
    """That header does not name the ticket: without knowing it, nothing is learned."""
    header = {"zendesk-ratelimit-per-ticket-updates": "total=30; remaining=2; resets=468"}
    governor.learn(header, NOW)
    governor.learn(header, NOW, ticket_id=7)
    assert spend_all(governor, [per_ticket(7)], "live") == 2
    assert spend_all(governor, [per_ticket(8)], "live") == 30


def test_a_pause_holds_whatever_is_left(governor: Governor) -> None:
    """After a 429 nobody spends in that family, P1 included; others go on; the longer pause counts."""
    governor.pause(TICKETS_UPDATE, NOW + 30 * SECOND)
    governor.pause(TICKETS_UPDATE, NOW + 10 * SECOND)
    assert governor.spend([ACCOUNT, TICKETS_UPDATE], "p1", NOW) == Wait(NOW + 30 * SECOND, TICKETS_UPDATE)
    assert governor.spend([ACCOUNT], "bulk", NOW) == Granted()
    assert governor.spend([ACCOUNT, TICKETS_UPDATE], "p1", NOW + 30 * SECOND) == Granted()


def test_a_clock_that_was_set_back_does_not_block(governor: Governor) -> None:
    """A window that ends a month from now is no window."""
    spend_all(governor, [INCREMENTAL], "live", NOW + timedelta(days=30))
    assert governor.spend([INCREMENTAL], "live", NOW) == Granted()


def test_an_emptied_redis_is_no_error(governor: Governor, redis: Redis) -> None:
    """After FLUSHALL the assumptions hold again."""
    spend_all(governor, [INCREMENTAL], "live")
    redis.flushall()
    assert governor.spend([INCREMENTAL], "live", NOW) == Granted()


@pytest.mark.parametrize(("share", "granted"), [(0.0, 100), (0.5, 50)])
def test_the_share_of_people_is_a_setting(redis: Redis, prefix: str, share: float, granted: int) -> None:
    """An account without agents may leave nothing, a busy one half."""
    assert spend_all(Governor(redis, prefix, human_share=share), [TICKETS_UPDATE], "live") == granted


def test_an_impossible_share_is_refused(redis: Redis) -> None:
    """More than half would leave bulk work nothing."""
    with pytest.raises(ValueError, match="human_share"):
        Governor(redis, human_share=0.6)


def test_even_a_tiny_total_is_usable(governor: Governor) -> None:
    """The share is rounded in favour of going on: a limit of one is one call."""
    governor.learn({"zendesk-ratelimit-tickets-update": "total=1; remaining=1; resets=60"}, NOW)
    assert spend_all(governor, [TICKETS_UPDATE], "live") == 1
