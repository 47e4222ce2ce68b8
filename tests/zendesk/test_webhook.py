"""Deliveries of both families, verified on their very bytes; and everything that is refused, with the right status."""

from __future__ import annotations

import base64
import contextlib
import hashlib
import hmac
import json
from collections.abc import Mapping
from datetime import timedelta
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.zendesk.builders import NOW
from zdsync.zendesk import webhook
from zdsync.zendesk.webhook import BadRequest, BadSignature, Hint, TooLarge

SECRET = "dGhpc19zZWNyZXRfaXNfZm9yX3Rlc3Rpbmdfb25seQ=="
INVOCATION = "01HANA2B5D5W9XSJS3NE5SQA1J"
STAMP = "2026-11-24T09:30:00Z"
TRIGGER = b'{"ticket_id":"123"}'


def signed(
    body: bytes, changed: Mapping[str, str | None] | None = None, *, secret: str = SECRET, stamp: str = STAMP
) -> dict[str, str]:
    """Headers of a recorded delivery, in lower case. The signature is made here, independently of the code."""
    digest = hmac.new(secret.encode("ascii"), stamp.encode() + body, hashlib.sha256).digest()
    headers = {
        "content-type": "application/json; charset=utf-8",
        "user-agent": "Zendesk Webhook",
        "x-zendesk-account-id": "18525119",
        "x-zendesk-webhook-id": "01HAN96XNH1J7DY8D7RZ22QMT9",
        webhook.INVOCATION: INVOCATION,
        webhook.SIGNATURE: base64.b64encode(digest).decode(),
        webhook.TIMESTAMP: stamp,
    }
    return {name: value for name, value in {**headers, **(changed or {})}.items() if value is not None}


def read(body: bytes, headers: dict[str, str] | None = None, **arguments: Any) -> Hint:
    given_headers = signed(body) if headers is None else headers
    return webhook.read(given_headers, body, **{"secrets": [SECRET], "now": NOW, **arguments})


def an_event(**changed: Any) -> bytes:
    """Sorted keys, three spaces, a final newline: as recorded."""
    event = {
        "account_id": 22129848,
        "detail": {"actor_id": "8447", "id": "5158", "priority": "LOW", "status": "OPEN", "tags": ["a"]},
        "event": {"current": "SOLVED", "previous": "OPEN", "meta": {"sequence": {"id": "x", "position": 1}}},
        "id": "cbe4028c-7239-495d-b020-f22348516046",
        "subject": "zen:ticket:5158",
        "time": "2026-11-24T09:21:07.672717030Z",
        "type": "zen:event-type:ticket.status_changed",
        "zendesk_event_version": "2022-11-06",
        **changed,
    }
    return (json.dumps(event, indent=3, sort_keys=True) + "\n").encode()


def test_the_published_vector_verifies() -> None:
    """From Zendesk's documentation of the test secret; the key is the text itself, not what it decodes to."""
    body = b'{"event":"ticket.updated","id":123}'
    assert webhook.sign(SECRET, "2021-03-25T05:09:27Z", body) == b"S/RDdU2ERmj7LHDDoWJ2onPYH+t7/f2+LTM4dL7UiLM="


def test_the_secret_is_not_decoded() -> None:
    digest = hmac.new(base64.b64decode(SECRET), STAMP.encode() + TRIGGER, hashlib.sha256).digest()
    headers = signed(TRIGGER, {webhook.SIGNATURE: base64.b64encode(digest).decode()})
    with pytest.raises(BadSignature):
        read(TRIGGER, headers)


def test_a_triggers_delivery_names_its_ticket() -> None:
    assert read(TRIGGER) == Hint((123,), INVOCATION, "live")


def test_a_number_is_as_good_as_a_text() -> None:
    assert read(b'{"ticket_id": 123}').ticket_ids == (123,)


def test_an_event_names_its_ticket_and_is_verified_as_it_was_sent() -> None:
    body = an_event()
    assert read(body) == Hint((5158,), INVOCATION, "live")
    with pytest.raises(BadSignature):
        read(json.dumps(json.loads(body)).encode(), signed(body))


def test_an_event_of_an_urgent_ticket_goes_first() -> None:
    assert read(an_event(detail={"id": "5158", "priority": "URGENT"})).work == "p1"


def test_a_triggers_display_text_is_not_taken_for_a_priority() -> None:
    assert read(b'{"ticket_id":"123","priority":"URGENT"}').work == "live"


def test_an_event_about_something_else_is_no_fault_and_no_hint() -> None:
    assert read(an_event(subject="zen:user:6596848315901")).ticket_ids == ()


def test_either_of_two_secrets_serves_during_a_rotation() -> None:
    for secret in ("old", "new"):
        assert read(TRIGGER, signed(TRIGGER, secret=secret), secrets=["new", "old"]).ticket_ids == (123,)
    with pytest.raises(BadSignature):
        read(TRIGGER, signed(TRIGGER, secret="older"), secrets=["new", "old"])


def test_without_a_secret_everything_is_refused() -> None:
    with pytest.raises(BadSignature):
        read(TRIGGER, secrets=[])


