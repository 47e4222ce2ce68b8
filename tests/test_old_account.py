"""Connected to an account with a past: nobody is mailed, no ticket is touched, and the first new ticket is served.

The account has lived for a month without zdsync: tickets of every kind, most of which the rules would have had much to
say about. Then zdsync starts with the shipped rules, lists everything, and looks at every ticket within a day.
"""

from __future__ import annotations

import json
import logging
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import datetime, timedelta
from pathlib import Path
from random import Random
from typing import Any

import pytest
import structlog
from click.testing import CliRunner

from tests.desk import CLAIRE, EMILY, RAJ, SHIPPED, TOM, Desk, open_desk
from tests.scenarios.world import BEGIN, JEANNE
from zdsync.cli import main
from zdsync.rules.load import load
from zdsync.sandbox import Account
from zdsync.store.server import EmbeddedRedis

TICKETS = 400
"""Of every kind, four pages of them, and more reads than a minute has; `tests/soak/test_old_account.py` has 2,000."""
SOLVED_YESTERDAY = 300
MONTH = timedelta(days=30)
PRIORITIES = (None, None, "low", "normal", "high", "urgent")


@pytest.fixture(autouse=True)
def _quiet() -> Iterator[None]:
    """Not a line for each of two thousand looks."""
    before = structlog.get_config()
    structlog.configure(wrapper_class=structlog.make_filtering_bound_logger(logging.ERROR))
    yield
    structlog.configure(**before)


