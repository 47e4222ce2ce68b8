"""The fence: an update with a stale stamp is refused, and of two writers with one stamp one succeeds."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from typing import Any

import pytest

from tests.sandbox.conftest import CLAIRE, Api
from zdsync.sandbox import Server


def fenced(stamp: Any, body: str = "note") -> dict[str, Any]:
    return {"comment": {"body": body, "public": False}, "safe_update": True, "updated_stamp": stamp}


def test_the_present_stamp_is_accepted_once(api: Api, ticket: int) -> None:
    stamp = api.ticket(ticket)["updated_at"]

    assert api.put(f"/tickets/{ticket}", ticket=fenced(stamp)).status_code == 200
    refused = api.put(f"/tickets/{ticket}", ticket=fenced(stamp))

    assert refused.status_code == 409
    assert refused.json()["error"] == "UpdateConflict"
    assert len(api.audits(ticket)) == 2


@pytest.mark.parametrize(
    "stamp",
    [
        pytest.param("2026-11-23", id="a bare date, as zenpy makes of a datetime"),
        pytest.param("2026-11-23T09:00:01Z", id="a later second"),
        pytest.param("soon", id="no instant"),
        pytest.param(None, id="none"),
    ],
)
def test_any_other_stamp_is_refused(api: Api, ticket: int, stamp: Any) -> None:
    assert api.put(f"/tickets/{ticket}", ticket=fenced(stamp)).status_code == 409
    assert len(api.audits(ticket)) == 1


def test_safe_update_false_fences_all_the_same(api: Api, ticket: int) -> None:
    body = {**fenced("2020-01-01T00:00:00Z"), "safe_update": False}

    assert api.put(f"/tickets/{ticket}", ticket=body).status_code == 409


def test_of_parallel_writers_with_one_stamp_exactly_one_succeeds(server: Server, ticket: int) -> None:
    stamp = Api(server).ticket(ticket)["updated_at"]

    def write(number: int) -> int:
        return Api(server).put(f"/tickets/{ticket}", ticket=fenced(stamp, f"writer {number}")).status_code

    with ThreadPoolExecutor(8) as pool:
        statuses = sorted(pool.map(write, range(8)))

    assert statuses == [200] + [409] * 7


def test_two_writes_within_one_second_cannot_be_told_apart(server: Server, api: Api, ticket: int) -> None:
    """The trap that the fence has: `updated_at` has whole seconds."""
    server.act(CLAIRE, ticket=ticket, comment="a", public=False)
    stamp = api.ticket(ticket)["updated_at"]
    server.act(CLAIRE, ticket=ticket, comment="b", public=False)

    assert api.put(f"/tickets/{ticket}", ticket=fenced(stamp)).status_code == 200


def test_a_system_write_moves_the_export_stamp_only(server: Server, api: Api, ticket: int) -> None:
    problem = server.act(CLAIRE, subject="Outage", comment="x", type="problem")["ticket"]
    before = api.ticket(problem)
    server.clock.advance(10)

    api.put(f"/tickets/{ticket}", ticket={"type": "incident", "problem_id": problem})

    after = api.ticket(problem)
    assert after["updated_at"] == before["updated_at"]
    assert after["generated_timestamp"] == before["generated_timestamp"] + 10


def test_the_tag_endpoints_take_the_stamp_at_the_top_of_the_body(api: Api, ticket: int) -> None:
    stale = api.put(f"/tickets/{ticket}/tags", tags=["x"], updated_stamp="2020-01-01T00:00:00Z", safe_update="true")
    fresh = api.put(f"/tickets/{ticket}/tags", tags=["x"], updated_stamp="2026-11-23T09:00:00Z", safe_update="true")

    assert (stale.status_code, fresh.status_code) == (409, 200)
