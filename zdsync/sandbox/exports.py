"""Incremental exports: tickets and users by cursor and by time, ticket events and organizations by time.

What they compare is `generated_timestamp` of tickets, `updated_at` of the others. Nothing of the last minute is
returned, deleted tickets are, and an empty cursor page has no cursor.
"""

from __future__ import annotations

import base64
import binascii
import re
from bisect import bisect_left
from collections.abc import Callable
from typing import TypeVar
from urllib.parse import urlencode

from zdsync.sandbox import directory, tickets
from zdsync.sandbox.account import Ticket
from zdsync.sandbox.base import SECOND, Row, to_ms
from zdsync.sandbox.errors import bad_request, invalid_value
from zdsync.sandbox.http import Call, Reply, route
from zdsync.sandbox.tickets_api import shown_audit

MAX_ROWS = 1000
EXPORT = ("incremental-exports",)
T = TypeVar("T")


def _visible_until(call: Call) -> int:
    """The first second that is still hidden."""
    return (call.account.now_ms - call.account.options.export_hole_ms) // SECOND


def _start_time(call: Call) -> int:
    """Seconds; may be sent as a float. Raises 400 without one, 422 when it is too recent."""
    try:
        start = int(float(call.one("start_time") or ""))
    except ValueError:
        raise bad_request("InvalidValue", "start_time: is required and must be a number") from None
    if start > _visible_until(call):
        raise invalid_value("Too recent start_time. Use a start_time older than 1 minute")
    return start


def _per_page(call: Call) -> int:
    return max(1, min(call.number("per_page", MAX_ROWS), MAX_ROWS))


