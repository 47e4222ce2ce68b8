"""Counters and histograms that all processes share, so that one `/metrics` shows the numbers of all of them.

Workers and web count here; `web/private` turns `snapshot()` into Prometheus' format. Losing it sets the counters to
zero, which Prometheus understands as a restart.
"""

from __future__ import annotations

from bisect import bisect_left
from collections.abc import Mapping
from dataclasses import dataclass, field
from math import inf

import msgspec
from redis import Redis

from zdsync.store.due import PREFIX

BOUNDS = (0.1, 0.25, 0.5, 1.0, 2.0, 5.0, 10.0, 30.0, 60.0, 300.0, 3600.0, inf)
"""Upper ends of the buckets, in seconds: a wake-up should be acted on within two."""

Labels = tuple[tuple[str, str], ...]
"""Sorted by name."""


@dataclass(frozen=True, slots=True)
class Histogram:
    """As Prometheus wants it: how many observations were at most each bound."""

    buckets: Mapping[float, int]
    count: int
    sum: float


@dataclass(frozen=True, slots=True)
class Snapshot:
    """All numbers at one moment."""

    counters: Mapping[tuple[str, Labels], int] = field(default_factory=dict)
    histograms: Mapping[str, Histogram] = field(default_factory=dict)


class Metrics:
    """The numbers under one prefix."""

    def __init__(self, redis: Redis, prefix: str = PREFIX) -> None:
        self._redis = redis
        self._counters = f"{prefix}metrics:counters"
        self._histograms = f"{prefix}metrics:histograms"

    def count(self, name: str, amount: int = 1, /, **labels: str) -> None:
        """Raise a counter. Labels must come from small sets: a rule, a kind of call; never a ticket's id."""
        self._redis.hincrby(self._counters, _field(name, sorted(labels.items())), amount)

    def observe(self, name: str, value: float) -> None:
        """Add one observation in seconds; a negative one counts as 0."""
        value = max(value, 0.0)
        with self._redis.pipeline() as pipe:
            pipe.hincrby(self._histograms, _field(name, BOUNDS[bisect_left(BOUNDS, value)]), 1)
            pipe.hincrbyfloat(self._histograms, _field(name, "sum"), value)
            pipe.execute()

    def snapshot(self) -> Snapshot:
        """Everything counted since Redis was last emptied."""
        with self._redis.pipeline() as pipe:
            pipe.hgetall(self._counters)
            pipe.hgetall(self._histograms)
            counters, rows = pipe.execute()
        seen: dict[str, dict[float | str, float]] = {}
        for stored, value in rows.items():
            name, bound = msgspec.json.decode(stored)
            seen.setdefault(name, {})[inf if bound is None else bound] = float(value)
        return Snapshot(
            {_counter(stored): int(value) for stored, value in counters.items()},
            {name: _histogram(found) for name, found in seen.items()},
        )


def _field(name: str, rest: object) -> bytes:
    return msgspec.json.encode([name, rest])  # infinity becomes null


def _counter(stored: bytes) -> tuple[str, Labels]:
    name, labels = msgspec.json.decode(stored)
    return name, tuple((label, value) for label, value in labels)


def _histogram(found: Mapping[float | str, float]) -> Histogram:
    buckets, total = {}, 0
    for bound in BOUNDS:
        total += int(found.get(bound, 0))
        buckets[bound] = total
    return Histogram(buckets, total, found.get("sum", 0.0))
