"""The vocabulary of the sandbox: JSON rows and instants. Everything here imports it.

Instants are account time in milliseconds since the epoch (`ms`); in rows they are Zendesk's text of whole seconds.
"""

from __future__ import annotations

from datetime import UTC, datetime
from functools import lru_cache
from typing import Any

Row = dict[str, Any]
"""A JSON object as the API gives it, keys in the order of real replies."""

SECOND = 1_000
MINUTE = 60 * SECOND
HOUR = 60 * MINUTE


@lru_cache(maxsize=4096)
def _iso_seconds(seconds: int) -> str:
    return datetime.fromtimestamp(seconds, UTC).strftime("%Y-%m-%dT%H:%M:%SZ")


def iso(ms: int) -> str:
    """`2026-11-23T09:00:00Z`: whole seconds, as Support resources have it."""
    return _iso_seconds(ms // SECOND)


def iso_ms(ms: int) -> str:
    """`2026-11-23T09:00:00.250Z`, for the control API."""
    return f"{_iso_seconds(ms // SECOND)[:-1]}.{ms % SECOND:03d}Z"


def iso_ns(ms: int) -> str:
    """`2026-11-23T09:00:00.250000000Z`, as webhook objects and events have it."""
    return f"{_iso_seconds(ms // SECOND)[:-1]}.{ms % SECOND:03d}000000Z"


def to_ms(when: datetime | str | int | float) -> int:
    """An instant in any of the forms that callers use: aware datetime, ISO text, seconds since the epoch.

    Text without a zone is UTC, a bare date its midnight. Raises ValueError when it is no instant.
    """
    if isinstance(when, bool):
        raise ValueError(f"not an instant: {when!r}")
    if isinstance(when, int | float):
        return int(when * SECOND)
    at = datetime.fromisoformat(when) if isinstance(when, str) else when
    if at.tzinfo is None:
        at = at.replace(tzinfo=UTC)
    return round(at.timestamp() * SECOND)


def as_int(value: Any) -> int | None:
    """The id in `7`, `"7"`, or None when it is none of these."""
    if isinstance(value, bool):
        return None
    if isinstance(value, int):
        return value
    if isinstance(value, str) and value.strip().isdigit():
        return int(value)
    return None


def as_bool(value: Any) -> bool:
    """Zendesk takes `true` and `"true"` alike."""
    return value is True or (isinstance(value, str) and value.lower() in ("true", "1"))
