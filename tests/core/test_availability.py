"""The month's figure and why each minute counts or does not, against figures that were worked out by hand.

Minutes of the months used: November 2026 has 30 x 1440 = 43 200, and 5 % of them, 2 160, may be down. October 2026 has
31 x 1440 + 60 = 44 700 (the clock goes back on the 25th; 2 235), March 2026 has 31 x 1440 - 60 = 44 580 (it goes on,
on the 29th; 2 229), January 2027 has 44 640. Percentages are rounded down.
"""

from __future__ import annotations

from datetime import timedelta
from fractions import Fraction
from itertools import pairwise

import pytest

from tests.core.availability_cases import (
    Case,
    announced,
    at,
    done,
    minutes,
    nobody,
    outage,
    whys,
    window,
)
from zdsync.core.announced import WindowRecord
from zdsync.core.availability import percent
from zdsync.core.spans import length

NIGHT = ("2026-11-14 22:00", "2026-11-15 00:00")
"""A window of 120 minutes; who is told by 7 November, 22:00, is told in time."""
TOLD = "2026-11-03 10:00"

OUTAGES = {
    # 0 of 43 200
    "nothing has happened": Case("2026-11", (), 0, "100.000", left=2160, why=()),
    # 90 / 43 200 = 0.208 33 %; 2 160 - 90
    "one outage": Case("2026-11", (outage("2026-11-10 09:00", "2026-11-10 10:30"),), 90, "99.791", left=2070),
    # (90 + 30) / 43 200 = 0.277 77 %
    "two outages": Case(
        "2026-11",
        (outage("2026-11-10 09:00", "2026-11-10 10:30"), outage("2026-11-12 03:00", "2026-11-12 03:30", 2)),
        120,
        "99.722",
    ),
    # 09:00 to 11:00, 120 / 43 200; of the second one's 60 the first 30 are counted already
    "two that overlap count once": Case(
        "2026-11",
        (outage("2026-11-10 09:00", "2026-11-10 10:30"), outage("2026-11-10 10:00", "2026-11-10 11:00", 2)),
        120,
        "99.722",
        why=("outage 90", "same time 30", "outage 30"),
    ),
    # 180 / 43 200 = 0.416 66 %
    "one within another counts nothing": Case(
        "2026-11",
        (outage("2026-11-10 09:00", "2026-11-10 12:00"), outage("2026-11-10 10:00", "2026-11-10 11:00", 2)),
        180,
        "99.583",
        why=("outage 180", "same time 60"),
    ),
    # 60 / 43 200 = 0.138 88 %
    "the same twice counts once": Case(
        "2026-11",
        (outage("2026-11-10 09:00", "2026-11-10 10:00"), outage("2026-11-10 09:00", "2026-11-10 10:00", 2)),
        60,
        "99.861",
        why=("outage 60", "same time 60"),
    ),
    # 60 + 60
    "two that touch": Case(
        "2026-11",
        (outage("2026-11-10 09:00", "2026-11-10 10:00"), outage("2026-11-10 10:00", "2026-11-10 11:00", 2)),
        120,
        "99.722",
        why=("outage 60", "outage 60"),
    ),
    # 09:00-10:00, 09:30-10:30, 10:15-11:00: 09:00 to 11:00
    "three in a chain": Case(
        "2026-11",
        (
            outage("2026-11-10 09:00", "2026-11-10 10:00"),
            outage("2026-11-10 10:15", "2026-11-10 11:00", 3),
            outage("2026-11-10 09:30", "2026-11-10 10:30", 2),
        ),
        120,
        "99.722",
        why=("outage 60", "same time 30", "outage 30", "same time 15", "outage 30"),
    ),
    # no length
    "an outage without length": Case(
        "2026-11", (outage("2026-11-10 09:00", "2026-11-10 09:00"),), 0, "100.000", why=()
    ),
    # 36 h = 2 160 min: 95 % exactly, nothing left
    "the whole budget": Case("2026-11", (outage("2026-11-10 00:00", "2026-11-11 12:00"),), 2160, "95.000", left=0),
    # 2 160 min 1 s: 94.999 961 %
    "a second more than the budget": Case(
        "2026-11", (outage("2026-11-10 00:00", "2026-11-11 12:00:01"),), 2160 + 1 / 60, "94.999", left=-1 / 60
    ),
    # 29.5 s = 0.491 66 min; 0.001 138 %
    "seconds are kept": Case(
        "2026-11", (outage("2026-11-10 09:00:00", "2026-11-10 09:00:29.500"),), 29.5 / 60, "99.998"
    ),
}

