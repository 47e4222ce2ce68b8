"""The endpoints of triggers. What triggers do is in `triggers.py`."""

from __future__ import annotations

from zdsync.sandbox import actions, conditions, shapes
from zdsync.sandbox.account import Account
from zdsync.sandbox.base import Row, iso
from zdsync.sandbox.http import Call, Reply, route
from zdsync.sandbox.paging import listing
from zdsync.sandbox.rule_checks import checked_actions, checked_conditions
from zdsync.sandbox.rules_api import Kind, check_has_actions, common, parts, register

FIELDS = conditions.TICKET_FIELDS | conditions.UPDATE_FIELDS
ACTIONS = actions.SETTING | actions.TELLING


def _read(account: Account, given: Row, known: Row | None) -> Row:
    row = common(given, known, "description", "position", "category_id")
    if (found := parts(given, known)) is not None:
        row["conditions"] = checked_conditions(account, found, FIELDS, changes=True)
    if "actions" in given or known is None:
        row["actions"] = checked_actions(account, given.get("actions"), ACTIONS)
        check_has_actions(row["actions"])
    if known is None:
        row.setdefault("position", 1 + max((one["position"] for one in account.triggers.values()), default=-1))
    return row


register(
    Kind(
        "triggers",
        "trigger",
        who="admin",
        keys=frozenset(
            ("title", "active", "description", "position", "category_id", "conditions", "all", "any", "actions")
        ),
        read=_read,
        shape=shapes.trigger,
    )
)


@route("GET /trigger_categories")
def categories(call: Call) -> Reply:
    at = iso(0)
    row = {"id": "1", "name": "Initial category", "position": 0, "created_at": at, "updated_at": at}
    return listing(call, "trigger_categories", [row], cursor=True)
