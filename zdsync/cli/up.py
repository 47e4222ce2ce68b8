"""`zdsync up`: Redis, worker, beat and web under one supervisor; the sandbox and a support week without an account."""

from __future__ import annotations

import contextlib
import signal
import sys
import tempfile
import time
from collections.abc import Callable, Iterator, Mapping
from dataclasses import replace
from datetime import timedelta
from pathlib import Path

import click
import structlog
from redis.exceptions import RedisError
from rich.console import Console

from zdsync.cli.context import FINDINGS, fail, settings
from zdsync.demo.run import play
from zdsync.demo.stage import SandboxFailed
from zdsync.demo.week import BEGINS
from zdsync.logs import configure_logs
from zdsync.rules.load import RulesError, load
from zdsync.settings import Secret, Settings
from zdsync.store.heartbeat import Heartbeat
from zdsync.store.server import EmbeddedRedis, RedisFailed, RedisMissing
from zdsync.supervise import Program, Supervisor
from zdsync.web.doors import Doors, handed_on, opened
from zdsync.web.serve import BindError
from zdsync.wiring import store_of

log = structlog.get_logger()

SILENCE = timedelta(seconds=60)
"""Every process gives a sign of life every few seconds; one that has been silent for so long hangs."""


@click.command()
@click.option("--for", "seconds", type=float, help="End after so many seconds, with a summary.")
@click.option("--workers", default=1, show_default=True, help="Celery worker processes, each with two slots.")
def up(seconds: float | None, workers: int) -> None:
    """Run everything here: Redis, worker, beat and web. Without an account: a sandbox that plays a support week.

    Ctrl-C stops all of it cleanly.
    """
    found = settings()
    configure_logs("console" if sys.stderr.isatty() else found.log)
    _check_rules(found)
    console = Console(highlight=False, soft_wrap=True)
    try:
        with (
            _stoppable() as stopped,
            opened(found, elsewhere=not found.has_account) as (open_to, doors),  # a demo does not fail over a port
            _redis(open_to) as (with_redis, tend),
        ):
            if found.has_account:
                _beside_the_account(with_redis, doors, tend, workers, seconds, stopped, console)
            else:
                play(
                    with_redis, lambda found, env: programs(found, workers, env, doors), tend, seconds, stopped, console
                )
    except (BindError, RedisMissing, RedisFailed, SandboxFailed) as error:
        fail(str(error))


def programs(found: Settings, workers: int, env: Mapping[str, str], doors: Doors) -> list[Program]:
    """The processes of one machine, what proves that each role is alive, and the addresses at which `web` listens."""
    silent = Silence(store_of(found).heartbeat)

    zdsync = [sys.executable, "-m", "zdsync"]
    names = ["worker"] if workers == 1 else [f"worker-{n + 1}" for n in range(workers)]
    return [
        replace(web(env, doors), hangs=lambda: silent.of("web")),
        *(Program(name, [*zdsync, "worker"], env, hangs=lambda: silent.of("worker")) for name in names),
        Program("beat", [*zdsync, "beat"], env, hangs=lambda: silent.of("beat")),
    ]


def web(env: Mapping[str, str], doors: Doors) -> Program:
    """`zdsync web`, which listens at addresses that its supervisor holds."""
    argv = [sys.executable, "-m", "zdsync", "web", *handed_on(doors)]
    return Program("web", argv, env, descriptors=[door.fileno() for door in doors])


class Silence:
    """Which roles have given no sign of life for long."""

    def __init__(self, heartbeat: Heartbeat, now: Callable[[], float] = time.monotonic) -> None:
        self._heartbeat = heartbeat
        self._now = now
        self._missed: dict[str, float] = {}
        """Since when a role's signs are not there at all."""

    def of(self, role: str) -> bool:
        """Redis away: nobody can give a sign. Just emptied: everybody gets the time to give one."""
        try:
            ages = self._heartbeat.ages()
        except RedisError:
            self._missed.clear()
            return False
        youngest = min((age for name, age in ages.items() if name.partition("@")[0] == role), default=None)
        if youngest is None:
            return self._now() - self._missed.setdefault(role, self._now()) > SILENCE.total_seconds()
        self._missed.pop(role, None)
        return youngest > SILENCE


def _check_rules(found: Settings) -> None:
    """Faults of the rules are told before anything starts. The sandbox brings its own `live_since`."""
    began = None if found.has_account else BEGINS
    try:
        load(found.config, live_since=began)
    except RulesError as error:
        fail("\n".join(str(finding) for finding in error.findings), FINDINGS)


@contextlib.contextmanager
def _redis(found: Settings) -> Iterator[tuple[Settings, Callable[[], None]]]:
    """The settings with a Redis in them, the configured one or one of our own, and what to call to keep it running."""
    if found.redis_url is not None:
        yield found, lambda: None
        return
    with contextlib.ExitStack() as stack:
        folder = found.redis_folder
        if not found.has_account:  # a new sandbox needs an empty index
            folder = Path(stack.enter_context(tempfile.TemporaryDirectory(prefix="zdsync-")))
        redis = stack.enter_context(EmbeddedRedis(folder))
        yield replace(found, redis_url=Secret(redis.url)), lambda: _restart_if_dead(redis)


def _restart_if_dead(redis: EmbeddedRedis) -> None:
    if (code := redis.process.poll()) is not None:
        log.warning("process restarts", process="redis", why=f"ended with exit code {code}")
        redis.restart()


@contextlib.contextmanager
def _stoppable() -> Iterator[list[bool]]:
    """A list that is no longer empty once Ctrl-C or SIGTERM has come."""
    stopped: list[bool] = []

    def stop(_signal: int, _frame: object) -> None:
        stopped.append(True)

    before = {each: signal.signal(each, stop) for each in (signal.SIGINT, signal.SIGTERM)}
    try:
        yield stopped
    finally:
        for each, handler in before.items():
            signal.signal(each, handler)


def _beside_the_account(
    found: Settings,
    doors: Doors,
    tend: Callable[[], None],
    workers: int,
    seconds: float | None,
    stopped: list[bool],
    console: Console,
) -> None:
    assert found.redis_url is not None
    env = {"ZDSYNC_REDIS_URL": found.redis_url.reveal()}
    supervisor = Supervisor(programs(found, workers, env, doors), lambda name, line: print(line, flush=True))
    console.print(
        f"zdsync runs beside {found.base_url}; webhooks at http://{found.public_bind}/webhook; Ctrl-C stops it."
    )
    ends = time.monotonic() + seconds if seconds else None
    supervisor.start()
    try:
        while not stopped and (ends is None or time.monotonic() < ends):
            tend()
            supervisor.look()
            time.sleep(0.1)
    finally:
        supervisor.stop()
