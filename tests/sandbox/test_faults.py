"""Faults: each does what its name says, as often as it is told, and nothing besides."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest
import requests

from tests.sandbox.conftest import CLAIRE, Api
from tests.sandbox.receiver import Receiver, receive
from zdsync.sandbox import Account, Server, serve


@pytest.fixture
def receiver() -> Iterator[Receiver]:
    with receive() as running:
        yield running


def note(**more: Any) -> dict[str, Any]:
    return {"comment": {"body": "note", "public": False}, **more}


def fault(do: str, **more: Any) -> dict[str, Any]:
    return {"requests": [{"do": do, "method": "PUT", "path": "/tickets/*", **more}]}


def test_a_lost_reply_has_been_carried_out_once(server: Server, api: Api, ticket: int) -> None:
    server.set_faults(fault("lose_reply"))

    with pytest.raises(requests.ConnectionError):
        api.put(f"/tickets/{ticket}", ticket=note())

    assert len(api.audits(ticket)) == 2
    assert api.put(f"/tickets/{ticket}", ticket=note()).status_code == 200, "the fault has struck its one time"


def test_a_dropped_call_has_not_been_carried_out(server: Server, api: Api, ticket: int) -> None:
    server.set_faults(fault("drop"))

    with pytest.raises(requests.ConnectionError):
        api.put(f"/tickets/{ticket}", ticket=note())

    assert len(api.audits(ticket)) == 1


def test_a_late_create_lands_after_later_reads_of_its_problem(server: Server, api: Api, ticket: int) -> None:
    """And once only: a repeat with its key that has overtaken it is what it finds."""
    server.set_faults({"requests": [{"do": "land_late", "method": "POST", "path": "/tickets", "reads": 2}]})
    api.put(f"/tickets/{ticket}", ticket={"type": "problem"})
    notice = {"subject": "x", "comment": {"body": "x"}, "type": "incident", "problem_id": ticket, "external_id": "n:1"}
    with pytest.raises(requests.ConnectionError):
        api.post("/tickets", ticket=notice)

    assert api.get(f"/tickets/{ticket}/incidents").json()["tickets"] == []
    api.get(f"/tickets/{ticket}")
    assert [each["external_id"] for each in api.get(f"/tickets/{ticket}/incidents").json()["tickets"]] == ["n:1"]


def test_a_late_write_lands_after_later_reads(server: Server, api: Api, ticket: int) -> None:
    server.set_faults(fault("land_late", reads=2))
    with pytest.raises(requests.ConnectionError):
        api.put(f"/tickets/{ticket}", ticket=note())

    reads = [api.ticket(ticket)["updated_at"], api.ticket(ticket)["updated_at"], api.ticket(ticket)["updated_at"]]

    assert reads == ["2026-11-23T09:00:00Z", "2026-11-23T09:00:00Z", "2026-11-23T09:01:00Z"]
    assert len(api.audits(ticket)) == 2


def test_a_late_write_lands_at_a_later_time(server: Server, api: Api, ticket: int) -> None:
    server.set_faults(fault("land_late", seconds=30))
    with pytest.raises(requests.ConnectionError):
        api.put(f"/tickets/{ticket}", ticket=note())

    server.clock.advance(29)
    assert len(api.audits(ticket)) == 1
    server.clock.advance(1)
    assert api.ticket(ticket)["updated_at"] == "2026-11-23T09:01:30Z"


def test_a_late_write_with_a_stale_stamp_is_refused_when_it_lands(server: Server, api: Api, ticket: int) -> None:
    server.set_faults(fault("land_late", seconds=30))
    stamp = api.ticket(ticket)["updated_at"]
    with pytest.raises(requests.ConnectionError):
        api.put(f"/tickets/{ticket}", ticket=note(safe_update=True, updated_stamp=stamp))

    server.act(CLAIRE, ticket=ticket, comment="mine", public=False)
    server.clock.advance(60)

    assert [event["body"] for audit in api.audits(ticket)[1:] for event in audit["events"]] == ["mine"]
    assert server.calls()["writes"][-1]["status"] == 409


@pytest.mark.parametrize(
    ("more", "content", "text"),
    [
        pytest.param({"status": 429}, "application/json", "APIRateLimitExceeded", id="429 as JSON"),
        pytest.param({"status": 429, "form": "text"}, "text/plain", "Number of allowed API requests", id="429 as text"),
        pytest.param({"status": 502, "form": "html"}, "text/html", "<html>", id="502 as HTML"),
        pytest.param({"status": 409}, "application/json", "DatabaseConflict", id="a collision without a fence"),
        pytest.param({"status": 403, "body": {"error": {"title": "No"}}}, "application/json", "title", id="own body"),
        pytest.param({"status": 500, "form": "empty"}, "application/json", "", id="500 with nothing"),
    ],
)
def test_replies_of_every_form(
    server: Server, api: Api, ticket: int, more: dict[str, Any], content: str, text: str
) -> None:
    server.set_faults(fault("reply", **more))

    reply = api.put(f"/tickets/{ticket}", ticket=note())

    assert reply.status_code == more["status"]
    assert reply.headers["Content-Type"].startswith(content)
    assert text in reply.text
    assert "Retry-After" not in reply.headers
    assert len(api.audits(ticket)) == 1


def test_retry_after_is_sent_as_given(server: Server, api: Api, ticket: int) -> None:
    server.set_faults(
        {"requests": [{"do": "reply", "status": 429, "retry_after": 1.5}, {"do": "reply", "retry_after": "soon"}]}
    )

    assert api.get(f"/tickets/{ticket}").headers["Retry-After"] in ("1.5", "soon")


def test_an_error_may_have_been_carried_out_all_the_same(server: Server, api: Api, ticket: int) -> None:
    server.set_faults(fault("reply", status=504, applied=True))

    assert api.put(f"/tickets/{ticket}", ticket=note()).status_code == 504
    assert len(api.audits(ticket)) == 2


def test_a_lagging_replica_misses_the_newest_audits(server: Server, api: Api, ticket: int) -> None:
    api.put(f"/tickets/{ticket}", ticket=note())
    server.set_faults({"requests": [{"do": "lag", "path": "/tickets/*/audits", "seconds": 10, "times": 2}]})

    counts = [len(api.audits(ticket)) for _ in range(3)]

    assert counts == [1, 1, 2]
    assert api.ticket(ticket)["updated_at"] == "2026-11-23T09:01:00Z", "the ticket itself is up to date"


def test_somebody_may_act_between_a_read_and_a_write(server: Server, api: Api, ticket: int) -> None:
    stamp = api.ticket(ticket)["updated_at"]
    server.set_faults(fault("act", act={"as": CLAIRE, "ticket": ticket, "comment": "first", "public": False}))

    reply = api.put(f"/tickets/{ticket}", ticket=note(safe_update=True, updated_stamp=stamp))

    assert reply.status_code == 409
    assert [a["events"][0]["body"] for a in api.audits(ticket)[1:]] == ["first"]


def test_faults_can_skip_and_match(server: Server, api: Api, ticket: int) -> None:
    server.set_faults(fault("reply", status=500, skip=1, times=2))

    statuses = [api.put(f"/tickets/{ticket}", ticket=note(additional_tags=[str(n)])).status_code for n in range(5)]

    assert statuses == [200, 500, 500, 200, 200]
    assert api.get(f"/tickets/{ticket}").status_code == 200


def test_probabilities_are_seeded(server: Server, api: Api, ticket: int) -> None:
    rounds = []
    for _ in range(2):
        storm = {"do": "reply", "status": 503, "probability": 0.4, "times": None}
        server.set_faults({"seed": 7, "requests": [storm]})
        rounds.append([api.get(f"/tickets/{ticket}").status_code for _ in range(30)])

    assert rounds[0] == rounds[1]
    assert set(rounds[0]) == {200, 503}


def _delivered(account: Account, receiver: Receiver, faults: dict[str, Any], count: int = 60) -> list[bytes]:
    """What arrives of so many updates, each known by its number."""
    with serve(account) as server:
        account.limits.enabled = False
        api = Api(server)
        hook = {"name": "x", "endpoint": receiver.url, "http_method": "POST", "request_format": "json"}
        webhook = api.post("/webhooks", webhook=hook).json()["webhook"]["id"]
        action = {"field": "notification_webhook", "value": [webhook, "{{ticket.title}}"]}
        api.post("/triggers", trigger={"title": "Tell", "conditions": {}, "actions": [action]})
        server.set_faults({"webhooks": faults})
        for number in range(count):
            server.act(CLAIRE, subject=str(number), comment="x")
        for _ in range(40):
            server.idle()
            server.clock.advance(30)
        server.idle()
    return [delivery.body for delivery in receiver.deliveries]


def test_webhooks_are_lost(account: Account, receiver: Receiver) -> None:
    arrived = _delivered(account, receiver, {"lost": 0.33})

    assert 20 < len(arrived) < 58
    assert len(set(arrived)) == len(arrived)


def test_webhooks_are_doubled(account: Account, receiver: Receiver) -> None:
    arrived = _delivered(account, receiver, {"doubled": 0.33})

    assert len(set(arrived)) == 60
    assert 62 < len(arrived) < 100
    ids = {delivery.headers["X-Zendesk-Webhook-Invocation-Id"] for delivery in receiver.deliveries}
    assert 60 < len(ids) < len(arrived), "some with the same invocation id, some with another"


def test_webhooks_are_shuffled_and_late(account: Account, receiver: Receiver) -> None:
    arrived = _delivered(account, receiver, {"late": 0.3, "late_seconds": [10, 300], "shuffled_seconds": 5})

    order = [int(body) for body in arrived]
    assert sorted(order) == list(range(60))
    assert order != sorted(order)
