"""The parent ticket of a window is solved once all have heard how it ended and nothing on it is open; never before."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from typing import Any

import pytest

from tests.builders import AGENT, CUSTOMER, US, Story, a_rule_of, a_rulebook, facts, paris
from tests.core.maintenance_desk import TICKETS, XENIA, YANN, ZOE, Desk, a_ticket_window, order, rules
from tests.core.windows import PARENT_ID, a_notice, a_window
from zdsync.core.automation import Case
from zdsync.core.automations.maintenance import MAINTENANCE
from zdsync.core.evaluate import evaluate
from zdsync.core.history import Reading
from zdsync.core.maintenance_settings import Settings

DAY_AFTER = "2026-12-08 02:00"


def solved(desk: Desk) -> list[str]:
    return [at for at, what in desk.told("agents") if what == "(solved)"]


def test_a_day_after_the_end_the_parent_is_solved_once_with_a_note_of_why() -> None:
    desk = Desk(rules(a_window())).work("2026-12-08 01:59")
    assert (solved(desk), desk.parent.ticket.status) == ([], "open")
    desk.work("2026-12-12 12:00")
    assert (solved(desk), desk.parent.ticket.status) == (["08.12. 02:00"], "solved")
    assert "Everybody has heard that this maintenance is completed: 2 contacts." in desk.bodies[-1]
    assert desk.heard("Zoe")[-1] == "completed"


def test_of_a_cancelled_window_too() -> None:
    desk = order(Desk(rules(a_window())), "cancel", "2026-12-01 10:00").work("2026-12-04 12:00")
    assert solved(desk) == ["02.12. 10:00"]
    assert "is cancelled: 2 contacts" in desk.bodies[-1]


def test_of_one_that_was_cancelled_before_anybody_was_told_it_says_so() -> None:
    desk = order(Desk(rules(a_window())), "cancel", "2026-11-26 10:00").work("2026-11-28 12:00")
    assert desk.heard("agents") == ["cancelled", "(solved)"]
    assert "nobody had been told of it" in desk.bodies[-1]


def _answered(desk: Desk) -> None:
    desk.notices[ZOE].customer("2026-12-07 03:00", by=ZOE)


def _agent_waits(desk: Desk) -> None:
    desk.parent.status("hold", "2026-12-07 09:00")


def _asked_on_it(desk: Desk) -> None:
    desk.parent.customer("2026-12-07 09:00", by=CUSTOMER)


def _another_is_linked(desk: Desk) -> None:
    """A customer's own request."""
    own: dict[str, Any] = {
        "problem_id": desk.parent.ticket.id,
        "requester_id": XENIA,
        "type": "incident",
        "status": "open",
    }
    desk.notices[XENIA] = Story("2026-12-07 03:00", by=XENIA, **own)


def _agent_solves(desk: Desk) -> None:
    desk.parent.status("solved", "2026-12-07 09:00")


def _no_problem(desk: Desk) -> None:
    desk.parent.update("2026-12-07 09:00", type="task")


LEFT_ALONE: dict[str, Callable[[Desk], None]] = {
    "while an answer is open": _answered,
    "while a customer's own request that is linked to it is open": _another_is_linked,
    "that an agent has put on hold": _agent_waits,
    "on which somebody copied has asked": _asked_on_it,
    "that an agent has solved": _agent_solves,
    "that is no problem any more": _no_problem,
}


@pytest.mark.parametrize("happens", LEFT_ALONE.values(), ids=LEFT_ALONE)
def test_a_parent_is_left_to_agents(happens: Callable[[Desk], None]) -> None:
    desk = Desk(rules(a_window())).work("2026-12-07 02:30")
    happens(desk)
    desk.work("2026-12-09 12:00")
    assert solved(desk) == []


def test_one_that_an_agent_has_opened_and_nobody_has_taken_is_left_too() -> None:
    taken, nobodys = (
        Desk(rules(tickets=TICKETS), a_ticket_window(assignee_id=who)).work("2026-12-09 12:00") for who in (AGENT, None)
    )
    assert (solved(taken), solved(nobodys)) == (["08.12. 02:00"], [])


