"""`zdsync maintenance`: where maintenance windows stand, and what does not go by their times.

An order is an internal note with a key on the window's ticket; the worker does what follows from it, as it does for an
agent who writes the same there. Without --apply a command only says what that would be.
"""

from __future__ import annotations

import json
from collections.abc import Iterator
from datetime import datetime
from typing import Any
from zoneinfo import ZoneInfo

import click
from redis.exceptions import RedisError
from rich.table import Table

from zdsync.audience import contacts
from zdsync.cli.context import FINDINGS, console, fail
from zdsync.cli.maintenance_windows import Desk, Known, all_windows, desk_now, find, read_or_end
from zdsync.cli.switches import who
from zdsync.clock import milliseconds
from zdsync.control import read_control
from zdsync.core.announced import tell_by
from zdsync.core.maintenance import order_key, stamp
from zdsync.core.maintenance_plan import new_end, refusal
from zdsync.core.maintenance_settings import audience_of
from zdsync.core.notices import NOTICE_TAG
from zdsync.core.windows import NoSuchTime
from zdsync.maintenance import make_parent, settings_of
from zdsync.wiring import store_of
from zdsync.zendesk import convert
from zdsync.zendesk.errors import ZendeskError


@click.group(short_help="Maintenance windows: where they stand, and what does not go by their times.")
def maintenance() -> None:
    """Maintenance windows: where they stand; announce, start, extend, complete or cancel one.

    Windows are written in maintenance.yaml, or are tickets that agents open. All goes by their times without these
    commands; an agent can say the same in an internal note on the window's ticket: /zdsync maintenance complete.
    """


@maintenance.command("list", short_help="Where the windows stand.")
@click.option("--json", "as_json", is_flag=True, help="For programs.")
def list_(as_json: bool) -> None:
    """Every window of maintenance.yaml and every open ticket of one: whom it was announced to, and what comes next."""
    desk = desk_now()
    known = read_or_end(lambda: list(all_windows(desk)))
    if as_json:
        click.echo(json.dumps([_data(each, desk) for each in known], indent=2, ensure_ascii=False))
        return
    if not known:
        click.echo("No maintenance window is written, and none has an open ticket.")
        return
    table = Table("window", "ticket", "times", "state", "announced to", "next", show_edge=False)
    for each in known:
        times = "\n".join(desk.local(at, each.window) for at in each.times or ())
        ticket = f"#{each.ticket.id}" if each.ticket else ""
        table.add_row(each.id, ticket, times, each.read.state, _told(each, desk), _next(each, desk))
    console().print(table, soft_wrap=False)


_APPLY = click.option("--apply", "with_apply", is_flag=True, help="Do it; without it nothing is changed.")
_WINDOW = click.argument("window")


@maintenance.command(short_help="Announce it now.")
@_WINDOW
@_APPLY
def announce(window: str, with_apply: bool) -> None:
    """Announce WINDOW to its contacts now, rather than as far ahead as the rule says."""
    _order("announce", window, with_apply)


@maintenance.command(short_help="It has started.")
@_WINDOW
@_APPLY
def start(window: str, with_apply: bool) -> None:
    """Say that WINDOW has started, before its time or where that is not by itself."""
    _order("start", window, with_apply)


@maintenance.command(short_help="It ends at another time.")
@_WINDOW
@click.argument("end")
@_APPLY
def extend(window: str, end: str, with_apply: bool) -> None:
    """Say that WINDOW, which has started, ends at END, such as "2026-12-07 03:00" on the clock of its zone."""
    _order("extend", window, with_apply, end)


@maintenance.command(short_help="It is over.")
@_WINDOW
@_APPLY
def complete(window: str, with_apply: bool) -> None:
    """Say that WINDOW is over now."""
    _order("complete", window, with_apply)


@maintenance.command(short_help="It is off.")
@_WINDOW
@_APPLY
def cancel(window: str, with_apply: bool) -> None:
    """Cancel WINDOW: whoever was told of it is told that, and nobody gets a notice any more."""
    _order("cancel", window, with_apply)


def _order(verb: str, window_id: str, with_apply: bool, argument: str = "") -> None:
    desk = desk_now()
    known = read_or_end(lambda: find(window_id, desk))
    zone = ZoneInfo(known.window.zone) if known.window else desk.rulebook.zone
    why = refusal(known.read, known.window, verb, argument, zone, desk.now)
    if not why and verb == "extend":
        argument = stamp(_end(argument, zone))
    if not why and known.ticket is not None and known.ticket.status in ("closed", "deleted"):
        why = f"its ticket #{known.ticket.id} is {known.ticket.status}"
    if why:
        fail(f"{window_id}: {why}.", FINDINGS)
    for line in read_or_end(lambda: list(_effects(verb, known, desk, argument, zone))):
        click.echo(line)
    if desk.rule.mode != "live":
        click.echo(f'The rule "{desk.rule.name}" is in {desk.rule.mode}: the worker would tell nobody.')
    if not with_apply:
        click.echo("Nothing was done. With --apply it is ordered, and the worker does it within seconds.")
        return
    ticket_id = _write(verb, known, desk, argument)
    click.echo(f"Ordered by a note on ticket #{ticket_id}.")


