"""`zdsync maintenance`: lists where windows stand; an order says what it will do, and only does it with --apply."""

from __future__ import annotations

import json
import re
import shutil
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from click.testing import Result

from tests.cli.calls import Command, dead_port
from tests.desk import CLAIRE, SHIPPED, Desk
from tests.scenarios.campaigns import end_users, notices
from tests.scenarios.world import keys_of
from zdsync.control import STOP_TAG, external_id
from zdsync.core.maintenance import PARENT
from zdsync.maintenance import keep_windows
from zdsync.rules.load import load

WINDOW = """\
- id: db
  title: Database upgrade
  start: 2026-12-06 22:00
  end: 2026-12-07 02:00
"""
CONTACTS = 3


@pytest.fixture
def windows(desk: Desk, zdsync: Command, tmp_path: Path) -> Command:
    """The command, with a configuration in which a window is written for everybody."""
    config = Path(shutil.copytree(SHIPPED, tmp_path / "config"))
    rule = config / "rules" / "maintenance.yaml"
    rule.write_text(
        rule.read_text("utf-8").replace("      organization_tags: [hosted]\n", "      users: []\n"), "utf-8"
    )
    (config / "maintenance.yaml").write_text(WINDOW, "utf-8")
    for user_id in sorted(end_users(desk))[CONTACTS:]:
        desk.account.users[user_id]["suspended"] = True
    began = desk.now - timedelta(hours=1)
    desk.rulebook = load(config, mode="live", live_since=began)
    desk.worker.rules.take_over()
    desk.wait(2)

    def call(*arguments: str, **env: str | None) -> Result:
        return zdsync("maintenance", *arguments, **{"ZDSYNC_CONFIG": str(config), **env})

    return call


def parent(desk: Desk) -> int:
    (found,) = (n for n, each in desk.account.tickets.items() if str(each.row["external_id"]).startswith(PARENT))
    return found


def writes(desk: Desk) -> int:
    return len(desk.our_writes())


def test_a_window_that_waits_is_listed_with_when_it_is_announced(desk: Desk, windows: Command) -> None:
    result = windows("list")
    assert result.exit_code == 0
    times = ("Sun 06 Dec 2026 22:00 CET", "Mon 07 Dec 2026 02:00 CET", "Thu 26 Nov 2026 22:00 CET")
    for words in ("db", "unannounced", *times):
        assert words in result.stdout
    (row,) = json.loads(windows("list", "--json").stdout)
    assert (row["id"], row["ticket"], row["state"], row["announced"]) == ("db", None, "unannounced", None)
    assert row["next_at"] == "2026-11-26T21:00:00+00:00"
    assert writes(desk) == 0


def test_without_windows_it_says_so(windows: Command, tmp_path: Path) -> None:
    (tmp_path / "config" / "maintenance.yaml").write_text("[]\n", "utf-8")
    assert windows("list").stdout == "No maintenance window is written, and none has an open ticket.\n"


def test_announce_says_how_many_are_told_and_does_it_only_with_apply(desk: Desk, windows: Command) -> None:
    result = windows("announce", "db")
    assert result.exit_code == 0
    times = "Sun 06 Dec 2026 22:00 CET to Mon 07 Dec 2026 02:00 CET"
    assert f"db is announced to 3 contacts: {times}." in result.stdout
    assert "Nothing was done." in result.stdout
    assert writes(desk) == 0
    assert "Ordered by a note on ticket #" in windows("announce", "db", "--apply").stdout
    desk.work_for(minutes=2)
    assert {each.row["requester_id"] for each in notices(desk)} == end_users(desk)
    (row,) = json.loads(windows("list", "--json").stdout)
    assert (row["state"], row["ticket"], row["announced"]["contacts"]) == ("announced", parent(desk), 3)
    assert [each["what"] for each in row["steps"]] == ["announced", "sent"]
    listed = windows("list").stdout
    assert "reminder" in listed
    assert "Sat 05 Dec 2026 22:00 CET" in listed
    assert keep_windows(desk.parts) == 0
    assert parent(desk)


def test_a_countdown_and_a_stop_are_shown_where_the_mails_wait(desk: Desk, windows: Command) -> None:
    desk.until("11-26 22:00")
    keep_windows(desk.parts)
    desk.until("11-26 22:05")
    listed = windows("list").stdout
    assert "3, from" in listed
    assert "Thu 26 Nov 2026 22:15 CET" in listed
    desk.does(CLAIRE, parent(desk), add_tags=["zdsync_stop_notices"], channel="web")
    assert "3, stopped" in windows("list").stdout
    assert notices(desk) == []


