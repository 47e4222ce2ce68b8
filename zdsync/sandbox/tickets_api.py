"""The ticket endpoints: one ticket, its audits, comments and tags. Lists and jobs: `ticket_lists_api.py`."""

from __future__ import annotations

import hashlib
import json
from typing import Any

from zdsync.sandbox import attachments, directory, permitted, tickets
from zdsync.sandbox.account import Ticket
from zdsync.sandbox.base import HOUR, Row, as_bool, iso, to_ms
from zdsync.sandbox.errors import bad_request, conflict, not_found
from zdsync.sandbox.http import Call, Reply, route
from zdsync.sandbox.paging import listing
from zdsync.sandbox.update import channel
from zdsync.sandbox.wishes import Wish, as_tags

IDEMPOTENCY_LIFE_MS = 2 * HOUR


def rendered(call: Call, ticket: Ticket) -> Row:
    return tickets.render(call.account, ticket, call.base_url)


def shown_audit(call: Call, audit: Row) -> Row:
    return attachments.of_audit(call.account, audit, call.base_url)


def system_metadata(call: Call) -> Row:
    return {
        "client": call.headers.get("user-agent", ""),
        "ip_address": "127.0.0.1",
        "location": "Paris, 75, France",
        "latitude": 48.8566,
        "longitude": 2.3522,
    }


def warnings(action: str, wish: Wish) -> dict[str, str]:
    """The header that names what was ignored."""
    return permitted.warning("tickets", action, wish.unknown)


@route("GET /tickets/{id}")
def show(call: Call) -> Reply:
    ticket = tickets.get(call.account, call.id)
    reply: Row = {"ticket": rendered(call, ticket)}
    reply.update(side_loads(call, [ticket]))
    return Reply(200, reply)


def side_loads(call: Call, found: list[Ticket]) -> Row:
    """`include=users,groups,organizations`; others are ignored."""
    wanted = {name for text in call.query.get("include", []) for name in text.split(",")}
    ids: dict[str, tuple[str, ...]] = {
        "users": ("requester_id", "submitter_id", "assignee_id"),
        "groups": ("group_id",),
        "organizations": ("organization_id",),
    }
    loaded: Row = {}
    for kind in [kind for kind in ids if kind in wanted]:
        rows: dict[int, Row] = getattr(call.account, kind)
        wanted_ids = dict.fromkeys(t.row[name] for t in found for name in ids[kind])
        loaded[kind] = [directory.rendered(call, kind, rows[i]) for i in wanted_ids if i in rows]
    return loaded


@route("POST /tickets", limits=("ticket-request-create-by-user-and-ip",))
def create(call: Call) -> Reply:
    body = call.object("ticket")
    key = call.headers.get("idempotency-key")
    known = _replayed(call, key, body) if key else None
    if known is not None:
        return known
    ticket, audit, wish = tickets.create(call.account, body, call.user, channel("api"), system_metadata(call))
    headers = {"Location": call.url(f"/tickets/{ticket.row['id']}.json"), **warnings("create", wish)}
    reply = Reply(201, {"ticket": rendered(call, ticket), "audit": shown_audit(call, audit)}, headers)
    if key:
        headers["x-idempotency-lookup"] = "miss"
        call.account.idempotency[key] = {
            "digest": _digest(body),
            "at_ms": call.account.now_ms,
            "location": headers["Location"],
            "body": json.dumps(reply.body),
        }
    return reply


def _digest(body: Row) -> str:
    return hashlib.sha256(json.dumps(body, sort_keys=True).encode()).hexdigest()


def _replayed(call: Call, key: str, body: Row) -> Reply | None:
    """The first reply again, if this key was used in the last two hours. Raises 400 for another body."""
    if len(key) > 255:
        raise bad_request("IdempotentRequestError", "Idempotency key is too long (maximum is 255 characters)")
    known = call.account.idempotency.get(key)
    if known is None or call.account.now_ms - known["at_ms"] >= IDEMPOTENCY_LIFE_MS:
        return None
    if known["digest"] != _digest(body):
        raise bad_request("IdempotentRequestError", "Request parameters don't match the given idempotency key")
    headers = {"Location": known["location"], "x-idempotency-lookup": "hit"}
    return Reply(201, json.loads(known["body"]), headers)


