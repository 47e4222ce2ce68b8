"""`zdsync report waiting`: what waits for a confirmation, the longest first, read over the API and nothing else."""

from __future__ import annotations

import json
from dataclasses import replace

import pytest

from tests.builders import a_rule_of
from tests.cli.calls import Command, dead_port
from tests.desk import CLAIRE, EMILY, TOM, Desk
from zdsync.cli import pace, waiting
from zdsync.core.episode import AWAITING_TAG
from zdsync.store.governor import read_headers


@pytest.fixture
def holding(desk: Desk) -> Desk:
    """The desk with the hold alone, as its worker has it."""
    desk.rulebook = replace(desk.rulebook, rules=(a_rule_of("confirmation_hold"),), hash="hold")
    desk.restart()
    return desk


def held(desk: Desk, by: str = TOM) -> int:
    """A request that an agent has solved, and whose customer has just been asked."""
    ticket = desk.asks(subject="ALPHA", comment="Zorro")
    desk.wait(60)
    desk.does(by, ticket, comment="Done.", status="solved", assignee=by)
    desk.hint(ticket)
    desk.work_for(minutes=2)
    return ticket


@pytest.fixture
def three(holding: Desk) -> tuple[int, int, int]:
    """The first one's customer was reminded; the second one's agent sleeps on it; the third is of today."""
    first = held(holding)
    holding.until("2026-11-24 09:00")
    second = held(holding, CLAIRE)
    holding.until("2026-11-27 09:00")
    third = held(holding)
    holding.does(CLAIRE, second, comment="/zdsync snooze 7d", public=False)
    holding.until("2026-11-27 09:30")
    return first, second, third


def test_nobody_waits(zdsync: Command) -> None:
    """Said in words; an empty list for programs."""
    result = zdsync("report", "waiting")
    assert (result.exit_code, result.stdout) == (0, "No ticket waits for a customer's confirmation.\n")
    assert json.loads(zdsync("report", "waiting", "--json").stdout) == []


def test_for_people(zdsync: Command, three: tuple[int, int, int]) -> None:
    """A line each, the longest first, with what comes next; no ticket text."""
    result = zdsync("report", "waiting")
    assert (result.exit_code, result.stderr) == (0, "")
    lines = [[cell.strip() for cell in line.split("│")] for line in result.stdout.splitlines()]
    first, second, third = three
    again = "reminder 2, Fri 04 Dec 09:03"
    assert lines[2:5] == [
        # the tickets, since when, business days, owners, reminders, snoozed until, what is next
        [f"#{first}", "Mon 23 Nov 09:01", "4", "Tom Whitfield", "1", "", "reminder 2, Tue 01 Dec 09:01"],
        [f"#{second}", "Tue 24 Nov 09:01", "3", "Claire Dubois", "1", "Fri 04 Dec 09:03", again],
        [f"#{third}", "Fri 27 Nov 09:01", "0", "Tom Whitfield", "0", "", "reminder 1, Wed 02 Dec 09:01"],
    ]  # fmt: skip
    assert lines[5] == ["3 tickets wait for a customer's confirmation. Days are business days, times Europe/Paris's."]
    assert "ALPHA" not in result.stdout
    assert "Zorro" not in result.stdout


def test_for_programs(zdsync: Command, three: tuple[int, int, int]) -> None:
    rows = json.loads(zdsync("report", "waiting", "--json").stdout)
    assert [row["ticket"] for row in rows] == list(three)
    assert [row["since"] for row in rows] == sorted(row["since"] for row in rows)
    first, second, _ = rows
    assert first["owner"]["name"] == "Tom Whitfield"
    assert (first["reference"], first["reminders"], first["snoozed_until"]) == (f"#{three[0]}", 1, None)
    assert first["next"]["what"] == "reminder 2"
    assert second["snoozed_until"].startswith("2026-12-04T08:0")
    assert set(first) == {
        "ticket", "reference", "asked_at", "since", "business_days", "owner", "reminders", "snoozed_until", "next",
        "rule", "mode",
    }  # fmt: skip


def test_only_the_longest(zdsync: Command, three: tuple[int, int, int]) -> None:
    rows = json.loads(zdsync("report", "waiting", "--json", "--limit", "2").stdout)
    assert [row["ticket"] for row in rows] == list(three[:2])
    out = zdsync("report", "waiting", "--limit", "1").stdout
    assert out.endswith(
        "3 tickets wait for a customer's confirmation. Shown: 1. Days are business days, times Europe/Paris's.\n"
    )
    assert zdsync("report", "waiting", "--limit", "0").exit_code == 2