def _end(argument: str, zone: ZoneInfo) -> datetime:
    try:
        return new_end(argument, zone)
    except NoSuchTime as error:
        fail(str(error))


def _effects(verb: str, known: Known, desk: Desk, argument: str, zone: ZoneInfo) -> Iterator[str]:
    """What would follow, in words."""
    if verb == "announce":
        assert known.window is not None, "what is not written is refused"
        audience = audience_of(known.window, settings_of(desk.rule))
        count = len(contacts(audience, desk.parts.zendesk, None, desk.now))
        times = " to ".join(desk.local(at, known.window) for at in known.window.times)
        yield f"{known.id} is announced to {_counted(count, 'contact')}: {times}."
        latest = tell_by(known.window.start, desk.rulebook.zone)
        if known.window.planned and desk.now > latest:
            yield f"It had to be told by {desk.local(latest, known.window)}, so it will count as unplanned."
        return
    told = 0
    if known.ticket is not None:
        told = sum(NOTICE_TAG in each.tags for each in desk.parts.zendesk.incidents(known.ticket.id))
    words = {
        "start": "has started now",
        "extend": f"ends {argument and desk.local(new_end(argument, zone), known.window)}",
        "complete": "is completed now",
        "cancel": "is cancelled",
    }[verb]
    yield f"{known.id} {words}: {_counted(told, 'contact')} {'has' if told == 1 else 'have'} a notice and will be told."
    if verb == "start" and not known.read.planned:
        yield "It was announced as urgent: contacts hear when it is completed, not of its start."


def _write(verb: str, known: Known, desk: Desk, argument: str) -> int:
    """The note; the window's ticket is made where it has none yet."""
    try:
        if (control := read_control(desk.parts.zendesk, desk.now)).stopped:
            fail(f"Everything is stopped by a tag on ticket #{control.ticket_id}: `zdsync release` first.", FINDINGS)
        zendesk, own_id = desk.parts.zendesk, int(desk.parts.account.me()["id"])
        ticket = known.ticket
        if ticket is None:
            assert known.window is not None, "what has neither a ticket nor times is refused"
            ticket = make_parent(known.window, desk.rule, desk.rulebook, zendesk, own_id)
        said = " ".join(["zdsync maintenance", verb, known.id, *([argument] if argument else [])])
        body: dict[str, Any] = {
            "comment": {"body": f"Ordered by {who()} with `{said}`.", "public": False},
            "safe_update": True,
            "updated_stamp": convert.stamp(ticket.updated_at),
            "metadata": {"zdsync_keys": order_key(desk.now, verb, argument)},
        }
        zendesk.update(ticket.id, {"ticket": body})
    except ZendeskError as error:
        fail(f"The note could not be written: {error}. Nothing was ordered; try again.", FINDINGS)
    if desk.settings.redis_url:
        try:
            store_of(desk.settings).due.hint([ticket.id], "live", milliseconds(desk.now))
        except RedisError as error:
            click.echo(f"Redis is away ({error}); the webhook or the next poll tells the worker of it.")
    return ticket.id


# --- showing ------------------------------------------------------------------------------------------------------


def _told(known: Known, desk: Desk) -> str:
    """To how many, from when or until when, and whether that was in time."""
    announced, sent = known.read.announced, known.read.sent
    if announced is None:
        return ""
    if sent is None:
        begins = f"from\n{desk.local(known.begins)}" if known.begins else "under way"
        return f"{announced.contacts or 0}, {'stopped' if known.stopped else begins}"
    latest = tell_by(announced.start, desk.rulebook.zone)
    late = " (late: unplanned)" if known.read.planned and sent.at > latest else ""
    return f"{sent.contacts or 0}{late} by\n{desk.local(sent.at)}"


def _next(known: Known, desk: Desk) -> str:
    if known.ahead.now is not None:
        return known.ahead.now.what
    if known.ahead.wake_at is None:
        return ""
    return f"{_awaited(known, known.ahead.wake_at)}\n{desk.local(known.ahead.wake_at)}"


def _awaited(known: Known, at: datetime) -> str:
    """What its time is for; whether it comes by itself then, or agents are asked for it, is the rule's to say."""
    start, end = known.times or (at, at)
    if known.read.state == "unannounced":
        return "announced"
    if at < start:
        return "reminder"
    if at == start:
        return "start"
    return "near its end" if at < end else "end"


def _data(known: Known, desk: Desk) -> dict[str, Any]:
    def shown(at: datetime | None) -> str | None:
        return at.isoformat() if at else None

    start, end = known.times or (None, None)
    sent = known.read.sent
    return {
        "id": known.id,
        "title": known.title,
        "ticket": known.ticket.id if known.ticket else None,
        "written": known.window.source if known.window else None,
        "start": shown(start),
        "end": shown(end),
        "planned": known.read.planned if known.read.announced else known.window.planned if known.window else None,
        "state": known.read.state,
        "announced": {"contacts": sent.contacts, "at": shown(sent.at)} if sent else None,
        "steps": [{"what": step.what, "at": shown(step.at), "audit": step.audit_id} for step in known.read.steps],
        "next": known.ahead.now.what if known.ahead.now else None,
        "next_at": shown(known.ahead.wake_at),
    }


def _counted(count: int, what: str) -> str:
    return f"{count} {what}{'' if count == 1 else 's'}"
