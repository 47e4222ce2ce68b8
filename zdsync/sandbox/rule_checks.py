"""What may be written in triggers, automations, views and macros. Their `_api` files call it; all refusals are 422.

The texts that public threads quote are theirs; where none is known the refusal names what was wrong.
"""

from __future__ import annotations

from collections.abc import Collection
from typing import Any

from zdsync.sandbox import conditions, hours
from zdsync.sandbox.account import Account
from zdsync.sandbox.base import Row, as_int
from zdsync.sandbox.errors import invalid
from zdsync.sandbox.rules import PRIORITIES, STATUSES, TYPES
from zdsync.sandbox.wishes import REFERENCES

OPERATORS = {
    "is",
    "is_not",
    "less_than",
    "greater_than",
    "changed",
    "not_changed",
    "value",
    "not_value",
    "value_previous",
    "not_value_previous",
    "includes",
    "not_includes",
    "present",
    "not_present",
}
OF_A_CHANGE = {"changed", "not_changed", "value", "not_value", "value_previous", "not_value_previous"}
"""Only triggers see a change."""
WITHOUT_VALUE = {"changed", "not_changed", "present", "not_present"}
PROPERTIES = {"status", "custom_status_id", "type", "group_id", "assignee_id", "requester_id"}
"""At least one of these has to be tested by a view or automation, so that not all tickets are looked at."""
CHOICES: dict[str, tuple[str, ...]] = {
    "status": (*STATUSES, "closed"),
    "priority": PRIORITIES,
    "type": TYPES,
    "satisfaction_score": ("unoffered", "offered", "good", "bad"),
}
LENGTHS = {"notification_user": 3, "notification_group": 3, "notification_webhook": 2}


def checked_conditions(account: Account, given: Any, fields: Collection[str], *, changes: bool) -> Row:
    """`{"all", "any"}` of a request, each condition with its operator. `changes`: may it ask what has changed?"""
    given = given if isinstance(given, dict) else {}
    found = {part: _objects(given.get(part), "conditions") for part in ("all", "any")}
    for condition in found["all"] + found["any"]:
        name = condition.get("field")
        _check_field(account, name, fields, "condition")
        operator = str(condition.setdefault("operator", "is"))
        allowed = hours.OPERATORS if name in hours.FIELDS else OPERATORS if changes else OPERATORS - OF_A_CHANGE
        if operator not in allowed:
            raise invalid("base", f"Invalid condition operator: {operator}")
        value = condition.setdefault("value", None)
        if name in hours.FIELDS and as_int(value) is None:
            raise invalid("base", f"Invalid value of condition {name}: whole hours are needed")
        if operator not in WITHOUT_VALUE:
            for one in value if isinstance(value, list) else [value]:
                _check_value(account, name, one, "condition")
    return found


def checked_actions(account: Account, given: Any, fields: Collection[str]) -> list[Row]:
    found = _objects(given, "actions")
    for action in found:
        name, value = action.get("field"), action.setdefault("value", None)
        _check_field(account, name, fields, "action")
        _check_action(account, str(name), value)
        _check_value(account, name, value, "action")
    return found


def _objects(given: Any, what: str) -> list[Row]:
    """A list of objects, copied; nothing is an empty one."""
    items = given or []
    if not isinstance(items, list) or not all(isinstance(item, dict) for item in items):
        raise invalid("base", f"Invalid {what}: a list of objects is needed")
    return [dict(item) for item in items]


def _check_field(account: Account, name: Any, known: Collection[str], what: str) -> None:
    custom = str(name).removeprefix("custom_fields_")
    if str(name) not in known and as_int(custom) not in account.ticket_fields:
        raise invalid("base", f"Invalid {what} field: {name}")


def _check_value(account: Account, name: Any, value: Any, what: str) -> None:
    """A status that does not exist, or an id of nothing. Empty is "none", and words like `current_user` are taken."""
    if value in (None, ""):
        return
    known = CHOICES.get(str(name))
    number = as_int(value)
    gone = name in REFERENCES and number is not None and number not in getattr(account, REFERENCES[name])
    unnamed = name == "custom_status_id" and number is None
    if gone or unnamed or (known is not None and value not in known):
        raise invalid("base", f"Invalid value of {what} {name}: {value}")


