"""`zdsync plan` and `zdsync explain`: the very plan of a worker, readable, and nothing is changed."""

from __future__ import annotations

import json
import re
from pathlib import Path

import pytest

from tests.cli.calls import Command, dead_port
from tests.desk import CLAIRE, SHIPPED, TOM, Desk
from zdsync.control import STOP_TAG

PLACE = r'rule "SLA targets" \(config/rules/sla_targets\.yaml:\d+\): '


@pytest.fixture
def fresh(desk: Desk) -> int:
    """A P2 of a minute ago that no worker has seen."""
    ticket = desk.asks(priority="high")
    desk.wait(60)
    return ticket


@pytest.fixture
def lived(desk: Desk) -> int:
    """A P2 with its targets, a late first reply, a pause and a night; it is Tuesday 09:30."""
    ticket = desk.asks(priority="high")
    desk.hint(ticket)
    desk.until("11:30")
    desk.does(TOM, ticket, comment="Which one?", status="pending", assignee=TOM)
    desk.hint(ticket)
    desk.until("14:00")
    desk.does("emily.carter@northgate.example", ticket, comment="That one.")
    desk.hint(ticket)
    desk.until("2026-11-24 09:30")
    return ticket


def test_a_plan_is_what_the_worker_does(desk: Desk, zdsync: Command, fresh: int) -> None:
    """Every sentence and every line of the note that is announced is then done, and the other way round."""
    result = zdsync("plan", str(fresh))
    assert result.exit_code == 0
    lines = result.stdout.splitlines()
    assert lines[0] == f"Ticket {fresh} at Mon 2026-11-23 09:01 CET"
    assert "  would be done now, for SLA targets:" in lines
    assert "    internal note:" in lines
    announced = [line.removeprefix("      | ") for line in lines if line.startswith("      | ")]
    promised = json.loads(zdsync("plan", str(fresh), "--json").stdout)["updates"][0]
    desk.hint(fresh)
    desk.work_for(seconds=10)
    (note,) = desk.comments(fresh)
    assert note["body"].splitlines() == announced == promised["comment"]["body"].splitlines()
    assert note["public"] is promised["comment"]["public"] is False
    assert list(desk.keys(fresh)) == promised["keys"]
    nothing = zdsync("plan", str(fresh)).stdout
    assert "  nothing to do\n" in nothing
    assert re.search(rf"^  {PLACE}", nothing, re.MULTILINE)
    assert re.search(r"^  looks again at Mon 2026-11-23 10:45(:\d\d)? CET, or when the ticket changes$", nothing, re.M)


def test_a_plan_for_programs(zdsync: Command, fresh: int) -> None:
    """All of it, with aware instants and the place of each rule."""
    data = json.loads(zdsync("plan", str(fresh), "--json").stdout)
    does = {"updates", "notices", "tasks", "held_back_by", "shadow", "shadow_creates"}
    assert set(data) == {"ticket", "at", *does, "wake_at", "reasons"}
    assert data["ticket"] == fresh
    assert data["at"] == "2026-11-23T08:01:00+00:00"
    assert data["held_back_by"] is None
    (update,) = data["updates"]
    assert update["rules"] == ["SLA targets"]
    assert any("first_reply_due" in words for words in update["does"])
    reasons = {reason["rule"]: reason for reason in data["reasons"]}
    assert set(reasons) >= {"Acknowledgement", "Intake check", "SLA targets", "Open until the customer confirms"}
    reason = reasons["SLA targets"]
    assert re.fullmatch(r"config/rules/sla_targets\.yaml:\d+", reason["source"])
    assert reason["conditions"] == [{"held": True, "words": "every ticket"}]


