"""A client that is not ours and holds every reply against typed models: python-zendesk-sdk, over HTTPS."""

from __future__ import annotations

import json
import subprocess
from pathlib import Path

from tests.peers.history import CUSTOMER_MAILS
from zdsync.sandbox import Server

PROGRAM = Path(__file__).parent / "programs" / "typed_client.py"


def test_it_reads_the_account_and_works_a_ticket(server: Server, peers: Path, outside: dict[str, str]) -> None:
    environ = {**outside, "EMAIL": server.email, "TOKEN": server.token}
    account = server.account
    tickets = {number: ticket.row for number, ticket in account.tickets.items()}
    present = {number for number, row in tickets.items() if row["status"] != "deleted"}
    unsolved = {number for number in present if tickets[number]["status"] in ("new", "open", "pending", "hold")}
    urgent = {number for number in unsolved if tickets[number]["priority"] == "urgent"}
    people = set(account.users)

    done = subprocess.run([peers / "python", PROGRAM], env=environ, capture_output=True, text=True, check=False)

    assert done.returncode == 0, done.stderr
    saw = json.loads(done.stdout)
    for name, wanted in (("tickets", present), ("users", people), ("urgent", urgent), ("exported", urgent)):
        assert sorted(saw["lists"][name]) == sorted(wanted), name
    for name in ("groups", "organizations", "ticket_fields"):
        assert sorted(saw["lists"][name]) == sorted(getattr(account, name)), name
    assert "emily.carter@northgate.example" in CUSTOMER_MAILS
    assert saw["ticket"] == {
        "id": max(account.tickets),
        "tags": ["vip"],
        "status": "solved",
        "last": ["Please try again", True, server.email],
        "comments": [["It says no.", True], ["Looking into it", False], ["Please try again", True]],
        "requester": "emily.carter@northgate.example",
        "organization": "Northgate Research",
    }
    assert [text.split(":")[0] for text in saw["refusals"]] == ["HTTP 404", "HTTP 422", "HTTP 404"]
    assert len(account.tickets) == len(tickets) + 1