EDGES = {
    # from midnight on: 60
    "begun in the month before": Case("2026-11", (outage("2026-10-31 23:00", "2026-11-01 01:00"),), 60, "99.861"),
    # until midnight: 30 / 43 200 = 0.069 44 %
    "ended in the month after": Case("2026-11", (outage("2026-11-30 23:30", "2026-12-01 02:00"),), 30, "99.930"),
    "ended as the month began": Case(
        "2026-11", (outage("2026-10-31 22:00", "2026-11-01 00:00"),), 0, "100.000", why=()
    ),
    "begun as the month ended": Case(
        "2026-11", (outage("2026-12-01 00:00", "2026-12-01 01:00"),), 0, "100.000", why=()
    ),
    # 23:30 to 00:30 in UTC is 00:30 to 01:30 in Paris: all 60 are November's
    "the edge is that of Paris": Case("2026-11", (outage("2026-10-31T23:30Z", "2026-11-01T00:30Z"),), 60, "99.861"),
    # of the same hour October has in Paris nothing
    "and so it is for the month before": Case(
        "2026-10", (outage("2026-10-31T23:30Z", "2026-11-01T00:30Z"),), 0, "100.000"
    ),
    # in UTC 30 of it are November's
    "the edge of another zone": Case(
        "2026-11", (outage("2026-10-31T23:30Z", "2026-11-01T00:30Z"),), 30, "99.930", zone="UTC"
    ),
    # 43 200 of 43 200; 2 160 - 43 200
    "the whole month": Case("2026-11", (outage("2026-11-01 00:00", "2026-12-01 00:00"),), 43200, "0.000", left=-41040),
    "more than the whole month": Case("2026-11", (outage("2026-10-15 00:00", "2026-12-15 00:00"),), 43200, "0.000"),
    # the first hour of the year; 60 / 44 640 = 0.134 40 %
    "the edge of the year": Case("2027-01", (outage("2026-12-31 23:00", "2027-01-01 01:00"),), 60, "99.865"),
    # 1 440 / (29 x 1440 = 41 760) = 3.448 27 %; 2 088 - 1 440
    "29 February": Case("2028-02", (outage("2028-02-29 00:00", "2028-03-01 00:00"),), 1440, "96.551", left=648),
    # 1 440 / (28 x 1440 = 40 320) = 3.571 42 %; 2 016 - 1 440
    "28 February": Case("2027-02", (outage("2027-02-28 00:00", "2027-03-01 00:00"),), 1440, "96.428", left=576),
}

CLOCK_CHANGES = {
    # 01:30 to 03:30 on the clock is one hour; 60 / 44 580 = 0.134 58 %
    "over the hour that the clock skips": Case(
        "2026-03", (outage("2026-03-29 01:30", "2026-03-29 03:30"),), 60, "99.865"
    ),
    # 23 h = 1 380; / 44 580 = 3.095 55 %; 2 229 - 1 380
    "the day of 23 hours": Case("2026-03", (outage("2026-03-29 00:00", "2026-03-30 00:00"),), 1380, "96.904", left=849),
    # 01:30 to 03:30 on the clock are three hours; 180 / 44 700 = 0.402 68 %
    "over the hour that the clock repeats": Case(
        "2026-10", (outage("2026-10-25 01:30", "2026-10-25 03:30"),), 180, "99.597"
    ),
    # from 02:30 to 02:30, one hour on; 60 / 44 700 = 0.134 22 %
    "from an hour to its repetition": Case(
        "2026-10", (outage("2026-10-25T00:30Z", "2026-10-25T01:30Z"),), 60, "99.865"
    ),
    # 25 h = 1 500; / 44 700 = 3.355 70 %; 2 235 - 1 500
    "the day of 25 hours": Case("2026-10", (outage("2026-10-25 00:00", "2026-10-26 00:00"),), 1500, "96.644", left=735),
    # 180 / (31 x 1440 = 44 640) = 0.403 22 %
    "a zone without a change": Case(
        "2026-10", (outage("2026-10-25 01:30", "2026-10-25 03:30"),), 180, "99.596", zone="UTC"
    ),
    # New York changes on 1 November: 43 200 + 60 = 43 260; 60 / 43 260 = 0.138 69 %; 2 163 - 60
    "a zone that changes by another date": Case(
        "2026-11", (outage("2026-11-10 09:00", "2026-11-10 10:00"),), 60, "99.861", left=2103, zone="America/New_York"
    ),
}

