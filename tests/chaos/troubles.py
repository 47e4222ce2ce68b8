"""What goes wrong in operation, each kind at a moment that is made sure of: a program is stopped, looked at, hit."""

from __future__ import annotations

import contextlib
import os
import signal
from collections.abc import Callable
from typing import Any

import psutil
from redis.exceptions import RedisError

from tests.chaos.world import Trouble, World
from tests.patience import until
from zdsync.clock import milliseconds
from zdsync.wiring import QUEUE


def in_mid_batch(it: World, slots: int = 1) -> bool:
    """So many slots hold leases: they are reading, deciding or writing."""
    return it.busy() >= slots


def killed(after: int, how: Callable[[World], None], what: str = "killed in mid-batch") -> Trouble:
    """A worker, while it holds leases, after so many acts of the story."""

    def do(it: World) -> bool:
        if not frozen(it, "worker", 1):
            return False
        how(it)
        return True

    return Trouble(f"{what} after act {after}", lambda it: it.done >= after and in_mid_batch(it), do)


def frozen(it: World, name: str, slots: int) -> bool:
    """Stop a worker; whether that many slots are busy now that it stands. If not, it goes on as if nothing was."""
    it.signal(name, signal.SIGSTOP)
    if it.busy() == slots:
        return True
    it.signal(name, signal.SIGCONT)
    return False


def altogether(it: World) -> None:
    """The whole worker at once, as when its machine goes."""
    it.left |= it.leases().keys()
    it.signal("worker", signal.SIGKILL)
    it.minutes_pass()


def its_head(it: World) -> None:
    """Only the main process: its slots are orphans in mid-batch."""
    head = it.supervisor.pids()["worker"]  # known no more between its end and the next start
    os.kill(head, signal.SIGKILL)
    with contextlib.suppress(ProcessLookupError):
        os.killpg(head, signal.SIGCONT)


def its_slots(it: World) -> None:
    """Only the slots, as when memory runs out: the main process finds that they are gone."""
    it.left |= it.leases().keys()
    for child in psutil.Process(it.supervisor.pids()["worker"]).children():
        child.kill()
    it.signal("worker", signal.SIGCONT)
    it.minutes_pass()


def redis_restarted(after: int, slots: int, *, cleanly: bool) -> Trouble:
    """Redis goes and comes back while so many slots are busy; they notice while it is away."""

    def do(it: World) -> bool:
        if not frozen(it, "worker", slots):
            return False
        process = it.server.process
        if cleanly:
            process.terminate()
        else:
            process.kill()
        until(lambda: process.poll() is not None)
        it.signal("worker", signal.SIGCONT)
        it.server.restart()
        return True

    def when(it: World) -> bool:
        return it.done >= after and it.busy() == slots and (slots > 0 or it.quiet() is not None)

    return Trouble(f"Redis restarts after act {after}, {slots} slots busy", when, do)


def emptied(after: int, *, busy: bool) -> Trouble:
    """Everything in Redis is gone. Nobody is told."""

    def do(it: World) -> bool:
        it.store.redis.flushall()
        return True

    def when(it: World) -> bool:
        return it.done >= after and (in_mid_batch(it) if busy else it.quiet() is not None)

    return Trouble(f"Redis is emptied after act {after}", when, do)


def emptied_while_all_is_down(after: int) -> Trouble:
    """An operator loses Redis, asks for a resync, and starts everything."""

    def do(it: World) -> bool:
        it.stop()
        it.store.redis.flushall()
        assert "begin" in it.command("resync")
        it.start()
        return True

    return Trouble(f"down, emptied, `zdsync resync` after act {after}", lambda it: it.done >= after, do)


def messages_lost(after: int) -> Trouble:
    """Celery's queue loses what is in it, while tickets are due and nobody works."""

    def due(it: World) -> int:
        return it.store.due.count_due(milliseconds(it.sandbox.now()))

    def do(it: World) -> bool:
        workers = [each.name for each in it.programs if each.name.startswith("worker")]
        for name in workers:
            it.signal(name, signal.SIGSTOP)
        if lost := due(it) > 0:
            until(lambda: it.store.redis.llen(QUEUE) > 0, "a message")
            it.store.redis.delete(QUEUE)
        for name in workers:
            it.signal(name, signal.SIGCONT)
        return lost

    return Trouble(f"messages lost after act {after}", lambda it: it.done >= after and due(it) > 0, do)


def faults(after: int, **more: Any) -> Trouble:
    """Something begins to go wrong on Zendesk's side."""

    def do(it: World) -> bool:
        it.faults(**more)
        return True

    return Trouble(f"faults after act {after}", lambda it: it.done >= after, do)


def hang(after: int, names: list[str], until_act: int) -> list[Trouble]:
    """Some workers stop in mid-batch without dying, are given up by the others, and go on much later."""

    def stop(it: World) -> bool:
        for name in names:
            it.signal(name, signal.SIGSTOP)
        if it.busy() <= len(named_others(it, names)):
            go_on(it)
            return False
        it.left |= it.leases().keys()
        it.minutes_pass()
        return True

    def go_on(it: World) -> bool:
        for name in names:
            with contextlib.suppress(ProcessLookupError, KeyError, RedisError):
                it.signal(name, signal.SIGCONT)
        return True

    return [
        Trouble(f"{names} hang", lambda it: it.done >= after and in_mid_batch(it, 2), stop),
        Trouble(f"{names} wake", lambda it: it.done >= until_act, go_on),
    ]


def named_others(it: World, names: list[str]) -> list[str]:
    """The workers that still work; each has one slot."""
    return [each.name for each in it.programs if each.name.startswith("worker") and each.name not in names]
