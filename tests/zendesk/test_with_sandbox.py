"""The client against a Zendesk that judges it: real HTTP, real refusals, and writes whose reply is lost."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime, timedelta
from typing import Any

import pytest

from tests.web.running import running
from tests.web.test_public import Stored
from tests.zendesk.builders import Seen
from zdsync.core.model import Audit, Enclosure, Message, Update
from zdsync.sandbox import Account, Server, serve
from zdsync.sandbox.seed import OAUTH_CLIENT, OAUTH_SECRET
from zdsync.web.public import public_app
from zdsync.web.serve import listen
from zdsync.zendesk import convert
from zdsync.zendesk.client import Zendesk
from zdsync.zendesk.errors import Closed, Conflict, NotFound, OtherBody, RateLimited, Rejected, Unauthorized, Unclear
from zdsync.zendesk.exports import TooRecent
from zdsync.zendesk.oauth import ApiToken, ClientCredentials, Credential
from zdsync.zendesk.session import ApiSession

NOW = "2026-11-23T09:00:00Z"
EMILY = "emily.carter@northgate.example"
CLAIRE = "claire@desk.example"
NOTE = Update(message=Message("agents", "A note of ours"), keys=("warn:1:75",), add_tags=frozenset({"sla_warned"}))


@pytest.fixture
def server() -> Iterator[Server]:
    with serve(Account.demo(NOW)) as running_server:
        yield running_server


@pytest.fixture
def ticket_id(server: Server) -> int:
    """A customer's ticket, some seconds old."""
    done = server.act(EMILY, subject="Cannot log in", comment="It says no.", channel="email", priority="high")
    server.clock.advance(10)
    return int(done["ticket"])


@pytest.fixture
def zendesk(server: Server) -> Zendesk:
    return connect(server, ApiToken(server.email, server.token))


def connect(server: Server, credential: Credential, seen: Seen | None = None) -> Zendesk:
    seen = seen or Seen()
    session = ApiSession(
        server.url, credential, now=lambda: server.clock.now, hooks=seen.hooks(), sleep=seen.slept.append
    )
    return Zendesk(session)


def body(zendesk: Zendesk, ticket_id: int, update: Update = NOTE) -> dict[str, Any]:
    fetched = zendesk.ticket(ticket_id)
    return convert.payload(update, fetched.ticket, at=fetched.date, rulebook_hash="hash")


def keys(audits: tuple[Audit, ...]) -> list[str]:
    return [key for audit in audits for key in audit.keys]


def test_a_ticket_and_its_audits_are_read_as_they_happened(server: Server, zendesk: Zendesk, ticket_id: int) -> None:
    server.act(CLAIRE, ticket=ticket_id, comment="We look into it.", status="pending")
    server.clock.advance(60)
    server.act(EMILY, ticket=ticket_id, comment="Thanks", channel="email")
    fetched, audits = zendesk.ticket(ticket_id), zendesk.audits(ticket_id)
    assert fetched.date == server.clock.now.replace(microsecond=0)
    assert (fetched.ticket.status, fetched.ticket.priority) == ("open", "high")
    assert [comment.public for audit in audits for comment in audit.comments] == [True, True, True]
    changes = [change for audit in audits for change in audit.changes if change.field == "status"]
    assert [change.value for change in changes][-2:] == ["pending", "open"]
    assert audits[-1].at == fetched.ticket.updated_at
    assert all(audit.unusable == () for audit in audits)


def test_an_update_proves_itself_in_the_reply_and_in_the_audits(zendesk: Zendesk, ticket_id: int) -> None:
    known = zendesk.audits(ticket_id)
    audit = zendesk.update(ticket_id, body(zendesk, ticket_id))
    assert audit is not None
    assert (audit.keys, audit.comments[0].public) == (("warn:1:75",), False)
    assert "sla_warned" in zendesk.ticket(ticket_id).ticket.tags
    assert zendesk.audits(ticket_id, after_id=known[-1].id) == (audit,)
    assert zendesk.audits(ticket_id, after_id=audit.id) == ()


def test_a_stamp_that_somebody_overtook_is_a_conflict_and_changes_nothing(
    server: Server, zendesk: Zendesk, ticket_id: int
) -> None:
    prepared = body(zendesk, ticket_id)
    server.act(CLAIRE, ticket=ticket_id, comment="First", public=False)
    with pytest.raises(Conflict):
        zendesk.update(ticket_id, prepared)
    assert keys(zendesk.audits(ticket_id)) == []


