"""Each call of the client: what it asks, what it reads, and what it makes of replies that are not as documented."""

from __future__ import annotations

import json
import os
import threading
from datetime import UTC, datetime
from typing import Any
from urllib.parse import parse_qs, urlsplit

import pytest
import requests
import responses
from requests import PreparedRequest

from tests.zendesk.builders import API, DATE, NOW, Seen, a_client, a_session, a_ticket, an_audit
from zdsync.zendesk.client import PerThread, Zendesk
from zdsync.zendesk.errors import NotFound, OtherBody, Rejected, Unavailable, Unclear

AUDITS = f"{API}/tickets/5/audits.json"


def query(call: responses.Call) -> dict[str, str]:
    return {name: values[0] for name, values in parse_qs(urlsplit(call.request.url or "").query).items()}


@responses.activate
def test_a_ticket_comes_with_zendesks_time_of_the_reading() -> None:
    responses.get(f"{API}/tickets/5.json", json={"ticket": a_ticket()}, headers={"Date": DATE})
    fetched = a_client().ticket(5)
    assert fetched.ticket.id == 4013
    assert fetched.date == datetime(2026, 11, 24, 9, 30, tzinfo=UTC)


@responses.activate
def test_a_ticket_is_read_anew_each_time() -> None:
    """zenpy's cache would serve a stamp that is 30 seconds old."""
    responses.get(f"{API}/tickets/5.json", json={"ticket": a_ticket(priority="low")})
    responses.get(f"{API}/tickets/5.json", json={"ticket": a_ticket(priority="urgent")})
    client = a_client()
    assert [client.ticket(5).ticket.priority, client.ticket(5).ticket.priority] == ["low", "urgent"]


@responses.activate
def test_a_deleted_ticket_is_not_found() -> None:
    responses.get(f"{API}/tickets/5.json", status=404, json={"error": "RecordNotFound", "description": "Not found"})
    with pytest.raises(NotFound):
        a_client().ticket(5)


@responses.activate
@pytest.mark.parametrize("body", ["", "<html>", "[]", "{}", '{"ticket": null}', '{"ticket": {"id": 5}}', "[" * 9999])
def test_a_reading_that_is_not_as_documented_is_for_later(body: str) -> None:
    responses.get(f"{API}/tickets/5.json", body=body)
    with pytest.raises(Unavailable):
        a_client().ticket(5)


@responses.activate
def test_the_work_class_reaches_the_gate() -> None:
    responses.get(f"{API}/tickets/5.json", json={"ticket": a_ticket()})
    seen = Seen()
    a_client(seen).ticket(5, work="p1")
    assert seen.asked == [(("account",), "p1")]


def serve_audits(ids: list[int], size: int, *, sorts: bool = True) -> None:
    """Cursor pages as Zendesk gives them: `links.next` is set on the last one too, on another host even."""

    def reply(request: PreparedRequest) -> tuple[int, dict[str, str], str]:
        asked = parse_qs(urlsplit(request.url or "").query)
        listed = ids[::-1] if sorts and asked.get("sort") == ["-created_at"] else ids
        start = int(asked.get("page[after]", ["0"])[0])
        rows = listed[start : start + size]
        more = start + size < len(listed)
        meta = {"has_more": more, "after_cursor": str(start + size), "before_cursor": "0"}
        links = {"next": "https://elsewhere.example.com/next", "prev": None}
        return 200, {}, json.dumps({"audits": [an_audit(id=id_) for id_ in rows], "meta": meta, "links": links})

    responses.add_callback("GET", AUDITS, callback=reply)


@responses.activate
def test_all_audits_are_read_page_by_page_oldest_first() -> None:
    serve_audits([1, 2, 3, 4, 5], 2)
    assert [audit.id for audit in a_client().audits(5)] == [1, 2, 3, 4, 5]
    assert len(responses.calls) == 3
    assert query(responses.calls[0])["page[size]"] == "100"


