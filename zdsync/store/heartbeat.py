"""Signs of life of our processes, on Redis' clock: the account's may jump, and our machines' may differ.

Every process beats a few times a minute; the supervisor and `/healthz` look for those that stopped.
"""

from __future__ import annotations

from datetime import timedelta

from redis import Redis

from zdsync.store.due import PREFIX
from zdsync.store.scripts import source

FORGOTTEN_AFTER = timedelta(days=1)
"""A process that died without `forget` is reported for a day, then dropped."""


class Heartbeat:
    """The heartbeats under one prefix."""

    def __init__(self, redis: Redis, prefix: str = PREFIX) -> None:
        self._redis = redis
        self._key = f"{prefix}heartbeats"
        self._beat = redis.register_script(source("beat"))

    def beat(self, name: str) -> None:
        """`name` is alive: role, host and process id, for example `worker@host:123`."""
        if not name:
            raise ValueError("a heartbeat needs a name")
        self._beat([self._key], [name])

    def forget(self, name: str) -> None:
        """`name` has ended as it should."""
        self._redis.hdel(self._key, name)

    def ages(self) -> dict[str, timedelta]:
        """How long ago each process gave its last sign."""
        now, rows = self._beat([self._key], [""])
        pairs = zip(rows[::2], rows[1::2], strict=True)
        ages = {name.decode(): timedelta(milliseconds=now - int(at)) for name, at in pairs}
        gone = [name for name, age in ages.items() if age > FORGOTTEN_AFTER]
        if gone:
            self._redis.hdel(self._key, *gone)
        return {name: age for name, age in ages.items() if name not in gone}

    def stale(self, max_age: timedelta) -> list[str]:
        """Those that have been silent for longer than `max_age`, by name."""
        return sorted(name for name, age in self.ages().items() if age > max_age)
