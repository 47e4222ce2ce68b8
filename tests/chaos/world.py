"""A whole installation of real processes beside a sandbox, and what can go wrong with it.

`world()` starts everything, `World.play` plays a story. The sandbox's clock stands still until nothing is under way:
no webhook on its way, nothing due, nothing leased, the index complete. Then it jumps to what comes next.
"""

from __future__ import annotations

import contextlib
import os
import shutil
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

import requests
from celery import Celery
from redis.exceptions import RedisError

from tasks.app import make_app
from tests.chaos.story import BEGINS
from tests.patience import until
from zdsync.cli.up import web
from zdsync.clock import instant
from zdsync.demo.director import Sandbox
from zdsync.demo.stage import beside, environment, prepared, sandbox_process, wait_until_ready
from zdsync.demo.week import Act
from zdsync.poll import POLLED
from zdsync.settings import Bind, Secret, Settings
from zdsync.store.due import PREFIX
from zdsync.store.server import EmbeddedRedis
from zdsync.supervise import Program, Supervisor
from zdsync.web.doors import opened
from zdsync.wiring import Store, reading, store_of

CONFIG = Path(__file__).parents[2] / "config"
ZDSYNC = (sys.executable, "-m", "zdsync")

VISIBLE_AFTER = timedelta(seconds=75)
"""The export shows nothing of its last minute; the poll keeps ten seconds more."""


STALLED = 5.0
"""Seconds in which nothing moves; then time passes."""

COMPARED_EVERY = 0.2
"""Seconds between two looks whether something has moved: they cost more than they are worth in between."""

PATIENCE = timedelta(seconds=10)
"""Longer than any limit of a storm asks for."""


@dataclass
class Trouble:
    """Something that goes wrong, once, as soon as its moment has come."""

    what: str
    when: Callable[[World], bool]
    do: Callable[[World], bool]
    """Whether it has really come about; if not, the next moment is awaited."""


