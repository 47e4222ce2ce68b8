"""`zdsync init`: from nothing to a configuration that can be started on a real account, in shadow; with `--add` from an
older version's to one that the installed version starts with."""

from __future__ import annotations

from datetime import UTC, datetime
from itertools import groupby
from pathlib import Path
from typing import Final

import click

from zdsync.cli.context import fail, settings
from zdsync.rules.additions import Added, CannotAdd, add
from zdsync.rules.files import ACCOUNT
from zdsync.rules.findings import Fault
from zdsync.rules.hours import parse_instant
from zdsync.rules.schema import FOLDER as SCHEMAS
from zdsync.rules.shipped import CONFIG, Begun, CannotBegin, begin

NEXT: Final = """
Next{where}:
  1. Without an account: `zdsync check` after every change of config/, `zdsync test` plays its stories, `zdsync preview`
     shows its messages.
  2. Copy .env.example to .env and write the account and its credentials there. Then `zdsync provision` shows what the
     account lacks, and makes it with --apply; `zdsync doctor` says whether everything is as it must be.
  3. `zdsync up` starts everything here. All is in shadow: it decides and shows, and changes no ticket. After some days
     `zdsync report shadow` tells what would have been done; the README goes on from there ("Beside your account")."""


def _instant(_: click.Context, __: click.Parameter, written: str | None) -> datetime | None:
    try:
        return parse_instant(written) if written is not None else None
    except Fault as fault:
        raise click.BadParameter(str(fault)) from fault


@click.command()
@click.option(
    "--folder",
    type=click.Path(file_okay=False, path_type=Path),
    help="Where config/ shall be (here); with --add the configuration itself, too (ZDSYNC_CONFIG, or config).",
)
@click.option(
    "--live-since",
    callback=_instant,
    metavar="INSTANT",
    help="Nothing older has any effect, like 2026-11-24T10:00:00Z. Without it: now.",
)
@click.option("--add", "adding", is_flag=True, help="After an upgrade: add what is new and lacking.")
def init(folder: Path | None, live_since: datetime | None, adding: bool) -> None:
    """Begin a configuration for a real account: config/ and .env.example, everything in shadow.

    Where config/ is there already, only its unset `live_since` is set. No file is ever overwritten.

    With --add an existing configuration gets the texts that its rules need and lack, in its languages, and the rules
    that are new, switched off. What is for you to decide is listed. It can be run again at any time.
    """
    if adding and live_since:
        raise click.UsageError("--live-since is for a new configuration: leave out one of the two.")
    try:
        if adding:
            config = _configuration(folder)
            _tell_added(add(config), config)
        else:
            # The one place that may read the clock: it is about this moment, and no account is there to ask.
            _begin(folder or Path(), live_since or datetime.now(UTC))
    except (CannotBegin, CannotAdd) as error:
        fail(str(error))


def _begin(folder: Path, live_since: datetime) -> None:
    try:
        folder.mkdir(parents=True, exist_ok=True)
        begun = begin(folder, live_since)
    except OSError as error:
        fail(f"{folder} cannot be made: {error.strerror}")
    _tell_begun(begun, folder)


def _configuration(folder: Path | None) -> Path:
    """The folder with `account.yaml`: the one named, or its `config/`; without a name the one that `check` reads."""
    if folder is None:
        return settings().config
    return folder if (folder / ACCOUNT).exists() or not (folder / CONFIG).is_dir() else folder / CONFIG


def _tell_begun(begun: Begun, folder: Path) -> None:
    for parent, files in groupby(sorted(begun.written, key=_place), key=lambda path: path.parent):
        names = [path.name for path in files]
        deep = parent.parent != folder and parent != folder
        what = f"{parent}/: {len(names)} files" if deep else ", ".join(str(parent / name) for name in names)
        click.echo(f"wrote {what}")
    click.echo(f"Live since {begun.live_since:%Y-%m-%dT%H:%M:%SZ}: nothing that happened before has any effect.")
    here = folder.resolve() == Path.cwd()
    click.echo(NEXT.format(where="" if here else f", in {folder}"))


def _place(path: Path) -> tuple[Path, str]:
    return path.parent, path.name


def _tell_added(added: Added, config: Path) -> None:
    lacking = added.lacking
    for file in lacking.files:
        click.echo(f"added {config / file}{'  (mode: off)' if file in lacking.rules else ''}")
    if added.schemas:
        click.echo(f"renewed {config / SCHEMAS}/: {', '.join(added.schemas)}")
    if not lacking.files:
        click.echo(f"{config} lacks nothing that its rules need.")
    if lacking.for_customers:
        click.echo("\nCustomers would read these; see them with `zdsync preview NAME --locale LOCALE`:")
        for name, locales in groupby(lacking.for_customers, key=lambda key: key.split("/")[0]):
            click.echo(f"  {name}  {', '.join(key.split('/')[1] for key in locales)}")
    if lacking.left:
        click.echo(f"\nLeft for you to decide; as shipped it is in {added.shipped}:")
        for line in lacking.left:
            click.echo(f"  {line}")
    if lacking.files:
        click.echo("\nNext: `zdsync check`, and `zdsync test`.")
