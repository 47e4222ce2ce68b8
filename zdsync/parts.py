"""What the flows work with, and what a pass over one ticket comes to."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from contextlib import AbstractContextManager
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Literal

from zdsync.brakes import Brakes
from zdsync.clock import Clock
from zdsync.core.model import Facts, Person, WorkClass
from zdsync.core.rulebook import Rulebook
from zdsync.core.suspended import Suspended
from zdsync.linked import Kept
from zdsync.post import Office
from zdsync.store.cache import Cache
from zdsync.store.campaigns import Campaigns
from zdsync.store.due import Due
from zdsync.store.epoch import Epoch
from zdsync.store.metrics import Metrics
from zdsync.store.shadow import Shadow
from zdsync.zendesk.client import Zendesk
from zdsync.zendesk.errors import NotFound

SETTLE = timedelta(seconds=2)
"""Stamps have whole seconds: a ticket is left alone until its last second is surely over."""

HELD_BACK = timedelta(hours=1)
"""How long an update that Zendesk refuses is not tried again."""

LEASE_MS = 180_000
"""Redis' own milliseconds; longer than one ticket ever takes: five calls with their time limits and repeats."""


@dataclass(frozen=True)
class Parts:
    """What the flow works with; `wiring.py` builds it once per process."""

    clock: Clock
    due: Due
    cache: Cache
    campaigns: Campaigns
    kept: Kept
    epoch: Epoch
    zendesk: Zendesk
    brakes: Brakes
    shadow: Shadow
    metrics: Metrics
    rulebook: Callable[[], Rulebook]
    """The rulebook in force. Raises `RulesDiffer` where this process has another one."""
    own_id: Callable[[], int]
    """The user that we write as."""
    own_user_ids: Callable[[Rulebook], frozenset[int]]
    """It and its predecessors."""
    facts: Callable[[Rulebook, Mapping[int, Person]], Facts]
    """What decisions need of the account, with these people; `with_linked` adds other tickets."""
    alone: Callable[[str], AbstractContextManager[bool]]
    """Whether this process alone may do a thing by this name now."""
    updates_per_minute: Callable[[datetime], float]
    """How many tickets the account's limits let us update."""
    notices_per_minute: Callable[[datetime], float]
    """How many the account's limits let us send."""
    hands: Callable[[], tuple[Zendesk, ...]] = lambda: ()
    """Further clients, for creating several notices at a time."""
    office: Office | None = None
    """Where mails outside of Zendesk leave; None: nowhere."""

    def read_set_aside(self, work: WorkClass, ticket_id: int, mail_id: int) -> Suspended:
        """One mail that was set aside; one that is gone is not looked for on this ticket again."""
        try:
            return self.zendesk.suspended_mail(mail_id, work)
        except NotFound:
            self.cache.forget_set_aside(ticket_id, mail_id)
            raise


@dataclass(frozen=True, slots=True)
class Outcome:
    """How a pass over one ticket ended, and when it is due again."""

    what: Literal["settled", "updated", "later", "removed", "dropped"]
    why: str = ""
    wake_at: datetime | None = None
    """None: the index looks again within 24 hours by itself."""
    not_before: datetime | None = None
    """No hint makes it due earlier (a rate limit's reset)."""
    work: WorkClass = "live"
    did: tuple[str, ...] = ()
