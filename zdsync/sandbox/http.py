"""One call of the API as handlers see it, and the table that finds its handler.

Handlers are plain functions `(Call) -> Reply` registered with `@route`; they do no I/O, so a call is finished before
the next one begins and the state needs no locks. `app.py` makes the calls.
"""

from __future__ import annotations

import base64
import re
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, Literal

from zdsync.sandbox.base import Row
from zdsync.sandbox.errors import bad_request, no_endpoint

if TYPE_CHECKING:
    from zdsync.sandbox.account import Account
    from zdsync.sandbox.webhooks import Attempt

Who = Literal["anybody", "agent", "admin"]


@dataclass(slots=True)
class Reply:
    """`body` None: empty; str or bytes: as they are, of `content_type`; everything else: JSON."""

    status: int = 200
    body: Any = None
    headers: dict[str, str] = field(default_factory=dict)
    content_type: str = "application/json; charset=utf-8"
    send: Attempt | None = None
    """A request to be made first; what comes back is the body (the webhook test)."""


@dataclass(slots=True)
class Call:
    account: Account
    method: str
    path: str
    """Below `/api/v2`, without `.json`."""
    query: dict[str, list[str]]
    body: Any
    """The parsed JSON of the request, None without one."""
    base_url: str
    """`http://host:port` as the client addressed us: links in replies must lead back here."""
    headers: dict[str, str] = field(default_factory=dict)
    user: Row = field(default_factory=dict)
    """Who calls; empty for nobody."""
    params: dict[str, str] = field(default_factory=dict)
    raw: str = ""
    """The body of an upload, which is no JSON, in base64: a call that is held must be plain JSON itself."""
    hidden_after_ms: int | None = None
    """A replica that lags: audits younger than this are not seen by this call."""

    @property
    def raw_bytes(self) -> bytes:
        return base64.b64decode(self.raw)

    def one(self, name: str) -> str | None:
        values = self.query.get(name)
        return values[-1] if values else None

    def number(self, name: str, default: int) -> int:
        text = self.one(name)
        if text is None:
            return default
        try:
            return int(text)
        except ValueError:
            raise bad_request("InvalidValue", f"{name} must be an integer") from None

    @property
    def id(self) -> int:
        return int(self.params["id"])

    def ids(self, name: str = "ids") -> list[str]:
        return [part.strip() for text in self.query.get(name, []) for part in text.split(",") if part.strip()]

    def object(self, name: str) -> Row:
        """The object under `name` in the body. A body without it is 400, as with the real one."""
        value = self.body.get(name) if isinstance(self.body, dict) else None
        if not isinstance(value, dict):
            raise bad_request("Invalid attribute", f"You passed an invalid value for the {name} attribute.")
        return value

    def url(self, path: str) -> str:
        return f"{self.base_url}/api/v2{path}"


Handler = Callable[[Call], Reply]


@dataclass(frozen=True, slots=True)
class Route:
    method: str
    pattern: re.Pattern[str]
    kind: str
    """`GET /tickets/{id}`: what the call log counts."""
    handler: Handler
    who: Who
    limits: tuple[str, ...]


_routes: dict[tuple[str, str], list[Route]] = {}


def route(kind: str, *, who: Who = "agent", limits: tuple[str, ...] = ()) -> Callable[[Handler], Handler]:
    """Register a handler for `METHOD /path/{id}`. `{id}` takes digits, any other name a path segment."""
    method, _, path = kind.partition(" ")
    regex = re.sub(r"{(\w+)}", lambda m: rf"(?P<{m[1]}>{r'[0-9]+' if m[1] == 'id' else r'[^/]+'})", path)

    def add(handler: Handler) -> Handler:
        first = path.split("/")[1]
        _routes.setdefault((method, first), []).append(
            Route(method, re.compile(regex + r"\Z"), kind, handler, who, limits)
        )
        return handler

    return add


def find(method: str, path: str) -> tuple[Route, dict[str, str]]:
    """The route and its path parameters. Raises the API's 404 when there is none."""
    parts = path.split("/")
    for candidate in _routes.get((method, parts[1] if len(parts) > 1 else ""), ()):
        if match := candidate.pattern.match(path):
            return candidate, match.groupdict()
    raise no_endpoint()
