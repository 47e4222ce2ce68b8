"""An account goes to JSON and back with its past and its future, and starts from the command line."""

from __future__ import annotations

import json
import signal
import subprocess
import sys
from pathlib import Path

import requests

from tests.sandbox.conftest import CLAIRE, EMILY, NOW, Api
from zdsync.sandbox import Account, Server, serve


def test_a_loaded_account_is_the_saved_one(server: Server, api: Api, ticket: int) -> None:
    server.act(EMILY, ticket=ticket, comment="Well?", at="2026-11-23T12:00:00Z")
    server.act(CLAIRE, ticket=ticket, status="solved", assignee=CLAIRE)
    server.set_faults({"requests": [{"do": "drop", "method": "PUT"}], "webhooks": {"lost": 0.5}})

    saved = json.loads(json.dumps(server.save()))

    assert Account.from_json(saved).to_json() == saved


def test_a_loaded_account_has_the_same_future(server: Server, api: Api, ticket: int) -> None:
    server.act(EMILY, ticket=ticket, comment="Well?", at="2026-11-23T12:00:00Z")
    server.act(CLAIRE, ticket=ticket, status="solved", assignee=CLAIRE)
    saved = server.save()
    ends = []

    for _ in range(2):
        with serve(Account.from_json(saved)) as again:
            again.clock.advance(30 * 86_400)
            ends.append(again.save())

    assert ends[0] == ends[1]
    assert ends[0]["tickets"][0]["row"]["status"] == "open"


def test_saving_is_a_copy(server: Server, api: Api, ticket: int) -> None:
    saved = server.save()
    text = json.dumps(saved)

    server.act(CLAIRE, ticket=ticket, comment="x", priority="urgent")

    assert json.dumps(saved) == text
    server.load(saved)
    assert api.ticket(ticket)["priority"] == "high"


def test_an_account_can_be_filled_before_it_is_served() -> None:
    account = Account.empty("2026-01-01T00:00:00Z")
    for day in range(1, 21):
        account.act("old@customer.example", subject=f"Day {day}", comment="x", channel="email")
        account.advance_to(f"2026-01-{day + 1:02d}T00:00:00Z")

    with serve(account) as server:
        shown = Api(server).get("/tickets").json()["tickets"]

    assert len(shown) == 20
    assert shown[0]["created_at"] == "2026-01-01T00:00:00Z"
    assert account.emails == []


def test_the_command_prints_where_it_is_and_ends_on_a_signal(tmp_path: Path) -> None:
    state = tmp_path / "state.json"
    command = [sys.executable, "-m", "zdsync.sandbox", "--port", "0", "--json", "--now", NOW, "--rate", "0"]
    process = subprocess.Popen([*command, "--save", str(state)], stdout=subprocess.PIPE, text=True)
    try:
        assert process.stdout is not None
        told = json.loads(process.stdout.readline())
        auth = (f"{told['email']}/token", told["token"])
        me = requests.get(f"{told['url']}/api/v2/users/me.json", auth=auth, timeout=30).json()["user"]
        clock = requests.get(f"{told['control']}/clock", timeout=30).json()
        process.send_signal(signal.SIGINT)
        assert process.wait(30) == 0
    finally:
        process.kill()
        process.communicate()

    assert me["email"] == told["email"]
    assert clock["now"] == "2026-11-23T09:00:00.000Z"
    assert Account.from_json(json.loads(state.read_text())).now_ms == clock["epoch_ms"]
