"""The endpoints of automations. When and what they do is in `automations.py`."""

from __future__ import annotations

from zdsync.sandbox import actions, automations, conditions, hours, shapes
from zdsync.sandbox.account import Account
from zdsync.sandbox.base import Row
from zdsync.sandbox.errors import invalid
from zdsync.sandbox.rule_checks import check_ends, check_property, checked_actions, checked_conditions
from zdsync.sandbox.rules_api import Kind, check_has_actions, common, parts, register

FIELDS = conditions.TICKET_FIELDS | hours.FIELDS
ACTIONS = actions.SETTING | actions.TELLING
MOST_ACTIVE = 500


def _read(account: Account, given: Row, known: Row | None) -> Row:
    row = common(given, known, "position")
    found = parts(given, known)
    if found is not None or known is None:
        row["conditions"] = checked_conditions(account, found, FIELDS, changes=False)
    if "actions" in given or known is None:
        row["actions"] = checked_actions(account, given.get("actions"), ACTIONS)
    if known is None:
        row.setdefault("position", 1 + max((one["position"] for one in account.automations.values()), default=-1))
    _check(account, {"active": True, "id": None, "default": False, **(known or {}), **row})
    return row


def _check(account: Account, row: Row) -> None:
    """What Zendesk asks of an automation as a whole. Raises 422."""
    check_has_actions(row["actions"])
    check_property("Automation", row["conditions"])
    if not any(one["field"] in hours.FIELDS for one in row["conditions"]["all"]):
        raise invalid("base", "Automation must have at least one time-based condition in the ALL conditions section.")
    check_ends(account, row["conditions"], row["actions"])
    if row["default"] and not row["active"]:
        raise invalid("base", "Automation: the one that closes solved tickets cannot be switched off")
    others = [one for one in account.automations.values() if one["active"] and one["id"] != row["id"]]
    if row["active"] and any(_same(one, row) for one in others):
        raise invalid("base", "Automation: an active automation with these conditions and actions exists already")
    if row["active"] and len(others) >= MOST_ACTIVE:
        raise invalid("base", f"Automation: no more than {MOST_ACTIVE} can be active")


def _same(one: Row, other: Row) -> bool:
    return bool(one["conditions"] == other["conditions"] and one["actions"] == other["actions"])


def _check_removal(row: Row) -> None:
    if row["default"]:
        raise invalid("base", "Automation: the one that closes solved tickets cannot be deleted")


register(
    Kind(
        "automations",
        "automation",
        who="agent",
        keys=frozenset(("title", "active", "position", "conditions", "all", "any", "actions")),
        read=_read,
        shape=shapes.automation,
        check_removal=_check_removal,
        changed=automations.plan_all,
    )
)
