"""What an account should have for its rules: objects as data, and what cannot be had. Pure.

Only rules count that are not `off`; the hold's trigger acts by itself, so it is wanted for `live` ones only.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any, Final

from zdsync.core.automations import confirmation_hold, update_cadence
from zdsync.core.automations.update_cadence import ESCALATE_TAG
from zdsync.core.controls import CLOSE_TAG
from zdsync.core.episode import AWAITING_TAG
from zdsync.core.notify import NOTIFY_TAG
from zdsync.core.rulebook import Rule, Rulebook
from zdsync.provision import hold, mails
from zdsync.provision.account import KINDS, MARK, MARK_IN, NAME_IN, Found, is_active, is_ours
from zdsync.provision.conditions import Row, row
from zdsync.zendesk.client import Kind, Raw

PREFIX: Final = "zdsync: "
"""Before the name of everything of ours, except for fields and statuses, whose names `account.yaml` says."""

WEBHOOK: Final = f"{PREFIX}changes"
TELL: Final = f"{PREFIX}tell of changes"
MAIL_GROUP: Final = f"{PREFIX}mail the group"
MAIL_DEFAULT_GROUP: Final = f"{PREFIX}mail the default group"
ASK: Final = f"{PREFIX}ask for confirmation"
CLOSE: Final = f"{PREFIX}close without the customer's confirmation"
AWAITING_VIEW: Final = f"{PREFIX}awaiting confirmation"
CADENCE_VIEW: Final = f"{PREFIX}update promise due"

BODY: Final = '{"ticket_id": "{{ticket.id}}"}'
"""Ids only: Zendesk fills in display text, and does not escape it."""

MAIL: Final = (
    "Somebody should look at this ticket: [#{{ticket.id}}] {{ticket.title}}",
    "Somebody should look at ticket {{ticket.id}}, {{ticket.title}}.\n"
    "An internal note on it says why.\n\n{{ticket.link}}",
)
"""Subject and body. Neutral, since many reasons lead here."""


@dataclass(frozen=True, slots=True)
class Ref:
    """The id of another object, which may have to be made first."""

    kind: Kind
    name: str


@dataclass(frozen=True, slots=True)
class Either:
    """The first, or the second where something that the first refers to is not there and cannot be made."""

    first: object
    second: object


@dataclass(frozen=True, slots=True)
class Wanted:
    """One object as it should be."""

    kind: Kind
    name: str
    body: Mapping[str, Any]
    """As Zendesk takes it, with `Ref` and `Either` for what is not known yet. Without name and mark."""
    for_what: str
    at_creation: Mapping[str, Any] = field(default_factory=dict)
    """What can only be said when it is made, or may be changed by people afterwards."""

    @property
    def whole(self) -> dict[str, Any]:
        """The body with name and mark."""
        name, mark = NAME_IN.get(self.kind, "title"), MARK_IN.get(self.kind, "description")
        return {name: self.name, mark: MARK, **self.body}

    @property
    def by_any_hand(self) -> bool:
        """Whether one that an admin has made serves as well."""
        return self.kind in ("ticket_fields", "custom_statuses")


@dataclass(frozen=True, slots=True)
class Remark:
    """What will not be made, and why. `wrong`: somebody should do something about it."""

    kind: Kind
    name: str
    words: str
    wrong: bool = False


@dataclass(frozen=True, slots=True)
class Wish:
    objects: tuple[Wanted, ...]
    """In the order in which they are made."""
    remarks: tuple[Remark, ...] = ()


def wanted(rulebook: Rulebook, found: Found, webhook_url: str | None = None, *, probed: bool = True) -> Wish:
    """Everything that the rules need there. `webhook_url`: where our receiver is reached from outside, if known.

    `probed`: whether the account has passed the probe; before that nothing of ours goes live, so nobody is asked.
    """
    rules = [rule for rule in rulebook.rules if rule.mode != "off"]
    each: list[Wanted | Remark] = [
        *_fields(rules, rulebook),
        *_status(rules, rulebook, found),
        *_webhook(found, webhook_url),
        *_mails(rules, found),
        *_said(rulebook, found),
        *_hold(rules, rulebook, found, probed),
        *_for_agents(rules),
    ]
    objects = sorted((one for one in each if isinstance(one, Wanted)), key=lambda one: KINDS.index(one.kind))
    return Wish(tuple(objects), tuple(one for one in each if isinstance(one, Remark)))


def _fields(rules: list[Rule], rulebook: Rulebook) -> Iterator[Wanted]:
    """Those that rules write and `account.yaml` names by title; what is named by id is somebody else's."""
    needs = [rule.automation.needs(rule.settings) for rule in rules]
    named = dict.fromkeys(name for need in needs for name in need.fields.values())
    paragraphs = frozenset[str]().union(*(need.long_fields for need in needs))
    for name in named:
        where = rulebook.fields.get(name)
        if isinstance(where, str):
            closed = {"active": True, "required": False, "visible_in_portal": False, "editable_in_portal": False}
            yield Wanted(
                "ticket_fields",
                where,
                closed,
                f"`{name}` of the rules",
                {"type": "textarea" if name in paragraphs else "text"},
            )


