"""Webhooks as Zendesk runs them: invocations, signatures, the few retries there are, the circuit breaker.

`tickets.py` tells of updates (`publish`), `triggers.py` fires actions (`invoke_by_rule`), `courier.py` carries attempts
over HTTP (`begin`, `end`). All instants are account time. The object's endpoints are in `webhooks_api.py`.
"""

from __future__ import annotations

import base64
import hashlib
import hmac
import json
from dataclasses import dataclass
from typing import Literal

from zdsync.sandbox import events
from zdsync.sandbox.account import Account
from zdsync.sandbox.base import MINUTE, SECOND, Row, iso
from zdsync.sandbox.update import Update

CONDITIONAL = "conditional_ticket_events"
INVOCATIONS_KEPT = 10_000
PAYLOAD_LIMIT = 16_000
"""Characters of a trigger's body."""
RETRIES = {"conflict": 3, "asked": 5, "timeout": 5}
"""How often after a 409, after a 429 or 503 with a short Retry-After, after a timeout. Nothing else is retried."""
RETRY_SPACING_MS = 5 * SECOND
"""Doubled each time. The real spacing is not published."""
RETRY_AFTER_LIMIT = 60.0
"""Seconds; a longer Retry-After is not waited for."""
BREAKER_WINDOW_MS = 5 * MINUTE
BREAKER_MIN_REQUESTS = 100
BREAKER_SHARE = 0.7
BREAKER_ERRORS = 1000
BREAKER_PAUSE_MS = 5 * SECOND

Outcome = Literal["answered", "timeout", "unreachable"]


@dataclass(frozen=True, slots=True)
class Attempt:
    """One HTTP request to be made."""

    invocation_id: str
    method: str
    url: str
    headers: dict[str, str]
    body: bytes


def sign(secret: str, timestamp: str, body: bytes) -> str:
    """The key is the secret's text, not what its base64 decodes to."""
    digest = hmac.new(secret.encode("ascii"), timestamp.encode("ascii") + body, hashlib.sha256).digest()
    return base64.b64encode(digest).decode("ascii")


def ulid(account: Account) -> str:
    """Time first, so that ids sort by age; the rest from the account's seed."""
    number = (account.now_ms << 80) | account.random.getrandbits(80)
    letters = "0123456789ABCDEFGHJKMNPQRSTVWXYZ"
    return "".join(letters[(number >> shift) & 31] for shift in range(125, -5, -5))


def publish(update: Update) -> None:
    """One invocation for each event that an active webhook subscribes to."""
    listening = [w for w in update.account.webhooks.values() if w["status"] == "active"]
    if not any(w["subscriptions"] != [CONDITIONAL] for w in listening):
        return
    for event in events.of_update(update):
        # Pretty-printed with three spaces and a final newline, as recorded: verify the bytes, not the meaning.
        payload = json.dumps(event, indent=3, sort_keys=True, ensure_ascii=False) + "\n"
        for webhook in listening:
            if event["type"] in webhook["subscriptions"]:
                invoke(update.account, webhook, payload)


def invoke_by_rule(update: Update, webhook_id: str, payload: str) -> None:
    """A trigger's action. An inactive or unknown webhook, or too long a body, sends nothing."""
    webhook = update.account.webhooks.get(webhook_id)
    if webhook and webhook["status"] == "active" and len(payload) <= PAYLOAD_LIMIT:
        invoke(update.account, webhook, payload)


def invoke(account: Account, webhook: Row, payload: str) -> None:
    """Plan the first attempt, or none, or two, as the faults have it."""
    delays = account.faults.fates()
    first: str | None = None
    for delay in delays:
        same = first is not None and account.random.random() < 0.5  # a doubled one may carry either id
        invocation_id = first if same and first else ulid(account)
        if not same:
            _forget_old(account)
            account.invocations[invocation_id] = {
                "id": invocation_id,
                "webhook_id": webhook["id"],
                "status": "queued",
                "status_code": None,
                "latest_completed_at": None,
                "payload": payload,
                "tries": {},
                "attempts": [],
            }
        first = first or invocation_id
        due = account.now_ms + account.options.webhook_delay_ms + delay
        account.agenda.add(due, "attempt", invocation=invocation_id)


def _forget_old(account: Account) -> None:
    """A sandbox that runs for days must not grow."""
    if len(account.invocations) >= INVOCATIONS_KEPT:
        oldest = next(iter(account.invocations))
        if account.invocations[oldest]["status"] in ("success", "terminated", "circuit broken"):
            del account.invocations[oldest]


