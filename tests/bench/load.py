"""A load generator of its own process: signed webhooks over raw sockets, so that it costs less than what it measures.

`python -m tests.bench.load URL CONNECTIONS COUNT RATE FIRST` sends COUNT deliveries with consecutive ticket ids from
FIRST, as fast as they are answered (RATE 0) or at RATE a second, and prints one JSON line.
"""

from __future__ import annotations

import asyncio
import json
import sys
import time
from collections import Counter
from datetime import UTC, datetime
from typing import cast
from urllib.parse import urlsplit

import uvloop

from zdsync.zendesk.webhook import sign

SECRET = "bench-secret"
LONGEST_SECONDS = 60.0


def deliveries(host: str, count: int, first: int) -> list[bytes]:
    """Complete HTTP requests, made before the time is taken."""
    timestamp = datetime.now(UTC).strftime("%Y-%m-%dT%H:%M:%SZ")
    return [_delivery(host, timestamp, number) for number in range(first, first + count)]


def _delivery(host: str, timestamp: str, number: int) -> bytes:
    body = b'{"ticket_id":"%d"}' % number
    head = (
        f"POST /webhook HTTP/1.1\r\nHost: {host}\r\nContent-Type: application/json; charset=utf-8\r\n"
        f"User-Agent: Zendesk Webhook\r\nX-Zendesk-Account-Id: 18525119\r\n"
        f"X-Zendesk-Webhook-Id: 01HAN96XNH1J7DY8D7RZ22QMT9\r\nX-Zendesk-Webhook-Invocation-Id: BENCH{number:021d}\r\n"
        f"X-Zendesk-Webhook-Signature: {sign(SECRET, timestamp, body).decode()}\r\n"
        f"X-Zendesk-Webhook-Signature-Timestamp: {timestamp}\r\nContent-Length: {len(body)}\r\n\r\n"
    )
    return head.encode() + body


class _Connection(asyncio.Protocol):
    """Sends one request at a time and reports its status."""

    def __init__(self) -> None:
        self._buffer = b""
        self._answer: asyncio.Future[int] | None = None
        self._transport: asyncio.Transport | None = None

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self._transport = cast(asyncio.Transport, transport)  # uvloop's is one in all but name

    def send(self, request: bytes) -> asyncio.Future[int]:
        assert self._transport is not None
        self._answer = asyncio.get_running_loop().create_future()
        self._transport.write(request)
        return self._answer

    def data_received(self, data: bytes) -> None:
        self._buffer += data
        head, separator, rest = self._buffer.partition(b"\r\n\r\n")
        if not separator or self._answer is None:
            return
        length = int(head.lower().partition(b"content-length:")[2].split(b"\r\n", 1)[0])
        if len(rest) >= length:
            self._buffer = rest[length:]
            self._answer.set_result(int(head[9:12]))

    def connection_lost(self, exc: Exception | None) -> None:
        if self._answer is not None and not self._answer.done():
            self._answer.set_exception(ConnectionError("the server closed the connection"))


async def load(url: str, connections: int, count: int, rate: float, first: int) -> dict[str, object]:
    """Run it. Latencies count from when a request should have been sent, so that a stall is not overlooked."""
    parts = urlsplit(url)
    host, port = parts.hostname or "", parts.port or 80
    requests = enumerate(deliveries(parts.netloc, count, first))
    statuses: Counter[int] = Counter()
    latencies: list[float] = []
    started = time.perf_counter() + 0.1

    async def one_connection() -> None:
        loop = asyncio.get_running_loop()
        _, connection = await loop.create_connection(_Connection, host, port)
        for number, request in requests:
            due = started + number / rate if rate else time.perf_counter()
            if rate and (wait := due - time.perf_counter()) > 0:
                await asyncio.sleep(wait)
            statuses[await connection.send(request)] += 1
            latencies.append(time.perf_counter() - due)

    async with asyncio.timeout(LONGEST_SECONDS):
        await asyncio.gather(*(one_connection() for _ in range(connections)))
    seconds = time.perf_counter() - started
    latencies.sort()
    return {
        "statuses": {str(status): n for status, n in statuses.items()},
        "per_second": count / seconds,
        "p50_ms": 1000 * latencies[len(latencies) // 2],
        "p99_ms": 1000 * latencies[int(len(latencies) * 0.99)],
    }


if __name__ == "__main__":
    url, connections, count, rate, first = sys.argv[1:]
    print(json.dumps(uvloop.run(load(url, int(connections), int(count), float(rate), int(first)))))