def _status(rules: list[Rule], rulebook: Rulebook, found: Found) -> Iterator[Wanted | Remark]:
    """The statuses that holds name, where `account.yaml` names them by label."""
    named = dict.fromkeys(settings.status for _, settings in _holds(rules))
    for where in (rulebook.statuses.get(name) for name in named):
        if not isinstance(where, str):
            continue
        if "custom_statuses" in found.refused:
            words = f"this account has no custom statuses ({found.refused['custom_statuses']}); plain pending serves"
            yield Remark("custom_statuses", where, words)
        else:
            seen = {"end_user_label": "Awaiting your confirmation", "active": True}
            only = {"status_category": "pending"}
            yield Wanted("custom_statuses", where, seen, "solves that wait for the customer", only)


def _webhook(found: Found, url: str | None) -> Iterator[Wanted | Remark]:
    """Ours, unless an admin has made one that serves; and the trigger that calls it, likewise."""
    theirs = [
        row
        for row in found.objects.get("webhooks", ())
        if row.get("name") != WEBHOOK and is_active("webhooks", row) and _leads_to_us(row, url)
    ]
    if theirs:
        yield Remark("webhooks", str(theirs[0]["name"]), f"made by hand; it leads to {theirs[0]['endpoint']}")
        callers = [row for row in found.objects.get("triggers", ()) if _calls(row, theirs)]
        by_hand = any(row.get("active") for row in callers if row.get("title") != TELL)
        ours = any(row.get("title") == TELL and is_ours("triggers", row) for row in callers)
        if by_hand or (url is None and not ours):
            return  # without the address it may be somebody else's: nothing of ours should begin to call it
        webhook_id: object = theirs[0]["id"]
    elif url is None and not found.named("webhooks", WEBHOOK):
        words = (
            "not made: it is not known where it should go, so changes are found by polling, a minute later; "
            "say it with --webhook-url https://your-host/webhook"
        )
        yield Remark("webhooks", WEBHOOK, words)
        return
    else:
        shape = {"status": "active", "http_method": "POST", "request_format": "json"}
        where = {"endpoint": url} if url is not None else {}
        only = {"subscriptions": ["conditional_ticket_events"]}
        yield Wanted("webhooks", WEBHOOK, {**shape, **where}, "changes arrive in seconds", only)
        webhook_id = Ref("webhooks", WEBHOOK)
    yield _trigger(
        TELL,
        "the webhook is told of every change that is not ours",
        [row("role", "is_not", found.own_id)],
        [{"field": "notification_webhook", "value": [webhook_id, BODY]}],
        any_of=[row("update_type", "is", "Create"), row("update_type", "is", "Change")],
    )


def _leads_to_us(row: Raw, url: str | None) -> bool:
    endpoint = str(row.get("endpoint", "")).rstrip("/")
    return endpoint == url.rstrip("/") if url is not None else endpoint.endswith("/webhook")


def _calls(trigger: Raw, webhooks: list[Raw]) -> bool:
    ids = [row["id"] for row in webhooks]
    return any(
        action.get("field") == "notification_webhook" and (action.get("value") or [None])[0] in ids
        for action in trigger.get("actions", ())
    )


def _mails(rules: list[Rule], found: Found) -> Iterator[Wanted | Remark]:
    """Agents whom no note reaches are mailed: the worker sets a tag, a trigger mails and takes it off."""
    if not rules:
        return
    grouped = row("group_id", "is_not", None)
    yield _mail(MAIL_GROUP, "notes on tickets that nobody has taken", NOTIFY_TAG, "group_id", [grouped])
    if default := next((group for group, is_default in found.groups.items() if is_default), None):
        words = "the same for tickets without a group"
        yield _mail(MAIL_DEFAULT_GROUP, words, NOTIFY_TAG, str(default), [row("group_id", "is", None)])
    for group, rule in _escalations(rules).items():
        name = f"{PREFIX}escalate to group {group}"
        if group in found.groups:
            yield _mail(name, f'lapses of "{rule.name}"', f"{ESCALATE_TAG}{group}", str(group))
        else:
            words = f'"{rule.name}" escalates to group {group}, which this account does not have ({rule.source})'
            yield Remark("triggers", name, words, wrong=True)


