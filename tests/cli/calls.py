"""What the tests of commands share: how a command is called, and a port on which nobody answers."""

from __future__ import annotations

import socket
from collections.abc import Callable

from click.testing import Result

Command = Callable[..., Result]
"""`zdsync("plan", "7", ZDSYNC_REDIS_URL=…)`: against the desk, in an empty folder; variables of None are unset."""


def dead_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])
