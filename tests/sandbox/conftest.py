"""A served account with a frozen clock, and a client that speaks plain HTTP to it."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest
import requests

from zdsync.sandbox import Account, Server, serve
from zdsync.sandbox.seed import ADMIN_EMAIL, ADMIN_TOKEN

NOW = "2026-11-23T09:00:00Z"
EMILY = "emily.carter@northgate.example"
CLAIRE = "claire@desk.example"


class Api:
    """`api.put("/tickets/1", ticket={…})`: the response, whatever its status."""

    def __init__(self, server: Server, email: str | None = None, token: str | None = None) -> None:
        self.base = f"{server.url}/api/v2"
        self.session = requests.Session()
        self.session.auth = (f"{email or server.email}/token", token or server.token)

    def get(self, path: str, **query: Any) -> requests.Response:
        return self.session.get(self.base + path, params=query)

    def put(self, path: str, **body: Any) -> requests.Response:
        return self.session.put(self.base + path, json=body)

    def patch(self, path: str, **body: Any) -> requests.Response:
        return self.session.patch(self.base + path, json=body)

    def post(self, path: str, *, headers: dict[str, str] | None = None, **body: Any) -> requests.Response:
        return self.session.post(self.base + path, json=body, headers=headers)

    def delete(self, path: str, **body: Any) -> requests.Response:
        return self.session.delete(self.base + path, json=body or None)

    def ticket(self, ticket_id: int) -> dict[str, Any]:
        found: dict[str, Any] = self.get(f"/tickets/{ticket_id}.json").json()["ticket"]
        return found

    def audits(self, ticket_id: int) -> list[dict[str, Any]]:
        found: list[dict[str, Any]] = self.get(f"/tickets/{ticket_id}/audits.json").json()["audits"]
        return found


@pytest.fixture
def account() -> Account:
    return Account.demo(NOW)


@pytest.fixture
def server(account: Account) -> Iterator[Server]:
    with serve(account) as running:
        yield running


@pytest.fixture
def api(server: Server) -> Iterator[Api]:
    client = Api(server)
    with client.session:
        yield client


@pytest.fixture
def admin(server: Server) -> Iterator[Api]:
    """A person who is an admin, for writes that are not zdsync's own."""
    client = Api(server, ADMIN_EMAIL, ADMIN_TOKEN)
    with client.session:
        yield client


@pytest.fixture
def ticket(server: Server) -> int:
    """A customer's ticket of high priority, a minute old."""
    done = server.act(EMILY, subject="Cannot log in", comment="It says no.", channel="email", priority="high")
    server.clock.advance(60)
    return int(done["ticket"])