def test_the_intervals(zdsync: Command, lived: int) -> None:
    """Each clock as a table: from, to, how much counts and why; its sum, its target, when it runs out."""
    out = zdsync("explain", str(lived)).stdout
    lines = [re.sub(r" {2,}", " | ", line.strip()) for line in out.splitlines()]
    assert lines[0] == f"Ticket {lived} at Tue 2026-11-24 09:30 CET: open, priority high"
    assert "first_reply_time: 2 h 30 min of 2 h, fulfilled" in lines
    assert "requester_wait_time: 7 h of 8 h, running" in lines
    for row in (
        "Mon 2026-11-23 09:00 CET | Mon 2026-11-23 11:30 CET | 2 h 30 min | open hours",
        "Mon 2026-11-23 11:30 CET | Mon 2026-11-23 14:00 CET | - | pending",
        "Mon 2026-11-23 14:00 CET | Mon 2026-11-23 18:00 CET | 4 h | open hours",
        "Mon 2026-11-23 18:00 CET | Tue 2026-11-24 09:00 CET | - | closed",
        "Tue 2026-11-24 09:00 CET | Tue 2026-11-24 09:30 CET | 30 min | open hours",
    ):
        assert row in lines, out
    assert "runs out Tue 2026-11-24 10:30 CET" in lines
    assert re.search(rf"^{PLACE}", out, re.MULTILINE)
    assert "  [X] every ticket" in out.splitlines()
    assert "…" not in out, "nothing is cut where there is no terminal"


def test_the_intervals_for_programs(zdsync: Command, lived: int) -> None:
    """The counted pieces add up to the clock; they follow one another without gaps."""
    data = json.loads(zdsync("explain", str(lived), "--json").stdout)
    clocks = {clock["metric"]: clock for clock in data["clocks"]}
    assert clocks["requester_wait_time"]["elapsed_seconds"] == 7 * 3600
    assert clocks["requester_wait_time"]["target_seconds"] == 8 * 3600
    assert clocks["requester_wait_time"]["due"] == "2026-11-24T09:30:00+00:00"
    for clock in clocks.values():
        pieces = clock["intervals"]
        assert [piece["from"] for piece in pieces[1:]] == [piece["to"] for piece in pieces[:-1]]
        assert all(piece["because"] for piece in pieces)
    assert set(data) >= {"updates", "shadow", "reasons", "clocks"}


def test_nothing_is_changed(desk: Desk, zdsync: Command, lived: int, fresh: int) -> None:
    """Neither in Zendesk nor in Redis, whatever is looked at and however often."""
    writes, state = len(desk.account.writes), desk.server.save()["tickets"]
    keys = {key: desk.redis.dump(key) for key in desk.redis.scan_iter("*") if b":t:" in key or b":due:" in key}
    for command in ("plan", "explain"):
        for ticket in (lived, fresh, 1):
            for form in ((), ("--json",)):
                assert zdsync(command, str(ticket), *form).exit_code == 0
    assert len(desk.account.writes) == writes
    assert desk.server.save()["tickets"] == state
    assert {key: desk.redis.dump(key) for key in keys} == keys
    assert desk.server.outbox() == [mail for mail in desk.server.outbox() if "zdsync" not in str(mail)]


def test_the_shadow(desk: Desk, zdsync: Command, fresh: int, tmp_path: Path) -> None:
    """Beside a real account with what `zdsync init` writes: what would be done, marked as the shadow's."""
    assert zdsync("init", "--live-since", "2026-11-23T07:00:00Z").exit_code == 0
    real = {"ZDSYNC_SANDBOX_CONTROL": None, "ZDSYNC_CONFIG": "config"}
    out = zdsync("plan", str(fresh), **real).stdout
    assert "  rules in shadow would do, for SLA targets:" in out.splitlines()
    assert "would be done now" not in out
    data = json.loads(zdsync("plan", str(fresh), "--json", **real).stdout)
    assert data["updates"] == []
    assert len(data["shadow"]) >= 1


def test_a_brake_is_told(desk: Desk, zdsync: Command, fresh: int) -> None:
    """Somebody who waits for what the plan announces learns why it does not come."""
    desk.does(CLAIRE, 1, add_tags=[STOP_TAG])
    assert (
        f"  but nothing is done: everything is stopped, ticket 1 has the tag {STOP_TAG}\n"
        in zdsync("plan", str(fresh)).stdout
    )
    desk.does(CLAIRE, 1, delete=True)
    assert "doctor --probe" in json.loads(zdsync("plan", str(fresh), "--json").stdout)["held_back_by"]


KINDS = [
    pytest.param({"priority": None}, "no-priority", id="without a priority"),
    pytest.param({"priority": "high", "status": "solved", "assignee": TOM}, "", id="solved at once"),
]


