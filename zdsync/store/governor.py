"""The API budget, shared by all workers: who may call Zendesk now, and when the others may.

`reconcile` asks before each call (`spend`), the HTTP session tells what the response headers say (`learn`) and, on a
429, `pause`s the family. Nothing here sleeps: a refusal names the time to come back, and the due index waits.

Zendesk counts in fixed windows, and the headers tell how much of the present one is left for everybody, people and
other tools included. A share of the account's and of the ticket updates' budget is never used by us except for P1.
Losing this state costs nothing but a few 429s: the assumptions below are those of the smallest plan.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from redis import Redis

from zdsync.core.model import WorkClass
from zdsync.store.due import PREFIX
from zdsync.store.scripts import source
from zdsync.store.times import instant, ms

Family = str
"""What Zendesk counts together, named as in its headers: `account`, `tickets-update`, `incremental`, `search`…"""
ACCOUNT: Family = "account"
TICKETS_UPDATE: Family = "tickets-update"
INCREMENTAL: Family = "incremental"
SEARCH: Family = "search"
CREATE: Family = "ticket-request-create-by-user-and-ip"
PER_TICKET = "per-ticket-updates"

ASSUMED: Mapping[str, tuple[int, timedelta]] = {
    ACCOUNT: (200, timedelta(minutes=1)),
    TICKETS_UPDATE: (100, timedelta(minutes=1)),
    PER_TICKET: (30, timedelta(minutes=10)),
    INCREMENTAL: (10, timedelta(minutes=1)),
    SEARCH: (100, timedelta(minutes=1)),
    CREATE: (100, timedelta(minutes=1)),
}
"""Calls per window, until a header tells the account's own total (api-facts 6)."""
OTHERWISE = (50, timedelta(minutes=1))
"""For a family that nobody has described: the smallest per-minute limit that is documented."""

SHARED_WITH_PEOPLE = frozenset({ACCOUNT, TICKETS_UPDATE})
P1_SHARE_UNUSED = 0.02
"""Even for P1: a person's last click in this minute should not be answered with 429."""


def per_ticket(ticket_id: int) -> Family:
    """The updates of one ticket by our user."""
    return f"{PER_TICKET}:{ticket_id}"


@dataclass(frozen=True, slots=True)
class Granted:
    """Go ahead, once."""


@dataclass(frozen=True, slots=True)
class Wait:
    """Not now. Nothing was taken from any family."""

    until: datetime
    """UTC, after the `now` of the question: when the family's window or pause ends."""
    family: Family


@dataclass(frozen=True, slots=True)
class Budget:
    """One family's window, for `/metrics` and `doctor`."""

    total: int
    remaining: int
    resets_at: datetime


class Governor:
    """`human_share`: the part of what people use too that live work leaves unused (0 to 0.5). Bulk leaves twice as
    much."""

    def __init__(self, redis: Redis, prefix: str = PREFIX, *, human_share: float = 0.30) -> None:
        if not 0 <= human_share <= 0.5:
            raise ValueError(f"human_share is {human_share}, not between 0 and 0.5")
        self._redis = redis
        self._prefix = prefix
        self._unused: Mapping[WorkClass, float] = {
            "p1": min(P1_SHARE_UNUSED, human_share),
            "live": human_share,
            "bulk": 2 * human_share,
        }
        self._spend, self._learn, self._pause = (
            redis.register_script(source("budget", name)) for name in ("spend", "learn", "pause")
        )

    def spend(self, families: Sequence[Family], work: WorkClass, now: datetime) -> Granted | Wait:
        """One call that counts in all of `families`, or the time to wait until. Atomic over all of them."""
        args: list[str | int | float] = [ms(now)]
        for family in dict.fromkeys(families):
            unused = self._unused[work] if family in SHARED_WITH_PEOPLE else 0
            args += [family, *_assumed(family), unused]
        refused = self._spend([self._prefix], args)
        return Wait(instant(refused[1]), refused[0].decode()) if refused else Granted()

    def learn(self, headers: Mapping[str, str], now: datetime, *, ticket_id: int | None = None) -> None:
        """What a response says about its families. `ticket_id` is the updated ticket's: its family's header does not
        name it. Headers that cannot be read are passed over."""
        args: list[str | int] = [ms(now)]
        for family, total, remaining, resets in read_headers(headers):
            if family == PER_TICKET:
                if ticket_id is None:
                    continue
                family = per_ticket(ticket_id)
            args += [family, *_assumed(family), total, remaining, "" if resets is None else resets * 1000]
        if len(args) > 1:
            self._learn([self._prefix], args)

    def pause(self, family: Family, until: datetime) -> None:
        """Nobody spends in `family` before `until` (after a 429). The later of two pauses counts."""
        self._pause([self._prefix], [family, ms(until)])

    def creates_per_minute(self, now: datetime, calls: float) -> float:
        """How many tickets can be created in a minute where each takes so many calls in all, people's share left."""
        account = self.budget(ACCOUNT, now).total * (1 - self._unused["live"])
        return min(float(self.budget(CREATE, now).total), account / calls)

    def updates_per_minute(self, now: datetime) -> float:
        """How many tickets can be updated in a minute, people's share left."""
        return self.budget(TICKETS_UPDATE, now).total * (1 - self._unused["live"])

    def budget(self, family: Family, now: datetime) -> Budget:
        """The window of `family` at `now`; the assumed one if nothing is known."""
        total, window = ASSUMED.get(family.partition(":")[0], OTHERWISE)
        known = [int(v) if v else None for v in self._redis.hmget(f"{self._prefix}budget:{family}", _FIELDS)]
        total = known[0] or total
        if known[1] is None or known[2] is None or ms(now) >= known[2]:
            return Budget(total, total, now + window)
        return Budget(total, known[1], instant(known[2]))


_FIELDS = ["total", "remaining", "reset"]
_ENDPOINT = re.compile(r"zendesk-rate-?limit-(.+)")
_PARTS = re.compile(r"(total|remaining|resets)\s*=\s*(\d{1,9})")
_ACCOUNT_SPELLINGS = (
    ("ratelimit-limit", "ratelimit-remaining", "ratelimit-reset"),
    ("rate-limit", "rate-limit-remaining", "rate-limit-reset"),
    ("x-rate-limit", "x-rate-limit-remaining", ""),
)


def read_headers(headers: Mapping[str, str]) -> Iterator[tuple[Family, int, int, int | None]]:
    """(family, total, remaining, seconds until the reset) of every rate-limit header, in all spellings seen so far."""
    lower = {name.lower(): value for name, value in headers.items()}
    for limit, remaining, reset in _ACCOUNT_SPELLINGS:
        total, left = _number(lower.get(limit)), _number(lower.get(remaining))
        if total is not None and left is not None:
            yield ACCOUNT, total, left, _number(lower.get(reset))
            break
    for name, value in lower.items():
        if found := _ENDPOINT.fullmatch(name):
            parts = {part: int(number) for part, number in _PARTS.findall(value.lower())}
            if "total" in parts and "remaining" in parts:
                yield _family(found[1]), parts["total"], parts["remaining"], parts.get("resets")


def _family(header: str) -> Family:
    if header in ("incremental-exports", "incremental-exports-tickets"):
        return INCREMENTAL
    return SEARCH if header.startswith("search") else header


def _number(text: str | None) -> int | None:
    return int(text) if text and re.fullmatch(r"\d{1,9}", text.strip()) else None


def _assumed(family: Family) -> tuple[int, int]:
    total, window = ASSUMED.get(family.partition(":")[0], OTHERWISE)
    return total, window // timedelta(milliseconds=1)
