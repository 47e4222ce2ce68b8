"""Programs that are not ours work against the sandbox unchanged: zenpy as published, with its own session."""

from __future__ import annotations

import importlib
from typing import Any

import pytest
from zenpy import Zenpy
from zenpy.lib.api_objects import Comment, Group, Organization, Ticket, User
from zenpy.lib.exception import APIException, RecordNotFoundException

from tests.sandbox.conftest import CLAIRE, EMILY
from zdsync.sandbox import Server


@pytest.fixture
def zenpy(server: Server, monkeypatch: pytest.MonkeyPatch) -> Any:
    monkeypatch.setenv("ZENPY_FORCE_NETLOC", f"127.0.0.1:{server.port}")
    monkeypatch.setenv("ZENPY_FORCE_SCHEME", "http")
    return Zenpy(subdomain="sandbox", email=server.email, token=server.token, disable_cache=True)


def test_zenpy_creates_reads_and_updates(zenpy: Any) -> None:
    audit = zenpy.tickets.create(
        Ticket(subject="From zenpy", comment=Comment(body="Hello"), requester=User(name="Nora", email="n@x.example"))
    )
    ticket = zenpy.tickets(id=audit.ticket.id)
    ticket.comment = Comment(body="A note", public=False)
    ticket.tags.append("zenpy")

    updated = zenpy.tickets.update(ticket)

    assert [event["type"] for event in updated.audit.events] == ["Comment", "Change"]
    assert zenpy.tickets(id=ticket.id).tags == ["zenpy"]
    assert zenpy.tickets(id=ticket.id).requester.email == "n@x.example"
    assert [comment.public for comment in zenpy.tickets.comments(ticket.id)] == [True, False]
    assert len(list(zenpy.tickets.audits(ticket.id))) == 2


def test_zenpy_maps_refusals_to_its_exceptions(server: Server, zenpy: Any, ticket: int) -> None:
    with pytest.raises(RecordNotFoundException):
        zenpy.tickets(id=99)
    with pytest.raises(APIException, match="RecordInvalid"):
        zenpy.tickets.update(Ticket(id=ticket, status="solved"))


def test_zenpy_pages_lists_by_cursor_and_offset(server: Server, zenpy: Any) -> None:
    for number in range(130):
        server.act(EMILY, subject=str(number), comment="x")

    assert len(list(zenpy.tickets())) == 130
    assert len(list(zenpy.tickets(cursor=True))) == 130
    assert {type(row) for row in zenpy.groups()} == {Group}
    assert {type(row) for row in zenpy.organizations()} == {Organization}
    assert len(list(zenpy.users(role="agent"))) == 4


def test_zenpy_follows_incremental_exports(server: Server, zenpy: Any) -> None:
    for number in range(3):
        server.act(EMILY, subject=str(number), comment="x")
        server.clock.advance(1)
    server.clock.advance(600)

    by_cursor = zenpy.tickets.incremental(start_time=0, paginate_by_time=False)
    by_time = zenpy.tickets.incremental(start_time=0)

    assert [ticket.id for ticket in by_cursor] == [1, 2, 3]
    assert {ticket.id for ticket in by_time} == {1, 2, 3}
    assert len(list(zenpy.tickets.events(start_time=0))) == 3


def test_zenpy_runs_bulk_jobs_and_searches(server: Server, zenpy: Any) -> None:
    server.clock.run_at(100)
    job = zenpy.tickets.create([Ticket(subject=str(n), comment=Comment(body="x")) for n in range(3)])
    while zenpy.job_status(id=job.id).status != "completed":
        pass
    server.clock.run_at(0)
    server.clock.advance(60)

    assert [result.id for result in zenpy.job_status(id=job.id).results] == [1, 2, 3]
    assert len(list(zenpy.search(type="ticket", status="new"))) == 3
    assert zenpy.search("type:ticket", sort_by="created_at").count == 3


def test_zdesk_works_unchanged(server: Server) -> None:
    """Another published client, with paths and paging of its own (offset pages, `ids` in the query)."""
    zdesk: Any = importlib.import_module("zdesk")
    client = zdesk.Zendesk(server.url, server.email, zdesk_api=server.token)

    location = client.ticket_create({"ticket": {"subject": "From zdesk", "comment": {"body": "Hi"}}})
    note = client.ticket_update(1, {"ticket": {"comment": {"body": "n", "public": False}}})
    for number in range(120):
        server.act(EMILY, subject=str(number), comment="x")
    server.clock.advance(300)

    assert location == f"{server.url}/api/v2/tickets/1.json"
    assert note["audit"]["events"][0]["type"] == "Comment"
    assert len(client.tickets_list(get_all_pages=True)["tickets"]) == 121
    assert client.ticket_audits(1)["count"] == 2
    assert client.search(query="type:ticket", get_all_pages=True)["count"] == 121
    assert len(client.incremental_tickets_list(start_time=1)["tickets"]) == 121
    assert client.tickets_update_many({"ticket": {"priority": "low"}}, ids="1,2")["job_status"]["status"] == "queued"
    with pytest.raises(zdesk.ZendeskError, match="404"):
        client.ticket_show(999)


def test_zenpy_manages_users_webhooks_and_triggers(server: Server, zenpy: Any) -> None:
    from zenpy.lib.api_objects import Trigger, Webhook

    user = zenpy.users.create_or_update(User(name="Claire D.", email=CLAIRE))
    made = zenpy.webhooks.create(
        Webhook(
            name="hook",
            endpoint="http://127.0.0.1:9/",
            http_method="POST",
            request_format="json",
            status="active",
            subscriptions=["conditional_ticket_events"],
        )
    )
    trigger = zenpy.triggers.create(
        Trigger(
            title="Tell",
            conditions={"all": [{"field": "update_type", "operator": "is", "value": "Change"}], "any": []},
            actions=[{"field": "notification_webhook", "value": [made.id, "{}"]}],
        )
    )

    assert user.role == "agent"
    assert zenpy.webhooks.show_secret(made).secret
    assert zenpy.triggers(id=trigger.id).title == "Tell"
    zenpy.triggers.delete(trigger)
    zenpy.webhooks.delete(made)
    assert list(zenpy.webhooks.list()) == []
