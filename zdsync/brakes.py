"""Brakes before engines: whether an update that was decided on may be carried out now.

`reconcile.py` asks between deciding and writing. A refusal has a reason and a moment to ask again; nothing is lost by
it, since the ticket comes back and is decided on afresh. What bounds a single ticket is decided in the core.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime, timedelta

import structlog

from zdsync.clock import Clock
from zdsync.core.model import Update
from zdsync.core.rulebook import Rulebook
from zdsync.store.brakes import Brakes as Store
from zdsync.store.brakes import Capped, Control, Counted

ASK_AGAIN = timedelta(minutes=1)
"""While stopped: how soon a ticket looks whether it may go on."""

STEADY_AGAIN = timedelta(seconds=10)

log = structlog.get_logger()


@dataclass(frozen=True, slots=True)
class Refusal:
    """Why an update waits, and until when."""

    why: str
    until: datetime


@dataclass(frozen=True, slots=True)
class Allowed:
    """The update may go out. `counted` is given back if it certainly did not."""

    counted: Counted | None = None


class Brakes:
    """The account's brakes. `read_control` reads the control ticket when Redis' copy is over a minute old."""

    def __init__(self, store: Store, clock: Clock, read_control: Callable[[datetime], Control]) -> None:
        self._store = store
        self._clock = clock
        self._read_control = read_control

    def ask(self, ticket_id: int, update: Update, rulebook: Rulebook, now: datetime) -> Allowed | Refusal:
        """May it go out now? A message is counted against the caps. An empty Redis only costs a look at Zendesk.

        The hourly caps are not for what goes to a whole audience: as many are sent as it has contacts, and a person has
        seen the number before.
        """
        refusal = self.stopped(now)
        if refusal is not None:
            return refusal
        if not update.speaks or update.to_all:
            return Allowed()
        return self._count(ticket_id, update, rulebook, now)

    def stopped(self, now: datetime) -> Refusal | None:
        """Why nothing may go out now, whatever it is: also asked before each notice of a campaign."""
        if not self._clock.steady:
            return Refusal("the clock has jumped; waiting until it is steady", now + STEADY_AGAIN)
        control = self._store.control()
        if control is None:
            control = self._read_control(now)
            self._store.save_control(control)
        stopped = self._store.paused()
        if stopped is not None:
            return Refusal(f"no effects: {stopped}", now + ASK_AGAIN)
        if not control.probed:
            return Refusal("no effects: this account is not probed; run `zdsync doctor --probe`", now + ASK_AGAIN)
        return None

    def give_back(self, allowed: Allowed) -> None:
        """Zendesk refused the update, so it does not count."""
        if allowed.counted is not None:
            self._store.give_back(allowed.counted)

    def _count(self, ticket_id: int, update: Update, rulebook: Rulebook, now: datetime) -> Allowed | Refusal:
        caps = rulebook.caps
        answer = self._store.count(
            ticket_id,
            update.rules,
            now,
            per_ticket_per_day=caps.per_ticket_per_day,
            per_hour=caps.per_hour,
            per_rule_per_hour=caps.per_rule_per_hour,
        )
        if isinstance(answer, Capped):
            whose = f' of rule "{answer.rule}"' if answer.rule else ""
            log.warning(
                "a cap on messages is reached", cap=answer.cap, rule=answer.rule, until=answer.until.isoformat()
            )
            return Refusal(f"the cap {answer.cap}{whose} is reached", answer.until)
        return Allowed(answer)
