"""Something is due: publish a few empty pull messages. Any number of dispatchers may run.

The messages carry no ids and no leases, so losing or doubling one costs nothing. `zdsync beat` runs `dispatch` in a
close loop, so that a wake-up is acted on within a moment; the task of the same name is its slower twin in the workers.
"""

from __future__ import annotations

import threading

import structlog
from celery import Celery
from kombu.exceptions import OperationalError
from redis.exceptions import RedisError

from zdsync.clock import milliseconds
from zdsync.wiring import Wiring, heartbeat

BATCH = 10
"""Tickets that one pull claims at a time."""

SLOTS = 4
"""Pull messages that may wait in the queue: enough to wake every idle slot, too few to pile up behind busy ones."""

LOOK_EVERY = 0.05
"""Seconds between two looks at the index: one Redis command each."""

log = structlog.get_logger()


def dispatch(app: Celery, wiring: Wiring) -> int:
    """Publish as many pulls as there is work for; returns how many."""
    due = wiring.parts.due.count_due(milliseconds(wiring.parts.clock.now()))
    if not due:
        return 0
    waiting = wiring.queue_length()
    pulls = max(0, min(SLOTS - waiting, -(-due // BATCH)))
    for _ in range(pulls):
        app.send_task("pull", expires=60)
    return pulls


def dispatch_until(stop: threading.Event, app: Celery, wiring: Wiring) -> None:
    """The close loop of `zdsync beat`. Redis away: it goes on looking."""
    while not stop.wait(LOOK_EVERY):
        try:
            dispatch(app, wiring)
            heartbeat(wiring.store, "beat")
        except (RedisError, OperationalError, OSError) as error:
            log.warning("dispatch waits", why=str(error))
            stop.wait(1.0)
