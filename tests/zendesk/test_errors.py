"""Every failure that Zendesk has been seen to answer becomes one named error, and none makes the parser raise."""

from __future__ import annotations

import json
from datetime import timedelta
from typing import Any

import pytest
import requests
from hypothesis import given
from hypothesis import strategies as st

from tests.zendesk.builders import NOW
from zdsync.zendesk.errors import (
    UNKNOWN_WAIT,
    Closed,
    Conflict,
    GiveUp,
    NotFound,
    OtherBody,
    RateLimited,
    Rejected,
    RetryLater,
    Unauthorized,
    Unavailable,
    Unclear,
    ZendeskError,
    outcome,
    parse_error,
    retry_after,
)

UPDATE = ("account", "tickets-update", "per-ticket-updates:5")


def a_reply(status: int, body: object = "", **headers: str) -> requests.Response:
    response = requests.Response()
    response.status_code = status
    raw = body if isinstance(body, bytes) else (body if isinstance(body, str) else json.dumps(body)).encode()
    response._content = raw
    response.headers.update({name.replace("_", "-"): value for name, value in headers.items()})
    return response


def decided(response: requests.Response, *, write: bool = True) -> ZendeskError:
    return outcome(response, write=write, families=UPDATE, now=NOW)


CLOSED = {
    "error": "RecordInvalid",
    "description": "Record validation errors",
    "details": {"status": [{"description": "Status: closed prevents ticket update"}]},
}
REQUIRED = {
    "error": "RecordInvalid",
    "description": "Record validation errors",
    "details": {"base": [{"description": "Assignee: is required when solving a ticket", "error": None}]},
}
OUTCOMES: dict[str, tuple[int, object, type[ZendeskError], str]] = {
    "a stale stamp": (409, {"error": "UpdateConflict", "description": "Safe Update"}, Conflict, "UpdateConflict"),
    "writes that collided inside": (409, {"error": "DatabaseConflict"}, Conflict, "DatabaseConflict"),
    "a closed ticket": (422, CLOSED, Closed, "closed prevents"),
    "required fields missing": (422, REQUIRED, Rejected, "Assignee: is required"),
    "no such record": (404, {"error": "RecordNotFound", "description": "Not found"}, NotFound, "RecordNotFound"),
    "no such endpoint": (404, {"error": "InvalidEndpoint"}, Rejected, "InvalidEndpoint"),
    "an account that is not there": (404, "<!DOCTYPE html><html>No help desk</html>", Unclear, "an HTML page"),
    "an error object": (403, {"error": {"title": "Forbidden", "message": "no access"}}, Rejected, "no access"),
    "an error list": (400, {"errors": [{"code": "InvalidPaginationDepth", "title": "t"}]}, Rejected, "Invalid"),
    "another body for one key": (400, {"error": "IdempotentRequestError"}, OtherBody, "IdempotentRequestError"),
    "too many values": (400, {"error": "TooManyValues", "description": "more than 100"}, Rejected, "TooManyValues"),
    "a wrong credential": (401, {"error": "Couldn't authenticate you"}, Unauthorized, "authenticate"),
    "a server error": (500, "", Unclear, "500"),
    "a gateway's page": (502, "<html>Bad gateway</html>", Unclear, "an HTML page"),
    "a redirect": (302, "", Unclear, "302"),
}


@pytest.mark.parametrize("name", OUTCOMES)
def test_each_reply_to_a_write_is_one_named_error(name: str) -> None:
    status, body, kind, words = OUTCOMES[name]
    error = decided(a_reply(status, body))
    assert type(error) is kind
    assert words in str(error)


@pytest.mark.parametrize(
    ("status", "body"), [(500, ""), (503, "<html>"), (404, "<html>no help desk</html>"), (302, "")]
)
def test_what_leaves_a_write_unclear_only_makes_a_read_unavailable(status: int, body: str) -> None:
    assert type(decided(a_reply(status, body), write=False)) is Unavailable


def test_closed_is_not_among_the_refusals_that_are_held_back() -> None:
    """A closed ticket leaves the index; `except Rejected` must not catch it."""
    assert not isinstance(decided(a_reply(422, CLOSED)), Rejected)


def test_the_support_id_of_a_reply_is_kept() -> None:
    assert decided(a_reply(500, "", x_request_id="abc-1")).request_id == "abc-1"


