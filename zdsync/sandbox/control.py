"""The control API, outside `/api/v2` and without authentication (it listens on loopback): clock, acts, faults, outbox.

    GET  /control/clock    POST {"set": iso} | {"advance": seconds} | {"rate": r} | {"jump": true, "not_after": iso?}
    POST /control/acts     what people do (`acts.py`)
    GET  /control/faults   PUT the same shape (`faults.py`)
    GET  /control/options  PUT a part of it: `Options` of `account.py`, and under "limits" those of `limits.py`
    GET  /control/outbox   GET /control/calls?ticket=n   GET /control/events?after=n   GET/PUT /control/state
    GET  /control/downloads  requests for the bytes of attachments
    POST /control/idle     waits until no webhook is on its way

`serve.py` offers the same operations in process.
"""

from __future__ import annotations

from dataclasses import asdict, replace
from typing import TYPE_CHECKING, Any

from pydantic import ValidationError

from zdsync.sandbox import acts, travel
from zdsync.sandbox.account import Account
from zdsync.sandbox.base import SECOND, Row, iso_ms, to_ms
from zdsync.sandbox.errors import ApiError, bad_request, no_endpoint
from zdsync.sandbox.faults import Faults
from zdsync.sandbox.http import Call, Reply

if TYPE_CHECKING:
    from zdsync.sandbox.app import Sandbox


async def answer(sandbox: Sandbox, call: Call) -> Reply:
    """The reply to a control call; what is wrong with it comes as 400 with words."""
    try:
        if (call.method, call.path) == ("POST", "/control/idle"):
            await sandbox.courier.idle()
            return Reply(200, clock(sandbox))
        return _answer(sandbox, call)
    except ApiError as error:
        return Reply(error.status, error.body, error.headers)
    except (ValidationError, ValueError, KeyError, TypeError) as error:
        return Reply(400, {"error": "InvalidControl", "description": f"{type(error).__name__}: {error}"})


def _answer(sandbox: Sandbox, call: Call) -> Reply:
    account = sandbox.account
    body: Row = call.body if isinstance(call.body, dict) else {}
    match call.method, call.path:
        case "GET", "/control/clock":
            return Reply(200, clock(sandbox))
        case "POST", "/control/clock":
            return Reply(200, move_clock(sandbox, body))
        case "POST", "/control/acts":
            return Reply(201, acts.perform(account, body))
        case "GET", "/control/faults":
            return Reply(200, account.faults.model_dump())
        case "PUT", "/control/faults":
            account.faults = Faults.model_validate(body)
            return Reply(200, account.faults.model_dump())
        case "GET", "/control/options":
            return Reply(200, options(account))
        case "PUT", "/control/options":
            return Reply(200, set_options(account, body))
        case "GET", "/control/outbox":
            return Reply(200, {"emails": account.emails[call.number("after", 0) :]})
        case "GET", "/control/downloads":
            return Reply(200, {"downloads": account.downloads})
        case "GET", "/control/calls":
            ticket = call.one("ticket")
            return Reply(200, calls(account, int(ticket) if ticket else None))
        case "GET", "/control/events":
            return Reply(200, {"events": account.feed[call.number("after", 0) :]})
        case "GET", "/control/state":
            return Reply(200, account.to_json())
        case "PUT", "/control/state":
            sandbox.replace(Account.from_json(body))
            return Reply(200, clock(sandbox))
        case _:
            raise no_endpoint()


def clock(sandbox: Sandbox) -> Row:
    account = sandbox.account
    return {
        "now": iso_ms(account.now_ms),
        "epoch_ms": account.now_ms,
        "rate": account.clock.rate,
        "in_flight": sandbox.courier.in_flight,
    }


def move_clock(sandbox: Sandbox, body: Row) -> Row:
    """Set, advance, run at a rate, or jump to the next event; `{"moved", "now", "epoch_ms", "rate", "in_flight"}`.

    `set` to a later instant and `advance` let everything on the way happen at its own time; `set` to an earlier one is
    a clock that steps back. `jump` does not move while a webhook is on its way.
    """
    account = sandbox.account
    before = account.now_ms
    unknown = set(body) - {"set", "advance", "rate", "jump", "not_after"}
    if unknown or not body:
        raise bad_request("InvalidControl", "one of: set, advance, rate, jump (with not_after)")
    if "rate" in body:
        account.clock.run_at(float(body["rate"]))
    if "set" in body:
        target = to_ms(body["set"])
        if target < before:
            account.clock.set(target)
        travel.advance_to(account, target)
    if "advance" in body:
        travel.advance_to(account, before + _positive_ms(body["advance"]))
    if body.get("jump"):
        limit = body.get("not_after")
        travel.jump(account, to_ms(limit) if limit is not None else None, sandbox.courier.in_flight)
    sandbox.settle()
    return {"moved": account.now_ms != before, **clock(sandbox)}


def _positive_ms(seconds: Any) -> int:
    if not float(seconds) >= 0:
        raise ValueError("advance must be 0 or more seconds; use set to step back")
    return round(float(seconds) * SECOND)


def options(account: Account) -> Row:
    limits = account.limits
    shown = {name: getattr(limits, name) for name in ("enabled", "account_per_minute", "totals")}
    return {**asdict(account.options), "limits": shown}


def set_options(account: Account, body: Row) -> Row:
    """Change what is named: `{"search_lag_ms": 0, "limits": {"enabled": false}}`. ValueError: unknown names."""
    known = options(account)
    limits = body.get("limits") or {}
    if unknown := [*(set(body) - set(known)), *(set(limits) - set(known["limits"]))]:
        raise ValueError(f"unknown: {', '.join(unknown)}; known: {', '.join(known)}")
    account.options = replace(account.options, **{name: body[name] for name in body if name != "limits"})
    account.limits = replace(account.limits, **limits)
    return options(account)


def calls(account: Account, ticket: int | None = None) -> Row:
    """`counts`: calls by kind and status; `writes`: each call that could change something (or this ticket), in order.

    A write is `{"at", "method", "path", "ticket", "user", "status" (None: not carried out), "kind", "body"}`.
    """
    writes = [write for write in account.writes if ticket is None or write["ticket"] == ticket]
    return {"counts": {kind: dict(by_status) for kind, by_status in account.counts.items()}, "writes": writes}
