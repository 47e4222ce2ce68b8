"""The account's triggers: which match an update, and what they do inside its audit. `tickets.py` runs them.

In order of position; when one has changed the ticket, those that have not fired yet are looked at again from the top;
each fires at most once per update. The object's endpoints are in `triggers_api.py`.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from zdsync.sandbox import outbox, webhooks
from zdsync.sandbox.base import Row, as_int
from zdsync.sandbox.placeholders import fill
from zdsync.sandbox.update import Update, by_rule
from zdsync.sandbox.wishes import REFERENCES, as_tags

VIA_IDS = {"web": "0", "email": "4", "api": "5", "rule": "8", "web_widget": "48", "phone": "33", "chat": "29"}
"""`via_id` and `current_via_id` compare Zendesk's numbers of channels."""

_RANK: dict[str, tuple[str, ...]] = {
    "status": ("new", "open", "pending", "hold", "solved", "closed"),
    "priority": ("low", "normal", "high", "urgent"),
}
CONDITION_FIELDS = {
    "update_type",
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
    "current_via_id",
    "role",
    "comment_is_public",
    "ticket_is_public",
    "comment_includes_word",
    "subject_includes_word",
    "requester_role",
}
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
ACTION_FIELDS = {
    "status",
    "custom_status_id",
    "type",
    "priority",
    "group_id",
    "assignee_id",
    "brand_id",
    "ticket_form_id",
    "subject",
    "set_tags",
    "current_tags",
    "remove_tags",
    "notification_user",
    "notification_group",
    "notification_webhook",
    "cc",
}


def run(update: Update) -> None:
    waiting = sorted(
        (row for row in update.account.triggers.values() if row["active"]), key=lambda row: (row["position"], row["id"])
    )
    # Any firing may make an earlier one match: from the top, with those that are left, until none matches.
    while trigger := next((row for row in waiting if matches(row["conditions"], update)), None):
        waiting.remove(trigger)
        _fire(trigger, update)


def matches(conditions: Row, update: Update) -> bool:
    """All of `all`, and any of `any` when there are some."""
    any_of = conditions.get("any") or []
    return all(_holds(c, update) for c in conditions.get("all") or []) and (
        not any_of or any(_holds(c, update) for c in any_of)
    )


def _holds(condition: Row, update: Update) -> bool:
    name, operator, value = condition["field"], condition.get("operator", "is"), condition.get("value")
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
    wanted = _text(_person(update, value) if name in ("assignee_id", "requester_id") else value)
    rank = _RANK.get(name, ())
    below = now in rank and wanted in rank and rank.index(now) < rank.index(wanted)
    answers: dict[str, bool] = {
        "is": now == wanted,
        "is_not": now != wanted,
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


def _person(update: Update, value: Any) -> Any:
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
    if wanted == "not_relevant":
        return True
    if update.comment is None:
        return False
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


def _fire(trigger: Row, update: Update) -> None:
    via = by_rule(trigger)
    for action in trigger["actions"]:
        _act(action["field"], action["value"], update, via)


def _act(name: str, value: Any, update: Update, via: Row) -> None:
    tags = set(update.value("tags"))
    if name == "set_tags":
        update.set("tags", sorted(as_tags(value)), via=via)
    elif name == "current_tags":
        update.set("tags", sorted(tags | as_tags(value)), via=via)
    elif name == "remove_tags":
        update.set("tags", sorted(tags - as_tags(value)), via=via)
    elif name == "notification_user":
        outbox.notify(update, via, _recipients(value[0], update), fill(value[1], update), fill(value[2], update))
    elif name == "notification_group":
        group = update.value("group_id") if value[0] == "group_id" else as_int(value[0])
        people = [user for user, of in update.account.memberships if of == group]
        outbox.notify(update, via, people, fill(value[1], update), fill(value[2], update))
    elif name == "notification_webhook":
        webhooks.invoke_by_rule(update, value[0], fill(value[1], update))
    elif name == "cc":
        _cc(value, update, via)
    else:
        _set_field(name, value, update, via)


def _cc(value: Any, update: Update, via: Row) -> None:
    person = as_int(_person(update, value))
    if person is not None and person not in update.value("email_cc_ids"):
        update.ticket.row["email_cc_ids"] = [*update.value("email_cc_ids"), person]
        update.ticket.row["collaborator_ids"] = [*update.value("collaborator_ids"), person]
        update.add_event("Cc", {"recipients": [person]}, via)


def _set_field(name: str, value: Any, update: Update, via: Row) -> None:
    name = name.removeprefix("custom_fields_")
    if name == "assignee_id":
        value = _person(update, value)
    if name.endswith("_id"):
        value = as_int(value)
    if name == "status":
        update.set("status", value, via=via)
        default = update.account.default_status("solved" if value == "closed" else value)
        if default is not None and "status" in update.before:
            update.set("custom_status_id", default, via=via)
        return
    if name in REFERENCES and value is not None and value not in getattr(update.account, REFERENCES[name]):
        return  # what it names is gone: the action does nothing
    if name == "custom_status_id":
        update.set("status", update.account.custom_statuses[value]["status_category"], via=via)
    update.set(name, value, via=via)


def _recipients(who: Any, update: Update) -> list[int]:
    if who == "requester_and_ccs":
        return [update.value("requester_id"), *update.value("email_cc_ids")]
    if who == "all_agents":
        return [agent["id"] for agent in update.account.agents()]
    person = as_int(_person(update, who))
    return [person] if person is not None else []
