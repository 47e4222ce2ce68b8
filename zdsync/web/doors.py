"""The two addresses of `zdsync web`, held by whoever keeps it running (`zdsync up`) and handed on to each start of it.

A port that was only chosen, and is bound seconds later, may be somebody else's by then: an outgoing connection is
enough, and `web` would start in vain for as long as it lasts. One that is held stays ours, and what comes while `web`
starts anew waits in its queue.
"""

from __future__ import annotations

import contextlib
import socket
from collections.abc import Iterator
from dataclasses import replace

from zdsync.settings import Bind, Settings
from zdsync.web.serve import BindError, listen

Doors = tuple[socket.socket, socket.socket]
"""What listens for (public, private)."""


@contextlib.contextmanager
def opened(found: Settings, *, elsewhere: bool = False) -> Iterator[tuple[Settings, Doors]]:
    """Listen at both addresses until the block ends; the settings name the ports that it came to.

    An address that is taken raises `BindError`; with `elsewhere`, a free port of the same host is taken instead.
    """
    with contextlib.ExitStack() as stack:
        public, private = (
            stack.enter_context(_door(bind, elsewhere)) for bind in (found.public_bind, found.private_bind)
        )
        at = replace(
            found, public_bind=_bind(found.public_bind, public), private_bind=_bind(found.private_bind, private)
        )
        yield at, (public, private)


def handed_on(doors: Doors) -> tuple[str, ...]:
    """The arguments by which `zdsync web` finds them among the descriptors that it was given."""
    return ("--listening", *(str(door.fileno()) for door in doors))


def received(numbers: tuple[int, int]) -> Doors:
    """The other end of `handed_on`: descriptors of this process -> sockets."""
    public, private = numbers
    return socket.socket(fileno=public), socket.socket(fileno=private)


def _door(bind: Bind, elsewhere: bool) -> socket.socket:
    try:
        return listen(bind.host, bind.port)
    except BindError:
        if not elsewhere:
            raise
        return listen(bind.host, 0)


def _bind(wanted: Bind, door: socket.socket) -> Bind:
    return Bind(wanted.host, int(door.getsockname()[1]))