@pytest.mark.parametrize(("fault", "applied"), [("lose_reply", True), ("drop", False)])
def test_a_lost_reply_is_unclear_sent_once_and_settled_by_reading(
    server: Server, zendesk: Zendesk, ticket_id: int, fault: str, applied: bool
) -> None:
    prepared = body(zendesk, ticket_id)
    server.set_faults({"requests": [{"do": fault, "method": "PUT"}]})
    with pytest.raises(Unclear):
        zendesk.update(ticket_id, prepared)
    assert keys(zendesk.audits(ticket_id)) == (["warn:1:75"] if applied else [])
    if applied:
        with pytest.raises(Conflict):
            zendesk.update(ticket_id, prepared)
    else:
        assert zendesk.update(ticket_id, prepared) is not None
    assert keys(zendesk.audits(ticket_id)) == ["warn:1:75"]


def test_a_write_that_lands_after_a_later_read_does_not_land_twice(
    server: Server, zendesk: Zendesk, ticket_id: int
) -> None:
    prepared = body(zendesk, ticket_id)
    server.set_faults({"requests": [{"do": "land_late", "method": "PUT", "reads": 1}]})
    with pytest.raises(Unclear):
        zendesk.update(ticket_id, prepared)
    zendesk.ticket(ticket_id)
    with pytest.raises(Conflict):
        zendesk.update(ticket_id, prepared)
    assert keys(zendesk.audits(ticket_id)) == ["warn:1:75"]


@pytest.mark.parametrize("form", ["json", "text", "html", "empty"])
def test_a_server_error_after_a_write_is_unclear_and_a_read_outlives_two(
    server: Server, zendesk: Zendesk, ticket_id: int, form: str
) -> None:
    prepared = body(zendesk, ticket_id)
    server.set_faults({"requests": [{"do": "reply", "method": "PUT", "status": 502, "form": form}]})
    with pytest.raises(Unclear):
        zendesk.update(ticket_id, prepared)
    server.set_faults({"requests": [{"do": "reply", "method": "GET", "status": 503, "form": form, "times": 2}]})
    assert zendesk.ticket(ticket_id).ticket.id == ticket_id


@pytest.mark.parametrize("retry_after", [7, 2.5, None])
def test_a_429_of_any_form_is_for_later(
    server: Server, zendesk: Zendesk, ticket_id: int, retry_after: float | None
) -> None:
    fault = {"do": "reply", "status": 429, "form": "text", "retry_after": retry_after}
    server.set_faults({"requests": [fault]})
    with pytest.raises(RateLimited) as caught:
        zendesk.ticket(ticket_id)
    assert caught.value.retry_after == timedelta(seconds=retry_after or 60)


def test_the_limit_of_one_ticket_is_recognised(server: Server, ticket_id: int) -> None:
    seen = Seen()
    zendesk = connect(server, ApiToken(server.email, server.token), seen)
    for number in range(30):
        zendesk.update(ticket_id, {"ticket": {"tags": [f"t{number}"]}})
    with pytest.raises(RateLimited) as caught:
        zendesk.update(ticket_id, {"ticket": {"tags": ["one too many"]}})
    assert caught.value.family == f"per-ticket-updates:{ticket_id}"
    assert timedelta(0) < caught.value.retry_after <= timedelta(minutes=10)
    assert seen.limited == [caught.value]


def test_closed_and_missing_tickets_are_told_apart(server: Server, zendesk: Zendesk, ticket_id: int) -> None:
    prepared = body(zendesk, ticket_id)
    server.act(CLAIRE, ticket=ticket_id, status="solved", assignee=CLAIRE)
    server.clock.advance(29 * 86400)
    with pytest.raises(Closed):
        zendesk.update(ticket_id, {"ticket": {"status": "open"}})
    with pytest.raises((Closed, Conflict)):
        zendesk.update(ticket_id, prepared)
    with pytest.raises(NotFound):
        zendesk.ticket(999_999_999)


def test_what_zendesk_refuses_for_good_is_rejected(zendesk: Zendesk, ticket_id: int) -> None:
    with pytest.raises(Rejected):
        zendesk.update(ticket_id, {"ticket": {"status": "melting"}})


