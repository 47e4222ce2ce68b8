"""Rate limits: the published numbers, in account time, with headers in the forms that are seen."""

from __future__ import annotations

import pytest

from tests.sandbox.conftest import Api
from zdsync.sandbox import Server


def test_the_account_has_a_limit_a_minute_and_the_429_is_plain_text(server: Server, api: Api) -> None:
    server.account.limits.account_per_minute = 5
    replies = [api.get("/users/me") for _ in range(6)]

    assert [reply.status_code for reply in replies] == [200] * 5 + [429]
    assert replies[0].headers["X-Rate-Limit"] == replies[0].headers["ratelimit-limit"] == "5"
    assert [reply.headers["ratelimit-remaining"] for reply in replies] == ["4", "3", "2", "1", "0", "0"]
    assert replies[-1].text == "Number of allowed API requests per minute exceeded"
    assert replies[-1].headers["Retry-After"] == "60"
    server.clock.advance(59)
    assert api.get("/users/me").headers["Retry-After"] == "1"
    server.clock.advance(1)
    assert api.get("/users/me").status_code == 200


def test_a_ticket_takes_thirty_updates_in_ten_minutes_from_one_user(
    server: Server, api: Api, admin: Api, ticket: int
) -> None:
    replies = [api.put(f"/tickets/{ticket}", ticket={"tags": [str(number)]}) for number in range(31)]

    assert [reply.status_code for reply in replies] == [200] * 30 + [429]
    assert replies[0].headers["zendesk-ratelimit-per-ticket-updates"] == "total=30; remaining=29; resets=600"
    assert replies[-1].json()["error"] == "APIRateLimitExceeded"
    assert replies[-1].headers["Retry-After"] == "600"
    assert admin.put(f"/tickets/{ticket}", ticket={"tags": ["other"]}).status_code == 200
    server.clock.advance(600)
    assert api.put(f"/tickets/{ticket}", ticket={"tags": ["later"]}).status_code == 200


def test_a_refused_update_changes_nothing(server: Server, api: Api, ticket: int) -> None:
    server.account.limits.totals["tickets-update"] = 1
    api.put(f"/tickets/{ticket}", ticket={"tags": ["first"]})

    assert api.put(f"/tickets/{ticket}", ticket={"tags": ["second"]}).status_code == 429
    assert api.ticket(ticket)["tags"] == ["first"]


def test_an_account_takes_a_hundred_ticket_updates_a_minute(server: Server, api: Api) -> None:
    for number in range(5):
        server.act(server.email, subject=str(number), comment="x")

    headers = [api.put(f"/tickets/{1 + number % 5}", ticket={"tags": [str(number)]}) for number in range(101)]

    assert [reply.status_code for reply in headers] == [200] * 100 + [429]
    assert headers[0].headers["zendesk-ratelimit-tickets-update"] == "total=100; remaining=99; resets=60"


def test_ten_exports_a_minute_of_all_kinds_together(server: Server, api: Api, ticket: int) -> None:
    paths = ["/incremental/tickets/cursor.json", "/incremental/tickets.json", "/incremental/ticket_events.json"]

    replies = [api.get(paths[number % 3], start_time=0) for number in range(11)]

    assert [reply.status_code for reply in replies] == [200] * 10 + [429]
    assert replies[1].headers["zendesk-ratelimit-incremental-exports"] == "total=10; remaining=8; resets=60"
    assert replies[-1].json() == {
        "error": "APIRateLimitExceeded",
        "description": "Number of allowed incremental export API requests per minute exceeded",
    }


@pytest.mark.parametrize("moved", [-3600, 3600])
def test_limits_survive_a_clock_that_steps(server: Server, api: Api, moved: int) -> None:
    server.account.limits.account_per_minute = 1
    assert api.get("/users/me").status_code == 200
    assert api.get("/users/me").status_code == 429

    server.clock.set("2026-11-23T10:00:00Z" if moved > 0 else "2026-11-23T08:00:00Z")

    assert api.get("/users/me").status_code == 200


def test_limits_can_be_switched_off(server: Server, api: Api) -> None:
    server.account.limits.account_per_minute = 1
    server.account.limits.enabled = False

    assert {api.get("/users/me").status_code for _ in range(5)} == {200}
