"""Which tickets a subject names, and what only looks like it."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from zdsync.core.references import references

NAMED: dict[str, tuple[int, ...]] = {
    "#123": (123,),
    "[#123]": (123,),
    "Re: [#123] Export without rows": (123,),
    "(#123) files": (123,),
    "# 123": (123,),
    "Files for #123": (123,),
    "TR: fichiers pour #123.": (123,),
    "request 123": (123,),
    "Request: 123": (123,),
    "REQUEST #123": (123,),
    "request no. 123": (123,),
    "request number 123 - logs": (123,),
    "your request 123, logs attached": (123,),
    "ticket 123 logs": (123,),
    "Ticket ID: 123": (123,),
    "ticket-123": (123,),
    "SR 123": (123,),
    "sr123 is no word": (),
    "SR-123": (123,),
    "SR#123": (123,),
    "S.R. 123": (123,),
    "Service Request Number 123": (123,),
    "Service request number: 123": (123,),
    "Service Request Number #123 (screenshots)": (123,),
    "Support request 123": (123,),
    "demande 123": (123,),
    "demande n° 123": (123,),
    "Demande nº123": (123,),
    "Demande №123": (123,),
    "demande no 123": (123,),
    "Demande numéro 123 : journaux": (123,),
    "Demande de service n°123": (123,),
    "Requête n° 123": (123,),
    "Suite à votre demande de support numéro 123": (123,),
    "request\u00a0123": (123,),
    "＃１２３": (123,),
    "#123 and #124": (123, 124),
    "requests 123 and 124": (123, 124),
    "demandes 123, 124 et 125": (123, 124, 125),
    "#123 (was: request 123)": (123,),
    "Request 99 of 23/11/2026": (99,),
    "#123 from 2026-11-23": (123,),
    "ticket 123, order #77": (123,),
}

NOT_NAMED = [
    "",
    "Export without rows",
    "123",
    "Export 123 fails",
    "2026-11-23",
    "Request 2026-11-23",
    "Request of 23/11/2026",
    "request 23/11",
    "request 23.11.2026",
    "Request 10:30",
    "demande du 23 novembre",
    "Call me: 06 12 34 56 78",
    "Call +33 6 12 34 56 78",
    "Tel. 0612345678",
    "version 1.2.3",
    "ticket 1.2.3",
    "SR 2.1",
    "v2 request",
    "Order 4711",
    "Order #4711",
    "order no. 4711",
    "Commande #4711",
    "Commande n° 4711",
    "Facture n° 4711",
    "Invoice #4711",
    "PO #4711",
    "Bug #4711",
    "PR #4711",
    "pull request 4711",
    "pull request #4711",
    "Change request 4711",
    "Change request #4711",
    "Build #4711",
    "We are #1b",
    "Top #1",
    "Problem #2 with the export",
    "Step #3 fails",
    "Étape #3",
    "Sample #12",
    "Échantillon n° 12",
    "Request 5 licences",
    "Demande 2 accès",
    "We request 3 more users",
    "Request for 5 licences",
    "Request 50% discount",
    "Request 20€ refund",
    "tickets 3x",
    "#0",
    "#007",
    "#123abc",
    "#12-34",
    "#1,5",
    "#1234567890123",
    "abc#123",
    "https://desk.example/page#123",
    "&#123;",
    "##123",
    "#a1b2c3",
    "colour #12ab34",
    "Requested 123 times",
    "biketicket 5",
    "#",
    "request",
    "request number",
    "demande n°",
]


@pytest.mark.parametrize(("subject", "numbers"), NAMED.items(), ids=NAMED)
def test_what_is_a_reference(subject: str, numbers: tuple[int, ...]) -> None:
    assert references(subject) == numbers


@pytest.mark.parametrize("subject", NOT_NAMED)
def test_what_only_looks_like_one(subject: str) -> None:
    assert references(subject) == ()


@given(st.text(max_size=300), st.integers(1, 10**11))
def test_a_reference_in_brackets_is_found_whatever_stands_around_it(words: str, number: int) -> None:
    """Unless what stands before it says that it is another thing's."""
    assert number in references(f"[#{number}] {words}")


@given(st.text(alphabet="#request 0123456789,n°/-", max_size=600))
def test_nothing_that_people_type_is_a_fault(subject: str) -> None:
    found = references(subject)
    assert len(set(found)) == len(found)
    assert all(number > 0 for number in found)


@pytest.mark.parametrize("part", ["#1,", "request ", "demande n° ", "1, ", "# ", "ticket 1 and ", " " * 9])
def test_a_long_subject_is_not_read_to_its_end(part: str) -> None:
    """It is cut, so what comes late is not read."""
    assert references(part * 20_000 + " #77") != (77,)
