"""One API call from who is calling to the reply, faults included: what `app.py` does for each HTTP request.

The steps of `answer`: 1 faults that keep the call from arriving, 2 who calls, 3 limits, 4 the handler, 5 the call log,
6 faults that keep the reply from returning. Synchronous: nothing else happens in between.
"""

from __future__ import annotations

import json
import re
from typing import Literal

from zdsync.sandbox import (  # noqa: F401 - they register their routes
    acts,
    addresses_api,
    attachments_api,
    automations_api,
    custom_statuses_api,
    directory,
    exports,
    identities_api,
    jobs,
    locales_api,
    macros_api,
    memberships_api,
    merges,
    metrics_api,
    satisfaction_api,
    suspended_api,
    ticket_fields_api,
    ticket_lists_api,
    tickets_api,
    triggers_api,
    unused_api,
    views_api,
    webhooks_api,
)
from zdsync.sandbox.account import Account
from zdsync.sandbox.auth import authenticate, check_scope
from zdsync.sandbox.base import SECOND, Row, iso_ms
from zdsync.sandbox.errors import ApiError, forbidden, not_authenticated
from zdsync.sandbox.faults import RequestFault
from zdsync.sandbox.http import Call, Reply, find

Answer = Reply | Literal["no reply"]
_TICKET = re.compile(r"/tickets/(\d+)")


def answer(call: Call) -> Answer:
    """The reply, or that the connection is to be closed without one."""
    account = call.account
    faults = account.faults.of_call(call.method, call.path) if account.faults.requests else []
    ended = _before(call, faults)
    if ended is None:
        reply = handle(call)
        ended = _after(call, faults, reply)
    else:
        log(call, "not carried out", ended.status if isinstance(ended, Reply) else None)
    if call.method == "GET" and account.faults.held:
        _land_after_read(call)
    return ended


def handle(call: Call) -> Reply:
    """Carry the call out. Never raises: a refusal is a reply too."""
    kind, headers = "unknown", dict[str, str]()
    try:
        found, call.params = find(call.method, call.path)
        kind = found.kind
        call.user, scope = authenticate(call.account, call.headers.get("authorization"))
        _check_access(call, found.who, scope)
        headers = call.account.limits.spend(_limit_keys(call, found.limits), call.account.now_ms)
        reply = found.handler(call)
        reply.headers = {**headers, **reply.headers}
    except ApiError as error:
        text = isinstance(error.body, str)
        reply = Reply(error.status, error.body, {**headers, **error.headers})
        if text:
            reply.content_type = "text/plain; charset=utf-8"
    log(call, kind, reply.status)
    return reply


def _check_access(call: Call, who: str, scope: str) -> None:
    if who == "anybody":
        return
    if not call.user:
        raise not_authenticated()
    check_scope(scope, call.method, call.path)
    role = call.user["role"]
    if call.user["suspended"] or role == "end-user" or (who == "admin" and role != "admin"):
        raise forbidden()


def _limit_keys(call: Call, names: tuple[str, ...]) -> dict[str, str]:
    """Each limit's key: per ticket and user, per user, or one for the account."""
    thing = call.params.get("id", "")
    mine = f"{thing}:{call.user.get('id')}"
    keys = {"per-ticket-updates": mine, "view-count": mine, "update-user": thing}
    return {name: keys.get(name, "") for name in names}


def log(call: Call, kind: str, status: int | None) -> None:
    """Count the call; keep what could change a ticket, with its stamp and metadata."""
    account = call.account
    counted = account.counts.setdefault(kind, {})
    key = str(status or "no reply")
    counted[key] = counted.get(key, 0) + 1
    if call.method == "GET":
        return
    match = _TICKET.match(call.path)
    account.writes.append(
        {
            "at": iso_ms(account.now_ms),
            "method": call.method,
            "path": call.path,
            "ticket": int(match[1]) if match else None,
            "user": call.user.get("id"),
            "status": status,
            "kind": kind,
            "body": call.body,
        }
    )


# Faults


def _before(call: Call, faults: list[RequestFault]) -> Answer | None:
    for fault in faults:
        match fault.do:
            case "drop":
                return "no reply"
            case "land_late":
                _hold(call, fault)
                return "no reply"
            case "reply" if not fault.applied:
                return made_up(fault)
            case "lag":
                call.hidden_after_ms = call.account.now_ms - round((fault.seconds or 60) * SECOND)
            case "act" if fault.when == "before" and fault.act is not None:
                acts.perform(call.account, fault.act)
            case _:
                pass
    return None


def _after(call: Call, faults: list[RequestFault], reply: Reply) -> Answer:
    result: Answer = reply
    for fault in faults:
        if fault.do == "act" and fault.when == "after" and fault.act is not None:
            acts.perform(call.account, fault.act)
        elif fault.do == "lose_reply":
            result = "no reply"
        elif fault.do == "reply" and fault.applied:
            result = made_up(fault)
    return result


_TEXTS = {
    409: ("DatabaseConflict", "Database collision"),
    429: ("APIRateLimitExceeded", "Number of allowed API requests per minute exceeded"),
}


def made_up(fault: RequestFault) -> Reply:
    """The reply of a fault: of any status, in each of the forms in which errors come."""
    after = fault.retry_after
    headers = {} if after is None else {"Retry-After": after if isinstance(after, str) else f"{after:g}"}
    name, text = _TEXTS.get(fault.status, ("InternalError", "Internal server error"))
    if fault.form == "html":
        page = f"<!DOCTYPE html><html><head><title>{fault.status}</title></head><body><h1>{text}</h1></body></html>"
        return Reply(fault.status, fault.body or page, headers, "text/html; charset=utf-8")
    if fault.form == "text":
        return Reply(fault.status, fault.body or text, headers, "text/plain; charset=utf-8")
    if fault.form == "empty":
        return Reply(fault.status, None, headers)
    return Reply(fault.status, fault.body or {"error": name, "description": text}, headers)


def _hold(call: Call, fault: RequestFault) -> None:
    """Keep a write that is still on its way: as plain JSON, so that a saved account has it too. A create belongs to its
    problem, so that reads of that can overtake it."""
    match = _TICKET.match(call.path)
    ticket = match[1] if match else _problem_of(call.body)
    packed: Row = {
        "method": call.method,
        "path": call.path,
        "query": call.query,
        "body": json.loads(json.dumps(call.body)),
        "base_url": call.base_url,
        "headers": call.headers,
        "raw": call.raw,
    }
    if fault.seconds is not None:
        call.account.agenda.add(call.account.now_ms + round(fault.seconds * SECOND), "land", call=packed)
    else:
        call.account.faults.held.append({"ticket": ticket, "reads": fault.reads, "call": packed})


def _problem_of(body: object) -> str:
    created = body.get("ticket") if isinstance(body, dict) else None
    return str(created.get("problem_id") or "") if isinstance(created, dict) else ""


def _land_after_read(call: Call) -> None:
    match = _TICKET.match(call.path)
    for held in call.account.faults.landed_by_read(match[1]) if match else ():
        land(call.account, held["call"])


def land(account: Account, packed: Row) -> None:
    """A held write arrives. Its reply reaches nobody."""
    handle(Call(account=account, **packed))
