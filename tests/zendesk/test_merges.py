"""Merging over the client: what it asks of Zendesk, what it makes of the replies, and what is read of it afterwards."""

from __future__ import annotations

import json
from collections.abc import Iterator
from typing import Any

import pytest
import responses

from tests.zendesk.builders import API, a_client, an_audit
from tests.zendesk.builders import a_ticket as raw_ticket
from zdsync.core.model import Enclosed, Mailed, Merge
from zdsync.sandbox import Account, Server, serve
from zdsync.zendesk import convert
from zdsync.zendesk.client import Zendesk
from zdsync.zendesk.errors import NotFound, RateLimited, Rejected, Unavailable, Unclear
from zdsync.zendesk.oauth import ApiToken
from zdsync.zendesk.session import ApiSession

MERGE = Merge(5, "What was mailed", "It was added to #5.")
EMILY = "emily.carter@northgate.example"


@responses.activate
def test_a_merge_says_all_that_zendesk_may_be_left_to_choose() -> None:
    """Who sees which comment is never left to a default."""
    responses.post(f"{API}/tickets/5/merge.json", json={"job_status": {"id": "V3-1", "status": "queued"}})
    a_client().merge(7, MERGE)
    assert json.loads(responses.calls[0].request.body or "") == {
        "ids": [7],
        "target_comment": "What was mailed",
        "target_comment_is_public": False,
        "source_comment": "It was added to #5.",
        "source_comment_is_public": True,
    }


@responses.activate
@pytest.mark.parametrize(
    ("reply", "error"),
    [
        ({"status": 502}, Unclear),
        ({"status": 200, "body": "<html>"}, Unclear),
        ({"status": 200, "json": {"job_status": None}}, Unclear),
        ({"status": 422, "json": {"error": "TargetInvalid", "description": "Solved tickets"}}, Rejected),
        ({"status": 404, "json": {"error": "RecordNotFound", "description": "Not found"}}, NotFound),
        ({"status": 429, "json": {"error": "TooManyJobs"}}, RateLimited),
    ],
    ids=["502", "not JSON", "no job", "refused", "not there", "too many jobs"],
)
def test_it_is_sent_once_whatever_comes_back(reply: dict[str, Any], error: type[Exception]) -> None:
    responses.post(f"{API}/tickets/5/merge.json", **reply)
    with pytest.raises(error):
        a_client().merge(7, MERGE)
    assert len(responses.calls) == 1


@responses.activate
@pytest.mark.parametrize("body", ['{"comments": []}', '{"comments": [7]}', "{}", "<html>"])
def test_a_first_comment_that_cannot_be_read_is_for_later(body: str) -> None:
    responses.get(f"{API}/tickets/7/comments.json", body=body)
    with pytest.raises(Unavailable):
        a_client().first_comment(7)


@pytest.mark.parametrize(
    ("source", "others"),
    [
        ({"rel": "merge", "from": {"ticket_id": 7, "subject": "x"}, "to": {}}, (7,)),
        ({"rel": "merge", "from": {"ticket_ids": [7, "8", None]}, "to": {}}, (7, 8)),
        ({"rel": "follow_up", "from": {"ticket_id": 7}, "to": {}}, ()),
        ({"rel": "merge", "from": None}, ()),
        ({"rel": "merge"}, ()),
        (None, ()),
    ],
    ids=["one", "several", "a follow-up", "from nothing", "nothing", "no source"],
)
def test_with_which_tickets_an_audit_has_merged(source: object, others: tuple[int, ...]) -> None:
    assert convert.audit(an_audit(via={"channel": "api", "source": source})).merged_with == others


def test_who_is_copied_and_whether_customers_see_it() -> None:
    ticket = convert.ticket(raw_ticket(email_cc_ids=[31, "32", None], is_public=False))
    assert (ticket.cc_ids, ticket.is_public) == (frozenset({31, 32}), False)
    assert convert.ticket(raw_ticket()).is_public


def test_files_of_odd_shapes_are_files_still() -> None:
    raw = {"body": "Hi", "attachments": [{"file_name": None, "size": "big", "malware_scan_result": "malware_found"}, 5]}
    assert convert.mailed(raw) == Mailed("Hi", (Enclosed("a file without a name", 0, malware=True),))


@pytest.fixture
def server() -> Iterator[Server]:
    with serve(Account.demo("2026-11-23T09:00:00Z")) as running:
        yield running


def test_a_merge_in_the_sandbox_is_seen_on_both_tickets(server: Server) -> None:
    """The files are known by name and size, those within the text too; their bytes were never asked for."""
    session = ApiSession(server.url, ApiToken(server.email, server.token), now=lambda: server.clock.now)
    zendesk = Zendesk(session)
    target = server.act(EMILY, subject="No rows", comment="The export is empty.")["ticket"]
    files = [
        {"name": "a.log", "content": "12345"},
        {"name": "b.png", "content": b"1234", "inline": True},
        {"name": "c.exe", "content": "EICAR-STANDARD-ANTIVIRUS-TEST-FILE!"},
    ]
    source = server.act(EMILY, subject="x", comment="Here.", channel="email", attachments=files)["ticket"]
    server.clock.advance(10)

    mailed = zendesk.first_comment(source)
    assert mailed.text == "Here."
    assert [(file.name, file.malware) for file in mailed.files] == [("a.log", False), ("b.png", False), ("c.exe", True)]
    assert [file.size for file in mailed.files][:2] == [5, 4]
    zendesk.merge(source, Merge(target, "What was mailed", "Added."))
    server.clock.advance(10)

    assert zendesk.ticket(source).ticket.status == "closed"
    last = zendesk.audits(target)[-1]
    assert (last.merged_with, last.comments[0].public, last.comments[0].files) == ((source,), False, 3)
    assert zendesk.audits(source)[-1].merged_with == (target,)
    assert server.downloads() == []
