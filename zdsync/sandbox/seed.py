"""Accounts to begin with: an empty one, and a believable desk. `Account.empty` and `Account.demo` call it."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from zdsync.sandbox import shapes
from zdsync.sandbox.account import Account
from zdsync.sandbox.base import Row

API_EMAIL = "zdsync@desk.example"
API_TOKEN = "sandbox-token"  # noqa: S105 - of an account that exists in memory only
ADMIN_EMAIL = "admin@desk.example"
ADMIN_TOKEN = "sandbox-admin-token"  # noqa: S105
OAUTH_CLIENT = "zdsync"
OAUTH_SECRET = "sandbox-secret"  # noqa: S105

CLOSING_RULE = (360_000_000_001, "Close ticket 4 days after status is set to solved")
CLOSE: Row = {"field": "status", "value": "closed"}
PENDING_NOTICE = (360_000_000_002, "Pending notification 5 days")
PENDING_SOLVE = (360_000_000_003, "Solve ticket 5 days after status is set to pending")
PENDING_MAIL: Row = {
    "field": "notification_user",
    "value": [
        "requester_id",
        "[{{ticket.account}}] Pending request: {{ticket.title}}",
        "Your request ({{ticket.id}}) has been waiting for your answer for five days.",
    ],
}
SURVEY = (360_000_000_004, "Request customer satisfaction rating (System Automation)")
SURVEY_MAIL: Row = {
    "field": "notification_user",
    "value": [
        "requester_id",
        "Request #{{ticket.id}}: How would you rate the support you received?",
        "Hello {{ticket.requester.name}},\n\n{{satisfaction.rating_section}}",
    ],
}
INSTANCE_FIELD = 34057044510353
"""The service policy's field with the address of the customer's instance."""


def empty(now: datetime | str | int, *, seed: int = 1) -> Account:
    """An admin, the admin user that zdsync writes as, one group, a brand, a form, the standard fields and statuses."""
    account = Account(now, seed=seed)
    _fixtures(account)
    writer = _user(account, "zdsync", API_EMAIL, role="admin")
    admin = _user(account, "Ada Admin", ADMIN_EMAIL, role="admin")
    group = account.default_of(account.groups)
    assert group is not None
    account.memberships += [(writer["id"], group), (admin["id"], group)]
    account.credentials.api_tokens.update({API_EMAIL: API_TOKEN, ADMIN_EMAIL: ADMIN_TOKEN})
    account.credentials.clients[OAUTH_CLIENT] = {"secret": OAUTH_SECRET, "user_id": writer["id"]}
    return account


def _fixtures(account: Account) -> None:
    now_ms = account.now_ms
    for name, title in shapes.SYSTEM_FIELDS:
        field = shapes.ticket_field(account.new_id(), now_ms, type=name, title=title, removable=False)
        account.ticket_fields[field["id"]] = field
    for category, label in (("new", "New"), ("open", "Open"), ("pending", "Pending"), ("hold", "On-hold")):
        _status(account, category, label, default=True)
    _status(account, "solved", "Solved", default=True)
    group = shapes.group(account.new_id(), now_ms, name="Support", default=True)
    account.groups[group["id"]] = group
    form = shapes.ticket_form(account.new_id(), now_ms, name="Support request", default=True)
    account.ticket_forms[form["id"]] = form
    brand = shapes.brand(account.new_id(), now_ms, name="Support", default=True, ticket_form_ids=[form["id"]])
    account.brands[brand["id"]] = brand
    _automation(
        account, CLOSING_RULE, [_is("status", "solved"), _is("SOLVED", "96", "greater_than")], CLOSE, default=True
    )


def _automation(account: Account, rule: tuple[int, str], conditions: list[Row], *actions: Row, **given: Any) -> None:
    number, title = rule
    account.automations[number] = shapes.automation(
        number,
        account.now_ms,
        title=title,
        position=len(account.automations),
        conditions={"all": conditions, "any": []},
        actions=list(actions),
        **given,
    )


def _status(account: Account, category: str, label: str, **given: Any) -> None:
    row = shapes.custom_status(account.new_id(), account.now_ms, category, label, **given)
    account.custom_statuses[row["id"]] = row


def _user(account: Account, name: str, email: str, **given: Any) -> Row:
    return account.add_user(shapes.user(account.new_id(), account.now_ms, name=name, email=email, **given))


AGENTS = (
    ("Claire Dubois", "claire@desk.example", "fr", "Paris"),
    ("Tom Whitfield", "tom@desk.example", "en-US", "London"),
    ("Inès Moreau", "ines@desk.example", "fr", "Paris"),
    ("Sam Okafor", "sam@desk.example", "en-US", "Paris"),
)
CUSTOMERS = (
    (
        "Hôpital Saint-Luc",
        "saint-luc.example",
        (("Jeanne Petit", "jeanne.petit", "fr", "Paris"), ("Marc Lefèvre", "marc.lefevre", "fr", "Paris")),
    ),
    (
        "Northgate Research",
        "northgate.example",
        (("Emily Carter", "emily.carter", "en-US", "London"), ("Raj Patel", "raj.patel", "en-US", "London")),
    ),
    (
        "Institut Marie Colin",
        "marie-colin.example",
        (("Hugo Bernard", "hugo.bernard", "fr", "Paris"), ("Sofia Rossi", "sofia.rossi", "en-US", "Paris")),
    ),
    ("Lakeside Genomics", "lakeside.example", (("Dana Miller", "dana.miller", "en-US", "UTC"),)),
)


def demo(
    now: datetime | str | int,
    *,
    seed: int = 1,
    requester_mail: bool = True,
    received_mail: bool = True,
    assignee_mail: bool = True,
    pending_automations: bool = False,
    satisfaction_survey: bool = False,
) -> Account:
    """A desk with four agents, four customer organisations, the fields that zdsync fills, and the usual triggers.

    requester_mail, received_mail, assignee_mail: Zendesk's standard notification triggers, each may be left out;
    requester_mail is about all that agents write, on a ticket that they open for a customer as well.
    pending_automations: what many desks have: after five days of pending the requester is told and it is solved.
    satisfaction_survey: Zendesk's standard automation asks the requester a day after the solve how it was.
    """
    account = empty(now, seed=seed)
    _fields(account)
    _status(account, "pending", "Awaiting confirmation", end_user_label="Please confirm")
    group = account.default_of(account.groups)
    assert group is not None
    for name, email, locale, zone in AGENTS:
        agent = _user(account, name, email, role="agent", locale=locale, time_zone=zone, default_group_id=group)
        account.memberships.append((agent["id"], group))
    for title, domain, customers in CUSTOMERS:
        org = shapes.organization(account.new_id(), account.now_ms, name=title, domain_names=[domain])
        account.organizations[org["id"]] = org
        for name, local, locale, zone in customers:
            address = f"{local}@{domain}"
            _user(account, name, address, organization_id=org["id"], locale=locale, time_zone=zone)
    wanted = {"requester": requester_mail, "received": received_mail, "assignee": assignee_mail}
    wanted["proactive"] = requester_mail
    for position, (kind, title, conditions, action) in enumerate(STANDARD_TRIGGERS):
        if wanted[kind]:
            row = shapes.trigger(
                account.new_id(),
                account.now_ms,
                title=title,
                position=position,
                default=True,
                conditions={"all": conditions, "any": []},
                actions=[action],
            )
            account.triggers[row["id"]] = row
    if pending_automations:
        pending = _is("status", "pending")
        _automation(account, PENDING_NOTICE, [pending, _is("PENDING", "120")], PENDING_MAIL)
        solved: Row = {"field": "status", "value": "solved"}
        _automation(account, PENDING_SOLVE, [pending, _is("PENDING", "120", "greater_than")], solved)
    if satisfaction_survey:
        account.options.satisfaction = True
        open_still = _is("status", "closed", "less_than")
        asked = [open_still, _is("SOLVED", "24"), _is("satisfaction_score", "unoffered")]
        offered: Row = {"field": "satisfaction_score", "value": "offered"}
        _automation(account, SURVEY, asked, SURVEY_MAIL, offered)
    return account


def _fields(account: Account) -> None:
    now_ms = account.now_ms
    fields = [shapes.ticket_field(INSTANCE_FIELD, now_ms, title="Instance address", visible_in_portal=True)]
    for title, portal in (("SLA first reply due", False), ("SLA resolution due", False), ("Phone", True)):
        fields.append(
            shapes.ticket_field(
                account.new_id(), now_ms, title=title, visible_in_portal=portal, editable_in_portal=portal
            )
        )
    account.ticket_fields.update({field["id"]: field for field in fields})
    for form in account.ticket_forms.values():
        form["ticket_field_ids"] = list(account.ticket_fields)


def _is(field: str, value: str, operator: str = "is") -> Row:
    return {"field": field, "operator": operator, "value": value}


STANDARD_TRIGGERS: tuple[tuple[str, str, list[Row], Row], ...] = (
    (
        "received",
        "Notify requester of new ticket via email",
        [
            _is("update_type", "Create"),
            _is("status", "solved", "is_not"),
            _is("ticket_is_public", "public"),
            _is("requester_role", "end_user"),
            _is("role", "end_user"),
        ],
        {
            "field": "notification_user",
            "value": [
                "requester_id",
                "[Request received] {{ticket.title}}",
                "Your request ({{ticket.id}}) has been received and is being reviewed by our support staff.",
            ],
        },
    ),
    (
        "requester",
        "Notify requester and CCs of comment update",
        [_is("update_type", "Change"), _is("comment_is_public", "true"), _is("role", "agent")],
        {
            "field": "notification_user",
            "value": [
                "requester_and_ccs",
                "[{{ticket.account}}] Re: {{ticket.title}}",
                "Your request ({{ticket.id}}) has been updated.\n\n{{ticket.latest_public_comment}}",
            ],
        },
    ),
    (
        "assignee",
        "Notify assignee of comment update",
        [
            _is("comment_is_public", "not_relevant"),
            _is("role", "end_user"),
            _is("update_type", "Change"),
            _is("assignee_id", "", "is_not"),
        ],
        {
            "field": "notification_user",
            "value": [
                "assignee_id",
                "[{{ticket.account}}] Re: {{ticket.title}}",
                "This ticket ({{ticket.id}}) has been updated.\n\n{{ticket.latest_comment}}",
            ],
        },
    ),
    (
        "proactive",
        "Notify requester of new proactive ticket",
        [_is("update_type", "Create"), _is("ticket_is_public", "public"), _is("role", "agent")],
        {
            "field": "notification_user",
            "value": [
                "requester_id",
                "{{ticket.title}}",
                "This ticket was created on your behalf.\n\n{{ticket.latest_public_comment}}",
            ],
        },
    ),
)
