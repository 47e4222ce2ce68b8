"""Makes the parent tickets of maintenance windows: a window that is due to be announced has one, exactly one.

Called by `tasks/upkeep` every half minute. All else is decided on that ticket (`core/automations/maintenance.py`), with
stamp and keys. A create has neither, so the ticket is looked for first, by its external id, which is the
idempotency key too: of a create whose reply was lost either the look finds the ticket, or a repeat gives it.
"""

from __future__ import annotations

from collections.abc import Collection, Iterator
from datetime import datetime
from typing import Any, Final

import structlog

from zdsync.clock import milliseconds
from zdsync.core.maintenance import KIND, PARENT, TAG
from zdsync.core.maintenance_plan import announce_at
from zdsync.core.maintenance_settings import Settings
from zdsync.core.model import Ticket
from zdsync.core.rulebook import Rule, Rulebook
from zdsync.core.templates import FALLBACK
from zdsync.core.when import check
from zdsync.core.windows import Window
from zdsync.parts import Parts
from zdsync.rules.current import RulesDiffer
from zdsync.store.shadow import Effect
from zdsync.zendesk.client import Zendesk
from zdsync.zendesk.errors import OtherBody, Rejected, RetryLater

PLACE: Final = "window:"
"""Begins the name under which Redis keeps the id of a window's ticket. Lost: it is looked for in Zendesk."""

log = structlog.get_logger()


def keep_windows(parts: Parts) -> int:
    """The parent tickets of the windows that are due. Returns how many were made.

    None while the brakes stop effects, while the index has no epoch, and none for a rule that is not live; of one in
    shadow it is recorded. Zendesk unreachable or out of budget: the next look goes on.
    """
    with parts.alone("windows") as alone:
        if not alone:
            return 0
        try:
            rulebook = parts.rulebook()
            rule = rule_of(rulebook)
            if rule is None:
                return 0
            now = parts.clock.now()
            due = list(_due(rule, rulebook, now))
            if rule.mode == "shadow":
                parts.shadow.record(_would_make(window, rule, now) for window in due)
                return 0
            return sum(_keep(window, rule, rulebook, parts) for window in due)
        except (RetryLater, RulesDiffer) as error:
            log.warning("maintenance windows wait", why=str(error))
            return 0


def rule_of(rulebook: Rulebook) -> Rule | None:
    """The rule that announces windows; the first one that is on."""
    return next((rule for rule in rulebook.rules if rule.automation.name == KIND and rule.mode != "off"), None)


def settings_of(rule: Rule) -> Settings:
    assert isinstance(rule.settings, Settings), "the automation's own model"
    return rule.settings


def _due(rule: Rule, rulebook: Rulebook, now: datetime) -> Iterator[Window]:
    pace = settings_of(rule).pace
    for window in rulebook.windows.values():
        to_come = window.end > now and window.end > rulebook.live_since and not window.cancelled
        if to_come and announce_at(window, pace, now) <= now:
            yield window


def _would_make(window: Window, rule: Rule, now: datetime) -> Effect:
    """What a rule in shadow makes of a window that is due; each later step would be noted on its ticket."""
    words = f"open a ticket for the window {window.id} and announce it"
    return Effect(0, f"window {window.id}", rule.name, words, now, f"it is due to be announced ({window.source})")


def _keep(window: Window, rule: Rule, rulebook: Rulebook, parts: Parts) -> int:
    if parts.cache.cursor(f"{PLACE}{window.id}"):
        return 0
    ticket, made = find_parent(window.id, parts.zendesk, parts.own_user_ids(rulebook)), 0
    if ticket is None:
        refusal = parts.brakes.stopped(parts.clock.now())
        if refusal is not None or parts.epoch.state() != "set":
            why = refusal.why if refusal is not None else "the index was emptied: nothing is created until a resync"
            log.warning("a maintenance window waits", window=window.id, why=why)
            return 0
        try:
            ticket, made = make_parent(window, rule, rulebook, parts.zendesk, parts.own_id()), 1
        except OtherBody:  # it was made before its words were changed, and will be found at the next look
            return 0
        except Rejected as error:
            log.error("zendesk refuses the ticket of a maintenance window", window=window.id, why=str(error))
            return 0
        log.info("a maintenance window has its ticket", window=window.id, ticket=ticket.id)
        if not all(check(condition, ticket).held for condition in (rulebook.scope, rule.when)):
            do = "give it what `scope` and the rule's `when` ask for, and others by `ticket:` in the rule's settings"
            log.error("the ticket of a maintenance window is out of scope", ticket=ticket.id, do=do)
    parts.due.hint([ticket.id], "live", milliseconds(parts.clock.now()))
    parts.cache.save_cursor(f"{PLACE}{window.id}", str(ticket.id))  # last: until then a crash repeats it all
    return made


def find_parent(window_id: str, zendesk: Zendesk, own: Collection[int]) -> Ticket | None:
    """The window's ticket, whatever has become of it. Anybody may write an external id: only what we have submitted."""
    found = zendesk.tickets_by_external_id(f"{PARENT}{window_id}")
    return min((each for each in found if each.submitter_id in own), key=lambda ticket: ticket.id, default=None)


def make_parent(window: Window, rule: Rule, rulebook: Rulebook, zendesk: Zendesk, own_id: int) -> Ticket:
    """The ticket, made now, or within the last two hours by the same request. Raises what creating raises."""
    wanted = settings_of(rule).ticket
    external_id = f"{PARENT}{window.id}"
    body: dict[str, Any] = {
        "external_id": external_id,
        "requester_id": own_id,
        "submitter_id": own_id,
        "subject": window.title[FALLBACK],
        "comment": {"body": _text(window), "public": False, "author_id": own_id},
        "type": "problem",
        "status": "open",
        "group_id": wanted.group,
        "assignee_id": wanted.assignee,
        "brand_id": wanted.brand,
        "ticket_form_id": wanted.form,
        "tags": sorted({TAG, *wanted.tags}),
        "metadata": {"zdsync_rules": rulebook.hash},
    }
    written = {name: value for name, value in body.items() if value is not None}
    return zendesk.create_ticket({"ticket": written}, idempotency_key=external_id)


def _text(window: Window) -> str:
    return (
        f"This is the ticket of the maintenance window {window.id} ({window.source}). Every step is noted here; its "
        "contacts are told on tickets of their own, which are linked to this one.\n\n"
        "What does not go by the window's times is said in an internal note here: /zdsync maintenance announce, start, "
        "extend 2026-12-07 03:00, complete or cancel. The tag zdsync_stop_notices stops the mails.\n\n"
        "Leave this ticket unsolved until the window is over: Zendesk solves what is linked to a problem with it. "
        "A day after all have heard how it ended it is solved by itself, unless an answer is open."
    )
