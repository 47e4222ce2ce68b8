"""Webhooks: the object, the signature, both payload families, and the few retries there are."""

from __future__ import annotations

import base64
import hashlib
import hmac
import json
import threading
from collections.abc import Iterator
from typing import Any

import pytest

from tests.sandbox.conftest import CLAIRE, EMILY, Api
from tests.sandbox.receiver import Receiver, receive
from zdsync.sandbox import Server
from zdsync.sandbox.webhooks import sign

ALL = ["zen:event-type:ticket.created", "zen:event-type:ticket.comment_added", "zen:event-type:ticket.status_changed"]
TEST_SECRET = "dGhpc19zZWNyZXRfaXNfZm9yX3Rlc3Rpbmdfb25seQ=="


@pytest.fixture
def receiver() -> Iterator[Receiver]:
    with receive() as running:
        yield running


def subscribe(api: Api, url: str, subscriptions: list[str] | None = None, **more: Any) -> str:
    body = {
        "name": "zdsync",
        "status": "active",
        "endpoint": url,
        "http_method": "POST",
        "request_format": "json",
        "subscriptions": subscriptions or ["conditional_ticket_events"],
        **more,
    }
    reply = api.post("/webhooks", webhook=body)
    assert reply.status_code == 201, reply.text
    made = reply.json()["webhook"]
    assert "secret" not in json.dumps(made)
    return str(made["id"])


def on_every_update(api: Api, webhook: str, body: str) -> None:
    action = {"field": "notification_webhook", "value": [webhook, body]}
    reply = api.post("/triggers", trigger={"title": "Tell zdsync", "conditions": {}, "actions": [action]})
    assert reply.status_code == 201, reply.text


def secret(api: Api, webhook: str) -> str:
    return str(api.get(f"/webhooks/{webhook}/signing_secret").json()["signing_secret"]["secret"])


def statuses(api: Api, webhook: str) -> list[str]:
    return [row["status"] for row in api.get(f"/webhooks/{webhook}/invocations").json()["invocations"]]


@pytest.mark.parametrize(
    ("timestamp", "body", "signature"),
    [
        pytest.param(
            "2021-03-25T05:09:27Z",
            '{"event":"ticket.updated","id":123}',
            "S/RDdU2ERmj7LHDDoWJ2onPYH+t7/f2+LTM4dL7UiLM=",
            id="published vector",
        )
    ],
)
def test_signatures_are_those_that_are_published(timestamp: str, body: str, signature: str) -> None:
    assert sign(TEST_SECRET, timestamp, body.encode()) == signature


def test_an_event_subscription_delivers_signed_events(server: Server, api: Api, receiver: Receiver) -> None:
    webhook = subscribe(api, receiver.url, ALL)

    server.act(EMILY, subject="Café", comment="Hi", priority="low")
    server.idle()

    first = receiver.deliveries[0]
    headers = {name.lower(): value for name, value in first.headers.items()}
    timestamp = headers["x-zendesk-webhook-signature-timestamp"]
    digest = hmac.new(secret(api, webhook).encode(), timestamp.encode() + first.body, hashlib.sha256).digest()
    assert headers["x-zendesk-webhook-signature"] == base64.b64encode(digest).decode()
    assert (timestamp, headers["x-zendesk-webhook-id"]) == ("2026-11-23T09:00:00Z", webhook)
    assert headers["user-agent"] == "Zendesk Webhook"
    assert first.body.startswith(b'{\n   "account_id"'), "pretty-printed: only the raw bytes verify"
    assert first.body.endswith(b"}\n")
    kinds = {json.loads(d.body)["type"] for d in receiver.deliveries}
    assert kinds == {"zen:event-type:ticket.created", "zen:event-type:ticket.comment_added"}
    detail = json.loads(first.body)["detail"]
    assert (detail["id"], detail["status"], detail["priority"]) == ("1", "NEW", "LOW")
    assert statuses(api, webhook) == ["success", "success"]


def test_a_status_change_says_both_states(server: Server, api: Api, receiver: Receiver, ticket: int) -> None:
    subscribe(api, receiver.url, ALL)

    server.act(CLAIRE, ticket=ticket, status="pending")
    server.idle()

    event = json.loads(receiver.deliveries[0].body)
    assert event["event"]["current"] == "PENDING"
    assert event["event"]["previous"] == "NEW"
    assert event["subject"] == f"zen:ticket:{ticket}"


def test_a_trigger_sends_its_body_with_placeholders(server: Server, api: Api, receiver: Receiver, ticket: int) -> None:
    webhook = subscribe(api, receiver.url)
    on_every_update(api, webhook, '{"ticket_id":"{{ticket.id}}","priority":"{{ticket.priority}}"}')

    server.act(CLAIRE, ticket=ticket, priority="urgent")
    server.idle()

    assert [json.loads(d.body) for d in receiver.deliveries] == [{"ticket_id": "1", "priority": "Urgent"}]


