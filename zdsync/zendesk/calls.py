"""What kind of call a request is, and which rate limits it spends from. `session.py` asks for every request."""

from __future__ import annotations

import re
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Call:
    """`kind` is what calls are counted by; `families` are the limits, widest first: account, this kind, this ticket."""

    kind: str
    families: tuple[str, ...] = ("account",)
    ticket_id: int | None = None
    """Whose ticket it is about; the header of the limit per ticket does not say it."""


_ROUTES: tuple[tuple[str, str, str, tuple[str, ...]], ...] = (
    # method, path below /api/v2, kind, further families ({0} = the id in the path)
    ("GET", r"tickets/(\d+)", "show", ()),
    ("PUT", r"tickets/(\d+)", "update", ("tickets-update", "per-ticket-updates:{0}")),
    ("*", r"tickets/(\d+)/tags", "tags", ("tickets-update", "per-ticket-updates:{0}")),
    ("POST", r"tickets/\d+/merge", "merge", ("tickets-update",)),
    ("GET", r"tickets/\d+/audits", "audits", ()),
    ("GET", r"tickets/\d+/comments", "comments", ()),
    ("GET", r"tickets/\d+/incidents", "incidents", ()),
    ("PUT", r"tickets/update_many", "update_many", ("tickets-update",)),
    ("GET", r"tickets", "list", ("tickets-index",)),
    ("POST", r"tickets", "create", ("ticket-request-create-by-user-and-ip",)),
    ("GET", r"incremental/.*", "export", ("incremental",)),
    ("GET", r"search/export", "search", ("search",)),
    ("GET", r"(?:users/)?search.*", "search", ("search",)),
    ("GET", r"users/.*", "users", ()),
    ("GET", r".*", "admin", ()),
    ("*", r".*", "admin_write", ()),
)
_COMPILED = [(method, re.compile(path), kind, more) for method, path, kind, more in _ROUTES]


def describe(method: str, path: str) -> Call:
    """The kind of a request by its method and its path below `/api/v2/` (a trailing `.json` does not matter)."""
    path = path.strip("/").removesuffix(".json")
    for wanted, pattern, kind, more in _COMPILED:
        if wanted in ("*", method) and (match := pattern.fullmatch(path)):
            ids = match.groups()
            families = ("account", *(family.format(*ids) for family in more))
            return Call(kind, families, int(ids[0]) if ids else None)
    raise AssertionError("the last route matches everything")
