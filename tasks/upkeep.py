"""What keeps the rest going: ended leases, heartbeats, changed rules, an emptied index, and what no webhook tells of:
mail that was set aside, maintenance windows."""

from __future__ import annotations

import structlog
from celery import shared_task

from tasks.process import wiring
from zdsync.maintenance import keep_windows
from zdsync.resync import go_on
from zdsync.rules.load import RulesError
from zdsync.set_aside import look_through
from zdsync.status import write
from zdsync.watch import look
from zdsync.wiring import heartbeat as beat
from zdsync.zendesk.errors import ZendeskError

log = structlog.get_logger()


@shared_task(name="heartbeat")
def heartbeat() -> None:
    """Proves the whole chain from beat over the broker to a slot."""
    beat(wiring().store, "worker")


@shared_task(name="reap")
def reap() -> None:
    """Put back what crashed workers have left."""
    wiring().reap()


@shared_task(name="rules")
def rules() -> None:
    """Take over changed rules, if they are without fault."""
    try:
        wiring().take_over_rules()
    except (ZendeskError, RulesError) as error:  # in the sandbox they are live since our user was made
        log.warning("rules wait", why=str(error))


@shared_task(name="resync")
def resync() -> None:
    """A few pages of the resync that is under way, or that an emptied index needs."""
    go_on(wiring().parts)


@shared_task(name="watch")
def watch() -> None:
    """Ask the product's address, if it is time for it; mostly, and without a probe always, nothing."""
    look(wiring().parts)


@shared_task(name="status")
def status() -> None:
    """What the public status page shows, where it is switched on."""
    if wiring().settings.status_page:
        write(wiring().parts, wiring().store.status)


@shared_task(name="set_aside")
def set_aside() -> None:
    """Look through the mail that Zendesk has set aside; where another look is under way, nothing."""
    look_through(wiring().parts)


@shared_task(name="windows")
def windows() -> None:
    """The tickets of maintenance windows that are due to be announced; mostly no call."""
    keep_windows(wiring().parts)
