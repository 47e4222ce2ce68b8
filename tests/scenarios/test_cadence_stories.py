"""How often the customer hears from an agent, over the whole way: reminders, lapses, escalation, and who is mailed.

Customers are told nothing by it; agents are mailed where a note would reach nobody.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from redis import Redis

from tests.builders import paris
from tests.scenarios.editions import three_promises, three_rules, world_of
from tests.scenarios.stories import Step, ending
from tests.scenarios.tables import Row, check, play, said
from tests.scenarios.world import BEGIN, CLAIRE, EMILY, JEANNE, TOM, World, paris_time
from zdsync.core.controls import EXEMPT_TAG
from zdsync.sandbox import Server
from zdsync.sandbox.base import iso_ms

OVERDUE = frozenset({"update_overdue"})

MakeWorld = Callable[..., World]


@pytest.fixture
def make_world(server: Server, redis: Redis, prefix: str) -> MakeWorld:
    return lambda begin=BEGIN, **more: world_of(server, redis, prefix, "trigger", begin, **more)


def request(priority: str, replied: str = "10:00", **reply: Any) -> tuple[Step, ...]:
    """Asked an hour before Tom replies; he has it then, unless the reply says otherwise."""
    day, _, time = replied.rpartition(" ")
    asked = f"{day} {int(time[:2]) - 1:02}:{time[3:]}".strip()
    given = {"comment": "Looking.", "assignee": TOM, "status": "open", **reply}
    return (
        (asked, EMILY, {"subject": "No rows", "comment": "It fails.", "priority": priority, "channel": "email"}),
        (replied, TOM, given),
    )


def says(at: str, **more: Any) -> Step:
    """Tom writes to the customer."""
    return at, TOM, {"comment": "We are on it.", **more}


OPENED = ("09:00 emily received", "10:00 emily news")

STORIES: Mapping[str, Row] = {
    "P1: reminder, lapses, escalation": Row(
        steps=request("urgent"),
        until="12:00",
        said=["10:20 cadence soon", "10:30 cadence 1", "11:00 cadence 2", "11:30 cadence escalate"],
        mails=[*OPENED, "11:30 support escalated"],
        tags=OVERDUE,
        promise="overdue 2026-11-23 10:30 CET",
    ),
    "P1: told ever more rarely": Row(
        steps=request("urgent"),
        until="24 18:00",
        said=[
            "10:20 cadence soon",
            "10:30 cadence 1",
            "11:00 cadence 2",
            "11:30 cadence escalate",
            "13:00 cadence 6",
            "16:00 cadence 12",
            "24 13:00 cadence 24",
        ],
        mails=[*OPENED, "11:30 support escalated"],
        tags=OVERDUE,
    ),
    "P1: answered in time": Row(
        steps=(*request("urgent"), says("10:15"), says("10:40"), says("10:59")),
        until="11:10",
        said=["10:35 cadence soon"],
        mails=[*OPENED, "10:15 emily news", "10:40 emily news", "10:59 emily news"],
        promise="2026-11-23 11:29 CET",
    ),
    "P1: answered late": Row(
        steps=(*request("urgent"), says("10:45")),
        until="11:00",
        said=["10:20 cadence soon", "10:30 cadence 1"],
        mails=[*OPENED, "10:45 emily news"],
        promise="2026-11-23 11:15 CET",
    ),
    "P1: neither notes nor the customer's words count": Row(
        steps=(
            *request("urgent"),
            ("10:05", CLAIRE, {"comment": "Try another node.", "public": False}),
            ("10:10", EMILY, {"comment": "Any news?", "channel": "email"}),
        ),
        until="10:45",
        said=["10:20 cadence soon", "10:30 cadence 1"],
        mails=[*OPENED, "10:10 tom told"],
        tags=OVERDUE,
    ),
    "P1: over a night": Row(
        steps=request("urgent", "17:45"),
        until="24 09:30",
        said=["24 09:05 cadence soon", "24 09:15 cadence 1"],
        mails=["16:45 emily received", "17:45 emily news"],
        tags=OVERDUE,
    ),
    "P2: reminder, lapses, escalation": Row(
        steps=request("high"),
        until="27 18:00",
        said=["24 17:00 cadence soon", "25 09:00 cadence 1", "26 09:00 cadence 2", "27 09:00 cadence escalate"],
        mails=[*OPENED, "27 09:00 support escalated"],
        tags=OVERDUE,
    ),
    "P2: answered each day": Row(
        steps=(*request("high"), says("24 16:00"), says("25 17:30"), says("26 10:00")),
        until="26 18:00",
        said=["25 17:00 cadence soon"],
        mails=[*OPENED, "24 16:00 emily news", "25 17:30 emily news", "26 10:00 emily news"],
        promise="2026-11-27 18:00 CET",
    ),
    "P2: over a weekend": Row(
        steps=request("high", "27 16:00"),
        until="12-01 12:00",
        said=["30 17:00 cadence soon", "12-01 09:00 cadence 1"],
        mails=["27 15:00 emily received", "27 16:00 emily news"],
        tags=OVERDUE,
    ),
    "P3: reminder, lapses, escalation": Row(
        steps=request("normal"),
        until="12-01 18:00",
        said=["24 17:00 cadence soon", "25 10:00 cadence 1", "27 10:00 cadence 2", "12-01 10:00 cadence escalate"],
        mails=[*OPENED, "12-01 10:00 support escalated"],
        tags=OVERDUE,
    ),
    "P3 becomes P1": Row(
        steps=(*request("normal"), ("10:30", CLAIRE, {"priority": "urgent"})),
        until="11:15",
        said=["10:50 cadence soon", "11:00 cadence 1"],
        mails=OPENED,
        tags=OVERDUE,
    ),
    "no reply yet": Row(
        steps=request("urgent", comment=None),
        until="24 12:00",
        mails=["09:00 emily received"],
        promise=None,
    ),
    "pending, then with us again": Row(
        steps=(
            *request("urgent", status="pending"),
            ("15:00", EMILY, {"comment": "It is the blue one.", "channel": "email"}),
        ),
        until="15:45",
        said=["15:20 cadence soon", "15:30 cadence 1"],
        mails=[*OPENED, "15:00 tom told"],
        tags=OVERDUE,
    ),
    "overdue, then pending": Row(
        steps=(*request("urgent"), says("10:45", status="pending")),
        until="24 18:00",
        said=["10:20 cadence soon", "10:30 cadence 1"],
        mails=[*OPENED, "10:45 emily news"],
        status="Pending",
        promise=None,
    ),
    "overdue, then waiting for the confirmation": Row(
        steps=(*request("urgent"), ("10:45", TOM, {"status": "solved"})),
        until="24 18:00",
        said=["10:20 cadence soon", "10:30 cadence 1"],
        mails=[*OPENED, "10:45 emily asked"],
        status="Awaiting confirmation",
        tags=frozenset({"zdsync_awaiting_confirmation"}),
        promise=None,
    ),
    "nobody has it": Row(
        steps=request("urgent", assignee=None),
        until="11:45",
        said=["10:20 cadence soon", "10:30 cadence 1", "11:00 cadence 2", "11:30 cadence escalate"],
        mails=[
            *OPENED,
            *(f"{at} support mailed" for at in ("10:20", "10:30", "11:00", "11:30")),
            "11:30 support escalated",
        ],
        tags=OVERDUE,
    ),
    "taken after the first mail": Row(
        steps=(*request("urgent", assignee=None), ("10:25", CLAIRE, {"assignee": CLAIRE})),
        until="10:45",
        said=["10:20 cadence soon", "10:30 cadence 1"],
        mails=[*OPENED, "10:20 support mailed"],
        tags=OVERDUE,
    ),
    "snoozed by a tag": Row(
        steps=(*request("urgent"), ("10:05", TOM, {"add_tags": "zdsync_snooze_4h"})),
        until="15:30",
        said=["14:05 cadence escalate"],
        mails=[*OPENED, "14:05 support escalated"],
        tags=OVERDUE,
    ),
    "snoozed by a command": Row(
        steps=(*request("urgent"), ("10:25", TOM, {"comment": "/zdsync snooze 20m", "public": False})),
        until="11:15",
        said=["10:20 cadence soon", "10:45 cadence 1", "11:00 cadence 2"],
        mails=OPENED,
        tags=OVERDUE,
    ),
    "exempt by a tag": Row(
        steps=(*request("urgent"), ("10:25", TOM, {"add_tags": EXEMPT_TAG})),
        until="24 18:00",
        said=["10:20 cadence soon"],
        mails=OPENED,
        tags=frozenset({EXEMPT_TAG}),
        promise=None,
    ),
    "exempt by a command": Row(
        steps=(*request("urgent"), ("10:35", TOM, {"comment": "/zdsync exempt", "public": False})),
        until="24 18:00",
        said=["10:20 cadence soon", "10:30 cadence 1"],
        mails=OPENED,
        tags=frozenset({EXEMPT_TAG}),
        promise=None,
    ),
    "no priority": Row(
        steps=request(""),
        until="24 18:00",
        mails=OPENED,
        promise=None,
    ),
}

HEARD = pytest.mark.parametrize("heard", [True, False], ids=["heard", "found by the poll"])


@HEARD
@pytest.mark.parametrize("name", STORIES)
def test_a_story(make_world: MakeWorld, name: str, heard: bool) -> None:
    """With its webhooks, and with all of them lost."""
    check(make_world(), STORIES[name], heard)


HOLDING: Mapping[str, tuple[str, str]] = {
    "in English": (EMILY, "emily held off"),
    "in French": (JEANNE, "jeanne held off in French"),
}


@HEARD
@pytest.mark.parametrize(("customer", "mail"), HOLDING.values(), ids=HOLDING)
def test_a_customer_is_told_that_it_is_worked_on_where_that_is_switched_on(
    make_world: MakeWorld, customer: str, mail: str, heard: bool
) -> None:
    """Twice in a row and no more, then again after a person has written; nobody is told while one is at it."""
    name = mail.partition(" ")[0]
    asked = (
        ("09:00", customer, {"subject": "No rows", "comment": "It fails.", "priority": "urgent"}),
        request("urgent")[1],
    )
    row = Row(
        steps=(
            *asked,
            ("12:10", TOM, {"comment": "We are on it."}),
            ("12:35", CLAIRE, {"comment": "Hm.", "public": False}),
        ),
        until="13:00",
        said=[
            *("10:20 cadence soon", "10:30 cadence 1", "10:30 cadence holding 1"),
            *("11:00 cadence 2", "11:00 cadence holding 2"),
            *("11:30 cadence escalate", "12:30 cadence soon", "12:40 cadence 1", "12:50 cadence holding 1"),
        ],
        mails=[
            *(f"09:00 {name} received", f"10:00 {name} news", f"10:30 {mail}", f"11:00 {mail}"),
            *("11:30 support escalated", f"12:10 {name} news", f"12:50 {mail}"),
        ],
        tags=OVERDUE,
    )
    rules = three_promises(rules=three_rules(holding={"after": 1, "at_most": 2}))
    check(make_world(rulebook=rules), row, heard)


CALENDAR: Mapping[str, tuple[str, str, tuple[str, str]]] = {
    "over Armistice Day": ("high", "2026-11-10 10:00", ("2026-11-12 17:00", "2026-11-13 09:00")),
    "over Christmas": ("high", "2026-12-24 10:00", ("2026-12-28 17:00", "2026-12-29 09:00")),
    "over New Year": ("normal", "2026-12-31 10:00", ("2027-01-04 17:00", "2027-01-05 10:00")),
    "an hour twice": ("normal", "2026-10-23 10:00", ("2026-10-26 17:00", "2026-10-27 10:00")),
    "an hour less, and Easter": ("normal", "2027-03-26 10:00", ("2027-03-30 17:00", "2027-03-31 10:00")),
}


@HEARD
@pytest.mark.parametrize(("priority", "replied", "told"), CALENDAR.values(), ids=CALENDAR)
def test_days_are_business_days_and_hours_those_of_the_wall_clock(
    make_world: MakeWorld, priority: str, replied: str, told: tuple[str, str], heard: bool
) -> None:
    """Reminded and lapsed."""
    day = replied.partition(" ")[0]
    soon, lapsed = told
    row = Row(
        steps=request(priority, replied),
        until=f"{lapsed[:-5]}10:30",
        said=[f"{soon} cadence soon", f"{lapsed} cadence 1"],
        mails=[f"{day} 09:00 emily received", f"{replied} emily news"],
        tags=OVERDUE,
    )
    check(make_world(paris_time(f"{day} 09:00")), row, heard)


NIGHTS: Mapping[str, tuple[str, tuple[datetime, datetime]]] = {
    "in the evening": ("2026-11-23 17:50", (paris("2026-11-23 18:10"), paris("2026-11-23 18:20"))),
    "into the hour that comes twice": (
        "2026-10-25 02:50",
        (datetime(2026, 10, 25, 1, 10, tzinfo=UTC), datetime(2026, 10, 25, 1, 20, tzinfo=UTC)),
    ),
    "over the hour that is skipped": ("2027-03-28 01:50", (paris("2027-03-28 03:10"), paris("2027-03-28 03:20"))),
}


@pytest.mark.parametrize(("replied", "told"), NIGHTS.values(), ids=NIGHTS)
def test_day_and_night_where_somebody_is_on_call(
    make_world: MakeWorld, replied: str, told: tuple[datetime, datetime]
) -> None:
    """P1 with `calendar`: half an hour is half an hour."""
    begin = paris(replied) - timedelta(hours=1)
    rules = three_promises(rules=three_rules(p1_after_hours="calendar"), live_since=begin)
    world = make_world(begin, rulebook=rules)
    ticket = play(world, request("urgent", replied), told[1] + timedelta(minutes=5))
    found = said(world, ticket)
    assert [words for _, words in found] == ["cadence soon", "cadence 1"]
    assert [at.replace(second=0) for at, _ in found] == list(told)
    assert world.account.emails[-1]["at"] == iso_ms(round(paris(replied).timestamp() * 1000)), "mailed later"
    ending(world)
