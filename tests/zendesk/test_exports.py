"""Pages of the incremental export: what is asked, what is read, and the cursor that must not be lost."""

from __future__ import annotations

import json
from datetime import UTC, datetime, timedelta
from urllib.parse import parse_qs, urlsplit

import pytest
import responses

from tests.zendesk.builders import API, NOW, Seen, a_session, a_ticket
from zdsync.zendesk import exports
from zdsync.zendesk.errors import Rejected, Unavailable
from zdsync.zendesk.exports import TooRecent

URL = f"{API}/incremental/tickets/cursor.json"


def a_page(**changed: object) -> dict[str, object]:
    return {
        "tickets": [a_ticket(id=1, generated_timestamp=1764000000), a_ticket(id=2, status="deleted", priority=None)],
        "after_url": f"{URL}?cursor=abc",
        "before_url": None,
        "after_cursor": "abc",
        "before_cursor": None,
        "end_of_stream": True,
        **changed,
    }


@responses.activate
def test_the_first_page_is_asked_by_time_and_the_next_by_cursor() -> None:
    responses.get(URL, json=a_page(end_of_stream=False))
    responses.get(URL, json=a_page(after_cursor="def"))
    seen = Seen()
    session = a_session(seen)
    first = exports.page(session, start_time=NOW - timedelta(minutes=6))
    second = exports.page(session, cursor=first.cursor)
    queries = [parse_qs(urlsplit(call.request.url or "").query) for call in responses.calls]
    start = int((NOW - timedelta(minutes=6)).timestamp())
    assert queries == [
        {"per_page": ["1000"], "start_time": [str(start)]},
        {"per_page": ["1000"], "cursor": ["abc"]},
    ]
    assert (first.cursor, first.end_of_stream, second.cursor, second.end_of_stream) == ("abc", False, "def", True)
    assert seen.counted == ["export", "export"]


@responses.activate
def test_a_row_is_what_polling_looks_at() -> None:
    responses.get(URL, json=a_page())
    live, deleted = exports.page(a_session(), cursor="x").rows
    assert (live.id, live.status, live.priority, live.generated_timestamp) == (1, "open", "high", 1764000000)
    assert live.updated_at == datetime(2026, 11, 24, 9, 12, 7, tzinfo=UTC)
    assert (deleted.status, deleted.priority) == ("deleted", None)


@responses.activate
def test_an_empty_page_without_a_cursor_keeps_the_one_that_was_asked_with() -> None:
    responses.get(URL, json=a_page(tickets=[], after_cursor=None, after_url=None))
    assert exports.page(a_session(), cursor="kept").cursor == "kept"
    assert exports.page(a_session(), start_time=NOW).cursor == ""


@responses.activate
def test_a_start_within_the_last_minute_is_for_later() -> None:
    responses.get(
        URL,
        status=422,
        json={"error": "InvalidValue", "description": "Too recent start_time. Use a start_time older than 5 minutes"},
    )
    with pytest.raises(TooRecent):
        exports.page(a_session(), start_time=NOW)


@responses.activate
def test_a_cursor_that_zendesk_forgot_is_a_refusal() -> None:
    responses.get(URL, status=400, json={"error": "InvalidCursor"})
    with pytest.raises(Rejected):
        exports.page(a_session(), cursor="old")


@responses.activate
@pytest.mark.parametrize("body", ["", "<html>", "{}", '{"tickets": [{"id": "x"}], "end_of_stream": true}', "[" * 5000])
def test_a_page_that_cannot_be_read_is_for_later(body: str) -> None:
    responses.get(URL, body=body)
    with pytest.raises(Unavailable):
        exports.page(a_session(), cursor="x")


def test_a_page_of_a_thousand_tickets_is_decoded_whole() -> None:
    rows = [a_ticket(id=number) for number in range(1, 1001)]
    page = exports.decode(json.dumps(a_page(tickets=rows)).encode())
    assert [row.id for row in page.rows] == list(range(1, 1001))


def test_neither_cursor_nor_time_is_a_fault_of_the_caller() -> None:
    with pytest.raises(TypeError):
        exports.page(a_session())