NOW = {
    # nine and a half days: 13 680; 180 / 13 680 = 1.315 78 %; of the month's 2 160
    "still open": Case(
        "2026-11", (outage("2026-11-10 09:00", None),), 180, "98.684", left=1980, now="2026-11-10 12:00"
    ),
    # 29 and 30 November: 2 880 / 43 200 = 6.666 66 %; 2 160 - 2 880
    "still open when the month is over": Case(
        "2026-11", (outage("2026-11-29 00:00", None),), 2880, "93.333", left=-720, now="2026-12-02 09:00"
    ),
    "the present month without anything": Case("2026-11", (), 0, "100.000", left=2160, now="2026-11-10 12:00"),
    # 45 / 13 680 = 0.328 94 %
    "an end that is still to come": Case(
        "2026-11", (outage("2026-11-10 11:15", "2026-11-10 13:00"),), 45, "99.671", now="2026-11-10 12:00"
    ),
    "the very first moment of the month": Case("2026-11", (), 0, None, left=2160, now="2026-11-01 00:00"),
    "a month that is still to come": Case("2026-11", (), 0, None, left=2160, now="2026-10-20 00:00"),
    # 15 days = 21 600; 3 h 36 min = 216: 1 %; 5 % are 1 080
    "the month in which records begin": Case(
        "2026-11", (outage("2026-11-20 09:00", "2026-11-20 12:36"),), 216, "99.000", left=864, since="2026-11-16 00:00"
    ),
    # 00:00 to 02:00: 120 / 21 600 = 0.555 55 %
    "begun before there were records": Case(
        "2026-11", (outage("2026-11-15 22:00", "2026-11-16 02:00"),), 120, "99.444", left=960, since="2026-11-16 00:00"
    ),
    "before all records": Case(
        "2026-11", (outage("2026-11-20 09:00", "2026-11-20 10:00"),), 0, None, left=0, since="2026-12-05 00:00"
    ),
    # long before: nothing is left out
    "records from another year": Case(
        "2026-11", (outage("2026-11-10 09:00", "2026-11-10 10:30"),), 90, "99.791", since="2025-01-01 00:00"
    ),
}

CORRECTED = {
    # 08:20 to 10:00: 100 / 43 200 = 0.231 48 %
    "an earlier start": Case(
        "2026-11", (outage("2026-11-10 09:00", "2026-11-10 10:00", starts=["2026-11-10 08:20"]),), 100, "99.768"
    ),
    # 09:00 to 10:30
    "an earlier end": Case(
        "2026-11", (outage("2026-11-10 09:00", "2026-11-10 12:00", ends=["2026-11-10 10:30"]),), 90, "99.791"
    ),
    # 08:40 to 10:00: 80 / 43 200 = 0.185 18 %
    "twice, and the last one holds": Case(
        "2026-11",
        (outage("2026-11-10 09:00", "2026-11-10 10:00", starts=["2026-11-10 08:20", "2026-11-10 08:40"]),),
        80,
        "99.814",
    ),
    # 08:30 to 10:30
    "both": Case(
        "2026-11",
        (outage("2026-11-10 09:00", "2026-11-10 10:00", starts=["2026-11-10 08:30"], ends=["2026-11-10 10:30"]),),
        120,
        "99.722",
    ),
    # 00:00 to 02:00 are November's
    "a start in the month before": Case(
        "2026-11", (outage("2026-11-01 00:30", "2026-11-01 02:00", starts=["2026-10-31 23:00"]),), 120, "99.722"
    ),
    # and 23:00 to 24:00 October's: 60 / 44 700 = 0.134 22 %
    "which that month has then": Case(
        "2026-10", (outage("2026-11-01 00:30", "2026-11-01 02:00", starts=["2026-10-31 23:00"]),), 60, "99.865"
    ),
    "an end before the start": Case(
        "2026-11", (outage("2026-11-10 09:00", "2026-11-10 10:00", ends=["2026-11-10 08:00"]),), 0, "100.000", why=()
    ),
    # 09:00 to 10:00 of 19 days: 60 / 27 360 = 0.219 29 %
    "an end to what is still open": Case(
        "2026-11",
        (outage("2026-11-10 09:00", None, ends=["2026-11-10 10:00"]),),
        60,
        "99.780",
        left=2100,
        now="2026-11-20 00:00",
    ),
}

