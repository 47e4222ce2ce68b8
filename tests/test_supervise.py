"""The supervisor of `zdsync up`, with small Python programs as its children."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import psutil
import pytest
from structlog.testing import capture_logs

from tests.patience import until
from zdsync import supervise
from zdsync.supervise import Program, Supervisor

SLEEPS = "import time; print('up', flush=True); time.sleep(600)"
ENDS = "import sys; print('up', flush=True); sys.exit(3)"
STUBBORN = """
import signal, time
signal.signal(signal.SIGTERM, lambda *_: print('no', flush=True))
print('up', flush=True)
while True: time.sleep(600)
"""
POLITE = """
import signal, sys, time
def bye(*_):
    print('bye', flush=True)
    sys.exit(0)
signal.signal(signal.SIGTERM, bye)
print('up', flush=True)
time.sleep(600)
"""
PARENT = """
import subprocess, sys, time
child = subprocess.Popen([sys.executable, '-c', 'import time; time.sleep(600)'])
print(child.pid, flush=True)
time.sleep(600)
"""

Lines = list[tuple[str, str]]


def a_program(code: str, name: str = "one", **more: Any) -> Program:
    return Program(name, [sys.executable, "-c", code], **more)


@contextmanager
def supervised(*programs: Program) -> Iterator[tuple[Supervisor, Lines]]:
    """The supervisor of these programs, started, and what they have printed so far."""
    lines: Lines = []
    supervisor = Supervisor(programs, lambda name, line: lines.append((name, line)))
    supervisor.start()
    try:
        yield supervisor, lines
    finally:
        supervisor.stop()


def looking(supervisor: Supervisor, true: Callable[[], bool]) -> Callable[[], bool]:
    """A condition that a round of supervision goes before."""

    def look() -> bool:
        supervisor.look()
        return true()

    return look


def gone(pid: int) -> bool:
    """Nothing runs under this id; one that has ended and waits to be reaped does not run."""
    try:
        return psutil.Process(pid).status() == psutil.STATUS_ZOMBIE
    except psutil.NoSuchProcess:
        return True


@pytest.fixture
def impatient(monkeypatch: pytest.MonkeyPatch) -> None:
    """What takes seconds for people takes moments here."""
    monkeypatch.setattr(supervise, "BACKOFF", (0.01, 0.02, 0.03))
    monkeypatch.setattr(supervise, "HANGS_EVERY", 0.01)
    monkeypatch.setattr(supervise, "STOP_WITHIN", 0.5)


def test_every_line_of_every_program_reaches_on_line() -> None:
    code = "import sys, time; print('out'); print('err', file=sys.stderr); sys.stdout.flush(); time.sleep(600)"
    with supervised(a_program(code, "a"), a_program(code, "b")) as (_, lines):
        until(lambda: len(lines) == 4)
    assert sorted(lines) == [("a", "err"), ("a", "out"), ("b", "err"), ("b", "out")]


def test_the_environment_of_a_program_is_added_to_ours(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("OURS", "1")
    code = "import os; print(os.environ['OURS'], os.environ['ITS'], os.environ['ZDSYNC_PARENT'], flush=True)"
    with supervised(a_program(code, env={"ITS": "2"})) as (_, lines):
        until(lambda: bool(lines))
    assert lines == [("one", f"1 2 {os.getpid()}")]


@pytest.mark.usefixtures("impatient")
def test_what_dies_is_started_again_and_what_lives_is_left_alone() -> None:
    with supervised(a_program(SLEEPS, "dies"), a_program(SLEEPS, "lives")) as (supervisor, lines):
        until(lambda: len(lines) == 2)
        before = supervisor.pids()
        os.kill(before["dies"], signal.SIGKILL)
        until(looking(supervisor, lambda: lines.count(("dies", "up")) == 2))
        after = supervisor.pids()
    assert after["dies"] != before["dies"]
    assert after["lives"] == before["lives"]
    assert lines.count(("lives", "up")) == 1


@pytest.mark.usefixtures("impatient")
def test_each_restart_in_a_row_waits_longer_up_to_the_last_delay() -> None:
    with capture_logs() as logs, supervised(a_program(ENDS)) as (supervisor, lines):
        until(looking(supervisor, lambda: len(lines) >= 5))
    restarts = [entry for entry in logs if entry["event"] == "process restarts"]
    assert [entry["in_seconds"] for entry in restarts[:4]] == [0.01, 0.02, 0.03, 0.03]
    assert {entry["why"] for entry in restarts} == {"ended with exit code 3"}


@pytest.mark.usefixtures("impatient")
def test_the_delays_begin_anew_after_a_run_that_was_stable(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(supervise, "STABLE_AFTER", -1.0)  # every run counts as a long one
    with capture_logs() as logs, supervised(a_program(ENDS)) as (supervisor, lines):
        until(looking(supervisor, lambda: len(lines) >= 4))
    delays = [entry["in_seconds"] for entry in logs if entry["event"] == "process restarts"]
    assert set(delays) == {0.01}


def test_the_real_delays_grow() -> None:
    assert list(supervise.BACKOFF) == sorted(set(supervise.BACKOFF))


@pytest.mark.usefixtures("impatient")
@pytest.mark.parametrize("code", [SLEEPS, STUBBORN], ids=["ends when asked", "ignores SIGTERM"])
def test_what_hangs_is_ended_and_started_again(code: str) -> None:
    hanging: list[int] = []
    with capture_logs() as logs, supervised(a_program(code, grace=0, hangs=lambda: bool(hanging))) as (one, lines):
        until(looking(one, lambda: bool(lines)))
        first = one.pids()["one"]
        hanging.append(first)
        until(looking(one, lambda: bool(logs)))
        hanging.clear()
        until(looking(one, lambda: lines.count(("one", "up")) == 2))
        assert gone(first)
    assert [entry["why"] for entry in logs] == ["gave no sign of life"]


def test_within_its_grace_nobody_is_asked_whether_it_hangs() -> None:
    asked: list[None] = []

    def hangs() -> bool:
        asked.append(None)
        return True

    with supervised(a_program(SLEEPS, grace=3600, hangs=hangs)) as (supervisor, lines):
        until(looking(supervisor, lambda: bool(lines)))
        before = supervisor.pids()
        for _ in range(100):
            supervisor.look()
        assert supervisor.pids() == before
    assert not asked


def test_between_two_questions_some_seconds_pass(monkeypatch: pytest.MonkeyPatch) -> None:
    """A question costs a call to Redis; `look` comes ten times a second."""
    monkeypatch.setattr(supervise, "HANGS_EVERY", 3600.0)
    asked: list[None] = []

    def hangs() -> bool:
        asked.append(None)
        return False

    with supervised(a_program(SLEEPS, grace=-1, hangs=hangs)) as (supervisor, _):
        for _ in range(100):
            supervisor.look()
    assert len(asked) <= 1


@pytest.mark.usefixtures("impatient")
def test_what_a_dead_program_had_started_ends_before_it_is_started_again() -> None:
    with supervised(a_program(PARENT)) as (supervisor, lines):
        until(lambda: bool(lines))
        orphan = int(lines[0][1])
        os.kill(supervisor.pids()["one"], signal.SIGKILL)
        until(looking(supervisor, lambda: len(lines) == 2))
        until(lambda: gone(orphan))


def test_stop_lets_all_end_cleanly_and_leaves_nothing() -> None:
    with supervised(a_program(POLITE, "a"), a_program(POLITE, "b"), a_program(PARENT, "c")) as (supervisor, lines):
        until(lambda: len(lines) == 3)
        pids = [*supervisor.pids().values(), int(next(line for name, line in lines if name == "c"))]
    assert sorted(line for line in lines if line[1] == "bye") == [("a", "bye"), ("b", "bye")]
    assert supervisor.pids() == {}
    until(lambda: all(gone(pid) for pid in pids))


def test_the_last_started_is_asked_first(monkeypatch: pytest.MonkeyPatch) -> None:
    asked: list[int] = []
    terminate = subprocess.Popen.terminate

    def noted(process: subprocess.Popen[str]) -> None:
        asked.append(process.pid)
        terminate(process)

    monkeypatch.setattr(subprocess.Popen, "terminate", noted)
    with supervised(*(a_program(SLEEPS, name) for name in "abc")) as (supervisor, _):
        started = list(supervisor.pids().values())
    assert asked == started[::-1]


def test_stop_kills_what_ignores_it(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(supervise, "STOP_WITHIN", 0.2)
    with supervised(a_program(STUBBORN, "stubborn"), a_program(POLITE, "polite")) as (supervisor, lines):
        until(lambda: len(lines) == 2)
        pids = supervisor.pids()
    assert all(gone(pid) for pid in pids.values())
    assert ("polite", "bye") in lines


def test_stop_may_be_called_twice_and_before_anything_has_started() -> None:
    Supervisor([a_program(SLEEPS)], lambda name, line: None).stop()
    with supervised(a_program(SLEEPS)) as (supervisor, _):
        supervisor.stop()
        supervisor.stop()
        assert supervisor.pids() == {}


def test_nothing_is_started_again_once_all_is_stopped() -> None:
    with supervised(a_program(SLEEPS)) as (supervisor, lines):
        until(lambda: bool(lines))
        supervisor.stop()
        assert supervisor.pids() == {}
    assert lines == [("one", "up")]


PRINTS_AT_ITS_END_UNTIL_IT_CAN = """
import os, signal, time
def bye(*_):
    try: print('bye', flush=True)
    except OSError: return  # as Celery: the error keeps it from stopping
    os._exit(0)
