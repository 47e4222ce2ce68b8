"""Looks through the mail that Zendesk has set aside: the tickets that it names are looked at, an outage is told of.

Called by `tasks/upkeep` every few minutes, where a rule asks for it. Such mail fires no webhook and is in no export. A
ticket that a mail names becomes due, and `mailed_files` decides what is said there, with a key, so once; what names no
ticket has none to say it on, so the log and a metric tell of what sounds like an outage. All of it may be repeated.
"""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime, timedelta

import structlog

from zdsync.clock import milliseconds
from zdsync.core.suspended import KEPT, Suspended
from zdsync.linked import wants_set_aside
from zdsync.parts import Parts
from zdsync.rules.current import RulesDiffer
from zdsync.zendesk.errors import NotFound, Rejected, RetryLater

OVERLAP = timedelta(minutes=30)
"""Each look begins so long before the last whole one began: a mail may become visible late."""

PAGES = 20
"""A hundred mails each; a flood of spam is not read to its end."""

PLACE = "suspended"
"""When the last whole look began: an ISO instant, or `REFUSED`."""

REFUSED = "refused"

log = structlog.get_logger()


def look_through(parts: Parts) -> int:
    """One look at what has been set aside since the last one, or since `live_since`. Returns how many mails were new
    and mattered.

    An account whose user may not read such mail: said once in the log, and asked again at the next look. Zendesk
    unreachable or out of budget: the next look goes on from where the last whole one began.
    """
    with parts.alone("suspended") as alone:
        if not alone:
            return 0
        place = parts.cache.cursor(PLACE) or ""
        try:
            return _look_through(place, parts)
        except (NotFound, Rejected) as error:
            if place != REFUSED:
                do = "let zdsync's user manage suspended tickets, or write `set_aside: false` in the rule"
                log.warning("mail that was set aside cannot be read", why=str(error), do=do)
            parts.cache.save_cursor(PLACE, REFUSED)
        except (RetryLater, RulesDiffer) as error:
            log.warning("the look at mail that was set aside waits", why=str(error))
        return 0


def _look_through(place: str, parts: Parts) -> int:
    rulebook, now = parts.rulebook(), parts.clock.now()
    if not list(wants_set_aside(rulebook)):
        return 0
    since = max(rulebook.live_since, now - KEPT)
    if place not in ("", REFUSED):
        since = max(since, datetime.fromisoformat(place) - OVERLAP)
    handled = 0
    for number, page in enumerate(parts.zendesk.suspended_since(since), start=1):
        handled += _handle([mail for mail in page if not mail.is_automatic], parts)
        if number == PAGES:
            log.warning("more mail was set aside than is looked through", mails=PAGES * 100)
            break
    parts.cache.save_cursor(PLACE, now.isoformat())
    return handled


def _handle(mails: Iterable[Suspended], parts: Parts) -> int:
    """Those that matter and are new. What is done is marked last: a crash repeats it and loses nothing."""
    matter = [mail for mail in mails if mail.named or mail.kind == "outage"]
    done = parts.cache.handled([mail.id for mail in matter])
    fresh = [mail for mail in matter if mail.id not in done]
    for mail in fresh:
        for ticket_id in mail.named:
            parts.cache.keep_set_aside(ticket_id, mail.id)
        parts.due.hint(mail.named, "live", milliseconds(parts.clock.now()))
        if mail.kind == "outage":
            parts.metrics.count("zdsync_suspended_outages_total")
            do = "look under Views > Suspended tickets, or at `zdsync report suspended`"
            words = "mail that was set aside sounds like an outage"
            log.warning(words, mail=mail.id, cause=mail.why, names=list(mail.named), do=do)
        parts.cache.keep_handled(mail.id)
    return len(fresh)
