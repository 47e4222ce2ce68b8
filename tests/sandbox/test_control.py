"""The control API and the clock: time moves when told, and what is due on the way happens at its own instant."""

from __future__ import annotations

import threading
from collections.abc import Iterator

import pytest
import requests

from tests.sandbox.conftest import CLAIRE, EMILY, Api
from tests.sandbox.receiver import Receiver, receive
from zdsync.sandbox import Server


@pytest.fixture
def receiver() -> Iterator[Receiver]:
    with receive() as running:
        yield running


def control(server: Server, method: str, path: str, body: object = None) -> requests.Response:
    return requests.request(method, f"{server.control_url}/{path}", json=body, timeout=30)


def test_the_clock_is_frozen_until_it_is_told(server: Server, api: Api) -> None:
    assert control(server, "GET", "clock").json() == {
        "now": "2026-11-23T09:00:00.000Z",
        "epoch_ms": 1795424400000,
        "rate": 0.0,
        "in_flight": 0,
    }
    assert api.get("/users/me").headers["Date"] == "Mon, 23 Nov 2026 09:00:00 GMT"

    moved = control(server, "POST", "clock", {"advance": 90.5}).json()

    assert (moved["moved"], moved["now"]) == (True, "2026-11-23T09:01:30.500Z")
    assert api.get("/users/me").headers["Date"] == "Mon, 23 Nov 2026 09:01:30 GMT"


@pytest.mark.parametrize("content_type", ["application/x-www-form-urlencoded", "text/plain", None])
def test_json_is_taken_whatever_its_type_is_called(server: Server, content_type: str | None) -> None:
    """`curl -d '{…}'` says that it is a form."""
    reply = requests.post(
        f"{server.control_url}/clock", data='{"advance": 1}', headers={"Content-Type": content_type}, timeout=30
    )
    assert (reply.status_code, reply.json()["now"]) == (200, "2026-11-23T09:00:01.000Z")
    broken = requests.post(f"{server.control_url}/clock", data={"advance": 1}, timeout=30)
    assert (broken.status_code, broken.json()["error"]) == (400, "InvalidJSON")


def test_the_clock_can_be_set_also_back(server: Server) -> None:
    control(server, "POST", "clock", {"set": "2026-12-01T00:00:00+01:00"})
    assert server.clock.now.isoformat() == "2026-11-30T23:00:00+00:00"

    control(server, "POST", "clock", {"set": "2026-11-30T22:59:00Z"})
    assert server.clock.now.isoformat() == "2026-11-30T22:59:00+00:00"


def test_acts_are_scheduled_and_happen_at_their_instant(server: Server, api: Api, ticket: int) -> None:
    at = "2026-11-23T12:00:00Z"
    reply = control(server, "POST", "acts", {"as": EMILY, "ticket": ticket, "comment": "Well?", "at": at})
    assert reply.json()["scheduled"] is True

    server.clock.advance(86_400)

    assert api.audits(ticket)[-1]["created_at"] == at


def test_a_jump_goes_to_the_next_event_or_not_after(server: Server, ticket: int) -> None:
    server.act(EMILY, ticket=ticket, comment="Well?", at="2026-11-23T12:00:00Z")

    first = server.clock.jump(not_after="2026-11-23T11:00:00Z")
    second = server.clock.jump(not_after="2026-11-23T13:00:00Z")
    third = server.clock.jump()

    assert [step["now"][11:16] for step in (first, second)] == ["11:00", "12:00"]
    assert third["moved"] is False, "there is nothing more to come"


def test_no_jump_while_a_webhook_is_on_its_way(server: Server, api: Api, receiver: Receiver, ticket: int) -> None:
    hook = {"name": "x", "endpoint": receiver.url, "http_method": "POST", "request_format": "json"}
    webhook = api.post("/webhooks", webhook=hook).json()["webhook"]["id"]
    action = {"field": "notification_webhook", "value": [webhook, "{}"]}
    api.post("/triggers", trigger={"title": "Tell", "conditions": {}, "actions": [action]})
    receiver.holding = threading.Event()
    server.act(CLAIRE, ticket=ticket, priority="urgent")

    held = server.clock.jump(not_after="2026-11-23T10:00:00Z")
    receiver.holding.set()
    server.idle()
    free = server.clock.jump(not_after="2026-11-23T10:00:00Z")

    assert (held["moved"], held["in_flight"]) == (False, 1)
    assert (free["moved"], free["in_flight"]) == (True, 0)


def test_a_running_clock_lets_due_things_happen_by_itself(server: Server, api: Api, ticket: int) -> None:
    server.act(EMILY, ticket=ticket, comment="Well?", at="2026-11-23T12:00:00Z")

    server.clock.run_at(100_000)  # the three hours pass in a tenth of a second
    while len(api.audits(ticket)) < 2:
        pass
    server.clock.run_at(0)

    assert api.audits(ticket)[-1]["created_at"] >= "2026-11-23T12:00:00Z"


