"""Stands in for a hosts file and a port redirection, in the processes of other people's programs only.

Python imports it at its start when this folder is on PYTHONPATH. `PEER_HOST` is the one name that exists, on this
machine; what connects to its port 443 reaches `PEER_PORT`, where `tests/peers/front.py` listens. Every other name and
address is refused, so that nothing which a program does can leave the machine.
"""

import os
import socket
from typing import Any

_HOST, _PORT = os.environ["PEER_HOST"], int(os.environ["PEER_PORT"])
_LOOPBACK = "127.0.0.1"
_resolve, _connect = socket.getaddrinfo, socket.socket.connect


def _getaddrinfo(host: Any, *more: Any, **named: Any) -> Any:
    text = host.decode() if isinstance(host, bytes) else host
    if text not in (_HOST, _LOOPBACK):
        raise socket.gaierror(socket.EAI_NONAME, f"{text} is not {_HOST}")
    return _resolve(_LOOPBACK, *more, **named)


def _connect_here(self: socket.socket, address: Any) -> None:
    if self.family in (socket.AF_INET, socket.AF_INET6):
        if address[:2] != (_LOOPBACK, 443):
            raise ConnectionRefusedError(f"{address} is not {_HOST}:443")
        address = (_LOOPBACK, _PORT)
    _connect(self, address)


socket.getaddrinfo = _getaddrinfo
socket.socket.connect = _connect_here  # type: ignore[assignment, method-assign]
