"""Maintenance windows as an operator finds them: those of the file and of tickets, each with where it stands.

Read for `zdsync maintenance`; changes nothing.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import datetime
from typing import Final, NoReturn, TypeVar
from zoneinfo import ZoneInfo

from zdsync.cli.context import FINDINGS, account_settings, fail
from zdsync.cli.seen import facts_of
from zdsync.core.automation import Case
from zdsync.core.history import Reading
from zdsync.core.maintenance import TAG, Maintenance
from zdsync.core.maintenance import maintenance as read_parent
from zdsync.core.maintenance_plan import Outlook, outlook
from zdsync.core.maintenance_sending import is_stopped, waits_until
from zdsync.core.maintenance_settings import window_on
from zdsync.core.model import History, Ticket
from zdsync.core.rulebook import Rule, Rulebook
from zdsync.core.templates import FALLBACK
from zdsync.core.windows import Window
from zdsync.linked import ids_of_people
from zdsync.maintenance import find_parent, rule_of, settings_of
from zdsync.rules.load import RulesError
from zdsync.settings import Settings
from zdsync.wiring import Reading as Parts
from zdsync.wiring import loader, reading
from zdsync.zendesk.errors import NotFound, ZendeskError

T = TypeVar("T")

MOST: Final = 100
"""Windows' tickets that are looked for in Zendesk besides those of the file."""


@dataclass(frozen=True)
class Desk:
    """The account and its rules."""

    settings: Settings
    parts: Parts
    rulebook: Rulebook
    rule: Rule
    now: datetime

    def local(self, at: datetime, window: Window | None = None) -> str:
        """On the clock of the window's zone, or of the desk's, and which that is."""
        zone = ZoneInfo(window.zone) if window is not None else self.rulebook.zone
        return f"{at.astimezone(zone):%a %d %b %Y %H:%M %Z}"


@dataclass(frozen=True)
class Known:
    """A window, as far as it is written and has a ticket."""

    id: str
    window: Window | None
    ticket: Ticket | None
    read: Maintenance
    ahead: Outlook
    stopped: bool = False
    """By the tag, while not everybody has been told."""
    begins: datetime | None = None
    """When the mails begin, while their countdown goes on."""

    @property
    def title(self) -> str:
        return self.window.title[FALLBACK] if self.window else self.ticket.subject if self.ticket else ""

    @property
    def times(self) -> tuple[datetime, datetime] | None:
        held = self.read.present
        return held.times if held is not None else self.window.times if self.window else None


def desk_now() -> Desk:
    settings = account_settings()
    parts = reading(settings)

    def read() -> Desk:
        rulebook = loader(settings, parts.account)()
        rule = rule_of(rulebook)
        if rule is None:
            fail("No rule of maintenance is on: set its `mode`, or add the rule with `zdsync init --add`.", FINDINGS)
        parts.zendesk.me()
        return Desk(settings, parts, rulebook, rule, parts.clock.now())

    return read_or_end(read)


def read_or_end(read: Callable[[], T]) -> T:
    """What it gives; ends the command, in words, where the account or the rules cannot be read."""
    try:
        return read()
    except RulesError as error:
        fail("\n".join(str(finding) for finding in error.findings), FINDINGS)
    except ZendeskError as error:
        fail(f"The account could not be read: {error}", FINDINGS)


def all_windows(desk: Desk) -> Iterator[Known]:
    """Those of the file in its order, then open tickets of others."""
    seen: set[int] = set()
    for window in desk.rulebook.windows.values():
        known = _of_file(window, desk)
        seen |= {known.ticket.id} if known.ticket else set()
        yield known
    for tag in _tags(desk):
        for ticket in desk.parts.zendesk.newest(f"tags:{tag} ticket_type:problem", MOST):
            if ticket.id not in seen and ticket.status not in ("solved", "closed", "deleted"):
                seen.add(ticket.id)
                if (of_ticket := _of_ticket(ticket, desk)) is not None:
                    yield of_ticket


def _tags(desk: Desk) -> Iterator[str]:
    """Of tickets of windows; one that nobody was told of yet has only the tag that its agent has given it."""
    yield TAG
    written = settings_of(desk.rule).tickets
    if written is not None and written.tag is not None:
        yield written.tag


def find(window_id: str, desk: Desk) -> Known:
    window = desk.rulebook.windows.get(window_id)
    if window is not None:
        return _of_file(window, desk)
    own = desk.rulebook.own_user_ids | {int(desk.parts.account.me()["id"])}
    ticket = find_parent(window_id, desk.parts.zendesk, own)
    kind, _, number = window_id.rpartition("-")
    if ticket is None and kind == "ticket" and number.isdecimal():
        try:
            ticket = desk.parts.zendesk.ticket(int(number)).ticket
        except NotFound:
            _unknown(window_id, desk)
    known = _of_ticket(ticket, desk) if ticket is not None else None
    if known is None or known.id != window_id:
        _unknown(window_id, desk)
    return known


def _unknown(window_id: str, desk: Desk) -> NoReturn:
    written = ", ".join(desk.rulebook.windows) or "none"
    fail(f"There is no maintenance window {window_id}. In maintenance.yaml: {written}.")


def _of_file(window: Window, desk: Desk) -> Known:
    own = desk.rulebook.own_user_ids | {int(desk.parts.account.me()["id"])}
    ticket = find_parent(window.id, desk.parts.zendesk, own)
    if ticket is None:
        read = Maintenance(window.id, 0)
        return Known(window.id, window, None, read, _ahead(read, window, desk.now, desk))
    known = _of_ticket(ticket, desk)
    assert known is not None, "it has the window's external id"
    return known


def _of_ticket(ticket: Ticket, desk: Desk) -> Known | None:
    """A ticket, with its window as the worker reads it."""
    history = History(ticket, desk.parts.zendesk.audits(ticket.id))
    people = desk.parts.zendesk.users(ids_of_people(ticket, history.audits))
    facts = facts_of(desk.parts, desk.rulebook, people)
    seen = Reading(history, facts)
    case, settings = Case(seen, facts, desk.rulebook, desk.now), settings_of(desk.rule)
    found = window_on(case, settings)
    window = None if isinstance(found, str) else found
    read = read_parent(seen, window.id if window else None)
    if read is None:
        return None
    ahead, begins = _ahead(read, window, ticket.created_at, desk), waits_until(case, settings, read)
    return Known(read.window_id, window, ticket, read, ahead, is_stopped(case), begins)


def _ahead(read: Maintenance, window: Window | None, made_at: datetime, desk: Desk) -> Outlook:
    return outlook(read, window, settings_of(desk.rule).pace, made_at, desk.now, desk.rulebook.zone)
