"""The endpoints of webhooks: create and change, signing secrets, a test request, invocations and attempts.

What webhooks do is in `webhooks.py`. Secrets are never in a webhook's own representation.
"""

from __future__ import annotations

import base64
from typing import Any
from urllib.parse import urlsplit

from zdsync.sandbox import webhooks
from zdsync.sandbox.account import Account
from zdsync.sandbox.base import Row, iso, iso_ns
from zdsync.sandbox.errors import bad_request, not_found
from zdsync.sandbox.events import EVENT_TYPES
from zdsync.sandbox.http import Call, Reply, route

WRITABLE = ("name", "description", "status", "endpoint", "http_method", "request_format", "authentication")
TEST_SECRET = "dGhpc19zZWNyZXRfaXNfZm9yX3Rlc3Rpbmdfb25seQ=="  # noqa: S105 - published by Zendesk for tests


def new_secret(account: Account) -> str:
    return base64.b64encode(account.random.randbytes(32)).decode()


def make(account: Account, given: Row, created_by: int) -> Row:
    """A checked webhook, added to the account. Raises 400 for what no webhook can have."""
    subscriptions = given.get("subscriptions") or [webhooks.CONDITIONAL]
    by_event = subscriptions != [webhooks.CONDITIONAL]
    if by_event and not set(subscriptions) <= EVENT_TYPES:
        wrong = ", ".join(sorted(set(subscriptions) - EVENT_TYPES))
        raise bad_request("InvalidRequest", f"subscriptions: {wrong} cannot be subscribed to")
    now_ms = account.now_ms
    row: Row = {
        "id": webhooks.ulid(account),
        "name": None,
        "status": "active",
        "description": "",
        "endpoint": None,
        "http_method": "POST",
        "request_format": "json",
        "subscriptions": list(subscriptions),
        "authentication": None,
        "created_at": iso_ns(now_ms),
        "created_by": str(created_by),
        "updated_at": iso_ns(now_ms),
        "updated_by": str(created_by),
        "_secret": new_secret(account),
        "_recent": [],
        "_paused_until": 0,
    }
    row.update({key: given[key] for key in WRITABLE if key in given})
    _check(row, by_event=by_event)
    account.webhooks[row["id"]] = row
    return row


def _check(row: Row, *, by_event: bool) -> None:
    if not row["name"]:
        raise bad_request("InvalidRequest", "name: is required")
    if urlsplit(str(row["endpoint"])).scheme not in ("http", "https"):
        raise bad_request("InvalidRequest", "endpoint: must be a URL")
    if row["status"] not in ("active", "inactive"):
        raise bad_request("InvalidRequest", "status: must be active or inactive")
    if row["http_method"] not in ("GET", "POST", "PUT", "PATCH", "DELETE"):
        raise bad_request("InvalidRequest", "http_method: is not allowed")
    if row["request_format"] not in ("json", "xml", "form_encoded"):
        raise bad_request("InvalidRequest", "request_format: is not allowed")
    if by_event and (row["http_method"], row["request_format"]) != ("POST", "json"):
        raise bad_request("InvalidRequest", "an event subscription must be POST and json")


def _rendered(row: Row, *, created: bool = False) -> Row:
    shown = {key: value for key, value in row.items() if not key.startswith("_")}
    if not created:  # nanoseconds on create only
        shown["created_at"], shown["updated_at"] = (shown[key][:19] + "Z" for key in ("created_at", "updated_at"))
    if row["authentication"]:
        public = {key: value for key, value in row["authentication"].get("data", {}).items() if key == "username"}
        shown["authentication"] = {**row["authentication"], "data": public}
    return shown


def _get(call: Call) -> Row:
    webhook = call.account.webhooks.get(call.params["webhook_id"])
    if webhook is None:
        raise not_found()
    return webhook


@route("GET /webhooks", who="admin")
def index(call: Call) -> Reply:
    part = (call.one("filter[name_contains]") or "").lower()
    found = [row for row in call.account.webhooks.values() if part in row["name"].lower()]
    return Reply(200, {"meta": {"has_more": False}, "webhooks": [_rendered(row) for row in found]})


@route("POST /webhooks", who="admin")
def create(call: Call) -> Reply:
    return Reply(201, {"webhook": _rendered(make(call.account, call.object("webhook"), call.user["id"]), created=True)})


