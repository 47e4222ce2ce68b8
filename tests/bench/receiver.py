"""The receiver with a real Redis, against an empty Starlette route on the same server settings.

Held: at least a quarter of the empty route's requests per second, none lost, p99 below 50 ms at 500 requests/s.
"""

from __future__ import annotations

import json
import os
import statistics
import subprocess
import sys
import tempfile
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager, contextmanager
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from redis import Redis
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from tests.bench import Figure, report
from tests.bench.load import SECRET
from zdsync.logs import configure_logs
from zdsync.store.due import Due
from zdsync.store.server import EmbeddedRedis
from zdsync.web.intake import Intake
from zdsync.web.public import public_app
from zdsync.web.serve import listen, serve

ROUNDS = 7
CONNECTIONS = 48
COUNT = 12_000
PACED_COUNT, PACED_RATE = 2_500, 500
SHARE_HELD = 0.25
P99_MS_HELD = 50.0


def run() -> bool:
    """Print the figures; whether all of them hold."""
    with tempfile.TemporaryDirectory() as folder, EmbeddedRedis(Path(folder)) as redis:
        with _server("empty", "") as empty, _server("receiver", redis.url) as receiver:
            first, shares, rates = 1, [], []
            for _ in range(ROUNDS):
                base = _load(empty, COUNT, 0, first)
                ours = _load(receiver, COUNT, 0, first)
                assert ours["statuses"] == {"202": COUNT}, ours["statuses"]
                shares.append(ours["per_second"] / base["per_second"])
                rates.append((base["per_second"], ours["per_second"]))
                first += COUNT
            paced = _load(receiver, PACED_COUNT, PACED_RATE, first)
        with Redis.from_url(redis.url) as client:
            stored = sum(Due(client).counts().values())
    sent = ROUNDS * COUNT + PACED_COUNT
    base_rate, our_rate = (statistics.median(each) for each in zip(*rates, strict=True))
    return report(
        [
            Figure(
                "receiver, share of an empty route's requests",
                statistics.median(shares),
                at_least=SHARE_HELD,
                note=f"{our_rate:,.0f}/s of {base_rate:,.0f}/s, {CONNECTIONS} connections",
            ),
            Figure("receiver, deliveries lost", sent - stored, "of " + str(sent), at_most=0, at_least=0),
            Figure(
                f"receiver, p99 at {PACED_RATE}/s",
                paced["p99_ms"],
                "ms",
                at_most=P99_MS_HELD,
                note=f"p50 {paced['p50_ms']:.1f} ms",
            ),
        ]
    )


def _load(url: str, count: int, rate: int, first: int) -> dict[str, Any]:
    command = [sys.executable, "-m", "tests.bench.load", url, *map(str, (CONNECTIONS, count, rate, first))]
    done = subprocess.run(command, check=True, capture_output=True, text=True, timeout=120)
    result: dict[str, Any] = json.loads(done.stdout)
    return result


@contextmanager
def _server(kind: str, redis_url: str) -> Iterator[str]:
    """A process that serves, ended at the end; gives its public URL."""
    command = [sys.executable, "-m", "tests.bench.receiver", kind]
    environ = {**os.environ, "BENCH_REDIS": redis_url}  # not in the arguments: it holds the password
    with subprocess.Popen(
        command, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True, env=environ
    ) as process:
        try:
            assert process.stdout is not None
            yield process.stdout.readline().strip()
        finally:
            process.terminate()
            process.wait(20)


@asynccontextmanager
async def _receiver_apps() -> AsyncIterator[tuple[Starlette, Starlette]]:
    def now() -> datetime:
        return datetime.now(UTC)

    async with Intake(os.environ["BENCH_REDIS"], now=now) as intake:
        yield public_app(intake.store, now=now, secrets=[SECRET]), Starlette()


@asynccontextmanager
async def _empty_apps() -> AsyncIterator[tuple[Starlette, Starlette]]:
    async def empty(request: Request) -> Response:
        return Response(status_code=202)

    yield Starlette(routes=[Route("/webhook", empty, methods=["POST"])]), Starlette()


if __name__ == "__main__":
    configure_logs("json")
    serve(
        _receiver_apps if sys.argv[1] == "receiver" else _empty_apps,
        listen("127.0.0.1", 0),
        listen("127.0.0.1", 0),
        started=lambda public, private: print(public, flush=True),
    )
