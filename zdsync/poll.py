"""Polling: the incremental export tells which tickets have changed, whatever became of their webhooks.

Called by `tasks/poll` twice a minute. Each run begins five minutes before the last whole one began: Redis may have lost
its last second, rows become visible a minute late, and re-reading is cheap, since a row that is not newer than what was
reconciled is dropped without a look at the ticket. After a downtime of any length it goes on from where it stood.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime, timedelta

import structlog

from zdsync.clock import AGREEING, milliseconds
from zdsync.core.model import WorkClass
from zdsync.parts import SETTLE, Parts
from zdsync.zendesk.errors import Rejected, RetryLater
from zdsync.zendesk.exports import Page, Row

OVERLAP = timedelta(minutes=5)

HOLE = timedelta(minutes=1, seconds=10)
"""The export shows nothing of its last minute and refuses a start within it (api-facts 4); clocks differ a little."""

PAGES = 5
"""Per poll at most, of the ten exports that the whole account may make a minute; the cursor is kept for the next."""

CURSOR = "tickets"
"""Where the run that is under way stands; empty between two runs."""

RUN = "tickets:run"
"""When that run began: an ISO instant."""

BEGAN = "tickets:began"
"""When the last run that reached the end began: an ISO instant. All that changed before has been hinted."""

POLLED = "tickets:polled"
"""When a poll last reached the end of the export: an ISO instant, for `/readyz`."""

ENDED = ("closed", "deleted")
"""Looked at once more only to be taken out of the index."""

log = structlog.get_logger()


def poll(parts: Parts) -> int:
    """One poll: hint every ticket that changed since the last one, page by page. Returns the number of hints.

    The cursor is stored after the hints of its page, so a crash repeats a page and loses none. Zendesk unreachable or
    out of budget: the next poll goes on from the same place. Where another poll is under way: nothing.
    """
    with parts.alone("poll") as alone:
        if not alone:
            return 0
        try:
            return _poll(parts)
        except RetryLater as error:
            log.warning("poll waits", why=str(error))
            return 0


def _poll(parts: Parts) -> int:
    hints = 0
    for _ in range(PAGES):
        page = _next_page(parts, parts.clock.now())
        _settle_clock(parts)
        hints += _hint(page.rows, parts.clock.now(), parts)
        if page.end_of_stream:
            _end(parts)
            break
        parts.cache.save_cursor(CURSOR, page.cursor)
    log.info("polled", hints=hints)
    return hints


def _next_page(parts: Parts, now: datetime) -> Page:
    """The page after the stored cursor, or the first of a new run: from before the last whole run began."""
    cursor = parts.cache.cursor(CURSOR)
    if cursor:
        try:
            return parts.zendesk.export_page(cursor=cursor)
        except Rejected as error:
            log.warning("the export's cursor is refused; beginning anew", why=str(error))
    before = parts.cache.cursor(BEGAN)
    if before is None:
        before = now.isoformat()
        parts.cache.save_cursor(BEGAN, before)
    page = parts.zendesk.export_page(start_time=min(datetime.fromisoformat(before) - OVERLAP, now - HOLE))
    parts.cache.save_cursor(RUN, now.isoformat())
    return page


def _settle_clock(parts: Parts) -> None:
    """Ask again at once where the clock has jumped (a virtual machine was paused, say). It takes a new offset from a
    few replies in a row; while it is behind nothing is due, so that polls are the only calls: it would be minutes."""
    for _ in range(AGREEING):
        if parts.clock.steady:
            return
        parts.zendesk.me()


def _end(parts: Parts) -> None:
    """The run has shown everything there was when it began."""
    began = parts.cache.cursor(RUN)
    if began is not None:
        parts.cache.save_cursor(BEGAN, began)
    parts.cache.save_cursor(CURSOR, "")
    parts.cache.save_cursor(POLLED, parts.clock.now().isoformat())


def _hint(rows: Sequence[Row], now: datetime, parts: Parts) -> int:
    """Hint those that are newer than what was last read of them; each is due once its stamp's second is over.

    Our own writes are echoes only once they have been read back: until then somebody may have written in their second.
    """
    seen = parts.cache.echoes([row.id for row in rows])
    tracked = parts.due.tracked([row.id for row in rows if row.status in ENDED])
    hints = 0
    for row in rows:
        if row.id in seen and row.updated_at <= seen[row.id].updated_at:
            continue
        if row.status in ENDED and row.id not in tracked:
            continue
        work: WorkClass = "p1" if row.priority == "urgent" else "live"
        parts.due.hint([row.id], work, milliseconds(max(now, row.updated_at + SETTLE)))
        hints += 1
    return hints
