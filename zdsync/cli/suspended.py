"""`zdsync report suspended`: mail that Zendesk has set aside and that an agent should look at. Reads the API only."""

from __future__ import annotations

import json
from collections.abc import Sequence
from typing import Any

import click
from rich.table import Table

from zdsync.cli.context import FINDINGS, account_settings, console, fail
from zdsync.cli.pace import Pace
from zdsync.core.suspended import Suspended, reasons
from zdsync.wiring import reading
from zdsync.zendesk.errors import ZendeskError


@click.command(short_help="Mail that was set aside and should be looked at.")
@click.option("--json", "as_json", is_flag=True, help="For programs.")
def suspended(as_json: bool) -> None:
    """Mail that Zendesk has set aside: what names or answers a ticket, or sounds like an outage.

    It is no ticket and is gone after two weeks. Recover it in Zendesk, under Suspended tickets, once you know who
    has sent it.
    """
    parts = reading(account_settings())
    pace = Pace.of(parts.session, lambda words: click.echo(words, err=True))
    try:
        every = pace.patiently(parts.zendesk.suspended)
    except ZendeskError as error:
        fail(f"{parts.settings.base_url} could not be read: {error}", FINDINGS)
    shown = sorted(
        (mail for mail in every if reasons(mail)), key=lambda mail: (mail.kind != "outage", mail.at, mail.id)
    )
    if as_json:
        click.echo(json.dumps([_data(mail) for mail in shown], indent=2, ensure_ascii=False))
    else:
        _show(shown, len(every) - len(shown))


def _data(mail: Suspended) -> dict[str, Any]:
    return {
        "id": mail.id,
        "at": mail.at.isoformat(),
        "sender": mail.sender,
        "cause": mail.cause,
        "ticket": mail.ticket_id,
        "reasons": list(reasons(mail)),
    }


def _show(shown: Sequence[Suspended], others: int) -> None:
    rest = f"{others} other{'s' if others != 1 else ''}" if others else "nothing else"
    if not shown:
        click.echo(f"No mail that was set aside names a ticket or sounds like an outage ({rest} set aside).")
        return
    table = Table("when (UTC)", "from", "set aside because", "look at it because", show_edge=False)
    for mail in shown:
        table.add_row(f"{mail.at:%a %d %b %H:%M}", mail.sender, mail.cause, "; ".join(reasons(mail)))
    console().print(table, soft_wrap=False)
    click.echo(f"{len(shown)} to be looked at, {rest} set aside. Nothing tells who has really sent them.")
