"""HTTPS in front of the sandbox's HTTP port, as a load balancer is in front of a real Zendesk.

For programs that have `https://….zendesk.com` written into them. It decrypts and says so (`X-Forwarded-Proto`), so
that the links in replies lead back here; nothing else of a request or a reply is touched. `conftest.py` starts it.
"""

from __future__ import annotations

import asyncio
import re
import ssl
import threading
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

_LENGTH = re.compile(rb"^content-length:\s*(\d+)\s*$", re.IGNORECASE | re.MULTILINE)
_HEAD_END = b"\r\n\r\n"


async def _requests(client: asyncio.StreamReader, server: asyncio.StreamWriter) -> None:
    """Pass each request on, with the header. A chunked body would confuse it; none of the programs sends one."""
    while True:
        head = await client.readuntil(_HEAD_END)
        length = _LENGTH.search(head)
        body = await client.readexactly(int(length[1])) if length else b""
        server.write(head.removesuffix(_HEAD_END) + b"\r\nX-Forwarded-Proto: https" + _HEAD_END + body)
        await server.drain()


async def _replies(server: asyncio.StreamReader, client: asyncio.StreamWriter) -> None:
    while data := await server.read(65_536):
        client.write(data)
        await client.drain()


async def _connection(reader: asyncio.StreamReader, writer: asyncio.StreamWriter, port: int) -> None:
    inner_reader, inner_writer = await asyncio.open_connection("127.0.0.1", port)
    ways = [asyncio.create_task(_requests(reader, inner_writer)), asyncio.create_task(_replies(inner_reader, writer))]
    try:
        await asyncio.wait(ways, return_when=asyncio.FIRST_COMPLETED)
    finally:
        for way in ways:
            way.cancel()
        await asyncio.gather(*ways, return_exceptions=True)
        for end in (inner_writer, writer):
            end.close()
            with suppress(OSError, ssl.SSLError):
                await end.wait_closed()


@contextmanager
def front(port: int, certificate: Path, key: Path) -> Iterator[int]:
    """Serve until the block ends; gives the port. `port` is the sandbox's."""
    context = ssl.create_default_context(ssl.Purpose.CLIENT_AUTH)
    context.load_cert_chain(certificate, key)
    started = threading.Event()
    running: list[tuple[asyncio.AbstractEventLoop, asyncio.Event, int]] = []

    async def main() -> None:
        stop = asyncio.Event()
        connections: set[asyncio.Task[None]] = set()

        async def accept(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
            task = asyncio.current_task()
            assert task is not None
            connections.add(task)
            try:
                await _connection(reader, writer, port)
            finally:
                connections.discard(task)

        server = await asyncio.start_server(accept, "127.0.0.1", 0, ssl=context)
        running.append((asyncio.get_running_loop(), stop, server.sockets[0].getsockname()[1]))
        started.set()
        await stop.wait()
        server.close()
        for task in list(connections):
            task.cancel()
        await asyncio.gather(*connections, return_exceptions=True)

    thread = threading.Thread(target=lambda: asyncio.run(main()), name="front", daemon=True)
    thread.start()
    if not started.wait(30):
        raise RuntimeError("the front did not start")
    loop, stop, at = running[0]
    try:
        yield at
    finally:
        loop.call_soon_threadsafe(stop.set)
        thread.join(30)
