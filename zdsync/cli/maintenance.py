"""`zdsync maintenance`: where maintenance windows stand, and what does not go by their times.

An order is an internal note with a key on the window's ticket; the worker does what follows from it, as it does for an
agent who writes the same there. Without --apply a command only says what that would be.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final, NoReturn, TypeVar
from zoneinfo import ZoneInfo

import click
from redis.exceptions import RedisError
from rich.table import Table

from zdsync.audience import contacts
from zdsync.cli.context import FINDINGS, account_settings, console, fail
from zdsync.cli.seen import facts_of
from zdsync.cli.switches import who
from zdsync.clock import milliseconds
from zdsync.control import read_control
from zdsync.core.announced import tell_by
from zdsync.core.history import Reading
from zdsync.core.maintenance import TAG, Maintenance, order_key, stamp, window_of
from zdsync.core.maintenance import maintenance as read_parent
from zdsync.core.maintenance_plan import Outlook, Pace, new_end, outlook, refusal
from zdsync.core.model import History, Ticket
from zdsync.core.notices import NOTICE_TAG
from zdsync.core.rulebook import Rule, Rulebook
from zdsync.core.templates import FALLBACK
from zdsync.core.windows import NoSuchTime, Window
from zdsync.linked import ids_of_people
from zdsync.maintenance import find_parent, make_parent, rule_of, settings_of
from zdsync.rules.load import RulesError
from zdsync.settings import Settings
from zdsync.wiring import Reading as Parts
from zdsync.wiring import loader, reading, store_of
from zdsync.zendesk import convert
from zdsync.zendesk.errors import NotFound, ZendeskError

T = TypeVar("T")

MOST: Final = 100
"""Windows' tickets that are looked for in Zendesk besides those of the file."""


@dataclass(frozen=True)
class _Desk:
    """The account and its rules."""

    settings: Settings
    parts: Parts
    rulebook: Rulebook
    rule: Rule
    now: datetime

    def local(self, at: datetime, window: Window | None = None) -> str:
        zone = ZoneInfo(window.zone) if window is not None else self.rulebook.zone
        return f"{at.astimezone(zone):%a %d %b %Y %H:%M}"


@dataclass(frozen=True)
class _Known:
    """A window, as far as it is written and has a ticket."""

    id: str
    window: Window | None
    ticket: Ticket | None
    read: Maintenance
    ahead: Outlook

    @property
    def title(self) -> str:
        return self.window.title[FALLBACK] if self.window else self.ticket.subject if self.ticket else ""

    @property
    def times(self) -> tuple[datetime, datetime] | None:
        held = self.read.present
        return held.times if held is not None else self.window.times if self.window else None


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
    desk = _desk()
    known = _reading(lambda: list(_all(desk)))
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
    desk = _desk()
    known = _reading(lambda: _find(window_id, desk))
    zone = ZoneInfo(known.window.zone) if known.window else desk.rulebook.zone
    why = refusal(known.read, known.window, verb, argument, zone, desk.now)
    if not why and verb == "extend":
        argument = stamp(_end(argument, zone))
    if not why and known.ticket is not None and known.ticket.status in ("closed", "deleted"):
        why = f"its ticket #{known.ticket.id} is {known.ticket.status}"
    if why:
        fail(f"{window_id}: {why}.", FINDINGS)
    for line in _reading(lambda: list(_effects(verb, known, desk, argument, zone))):
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


def _effects(verb: str, known: _Known, desk: _Desk, argument: str, zone: ZoneInfo) -> Iterator[str]:
    """What would follow, in words."""
    if verb == "announce":
        assert known.window is not None, "what is not written is refused"
        audience = known.window.audience or settings_of(desk.rule).audience
        count = len(contacts(audience, desk.parts.zendesk, None, desk.now))
        times = " to ".join(desk.local(at, known.window) for at in known.window.times)
        yield f"{known.id} is announced to {_counted(count, 'contact')}: {times} ({zone.key})."
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


def _write(verb: str, known: _Known, desk: _Desk, argument: str) -> int:
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


# --- reading ------------------------------------------------------------------------------------------------------


def _desk() -> _Desk:
    settings = account_settings()
    parts = reading(settings)

    def read() -> _Desk:
        rulebook = loader(settings, parts.account)()
        rule = rule_of(rulebook)
        if rule is None:
            fail("No rule that is on has the automation maintenance; `zdsync init` has one to copy.", FINDINGS)
        parts.zendesk.me()
        return _Desk(settings, parts, rulebook, rule, parts.clock.now())

    return _reading(read)


