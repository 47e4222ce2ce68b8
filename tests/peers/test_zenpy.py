"""The client that zdsync itself is built on, but as published: its own session, its own adapter, nothing of ours."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from io import BytesIO
from typing import Any

import pytest
import requests
from zenpy import Zenpy
from zenpy.lib.api_objects import Comment, Organization, Ticket, Trigger, User, Webhook
from zenpy.lib.exception import APIException, RatelimitBudgetExceeded, RecordNotFoundException

from tests.peers.history import AGENT_MAILS, CUSTOMER_MAILS
from zdsync.sandbox import Server
from zdsync.sandbox.seed import OAUTH_CLIENT, OAUTH_SECRET

CLAIRE, TOM = AGENT_MAILS[:2]
JEANNE = CUSTOMER_MAILS[0]


@pytest.fixture
def zenpy(server: Server, monkeypatch: pytest.MonkeyPatch) -> Any:
    """Its own environment variables lead it here. Its sleeping moves the account's clock instead."""
    monkeypatch.setenv("ZENPY_FORCE_NETLOC", f"127.0.0.1:{server.port}")
    monkeypatch.setenv("ZENPY_FORCE_SCHEME", "http")
    monkeypatch.setattr("zenpy.lib.api.sleep", server.clock.advance)
    return client(server)


def client(server: Server, **more: Any) -> Any:
    credentials = {} if "oauth_token" in more else {"email": server.email, "token": server.token}
    return Zenpy(subdomain="desk", disable_cache=True, **credentials, **more)


def present(server: Server) -> set[int]:
    return {number for number, ticket in server.account.tickets.items() if ticket.row["status"] != "deleted"}


# Tickets


def test_a_ticket_lives_from_create_to_delete(zenpy: Any) -> None:
    made = zenpy.tickets.create(
        Ticket(
            subject="Login",
            priority="high",
            comment=Comment(body="It says no."),
            requester=User(name="Nora New", email="nora@northgate.example"),
        )
    )
    ticket = zenpy.tickets(id=made.ticket.id)
    assert (ticket.status, ticket.priority, ticket.requester.email) == ("new", "high", "nora@northgate.example")
    assert ticket.organization.name == "Northgate Research"
    assert (ticket.brand.name, ticket.created.tzinfo is not None) == ("Support", True)

    ticket.comment, ticket.assignee_id, ticket.status = Comment(body="Looking", public=False), None, "open"
    updated = zenpy.tickets.update(ticket)
    assert [event["type"] for event in updated.audit.events] == ["Comment", "Change", "Change"]
    assert updated.ticket.status == "open"

    zenpy.tickets.delete(ticket)
    with pytest.raises(RecordNotFoundException):
        zenpy.tickets(id=ticket.id)


def test_comments_and_audits_of_a_long_ticket_come_whole_and_in_order(server: Server, zenpy: Any) -> None:
    number = server.act(JEANNE, subject="Long", comment="0", channel="email")["ticket"]
    for step in range(1, 130):
        server.act(CLAIRE if step % 2 else JEANNE, ticket=number, comment=str(step))

    assert [comment.body for comment in zenpy.tickets.comments(number)] == [str(step) for step in range(130)]
    audits = list(zenpy.tickets.audits(number))
    assert [audit.id for audit in audits] == [audit["id"] for audit in server.account.tickets[number].audits]
    assert audits[1].author.email == CLAIRE
    assert audits[0].events[0]["type"] == "Comment"


def test_tags_are_added_replaced_and_removed(server: Server, zenpy: Any) -> None:
    number = min(present(server))
    assert list(zenpy.tickets.set_tags(number, ["one", "two"])) == ["one", "two"]
    assert list(zenpy.tickets.add_tags(number, ["three"])) == ["one", "three", "two"]
    assert list(zenpy.tickets.delete_tags(number, ["one", "two"])) == ["three"]
    assert list(zenpy.tickets.tags(number)) == ["three"]
    assert {tag.name for tag in zenpy.tags()} == {"billing", "export", "login", "three", "vip"}


