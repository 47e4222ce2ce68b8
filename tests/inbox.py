"""A mail server of the tests' own, on this machine: what has arrived, and what goes wrong on purpose."""

from __future__ import annotations

import socket
from collections.abc import Iterator
from contextlib import contextmanager
from email import message_from_bytes
from email.message import Message

from aiosmtpd.controller import Controller
from aiosmtpd.smtp import SMTP, Envelope, Session


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


class Inbox:
    """What has arrived. `refuses`: addresses that it does not take; `hangs_up_at`: the mail at which it is gone."""

    def __init__(self) -> None:
        self.arrived: list[tuple[str, Message]] = []
        self.refuses: frozenset[str] = frozenset()
        self.hangs_up_at = 0
        self.tried = 0
        self.url = ""

    async def handle_RCPT(
        self, server: SMTP, session: Session, envelope: Envelope, address: str, options: list[str]
    ) -> str:
        if address in self.refuses:
            return "550 no such mailbox"
        envelope.rcpt_tos.append(address)
        return "250 OK"

    async def handle_DATA(self, server: SMTP, session: Session, envelope: Envelope) -> str:
        self.tried += 1
        assert isinstance(envelope.content, bytes)
        self.arrived.append((envelope.rcpt_tos[0], message_from_bytes(envelope.content)))
        if self.tried == self.hangs_up_at and server.transport is not None:
            server.transport.close()
        return "250 OK"


@contextmanager
def open_inbox() -> Iterator[Inbox]:
    """Until the block ends."""
    found = Inbox()
    controller = Controller(found, hostname="127.0.0.1", port=free_port())
    controller.start()
    found.url = f"smtp://127.0.0.1:{controller.port}"
    try:
        yield found
    finally:
        controller.stop()
