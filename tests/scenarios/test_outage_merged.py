"""A ticket that is merged away or deleted: it matters only where customers were told of it as a major incident."""

from __future__ import annotations

from collections.abc import MutableMapping
from typing import Any

from structlog.testing import capture_logs

from tests.scenarios.campaigns import told
from tests.scenarios.test_outage_stories import Outage, how, outage, outage_with
from tests.scenarios.world import CLAIRE, RAJ, TOM

__all__ = ["how", "outage", "outage_with"]


def another(outage: Outage) -> int:
    ticket = outage.act(CLAIRE, subject="Down, too", comment="All down.", requester=RAJ)
    outage.until("09:25")
    return ticket


def about(outage: Outage, ticket: int) -> list[str]:
    return [each["body"] for each in outage.world.comments(ticket) if "running major incident" in each["body"]]


def test_where_a_running_one_went_a_note_says_who_waits_and_what_it_says_to_do_tells_them(outage: Outage) -> None:
    outage.goes_out()
    target = another(outage)
    outage.on_problem(merge_into=target)
    outage.until("09:40")
    (note,) = about(outage, target)
    assert f"Ticket {outage.problem}, " in note
    assert "6 contacts have been told" in note
    assert len(outage.heard(RAJ)) == 1
    outage.world.empty_redis()
    outage.act(CLAIRE, ticket=target, type="problem", priority="urgent", assignee=TOM)
    outage.until("10:00")
    assert set(told(outage.world).values()) == {1, 2}, "the other ticket's requester reads it there"
    assert len(about(outage, target)) == 1


def test_any_other_merge_costs_no_call_and_no_word(outage: Outage) -> None:
    outage.goes_out()
    source = another(outage)
    target = outage.act(CLAIRE, subject="Again", comment="Down again.", requester=RAJ)
    outage.until("09:26")
    outage.act(TOM, ticket=source, merge_into=target)
    outage.until("09:27")
    before = len(outage.world.wire.calls)
    outage.act(TOM, ticket=target, comment="Looking.")
    outage.until("09:29")
    assert f"GET /tickets/{source}" not in outage.world.wire.calls[before:]
    assert about(outage, target) == []


def lost(logs: list[MutableMapping[str, Any]]) -> list[int]:
    return [each["ticket"] for each in logs if each["event"] == "a ticket that notices hang on is deleted"]


def test_the_operator_is_told_once_that_a_running_one_was_deleted(outage: Outage) -> None:
    outage.goes_out()
    before = len(outage.world.wire.calls)
    with capture_logs() as logs:
        outage.on_problem(delete=True)
        outage.until("09:30")
        outage.world.parts.due.hint([outage.problem], "live", 0)
        outage.until("09:40")
    assert outage.world.wire.calls[before:].count(f"GET /tickets/{outage.problem}") > 1
    assert lost(logs) == [outage.problem]
    assert set(told(outage.world).values()) == {1}


def test_any_other_deleted_ticket_is_no_matter_for_the_operator(outage: Outage) -> None:
    outage.goes_out()
    ticket = another(outage)
    with capture_logs() as logs:
        outage.act(TOM, ticket=ticket, delete=True)
        outage.act(TOM, ticket=outage.notice(RAJ).row["id"], delete=True)
        outage.until("09:30")
    assert lost(logs) == []