def test_creating_twice_under_one_key_makes_one_ticket(zendesk: Zendesk) -> None:
    notice = {"ticket": {"subject": "Notice", "comment": {"body": "x", "public": False}, "external_id": "n:1"}}
    first = zendesk.create_ticket(notice, idempotency_key="n:1")
    assert zendesk.create_ticket(notice, idempotency_key="n:1").id == first.id
    with pytest.raises(OtherBody):
        zendesk.create_ticket({"ticket": {**notice["ticket"], "subject": "Other"}}, idempotency_key="n:1")
    assert [ticket.id for ticket in zendesk.tickets_by_external_id("n:1")] == [first.id]


def test_people_come_with_their_role_and_zone(zendesk: Zendesk, ticket_id: int) -> None:
    requester = zendesk.ticket(ticket_id).ticket.requester_id
    me = zendesk.me()
    assert me is not None
    people = {person.id: person for person in zendesk.users([requester, int(me["id"]), 999_999])}
    assert people[requester].role == "end-user"
    assert people[int(me["id"])].role == "admin"
    assert 999_999 not in people


def test_the_export_shows_a_change_once_its_minute_is_over(server: Server, zendesk: Zendesk, ticket_id: int) -> None:
    since: datetime = server.clock.now - timedelta(minutes=10)
    assert ticket_id not in {row.id for row in zendesk.export_page(start_time=since).rows}
    server.clock.advance(120)
    page = zendesk.export_page(start_time=since)
    assert ticket_id in {row.id for row in page.rows}
    assert page.end_of_stream
    server.act(EMILY, ticket=ticket_id, comment="More", channel="email")
    server.clock.advance(120)
    assert [row.id for row in zendesk.export_page(cursor=page.cursor).rows] == [ticket_id]
    with pytest.raises(TooRecent):
        zendesk.export_page(start_time=server.clock.now)


def test_a_resync_lists_every_unclosed_ticket(server: Server, zendesk: Zendesk) -> None:
    made = [server.act(EMILY, subject=f"t{n}", comment="x", channel="email")["ticket"] for n in range(120)]
    listed: list[int] = []
    page = zendesk.unclosed_page()
    while True:
        listed += [row.id for row in page.rows]
        if page.end_of_stream:
            break
        page = zendesk.unclosed_page(page.cursor)
    assert set(made) <= set(listed)
    assert len(listed) == len(set(listed))


def test_an_oauth_token_is_got_used_and_renewed_by_the_accounts_clock(server: Server, ticket_id: int) -> None:
    credential = ClientCredentials(server.url, OAUTH_CLIENT, OAUTH_SECRET, now=lambda: server.clock.now)
    zendesk = connect(server, credential)
    zendesk.update(ticket_id, body(zendesk, ticket_id))
    first = credential.header()
    server.clock.advance(22 * 3600)
    zendesk.ticket(ticket_id)
    assert credential.header() != first


def test_a_token_that_ends_early_is_replaced_within_one_call(server: Server, ticket_id: int) -> None:
    """Our clock may lag: Zendesk then refuses a token that we still take for good."""
    frozen = server.clock.now
    zendesk = connect(server, ClientCredentials(server.url, OAUTH_CLIENT, OAUTH_SECRET, now=lambda: frozen))
    zendesk.ticket(ticket_id)
    server.clock.advance(25 * 3600)
    assert zendesk.ticket(ticket_id).ticket.id == ticket_id


def test_wrong_credentials_are_told(server: Server) -> None:
    with pytest.raises(Unauthorized):
        connect(server, ApiToken(server.email, "wrong")).count_tickets()
    wrong = ClientCredentials(server.url, OAUTH_CLIENT, "wrong", now=lambda: server.clock.now)
    with pytest.raises(Unauthorized):
        connect(server, wrong).count_tickets()


@pytest.mark.parametrize("family", ["trigger", "event"])
def test_its_webhooks_reach_our_receiver_signed(server: Server, zendesk: Zendesk, family: str) -> None:
    """Over HTTP, in both payload families, with the secret that the API gives."""
    stored = Stored()
    with listen("127.0.0.1", 0) as reserved:
        url = f"http://127.0.0.1:{reserved.getsockname()[1]}/webhook"
        secret = subscribe(zendesk, url, family)
        app = public_app(stored.receive, now=lambda: server.clock.now, secrets=[secret])
        with running(app, reserved):
            ticket = server.act(EMILY, subject="Help", comment="x", channel="email", priority="urgent")["ticket"]
            server.idle()
    assert {ticket_id for hint in stored.hints for ticket_id in hint.ticket_ids} == {ticket}
    assert {hint.work for hint in stored.hints} == ({"p1"} if family == "event" else {"live"})