LIMITS: dict[str, tuple[dict[str, str], object, str, timedelta]] = {
    "whole seconds": ({"Retry-After": "17"}, "", "account", timedelta(seconds=17)),
    "fractional seconds": ({"Retry-After": "1.5"}, "", "account", timedelta(seconds=1.5)),
    "an HTTP date": ({"Retry-After": "Tue, 24 Nov 2026 09:30:42 GMT"}, "", "account", timedelta(seconds=42)),
    "a date in the past": ({"Retry-After": "Tue, 24 Nov 2026 09:00:00 GMT"}, "", "account", timedelta(0)),
    "nothing": ({}, "Number of allowed API requests per minute exceeded", "account", UNKNOWN_WAIT),
    "nonsense": ({"Retry-After": "soon"}, "", "account", UNKNOWN_WAIT),
    "not a number": ({"Retry-After": "nan"}, "", "account", UNKNOWN_WAIT),
    "minus infinity": ({"Retry-After": "-inf"}, "", "account", UNKNOWN_WAIT),
    "far too long": ({"Retry-After": "1e300"}, "", "account", timedelta(hours=1)),
    "the ticket's own limit": (
        {"zendesk-ratelimit-per-ticket-updates": "total=30; remaining=0; resets=468"},
        "",
        "per-ticket-updates:5",
        timedelta(seconds=468),
    ),
    "the updates' limit, old spelling": (
        {"Zendesk-Rate-Limit-Tickets-Update": "total=100; remaining=0; resets=59"},
        "",
        "tickets-update",
        timedelta(seconds=59),
    ),
    "the account's limit": (
        {"ratelimit-remaining": "0", "ratelimit-reset": "11"},
        "",
        "account",
        timedelta(seconds=11),
    ),
    "the account has budget left": (
        {"ratelimit-remaining": "300", "Retry-After": "5"},
        "",
        "tickets-update",
        timedelta(seconds=5),
    ),
    "the exports' limit by its text": (
        {"Retry-After": "5"},
        {"error": "APIRateLimitExceeded", "description": "Number of allowed incremental export API requests…"},
        "incremental",
        timedelta(seconds=5),
    ),
    "too many jobs": ({"Retry-After": "5"}, {"error": "TooManyJobs"}, "jobs", timedelta(seconds=5)),
}


@pytest.mark.parametrize("name", LIMITS)
def test_a_429_names_the_limit_and_the_wait(name: str) -> None:
    headers, body, family, wait = LIMITS[name]
    error = decided(a_reply(429, body, **{key.replace("-", "_"): value for key, value in headers.items()}))
    assert isinstance(error, RateLimited)
    assert (error.family, error.retry_after, error.after) == (family, wait, wait)


def test_a_503_with_retry_after_hands_the_wait_on() -> None:
    error = decided(a_reply(503, "", Retry_After="20"))
    assert isinstance(error, Unclear)
    assert error.after == timedelta(seconds=20)


json_values = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=20),
    lambda inner: (
        st.lists(inner, max_size=3)
        | st.dictionaries(
            st.sampled_from(["error", "errors", "description", "details", "title", "base"]), inner, max_size=4
        )
    ),
    max_leaves=12,
)


@given(status=st.integers(100, 599), body=json_values.map(json.dumps).map(str.encode) | st.binary(max_size=200))
def test_no_body_whatever_makes_the_parser_raise(status: int, body: bytes) -> None:
    """It is always one of the two kinds, in one line of bounded length."""
    response = a_reply(status, body)
    parse_error(response)
    for write in (True, False):
        error = decided(response, write=write)
        assert isinstance(error, RetryLater | GiveUp)
        assert len(str(error)) < 1000
        assert "\n" not in str(error)


def test_a_body_nested_without_end_does_not_make_the_parser_raise() -> None:
    assert isinstance(decided(a_reply(400, b"[" * 100_000)), Rejected)


@pytest.mark.parametrize("shape", ["{}", "<{}>", "mailto:{}", '"{}",'])
def test_nobodys_address_is_in_the_words_of_an_error(shape: str) -> None:
    details = {"requester": [{"description": f"Email: {shape.format('emily.carter+x@mail.example')} is no address"}]}
    words = parse_error(a_reply(422, {"error": "RecordInvalid", "details": details})).words
    assert words == f"Email: {shape.format('(an address)')} is no address"


@given(value=st.text(max_size=40))
def test_retry_after_is_between_zero_and_an_hour_or_unknown(value: str) -> None:
    headers: dict[str, Any] = {"Retry-After": value}
    wait = retry_after(headers, NOW)
    assert wait is None or timedelta(0) <= wait <= timedelta(hours=1)
