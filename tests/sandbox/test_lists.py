"""Lists, search, people, and the bulk calls with their jobs."""

from __future__ import annotations

from typing import Any

import pytest

from tests.sandbox.conftest import CLAIRE, EMILY, NOW, Api
from zdsync.sandbox import Server

LONG_AGO = 60


@pytest.fixture
def five(server: Server) -> None:
    """Tickets 1 to 5, seconds apart, old enough for search."""
    for number in range(1, 6):
        server.act(EMILY, subject=f"Number {number}", comment="It is slow", external_id=f"case-{number}")
        server.clock.advance(1)
    server.clock.advance(LONG_AGO)


def ids(rows: list[dict[str, Any]]) -> list[int]:
    return [row["id"] for row in rows]


@pytest.mark.usefixtures("five")
def test_cursor_pages_end_with_has_more_and_not_with_a_missing_link(api: Api) -> None:
    page = api.get("/tickets.json", **{"page[size]": 2}).json()
    seen, pages = ids(page["tickets"]), 1
    while page["meta"]["has_more"]:
        page = api.session.get(page["links"]["next"]).json()
        seen += ids(page["tickets"])
        pages += 1

    assert (seen, pages) == ([1, 2, 3, 4, 5], 3)
    assert page["links"]["next"], "the next link is there on the last page too"
    assert "fields" not in page["tickets"][0]
    back = api.session.get(page["links"]["prev"]).json()
    assert ids(back["tickets"]) == [3, 4]


@pytest.mark.usefixtures("five")
def test_offset_pages_have_count_and_links(api: Api) -> None:
    page = api.get("/tickets", page=2, per_page=2).json()

    assert ids(page["tickets"]) == [3, 4]
    assert page["count"] == 5
    assert "fields" in page["tickets"][0]
    assert ids(api.session.get(page["next_page"]).json()["tickets"]) == [5]
    assert ids(api.session.get(page["previous_page"]).json()["tickets"]) == [1, 2]


@pytest.mark.parametrize(
    "query",
    [
        pytest.param({"page[size]": 101}, id="a page above 100"),
        pytest.param({"page[after]": "rubbish"}, id="no cursor"),
        pytest.param({"page": 102, "per_page": 100}, id="beyond 10,000 records"),
        pytest.param({"page": "x"}, id="no number"),
    ],
)
def test_paging_that_cannot_be(api: Api, query: dict[str, Any]) -> None:
    assert api.get("/tickets", **query).status_code == 400


@pytest.mark.usefixtures("five")
def test_audits_page_by_cursor_in_both_directions(server: Server, api: Api) -> None:
    for number in range(4):
        server.act(CLAIRE, ticket=1, add_tags=[str(number)])
    whole = ids(api.audits(1))

    page = api.get("/tickets/1/audits", **{"page[size]": 3, "sort": "-created_at"}).json()
    rest = api.session.get(page["links"]["next"]).json()

    assert ids(page["audits"]) + ids(rest["audits"]) == whole[::-1]
    assert rest["meta"]["has_more"] is False


@pytest.mark.usefixtures("five")
def test_tickets_are_found_by_external_id_at_once(server: Server, api: Api) -> None:
    assert ids(api.get("/tickets", external_id="case-3").json()["tickets"]) == [3]
    assert api.get("/tickets", external_id="case-9").json()["tickets"] == []
    api.post("/tickets", ticket={"external_id": "new", "comment": {"body": "x"}})
    assert ids(api.get("/tickets", external_id="new").json()["tickets"]) == [6]


@pytest.mark.usefixtures("five")
def test_show_many_skips_what_is_not_there(api: Api) -> None:
    reply = api.get("/tickets/show_many.json", ids="5,1,99,1").json()

    assert (ids(reply["tickets"]), reply["count"]) == ([5, 1], 2)
    too_many = api.get("/tickets/show_many", ids=",".join(str(n) for n in range(101)))
    assert (too_many.status_code, too_many.json()["max_count"]) == (400, 100)


QUERIES = [
    pytest.param("type:ticket", [1, 2, 3, 4, 5], id="all"),
    pytest.param("type:ticket status:open", [2], id="status"),
    pytest.param("status<solved", [1, 2, 3, 5], id="before solved"),
    pytest.param("type:ticket -status:new", [2, 4], id="not new"),
    pytest.param("tags:vip", [3], id="tag"),
    pytest.param(f"requester:{EMILY} priority>=high", [5], id="person and rank"),
    pytest.param('"Number 4"', [4], id="words"),
    pytest.param("assignee:none subject:number", [1, 3, 5], id="nobody"),
    pytest.param("created>2026-11-23T09:00:03Z", [5], id="later than"),
    pytest.param('organization:"Northgate Research" external_id:case-1', [1], id="organisation"),
]


