"""Satisfaction surveys: offered a day after the solve, answered by the requester, listed with comments."""

from __future__ import annotations

from typing import Any

import pytest

from tests.sandbox.conftest import CLAIRE, EMILY, NOW, Api
from zdsync.sandbox import Account, Server

RAJ = "raj.patel@northgate.example"
SURVEY = "Request customer satisfaction rating (System Automation)"


@pytest.fixture
def account() -> Account:
    return Account.demo(NOW, satisfaction_survey=True)


@pytest.fixture
def solved(server: Server, ticket: int) -> int:
    server.act(CLAIRE, ticket=ticket, assignee=CLAIRE, status="solved", comment="Done.")
    return ticket


def ratings(api: Api, **query: Any) -> list[dict[str, Any]]:
    found: list[dict[str, Any]] = api.get("/satisfaction_ratings.json", **query).json()["satisfaction_ratings"]
    return found


def surveys(server: Server) -> list[str]:
    return [mail["to"] for mail in server.outbox() if mail["cause"] == SURVEY]


def test_it_is_offered_once_a_day_after_the_solve(server: Server, api: Api, solved: int) -> None:
    server.clock.advance(24 * 3600 - 600)
    assert api.ticket(solved)["satisfaction_rating"] == {"score": "unoffered"}
    assert (surveys(server), ratings(api)) == ([], [])

    server.clock.advance(2 * 3600)

    assert api.ticket(solved)["satisfaction_rating"] == {"score": "offered"}
    assert surveys(server) == [EMILY]
    audit = api.audits(solved)[-1]
    assert [event["type"] for event in audit["events"]] == ["Notification", "Change"]
    assert (audit["events"][1]["field_name"], audit["events"][1]["value"]) == ("satisfaction_score", "offered")
    assert [(row["ticket_id"], row["score"]) for row in ratings(api)] == [(solved, "offered")]
    server.clock.advance(48 * 3600)
    assert surveys(server) == [EMILY]


def test_a_reopened_ticket_is_not_asked_about(server: Server, api: Api, solved: int) -> None:
    server.act(EMILY, ticket=solved, comment="It is back.")

    server.clock.advance(48 * 3600)

    assert (surveys(server), ratings(api)) == ([], [])


def test_the_requester_rates_and_may_think_again(server: Server, api: Api, solved: int) -> None:
    server.act(EMILY, ticket=solved, satisfaction={"score": "bad", "comment": "Slow."})
    server.clock.advance(60)
    before = api.ticket(solved)

    server.act(EMILY, ticket=solved, satisfaction="good")

    after = api.ticket(solved)
    (rating,) = ratings(api)
    assert after["satisfaction_rating"] == {"id": rating["id"], "score": "good", "comment": "Slow."}
    assert (rating["assignee_id"], rating["requester_id"]) == (after["assignee_id"], after["requester_id"])
    assert (rating["created_at"], rating["updated_at"]) == ("2026-11-23T09:01:00Z", "2026-11-23T09:02:00Z")
    assert api.session.get(rating["url"]).json()["satisfaction_rating"] == rating
    event = api.audits(solved)[-1]["events"][0]
    assert (event["type"], event["score"], event["body"]) == ("SatisfactionRating", "good", "Slow.")
    assert (before["status"], after["status"]) == ("solved", "solved")


@pytest.mark.parametrize(
    ("case", "words"),
    [
        ("colleague", "Only the end user who requested"),
        ("agent", "Only the end user who requested"),
        ("offered", "offered is invalid"),
        ("not solved", "were solved"),
        ("closed", "closed prevents"),
        ("not verified", "verified"),
    ],
)
def test_a_rating_that_cannot_be_is_refused(server: Server, api: Api, solved: int, case: str, words: str) -> None:
    who, number, score = {"colleague": RAJ, "agent": CLAIRE}.get(case, EMILY), solved, "good"
    match case:
        case "offered":
            score = "offered"
        case "not solved":
            number = server.act(EMILY, subject="x", comment="y")["ticket"]
        case "closed":
            server.act(CLAIRE, ticket=solved, status="closed")
        case "not verified":
            user = server.account.user_by_email(EMILY)
            assert user is not None
            user["verified"] = False

    with pytest.raises(Exception, match=words):
        server.act(who, ticket=number, satisfaction=score)

    assert (ratings(api), api.ticket(number)["satisfaction_rating"]) == ([], {"score": "unoffered"})


def test_a_ticket_that_was_solved_and_reopened_can_be_rated(server: Server, api: Api, solved: int) -> None:
    server.act(EMILY, ticket=solved, comment="It is back.")

    server.act(EMILY, ticket=solved, satisfaction="bad")

    assert (api.ticket(solved)["status"], [row["score"] for row in ratings(api)]) == ("open", ["bad"])


def test_the_api_takes_a_rating_from_the_requester_only(server: Server, api: Api, solved: int) -> None:
    path, body = f"/tickets/{solved}/satisfaction_rating", {"score": "good", "comment": "Thanks"}
    server.account.credentials.api_tokens[EMILY] = "emily"
    emily = Api(server, EMILY, "emily")

    assert api.post(path, satisfaction_rating=body).status_code == 403
    reply = emily.post(path, satisfaction_rating=body)

    assert (reply.status_code, reply.json()["satisfaction_rating"]) == (200, ratings(api)[0])
    assert emily.get("/satisfaction_ratings").status_code == 403


@pytest.mark.parametrize(
    ("query", "scores"),
    [
        ({}, ["good", "bad", "bad"]),
        ({"sort_order": "desc"}, ["bad", "bad", "good"]),
        ({"score": "good"}, ["good"]),
        ({"score": "bad_with_comment"}, ["bad"]),
        ({"score": "received_without_comment"}, ["good", "bad"]),
        ({"score": "offered"}, []),
        ({"start_time": 1795424460}, ["bad", "bad"]),
        ({"end_time": 1795424460}, ["good", "bad"]),
    ],
    ids=str,
)
def test_ratings_are_filtered(server: Server, api: Api, query: dict[str, Any], scores: list[str]) -> None:
    for answer in ("good", {"score": "bad", "comment": "Slow."}, "bad"):
        number = server.act(EMILY, subject="x", comment="y", assignee=CLAIRE)["ticket"]
        server.act(CLAIRE, ticket=number, status="solved", assignee=CLAIRE)
        server.act(EMILY, ticket=number, satisfaction=answer)
        server.clock.advance(60)

    found = ratings(api, **query)

    assert [row["score"] for row in found] == scores
    assert api.get("/satisfaction_ratings/count", **query).json()["count"]["value"] == len(scores)


def test_without_the_feature_there_is_no_rating() -> None:
    account = Account.demo(NOW)
    number = account.act(EMILY, subject="x", comment="y")["ticket"]
    account.act(CLAIRE, ticket=number, status="solved", assignee=CLAIRE)

    account.advance_to("2026-11-26T09:00:00Z")

    assert account.tickets[number].row["satisfaction_rating"] is None
    with pytest.raises(Exception, match="were solved"):
        account.act(EMILY, ticket=number, satisfaction="good")


def test_ratings_are_saved(server: Server, api: Api, solved: int) -> None:
    server.act(EMILY, ticket=solved, satisfaction="good")
    saved = server.save()

    assert Account.from_json(saved).to_json() == saved
