"""Which month is played, on which account, under which rules."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import date, datetime
from typing import Any

from tests.desk import SHIPPED
from tests.scenarios.month.terms import Rules
from zdsync.core.automations import update_cadence
from zdsync.core.rulebook import Rule, Rulebook
from zdsync.core.templates import Templates
from zdsync.rules.load import load

JUDGED = (
    "acknowledgement",
    "confirmation_hold",
    "controls",
    "intake",
    "mailed_files",
    "sla_targets",
    "update_cadence",
)
"""The automations whose policy the oracle knows: only their rules are in force."""
NO_TIMES = {
    "confirmation_hold.chase/en": "On Monday we asked you whether your request #{{ reference }} is completed.",
    "confirmation_hold.chase/fr": "Nous vous avons demandé si votre demande #{{ reference }} est traitée.",
}
"""Reminders that a trigger can mail: the shipped ones have a time in them, which it cannot tell."""
BY_TRIGGER: Mapping[str, Mapping[str, str]] = {
    "acknowledgement": {"received": "trigger"},
    "intake": {"ask": "trigger"},
    "confirmation_hold": {"ask": "trigger", "chase": "trigger"},
}
"""Where Zendesk's own metrics are to count people only."""


@dataclass(frozen=True)
class Scenery:
    """Which month, on which account."""

    first: date
    last: date
    tickets: int
    seed: int
    provisioned: bool = True
    automations: bool = False
    """The account has automations that solve what has been pending for five days."""
    holding: tuple[int, int] | None = None
    """Customers are told that it is worked on: after how many lapses, how many in a row."""
    received_mail: bool = False
    """The account's own trigger tells customers that their request has come in."""
    mails: int = 12
    """One in so many tickets is a mail that names another one."""
    by_trigger: bool = False
    """What is no answer leaves in the mails of triggers; else the settings are the shipped ones."""

    def rulebook(self, live_since: datetime) -> Rulebook:
        """The shipped one, live; with what this account's scenery changes."""
        shipped = load(SHIPPED, mode="live", live_since=live_since)
        texts = {**shipped.templates.texts, **(NO_TIMES if self.by_trigger else {})}
        rules = tuple(self._set(rule) for rule in shipped.rules if rule.automation.name in JUDGED)
        return replace(shipped, rules=rules, templates=Templates(texts))

    def _set(self, rule: Rule) -> Rule:
        name, settings = rule.automation.name, rule.settings
        changes: dict[str, Any] = {}
        if self.by_trigger and name in BY_TRIGGER:
            ways = getattr(settings, "ways")  # noqa: B009 - each automation has settings of its own
            changes["ways"] = type(ways).model_validate(BY_TRIGGER[name])
        if self.by_trigger and name == "acknowledgement":
            changes["targets"] = False  # no trigger can tell them
        if self.holding and name == "update_cadence":
            after, at_most = self.holding
            changes["holding"] = update_cadence.Holding(after=after, at_most=at_most)
        return replace(rule, settings=settings.model_copy(update=changes)) if changes else rule

    def rules(self) -> Rules:
        """What of them is in force, as the oracle knows it."""
        by_mail = frozenset({"ack", "intake", "ask", "chase"}) if self.by_trigger else frozenset()
        return Rules(
            holding=self.holding,
            acknowledges=not self.received_mail,
            promises=not self.by_trigger,
            asks=True,
            merges=True,
            by_mail=by_mail,
            account_acknowledges=self.received_mail,
        )