def test_placeholders_are_not_escaped_for_json(server: Server, api: Api, receiver: Receiver) -> None:
    webhook = subscribe(api, receiver.url)
    on_every_update(api, webhook, '{"subject":"{{ticket.title}}"}')

    server.act(EMILY, subject='A "quoted" word', comment="x")
    server.idle()

    assert receiver.deliveries[0].body == b'{"subject":"A "quoted" word"}'


@pytest.mark.parametrize(
    ("answer", "attempts", "end"),
    [
        pytest.param((200, {}), 1, "success", id="200"),
        pytest.param((500, {}), 1, "terminated", id="500 is not retried"),
        pytest.param((401, {}), 1, "terminated", id="401 is not retried"),
        pytest.param((404, {}), 1, "terminated", id="404 is not retried"),
        pytest.param((409, {}), 4, "terminated", id="409 is retried three times"),
        pytest.param((503, {}), 1, "terminated", id="503 without Retry-After is not retried"),
        pytest.param((503, {"Retry-After": "60"}), 1, "terminated", id="503 with a long Retry-After is not retried"),
        pytest.param((429, {"Retry-After": "9"}), 6, "terminated", id="429 with a short Retry-After is retried"),
    ],
)
def test_retries(
    server: Server,
    api: Api,
    receiver: Receiver,
    ticket: int,
    answer: tuple[int, dict[str, str]],
    attempts: int,
    end: str,
) -> None:
    webhook = subscribe(api, receiver.url)
    on_every_update(api, webhook, "{}")
    receiver.answers = [answer] * 20

    server.act(CLAIRE, ticket=ticket, priority="urgent")
    for _ in range(10):
        server.idle()
        server.clock.advance(60)
    server.idle()

    assert len(receiver.deliveries) == attempts
    ids = {d.headers["X-Zendesk-Webhook-Invocation-Id"] for d in receiver.deliveries}
    assert len(ids) == 1, "the same invocation on every attempt"
    assert statuses(api, webhook) == [end]
    kept = api.get(f"/webhooks/{webhook}/invocations/{ids.pop()}/attempts").json()["attempts"]
    assert len(kept) == attempts
    assert kept[0]["status_code"] == answer[0]


def test_a_retry_waits_for_its_time_and_is_signed_anew(
    server: Server, api: Api, receiver: Receiver, ticket: int
) -> None:
    webhook = subscribe(api, receiver.url)
    on_every_update(api, webhook, "{}")
    receiver.answers = [(503, {"Retry-After": "30"})]
    server.act(CLAIRE, ticket=ticket, priority="urgent")
    server.idle()

    server.clock.advance(29)
    server.idle()
    assert len(receiver.deliveries) == 1
    server.clock.advance(1)
    server.idle()

    stamps = [d.headers["X-Zendesk-Webhook-Signature-Timestamp"] for d in receiver.deliveries]
    assert stamps == ["2026-11-23T09:01:00Z", "2026-11-23T09:01:30Z"]


def test_a_receiver_that_does_not_answer_is_a_timeout_and_is_retried(
    server: Server, api: Api, receiver: Receiver, ticket: int
) -> None:
    webhook = subscribe(api, receiver.url)
    on_every_update(api, webhook, "{}")
    server.account.options.webhook_timeout = 0.05
    receiver.holding = threading.Event()

    server.act(CLAIRE, ticket=ticket, priority="urgent")
    server.idle()
    assert statuses(api, webhook) == ["retrying"]
    receiver.holding.set()
    server.account.options.webhook_timeout = 12
    server.clock.advance(60)
    server.idle()

    assert statuses(api, webhook) == ["success"]


def test_a_refused_connection_loses_the_invocation(server: Server, api: Api, ticket: int) -> None:
    with receive() as gone:
        url = gone.url
    webhook = subscribe(api, url)
    on_every_update(api, webhook, "{}")

    server.act(CLAIRE, ticket=ticket, priority="urgent")
    server.idle()

    assert statuses(api, webhook) == ["terminated"]


def test_the_circuit_breaker_loses_what_is_sent_while_it_is_open(
    server: Server, api: Api, receiver: Receiver, ticket: int
) -> None:
    webhook = subscribe(api, receiver.url)
    on_every_update(api, webhook, "{}")
    receiver.answers = [(500, {})] * 100
    for number in range(100):
        server.act(CLAIRE, ticket=ticket, add_tags=[f"t{number}"])
    server.idle()
    assert len(receiver.deliveries) == 100

    server.act(CLAIRE, ticket=ticket, priority="urgent")
    server.idle()
    assert statuses(api, webhook)[0] == "circuit broken"
    server.clock.advance(5)
    server.act(CLAIRE, ticket=ticket, priority="low")
    server.idle()

    assert len(receiver.deliveries) == 101
    assert statuses(api, webhook)[0] == "success"


