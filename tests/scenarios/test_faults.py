"""Zendesk misbehaves, or the account's own switches change in the middle: nothing is doubled, nothing is lost."""

from __future__ import annotations

from copy import deepcopy
from datetime import timedelta
from itertools import pairwise
from typing import Any

import pytest
from structlog.testing import capture_logs

from tests.scenarios.stories import ending
from tests.scenarios.test_races import AFTER_EVALUATING, AUDITS, PUT, READ, TICKET, request, statuses, told_once
from tests.scenarios.world import BEGIN, EMILY, RAJ, TOM, US, World, kinds, live_rulebook, paris_time, with_other_hash
from zdsync.clock import AccountClock
from zdsync.control import STOP_TAG
from zdsync.core.rulebook import Caps
from zdsync.sandbox import Account, Server

UPDATE = {"method": "PUT", "path": f"/tickets/{TICKET}"}


def fault(call: str, **fault: Any) -> dict[str, Any]:
    """The call is answered like this."""
    method, _, path = call.partition(" ")
    return {"do": "reply", "method": method, "path": path, **fault}


def test_a_409_that_is_not_about_the_stamp_is_tried_again(world: World) -> None:
    """Writes collided inside of Zendesk: nothing was applied."""
    request(world)
    world.faults(fault(PUT, status=409))
    world.until("09:05")
    assert statuses(world) == [409, 200]
    told_once(world, "target:set")


@pytest.mark.parametrize("status", [400, 403, 413, 422])
def test_a_refused_update_is_held_back_for_an_hour_and_told_once(world: World, status: int) -> None:
    """It is tried again each hour; the operator hears of it the first time."""
    request(world)
    world.faults(fault(PUT, status=status, times=None))
    with capture_logs() as logs:
        world.until("12:30")
    assert statuses(world) == [status] * 4
    times = [paris_time(write["at"]) for write in world.our_writes(TICKET)]
    assert all(later - earlier >= timedelta(minutes=59) for earlier, later in pairwise(times))
    told = [entry for entry in logs if entry["event"] == "zendesk refuses an update"]
    assert kinds([what for entry in told for what in entry["what"]]) == ["target:set", "breach:first_reply"]
    assert "It fails." not in str(logs)
    world.faults()
    world.until("13:30")
    assert kinds(world.keys(TICKET)) == ["target:set", "breach:first_reply"]
    ending(world)


def test_a_deadline_is_not_slept_through_while_something_else_is_held_back(world: World) -> None:
    """The fields of a changed priority are refused at 10:20; the warning at 10:45 still comes at its time."""
    request(world)
    world.until("10:20")
    world.faults(fault(PUT, status=422))
    world.act(TOM, ticket=TICKET, priority="normal")
    world.until("10:44")
    assert statuses(world) == [200, 422]
    world.until("10:46")
    assert kinds(world.keys(TICKET)) == ["target:set", "warn:first_reply"]
    assert list(world.keys(TICKET).values())[-1] == paris_time("10:45")


@pytest.mark.parametrize("call", [READ, AUDITS, PUT])
@pytest.mark.parametrize("form", ["json", "text", "html", "empty"])
def test_a_429_pauses_its_family_and_loses_nothing(world: World, call: str, form: str) -> None:
    """Nobody calls again before Zendesk said; then everything is done, on every ticket."""
    request(world)
    other = world.act(RAJ, subject="Login", comment="Refused.", priority="high")
    world.faults(fault(call, status=429, form=form, retry_after=45.0))
    world.until("2026-11-23 09:00:06")
    before = deepcopy(world.server.calls())
    world.until("2026-11-23 09:00:46")
    assert world.server.calls() == before, "somebody called"
    assert world.keys(TICKET) == {}
    world.until("09:05")
    told_once(world, "target:set")
    assert kinds(world.keys(other)) == ["target:set"]


