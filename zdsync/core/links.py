"""Links by which a customer answers our question without writing: what they say, and that it was we who said it. Pure.

A link is worked out from the ticket, the agent's solve that began the episode, and the day on which it ends; nothing
is stored. `confirmation_hold` makes them, the confirmation page (`zdsync/confirm.py`) reads them.
"""

from __future__ import annotations

import base64
import hashlib
import hmac
import re
import struct
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Final, Literal

PATH: Final = "/confirm/"
"""Of the page, below the public address."""

KEY_LENGTH: Final = 32
"""Characters that a key has at least. `secrets.token_urlsafe(32)` gives 43."""

TOKEN_LENGTH: Final = 64

_CONTENT: Final = struct.Struct(">QQI")
"""Ticket, audit, and the end in seconds since 1970: 20 bytes."""
_SIGNATURE: Final = 20
"""Bytes of HMAC-SHA256 that are kept: 160 bits. With the content 40 bytes, which base32 writes without any rest: no
letter of a token can be another one."""
_TOKEN: Final = re.compile(f"[a-z2-7]{{{TOKEN_LENGTH}}}")
_PURPOSE: Final = b"zdsync confirmation link 1\0"
"""A key that signs something else as well gives no links."""


@dataclass(frozen=True, slots=True)
class Links:
    """What links are made and read with on this account."""

    url: str
    """Where the public side is reached from outside, without a slash at the end."""
    keys: tuple[bytes, ...] = field(repr=False)
    """The first signs, all are accepted. Secret."""


@dataclass(frozen=True, slots=True)
class Link:
    """What a genuine link says."""

    ticket_id: int
    solve_id: int
    """The audit of the agent's solve that the customer is asked about."""
    ends_at: datetime
    """From then on it is not accepted. UTC, whole seconds."""


def make(links: Links, link: Link) -> str:
    """The address. The same link and key always give the same one. Raises `struct.error` for ids beyond 64 bits."""
    content = _CONTENT.pack(link.ticket_id, link.solve_id, int(link.ends_at.timestamp()))
    token = base64.b32encode(content + _signature(links.keys[0], content)).decode().lower()
    return f"{links.url}{PATH}{token}"


def read(links: Links, token: str, now: datetime) -> Link | Literal["expired", "forged"]:
    """What the last part of an address says. Nothing tells one forgery from another, nor how close it came."""
    if not _TOKEN.fullmatch(token):
        return "forged"
    said = base64.b32decode(token.upper())
    content, signature = said[: _CONTENT.size], said[_CONTENT.size :]
    # Every key is tried, whichever fits: how long it takes tells nothing.
    fits = [hmac.compare_digest(_signature(key, content), signature) for key in links.keys]
    if not any(fits):
        return "forged"
    ticket_id, solve_id, ends = _CONTENT.unpack(content)
    link = Link(ticket_id, solve_id, datetime.fromtimestamp(ends, UTC))
    return link if now < link.ends_at else "expired"


def ticket_of(token: str) -> int:
    """The ticket that a genuine link, over or not, is about."""
    ticket_id: int = _CONTENT.unpack_from(base64.b32decode(token.upper()))[0]
    return ticket_id


def _signature(key: bytes, content: bytes) -> bytes:
    return hmac.new(key, _PURPOSE + content, hashlib.sha256).digest()[:_SIGNATURE]