MAINTENANCE = {
    "told a week ahead to the minute": Case(
        "2026-11", (done(*NIGHT, "2026-11-07 22:00"),), 0, "100.000", planned=120, left=2160, why=("planned 120",)
    ),
    # all 120
    "told a second too late": Case(
        "2026-11", (done(*NIGHT, "2026-11-07 22:00:01"),), 120, "99.722", left=2040, why=("late notice 120",)
    ),
    "one of two contacts told too late": Case(
        "2026-11",
        (window(*NIGHT, announced(TOLD, *NIGHT, TOLD, "2026-11-07 22:01"), work=NIGHT),),
        120,
        "99.722",
        why=("late notice 120",),
    ),
    "one of two contacts never told": Case(
        "2026-11",
        (window(*NIGHT, announced(TOLD, *NIGHT, TOLD), work=NIGHT),),
        120,
        "99.722",
        why=("late notice 120",),
    ),
    "a contact who has joined later": Case(
        "2026-11",
        (window(*NIGHT, announced(TOLD, *NIGHT, "2026-11-13 09:00", TOLD, TOLD), work=NIGHT),),
        0,
        "100.000",
        planned=120,
    ),
    "decided, and nobody told": Case(
        "2026-11", (window(*NIGHT, nobody(TOLD, *NIGHT), work=NIGHT),), 120, "99.722", why=("late notice 120",)
    ),
    "an audience of nobody": Case(
        "2026-11", (window(*NIGHT, announced(TOLD, *NIGHT, contacts=0), work=NIGHT),), 120, "99.722"
    ),
    "never announced": Case("2026-11", (window(*NIGHT, work=NIGHT),), 120, "99.722", why=("not announced 120",)),
    "unplanned, and told at once": Case(
        "2026-11",
        (window(*NIGHT, announced("2026-11-14 22:00", *NIGHT), work=NIGHT, planned=False),),
        120,
        "99.722",
        why=("unplanned 120",),
    ),
    "unplanned, and told weeks ahead": Case(
        "2026-11",
        (window(*NIGHT, announced(TOLD, *NIGHT), work=NIGHT, planned=False),),
        120,
        "99.722",
        why=("unplanned 120",),
    ),
    # 00:00 to 00:45: 45 / 43 200 = 0.104 16 %
    "overran": Case(
        "2026-11",
        (done(*NIGHT, TOLD, ("2026-11-14 22:00", "2026-11-15 00:45")),),
        45,
        "99.895",
        planned=120,
        why=("planned 120", "overran 45"),
    ),
    # 120 + 45 of work
    "overran, and told too late": Case(
        "2026-11",
        (done(*NIGHT, "2026-11-12 10:00", ("2026-11-14 22:00", "2026-11-15 00:45")),),
        165,
        "99.618",
        why=("late notice 120", "overran 45"),
    ),
    # 21:40 to 22:00: 20 / 43 200 = 0.046 29 %
    "begun too early": Case(
        "2026-11",
        (done(*NIGHT, TOLD, ("2026-11-14 21:40", "2026-11-15 00:00")),),
        20,
        "99.953",
        planned=120,
        why=("early 20", "planned 120"),
    ),
    # the work is done at 23:00; 15 / 43 200 = 0.034 72 %
    "done early, and down once more in its time": Case(
        "2026-11",
        (
            done(*NIGHT, TOLD, ("2026-11-14 22:00", "2026-11-14 23:00")),
            outage("2026-11-14 23:15", "2026-11-14 23:30"),
        ),
        15,
        "99.965",
        planned=60,
        why=("planned 60", "outage 15"),
    ),
    # 22:00 to 22:30, before the work
    "begun late, and down before": Case(
        "2026-11",
        (
            done(*NIGHT, TOLD, ("2026-11-14 23:00", "2026-11-15 00:00")),
            outage("2026-11-14 22:00", "2026-11-14 22:30"),
        ),
        30,
        "99.930",
        planned=60,
        why=("outage 30", "planned 60"),
    ),
    "an outage within planned work": Case(
        "2026-11",
        (done(*NIGHT, TOLD), outage("2026-11-14 22:30", "2026-11-14 23:00")),
        0,
        "100.000",
        planned=120,
        why=("planned 120", "planned 30"),
    ),
    # 00:00 to 00:30
    "an outage that outlasts planned work": Case(
        "2026-11",
        (done(*NIGHT, TOLD), outage("2026-11-14 23:30", "2026-11-15 00:30")),
        30,
        "99.930",
        planned=120,
        why=("planned 120", "planned 30", "outage 30"),
    ),
    # 120, once
    "an outage within work told too late": Case(
        "2026-11",
        (done(*NIGHT, "2026-11-10 10:00"), outage("2026-11-14 22:30", "2026-11-14 23:00")),
        120,
        "99.722",
        why=("late notice 120", "same time 30"),
    ),
    # 00:00 to 00:45, once
    "an overrun that was declared an outage": Case(
        "2026-11",
        (
            done(*NIGHT, TOLD, ("2026-11-14 22:00", "2026-11-15 00:45")),
            outage("2026-11-15 00:00", "2026-11-15 00:45"),
        ),
        45,
        "99.895",
        planned=120,
        why=("planned 120", "overran 45", "same time 45"),
    ),
    "not carried out": Case("2026-11", (window(*NIGHT, announced(TOLD, *NIGHT)),), 0, "100.000", why=()),
    # 14 days and 20 min: 20 180; 00:00 to 00:20: 20 / 20 180 = 0.099 10 %
    "still at it": Case(
        "2026-11",
        (done(*NIGHT, TOLD, ("2026-11-14 22:00", None)),),
        20,
        "99.900",
        planned=120,
        why=("planned 120", "overran 20"),
        now="2026-11-15 00:20",
    ),
    # 22:00 to 01:00, all told
    "two windows that overlap": Case(
        "2026-11",
        (done(*NIGHT, TOLD), done("2026-11-14 23:00", "2026-11-15 01:00", TOLD, ticket=902)),
        0,
        "100.000",
        planned=180,
        why=("planned 120", "planned 60", "planned 60"),
    ),
    # 23:00 to 24:00 the first one's times hold for both; 00:00 to 01:00 counts
    "two that overlap, the second told too late": Case(
        "2026-11",
        (done(*NIGHT, TOLD), done("2026-11-14 23:00", "2026-11-15 01:00", "2026-11-13 10:00", ticket=902)),
        60,
        "99.861",
        planned=120,
        why=("planned 120", "planned 60", "late notice 60"),
    ),
    # of 00:00 to 02:00 nothing, 02:00 to 03:00 counts
    "over the edge of the month, and overran": Case(
        "2026-11",
        (done("2026-10-31 23:00", "2026-11-01 02:00", "2026-10-20 10:00", ("2026-10-31 23:00", "2026-11-01 03:00")),),
        60,
        "99.861",
        planned=120,
        why=("planned 120", "overran 60"),
    ),
    # 01:00 to 04:00 on the clock are four hours; 04:00 to 04:30: 30 / 44 700 = 0.067 11 %
    "over the hour that the clock repeats, and overran": Case(
        "2026-10",
        (done("2026-10-25 01:00", "2026-10-25 04:00", "2026-10-12 10:00", ("2026-10-25 01:00", "2026-10-25 04:30")),),
        30,
        "99.932",
        planned=240,
    ),
    # the same hour a week before, though it is 169 hours
    "a week of notice over the repeated hour": Case(
        "2026-10", (done("2026-10-27 10:00", "2026-10-27 11:00", "2026-10-20 10:00"),), 0, "100.000", planned=60
    ),
    # a minute later it is 168 hours and 59 minutes, and too late
    "and a minute less": Case(
        "2026-10", (done("2026-10-27 10:00", "2026-10-27 11:00", "2026-10-20 10:01"),), 60, "99.865"
    ),
    # the same hour a week before, though it is 167 hours only
    "a week of notice over the skipped hour": Case(
        "2026-03", (done("2026-03-31 10:00", "2026-03-31 11:00", "2026-03-24 10:00"),), 0, "100.000", planned=60
    ),
}

