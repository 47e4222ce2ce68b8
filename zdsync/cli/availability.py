"""`zdsync report availability`: how available the product was in a month, and why each minute counts.

Reads the API only, with half of its limits left to others.
"""

from __future__ import annotations

import json
import sys
from collections.abc import Iterable, Sequence
from datetime import datetime
from functools import partial
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

import click
from rich.console import Console
from rich.progress import track
from rich.table import Table

from zdsync.cli.context import FINDINGS, account_settings, console, fail
from zdsync.cli.pace import Pace
from zdsync.cli.seen import facts_of
from zdsync.core.availability import Month
from zdsync.core.writing import LANGUAGES, Language, plain
from zdsync.reports.availability import Source, fetch
from zdsync.reports.availability_data import data
from zdsync.reports.availability_page import page
from zdsync.reports.availability_sheet import Sheet, sheet
from zdsync.rules.load import RulesError
from zdsync.wiring import loader, reading
from zdsync.zendesk.errors import ZendeskError

NO_POLICY = "config/availability.yaml is missing: it names the product and the target. `zdsync init` has one to copy."


def _month(_: click.Context, __: click.Parameter, written: str | None) -> tuple[int, int] | None:
    if written is None:
        return None
    try:
        at = datetime.strptime(written, "%Y-%m")  # noqa: DTZ007 - a month of the calendar, in the policy's zone
    except ValueError:
        raise click.BadParameter(f"`{written}` is no month: write it like 2026-11") from None
    if not 2000 <= at.year <= 2099:
        raise click.BadParameter(f"{at.year} is too far away")
    return at.year, at.month


@click.command(short_help="How available the product was in a month.")
@click.option("--month", "wanted", callback=_month, metavar="YYYY-MM", help="Like 2026-11; without it the present one.")
@click.option("--json", "as_json", is_flag=True, help="For programs.")
@click.option(
    "--html", type=click.Path(dir_okay=False, path_type=Path), metavar="FILE", help="Write a page to send or to print."
)
@click.option("--locale", type=click.Choice(LANGUAGES), default="en", show_default=True, help="Of page and table.")
def availability(wanted: tuple[int, int] | None, as_json: bool, html: Path | None, locale: Language) -> None:
    """The month's availability against its target: each outage and maintenance, and why it counts or does not.

    Outages are the problems that agents have declared, as corrected on the ticket; planned maintenance is left out
    where all contacts were told a week ahead, by their notices' audits. Zendesk's search is a minute or two behind.
    """
    parts = reading(account_settings())
    try:
        rulebook = loader(parts.settings, parts.account)()
        policy = rulebook.availability
        if policy is None:
            fail(NO_POLICY, FINDINGS)
        pace = Pace.of(parts.session, lambda words: click.echo(words, err=True))
        pace.patiently(parts.account.me)
        now = parts.clock.now()
        month = Month(*(wanted or _present(now, policy.zone)), policy.zone)
        source = Source(parts.zendesk, rulebook, partial(facts_of, parts, rulebook), pace.patiently, _shown)
        fetched = fetch(source, month.span, now)
        result = fetched.month(month, policy, now, rulebook.live_since)
    except RulesError as error:
        fail("\n".join(str(finding) for finding in error.findings), FINDINGS)
    except ZendeskError as error:
        fail(f"{parts.settings.base_url} could not be read: {error}", FINDINGS)
    written = sheet(result, policy, now, locale)
    if html is not None:
        try:
            html.write_text(page(written), "utf-8")
        except OSError as error:
            fail(f"{html} cannot be written: {error.strerror}", FINDINGS)
        click.echo(f"wrote {html}", err=True)
    if as_json:
        click.echo(json.dumps(data(result, policy, fetched.doubts), indent=2, ensure_ascii=False))
    elif html is None:
        _show(written)
        for words in fetched.doubts:
            click.echo(words)


def _present(now: datetime, zone: ZoneInfo) -> tuple[int, int]:
    local = now.astimezone(zone)
    return local.year, local.month


def _shown(rows: Sequence[Any], what: str) -> Iterable[Any]:
    quiet = not rows or not sys.stderr.isatty()
    return track(rows, description=what, console=Console(stderr=True), transient=True, disable=quiet)


def _show(written: Sheet) -> None:
    words = written.words
    _say(f"{words.title.format(product=written.product, month=written.month)}, {written.zone}")
    _say(f"{written.figure}  {written.verdict_words}. {written.target}. {written.measured}.")
    for fact in written.facts:
        _say(f"{fact.name}{words.colon} {fact.value} ({fact.hint})")
    if written.rows:
        _say("")
        console().print(_intervals(written), soft_wrap=False)
    for row in written.rows:
        for note in (*row.notes, *row.reasons):
            _say(f"{row.proof.partition(',')[0]} {note}")
    if written.gaps:
        _say(f"{words.gaps}{words.colon} {' · '.join(written.gaps)}")
    if written.coming:
        _say(f"\n{words.coming}")
        table = Table(words.window, words.tell_by, words.cost, words.at_end, show_edge=False)
        for one in written.coming:
            table.add_row(f"{one.what}, {one.when}: {one.told}", one.tell_by, one.cost, one.at_end)
        console().print(table, soft_wrap=False)


def _say(text: str) -> None:
    click.echo(plain(text))


def _intervals(written: Sheet) -> Table:
    words = written.words
    table = Table(words.when, words.length, words.counts, words.why, words.proof, show_edge=False)
    for row in written.rows:
        table.add_row(f"{row.what}, {row.when}", row.length, row.counted, row.why, row.proof)
        for part in row.parts:
            table.add_row(f"  {part.when}", part.length, part.length if part.counts else "–", part.why, "")
    return table