def test_a_stale_stamp_and_a_closed_ticket_are_refused_without_a_change(server: Server, zenpy: Any) -> None:
    closed = next(number for number, ticket in server.account.tickets.items() if ticket.row["status"] == "closed")
    number = server.act(JEANNE, subject="Stamp", comment="x")["ticket"]
    ticket = zenpy.tickets(id=number)
    server.clock.advance(5)
    server.act(CLAIRE, ticket=number, comment="first")

    stale = Ticket(id=number, safe_update=True, updated_stamp=ticket.updated_at, comment=Comment(body="second"))
    with pytest.raises(APIException) as conflict:
        zenpy.tickets.update(stale)
    with pytest.raises(APIException, match="closed prevents ticket update"):
        zenpy.tickets.update(Ticket(id=closed, status="open"))

    assert conflict.value.response.status_code == 409
    assert [comment.body for comment in zenpy.tickets.comments(number)] == ["x", "first"]


def test_files_are_uploaded_and_go_with_a_comment(server: Server, zenpy: Any) -> None:
    number = server.act(JEANNE, subject="Files", comment="x")["ticket"]
    first = zenpy.attachments.upload(BytesIO(b"one"), target_name="one.txt", content_type="text/plain")
    both = zenpy.attachments.upload(BytesIO(b"two"), target_name="two.txt", token=first.token)
    assert [file.file_name for file in both.attachments] == ["one.txt", "two.txt"]

    zenpy.tickets.update(Ticket(id=number, comment=Comment(body="see", public=False, uploads=[both.token])))

    files = list(zenpy.tickets.comments(number))[-1].attachments
    assert (files[0].file_name, files[0].content_type, files[0].size) == ("one.txt", "text/plain", 3)
    assert zenpy.attachments(id=files[1].id).file_name == "two.txt"
    assert requests.get(files[1].content_url, timeout=30).content == b"two"


def test_tickets_are_merged_by_a_job(server: Server, zenpy: Any) -> None:
    source, target = (server.act(JEANNE, subject=name, comment=name)["ticket"] for name in ("source", "target"))

    job = zenpy.tickets.merge(target, source, target_comment="Merged", source_comment="Gone")
    assert job.status == "queued"
    server.clock.advance(5)

    assert zenpy.job_status(id=job.id).status == "completed"
    closed = zenpy.tickets(id=source)
    assert (closed.status, list(closed.tags)) == ("closed", ["closed_by_merge"])
    assert [comment.body for comment in zenpy.tickets.comments(target)] == ["target", "Merged"]
    with pytest.raises(APIException, match="cannot merge a ticket into itself"):
        zenpy.tickets.merge(target, target)


# Lists, search, exports


@pytest.mark.parametrize("paging", [{}, {"cursor": True}, {"page_size": 30}], ids=["offset", "cursor", "small pages"])
def test_the_list_of_tickets_is_complete_by_either_paging(server: Server, zenpy: Any, paging: dict[str, Any]) -> None:
    numbers = [ticket.id for ticket in zenpy.tickets(**paging)]
    assert len(numbers) == len(set(numbers))
    assert set(numbers) == present(server)


def test_many_are_shown_by_id(server: Server, zenpy: Any) -> None:
    wanted = sorted(present(server))[:20]
    assert [ticket.id for ticket in zenpy.tickets(ids=wanted)] == wanted
    people = [user["id"] for user in server.account.users.values()]
    assert [user.id for user in zenpy.users(ids=people)] == people


