"""The account's clock: local time corrected by what Zendesk's replies say, and not led astray by one of them."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from statistics import median

import pytest
from hypothesis import given
from hypothesis import strategies as st
from redis import Redis

from zdsync.clock import AGREEING, JUMP, KEPT, AccountClock, SandboxClock, instant, milliseconds
from zdsync.sandbox import Account, Server, serve
from zdsync.store.cache import Cache

START = datetime(2026, 11, 23, 8, tzinfo=UTC)


class Watch:
    """This machine's clock, set by hand, and Zendesk's, which is `ahead` seconds off."""

    def __init__(self, ahead: float = 0.0) -> None:
        self.local = START.timestamp()
        self.ahead = ahead
        self.clock = AccountClock(lambda: self.local)

    def reply(self, after: float = 1.0, off: float = 0.0) -> None:
        """A reply comes in; its Date is Zendesk's time (and `off` seconds wrong), cut to whole seconds."""
        self.local += after
        self.clock.observe(datetime.fromtimestamp(int(self.local + self.ahead + off), UTC))

    @property
    def error(self) -> float:
        """How many seconds the account's clock is ahead of Zendesk's."""
        return self.clock.now().timestamp() - (self.local + self.ahead)


def test_before_any_reply() -> None:
    """Local time is all there is, and it counts as steady: each pass begins with a reading."""
    watch = Watch(ahead=300)
    assert watch.clock.now() == START
    assert watch.clock.steady


@pytest.mark.parametrize("ahead", [0.0, 0.4, -90.3, 3600.7, -86_400.0])
def test_it_follows_zendesk(ahead: float) -> None:
    """However wrong the machine is: within half a second after one reply, and closer after many."""
    watch = Watch(ahead)
    watch.reply()
    assert abs(watch.error) <= 0.5
    for _ in range(KEPT):
        watch.reply(after=1.37)
    assert abs(watch.error) < 0.25


def test_the_half_second_of_cut_dates() -> None:
    """`Date` is cut, not rounded: without the correction the clock would be late by half a second on average."""
    watch = Watch()
    seen = []
    for _ in range(200):
        watch.reply(after=0.613)
        seen.append(watch.error)
    assert abs(median(seen)) < 0.1


@given(st.floats(-1e5, 1e5), st.lists(st.floats(0.01, 60), min_size=1, max_size=40))
def test_any_replies(ahead: float, pauses: list[float]) -> None:
    """Whatever the difference and the rhythm, it is never more than half a second wrong, and always steady."""
    watch = Watch(ahead)
    for pause in pauses:
        watch.reply(after=pause)
        assert abs(watch.error) <= 0.51
        assert watch.clock.steady


def test_one_outlier_is_forgiven() -> None:
    """One absurd Date neither moves the clock nor stops effects for longer than to the next good reply."""
    watch = Watch(ahead=10)
    for _ in range(5):
        watch.reply()
    before = watch.error
    watch.reply(off=7200)
    assert not watch.clock.steady
    assert abs(watch.error - before) < 0.01
    watch.reply()
    assert watch.clock.steady
    assert abs(watch.error) <= 0.5


def test_a_small_difference_is_no_jump() -> None:
    """Up to five seconds (a slow reply) is taken into the median without stopping anything."""
    watch = Watch()
    for _ in range(5):
        watch.reply()
    watch.reply(off=-(JUMP.total_seconds() - 1))
    assert watch.clock.steady
    assert abs(watch.error) <= 0.5


@pytest.mark.parametrize("jump", [6.0, -6.0, 3600.0, -86_400.0])
@pytest.mark.parametrize("whose", ["this machine's", "Zendesk's"])
def test_a_jump_is_believed_when_it_is_seen_again(jump: float, whose: str) -> None:
    """After a jump nothing is steady until three replies in a row agree; then the clock is right at once."""
    watch = Watch(ahead=2)
    for _ in range(KEPT):
        watch.reply()
    if whose == "Zendesk's":
        watch.ahead += jump
    else:
        watch.local += jump
        watch.ahead -= jump
    for _ in range(AGREEING - 1):
        watch.reply()
        assert not watch.clock.steady
    watch.reply()
    assert watch.clock.steady
    assert abs(watch.error) <= 0.5


def test_replies_that_disagree_are_not_believed() -> None:
    """Three wild Dates that do not agree with each other are no new truth."""
    watch = Watch()
    for _ in range(5):
        watch.reply()
    for off in (100, 900, -4000, 20_000):
        watch.reply(off=off)
        assert not watch.clock.steady
        assert abs(watch.error) <= 0.5
    watch.reply()
    assert watch.clock.steady