@route("POST /webhooks/test", who="admin")
def test(call: Call) -> Reply:
    """Sends at once and gives the answer; nothing is kept."""
    known = call.account.webhooks.get(call.one("webhook_id") or "")
    given = call.body.get("request", {}) if isinstance(call.body, dict) else {}
    webhook: Row = {**(known or {}), **{key: given[key] for key in WRITABLE if key in given}}
    if not webhook.get("endpoint"):
        raise bad_request("InvalidRequest", "endpoint: is required")
    body = str(given.get("payload", "{}")).encode()
    timestamp = iso(call.account.now_ms)
    headers = {
        "Content-Type": "application/json; charset=utf-8",
        "User-Agent": "Zendesk Webhook",
        "X-Zendesk-Webhook-Signature": webhooks.sign(webhook.get("_secret", TEST_SECRET), timestamp, body),
        "X-Zendesk-Webhook-Signature-Timestamp": timestamp,
    }
    method = webhook.get("http_method", "POST")
    return Reply(200, None, send=webhooks.Attempt("", method, webhook["endpoint"], headers, body))


@route("GET /webhooks/{webhook_id}", who="admin")
def show(call: Call) -> Reply:
    return Reply(200, {"webhook": _rendered(_get(call))})


@route("PUT /webhooks/{webhook_id}", who="admin")
def replace(call: Call) -> Reply:
    return _change(call)


@route("PATCH /webhooks/{webhook_id}", who="admin")
def change(call: Call) -> Reply:
    return _change(call)


def _change(call: Call) -> Reply:
    webhook = _get(call)
    given: dict[str, Any] = call.object("webhook")
    if "subscriptions" in given and list(given["subscriptions"]) != webhook["subscriptions"]:
        raise bad_request("InvalidRequest", "subscriptions: cannot be changed")
    changed = {**webhook, **{key: given[key] for key in WRITABLE if key in given}}
    _check(changed, by_event=webhook["subscriptions"] != [webhooks.CONDITIONAL])
    webhook.update(changed, updated_at=iso_ns(call.account.now_ms), updated_by=str(call.user["id"]))
    return Reply(204)


@route("DELETE /webhooks/{webhook_id}", who="admin")
def delete(call: Call) -> Reply:
    del call.account.webhooks[_get(call)["id"]]
    return Reply(204)


@route("GET /webhooks/{webhook_id}/signing_secret", who="admin")
def signing_secret(call: Call) -> Reply:
    return Reply(200, {"signing_secret": {"secret": _get(call)["_secret"], "algorithm": "SHA256"}})


@route("POST /webhooks/{webhook_id}/signing_secret", who="admin")
def new_signing_secret(call: Call) -> Reply:
    """The old one stops at once."""
    webhook = _get(call)
    webhook["_secret"] = new_secret(call.account)
    return Reply(201, {"signing_secret": {"secret": webhook["_secret"], "algorithm": "SHA256"}})


@route("GET /webhooks/{webhook_id}/invocations", who="admin")
def invocations(call: Call) -> Reply:
    webhook = _get(call)
    found = [i for i in call.account.invocations.values() if i["webhook_id"] == webhook["id"]][::-1]
    start = next((n + 1 for n, i in enumerate(found) if i["id"] == call.one("page[after]")), 0)
    size = max(1, min(call.number("page[size]", 100), 100))
    page = found[start : start + size]
    has_more = start + size < len(found)
    rows = [_invocation(row) for row in page]
    after = page[-1]["id"] if has_more else None
    following = call.url(f"{call.path}?page[after]={after}&page[size]={size}") if after else None
    meta = {"has_more": has_more, "after_cursor": after}
    return Reply(200, {"meta": meta, "links": {"next": following}, "invocations": rows})


def _invocation(row: Row) -> Row:
    shown = {key: row[key] for key in ("id", "status_code", "status", "latest_completed_at")}
    return {key: value for key, value in shown.items() if key != "status_code" or value is not None}


@route("GET /webhooks/{webhook_id}/invocations/{invocation_id}/attempts", who="admin")
def attempts(call: Call) -> Reply:
    invocation = call.account.invocations.get(call.params["invocation_id"])
    if invocation is None or invocation["webhook_id"] != _get(call)["id"]:
        raise not_found()
    return Reply(200, {"attempts": invocation["attempts"]})
