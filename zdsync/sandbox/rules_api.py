"""The endpoints that triggers, automations, macros and views have in common. Each kind's own file registers it.

Lists in the order of position, `active=`, `/active`, `/search?query=`, one, create, change, remove, remove several.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from zdsync.sandbox import permitted
from zdsync.sandbox.account import Account
from zdsync.sandbox.base import Row, as_bool, as_int, iso
from zdsync.sandbox.errors import bad_request, invalid, not_found
from zdsync.sandbox.http import Call, Reply, Who, route
from zdsync.sandbox.paging import listing


def _nothing(account: Account) -> None:
    """Most rules are looked at when they are needed."""


@dataclass(frozen=True, slots=True)
class Kind:
    plural: str
    singular: str
    who: Who
    """Who may write; every agent reads."""
    keys: frozenset[str]
    """What a request may say."""
    read: Callable[[Account, Row, Row | None], Row]
    """What a request says of a rule (the present row; None when it is new), checked: the row's new values."""
    shape: Callable[..., Row]
    check_removal: Callable[[Row], None] = lambda row: None
    changed: Callable[[Account], None] = _nothing
    """What follows when a rule has come, changed or gone."""


def rows_of(account: Account, plural: str) -> dict[int, Row]:
    found: dict[int, Row] = getattr(account, plural)
    return found


def in_order(rows: dict[int, Row]) -> list[Row]:
    return sorted(rows.values(), key=lambda row: (row["position"], row["id"]))


def get(call: Call, plural: str) -> Row:
    """The rule that the path names. Raises the API's 404."""
    rows = rows_of(call.account, plural)
    if call.id not in rows:
        raise not_found()
    return rows[call.id]


def rendered(call: Call, plural: str, row: Row) -> Row:
    return {**row, "url": call.url(f"/{plural}/{row['id']}.json")}


def listed(call: Call, plural: str, found: list[Row]) -> Reply:
    places = {row["id"]: number for number, row in enumerate(found)}
    return listing(call, plural, found, lambda row: rendered(call, plural, row), key=lambda row: places[row["id"]])


def register(kind: Kind) -> None:
    plural, singular = kind.plural, kind.singular

    @route(f"GET /{plural}")
    def index(call: Call) -> Reply:
        found = in_order(rows_of(call.account, plural))
        if call.one("active") is not None:
            found = [row for row in found if row["active"] is (call.one("active") == "true")]
        return listed(call, plural, found)

    @route(f"GET /{plural}/active")
    def active(call: Call) -> Reply:
        call.query["active"] = ["true"]
        return index(call)

    @route(f"GET /{plural}/search")
    def search(call: Call) -> Reply:
        query = (call.one("query") or "").strip().lower()
        if not query:
            raise bad_request("InvalidValue", "query is required")
        rows = in_order(rows_of(call.account, plural))
        return listed(call, plural, [row for row in rows if query in row["title"].lower()])

    @route(f"GET /{plural}/{{id}}")
    def show(call: Call) -> Reply:
        return Reply(200, {singular: rendered(call, plural, get(call, plural))})

    @route(f"POST /{plural}", who=kind.who)
    def create(call: Call) -> Reply:
        account = call.account
        given, headers = permitted.keep(call, plural, singular, kind.keys)
        row = kind.shape(account.new_id(), account.now_ms, **kind.read(account, given, None))
        rows_of(account, plural)[row["id"]] = row
        kind.changed(account)
        headers["Location"] = call.url(f"/{plural}/{row['id']}.json")
        return Reply(201, {singular: rendered(call, plural, row)}, headers)

    @route(f"PUT /{plural}/{{id}}", who=kind.who)
    def update(call: Call) -> Reply:
        row = get(call, plural)
        given, headers = permitted.keep(call, plural, singular, kind.keys)
        row.update(kind.read(call.account, given, row), updated_at=iso(call.account.now_ms))
        row["raw_title"] = row["title"]
        kind.changed(call.account)
        return Reply(200, {singular: rendered(call, plural, row)}, headers)

    @route(f"DELETE /{plural}/{{id}}", who=kind.who)
    def delete(call: Call) -> Reply:
        kind.check_removal(get(call, plural))
        del rows_of(call.account, plural)[call.id]
        kind.changed(call.account)
        return Reply(204)

    @route(f"DELETE /{plural}/destroy_many", who=kind.who)
    def destroy_many(call: Call) -> Reply:
        rows = rows_of(call.account, plural)
        found = [number for text in call.ids() if (number := as_int(text)) in rows]
        for number in found:
            kind.check_removal(rows[number or 0])
        for number in found:
            del rows[number or 0]
        kind.changed(call.account)
        return Reply(204)


def common(given: Row, known: Row | None, *names: str) -> Row:
    """The plain values of a request: those of `names`, the title, `active`. Raises 422 for a missing title."""
    row = {name: given[name] for name in names if given.get(name) is not None}
    for name in row:
        if name == "position" and as_int(row[name]) is None:
            raise invalid(name, "Position: is not a number")
        row[name] = as_int(row[name]) if name == "position" else str(row[name])
    if "title" in given or known is None:
        row["title"] = str(given.get("title") or "").strip()
        if not row["title"]:
            raise invalid("title", "Title: cannot be blank")
    if "active" in given:
        row["active"] = as_bool(given["active"])
    return row


def parts(given: Row, known: Row | None) -> Row | None:
    """The conditions of a request: as `conditions`, or `all` and `any` beside the title; None when it has none.

    A part that is given replaces that part.
    """
    if "conditions" in given:
        return given["conditions"] if isinstance(given["conditions"], dict) else {}
    if "all" not in given and "any" not in given:
        return None
    present = known["conditions"] if known else {}
    return {part: given.get(part, present.get(part)) for part in ("all", "any")}


def check_has_actions(actions: list[Row]) -> None:
    if not actions:
        raise invalid("actions", "Actions: you must select at least one action")
