"""What other programs needed of the sandbox beyond what zdsync uses, in the smallest form."""

from __future__ import annotations

from typing import Any

import pytest
import requests

from zdsync.sandbox import Server


@pytest.fixture
def get(server: Server) -> Any:
    """`get("/tags")`: the response, whatever its status."""

    def ask(path: str, **query: Any) -> requests.Response:
        auth = (f"{server.email}/token", server.token)
        return requests.get(f"{server.url}/api/v2{path}", params=query, auth=auth, timeout=60)

    return ask


def test_a_sync_tool_asks_for_organizations_since_an_iso_date(server: Server, get: Any) -> None:
    """Only the number before the first other character counts, so everything comes."""
    page = get("/incremental/organizations.json", start_time="2030-01-01T00:00:00Z").json()
    assert len(page["organizations"]) == len(server.account.organizations)
    assert get("/incremental/organizations.json", start_time="soon").status_code == 400
    assert get("/incremental/tickets.json", start_time="2030-01-01T00:00:00Z").status_code == 400


def test_the_user_export_pages_by_cursor_leaves_out_the_last_minute_and_has_its_own_limit(
    server: Server, get: Any
) -> None:
    known = set(server.account.users)
    server.act("late.comer@x.example", subject="Hi", comment="x", channel="email")
    server.clock.advance(59)

    first = get("/incremental/users/cursor.json", start_time=0, per_page=8)
    rest = get("/incremental/users/cursor.json", cursor=first.json()["after_cursor"], per_page=8).json()

    assert first.json()["end_of_stream"] is False
    assert rest["end_of_stream"] is True
    assert {user["id"] for user in first.json()["users"] + rest["users"]} == known
    assert first.headers["zendesk-ratelimit-incremental-exports-cursor"] == "total=20; remaining=19; resets=60"
    server.clock.advance(2)
    late = get("/incremental/users/cursor.json", cursor=rest["after_cursor"]).json()
    assert [user["email"] for user in late["users"]] == ["late.comer@x.example"]


@pytest.mark.parametrize(
    ("path", "name"),
    [
        ("/macros", "macros"),
        ("/user_fields", "user_fields"),
        ("/organization_fields", "organization_fields"),
        ("/satisfaction_ratings", "satisfaction_ratings"),
        ("/slas/policies", "sla_policies"),
    ],
)
def test_a_list_that_the_account_has_nothing_in_is_there_and_empty(get: Any, path: str, name: str) -> None:
    assert get(f"{path}.json").json() == {name: [], "next_page": None, "previous_page": None, "count": 0}
    assert get(path, **{"page[size]": 10}).json()["meta"]["has_more"] is False


@pytest.mark.parametrize(
    "path", ["/incremental/ticket_metric_events.json?start_time=0", "/channels/voice/phone_numbers"]
)
def test_what_the_sandbox_does_not_keep_is_refused_and_not_said_to_be_empty(get: Any, path: str) -> None:
    reply = get(path)
    assert reply.status_code == 403
    assert reply.json()["error"]["message"].startswith("Access to this resource is restricted")


def test_tags_are_counted_over_the_tickets_that_are_there(server: Server, get: Any) -> None:
    number = server.act("late.comer@x.example", subject="Hi", comment="x", tags=["vip", "rare"])["ticket"]
    before = {tag["name"]: tag["count"] for tag in get("/tags.json").json()["tags"]}
    server.act("admin@desk.example", ticket=number, delete=True)
    after = {tag["name"]: tag["count"] for tag in get("/tags", **{"page[size]": 50}).json()["tags"]}
    assert (before["rare"], before["vip"] - after["vip"]) == (1, 1)
    assert "rare" not in after
