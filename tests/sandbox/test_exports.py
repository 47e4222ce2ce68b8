"""Incremental exports: complete, in order, and with all the traps that the real ones have."""

from __future__ import annotations

import base64
from typing import Any

import pytest

from tests.sandbox.conftest import CLAIRE, EMILY, NOW, Api
from zdsync.sandbox import Account, Server
from zdsync.sandbox.base import to_ms

START = to_ms(NOW) // 1000


def tickets_a_second_apart(server: Server, count: int) -> None:
    for number in range(count):
        server.act(EMILY, subject=str(number), comment="x")
        server.clock.advance(1)


def ids(reply: dict[str, Any]) -> list[int]:
    return [row["id"] for row in reply["tickets"]]


def test_a_cursor_page_has_the_recorded_keys_and_cursor(server: Server, api: Api) -> None:
    tickets_a_second_apart(server, 3)
    server.clock.advance(120)

    page = api.get("/incremental/tickets/cursor.json", start_time=START, per_page=2).json()

    assert list(page) == ["tickets", "after_url", "before_url", "after_cursor", "before_cursor", "end_of_stream"]
    assert (ids(page), page["end_of_stream"], page["before_url"]) == ([1, 2], False, None)
    assert base64.b64decode(page["after_cursor"]).decode() == f"{START + 1}.0||2|"
    assert page["tickets"][0]["generated_timestamp"] == START


def test_cursors_lead_through_everything_once(server: Server, api: Api) -> None:
    tickets_a_second_apart(server, 5)
    server.clock.advance(120)

    page = api.get("/incremental/tickets/cursor.json", start_time=0, per_page=2).json()
    seen = ids(page)
    while not page["end_of_stream"]:
        page = api.session.get(page["after_url"]).json()
        seen += ids(page)

    assert seen == [1, 2, 3, 4, 5]


def test_a_kept_cursor_finds_what_came_later_and_an_empty_page_has_none(server: Server, api: Api) -> None:
    tickets_a_second_apart(server, 2)
    server.clock.advance(120)
    cursor = api.get("/incremental/tickets/cursor.json", start_time=0).json()["after_cursor"]

    empty = api.get("/incremental/tickets/cursor.json", cursor=cursor).json()
    server.act(CLAIRE, ticket=1, priority="low")
    server.clock.advance(120)
    later = api.get("/incremental/tickets/cursor.json", cursor=cursor).json()

    assert (empty["tickets"], empty["after_cursor"], empty["end_of_stream"]) == ([], None, True)
    assert (ids(later), later["end_of_stream"]) == ([1], True)


def test_nothing_of_the_last_minute_is_shown(server: Server, api: Api) -> None:
    server.act(EMILY, subject="x", comment="x")

    server.clock.advance(60)
    assert ids(api.get("/incremental/tickets/cursor.json", start_time=0).json()) == []
    server.clock.advance(1)
    assert ids(api.get("/incremental/tickets/cursor.json", start_time=0).json()) == [1]


@pytest.mark.parametrize(
    ("query", "status"),
    [
        pytest.param({"start_time": START - 59}, 422, id="59 seconds ago is too recent"),
        pytest.param({"start_time": START - 60}, 200, id="a minute ago is not"),
        pytest.param({"start_time": f"{START - 60}.0"}, 200, id="a float is taken"),
        pytest.param({}, 400, id="no start"),
        pytest.param({"cursor": "rubbish"}, 400, id="no cursor"),
    ],
)
def test_where_an_export_may_begin(api: Api, query: dict[str, Any], status: int) -> None:
    reply = api.get("/incremental/tickets/cursor.json", **query)

    assert reply.status_code == status
    if status == 422:
        assert reply.json()["description"].startswith("Too recent start_time")


def test_a_time_page_repeats_its_last_second_and_never_divides_one(server: Server, api: Api) -> None:
    tickets_a_second_apart(server, 2)
    for number in range(3):  # three in the third second
        server.act(EMILY, subject=f"same {number}", comment="x")
    server.clock.advance(120)

    first = api.get("/incremental/tickets.json", start_time=START, per_page=2).json()
    second = api.session.get(first["next_page"]).json()
    third = api.session.get(second["next_page"]).json()
    fourth = api.session.get(third["next_page"]).json()

    assert (ids(first), first["end_of_stream"], first["end_time"]) == ([1, 2], False, START + 1)
    assert (ids(second), second["count"], second["end_of_stream"]) == ([2, 3, 4, 5], 4, True)
    assert second["end_time"] == START + 2
    assert ids(third) == ids(fourth) == [3, 4, 5], "the end of the stream comes again and again"


def test_a_page_of_one_second_only_moves_on(account: Account, server: Server, api: Api) -> None:
    for number in range(3):
        server.act(EMILY, subject=str(number), comment="x")
    server.clock.advance(5)
    server.act(EMILY, subject="later", comment="x")
    server.clock.advance(120)

    page = api.get("/incremental/tickets.json", start_time=START, per_page=1).json()

    assert (ids(page), page["end_time"], page["end_of_stream"]) == ([1, 2, 3], START + 1, False)


def test_events_carry_comments_only_with_the_side_load(server: Server, api: Api, ticket: int) -> None:
    api.put(
        f"/tickets/{ticket}",
        ticket={"comment": {"body": "secret", "public": False}, "tags": ["x"], "metadata": {"k": "v"}},
    )
    server.clock.advance(120)

    bare = api.get("/incremental/ticket_events.json", start_time=START).json()["ticket_events"][-1]
    whole = api.get("/incremental/ticket_events.json", start_time=START, include="comment_events").json()

    event = whole["ticket_events"][-1]
    assert "secret" not in str(bare)
    assert (bare["child_events"][0]["comment_present"], bare["child_events"][0]["comment_public"]) == (True, False)
    assert event["child_events"][0]["body"] == "secret"
    assert event["child_events"][1]["tags"] == ["x"]
    assert event["metadata"]["custom"] == {"k": "v"}
    assert (event["event_type"], event["ticket_id"], event["timestamp"]) == ("Audit", ticket, START + 60)
    assert event["id"] == api.audits(ticket)[-1]["id"]