def _reading(read: Callable[[], T]) -> T:
    """What it gives; ends the command, in words, where the account or the rules cannot be read."""
    try:
        return read()
    except RulesError as error:
        fail("\n".join(str(finding) for finding in error.findings), FINDINGS)
    except ZendeskError as error:
        fail(f"The account could not be read: {error}", FINDINGS)


def _all(desk: _Desk) -> Iterator[_Known]:
    """Those of the file in its order, then open tickets of others."""
    seen: set[int] = set()
    for window in desk.rulebook.windows.values():
        known = _of_file(window, desk)
        seen |= {known.ticket.id} if known.ticket else set()
        yield known
    for ticket in desk.parts.zendesk.newest(f"tags:{TAG} ticket_type:problem", MOST):
        if ticket.id not in seen and ticket.status not in ("solved", "closed", "deleted"):
            known_ticket = _of_ticket(ticket, desk)
            if known_ticket is not None:
                yield known_ticket


def _find(window_id: str, desk: _Desk) -> _Known:
    window = desk.rulebook.windows.get(window_id)
    if window is not None:
        return _of_file(window, desk)
    own = desk.rulebook.own_user_ids | {int(desk.parts.account.me()["id"])}
    ticket = find_parent(window_id, desk.parts.zendesk, own)
    kind, _, number = window_id.rpartition("-")
    if ticket is None and kind == "ticket" and number.isdecimal():
        try:
            ticket = desk.parts.zendesk.ticket(int(number)).ticket
        except NotFound:
            _unknown(window_id, desk)
    known = _of_ticket(ticket, desk) if ticket is not None else None
    if known is None or known.id != window_id:
        _unknown(window_id, desk)
    return known


def _unknown(window_id: str, desk: _Desk) -> NoReturn:
    written = ", ".join(desk.rulebook.windows) or "none"
    fail(f"There is no maintenance window {window_id}. In maintenance.yaml: {written}.")


def _of_file(window: Window, desk: _Desk) -> _Known:
    own = desk.rulebook.own_user_ids | {int(desk.parts.account.me()["id"])}
    ticket = find_parent(window.id, desk.parts.zendesk, own)
    if ticket is None:
        read = Maintenance(window.id, 0)
        return _Known(window.id, window, None, read, outlook(read, window, _pace(desk), desk.now, desk.now))
    known = _of_ticket(ticket, desk, window)
    assert known is not None, "it has the window's external id"
    return known


def _of_ticket(ticket: Ticket, desk: _Desk, window: Window | None = None) -> _Known | None:
    history = History(ticket, desk.parts.zendesk.audits(ticket.id))
    people = desk.parts.zendesk.users(ids_of_people(ticket, history.audits))
    seen = Reading(history, facts_of(desk.parts, desk.rulebook, people))
    window_id = window_of(seen)
    read = read_parent(seen)
    if window_id is None or read is None:
        return None
    ahead = outlook(read, window, _pace(desk), ticket.created_at, desk.now)
    return _Known(window_id, window, ticket, read, ahead)


def _pace(desk: _Desk) -> Pace:
    return settings_of(desk.rule).pace


def _told(known: _Known, desk: _Desk) -> str:
    """To how many, until when, and whether that was in time."""
    announced, sent = known.read.announced, known.read.sent
    if announced is None:
        return ""
    if sent is None:
        return f"{announced.contacts or 0}, under way"
    latest = tell_by(announced.start, desk.rulebook.zone)
    late = " (late: unplanned)" if known.read.planned and sent.at > latest else ""
    return f"{sent.contacts or 0} by {desk.local(sent.at)}{late}"


def _next(known: _Known, desk: _Desk) -> str:
    if known.ahead.now is not None:
        return known.ahead.now.what
    if known.ahead.wake_at is None:
        return ""
    return f"{_awaited(known, known.ahead.wake_at)} {desk.local(known.ahead.wake_at)}"


def _awaited(known: _Known, at: datetime) -> str:
    """What its time is for; whether it comes by itself then, or agents are asked for it, is the rule's to say."""
    start, end = known.times or (at, at)
    if known.read.state == "unannounced":
        return "announced"
    if at < start:
        return "reminder"
    if at == start:
        return "start"
    return "near its end" if at < end else "end"


def _data(known: _Known, desk: _Desk) -> dict[str, Any]:
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