signal.signal(signal.SIGTERM, bye)
print('up', flush=True)
while True: time.sleep(600)
"""


@pytest.mark.parametrize("code", [SLEEPS, PRINTS_AT_ITS_END_UNTIL_IT_CAN], ids=["quiet", "prints at its end"])
def test_children_end_when_the_supervisor_is_killed_without_a_word(code: str, tmp_path: Path) -> None:
    """`end_with_parent`, as our programs call it. What they print then has no reader any more."""
    child = f"from zdsync.supervise import end_with_parent\nend_with_parent()\n{code}"
    parent = f"""
import sys, time
from zdsync.supervise import Program, Supervisor
one = Supervisor([Program("one", [sys.executable, "-c", {child!r}])], lambda name, line: print(pid(), flush=True))
pid = lambda: one.pids()["one"]
one.start()
time.sleep(600)
"""
    process = subprocess.Popen([sys.executable, "-c", parent], stdout=subprocess.PIPE, text=True, cwd=tmp_path)
    with process:
        assert process.stdout is not None
        pid = int(process.stdout.readline())
        assert not gone(pid)
        process.kill()
        process.wait()
        until(lambda: gone(pid))


def test_without_a_supervisor_nobody_watches() -> None:
    code = "import threading, zdsync.supervise as it; it.end_with_parent(); print(threading.active_count())"
    environ = {name: value for name, value in os.environ.items() if name != "ZDSYNC_PARENT"}
    said = subprocess.run([sys.executable, "-c", code], env=environ, capture_output=True, text=True, check=True).stdout
    assert said == "1\n"


def test_a_supervisor_that_was_gone_before_the_watch_began_is_noticed() -> None:
    code = "from zdsync.supervise import end_with_parent; end_with_parent(); import time; time.sleep(600)"
    process = subprocess.Popen([sys.executable, "-c", code], env={**os.environ, "ZDSYNC_PARENT": "0"})
    try:
        until(lambda: process.poll() is not None)
    finally:
        process.kill()
        process.wait()
    assert process.returncode == -signal.SIGTERM
