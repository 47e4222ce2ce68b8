"""`zdsync report waiting`: which tickets wait for a customer's confirmation, the longest first. Reads the API only."""

from __future__ import annotations

import json
import sys
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime
from functools import partial
from itertools import islice
from typing import Any, Final
from zoneinfo import ZoneInfo

import click
from rich.console import Console
from rich.progress import track
from rich.table import Table

from zdsync.cli.context import FINDINGS, account_settings, console, fail
from zdsync.cli.pace import Pace
from zdsync.cli.seen import facts_of, zone_of_desk
from zdsync.core.episode import AWAITING_TAG
from zdsync.core.model import History, Person, Ticket
from zdsync.core.rulebook import Rulebook
from zdsync.core.waiting import Waiting
from zdsync.core.waiting import waiting as waits
from zdsync.linked import ids_of_people
from zdsync.rules.load import RulesError
from zdsync.wiring import Reading, loader, reading
from zdsync.zendesk.errors import NotFound, ZendeskError

QUERY: Final = f"tags:{AWAITING_TAG} status<solved"
AT_ONCE: Final = 100
"""Tickets whose people are read together."""


@dataclass(frozen=True)
class Row:
    waiting: Waiting
    owner: str | None
    """The assignee's name."""


@click.command(short_help="What waits for a confirmation, the longest first.")
@click.option("--json", "as_json", is_flag=True, help="For programs.")
@click.option("--limit", type=click.IntRange(min=1), help="Only so many, of those that wait longest.")
def waiting(as_json: bool, limit: int | None) -> None:
    """What has waited longest for a customer's confirmation, and what comes next.

    Tickets are found by the tag zdsync_awaiting_confirmation; Zendesk's search is a minute or two behind.
    """
    parts = reading(account_settings())
    try:
        rulebook = loader(parts.settings, parts.account)()
        now = parts.clock.now()
        pace = Pace.of(parts.session, lambda words: click.echo(words, err=True))
        looked_at = list(_waiting(parts, pace, rulebook, now))
        every = sorted(filter(None, looked_at), key=lambda each: (each.since, each.ticket_id))
        rows = list(_rows(parts, pace, every[:limit]))
    except RulesError as error:
        fail("\n".join(str(finding) for finding in error.findings), FINDINGS)
    except ZendeskError as error:
        fail(f"{parts.settings.base_url} could not be read: {error}", FINDINGS)
    if as_json:
        click.echo(json.dumps([_data(row) for row in rows], indent=2, ensure_ascii=False))
    else:
        _show(rows, len(every), zone_of_desk(rulebook), now)
        if others := len(looked_at) - len(every):
            click.echo(f"The tag is on {others} more, which do not wait: answered, decided by an agent, or no rule's.")


def _waiting(parts: Reading, pace: Pace, rulebook: Rulebook, now: datetime) -> Iterator[Waiting | None]:
    """Of all with the tag, in no order: since when one waits, and whether it still does, only its audits tell."""
    people: dict[int, Person] = {}
    found = list(_found(parts, pace))
    shown = track(
        found,
        description=f"{len(found)} tickets",
        console=Console(stderr=True),
        transient=True,
        disable=not sys.stderr.isatty(),
    )
    for chunk in _chunks(_read(parts, pace, shown)):
        ids = {id_ for each in chunk for id_ in ids_of_people(each.ticket, each.audits)} - people.keys()
        people |= {each.id: each for each in pace.patiently(partial(parts.zendesk.users, sorted(ids), "bulk"))}
        facts = pace.patiently(partial(facts_of, parts, rulebook, people.values()))
        for history in chunk:
            yield waits(history, facts, rulebook, now)


def _found(parts: Reading, pace: Pace) -> Iterator[Ticket]:
    """Each ticket once; all pages before anything else, since a cursor is good for an hour only."""
    cursor, known = "", set[int]()
    while True:
        page = pace.patiently(partial(parts.zendesk.search_page, QUERY, cursor))
        for ticket in page.tickets:
            if ticket.id not in known:
                known.add(ticket.id)
                yield ticket
        cursor = page.cursor
        if not cursor:
            return


def _read(parts: Reading, pace: Pace, tickets: Iterable[Ticket]) -> Iterator[History]:
    """With their audits; a ticket that was deleted meanwhile is left out."""
    for ticket in tickets:
        try:
            yield History(ticket, pace.patiently(partial(parts.zendesk.audits, ticket.id, work="bulk")))
        except NotFound:
            continue


def _chunks(histories: Iterator[History]) -> Iterator[list[History]]:
    while chunk := list(islice(histories, AT_ONCE)):
        yield chunk


def _rows(parts: Reading, pace: Pace, shown: Sequence[Waiting]) -> Iterator[Row]:
    ids = sorted({each.assignee_id for each in shown if each.assignee_id is not None})
    names = pace.patiently(partial(parts.zendesk.names, ids, "bulk"))
    for each in shown:
        known = each.assignee_id is not None
        yield Row(each, names.get(each.assignee_id or 0, f"user {each.assignee_id}") if known else None)


def _data(row: Row) -> dict[str, Any]:
    one = row.waiting
    return {
        "ticket": one.ticket_id,
        "reference": f"#{one.ticket_id}",
        "asked_at": one.asked_at.isoformat() if one.asked_at else None,
        "since": one.since.isoformat(),
        "business_days": one.business_days,
        "owner": {"id": one.assignee_id, "name": row.owner} if row.owner is not None else None,
        "reminders": one.reminders,
        "snoozed_until": one.snoozed_until.isoformat() if one.snoozed_until else None,
        "next": {"what": one.next.what, "at": one.next.at.isoformat()} if one.next else None,
        "rule": one.rule,
        "mode": one.mode,
    }


def _show(rows: Sequence[Row], count: int, zone: ZoneInfo, now: datetime) -> None:
    if not rows:
        click.echo("No ticket waits for a customer's confirmation.")
        return

    def local(at: datetime) -> str:
        return f"{at.astimezone(zone):%a %d %b %H:%M}"

    def coming(one: Waiting) -> str:
        if one.next is None:
            return "nothing: it waits for the customer"
        words = f"{one.next.what}, {'now' if one.next.at <= now else local(one.next.at)}"
        return words if one.mode == "live" else f"({words}: the rule is in {one.mode})"

    table = Table("ticket", "asked", "days", "owner", "reminders", "snoozed until", "next", show_edge=False)
    for row in rows:
        one = row.waiting
        table.add_row(
            f"#{one.ticket_id}",
            local(one.asked_at) if one.asked_at else "not yet",
            str(one.business_days),
            row.owner or "nobody",
            str(one.reminders),
            local(one.snoozed_until) if one.snoozed_until else "",
            coming(one),
        )
    console().print(table, soft_wrap=False)
    waits_ = "ticket waits" if count == 1 else "tickets wait"
    shown = f" Shown: {len(rows)}." if len(rows) < count else ""
    click.echo(f"{count} {waits_} for a customer's confirmation.{shown} Days are business days, times {zone.key}'s.")
