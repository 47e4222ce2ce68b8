"""What the public status page may say: the state now, what was announced, what was, and the figure; nothing else."""

from __future__ import annotations

from dataclasses import replace
from datetime import date
from fractions import Fraction
from zoneinfo import ZoneInfo

import pytest

from tests.core.availability_cases import announced, at, done, nobody, outage, window
from zdsync.core.announced import WindowRecord
from zdsync.core.availability import Outage, Policy
from zdsync.core.status import Past, Planned, Status, status

POLICY = Policy("K Pro", Fraction(95, 100), ZoneInfo("Europe/Paris"))
NOW = "2026-11-20 12:00"
NIGHT = ("2026-11-28 22:00", "2026-11-29 00:00")
FAR = ("2027-06-01 10:00", "2027-06-01 11:00")
TOLD = announced("2026-11-10 10:00", *NIGHT)


def at_noon(*sources: Outage | WindowRecord, since: str = "2026-01-01 00:00") -> Status:
    outages = [each for each in sources if isinstance(each, Outage)]
    windows = [each for each in sources if isinstance(each, WindowRecord)]
    return status(POLICY, outages, windows, at(NOW), at(since))


def test_up_as_long_as_nothing_is_known() -> None:
    found = at_noon()
    assert (found.state, found.since, found.planned, found.past) == ("up", None, (), ())
    assert (found.year, found.month, found.percent, found.target) == (2026, 11, "100.000", "95.000")


STATES: dict[str, tuple[Outage | WindowRecord, str, str | None]] = {
    "an outage that goes on": (outage("2026-11-20 11:00", None), "down", "2026-11-20 11:00"),
    "one that is over": (outage("2026-11-20 11:00", "2026-11-20 11:30"), "up", None),
    "one that customers were not told of": (replace(outage("2026-11-20 11:00", None), told=False), "up", None),
    "work that goes on": (
        done("2026-11-20 11:00", "2026-11-20 13:00", "2026-11-01 10:00", ("2026-11-20 11:02", None)),
        "maintenance",
        "2026-11-20 11:02",
    ),
    "work that is done": (done("2026-11-20 10:00", "2026-11-20 11:00", "2026-11-01 10:00"), "up", None),
    "work that was called off": (
        window("2026-11-20 11:00", "2026-11-20 13:00", work=("2026-11-20 11:00", None), cancelled="2026-11-20 11:10"),
        "up",
        None,
    ),
}


@pytest.mark.parametrize("name", STATES)
def test_the_state_now(name: str) -> None:
    source, state, since = STATES[name]
    found = at_noon(source)
    assert (found.state, found.since) == (state, at(since) if since else None)


def test_an_outage_outweighs_work() -> None:
    work = done("2026-11-20 11:00", "2026-11-20 13:00", "2026-11-01 10:00", ("2026-11-20 11:00", None))
    assert at_noon(work, outage("2026-11-20 11:30", None)).state == "down"


def test_planned_is_what_somebody_was_told_of_and_what_still_stands() -> None:
    """With the times told last; neither what is only written down, nor cancelled, nor done."""
    titled = replace(window(*NIGHT, TOLD), titles={"en": "Storage"})
    assert at_noon(titled).planned == (Planned(at(NIGHT[0]), at(NIGHT[1]), {"en": "Storage"}),)
    for hidden in (
        window(*NIGHT),
        window(*NIGHT, nobody("2026-11-10 10:00", *NIGHT)),
        window(*NIGHT, TOLD, cancelled="2026-11-12 10:00"),
        window(*NIGHT, TOLD, work=("2026-11-20 10:00", "2026-11-20 11:00")),
        window(
            "2027-06-01 10:00",
            "2027-06-01 11:00",
            announced("2026-11-10 10:00", "2027-06-01 10:00", "2027-06-01 11:00"),
        ),
    ):
        assert at_noon(hidden).planned == ()
    moved = announced("2026-11-12 10:00", "2026-11-30 22:00", "2026-11-30 23:00")
    assert at_noon(window(*NIGHT, TOLD, moved)).planned[0].start == at("2026-11-30 22:00")


def test_what_is_under_way_is_shown_with_its_name_and_its_end_and_not_beyond_that() -> None:
    """11:00 to 13:00; it is noon. What takes longer is under way, and nobody knows until when."""
    work = ("2026-11-20 11:00", None)
    times = ("2026-11-20 11:00", "2026-11-20 13:00")
    present = replace(window(*times, announced("2026-11-01 10:00", *times), work=work), titles={"en": "Storage"})
    next_week = window(*NIGHT, TOLD, ticket=902)
    assert [each.titles for each in at_noon(next_week, present).planned] == [{"en": "Storage"}, {}]
    over = ("2026-11-20 11:00", "2026-11-20 11:30")
    overrun = at_noon(window(*over, announced("2026-11-01 10:00", *over), work=work))
    assert (overrun.state, overrun.planned) == ("maintenance", ())
    assert at_noon(window(*times, nobody("2026-11-01 10:00", *times), work=work)).planned == (), "nobody was told"


def test_the_past_has_each_time_once_the_newest_first_and_of_ninety_days() -> None:
    """90 days are 23 August to 20 November."""
    found = at_noon(
        outage("2026-11-10 09:00", "2026-11-10 10:00"),
        outage("2026-11-10 09:30", "2026-11-10 11:00", 2),
        outage("2026-11-20 11:00", None, 3),
        outage("2026-08-22 10:00", "2026-08-22 11:00", 4),
        outage("2026-08-23 10:00", "2026-08-23 11:00", 5),
        done("2026-10-05 22:00", "2026-10-05 23:00", "2026-09-01 10:00"),
    ).past
    assert found == (
        Past(at("2026-11-20 11:00"), None, "outage"),
        Past(at("2026-11-10 09:00"), at("2026-11-10 11:00"), "outage"),
        Past(at("2026-10-05 22:00"), at("2026-10-05 23:00"), "maintenance"),
        Past(at("2026-08-23 10:00"), at("2026-08-23 11:00"), "outage"),
    )


def test_each_of_ninety_days_has_what_was_down_and_what_was_planned() -> None:
    """Since 1 September there are records; today is half over; the day of 25 hours has them all."""
    found = at_noon(
        outage("2026-11-10 23:30", "2026-11-11 00:15"),
        done("2026-10-05 22:00", "2026-10-05 23:00", "2026-09-01 10:00"),
        since="2026-09-01 00:00",
    ).days
    days = {day.date: day for day in found}
    assert len(found) == len(days) == 90
    assert (found[0].date, found[-1].date) == (date(2026, 8, 23), date(2026, 11, 20))
    assert (days[date(2026, 11, 10)].down, days[date(2026, 11, 11)].down) == (1800, 900)
    assert (days[date(2026, 10, 5)].down, days[date(2026, 10, 5)].planned) == (0, 3600)
    assert days[date(2026, 8, 31)].measured == 0
    assert days[date(2026, 10, 25)].measured == 25 * 3600
    assert days[date(2026, 11, 20)].measured == 12 * 3600


def test_the_figure_is_the_present_months_until_now() -> None:
    """19.5 days are 28 080 minutes; 90 of them: 0.320 51 %."""
    assert at_noon(outage("2026-11-10 09:00", "2026-11-10 10:30")).percent == "99.679"
