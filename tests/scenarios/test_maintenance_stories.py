"""Maintenance windows over HTTP and Redis: their tickets, their notices, what their contacts hear, whatever breaks."""

from __future__ import annotations

import contextlib
from collections import Counter
from collections.abc import Callable, Iterator
from dataclasses import replace
from datetime import timedelta
from typing import Any, Final

import pytest
from icalendar import Calendar
from redis import Redis

from tests.builders import a_rule_of, paris
from tests.core.windows import a_window
from tests.scenarios.campaigns import end_users, notices
from tests.scenarios.wire import Crash, When
from tests.scenarios.world import TOM, World, keys_of, live_rulebook, with_other_hash
from zdsync.control import STOP_TAG, external_id
from zdsync.core.maintenance import PARENT
from zdsync.core.rulebook import Mode, Rulebook
from zdsync.core.windows import Window
from zdsync.maintenance import keep_windows
from zdsync.sandbox import Server
from zdsync.sandbox.attachments import content_of

CREATE: Final = "POST /tickets"
CONTACTS: Final = 4
NOON: Final = "12:00"
WINDOW: Final = a_window("2026-11-25 22:00", "2026-11-26 02:00", announce_at=paris("2026-11-23 10:00"))
MOVED: Final = replace(WINDOW, start=paris("2026-11-27 22:00"), end=paris("2026-11-28 02:00"))


def rules(*windows: Window, mode: Mode = "live", **settings: Any) -> Rulebook:
    rule = a_rule_of("maintenance", mode, audience={}, countdown=None, **settings)
    return live_rulebook(rules=(rule,), windows={window.id: window for window in windows})


@pytest.fixture
def world(server: Server, redis: Redis, prefix: str) -> Iterator[World]:
    """A window of the night to Thursday is to be announced on Monday at ten: too late to count as planned."""
    made = World(server, redis, prefix, rulebook=rules(WINDOW))
    for user_id in sorted(end_users(made))[CONTACTS:]:
        made.account.users[user_id]["suspended"] = True
    yield made
    made.close()


def change(world: World, *windows: Window) -> None:
    """An admin writes these windows, and the worker takes them over."""
    world.rulebook = with_other_hash(world.rulebook, windows={window.id: window for window in windows})
    assert world.worker.rules.take_over()
    world.hint(*world.account.tickets)


def until(world: World, at: str) -> None:
    """Go on; the windows are looked at before and after."""
    keep_windows(world.parts)
    world.until(at)
    keep_windows(world.parts)
    world.until(world.now + timedelta(minutes=1))


def parents(world: World) -> list[int]:
    rows = (ticket.row for ticket in world.account.tickets.values())
    return [row["id"] for row in rows if str(row["external_id"] or "").startswith(PARENT)]


def heard(world: World) -> Counter[tuple[str, ...]]:
    """What the contacts have heard of each window, and how many of them just that."""
    return Counter(
        tuple(_what(key) for audit in each.audits for key in keys_of(audit) if ":sent:" not in key)
        for each in notices(world)
    )


def _what(key: str) -> str:
    return "notice" if key.startswith("notice:") else key.split(":")[2]


def noted(world: World) -> list[str]:
    (parent,) = parents(world)
    return [_what(key) for key in world.keys(parent)]


def test_a_window_is_announced_reminded_of_started_and_completed_once_for_each_contact(world: World) -> None:
    until(world, "09:59")
    assert (parents(world), notices(world)) == ([], [])
    until(world, NOON)
    assert len(parents(world)) == 1
    assert heard(world) == {("notice",): CONTACTS}
    assert {each.row["requester_id"] for each in notices(world)} == end_users(world)
    until(world, "26 12:00")
    assert heard(world) == {("notice", "reminded", "started", "completed"): CONTACTS}
    assert noted(world) == ["announced", "sent", "reminded", "started", "ending", "completed"]
    assert {each.row["status"] for each in notices(world)} <= {"solved", "closed"}
    assert len(parents(world)) == 1
    world.sane()


def test_the_parent_is_a_private_problem_of_ours_and_the_notices_hang_on_it(world: World) -> None:
    until(world, NOON)
    (parent,) = parents(world)
    row = world.account.tickets[parent].row
    assert (row["type"], row["is_public"], row["requester_id"]) == ("problem", False, world.us)
    assert {each.row["problem_id"] for each in notices(world)} == {parent}
    assert {"zdsync_maintenance", "zdsync_notice", "zdsync_step_1"} <= set(notices(world)[0].row["tags"])


def _files(world: World) -> Iterator[Any]:
    """The calendar files that went to one contact, in order."""
    for audit in notices(world)[0].audits:
        for event in audit["events"]:
            for attachment in event.get("attachments", ()):
                yield Calendar.from_ical(content_of(world.account.attachments[attachment]))


