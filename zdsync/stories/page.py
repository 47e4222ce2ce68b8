"""The confirmation page in a story: which link a customer has, and what pressing a button of it records.

What the answer is worth is decided by `zdsync/confirm.py`, as for the page itself.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from typing import Final

from zdsync.confirm import Answer, recorded, stands
from zdsync.core import links
from zdsync.core.automation import Case
from zdsync.core.links import Link, Links
from zdsync.core.model import Update
from zdsync.sandbox.base import Row

LINKS: Final = Links("https://your-host", (b"the key of no account: stories only",))
"""So that a question with a link has one."""
_BUTTONS: Final = {"yes": "Yes, it is completed", "no": "No, something is missing"}


@dataclass(frozen=True, slots=True)
class Pressed:
    """What became of it."""

    words: str
    """What the customer did, and what the page said where nothing was recorded."""
    update: Update | None = None


def last_link(audits: Iterable[Row]) -> str | None:
    """The token of the newest link that a customer was sent; None where there is none."""
    token = None
    for event in (event for audit in audits for event in audit["events"]):
        _, found, after = str(event.get("body") or "").partition(f"{LINKS.url}{links.PATH}")
        if found and event["type"] == "Comment" and event["public"]:
            token = after[: links.TOKEN_LENGTH]
    return token


def opened(token: str, now: datetime) -> Link | str:
    """What the link says, or why the page has no buttons."""
    found = links.read(LINKS, token, now)
    return found if isinstance(found, Link) else f"the link is {found}"


def press(button: Answer, said: str | None, link: Link | str, case: Case) -> Pressed:
    """The update that records the answer, unless the page has no buttons any more. Pure."""
    words = f"presses “{_BUTTONS[button]}”" + (f", and writes “{said}”" if said else "")
    if isinstance(link, str):
        return Pressed(f"{words}: {link}")
    state = stands(link, case).state
    if state != "open":
        return Pressed(f"{words}: {_CLOSED.get(state, state)}")
    return Pressed(words, recorded(link, button, said or "", case.reading.ticket, case.rulebook))


_CLOSED: Final = {"answered": "it was answered already", "ended": "nobody asks any more", "stopped": "no rule asks"}
