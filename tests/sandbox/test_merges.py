"""Merging tickets: the job, both sides' comments, who is copied, and what cannot be merged."""

from __future__ import annotations

import json
from typing import Any

import pytest
import requests

from tests.sandbox.conftest import CLAIRE, EMILY, Api
from tests.sandbox.receiver import receive
from tests.sandbox.test_webhooks import subscribe
from zdsync.sandbox import Account, Server

RAJ = "raj.patel@northgate.example"


@pytest.fixture
def pair(server: Server) -> tuple[int, int]:
    """(target, source): Emily's request, and Raj's later mail with a file about the same."""
    target = server.act(EMILY, subject="Cannot log in", comment="It says no.", channel="email")["ticket"]
    file = {"name": "screen.txt", "content": b"pixels"}
    mail = {"subject": "Still no login", "comment": "See the screen.", "channel": "email", "attachments": [file]}
    source = server.act(RAJ, **mail)["ticket"]
    server.clock.advance(60)
    return target, source


def merge(api: Api, target: int, *sources: int, **more: Any) -> requests.Response:
    return api.post(f"/tickets/{target}/merge.json", ids=list(sources), **more)


def last_comment(api: Api, ticket: int) -> dict[str, Any]:
    found: dict[str, Any] = api.get(f"/tickets/{ticket}/comments").json()["comments"][-1]
    return found


def test_a_merge_is_a_job_that_is_done_later(server: Server, api: Api, pair: tuple[int, int]) -> None:
    target, source = pair
    before = api.ticket(target), api.ticket(source)

    reply = merge(api, target, source, target_comment="Combining", source_comment="Closing")

    job = reply.json()["job_status"]
    assert (reply.status_code, job["status"], job["total"], job["results"]) == (200, "queued", 1, None)
    assert (api.ticket(target), api.ticket(source)) == before
    server.clock.advance(2)
    done = api.session.get(job["url"]).json()["job_status"]
    result = {"id": source, "index": 0, "action": "update", "status": "Updated", "success": True}
    assert (done["status"], done["results"]) == ("completed", [result])


def test_the_source_ends_closed_and_tagged_and_both_sides_say_why(
    server: Server, api: Api, pair: tuple[int, int]
) -> None:
    target, source = pair
    mails = len(server.outbox())

    merge(api, target, source, target_comment="Combining", source_comment="Closing")
    server.clock.advance(2)

    closed, kept = api.ticket(source), api.ticket(target)
    assert (closed["status"], closed["tags"]) == ("closed", ["closed_by_merge"])
    assert (kept["status"], kept["tags"], kept["requester_id"]) == ("new", [], api.audits(target)[0]["author_id"])
    told, left = last_comment(api, target), last_comment(api, source)
    assert (told["body"], told["public"], left["body"], left["public"]) == ("Combining", False, "Closing", False)
    assert told["via"]["source"] == {
        "from": {"ticket_id": source, "subject": "Still no login"},
        "to": {},
        "rel": "merge",
    }
    assert [file["file_name"] for file in told["attachments"]] == ["screen.txt"]
    assert requests.get(told["attachments"][0]["content_url"]).content == b"pixels"
    assert left["attachments"] == []
    assert len(server.outbox()) == mails  # private comments mail no customer


def test_who_asked_for_the_source_is_copied_on_the_target_and_mailed_by_public_comments(
    server: Server, api: Api, pair: tuple[int, int]
) -> None:
    target, source = pair
    more = {"target_comment_is_public": True, "source_comment_is_public": True}

    merge(api, target, source, target_comment="Combining", source_comment="Closing", **more)
    server.clock.advance(2)

    raj = api.get("/users/search", query=RAJ).json()["users"][0]["id"]
    assert api.ticket(target)["email_cc_ids"] == [raj]
    assert (last_comment(api, target)["public"], last_comment(api, source)["public"]) == (True, True)
    assert [(mail["to"], mail["ticket"]) for mail in server.outbox()[-3:]] == [
        (EMILY, target),
        (RAJ, target),
        (RAJ, source),
    ]


def test_a_merge_without_comments_writes_none_and_copies_no_files(
    server: Server, api: Api, pair: tuple[int, int]
) -> None:
    target, source = pair

    merge(api, target, source, target_comment=None)
    server.clock.advance(2)

    assert [len(api.get(f"/tickets/{one}/comments").json()["comments"]) for one in pair] == [1, 1]
    assert api.ticket(source)["status"] == "closed"
    assert len(server.account.attachments) == 1


def test_no_comment_is_public_where_a_ticket_is_private(server: Server, api: Api, pair: tuple[int, int]) -> None:
    target, _ = pair
    private = server.act(CLAIRE, subject="Seen by phone", comment="x", public=False)["ticket"]
    more = {"target_comment_is_public": True, "source_comment_is_public": True}

    merge(api, target, private, target_comment="Combining", source_comment="Closing", **more)
    server.clock.advance(2)

    assert (last_comment(api, target)["public"], last_comment(api, private)["public"]) == (False, False)


