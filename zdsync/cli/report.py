"""`zdsync report …`: what an admin reads before going live, and afterwards."""

from __future__ import annotations

import json

import click
from redis.exceptions import RedisError
from rich.table import Table

from zdsync.cli.availability import availability
from zdsync.cli.context import FINDINGS, console, fail, service_settings
from zdsync.cli.incident import incident
from zdsync.cli.suspended import suspended
from zdsync.cli.waiting import waiting
from zdsync.wiring import store_of


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
    """What the rules in shadow would have done, newest last."""
    try:
        entries = list(store_of(service_settings()).shadow)
    except RedisError as error:
        fail(f"Redis is away: {error}", FINDINGS)
    if as_json:
        rows = [{"at": e.at.isoformat(), "ticket": e.ticket_id, "rule": e.rule, "would_have": e.words} for e in entries]
        click.echo(json.dumps(rows, indent=2, ensure_ascii=False))
        return
    if not entries:
        click.echo("Nothing yet: no rule in shadow would have acted.")
        return
    table = Table("when (UTC)", "ticket", "rule", "would", show_edge=False)
    for entry in entries:
        table.add_row(f"{entry.at:%a %d %b %H:%M}", str(entry.ticket_id), entry.rule, entry.words)
    console().print(table, soft_wrap=False)


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
