"""The receiver's answers: each delivery is stored, refused, or sent back to be repeated; and what must not happen."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from datetime import timedelta
from typing import Any

import pytest
from redis.exceptions import ConnectionError as RedisAway
from starlette.applications import Starlette
from structlog.testing import capture_logs

from tests.web.asgi import Answer, NoAnswer, ask
from tests.zendesk.builders import NOW
from tests.zendesk.test_webhook import SECRET, TRIGGER, an_event, signed
from zdsync.web.public import public_app
from zdsync.zendesk.webhook import BODY_LIMIT, Hint


class Stored:
    """Stands for the due index: remembers invocations as the store's script does."""

    def __init__(self) -> None:
        self.hints: list[Hint] = []

    async def receive(self, hint: Hint) -> bool:
        new = hint.invocation_id not in {known.invocation_id for known in self.hints}
        if new:
            self.hints.append(hint)
        return new


def an_app(receive: Callable[[Hint], Awaitable[bool]], **changed: Any) -> Starlette:
    return public_app(receive, **{"now": lambda: NOW, "secrets": [SECRET], **changed})


def post(app: Starlette, body: bytes | list[bytes], headers: dict[str, str] | None = None, **how: Any) -> Answer:
    whole = body if isinstance(body, bytes) else b"".join(body)
    return asyncio.run(ask(app, "POST", "/webhook", signed(whole) if headers is None else headers, body, **how))


@pytest.mark.parametrize("body", [TRIGGER, an_event(subject="zen:ticket:123")], ids=["trigger", "event"])
def test_a_delivery_is_answered_202_once_its_hint_is_stored(body: bytes) -> None:
    stored, outcomes = Stored(), list[str]()
    answer = post(an_app(stored.receive, count=outcomes.append), body)
    assert (answer.status, answer.body) == (202, b"")
    assert [hint.ticket_ids for hint in stored.hints] == [(123,)]
    assert outcomes == ["stored"]


def test_a_repeated_invocation_is_202_again_and_gives_no_second_hint() -> None:
    stored, outcomes = Stored(), list[str]()
    app = an_app(stored.receive, count=outcomes.append)
    assert [post(app, TRIGGER).status for _ in range(3)] == [202, 202, 202]
    assert len(stored.hints) == 1
    assert outcomes == ["stored", "repeated", "repeated"]


def test_an_event_about_a_user_is_202_and_stores_nothing() -> None:
    stored = Stored()
    assert post(an_app(stored.receive), an_event(subject="zen:user:5")).status == 202
    assert stored.hints == []


def test_either_secret_serves_during_a_rotation_and_a_third_does_not() -> None:
    stored = Stored()
    app = an_app(stored.receive, secrets=["new", "old"])
    statuses = [post(app, TRIGGER, signed(TRIGGER, secret=secret)).status for secret in ("new", "old", "older")]
    assert statuses == [202, 202, 401]


REFUSED: dict[str, tuple[bytes, dict[str, str] | None, int]] = {
    "no headers": (TRIGGER, {}, 401),
    "a signature of another body": (TRIGGER, signed(b"{}"), 401),
    "a stale timestamp": (TRIGGER, signed(TRIGGER, stamp="2026-11-24T09:24:59Z"), 401),
    "a timestamp of the future": (TRIGGER, signed(TRIGGER, stamp="2026-11-24T09:35:01Z"), 401),
    "the same JSON written otherwise": (b'{"ticket_id": "123"}', signed(TRIGGER), 401),
    "signed nonsense": (b"{", None, 400),
    "signed and deeply nested": (b"[" * 100_000, None, 400),
    "signed and out of range": (b'{"ticket_id": 9223372036854775808}', None, 400),
    "signed and too large": (b" " * (BODY_LIMIT + 1), None, 413),
}


@pytest.mark.parametrize("name", REFUSED)
def test_bad_input_is_refused_and_stores_nothing(name: str) -> None:
    body, headers, status = REFUSED[name]
    stored, outcomes = Stored(), list[str]()
    answer = post(an_app(stored.receive, count=outcomes.append), body, headers)
    assert answer.status == status
    assert "retry-after" not in answer.headers
    assert stored.hints == []
    assert outcomes == ["refused"]


