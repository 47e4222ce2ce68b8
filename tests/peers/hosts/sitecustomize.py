"""Stands in for a hosts file in the processes of other people's programs: their one Zendesk host is on this machine.

Python imports it at its start when this folder is on PYTHONPATH. `PEER_HOST` is the name, `PEER_PORT` the port of
`tests/peers/front.py`. Any other name is refused, so that nothing a program does can leave the machine.
"""

import os
import socket
from typing import Any

_real = socket.getaddrinfo
_name, _port = os.environ["PEER_HOST"], os.environ["PEER_PORT"]


def _getaddrinfo(host: Any, port: Any, *more: Any, **named: Any) -> Any:
    text = host.decode() if isinstance(host, bytes) else host
    if text != _name or int(port) != 443:
        raise socket.gaierror(socket.EAI_NONAME, f"{text}:{port} is not {_name}:443")
    return _real("127.0.0.1", _port, *more, **named)


socket.getaddrinfo = _getaddrinfo
