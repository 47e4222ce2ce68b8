"""What other programs ask every account for and this one does not use: lists that are there, and empty.

A sync tool looks at all that it could extract before it begins, and gives up on a 404. What an account always has but
the sandbox does not keep (metric events) is refused like a missing right: an empty list would be a lie.
"""

from __future__ import annotations

from collections import Counter

from zdsync.sandbox.errors import forbidden
from zdsync.sandbox.http import Call, Reply, route
from zdsync.sandbox.paging import listing

EMPTY = {
    "/user_fields": "user_fields",
    "/organization_fields": "organization_fields",
    "/slas/policies": "sla_policies",
}
"""Path to the name of its list."""

REFUSED = ("/incremental/ticket_metric_events", "/channels/voice/phone_numbers")
RESTRICTED = "Access to this resource is restricted. Please contact the account administrator for assistance."


def _empty(path: str, name: str) -> None:
    @route(f"GET {path}")
    def nothing(call: Call) -> Reply:
        return listing(call, name, [])


def _refused(path: str) -> None:
    @route(f"GET {path}")
    def refuse(call: Call) -> Reply:
        raise forbidden(RESTRICTED)


for _path, _name in EMPTY.items():
    _empty(_path, _name)
for _path in REFUSED:
    _refused(_path)


@route("GET /tags")
def tags(call: Call) -> Reply:
    """Every tag of the account's tickets with how often it is used, the most used first."""
    tickets = (ticket.row for ticket in call.account.tickets.values() if ticket.row["status"] != "deleted")
    used = Counter(tag for row in tickets for tag in row["tags"])
    found = [
        {"name": name, "count": count, "_place": place} for place, (name, count) in enumerate(used.most_common(), 1)
    ]
    return listing(
        call,
        "tags",
        found,
        lambda row: {"name": row["name"], "count": row["count"]},
        key=lambda row: int(row["_place"]),
    )
