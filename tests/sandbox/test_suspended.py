"""Mail that is set aside: it tells nobody, can be looked at, recovered and deleted, and is gone after two weeks."""

from __future__ import annotations

from typing import Any

import pytest

from tests.sandbox.conftest import CLAIRE, EMILY, Api
from zdsync.sandbox import Account, Server
from zdsync.sandbox.causes import CAUSES

STRANGER = "nora.new@elsewhere.example"
KEYS = {
    "attachments", "author", "brand_id", "cause", "cause_id", "content", "created_at", "error_messages", "id",
    "message_id", "recipient", "subject", "ticket_id", "updated_at", "url", "via",
}  # fmt: skip


def spam(server: Server, who: str = STRANGER, **more: Any) -> int:
    act = {"subject": "Offer", "comment": "Buy.", "channel": "email", "suspended": "Detected as spam", **more}
    done = server.act(who, **act)
    assert (done["ticket"], done["audit"]) == (None, None)
    return int(done["suspended"])


def listed(api: Api, **query: Any) -> list[dict[str, Any]]:
    found: list[dict[str, Any]] = api.get("/suspended_tickets.json", **query).json()["suspended_tickets"]
    return found


def test_suspended_mail_makes_no_ticket_no_user_and_no_mail(server: Server, api: Api) -> None:
    people = len(server.account.users)

    spam(server)

    assert (server.account.tickets, server.outbox(), len(server.account.users)) == ({}, [], people)


def test_it_is_shown_as_documented(server: Server, api: Api) -> None:
    number = spam(server, attachments=[{"name": "offer.txt", "content": "x"}], message_id="<1@elsewhere.example>")

    shown = api.get(f"/suspended_tickets/{number}.json").json()["suspended_ticket"]

    assert set(shown) == KEYS
    assert shown["author"] == {"id": None, "name": "Nora New", "email": STRANGER}
    assert (shown["cause"], shown["cause_id"], shown["ticket_id"]) == ("Detected as spam", 0, None)
    assert (shown["subject"], shown["content"], shown["recipient"]) == ("Offer", "Buy.", "support@sandbox.example")
    assert shown["via"]["source"]["from"] == {"address": STRANGER, "name": "Nora New"}
    assert shown["attachments"][0]["content_url"].startswith(server.url)
    assert listed(api) == [shown]


def test_a_reply_that_is_suspended_leaves_its_ticket_alone(server: Server, api: Api, ticket: int) -> None:
    before = server.account.tickets[ticket].audits[:]

    number = spam(server, EMILY, ticket=ticket, subject=None, suspended="auto_vacation")

    (shown,) = listed(api)
    assert (shown["id"], shown["ticket_id"], shown["subject"]) == (number, ticket, "Re: Cannot log in")
    assert shown["author"]["id"] == server.account.tickets[ticket].row["requester_id"]
    assert server.account.tickets[ticket].audits == before


@pytest.mark.parametrize(("number", "names"), CAUSES.items())
def test_a_cause_is_named_by_id_name_or_text(server: Server, api: Api, number: int, names: tuple[str, str]) -> None:
    for cause in (number, *names):
        spam(server, suspended=cause)

    assert [(row["cause_id"], row["cause"]) for row in listed(api)] == [(number, names[1])] * 3


def test_an_unknown_cause_and_an_unknown_ticket_are_told(server: Server) -> None:
    with pytest.raises(Exception, match="is no cause; known: spam"):
        spam(server, suspended="because")
    with pytest.raises(Exception, match="RecordNotFound"):
        spam(server, ticket=99)


