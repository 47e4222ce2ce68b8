"""An application on a real socket, by the very server that `zdsync web` uses."""

from __future__ import annotations

import asyncio
import socket
import threading
from collections.abc import Iterator
from contextlib import contextmanager

from starlette.applications import Starlette

from zdsync.web.serve import listen, server_of


@contextmanager
def running(app: Starlette, listener: socket.socket | None = None) -> Iterator[int]:
    """Serve on a free port, or on `listener`, from a thread until the block ends; gives the port."""
    with listener or listen("127.0.0.1", 0) as sock:
        server = server_of(app)
        thread = threading.Thread(target=lambda: asyncio.run(server.serve(sockets=[sock])))
        thread.start()
        try:
            yield int(sock.getsockname()[1])
        finally:
            server.should_exit = True
            thread.join(20)
            assert not thread.is_alive()
