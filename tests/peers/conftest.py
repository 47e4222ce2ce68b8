"""An account with a history to extract, served over HTTP, and behind the name that programs have written into them."""

from __future__ import annotations

import os
import subprocess
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from tests.peers.environment import environment
from tests.peers.front import front
from tests.peers.history import with_history
from zdsync.sandbox import Account, Server, serve

NOW = "2031-03-03T09:00:00Z"
"""A Monday. Some programs ask for what changed since this machine's now: the account's must not lie before it."""

SUBDOMAIN = "desk"
HOST = f"{SUBDOMAIN}.zendesk.com"


@pytest.fixture(scope="session")
def history() -> dict[str, Any]:
    """Made once: each test loads it."""
    return with_history(Account.demo(NOW)).to_json()


@pytest.fixture
def server(history: dict[str, Any]) -> Iterator[Server]:
    """The account with its history; its clock stands still."""
    with serve(Account.from_json(history)) as running:
        yield running


@pytest.fixture(scope="session")
def peers() -> Path:
    """Where the other programs' commands are."""
    return environment()


@pytest.fixture(scope="session")
def certificate(peers: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder with `server.pem`, `server.key`, and `client.pem`: the authority that signed them."""
    folder = tmp_path_factory.mktemp("certificate")
    subprocess.run([peers / "python", "-m", "trustme", "-q", "-d", folder, "-i", HOST], check=True)
    return folder


@pytest.fixture
def outside(server: Server, certificate: Path) -> Iterator[dict[str, str]]:
    """The environment of a process for which `https://desk.zendesk.com` is the sandbox, and nothing else exists."""
    with front(server.port, certificate / "server.pem", certificate / "server.key") as port:
        authority = str(certificate / "client.pem")
        yield {
            "PATH": os.environ["PATH"],
            "PYTHONPATH": str(Path(__file__).with_name("hosts")),
            "PEER_HOST": HOST,
            "PEER_PORT": str(port),
            "REQUESTS_CA_BUNDLE": authority,
            "SSL_CERT_FILE": authority,
            "TZ": "UTC",
        }
