"""Everything that leaves a process, at one place: each command to Redis and each request to Zendesk.

`World` puts every part on a `Wire`. A test reads what was sent from it, lets something happen just before or after a
certain call, or ends the process there. A process that has ended sends nothing more, so its `finally` blocks and
handlers have no effect, as after `kill -9`.
"""

from __future__ import annotations

import hashlib
from collections.abc import Callable
from dataclasses import dataclass, field
from fnmatch import fnmatchcase
from functools import lru_cache, partial
from typing import Any, Literal, TypeVar
from urllib.parse import urlsplit

from redis import Redis
from redis.client import Pipeline
from redis.lock import Lock
from requests import PreparedRequest, Response
from requests.adapters import HTTPAdapter
from urllib3 import Retry

from zdsync.store.scripts import source

T = TypeVar("T")
When = Literal["before", "after"]


class Crash(BaseException):
    """The process ends here. No handler of the product catches it."""


@dataclass
class Hook:
    """What happens at the calls that match."""

    pattern: str
    do: Callable[[], object]
    when: When
    times: int


@dataclass
class Wire:
    """What one process sends, in order: `PUT /tickets/1`, `release`, `HGETALL t:1`, `[SET person:1; SET person:2]`."""

    prefix: str
    calls: list[str] = field(default_factory=list)
    cut_at: int | None = None
    """The number of the call at which the process ends."""
    cut: When = "before"
    """`before`: it is never sent. `after`: it takes effect, and the process ends before it knows."""
    ended: bool = False
    hooks: list[Hook] = field(default_factory=list)
    numbered: dict[int, Callable[[], object]] = field(default_factory=dict)

    def on(self, pattern: str, do: Callable[[], object], when: When = "before", times: int = 1) -> None:
        """Do something at the next calls whose name matches (`PUT /tickets/*`)."""
        self.hooks.append(Hook(pattern, do, when, times))

    def end(self, pattern: str, when: When = "before") -> None:
        """The process ends at the next call that matches."""

        def end() -> None:
            self.ended = True
            raise Crash(pattern)

        self.on(pattern, end, when)

    def at(self, number: int, do: Callable[[], object]) -> None:
        """Do something just before the call of this number."""
        self.numbered[number] = do

    def through(self, name: str, send: Callable[[], T]) -> T:
        """Send, unless the process has ended or ends here."""
        if self.ended:
            raise Crash("it has ended already")
        number = len(self.calls)
        self.calls.append(name)
        if number == self.cut_at and self.cut == "before":
            self._end(name)
        if number in self.numbered:
            self.numbered.pop(number)()
        self._happen(name, "before")
        result = send()
        self._happen(name, "after")
        if number == self.cut_at:
            self._end(name)
        return result

    def _end(self, name: str) -> None:
        self.ended = True
        raise Crash(name)

    def _happen(self, name: str, when: When) -> None:
        for hook in [each for each in self.hooks if each.when == when and fnmatchcase(name, each.pattern)]:
            hook.times -= 1
            if hook.times <= 0:
                self.hooks.remove(hook)
            hook.do()


class WiredRedis(Redis):
    """A client as the product makes it, on a wire. A transaction or batch is one call, as it is one message."""

    wire: Wire

    def execute_command(self, *args: Any, **options: Any) -> Any:
        name = command(args, self.wire.prefix)
        send: Callable[[], Any] = partial(super().execute_command, *args, **options)
        return self.wire.through(name, send)

    def pipeline(self, transaction: bool = True, shard_hint: Any = None) -> Pipeline:
        pipe = _WiredPipeline(self.connection_pool, self.response_callbacks, transaction, shard_hint)
        pipe.wire = self.wire
        return pipe


class _WiredPipeline(Pipeline):
    wire: Wire

    def execute(self, raise_on_error: bool = True) -> list[Any]:
        if not self.command_stack:
            return super().execute(raise_on_error)
        names = dict.fromkeys(command(args, self.wire.prefix) for args, _ in self.command_stack)
        name = f"[{'; '.join(names)}]"
        return self.wire.through(name, partial(super().execute, raise_on_error))


def wired(redis: Redis, wire: Wire) -> WiredRedis:
    """The same connections, on a wire."""
    client = WiredRedis(connection_pool=redis.connection_pool)
    client.wire = wire
    return client


class WiredAdapter(HTTPAdapter):
    """The HTTP side. Repeats nothing, like the product's own adapter."""

    def __init__(self, wire: Wire) -> None:
        super().__init__(max_retries=Retry(total=0, redirect=0))
        self._wire = wire

    def send(self, request: PreparedRequest, *args: Any, **options: Any) -> Response:
        path = urlsplit(request.url or "").path.removeprefix("/api/v2").removesuffix(".json")
        return self._wire.through(
            f"{request.method} {path}", lambda: super(WiredAdapter, self).send(request, *args, **options)
        )


def command(args: tuple[Any, ...], prefix: str) -> str:
    """A Redis command in a few words: a script by its name, others by verb and key, without the test's prefix."""
    verb = str(args[0]).upper()
    if verb == "EVALSHA":
        return scripts().get(str(args[1]), "a script")
    key = args[1].decode() if len(args) > 1 and isinstance(args[1], bytes) else str(args[1]) if len(args) > 1 else ""
    return f"{verb} {key.removeprefix(prefix)}".rstrip()


@lru_cache(maxsize=1)
def scripts() -> dict[str, str]:
    """The SHA-1 of each script as it is sent -> its name."""
    return {hashlib.sha1(text.encode()).hexdigest(): name for name, text in texts().items()}


def texts() -> dict[str, str]:
    """Every script that a process may send, by name: the store's, and the one that gives back a lock."""
    return {names[-1]: source(*names) for names in SCRIPTS} | {"unlock": Lock.LUA_RELEASE_SCRIPT}


_PLAIN = ("caps", "shadow", "beat", "keep", "end_resync")
_ON_TICKETS = ("hint", "claim", "renew", "release", "remove", "reap", "receive")
_ON_BUDGETS = ("spend", "learn", "pause")
SCRIPTS: tuple[tuple[str, ...], ...] = (
    *((name,) for name in _PLAIN),
    *(("common", name) for name in _ON_TICKETS),
    *(("budget", name) for name in _ON_BUDGETS),
)
"""Every script of the store, behind its prelude."""