def test_search_finds_what_the_account_has(server: Server, zenpy: Any) -> None:
    rows = [ticket.row for ticket in server.account.tickets.values() if ticket.row["status"] != "deleted"]
    urgent = {row["id"] for row in rows if row["priority"] == "urgent" and row["status"] != "closed"}
    since = datetime(2031, 3, 10, tzinfo=UTC)
    late = {row["id"] for row in rows if row["created_at"] > "2031-03-10T00:00:00Z"}
    tagged = {row["id"] for row in rows if "vip" in row["tags"] and "login" in row["tags"]}

    assert {hit.id for hit in zenpy.search(type="ticket", priority="urgent", minus="status:closed")} == urgent
    assert {hit.id for hit in zenpy.search(type="ticket", created_after=since)} == late
    assert {hit.id for hit in zenpy.search("type:ticket tags:vip tags:login")} == tagged
    assert zenpy.search.count("type:ticket") == len(rows)
    assert [hit.email for hit in zenpy.search(CLAIRE, type="user")] == [CLAIRE]


def test_exports_by_cursor_and_by_time_bring_every_ticket_once_per_change(server: Server, zenpy: Any) -> None:
    everything = set(server.account.tickets)
    deleted = everything - present(server)
    pages = zenpy.tickets.incremental(start_time=0, paginate_by_time=False, per_page=70)
    by_cursor = [(ticket.id, ticket.status) for ticket in pages]
    by_time = [ticket.id for ticket in zenpy.tickets.incremental(start_time=0, per_page=70)]

    assert len(by_cursor) == len(everything)
    assert {number for number, _ in by_cursor} == everything
    assert {number for number, status in by_cursor if status == "deleted"} == deleted
    assert set(by_time) == everything
    since = datetime(2031, 3, 17, tzinfo=UTC)
    later = [ticket.id for ticket in zenpy.tickets.incremental(start_time=since, paginate_by_time=False)]
    moved = {
        number for number, ticket in server.account.tickets.items() if ticket.generated_ms >= since.timestamp() * 1000
    }
    assert set(later) == moved


def test_the_event_export_has_every_audit_and_the_words_when_asked(server: Server, zenpy: Any) -> None:
    start = int(server.clock.now.timestamp()) - 3 * 86_400
    audits = {audit["id"] for at, _, audit in server.account.journal if at >= start * 1000}
    events = list(zenpy.tickets.events(start_time=start, include="comment_events"))
    assert {event.id for event in events} == audits
    said = [child for event in events for child in event.child_events if child["event_type"] == "Comment"]
    assert said
    assert all(child["body"] for child in said)
    silent = zenpy.tickets.events(start_time=start)
    assert not any(
        "body" in child for event in silent for child in event.child_events if child["event_type"] == "Comment"
    )


def test_people_and_organizations_are_exported(server: Server, zenpy: Any) -> None:
    assert {user.id for user in zenpy.users.incremental(start_time=0)} == set(server.account.users)
    organizations = zenpy.organizations.incremental(start_time=0)
    assert {organization.id for organization in organizations} == set(server.account.organizations)


# Jobs


def test_bulk_calls_answer_with_a_job_that_can_be_waited_for(server: Server, zenpy: Any) -> None:
    job = zenpy.tickets.create([Ticket(subject=f"Bulk {n}", comment=Comment(body="x")) for n in range(40)])
    assert (job.status, job.total) == ("queued", 40)
    created = [result.id for result in finished(server, zenpy, job).results]
    assert set(created) <= present(server)

    wishes = [Ticket(id=number, priority="low", additional_tags=["bulk"]) for number in created]
    job = finished(server, zenpy, zenpy.tickets.update([*wishes, Ticket(id=99_999, priority="low")]))
    assert [result.success for result in job.results] == [True] * 40 + [False]
    assert {ticket.priority for ticket in zenpy.tickets(ids=created)} == {"low"}

    finished(server, zenpy, zenpy.tickets.delete(list(zenpy.tickets(ids=created))))
    assert not set(created) & present(server)


def finished(server: Server, zenpy: Any, job: Any) -> Any:
    for _ in range(20):
        if job.status == "completed":
            return job
        server.clock.advance(1)
        job = zenpy.job_status(id=job.id)
    raise AssertionError(f"job {job.id} is still {job.status}")