def _check_action(account: Account, name: str, value: Any) -> None:
    if name in LENGTHS and not (isinstance(value, list) and len(value) == LENGTHS[name]):
        raise invalid("base", f"Invalid value of action {name}: a list of {LENGTHS[name]} is needed")
    if name == "satisfaction_score" and value != "offered":
        raise invalid("base", f"Invalid value of action {name}: it can only be offered")
    if name == "notification_webhook":
        webhook = account.webhooks.get(str(value[0]))
        if webhook is None or "conditional_ticket_events" not in webhook["subscriptions"]:
            raise invalid("base", "Invalid webhook: it does not exist or is not for triggers")


def restriction(account: Account, given: Any) -> Row | None:
    """Who may use a macro or view: None for everybody, else a group, groups or a user."""
    if not given:
        return None
    if not isinstance(given, dict):
        raise invalid("restriction", "Restriction: is invalid")
    kinds: dict[str, dict[int, Row]] = {"Group": account.groups, "User": account.users}
    known = kinds.get(str(given.get("type")))
    named = given.get("ids") or [given.get("id")]
    ids = [as_int(one) for one in (named if isinstance(named, list) else [named])]
    if known is None or any(one not in known for one in ids):
        raise invalid("restriction", "Restriction: is invalid")
    row: Row = {"type": given["type"], "id": ids[0]}
    return {**row, "ids": ids} if given["type"] == "Group" else row


def check_property(what: str, row: Row) -> None:
    """A `View` or `Automation` narrows the tickets down by one property at least."""
    if not any(condition["field"] in PROPERTIES for condition in row["all"]):
        raise invalid(
            "base",
            f"{what} must test for at least <strong>one</strong> of the following ticket properties in the ALL "
            "conditions section: Status, Type, Group, Assignee, Requester.",
        )


def check_ends(account: Account, found: Row, actions: list[Row]) -> None:
    """An automation must not match again what it has done: a condition that is true once, or that an action ends."""
    if any(one["field"] in hours.FIELDS and one["operator"] == "is" for one in found["all"]):
        return
    done = [*actions, *_implied(account, actions)]
    if not any(_ends(action, condition) for action in done for condition in found["all"]):
        raise invalid(
            "base",
            "Automation must have at least one condition that is true only once or an action that nullifies at least "
            "one of the conditions.",
        )


def _implied(account: Account, actions: list[Row]) -> list[Row]:
    """A custom status sets its category, a category its default custom status."""
    implied: list[Row] = []
    for action in actions:
        if action["field"] == "custom_status_id":
            status = account.custom_statuses[as_int(action["value"]) or 0]
            implied.append({"field": "status", "value": status["status_category"]})
        elif action["field"] == "status":
            implied.append({"field": "custom_status_id", "value": account.default_status(str(action["value"]))})
    return implied


def _ends(action: Row, condition: Row) -> bool:
    name, operator, wanted = condition["field"], condition["operator"], condition["value"]
    value = action["value"]
    if name == "current_tags":
        return _tags_end(action, operator, str(wanted or ""))
    if name in hours.STATUSES:
        # Hours since pending are over once it is something else.
        return bool(action["field"] == "status" and value != hours.STATUSES[name])
    if action["field"] != name:
        return False
    if operator in ("is", "is_not"):
        return (str(value) == str(wanted)) is (operator == "is_not")
    if operator in ("includes", "not_includes"):
        several = [str(one) for one in (wanted if isinstance(wanted, list) else [wanted])]
        return (str(value) in several) is (operator == "not_includes")
    rank = conditions.RANK.get(name, ())
    if operator in ("less_than", "greater_than") and value in rank and wanted in rank:
        below, above = rank.index(value) < rank.index(wanted), rank.index(value) > rank.index(wanted)
        return not (below if operator == "less_than" else above)
    return False


def _tags_end(action: Row, operator: str, wanted: str) -> bool:
    tags, tested = set(str(action["value"] or "").split()), set(wanted.split())
    if operator in ("not_includes", "is_not"):
        return action["field"] in ("current_tags", "set_tags") and bool(tags & tested)
    if action["field"] == "set_tags":
        return not tags & tested
    return action["field"] == "remove_tags" and tested <= tags
