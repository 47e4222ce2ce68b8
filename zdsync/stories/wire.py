"""The Zendesk client on an account in this process: requests are answered at once, without a network."""

from __future__ import annotations

import base64
import json
from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Any
from urllib.parse import parse_qs, urlsplit

import requests
from requests.adapters import BaseAdapter

from zdsync.sandbox import api
from zdsync.sandbox.account import Account
from zdsync.sandbox.base import SECOND, Row
from zdsync.sandbox.http import Call, Reply
from zdsync.zendesk.client import Zendesk
from zdsync.zendesk.oauth import ApiToken
from zdsync.zendesk.session import ApiSession

URL = "http://localhost"


def call(
    account: Account,
    method: str,
    path: str,
    body: object = None,
    query: Mapping[str, list[str]] | None = None,
    headers: Mapping[str, str] | None = None,
    raw: bytes = b"",
) -> Reply:
    """One call of the API, as our own user unless the headers say otherwise. `path` is that below `/api/v2`; `raw` is
    the body of an upload."""
    own = ApiToken(*next(iter(account.credentials.api_tokens.items()))).header()
    given = {"authorization": own, **{name.lower(): value for name, value in (headers or {}).items()}}
    reply = api.answer(
        Call(account, method, path, dict(query or {}), body, URL, given, raw=base64.b64encode(raw).decode())
    )
    assert isinstance(reply, Reply), "this account has no faults"
    return reply


def client(account: Account, *, without: tuple[str, ...] = ()) -> Zendesk:
    """Our client, talking to the account. `without`: first parts of paths that the account does not have."""
    session = ApiSession(
        URL,
        ApiToken(*next(iter(account.credentials.api_tokens.items()))),
        now=lambda: datetime.fromtimestamp(account.now_ms / SECOND, UTC),
        sleep=lambda seconds: None,
    )
    session.mount(URL, _InProcess(account, without))
    return Zendesk(session)


class _InProcess(BaseAdapter):
    def __init__(self, account: Account, without: tuple[str, ...]) -> None:
        super().__init__()
        self._account = account
        self._without = without

    def send(self, request: requests.PreparedRequest, *_: Any, **__: Any) -> requests.Response:
        parts = urlsplit(str(request.url))
        path = parts.path.removeprefix("/api/v2").removesuffix(".json")
        reply = Reply(404, {"error": "RecordNotFound", "description": "Not found"})
        if path.strip("/").split("/")[0] not in self._without:
            is_file = path.strip("/") == "uploads"
            body: Row | None = json.loads(request.body) if request.body and not is_file else None
            raw = bytes(request.body or b"") if is_file and isinstance(request.body, bytes) else b""
            headers = {name: str(value) for name, value in request.headers.items()}
            query = parse_qs(parts.query, keep_blank_values=True)
            reply = call(self._account, str(request.method), path, body, query, headers, raw)
        response = requests.Response()
        response.status_code = reply.status
        response.headers.update({"Content-Type": reply.content_type, **reply.headers})
        response.request, response.url = request, str(request.url)
        text = reply.body if isinstance(reply.body, str) else json.dumps(reply.body)
        response._content = b"" if reply.body is None else text.encode()
        return response

    def close(self) -> None:
        """Nothing is open."""