@pytest.mark.parametrize(
    ("query", "subjects"),
    [
        ({}, ["b", "a", "c"]),
        ({"sort_by": "created_at", "sort_order": "desc"}, ["c", "a", "b"]),
        ({"sort_by": "subject"}, ["a", "b", "c"]),
        ({"sort_by": "subject", "sort_order": "desc"}, ["c", "b", "a"]),
        ({"sort_by": "author_email"}, ["c", "a", "b"]),
        ({"sort_by": "cause"}, ["a", "b", "c"]),
    ],
    ids=str,
)
def test_the_list_is_sorted_and_paged(server: Server, api: Api, query: dict[str, str], subjects: list[str]) -> None:
    server.account.act("z@x.example", subject="b", comment="x", suspended="Detected as spam")
    server.clock.advance(60)
    server.account.act("m@x.example", subject="a", comment="x", suspended="Automated response mail")
    server.clock.advance(60)
    server.account.act("a@x.example", subject="c", comment="x", suspended="Received from support address")

    assert [row["subject"] for row in listed(api, **query)] == subjects
    first = api.get("/suspended_tickets", **query, **{"page[size]": 2}).json()
    rest = api.session.get(first["links"]["next"]).json()
    paged = [*first["suspended_tickets"], *rest["suspended_tickets"]]
    assert ([row["subject"] for row in paged], rest["meta"]["has_more"]) == (subjects, False)


def test_a_sort_that_is_not_offered_is_refused(api: Api) -> None:
    assert api.get("/suspended_tickets", sort_by="priority").status_code == 400


def test_what_one_agent_recovers_is_that_agents_request(server: Server, api: Api) -> None:
    number = spam(server, attachments=[{"name": "offer.txt", "content": "x"}])

    reply = api.put(f"/suspended_tickets/{number}/recover.json")

    (made,) = reply.json()["ticket"]
    me = api.get("/users/me").json()["user"]["id"]
    assert (reply.status_code, made["subject"], made["requester_id"]) == (200, "Offer", me)
    (comment,) = api.get(f"/tickets/{made['id']}/comments").json()["comments"]
    assert (comment["body"], comment["author_id"], len(comment["attachments"])) == ("Buy.", me, 1)
    assert listed(api) == []


def test_recovering_many_keeps_the_senders(server: Server, api: Api) -> None:
    numbers = [spam(server), spam(server, EMILY)]

    made = api.put(f"/suspended_tickets/recover_many.json?ids={numbers[0]},{numbers[1]}").json()["tickets"]

    people = [api.get(f"/users/{row['requester_id']}").json()["user"]["email"] for row in made]
    assert people == [STRANGER, EMILY]
    assert listed(api) == []


def test_a_recovered_reply_is_the_senders_comment(server: Server, api: Api, ticket: int) -> None:
    server.act(CLAIRE, ticket=ticket, status="pending", assignee=CLAIRE, comment="Which browser?")
    number = spam(server, EMILY, ticket=ticket, comment="The blue one.", suspended="spam")

    (recovered,) = api.put(f"/suspended_tickets/{number}/recover").json()["ticket"]

    assert (recovered["id"], recovered["status"]) == (ticket, "open")
    comment = api.get(f"/tickets/{ticket}/comments").json()["comments"][-1]
    assert (comment["body"], comment["author_id"]) == ("The blue one.", recovered["requester_id"])


def test_mail_of_the_accounts_own_address_is_not_recovered(server: Server, api: Api) -> None:
    number = spam(server, suspended="from_support_address")

    for path in (f"/suspended_tickets/{number}/recover", f"/suspended_tickets/recover_many?ids={number}"):
        assert api.put(path).status_code == 422
    assert [row["id"] for row in listed(api)] == [number]
    assert server.account.tickets == {}


def test_it_can_be_deleted_and_is_gone_after_two_weeks(server: Server, api: Api) -> None:
    numbers = [spam(server) for _ in range(4)]
    path = f"/suspended_tickets/{numbers[0]}"

    assert (api.delete(path).status_code, api.delete(path).status_code, api.get(path).status_code) == (204, 404, 404)
    assert api.delete(f"/suspended_tickets/destroy_many?ids={numbers[1]},{numbers[2]}").status_code == 204
    server.clock.advance(14 * 86_400 - 1)
    assert [row["id"] for row in listed(api)] == [numbers[3]]
    server.clock.advance(1)
    assert listed(api) == []
    assert api.put(f"/suspended_tickets/{numbers[3]}/recover").status_code == 404


def test_it_is_saved_with_the_account(server: Server, api: Api) -> None:
    spam(server, attachments=[{"name": "offer.txt", "content": "x"}])
    saved = server.save()

    assert Account.from_json(saved).to_json() == saved
    before = listed(api)
    server.load(saved)
    assert listed(api) == before