CHANGED = {
    "cancelled": Case(
        "2026-11",
        (window(*NIGHT, announced(TOLD, *NIGHT), cancelled="2026-11-13 10:00"),),
        0,
        "100.000",
        why=(),
    ),
    # its time is a time like any other: 22:30 to 23:00
    "cancelled, and down in its time": Case(
        "2026-11",
        (
            window(*NIGHT, announced(TOLD, *NIGHT), cancelled="2026-11-13 10:00"),
            outage("2026-11-14 22:30", "2026-11-14 23:00"),
        ),
        30,
        "99.930",
        why=("outage 30",),
    ),
    # 22:00 to 22:50 it went on
    "cancelled in the middle": Case(
        "2026-11",
        (window(*NIGHT, announced(TOLD, *NIGHT), work=("2026-11-14 22:00", None), cancelled="2026-11-14 22:50"),),
        0,
        "100.000",
        planned=50,
        why=("planned 50",),
    ),
    "moved in time": Case(
        "2026-11",
        (
            window(
                "2026-11-21 22:00",
                "2026-11-22 00:00",
                announced("2026-11-01 10:00", *NIGHT),
                announced("2026-11-06 10:00", "2026-11-21 22:00", "2026-11-22 00:00"),
                work=("2026-11-21 22:00", "2026-11-22 00:00"),
            ),
        ),
        0,
        "100.000",
        planned=120,
    ),
    # 23:00 to 24:00 lies in both; 00:00 to 01:00 counts
    "moved too late": Case(
        "2026-11",
        (
            window(
                "2026-11-14 23:00",
                "2026-11-15 01:00",
                announced(TOLD, *NIGHT),
                announced("2026-11-13 10:00", "2026-11-14 23:00", "2026-11-15 01:00"),
                work=("2026-11-14 23:00", "2026-11-15 01:00"),
            ),
        ),
        60,
        "99.861",
        planned=60,
        why=("planned 60", "late notice 60"),
    ),
    # told twice, and a day too late for the second times
    "moved too late to another day": Case(
        "2026-11",
        (
            window(
                "2026-11-15 22:00",
                "2026-11-16 00:00",
                announced(TOLD, *NIGHT),
                announced("2026-11-09 10:00", "2026-11-15 22:00", "2026-11-16 00:00"),
                work=("2026-11-15 22:00", "2026-11-16 00:00"),
            ),
        ),
        120,
        "99.722",
        why=("late notice 120",),
    ),
    # 22:00 to 23:00 lies in both; what it took longer counts
    "shortened too late, and then as before": Case(
        "2026-11",
        (
            window(
                "2026-11-14 22:00",
                "2026-11-14 23:00",
                announced(TOLD, *NIGHT),
                announced("2026-11-13 10:00", "2026-11-14 22:00", "2026-11-14 23:00"),
                work=NIGHT,
            ),
        ),
        60,
        "99.861",
        planned=60,
        why=("planned 60", "overran 60"),
    ),
    # who was told last in time, was told of another day
    "moved away in time, and back too late": Case(
        "2026-11",
        (
            window(
                *NIGHT,
                announced("2026-11-01 10:00", *NIGHT),
                announced("2026-11-05 10:00", "2026-11-21 22:00", "2026-11-22 00:00"),
                announced("2026-11-10 10:00", *NIGHT),
                work=NIGHT,
            ),
        ),
        120,
        "99.722",
        why=("late notice 120",),
    ),
    # 00:00 to 01:00
    "extended while it went on": Case(
        "2026-11",
        (
            window(
                "2026-11-14 22:00",
                "2026-11-15 01:00",
                announced(TOLD, *NIGHT),
                announced("2026-11-14 23:30", "2026-11-14 22:00", "2026-11-15 01:00"),
                work=("2026-11-14 22:00", "2026-11-15 01:00"),
            ),
        ),
        60,
        "99.861",
        planned=120,
        why=("planned 120", "overran 60"),
    ),
    # a change that nobody was told of yet takes away, and adds nothing: 22:00 to 23:00 and 00:00 to 01:00 count
    "moved, and nobody told of it": Case(
        "2026-11",
        (
            window(
                "2026-11-14 23:00",
                "2026-11-15 01:00",
                announced(TOLD, *NIGHT),
                nobody("2026-11-05 10:00", "2026-11-14 23:00", "2026-11-15 01:00"),
                work=("2026-11-14 22:00", "2026-11-15 01:00"),
            ),
        ),
        120,
        "99.722",
        planned=60,
        why=("early 60", "planned 60", "late notice 60"),
    ),
}

