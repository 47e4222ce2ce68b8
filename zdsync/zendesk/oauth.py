"""The credential of every request: an API token while those last, or OAuth client credentials renewed before expiry.

`session.py` asks for the header before each request and reports a refused one. Each process keeps its own token;
processes that share a `TokenStore` also share one token, so that a fleet does not ask for one each. No lock is needed
between them: a further token of the same client does not end the earlier one.
"""

from __future__ import annotations

import base64
import json
import threading
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Protocol

import requests

from zdsync.zendesk.errors import RetryLater, Unauthorized, Unavailable, ZendeskError, outcome

LIFETIME = timedelta(hours=24)
"""What we ask for; Zendesk allows 300 s to 48 h."""

TIMEOUTS = (5.0, 15.0)
"""Seconds to connect and to wait for each part of the reply."""


class Credential(Protocol):
    """What `session.py` needs."""

    def header(self) -> str:
        """The value of `Authorization`. Raises `Unauthorized` or `RetryLater` when none can be had."""

    def renew(self, refused: str) -> bool:
        """Zendesk answered 401 to this header. True when `header()` now gives another one."""


class TokenStore(Protocol):
    """Where processes share a token. A failing store must not raise: a token can always be asked for."""

    def load(self) -> Token | None: ...

    def save(self, token: Token) -> None: ...


@dataclass(frozen=True, slots=True)
class Token:
    """An access token. `renew_at` is some way before `expires_at`, both by the account's clock."""

    value: str = field(repr=False)
    renew_at: datetime
    expires_at: datetime


class ApiToken:
    """Basic authentication with an agent's e-mail and an API token (they stop for good on 2027-04-30)."""

    def __init__(self, email: str, token: str) -> None:
        self._header = "Basic " + base64.b64encode(f"{email}/token:{token}".encode()).decode()

    def header(self) -> str:
        return self._header

    def renew(self, refused: str) -> bool:
        return False


class ClientCredentials:
    """OAuth client credentials: a token per day, renewed when nine tenths of its life have passed."""

    def __init__(
        self,
        base_url: str,
        client_id: str,
        client_secret: str,
        *,
        now: Callable[[], datetime],
        store: TokenStore | None = None,
        scope: str = "read write",
        lifetime: timedelta = LIFETIME,
    ) -> None:
        self._url = base_url.rstrip("/") + "/oauth/tokens"
        self._client_id = client_id
        self._client_secret = client_secret
        self._now = now
        self._store = store
        self._scope = scope
        self._lifetime = lifetime
        self._token: Token | None = None
        self._lock = threading.Lock()

    def header(self) -> str:
        with self._lock:
            now = self._now()
            if self._token is None or now >= self._token.renew_at:
                self._renew_early(now)
            assert self._token is not None
            return "Bearer " + self._token.value

    def renew(self, refused: str) -> bool:
        with self._lock:
            if self._token is not None and refused == "Bearer " + self._token.value:
                shared = self._store.load() if self._store else None
                fresh = shared is not None and shared.value != self._token.value and self._now() < shared.renew_at
                self._token = shared if fresh else None
            if self._token is None:
                self._token = self._ask(self._now())
            return True

    def _renew_early(self, now: datetime) -> None:
        """A shared or a new token; while the present one still lives, a failure to renew waits for the next call."""
        shared = self._store.load() if self._store else None
        if shared is not None and now < shared.renew_at:
            self._token = shared
            return
        try:
            self._token = self._ask(now)
        except ZendeskError:
            if self._token is None or now >= self._token.expires_at:
                raise

    def _ask(self, now: datetime) -> Token:
        """One POST; asking twice would do no harm, but the next call asks again anyway."""
        body = {
            "grant_type": "client_credentials",
            "client_id": self._client_id,
            "client_secret": self._client_secret,
            "scope": self._scope,
            "expires_in": int(self._lifetime.total_seconds()),
        }
        try:
            response = requests.post(self._url, json=body, timeout=TIMEOUTS, allow_redirects=False)
        except requests.RequestException as error:
            raise Unavailable(f"no reply to the request for a token: {type(error).__name__}") from None
        if not response.ok or response.is_redirect:
            failure = outcome(response, write=False, families=("account", "oauth"), now=now)
            if isinstance(failure, RetryLater) and not isinstance(failure, Unauthorized):
                raise failure
            raise Unauthorized(f"no token for OAuth client {self._client_id!r}: {failure}")
        token = self._read(response, now)
        if self._store:
            self._store.save(token)
        return token

    def _read(self, response: requests.Response, now: datetime) -> Token:
        try:
            body = json.loads(response.content)
        except (ValueError, RecursionError):
            body = None
        value = body.get("access_token") if isinstance(body, Mapping) else None
        if not isinstance(value, str) or not value.isascii() or not value.isprintable() or not value:
            raise Unavailable("the reply to the request for a token holds no token")
        assert isinstance(body, Mapping)
        seconds = body.get("expires_in")
        life = self._lifetime
        if isinstance(seconds, int | float) and not isinstance(seconds, bool) and 0 < seconds < life.total_seconds():
            life = timedelta(seconds=seconds)
        return Token(value, renew_at=now + life * 0.9, expires_at=now + life)
