"""The probe: which answers and failures make an outage, and that what nobody saw is named and counts nowhere.

Each case is a line of looks, a minute apart: `.` answered, `x` did not, a blank: nobody looked. Three failures in a row
are an outage. The minutes that count are worked out by hand.
"""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime, timedelta
from fractions import Fraction

import pytest

from tests.core.availability_cases import at, minutes, month, outage
from zdsync.core.availability import Gap, Outage, availability
from zdsync.core.spans import Span
from zdsync.core.watch import Event, Noted, Probe, State, intervals, read, step, stop

PROBE = Probe("https://app.example.com/health", timedelta(minutes=1), failures=3)
BEGAN = at("2026-11-10 09:00")

LINES: dict[str, tuple[str, list[tuple[int, int]], list[tuple[int, int]]]] = {
    # the looks, outages and gaps by their first and last minute
    "always answered": (".....", [], []),
    # the third failure makes it, the first begins it, the answer ends it: minutes 2 to 5
    "three in a row": ("..xxx..", [(2, 5)], []),
    "two in a row are none": ("..xx..xx..", [], []),
    # 1 to 7
    "six in a row": (".xxxxxx.", [(1, 7)], []),
    # 0 to 3, and 5 to 9
    "two of them": ("xxx..xxxx.", [(0, 3), (5, 9)], []),
    # until now
    "still going on": ("..xxx", [(2, 5)], []),
    # one look missed is no gap
    "a look left out": (".. ..", [], []),
    # nobody looked between 1 and 4
    "a gap": ("..  ..", [], [(1, 4)]),
    # two failures before it and one after it do not make three
    "a gap among failures": (".xx   x.", [], [(2, 6)]),
    # known until minute 4; after the gap it takes three more: 8 to 11
    "a gap in an outage": (".xxxx   xxx.", [(1, 4), (8, 11)], [(4, 8)]),
    # known until minute 3
    "a gap at the end of an outage": ("xxxx    ..", [(0, 3)], [(3, 8)]),
    # a gap of two hours counts nowhere
    "a long gap": ("." + " " * 119 + ".", [], [(0, 120)]),
}


def minute(number: int) -> datetime:
    return BEGAN + timedelta(minutes=number)


def noted(looks: str, forgets_at: int | None = None) -> Iterator[Noted]:
    """As the notes on the control ticket have it; at a minute everything may be forgotten."""
    state = State()
    for number, look in enumerate(looks):
        if number == forgets_at:
            state = State()
        if look != " ":
            state, events = step(state, minute(number), look == ".", PROBE)
            yield from (Noted(event, minute(number), 77, 100 + number) for event in events)


def within(spans: list[tuple[int, int]]) -> list[Span]:
    return [Span(minute(a), minute(b)) for a, b in spans]


@pytest.mark.parametrize("name", LINES)
def test_a_line_of_looks(name: str) -> None:
    looks, downs, gaps = LINES[name]
    found, unseen = intervals(noted(looks), minute(len(looks)))
    assert [each.span for each in found] == within(downs)
    assert [each.span for each in unseen] == within(gaps)
    assert [each.is_open for each in found] == [looks[-1] == "x" and i == len(found) - 1 for i in range(len(found))]
    outages = [Outage(each.span.start, each.span.end, 77, each.audits, seen_by="probe") for each in found]
    result = availability(month("2026-11"), Fraction(95, 100), outages, [], at("2026-12-02 00:00"))
    assert minutes(result.counted) == sum(b - a for a, b in downs)


def test_what_was_forgotten_counts_only_as_far_as_it_was_noted() -> None:
    """Three failures at 1 to 3, noted at 3; forgotten at 5, when it failed still: a gap, and another three."""
    found, gaps = intervals(noted(".xxxxxxx.", forgets_at=5), minute(9))
    assert [each.span for each in found] == within([(1, 3), (5, 8)])
    assert [each.span for each in gaps] == within([(3, 5)])


def test_an_outage_cites_the_notes_of_its_begin_and_its_end() -> None:
    ((found,), _) = intervals(noted(".xxx."), minute(5))
    assert (found.ticket_id, found.audits) == (77, (103, 104))


def test_what_was_noted_twice_is_one() -> None:
    once = list(noted(".xxx.  ."))
    again = [each._replace(audit_id=each.audit_id + 50) for each in once]
    assert intervals([*again, *once], minute(9)) == intervals(once, minute(9))


def test_when_nobody_looks_any_more_an_outage_ends_with_the_last_look() -> None:
    state = State(minute(5), minute(2), 4, down=True)
    assert stop(state) == (Event("up", minute(5)),)
    assert stop(State(minute(5))) == ()


def test_an_agents_outage_and_the_probes_count_once() -> None:
    """09:00 to 09:30 and 09:20 to 09:45: 45 minutes."""
    seen = Outage(minute(20), minute(45), 77, seen_by="probe")
    declared = outage("2026-11-10 09:00", "2026-11-10 09:30")
    result = availability(month("2026-11"), Fraction(95, 100), [seen, declared], [], at("2026-12-02 00:00"))
    assert minutes(result.counted) == 45


def test_gaps_are_named_within_the_month_and_change_no_figure() -> None:
    gaps = [
        Gap(Span(at("2026-10-31 23:00"), at("2026-11-01 01:00")), 77, (1,)),
        Gap(Span(at("2026-12-01 00:00"), at("2026-12-01 01:00")), 78, (2,)),
    ]
    result = availability(month("2026-11"), Fraction(95, 100), [], [], at("2026-12-02 00:00"), gaps=gaps)
    assert result.gaps == (Gap(Span(at("2026-11-01 00:00"), at("2026-11-01 01:00")), 77, (1,)),)
    assert result.figure == 1


@pytest.mark.parametrize("event", [Event("down", BEGAN), Event("up", BEGAN), Event("gap", BEGAN, minute(5))])
def test_a_key_says_what_was_noted(event: Event) -> None:
    assert read(event.key) == event


@pytest.mark.parametrize(
    "key", ["watch:20261110T080000Z:later", "watch:x:down", "watch:20261110T080000Z:gap", "ask:1", "watch", ""]
)
def test_any_other_key_is_none(key: str) -> None:
    assert read(key) is None
