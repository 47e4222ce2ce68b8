"""A ticket as it is now, and what the rules would do with it: what `plan`, `explain` and `preview --ticket` show.

Read from Zendesk and decided by the worker's own `evaluate`; needs no Redis and changes nothing.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable
from contextlib import suppress
from dataclasses import dataclass, field
from datetime import datetime
from itertools import islice
from zoneinfo import ZoneInfo

from zdsync.cli.context import FINDINGS, account_settings, fail
from zdsync.control import STOP_TAG, read_control
from zdsync.core.evaluate import Plan, evaluate
from zdsync.core.model import Facts, History, Person
from zdsync.core.rulebook import Rulebook
from zdsync.core.suspended import Suspended, naming
from zdsync.core.templates import zone_name
from zdsync.linked import ids_of_people, with_linked, with_set_aside
from zdsync.reach import Source, with_reach
from zdsync.rules.load import RulesError
from zdsync.told import with_told
from zdsync.wiring import Reading, loader, reading
from zdsync.zendesk.client import Zendesk
from zdsync.zendesk.errors import NotFound, Rejected, ZendeskError

MOST_PAGES = 3
"""Of mail that was set aside, a hundred each: a command does not wait for a flood of it."""


@dataclass(frozen=True)
class Seen:
    """A ticket as it was just read, and what follows from it."""

    history: History
    facts: Facts
    rulebook: Rulebook
    plan: Plan
    now: datetime
    brake: str | None
    """Why a worker would not carry the plan out now."""

    @property
    def zone(self) -> ZoneInfo:
        return zone_of_desk(self.rulebook)

    def local(self, at: datetime) -> str:
        local = at.astimezone(self.zone)
        seconds = f":{local:%S}" if local.second else ""
        return f"{local:%a %Y-%m-%d %H:%M}{seconds} {zone_name(local)}"


def look(ticket_id: int) -> Seen:
    """Ends the command, in words, where the ticket or the rules cannot be read."""
    parts = reading(account_settings())
    try:
        rulebook = loader(parts.settings, parts.account)()
        ticket = parts.zendesk.ticket(ticket_id).ticket
        history = History(ticket, parts.zendesk.audits(ticket_id))
        now = parts.clock.now()
        facts = facts_of(parts, rulebook, parts.zendesk.users(ids_of_people(ticket, history.audits)))
        facts = with_linked(facts, history, rulebook, now, parts.zendesk)
        set_aside = _SetAside(parts.zendesk, rulebook.live_since)
        facts = with_set_aside(facts, history, rulebook, set_aside.naming, set_aside.read)
        facts = with_reach(facts, history, rulebook, now, Source(parts.zendesk))
        facts = with_told(facts, history, rulebook, now, parts.zendesk, None, None)
        plan = evaluate(history, facts, rulebook, now)
        brake = _brake(parts, now) if plan.updates or plan.notices or plan.tasks else None
    except RulesError as error:
        fail("\n".join(str(finding) for finding in error.findings), FINDINGS)
    except NotFound:
        fail(f"There is no ticket {ticket_id} on {parts.settings.base_url}.", FINDINGS)
    except ZendeskError as error:
        fail(f"Ticket {ticket_id} could not be read: {error}", FINDINGS)
    return Seen(history, facts, rulebook, plan, now, brake)


def facts_of(parts: Reading, rulebook: Rulebook, people: Iterable[Person]) -> Facts:
    """As a worker has them."""
    return parts.account.facts(
        rulebook, {person.id: person for person in people}, parts.settings.links, parts.settings.smtp_url is not None
    )


def zone_of_desk(rulebook: Rulebook) -> ZoneInfo:
    """That of the first schedule: what the desk's clocks show."""
    return next((schedule.zone for schedule in rulebook.schedules.values()), ZoneInfo("UTC"))


@dataclass(frozen=True)
class _SetAside:
    """Mail that was set aside, without the index in which a worker has found what names a ticket."""

    zendesk: Zendesk
    since: datetime
    found: dict[int, Suspended] = field(default_factory=dict)

    def naming(self, ticket_id: int) -> Collection[int]:
        """Among the newest hundreds; none where they may not be read."""
        with suppress(NotFound, Rejected):
            for page in islice(self.zendesk.suspended_since(self.since), MOST_PAGES):
                self.found.update({mail.id: mail for mail in naming(ticket_id, page)})
        return self.found.keys()

    def read(self, ticket_id: int, mail_id: int) -> Suspended:
        return self.found[mail_id]


def _brake(parts: Reading, now: datetime) -> str | None:
    """What the control ticket says; caps are not looked at."""
    control = read_control(parts.zendesk, now)
    if control.stopped:
        return f"everything is stopped, ticket {control.ticket_id} has the tag {STOP_TAG}"
    return None if control.probed else "this account has not passed `zdsync doctor --probe`"