@responses.activate
def test_new_audits_are_read_from_the_newest_until_a_known_one() -> None:
    serve_audits([1, 2, 3, 4, 5, 6, 7], 2)
    assert [audit.id for audit in a_client().audits(5, after_id=4)] == [5, 6, 7]
    assert len(responses.calls) == 2
    assert query(responses.calls[0])["sort"] == "-created_at"


@responses.activate
def test_no_new_audit_costs_one_page() -> None:
    serve_audits([1, 2, 3], 2)
    assert a_client().audits(5, after_id=3) == ()
    assert len(responses.calls) == 1


@responses.activate
def test_of_a_page_only_the_new_audits_are_looked_into() -> None:
    """What customers write takes milliseconds to read, and a known audit is on every page."""
    known = {**an_audit(id=1), "created_at": "no instant"}
    responses.get(AUDITS, json={"audits": [an_audit(id=2), known], "meta": {"has_more": False}, "links": {}})
    assert [audit.id for audit in a_client().audits(5, after_id=1)] == [2]


@responses.activate
@pytest.mark.parametrize("after_id", [1, 2, 3, 4])
def test_a_server_that_does_not_sort_loses_no_audit(after_id: int) -> None:
    """Archived tickets are listed in one go, whatever was asked."""
    serve_audits([1, 2, 3, 4, 5, 6], 2, sorts=False)
    expected = [id_ for id_ in (1, 2, 3, 4, 5, 6) if id_ > after_id]
    assert [audit.id for audit in a_client().audits(5, after_id=after_id)] == expected


@responses.activate
def test_an_update_sends_its_body_once_and_gives_the_audit() -> None:
    responses.put(f"{API}/tickets/5.json", json={"ticket": a_ticket(), "audit": an_audit()})
    body = {"ticket": {"safe_update": True, "updated_stamp": "2026-11-24T09:12:07Z"}}
    audit = a_client().update(5, body)
    assert audit is not None
    assert audit.id == 555
    assert json.loads(responses.calls[0].request.body or b"") == body
    assert len(responses.calls) == 1


@responses.activate
@pytest.mark.parametrize("reply", [{"ticket": a_ticket()}, {"ticket": a_ticket(), "audit": an_audit(events=[])}])
def test_an_update_that_changed_nothing_has_no_audit(reply: dict[str, Any]) -> None:
    responses.put(f"{API}/tickets/5.json", json=reply)
    assert a_client().update(5, {"ticket": {}}) is None


@responses.activate
@pytest.mark.parametrize("body", ["", "<html>", "[]", '{"audit": {"id": "x", "events": [1]}}'])
def test_an_update_whose_reply_cannot_be_read_is_unclear(body: str) -> None:
    """It was most likely applied; reading the ticket again will tell."""
    responses.put(f"{API}/tickets/5.json", body=body)
    with pytest.raises(Unclear):
        a_client().update(5, {"ticket": {}})
    assert len(responses.calls) == 1


@responses.activate
def test_a_ticket_is_created_under_its_key() -> None:
    responses.post(f"{API}/tickets.json", status=201, json={"ticket": a_ticket(id=9), "audit": an_audit()})
    seen = Seen()
    created = a_client(seen).create_ticket({"ticket": {"subject": "x"}}, idempotency_key="notice:1:2")
    assert created.id == 9
    assert responses.calls[0].request.headers["Idempotency-Key"] == "notice:1:2"
    assert seen.counted == ["create"]


@responses.activate
def test_the_key_is_not_sent_with_the_next_call() -> None:
    responses.post(f"{API}/tickets.json", status=201, json={"ticket": a_ticket()})
    responses.put(f"{API}/tickets/5.json", json={"ticket": {}})
    client = a_client()
    client.create_ticket({"ticket": {}}, idempotency_key="notice:1:2")
    client.update(5, {"ticket": {}})
    assert "Idempotency-Key" not in responses.calls[1].request.headers


