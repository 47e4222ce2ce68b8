"""Works out what the public status page shows. Called by `tasks/upkeep` where it is switched on, often.

Only reads, with the share of what can wait; Zendesk away or out of budget: the page goes on with what it has, and says
of when it is.
"""

from __future__ import annotations

from collections.abc import Iterable
from datetime import timedelta
from typing import Final

import structlog

from zdsync.core.model import Facts, Person
from zdsync.core.spans import Span
from zdsync.core.status import AHEAD, DAYS, status
from zdsync.parts import Parts
from zdsync.reports.availability import Source, fetch
from zdsync.rules.current import RulesDiffer
from zdsync.store.status import StatusPage
from zdsync.zendesk.errors import ZendeskError

EVERY: Final = timedelta(minutes=5)
"""What is younger stays: some tens of calls each time."""

log = structlog.get_logger()


def write(parts: Parts, page: StatusPage) -> None:
    """Where nothing is known, at once; else every five minutes."""
    with parts.alone("status") as alone:
        if not alone:
            return
        try:
            _write(parts, page)
        except (ZendeskError, RulesDiffer) as error:
            log.warning("the status page waits", why=str(error))


def _write(parts: Parts, page: StatusPage) -> None:
    rulebook = parts.rulebook()
    policy = rulebook.availability
    if policy is None:
        log.warning("there is no status page without config/availability.yaml")
        return

    def facts(people: Iterable[Person]) -> Facts:
        return parts.facts(rulebook, {each.id: each for each in people})

    now, known = parts.clock.now(), page.load()
    if known is not None and known.at <= now < known.at + EVERY:
        return
    span = Span(now - timedelta(days=DAYS + 1), now + AHEAD)
    found = fetch(Source(parts.zendesk, rulebook, facts), span, now)
    page.save(status(policy, found.outages, found.windows, now, rulebook.live_since))