def subscribe(zendesk: Zendesk, url: str, family: str) -> str:
    """Make the webhook, and for the trigger family a trigger with the payload that the README tells; its secret."""
    by_event = family == "event"
    webhook = {
        "name": "zdsync",
        "status": "active",
        "endpoint": url,
        "http_method": "POST",
        "request_format": "json",
        "subscriptions": ["zen:event-type:ticket.created"] if by_event else ["conditional_ticket_events"],
    }
    base = f"{zendesk.session.base_url}/api/v2"
    made = zendesk.session.post(f"{base}/webhooks", json={"webhook": webhook}).json()["webhook"]
    if not by_event:
        action = {"field": "notification_webhook", "value": [made["id"], '{"ticket_id": "{{ticket.id}}"}']}
        conditions = {"all": [{"field": "update_type", "operator": "is", "value": "Create"}], "any": []}
        trigger = {"title": "zdsync", "conditions": conditions, "actions": [action]}
        zendesk.session.post(f"{base}/triggers.json", json={"trigger": trigger})
    return zendesk.signing_secret(made["id"])


def test_contacts_come_with_what_an_audience_is_chosen_by(server: Server, zendesk: Zendesk) -> None:
    """End users only, page by page; the tags of organisations apart."""
    emily = server.account.user_by_email(EMILY)
    assert emily is not None
    emily.update(tags=["vip"], user_fields={"status_mail": True, "notes": None, "odd": {"a": 1}})
    organization = emily["organization_id"]
    server.account.organizations[organization]["tags"] = ["hosted"]
    page, after = zendesk.end_users_page()
    found = {each.person.id: each for each in page}
    assert (len(found), after) == (7, "")
    assert {each.person.role for each in found.values()} == {"end-user"}
    assert (found[emily["id"]].tags, found[emily["id"]].fields) == (frozenset({"vip"}), {"status_mail": True})
    assert zendesk.organization_tags()[organization] == frozenset({"hosted"})


def test_public_comments_are_read_in_words_and_notes_are_not(server: Server, zendesk: Zendesk, ticket_id: int) -> None:
    server.act(CLAIRE, ticket=ticket_id, comment="It is *disk* 7.", public=False)
    server.act(CLAIRE, ticket=ticket_id, comment="We replace a **disk**.")
    assert list(zendesk.comments(ticket_id).values()) == ["It says no.", "We replace a **disk**."]


def test_a_file_is_uploaded_and_goes_with_a_ticket(server: Server, zendesk: Zendesk) -> None:
    token = zendesk.upload(Enclosure("café.ics", "text/calendar", b"BEGIN:VCALENDAR\xc3\xa9"))
    made = zendesk.create_ticket(
        {"ticket": {"subject": "x", "comment": {"body": "x", "uploads": [token]}}}, idempotency_key="n:2"
    )
    files = [each for each in server.account.attachments.values() if each["file_name"] == "café.ics"]
    assert [(each["content_type"], each["size"]) for each in files] == [("text/calendar", 17)]
    assert zendesk.first_comment(made.id).files[0].name == "café.ics"


def test_the_newest_tickets_of_a_search_come_first(server: Server, zendesk: Zendesk) -> None:
    made = []
    for _ in range(3):
        made.append(server.act(EMILY, subject="Down", comment="-", channel="web")["ticket"])
        server.clock.advance(60)
    assert [each.id for each in zendesk.newest("subject:down", 2)] == made[:0:-1]


def test_nobody_who_is_suspended_or_gone_gets_a_ticket(server: Server, zendesk: Zendesk) -> None:
    emily = server.account.user_by_email(EMILY)
    assert emily is not None
    for state in ({"suspended": True, "active": True}, {"suspended": False, "active": False}):
        emily.update(state)
        with pytest.raises(Rejected, match="Requester"):
            zendesk.create_ticket(
                {"ticket": {"subject": "x", "comment": {"body": "x"}, "requester_id": emily["id"]}},
                idempotency_key=f"n:{state}",
            )