@pytest.mark.usefixtures("five")
@pytest.mark.parametrize(("query", "found"), QUERIES)
def test_search(server: Server, api: Api, query: str, found: list[int]) -> None:
    server.act(CLAIRE, ticket=2, assignee=CLAIRE)
    server.act(CLAIRE, ticket=3, tags=["vip"])
    server.act(CLAIRE, ticket=4, status="solved", assignee=CLAIRE)
    server.act(CLAIRE, ticket=5, priority="urgent")

    reply = api.get("/search.json", query=query, sort_by="created_at", sort_order="asc").json()

    assert ids(reply["results"]) == found
    assert reply["count"] == len(found) == api.get("/search/count", query=query).json()["count"]
    assert {row["result_type"] for row in reply["results"]} == {"ticket"}


def test_search_lags_behind_creation(server: Server, api: Api) -> None:
    server.act(EMILY, subject="New", comment="x")

    assert api.get("/search", query="type:ticket").json()["count"] == 0
    server.clock.advance(30)
    assert api.get("/search", query="type:ticket").json()["count"] == 1


@pytest.mark.parametrize(
    ("query", "status"),
    [
        pytest.param({"query": ""}, 400, id="empty"),
        pytest.param({"query": "type:ticket", "page[size]": 5}, 400, id="cursor paging"),
        pytest.param({"query": "mood:good"}, 422, id="unknown keyword"),
        pytest.param({"query": "type:ticket", "page": 11, "per_page": 100}, 422, id="past a thousand results"),
    ],
)
def test_searches_that_cannot_be(api: Api, query: dict[str, Any], status: int) -> None:
    assert api.get("/search", **query).status_code == status


@pytest.mark.usefixtures("five")
def test_search_export_pages_by_cursor_and_wants_its_type_apart(api: Api) -> None:
    ask = {"query": "status:new", "filter[type]": "ticket", "page[size]": 3}

    page = api.get("/search/export.json", **ask).json()

    assert ids(page["results"]) == [1, 2, 3]
    assert ids(api.session.get(page["links"]["next"]).json()["results"]) == [4, 5]
    assert api.get("/search/export", query="type:ticket", **{"filter[type]": "ticket"}).status_code == 400
    assert api.get("/search/export", query="status:new").status_code == 400


# Bulk calls


@pytest.mark.usefixtures("five")
def test_a_bulk_update_is_a_job_that_ends_later_and_tells_of_each_ticket(server: Server, api: Api) -> None:
    reply = api.session.put(f"{api.base}/tickets/update_many.json?ids=1,2,99", json={"ticket": {"priority": "low"}})

    job = reply.json()["job_status"]
    assert (reply.status_code, job["status"], job["results"]) == (200, "queued", None)
    assert reply.headers["zendesk-ratelimit-inflight-jobs"] == "total=30; remaining=29; resets=60"
    server.clock.advance(2)
    done = api.session.get(job["url"]).json()["job_status"]
    assert (done["status"], done["progress"], done["total"]) == ("completed", 3, 3)
    assert done["message"] == "Completed at 2026-11-23 09:01:07 +0000"
    assert done["results"][0] == {"action": "update", "status": "Updated", "success": True, "id": 1}
    assert (done["results"][2]["success"], done["results"][2]["error"]) == (False, "RecordNotFound")
    assert api.ticket(2)["priority"] == "low"


@pytest.mark.usefixtures("five")
def test_update_many_takes_a_change_for_each(server: Server, api: Api) -> None:
    api.put("/tickets/update_many", tickets=[{"id": 1, "tags": ["a"]}, {"id": 2, "priority": "nonsense"}])

    assert api.ticket(1)["tags"] == ["a"]
    assert api.ticket(2)["priority"] is None


def test_create_many_makes_tickets_and_names_them_in_the_job(server: Server, api: Api) -> None:
    reply = api.post("/tickets/create_many", tickets=[{"comment": {"body": "a"}}, {"subject": "no text"}])

    server.clock.advance(2)
    results = api.session.get(reply.json()["job_status"]["url"]).json()["job_status"]["results"]
    assert results[0] == {"index": 0, "id": 1, "account_id": server.account.options.account_id}
    assert results[1]["success"] is False
    assert api.get("/tickets/count").json()["count"]["value"] == 1


