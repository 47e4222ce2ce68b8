"""A whole account to JSON and back, its future (the agenda) included. `Account.to_json` and `from_json` call it."""

from __future__ import annotations

from collections import deque
from dataclasses import asdict, fields
from typing import Any

import msgspec

from zdsync.sandbox.account import CALLS_KEPT, Account, Options, Ticket
from zdsync.sandbox.auth import Credentials
from zdsync.sandbox.base import Row
from zdsync.sandbox.faults import Faults
from zdsync.sandbox.limits import Limits

FORMAT = 3
BY_NUMBER: tuple[str, ...] = ("users", "groups", "organizations", "ticket_fields", "ticket_forms")
BY_NUMBER += (
    "custom_statuses",
    "brands",
    "triggers",
    "automations",
    "macros",
    "views",
    "attachments",
    "suspended",
    "satisfaction_ratings",
)
BY_TEXT = ("webhooks", "invocations", "jobs", "idempotency", "counts", "uploads", "dynamic_content")
LINKS = ("organization_memberships", "identities")
"""Rows by user."""
LISTS = ("emails", "feed", "downloads")


def to_json(account: Account) -> Row:
    """Plain JSON, independent of the account from then on."""
    state: Row = {"format": FORMAT, "now_ms": account.now_ms, "rate": account.clock.rate}
    for name in (*BY_NUMBER, *BY_TEXT, *LISTS):
        state[name] = getattr(account, name)
    for name in BY_NUMBER:
        state[name] = list(state[name].values())
    for name in LINKS:
        state[name] = [row for rows in getattr(account, name).values() for row in rows]
    state["options"] = asdict(account.options)
    state["memberships"] = [list(pair) for pair in account.memberships]
    state["tickets"] = [_ticket(ticket) for ticket in account.tickets.values()]
    state["journal"] = [[at, ticket_id, audit["id"]] for at, ticket_id, audit in account.journal]
    state["credentials"] = asdict(account.credentials)
    state["limits"] = {**asdict(account.limits), "windows": {k: list(v) for k, v in account.limits.windows.items()}}
    state["faults"] = account.faults.model_dump(mode="json")
    state["agenda"] = account.agenda.to_json()
    state["to_send"] = list(account.to_send)
    state["writes"] = list(account.writes)
    for name in ("next_id", "next_ticket_id", "next_link_id"):
        state[name] = getattr(account, name)
    version, internal, gauss = account.random.getstate()
    state["random"] = [version, list(internal), gauss]
    return _copy(state)


def _copy(state: Row) -> Row:
    """Plain JSON of its own. Tuples and number keys become what they will be on disk; `deepcopy` is far slower."""
    copied: Row = msgspec.json.decode(msgspec.json.encode(state))
    return copied


def _ticket(ticket: Ticket) -> Row:
    return {field.name: getattr(ticket, field.name) for field in fields(ticket)}


def from_json(state: Row) -> Account:
    """The account again. Raises ValueError for a state of another format."""
    if state.get("format") != FORMAT:
        raise ValueError(f"this is not a saved account of format {FORMAT}")
    state = _copy(state)
    account = Account(0)
    account.clock.set(state["now_ms"])
    account.clock.run_at(state["rate"])
    for name in BY_NUMBER:
        setattr(account, name, {row["id"]: row for row in state[name]})
    for name in (*BY_TEXT, *LISTS, "next_id", "next_ticket_id", "next_link_id"):
        setattr(account, name, state[name])
    for name in LINKS:
        for row in state[name]:
            getattr(account, name).setdefault(row["user_id"], []).append(row)
    for row in state["identities"]:
        if row["type"] == "email":
            account.know_email(row["value"], row["user_id"])
    for user in list(account.users.values()):
        account.add_user(user)
    account.options = Options(**state["options"])
    account.memberships = [(user, group) for user, group in state["memberships"]]
    for row in state["tickets"]:
        row["values"] = {int(field_id): value for field_id, value in row["values"].items()}
        account.tickets[row["row"]["id"]] = Ticket(**row)
    audits: dict[int, Any] = {a["id"]: a for ticket in account.tickets.values() for a in ticket.audits}
    account.journal = [(at, ticket_id, audits[audit]) for at, ticket_id, audit in state["journal"]]
    account.credentials = Credentials(**state["credentials"])
    limits = state["limits"]
    account.limits = Limits(**{**limits, "windows": {k: (v[0], v[1]) for k, v in limits["windows"].items()}})
    account.faults = Faults.model_validate(state["faults"])
    account.agenda.load(state["agenda"])
    account.to_send = deque(state["to_send"])
    account.writes = deque(state["writes"], maxlen=CALLS_KEPT)
    version, internal, gauss = state["random"]
    account.random.setstate((version, tuple(internal), gauss))
    return account