@pytest.mark.parametrize("seconds", [-300, 0, 300])
def test_the_window_is_five_minutes_to_both_sides(seconds: int) -> None:
    assert read(TRIGGER, now=NOW + timedelta(seconds=seconds)).ticket_ids == (123,)
    outside = seconds + (1 if seconds >= 0 else -1) * 301
    with pytest.raises(BadSignature, match="window"):
        read(TRIGGER, now=NOW + timedelta(seconds=outside))


def test_an_event_that_was_held_up_is_taken_since_its_attempt_is_now() -> None:
    assert read(an_event(time="2026-11-24T08:00:00Z")).ticket_ids == (5158,)


SIGNATURES: dict[str, dict[str, str | None]] = {
    "no signature": {webhook.SIGNATURE: None},
    "an empty signature": {webhook.SIGNATURE: ""},
    "no timestamp": {webhook.TIMESTAMP: None},
    "another timestamp": {webhook.TIMESTAMP: "2026-11-24T09:30:01Z"},
    "not base64": {webhook.SIGNATURE: "!!"},
    "letters beyond ASCII": {webhook.SIGNATURE: "é" * 44},
    "a signature of something else": {webhook.SIGNATURE: signed(b"{}")[webhook.SIGNATURE]},
}


@pytest.mark.parametrize("name", SIGNATURES)
def test_what_is_not_signed_is_refused(name: str) -> None:
    with pytest.raises(BadSignature) as caught:
        read(TRIGGER, signed(TRIGGER, SIGNATURES[name]))
    assert caught.value.status == 401


@pytest.mark.parametrize("stamp", ["1234", "now", "2026-11-24T09:30:00", "0001-01-01T00:00:00+14:00", "9" * 4000])
def test_a_timestamp_that_is_no_instant_is_refused_though_signed(stamp: str) -> None:
    with pytest.raises(BadSignature, match="window"):
        read(TRIGGER, signed(TRIGGER, stamp=stamp))


BODIES: dict[str, bytes] = {
    "empty": b"",
    "a list": b"[1]",
    "a text": b'"123"',
    "null": b"null",
    "not JSON": b"ticket_id=123",
    "NaN": b'{"ticket_id": NaN}',
    "cut off": b'{"ticket_id": "12',
    "invalid UTF-8": b'{"ticket_id": "\xff\xfe"}',
    "invalid UTF-8 elsewhere": b'{"subject": "\xc3\x28"}',
    "nested without end": b'{"ticket_id":' + b"[" * 50_000,
    "nested where nobody looks": b'{"x":' + b"[" * 50_000 + b"]" * 50_000 + b"}",
    "a huge number": b'{"ticket_id": ' + b"9" * 5_000 + b"}",
    "a fraction": b'{"ticket_id": 1.5}',
    "true": b'{"ticket_id": true}',
    "no id": b"{}",
    "an empty id": b'{"ticket_id": ""}',
    "an unfilled placeholder": b'{"ticket_id": "{{ticket.id}}"}',
    "a sign": b'{"ticket_id": "+5"}',
    "digits of another script": '{"ticket_id": "١٢٣"}'.encode(),
    "zero": b'{"ticket_id": 0}',
    "minus one": b'{"ticket_id": -1}',
    "two to the 63rd": b'{"ticket_id": 9223372036854775808}',
    "the same as text": b'{"ticket_id": "9223372036854775808"}',
    "a subject without an id": b'{"subject": "zen:ticket:"}',
    "a list of ids": b'{"ticket_id": [1, 2]}',
}


@pytest.mark.parametrize("name", BODIES)
def test_what_names_no_ticket_is_a_bad_request(name: str) -> None:
    with pytest.raises(BadRequest) as caught:
        read(BODIES[name])
    assert caught.value.status == 400


def test_the_largest_id_is_taken_and_of_two_equal_keys_the_last() -> None:
    assert read(b'{"ticket_id": "9223372036854775807"}').ticket_ids == (2**63 - 1,)
    assert read(b'{"ticket_id": "1", "ticket_id": "2"}').ticket_ids == (2,)


@pytest.mark.parametrize("invocation", [None, "", "a b", "x" * 65, "é", "a\n"])
def test_a_delivery_without_a_proper_invocation_id_is_a_bad_request(invocation: str | None) -> None:
    with pytest.raises(BadRequest):
        read(TRIGGER, signed(TRIGGER, {webhook.INVOCATION: invocation}))


def test_a_body_over_the_limit_is_refused_unread() -> None:
    body = b" " * (webhook.BODY_LIMIT + 1)
    with pytest.raises(TooLarge) as caught:
        read(body)
    assert caught.value.status == 413


@given(
    body=st.binary(max_size=300), headers=st.dictionaries(st.sampled_from(sorted(signed(b""))), st.text(max_size=60))
)
def test_nothing_unsigned_is_ever_taken(body: bytes, headers: dict[str, str]) -> None:
    with pytest.raises(BadSignature):
        read(body, {**signed(b"other"), **headers})


@given(body=st.binary(max_size=300) | st.text(max_size=100).map(lambda text: json.dumps({"ticket_id": text}).encode()))
def test_anything_signed_is_a_hint_or_a_refusal(body: bytes) -> None:
    with contextlib.suppress(BadRequest):
        assert all(1 <= ticket_id < 2**63 for ticket_id in read(body).ticket_ids)
