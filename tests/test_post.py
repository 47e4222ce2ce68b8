"""Mails outside of Zendesk, to a real mail server on this machine: each once, and never to the desk itself."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest

from tests.builders import a_person, a_rulebook
from tests.inbox import Inbox, free_port, open_inbox
from zdsync.core.model import Person, Post
from zdsync.core.templates import Templates
from zdsync.post import Office, Sent, letters, send

SENDER = "Owkin Support <outages@desk.example>"
TEXTS = Templates(
    {"m.subject/en": "{{ service }} is down", "m.text/en": "Down.", "m.text/fr": "En panne : {{ service }}."}
)
PEOPLE = (a_person(401), a_person(402, locale="fr"), a_person(403))
ADDRESSES = {401: "ann@north.example", 402: "jean@sud.example", 403: "bob@north.example"}
AT = "Mon, 23 Nov 2026 09:00:00 +0000"


@pytest.fixture
def inbox() -> Iterator[Inbox]:
    with open_inbox() as found:
        yield found


def office(inbox: Inbox) -> Office:
    return Office(inbox.url, SENDER)


def a_post(to: tuple[Person, ...] = PEOPLE, **values: object) -> Post:
    return Post("outage-12-14", "m.subject", "m.text", {"service": "K Pro", **values}, to)


def mailed(inbox: Inbox, post: Post, **more: Any) -> Sent:
    values: dict[str, Any] = {"addresses": ADDRESSES, "support": frozenset(), **more}
    made = letters(post, values["addresses"], values["support"], office(inbox), a_rulebook(templates=TEXTS), AT)
    return send(made, len(post.to), office(inbox))


def test_each_contact_gets_one_mail_in_their_language(inbox: Inbox) -> None:
    assert mailed(inbox, a_post()) == Sent(3, 0, 0)
    assert [address for address, _ in inbox.arrived] == list(ADDRESSES.values())
    french = inbox.arrived[1][1]
    assert french.get_payload(decode=True) == b"En panne : K Pro.\r\n"
    assert french["Subject"] == "K Pro is down"


def test_no_program_answers_it_and_each_has_an_id_of_its_own(inbox: Inbox) -> None:
    mailed(inbox, a_post())
    for (address, mail), person in zip(inbox.arrived, PEOPLE, strict=True):
        assert mail["Auto-Submitted"] == "auto-generated"
        assert mail["To"] == address
        assert mail["Message-ID"] == f"<outage-12-14-{person.id}@desk.example>"
        assert mail["From"] == SENDER


def test_the_desk_itself_is_not_mailed(inbox: Inbox) -> None:
    addresses = {401: "Support@Desk.example", 402: "OUTAGES@desk.example"}
    sent = mailed(inbox, a_post(), addresses=addresses, support=frozenset({"support@desk.example"}))
    assert sent == Sent(0, 0, 3)
    assert inbox.arrived == []


def test_a_value_with_a_line_break_adds_no_header(inbox: Inbox) -> None:
    mailed(inbox, a_post(service="K Pro\r\nBcc: all@north.example\r\n\r\nHello"))
    assert len(inbox.arrived) == 3
    for _, mail in inbox.arrived:
        assert mail["Bcc"] is None
        assert "K Pro" in str(mail["Subject"])


@pytest.mark.parametrize(
    "address", ["ann@north.example\r\nBcc: all@north.example", "ann@north.example, all@north.example", "ann", "<>"]
)
def test_what_is_no_single_address_is_not_mailed_to(inbox: Inbox, address: str) -> None:
    assert mailed(inbox, a_post(), addresses={401: address, 402: "jean@sud.example"}) == Sent(1, 0, 2)
    assert [to for to, _ in inbox.arrived] == ["jean@sud.example"]


def test_one_that_is_refused_does_not_stop_the_others(inbox: Inbox) -> None:
    inbox.refuses = frozenset({"jean@sud.example"})
    assert mailed(inbox, a_post()) == Sent(2, 1, 0)
    assert [address for address, _ in inbox.arrived] == ["ann@north.example", "bob@north.example"]


def test_a_mail_of_which_nobody_knows_whether_it_left_is_not_mailed_again(inbox: Inbox) -> None:
    inbox.hangs_up_at = 2
    assert mailed(inbox, a_post()) == Sent(2, 1, 0)
    assert [address for address, _ in inbox.arrived] == list(ADDRESSES.values()), "each once"


def test_without_a_mail_server_all_have_failed_and_nothing_is_raised(inbox: Inbox) -> None:
    nowhere = Office(f"smtp://127.0.0.1:{free_port()}", SENDER)
    made = letters(a_post(), ADDRESSES, frozenset(), nowhere, a_rulebook(templates=TEXTS), AT)
    assert send(made, 3, nowhere) == Sent(0, 3, 0)