def test_start_extend_complete_go_to_whoever_was_told(desk: Desk, windows: Command) -> None:
    windows("announce", "db", "--apply")
    desk.until("12-06 21:30")
    for order, shown in (
        (("start", "db"), "db has started now: 3 contacts have a notice and will be told."),
        (("extend", "db", "2026-12-07 03:00"), "db ends Mon 07 Dec 2026 03:00 CET: 3 contacts have a notice"),
        (("complete", "db"), "db is completed now: 3 contacts have a notice"),
    ):
        result = windows(*order, "--apply")
        assert shown in result.stdout
        desk.work_for(minutes=2)
    for each in notices(desk):
        keys = " ".join(key for audit in each.audits for key in keys_of(audit))
        assert re.findall("started|extended|completed", keys) == ["started", "extended", "completed"]
    assert "completed" in windows("list").stdout


def test_cancel_tells_whoever_was_told(desk: Desk, windows: Command) -> None:
    windows("announce", "db", "--apply")
    desk.work_for(minutes=2)
    assert windows("cancel", "db", "--apply").exit_code == 0
    desk.work_for(minutes=2)
    assert {each.row["status"] for each in notices(desk)} == {"solved"}
    assert "cancelled" in windows("list").stdout


REFUSED = {
    "an unknown window": (("start", "web"), 2, "There is no maintenance window web. In maintenance.yaml: db."),
    "what nobody was told of": (("start", "db"), 1, "db: nobody was told of it yet: announce it first."),
    "what has not started": (("extend", "db", "2026-12-07 03:00"), 1, "it has not started"),
}


@pytest.mark.parametrize(("order", "code", "words"), REFUSED.values(), ids=REFUSED)
def test_what_cannot_be_done_is_said_and_nothing_is_written(
    desk: Desk, windows: Command, order: tuple[str, ...], code: int, words: str
) -> None:
    result = windows(*order, "--apply")
    assert (result.exit_code, words in result.stderr) == (code, True), result.output
    assert writes(desk) == 0


def test_while_everything_is_stopped_nothing_is_ordered(desk: Desk, windows: Command) -> None:
    (control,) = (n for n, each in desk.account.tickets.items() if each.row["external_id"] == external_id(desk.now))
    desk.does(CLAIRE, control, add_tags=[STOP_TAG])
    result = windows("announce", "db", "--apply")
    assert result.exit_code == 1
    assert "`zdsync release` first" in result.stderr
    assert writes(desk) == 0


def test_without_redis_the_order_is_written_all_the_same(desk: Desk, windows: Command) -> None:
    result = windows("announce", "db", "--apply", ZDSYNC_REDIS_URL=f"redis://127.0.0.1:{dead_port()}/0")
    assert result.exit_code == 0
    assert "Redis is away" in result.stdout
    desk.hint(parent(desk))
    desk.work_for(minutes=2)
    assert len(notices(desk)) == CONTACTS


def test_a_window_that_an_agent_has_opened_as_a_ticket_is_listed_and_ordered_like_any_other(
    desk: Desk, windows: Command, tmp_path: Path
) -> None:
    config = tmp_path / "config"
    rule = config / "rules" / "maintenance.yaml"
    tickets = "tickets: {tag: maintenance, start: maintenance_start, end: maintenance_end}"
    rule.write_text(rule.read_text("utf-8").replace("tickets: null", tickets), "utf-8")
    desk.rulebook = load(config, mode="live", live_since=desk.now - timedelta(hours=1))
    desk.worker.rules.take_over()
    like = next(row for row in desk.account.ticket_fields.values() if row["title"] == "SLA resolution due")
    times = {"Maintenance start": "2026-12-12 22:00", "Maintenance end": "2026-12-13 02:00"}
    for number, title in enumerate(times, 990001):
        desk.account.ticket_fields[number] = {**like, "id": number, "title": title}
    fields = [{"id": number, "value": time} for number, time in enumerate(times.values(), 990001)]
    act: dict[str, Any] = {"subject": "Disks", "comment": "New ones.", "public": False, "type": "problem"}
    number = desk.act(CLAIRE, **act, tags=["maintenance"], fields=fields, channel="web")
    name = f"ticket-{number}"
    desk.wait(180)  # a search lags
    row = json.loads(windows("list", "--json").stdout)[-1]
    assert (row["id"], row["state"], row["start"]) == (name, "unannounced", "2026-12-12T21:00:00+00:00")
    assert windows("announce", name, "--apply").exit_code == 0
    desk.work_for(minutes=2)
    assert len(notices(desk)) == CONTACTS
    row = json.loads(windows("list", "--json").stdout)[-1]
    assert (row["state"], row["next"], row["next_at"]) == ("announced", None, "2026-12-11T21:00:00+00:00")
