"""Pull: claim due tickets and reconcile each. The claim is made here, when the work begins, never by the dispatcher."""

from __future__ import annotations

import structlog
from celery import shared_task

from tasks.app import app
from tasks.dispatch import BATCH
from tasks.dispatch import dispatch as dispatch_pulls
from tasks.process import wiring
from zdsync.clock import milliseconds
from zdsync.parts import LEASE_MS
from zdsync.reconcile import reconcile

BATCHES = 10
"""After so many claims the slot is given back, so that heartbeats and polls get their turn."""

log = structlog.get_logger()


@shared_task(name="pull")
def pull() -> None:
    """Reconcile what is due, a batch at a time. A ticket that raises stays leased and comes back; the others go on."""
    parts = wiring().parts
    for _ in range(BATCHES):
        leases = parts.due.claim(BATCH, milliseconds(parts.clock.now()), LEASE_MS)
        if not leases:
            return
        for lease in leases:
            with structlog.contextvars.bound_contextvars(ticket=lease.ticket_id):
                try:
                    reconcile(lease, parts)
                except Exception:
                    log.exception("reconcile failed; the ticket comes back when its lease ends")


@shared_task(name="dispatch")
def dispatch() -> None:
    """The slower twin of the loop in `zdsync beat`."""
    dispatch_pulls(app, wiring())