CASES = {**OUTAGES, **EDGES, **CLOCK_CHANGES, **NOW, **CORRECTED, **MAINTENANCE, **CHANGED}


def test_each_case_has_a_name_of_its_own() -> None:
    """And there are enough of them."""
    tables = (OUTAGES, EDGES, CLOCK_CHANGES, NOW, CORRECTED, MAINTENANCE, CHANGED)
    assert len(CASES) == sum(map(len, tables)) >= 40


@pytest.mark.parametrize("name", CASES)
def test_the_month(name: str) -> None:
    case = CASES[name]
    result = case.worked_out()
    assert minutes(result.counted) == pytest.approx(case.down, abs=1e-9)
    assert minutes(result.excluded) == pytest.approx(case.planned, abs=1e-9)
    assert (None if result.figure is None else percent(result.figure)) == case.figure
    if case.left is not None:
        assert minutes(result.left) == pytest.approx(case.left, abs=1e-9)
    if case.why is not None:
        assert whys(result) == case.why


@pytest.mark.parametrize("name", CASES)
def test_lines_and_days_add_up_to_the_month(name: str) -> None:
    """Whoever adds up the table or the strip gets the figure."""
    result = CASES[name].worked_out()
    assert sum((line.counted for line in result.lines), timedelta()) == result.counted
    assert sum((day.counted for day in result.days), timedelta()) == result.counted
    assert sum((day.measured for day in result.days), timedelta()) == result.measured.length
    planned = [piece.span for day in result.days for piece in day.pieces if not piece.counts]
    assert length(planned) == result.excluded
    assert all(a.span.end <= b.span.start for day in result.days for a, b in pairwise(day.pieces))