def test_the_calendar_file_of_a_window_moves_and_goes_with_it(world: World) -> None:
    until(world, NOON)
    change(world, MOVED)
    until(world, "14:00")
    change(world, replace(MOVED, cancelled=True))
    until(world, "16:00")
    assert heard(world) == {("notice", "changed", "cancelled"): CONTACTS}
    calendars = list(_files(world))
    events = [calendar.walk("VEVENT")[0] for calendar in calendars]
    assert not any("METHOD" in calendar for calendar in calendars)
    assert [event["STATUS"] for event in events] == ["CONFIRMED", "CONFIRMED", "CANCELLED"]
    assert len({event["UID"] for event in events}) == 1
    sequence = [int(event["SEQUENCE"]) for event in events]
    assert sequence == sorted(set(sequence))
    assert [event.decoded("DTSTART") for event in events] == [WINDOW.start, MOVED.start, MOVED.start]
    world.sane()


def test_a_cancellation_in_the_file_between_two_mails_stops_them_and_reaches_whoever_had_one(world: World) -> None:
    world.go("10:00")
    keep_windows(world.parts)
    cancelled = replace(WINDOW, cancelled=True)
    world.wire.on(CREATE, lambda: _after_two_more(world, lambda: change(world, cancelled)), "after")
    until(world, NOON)
    assert heard(world) == {("notice", "cancelled"): 3}
    world.sane()


def test_a_cancellation_by_an_agent_between_two_mails_does_the_same(world: World) -> None:
    world.go("10:00")
    keep_windows(world.parts)
    (parent,) = parents(world)
    note: dict[str, Any] = {"comment": "/zdsync maintenance cancel", "public": False, "channel": "web"}
    world.wire.on(CREATE, lambda: _after_two_more(world, lambda: world.act(TOM, ticket=parent, **note)), "after")
    until(world, NOON)
    assert heard(world) == {("notice", "cancelled"): 3}
    world.sane()


def _after_two_more(world: World, do: Callable[[], object]) -> None:
    """At the third notice."""
    world.wire.on(CREATE, lambda: world.wire.on(CREATE, do, "after"), "after")


def test_an_agent_extends_and_everybody_hears_it_once(world: World) -> None:
    until(world, NOON)
    until(world, "26 01:50")
    (parent,) = parents(world)
    world.act(TOM, ticket=parent, comment="/zdsync maintenance extend 2026-11-26 03:30", public=False, channel="web")
    until(world, "26 12:00")
    assert heard(world) == {("notice", "reminded", "started", "extended", "completed"): CONTACTS}
    completed = next(at for key, at in world.keys(parent).items() if ":completed:" in key)
    assert completed - paris("2026-11-26 03:30") < timedelta(minutes=1)


def test_whoever_joins_the_audience_meanwhile_gets_the_notice_too(world: World) -> None:
    newcomer = world.account.users[min(end_users(world))]
    newcomer["suspended"] = True
    until(world, NOON)
    assert len(notices(world)) == CONTACTS - 1
    newcomer["suspended"] = False
    until(world, "24 12:00")
    assert heard(world) == {("notice",): CONTACTS}


def test_a_windows_ticket_is_solved_a_day_after_its_end_and_nobody_hears_of_that(world: World) -> None:
    until(world, NOON)
    until(world, "26 12:00")
    before, (parent,) = heard(world), parents(world)
    assert world.account.tickets[parent].row["status"] == "open"
    until(world, "27 12:00")
    assert world.account.tickets[parent].row["status"] == "solved"
    assert noted(world)[-1] == "solved"
    assert heard(world) == before
    assert {_public(each) for each in notices(world)} == {4}
    world.sane()


def _public(ticket: Any) -> int:
    events = (event for audit in ticket.audits for event in audit["events"])
    return sum(event["type"] == "Comment" and event["public"] for event in events)


@pytest.fixture
def held(server: Server, redis: Redis, prefix: str) -> Iterator[World]:
    """The same on a desk that asks for confirmations."""
    both = (a_rule_of("maintenance", audience={}, countdown=None), a_rule_of("confirmation_hold"))
    made = World(server, redis, prefix, rulebook=live_rulebook(rules=both, windows={"db": WINDOW}))
    for user_id in sorted(end_users(made))[CONTACTS:]:
        made.account.users[user_id]["suspended"] = True
    yield made
    made.close()


def answer(world: World, number: int = 0) -> int:
    """A contact answers their notice, as people do when a window is over."""
    ticket = notices(world)[number].row
    address = world.account.users[ticket["requester_id"]]["email"]
    world.act(address, ticket=ticket["id"], comment="It is slow now.", channel="email")
    return int(ticket["id"])


def test_while_an_answer_is_open_the_windows_ticket_is_too_and_zendesk_solves_nothing(held: World) -> None:
    until(held, NOON)
    until(held, "26 12:00")
    question = answer(held)
    until(held, "28 12:00")
    (parent,) = parents(held)
    assert {held.account.tickets[each].row["status"] for each in (parent, question)} == {"open"}


