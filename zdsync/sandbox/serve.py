"""Runs the sandbox on a free loopback port: in a thread of this process (`serve`) or as a command (`__main__.py`)."""

from __future__ import annotations

import asyncio
import socket
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from typing import Any, TypeVar

import uvicorn

from zdsync.sandbox import acts, control
from zdsync.sandbox.account import Account
from zdsync.sandbox.app import Sandbox
from zdsync.sandbox.base import SECOND, Row, iso_ms
from zdsync.sandbox.faults import Faults

T = TypeVar("T")
PATIENCE = 60.0
"""Real seconds that an operation may take before a test is told instead of hanging."""


def listen(port: int = 0) -> socket.socket:
    listener = socket.socket(socket.AF_INET, socket.SOCK_STREAM, socket.IPPROTO_TCP)
    listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    listener.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)  # else each reply waits 40 ms for an ACK
    listener.bind(("127.0.0.1", port))
    return listener


async def run(sandbox: Sandbox, listener: socket.socket, stop: asyncio.Event, ready: Callable[[], None]) -> None:
    """Serve until `stop` is set. `ready` is called once connections are accepted."""
    # The Date header is account time, so uvicorn must not add its own.
    config = uvicorn.Config(
        sandbox, lifespan="off", log_config=None, access_log=False, date_header=False, server_header=False
    )
    config.load()
    server = uvicorn.Server(config)
    server.lifespan = config.lifespan_class(config)
    await server.startup(sockets=[listener])
    sandbox.start()
    ready()
    try:
        await stop.wait()
    finally:
        await sandbox.stop()
        # Not uvicorn's own shutdown: it waits for clients, and none is worth waiting for here.
        for listening in server.servers:
            listening.close()
        for connection in list(server.server_state.connections):
            connection.transport.abort()
        listener.close()


class ServerClock:
    """The account's clock as seen from other threads."""

    def __init__(self, server: Server) -> None:
        self._server = server

    @property
    def now(self) -> datetime:
        return datetime.fromtimestamp(self.now_ms / SECOND, UTC)

    @property
    def now_ms(self) -> int:
        return self._server.call(lambda: self._server.account.now_ms)

    def set(self, when: datetime | str) -> Row:
        return self._move({"set": when if isinstance(when, str) else when.isoformat()})

    def advance(self, seconds: float) -> Row:
        """Everything that is due on the way happens at its own instant."""
        return self._move({"advance": seconds})

    def run_at(self, rate: float) -> Row:
        return self._move({"rate": rate})

    def jump(self, not_after: datetime | str | None = None) -> Row:
        """To the next event or `not_after`: `{"moved", "now", "epoch_ms", "rate", "in_flight"}`."""
        limit = not_after.isoformat() if isinstance(not_after, datetime) else not_after
        return self._move({"jump": True, "not_after": limit})

    def _move(self, body: Row) -> Row:
        return self._server.call(lambda: control.move_clock(self._server.sandbox, body))


class Server:
    """A running sandbox. All methods may be called from any thread but the server's own."""

    def __init__(self, sandbox: Sandbox, port: int) -> None:
        self.sandbox = sandbox
        self.port = port
        self.url = f"http://127.0.0.1:{port}"
        self.control_url = f"{self.url}/control"
        self.clock = ServerClock(self)
        self._loop: asyncio.AbstractEventLoop | None = None

    @property
    def account(self) -> Account:
        """For looking at, while nothing is going on. Change it through `call`."""
        return self.sandbox.account

    @property
    def email(self) -> str:
        """Of the user that zdsync writes as."""
        return next(iter(self.account.credentials.api_tokens))

    @property
    def token(self) -> str:
        return self.account.credentials.api_tokens[self.email]

    def call(self, do: Callable[[], T]) -> T:
        """Run `do` on the server's loop, between requests; then let happen what is due."""

        async def on_loop() -> T:
            result = do()
            self.sandbox.settle()
            return result

        assert self._loop is not None, "the server has not started"
        return asyncio.run_coroutine_threadsafe(on_loop(), self._loop).result(PATIENCE)

    def act(self, as_: int | str, **act: Any) -> Row:
        """A person does something: `act("ann@x.example", ticket=1, comment="…")`. See `acts.py` for the keys.

        Gives `{"ticket": id, "audit": id or None, "scheduled": bool}`.
        """
        if isinstance(act.get("at"), datetime):
            act["at"] = act["at"].isoformat()
        return self.call(lambda: acts.perform(self.account, {"as": as_, **act}))

    def set_faults(self, faults: Faults | Row) -> None:
        def put() -> None:
            self.account.faults = Faults.model_validate(faults)

        self.call(put)

    def outbox(self) -> list[Row]:
        return self.call(lambda: list(self.account.emails))

    def downloads(self) -> list[Row]:
        """Requests for the bytes of attachments: `{"at", "attachment", "host", "credentials", "status"}`."""
        return self.call(lambda: list(self.account.downloads))

    def calls(self, ticket: int | None = None) -> Row:
        """`{"counts": {kind: {status: n}}, "writes": […]}`, the writes of one ticket if named. See `control.calls`."""
        return self.call(lambda: control.calls(self.account, ticket))

    def events(self, after: int = 0) -> list[Row]:
        return self.call(lambda: self.account.feed[after:])

    def save(self) -> Row:
        return self.call(lambda: self.account.to_json())

    def load(self, data: Row) -> None:
        self.call(lambda: self.sandbox.replace(Account.from_json(data)))

    def idle(self) -> None:
        """Wait until no webhook is on its way (retries that are due later do not count)."""
        assert self._loop is not None, "the server has not started"
        asyncio.run_coroutine_threadsafe(self.sandbox.courier.idle(), self._loop).result(PATIENCE)

    def __repr__(self) -> str:
        return f"<sandbox {self.url} {iso_ms(self.account.now_ms)}>"


@contextmanager
def serve(account: Account, *, port: int = 0) -> Iterator[Server]:
    """Serve an account from a thread of this process until the block ends."""
    listener = listen(port)
    server = Server(Sandbox(account), listener.getsockname()[1])
    started = threading.Event()
    stop = asyncio.Event()

    async def main() -> None:
        server._loop = asyncio.get_running_loop()
        await run(server.sandbox, listener, stop, started.set)

    thread = threading.Thread(target=lambda: asyncio.run(main()), name="sandbox", daemon=True)
    thread.start()
    if not started.wait(PATIENCE):
        raise RuntimeError("the sandbox did not start")
    try:
        yield server
    finally:
        assert server._loop is not None
        server._loop.call_soon_threadsafe(stop.set)
        thread.join(PATIENCE)
        listener.close()