def test_more_webhooks_than_are_sent_at_once_all_arrive(
    server: Server, api: Api, receiver: Receiver, ticket: int
) -> None:
    webhook = subscribe(api, receiver.url)
    on_every_update(api, webhook, "{{ticket.tags}}")

    for number in range(50):
        server.act(CLAIRE, ticket=ticket, tags=[str(number)])
    server.idle()

    assert {d.body for d in receiver.deliveries} == {str(number).encode() for number in range(50)}


def test_a_running_clock_brings_the_retry_by_itself(server: Server, api: Api, receiver: Receiver, ticket: int) -> None:
    webhook = subscribe(api, receiver.url)
    on_every_update(api, webhook, "{}")
    receiver.answers = [(503, {"Retry-After": "30"})]

    server.clock.run_at(300)
    server.act(CLAIRE, ticket=ticket, priority="urgent")
    while statuses(api, webhook) != ["success"]:
        pass
    server.clock.run_at(0)

    assert len(receiver.deliveries) == 2


def test_a_new_secret_replaces_the_old_one_at_once(server: Server, api: Api, receiver: Receiver, ticket: int) -> None:
    webhook = subscribe(api, receiver.url)
    on_every_update(api, webhook, "{}")
    old = secret(api, webhook)

    reply = api.post(f"/webhooks/{webhook}/signing_secret")
    server.act(CLAIRE, ticket=ticket, priority="urgent")
    server.idle()

    new = reply.json()["signing_secret"]["secret"]
    assert reply.status_code == 201
    assert old != new
    delivery = receiver.deliveries[0]
    timestamp = delivery.headers["X-Zendesk-Webhook-Signature-Timestamp"]
    assert delivery.headers["X-Zendesk-Webhook-Signature"] == sign(new, timestamp, delivery.body)


def test_the_test_endpoint_sends_at_once_and_gives_the_answer(api: Api, receiver: Receiver) -> None:
    webhook = subscribe(api, receiver.url)
    receiver.answers = [(418, {"X-Teapot": "yes"})]

    reply = api.session.post(
        f"{api.base}/webhooks/test", params={"webhook_id": webhook}, json={"request": {"payload": "hello"}}
    )

    assert reply.json()["response"]["status_code"] == 418
    assert {"key": "x-teapot", "value": "yes"} in [
        {"key": pair["key"].lower(), "value": pair["value"]} for pair in reply.json()["response"]["headers"]
    ]
    assert receiver.deliveries[0].body == b"hello"
    assert statuses(api, webhook) == []


def test_inactive_and_deleted_webhooks_send_nothing(server: Server, api: Api, receiver: Receiver, ticket: int) -> None:
    webhook = subscribe(api, receiver.url)
    on_every_update(api, webhook, "{}")

    assert api.patch(f"/webhooks/{webhook}", webhook={"status": "inactive"}).status_code == 204
    server.act(CLAIRE, ticket=ticket, priority="urgent")
    assert api.delete(f"/webhooks/{webhook}").status_code == 204
    server.act(CLAIRE, ticket=ticket, priority="low")
    server.idle()

    assert receiver.deliveries == []


@pytest.mark.parametrize(
    "wrong",
    [
        pytest.param({"subscriptions": ["zen:event-type:ticket.updated"]}, id="there is no ticket.updated"),
        pytest.param({"subscriptions": ["conditional_ticket_events", ALL[0]]}, id="both families at once"),
        pytest.param({"subscriptions": ALL, "http_method": "PUT"}, id="an event subscription is POST"),
        pytest.param({"endpoint": "ftp://x"}, id="no HTTP address"),
        pytest.param({"name": ""}, id="no name"),
    ],
)
def test_webhooks_that_cannot_be(api: Api, wrong: dict[str, Any]) -> None:
    body = {"name": "x", "endpoint": "http://127.0.0.1:1/", "http_method": "POST", "request_format": "json", **wrong}

    assert api.post("/webhooks", webhook=body).status_code == 400
    assert api.get("/webhooks").json() == {"meta": {"has_more": False}, "webhooks": []}


def test_secrets_of_the_authentication_are_never_shown_but_sent(
    server: Server, api: Api, receiver: Receiver, ticket: int
) -> None:
    data = {"username": "u", "password": "hunter2"}
    webhook = subscribe(
        api, receiver.url, authentication={"type": "basic_auth", "data": data, "add_position": "header"}
    )
    on_every_update(api, webhook, "{}")

    server.act(CLAIRE, ticket=ticket, priority="urgent")
    server.idle()

    assert "hunter2" not in api.get(f"/webhooks/{webhook}").text
    assert receiver.deliveries[0].headers["Authorization"] == "Basic " + base64.b64encode(b"u:hunter2").decode()
