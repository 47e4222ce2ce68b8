"""What the tests of campaigns share: a world in which something is announced, and what counts at its end."""

from __future__ import annotations

import contextlib
from collections import Counter
from collections.abc import Callable, Iterator
from datetime import timedelta
from typing import Any, Final

from redis import Redis

from tests.scenarios.announcing import TAG, announcing_rulebook
from tests.scenarios.wire import Crash, When
from tests.scenarios.world import EMILY, TOM, World, keys_of, paris_time
from zdsync.core.notices import NOTICE_TAG
from zdsync.sandbox import Server
from zdsync.sandbox.account import Ticket

CONTACTS: Final = 7
"""End users of the believable desk, all in an organisation."""


def a_world(server: Server, redis: Redis, prefix: str, contacts: int = CONTACTS, **settings: Any) -> World:
    """The believable desk at nine, with the rule that announces; the contacts beyond these are suspended."""
    world = World(server, redis, prefix, rulebook=announcing_rulebook(settings=settings))
    for user_id in sorted(end_users(world))[contacts:]:
        world.account.users[user_id]["suspended"] = True
    return world


def announce(world: World, **act: Any) -> int:
    """An agent opens a problem for a customer, and it is to be announced; nothing is done about it yet."""
    told = {"subject": "Down", "comment": "All is down.", "type": "problem", "priority": "urgent", "requester": EMILY}
    return world.act(TOM, **{**told, "tags": [TAG], "channel": "web", **act})


def notices(world: World) -> list[Ticket]:
    """All that have been created, those that were unlinked since too."""
    return [each for each in world.account.tickets.values() if NOTICE_TAG in each.row["tags"]]


def told(world: World) -> Counter[int]:
    """How many notices each contact has got."""
    return Counter(each.row["requester_id"] for each in notices(world))


def end_users(world: World) -> frozenset[int]:
    """Whoever is to be told."""
    users = world.account.users.values()
    return frozenset(user["id"] for user in users if user["role"] == "end-user" and not user["suspended"])


def creates(world: World) -> list[int | None]:
    """How each request for a notice was answered, in order; None: not at all."""
    calls = (each for each in world.our_writes() if each["method"] == "POST" and each["path"] == "/tickets")
    return [each["status"] for each in calls if each["body"]["ticket"].get("problem_id")]


def each_is_told_once(world: World, problem: int) -> None:
    """The end of every story: nobody is left out, nobody is told twice, and the problem says so once."""
    assert told(world) == Counter(end_users(world))
    for each in notices(world):
        keys = [key for audit in each.audits for key in keys_of(audit)]
        assert sum(key.startswith("notice:") for key in keys) == 1, keys
    assert sum(key.endswith(":told") for key in world.keys(problem)) == 1
    world.sane()


class Sending:
    """One announcement from the moment at which a person has made it, told again and again with a process that ends at
    one of its calls."""

    def __init__(self, world: World) -> None:
        """The undisturbed one."""
        self._world = world
        self.problem = announce(world)
        self._begins = world.save()
        world.rewind(self._begins)
        world.until("09:05")
        self.calls: tuple[str, ...] = tuple(world.wire.calls)
        each_is_told_once(world, self.problem)

    def representative(self) -> Iterator[int]:
        """From the note that announces it on: each write with the call after it, and each kind of call once."""
        seen: set[str] = set()
        note = next(at for at, call in enumerate(self.calls) if call.startswith("PUT"))
        for at, call in enumerate(self.calls):
            if at < note:
                continue
            around = self.calls[max(at - 1, 0) : at + 1]
            if call not in seen or any(each.startswith(("PUT", "POST")) for each in around):
                yield at
            seen.add(call)

    def creates(self) -> Iterator[int]:
        """Each create of a notice."""
        return (at for at, call in enumerate(self.calls) if call == "POST /tickets")

    def crash(self, at: int, when: When, recover: Callable[[World], object]) -> None:
        """The call of this number is the last one of its process. Each is told once in the end."""
        world = self._world
        world.rewind(self._begins)
        world.wire.cut_at, world.wire.cut = at, when
        with contextlib.suppress(Crash):
            world.until("09:05")
        assert world.wire.ended, f"call {at} ({self.calls[at]}) was not made"
        recover(world)
        world.until(max(world.now, paris_time("09:05")) + timedelta(minutes=10))
        try:
            each_is_told_once(world, self.problem)
        except AssertionError as error:
            raise AssertionError(f"a crash {when} call {at} ({self.calls[at]}): {error}") from error
