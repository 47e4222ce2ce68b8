"""`zdsync report …`: what an admin reads before going live, and afterwards."""

from __future__ import annotations

import json
from datetime import datetime
from itertools import groupby

import click
from redis.exceptions import RedisError
from rich.measure import Measurement
from rich.table import Table

from zdsync.cli.availability import availability
from zdsync.cli.context import FINDINGS, console, fail, service_settings
from zdsync.cli.incident import incident
from zdsync.cli.suspended import suspended
from zdsync.cli.waiting import waiting
from zdsync.store.shadow import Effect
from zdsync.wiring import store_of

UNBOUNDED = 10_000
"""Columns."""


@click.group()
def report() -> None:
    """What an admin reads: what shadow rules would do, what waits, which mail was set aside, what agents call wrong."""


report.add_command(availability)
report.add_command(incident)
report.add_command(waiting)
report.add_command(suspended)


@report.command()
@click.option("--json", "as_json", is_flag=True, help="For programs.")
def shadow(as_json: bool) -> None:
    """What the rules in shadow would have done and why, newest last; each thing once, when it would have come first.

    What follows only once something of it is really there is not in it, since it was not decided.
    """
    try:
        entries = list(store_of(service_settings()).shadow)
    except RedisError as error:
        fail(f"Redis is away: {error}", FINDINGS)
    if as_json:
        click.echo(json.dumps([_shadow_data(each) for each in entries], indent=2, ensure_ascii=False))
        return
    if not entries:
        click.echo("Nothing yet: no rule in shadow would have acted.")
        return
    table = Table("when (UTC)", "ticket", "rule", "would", show_edge=False)
    for (at, ticket_id, rule, why), effects in groupby(sorted(entries, key=_at_once), key=_at_once):
        for effect in effects:
            table.add_row(f"{at:%a %d %b %H:%M}", str(ticket_id or ""), rule, effect.words)
        if why:
            table.add_row("", "", "", f"  because {why}")
    out = console()
    if not out.is_terminal:  # then a line has no end at which it would have to be torn
        out.width = max(out.width, Measurement.get(out, out.options.update(max_width=UNBOUNDED), table).maximum)
    out.print(table, soft_wrap=False)
    out.print(f"\n{AT_ITS_FIRST_STEP}")


AT_ITS_FIRST_STEP = (
    "What follows only once something of this is really there is not decided in shadow, and so not shown: of a major "
    "incident there is its first note, with how many would be told, and of a maintenance window that it would be "
    "announced; not the notices, nor what is passed on to them later. `zdsync doctor` says whom both would reach, "
    "`zdsync preview` shows every text."
)


def _at_once(effect: Effect) -> tuple[datetime, int, str, str]:
    """What belongs together: all that one rule would have done to a ticket at one moment, and why."""
    return effect.at, effect.ticket_id, effect.rule, effect.why


def _shadow_data(effect: Effect) -> dict[str, object]:
    return {
        "at": effect.at.isoformat(),
        "ticket": effect.ticket_id or None,
        "rule": effect.rule,
        "would_have": effect.words,
        "because": effect.why,
    }


@report.command()
@click.option("--json", "as_json", is_flag=True, help="For programs.")
def wrong(as_json: bool) -> None:
    """How often agents have called wrong what a rule did.

    Counted since Redis was last emptied; the log has a line for each, with the ticket.
    """
    try:
        counters = store_of(service_settings()).metrics.snapshot().counters
    except RedisError as error:
        fail(f"Redis is away: {error}", FINDINGS)
    found = {dict(labels)["rule"]: times for (name, labels), times in counters.items() if name == "zdsync_wrong_total"}
    rows = sorted(found.items(), key=lambda row: (-row[1], row[0]))
    if as_json:
        click.echo(json.dumps([{"rule": rule, "times": times} for rule, times in rows], indent=2, ensure_ascii=False))
        return
    if not rows:
        click.echo("Nothing yet: no agent has called anything wrong.")
        return
    table = Table("rule", "times", show_edge=False)
    for rule, times in rows:
        table.add_row(rule, str(times))
    console().print(table, soft_wrap=False)