def test_a_target_is_met_at_its_very_figure_and_not_a_second_below() -> None:
    assert CASES["the whole budget"].worked_out().met is True
    assert CASES["a second more than the budget"].worked_out().met is False
    assert CASES["a month that is still to come"].worked_out().met is None


def test_a_percentage_is_never_rounded_up_to_what_was_promised() -> None:
    assert percent(Fraction(94_999_999, 100_000_000)) == "94.999"
    assert percent(Fraction(94_999_999, 100_000_000), 2) == "94.99"
    assert percent(Fraction(1)) == "100.000"
    assert percent(Fraction(1, 200), 1) == "0.5"


def test_what_is_not_counted_names_what_has_it() -> None:
    """The maintenance that excuses it, or the interval that has counted it."""
    result = Case("2026-11", (done(*NIGHT, TOLD), outage("2026-11-14 23:30", "2026-11-15 00:30")), 0, "").worked_out()
    assert [(p.why, p.by) for p in result.lines[1].pieces] == [("planned", 901), ("outage", None)]
    result = CASES["two that overlap count once"].worked_out()
    assert [(p.why, p.by) for p in result.lines[1].pieces] == [("same time", 1), ("outage", None)]


def test_what_took_no_time_is_listed_where_it_lies_and_nowhere_else() -> None:
    """A cancelled window, one that was never begun and an end before the start are shown; other months' are not."""
    sources = (
        window(*NIGHT, cancelled="2026-11-13 10:00"),
        window("2026-11-20 22:00", "2026-11-20 23:00", ticket=902),
        outage("2026-11-10 09:00", "2026-11-10 10:00", ends=["2026-11-10 08:00"]),
        window("2026-10-14 22:00", "2026-10-14 23:00", ticket=903),
        outage("2026-12-01 00:00", "2026-12-01 01:00", 2),
        outage("2026-10-31 23:00", "2026-11-01 00:00", 3),
    )
    lines = Case("2026-11", sources, 0, "").worked_out().lines
    assert [line.source.ticket_id for line in lines] == [1, 901, 902]
    assert not any(line.pieces for line in lines)


