"""What the actions of a trigger, automation or macro do to a ticket. What may be written in them: `rule_checks.py`."""

from __future__ import annotations

from typing import Any

from zdsync.sandbox import outbox, satisfaction, webhooks
from zdsync.sandbox.base import Row, as_int
from zdsync.sandbox.conditions import person
from zdsync.sandbox.placeholders import fill
from zdsync.sandbox.update import Update
from zdsync.sandbox.wishes import REFERENCES, as_tags

SETTING = {
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
    "satisfaction_score",
}
"""Actions that set something on the ticket."""
TELLING = {"notification_user", "notification_group", "notification_webhook", "cc"}
"""Actions that tell somebody."""


def carry_out(actions: list[Row], update: Update, via: Row) -> None:
    """All of them, in order, as events of the update's audit that carry `via`."""
    for action in actions:
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
    elif name == satisfaction.SCORE:
        satisfaction.offer(update, via)
    elif name == "cc":
        _cc(value, update, via)
    else:
        _set_field(name, value, update, via)


def _cc(value: Any, update: Update, via: Row) -> None:
    added = as_int(person(update, value))
    if added is not None and added not in update.value("email_cc_ids"):
        update.ticket.row["email_cc_ids"] = [*update.value("email_cc_ids"), added]
        update.ticket.row["collaborator_ids"] = [*update.value("collaborator_ids"), added]
        update.add_event("Cc", {"recipients": [added]}, via)


def _set_field(name: str, value: Any, update: Update, via: Row) -> None:
    name = name.removeprefix("custom_fields_")
    if name == "assignee_id":
        value = person(update, value)
    if name.endswith("_id"):
        value = as_int(value)
    if name in REFERENCES and value is not None and value not in getattr(update.account, REFERENCES[name]):
        return  # what it names is gone: the action does nothing
    if name == "status":
        _set_status(value, update, via)
    elif name == "custom_status_id":
        _set_custom_status(value, update, via)
    else:
        update.set(name, value, via=via)


def _set_status(value: Any, update: Update, via: Row) -> None:
    """A move to another category takes that category's default custom status along."""
    account = update.account
    update.set("status", value, via=via)
    category = "solved" if value == "closed" else value  # closed is the solved category for custom statuses
    present = account.custom_statuses.get(update.value("custom_status_id") or 0)
    if present is None or present["status_category"] != category:
        default = account.default_status(category)
        if default is not None:
            update.set("custom_status_id", default, via=via)


def _set_custom_status(value: int | None, update: Update, via: Row) -> None:
    status = update.account.custom_statuses.get(value or 0)
    if status is None or not status["active"]:
        return
    update.set("status", status["status_category"], via=via)
    update.set("custom_status_id", value, via=via)


def _recipients(who: Any, update: Update) -> list[int]:
    if who == "requester_and_ccs":
        return [update.value("requester_id"), *update.value("email_cc_ids")]
    if who == "all_agents":
        return [agent["id"] for agent in update.account.agents()]
    one = as_int(person(update, who))
    return [one] if one is not None else []
