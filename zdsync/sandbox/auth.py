"""Who calls: API tokens (Basic), OAuth access tokens (Bearer), and `POST /oauth/tokens`. Used by `app.py`.

No credentials at all is nobody, which `users/me` answers with an anonymous user; wrong ones are a 401.
"""

from __future__ import annotations

import base64
import binascii
import secrets
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from zdsync.sandbox.base import SECOND, Row
from zdsync.sandbox.errors import ApiError, bad_request, forbidden, not_authenticated

if TYPE_CHECKING:
    from zdsync.sandbox.account import Account

MIN_LIFETIME, MAX_LIFETIME = 300, 172_800
"""Seconds; what `expires_in` may be."""


@dataclass(slots=True)
class Credentials:
    api_tokens: dict[str, str] = field(default_factory=dict)
    """E-mail to token."""
    clients: dict[str, Row] = field(default_factory=dict)
    """OAuth client id to `{"secret", "user_id"}`."""
    access_tokens: dict[str, Row] = field(default_factory=dict)
    """Access token to `{"user_id", "scope", "expires_ms"}`."""


def authenticate(account: Account, header: str | None) -> tuple[Row, str]:
    """The calling user and the scope of the token; nobody is an empty row. Raises the 401."""
    if not header:
        return {}, "read write"
    kind, _, value = header.partition(" ")
    if kind.lower() == "basic":
        return _by_api_token(account, value), "read write"
    if kind.lower() == "bearer":
        token = account.credentials.access_tokens.get(value.strip())
        if token and (token["expires_ms"] is None or account.now_ms < token["expires_ms"]):
            return account.users[token["user_id"]], token["scope"]
    raise not_authenticated()


def _by_api_token(account: Account, value: str) -> Row:
    try:
        name, _, token = base64.b64decode(value, validate=True).decode().partition(":")
    except (binascii.Error, UnicodeDecodeError):
        raise not_authenticated() from None
    email, slash, suffix = name.rpartition("/")
    known = account.credentials.api_tokens.get(email.lower())
    user = account.user_by_email(email)
    if slash and suffix == "token" and user and known is not None and secrets.compare_digest(known, token):
        return user
    raise not_authenticated()


def check_scope(scope: str, method: str, path: str) -> None:
    """A token of an unknown scope is issued all the same; every request with it then gets 403.

    Audits need the global `read`: `tickets:read` is refused there.
    """
    need = "read" if method == "GET" else "write"
    resource = path.split("/")[1] if path.count("/") else ""
    scopes = scope.split()
    if need in scopes:
        return
    if f"{resource}:{need}" in scopes and not path.rstrip("/").endswith("/audits"):
        return
    raise forbidden("The token does not have the scope for this request.")


def grant(account: Account, body: object) -> Row:
    """The reply of `POST /oauth/tokens` for client credentials. Raises 400 and 401 as OAuth does."""
    if not isinstance(body, dict) or body.get("grant_type") != "client_credentials":
        raise bad_request("unsupported_grant_type", "The authorization grant type is not supported.")
    client = account.credentials.clients.get(str(body.get("client_id")))
    if not client or client["secret"] != body.get("client_secret"):
        raise ApiError(401, {"error": "invalid_client", "error_description": "Client authentication failed"})
    lifetime = body.get("expires_in")
    if lifetime is not None and not (isinstance(lifetime, int) and MIN_LIFETIME <= lifetime <= MAX_LIFETIME):
        raise bad_request("invalid_request", f"expires_in must be between {MIN_LIFETIME} and {MAX_LIFETIME}")
    token = f"{account.random.getrandbits(256):064x}"
    scope = str(body.get("scope") or "read write")
    expires_ms = account.now_ms + lifetime * SECOND if lifetime else None
    account.credentials.access_tokens[token] = {
        "user_id": client["user_id"],
        "scope": scope,
        "expires_ms": expires_ms,
    }
    reply: Row = {"access_token": token, "scope": scope, "token_type": "bearer"}
    if lifetime:
        reply["expires_in"] = lifetime
    return reply
