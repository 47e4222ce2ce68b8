"""Whether the index is complete. A Redis that was emptied has no epoch: then nothing is created and no mass message
goes out until a resync has hinted every unclosed ticket.

A resync that runs while an epoch is set leaves it set: it only adds hints.
"""

from __future__ import annotations

import secrets
from datetime import datetime, timedelta
from typing import Literal

from redis import Redis

from zdsync.store.due import PREFIX
from zdsync.store.scripts import source

State = Literal["missing", "resyncing", "set"]

RESYNC_TTL = timedelta(minutes=5)
"""A resync that has not been kept alive for this long (in Redis time) has died; another may begin."""


class Epoch:
    """The epoch under one prefix."""

    def __init__(self, redis: Redis, prefix: str = PREFIX) -> None:
        self._redis = redis
        self._epoch = f"{prefix}epoch"
        self._resync = f"{prefix}resync"
        self._end = redis.register_script(source("end_resync"))
        self._keep = redis.register_script(source("keep"))

    def state(self) -> State:
        """`set`: complete. `resyncing`: emptied, and a resync is under way. `missing`: emptied, start one."""
        epoch, resync = self._redis.mget([self._epoch, self._resync])
        if epoch:
            return "set"
        return "resyncing" if resync else "missing"

    def since(self) -> datetime | None:
        """Account time of the end of the last resync."""
        stored = self._redis.get(self._epoch)
        return datetime.fromisoformat(stored.decode()) if isinstance(stored, bytes) else None

    def begin_resync(self) -> str | None:
        """A token for `keep_resync` and `end_resync`; None if another resync is under way."""
        token = secrets.token_hex(8)
        return token if self._redis.set(self._resync, token, nx=True, px=RESYNC_TTL) else None

    def keep_resync(self, token: str) -> bool:
        """Still at it; call it for every page. False: Redis was emptied, or another took over. Stop and begin again."""
        return bool(self._keep([self._resync], [token, RESYNC_TTL // timedelta(milliseconds=1)]))

    def end_resync(self, token: str, at: datetime) -> bool:
        """Every unclosed ticket was hinted. False: Redis was emptied meanwhile, so the epoch is not set; begin
        again."""
        return bool(self._end([self._resync, self._epoch], [token, at.isoformat()]))