def test_fields_that_are_emptied_when_it_is_over_change_nothing() -> None:
    desk = Desk(rules(tickets=TICKETS), a_ticket_window(assignee_id=AGENT)).work("2026-12-07 12:00")
    desk.parent.ticket = replace(desk.parent.ticket, fields={})
    assert _tells(desk, DAY_AFTER)
    desk.work("2026-12-09 12:00")
    assert (solved(desk), "(unready)" in desk.heard("agents")) == (["08.12. 02:00"], False)


def test_nor_is_one_that_an_agent_has_opened_for_a_customer() -> None:
    story = a_ticket_window(assignee_id=AGENT, requester_id=CUSTOMER)
    desk = Desk(rules(tickets=TICKETS), story).work("2026-12-09 12:00")
    assert (desk.heard("Zoe")[-1], solved(desk)) == ("completed", [])


def test_nor_is_it_solved_while_a_notice_that_somebody_has_solved_has_not_told_the_end() -> None:
    desk = Desk(rules(a_window())).work("2026-12-07 12:00")
    story = desk.notices[YANN]
    story.audits = [replace(each, keys=tuple(k for k in each.keys if ":completed:" not in k)) for each in story.audits]
    assert story.ticket.status == "solved"
    desk.now = paris(DAY_AFTER)
    plan = desk.plan()
    assert (plan.updates, plan.wake_at) == ((), paris("2026-12-08 08:00"))


def test_once_the_answer_is_solved_the_parent_is_too() -> None:
    desk = Desk(rules(a_window())).work("2026-12-07 02:30")
    _answered(desk)
    desk.work("2026-12-08 12:00")
    desk.notices[ZOE].status("solved", "2026-12-08 12:00")
    desk.work("2026-12-09 12:00")
    assert solved(desk) == ["08.12. 12:00"]


def test_the_day_begins_anew_with_what_an_agent_writes_there() -> None:
    desk = Desk(rules(a_window())).work("2026-12-07 20:00")
    desk.parent.note("2026-12-07 20:00")
    assert solved(desk.work("2026-12-12 12:00")) == ["08.12. 20:00"]


def test_an_agent_who_opens_it_again_keeps_it_open() -> None:
    desk = Desk(rules(a_window())).work("2026-12-08 12:00")
    desk.parent.status("open", "2026-12-08 13:00")
    desk.work("2026-12-12 12:00")
    assert (solved(desk), desk.parent.ticket.status) == (["08.12. 02:00"], "open")


def test_what_its_notices_have_told_is_read_when_its_day_is_over_and_not_before() -> None:
    desk = Desk(rules(a_window())).work("2026-12-07 12:00")
    assert [_tells(desk, at) for at in ("2026-12-08 01:59", DAY_AFTER)] == [False, True]
    desk.work(DAY_AFTER)
    assert not _tells(desk, "2026-12-08 02:01")


def _tells(desk: Desk, at: str) -> bool:
    settings = desk.rulebook.rules[0].settings
    assert MAINTENANCE.tells is not None
    assert isinstance(settings, Settings)
    return MAINTENANCE.tells(Case(Reading(desk.parent.history, facts()), facts(), desk.rulebook, paris(at)), settings)


CASCADES = {"with a problem of ours": (PARENT_ID, "open"), "by ourselves": (None, None)}


@pytest.mark.parametrize(("problem_id", "status"), CASCADES.values(), ids=CASCADES)
def test_a_request_that_zendesk_has_solved_with_a_problem_of_ours_is_open_again(
    problem_id: int | None, status: str | None
) -> None:
    story = a_notice().customer("2026-12-08 02:00").status("solved", "2026-12-08 02:01", by=US)
    story.audits[-1] = replace(story.audits[-1], problem_id=problem_id)
    rulebook = a_rulebook(a_rule_of("confirmation_hold"))
    plan = evaluate(story.history, facts(), rulebook, paris("2026-12-08 02:02"))
    assert [update.status for update in plan.updates] == [status]
    assert all(update.message is None for update in plan.updates)
