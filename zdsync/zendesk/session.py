"""The one place where requests to Zendesk are sent. zenpy, the exports and the client all go through `ApiSession`.

Why not zenpy's own session: its adapter repeats a PUT after a reset (one comment was applied four times), and its
handling of 429 sleeps inside the worker. Here

* a read is repeated a few times within seconds, a write never: `Unclear` leaves it to the next reconciliation;
* every reply outside 2xx becomes an error of `errors.py` before anybody else sees it;
* the credential goes to the account's own address only, and a redirect is an error;
* each request is asked for at the gate (the governor), counted, and its headers and `Date` are passed on.

A session belongs to one thread of one process: make it after the fork (`PerThread` in `client.py`).
"""

from __future__ import annotations

import ipaddress
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from http.cookiejar import DefaultCookiePolicy
from typing import Any
from urllib.parse import urlsplit

import requests
from requests.adapters import HTTPAdapter
from tenacity import RetryCallState, Retrying, retry_if_exception_type, stop_after_attempt, wait_random_exponential
from urllib3 import Retry
from urllib3.exceptions import NewConnectionError

from zdsync.core.model import WorkClass
from zdsync.zendesk.calls import Call, describe
from zdsync.zendesk.errors import RateLimited, RetryLater, Unauthorized, Unavailable, Unclear, http_date, outcome
from zdsync.zendesk.oauth import Credential

CONNECT_SECONDS = 5.0
READ_SECONDS = 15.0
WRITE_SECONDS = 30.0
"""A write may take its time: giving up on it early only makes its outcome unclear."""

ATTEMPTS = 3
LONGEST_PAUSE = 2.0
"""Seconds between two attempts at a read, at most. Anything longer is a wake-up, not a sleep."""

READS = frozenset({"GET", "HEAD"})


_NO_REPLY = (
    requests.ConnectionError,
    requests.Timeout,
    requests.exceptions.ChunkedEncodingError,
    requests.exceptions.ContentDecodingError,
)


@dataclass(frozen=True, slots=True)
class Hooks:
    """What happens around each request. The defaults do nothing."""

    gate: Callable[[Sequence[str], WorkClass], None] = lambda families, work: None
    """May it be sent? Raises `RateLimited(family, retry_after, sent=False)` when not."""
    count: Callable[[str], None] = lambda kind: None
    """Called with the kind of each request that is sent: `show`, `audits`, `update`, `export`…"""
    date: Callable[[datetime], None] = lambda date: None
    """Called with the `Date` of every reply, at once: the account's clock learns from it."""
    headers: Callable[[Mapping[str, str], int | None], None] = lambda headers, ticket_id: None
    """Called with the headers of every reply and the id of the ticket it is about: the governor learns from them."""
    limited: Callable[[RateLimited], None] = lambda error: None
    """Called on a 429, so that the family of the limit pauses for everybody."""


class ForeignHost(ValueError):
    """A URL outside the account: nothing of ours is sent there."""


class _NothingArrived(Unavailable):
    """The connection could not even be made: also a write may be tried again."""


