"""Resync: make every unclosed ticket due, so that an index which was emptied is whole again. Never deletes anything.

`zdsync resync` asks for one; an index without an epoch (emptied, or never filled) asks by itself. `tasks/upkeep` calls
`go_on` every few seconds, which lists a few pages and keeps its place, so that neither a rate limit nor a large account
holds a worker. It may run while everything is live.
"""

from __future__ import annotations

from datetime import datetime, timedelta

import msgspec
import structlog

from zdsync.clock import milliseconds
from zdsync.core.model import WorkClass
from zdsync.parts import Parts
from zdsync.poll import BEGAN, CURSOR
from zdsync.rules.current import RulesDiffer
from zdsync.zendesk.errors import RetryLater
from zdsync.zendesk.exports import Row

SPREAD = timedelta(hours=24)
"""Tickets that have not moved since before `live_since` can have no effect yet: they are looked at within a day."""

PAGES = 20
"""A hundred tickets each; then the slot is given back."""

GOLDEN = 0.6180339887498949
"""Multiples of it, taken modulo one, are spread evenly: neighbouring ids lie far apart in the day."""

PLACE = "resync"

log = structlog.get_logger()


class _Place(msgspec.Struct):
    """How far a resync has come."""

    token: str
    cursor: str = ""
    tickets: int = 0


def begin(parts: Parts) -> bool:
    """Begin a resync, unless one is under way. `go_on` does the work.

    The poll is set back to this moment less its overlap, so that what changes while the list is read is found as well.
    """
    token = parts.epoch.begin_resync()
    if token is None:
        return False
    parts.cache.save_cursor(CURSOR, "")
    parts.cache.save_cursor(BEGAN, parts.clock.now().isoformat())
    _keep(_Place(token), parts)
    return True


def go_on(parts: Parts) -> int:
    """List a few pages of the resync that is under way or needed; returns how many tickets were hinted."""
    with parts.alone("resync") as alone:
        if not alone:
            return 0
        place = _place(parts)
        if place is None:
            if parts.epoch.state() != "missing" or not begin(parts):
                return 0
            place = _place(parts)
        try:
            return 0 if place is None else _pages(place, parts)
        except (RetryLater, RulesDiffer) as error:
            log.warning("resync waits", why=str(error))
            return 0


def _pages(place: _Place, parts: Parts) -> int:
    live_since = parts.rulebook().live_since
    before = place.tickets
    # Until an emptied index is whole much of what is due can only be looked at in vain (`carry_out.REFILLED_AGAIN`).
    # Behind that the listing might never have its turn: a thousand notices are as many looks.
    work: WorkClass = "bulk" if parts.epoch.state() == "set" else "p1"
    for _ in range(PAGES):
        if not parts.epoch.keep_resync(place.token):
            _again(place, parts)
            break
        page = parts.zendesk.unclosed_page(place.cursor, work)
        _hint(page.rows, live_since, parts)
        place = _Place(place.token, page.cursor, place.tickets + len(page.rows))
        if page.end_of_stream:
            _end(place, parts)
            break
        _keep(place, parts)
    return place.tickets - before


def _end(place: _Place, parts: Parts) -> None:
    parts.cache.save_cursor(PLACE, "")
    if parts.epoch.end_resync(place.token, parts.clock.now()):
        log.info("resynced", tickets=place.tickets)
    else:
        _again(place, parts)


def _again(place: _Place, parts: Parts) -> None:
    """Redis was emptied meanwhile, or nobody went on for minutes. Where somebody else has begun, theirs goes on."""
    log.warning("the resync lost its place; it begins again", tickets=place.tickets)
    begin(parts)


def _hint(rows: tuple[Row, ...], live_since: datetime, parts: Parts) -> None:
    now = parts.clock.now()
    for row in rows:
        at = now if row.updated_at >= live_since else now + SPREAD * ((row.id * GOLDEN) % 1.0)
        parts.due.hint([row.id], "bulk", milliseconds(at))


def _place(parts: Parts) -> _Place | None:
    kept = parts.cache.cursor(PLACE)
    return msgspec.json.decode(kept, type=_Place) if kept else None


def _keep(place: _Place, parts: Parts) -> None:
    parts.cache.save_cursor(PLACE, msgspec.json.encode(place).decode())
