"""`zdsync init`: from nothing to a configuration that can be started on a real account, in shadow."""

from __future__ import annotations

from datetime import UTC, datetime
from pathlib import Path

import click

from zdsync.cli.context import fail
from zdsync.rules.findings import Fault
from zdsync.rules.hours import parse_instant
from zdsync.rules.shipped import Begun, CannotBegin, begin

NEXT = """
Next{where}:
  1. Copy .env.example to .env and write the account and its credentials there.
  2. zdsync check          after every change of config/; `zdsync test` plays its stories, `zdsync schema` has all keys.
  3. zdsync provision      what the account lacks for the rules: fields, triggers, views. `--apply` makes it.
  4. zdsync doctor         is everything as it must be? `--probe` settles what only a throwaway ticket can tell.
  5. zdsync up             starts everything here. With `mode: shadow` it decides and shows, and changes no ticket.
  6. zdsync report shadow  after a few days: what would have been done. `zdsync explain TICKET` says why.
  7. Write `mode: live` in config/account.yaml and set `live_since` to that moment; then `zdsync provision --apply`."""


def _instant(_: click.Context, __: click.Parameter, written: str | None) -> datetime:
    if written is None:
        return datetime.now(UTC)  # the one place that may: it is about this moment, and no account is there to ask
    try:
        return parse_instant(written)
    except Fault as fault:
        raise click.BadParameter(str(fault)) from fault


@click.command()
@click.option("--folder", type=click.Path(file_okay=False, path_type=Path), default=".", help="Where config/ shall be.")
@click.option(
    "--live-since",
    callback=_instant,
    metavar="INSTANT",
    help="Nothing older has any effect, like 2026-11-24T10:00:00Z. Without it: now.",
)
def init(folder: Path, live_since: datetime) -> None:
    """Begin a configuration for a real account: config/ and .env.example, everything in shadow.

    Where config/ is there already, only its unset `live_since` is set. No file is ever overwritten.
    """
    try:
        folder.mkdir(parents=True, exist_ok=True)
        begun = begin(folder, live_since)
    except OSError as error:
        fail(f"{folder} cannot be made: {error.strerror}")
    except CannotBegin as error:
        fail(str(error))
    _tell(begun, folder)


def _tell(begun: Begun, folder: Path) -> None:
    for path in begun.written:
        click.echo(f"wrote {path}")
    click.echo(f"Live since {begun.live_since:%Y-%m-%dT%H:%M:%SZ}: nothing that happened before has any effect.")
    here = folder.resolve() == Path.cwd()
    click.echo(NEXT.format(where="" if here else f", in {folder}"))