def test_an_answer_that_comes_while_zendesk_solves_what_is_linked_is_open_again(held: World) -> None:
    until(held, NOON)
    until(held, "26 12:00")
    (parent,) = parents(held)
    held.wire.on(f"PUT /tickets/{parent}", lambda: answer(held), "after")
    until(held, "27 12:00")
    question = notices(held)[0].row
    assert held.account.tickets[parent].row["status"] == "solved"
    assert question["status"] == "open"
    assert _public(notices(held)[0]) == 5, "what was told, and the answer: nobody was asked whether that is all"


NOT_MADE = {
    "in shadow": (rules(WINDOW, mode="shadow"), False),
    "with the rule off": (rules(WINDOW, mode="off"), False),
    "cancelled": (rules(replace(WINDOW, cancelled=True)), False),
    "over before it was written": (rules(a_window("2026-11-20 22:00", "2026-11-21 02:00")), False),
    "while somebody stops everything": (rules(WINDOW), True),
}


@pytest.mark.parametrize(("rulebook", "stopped"), NOT_MADE.values(), ids=NOT_MADE)
def test_a_window_that_may_not_be_announced_has_no_ticket(
    server: Server, redis: Redis, prefix: str, rulebook: Rulebook, stopped: bool
) -> None:
    world = World(server, redis, prefix, rulebook=rulebook)
    if stopped:
        (control,) = (
            ticket
            for ticket, each in world.account.tickets.items()
            if each.row["external_id"] == external_id(world.now)
        )
        world.act(TOM, ticket=control, add_tags=[STOP_TAG], channel="web")
    until(world, NOON)
    assert (parents(world), notices(world)) == ([], [])
    world.close()


def test_in_shadow_it_is_recorded_once_that_a_window_would_be_announced(
    server: Server, redis: Redis, prefix: str
) -> None:
    world = World(server, redis, prefix, rulebook=rules(WINDOW, mode="shadow"))
    until(world, "09:30")
    assert list(world.store.shadow) == [], "it is not due yet"
    until(world, NOON)
    until(world, "13:00")
    (would,) = world.store.shadow
    assert (would.ticket_id, would.rule) == (0, "maintenance")
    assert would.words == "open a ticket for the window db and announce it"
    world.close()


def test_without_an_epoch_no_ticket_is_made_and_after_the_resync_one(world: World) -> None:
    world.go("10:00")
    world.empty_redis()
    assert keep_windows(world.parts) == 0
    world.resync()
    assert keep_windows(world.parts) == 1
    until(world, NOON)
    assert heard(world) == {("notice",): CONTACTS}


def test_a_lost_redis_makes_no_second_ticket_and_tells_nobody_twice(world: World) -> None:
    until(world, NOON)
    world.empty_redis()
    world.resync()
    until(world, "26 12:00")
    assert len(parents(world)) == 1
    assert heard(world) == {("notice", "reminded", "started", "completed"): CONTACTS}


def test_a_ticket_whose_creation_was_not_answered_is_found_and_not_made_again(world: World) -> None:
    world.go("10:00")
    world.faults({"path": "/tickets", "method": "POST", "do": "lose_reply"})
    assert keep_windows(world.parts) == 0
    world.go("10:00:30")
    keep_windows(world.parts)
    until(world, NOON)
    assert len(parents(world)) == 1
    assert heard(world) == {("notice",): CONTACTS}


def test_a_crash_at_any_call_on_the_way_to_the_ticket_makes_one_that_is_looked_at(world: World) -> None:
    world.go("10:00")
    before = world.save()
    assert keep_windows(world.parts) == 1
    calls = tuple(world.wire.calls)
    moments: tuple[When, ...] = ("before", "after")
    for at in range(len(calls)):
        for when in moments:
            world.rewind(before)
            world.wire.cut_at, world.wire.cut = at, when
            with contextlib.suppress(Crash):
                keep_windows(world.parts)
            assert world.wire.ended, calls[at]
            world.restart()
            world.go("10:00:30")
            keep_windows(world.parts)
            (parent,) = parents(world)
            assert world.due()[parent] <= world.now, f"{when} {calls[at]}"
    until(world, "10:02")
    assert heard(world) == {("notice",): CONTACTS}


def test_a_ticket_that_somebody_else_has_named_like_a_window_is_none(world: World) -> None:
    act: dict[str, Any] = {
        "subject": "Me",
        "comment": "Tell all.",
        "external_id": f"{PARENT}db",
        "type": "problem",
        "channel": "api",
    }
    foreign = world.act(TOM, **act)
    until(world, NOON)
    assert set(parents(world)) > {foreign}
    assert {each.row["problem_id"] for each in notices(world)} == set(parents(world)) - {foreign}
    assert world.keys(foreign) == {}
