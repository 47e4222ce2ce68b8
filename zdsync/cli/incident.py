"""`zdsync report incident`: the Major Incident Report as it would be now. Reads the API only, and sends nothing."""

from __future__ import annotations

import json
import sys
from dataclasses import asdict, replace
from functools import partial
from pathlib import Path
from typing import Any

import click
from rich.console import Console
from rich.progress import track
from rich.table import Table

from zdsync.cli.context import FINDINGS, account_settings, console, fail
from zdsync.cli.pace import Pace
from zdsync.cli.seen import facts_of
from zdsync.core.automation import Case
from zdsync.core.automations.incident_report import INCIDENT_REPORT, report_of
from zdsync.core.history import Reading
from zdsync.core.incident_sheet import Sheet, sheet
from zdsync.core.model import Facts, History
from zdsync.core.rulebook import Rule, Rulebook
from zdsync.core.told import linked
from zdsync.core.writing import LANGUAGES, Language, plain
from zdsync.documents.incident import html as as_page
from zdsync.documents.incident import pdf as as_paper
from zdsync.linked import ids_of_people
from zdsync.rules.load import RulesError
from zdsync.told import earlier, solves
from zdsync.wiring import Reading as Parts
from zdsync.wiring import loader, reading
from zdsync.zendesk.errors import NotFound, ZendeskError

NO_RULE = "No rule has the automation incident_report; `zdsync init --add` adds the shipped one, off."


@click.command(short_help="The Major Incident Report on a problem, as a draft.")
@click.argument("ticket", type=click.IntRange(min=1))
@click.option("--locale", type=click.Choice(LANGUAGES), default="en", show_default=True, help="Of the report.")
@click.option("--pdf", type=click.Path(dir_okay=False, path_type=Path), metavar="FILE", help="Write it as a PDF.")
@click.option("--html", type=click.Path(dir_okay=False, path_type=Path), metavar="FILE", help="Write it as a page.")
@click.option("--json", "as_json", is_flag=True, help="For programs.")
def incident(ticket: int, locale: Language, pdf: Path | None, html: Path | None, as_json: bool) -> None:
    """The Major Incident Report on a problem: its time line, who was told when, which promises were kept.

    Always a draft: the one that customers get is approved on the ticket, and stands there. Each ticket linked to the
    problem is read, which takes a minute for a few hundred of them.
    """
    parts = reading(account_settings())
    try:
        drawn = _drawn(parts, ticket, locale)
    except RulesError as error:
        fail("\n".join(str(finding) for finding in error.findings), FINDINGS)
    except NotFound:
        fail(f"There is no ticket {ticket} on {parts.settings.base_url}.", FINDINGS)
    except ZendeskError as error:
        fail(f"Ticket {ticket} could not be read: {error}", FINDINGS)
    if pdf is not None:
        _write(pdf, as_paper(drawn))
    if html is not None:
        _write(html, as_page(drawn).encode())
    if as_json:
        click.echo(json.dumps(asdict(drawn), indent=2, ensure_ascii=False))
    elif pdf is None and html is None:
        _show(drawn)


def _drawn(parts: Parts, ticket_id: int, locale: Language) -> Sheet:
    rulebook = loader(parts.settings, parts.account)()
    rule = next((each for each in rulebook.rules if each.automation is INCIDENT_REPORT), None)
    if rule is None:
        fail(NO_RULE, FINDINGS)
    pace = Pace.of(parts.session, lambda words: click.echo(words, err=True))
    ticket = pace.patiently(partial(parts.zendesk.ticket, ticket_id, "bulk")).ticket
    history = History(ticket, pace.patiently(partial(parts.zendesk.audits, ticket_id, work="bulk")))
    people = pace.patiently(partial(parts.zendesk.users, ids_of_people(ticket, history.audits), "bulk"))
    facts = pace.patiently(partial(facts_of, parts, rulebook, people))
    return _sheet(history, _with_told(facts, history, rulebook, parts, pace), rulebook, rule, parts, locale)


def _with_told(facts: Facts, history: History, rulebook: Rulebook, parts: Parts, pace: Pace) -> Facts:
    """All linked tickets are read, however many."""
    now, zendesk = parts.clock.now(), parts.zendesk
    tickets = pace.patiently(lambda: tuple(zendesk.incidents(history.ticket.id, "bulk")))
    shown = track(
        tickets,
        description=f"{len(tickets)} linked tickets",
        console=Console(stderr=True),
        transient=True,
        disable=not tickets or not sys.stderr.isatty(),
    )
    found = [
        History(
            each, pace.patiently(partial(zendesk.audits, each.id, work="bulk"))
        )  # one at a time, as the limit allows
        for each in shown
    ]
    before = pace.patiently(partial(earlier, history.ticket, facts, rulebook, now, zendesk, "bulk"))
    told = linked(found, facts.own_user_ids, solves(history, facts, rulebook))
    return replace(facts, told=replace(told, earlier=before))


def _sheet(history: History, facts: Facts, rulebook: Rulebook, rule: Rule, parts: Parts, locale: Language) -> Sheet:
    now = parts.clock.now()
    settings: Any = rule.settings
    report = report_of(Case(Reading(history, facts), facts, rulebook, now), settings)
    if report is None:
        fail(
            f"Ticket {history.ticket.id} is no major incident: no agent has made it urgent and a problem by hand.",
            FINDINGS,
        )
    today = now.astimezone(rulebook.zone).date()
    return sheet(report, locale, rulebook.zone, author=settings.author, today=today)


def _write(file: Path, content: bytes) -> None:
    try:
        file.write_bytes(content)
    except OSError as error:
        fail(f"{file} cannot be written: {error.strerror}", FINDINGS)
    click.echo(f"wrote {file}", err=True)


def _show(drawn: Sheet) -> None:
    """The figures and the time line; the rest is on paper."""
    if drawn.draft:
        _say(drawn.draft)
    _say(f"{drawn.title}, {drawn.subtitle}")
    for figure in drawn.figures:
        _say(f"{figure.label}: {figure.value} ({figure.note})" if figure.note else f"{figure.label}: {figure.value}")
    words = drawn.words
    table = Table(words["time"], words["what"], words["source"], show_edge=False)
    for event in drawn.events:
        table.add_row(event.time, event.what, event.source)
    console().print(table, soft_wrap=False)
    if drawn.told:
        table = Table(*(words[name] for name in ("message", "contacts", "first", "last", "failed")), show_edge=False)
        for told in drawn.told:
            table.add_row(told.what, told.contacts, told.first, told.last, told.failed)
        console().print(table, soft_wrap=False)


def _say(text: str) -> None:
    click.echo(plain(text))