def test_slow_drift_is_followed() -> None:
    """A machine whose clock runs a tenth of a percent fast is corrected all day without a stop."""
    watch = Watch()
    for _ in range(1000):
        watch.reply(after=60)
        watch.ahead -= 0.06
        assert watch.clock.steady
    assert abs(watch.error) < 1.5


class Shelf:
    """What processes share, and how often it is asked."""

    def __init__(self) -> None:
        self.offset: float | None = None
        self.reads = 0
        self.writes: list[float] = []

    def read(self) -> float | None:
        self.reads += 1
        return self.offset

    def write(self, offset: float) -> None:
        self.offset = offset
        self.writes.append(offset)


def test_a_process_without_calls_takes_the_offset_over() -> None:
    """The receiver and the dispatcher know what a worker has measured, and ask for it every five seconds at most."""
    shelf, local = Shelf(), [START.timestamp()]
    worker = AccountClock(lambda: local[0], shared=shelf.read, share=shelf.write)
    receiver = AccountClock(lambda: local[0], shared=shelf.read, share=shelf.write)
    assert receiver.now() == START
    worker.observe(START + timedelta(seconds=120))
    assert shelf.writes == [120.5]
    assert receiver.now() == START, "within five seconds it keeps what it knows"
    reads = shelf.reads
    local[0] += 5
    for _ in range(100):
        assert receiver.now() == START + timedelta(seconds=125.5)
    assert shelf.reads == reads + 1


def test_own_replies_count_more_than_what_others_share() -> None:
    """Once it has an offset of its own a process does not ask any more."""
    shelf = Shelf()
    shelf.offset = 999.0
    clock = AccountClock(lambda: START.timestamp(), shared=shelf.read, share=shelf.write)
    clock.observe(START)
    assert clock.offset == 0.5
    assert shelf.reads == 0


def test_it_is_shared_when_it_is_good() -> None:
    """At once, when the median is full, and after a believed jump; not with each reply, and no outlier."""
    shelf, local = Shelf(), [START.timestamp()]
    clock = AccountClock(lambda: local[0], shared=shelf.read, share=shelf.write)

    def replies(number: int, ahead: float) -> None:
        for _ in range(number):
            local[0] += 1
            clock.observe(datetime.fromtimestamp(local[0] + ahead, UTC))

    replies(2, 0)
    assert len(shelf.writes) == 1
    replies(KEPT - 2, 0)
    assert len(shelf.writes) == 2
    replies(1, 600)
    assert len(shelf.writes) == 2
    replies(2, 600)
    assert shelf.writes[-1] == 600.5


def test_a_local_clock_that_goes_back_still_asks() -> None:
    """A receiver whose machine's clock was set back a day does not wait a day for the next look."""
    shelf, local = Shelf(), [START.timestamp()]
    clock = AccountClock(lambda: local[0], shared=shelf.read)
    clock.now()
    local[0] -= 86_400
    shelf.offset = 86_400.0
    assert clock.now() == START


def test_shared_over_redis(redis: Redis, prefix: str) -> None:
    """Two processes, one Redis: the offset arrives as it was measured, and is forgotten after a quiet hour."""
    cache = Cache(redis, prefix)
    worker = AccountClock(lambda: START.timestamp(), shared=cache.clock_offset, share=cache.share_clock_offset)
    receiver = AccountClock(lambda: START.timestamp(), shared=cache.clock_offset, share=cache.share_clock_offset)
    worker.observe(START - timedelta(seconds=42))
    assert receiver.now() == START - timedelta(seconds=41.5)
    assert 0 < redis.pttl(f"{prefix}clock") <= 3_600_000


@pytest.fixture
def server() -> Iterator[Server]:
    with serve(Account.empty(START)) as running:
        yield running


def test_the_sandbox_clock(server: Server) -> None:
    """It is the sandbox's time to the millisecond, jumps with it, and is always steady."""
    clock = SandboxClock(server.control_url)
    assert clock.now() == START
    server.clock.advance(0.25)
    assert clock.now() == START + timedelta(milliseconds=250)
    server.clock.advance(30 * 86_400)
    clock.observe(START)
    assert clock.now() == START + timedelta(days=30, milliseconds=250)
    assert clock.steady


@given(st.datetimes(datetime(1990, 1, 1), datetime(2100, 1, 1), timezones=st.just(UTC)))  # noqa: DTZ001 - bounds
def test_milliseconds_and_back(at: datetime) -> None:
    """The due index's unit loses less than a millisecond."""
    assert abs(instant(milliseconds(at)) - at) <= timedelta(milliseconds=1)
    assert milliseconds(instant(milliseconds(at))) == milliseconds(at)