SOON = "2026-11-09 12:00"
"""Too late for a window before 16 November, 12:00."""
COMING = {
    # what, and then: told, minutes as things stand, minutes at most
    "told in time": (
        window("2026-11-21 22:00", "2026-11-22 00:00", announced(TOLD, "2026-11-21 22:00", "2026-11-22 00:00")),
        ("in time", 0, 120),
    ),
    "can still be told in time": (window("2026-11-16 12:00", "2026-11-16 13:00"), ("not yet", 0, 60)),
    "can no longer be told in time": (window("2026-11-16 11:59", "2026-11-16 12:59"), ("too late", 60, 60)),
    "told too late": (window(*NIGHT, announced("2026-11-09 10:00", *NIGHT)), ("too late", 120, 120)),
    "decided, and not told to everybody": (window(*NIGHT, nobody(TOLD, *NIGHT)), ("too late", 120, 120)),
    "unplanned": (window("2026-11-28 22:00", "2026-11-28 23:00", planned=False), ("too late", 60, 60)),
    # 23:00 to 24:00 lies in both
    "moved too late": (
        window(*NIGHT, announced(TOLD, *NIGHT), announced("2026-11-09 10:00", "2026-11-14 23:00", "2026-11-15 01:00")),
        ("too late", 60, 120),
    ),
    # until midnight
    "over the edge of the month": (window("2026-11-30 22:00", "2026-12-01 03:00"), ("not yet", 0, 120)),
    # from now on: 12:00 to 13:00
    "begun by nobody yet": (window("2026-11-09 11:00", "2026-11-09 13:00"), ("too late", 60, 60)),
}  # fmt: skip


@pytest.mark.parametrize("name", COMING)
def test_what_a_window_would_cost(name: str) -> None:
    source, (told, cost, at_most) = COMING[name]
    (forecast,) = Case("2026-11", (source,), 0, "", now=SOON).worked_out().coming
    assert (forecast.told, minutes(forecast.cost), minutes(forecast.at_most)) == (told, cost, at_most)


@pytest.mark.parametrize(
    "source",
    [
        window(*NIGHT, cancelled="2026-11-08 10:00"),
        window("2026-11-09 11:00", "2026-11-09 13:00", work=("2026-11-09 11:00", None)),
        window("2026-11-08 11:00", "2026-11-08 13:00"),
        window("2026-12-05 11:00", "2026-12-05 13:00"),
    ],
    ids=["cancelled", "under way", "over", "in another month"],
)
def test_what_costs_nothing_more(source: WindowRecord) -> None:
    assert Case("2026-11", (source,), 0, "", now=SOON).worked_out().coming == ()


def test_the_figure_at_the_end_with_a_window_and_without() -> None:
    """240 of 43 200 were down, and 120 may be yet: 99.444 % and 99.166 %; 1 920 and 1 800 are left."""
    sources = (outage("2026-11-05 10:00", "2026-11-05 14:00"), window(*NIGHT))
    result = Case("2026-11", sources, 0, "", now=SOON).worked_out()
    (forecast,) = result.coming
    without_it, with_it = result.at_end(), result.at_end(forecast.cost)
    assert without_it is not None
    assert with_it is not None
    assert (percent(without_it), percent(with_it)) == ("99.444", "99.166")
    assert minutes(result.left) == 1920
    assert minutes(result.left - forecast.cost) == 1800


def test_a_week_before_is_a_week_by_the_clock() -> None:
    (forecast,) = (
        Case("2026-10", (window("2026-10-27 10:00", "2026-10-27 11:00"),), 0, "", now="2026-10-02 00:00")
        .worked_out()
        .coming
    )
    assert forecast.tell_by == at("2026-10-20 10:00")


def test_by_when_how_many_had_been_told() -> None:
    made = announced(TOLD, *NIGHT, "2026-11-07 22:01", TOLD, "2026-11-13 09:00", contacts=2)
    assert (made.told_by(at("2026-11-07 22:00")), made.complete_at) == (1, at("2026-11-07 22:01"))
    assert announced(TOLD, *NIGHT, TOLD, contacts=2).complete_at is None
