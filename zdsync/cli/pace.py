"""How a command reads a great deal without standing in the way of people and workers. `report waiting` uses it.

The worker's governor is in Redis, which a command beside the desk may not reach. The headers of each reply tell what is
left of the account's limits for everybody: below a half, the command waits for the next window.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta
from time import sleep
from typing import Final, TypeVar

from zdsync.core.model import WorkClass
from zdsync.store.governor import read_headers
from zdsync.zendesk.errors import UNKNOWN_WAIT, RateLimited
from zdsync.zendesk.session import ApiSession

LEFT_TO_OTHERS: Final = 0.5
"""The part of each window that is theirs."""
AT_ONCE: Final = 10.0
"""Seconds of one sleep at most, so that the clock of the account may be behind or ahead of ours."""

T = TypeVar("T")


@dataclass
class Pace:
    """Of one session: `Pace.of(session)`, then each read through `patiently`."""

    now: Callable[[], datetime]
    tell: Callable[[str], None]
    """Called with a word on each wait."""
    _until: datetime = field(default=datetime.min.replace(tzinfo=UTC))

    @classmethod
    def of(cls, session: ApiSession, tell: Callable[[str], None]) -> Pace:
        pace = cls(session.now, tell)
        known = session.around.headers

        def learn(headers: Mapping[str, str], ticket_id: int | None) -> None:
            known(headers, ticket_id)
            pace.learn(headers)

        session.around = replace(session.around, gate=pace.gate, headers=learn)
        return pace

    def learn(self, headers: Mapping[str, str]) -> None:
        for _, total, remaining, resets in read_headers(headers):
            if remaining < total * LEFT_TO_OTHERS:
                wait = UNKNOWN_WAIT if resets is None else timedelta(seconds=resets)
                self._until = max(self._until, self.now() + wait)

    def gate(self, families: Sequence[str], work: WorkClass) -> None:
        if self.now() < self._until:
            raise RateLimited(families[0], self._until - self.now(), sent=False)

    def patiently(self, read: Callable[[], T]) -> T:
        """The reply, waiting for as long as the account's limits ask for."""
        told = False
        while True:
            try:
                return read()
            except RateLimited as error:
                seconds = max(error.retry_after.total_seconds(), 1.0)
                if not told:
                    self.tell(f"the account's API limit is shared: waiting for up to {seconds:.0f} s")
                told = True
                sleep(min(seconds, AT_ONCE))
