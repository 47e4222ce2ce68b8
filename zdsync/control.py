"""The control ticket: what is decided for the account as a whole, kept in Zendesk where it survives everything else.

One ticket a month, found by its `external_id`, internal, assigned to nobody's queue. Its tags are the switches; agents
can set them without a shell. `brakes.py` reads it (through a mirror of a minute), `zdsync pause`, `release` and
`doctor --probe` write it.
"""

from __future__ import annotations

from contextlib import suppress
from datetime import datetime, timedelta
from typing import Any

import structlog

from zdsync.core.model import Ticket
from zdsync.store.brakes import Control
from zdsync.zendesk.client import Zendesk
from zdsync.zendesk.convert import stamp
from zdsync.zendesk.errors import Conflict, Rejected

EXTERNAL_ID = "zdsync-control"

STOP_TAG = "zdsync_stop"
"""On the control ticket: no effect of any kind until it is taken off."""

PROBED_TAG = "zdsync_probed"
"""`doctor --probe` has shown that this account refuses stale and parallel writes; without it nothing goes live."""

log = structlog.get_logger()

SWITCHES = frozenset({STOP_TAG, PROBED_TAG})


def external_id(at: datetime) -> str:
    """`zdsync-control-2026-11`."""
    return f"{EXTERNAL_ID}-{at:%Y-%m}"


def read_control(zendesk: Zendesk, now: datetime) -> Control:
    """What the newest control ticket of three months says; without one nothing is stopped, and nothing proven.

    A closed one still says it: whoever closes it by mistake takes no stop off.
    """
    ticket = _newest(zendesk, now)
    return _control(ticket.id, ticket.tags) if ticket is not None else Control(0, stopped=False, probed=False)


def keep_control(zendesk: Zendesk, now: datetime) -> Control:
    """The same for a worker, which also begins each month's ticket: the one before is solved and points to it.

    Without any control ticket none is made: `doctor --probe` makes the first one.
    """
    newest = _newest(zendesk, now)
    if newest is None:
        return read_control(zendesk, now)
    if newest.external_id == external_id(now):
        return _control(newest.id, newest.tags)
    try:
        fresh = _create(zendesk, now, newest)
    except Rejected as error:
        log.error("this month's control ticket is refused; the last one goes on", ticket=newest.id, why=str(error))
        return _control(newest.id, newest.tags)
    _retire(zendesk, newest, fresh.id, now)
    return _control(fresh.id, fresh.tags)


def set_switch(zendesk: Zendesk, now: datetime, tag: str, on: bool, note: str) -> Control:
    """Put a switch on or off, with an internal note that says who and why. Makes this month's ticket where needed.

    Raises `zendesk.errors.Conflict` when somebody writes at the same moment: read again and repeat.
    """
    ticket = _newest(zendesk, now)
    if ticket is None or ticket.external_id != external_id(now) or ticket.status == "closed":
        ticket = _create(zendesk, now, ticket)
    tags = (ticket.tags | {tag}) if on else (ticket.tags - {tag})
    _write(zendesk, ticket, note, f"switch:{now:%Y%m%dT%H%M%SZ}:{tag}", tags=sorted(tags))
    return _control(ticket.id, tags)


def note_on_control(zendesk: Zendesk, ticket_id: int, note: str, keys: str) -> None:
    """An internal note on a control ticket, under its keys (a blank between two). Raises what writing raises."""
    _write(zendesk, zendesk.ticket(ticket_id).ticket, note, keys)


def _retire(zendesk: Zendesk, ticket: Ticket, successor: int, now: datetime) -> None:
    """Only tidiness: the newest ticket counts anyway, so a refusal is left for people to see."""
    with suppress(Conflict, Rejected):
        _write(
            zendesk,
            ticket,
            f"The switches of {now:%B %Y} are on ticket #{successor}; tags here have no effect any more.",
            f"switch:{now:%Y-%m}:next",
            status="solved",
            assignee_id=ticket.assignee_id or ticket.submitter_id,
        )


def _write(zendesk: Zendesk, ticket: Ticket, note: str, key: str, **changes: object) -> None:
    body: dict[str, Any] = {
        **changes,
        "comment": {"body": note, "public": False},
        "safe_update": True,
        "updated_stamp": stamp(ticket.updated_at),
        "metadata": {"zdsync_keys": key},
    }
    zendesk.update(ticket.id, {"ticket": body})


def _control(ticket_id: int, tags: frozenset[str]) -> Control:
    return Control(ticket_id, stopped=STOP_TAG in tags, probed=PROBED_TAG in tags)


def _newest(zendesk: Zendesk, now: datetime) -> Ticket | None:
    found = (_find(zendesk, month) for month in _months(now))
    return next((ticket for ticket in found if ticket is not None), None)


def _find(zendesk: Zendesk, at: datetime) -> Ticket | None:
    """The month's ticket: the first that can still be written, else the last that was closed."""
    found = zendesk.tickets_by_external_id(external_id(at))
    unclosed = [each for each in found if each.status not in _ENDED]
    closed = [each for each in found if each.status == "closed"]
    return min(unclosed, key=lambda each: each.id, default=max(closed, key=lambda each: each.id, default=None))


_ENDED = ("closed", "deleted")


def _create(zendesk: Zendesk, now: datetime, before: Ticket | None) -> Ticket:
    """The month's ticket, with the switches of the one before. Twice at once makes one: the key is the month's."""
    name = external_id(now)
    body = {
        "ticket": {
            "external_id": name,
            "subject": f"zdsync: switches of this account, {now:%B %Y}",
            "comment": {
                "body": "zdsync keeps here what holds for the whole account. To stop every effect, add the tag "
                f"{STOP_TAG}; take it off to go on. Leave this ticket unsolved.",
                "public": False,
            },
            "type": "task",
            "priority": "low",
            "status": "hold",
            "tags": sorted(before.tags & SWITCHES) if before is not None else [],
        }
    }
    return zendesk.create_ticket(body, idempotency_key=name)


def _months(now: datetime) -> list[datetime]:
    first = now.replace(day=1)
    before = (first - timedelta(days=1)).replace(day=1)
    return [now, before, (before - timedelta(days=1)).replace(day=1)]
