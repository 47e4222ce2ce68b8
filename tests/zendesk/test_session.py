"""Requests on the wire: what is repeated and what never is, who gets the credential, what the hooks are told."""

from __future__ import annotations

import base64
import socket
import threading
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta

import pytest
import requests
import responses

from tests.zendesk.builders import API, BASE, DATE, NOW, Seen, a_session, a_ticket
from zdsync.core.model import WorkClass
from zdsync.zendesk.errors import (
    Conflict,
    RateLimited,
    Unauthorized,
    Unavailable,
    Unclear,
)
from zdsync.zendesk.oauth import ApiToken
from zdsync.zendesk.session import ATTEMPTS, ApiSession, ForeignHost, Hooks

TICKET = f"{API}/tickets/5.json"


@responses.activate
def test_a_read_is_repeated_after_a_server_error() -> None:
    responses.get(TICKET, status=503, headers={"Retry-After": "1"})
    responses.get(TICKET, body=requests.ConnectionError("reset"))
    responses.get(TICKET, json={"ticket": a_ticket()})
    seen = Seen()
    assert a_session(seen).get(TICKET).json()["ticket"]["id"] == 4013
    assert seen.counted == ["show", "show", "show"]
    assert seen.slept[0] == 1
    assert all(pause <= 2 for pause in seen.slept)


@responses.activate
def test_a_read_gives_up_after_a_few_attempts_within_seconds() -> None:
    responses.get(TICKET, status=500, body="<html>")
    seen = Seen()
    with pytest.raises(Unavailable):
        a_session(seen).get(TICKET)
    assert len(responses.calls) == ATTEMPTS
    assert sum(seen.slept) < 5


@responses.activate
@pytest.mark.parametrize("status", [500, 502, 503, 504])
def test_a_write_is_never_repeated_after_a_server_error(status: int) -> None:
    responses.put(TICKET, status=status, headers={"Retry-After": "1"})
    seen = Seen()
    with pytest.raises(Unclear):
        a_session(seen).put(TICKET, json={})
    assert len(responses.calls) == 1
    assert seen.slept == []


@responses.activate
@pytest.mark.parametrize(
    "fault",
    [
        requests.ConnectionError("Connection reset by peer"),
        requests.ReadTimeout("no reply"),
        requests.exceptions.ChunkedEncodingError("cut"),
    ],
    ids=["reset", "timeout", "cut in the middle"],
)
def test_a_write_without_a_reply_is_unclear_and_sent_once(fault: Exception) -> None:
    responses.put(TICKET, body=fault)
    with pytest.raises(Unclear) as caught:
        a_session().put(TICKET, json={})
    assert len(responses.calls) == 1
    assert caught.value.after == timedelta(seconds=5)


@responses.activate
def test_a_write_that_could_not_connect_is_tried_again() -> None:
    """Nothing has been sent then."""
    responses.put(TICKET, body=requests.ConnectTimeout("no route"))
    responses.put(TICKET, json={"ticket": {}})
    assert a_session().put(TICKET, json={}).ok
    assert len(responses.calls) == 2


def test_a_refused_connection_leaves_a_write_unapplied() -> None:
    with socket.create_server(("127.0.0.1", 0)) as closed:
        url = f"http://127.0.0.1:{closed.getsockname()[1]}"
    seen = Seen()
    with pytest.raises(Unavailable):
        a_session(seen, url).put(f"{url}/api/v2/tickets/5.json", json={})
    assert seen.counted == ["update"] * ATTEMPTS


def test_a_connection_that_is_reset_while_writing_is_not_used_for_a_second_write() -> None:
    """zenpy's own adapter sent one comment four times here."""
    with _resetting_server() as (url, arrived), pytest.raises(Unclear):
        a_session(base_url=url).put(f"{url}/api/v2/tickets/5.json", json={"ticket": {}})
    assert arrived == ["PUT"]


@responses.activate
def test_a_conflict_is_told_and_not_repeated() -> None:
    responses.put(TICKET, status=409, json={"error": "UpdateConflict"})
    with pytest.raises(Conflict):
        a_session().put(TICKET, json={})
    assert len(responses.calls) == 1


@responses.activate
@pytest.mark.parametrize("method", ["GET", "PUT"])
def test_a_429_is_told_at_once_and_pauses_its_limit_for_everybody(method: str) -> None:
    responses.add(method, TICKET, status=429, headers={"Retry-After": "93"}, body="Number of allowed API requests…")
    seen = Seen()
    with pytest.raises(RateLimited) as caught:
        a_session(seen).request(method, TICKET)
    assert seen.limited == [caught.value]
    assert caught.value.sent
    assert len(responses.calls) == 1
    assert seen.slept == []


