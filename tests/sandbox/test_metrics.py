"""Zendesk's own first reply: an agent's first public comment, whoever types it, and never a trigger's mail."""

from __future__ import annotations

from typing import Any

from tests.sandbox.conftest import CLAIRE, EMILY, Api
from zdsync.sandbox import Server


def metric(api: Api, ticket: int) -> dict[str, Any]:
    found: dict[str, Any] = api.get(f"/tickets/{ticket}/metrics.json").json()["ticket_metric"]
    return found


def test_the_first_public_comment_of_an_agent(server: Server, api: Api, ticket: int) -> None:
    """Neither the account's mail on creation, nor a note, nor the customer; a second one changes the count only."""
    server.act(CLAIRE, ticket=ticket, comment="A note.", public=False)
    server.act(EMILY, ticket=ticket, comment="And this.")
    assert server.outbox(), "the account has mailed"
    before = metric(api, ticket)
    assert (before["reply_time_in_minutes"], before["replies"]) == ({"calendar": None, "business": None}, 0)
    server.clock.advance(30 * 60)
    server.act(CLAIRE, ticket=ticket, comment="Looking.")
    server.clock.advance(30 * 60)
    server.act(CLAIRE, ticket=ticket, comment="Found it.")
    after = metric(api, ticket)
    assert after["replies"] == 2
    assert after["reply_time_in_minutes"]["calendar"] in (30, 31)


def test_a_comment_over_the_api_counts_like_any(api: Api, ticket: int) -> None:
    api.put(f"/tickets/{ticket}.json", ticket={"comment": {"body": "We have it.", "public": True}})
    assert metric(api, ticket)["replies"] == 1


def test_a_ticket_that_is_not_there(api: Api) -> None:
    assert api.get("/tickets/999999/metrics.json").status_code == 404