def test_more_than_a_hundred_in_one_call_is_refused(server: Server, zenpy: Any) -> None:
    before = set(server.account.tickets)
    with pytest.raises(Exception, match="TooManyValues"):
        zenpy.tickets.create([Ticket(subject="x", comment=Comment(body="x"))] * 101)
    assert set(server.account.tickets) == before


# People and fixtures


def test_users_are_found_made_changed_and_removed(server: Server, zenpy: Any) -> None:
    assert zenpy.users.me().email == server.email
    assert [user.email for user in zenpy.users.search(query=CLAIRE)] == [CLAIRE]
    assert {user.email for user in zenpy.users(role="agent")} == set(AGENT_MAILS)

    made = zenpy.users.create_or_update(User(name="Nora", email="nora@x.example", external_id="n-1"))
    server.clock.advance(1)
    again = zenpy.users.create_or_update(User(name="Nora Neu", email="NORA@x.example"))
    assert (again.id, again.name) == (made.id, "Nora Neu")
    server.clock.advance(1)
    made.locale = "fr"
    assert zenpy.users.update(made).locale == "fr"
    zenpy.users.delete(made)
    assert zenpy.users(id=made.id).active is False


def test_organizations_groups_fields_forms_statuses_and_brands_are_listed(server: Server, zenpy: Any) -> None:
    account = server.account
    for name in ("organizations", "groups", "ticket_fields", "ticket_forms", "custom_statuses", "brands", "triggers"):
        assert {row.id for row in getattr(zenpy, name)()} == set(getattr(account, name)), name
    assert len(list(zenpy.group_memberships())) == len(account.memberships)
    for unused in ("macros", "user_fields", "organization_fields", "satisfaction_ratings", "sla_policies"):
        assert list(getattr(zenpy, unused)()) == []


def test_mail_that_is_set_aside_is_seen_recovered_and_deleted(server: Server, zenpy: Any) -> None:
    for subject in ("one", "two"):
        server.act("nora@new.example", subject=subject, comment="x", channel="email", suspended="Detected as spam")
    held = list(zenpy.suspended_tickets())
    assert [(row.subject, row.cause, row.author["email"]) for row in held] == [
        ("one", "Detected as spam", "nora@new.example"),
        ("two", "Detected as spam", "nora@new.example"),
    ]

    zenpy.suspended_tickets.recover(held[0])
    zenpy.suspended_tickets.delete(held[1])

    assert list(zenpy.suspended_tickets()) == []
    assert server.account.tickets[max(present(server))].row["subject"] == "one"


def test_who_belongs_where_and_writes_from_where_is_listed(server: Server, zenpy: Any) -> None:
    jeanne = server.account.user_by_email(JEANNE)
    assert jeanne is not None
    belongs = list(zenpy.users.organization_memberships(jeanne["id"]))
    assert [(row.organization.name, row.default) for row in belongs] == [("Hôpital Saint-Luc", True)]
    assert [row.value for row in zenpy.users.identities(id=jeanne["id"])] == [JEANNE]


def test_an_organization_is_made_changed_and_removed(server: Server, zenpy: Any) -> None:
    made = zenpy.organizations.create(Organization(name="Clinique du Lac", domain_names=["lac.example"]))
    made.notes = "VIP"
    assert zenpy.organizations.update(made).notes == "VIP"
    member = zenpy.users.create_or_update(User(name="Luc", email="luc@lac.example"))
    assert member.organization.id == made.id
    zenpy.organizations.delete(made)
    assert made.id not in server.account.organizations