@responses.activate
def test_the_same_key_with_another_body_is_to_be_looked_up() -> None:
    responses.post(f"{API}/tickets.json", status=400, json={"error": "IdempotentRequestError"})
    with pytest.raises(OtherBody):
        a_client().create_ticket({"ticket": {}}, idempotency_key="k")


@responses.activate
def test_a_creation_without_a_reply_is_unclear_and_sent_once() -> None:
    responses.post(f"{API}/tickets.json", body=requests.ConnectionError("reset"))
    with pytest.raises(Unclear):
        a_client().create_ticket({"ticket": {}}, idempotency_key="k")
    assert len(responses.calls) == 1


@responses.activate
def test_people_are_read_a_hundred_at_a_time_and_unknown_ones_left_out() -> None:
    def reply(request: PreparedRequest) -> tuple[int, dict[str, str], str]:
        ids = parse_qs(urlsplit(request.url or "").query)["ids"][0].split(",")
        assert len(ids) <= 100
        users = [{"id": int(id_), "role": "agent"} for id_ in ids if id_ != "7"]
        return 200, {}, json.dumps({"users": users})

    responses.add_callback("GET", f"{API}/users/show_many.json", callback=reply)
    people = a_client().users(range(1, 151))
    assert [person.id for person in people] == [id_ for id_ in range(1, 151) if id_ != 7]
    assert len(responses.calls) == 2


@responses.activate
def test_nobody_asked_for_costs_no_call() -> None:
    assert a_client().users([]) == ()
    assert len(responses.calls) == 0


@responses.activate
def test_a_server_that_ignores_the_external_id_finds_only_what_matches() -> None:
    rows = [a_ticket(id=1, external_id="a"), a_ticket(id=2, external_id="b"), a_ticket(id=3, external_id=None)]
    responses.get(f"{API}/tickets.json", json={"tickets": rows, "meta": {"has_more": False}})
    assert [ticket.id for ticket in a_client().tickets_by_external_id("a")] == [1]


@responses.activate
def test_the_listing_for_a_resync_goes_page_by_page_and_leaves_out_what_has_ended() -> None:
    first = [a_ticket(id=1), a_ticket(id=2, status="closed"), a_ticket(id=3, status="solved")]
    responses.get(f"{API}/tickets.json", json={"tickets": first, "meta": {"has_more": True, "after_cursor": "abc"}})
    responses.get(f"{API}/tickets.json", json={"tickets": [a_ticket(id=4)], "meta": {"has_more": False}})
    seen = Seen()
    client = a_client(seen)
    pages = [client.unclosed_page(), client.unclosed_page("abc")]
    assert [[row.id for row in page.rows] for page in pages] == [[1, 3], [4]]
    assert [(page.cursor, page.end_of_stream) for page in pages] == [("abc", False), ("", True)]
    assert query(responses.calls[1])["page[after]"] == "abc"
    assert seen.asked == [(("account", "tickets-index"), "bulk")] * 2


@responses.activate
def test_a_search_goes_page_by_page_with_its_query_and_as_bulk() -> None:
    first = {"results": [a_ticket(id=1)], "meta": {"has_more": True, "after_cursor": "abc"}}
    responses.get(f"{API}/search/export.json", json=first)
    responses.get(f"{API}/search/export.json", json={"results": [a_ticket(id=2)], "meta": {"has_more": False}})
    seen = Seen()
    client = a_client(seen)
    pages = [client.search_page("tags:a status<solved"), client.search_page("tags:a status<solved", "abc")]
    assert [([ticket.id for ticket in page.tickets], page.cursor) for page in pages] == [([1], "abc"), ([2], "")]
    assert query(responses.calls[1]) == {
        "query": "tags:a status<solved",
        "filter[type]": "ticket",
        "page[size]": "100",
        "page[after]": "abc",
    }
    assert seen.asked == [(("account", "search"), "bulk")] * 2