@responses.activate
def test_what_the_gate_refuses_is_not_sent() -> None:
    def gate(families: Sequence[str], work: WorkClass) -> None:
        raise RateLimited(families[-1], timedelta(seconds=9), sent=False)

    counted: list[str] = []
    session = ApiSession(
        BASE, ApiToken("a@example.com", "t"), now=lambda: NOW, hooks=Hooks(gate=gate, count=counted.append)
    )
    with pytest.raises(RateLimited) as caught:
        session.put(TICKET, json={})
    assert caught.value.family == "per-ticket-updates:5"
    assert not caught.value.sent
    assert counted == []
    assert len(responses.calls) == 0


@responses.activate
def test_the_hooks_learn_kind_families_date_and_headers_of_each_request() -> None:
    headers = {"Date": DATE, "ratelimit-remaining": "696"}
    responses.put(TICKET, json={}, headers=headers)
    responses.get(f"{API}/incremental/tickets/cursor.json", json={}, headers=headers)
    seen = Seen()
    session = a_session(seen)
    session.request("PUT", TICKET, work="p1", json={})
    session.get(f"{API}/incremental/tickets/cursor.json", params={"cursor": "x"})
    assert seen.counted == ["update", "export"]
    assert seen.asked == [
        (("account", "tickets-update", "per-ticket-updates:5"), "p1"),
        (("account", "incremental"), "live"),
    ]
    assert seen.dates == [datetime(2026, 11, 24, 9, 30, tzinfo=UTC)] * 2
    assert [(given["ratelimit-remaining"], ticket_id) for given, ticket_id in seen.headers] == [
        ("696", 5),
        ("696", None),
    ]


@responses.activate
def test_the_credential_goes_with_every_request_to_the_account() -> None:
    responses.get(TICKET, json={})
    a_session().get(TICKET)
    expected = base64.b64encode(b"ada@example.com/token:secret-token").decode()
    assert responses.calls[0].request.headers["Authorization"] == f"Basic {expected}"


@responses.activate
@pytest.mark.parametrize(
    "url",
    [
        "https://evil.example.com/api/v2/tickets/5.json",
        "http://acme.zendesk.com/api/v2/tickets/5.json",
        "https://acme.zendesk.com.evil.example.com/attachment",
        "https://acme.zendesk.com:444/api/v2/tickets/5.json",
        "https://acme.zendesk.com@evil.example.com/",
    ],
)
def test_nothing_is_sent_to_another_address(url: str) -> None:
    with pytest.raises(ForeignHost):
        a_session().get(url)
    assert len(responses.calls) == 0


@responses.activate
def test_a_redirect_is_not_followed() -> None:
    responses.put(TICKET, status=307, headers={"Location": "https://evil.example.com/"})
    with pytest.raises(Unclear):
        a_session().put(TICKET, json={})
    assert len(responses.calls) == 1


@responses.activate
def test_cookies_of_a_reply_are_not_sent_back() -> None:
    responses.get(TICKET, json={}, headers={"Set-Cookie": "_zendesk_session=abc; Path=/"})
    session = a_session()
    session.get(TICKET)
    session.get(TICKET)
    assert "Cookie" not in responses.calls[1].request.headers


@responses.activate
def test_a_refused_api_token_is_an_error_at_once() -> None:
    responses.put(TICKET, status=401, json={"error": "Couldn't authenticate you"})
    with pytest.raises(Unauthorized) as caught:
        a_session().put(TICKET, json={})
    assert len(responses.calls) == 1
    assert "secret-token" not in str(caught.value)


@contextmanager
def _resetting_server() -> Iterator[tuple[str, list[str]]]:
    """Reads each request and closes without a reply; gives what arrived."""
    arrived: list[str] = []
    with socket.create_server(("127.0.0.1", 0)) as listener:

        def work() -> None:
            while True:
                try:
                    connection, _ = listener.accept()
                except OSError:
                    return
                with connection:
                    data = connection.recv(65536)
                    if data:
                        arrived.append(data.split(b" ", 1)[0].decode())

        thread = threading.Thread(target=work, daemon=True)
        thread.start()
        yield f"http://127.0.0.1:{listener.getsockname()[1]}", arrived
        listener.shutdown(socket.SHUT_RDWR)
    thread.join(5)
