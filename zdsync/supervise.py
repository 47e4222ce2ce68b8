"""One supervisor for the processes of `zdsync up`: starts them, restarts what dies, ends what hangs, stops all cleanly.

It knows nothing of tickets. `cli/up.py` says which processes there are and what proves that one is alive.
"""

from __future__ import annotations

import contextlib
import os
import signal
import subprocess
import threading
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field

import structlog

log = structlog.get_logger()

STOP_WITHIN = 20.0
"""Seconds a process gets to end its present work before it is killed."""

BACKOFF = (0.2, 1.0, 2.0, 5.0, 10.0)
"""Seconds before the first, second… restart in a row; a process that has run for a minute starts over."""

STABLE_AFTER = 60.0

HANGS_EVERY = 2.0
"""Seconds between two questions whether a process hangs."""


@dataclass(frozen=True)
class Program:
    """A process to keep running."""

    name: str
    argv: Sequence[str]
    env: Mapping[str, str] = field(default_factory=dict)
    """Added to the supervisor's own environment."""
    descriptors: Sequence[int] = ()
    """Open files of the supervisor that each start of it gets too, under the same numbers."""
    hangs: Callable[[], bool] = lambda: False
    """Whether it lives but does nothing; asked every `HANGS_EVERY` seconds once it has had time to start."""
    grace: float = 30.0
    """Seconds after a start in which `hangs` is not asked."""


@dataclass
class _Child:
    program: Program
    process: subprocess.Popen[str]
    started: float
    asked: float = 0.0
    """When it was last asked whether it hangs."""
    failures: int = 0
    restart_at: float | None = None
    """Set while it is down and waiting for its next start."""


class Supervisor:
    """Keeps programs running until `stop`. `on_line(name, line)` gets everything that they print."""

    def __init__(self, programs: Sequence[Program], on_line: Callable[[str, str], None]) -> None:
        self._programs = programs
        self._on_line = on_line
        self._children: list[_Child] = []
        self._readers: list[threading.Thread] = []

    def start(self) -> None:
        for program in self._programs:
            self._children.append(_Child(program, self._spawn(program), time.monotonic()))

    def pids(self) -> dict[str, int]:
        """Name to process id of what runs now."""
        return {c.program.name: c.process.pid for c in self._children if c.process.poll() is None}

    def look(self) -> None:
        """One round of supervision; call it a few times a second."""
        now = time.monotonic()
        for child in self._children:
            if child.restart_at is not None:
                if now >= child.restart_at:
                    child.process, child.started, child.restart_at = self._spawn(child.program), now, None
            elif (code := child.process.poll()) is not None:
                _end_group(child.process, within=0.5)  # what it had started itself
                self._plan_restart(child, f"ended with exit code {code}", now)
            elif self._hangs(child, now):
                _end_group(child.process, within=2.0)
                self._plan_restart(child, "gave no sign of life", now)

    def stop(self) -> None:
        """Ask all to end, last started first; kill what has not ended in time. Idempotent."""
        deadline = time.monotonic() + STOP_WITHIN
        for child in reversed(self._children):
            if child.process.poll() is None:
                with contextlib.suppress(ProcessLookupError):
                    child.process.terminate()
        for child in reversed(self._children):
            with contextlib.suppress(subprocess.TimeoutExpired):
                child.process.wait(max(0.1, deadline - time.monotonic()))
            _end_group(child.process, within=0.5)
        for reader in self._readers:
            reader.join(2.0)

    def _hangs(self, child: _Child, now: float) -> bool:
        if now - child.started <= child.program.grace or now - child.asked < HANGS_EVERY:
            return False
        child.asked = now
        return child.program.hangs()

    def _plan_restart(self, child: _Child, why: str, now: float) -> None:
        child.failures = 0 if now - child.started > STABLE_AFTER else child.failures
        delay = BACKOFF[min(child.failures, len(BACKOFF) - 1)]
        child.failures += 1
        child.restart_at = now + delay
        log.warning("process restarts", process=child.program.name, why=why, in_seconds=delay)

    def _spawn(self, program: Program) -> subprocess.Popen[str]:
        # A session of its own: Ctrl-C reaches the supervisor alone, which then stops the others in order.
        process = subprocess.Popen(  # noqa: S603 - our own programs
            program.argv,
            env={**os.environ, **program.env, "ZDSYNC_PARENT": str(os.getpid())},
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
            errors="replace",
            start_new_session=True,
            pass_fds=program.descriptors,
        )
        reader = threading.Thread(target=self._read, args=(program.name, process), daemon=True)
        reader.start()
        self._readers = [each for each in self._readers if each.is_alive()] + [reader]
        return process

    def _read(self, name: str, process: subprocess.Popen[str]) -> None:
        assert process.stdout is not None
        for line in process.stdout:
            self._on_line(name, line.rstrip("\n"))


def _end_group(process: subprocess.Popen[str], within: float) -> None:
    """End the process and everything it has started."""
    for sent in (signal.SIGTERM, signal.SIGKILL):
        try:
            os.killpg(process.pid, sent)
        except (ProcessLookupError, PermissionError):
            break
        with contextlib.suppress(subprocess.TimeoutExpired):
            process.wait(within)
    process.poll()


def end_with_parent() -> None:
    """In a program of `zdsync up`: end when the supervisor is gone, even if it was killed without a word."""
    parent = os.environ.get("ZDSYNC_PARENT")
    if parent is None:
        return
    threading.Thread(target=_watch_parent, args=(int(parent),), daemon=True, name="watch-parent").start()


def _watch_parent(parent: int) -> None:
    while os.getppid() == parent:
        time.sleep(1.0)
    # Nobody reads any more what we print: Celery, for one, would fail over its last words and stay.
    nowhere = os.open(os.devnull, os.O_WRONLY)
    for stream in (1, 2):
        os.dup2(nowhere, stream)
    os.kill(os.getpid(), signal.SIGTERM)
    time.sleep(STOP_WITHIN)
    os.killpg(0, signal.SIGKILL)  # the supervisor gave us a group of our own