def aged(number: int) -> Account:
    """An account of so many tickets, `SOLVED_YESTERDAY` of them (a third at most) solved yesterday; it is `BEGIN`."""
    account, chance = Account.demo(BEGIN - MONTH), Random(number)
    yesterday = BEGIN - timedelta(days=1)
    solved = min(SOLVED_YESTERDAY, number // 3)
    for n in range(number):
        asked = BEGIN - MONTH + timedelta(days=28) * n / number
        account.advance_to(asked)
        who = chance.choice((EMILY, RAJ, JEANNE))
        done = account.act(who, subject=f"Old {n}", comment="Since long ago.", channel="email")
        account.act(CLAIRE, ticket=done["ticket"], at=asked + timedelta(minutes=20), **_handled(chance))
        if n < solved:
            at = yesterday + timedelta(seconds=n)
            account.act(TOM, ticket=done["ticket"], at=at, status="solved", assignee=TOM, comment="Done.")
    account.advance_to(BEGIN)
    account.emails.clear()
    return account


def _handled(chance: Random) -> dict[str, Any]:
    """What an agent did with it, if anything."""
    act: dict[str, Any] = {"priority": chance.choice(PRIORITIES), "add_tags": ["seen"]}
    if chance.random() < 0.5:
        act.update(comment="Which one?", status=chance.choice(("open", "pending", "hold")), assignee=CLAIRE)
    return {key: value for key, value in act.items() if value}


@contextmanager
def started(redis_url: str, account: Account, config: Path, **overrides: Any) -> Iterator[Desk]:
    """Beside the account, with an index that has never been filled."""
    with open_desk(redis_url, account=account, rulebook=load(config, **overrides)) as desk:
        desk.env["ZDSYNC_CONFIG"] = str(config)
        desk.empty_redis()
        yield desk


def a_day(desk: Desk) -> int:
    """Resync, every wake-up of 24 hours, polls; how many tickets were looked at."""
    desk.resync()
    looked = {outcome.what for outcome in desk.work()}
    tickets = set(desk.due())
    outcomes = desk.until(BEGIN + timedelta(hours=24, minutes=5), poll_every=timedelta(minutes=30))
    assert looked | {outcome.what for outcome in outcomes} <= {"settled", "later", "removed"}
    assert tickets <= set(desk.due()) | {
        id for id, each in desk.account.tickets.items() if each.row["status"] == "closed"
    }
    return len(outcomes)


def touched_by_us(desk: Desk) -> set[int]:
    """Tickets with an audit of ours."""
    return {
        id
        for id, ticket in desk.account.tickets.items()
        if any(audit["author_id"] == desk.us for audit in ticket.audits)
    }


def test_the_past_is_what_it_should_be() -> None:
    """The test's own account: rules without `live_since` would have had a field day."""
    account = aged(60)
    rows = [ticket.row for ticket in account.tickets.values()]
    assert {row["status"] for row in rows} >= {"new", "open", "pending", "hold", "solved"}
    assert {row["priority"] for row in rows} == set(PRIORITIES)
    assert sum(row["status"] == "solved" for row in rows) == 20


def test_shipped_rules_live(redis_server: EmbeddedRedis) -> None:
    """A day of resync, wake-ups and polls ends with an empty outbox and no ticket touched."""
    nothing_old_is_touched(redis_server.url, TICKETS)


def nothing_old_is_touched(redis_url: str, number: int) -> None:
    """Beside so many old tickets the shipped rules go live; the first new ticket is served."""
    account = aged(number)
    rows = [ticket.row for ticket in account.tickets.values()]
    assert {row["status"] for row in rows} >= {"new", "open", "pending", "hold", "solved"}
    assert {row["priority"] for row in rows} == set(PRIORITIES)
    assert sum(row["status"] == "solved" for row in rows) == min(SOLVED_YESTERDAY, number // 3)
    with started(redis_url, account, SHIPPED, mode="live", live_since=BEGIN) as desk:
        assert {rule.mode for rule in desk.rulebook.rules} == {"live"}
        ours = touched_by_us(desk)  # the control ticket alone
        assert len(ours) == 1
        assert a_day(desk) >= number
        assert desk.our_writes() == []
        assert desk.server.outbox() == []
        assert touched_by_us(desk) == ours

        first = desk.act(EMILY, subject="New", comment="Please archive our study.", priority="high")
        desk.server.call(account.emails.clear)  # Zendesk's own confirmation
        desk.until(desk.now + timedelta(minutes=1))
        assert len(desk.keys(first)) == 1, "it was awake all the time"
        assert touched_by_us(desk) == ours | {first}
        assert desk.server.outbox() == []


@pytest.mark.long
def test_what_people_do_to_an_old_ticket(redis_server: EmbeddedRedis) -> None:
    """An answer or a new priority after the start does not bring the old promises back, nor a breach of last month."""
    with started(redis_server.url, aged(30), SHIPPED, mode="live", live_since=BEGIN) as desk:
        desk.resync()
        for ticket, each in list(desk.account.tickets.items())[:30]:
            if each.row["status"] == "solved":
                desk.act(EMILY, ticket=ticket, comment="It is back.")
            else:
                desk.act(CLAIRE, ticket=ticket, comment="We are on it.", assignee=CLAIRE)
        desk.until(BEGIN + timedelta(hours=24))
        said = [key.split(":")[0] for ticket in desk.account.tickets for key in desk.keys(ticket)]
        assert "breach" not in said
        assert "actor" in desk.server.outbox()[0], "people's own answers are mailed by Zendesk"
        assert [mail for mail in desk.server.outbox() if mail["actor"] == desk.us] == []
        desk.sane()


@pytest.fixture
def begun(tmp_path: Path) -> Path:
    """The configuration as `zdsync init` writes it at `BEGIN`."""
    result = CliRunner().invoke(main, ["init", "--folder", str(tmp_path), "--live-since", BEGIN.isoformat()])
    assert result.exit_code == 0, result.output
    return tmp_path / "config"


def test_as_init_writes_it(redis_server: EmbeddedRedis, begun: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """By default everything is in shadow: no write at all, not even for new tickets; the report says what would be."""
    with started(redis_server.url, aged(300), begun) as desk:
        assert {rule.mode for rule in desk.rulebook.rules} == {"shadow"}
        a_day(desk)
        assert report(desk, monkeypatch) == []
        first = desk.act(EMILY, subject="New", comment="Please archive our study.", priority="high")
        desk.server.call(desk.account.emails.clear)
        desk.until(desk.now + timedelta(hours=3))
        assert desk.our_writes() == []
        assert desk.server.outbox() == []
        rows = report(desk, monkeypatch)
        assert {(row["ticket"], row["rule"]) for row in rows} == {(first, "SLA targets")}
        would = " ".join(row["would_have"] for row in rows)
        assert all(word in would for word in ("first_reply_due", "resolution_due", "set", "warning", "breach"))
        for row in rows:
            assert datetime.fromisoformat(row["at"]) > BEGIN + timedelta(hours=24)


def report(desk: Desk, monkeypatch: pytest.MonkeyPatch) -> list[dict[str, Any]]:
    """`zdsync report shadow`, in both forms."""
    people = CliRunner().invoke(main, ["report", "shadow"], env=desk.env)
    programs = CliRunner().invoke(main, ["report", "shadow", "--json"], env=desk.env)
    assert (people.exit_code, programs.exit_code) == (0, 0)
    rows: list[dict[str, Any]] = json.loads(programs.stdout)
    if not rows:
        assert people.stdout.startswith("Nothing yet")
    else:
        table, _, _ = people.stdout.partition("\n\n")
        lines = [line for line in table.splitlines() if " because " not in line]
        assert len(lines) == len(rows) + 2
    return rows