def test_a_webhook_and_its_trigger_are_made_tested_and_removed(server: Server, zenpy: Any) -> None:
    hook = zenpy.webhooks.create(
        Webhook(
            name="zdsync",
            endpoint=f"{server.url}/nowhere",
            http_method="POST",
            request_format="json",
            status="active",
            subscriptions=["conditional_ticket_events"],
        )
    )
    secret = zenpy.webhooks.show_secret(hook).secret
    assert zenpy.webhooks.reset_secret(hook).secret != secret
    assert zenpy.webhooks.test(hook).status_code == 404
    trigger = zenpy.triggers.create(
        Trigger(
            title="Tell zdsync",
            conditions={"all": [{"field": "update_type", "operator": "is", "value": "Create"}], "any": []},
            actions=[{"field": "notification_webhook", "value": [hook.id, '{"ticket_id":"{{ticket.id}}"}']}],
        )
    )
    server.act(JEANNE, subject="Tell", comment="x", channel="email")
    server.idle()

    invocations = list(zenpy.webhooks.invocations(hook))
    assert len(invocations) == 1
    attempts = list(zenpy.webhooks.invocation_attempts(hook.id, invocations[0].id))
    assert [attempt.status_code for attempt in attempts] == [404]
    trigger.active = False
    assert zenpy.triggers.update(trigger).active is False
    zenpy.triggers.delete(trigger)
    zenpy.webhooks.delete(hook)
    assert list(zenpy.webhooks.list()) == []


# Limits and credentials


def test_it_waits_as_long_as_a_refusal_says_and_then_goes_on(server: Server, zenpy: Any) -> None:
    number = server.act(JEANNE, subject="Much", comment="x")["ticket"]
    server.call(lambda: server.account.limits.totals.update({"tickets-update": 3}))
    start = server.clock.now
    for step in range(4):
        zenpy.tickets.update(Ticket(id=number, comment=Comment(body=f"note {step}", public=False)))

    assert server.clock.now - start == timedelta(seconds=60)
    assert [comment.body for comment in zenpy.tickets.comments(number)][1:] == [f"note {step}" for step in range(4)]
    assert server.calls()["counts"]["PUT /tickets/{id}"] == {"200": 4, "429": 1}


def test_its_own_budget_of_waiting_ends_a_call(server: Server, zenpy: Any) -> None:
    server.call(lambda: setattr(server.account.limits, "account_per_minute", 2))
    impatient = client(server, ratelimit_budget=5)
    with pytest.raises(RatelimitBudgetExceeded):
        [impatient.tickets(id=number) for number in sorted(present(server))[:3]]


def test_it_reads_how_much_is_left_and_keeps_a_distance(server: Server, zenpy: Any, monkeypatch: Any) -> None:
    """Proactive limiting trusts `X-Rate-Limit-Remaining`."""
    waited: list[float] = []
    moment = [1_000.0]

    def sleep(seconds: float) -> None:
        waited.append(seconds)
        moment[0] += seconds

    monkeypatch.setattr("zenpy.lib.api.sleep", sleep)
    monkeypatch.setattr("zenpy.lib.api.time", lambda: moment[0])
    careful = client(server, proactive_ratelimit=690, proactive_ratelimit_request_interval=3)
    for number in sorted(present(server))[:15]:
        careful.tickets(id=number)

    assert waited == [1] * 12, "the reply of the 11th call left less than 690: the last four waited three seconds each"


def test_a_token_from_client_credentials_works_and_a_wrong_one_does_not(server: Server, zenpy: Any) -> None:
    grant = {"grant_type": "client_credentials", "client_id": OAUTH_CLIENT, "client_secret": OAUTH_SECRET}
    reply = requests.post(f"{server.url}/oauth/tokens", json={**grant, "scope": "read"}, timeout=30)
    reader = client(server, oauth_token=reply.json()["access_token"])

    assert {ticket.id for ticket in reader.tickets()} == present(server)
    with pytest.raises(APIException, match="Forbidden"):
        reader.tickets.create(Ticket(subject="x", comment=Comment(body="x")))
    with pytest.raises(APIException, match="authenticate"):
        client(server, oauth_token="wrong").tickets()
