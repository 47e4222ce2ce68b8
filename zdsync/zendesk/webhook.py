"""A webhook's bytes to the tickets it is about. Does no I/O: `web/public.py` hands in headers, body, secrets and time.

Two payload families: the one of a trigger or automation, to be configured as `{"ticket_id": "{{ticket.id}}"}` (ids
only: placeholders are not JSON-escaped), and that of event subscriptions (`"subject": "zen:ticket:5158"`).
Unsigned bodies are never parsed.
"""

from __future__ import annotations

import base64
import hashlib
import hmac
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

import msgspec

from zdsync.core.model import WorkClass

WINDOW = timedelta(minutes=5)
"""How far the signature's timestamp may lie from now. It is the time of the attempt, so a late delivery still fits."""

BODY_LIMIT = 256 * 1024
"""Bytes. Trigger bodies have at most 16,000 characters; an event carries a ticket's description."""

SIGNATURE = "x-zendesk-webhook-signature"
TIMESTAMP = "x-zendesk-webhook-signature-timestamp"
INVOCATION = "x-zendesk-webhook-invocation-id"
"""Header names in lower case, as ASGI gives them."""

MAX_ID = 2**63 - 1
_TICKET_SUBJECT = "zen:ticket:"
_INVOCATION_ID = re.compile(r"[0-9A-Za-z_-]{1,64}")


class WebhookError(Exception):
    """A delivery that is refused. `status` is the HTTP status of the answer."""

    status = 400


class BadRequest(WebhookError):
    """Signed, but not about a ticket in any form that we know."""


class BadSignature(WebhookError):
    """Not signed with one of the secrets, or not now."""

    status = 401


class TooLarge(WebhookError):
    """The body is over the limit."""

    status = 413


@dataclass(frozen=True, slots=True)
class Hint:
    """Look at these tickets. None of them: an event about something else, such as a user."""

    ticket_ids: tuple[int, ...]
    invocation_id: str
    """The same for every attempt of one invocation."""
    work: WorkClass = "live"


class _Detail(msgspec.Struct):
    priority: str | None = None


class _Body(msgspec.Struct):
    ticket_id: str | int | None = None
    subject: str | None = None
    detail: _Detail | None = None


_decoder = msgspec.json.Decoder(_Body)


def read(
    headers: Mapping[str, str],
    body: bytes,
    *,
    secrets: Sequence[str],
    now: datetime,
    window: timedelta = WINDOW,
    limit: int = BODY_LIMIT,
) -> Hint:
    """Verify a delivery and say which ticket it is about. Header names are lower case.

    Raises `TooLarge`, `BadSignature` (also for a timestamp outside the window) and `BadRequest`.
    """
    if len(body) > limit:
        raise TooLarge(f"more than {limit} bytes")
    verify(headers, body, secrets=secrets, now=now, window=window)
    invocation = headers.get(INVOCATION, "")
    if not _INVOCATION_ID.fullmatch(invocation):
        raise BadRequest("no invocation id")
    try:
        content = _decoder.decode(body)
    except (msgspec.MsgspecError, UnicodeDecodeError, RecursionError):
        raise BadRequest("not a JSON object of a known form") from None
    return Hint(_ticket_ids(content), invocation, "p1" if _is_urgent(content) else "live")


def verify(
    headers: Mapping[str, str], body: bytes, *, secrets: Sequence[str], now: datetime, window: timedelta = WINDOW
) -> None:
    """Raise `BadSignature` unless one of the secrets signed exactly these bytes within the window."""
    given, timestamp = headers.get(SIGNATURE), headers.get(TIMESTAMP)
    if not given or not timestamp:
        raise BadSignature("the signature is missing")
    matches = [hmac.compare_digest(sign(secret, timestamp, body), given.encode()) for secret in secrets]
    if not any(matches):
        raise BadSignature("no secret made this signature")
    at = _instant(timestamp)
    if at is None or abs(now - at) > window:
        raise BadSignature("the signature's timestamp is outside the window")


def sign(secret: str, timestamp: str, body: bytes) -> bytes:
    """Zendesk's signature. The secret is used as it is written: it looks like base64 but is not decoded."""
    digest = hmac.digest(secret.encode(), timestamp.encode() + body, hashlib.sha256)
    return base64.b64encode(digest)


def _ticket_ids(content: _Body) -> tuple[int, ...]:
    given = content.ticket_id
    if given is None and content.subject is not None:
        if not content.subject.startswith(_TICKET_SUBJECT):
            return ()
        given = content.subject[len(_TICKET_SUBJECT) :]
    if isinstance(given, str):
        given = int(given) if given.isascii() and given.isdigit() and len(given) <= 19 else None
    if given is None or not 1 <= given <= MAX_ID:
        raise BadRequest("no ticket id")
    return (given,)


def _is_urgent(content: _Body) -> bool:
    """Only events tell the priority in a fixed language; a trigger's placeholder is display text."""
    return content.detail is not None and content.detail.priority == "URGENT"


def _instant(text: str) -> datetime | None:
    try:
        at = datetime.fromisoformat(text)
        return at.astimezone(UTC) if at.tzinfo is not None else None
    except (ValueError, OverflowError):
        return None
