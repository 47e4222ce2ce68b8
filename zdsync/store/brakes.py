"""What stops effects: `zdsync pause`, the stop tag on the control ticket in Zendesk, and the caps on messages.

`reconcile` asks right before each update. The pause and the control ticket are the operator's word; Zendesk's copy is
the one that counts, this one only saves reading it for every ticket. Caps here are counters per account hour and day:
when Redis is emptied they start again, and the history of each ticket still holds the cap per ticket.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Literal

import msgspec
from redis import Redis

from zdsync.store.due import PREFIX
from zdsync.store.scripts import source

CONTROL_TTL = timedelta(seconds=60)
"""A stop tag set in Zendesk takes effect within this."""
COUNTERS_TTL = timedelta(days=2)

Cap = Literal["per_ticket_per_day", "per_hour", "per_rule_per_hour"]


@dataclass(frozen=True, slots=True)
class Control:
    """What the control ticket says, as of its last reading."""

    ticket_id: int
    """0 where there is none yet."""
    stopped: bool
    probed: bool
    """`doctor --probe` has shown that the account refuses stale and parallel writes."""
    demoted: frozenset[str] = frozenset()
    """Names of rules that were put back to shadow."""


@dataclass(frozen=True, slots=True)
class Counted:
    """The message was counted in these counters: `give_back` them if it certainly did not go out."""

    counters: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Capped:
    """A limit is reached; nothing was counted."""

    cap: Cap
    rule: str | None
    until: datetime
    """UTC, account time: when the counter starts anew."""


class Brakes:
    """The brakes under one prefix."""

    def __init__(self, redis: Redis, prefix: str = PREFIX) -> None:
        self._redis = redis
        self._prefix = prefix
        self._caps = redis.register_script(source("caps"))

    def pause(self, reason: str) -> None:
        """No effects until `unpause`, whoever asks."""
        self._redis.set(f"{self._prefix}pause", reason or "paused")

    def unpause(self) -> bool:
        """Go on; whether it was paused by `pause`. A stop tag in Zendesk is taken off there."""
        return bool(self._redis.delete(f"{self._prefix}pause"))

    def paused(self) -> str | None:
        """Why no effects are allowed now; None if they are, as far as Redis knows (see `control`)."""
        reason = self._redis.get(f"{self._prefix}pause")
        if isinstance(reason, bytes):
            return reason.decode()
        control = self.control()
        return f"stop tag on control ticket {control.ticket_id}" if control and control.stopped else None

    def control(self) -> Control | None:
        """The control ticket as read within the last minute. None: read it in Zendesk, then `save_control`."""
        stored = self._redis.get(f"{self._prefix}control")
        try:
            return msgspec.msgpack.decode(stored, type=Control) if isinstance(stored, bytes) else None
        except msgspec.MsgspecError:
            return None

    def forget_control(self) -> None:
        """It was just changed: read it anew."""
        self._redis.delete(f"{self._prefix}control")

    def save_control(self, control: Control) -> None:
        """Valid for a minute."""
        self._redis.set(f"{self._prefix}control", msgspec.msgpack.encode(control), ex=CONTROL_TTL)

    def count(
        self,
        ticket_id: int,
        rules: Sequence[str],
        now: datetime,
        *,
        per_ticket_per_day: int,
        per_hour: int,
        per_rule_per_hour: int,
    ) -> Counted | Capped:
        """Count one message that `rules` asked for, if every cap allows it. Hours and days are UTC, in account time."""
        now = now.astimezone(UTC)
        day = now.replace(hour=0, minute=0, second=0, microsecond=0)
        hour = now.replace(minute=0, second=0, microsecond=0)
        next_hour, next_day = hour + timedelta(hours=1), day + timedelta(days=1)
        rows: list[tuple[Cap, str | None, str, int, datetime]] = [
            ("per_hour", None, f"hour:{hour:%Y%m%d%H}", per_hour, next_hour),
            ("per_ticket_per_day", None, f"ticket:{ticket_id}:{day:%Y%m%d}", per_ticket_per_day, next_day),
        ]
        for rule in dict.fromkeys(rules):
            name = f"rule:{rule}:{hour:%Y%m%d%H}"
            rows.append(("per_rule_per_hour", rule, name, per_rule_per_hour, next_hour))
        counters = tuple(f"{self._prefix}cap:{name}" for _, _, name, _, _ in rows)
        limits = [limit for _, _, _, limit, _ in rows]
        at = int(self._caps(counters, [COUNTERS_TTL // timedelta(milliseconds=1), *limits]))
        if not at:
            return Counted(counters)
        cap, rule_name, _, _, until = rows[at - 1]
        return Capped(cap, rule_name, until)

    def give_back(self, counted: Counted) -> None:
        """The message was refused (409, 422, 429), so it does not count."""
        with self._redis.pipeline() as pipe:
            for counter in counted.counters:
                pipe.incrby(counter, -1)
                pipe.expire(counter, COUNTERS_TTL)
            pipe.execute()