def test_who_has_answered_waits_no_more(holding: Desk, zdsync: Command) -> None:
    """Also before the worker, and whatever the search's index still has."""
    ticket = held(holding)
    holding.does(EMILY, ticket, comment="Yes, it is solved.")
    holding.wait(60)
    assert json.loads(zdsync("report", "waiting", "--json").stdout) == []
    holding.does(CLAIRE, holding.asks(), status="pending", add_tags=[AWAITING_TAG])
    holding.wait(60)
    nobody, others = zdsync("report", "waiting").stdout.splitlines()
    assert nobody == "No ticket waits for a customer's confirmation."
    assert others.startswith("The tag is on 2 more, which do not wait: "), "the answered one, and one never solved"


def test_a_ticket_that_is_gone(holding: Desk, zdsync: Command, monkeypatch: pytest.MonkeyPatch) -> None:
    """Between the search and the look at it: left out, and the others are told."""
    gone, left = held(holding), held(holding)
    holding.wait(60)
    found = waiting._found

    def then_deleted(*arguments: object) -> object:
        tickets = list(found(*arguments))  # type: ignore[arg-type]
        holding.does(CLAIRE, gone, delete=True)
        return iter(tickets)

    monkeypatch.setattr(waiting, "_found", then_deleted)
    assert [row["ticket"] for row in json.loads(zdsync("report", "waiting", "--json").stdout)] == [left]


def test_nothing_is_changed(desk: Desk, zdsync: Command, three: tuple[int, int, int]) -> None:
    """Neither in Zendesk nor in Redis."""
    writes, state = len(desk.account.writes), desk.server.save()["tickets"]
    keys = {key: desk.redis.dump(key) for key in desk.redis.scan_iter("*")}
    assert zdsync("report", "waiting").exit_code == 0
    assert len(desk.account.writes) == writes
    assert desk.server.save()["tickets"] == state
    assert {key: desk.redis.dump(key) for key in desk.redis.scan_iter("*")} == keys


def test_many_leave_half_of_the_limit_to_others(
    holding: Desk, zdsync: Command, monkeypatch: pytest.MonkeyPatch
) -> None:
    """It waits for the next window instead, says so once, and finds them all; the search comes in several pages."""
    tickets = [held(holding) for _ in range(7)]
    holding.wait(120)
    slept: list[float] = []
    least: list[int] = []

    def sleep(seconds: float) -> None:
        slept.append(seconds)
        holding.wait(seconds)

    learn = pace.Pace.learn

    def learned(self: pace.Pace, headers: dict[str, str]) -> None:
        least.extend(left for family, _, left, _ in read_headers(headers) if family == "account")
        learn(self, headers)

    monkeypatch.setattr(pace, "sleep", sleep)
    monkeypatch.setattr(pace.Pace, "learn", learned)
    monkeypatch.setattr("zdsync.zendesk.client.PAGE_SIZE", 3)
    holding.account.limits.account_per_minute = 10
    result = zdsync("report", "waiting", "--json")
    assert sorted(row["ticket"] for row in json.loads(result.stdout)) == tickets
    assert min(least) >= 4, "the reply that shows that half is used is the last one of the window"
    assert sum(slept) >= 60
    assert result.stderr.count("the account's API limit is shared") >= 1


@pytest.mark.parametrize(
    ("env", "code", "says"),
    [
        ({"ZDSYNC_BASE_URL": None, "ZDSYNC_EMAIL": None, "ZDSYNC_API_TOKEN": None}, 2, "No Zendesk account"),
        ({"ZDSYNC_API_TOKEN": "wrong-token"}, 1, "could not be read"),
        ({"ZDSYNC_CONFIG": "."}, 1, "account.yaml"),
    ],
    ids=["no account", "a refused credential", "faulty rules"],
)
def test_what_cannot_be(zdsync: Command, env: dict[str, str | None], code: int, says: str) -> None:
    """Words on the error output, nothing on the output."""
    result = zdsync("report", "waiting", "--json", **env)
    assert (result.exit_code, result.stdout) == (code, "")
    assert says in result.stderr
    assert "wrong-token" not in result.stderr


def test_redis_is_away(holding: Desk, zdsync: Command) -> None:
    """Not needed."""
    ticket = held(holding)
    holding.wait(60)
    away = f"redis://127.0.0.1:{dead_port()}/0"
    assert f"#{ticket}" in zdsync("report", "waiting", ZDSYNC_REDIS_URL=away).stdout
    assert f"#{ticket}" in zdsync("report", "waiting", ZDSYNC_REDIS_URL=None).stdout