@responses.activate
def test_names_are_read_a_hundred_at_a_time() -> None:
    def reply(request: PreparedRequest) -> tuple[int, dict[str, str], str]:
        ids = parse_qs(urlsplit(request.url or "").query)["ids"][0].split(",")
        return 200, {}, json.dumps({"users": [{"id": int(id_), "name": f"N{id_}"} for id_ in ids if id_ != "7"]})

    responses.add_callback("GET", f"{API}/users/show_many.json", callback=reply)
    names = a_client().names(range(1, 151))
    assert (len(names), names[150], 7 in names) == (149, "N150", False)
    assert len(responses.calls) == 2
    assert a_client().names([]) == {}
    assert len(responses.calls) == 2


@responses.activate
def test_the_anonymous_user_is_nobody() -> None:
    """Zendesk answers 200 without a working credential."""
    responses.get(f"{API}/users/me.json", json={"user": {"id": None, "name": "Anonymous user"}})
    assert a_client().me() is None


@responses.activate
def test_lists_for_the_doctor_are_plain_and_keep_unknown_keys() -> None:
    webhook = {"id": "01HAN", "status": "active", "new_key": 1}
    responses.get(f"{API}/webhooks", json={"webhooks": [webhook], "meta": {"has_more": False}})
    responses.get(f"{API}/custom_statuses.json", json={"custom_statuses": [{"id": 1}]})
    responses.get(f"{API}/ticket_fields.json", json={"ticket_fields": [{"id": 2}], "next_page": None, "count": 1})
    responses.get(f"{API}/triggers.json", json={"triggers": [{"id": 3}], "meta": {"has_more": False}})
    responses.get(
        f"{API}/webhooks/01HAN/signing_secret", json={"signing_secret": {"secret": "s", "algorithm": "SHA256"}}
    )
    client = a_client()
    assert client.webhooks() == (webhook,)
    assert (client.custom_statuses(), client.ticket_fields(), client.triggers()) == (
        ({"id": 1},),
        ({"id": 2},),
        ({"id": 3},),
    )
    assert client.signing_secret("01HAN") == "s"


@responses.activate
def test_an_endpoint_that_the_plan_lacks_is_a_refusal() -> None:
    responses.get(f"{API}/custom_statuses.json", status=404, json={"error": "InvalidEndpoint"})
    with pytest.raises(Rejected):
        a_client().custom_statuses()


@responses.activate
def test_a_server_whose_cursor_stands_still_does_not_hold_us_for_ever() -> None:
    responses.get(AUDITS, json={"audits": [an_audit()], "meta": {"has_more": True, "after_cursor": "same"}})
    assert len(a_client().audits(5)) == 2


@responses.activate
def test_zenpys_own_calls_go_through_our_session_to_our_address() -> None:
    responses.get("http://127.0.0.1:5055/api/v2/users/me.json", json={"user": {"id": 1, "name": "Ada"}})
    seen = Seen()
    client = Zendesk(a_session(seen, "http://127.0.0.1:5055"))
    assert client.zenpy.users.me().name == "Ada"
    assert seen.counted == ["users"]


def test_each_thread_and_process_gets_its_own_client() -> None:
    made: list[Zendesk] = []

    def make() -> Zendesk:
        made.append(a_client())
        return made[-1]

    clients = PerThread(make)
    assert clients() is clients()
    other: list[Zendesk] = []
    thread = threading.Thread(target=lambda: other.append(clients()))
    thread.start()
    thread.join()
    assert other[0] is not clients()
    read, write = os.pipe()
    if (child := os.fork()) == 0:
        os.write(write, b"1" if clients() not in made[:2] else b"0")
        os._exit(0)
    os.waitpid(child, 0)
    assert os.read(read, 1) == b"1"
    os.close(read)
    os.close(write)


def test_now_is_the_accounts_time_when_a_reply_has_no_date() -> None:
    with responses.RequestsMock() as mock:
        mock.get(f"{API}/tickets/5.json", json={"ticket": a_ticket()})
        assert a_client().ticket(5).date == NOW
