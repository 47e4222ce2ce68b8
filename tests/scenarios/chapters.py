"""A tale in chapters, from one act of a person to the next, each from a saved moment; and a crash at a call of one.

A worker's process is known to the world by what it sends: commands to Redis and requests to Zendesk. An undisturbed
run counts them; then a chapter is told anew with a process that ends just before a call takes effect, or just after.
Where a disturbed chapter ends exactly as the undisturbed one did, so does the rest; where anything differs, the rest
is told.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final
from uuid import uuid4

from redis import Redis

from tests.scenarios.stories import Ending, Step, do, ending, same_ending, tell, work_until
from tests.scenarios.tales import TALES, Tale
from tests.scenarios.wire import When
from tests.scenarios.world import Saved, World
from zdsync.sandbox import Server


@dataclass(frozen=True)
class Chapter:
    """What the worker does by itself between two acts."""

    begins: Saved
    ticket: int | None
    rest: tuple[Step, ...]
    """The story from here on; the chapter lasts until its first step."""
    calls: tuple[str, ...]
    """What an undisturbed worker that begins here sends."""
    ends: object


@dataclass(frozen=True)
class Told:
    """An undisturbed tale."""

    tale: Tale
    chapters: tuple[Chapter, ...]
    end: Ending


class Library:
    """The tales as they go undisturbed, each told at its first use and once in a test process."""

    def __init__(self, server: Server, redis: Redis) -> None:
        self._server, self._redis = server, redis
        self._told: dict[str, Told] = {}

    def __getitem__(self, name: str) -> Told:
        if name not in self._told:
            self._told[name] = self._tell(TALES[name])
        return self._told[name]

    def _tell(self, tale: Tale) -> Told:
        world = tale.world(self._server, self._redis, f"told-{uuid4().hex}:")
        chapters: list[Chapter] = []
        ticket = None
        for number, step in enumerate(tale.steps):
            begins = world.save()
            world.rewind(begins)
            world.until(step[0])
            rest = tuple(tale.steps[number:])
            chapters.append(Chapter(begins, ticket, rest, tuple(world.wire.calls), print_of(world)))
            ticket = do(world, step, ticket)
        told = Told(tale, tuple(chapters), ending(world))
        world.empty_redis()
        world.close()
        return told


def print_of(world: World) -> object:
    """Everything that the rest of a story can depend on: the tickets, the plans of the sandbox, the index, what is
    cached of histories. (Budgets and caps are far from their limits.)"""
    account = world.server.save()
    due = world.due()
    tickets = list(world.end_state())
    return (
        account["now_ms"],
        account["tickets"],
        account["agenda"],
        account["emails"],
        [(ticket, due.get(ticket), world.store.cache.load(ticket)) for ticket in tickets],
        world.store.epoch.state(),
    )


def lose_redis_too(world: World) -> None:
    """The process ends and the index is gone; the next process finds it empty and fills it."""
    world.empty_redis()
    world.restart()
    world.resync()


RECOVERIES: Final[Mapping[When, Callable[[World], Any]]] = {"before": World.restart, "after": lose_redis_too}
"""What ends before a call is replaced when its leases run out; what ends after it has the worst luck."""


def representative(told: Told, number: int, before: Sequence[Chapter] = ()) -> Iterator[int]:
    """Of a chapter's calls: each write to Zendesk with the call after it, and what no earlier chapter (nor one of
    `before`, which are of another tale) has sent in this form. Every call is enumerated in `tests/soak`: the flow is
    the same."""
    seen = {call for chapter in (*before, *told.chapters[:number]) for call in chapter.calls}
    calls = told.chapters[number].calls
    for at, call in enumerate(calls):
        if call not in seen or any(each.startswith("PUT") for each in calls[max(at - 1, 0) : at + 1]):
            yield at
        seen.add(call)


def not_met(told: Told, number: int) -> Iterator[int]:
    """Of a chapter's calls: all but those at which an earlier chapter has sent the very same so far, and next."""
    earlier = [(*chapter.calls, "") for chapter in told.chapters[:number]]
    calls = (*told.chapters[number].calls, "")
    return (at for at in range(len(calls) - 1) if not any(each[: at + 2] == calls[: at + 2] for each in earlier))


def writes(told: Told, number: int) -> Iterator[int]:
    """Of a chapter's calls: each write to Zendesk."""
    return (at for at, call in enumerate(told.chapters[number].calls) if call.startswith("PUT"))


def crash_at(world: World, told: Told, number: int, when: When, calls: Iterable[int]) -> None:
    """Each of these calls of a chapter in turn is the last one of a process. The end is the same."""
    chapter = told.chapters[number]
    for call in calls:
        world.rewind(chapter.begins)
        process = world.worker
        process.wire.cut_at, process.wire.cut = call, when
        try:
            work_until(world, chapter.rest[0][0], RECOVERIES[when])
            assert process.wire.ended
            assert process.wire.calls == list(chapter.calls[: call + 1])
            go_on_from(world, told, chapter)
        except AssertionError as error:
            error.add_note(f"the process ended {when} call {call}, {chapter.calls[call]}")
            raise


def empty_at(world: World, told: Told, number: int, calls: Iterable[int]) -> None:
    """Redis is emptied just before each of these calls of a process that goes on. The end is the same."""
    chapter = told.chapters[number]
    for call in calls:
        world.rewind(chapter.begins)
        world.wire.at(call, world.empty_redis)
        try:
            work_until(world, chapter.rest[0][0])
            assert not world.wire.numbered, "it was not emptied"
            go_on_from(world, told, chapter)
        except AssertionError as error:
            error.add_note(f"emptied at call {call}, {chapter.calls[call]}")
            raise


def go_on_from(world: World, told: Told, chapter: Chapter) -> None:
    """The disturbed chapter has ended: the rest is told if anything is different from the undisturbed one."""
    if print_of(world) == chapter.ends:
        world.sane()
    else:
        tell(world, chapter.rest, ticket=chapter.ticket)
        same_ending(ending(world), told.end)