@route("PUT /tickets/{id}", limits=("tickets-update", "per-ticket-updates"))
def update(call: Call) -> Reply:
    ticket = tickets.get(call.account, call.id)
    body = call.object("ticket")
    audit, wish = tickets.update(call.account, ticket, body, call.user, channel("api"), system_metadata(call))
    return Reply(200, {"ticket": rendered(call, ticket), "audit": shown_audit(call, audit)}, warnings("update", wish))


@route("DELETE /tickets/{id}", limits=("tickets-delete",))
def delete(call: Call) -> Reply:
    tickets.delete(call.account, tickets.get(call.account, call.id), call.user, channel("api"))
    return Reply(204)


def visible_audits(call: Call, ticket: Ticket) -> list[Row]:
    """The audits as this call may see them: a replica that lags does not have the newest."""
    if call.hidden_after_ms is None:
        return ticket.audits
    return [audit for audit in ticket.audits if to_ms(audit["created_at"]) <= call.hidden_after_ms]


@route("GET /tickets/{id}/audits")
def audits(call: Call) -> Reply:
    found = visible_audits(call, tickets.get(call.account, call.id))
    kinds = set(call.query.get("filter_events[]", []))
    if kinds:
        found = [audit for audit in found if any(event["type"] in kinds for event in audit["events"])]
    newest_first = call.one("sort_order") == "desc" or call.one("sort") == "-created_at"
    return listing(call, "audits", found[::-1] if newest_first else found, lambda row: shown_audit(call, row))


@route("GET /tickets/{id}/audits/{audit_id}")
def one_audit(call: Call) -> Reply:
    ticket = tickets.get(call.account, call.id)
    for audit in visible_audits(call, ticket):
        if str(audit["id"]) == call.params["audit_id"]:
            return Reply(200, {"audit": shown_audit(call, audit)})
    raise not_found()


@route("GET /tickets/{id}/comments")
def comments(call: Call) -> Reply:
    """Images that stand within the text are among the attachments only with `include_inline_images`."""
    ticket = tickets.get(call.account, call.id)
    seen = {audit["id"] for audit in visible_audits(call, ticket)}
    found = [comment for comment in tickets.comments(ticket) if comment["audit_id"] in seen]
    if call.one("sort") == "-created_at" or call.one("sort_order") == "desc":
        found.reverse()
    more: Row = {}
    if "users" in ",".join(call.query.get("include", [])):
        authors = dict.fromkeys(comment["author_id"] for comment in found)
        users = call.account.users
        more["users"] = [directory.rendered(call, "users", users[author]) for author in authors if author in users]
    inline = as_bool(call.one("include_inline_images"))
    account, base_url = call.account, call.base_url
    return listing(
        call, "comments", found, lambda row: attachments.of_event(account, row, base_url, inline=inline), more=more
    )


@route("GET /tickets/{id}/comments/count")
def count_comments(call: Call) -> Reply:
    found = tickets.comments(tickets.get(call.account, call.id))
    return Reply(200, {"count": {"value": len(found), "refreshed_at": iso(call.account.now_ms)}})


# Tags. In Zendesk, PUT adds and POST replaces.


@route("GET /tickets/{id}/tags")
def show_tags(call: Call) -> Reply:
    return Reply(200, {"tags": tickets.get(call.account, call.id).row["tags"]})


@route("PUT /tickets/{id}/tags", limits=("tickets-update", "per-ticket-updates"))
def add_tags(call: Call) -> Reply:
    return Reply(200, _retag(call, "additional_tags"))


@route("POST /tickets/{id}/tags", limits=("tickets-update", "per-ticket-updates"))
def set_tags(call: Call) -> Reply:
    return Reply(201, _retag(call, "tags"))


@route("DELETE /tickets/{id}/tags", limits=("tickets-update", "per-ticket-updates"))
def remove_tags(call: Call) -> Reply:
    return Reply(200, _retag(call, "remove_tags"))


def _retag(call: Call, how: str) -> Row:
    """`updated_stamp` and `safe_update` lie beside `tags`, at the top of the body."""
    ticket = tickets.get(call.account, call.id)
    body: dict[str, Any] = call.body if isinstance(call.body, dict) else {}
    tags = body.get("tags", call.ids("tags"))
    wish: Row = {how: sorted(as_tags(tags))}
    if as_bool(body.get("safe_update")) or "updated_stamp" in body:
        if "updated_stamp" not in body:
            raise conflict()
        wish.update(safe_update=True, updated_stamp=body["updated_stamp"])
    tickets.update(call.account, ticket, wish, call.user, channel("api"), system_metadata(call))
    return {"tags": ticket.row["tags"]}