FORMS: tuple[dict[str, Any], ...] = (
    {"status": 500, "form": "json"},
    {"status": 502, "form": "html"},
    {"status": 503, "form": "empty", "retry_after": 7.0},
    {"status": 504, "form": "text"},
    {"status": 200, "form": "html"},
    {"status": 200, "form": "empty"},
    {"status": 302, "form": "html"},
)


READS = (READ, AUDITS, "GET /users/show_many", "GET /users/me", "GET /ticket_fields")


@pytest.mark.parametrize("form", FORMS, ids=lambda form: f"{form['status']}-{form['form']}")
@pytest.mark.parametrize("call", READS)
def test_a_read_that_is_not_answered_as_it_should_be_is_made_again_later(
    world: World, call: str, form: dict[str, Any]
) -> None:
    """More often than it is repeated within the call: half a minute later."""
    request(world)
    world.faults(fault(call, times=6, **form))
    world.until("09:05")
    assert statuses(world) == [200]
    told_once(world, "target:set")


@pytest.mark.parametrize("call", READS)
def test_a_read_that_fails_for_a_moment_is_repeated_at_once(world: World, call: str) -> None:
    """Nobody notices: the targets are set when they should be."""
    request(world)
    world.faults(fault(call, times=2, status=502, form="html"))
    world.until("09:05")
    assert list(world.keys(TICKET).values()) == [paris_time("2026-11-23 09:00:05")]
    told_once(world, "target:set")


@pytest.mark.parametrize("form", FORMS, ids=lambda form: f"{form['status']}-{form['form']}")
@pytest.mark.parametrize("applied", [True, False])
def test_a_write_with_an_odd_answer_is_read_back(world: World, form: dict[str, Any], applied: bool) -> None:
    """Whatever it says, only the ticket's audits tell whether it was applied."""
    request(world)
    world.faults(fault(PUT, applied=applied, **form))
    world.until("09:05")
    assert len(statuses(world)) == (1 if applied else 2)
    told_once(world, "target:set")


@pytest.mark.parametrize("form", ["html", "text", "empty"])
def test_a_404_removes_a_ticket_only_in_zendesks_own_words(world: World, form: str) -> None:
    """A proxy's page says nothing about the ticket."""
    request(world)
    world.faults(fault(READ, status=404, form=form, times=4))
    world.until("09:05")
    told_once(world, "target:set")


# The account's own switches, between deciding and writing


def test_somebody_who_is_missing_does_not_take_the_ticket_out_of_the_index(world: World) -> None:
    """Only the read of the ticket itself tells that it is gone."""
    request(world)
    world.faults(fault("GET /users/*", status=404, body={"error": "RecordNotFound", "description": "Not found"}))
    world.until("09:05")
    told_once(world, "target:set")
    ending(world)


def test_rules_that_change_between_deciding_and_writing_decide_anew(world: World) -> None:
    """What goes out follows from the new rules, and says so."""
    request(world)
    old, new = world.rulebook.hash, with_other_hash(world.rulebook)

    def change() -> None:
        world.rulebook = new
        world.store.cache.publish_rulebook(new.hash)

    world.wire.on(AFTER_EVALUATING, change)
    outcomes = world.until("09:05")
    assert [outcome.why for outcome in outcomes].count("the rules have just changed") == 1
    [write] = world.our_writes(TICKET)
    assert write["body"]["ticket"]["metadata"]["zdsync_rules"] == new.hash != old
    told_once(world, "target:set")


def test_a_worker_with_other_rules_than_those_in_force_has_no_effect(world: World) -> None:
    """Another machine was updated first: this one waits until its files are the same."""
    request(world)
    new = with_other_hash(world.rulebook)
    world.wire.on(AFTER_EVALUATING, lambda: world.store.cache.publish_rulebook(new.hash))
    world.until("09:05")
    assert statuses(world) == []
    world.rulebook = new
    world.until("09:06")
    told_once(world, "target:set")