def _candidates(call: Call) -> list[tuple[int, int, Ticket]]:
    """(second, id, ticket) of all that may be shown, in the export's order."""
    hidden, without_deleted = _visible_until(call), call.one("exclude_deleted") == "true"
    return sorted(
        (second, ticket_id, ticket)
        for ticket_id, ticket in call.account.tickets.items()
        if (second := ticket.generated_ms // SECOND) < hidden
        and not (without_deleted and ticket.row["status"] == "deleted")
    )


def _row(call: Call, ticket: Ticket) -> Row:
    return tickets.render(call.account, ticket, call.base_url)


def _by_cursor(call: Call, name: str, rows: list[tuple[int, int, T]], render: Callable[[T], Row]) -> Reply:
    """A page of `rows`, each (second, id, thing) in the export's order."""
    cursor = call.one("cursor")
    after = _decode(cursor) if cursor else (_start_time(call), 0)
    size = _per_page(call)
    left = [item for item in rows if item[:2] > after]
    page = left[:size]
    token = encode(page[-1][0], page[-1][1]) if page else None
    after_url = f"{call.url(call.path)}.json?{urlencode({**_kept(call), 'cursor': token})}" if token else None
    return Reply(
        200,
        {
            name: [render(thing) for _, _, thing in page],
            "after_url": after_url,
            "before_url": None,
            "after_cursor": token,
            "before_cursor": None,
            "end_of_stream": len(left) <= size,
        },
    )


@route("GET /incremental/tickets/cursor", who="admin", limits=EXPORT)
def tickets_by_cursor(call: Call) -> Reply:
    return _by_cursor(call, "tickets", _candidates(call), lambda ticket: _row(call, ticket))


def encode(second: int, ticket_id: int) -> str:
    """The real one's form: `1707271741.0||4045|` in base64."""
    return base64.b64encode(f"{second}.0||{ticket_id}|".encode()).decode()


def _decode(cursor: str) -> tuple[int, int]:
    try:
        second, _, ticket_id = base64.b64decode(cursor, validate=True).decode().rstrip("|").partition("||")
        return int(float(second)), int(ticket_id)
    except (binascii.Error, ValueError):
        raise bad_request("InvalidValue", "cursor: is invalid") from None


def _kept(call: Call) -> dict[str, str]:
    return {name: values[-1] for name, values in call.query.items() if name not in ("cursor", "start_time")}


def _by_time(call: Call, name: str, rows: list[tuple[int, int, T]], render: Callable[[T], Row]) -> Reply:
    start, size = _start_time(call), _per_page(call)
    left = [item for item in rows if item[0] >= start]
    page, end_of_stream, end_time = _time_page(left, [item[0] for item in left], size, start)
    footer = _time_footer(call, len(page), end_of_stream, end_time)
    return Reply(200, {name: [render(thing) for _, _, thing in page], **footer})


@route("GET /incremental/tickets", who="admin", limits=EXPORT)
def tickets_by_time(call: Call) -> Reply:
    return _by_time(call, "tickets", _candidates(call), lambda ticket: _row(call, ticket))


def _time_page(
    left: list[tuple[int, int, T]], seconds: list[int], size: int, start: int
) -> tuple[list[tuple[int, int, T]], bool, int]:
    """A page never divides a second, so it may hold more than `size`; (page, end of stream, end_time)."""
    if len(left) <= size:
        return left, True, seconds[-1] if seconds else start
    last = seconds[size - 1]
    end = bisect_left(seconds, last + 1)
    page = left[:end]
    if end == len(left):
        return page, True, last
    # `start_time` is inclusive: a page of one second only must move on, others repeat their last second.
    return page, False, last + 1 if seconds[0] == last else last


def _time_footer(call: Call, count: int, end_of_stream: bool, end_time: int) -> Row:
    query = urlencode({**_kept(call), "start_time": end_time})
    return {
        "count": count,
        "end_of_stream": end_of_stream,
        "next_page": f"{call.url(call.path)}.json?{query}",
        "end_time": end_time,
    }


@route("GET /incremental/ticket_events", who="admin", limits=EXPORT)
def ticket_events(call: Call) -> Reply:
    start, size, hidden = _start_time(call), _per_page(call), _visible_until(call)
    with_comments = "comment_events" in ",".join(call.query.get("include", []))
    left = [
        (at // SECOND, ticket_id, audit)
        for at, ticket_id, audit in call.account.journal
        if start <= at // SECOND < hidden
    ]
    left.sort(key=lambda item: item[0])  # in order already, unless the clock was set back
    page, end_of_stream, end_time = _time_page(left, [item[0] for item in left], size, start)
    shown = [(second, ticket_id, shown_audit(call, audit)) for second, ticket_id, audit in page]
    rows = [_event(second, ticket_id, audit, with_comments) for second, ticket_id, audit in shown]
    return Reply(200, {"ticket_events": rows, **_time_footer(call, len(rows), end_of_stream, end_time)})


def _event(second: int, ticket_id: int, audit: Row, with_comments: bool) -> Row:
    return {
        "child_events": [_child(event, audit, with_comments) for event in audit["events"]],
        "id": audit["id"],
        "ticket_id": ticket_id,
        "timestamp": second,
        "created_at": audit["created_at"],
        "updater_id": audit["author_id"],
        "via": audit["via"]["channel"],
        "system": audit["metadata"]["system"],
        "metadata": audit["metadata"],
        "event_type": "Audit",
    }


def _child(event: Row, audit: Row, with_comments: bool) -> Row:
    """A change is `{field: value, previous_value}`; a comment is whole only with the side-load."""
    child: Row = {"id": event["id"], "via": (event.get("via") or audit["via"])["channel"], "event_type": event["type"]}
    if event["type"] == "Comment":
        if with_comments:
            return {**event, **child}
        return {**child, "comment_present": True, "comment_public": event["public"]}
    if event["type"] in ("Create", "Change"):
        child[event["field_name"]] = event["value"]
        if event["type"] == "Change":
            child["previous_value"] = event["previous_value"]
    return child


def _directory(call: Call, rows: dict[int, Row]) -> list[tuple[int, int, Row]]:
    """(second, id, row) of all that may be shown of users or organizations."""
    hidden = _visible_until(call)
    timed = ((to_ms(row["updated_at"]) // SECOND, row_id, row) for row_id, row in rows.items())
    return sorted(item for item in timed if item[0] < hidden)


@route("GET /incremental/users/cursor", who="admin", limits=("incremental-exports-cursor",))
def users_by_cursor(call: Call) -> Reply:
    found = _directory(call, call.account.users)
    return _by_cursor(call, "users", found, lambda row: directory.rendered(call, "users", row))


@route("GET /incremental/users", who="admin", limits=EXPORT)
def users_by_time(call: Call) -> Reply:
    found = _directory(call, call.account.users)
    return _by_time(call, "users", found, lambda row: directory.rendered(call, "users", row))


@route("GET /incremental/organizations", who="admin", limits=EXPORT)
def organizations_by_time(call: Call) -> Reply:
    """`start_time` counts up to its first character that is no digit: a published sync tool sends an ISO date."""
    digits = re.match(r"\d*", call.one("start_time") or "")
    call.query["start_time"] = [digits[0] if digits else ""]
    found = _directory(call, call.account.organizations)
    return _by_time(call, "organizations", found, lambda row: directory.rendered(call, "organizations", row))