def test_a_bulk_call_of_more_than_a_hundred_is_refused(api: Api) -> None:
    reply = api.post("/tickets/create_many", tickets=[{"comment": {"body": "x"}}] * 101)

    assert (reply.status_code, reply.json()["error"]) == (400, "TooManyValues")


def test_at_most_thirty_jobs_at_once(server: Server, api: Api) -> None:
    statuses = [api.post("/tickets/create_many", tickets=[{"comment": {"body": "x"}}]).status_code for _ in range(31)]

    assert statuses == [200] * 30 + [429]


# People and fixtures


def test_create_or_update_finds_people_by_address_or_external_id(api: Api, server: Server) -> None:
    server.account.limits.enabled = False
    made = api.post("/users/create_or_update", user={"name": "Zoé", "email": "Zoe@x.example", "external_id": "E-1"})
    by_address = api.post("/users/create_or_update", user={"email": "zoe@X.example", "phone": "+33"})
    by_external_id = api.post("/users/create_or_update", user={"external_id": "e-1", "name": "Zoé B."})

    assert [reply.status_code for reply in (made, by_address, by_external_id)] == [201, 200, 200]
    assert len({reply.json()["user"]["id"] for reply in (made, by_address, by_external_id)}) == 1
    assert by_external_id.json()["user"]["phone"] == "+33"


@pytest.mark.parametrize(
    "user",
    [
        pytest.param({"email": "a@x.example"}, id="no name"),
        pytest.param({"name": "A", "email": "nonsense"}, id="no address"),
        pytest.param({"name": "A", "email": EMILY}, id="address is taken"),
        pytest.param({"name": "A", "role": "boss"}, id="unknown role"),
        pytest.param({"name": "A", "organization_id": 1}, id="unknown organisation"),
    ],
)
def test_users_that_cannot_be(server: Server, api: Api, user: dict[str, Any]) -> None:
    before = len(server.account.users)

    assert api.post("/users", user=user).status_code == 422
    assert len(server.account.users) == before


def test_people_are_searched_and_shown_together(api: Api) -> None:
    emily = api.get("/users/search", query=EMILY).json()["users"]
    assert [user["name"] for user in emily] == ["Emily Carter"]
    assert (emily[0]["locale"], emily[0]["iana_time_zone"]) == ("en-US", "Europe/London")
    agents = api.get("/users", role="agent").json()["users"]

    many = api.get("/users/show_many", ids=",".join(str(user["id"]) for user in agents)).json()

    assert [user["id"] for user in many["users"]] == [user["id"] for user in agents]


def test_a_deleted_user_is_answered_with_200_and_has_no_address(api: Api) -> None:
    user = api.get("/users/search", query=EMILY).json()["users"][0]

    reply = api.delete(f"/users/{user['id']}")

    assert (reply.status_code, reply.json()["user"]["email"], reply.json()["user"]["active"]) == (200, None, False)
    assert api.get("/users/search", query=EMILY).json()["users"] == []


@pytest.mark.parametrize("kind", ["groups", "organizations", "ticket_fields", "ticket_forms", "brands"])
def test_fixtures_are_listed_and_shown(api: Api, kind: str) -> None:
    listed = api.get(f"/{kind}.json").json()
    row = listed[kind][0]

    assert listed["count"] == len(listed[kind])
    assert row["url"] == f"{api.base}/{kind}/{row['id']}.json"
    singular = {"ticket_forms": "ticket_form"}.get(kind, kind.rstrip("s"))
    assert api.get(f"/{kind}/{row['id']}").json()[singular] == row
    assert api.get(f"/{kind}/1").status_code == 404


def test_custom_statuses_are_not_paged_and_keep_their_category(api: Api) -> None:
    listed = api.get("/custom_statuses").json()
    assert list(listed) == ["custom_statuses"]
    waiting = next(row for row in listed["custom_statuses"] if row["agent_label"] == "Awaiting confirmation")
    assert waiting["status_category"] == "pending"

    changed = api.put(
        f"/custom_statuses/{waiting['id']}", custom_status={"status_category": "open", "description": "d"}
    ).json()["custom_status"]

    assert (changed["status_category"], changed["description"]) == ("pending", "d")


def test_a_tickets_requester_and_assignee_lists(server: Server, api: Api, ticket: int) -> None:
    requester = api.ticket(ticket)["requester_id"]

    assert ids(api.get(f"/users/{requester}/tickets/requested").json()["tickets"]) == [ticket]
    assert api.get(f"/users/{requester}/tickets/assigned").json()["tickets"] == []
    assert api.ticket(ticket)["created_at"] == NOW