def test_a_pause_between_deciding_and_writing_holds(world: World) -> None:
    """And what was decided on is done once it ends, a deadline that passed meanwhile included."""
    request(world)
    world.wire.on(AFTER_EVALUATING, lambda: world.store.brakes.pause("somebody looks into it"))
    world.until("11:30")
    assert statuses(world) == []
    world.store.brakes.unpause()
    world.until("11:32")
    assert kinds(world.keys(TICKET)) == ["target:set", "breach:first_reply"]
    ending(world)


def test_the_stop_tag_between_deciding_and_writing_holds(world: World) -> None:
    """An agent puts it on the control ticket; it is looked at when Redis' copy of it is gone."""
    request(world)

    def stop() -> None:
        world.act(TOM, ticket=1, add_tags=STOP_TAG, webhook=False)
        world.store.brakes.forget_control()

    world.wire.on(AFTER_EVALUATING, stop)
    world.until("09:05")
    assert statuses(world) == []
    world.act(TOM, ticket=1, remove_tags=STOP_TAG, webhook=False)
    world.store.brakes.forget_control()
    world.until("09:07")
    told_once(world, "target:set")


def test_a_cap_that_is_reached_between_deciding_and_writing_puts_off(server: Server, redis: Any, prefix: str) -> None:
    """One message an hour: the second ticket's waits for the next hour, and is not lost."""
    world = World(server, redis, prefix, rulebook=live_rulebook(caps=Caps(per_hour=1)))
    request(world)
    other = world.act(RAJ, subject="Login", comment="Refused.", priority="high")
    world.until("09:59")
    assert [len(world.keys(ticket)) for ticket in (TICKET, other)] == [1, 0]
    world.until("10:05")
    assert [len(world.keys(ticket)) for ticket in (TICKET, other)] == [1, 1]
    world.sane()
    world.close()


def test_refused_and_raced_writes_do_not_count_against_the_caps(server: Server, redis: Any, prefix: str) -> None:
    """One message an hour is allowed, and it is the one that arrives."""
    world = World(server, redis, prefix, rulebook=live_rulebook(caps=Caps(per_hour=1)))
    request(world)
    world.faults(fault(PUT, status=409, times=3), fault(PUT, status=429, retry_after=1.0, skip=3))
    world.until("09:05")
    assert statuses(world) == [409, 409, 409, 429, 200]
    told_once(world, "target:set")
    world.close()


@pytest.mark.parametrize("hours", [-3, 1, 3])
@pytest.mark.parametrize("asks", [True, False], ids=["at work", "asleep"])
def test_a_machine_clock_that_jumps_has_no_effects_until_it_is_steady(
    server: Server, redis: Any, prefix: str, hours: int, asks: bool
) -> None:
    """Half an hour before a warning the machine's clock is set: nothing is said early, the warning comes in time."""
    jump = timedelta(0)

    def local() -> float:
        return (server.account.now_ms / 1000) + jump.total_seconds()

    world = World(server, redis, prefix, clock=AccountClock(local))
    request(world)
    every = timedelta(seconds=30)
    world.until("10:15", poll_every=every)
    assert kinds(world.keys(TICKET)) == ["target:set"]
    jump = timedelta(hours=hours)
    if asks:
        world.act(EMILY, ticket=TICKET, comment="Any news?")
    world.until("10:44", poll_every=every)
    assert kinds(world.keys(TICKET)) == ["target:set"]
    world.until("11:05", poll_every=every)
    said = world.keys(TICKET)
    assert kinds(said) == ["target:set", "warn:first_reply", "breach:first_reply"]
    assert [at - paris_time("10:45") < timedelta(seconds=30) for at in said.values()][1]
    world.sane()
    world.close()


def test_an_account_that_was_not_probed_gets_nothing(server: Server, redis: Any, prefix: str) -> None:
    """Without the proof that the account refuses stale writes nothing goes out."""
    account = Account.demo(BEGIN)
    world = World(server, redis, prefix, account=account, probed=False)
    ticket = world.act(EMILY, subject="No rows", comment="It fails.", priority="high")
    world.until("12:00")
    assert world.our_writes() == []
    assert ticket in world.due()
    assert world.account.user_by_email(US) is not None
    world.close()