def _said(rulebook: Rulebook, found: Found) -> Iterator[Wanted | Remark]:
    """What rules have triggers mail to customers. They act on a tag of the worker's, so they may be there early."""
    for text, rule in mails.wanting(rulebook.rules).items():
        name = f"{mails.TITLE}{text}"
        try:
            actions = mails.actions(text, rulebook.templates, found.languages)
        except hold.Inexpressible as error:
            yield Remark("triggers", name, f"not made: {error}; the worker says it by a comment")
            continue
        yield _trigger(name, f'"{rule.name}" mails customers', mails.conditions(text, found.own_id), actions)


def _escalations(rules: list[Rule]) -> dict[int, Rule]:
    """The groups that rules escalate to, each with the first rule that does."""
    groups: dict[int, Rule] = {}
    for rule in rules:
        escalation = rule.settings.escalate if isinstance(rule.settings, update_cadence.Settings) else None
        if escalation and escalation.group:
            groups.setdefault(escalation.group, rule)
    return groups


def _mail(name: str, for_what: str, tag: str, group: str, more: list[Row] | None = None) -> Wanted:
    actions = [
        {"field": "notification_group", "value": [group, *MAIL]},
        {"field": "remove_tags", "value": tag},
    ]
    return _trigger(name, for_what, [row("current_tags", "includes", tag), *(more or [])], actions)


def _hold(rules: list[Rule], rulebook: Rulebook, found: Found, probed: bool) -> Iterator[Wanted | Remark]:
    """A trigger for each live rule; several rules have their names in the titles."""
    for number, (rule, settings) in enumerate(_holds(rules)):
        name = ASK if number == 0 else f"{ASK} ({rule.name})"
        if rule.mode != "live":
            yield Remark("triggers", name, f'not active while "{rule.name}" is {rule.mode}: nobody is asked yet')
            continue
        if not probed:
            words = "not active before the account has passed `zdsync doctor --probe`: nobody is asked yet"
            yield Remark("triggers", name, words)
            continue
        try:
            said = hold.conditions(rule, settings, rulebook, found.own_id)
            body = None if settings.link else hold.ask(rulebook.templates, found.languages)
        except hold.Inexpressible as error:
            yield Remark("triggers", name, f"not made: {error}")
            continue
        actions = hold.actions(_awaiting(settings.status, rulebook, found), body)
        # First of all: others that look at solved tickets (a survey, "your request is solved") then see none.
        yield _trigger(name, f'"{rule.name}": no solve without the customer', said.all, actions, said.any, position=0)


def _awaiting(name: str, rulebook: Rulebook, found: Found) -> object:
    """The action that sets the status: ours where there is one, else plain pending."""
    pending = {"field": "status", "value": "pending"}
    where = rulebook.statuses.get(name)
    if where is None or "custom_statuses" in found.refused:
        return pending
    status: object = where if isinstance(where, int) else Ref("custom_statuses", where)
    return Either({"field": "custom_status_id", "value": status}, pending)


def _for_agents(rules: list[Rule]) -> Iterator[Wanted]:
    """A macro and views."""
    if _holds(rules):
        does = [
            {"field": "status", "value": "solved"},
            {"field": "current_tags", "value": CLOSE_TAG},
            {"field": "comment_mode_is_public", "value": "false"},
        ]
        yield Wanted("macros", CLOSE, {"active": True, "actions": does}, "an agent's override of the hold")
        yield _view(AWAITING_VIEW, "what waits for customers", AWAITING_TAG, "status")
    cadences = [rule.settings for rule in rules if isinstance(rule.settings, update_cadence.Settings)]
    if prefixes := dict.fromkeys(settings.tags for settings in cadences):
        tags = " ".join(f"{prefix}_{state}" for prefix in prefixes for state in ("due_soon", "overdue"))
        yield _view(CADENCE_VIEW, "promised updates", tags, "priority")


def _view(name: str, for_what: str, tags: str, sort_by: str) -> Wanted:
    all_of = [row("status", "less_than", "solved"), row("current_tags", "includes", tags)]
    columns = ["nice_id", "description", "requester", "priority", "assignee", "updated"]
    output = {"columns": columns, "sort_by": sort_by, "sort_order": "desc"}
    return Wanted("views", name, {"active": True, "all": all_of, "any": []}, for_what, {"output": output})


def _trigger(
    name: str,
    for_what: str,
    all_of: list[Row] | tuple[Row, ...],
    actions: list[Any],
    any_of: list[Row] | tuple[Row, ...] = (),
    position: int | None = None,
) -> Wanted:
    body = {"active": True, "conditions": {"all": list(all_of), "any": list(any_of)}, "actions": actions}
    return Wanted("triggers", name, body, for_what, {} if position is None else {"position": position})


def _holds(rules: list[Rule]) -> list[tuple[Rule, confirmation_hold.Settings]]:
    return [(rule, settings) for rule in rules if (settings := hold.settings_of(rule))]