@pytest.mark.parametrize(("act", "outcome"), KINDS)
def test_other_tickets(desk: Desk, zdsync: Command, act: dict[str, object], outcome: str) -> None:
    """A reason for every ticket, also where nothing is to be done."""
    ticket = desk.asks()
    desk.does(TOM, ticket, **{name: value for name, value in act.items() if value})
    desk.wait(60)
    out = zdsync("explain", str(ticket)).stdout
    assert re.search(rf"^{PLACE}{outcome}", out, re.MULTILINE)


def test_a_closed_ticket(desk: Desk, zdsync: Command) -> None:
    ticket = desk.asks()
    desk.does(TOM, ticket, status="solved", assignee=TOM)
    desk.wait(5 * 86_400)
    for command in ("plan", "explain"):
        assert "closed; the ticket is closed: nothing can be changed" in zdsync(command, str(ticket)).stdout


def test_brackets_of_an_admin(zdsync: Command, fresh: int, tmp_path: Path) -> None:
    """A rule's name is shown as it is written, whatever it looks like to the terminal."""
    for file in SHIPPED.rglob("*.*"):
        copy = tmp_path / "mine" / file.relative_to(SHIPPED)
        copy.parent.mkdir(parents=True, exist_ok=True)
        copy.write_text(file.read_text("utf-8").replace("name: SLA targets", 'name: "[/red] [urgent] SLA"'), "utf-8")
    for command in ("plan", "explain"):
        result = zdsync(command, str(fresh), ZDSYNC_CONFIG=str(tmp_path / "mine"))
        assert result.exit_code == 0
        assert 'rule "[/red] [urgent] SLA" (' in result.stdout


@pytest.mark.parametrize("command", ["plan", "explain"])
class TestWhatCannotBe:
    """Words on the error output, nothing on the output, an exit code, and never a traceback."""

    def test_an_unknown_ticket(self, desk: Desk, zdsync: Command, command: str) -> None:
        result = zdsync(command, "999", "--json")
        assert (result.exit_code, result.stdout) == (1, "")
        assert result.stderr == f"There is no ticket 999 on {desk.server.url}.\n"

    @pytest.mark.parametrize("wrong", ["x", "1.5", ""])
    def test_no_number(self, zdsync: Command, command: str, wrong: str) -> None:
        assert zdsync(command, wrong).exit_code == 2

    def test_no_account(self, zdsync: Command, command: str) -> None:
        nothing = dict.fromkeys(("ZDSYNC_BASE_URL", "ZDSYNC_EMAIL", "ZDSYNC_API_TOKEN"))
        result = zdsync(command, "1", **nothing)
        assert (result.exit_code, result.stdout) == (2, "")
        assert "No Zendesk account is configured" in result.stderr
        assert ".env" in result.stderr

    def test_half_an_account(self, zdsync: Command, command: str) -> None:
        result = zdsync(command, "1", ZDSYNC_API_TOKEN=None)
        assert (result.exit_code, result.stdout) == (2, "")
        assert "ZDSYNC_API_TOKEN" in result.stderr

    def test_a_refused_credential(self, zdsync: Command, command: str) -> None:
        result = zdsync(command, "1", ZDSYNC_API_TOKEN="wrong-token")
        assert (result.exit_code, result.stdout) == (1, "")
        assert "wrong-token" not in result.stderr

    def test_zendesk_is_away(self, zdsync: Command, command: str, monkeypatch: pytest.MonkeyPatch) -> None:
        monkeypatch.setattr("time.sleep", lambda seconds: None)
        url = f"http://127.0.0.1:{dead_port()}"
        result = zdsync(command, "1", ZDSYNC_BASE_URL=url, ZDSYNC_SANDBOX_CONTROL=f"{url}/control")
        assert (result.exit_code, result.stdout) == (1, "")
        assert "could not be read" in result.stderr

    def test_redis_is_away(self, zdsync: Command, command: str, fresh: int) -> None:
        """Not needed."""
        assert zdsync(command, str(fresh), ZDSYNC_REDIS_URL=f"redis://127.0.0.1:{dead_port()}/0").exit_code == 0
        assert zdsync(command, str(fresh), ZDSYNC_REDIS_URL=None).exit_code == 0

    def test_faulty_rules(self, zdsync: Command, command: str, tmp_path: Path) -> None:
        """As `zdsync check` tells them."""
        result = zdsync(command, "1", ZDSYNC_CONFIG=str(tmp_path))
        assert (result.exit_code, result.stdout) == (1, "")
        assert result.stderr
