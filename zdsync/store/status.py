"""What the public status page shows, as a task has last worked it out: visitors cost no call to Zendesk."""

from __future__ import annotations

from datetime import timedelta
from typing import Final

import msgspec
from redis import Redis

from zdsync.core.status import Status
from zdsync.store.due import PREFIX

KEPT: Final = timedelta(days=1)
"""What is older than that is not shown any more."""

_encode = msgspec.json.Encoder().encode
_decode = msgspec.json.Decoder(Status).decode


class StatusPage:
    """The entry under one prefix."""

    def __init__(self, redis: Redis, prefix: str = PREFIX) -> None:
        self._redis = redis
        self._key = f"{prefix}status"

    def save(self, status: Status) -> None:
        self._redis.set(self._key, _encode(status), ex=KEPT)

    def load(self) -> Status | None:
        """None: it is not known, or was written by a version with another form."""
        found = self._redis.get(self._key)
        try:
            return _decode(found) if isinstance(found, bytes) else None
        except msgspec.DecodeError:
            return None
