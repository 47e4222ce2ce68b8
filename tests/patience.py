"""Waiting for what real processes do: on conditions, with a limit that only ends a broken run."""

from __future__ import annotations

import time
from collections.abc import Callable

LIMIT = 120.0
"""Seconds; many times what the slowest machine needs."""


def until(true: Callable[[], bool], what: str = "what the test waits for", limit: float = LIMIT) -> None:
    """Return once it is true. Raises AssertionError when that seems never to come."""
    patience = time.monotonic() + limit
    while not true():
        assert time.monotonic() < patience, f"{what} has not come"
        time.sleep(0.01)
