"""What Zendesk does by itself to every update ("native system ticket rules"), before triggers. `tickets.py` calls.

Where the public material leaves open whether something is refused or silently dropped, we refuse: louder is stricter.
"""

from __future__ import annotations

from typing import Any

from zdsync.sandbox.base import Row
from zdsync.sandbox.errors import invalid
from zdsync.sandbox.update import Update

STATUSES = ("new", "open", "pending", "hold", "solved")
"""What an update may ask for; `closed` too, from `solved` or by an admin's update."""
PRIORITIES = ("low", "normal", "high", "urgent")
TYPES = ("problem", "incident", "question", "task")


def check_open(update: Update) -> None:
    if update.ticket.row["status"] == "closed":
        raise invalid("status", "Status: closed prevents ticket update")


def with_consequences(update: Update, wanted: dict[str, Any], *, comments: bool) -> dict[str, Any]:
    """What was asked for, with what follows from it. Raises 422 for what the system does not allow."""
    wanted = dict(wanted)
    _keep_priority(update, wanted)
    _resolve_custom_status(update, wanted)
    _assign(update, wanted)
    if comments and update.by_end_user and not update.creates and "status" not in wanted:
        _reopen(update, wanted)
    _never_back_to_new(update, wanted)
    _pair_custom_status(update, wanted)
    _solve(update, wanted)
    return wanted


def _keep_priority(update: Update, wanted: dict[str, Any]) -> None:
    if "priority" in wanted and wanted["priority"] is None and update.value("priority") is not None:
        raise invalid("priority", "Priority: cannot be unset")


def _resolve_custom_status(update: Update, wanted: dict[str, Any]) -> None:
    """A custom status decides its category, whatever `status` says beside it."""
    status_id = wanted.get("custom_status_id")
    if status_id is not None:
        wanted["status"] = update.account.custom_statuses[status_id]["status_category"]


def _assign(update: Update, wanted: dict[str, Any]) -> None:
    """An assignee brings its group and takes the ticket out of `new`."""
    assignee = wanted.get("assignee_id")
    if assignee is not None and "group_id" not in wanted:
        groups = update.account.groups_of(assignee)
        if update.value("group_id") not in groups and groups:
            wanted["group_id"] = groups[0]
    if assignee is not None and wanted.get("status", update.value("status")) == "new":
        wanted["status"] = "open"


def _reopen(update: Update, wanted: dict[str, Any]) -> None:
    """The customer wrote: it is open again."""
    if update.value("status") in ("pending", "hold", "solved"):
        wanted["status"] = "open"


def _never_back_to_new(update: Update, wanted: dict[str, Any]) -> None:
    if not update.creates and wanted.get("status") == "new" and update.value("status") != "new":
        raise invalid("status", "Status: cannot be set to new once the ticket has left it")


def _pair_custom_status(update: Update, wanted: dict[str, Any]) -> None:
    """A move to another category takes that category's default custom status along."""
    status = wanted.get("status")
    # Closed is the solved category for custom statuses.
    category = "solved" if status == "closed" else str(status)
    asked = update.account.custom_statuses.get(wanted.get("custom_status_id") or 0)
    if status is not None and (asked is None or asked["status_category"] != category):
        moves = status != update.value("status") or update.creates
        if moves and (default := update.account.default_status(category)) is not None:
            wanted["custom_status_id"] = default


def _solve(update: Update, wanted: dict[str, Any]) -> None:
    """Solving needs an assignee and every field that is required on solve."""
    if wanted.get("status") != "solved" or update.value("status") == "solved":
        return
    account = update.account
    if wanted.get("assignee_id", update.value("assignee_id")) is None:
        actor = update.actor
        if not (account.options.auto_assign_on_solve and actor and not update.by_end_user):
            more: Row = {"error": None, "ticket_field_id": None, "ticket_field_type": "FieldAssignee"}
            raise invalid("base", "Assignee: is required when solving a ticket", **more)
        wanted["assignee_id"] = actor["id"]
        _assign(update, wanted)
    for field_id, field in account.ticket_fields.items():
        custom = field["removable"] and field["active"] and field["required"]
        if custom and wanted.get(str(field_id), update.value(str(field_id))) in (None, "", False):
            more = {"error": None, "ticket_field_id": field_id, "ticket_field_type": f"Field{field['type'].title()}"}
            raise invalid("base", f"{field['title']}: is required when solving a ticket", **more)