class ApiSession(requests.Session):
    """A `requests.Session` for one account. Raises only errors of `errors.py` (and `ForeignHost`, a fault of ours)."""

    authorized = True
    """Tells zenpy that the credential is our affair."""

    def __init__(
        self,
        base_url: str,
        credential: Credential,
        *,
        now: Callable[[], datetime],
        hooks: Hooks | None = None,
        sleep: Callable[[float], None] = time.sleep,
    ) -> None:
        super().__init__()
        self.base_url = base_url.rstrip("/")
        self.credential = credential
        self.around = hooks or Hooks()
        self.now = now
        self._sleep = sleep
        self._origin = _origin(self.base_url)
        self.trust_env = not _is_loopback(self.base_url)  # a proxy is not asked for the sandbox next door
        self.cookies.set_policy(DefaultCookiePolicy(allowed_domains=[]))  # no browser session beside the credential
        self.headers["User-Agent"] = "zdsync"
        for scheme in ("https://", "http://"):
            self.mount(scheme, HTTPAdapter(max_retries=Retry(total=0, redirect=0)))

    def request(  # type: ignore[override]  # `work` travels through zenpy as one more keyword
        self, method: str, url: str, *args: Any, work: WorkClass = "live", **kwargs: Any
    ) -> requests.Response:
        """Send one request in the name of a work class. zenpy's timeout and redirects are overruled."""
        if args:
            raise TypeError("only keywords after the URL")
        if _origin(url) != self._origin:
            raise ForeignHost(f"{urlsplit(url).hostname} is not the account's address")
        method = method.upper()
        write = method not in READS
        call = describe(method, urlsplit(url).path.partition("/api/v2/")[2])
        kwargs["timeout"] = (CONNECT_SECONDS, WRITE_SECONDS if write else READ_SECONDS)
        kwargs["allow_redirects"] = False
        attempts = Retrying(
            retry=retry_if_exception_type(_NothingArrived if write else Unavailable),
            stop=stop_after_attempt(ATTEMPTS),
            wait=_pause,
            sleep=self._sleep,
            reraise=True,
        )
        return attempts(self._authorized, call, method, url, write, work, kwargs)

    def _authorized(
        self, call: Call, method: str, url: str, write: bool, work: WorkClass, kwargs: dict[str, Any]
    ) -> requests.Response:
        """A 401 was not applied, so one repetition with a renewed token is safe for writes too."""
        header = self.credential.header()
        try:
            return self._once(call, method, url, write, work, header, kwargs)
        except Unauthorized:
            if not self.credential.renew(header):
                raise
        return self._once(call, method, url, write, work, self.credential.header(), kwargs)

    def _once(
        self, call: Call, method: str, url: str, write: bool, work: WorkClass, header: str, kwargs: dict[str, Any]
    ) -> requests.Response:
        self.around.gate(call.families, work)
        self.around.count(call.kind)
        headers = {**(kwargs.get("headers") or {}), "Accept": "application/json"}
        try:
            response = super().request(method, url, **{**kwargs, "headers": headers, "auth": _Header(header)})
        except _NO_REPLY as error:
            raise _no_reply(error, write) from None
        if (date := http_date(response.headers.get("Date"))) is not None:
            self.around.date(date)
        self.around.headers(response.headers, call.ticket_id)
        if 200 <= response.status_code < 300:
            return response
        failure = outcome(response, write=write, families=call.families, now=self.now())
        if isinstance(failure, RateLimited):
            self.around.limited(failure)
        raise failure


class _Header(requests.auth.AuthBase):
    """Sets the header as an `auth`, so that no `.netrc` is looked up."""

    def __init__(self, value: str) -> None:
        self._value = value

    def __call__(self, request: requests.PreparedRequest) -> requests.PreparedRequest:
        request.headers["Authorization"] = self._value
        return request


def _no_reply(error: requests.RequestException, write: bool) -> RetryLater:
    """The exception's own text may hold the URL with its query: only its name is kept."""
    why = f"no reply: {type(error).__name__}"
    reason = getattr(error.args[0] if error.args else None, "reason", None)
    if isinstance(error, requests.ConnectTimeout) or isinstance(reason, NewConnectionError):
        return _NothingArrived(why)
    return Unclear(why) if write else Unavailable(why)


def _pause(state: RetryCallState) -> float:
    """Zendesk's `Retry-After` where it is short, else a random wait that doubles."""
    error = state.outcome.exception() if state.outcome else None
    if isinstance(error, RetryLater) and error.after is not None:
        return min(error.after.total_seconds(), LONGEST_PAUSE)
    return wait_random_exponential(multiplier=0.3, max=LONGEST_PAUSE)(state)


def _origin(url: str) -> tuple[str, str | None, int | None]:
    parts = urlsplit(url)
    return parts.scheme, parts.hostname, parts.port or {"http": 80, "https": 443}.get(parts.scheme)


def _is_loopback(url: str) -> bool:
    host = urlsplit(url).hostname or ""
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return host == "localhost" or host.endswith(".localhost")
