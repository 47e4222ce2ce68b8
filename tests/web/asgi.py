"""One request to an ASGI application, without a server: the body in the pieces that are given, nothing in between."""

from __future__ import annotations

import asyncio
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from starlette.types import ASGIApp, Message, Scope


@dataclass(frozen=True)
class Answer:
    status: int
    headers: Mapping[str, str]
    body: bytes


class NoAnswer(Exception):
    """The application ended without an answer."""


async def ask(
    app: ASGIApp,
    method: str,
    path: str,
    headers: Mapping[str, str] | Sequence[tuple[bytes, bytes]] = (),
    body: bytes | Sequence[bytes] = b"",
    *,
    hangs: bool = False,
    leaves: bool = False,
) -> Answer:
    """`hangs`: after the pieces nothing comes any more. `leaves`: after them the client is gone."""
    if isinstance(headers, Mapping):
        headers = [(name.encode("latin-1"), value.encode("latin-1")) for name, value in headers.items()]
    pieces = [body] if isinstance(body, bytes) else list(body)
    messages: list[Message] = [
        {"type": "http.request", "body": piece, "more_body": hangs or leaves or number < len(pieces)}
        for number, piece in enumerate(pieces, start=1)
    ]
    if not hangs:
        messages.append({"type": "http.disconnect"})
    sent: list[Message] = []

    async def receive() -> Message:
        if messages:
            return messages.pop(0)
        await asyncio.Event().wait()
        raise AssertionError

    async def send(message: Message) -> None:
        sent.append(message)

    scope: Scope = {
        "type": "http",
        "asgi": {"version": "3.0"},
        "http_version": "1.1",
        "method": method,
        "scheme": "http",
        "path": path,
        "raw_path": path.encode(),
        "query_string": b"",
        "root_path": "",
        "headers": list(headers),
        "client": ("192.0.2.1", 1),
        "server": ("127.0.0.1", 80),
    }
    await app(scope, receive, send)
    if not sent:
        raise NoAnswer
    head, *rest = sent
    answered = {name.decode("latin-1"): value.decode("latin-1") for name, value in head["headers"]}
    return Answer(head["status"], answered, b"".join(message.get("body", b"") for message in rest))
