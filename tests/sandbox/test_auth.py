"""Who may call, with what, and for how long."""

from __future__ import annotations

import pytest
import requests

from tests.sandbox.conftest import CLAIRE, EMILY, Api
from zdsync.sandbox import Server
from zdsync.sandbox.seed import OAUTH_CLIENT, OAUTH_SECRET


def token(server: Server, **more: object) -> requests.Response:
    body = {"grant_type": "client_credentials", "client_id": OAUTH_CLIENT, "client_secret": OAUTH_SECRET, **more}
    return requests.post(f"{server.url}/oauth/tokens", json=body, timeout=30)


def get(server: Server, path: str, bearer: str) -> requests.Response:
    return requests.get(f"{server.url}/api/v2{path}", headers={"Authorization": f"Bearer {bearer}"}, timeout=30)


def test_wrong_credentials_are_401(server: Server) -> None:
    reply = Api(server, token="wrong").get("/tickets/count")

    assert (reply.status_code, reply.json()) == (401, {"error": "Couldn't authenticate you"})


def test_without_credentials_only_me_answers_and_misleads(server: Server) -> None:
    me = requests.get(f"{server.url}/api/v2/users/me.json", timeout=30)

    assert (me.status_code, me.json()["user"]["name"], me.json()["user"]["id"]) == (200, "Anonymous user", None)
    assert requests.get(f"{server.url}/api/v2/tickets/count.json", timeout=30).status_code == 401


def test_a_password_is_no_api_token(server: Server) -> None:
    reply = requests.get(f"{server.url}/api/v2/tickets", auth=(server.email, server.token), timeout=30)

    assert reply.status_code == 401


def test_an_oauth_token_lives_as_long_as_asked_in_account_time(server: Server) -> None:
    reply = token(server, scope="read write", expires_in=300)
    assert reply.status_code == 201
    assert set(reply.json()) >= {"access_token", "scope", "token_type"}
    bearer = reply.json()["access_token"]

    assert get(server, "/users/me", bearer).json()["user"]["email"] == server.email
    server.clock.advance(299)
    assert get(server, "/tickets", bearer).status_code == 200
    server.clock.advance(1)
    assert get(server, "/tickets", bearer).status_code == 401


@pytest.mark.parametrize(
    ("more", "status"),
    [
        pytest.param({"client_secret": "no"}, 401, id="wrong secret"),
        pytest.param({"grant_type": "password"}, 400, id="grant that is not offered"),
        pytest.param({"expires_in": 299}, 400, id="lifetime too short"),
        pytest.param({"expires_in": 172_801}, 400, id="lifetime too long"),
    ],
)
def test_tokens_that_are_not_granted(server: Server, more: dict[str, object], status: int) -> None:
    assert token(server, **more).status_code == status


@pytest.mark.parametrize(
    ("scope", "path", "status"),
    [
        pytest.param("read", "/tickets/1/audits", 200, id="audits need the global read"),
        pytest.param("tickets:read", "/tickets/1", 200, id="a resource's own scope"),
        pytest.param("tickets:read", "/tickets/1/audits", 403, id="tickets:read is not enough for audits"),
        pytest.param("tickets:read", "/users", 403, id="another resource"),
        pytest.param("raed", "/tickets/1", 403, id="a misspelt scope still gives a token"),
    ],
)
def test_scopes(server: Server, ticket: int, scope: str, path: str, status: int) -> None:
    bearer = token(server, scope=scope).json()["access_token"]

    reply = get(server, path, bearer)

    assert reply.status_code == status
    if status == 403:
        assert reply.json()["error"]["title"] == "Forbidden"


@pytest.mark.parametrize(
    ("email", "path", "status"),
    [
        pytest.param(CLAIRE, "/tickets", 200, id="agents read tickets"),
        pytest.param(CLAIRE, "/incremental/tickets/cursor?start_time=0", 403, id="exports are for admins"),
        pytest.param(EMILY, "/tickets", 403, id="customers read nothing here"),
    ],
)
def test_roles(server: Server, email: str, path: str, status: int) -> None:
    server.account.credentials.api_tokens[email] = "t"

    assert Api(server, email, "t").get(path).status_code == status


def test_an_endpoint_that_does_not_exist(api: Api) -> None:
    reply = api.get("/nonsense.json")

    assert (reply.status_code, reply.json()["error"]) == (404, "InvalidEndpoint")
