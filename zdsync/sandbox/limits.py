"""Rate limits in account time, with the headers that tell about them. `app.py` spends before a handler runs.

Fixed windows that begin with the first call in them, as recorded `resets` values show. A refused call costs nothing.
"""

from __future__ import annotations

from dataclasses import dataclass, field

from zdsync.sandbox.base import MINUTE, SECOND
from zdsync.sandbox.errors import ApiError


@dataclass(frozen=True, slots=True)
class Limit:
    total: int
    window_ms: int = MINUTE
    header: bool = True
    """Announced as `zendesk-ratelimit-<name>` in each reply."""
    text: str = ""
    """The description of the 429; the default names the limit."""


LIMITS = {
    "tickets-update": Limit(100, text="Number of allowed ticket update API requests per minute exceeded"),
    "per-ticket-updates": Limit(
        30, 10 * MINUTE, text="Number of allowed updates to this ticket per ten minutes exceeded"
    ),
    "tickets-index": Limit(100),
    "tickets-delete": Limit(400, header=False),
    "ticket-request-create-by-user-and-ip": Limit(300),
    "incremental-exports": Limit(10, text="Number of allowed incremental export API requests per minute exceeded"),
    "incremental-exports-cursor": Limit(20),
    "search-export": Limit(100, header=False),
    "view-count": Limit(5, header=False),
    "update-user": Limit(5, header=False),
    "update-users": Limit(1, SECOND, header=False),
}
ACCOUNT_TEXT = "Number of allowed API requests per minute exceeded"


@dataclass(slots=True)
class Limits:
    """Which limits hold and how much of each is used."""

    enabled: bool = True
    account_per_minute: int = 700
    """Suite Enterprise."""
    totals: dict[str, int] = field(default_factory=dict)
    """Other totals than `LIMITS` has, by name: they differ per account."""
    windows: dict[str, tuple[int, int]] = field(default_factory=dict)
    """Key to (end of the window, used)."""

    def spend(self, names: dict[str, str], now_ms: int) -> dict[str, str]:
        """Count one call against the account and each limit of `names` (name to the key within it).

        Gives the headers of the reply. Raises a 429 when a limit is used up; nothing is spent then.
        """
        limits = {"account": (Limit(self.account_per_minute), "account")}
        for name, key in names.items():
            limit = LIMITS[name]
            total = self.totals.get(name, limit.total)
            limits[name] = (Limit(total, limit.window_ms, limit.header, limit.text), f"{name}:{key}")
        state = {name: self._window(key, limit, now_ms) for name, (limit, key) in limits.items()}
        if self.enabled:
            for name, (limit, _) in limits.items():
                if state[name][1] >= limit.total:
                    raise self._exceeded(name, limit, state, limits, now_ms)
        for name, (_, key) in limits.items():
            end, used = state[name]
            state[name] = (end, used + 1)
            self.windows[key] = state[name]
        return self._headers(state, limits, now_ms)

    def _window(self, key: str, limit: Limit, now_ms: int) -> tuple[int, int]:
        end, used = self.windows.get(key, (0, 0))
        fresh = now_ms >= end or end - now_ms > limit.window_ms  # the second: the clock was set back
        return (now_ms + limit.window_ms, 0) if fresh else (end, used)

    def _headers(
        self, state: dict[str, tuple[int, int]], limits: dict[str, tuple[Limit, str]], now_ms: int
    ) -> dict[str, str]:
        headers: dict[str, str] = {}
        for name, (limit, _) in limits.items():
            end, used = state[name]
            remaining, resets = max(0, limit.total - used), _seconds(end - now_ms)
            if name == "account":
                headers["x-rate-limit"] = headers["ratelimit-limit"] = str(limit.total)
                headers["x-rate-limit-remaining"] = headers["ratelimit-remaining"] = str(remaining)
                headers["ratelimit-reset"] = str(resets)
            elif limit.header:
                headers[f"zendesk-ratelimit-{name}"] = f"total={limit.total}; remaining={remaining}; resets={resets}"
        return headers

    def _exceeded(
        self,
        name: str,
        limit: Limit,
        state: dict[str, tuple[int, int]],
        limits: dict[str, tuple[Limit, str]],
        now_ms: int,
    ) -> ApiError:
        headers = self._headers(state, limits, now_ms)
        headers["Retry-After"] = str(_seconds(state[name][0] - now_ms))
        if name == "account":
            return ApiError(429, ACCOUNT_TEXT, headers)  # the text form, not JSON
        text = limit.text or f"Number of allowed {name} API requests per minute exceeded"
        return ApiError(429, {"error": "APIRateLimitExceeded", "description": text}, headers)


def _seconds(ms: int) -> int:
    """Rounded up: whoever waits that long finds a new window."""
    return max(0, -(-ms // SECOND))
