"""The account as zdsync meets it: who we are there, what the rules need of it, and how changes are heard of."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from zdsync.control import read_control
from zdsync.core.when import fields_named
from zdsync.doctor.patient import Patient
from zdsync.probe import Finding
from zdsync.provision.apply import survey
from zdsync.settings import ApiToken

TOKENS_END = "2027-04-30"
"""The day on which Zendesk stops every API token (api-facts 1.1)."""

BY_HAND = frozenset({"web", "email", "chat", "mobile", "mobile_sdk"})
"""Channels over which people write; zdsync writes over the API only."""

LOOKED_AT = 20
"""So many of the newest tickets are looked through for what our user wrote by hand."""


def credential(patient: Patient) -> Iterator[Finding]:
    zendesk, settings = patient.reading.zendesk, patient.reading.settings
    zendesk.count_tickets()  # `me` also answers the anonymous
    me = patient.reading.account.me()
    yield Finding("credential", "ok", f"accepted; we write as user {me['id']}")
    if isinstance(settings.credential, ApiToken):
        yield Finding("credential", "note", f"API tokens end on {TOKENS_END}; make an OAuth client before")
    if me.get("role") != "admin":
        yield Finding("role", "fault", f"our user is {me.get('role')}; incremental exports need an admin")
    else:
        yield Finding("role", "ok", "our user is an admin")


def own_user(patient: Patient) -> Iterator[Finding]:
    """A user who also writes by hand would have their words taken for ours."""
    zendesk = patient.reading.zendesk
    own = patient.reading.account.own_user_ids(patient.rulebook)
    rows = zendesk.show("tickets.json", {"page[size]": str(LOOKED_AT), "sort": "-updated_at"}).get("tickets", [])
    for row in rows:
        for audit in zendesk.audits(int(row["id"])):
            if audit.author_id in own and audit.channel in BY_HAND and audit.comments:
                words = f"user {audit.author_id} wrote by hand on ticket {row['id']}; give zdsync a user of its own"
                yield Finding("own user", "fault", words)
                return
    yield Finding("own user", "ok", f"nothing written by hand in the newest {len(rows)} tickets")


def fields(patient: Patient) -> Iterator[Finding]:
    """One that is missing matters only where a rule that is on uses it."""
    found = patient.reading.account.field_ids(patient.rulebook)
    rules = [rule for rule in patient.rulebook.rules if rule.mode != "off"]
    used = {name for rule in rules for name in rule.automation.needs(rule.settings).fields.values()}
    used |= {
        name
        for condition in (patient.rulebook.scope, *(rule.when for rule in rules))
        for name in fields_named(condition)
    }
    for name, where in patient.rulebook.fields.items():
        if name in found:
            yield Finding("field", "ok", f"{name} is ticket field {found[name]}")
        elif name in used:
            yield Finding(
                "field",
                "note",
                f"{name}: no single active field is called {where!r}; nothing is written to it",
            )


def webhook(patient: Patient) -> Iterator[Finding]:
    webhooks = [each for each in patient.reading.zendesk.webhooks() if each.get("status") == "active"]
    ours = [each for each in webhooks if str(each.get("endpoint", "")).rstrip("/").endswith("/webhook")]
    if not ours:
        yield Finding(
            "webhook",
            "note",
            "no active webhook ends in /webhook; changes are found by polling, a minute later; "
            "`zdsync provision --webhook-url` makes one",
        )
        return
    secrets = {secret.reveal() for secret in patient.reading.settings.webhook_secrets}
    for each in ours:
        if patient.reading.zendesk.signing_secret(each["id"]) in secrets:
            yield Finding("webhook", "ok", f"{each['endpoint']} is signed with a secret that we know")
        else:
            words = (
                f"{each['endpoint']}: its signing secret is not in ZDSYNC_WEBHOOK_SECRETS, so all its calls are refused"
                "; `zdsync provision --show-secret` prints the one that provision has made, Admin Center > Webhooks any"
            )
            yield Finding("webhook", "fault", words)


def _is_not_us(condition: Mapping[str, Any], own: frozenset[int]) -> bool:
    """The condition "Current user is not" has the field `role`; its value is then a user's id."""
    return (
        condition.get("field") == "role"
        and condition.get("operator") == "is_not"
        and condition.get("value") in {str(each) for each in own}
    )


def trigger(patient: Patient) -> Iterator[Finding]:
    own = patient.reading.account.own_user_ids(patient.rulebook)
    notify = [
        trigger
        for trigger in patient.reading.zendesk.triggers()
        if trigger.get("active") and any(a.get("field") == "notification_webhook" for a in trigger.get("actions", []))
    ]
    if not notify:
        words = "no active trigger calls a webhook; without an event subscription changes are found by polling only"
        yield Finding("trigger", "note", words)
    for trigger in notify:
        conditions = trigger.get("conditions", {}).get("all", [])
        if any(_is_not_us(condition, own) for condition in conditions):
            yield Finding("trigger", "ok", f"{trigger['title']!r} calls a webhook, but not for our own updates")
        else:
            words = (
                f"{trigger['title']!r} calls a webhook for our own updates too; add: current user is not zdsync's user"
            )
            yield Finding("trigger", "note", words)


def provision(patient: Patient) -> Iterator[Finding]:
    """What `zdsync provision` would do. Fields and the webhook have checks of their own, which look further."""
    reading, rulebook = patient.reading, patient.rulebook
    own_id, url = int(reading.account.me()["id"]), reading.settings.webhook_url
    probed = read_control(reading.zendesk, reading.clock.now()).probed
    plan = survey(reading.zendesk, own_id, rulebook, url, probed=probed)
    looked_at = [step for step in plan.steps if not (step.kind == "webhooks" and step.do == "know")]
    for step in looked_at:
        if step.do != "keep":
            cure = "; `zdsync provision --apply` does it" if step.changes else ""
            yield Finding("provision", "note", f"{step.title}: {step.words}{cure}")
    if all(step.do == "keep" for step in looked_at):
        yield Finding("provision", "ok", f"everything that the rules need is there: {len(looked_at)} objects")
