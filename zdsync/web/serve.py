"""Both web applications in one process on one event loop, until SIGTERM or Ctrl-C. `zdsync web` calls `serve`.

Two addresses, so that only one has to be reachable from outside. Running requests get some seconds to end.
"""

from __future__ import annotations

import asyncio
import contextlib
import signal
import socket
from collections.abc import Callable, Iterator
from contextlib import AbstractAsyncContextManager

import structlog
import uvicorn
from starlette.applications import Starlette

GRACE_SECONDS = 5
BACKLOG = 2048

log = structlog.get_logger()

Apps = Callable[[], AbstractAsyncContextManager[tuple[Starlette, Starlette]]]
"""Makes (public, private) inside the event loop, and closes what they hold (connections to Redis) at the end."""


class BindError(OSError):
    """An address cannot be listened on. The message names it."""


def serve(
    apps: Apps,
    public: socket.socket,
    private: socket.socket,
    *,
    started: Callable[[str, str], None] = lambda public, private: None,
) -> None:
    """Serve at two listening sockets until told to stop, and close them. `started` gets both URLs."""
    with public, private, asyncio.Runner(loop_factory=_loop_factory()) as runner:
        runner.run(_serve(apps, [public, private], started))


def listen(host: str, port: int) -> socket.socket:
    """A listening socket; a port of 0 takes a free one. Raises `BindError`."""
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    try:
        return socket.create_server((host, port), family=family, backlog=BACKLOG)
    except OSError as error:
        raise BindError(f"cannot listen on {host}:{port}: {error.strerror or error}") from None


async def _serve(apps: Apps, sockets: list[socket.socket], started: Callable[[str, str], None]) -> None:
    urls = [_url(each) for each in sockets]
    async with apps() as pair:
        servers = [server_of(app) for app in pair]
        loop = asyncio.get_running_loop()
        for number in (signal.SIGTERM, signal.SIGINT):
            loop.add_signal_handler(number, _stop, servers)
        log.info("web started", public=urls[0], private=urls[1])
        started(*urls)
        await asyncio.gather(*(server.serve(sockets=[each]) for server, each in zip(servers, sockets, strict=True)))
    log.info("web stopped")


class _Server(uvicorn.Server):
    """Signals are for both servers, so neither takes them for itself."""

    @contextlib.contextmanager
    def capture_signals(self) -> Iterator[None]:
        yield


def _stop(servers: list[uvicorn.Server]) -> None:
    for server in servers:
        server.should_exit = True


def server_of(app: Starlette) -> uvicorn.Server:
    """A server for one of the applications, which leaves signals alone."""
    config = uvicorn.Config(
        app,
        http="httptools",
        ws="none",
        lifespan="off",
        log_config=None,  # structlog is set up by the command line
        access_log=False,
        server_header=False,
        proxy_headers=False,  # nothing here depends on the client's address
        timeout_graceful_shutdown=GRACE_SECONDS,
    )
    return _Server(config)


def _url(listener: socket.socket) -> str:
    host, port = listener.getsockname()[:2]
    return f"http://[{host}]:{port}" if ":" in host else f"http://{host}:{port}"


def _loop_factory() -> Callable[[], asyncio.AbstractEventLoop] | None:
    try:
        import uvloop
    except ImportError:  # not on Windows
        return None
    return uvloop.new_event_loop
