"""Rulebooks and accounts for the tests of `provision`, as values."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from yaml import safe_load

from tests.builders import MONDAY, PARIS_HOURS, shipped_texts
from zdsync.core.automations import AUTOMATIONS
from zdsync.core.rulebook import Mode, Rule, Rulebook, Source
from zdsync.core.templates import Templates
from zdsync.core.when import EVERY_TICKET, Condition
from zdsync.provision.account import KINDS, Found, is_active
from zdsync.provision.compare import Step, compare, known_ids, resolved
from zdsync.provision.wanted import Remark, Wanted, wanted
from zdsync.zendesk.client import Kind, Raw

OWN_ID = 9
SUPPORT, BACK_OFFICE = 11, 12
URL = "https://desk.example/webhook"
ASKS = {
    "confirmation_hold.ask/en": "Is it done? Answer *yes* or *no*.",
    "confirmation_hold.ask/fr": "Est-ce réglé ? Répondez *oui* ou *non*.",
}


def a_rule(automation: str, mode: Mode = "live", when: Condition = EVERY_TICKET, **changes: Any) -> Rule:
    """A rule with the settings of its automation's example, some of them changed as in YAML."""
    kind = AUTOMATIONS[automation]
    settings = kind.Settings.model_validate({**safe_load(kind.example), **changes})
    return Rule(automation.replace("_", " "), kind, settings, mode, when, Source("config/rules/all.yaml", 1))


def rules(*given: Rule, texts: Mapping[str, str] = ASKS, **changes: Any) -> Rulebook:
    """A rulebook of these rules, fields and statuses named as shipped."""
    values: dict[str, Any] = {
        "rules": given,
        "schedules": {"paris": PARIS_HOURS},
        "live_since": MONDAY,
        "templates": Templates({**shipped_texts(), **texts}),
        "fields": {
            "first_reply_due": "SLA first reply due",
            "resolution_due": "SLA resolution due",
            "next_update_due": "Next update due",
            "instance_address": 34057044510353,
        },
        "statuses": {"awaiting_confirmation": "Awaiting confirmation"},
    }
    return Rulebook(**{**values, **changes})


def an_account(refused: Mapping[Kind, str] | None = None, **objects: tuple[Raw, ...]) -> Found:
    """An account with these objects and no others: `triggers=({"id": 1, "title": "…"},)`."""
    shut: dict[Kind, str] = {**refused} if refused else {}
    there: dict[Kind, tuple[Raw, ...]] = {kind: objects.get(kind, ()) for kind in KINDS if kind not in shut}
    languages = {"en-US": "English", "fr": "Français", "fr-CA": "Français (Canada)"}
    return Found(OWN_ID, there, shut, {SUPPORT: True, BACK_OFFICE: False}, languages)


def things(rulebook: Rulebook, found: Found | None = None, url: str | None = URL) -> dict[str, Wanted]:
    """What is wanted, by name."""
    return {one.name: one for one in wanted(rulebook, found or an_account(), url).objects}


def remarks(rulebook: Rulebook, found: Found | None = None, url: str | None = URL) -> dict[str, Remark]:
    return {one.name: one for one in wanted(rulebook, found or an_account(), url).remarks}


def steps(rulebook: Rulebook, found: Found, url: str | None = URL) -> dict[str, Step]:
    """The steps, by the name of their object."""
    return {step.name: step for step in compare(wanted(rulebook, found, url), found)}


def carried_out(rulebook: Rulebook, found: Found, url: str | None = URL) -> Found:
    """The account after the steps, as Zendesk would show it: ids as numbers, views with `conditions`."""
    rows: dict[Kind, list[Raw]] = {kind: [dict(row) for row in found.objects.get(kind, ())] for kind in KINDS}
    wish = wanted(rulebook, found, url)
    ids = known_ids(wish, found)
    number = 1000
    for step in compare(wish, found):
        number += 1
        if not step.changes:
            continue
        body = resolved(step.body, ids)
        if step.kind == "views" and "all" in body:
            body["conditions"] = {"all": body.pop("all"), "any": body.pop("any")}
        if step.do == "make":
            rows[step.kind].append({"id": number, **body})
            ids[step.kind, step.name] = str(number)
        else:
            next(row for row in rows[step.kind] if row["id"] == step.object_id).update(body)
    there = {kind: tuple(found_rows) for kind, found_rows in rows.items() if kind not in found.refused}
    return Found(found.own_id, there, found.refused, found.groups, found.languages)


def active_names(found: Found, kind: Kind) -> set[str]:
    return {str(row.get("title", row.get("name"))) for row in found.objects[kind] if is_active(kind, row)}
