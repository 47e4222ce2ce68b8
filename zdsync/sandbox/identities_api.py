"""The endpoints of a user's identities: addresses, of which one is primary, and whether they are verified."""

from __future__ import annotations

from zdsync.sandbox import links
from zdsync.sandbox.base import Row, as_bool, as_int, iso
from zdsync.sandbox.errors import invalid, not_found
from zdsync.sandbox.http import Call, Reply, route
from zdsync.sandbox.paging import listing

TYPES = ("email", "phone_number", "twitter", "facebook", "google", "agent_forwarding", "foreign")
ONE = "/users/{id}/identities/{identity}"


def shown(call: Call, row: Row) -> Row:
    return {**row, "url": call.url(f"/users/{row['user_id']}/identities/{row['id']}.json")}


def _mine(call: Call) -> list[Row]:
    if call.id not in call.account.users:
        raise not_found()
    return call.account.identities.setdefault(call.id, [])


def _found(call: Call) -> Row:
    for row in _mine(call):
        if row["id"] == as_int(call.params["identity"]):
            return row
    raise not_found()


@route("GET /users/{id}/identities")
def index(call: Call) -> Reply:
    return listing(call, "identities", _mine(call), lambda row: shown(call, row))


@route(f"GET {ONE}")
def show(call: Call) -> Reply:
    return Reply(200, {"identity": shown(call, _found(call))})


@route("POST /users/{id}/identities")
def create(call: Call) -> Reply:
    given, mine = call.object("identity"), _mine(call)
    kind, value = str(given.get("type")), str(given.get("value") or "").strip()
    if kind not in TYPES:
        raise invalid("type", f"Type: {kind} is not included in the list")
    if not value or (kind == "email" and "@" not in value):
        raise invalid("value", f"Value: {value} is not properly formatted")
    value = value.lower() if kind == "email" else value
    taken = kind == "email" and call.account.user_by_email(value)
    if taken or any(row["type"] == kind and row["value"] == value for row in mine):
        raise invalid("value", f"Value: {value} is already being used by another user", error="DuplicateValue")
    row = links.add_identity(call.account, call.id, kind, value)
    links.set_verified(call.account, row, as_bool(given.get("verified")))
    if kind == "email" and (as_bool(given.get("primary")) or call.account.users[call.id]["email"] is None):
        _make_primary(call, row)
    return Reply(201, {"identity": shown(call, row)}, {"Location": shown(call, row)["url"]})


@route(f"PUT {ONE}")
def update(call: Call) -> Reply:
    """Only whether it is verified; to move an address, make another and delete this one."""
    row = _found(call)
    given = call.object("identity")
    if "verified" in given:
        _verify(call, row, as_bool(given["verified"]))
    return Reply(200, {"identity": shown(call, row)})


@route(f"PUT {ONE}/verify")
def verify(call: Call) -> Reply:
    row = _found(call)
    _verify(call, row, True)
    return Reply(200, {"identity": shown(call, row)})


def _verify(call: Call, row: Row, verified: bool) -> None:
    """A user is verified when the primary address is."""
    links.set_verified(call.account, row, verified)
    row["updated_at"] = iso(call.account.now_ms)
    if row["primary"]:
        call.account.users[call.id]["verified"] = verified


@route(f"PUT {ONE}/make_primary")
def make_primary(call: Call) -> Reply:
    row = _found(call)
    if row["type"] == "email":
        _make_primary(call, row)
    return index(call)


def _make_primary(call: Call, row: Row) -> None:
    user = call.account.users[call.id]
    user.update(email=row["value"], verified=row["verified"], updated_at=iso(call.account.now_ms))
    call.account.add_user(user)


@route(f"PUT {ONE}/request_verification")
def request_verification(call: Call) -> Reply:
    _found(call)
    return Reply(200, None)


@route(f"DELETE {ONE}")
def delete(call: Call) -> Reply:
    row = _found(call)
    if row["primary"] and row["type"] == "email":
        raise invalid("base", "The primary identity cannot be deleted")
    _mine(call).remove(row)
    if row["type"] == "email":
        call.account.forget_email(row["value"])
    return Reply(204)
