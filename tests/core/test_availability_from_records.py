"""From what stands on tickets to the month's figure, against figures that were worked out by hand.

`test_availability.py` has the arithmetic; here several things come together, each as agents and the probe record it.
"""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime
from fractions import Fraction
from typing import Any

from tests.builders import AGENT, CUSTOMER, US, Story, facts, paris
from tests.core.availability_cases import minutes, month, whys
from tests.core.windows import a_notice, announced, read, reading, step, tell
from zdsync.core.announced import WindowRecord
from zdsync.core.availability import Availability, Gap, Outage, availability, percent
from zdsync.core.availability_sources import heard_on, outages, record, watched
from zdsync.core.history import Reading
from zdsync.core.watch import Event

LATER = paris("2027-02-01 00:00")
ZONE = month("2026-11").zone


def figure(
    written: str,
    outages: Iterable[Outage] = (),
    windows: Iterable[WindowRecord] = (),
    gaps: Iterable[Gap] = (),
    now: datetime = LATER,
) -> Availability:
    return availability(month(written), Fraction(95, 100), tuple(outages), tuple(windows), now, gaps=gaps)


def shown(result: Availability) -> tuple[float, str, tuple[str, ...]]:
    """Minutes down, percent, and why."""
    assert result.figure is not None
    return minutes(result.counted), percent(result.figure), whys(result)


def a_problem(id: int, opened: str, declared: str) -> Story:
    return Story(opened, id=id).update(declared, AGENT, priority="urgent", type="problem")


def gone(story: Story, at: str) -> Story:
    """Customers are told."""
    key = f"outage:{story.audits[-1].id}:go:2"
    return story.update(at, US, comment=story._comment(US, False), keys=[key], channel="api")


def read_outages(story: Story) -> tuple[Outage, ...]:
    return outages(Reading(story.history, facts()), ZONE)


def test_a_gap_of_the_probe_within_an_outage_is_counted_as_far_as_agents_say_so() -> None:
    """The probe: down from 02:00, last seen at 02:30, not looked until 03:10, down until 04:00. 30 + 50 = 80 of
    43 200: 0.185 18 %. Agents: declared at 02:05, solved at 03:40, which has of the gap all 40: 02:00 to 04:00 is 120,
    0.277 77 %. The gap itself takes nothing off what is measured."""
    control = Story("2026-11-10 01:00", by=US, id=9000)

    def noted(at: str, *events: tuple[Any, ...]) -> None:
        keys = [Event(what, *map(paris, times)).key for what, *times in events]
        control.update(at, US, comment=control._comment(US, False), keys=keys, channel="api")

    noted("2026-11-10 02:02", ("down", "2026-11-10 02:00"))
    noted("2026-11-10 03:10", ("up", "2026-11-10 02:30"), ("gap", "2026-11-10 02:30", "2026-11-10 03:10"))
    noted("2026-11-10 03:12", ("down", "2026-11-10 03:10"))
    noted("2026-11-10 04:00", ("up", "2026-11-10 04:00"))
    seen = watched([Reading(control.history, facts())], LATER, ZONE)
    alone = figure("2026-11", seen.outages, gaps=seen.gaps)
    assert shown(alone) == (80, "99.814", ("outage 30", "outage 50"))
    assert [minutes(gap.span.length) for gap in alone.gaps] == [40]
    assert minutes(alone.measured.length) == 43200

    problem = a_problem(4711, "2026-11-10 02:04", "2026-11-10 02:05").status("solved", "2026-11-10 03:40")
    both = figure("2026-11", [*seen.outages, *read_outages(problem)], gaps=seen.gaps)
    why = ("outage 30", "same time 25", "outage 70", "same time 30", "outage 20")
    assert shown(both) == (120, "99.722", why)


