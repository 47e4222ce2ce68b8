"""Reading mail that was set aside: what is new, newest first, and one of them in either documented shape."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any
from urllib.parse import parse_qs, urlsplit

import pytest
import responses

from tests.zendesk.builders import API, NOW, a_client
from zdsync.zendesk.errors import Unavailable

LIST = f"{API}/suspended_tickets.json"


def row(number: int, minutes: int = 0, **changed: Any) -> dict[str, Any]:
    at = (NOW - timedelta(minutes=minutes)).astimezone(UTC).isoformat()
    author = {"id": None, "name": "M", "email": "m@elsewhere.example"}
    return {"id": number, "created_at": at, "author": author, "cause": "Detected as spam", "subject": "#7", **changed}


def pages(*found: list[dict[str, Any]]) -> None:
    for number, rows in enumerate(found):
        more = number + 1 < len(found)
        meta = {"has_more": more, "after_cursor": str(number) if more else None}
        responses.get(LIST, json={"suspended_tickets": rows, "meta": meta})


def read(since: datetime) -> list[int]:
    return [mail.id for page in a_client().suspended_since(since) for mail in page]


@responses.activate
def test_no_more_is_read_than_what_has_come_since() -> None:
    pages([row(5), row(4, 10)], [row(3, 20), row(2, 40)], [row(1, 50), row(0, 60)])
    assert read(NOW - timedelta(minutes=30)) == [5, 4, 3]
    assert len(responses.calls) == 2
    query = parse_qs(urlsplit(str(responses.calls[0].request.url)).query)
    assert (query["sort_by"], query["sort_order"]) == (["created_at"], ["desc"])


@responses.activate
def test_a_server_that_does_not_sort_loses_nothing() -> None:
    """That cursor pages are sorted as asked is documented nowhere."""
    pages([row(0, 60), row(1, 50)], [row(2, 40), row(3, 20)], [row(4, 10), row(5)])
    assert read(NOW - timedelta(minutes=30)) == [3, 4, 5]


@responses.activate
@pytest.mark.parametrize("shape", ["one", "list"])
def test_one_of_them_in_either_shape(shape: str) -> None:
    mail = row(5, cause_id=8, ticket_id=9)
    body = {"suspended_ticket": mail} if shape == "one" else {"suspended_tickets": [mail]}
    responses.get(f"{API}/suspended_tickets/5.json", json=body)
    found = a_client().suspended_mail(5)
    assert (found.id, found.cause_id, found.named) == (5, 8, (9, 7))


@responses.activate
@pytest.mark.parametrize("body", [{}, {"suspended_tickets": []}, {"suspended_ticket": {"id": 5}}])
def test_a_reply_that_cannot_be_read_is_for_later(body: dict[str, Any]) -> None:
    responses.get(f"{API}/suspended_tickets/5.json", json=body)
    with pytest.raises(Unavailable):
        a_client().suspended_mail(5)