def begin(account: Account, invocation_id: str) -> Attempt | None:
    """The request of an attempt that is due, signed now; None when it is not to be made."""
    invocation = account.invocations.get(invocation_id)
    webhook = account.webhooks.get(invocation["webhook_id"]) if invocation else None
    if invocation is None or webhook is None:
        return None
    if account.now_ms < webhook["_paused_until"]:
        invocation.update(status="circuit broken", latest_completed_at=iso(account.now_ms))
        return None
    body = invocation["payload"].encode()
    timestamp = iso(account.now_ms)
    headers = {
        "Content-Type": _content_type(webhook),
        "User-Agent": "Zendesk Webhook",
        "X-Zendesk-Account-Id": str(account.options.account_id),
        "X-Zendesk-Webhook-Id": webhook["id"],
        "X-Zendesk-Webhook-Invocation-Id": invocation_id,
        "X-Zendesk-Webhook-Signature": sign(webhook["_secret"], timestamp, body),
        "X-Zendesk-Webhook-Signature-Timestamp": timestamp,
        **_authentication(webhook),
    }
    return Attempt(invocation_id, webhook["http_method"], webhook["endpoint"], headers, body)


def _content_type(webhook: Row) -> str:
    kinds = {"json": "application/json", "xml": "application/xml", "form_encoded": "application/x-www-form-urlencoded"}
    return f"{kinds[webhook['request_format']]}; charset=utf-8"


def _authentication(webhook: Row) -> dict[str, str]:
    given = webhook["authentication"] or {}
    data = given.get("data") or {}
    if given.get("type") == "basic_auth":
        pair = f"{data.get('username')}:{data.get('password')}".encode()
        return {"Authorization": f"Basic {base64.b64encode(pair).decode()}"}
    if given.get("type") == "bearer_token":
        return {"Authorization": f"Bearer {data.get('token')}"}
    if given.get("type") == "api_key":
        return {str(data.get("name")): str(data.get("value"))}
    return {}


def end(
    account: Account, attempt: Attempt, outcome: Outcome, status: int | None, headers: dict[str, str], text: str
) -> None:
    """Keep how an attempt went; plan the next one where the rules have one."""
    invocation = account.invocations[attempt.invocation_id]
    webhook = account.webhooks.get(invocation["webhook_id"])
    shown_status = 504 if outcome == "timeout" else status
    good = outcome == "answered" and status is not None and 200 <= status < 300
    wait_ms = None if good else _retry_in(invocation, outcome, status, headers)
    state = "success" if good else ("throttled" if wait_ms is not None and status == 429 else "terminated")
    if wait_ms is not None:
        account.agenda.add(account.now_ms + wait_ms, "attempt", invocation=attempt.invocation_id)
        state = state if state == "throttled" else "retrying"
    record = {
        "id": ulid(account),
        "invocation_id": attempt.invocation_id,
        "status": state,
        "status_code": shown_status,
        "request": {"headers": _pairs(attempt.headers), "payload": invocation["payload"]},
        "response": {"headers": _pairs(headers), "payload": text[:2000]},
        "completed_at": iso(account.now_ms),
    }
    invocation["attempts"].insert(0, record)
    invocation.update(status=state, status_code=shown_status, latest_completed_at=iso(account.now_ms))
    if webhook is not None:
        _count(account, webhook, good=good)


def _pairs(headers: dict[str, str]) -> list[Row]:
    return [{"key": key, "value": value} for key, value in headers.items() if key.lower() != "authorization"]


def _retry_in(invocation: Row, outcome: Outcome, status: int | None, headers: dict[str, str]) -> int | None:
    """Milliseconds until the next attempt; None: that was the last."""
    if outcome == "timeout":
        kind = "timeout"
    elif status == 409:
        kind = "conflict"
    elif status in (429, 503):
        kind = "asked"
    else:
        return None
    done = invocation["tries"].get(kind, 0)
    if done >= RETRIES[kind]:
        return None
    wait_ms: int = RETRY_SPACING_MS * 2**done
    if kind == "asked":
        try:
            seconds = float(next(value for key, value in headers.items() if key.lower() == "retry-after"))
        except (StopIteration, ValueError):
            return None
        if not 0 <= seconds < RETRY_AFTER_LIMIT:
            return None
        wait_ms = round(seconds * SECOND)
    invocation["tries"][kind] = done + 1
    return wait_ms


def _count(account: Account, webhook: Row, *, good: bool) -> None:
    """The circuit breaker: too many errors in five minutes pause the sends for five seconds."""
    now_ms = account.now_ms
    recent = [(at, ok) for at, ok in webhook["_recent"] if now_ms - at < BREAKER_WINDOW_MS]
    recent.append((now_ms, good))
    webhook["_recent"] = recent
    errors = sum(not ok for _, ok in recent)
    enough = len(recent) >= BREAKER_MIN_REQUESTS
    if (enough and errors / len(recent) >= BREAKER_SHARE) or errors > BREAKER_ERRORS:
        webhook["_paused_until"] = now_ms + BREAKER_PAUSE_MS