def test_people_act_with_their_own_name_and_channel(server: Server, api: Api, ticket: int) -> None:
    control(server, "POST", "acts", {"as": CLAIRE, "ticket": ticket, "comment": "Hello", "public": False})

    audit = api.audits(ticket)[-1]
    claire = server.account.user_by_email(CLAIRE)
    assert claire is not None
    assert (audit["author_id"], audit["via"]["channel"]) == (claire["id"], "web")
    assert audit["events"][0]["public"] is False


def test_automatic_mail_carries_its_flag(server: Server, api: Api, ticket: int) -> None:
    server.act(EMILY, ticket=ticket, comment="Out of office", channel="email", flags=[4])

    metadata = api.audits(ticket)[-1]["metadata"]
    assert metadata["flags"] == [4]
    assert "flags" not in metadata["system"]


def test_the_feed_tells_who_did_what(server: Server, api: Api, ticket: int) -> None:
    api.put(f"/tickets/{ticket}", ticket={"comment": {"body": "x", "public": False}, "additional_tags": ["sla"]})
    server.act(CLAIRE, ticket=ticket, assignee=CLAIRE, status="pending", comment="Hi")

    events = control(server, "GET", "events?after=0").json()["events"]

    assert [(e["n"], e["actor_name"], e["words"]) for e in events] == [
        (1, "Emily Carter", "opened “Cannot log in” by email, priority high"),
        (2, "zdsync", "wrote an internal note, tagged it sla"),
        (3, "Claire Dubois", "replied publicly, set status to pending, assigned it to Claire Dubois"),
    ]
    assert control(server, "GET", "events?after=2").json()["events"] == events[2:]


def test_calls_are_counted_by_kind_and_writes_kept_whole(server: Server, api: Api, ticket: int) -> None:
    body = {"comment": {"body": "x", "public": False}, "safe_update": True, "updated_stamp": "2000-01-01T00:00:00Z"}
    api.put(f"/tickets/{ticket}.json", ticket=body)

    calls = control(server, "GET", "calls").json()

    assert calls["counts"] == {"PUT /tickets/{id}": {"409": 1}}
    assert (calls["writes"][0]["ticket"], calls["writes"][0]["status"]) == (ticket, 409)
    assert calls["writes"][0]["body"] == {"ticket": body}


def test_options_and_limits_are_changed_by_name(server: Server, api: Api) -> None:
    before = control(server, "GET", "options").json()

    after = control(server, "PUT", "options", {"search_lag_ms": 0, "limits": {"account_per_minute": 1}}).json()

    assert after == {**before, "search_lag_ms": 0, "limits": {**before["limits"], "account_per_minute": 1}}
    assert [api.get("/users/me").status_code for _ in range(2)] == [200, 429]
    control(server, "PUT", "options", {"limits": {"enabled": False}})
    assert api.get("/users/me").status_code == 200


@pytest.mark.parametrize(
    ("method", "path", "body"),
    [
        pytest.param("POST", "clock", {}, id="nothing asked"),
        pytest.param("POST", "clock", {"set": "noon"}, id="no instant"),
        pytest.param("POST", "clock", {"advance": -5}, id="advance backwards"),
        pytest.param("POST", "clock", {"rate": -1}, id="negative rate"),
        pytest.param("POST", "acts", {"as": 1, "comment": "x"}, id="nobody"),
        pytest.param("POST", "acts", {"as": EMILY, "coment": "x"}, id="misspelt"),
        pytest.param("PUT", "faults", {"requests": [{"do": "explode"}]}, id="unknown fault"),
        pytest.param("PUT", "state", {}, id="no state"),
        pytest.param("PUT", "options", {"color": "red"}, id="unknown option"),
        pytest.param("PUT", "options", {"limits": {"speed": 1}}, id="unknown limit"),
    ],
)
def test_what_makes_no_sense_is_400_with_words(server: Server, method: str, path: str, body: object) -> None:
    reply = control(server, method, path, body)

    assert reply.status_code == 400
    assert reply.json()["description"]
    assert control(server, "GET", "clock").json()["now"] == "2026-11-23T09:00:00.000Z"


def test_an_act_that_zendesk_refuses_is_refused(server: Server, ticket: int) -> None:
    assert control(server, "POST", "acts", {"as": CLAIRE, "ticket": ticket, "status": "solved"}).status_code == 422
    assert control(server, "POST", "acts", {"as": CLAIRE, "ticket": 99, "status": "open"}).status_code == 404