def test_the_limit_holds_without_a_content_length_and_against_a_false_one() -> None:
    """Nothing is read past the limit: the endless pieces would otherwise never end."""
    stored = Stored()
    app = an_app(stored.receive)
    pieces = [b" " * 65536] * 5
    for headers in ({}, {"content-length": "5"}, {"content-length": "-1"}, {"content-length": "²"}):
        answer = post(app, pieces, headers, hangs=True)
        assert (answer.status, answer.headers["connection"]) == (413, "close")
    assert stored.hints == []


@pytest.mark.parametrize("length", [str(BODY_LIMIT + 1), "9" * 5000])
def test_an_announced_length_over_the_limit_is_refused_before_reading(length: str) -> None:
    answer = post(an_app(Stored().receive), [], {"content-length": length}, hangs=True)
    assert answer.status == 413


def test_a_body_at_the_limit_in_many_pieces_is_read_whole() -> None:
    body = TRIGGER + b" " * (BODY_LIMIT - len(TRIGGER))
    stored = Stored()
    pieces = [body[start : start + 1000] for start in range(0, len(body), 1000)]
    assert post(an_app(stored.receive), pieces).status == 202


def test_a_body_that_trickles_in_is_refused() -> None:
    answer = post(an_app(Stored().receive, body_seconds=0.01), [b"{"], {}, hangs=True)
    assert (answer.status, answer.headers["connection"]) == (400, "close")


def test_a_client_that_leaves_gets_no_answer_and_stores_nothing() -> None:
    stored, outcomes = Stored(), list[str]()
    with pytest.raises(NoAnswer):
        post(an_app(stored.receive, count=outcomes.append), TRIGGER, leaves=True)
    assert (stored.hints, outcomes) == ([], [])


@pytest.mark.parametrize("fault", [RedisAway("secret-url"), OSError("gone"), ValueError("a bug"), TimeoutError()])
def test_what_cannot_be_stored_is_to_be_repeated_within_a_minute(fault: Exception) -> None:
    """Zendesk repeats a 503 only when `Retry-After` is under 60, and a 500 never."""

    async def receive(hint: Hint) -> bool:
        raise fault

    outcomes: list[str] = []
    answer = post(an_app(receive, count=outcomes.append), TRIGGER)
    assert answer.status == 503
    assert 0 < int(answer.headers["retry-after"]) < 60
    assert outcomes == ["unavailable"]


def test_a_slow_index_is_as_good_as_none() -> None:
    async def receive(hint: Hint) -> bool:
        await asyncio.Event().wait()
        raise AssertionError

    assert post(an_app(receive, store_seconds=0.01), TRIGGER).status == 503


def test_a_clock_that_fails_is_no_500() -> None:
    def now() -> Any:
        raise RuntimeError("no time")

    assert post(an_app(Stored().receive, now=now), TRIGGER).status == 503


def test_other_paths_and_methods_are_plain_answers() -> None:
    app = an_app(Stored().receive)

    async def statuses() -> list[int]:
        wanted = [("GET", "/"), ("GET", "/webhook"), ("POST", "/"), ("POST", "/webhook/"), ("GET", "/metrics")]
        return [(await ask(app, method, path)).status for method, path in wanted]

    assert asyncio.run(statuses()) == [200, 405, 405, 404, 404]


def test_neither_secrets_nor_bodies_nor_what_was_sent_are_logged() -> None:
    async def receive(hint: Hint) -> bool:
        raise RedisAway("redis://:pass-word@host")

    body = an_event(detail={"id": "5158", "description": "my credit card"})
    app = an_app(receive)
    with capture_logs() as logs:
        post(app, body)
        post(app, b'{"ticket_id": "my credit card"}')
        post(app, TRIGGER, {"x-zendesk-webhook-signature": "forged-text", "x-zendesk-webhook-signature-timestamp": "x"})
    assert len(logs) == 3
    for secret in (SECRET, "credit card", "pass-word", "forged-text"):
        assert secret not in str(logs)


def test_a_flood_of_refusals_is_counted_in_full_and_logged_once() -> None:
    outcomes: list[str] = []
    app = an_app(Stored().receive, count=outcomes.append)
    with capture_logs() as logs:
        for _ in range(100):
            post(app, TRIGGER, {})
    assert len(outcomes) == 100
    assert len(logs) == 1


def test_the_window_is_a_setting() -> None:
    app = an_app(Stored().receive, window=timedelta(seconds=10))
    assert post(app, TRIGGER, signed(TRIGGER, stamp="2026-11-24T09:29:49Z")).status == 401
