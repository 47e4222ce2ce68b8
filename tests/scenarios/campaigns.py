"""What the tests of campaigns share: a world in which something is announced, and what counts at its end."""

from __future__ import annotations

from collections import Counter
from typing import Any, Final

from redis import Redis

from tests.scenarios.announcing import TAG, announcing_rulebook
from tests.scenarios.world import TOM, World, keys_of
from zdsync.core.notices import NOTICE_TAG
from zdsync.sandbox import Server
from zdsync.sandbox.account import Ticket

CONTACTS: Final = 7
"""End users of the believable desk, all in an organisation."""


def a_world(server: Server, redis: Redis, prefix: str, **settings: Any) -> World:
    """The believable desk at nine, with the rule that announces."""
    return World(server, redis, prefix, rulebook=announcing_rulebook(settings=settings))


def announce(world: World, **act: Any) -> int:
    """An agent opens a problem that is to be announced; nothing is done about it yet."""
    told = {"subject": "Down", "comment": "All is down.", "type": "problem", "priority": "urgent"}
    return world.act(TOM, **{**told, "tags": [TAG], "channel": "web", **act})


def notices(world: World) -> list[Ticket]:
    """All that have been created, deleted and unlinked ones too."""
    return [each for each in world.account.tickets.values() if NOTICE_TAG in each.row["tags"]]


def told(world: World) -> Counter[int]:
    """How many notices each contact has got."""
    return Counter(each.row["requester_id"] for each in notices(world))


def end_users(world: World) -> frozenset[int]:
    return frozenset(user["id"] for user in world.account.users.values() if user["role"] == "end-user")


def each_is_told_once(world: World) -> None:
    """The end of every story: nobody is left out, nobody is told twice, and the problem says so once."""
    assert told(world) == Counter(end_users(world))
    for each in notices(world):
        assert [key for audit in each.audits for key in keys_of(audit) if key.startswith("notice:")], each.row["id"]
    world.sane()
