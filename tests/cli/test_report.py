"""`zdsync report shadow`: what an admin reads before going live."""

from __future__ import annotations

import json
from dataclasses import replace
from pathlib import Path

import pytest

from tests.builders import a_rule, a_rule_of
from tests.cli.calls import Command, dead_port
from tests.desk import TOM, Desk
from zdsync.store.server import EmbeddedRedis


@pytest.fixture
def shadowed(desk: Desk) -> int:
    """A ticket that lived for a morning under a rule in shadow."""
    desk.rulebook = replace(desk.rulebook, rules=(a_rule(mode="shadow", name="[P2] targets"),), hash="shadow")
    desk.restart()
    ticket = desk.asks(subject="ALPHA", comment="Zorro", priority="high")
    desk.hint(ticket)
    desk.until("11:30")
    assert desk.our_writes() == []
    return ticket


def test_nothing_yet(zdsync: Command) -> None:
    """In words for people, an empty list for programs."""
    assert zdsync("report", "shadow").stdout == "Nothing yet: no rule in shadow would have acted.\n"
    assert json.loads(zdsync("report", "shadow", "--json").stdout) == []


def test_beside_an_up_that_brings_its_own_redis(zdsync: Command, tmp_path: Path) -> None:
    """In the same folder its Redis is found; where none runs it is said what to do."""
    result = zdsync("report", "shadow", ZDSYNC_REDIS_URL=None)
    assert (result.exit_code, result.stdout) == (2, "")
    assert "no `zdsync up` runs in this folder" in result.stderr
    with EmbeddedRedis(tmp_path / ".zdsync" / "redis"):
        assert zdsync("report", "shadow", ZDSYNC_REDIS_URL=None).stdout.startswith("Nothing yet")


def test_for_people(zdsync: Command, shadowed: int) -> None:
    """When, which ticket, which rule, what; a line each, the oldest first, no ticket text."""
    result = zdsync("report", "shadow")
    assert result.exit_code == 0
    table, _, end = result.stdout.partition("\n\n")
    head, _, *rows = table.splitlines()
    assert [word for word in head.split() if word.isalpha()] == ["when", "ticket", "rule", "would"]
    lines = [row for row in rows if " because " not in row]
    assert all(f" {shadowed} " in line and "[P2] targets" in line for line in lines)
    assert " because first reply missed 2026-11-23 11:00 CET" in rows[rows.index(lines[-1]) + 1]
    assert len(rows) - len(lines) == 3, "a reason for each look at which something would have been done"
    assert end.startswith("What follows only once something of this is really there is not decided in shadow")
    told = [line for line in lines if "tell the agents" in line]
    assert [("set" in told[0], "warning" in told[1], "breach" in told[2])] == [(True, True, True)]
    assert told[0].lstrip().startswith("Mon 23 Nov 08:00")
    assert "first_reply_due" in result.stdout
    assert "ALPHA" not in result.stdout
    assert "Zorro" not in result.stdout


def test_for_programs(zdsync: Command, shadowed: int) -> None:
    rows = json.loads(zdsync("report", "shadow", "--json").stdout)
    assert {tuple(row) for row in rows} == {("at", "ticket", "rule", "would_have", "because")}
    assert all("resolution 2026-11-23 17:00 CET" in row["because"] for row in rows)
    assert {row["ticket"] for row in rows} == {shadowed}
    assert rows == sorted(rows, key=lambda row: str(row["at"]))
    assert rows[0]["at"].startswith("2026-11-23T08:00:0")


def test_each_thing_once(desk: Desk, zdsync: Command, shadowed: int) -> None:
    """However often the ticket is looked at."""
    before = zdsync("report", "shadow").stdout
    for _ in range(3):
        desk.hint(shadowed)
        desk.work_for(minutes=1)
    assert zdsync("report", "shadow").stdout == before


def test_of_an_outage_its_first_note_with_how_many_would_be_told(desk: Desk, zdsync: Command) -> None:
    """Once; neither its notices nor what would be passed on to them, of which nothing is decided."""
    rule = a_rule_of("major_incident", "shadow", audience={})
    desk.rulebook = replace(desk.rulebook, rules=(rule,), hash="shadow")
    desk.restart()
    problem = desk.asks()
    desk.act(TOM, ticket=problem, priority="urgent", type="problem", assignee=TOM, channel="web")
    desk.until("09:20")
    desk.act(TOM, ticket=problem, comment="The database is back.", channel="web")
    desk.until("10:00")
    assert desk.our_writes() == []
    rows = json.loads(zdsync("report", "shadow", "--json").stdout)
    assert [(row["ticket"], row["because"]) for row in rows if "major_incident" in row["would_have"]] == [
        (problem, "6 contacts are told after a countdown")
    ]
    assert not [row for row in rows if "notices" in row["would_have"]]


def test_without_redis(zdsync: Command) -> None:
    """Nowhere to read it: words, no traceback."""
    none = zdsync("report", "shadow", ZDSYNC_REDIS_URL=None)
    gone = zdsync("report", "shadow", "--json", ZDSYNC_REDIS_URL=f"redis://127.0.0.1:{dead_port()}/0")
    assert (none.exit_code, none.stdout) == (2, "")
    assert (gone.exit_code, gone.stdout) == (1, "")
    assert "Redis is away" in gone.stderr


def test_nothing_was_called_wrong(zdsync: Command) -> None:
    assert zdsync("report", "wrong").stdout == "Nothing yet: no agent has called anything wrong.\n"
    assert json.loads(zdsync("report", "wrong", "--json").stdout) == []


def test_what_agents_call_wrong_by_rule(desk: Desk, zdsync: Command) -> None:
    """The worst first; not what else is counted; brackets in a name are part of it."""
    metrics = desk.parts.metrics
    for rule, times in {"[P2] targets": 2, "Update cadence": 3}.items():
        metrics.count("zdsync_wrong_total", times, rule=rule)
    metrics.count("zdsync_messages_total", kind="warn")
    rows = json.loads(zdsync("report", "wrong", "--json").stdout)
    assert rows == [{"rule": "Update cadence", "times": 3}, {"rule": "[P2] targets", "times": 2}]
    lines = zdsync("report", "wrong").stdout.splitlines()[-2:]
    assert [" ".join(line.split()) for line in lines] == ["Update cadence │ 3", "[P2] targets │ 2"]


def test_what_is_called_wrong_without_redis(zdsync: Command) -> None:
    gone = zdsync("report", "wrong", ZDSYNC_REDIS_URL=f"redis://127.0.0.1:{dead_port()}/0")
    assert (gone.exit_code, gone.stdout) == (1, "")
    assert "Redis is away" in gone.stderr
