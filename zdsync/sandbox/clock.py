"""The account's time. Everything in the sandbox that has an age reads it here: limits, tokens, signatures, exports.

Frozen by default (`rate` 0): it moves only when told, so a test says exactly when things happen. `travel.py` moves it
in steps that let what is due happen at its own instant.
"""

from __future__ import annotations

import time
from collections.abc import Callable


class Clock:
    """Milliseconds since the epoch, running at `rate` account seconds a real second."""

    def __init__(self, now_ms: int, rate: float = 0.0, timer: Callable[[], float] = time.monotonic) -> None:
        self._base = now_ms
        self._timer = timer
        self._since = timer()
        self._rate = rate

    @property
    def rate(self) -> float:
        return self._rate

    def now_ms(self) -> int:
        if not self._rate:
            return self._base
        return self._base + int((self._timer() - self._since) * 1000 * self._rate)

    def set(self, now_ms: int) -> None:
        """Also backwards: a clock that steps is one of the things that clients have to bear."""
        self._base = now_ms
        self._since = self._timer()

    def run_at(self, rate: float) -> None:
        """0 freezes, 1 is real time. Raises ValueError for a negative rate."""
        if not rate >= 0:
            raise ValueError(f"rate must be 0 or more, not {rate}")
        self.set(self.now_ms())
        self._rate = rate

    def real_seconds_until(self, ms: int) -> float | None:
        """How long to sleep until then; None when frozen: it will not come by itself."""
        if not self._rate:
            return None
        return max(0.0, (ms - self.now_ms()) / 1000 / self._rate)
