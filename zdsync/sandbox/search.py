"""Zendesk's search language, the part that support tools use: `type:ticket status<solved tags:vip created>2026-01-01`.

An index: a ticket is not found in its first seconds. Terms are all of them required; `-` negates; words are looked for
in subject and description. `ticket_lists_api.py` serves it.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import Any

from zdsync.sandbox.account import Account, Ticket
from zdsync.sandbox.base import Row, as_int, to_ms
from zdsync.sandbox.errors import ApiError, bad_request

MAX_RESULTS = 1000
Hit = Ticket | tuple[str, Row]
Test = Callable[[Row], bool]

_TERM = re.compile(r'(-?)(?:(\w+)(:|<=|>=|<|>))?("[^"]*"|\S+)')
STATUS_ORDER = ("new", "open", "pending", "hold", "solved", "closed")
PRIORITY_ORDER = ("low", "normal", "high", "urgent")
_DATES = {"created": "created_at", "updated": "updated_at", "due_date": "due_at"}
_PEOPLE = {"requester": "requester_id", "assignee": "assignee_id", "submitter": "submitter_id"}
_PLAIN = {"ticket_type": "type", "external_id": "external_id", "brand": "brand_id", "form": "ticket_form_id"}


def find(account: Account, query: str, sort_by: str | None, sort_order: str | None) -> list[Hit]:
    """Every hit, sorted. Raises 400 for an empty query, 422 for a term that it does not know."""
    terms = _TERM.findall(query)
    if not terms:
        raise bad_request("InvalidValue", "query: cannot be blank")
    kinds = {value for _, name, _, value in terms if name == "type"}
    tests = [_negated(_test(account, n, op, v.strip('"')), sign) for sign, n, op, v in terms if n != "type"]
    hits: list[Hit] = []
    if not kinds or "ticket" in kinds:
        newest = account.now_ms - account.options.search_lag_ms
        for ticket in account.tickets.values():
            row = ticket.row
            if row["status"] != "deleted" and to_ms(row["created_at"]) <= newest and all(t(row) for t in tests):
                hits.append(ticket)
    for kind in sorted(kinds & {"user", "organization"}):
        rows: dict[int, Row] = getattr(account, f"{kind}s")
        hits += [(kind, row) for row in rows.values() if _mentioned(row, terms)]
    return _sorted(hits, sort_by, sort_order)


def check_depth(page: int, size: int, total: int) -> None:
    if page * size > MAX_RESULTS and (page - 1) * size >= min(total, MAX_RESULTS):
        text = "Invalid search: Requested response size was greater than Search Response Limits"
        raise ApiError(422, {"error": "invalid", "description": text})


def _mentioned(row: Row, terms: list[tuple[str, str, str, str]]) -> bool:
    words = [value.strip('"').lower() for _, name, _, value in terms if name in ("", "name", "email")]
    text = f"{row['name']} {row.get('email') or ''}".lower()
    return all(word in text for word in words)


def _sorted(hits: list[Hit], sort_by: str | None, sort_order: str | None) -> list[Hit]:
    key = {"created_at": "created_at", "updated_at": "updated_at", "id": "id"}.get(sort_by or "", "created_at")

    def place(hit: Hit) -> tuple[Any, int]:
        row = hit.row if isinstance(hit, Ticket) else hit[1]
        return row[key], row["id"]

    return sorted(hits, key=place, reverse=sort_order != "asc")


def _negated(test: Test, sign: str) -> Test:
    return (lambda row: not test(row)) if sign else test


def _test(account: Account, name: str, operator: str, value: str) -> Test:
    if not name:
        word = value.lower()
        return lambda row: word in f"{row['subject']} {row['description']}".lower()
    if name in _DATES:
        return _by_date(_DATES[name], operator, value)
    if name in ("status", "priority"):
        return _by_rank(name, STATUS_ORDER if name == "status" else PRIORITY_ORDER, operator, value.lower())
    if name in _PEOPLE:
        return _by_person(account, _PEOPLE[name], value)
    if name in ("tags", "tag"):
        return lambda row: value.lower() in row["tags"]
    if name in ("subject", "description"):
        return lambda row: value.lower() in (row[name] or "").lower()
    if name in ("group", "organization"):
        rows: dict[int, Row] = getattr(account, f"{name}s")
        ids = {row["id"] for row in rows.values() if value.lower() in (row["name"].lower(), str(row["id"]))}
        return lambda row: row[f"{name}_id"] in ids
    if name in _PLAIN:
        return lambda row: str(row[_PLAIN[name]]).lower() == value.lower()
    raise ApiError(422, {"error": "invalid", "description": f"Invalid search: {name} is not a known keyword"})


def _by_date(key: str, operator: str, value: str) -> Test:
    try:
        wanted = to_ms(value)
    except ValueError:
        raise ApiError(422, {"error": "invalid", "description": f"Invalid search: {value} is not a date"}) from None

    def test(row: Row) -> bool:
        if row[key] is None:
            return False
        at = to_ms(row[key])
        same_day: bool = row[key].startswith(value)
        answers = {":": same_day, "<": at < wanted, ">": at > wanted, "<=": at <= wanted, ">=": at >= wanted}
        return answers[operator]

    return test


def _by_rank(name: str, order: tuple[str, ...], operator: str, value: str) -> Test:
    if value == "none":
        return lambda row: row[name] is None
    if value not in order:
        return lambda row: False
    wanted = order.index(value)

    def test(row: Row) -> bool:
        if row[name] not in order:
            return False
        at = order.index(row[name])
        answers = {":": at == wanted, "<": at < wanted, ">": at > wanted, "<=": at <= wanted, ">=": at >= wanted}
        return answers[operator]

    return test


def _by_person(account: Account, key: str, value: str) -> Test:
    if value == "none":
        return lambda row: row[key] is None
    person = account.user_by_email(value) if "@" in value else account.users.get(as_int(value) or 0)
    if person is None:
        person = next((user for user in account.users.values() if user["name"].lower() == value.lower()), None)
    wanted = person["id"] if person else -1
    return lambda row: bool(row[key] == wanted)
