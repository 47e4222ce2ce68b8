"""What stops effects, and how soon: the clock, the pause, the stop tag in Zendesk, the probe, the caps."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime, timedelta
from typing import Any

import pytest

from tests.builders import a_rule
from tests.desk import CLAIRE, TOM, Desk
from tests.scenarios.world import ReadClock
from zdsync.brakes import ASK_AGAIN, STEADY_AGAIN, Allowed, Brakes, Refusal
from zdsync.control import PROBED_TAG, STOP_TAG, external_id, read_control, set_switch
from zdsync.core.model import Message, Update
from zdsync.core.rulebook import Caps
from zdsync.store.brakes import CONTROL_TTL, Control

NOTE = Update(message=Message("agents", "Hello."), keys=("a:1:b",), rules=("targets",), words=("says hello",))
MAILED = Update(
    add_tags=frozenset({"zdsync_say_intake_ask"}), keys=("intake:1",), rules=("intake",), words=("asks, by a trigger",)
)
FIELD = Update(fields={7: "x"}, rules=("targets",), words=("sets x",))


def ask(desk: Desk, update: Update = NOTE, ticket: int = 7) -> Allowed | Refusal:
    return desk.parts.brakes.ask(ticket, update, desk.rulebook, desk.now)


def control_ticket(desk: Desk) -> int:
    return read_control(desk.parts.zendesk, desk.now).ticket_id


def a_minute_later(desk: Desk) -> None:
    """For Zendesk and for Redis: its copy of the control ticket has run out."""
    assert 0 <= desk.redis.pttl("zdsync:control") <= CONTROL_TTL / timedelta(milliseconds=1)
    desk.redis.delete("zdsync:control")
    desk.wait(60)


@pytest.fixture
def ticket(desk: Desk) -> int:
    """A ticket that has its targets at 11:00 and 17:00; the warning of the first is due at 10:45."""
    asked = desk.asks(priority="high")
    desk.hint(asked)
    desk.until("10:00")
    assert len(desk.keys(asked)) == 1
    return asked


def test_nothing_is_in_the_way(desk: Desk) -> None:
    """A probed account that nobody has stopped; the message counts, a field does not."""
    assert isinstance(ask(desk, FIELD), Allowed)
    assert list(desk.redis.scan_iter("zdsync:cap:*")) == []
    allowed = ask(desk)
    assert isinstance(allowed, Allowed)
    assert allowed.counted is not None
    assert len(list(desk.redis.scan_iter("zdsync:cap:*"))) == 3


def test_what_a_trigger_mails_counts_as_a_message(desk: Desk) -> None:
    allowed = ask(desk, MAILED)
    assert isinstance(allowed, Allowed)
    assert allowed.counted is not None


def test_an_agent_sets_the_stop_tag(desk: Desk, ticket: int) -> None:
    """Within a minute every effect of every worker stops; taken off, everything goes on within a minute."""
    desk.does(TOM, control_ticket(desk), add_tags=[STOP_TAG])
    a_minute_later(desk)
    writes = len(desk.our_writes())
    desk.go("10:55")
    outcomes = desk.until("11:05")
    assert {outcome.what for outcome in outcomes} == {"later"}
    assert all("stop tag on control ticket" in outcome.why for outcome in outcomes)
    assert len(desk.our_writes()) == writes
    assert isinstance(ask(desk, FIELD), Refusal)

    desk.does(TOM, control_ticket(desk), remove_tags=[STOP_TAG])
    a_minute_later(desk)
    desk.until("11:07")
    assert {key.split(":")[0] for key in desk.keys(ticket)} == {"target", "breach"}


@pytest.mark.parametrize("emptied", [False, True], ids=["the index stays", "and Redis is emptied"])
def test_the_pause_holds_at_once(desk: Desk, ticket: int, emptied: bool) -> None:
    """What `zdsync pause` does: the mirror first, then the tag in Zendesk, which holds whatever becomes of Redis."""
    desk.store.brakes.pause("Paused by Kim.")
    answer = ask(desk)
    assert isinstance(answer, Refusal)
    assert "Paused by Kim." in answer.why
    assert answer.until == desk.now + ASK_AGAIN
    set_switch(desk.parts.zendesk, desk.now, STOP_TAG, True, "Paused by Kim.")
    desk.store.brakes.forget_control()
    if emptied:
        desk.empty_redis()
        desk.resync()
    writes = len(desk.our_writes())
    desk.go("10:40")
    desk.until("10:55")
    assert len(desk.our_writes()) == writes
    assert isinstance(ask(desk, FIELD), Refusal)


def test_without_a_control_ticket(desk: Desk, ticket: int) -> None:
    """An account that is not probed has no effects of any kind, and is told what to do."""
    desk.does(CLAIRE, control_ticket(desk), delete=True)
    a_minute_later(desk)
    for update in (NOTE, FIELD):
        answer = ask(desk, update)
        assert isinstance(answer, Refusal)
        assert "zdsync doctor --probe" in answer.why
    writes = len(desk.our_writes())
    desk.go("10:40")
    desk.until("10:55")
    assert len(desk.our_writes()) == writes


def test_the_month_changes(desk: Desk, ticket: int) -> None:
    """The switches go over: a stopped account stays stopped, a probed one probed."""
    desk.does(TOM, control_ticket(desk), add_tags=[STOP_TAG])
    desk.go("2026-12-01 09:00")
    desk.redis.delete("zdsync:control")
    answer = ask(desk)
    assert isinstance(answer, Refusal)
    assert "stop tag" in answer.why
    desk.does(TOM, control_ticket(desk), remove_tags=[STOP_TAG])
    desk.redis.delete("zdsync:control")
    assert isinstance(ask(desk), Allowed)
    assert desk.row(control_ticket(desk))["external_id"] == external_id(desk.now)


def test_zendesk_is_asked_once_a_minute(desk: Desk) -> None:
    """All workers share one copy."""
    other = desk.another_worker()
    for _ in range(20):
        ask(desk, FIELD)
        other.brakes.ask(8, FIELD, desk.rulebook, desk.now)
    assert desk.calls("GET /tickets") == 1
    a_minute_later(desk)
    ask(desk, FIELD)
    assert desk.calls("GET /tickets") == 2


class Jumpy(ReadClock):
    """A clock that is not sure of itself."""

    steady = False


def test_a_clock_that_has_jumped(desk: Desk) -> None:
    """No effects until it is steady; asked again soon; Zendesk is not even asked for the control ticket."""

    def must_not(now: datetime) -> Control:
        raise AssertionError("asked")

    answer = Brakes(desk.store.brakes, Jumpy(desk.server), must_not).ask(7, FIELD, desk.rulebook, desk.now)
    assert isinstance(answer, Refusal)
    assert "clock" in answer.why
    assert answer.until == desk.now + STEADY_AGAIN


CAPS = [
    pytest.param({"per_hour": 3}, None, "per_hour", timedelta(hours=1), id="all messages of an hour"),
    pytest.param(
        {"per_rule_per_hour": 3}, "targets", "per_rule_per_hour", timedelta(hours=1), id="a rule's of an hour"
    ),
    pytest.param({"per_ticket_per_day": 3}, None, "per_ticket_per_day", timedelta(hours=16), id="a ticket's of a day"),
]


@pytest.mark.parametrize(("caps", "rule", "name", "until"), CAPS)
def test_caps(desk: Desk, caps: dict[str, int], rule: str | None, name: str, until: timedelta) -> None:
    """Past a cap messages wait for the next hour or day (UTC); what says nothing goes on."""
    desk.rulebook = replace(desk.rulebook, caps=Caps(**{"per_ticket_per_day": 99, **caps}))
    assert all(isinstance(ask(desk), Allowed) for _ in range(3))
    answer = ask(desk)
    assert isinstance(answer, Refusal)
    assert name in answer.why
    assert (f'"{rule}"' in answer.why) is (rule is not None)
    assert answer.until == desk.now + until
    assert isinstance(ask(desk, FIELD), Allowed)
    desk.wait(until.total_seconds())
    assert isinstance(ask(desk), Allowed)


def test_a_refused_message_does_not_count(desk: Desk) -> None:
    """`give_back` leaves the caps as they were."""
    desk.rulebook = replace(desk.rulebook, caps=Caps(per_hour=1))
    for _ in range(5):
        allowed = ask(desk)
        assert isinstance(allowed, Allowed)
        desk.parts.brakes.give_back(allowed)
    ask(desk)
    assert isinstance(ask(desk), Refusal)
    desk.parts.brakes.give_back(Allowed())


@pytest.mark.parametrize("status", [409, 422, 429])
def test_zendesk_refuses_the_message(desk: Desk, status: int) -> None:
    """An update that certainly was not applied is given back by the flow; a lost reply is not."""
    desk.rulebook = replace(desk.rulebook, caps=Caps(per_hour=1), hash="capped")
    desk.restart()
    ticket = desk.asks(priority="high")
    desk.hint(ticket)
    desk.fault("reply", method="PUT", path="/tickets/*", status=status)
    desk.until("10:30")
    if status == 422:  # held back for an hour: its words are in the note of 10:45
        desk.until("10:46")
    assert len(desk.keys(ticket)) >= 1


def test_a_lost_reply_counts(desk: Desk) -> None:
    """It may have been applied, so it has used its place."""
    desk.rulebook = replace(desk.rulebook, caps=Caps(per_hour=1), hash="capped")
    desk.restart()
    first, second = desk.asks(priority="high"), desk.asks(priority="high")
    desk.fault("lose_reply", method="PUT", path="/tickets/*")
    desk.hint(first)
    desk.until("09:05")
    desk.hint(second)
    desk.until("09:30")
    assert len(desk.keys(first)) == 1
    assert len(desk.keys(second)) == 0
    desk.until("10:01")
    assert len(desk.keys(second)) == 1


def test_a_rule_gone_wrong(desk: Desk) -> None:
    """A burst of tickets: no more messages than the cap, the rest later, each once; fields are filled meanwhile."""
    desk.rulebook = replace(desk.rulebook, caps=Caps(per_hour=10), hash="capped")
    desk.restart()
    tickets = [desk.asks(priority="low") for _ in range(15)]
    desk.hint(*tickets)
    desk.until("09:50")
    said = [ticket for ticket in tickets if desk.keys(ticket)]
    assert len(said) == 10
    desk.until("11:30")  # the first warnings, at 10:45, are behind the targets that are not told yet
    assert sum(len(desk.keys(ticket)) for ticket in tickets) == 30
    desk.sane()


@pytest.mark.parametrize("wanted", ["off", "shadow"])
def test_rules_that_are_not_live(desk: Desk, wanted: Any) -> None:
    """They never come as far as the brakes: nothing is asked, counted or written."""
    desk.rulebook = replace(desk.rulebook, rules=(a_rule(mode=wanted),), hash=wanted)
    desk.restart()
    ticket = desk.asks(priority="high")
    desk.hint(ticket)
    desk.until("18:00")
    assert desk.our_writes() == []
    assert list(desk.redis.scan_iter("zdsync:cap:*")) == []
    assert desk.redis.exists("zdsync:control") == 0
    assert bool(len(desk.store.shadow)) is (wanted == "shadow")


def test_probed_is_not_enough_when_stopped(desk: Desk) -> None:
    """Both tags: stopped wins."""
    desk.does(TOM, control_ticket(desk), tags=[PROBED_TAG, STOP_TAG])
    assert isinstance(ask(desk), Refusal)


def test_what_goes_to_all_does_not_count_and_is_not_capped_but_it_is_stopped(desk: Desk) -> None:
    """As many are sent as the audience has contacts."""
    to_all = replace(NOTE, to_all=True)
    desk.rulebook = replace(desk.rulebook, caps=Caps(per_hour=1, per_rule_per_hour=1))
    assert isinstance(ask(desk), Allowed)
    assert isinstance(ask(desk), Refusal)
    assert [ask(desk, to_all) for _ in range(3)] == [Allowed(), Allowed(), Allowed()]
    desk.parts.brakes._store.pause("drill")
    refused = ask(desk, to_all)
    assert isinstance(refused, Refusal)
    assert "drill" in refused.why
