"""Memory: `zdsync up` in all, and a worker that reconciles very many tickets.

Held: everything that `zdsync up` starts stays below 700 MB together; a worker does not grow over 100,000 tickets. Here
its growth is measured over fewer and told for so many; `make soak` takes all of them, and so does
`python -m tests.bench.memory 100000`.
"""

from __future__ import annotations

import contextlib
import json
import os
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from pathlib import Path

import psutil

from tests.bench import CONFIG, Figure, report
from zdsync.store.server import EmbeddedRedis

TICKETS = 10_000
PROMISED = 100_000
GROWTH_MB_HELD = 4.0
"""Caches of fixed size are full after the first tenth; what comes on top would be a leak. 40 bytes a ticket are one."""

UP_SECONDS = 40
UP_MB_HELD = 700.0


def run(tickets: int = TICKETS) -> bool:
    """Print the figures; whether all of them hold."""
    return report(figures(tickets))


def figures(tickets: int) -> Iterator[Figure]:
    yield _everything()
    yield _worker(tickets)


def _everything() -> Figure:
    """The support week, with its sandbox; memory that several processes share is counted once."""
    with tempfile.TemporaryDirectory() as folder:
        up = subprocess.Popen(
            [sys.executable, "-m", "zdsync", "up", "--for", str(UP_SECONDS)],
            cwd=folder,
            env={**_without_settings(), "ZDSYNC_CONFIG": str(CONFIG), "ZDSYNC_STATE": folder},
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
        )
        try:
            most: list[tuple[float, str]] = []
            while up.poll() is None:
                most = max(most, _by_process(psutil.Process(up.pid)), key=_sum)
                time.sleep(1)
        finally:
            up.terminate()
            up.wait(30)
    assert up.returncode == 0, f"zdsync up ended with {up.returncode}"
    note = f"{len(most)} processes: " + ", ".join(f"{name} {mb:.0f}" for mb, name in sorted(most, reverse=True))
    return Figure("zdsync up, everything, at most", _sum(most), "MB", at_most=UP_MB_HELD, note=note)


def _sum(processes: list[tuple[float, str]]) -> float:
    return sum(mb for mb, _ in processes)


def _without_settings() -> dict[str, str]:
    return {name: value for name, value in os.environ.items() if not name.startswith("ZDSYNC_")}


def _by_process(root: psutil.Process) -> list[tuple[float, str]]:
    """MB and role of each process below `root`, itself included."""
    found: list[tuple[float, str]] = []
    with contextlib.suppress(psutil.NoSuchProcess):
        for process in (root, *root.children(recursive=True)):
            with contextlib.suppress(psutil.NoSuchProcess, psutil.AccessDenied):
                memory = process.memory_full_info()
                # Of shared pages each process is charged its part; where the system does not tell, only its own ones.
                found.append((getattr(memory, "pss", memory.uss) / 1e6, _role(process)))
    return found


def _role(process: psutil.Process) -> str:
    words = process.cmdline()
    return words[words.index("zdsync") + 1] if "zdsync" in words[:-1] else process.name()


def _worker(tickets: int) -> Figure:
    started = time.monotonic()
    samples = worker_memory(tickets)
    took = time.monotonic() - started
    (first, warm), (last, end) = samples[0], samples[-1]
    return Figure(
        f"a worker grows over {PROMISED:,} tickets by",
        (end - warm) * PROMISED / (last - first),
        "MB",
        at_most=GROWTH_MB_HELD,
        note=f"measured over {last - first:,}; MB after each tenth of {last:,}: "
        f"{', '.join(f'{mb:.1f}' for _, mb in samples)}; {1000 * took / last:.1f} ms each",
    )


def worker_memory(tickets: int) -> list[tuple[int, float]]:
    """Tickets done and MB of resident memory, ten times, of a process that reconciles so many."""
    with tempfile.TemporaryDirectory() as folder, EmbeddedRedis(Path(folder)) as redis:
        done = subprocess.run(
            [sys.executable, "-m", "tests.bench.many", str(tickets)],
            env={**os.environ, "BENCH_REDIS": redis.url},  # not in the arguments: it holds the password
            stdout=subprocess.PIPE,
            stderr=subprocess.DEVNULL,
            check=True,
        )
    return [(int(count), float(mb)) for count, mb in map(json.loads, done.stdout.splitlines())]


if __name__ == "__main__":
    sys.exit(not run(*map(int, sys.argv[1:])))