@dataclass
class World:
    """One installation. Every method may be called while everything runs."""

    settings: Settings
    server: EmbeddedRedis
    sandbox: Sandbox
    programs: Sequence[Program]
    folder: Path
    supervisor: Supervisor = field(init=False)
    store: Store = field(init=False)
    celery: Celery = field(init=False)
    tickets: dict[str, int] = field(default_factory=dict)
    """The story's names of its tickets -> their numbers."""
    done: int = 0
    """Acts of the story so far."""
    lines: list[tuple[str, str]] = field(default_factory=list)
    """What our processes have printed."""
    left: set[str] = field(default_factory=set)
    """Tickets that were held by somebody who was killed or stopped meanwhile."""
    standing: tuple[str, float] = ("", 0.0)
    """How everything stood when it was last seen to change, and when that was."""
    compared: float = 0.0
    """When that was last looked at."""
    seen_now: datetime = BEGINS
    """The sandbox's time when it was last asked for; it is never earlier than that."""

    def __post_init__(self) -> None:
        self.store = store_of(self.settings)
        self.celery = make_app(self.settings)
        self.start()

    # Processes

    def start(self) -> None:
        """All programs, until they are ready."""
        self.supervisor = Supervisor(self.programs, lambda name, line: self.lines.append((name, line)))
        self.supervisor.start()
        moved = [time.monotonic()]

        def look() -> None:
            self.supervisor.look()
            if time.monotonic() - moved[0] > STALLED:  # Zendesk may have asked for patience before the first call
                moved[0] = time.monotonic()
                self.sandbox.advance(PATIENCE.total_seconds())

        wait_until_ready(self.settings, look)

    def stop(self) -> None:
        """All programs, cleanly."""
        self.supervisor.stop()

    def signal(self, name: str, number: signal.Signals) -> None:
        """To a whole program: the process and all that it has started."""
        os.killpg(self.supervisor.pids()[name], number)

    def command(self, *arguments: str) -> str:
        """A `zdsync` command in a second terminal; what it prints."""
        env = {**os.environ, **environment(self.settings)}
        done = subprocess.run([*ZDSYNC, *arguments], env=env, cwd=self.folder, capture_output=True, text=True)
        assert done.returncode == 0, done.stdout + done.stderr
        return done.stdout

    def task(self, name: str) -> None:
        """What beat would send within seconds, sent now."""
        self.celery.send_task(name)

    # Redis

    def leases(self) -> dict[str, str]:
        """Tickets that somebody works on, or worked on when it vanished -> the token of their batch."""
        redis = self.store.redis
        ids = [member.decode() for member, _ in redis.zscan_iter(f"{PREFIX}leased")]
        tokens = {id: redis.hget(f"{PREFIX}t:{id}", "token") for id in ids}
        return {id: token.decode() for id, token in tokens.items() if isinstance(token, bytes)}

    def busy(self) -> int:
        """How many slots are at work: each batch has a token of its own."""
        return len(set(self.leases().values()))

    def minutes_pass(self) -> None:
        """Redis' own clock does not jump: end the leases and locks of the dead as minutes would, and look at once."""
        redis = self.store.redis
        if leases := self.leases():
            redis.zadd(f"{PREFIX}leased", dict.fromkeys(leases, 0), xx=True)
        redis.delete(*(redis.keys(f"{PREFIX}alone:*") or ["-"]))
        self.task("reap")

    def _time_passes_where_nothing_else_happens(self) -> None:
        """Somebody died with a lease or a lock, or Zendesk has asked for patience: time passes on both clocks."""
        if time.monotonic() - self.compared < COMPARED_EVERY:
            return
        self.compared = time.monotonic()
        standing = repr((self.leases(), self.store.due.counts(), self.store.epoch.state(), self.done))
        if standing != self.standing[0]:
            self.standing = standing, time.monotonic()
        elif time.monotonic() - self.standing[1] > STALLED:
            self.standing = "", 0.0
            self.minutes_pass()
            self.sandbox.advance(PATIENCE.total_seconds())

    # Time

    def quiet(self) -> datetime | None:
        """When the next ticket is due, if nothing is under way now; else None."""
        if not self._nothing_to_do(self.seen_now):  # mostly so, and the sandbox need not be asked
            return None
        self.seen_now, on_their_way = self.sandbox.moment()
        return None if on_their_way else self._nothing_to_do(self.seen_now)

    def _nothing_to_do(self, now: datetime) -> datetime | None:
        """When the next ticket is due, if the index is complete, nothing is held, and nothing is due now."""
        try:
            held, due_ms = self.store.due.outlook()
            complete = self.store.epoch.state() == "set"
        except RedisError:
            return None
        due = instant(due_ms) if due_ms is not None else datetime.max.replace(tzinfo=now.tzinfo)
        return None if held or not complete or due <= now else due

    def settle(self, troubles: list[Trouble]) -> datetime:
        """Wait until nothing is under way; the troubles come meanwhile. When the next ticket is due."""
        found: list[datetime] = []

        def look() -> bool:
            self.supervisor.look()
            with contextlib.suppress(RedisError):
                if troubles and troubles[0].when(self):
                    if troubles[0].do(self):
                        troubles.pop(0)
                    return False
                self._time_passes_where_nothing_else_happens()
            if (due := self.quiet()) is not None:
                found.append(due)
            return bool(found)

        until(look, f"a quiet moment after act {self.done}")
        return found[0]

    def play(
        self, acts: Sequence[Act], ends: datetime, troubles: Sequence[Trouble] = (), *, polls: bool = False
    ) -> None:
        """Let everybody act and everything happen until `ends`. With `polls`, one follows each act in time.

        Asserts that every trouble has come.
        """
        waiting = list(troubles)
        while True:
            due = self.settle(waiting)
            now = self.sandbox.now()
            if self.done < len(acts) and acts[self.done].at <= now:
                while self.done < len(acts) and acts[self.done].at <= now:
                    self._act(acts[self.done])
                if polls:
                    self._repair(waiting)
                continue
            goal = min(due, acts[self.done].at if self.done < len(acts) else ends)
            if now >= ends:
                break
            self.sandbox.jump(goal)
        assert [trouble.what for trouble in waiting] == [], "all troubles have come"

    def _act(self, act: Act) -> None:
        body = dict(act.body)
        if act.ticket in self.tickets:
            body["ticket"] = self.tickets[act.ticket]
        self.tickets[act.ticket] = int(self.sandbox.act(body)["ticket"])
        self.done += 1

    def _repair(self, troubles: list[Trouble]) -> None:
        """Go on until the export shows what has just happened, and have it read."""
        goal = self.sandbox.now() + VISIBLE_AFTER
        while (now := self.sandbox.now()) < goal:
            self.sandbox.jump(min(self.settle(troubles), goal))
        tried = [time.monotonic()]
        self.task("poll")

        def read() -> bool:
            self.supervisor.look()
            with contextlib.suppress(RedisError):
                last = self.store.cache.cursor(POLLED)
                if last and datetime.fromisoformat(last) >= now:
                    return True
                if time.monotonic() - tried[0] > STALLED:
                    tried[0] = time.monotonic()
                    self.minutes_pass()
                    self.sandbox.advance(PATIENCE.total_seconds())
                    self.task("poll")
            return False

        until(read, "a poll")

    # Afterwards

    def state(self) -> dict[str, Any]:
        """The whole account."""
        return dict(requests.get(f"{self.settings.sandbox_control}/state", timeout=60).json())

    def us(self) -> int:
        """The user that zdsync writes as."""
        return int(reading(self.settings).account.me()["id"])

    def faults(self, **faults: Any) -> None:
        """What goes wrong in the sandbox (`zdsync/sandbox/faults.py`)."""
        requests.put(f"{self.settings.sandbox_control}/faults", json=faults, timeout=30).raise_for_status()


