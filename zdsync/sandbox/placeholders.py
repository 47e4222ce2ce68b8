"""Zendesk's `{{ticket.id}}` placeholders, in trigger mails, webhook bodies and (a trap) in agents' comments.

Values are display text ("Open", "High"), not escaped for anything; an unknown placeholder renders as nothing. They may
be part of Liquid's markup (`liquid.py`); `{{dc.name}}` is dynamic content in the requester's language.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import Any

from zdsync.sandbox import mail
from zdsync.sandbox.base import Row
from zdsync.sandbox.liquid import render
from zdsync.sandbox.locales_api import NAMES
from zdsync.sandbox.update import Update

TICKET_FIELD = re.compile(r"ticket\.ticket_field_(?:option_title_)?(\d+)\Z")


def fill(text: str, update: Update) -> str:
    return render(text, lambda name: _value(name, update))


def _dynamic(update: Update, name: str) -> str | None:
    """Dynamic content by the requester's locale, else its first variant. Its own placeholders are filled too."""
    variants: dict[str, str] | None = update.account.dynamic_content.get(name)
    if not variants:
        return None
    requester = update.account.users.get(update.value("requester_id") or 0)
    locale = requester["locale"] if requester else ""
    text = variants.get(locale) or next(iter(variants.values()))
    return render(text, lambda inner: None if inner.startswith("dc.") else _value(inner, update))


def _value(name: str, update: Update) -> Any:
    if match := TICKET_FIELD.match(name):
        return update.ticket.values.get(int(match[1]))
    if name.startswith("dc."):
        return _dynamic(update, name.removeprefix("dc."))
    if name == "ticket.comments":
        return [_looped(update, event) for event in reversed(_comments(update))]
    if name.startswith("current_user."):
        return _person(update.actor, name.removeprefix("current_user."))
    for who in ("requester", "assignee", "submitter"):
        prefix = f"ticket.{who}."
        if name.startswith(prefix):
            person = update.account.users.get(update.value(f"{who}_id") or 0)
            return _person(person, name.removeprefix(prefix))
    known = _TICKET.get(name)
    return known(update) if known else None


def _person(person: Row | None, name: str) -> Any:
    if person is None:
        return None
    first, _, last = person["name"].partition(" ")
    known = {"first_name": first, "last_name": last, "language": NAMES.get(person["locale"], "English")}
    return known.get(name, person.get(name))


def _title(value: Any) -> str | None:
    return str(value).capitalize() if value else None


def _name(update: Update, kind: str, key: str) -> Any:
    rows: dict[int, Row] = getattr(update.account, kind)
    row = rows.get(update.value(key) or 0)
    return row["name"] if row else None


def _comments(update: Update) -> list[Row]:
    events = [event for audit in update.ticket.audits for event in audit["events"]]
    return [event for event in [*events, *update.events] if event["type"] == "Comment"]


def _looped(update: Update, event: Row) -> Row:
    """A comment in a `for`: internal notes are among them."""
    author = update.account.users.get(event["author_id"])
    return {"value": event["body"], "is_public": event["public"], "author": {"name": author["name"] if author else ""}}


def _latest(update: Update, *, public: bool | None = None) -> Row:
    wanted = [event for event in _comments(update) if public is None or event["public"] is public]
    return wanted[-1] if wanted else {}


def _formatted(update: Update) -> str:
    users = update.account.users
    parts = [
        f"{users[event['author_id']]['name'] if event['author_id'] in users else 'System'}:\n{event['body']}"
        for event in reversed(_comments(update))
        if event["public"]
    ]
    return "\n----------------------------------------------\n".join(parts)


def _survey(update: Update) -> str:
    return f"https://{mail.host(update.account)}/requests/{update.value('id')}/satisfaction/new"


_TICKET: dict[str, Callable[[Update], Any]] = {
    "ticket.id": lambda u: u.value("id"),
    "ticket.encoded_id": lambda u: mail.encoded_id(u.value("id")),
    "ticket.cc_names": lambda u: ", ".join(
        u.account.users[person]["name"] for person in u.value("email_cc_ids") if person in u.account.users
    ),
    "ticket.title": lambda u: u.value("subject"),
    "ticket.subject": lambda u: u.value("subject"),
    "ticket.description": lambda u: u.value("description"),
    "ticket.status": lambda u: _title(u.value("status")),
    "ticket.priority": lambda u: _title(u.value("priority")),
    "ticket.ticket_type": lambda u: _title(u.value("type")),
    "ticket.tags": lambda u: " ".join(u.value("tags")),
    "ticket.external_id": lambda u: u.value("external_id"),
    "ticket.via": lambda u: _title(u.value("via")["channel"]),
    "ticket.url": lambda u: f"{u.account.options.subdomain}.zendesk.com/agent/tickets/{u.value('id')}",
    "ticket.link": lambda u: f"https://{u.account.options.subdomain}.zendesk.com/agent/tickets/{u.value('id')}",
    "ticket.created_at_with_timestamp": lambda u: u.value("created_at"),
    "ticket.updated_at_with_timestamp": lambda u: u.value("updated_at"),
    "ticket.due_date_with_timestamp": lambda u: u.value("due_at"),
    "ticket.organization.name": lambda u: _name(u, "organizations", "organization_id"),
    "ticket.group.name": lambda u: _name(u, "groups", "group_id"),
    "ticket.brand.name": lambda u: _name(u, "brands", "brand_id"),
    "satisfaction.current_rating": lambda u: _title(u.value("satisfaction_score")),
    "satisfaction.rating_section": lambda u: f"Good, I'm satisfied: {_survey(u)}",
    "satisfaction.rating_url": lambda u: _survey(u),
    "ticket.account": lambda u: u.account.options.subdomain,
    "ticket.latest_comment": lambda u: _latest(u).get("body"),
    "ticket.latest_comment.is_public": lambda u: _latest(u).get("public"),
    "ticket.latest_public_comment": lambda u: _latest(u, public=True).get("body"),
    "ticket.comments_formatted": _formatted,
    "ticket.public_comments_formatted": _formatted,
}
