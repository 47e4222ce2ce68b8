"""A crash at every single call of the sending to a few contacts, with Redis left alone and with Redis gone.

`tests/scenarios/test_campaign_crashes.py` does so around each create and at each kind of call.
"""

from __future__ import annotations

from datetime import timedelta

import pytest
from redis import Redis

from tests.scenarios.campaigns import Sending, a_world
from tests.scenarios.chapters import RECOVERIES
from tests.scenarios.conftest import _quiet, server
from tests.scenarios.test_campaign_crashes import FEW
from tests.scenarios.wire import When
from tests.scenarios.world import World
from zdsync.sandbox import Server

__all__ = ["_quiet", "server"]


@pytest.mark.parametrize("hours", [0, 3])
@pytest.mark.parametrize("when", RECOVERIES)
def test_a_crash_at_any_call_of_a_sending_tells_each_once(
    server: Server, redis: Redis, prefix: str, when: When, hours: int
) -> None:
    """At once, or three hours later, when no idempotency key is left."""
    world = a_world(server, redis, prefix, FEW)

    def recover(world: World) -> None:
        world.go(world.now + timedelta(hours=hours))
        RECOVERIES[when](world)

    sending = Sending(world)
    for at in range(len(sending.calls)):
        sending.crash(at, when, recover)
    world.close()
