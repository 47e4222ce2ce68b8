"""The oracle of the month can tell: what is missing, late, twice or uncalled-for is found; and its hours are right."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from random import Random

import pytest

from tests.builders import PARIS_HOURS, paris
from tests.scenarios.month.faults import Excuse
from tests.scenarios.month.hours import Hours
from tests.scenarios.month.oracle import Oracle
from tests.scenarios.month.policy import AWAITING
from tests.scenarios.month.posted import posted
from tests.scenarios.month.record import Customer, Event, Life

D = "2026-11-23"
EMILY = Customer("emily.carter@northgate.example", "en", "Europe/London", False)
HOURS = Hours(date(2026, 11, 20), date(2027, 4, 20))

STORY: Sequence[Event] = (
    Event(1, paris(f"{D} 09:00"), "requester", public=True, says="other", creates=True, statuses=(("new", False),)),
    Event(2, paris(f"{D} 09:05"), "agent", statuses=(("open", False),), priority="high"),
    Event(3, paris(f"{D} 09:05:05"), "us", keys=("target:2:set",)),
    Event(4, paris(f"{D} 10:00"), "agent", public=True, statuses=(("solved", False),)),
    Event(
        5,
        paris(f"{D} 10:00:05"),
        "us",
        public=True,
        keys=("ask:4",),
        statuses=(("pending", False),),
        tags=frozenset({AWAITING}),
    ),
    Event(6, paris("2026-11-26 10:00:05"), "us", public=True, keys=("chase:4:1",)),
    Event(7, paris("2026-11-26 11:00"), "requester", public=True, says="yes", statuses=(("open", False),)),
    Event(8, paris("2026-11-26 11:00:05"), "us", keys=("reply:7",), statuses=(("solved", False),), tags=frozenset()),
)


def wrong(events: Sequence[Event], excuses: Sequence[Excuse] = ()) -> list[str]:
    oracle = Oracle(HOURS, paris("2026-11-27 12:00"), excuses, awaiting_status=None)
    life = Life(1, None, tuple(events), closed=False, customer=EMILY)
    return oracle.judge([life], list(posted(life, {})), us=9).wrong


def changed(number: int, **changes: object) -> Callable[[], list[Event]]:
    return lambda: [replace(each, **changes) if each.id == number else each for each in STORY]  # type: ignore[arg-type]


def without(number: int) -> Callable[[], list[Event]]:
    return lambda: [each for each in STORY if each.id != number]


def with_one_more(event: Event) -> Callable[[], list[Event]]:
    return lambda: sorted([*STORY, event], key=lambda each: each.at)


def test_nothing_is_wrong_with_a_story_as_it_should_be() -> None:
    assert wrong(STORY) == []


SPOILED: dict[str, tuple[Callable[[], list[Event]], str]] = {
    "a note is missing": (without(3), "target:2:set was due"),
    "a note is late": (changed(3, at=paris(f"{D} 09:05:08")), "target:2:set is late"),
    "a key is lost": (changed(3, keys=()), "target:2:set was due"),
    "a note comes twice": (
        with_one_more(Event(9, paris(f"{D} 09:06"), "us", keys=("target:2:set",))),
        "target:2:set is said again",
    ),
    "a note is uncalled-for": (
        with_one_more(Event(9, paris(f"{D} 09:30"), "us", keys=("warn:2:first_reply",))),
        "warn:2:first_reply is said, and nothing wants it",
    ),
    "the customer is not asked": (changed(5, keys=(), public=False), "ask:4 was due"),
    "the customer is asked twice": (
        with_one_more(Event(9, paris(f"{D} 10:30"), "us", public=True, keys=("ask:5",))),
        "asked 2 times",
    ),
    "it is solved on thanks": (changed(7, says="thanks"), "~solved is said, and nothing wants it"),
    "it is not held": (changed(5, statuses=(), tags=None), "~pending was due"),
    "a yes does not solve": (changed(8, statuses=()), "~solved was due"),
    "a reminder comes a minute early": (changed(6, at=paris("2026-11-26 09:59:05")), "chase:4:1 is said, and nothing"),
    "a holding message where none is switched on": (
        with_one_more(Event(9, paris("2026-11-26 10:30"), "us", public=True, keys=("cadence:4:holding:1",))),
        "cadence:4:holding:1 is said, and nothing wants it",
    ),
    "an answer in public": (changed(3, public=True), "we write in public, and it is no question"),
}


@pytest.mark.parametrize(("spoil", "told"), SPOILED.values(), ids=SPOILED)
def test_what_is_wrong_is_told(spoil: Callable[[], list[Event]], told: str) -> None:
    found = wrong(spoil())
    assert any(told in each for each in found), found


def test_an_excuse_counts_for_its_time_and_ticket_only() -> None:
    late = changed(3, at=paris(f"{D} 09:20:01"))()
    down = Excuse(paris(f"{D} 09:05:01"), paris(f"{D} 09:20"), None, "downtime")
    assert wrong(late, [down]) == []
    assert wrong(late, [replace(down, ticket=1)]) == []
    assert wrong(late, [replace(down, ticket=2)]) != []
    assert wrong(late, [replace(down, until=paris(f"{D} 09:19"))]) != []
    assert wrong(late, [replace(down, since=paris(f"{D} 09:06"))]) != []


def test_its_hours_are_those_of_the_calendar() -> None:
    """Two pieces of code that share nothing, over a winter with holidays and a change of the clocks."""
    chance = Random(1)
    begin = datetime(2026, 11, 23, tzinfo=UTC)
    for _ in range(500):
        at = begin + timedelta(seconds=chance.randrange(120 * 86_400))
        length = chance.choice((0, 1, 900, 3600, 4 * 3600, 9 * 3600, 30 * 3600, chance.randrange(200_000)))
        assert HOURS.is_open(at) == PARIS_HOURS.is_open(at)
        assert HOURS.next_open(at) == PARIS_HOURS.next_open(at)
        assert HOURS.between(begin, at) == PARIS_HOURS.elapsed(begin, at).total_seconds()
        assert HOURS.add(at, length) == PARIS_HOURS.add(at, timedelta(seconds=length))
        if length and HOURS.between(begin, at) > length:
            assert HOURS.subtract(at, length) == PARIS_HOURS.subtract(at, timedelta(seconds=length))
        assert HOURS.days_later(at, length % 9 + 1) == PARIS_HOURS.add_days(at, length % 9 + 1)
