"""How this program talks to Redis: one place for time limits, repeats, and the errors that mean "Redis is away".

`wiring` makes one connection pool per process (after the fork) and hands it to the classes of this package.
"""

from __future__ import annotations

from redis import Redis
from redis.backoff import ExponentialWithJitterBackoff
from redis.exceptions import ConnectionError, OutOfMemoryError, ReadOnlyError, TimeoutError
from redis.retry import Retry

REDIS_AWAY = (ConnectionError, TimeoutError, ReadOnlyError, OutOfMemoryError)
"""For `except`: Redis cannot be reached, is loading, has become a replica, or is full. Nothing was lost that Zendesk
does not know; try again later. Every function of this package may raise the first two, everything that writes all
four."""

REPEATS = 3
"""A command whose connection broke is sent again this often within about a second. It may then be carried out twice:
every operation of this package bears that (a claim done twice leaves leases that end, a release done twice finds a
wrong token)."""


def connect(url: str) -> Redis:
    """A client for `url` (`redis://`, `rediss://`). Nothing is sent yet. Replies are bytes. Raises
    ValueError for another kind of URL; afterwards calls raise the errors of `REDIS_AWAY`."""
    return Redis.from_url(
        url,
        socket_timeout=30,
        socket_connect_timeout=5,
        socket_keepalive=True,
        health_check_interval=10,
        retry=Retry(ExponentialWithJitterBackoff(cap=0.5, base=0.05), REPEATS),  # broken connections and timeouts
    )
