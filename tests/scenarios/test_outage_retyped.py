"""A running major incident whose ticket agents make something else: what its contacts and the agents hear."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta

from tests.scenarios.campaigns import notices
from tests.scenarios.test_outage_stories import Outage, how, outage, outage_with
from tests.scenarios.world import CLAIRE, RAJ, TOM

__all__ = ["how", "outage", "outage_with"]


def test_no_problem_any_more_in_mid_sending_nobody_else_is_told_and_the_note_says_why(outage: Outage) -> None:
    outage.world.go("09:05")
    outage.declare()
    while not notices(outage.world):
        outage.until((outage.world.now + timedelta(seconds=30)).isoformat())
    outage.on_problem(type="incident")
    outage.until("09:30")
    assert len(notices(outage.world)) == 3
    assert "3 contacts were told, 3 were not. The ticket is no urgent problem any more" in outage.note("stopped")


def test_whoever_was_told_hears_what_is_said_and_when_it_is_solved_whatever_it_is_called_then(
    outage_with: Callable[..., Outage],
) -> None:
    """Its solve is held as any request's; whoever was told does not wait for its requester. Zendesk may list incidents
    of problems only."""
    outage = outage_with("confirmation_hold").goes_out()
    outage.on_problem(type="question")
    gone = {"error": "RecordNotFound", "description": "Not found"}
    outage.world.faults({"do": "reply", "path": "/tickets/*/incidents", "status": 404, "body": gone, "times": 99})
    outage.until("09:22")
    outage.on_problem(comment="The database is back.")
    outage.until("09:30")
    outage.on_problem(status="solved")
    outage.until("10:00")
    assert outage.kinds(RAJ) == ["notice", "relay", "resolved"]
    assert {each.row["status"] for each in notices(outage.world)} == {"solved"}
    assert outage.world.account.tickets[outage.problem].row["status"] == "pending"


def test_what_the_agent_who_opened_it_has_solved_stays_solved_when_it_is_called_a_question(outage: Outage) -> None:
    """They are its requester: on a problem that is nobody's request."""
    outage.world.go("09:05")
    outage.problem = outage.act(TOM, subject="Down", comment="It is all down.", type="problem", priority="urgent")
    outage.until("09:20")
    outage.on_problem(comment="A full disk was replaced.", status="solved", assignee=CLAIRE)
    outage.until("09:40")
    said = outage.notes()
    outage.on_problem(CLAIRE, type="question")
    outage.until("11:00")
    assert outage.notes() == said
    assert len(outage.heard(RAJ)) == 2
