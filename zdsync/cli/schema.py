"""`zdsync schema`: what may be written where, for editors and as a reference."""

from __future__ import annotations

import json

import click

from zdsync.core.automations import AUTOMATIONS
from zdsync.rules.findings import suggest
from zdsync.rules.schema import files, settings_schema


@click.command()
@click.argument("name", default="rules")
def schema(name: str) -> None:
    """Print the JSON Schema of NAME: account, schedules, rules, stories, or an automation (settings, with an example).

    `zdsync init` has written the first four beside the files already.
    """
    found = files()
    if name in AUTOMATIONS:
        found[name] = settings_schema(AUTOMATIONS[name])
    if name not in found:
        raise click.BadParameter(f"{name!r} has none; {suggest(name, (*found, *AUTOMATIONS))}", param_hint="NAME")
    click.echo(json.dumps(found[name], ensure_ascii=False, indent=1))
