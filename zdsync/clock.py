"""The account's clock: the one place that reads the time.

Zendesk's time is what counts: stamps, windows and due times are compared with what Zendesk says, and a machine's clock
may be wrong. `reconcile.py`, the poller, the receiver and the dispatcher ask `now()`; the HTTP session feeds `observe`
with the `Date` header of every reply. Leases are not measured here: they use Redis' own time.
"""

from __future__ import annotations

import time
from collections import deque
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from statistics import median
from typing import Protocol

import requests

JUMP = timedelta(seconds=5)
"""An offset that moves by more than this is not trusted until it has been seen again."""

AGREEING = 3
"""So many replies in a row must agree on a new offset before effects are allowed again."""

KEPT = 15
"""Offsets that the median is taken over: `Date` has whole seconds, so a single one is off by up to half a second."""


class Clock(Protocol):
    """What the rest of zdsync knows of time."""

    def now(self) -> datetime:
        """The account's time, aware, UTC."""
        ...

    def observe(self, date: datetime) -> None:
        """Take in the `Date` of a reply that has just arrived."""
        ...

    @property
    def steady(self) -> bool:
        """Whether effects may be based on it; reading goes on either way."""
        ...


class AccountClock:
    """Local time plus the median offset to Zendesk's.

    `shared` reads, and `share` publishes, the offset in seconds between processes: the receiver and the dispatcher make
    no API calls of their own, so they take over what the workers have measured.
    """

    def __init__(
        self,
        local: Callable[[], float] = time.time,
        *,
        shared: Callable[[], float | None] = lambda: None,
        share: Callable[[float], None] = lambda offset: None,
    ) -> None:
        self._local = local
        self._shared = shared
        self._share = share
        self._offsets: deque[float] = deque(maxlen=KEPT)
        self._doubted: list[float] = []
        self._read_at = float("-inf")
        self._taken_over = 0.0

    def now(self) -> datetime:
        return datetime.fromtimestamp(self._local() + self.offset, UTC)

    @property
    def offset(self) -> float:
        """Seconds to add to local time."""
        if self._offsets:
            return median(self._offsets)
        local = self._local()
        if not 0 <= local - self._read_at < 5:
            self._read_at = local
            self._taken_over = self._shared() or 0.0
        return self._taken_over

    @property
    def steady(self) -> bool:
        return not self._doubted

    def observe(self, date: datetime) -> None:
        # The header is cut to whole seconds: on average the reply is half a second younger than it says.
        seen = date.timestamp() + 0.5 - self._local()
        if self._offsets and abs(seen - median(self._offsets)) > JUMP.total_seconds():
            self._doubt(seen)
            return
        self._doubted.clear()
        self._offsets.append(seen)
        if len(self._offsets) in (1, KEPT):
            self._share(self.offset)

    def _doubt(self, seen: float) -> None:
        """Collect what disagrees; when enough replies in a row say the same, it is the new truth."""
        if self._doubted and abs(seen - median(self._doubted)) > JUMP.total_seconds():
            self._doubted.clear()
        self._doubted.append(seen)
        if len(self._doubted) >= AGREEING:
            self._offsets = deque(self._doubted, maxlen=KEPT)
            self._doubted.clear()
            self._share(self.offset)


class SandboxClock:
    """The sandbox's clock, read over its control API: it may jump by days whenever nothing is under way."""

    steady = True

    def __init__(self, control_url: str) -> None:
        self._url = f"{control_url.rstrip('/')}/clock"
        self._session = requests.Session()

    def now(self) -> datetime:
        reply = self._session.get(self._url, timeout=5)
        reply.raise_for_status()
        return datetime.fromtimestamp(reply.json()["epoch_ms"] / 1000, UTC)

    def observe(self, date: datetime) -> None:
        """Nothing to learn: the control API is exact."""


def milliseconds(at: datetime) -> int:
    """The due index's unit."""
    return round(at.timestamp() * 1000)


def instant(ms: int) -> datetime:
    """The inverse of `milliseconds`."""
    return datetime.fromtimestamp(ms / 1000, UTC)