def test_several_are_merged_at_once(server: Server, api: Api, pair: tuple[int, int]) -> None:
    target, source = pair
    third = server.act(EMILY, subject="Once more", comment="x")["ticket"]

    merge(api, target, source, third, third, target_comment="Combining")
    server.clock.advance(2)

    assert [api.ticket(one)["status"] for one in (target, source, third)] == ["new", "closed", "closed"]
    assert last_comment(api, target)["via"]["source"]["from"] == {"ticket_ids": [source, third]}


@pytest.mark.parametrize(
    ("case", "status", "error", "words"),
    [
        ("itself", 422, "SourceInvalid", "source and target: #1. You cannot merge a ticket into itself."),
        ("unknown source", 422, "SourceInvalid", "unable to merge #99"),
        ("closed source", 422, "SourceInvalid", "Closed tickets"),
        ("deleted source", 422, "SourceInvalid", "unable to merge #2"),
        ("solved target", 422, "TargetInvalid", "Solved tickets"),
        ("closed target", 422, "TargetInvalid", "unable to merge into #1"),
        ("unknown target", 404, "RecordNotFound", "Not found"),
        ("no ids", 400, "InvalidValue", "ids"),
        ("words for ids", 400, "InvalidValue", "ids"),
        ("too many", 400, "TooManyValues", "100"),
    ],
)
def test_what_cannot_be_merged_is_refused_at_once(
    server: Server, api: Api, pair: tuple[int, int], case: str, status: int, error: str, words: str
) -> None:
    target, source = pair
    ids: list[Any] = [source]
    match case:
        case "itself":
            ids = [source, target]
        case "unknown source":
            ids = [99]
        case "closed source":
            server.act(CLAIRE, ticket=source, status="closed")
        case "deleted source":
            server.act(CLAIRE, ticket=source, delete=True)
        case "solved target" | "closed target":
            server.act(CLAIRE, ticket=target, status=case.split()[0], assignee=CLAIRE)
        case "unknown target":
            target = 99
        case "no ids":
            ids = []
        case "words for ids":
            ids = ["two"]
        case "too many":
            ids = list(range(2, 103))
    before = server.save()["tickets"]

    reply = merge(api, target, *ids, target_comment="x")
    server.clock.advance(2)

    told = reply.json()
    assert (reply.status_code, told["error"]) == (status, error)
    assert words in told["description"]
    assert server.save()["tickets"] == before


def test_a_source_that_is_closed_meanwhile_fails_alone(server: Server, api: Api, pair: tuple[int, int]) -> None:
    target, source = pair
    third = server.act(EMILY, subject="Once more", comment="x")["ticket"]
    job = merge(api, target, source, third, target_comment="Combining").json()["job_status"]
    server.act(CLAIRE, ticket=third, status="closed")

    server.clock.advance(2)

    results = api.session.get(job["url"]).json()["job_status"]["results"]
    assert [(result["id"], result["success"]) for result in results] == [(source, True), (third, False)]
    assert (results[1]["error"], api.ticket(third)["tags"]) == ("SourceInvalid", [])


def test_a_merge_that_was_asked_for_is_still_done_after_a_restart(
    server: Server, api: Api, pair: tuple[int, int]
) -> None:
    target, source = pair
    merge(api, target, source, target_comment="Combining")
    saved = server.save()
    assert Account.from_json(saved).to_json() == saved

    server.load(saved)
    server.clock.advance(2)

    assert (api.ticket(source)["status"], last_comment(api, target)["body"]) == ("closed", "Combining")


def test_an_agents_screen_writes_what_was_merged(server: Server, api: Api, pair: tuple[int, int]) -> None:
    target, source = pair

    server.act(CLAIRE, ticket=source, merge_into=target)
    server.clock.advance(2)

    told, left = last_comment(api, target), last_comment(api, source)
    assert told["body"] == (
        'Request #2 "Still no login" was closed and merged into this request. '
        "Last comment in request #2:\n\nSee the screen."
    )
    assert left["body"] == 'This request was closed and merged into request #1 "Cannot log in".'
    assert (told["via"]["channel"], told["public"], len(told["attachments"])) == ("web", False, 1)


def test_customers_do_not_merge(server: Server, pair: tuple[int, int]) -> None:
    target, source = pair
    with pytest.raises(Exception, match="cannot merge tickets"):
        server.act(RAJ, ticket=source, merge_into=target)


def test_a_subscribed_webhook_is_told_of_the_merge(server: Server, api: Api, pair: tuple[int, int]) -> None:
    target, source = pair
    with receive() as receiver:
        subscribe(api, receiver.url, ["zen:event-type:ticket.merged"])
        merge(api, target, source, target_comment="Combining")
        server.clock.advance(2)
        server.idle()
        (told,) = [json.loads(delivery.body) for delivery in receiver.deliveries]

    assert (told["subject"], told["event"]["target_ticket_id"]) == (f"zen:ticket:{source}", str(target))
