"""How often one confirmation link was used in this minute, so that nobody can use up the API budget with it."""

from __future__ import annotations

import hashlib

from redis import Redis

from zdsync.store.due import PREFIX

SECONDS = 60


class Visits:
    """The counters under one prefix."""

    def __init__(self, redis: Redis, prefix: str = PREFIX) -> None:
        self._redis = redis
        self._prefix = prefix

    def allow(self, token: str, kind: str, most: int) -> bool:
        """Count one use of this kind; whether it is among the first `most` of a minute (Redis' own time).

        The token itself is a secret and is not written down.
        """
        name = f"{self._prefix}visits:{kind}:{hashlib.sha256(token.encode()).hexdigest()[:32]}"
        with self._redis.pipeline() as pipe:
            pipe.set(name, 0, ex=SECONDS, nx=True)
            pipe.incr(name)
            _, count = pipe.execute()
        return int(count) <= most
