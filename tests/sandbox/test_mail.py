"""Mail that comes in: the ticket that it answers, who may write there, and what is noted about the sender."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

from tests.sandbox.conftest import CLAIRE, EMILY, Api
from zdsync.sandbox import Account, Server

RAJ = "raj.patel@northgate.example"
STRANGER = "nora.new@elsewhere.example"
Mail = dict[str, Any]


def notified(server: Server, ticket: int) -> Mail:
    """Claire answers, and Emily gets this mail."""
    server.act(CLAIRE, ticket=ticket, comment="Which browser?", assignee=CLAIRE)
    found: Mail = server.outbox()[-1]
    assert found["to"] == EMILY
    return found


def write(server: Server, who: str = EMILY, **more: Any) -> int:
    done = server.act(who, channel="email", **{"subject": "Hello", "comment": "The blue one.", **more})
    return int(done["ticket"])


THREADS: dict[str, Callable[[Mail], Mail]] = {
    "what it answers to": lambda mail: {"in_reply_to": mail["message_id"]},
    "the address it goes to": lambda mail: {"to": mail["reply_to"]},
    "an encoded id in its text": lambda mail: {"comment": f"Blue\n\n> Which browser?\n> [{mail['encoded_id']}]"},
}


@pytest.mark.parametrize("how", THREADS.values(), ids=THREADS)
def test_an_answer_finds_its_ticket(server: Server, api: Api, ticket: int, how: Callable[[Mail], Mail]) -> None:
    mail = notified(server, ticket)

    assert write(server, **{"subject": "anything", **how(mail)}) == ticket

    comment = api.get(f"/tickets/{ticket}/comments").json()["comments"][-1]
    assert (comment["public"], "flags" in comment["metadata"]) == (True, False)
    assert api.ticket(ticket)["subject"] == "Cannot log in"
    assert mail["encoded_id"] == api.ticket(ticket)["encoded_id"]


@pytest.mark.parametrize(
    "act",
    [
        {"subject": "Re: Cannot log in"},
        {"subject": "Re: [sandbox] Re: Cannot log in (#1)"},
        {"subject": "#1"},
        {"subject": "[SBX001-0001]"},
        {"comment": "about #1 and ticket 1"},
        {"comment": "SBX001-0001 without brackets"},
        {"comment": "[SBX001-0002] does not fit together"},
        {"comment": "[SBX999-0999] was never given out"},
        {"to": "support+1@sandbox.zendesk.com"},
        {"in_reply_to": "<1@sandbox.zendesk.com>"},
    ],
    ids=str,
)
def test_what_only_mentions_a_ticket_makes_a_new_one(server: Server, api: Api, ticket: int, act: Mail) -> None:
    before = server.account.tickets[ticket].audits[:]

    assert write(server, **act) == ticket + 1
    assert server.account.tickets[ticket].audits == before


def test_who_was_copied_answers_to_the_first_mail(server: Server, api: Api) -> None:
    act: Mail = {"message_id": "<first@northgate.example>", "email_ccs": [{"user_email": RAJ, "action": "put"}]}
    number = write(server, **act)

    assert write(server, RAJ, in_reply_to="<first@northgate.example>") == number
    assert api.audits(number)[0]["metadata"]["system"]["message_id"] == "<first@northgate.example>"
    comment = api.get(f"/tickets/{number}/comments").json()["comments"][-1]
    assert (comment["public"], "flags" in comment["metadata"]) == (True, False)


def test_an_answer_to_a_closed_ticket_opens_a_follow_up_and_to_a_deleted_one_a_new_ticket(
    server: Server, api: Api, ticket: int
) -> None:
    mail = notified(server, ticket)
    server.act(CLAIRE, ticket=ticket, status="closed")

    follow_up = write(server, in_reply_to=mail["message_id"])
    assert api.ticket(follow_up)["via"]["source"]["rel"] == "follow_up"

    server.act(CLAIRE, ticket=follow_up, delete=True)
    assert write(server, to="support+idSBX002-0002@sandbox.zendesk.com") == follow_up + 1


@pytest.mark.parametrize("who", [RAJ, STRANGER, "jeanne.petit@saint-luc.example"])
def test_who_has_no_part_in_a_ticket_leaves_a_flagged_internal_note(
    server: Server, api: Api, ticket: int, who: str
) -> None:
    mail = notified(server, ticket)
    mails = len(server.outbox())

    assert write(server, who, in_reply_to=mail["message_id"]) == ticket

    comment = api.get(f"/tickets/{ticket}/comments").json()["comments"][-1]
    metadata = comment["metadata"]
    assert (comment["public"], metadata["flags"], metadata["trusted"]) == (False, [2], False)
    assert metadata["flags_options"] == {"2": {"trusted": False}}
    assert [mail for mail in server.outbox()[mails:] if mail["to_role"] == "end-user"] == []


def test_a_mail_says_from_where_to_where(server: Server, api: Api) -> None:
    number = write(server, to="help@desk.example")

    shown = api.ticket(number)
    assert shown["recipient"] == "help@desk.example"
    assert shown["via"] == {
        "channel": "email",
        "source": {
            "from": {"address": EMILY, "name": "Emily Carter", "original_recipients": ["help@desk.example"]},
            "to": {"name": "Support", "address": "help@desk.example"},
            "rel": None,
        },
    }
    assert api.get(f"/tickets/{number}/comments").json()["comments"][0]["via"] == shown["via"]


def test_an_unknown_sender_becomes_a_customer_who_is_not_verified(server: Server, api: Api) -> None:
    number = write(server, STRANGER)

    user = api.get(f"/users/{api.ticket(number)['requester_id']}").json()["user"]
    assert (user["email"], user["role"], user["verified"]) == (STRANGER, "end-user", False)


def test_mail_that_fails_authentication_is_flagged_or_set_aside(server: Server, api: Api) -> None:
    number = write(server, authentic=False)
    assert api.audits(number)[0]["metadata"]["flags"] == [0]

    server.account.options.suspend_unauthentic = True
    done = server.act(EMILY, channel="email", subject="x", comment="y", authentic=False)

    assert done["ticket"] is None
    (held,) = api.get("/suspended_tickets").json()["suspended_tickets"]
    assert held["cause"] == "Email authentication failed"
    assert api.get("/tickets/count").json()["count"]["value"] == 1


def test_a_form_that_was_sent_without_signing_in_is_flagged(server: Server, api: Api) -> None:
    number = server.act(EMILY, channel="web", subject="x", comment="y", signed_in=False)["ticket"]

    assert api.audits(number)[0]["metadata"]["flags"] == [3]


@pytest.mark.parametrize(
    "own", ["support@sandbox.example", "Support@sandbox.zendesk.com", "support+idSBX001-0001@sandbox.zendesk.com"]
)
def test_the_accounts_own_mail_is_set_aside_and_answers_nothing(
    server: Server, api: Api, ticket: int, own: str
) -> None:
    mail = notified(server, ticket)
    before = server.account.tickets[ticket].audits[:], len(server.outbox()), len(server.account.users)

    done = server.act(own, channel="email", subject="Received", comment="x", in_reply_to=mail["message_id"])

    (held,) = api.get("/suspended_tickets").json()["suspended_tickets"]
    assert (done["suspended"], held["cause_id"], held["ticket_id"]) == (held["id"], 22, ticket)
    assert (server.account.tickets[ticket].audits, len(server.outbox()), len(server.account.users)) == before


def test_nobody_is_notified_of_what_their_machine_has_written(server: Server, api: Api) -> None:
    write(server, comment="I am away.", flags=[4])
    assert server.outbox() == []

    write(server, comment="I am back.")
    assert [mail["to"] for mail in server.outbox()] == [EMILY]


def test_mail_that_is_due_later_finds_its_ticket_then(server: Server, api: Api, ticket: int) -> None:
    mail = notified(server, ticket)
    act = {"in_reply_to": mail["message_id"], "comment": "Blue", "at": "2026-11-23T12:00:00Z"}
    server.act(EMILY, channel="email", **act)
    saved = server.save()
    assert Account.from_json(saved).to_json() == saved
    server.load(saved)

    server.clock.advance(4 * 3600)

    assert api.get(f"/tickets/{ticket}/comments").json()["comments"][-1]["body"] == "Blue"
