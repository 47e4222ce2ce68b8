"""What a worker process builds once, after the fork: its own connections, client and rules."""

from __future__ import annotations

import os
from functools import lru_cache
from pathlib import Path

from zdsync.settings import Settings
from zdsync.wiring import Wiring, wire


def wiring() -> Wiring:
    """This process's parts. Keyed by process id, so that a child never uses its parent's sockets."""
    return _wiring(os.getpid())


@lru_cache(maxsize=1)
def _wiring(_pid: int) -> Wiring:
    return wire(Settings.from_env(os.environ, Path(".env")))