def test_maintenance_that_was_announced_too_late_begun_early_extended_and_still_overran() -> None:
    """Announced at half past ten on the Monday before for Sunday 22:00 to 02:00, half a day too late; 21:50 to 02:50
    is 300 of December's 44 640: 0.672 04 %. What is longer is measured by what was told before it began: the extension
    to 02:30 at 01:30 takes nothing off the 50 minutes of it."""
    parent = announced("2026-11-30 10:30", None)
    notices = [a_notice(at="2026-11-30 10:35"), a_notice(user=CUSTOMER + 1, at="2026-11-30 10:36")]
    step(parent, "started", "2026-12-06 21:50", "2026-12-06 21:50")
    step(parent, "extended", "2026-12-07 01:30", end="2026-12-07 02:30")
    for notice in notices:
        tell(notice, parent, "2026-12-07 01:31")
    step(parent, "completed", "2026-12-07 02:50", "2026-12-06 21:50", "2026-12-07 02:50")
    window = record(read(parent), [heard_on(reading(each)) for each in notices])
    assert window is not None
    result = figure("2026-12", windows=[window])
    assert shown(result) == (300, "99.327", ("early 10", "late notice 240", "overran 50"))
    assert minutes(result.excluded) == 0


def test_corrections_that_bring_the_whole_of_an_outage_into_the_month_before() -> None:
    """Declared on 1 December at 00:20, solved at 01:10; it was from 23:40 to 23:55 the day before. November: 15 of
    43 200, 0.034 72 %; December has no line of it, though both its records are December's."""
    problem = a_problem(4711, "2026-12-01 00:10", "2026-12-01 00:20").status("solved", "2026-12-01 01:10")
    problem.note("2026-12-01 09:00", command="outage from 2026-11-30 23:40 the log says so")
    assert minutes(figure("2026-12", read_outages(problem)).counted) == 70, "00:00 to 01:10"
    problem.note("2026-12-01 09:01", command="outage until 2026-11-30 23:55 the log says so")
    assert shown(figure("2026-11", read_outages(problem))) == (15, "99.965", ("outage 15",))
    december = figure("2026-12", read_outages(problem))
    assert (minutes(december.counted), december.lines) == (0, ())


def test_a_correction_to_an_hour_that_the_clock_shows_twice_is_its_last_one() -> None:
    """Declared at 02:40 winter time (01:40 in UTC), solved at 03:20 (02:20 in UTC): 40. Said at 09:00 to have begun at
    02:30, which is ten minutes before, not seventy: 50 of 44 700, 0.111 85 %. Ended at 02:50: 20, 0.044 74 %."""
    declared = datetime.fromisoformat("2026-10-25T01:40Z")
    problem = Story("2026-10-25 01:00", id=4711).update(declared, AGENT, priority="urgent", type="problem")
    problem.status("solved", "2026-10-25 03:20")
    assert minutes(figure("2026-10", read_outages(problem)).counted) == 40
    problem.note("2026-10-25 09:00", command="outage from 02:30 the log says so")
    assert shown(figure("2026-10", read_outages(problem))) == (50, "99.888", ("outage 50",))
    problem.note("2026-10-25 09:01", command="outage until 02:50 the log says so")
    assert shown(figure("2026-10", read_outages(problem))) == (20, "99.955", ("outage 20",))


def test_of_two_incidents_that_overlap_one_is_called_off_and_declared_again() -> None:
    """The first one: 09:00 to 11:00. The second one: declared at 08:30 and called off at 08:34, which was no outage;
    again at 10:50 until 11:40, of which ten minutes are counted already: 120 + 40 = 160, 0.370 37 %."""
    first = gone(a_problem(4711, "2026-11-10 08:50", "2026-11-10 09:00"), "2026-11-10 09:05")
    first.status("solved", "2026-11-10 11:00")
    second = a_problem(4712, "2026-11-10 08:20", "2026-11-10 08:30").priority("high", "2026-11-10 08:34")
    assert read_outages(second) == ()
    second.priority("urgent", "2026-11-10 10:50")
    gone(second, "2026-11-10 10:55").status("solved", "2026-11-10 11:40")
    result = figure("2026-11", [*read_outages(first), *read_outages(second)])
    assert shown(result) == (160, "99.629", ("outage 120", "same time 10", "outage 40"))
    assert [line.source.ticket_id for line in result.lines] == [4711, 4712]
