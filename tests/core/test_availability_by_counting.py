"""The availability figure against counting minute by minute, in made-up days."""

from __future__ import annotations

import random
from dataclasses import replace
from datetime import datetime, timedelta
from fractions import Fraction

from tests.core.availability_cases import LATER, Case, at, minutes, month
from zdsync.core.announced import Announcement, Told, WindowRecord
from zdsync.core.availability import Outage, availability
from zdsync.core.spans import Span, common, union, without

DAY = at("2026-11-14 00:00")


def minute(number: int) -> datetime:
    return DAY + timedelta(minutes=number)


def some_sources(chance: random.Random) -> list[Outage | WindowRecord]:
    """Up to three outages and three windows within eight hours, some of them odd."""
    sources: list[Outage | WindowRecord] = []
    for ticket in range(1, chance.randint(0, 3) + 1):
        a, b = chance.randrange(480), chance.randrange(480)
        sources.append(Outage(minute(a), minute(b), ticket))
    for ticket in range(901, chance.randint(901, 904)):
        made = sorted(chance.sample(range(-20 * 1440, 480), chance.randint(0, 3)))
        announcements = []
        for instant in made:
            a = chance.randrange(400)
            told = tuple(Told(minute(instant + chance.randrange(30)), 7, 8) for _ in range(chance.choice((1, 2, 2, 3))))
            announcements.append(Announcement(minute(a), minute(a + chance.randint(1, 200)), minute(instant), 2, told))
        began, ended = sorted(chance.sample(range(480), 2))
        sources.append(
            WindowRecord(
                name="",
                start=minute(0),
                end=minute(400),
                ticket_id=ticket,
                planned=chance.random() < 0.9,
                announcements=tuple(announcements),
                began=minute(began) if chance.random() < 0.9 else None,
                ended=minute(ended) if chance.random() < 0.9 else None,
                cancelled=minute(chance.randrange(-1000, 480)) if chance.random() < 0.2 else None,
            )
        )
    return sources


def is_worked_on(source: WindowRecord, at: datetime) -> bool:
    ends = [each for each in (source.ended, source.cancelled) if each is not None]
    return source.began is not None and source.began <= at and all(at < each for each in ends)


def is_excused(source: WindowRecord, at: datetime) -> bool:
    """By the words of the rule: told a week ahead to both contacts, and in all that was told from then on."""
    if not source.planned or not is_worked_on(source, at):
        return False
    week = timedelta(days=7)
    in_time = [sum(told.at <= each.start - week for told in each.told) >= 2 for each in source.announcements]
    if not any(in_time):
        return False
    last = max(i for i, good in enumerate(in_time) if good)
    return all(each.start <= at < each.end for each in source.announcements[last:])


def test_the_figure_is_what_counting_minute_by_minute_gives() -> None:
    """Slow, dull, and hard to get wrong: 100 made-up days."""
    chance = random.Random(5)
    seen = {"counted": 0, "excused": 0}
    for _ in range(100):
        sources = some_sources(chance)
        outages = [each for each in sources if isinstance(each, Outage)]
        windows = [each for each in sources if isinstance(each, WindowRecord)]
        counted = excused = 0
        for instant in map(minute, range(480)):
            down = any(each.began <= instant < (each.ended or instant) for each in outages)
            if down or any(is_worked_on(each, instant) for each in windows):
                let_off = any(is_excused(each, instant) for each in windows)
                excused += let_off
                counted += not let_off
        result = availability(month("2026-11"), Fraction(95, 100), outages, windows, minute(480))
        assert (minutes(result.counted), minutes(result.excluded)) == (counted, excused), sources
        seen["counted"] += counted
        seen["excused"] += excused
    assert min(seen.values()) > 1000, "both were there to be seen"


def test_the_order_in_which_intervals_come_does_not_matter() -> None:
    chance = random.Random(6)
    for _ in range(50):
        sources = some_sources(chance)
        case = Case("2026-11", tuple(sources), 0, "", now=LATER)
        chance.shuffle(sources)
        assert replace(case, sources=tuple(sources)).worked_out() == case.worked_out()


def test_spans() -> None:
    a, b, c, d = (minute(number) for number in (0, 10, 20, 30))
    assert union([Span(c, d), Span(a, b), Span(b, c), Span(d, a)]) == [Span(a, d)]
    assert common([Span(a, c)], [Span(b, d)]) == [Span(b, c)]
    assert common([Span(a, b)], [Span(b, c)]) == []
    assert without([Span(a, d)], [Span(b, c)]) == [Span(a, b), Span(c, d)]
    assert without([Span(a, b)], [Span(a, d)]) == []
    assert Span(b, a).length == timedelta()
