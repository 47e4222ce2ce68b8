"""Does a ticket meet the conditions of a trigger, automation or view?

All of `all`, and any of `any` when there are some. A trigger asks about an update; automations and views ask about a
ticket as it is, which is an update that changes nothing (`look`). Hours since something: `hours.py`.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from zdsync.sandbox import hours
from zdsync.sandbox.account import Account, Ticket
from zdsync.sandbox.base import Row
from zdsync.sandbox.update import Update
from zdsync.sandbox.wishes import as_tags

VIA_IDS = {"web": "0", "email": "4", "api": "5", "rule": "8", "web_widget": "48", "phone": "33", "chat": "29"}
"""`via_id` and `current_via_id` compare Zendesk's numbers of channels."""

RANK: dict[str, tuple[str, ...]] = {
    "status": ("new", "open", "pending", "hold", "solved", "closed"),
    "priority": ("low", "normal", "high", "urgent"),
}
TICKET_FIELDS = {
    "status",
    "custom_status_id",
    "type",
    "priority",
    "group_id",
    "assignee_id",
    "requester_id",
    "organization_id",
    "brand_id",
    "ticket_form_id",
    "current_tags",
    "via_id",
    "ticket_is_public",
    "subject_includes_word",
    "requester_role",
    "satisfaction_score",
}
"""What can be asked of a ticket at any time."""
UPDATE_FIELDS = {"update_type", "current_via_id", "role", "comment_is_public", "comment_includes_word"}
"""What can be asked of an update only."""


def look(account: Account, ticket: Ticket, viewer: Row | None = None) -> Update:
    """A ticket as it is, seen by `viewer` (who is meant by `current_user`). Takes no id and changes nothing."""
    return Update(account, ticket, viewer, {}, audit_id=-1)


def matches(conditions: Row, update: Update) -> bool:
    """All of `all`, and any of `any` when there are some."""
    any_of = conditions.get("any") or []
    return all(holds(c, update) for c in conditions.get("all") or []) and (
        not any_of or any(holds(c, update) for c in any_of)
    )


def holds(condition: Row, update: Update) -> bool:
    name, operator, value = condition["field"], condition.get("operator", "is"), condition.get("value")
    if name in hours.FIELDS:
        return hours.hold(update.ticket, condition, update.account.now_ms)
    if name == "current_tags":
        wanted, present = as_tags(value), set(update.value("tags"))
        return bool(wanted & present) if operator in ("includes", "is") else not wanted & present
    if name.endswith("_includes_word"):
        text = (update.comment or {}).get("body") if name.startswith("comment") else update.value("subject")
        found = any(word.lower() in (text or "").lower() for word in str(value).split())
        return found if operator in ("includes", "is") else not found
    if name in _SPECIAL:
        is_so = _SPECIAL[name](update, str(value).lower())
        return is_so if operator == "is" else not is_so
    return _compare(update, name.removeprefix("custom_fields_"), operator, value)


def _compare(update: Update, name: str, operator: str, value: Any) -> bool:
    now = _text(update.value(name))
    changed = name in update.before and update.before[name] != update.value(name)
    previous = _text(update.before.get(name))
    several = [_text(_meant(update, name, one)) for one in (value if isinstance(value, list) else [value])]
    wanted = several[0] if several else ""
    rank = RANK.get(name, ())
    below = now in rank and wanted in rank and rank.index(now) < rank.index(wanted)
    if name == "group_id" and value == "current_groups":
        several = [str(group) for group in update.account.groups_of(update.actor["id"] if update.actor else 0)]
        return (now in several) is (operator in ("is", "includes"))
    answers: dict[str, bool] = {
        "is": now == wanted,
        "is_not": now != wanted,
        "includes": now in several,
        "not_includes": now not in several,
        "less_than": below,
        "greater_than": now in rank and wanted in rank and now != wanted and not below,
        "changed": changed,
        "not_changed": not changed,
        "value": changed and now == wanted,
        "not_value": not (changed and now == wanted),
        "value_previous": changed and previous == wanted,
        "not_value_previous": not (changed and previous == wanted),
        "present": now != "",
        "not_present": now == "",
    }
    return answers[operator]


def _text(value: Any) -> str:
    return "" if value is None else str(value).lower()


def _meant(update: Update, name: str, value: Any) -> Any:
    return person(update, value) if name in ("assignee_id", "requester_id") else value


def person(update: Update, value: Any) -> Any:
    """`current_user`, `requester_id`… in a person's place."""
    if value == "current_user":
        return update.actor["id"] if update.actor else None
    if value in ("requester_id", "assignee_id"):
        return update.value(value)
    return value


def _role(update: Update, wanted: str) -> bool:
    actor = update.actor
    if actor is None:
        return False
    if wanted == "agent":
        return bool(actor["role"] in ("agent", "admin"))
    return wanted in (actor["role"].replace("-", "_"), str(actor["id"]))


def _comment_is_public(update: Update, wanted: str) -> bool:
    """`not_relevant` is what admins see as “Present (public or private)”: there has to be a comment."""
    if update.comment is None:
        return False
    if wanted == "not_relevant":
        return True
    return bool(update.comment["public"]) is (wanted in ("true", "requester_can_see_comment"))


_SPECIAL: dict[str, Callable[[Update, str], bool]] = {
    "update_type": lambda u, wanted: ("create" if u.creates else "change") == wanted,
    "via_id": lambda u, wanted: VIA_IDS.get(u.value("via")["channel"]) == wanted,
    "current_via_id": lambda u, wanted: VIA_IDS.get(u.via["channel"]) == wanted,
    "role": _role,
    "requester_role": lambda u, wanted: u.account.users[u.value("requester_id")]["role"].replace("-", "_") == wanted,
    "comment_is_public": _comment_is_public,
    "ticket_is_public": lambda u, wanted: bool(u.value("is_public")) is (wanted in ("public", "true")),
}
