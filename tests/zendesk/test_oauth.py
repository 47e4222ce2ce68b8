"""Tokens of OAuth client credentials: asked for once, renewed before they end, shared, and replaced when refused."""

from __future__ import annotations

import json
from dataclasses import dataclass
from datetime import datetime, timedelta

import pytest
import requests
import responses

from tests.zendesk.builders import API, BASE, NOW, a_session
from zdsync.zendesk.errors import Unauthorized, Unavailable
from zdsync.zendesk.oauth import ClientCredentials, Token, TokenStore

TOKENS = f"{BASE}/oauth/tokens"
TICKET = f"{API}/tickets/5.json"


@dataclass
class Time:
    now: datetime = NOW

    def __call__(self) -> datetime:
        return self.now


class Shared:
    """A token store of two processes."""

    def __init__(self) -> None:
        self.token: Token | None = None

    def load(self) -> Token | None:
        return self.token

    def save(self, token: Token) -> None:
        self.token = token


def credentials(time: Time, store: TokenStore | None = None) -> ClientCredentials:
    return ClientCredentials(BASE, "zdsync", "hidden-secret", now=time, store=store)


def issue(token: str, **more: object) -> None:
    body = {"access_token": token, "scope": "read write", "token_type": "bearer", **more}
    responses.post(TOKENS, status=201, json=body)


@responses.activate
def test_a_token_is_asked_for_once_and_used_until_it_is_to_be_renewed() -> None:
    issue("one")
    issue("two")
    time = Time()
    credential = credentials(time)
    assert [credential.header(), credential.header()] == ["Bearer one", "Bearer one"]
    time.now += timedelta(hours=21)
    assert credential.header() == "Bearer one"
    time.now += timedelta(hours=1)
    assert credential.header() == "Bearer two"
    assert len(responses.calls) == 2


@responses.activate
def test_the_request_is_as_documented() -> None:
    issue("one")
    credentials(Time()).header()
    assert json.loads(responses.calls[0].request.body or b"") == {
        "grant_type": "client_credentials",
        "client_id": "zdsync",
        "client_secret": "hidden-secret",
        "scope": "read write",
        "expires_in": 86400,
    }


@responses.activate
def test_a_shorter_life_than_asked_for_counts() -> None:
    issue("one", expires_in=300)
    issue("two")
    time = Time()
    credential = credentials(time)
    credential.header()
    time.now += timedelta(seconds=280)
    assert credential.header() == "Bearer two"


@responses.activate
def test_while_the_present_token_lives_a_failed_renewal_waits() -> None:
    issue("one")
    responses.post(TOKENS, status=503)
    time = Time()
    credential = credentials(time)
    credential.header()
    time.now += timedelta(hours=23)
    assert credential.header() == "Bearer one"
    time.now += timedelta(hours=1)
    with pytest.raises(Unavailable):
        credential.header()


@responses.activate
def test_processes_that_share_a_store_share_the_token() -> None:
    issue("one")
    time, store = Time(), Shared()
    first, second = credentials(time, store), credentials(time, store)
    assert first.header() == second.header() == "Bearer one"
    assert len(responses.calls) == 1


@responses.activate
def test_a_refused_token_is_renewed_once_and_the_write_goes_out_once_more() -> None:
    """A write that was refused for its credential was not applied."""
    issue("old")
    issue("new")
    responses.put(TICKET, status=401, json={"error": "invalid_token"})
    responses.put(TICKET, json={"ticket": {}})
    assert a_session(credential=credentials(Time())).put(TICKET, json={}).ok
    sent = [call.request.headers["Authorization"] for call in responses.calls if call.request.method == "PUT"]
    assert sent == ["Bearer old", "Bearer new"]


@responses.activate
def test_a_second_refusal_is_an_error() -> None:
    issue("old")
    issue("new")
    responses.get(TICKET, status=401, json={"error": "invalid_token"})
    with pytest.raises(Unauthorized):
        a_session(credential=credentials(Time())).get(TICKET)
    assert [call.request.method for call in responses.calls] == ["POST", "GET", "POST", "GET"]


@responses.activate
def test_after_a_refusal_a_token_that_another_process_got_is_taken() -> None:
    issue("old")
    time, store = Time(), Shared()
    credential = credentials(time, store)
    refused = credential.header()
    store.save(Token("fresh", NOW + timedelta(hours=5), NOW + timedelta(hours=6)))
    assert credential.renew(refused)
    assert credential.header() == "Bearer fresh"
    assert len(responses.calls) == 1


@responses.activate
def test_a_wrong_client_is_named_and_its_secret_is_not() -> None:
    responses.post(TOKENS, status=401, json={"error": "invalid_client", "error_description": "hidden-secret?"})
    with pytest.raises(Unauthorized) as caught:
        credentials(Time()).header()
    assert "'zdsync'" in str(caught.value)
    assert "hidden-secret" not in str(caught.value)


@responses.activate
@pytest.mark.parametrize("body", ["<html>", "[]", "{}", '{"access_token": 5}', '{"access_token": "a\\r\\nX: y"}'])
def test_a_reply_without_a_usable_token_is_none(body: str) -> None:
    responses.post(TOKENS, status=201, body=body)
    with pytest.raises(Unavailable):
        credentials(Time()).header()


@responses.activate
def test_no_reply_is_for_later_and_does_not_quote_the_request() -> None:
    responses.post(TOKENS, body=requests.ConnectionError("hidden-secret"))
    with pytest.raises(Unavailable) as caught:
        credentials(Time()).header()
    assert "hidden-secret" not in str(caught.value)


def test_a_token_does_not_show_itself() -> None:
    assert "abc" not in repr(Token("abc", NOW, NOW))
