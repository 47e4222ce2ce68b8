"""A month with maintenance and an outage, as the automations carry them out, and what its availability is then.

The account is the sandbox, the notices are real tickets, and the figure is worked out by hand.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import replace
from datetime import timedelta
from fractions import Fraction
from zoneinfo import ZoneInfo

import pytest
from redis import Redis

from tests.builders import a_rule_of, paris
from tests.core.availability_cases import minutes, month, whys
from tests.core.windows import a_window
from tests.scenarios.campaigns import end_users, notices
from tests.scenarios.world import EMILY, TOM, World, live_rulebook
from zdsync.core.availability import Availability, Policy
from zdsync.core.model import Facts, Person
from zdsync.core.windows import Window
from zdsync.maintenance import keep_windows
from zdsync.reports.availability import Source, fetch
from zdsync.sandbox import Server

POLICY = Policy("K Pro", Fraction(95, 100), ZoneInfo("Europe/Paris"))
NIGHT = ("2026-12-03 22:00", "2026-12-04 00:00")
"""Ten days after the world begins."""


def a_world(server: Server, redis: Redis, prefix: str, window: Window) -> World:
    """Two contacts; the rules of maintenance and of major incidents."""
    rules = (a_rule_of("maintenance", audience={}, countdown=None), a_rule_of("major_incident", audience={}))
    rulebook = live_rulebook(rules=rules, windows={window.id: window}, availability=POLICY)
    world = World(server, redis, prefix, rulebook=rulebook)
    for user_id in sorted(end_users(world))[2:]:
        world.account.users[user_id]["suspended"] = True
    return world


def until(world: World, *instants: str) -> None:
    """Windows are looked at before and after each."""
    for instant in instants:
        keep_windows(world.parts)
        world.until(instant)
    keep_windows(world.parts)
    world.until(world.now + timedelta(minutes=1))


def december(world: World) -> Availability:
    rulebook = world.rulebook

    def facts(people: Iterable[Person]) -> Facts:
        return world.parts.facts(rulebook, {each.id: each for each in people})

    month_ = month("2026-12")
    found = fetch(Source(world.parts.zendesk, rulebook, facts), month_.span, world.now)
    return found.month(month_, POLICY, world.now, rulebook.live_since)


@pytest.fixture
def announced(server: Server, redis: Redis, prefix: str) -> Iterator[World]:
    """A window of the night to 4 December that was told ten days ahead."""
    window = a_window(*NIGHT, announce_at=paris("2026-11-23 10:00"))
    world = a_world(server, redis, prefix, window)
    until(world, "2026-11-23 12:00")
    assert len(notices(world)) == 2
    yield world
    world.close()


def test_maintenance_that_was_announced_in_time_does_not_count_and_an_outage_does(announced: World) -> None:
    """An outage of 90 minutes, from its declaration to its solution."""
    until(announced, "2026-12-01 10:00")
    problem = announced.act(EMILY, subject="Nothing works", comment="It is all down.")
    announced.act(TOM, ticket=problem, priority="urgent", type="problem", assignee=TOM, status="open")
    until(announced, "2026-12-01 10:30")
    assert len(notices(announced)) > 2, "customers have been told of it"
    announced.until("2026-12-01 11:31")
    announced.act(TOM, ticket=problem, status="solved", comment="It is back.")
    until(announced, NIGHT[0], NIGHT[1], "2026-12-04 09:00")
    result = december(announced)
    outage, work = result.lines
    assert (outage.source.ticket_id, whys(result)) == (problem, ("outage 90", "planned 120"))
    assert (minutes(result.counted), minutes(result.excluded), minutes(work.counted)) == (90, 120, 0)


def test_maintenance_that_is_moved_too_late_counts(announced: World) -> None:
    """By a night, two days ahead."""
    until(announced, "2026-12-01 10:00")
    moved = a_window("2026-12-04 22:00", "2026-12-05 00:00", announce_at=paris("2026-11-23 10:00"))
    announced.rulebook = replace(announced.rulebook, windows={moved.id: moved}, hash="moved")
    assert announced.worker.rules.take_over()
    announced.hint(*announced.account.tickets)
    until(announced, "2026-12-01 12:00", "2026-12-04 22:00", "2026-12-05 00:00", "2026-12-05 09:00")
    result = december(announced)
    assert whys(result) == ("late notice 120",)
    (line,) = result.lines
    first, second = line.source.announcements  # type: ignore[union-attr]
    assert (len(first.told), len(second.told)) == (2, 2)
