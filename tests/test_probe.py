"""The probe tells a Zendesk that keeps its fences from one that does not, and leaves nothing behind."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

from tests.desk import Desk
from zdsync.probe import MUST_HOLD, Finding, Verdict, probe
from zdsync.sandbox import tickets, tickets_api
from zdsync.sandbox.account import Ticket
from zdsync.sandbox.base import to_ms
from zdsync.sandbox.errors import conflict
from zdsync.settings import Settings
from zdsync.wiring import session_of
from zdsync.zendesk.errors import Unavailable, Unclear, ZendeskError
from zdsync.zendesk.session import ApiSession


def sessions(desk: Desk) -> Callable[[], ApiSession]:
    """As the command makes them: without a Redis."""
    settings = Settings.from_env(desk.env)
    return lambda: session_of(settings, desk.parts.clock, None, sleep=lambda seconds: None)


def answers(desk: Desk) -> dict[str, Finding]:
    return {each.name: each for each in probe(sessions(desk), desk.now, sleep=desk.wait)}


def verdicts(desk: Desk) -> dict[str, Verdict]:
    return {name: each.verdict for name, each in answers(desk).items()}


def left_behind(desk: Desk) -> list[str]:
    """The probe's tickets that are still there."""
    rows = (ticket.row for ticket in desk.account.tickets.values())
    return [row["external_id"] for row in rows if "probe" in str(row["external_id"]) and row["status"] != "deleted"]


def test_the_sandbox_passes(desk: Desk) -> None:
    """Every answer is there, both that must hold are good, and the ticket is gone, unseen by anybody."""
    found = answers(desk)
    assert {name for name, each in found.items() if each.verdict == "fault"} == set()
    assert {name for name, each in found.items() if each.verdict == "ok"} >= MUST_HOLD | {"Idempotency-Key", "metadata"}
    assert set(found) >= {"additional_tags", "placeholders"}
    assert all(each.words for each in found.values())
    assert left_behind(desk) == []
    assert desk.server.outbox() == []


def test_answers_come_one_by_one(desk: Desk) -> None:
    """So that somebody who waits sees that it goes on; who stops waiting leaves no ticket behind."""
    answering = probe(sessions(desk), desk.now, sleep=desk.wait)
    assert next(answering).name == "Idempotency-Key"
    assert len(left_behind(desk)) == 1
    answering.close()
    assert left_behind(desk) == []


def test_a_zendesk_without_the_fence(desk: Desk, monkeypatch: pytest.MonkeyPatch) -> None:
    """Stamps that are ignored are found by both questions that must hold."""
    monkeypatch.setattr(tickets, "check_stamp", lambda ticket, body: None)
    found = verdicts(desk)
    assert {name for name, verdict in found.items() if verdict == "fault"} == MUST_HOLD
    assert left_behind(desk) == []


def test_a_fence_with_a_gap(desk: Desk, monkeypatch: pytest.MonkeyPatch) -> None:
    """Stale stamps are refused, but two writes of one moment both go through: the second question finds it."""
    before: dict[int, str] = {}

    def leaky(ticket: Ticket, body: dict[str, Any]) -> None:
        if "safe_update" not in body:
            return
        known, number = ticket.row["updated_at"], ticket.row["id"]
        just_now = to_ms(known) // 1000 == desk.account.now_ms // 1000
        if body["updated_stamp"] not in ({known, before.get(number)} if just_now else {known}):
            raise conflict()
        before[number] = known

    monkeypatch.setattr(tickets, "check_stamp", leaky)
    found = verdicts(desk)
    assert (found["stale stamp"], found["parallel writes"]) == ("ok", "fault")


def test_both_parallel_writes_refused(desk: Desk) -> None:
    """A fence that lets nobody through is no fence either: nothing could ever be written."""
    act = {"as": "claire@desk.example", "ticket": 2, "add_tags": ["late"]}
    desk.faults(
        {"do": "act", "method": "PUT", "path": "/tickets/*", "act": act, "skip": 2},
    )
    found = answers(desk)
    assert found["parallel writes"].verdict == "fault"
    assert found["parallel writes"].words.endswith("refused, refused")


def test_keys_that_open_nothing(desk: Desk, monkeypatch: pytest.MonkeyPatch) -> None:
    """An Idempotency-Key that is ignored is worth a note; the second ticket is deleted too."""
    monkeypatch.setattr(tickets_api, "_replayed", lambda call, key, body: None)
    assert verdicts(desk)["Idempotency-Key"] == "note"
    assert left_behind(desk) == []


def test_metadata_that_is_dropped(desk: Desk, monkeypatch: pytest.MonkeyPatch) -> None:
    """Without it no key would ever be found again."""
    update = tickets.update

    def forgets(account: Any, ticket: Any, body: Any, *more: Any) -> Any:
        return update(account, ticket, {name: value for name, value in body.items() if name != "metadata"}, *more)

    monkeypatch.setattr(tickets, "update", forgets)
    found = answers(desk)["metadata"]
    assert (found.verdict, "does not come back" in found.words) == ("fault", True)


def test_metadata_that_is_refused(desk: Desk, monkeypatch: pytest.MonkeyPatch) -> None:
    """A smaller limit than ours is a fault with Zendesk's words."""
    desk.fault("reply", method="PUT", path="/tickets/*", status=422, skip=4)
    found = answers(desk)["metadata"]
    assert found.verdict == "fault"
    assert "refused: 422" in found.words


TROUBLE = [
    pytest.param({"do": "lose_reply", "method": "PUT"}, Unclear, id="a write without a reply"),
    pytest.param({"do": "reply", "status": 503, "method": "PUT", "skip": 1}, Unclear, id="503 to the stale write"),
    pytest.param({"do": "reply", "status": 500, "method": "GET", "times": 3}, Unavailable, id="a read that fails"),
    pytest.param({"do": "reply", "status": 429, "method": "PUT"}, ZendeskError, id="429"),
    pytest.param({"do": "reply", "status": 403, "method": "GET", "skip": 2}, ZendeskError, id="403 later on"),
]


@pytest.mark.parametrize(("trouble", "error"), TROUBLE)
def test_trouble_in_the_middle(desk: Desk, trouble: dict[str, Any], error: type[Exception]) -> None:
    """An answer that could not be had is no answer: it raises, and the ticket is deleted all the same."""
    desk.faults({**trouble, "path": "/tickets/*"})
    with pytest.raises(error):
        answers(desk)
    assert left_behind(desk) == []


def test_a_ticket_that_cannot_be_made(desk: Desk) -> None:
    desk.fault("reply", method="POST", path="/tickets", status=403)
    with pytest.raises(ZendeskError):
        answers(desk)
    assert [write["method"] for write in desk.our_writes()] == ["POST"], "and nothing is tried without it"
    assert left_behind(desk) == []


def test_a_ticket_that_cannot_be_deleted(desk: Desk) -> None:
    """Somebody is told, with its number."""
    desk.fault("reply", method="DELETE", path="/tickets/*", status=403)
    found = answers(desk)["clean-up"]
    assert found.verdict == "note"
    (ticket,) = [id for id, each in desk.account.tickets.items() if "probe" in str(each.row["external_id"])]
    assert str(ticket) in found.words
