"""What `tests/test_old_account.py` shows, on an account as large as they come."""

from __future__ import annotations

from tests.test_old_account import _quiet, nothing_old_is_touched
from zdsync.store.server import EmbeddedRedis

__all__ = ["_quiet"]


def test_shipped_rules_live(redis_server: EmbeddedRedis) -> None:
    """2,000 old tickets, 300 of them solved yesterday: nobody is mailed, and none is touched."""
    nothing_old_is_touched(redis_server.url, 2000)