def _targets_alone(folder: Path) -> Path:
    """The shipped configuration with the rule that the story is about: where a ticket ends is told in full by it."""
    config = Path(shutil.copytree(CONFIG, folder / "config", ignore=shutil.ignore_patterns("stories")))
    for file in (config / "rules").iterdir():
        if file.name != "sla_targets.yaml":
            file.unlink()
    return config


@contextmanager
def world(folder: Path, *, workers: int = 1, slots: int = 2, beats: int = 1) -> Iterator[World]:
    """Everything up and ready on Monday at 08:55; nothing is left of it afterwards."""
    with ExitStack() as stack:
        server = stack.enter_context(EmbeddedRedis(folder / "redis"))
        _, address = stack.enter_context(sandbox_process("--rate", "0", "--now", BEGINS.isoformat()))
        sandbox = Sandbox(address.control)
        found = Settings(
            redis_url=Secret(server.url),
            config=_targets_alone(folder),
            state=folder,
            public_bind=Bind("127.0.0.1", 0),
            private_bind=Bind("127.0.0.1", 0),
        )
        open_to, doors = stack.enter_context(opened(found))
        settings, _ = prepared(beside(open_to, address), sandbox)
        env = environment(settings)
        programs = [
            web(env, doors),
            *(Program(name, [*ZDSYNC, "worker", f"--concurrency={slots}"], env) for name in named("worker", workers)),
            *(
                Program("beat" if beats == 1 else f"beat-{number + 1}", [*ZDSYNC, "beat"], env)
                for number in range(beats)
            ),
        ]
        made = World(settings, server, sandbox, programs, folder)
        stack.callback(lambda: made.supervisor.stop())
        yield made


def named(role: str, number: int) -> list[str]:
    """`worker`; `beat-1`, `beat-2`."""
    return [role] if number == 1 else [f"{role}-{each + 1}" for each in range(number)]
