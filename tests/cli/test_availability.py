"""`zdsync report availability`: outages and maintenance as Zendesk has them, as a table, as JSON and as a page."""

from __future__ import annotations

import json
import shutil
from pathlib import Path
from typing import Any

import pytest

from tests.builders import paris
from tests.cli.calls import Command, dead_port
from tests.desk import CLAIRE, EMILY, RAJ, SHIPPED, TOM, Desk
from zdsync.control import keep_control, note_on_control
from zdsync.core.maintenance import PARENT, TAG, What, campaign_of, step_key
from zdsync.core.maintenance_notices import STEP_TAG
from zdsync.core.notices import external_id, key

NIGHT = ("2026-12-05 22:00", "2026-12-06 00:00")


def outage(desk: Desk, begins: str, ends: str | None) -> int:
    """A customer's request that an agent makes a P1 problem, and solves."""
    desk.until(begins)
    ticket = desk.asks(subject="ALPHA", comment="Zorro")
    desk.does(TOM, ticket, type="problem", priority="urgent")
    if ends is not None:
        desk.until(ends)
        desk.does(TOM, ticket, status="solved", assignee=TOM)
    return ticket


def parent(desk: Desk, at: str, window: str = "db", contacts: int = 2, times: tuple[str, str] = NIGHT) -> int:
    """The ticket of a window, as the automation makes it, with its announcement."""
    desk.until(at)
    body = {
        "subject": "Window",
        "comment": {"body": "Window", "public": False},
        "type": "problem",
        "external_id": f"{PARENT}{window}",
        "tags": [TAG],
        "metadata": {"zdsync_keys": step_key(1, "announced", paris(times[0]), paris(times[1]), contacts)},
    }
    return desk.parts.zendesk.create_ticket({"ticket": body}, idempotency_key=f"{PARENT}{window}").id


def notice(desk: Desk, problem: int, who: str, window: str = "db", number: int = 1) -> int:
    user = desk.account.user_by_email(who)
    assert user is not None
    campaign = campaign_of(window)
    body = {
        "requester_id": user["id"],
        "subject": "Maintenance",
        "comment": {"body": "Maintenance", "public": True},
        "type": "incident",
        "problem_id": problem,
        "external_id": external_id(campaign, user["id"]),
        "tags": ["zdsync_notice", f"{STEP_TAG}{number}"],
        "metadata": {"zdsync_keys": key(campaign)},
    }
    name = external_id(campaign, user["id"])
    return desk.parts.zendesk.create_ticket({"ticket": body}, idempotency_key=name).id


def step(desk: Desk, ticket: int, number: int, what: What, times: tuple[str, str], at: str) -> None:
    """A note of ours, on the window's ticket or a notice."""
    desk.until(at)
    body: dict[str, Any] = {
        "comment": {"body": "Step", "public": False},
        "metadata": {"zdsync_keys": step_key(number, what, paris(times[0]), paris(times[1]))},
    }
    desk.parts.zendesk.update(ticket, {"ticket": body})


def read(zdsync: Command, month: str, *more: str, **env: str | None) -> dict[str, Any]:
    result = zdsync("report", "availability", "--month", month, "--json", *more, **env)
    assert (result.exit_code, result.stderr) == (0, "")
    return dict(json.loads(result.stdout))


def test_nothing_has_happened(desk: Desk, zdsync: Command) -> None:
    """Records begin when the rules have become live: on Monday, 23 November."""
    desk.until("2026-12-02 09:00")
    result = zdsync("report", "availability", "--month", "2026-11")
    assert (result.exit_code, result.stderr) == (0, "")
    lines = result.stdout.splitlines()
    assert lines[0] == "K Pro: availability in November 2026, Paris time"
    assert lines[1].startswith("100.000%  Target met. Target: 95% of the month. Measured: from Mon 23 Nov, ")
    assert lines[2] == "Downtime: 0 min (counts against the target)"
    assert len(lines) == 5


def test_an_outage_counts_as_it_was_corrected(desk: Desk, zdsync: Command) -> None:
    """90 minutes; the log says that it began ten minutes earlier. The ticket, its audits and the reason are named."""
    ticket = outage(desk, "2026-12-02 10:00", "2026-12-02 11:30")
    desk.does(TOM, ticket, comment="/zdsync outage from 2026-12-02 09:50 [b]the log[/b] says so", public=False)
    desk.until("2027-01-02 09:00")
    found = read(zdsync, "2026-12")
    (interval,) = found["intervals"]
    assert (interval["ticket"], interval["down_seconds"]) == (ticket, 6000)
    assert (interval["from"], interval["to"]) == ("2026-12-02T08:50:00+00:00", "2026-12-02T10:30:00+00:00")
    assert len(interval["audits"]) == 2
    assert interval["corrections"][0]["reason"] == "[b]the log[/b] says so"
    # 100 / 44 640 = 0.224 01 %; 5 % of 44 640 are 2 232 min
    assert (found["percent"], found["target_percent"], found["met"]) == ("99.775", "95.000", True)
    assert found["seconds"] == {"measured": 2678400, "down": 6000, "planned": 0, "budget": 133920, "left": 127920}
    table = zdsync("report", "availability", "--month", "2026-12").stdout
    assert "[b]the log[/b] says so" in table
    assert f"#{ticket}, nos. {interval['audits'][0]}" in table
    assert "ALPHA" not in table
    assert "Zorro" not in table


def test_what_a_customer_or_a_trigger_calls_urgent_is_no_outage(desk: Desk, zdsync: Command) -> None:
    desk.until("2026-12-02 10:00")
    desk.does(EMILY, desk.asks(), priority="urgent", comment="Everything is down!")
    desk.does(TOM, desk.asks(), priority="urgent")
    desk.until("2026-12-02 12:00")
    assert read(zdsync, "2026-12")["intervals"] == []


def test_the_present_month_until_now_and_what_goes_on(desk: Desk, zdsync: Command) -> None:
    """36 h until noon of the second day; two of them down: 5.555 %. The whole month's budget is 2 232 min."""
    outage(desk, "2026-12-02 10:00", None)
    desk.until("2026-12-02 12:00")
    found = json.loads(zdsync("report", "availability", "--json").stdout)
    assert (found["month"], found["percent"], found["met"], found["can_be_met"]) == ("2026-12", "94.444", False, True)
    assert found["seconds"]["left"] == (2232 - 120) * 60
    assert found["intervals"][0]["to"] is None


def test_a_correction_that_cannot_be_is_told(desk: Desk, zdsync: Command) -> None:
    ticket = outage(desk, "2026-12-02 10:00", "2026-12-02 11:00")
    desk.does(TOM, ticket, comment="/zdsync outage until 2026-12-02 09:00 oops", public=False)
    desk.until("2026-12-02 12:00")
    assert read(zdsync, "2026-12")["unused_corrections"][0].startswith(f"#{ticket}: audit ")
    assert f"#{ticket}: audit " in zdsync("report", "availability").stdout.splitlines()[-1]


def test_maintenance_counts_or_not_by_when_the_notices_were_made(desk: Desk, zdsync: Command) -> None:
    """Told to both a week ahead, then half an hour longer than announced: only that counts, with an outage in it once.

    30 / 44 640 = 0.067 20 %.
    """
    window = parent(desk, "2026-11-24 09:00")
    for who in (EMILY, RAJ):
        notice(desk, window, who)
    real = (NIGHT[0], "2026-12-06 00:30")
    step(desk, window, 2, "started", NIGHT, NIGHT[0])
    outage(desk, "2026-12-05 23:00", "2026-12-06 00:15")
    step(desk, window, 3, "completed", real, real[1])
    desk.until("2027-01-02 09:00")
    found = read(zdsync, "2026-12")
    assert (found["percent"], found["seconds"]["down"], found["seconds"]["planned"]) == ("99.932", 1800, 7200)
    work, down = found["intervals"]
    assert [(part["why"], part["seconds"]) for part in work["parts"]] == [("planned", 7200), ("overran", 1800)]
    assert [(part["why"], part["by_ticket"]) for part in down["parts"]] == [("planned", window), ("same time", window)]
    (told,) = work["announced"]
    assert (told["contacts"], told["told_in_time"], told["in_time"]) == (2, 2, True)
    assert len(told["notices"]) == 2


@pytest.mark.parametrize("who", [RAJ, None], ids=["a notice by hand", "no second notice"])
def test_a_contact_without_a_notice_of_ours_was_not_told(desk: Desk, zdsync: Command, who: str | None) -> None:
    """Whatever else is linked to the window's ticket."""
    window = parent(desk, "2026-11-24 09:00")
    notice(desk, window, EMILY)
    if who is not None:
        desk.does(TOM, desk.asks(who), type="incident", problem_id=window)
    step(desk, window, 2, "started", NIGHT, NIGHT[0])
    step(desk, window, 3, "completed", NIGHT, NIGHT[1])
    desk.until("2027-01-02 09:00")
    found = read(zdsync, "2026-12")
    assert (found["seconds"]["down"], found["seconds"]["planned"]) == (7200, 0)
    assert found["intervals"][0]["announced"][0]["told_in_time"] == 1


def test_changed_times_count_by_what_each_notice_has_told(desk: Desk, zdsync: Command) -> None:
    """Moved in time; one of two was told so a day before only."""
    later = ("2026-12-12 22:00", "2026-12-13 00:00")
    window = parent(desk, "2026-11-24 09:00")
    first, second = notice(desk, window, EMILY), notice(desk, window, RAJ)
    step(desk, window, 2, "changed", later, "2026-12-01 09:00")
    step(desk, first, 2, "changed", later, "2026-12-01 09:01")
    step(desk, second, 2, "changed", later, "2026-12-11 09:01")
    step(desk, window, 3, "started", later, later[0])
    step(desk, window, 4, "completed", later, later[1])
    desk.until("2027-01-02 09:00")
    (interval,) = read(zdsync, "2026-12")["intervals"]
    assert [(part["why"], part["seconds"]) for part in interval["parts"]] == [("late notice", 7200)]
    assert [(each["told"], each["told_in_time"]) for each in interval["announced"]] == [(2, 2), (2, 1)]


def test_what_is_planned_and_what_it_would_cost(desk: Desk, zdsync: Command, tmp_path: Path) -> None:
    """From maintenance.yaml, before there is a ticket: too late for one, in time for the other."""
    config = Path(shutil.copytree(SHIPPED, tmp_path / "config"))
    windows = "".join(
        f"- id: {name}\n  start: {start}\n  end: {end}\n  title: {{en: Storage, fr: Stockage}}\n"
        for name, start, end in (
            ("near", "2026-12-05 22:00", "2026-12-06 00:00"),
            ("far", "2026-12-20 22:00", "2026-12-21 00:00"),
        )
    )
    (config / "maintenance.yaml").write_text(windows, "utf-8")
    desk.until("2026-12-02 09:00")
    coming = read(zdsync, "2026-12", ZDSYNC_CONFIG=str(config))["coming"]
    assert [(each["window"], each["told"], each["cost_seconds"], each["at_most_seconds"]) for each in coming] == [
        ("near", "too late", 7200, 7200),
        ("far", "not yet", 0, 7200),
    ]
    assert coming[1]["tell_by"] == "2026-12-13T21:00:00+00:00"


def test_a_page_to_send(desk: Desk, zdsync: Command, tmp_path: Path) -> None:
    """In the language asked for; nothing of the ticket's text, and the table is not printed as well."""
    outage(desk, "2026-12-02 10:00", "2026-12-02 11:30")
    desk.until("2026-12-03 09:00")
    file = tmp_path / "december.html"
    result = zdsync("report", "availability", "--html", str(file), "--locale", "fr")
    assert (result.exit_code, result.stdout, result.stderr) == (0, "", f"wrote {file}\n")
    page = file.read_text("utf-8")
    assert '<html lang="fr">' in page
    assert "<title>K Pro\N{NO-BREAK SPACE}: disponibilité en décembre 2026</title>" in page
    assert "1\N{NO-BREAK SPACE}h 30\N{NO-BREAK SPACE}min" in page
    assert "ALPHA" not in page
    assert "<script" not in page


def test_a_ticket_that_is_gone_is_left_out(desk: Desk, zdsync: Command, monkeypatch: pytest.MonkeyPatch) -> None:
    """Between the search and the look at it."""
    gone = outage(desk, "2026-12-02 10:00", "2026-12-02 11:30")
    left = outage(desk, "2026-12-02 12:00", "2026-12-02 13:30")
    desk.until("2026-12-02 14:00")
    found = [desk.parts.zendesk.ticket(ticket).ticket for ticket in (gone, left)]
    desk.does(CLAIRE, gone, delete=True)
    monkeypatch.setattr("zdsync.reports.availability._problems", lambda *_: found)
    assert [each["ticket"] for each in read(zdsync, "2026-12")["intervals"]] == [left]


def test_nothing_is_changed(desk: Desk, zdsync: Command) -> None:
    outage(desk, "2026-12-02 10:00", "2026-12-02 11:30")
    desk.until("2026-12-02 12:00")
    writes, state = len(desk.account.writes), desk.server.save()["tickets"]
    assert zdsync("report", "availability").exit_code == 0
    assert len(desk.account.writes) == writes
    assert desk.server.save()["tickets"] == state


def test_without_the_file_it_says_what_to_write(zdsync: Command, tmp_path: Path) -> None:
    config = Path(shutil.copytree(SHIPPED, tmp_path / "config"))
    (config / "availability.yaml").unlink()
    result = zdsync("report", "availability", ZDSYNC_CONFIG=str(config))
    assert (result.exit_code, result.stdout) == (1, "")
    assert result.stderr.startswith("config/availability.yaml is missing")


@pytest.mark.parametrize("written", ["2026", "2026-13", "11-2026", "1026-01"])
def test_what_is_no_month(zdsync: Command, written: str) -> None:
    assert zdsync("report", "availability", "--month", written).exit_code == 2


def test_redis_is_not_needed(desk: Desk, zdsync: Command) -> None:
    desk.until("2026-12-02 12:00")
    assert read(zdsync, "2026-12", ZDSYNC_REDIS_URL=f"redis://127.0.0.1:{dead_port()}/0")["percent"] == "100.000"


def test_what_the_probe_has_noted_counts_and_its_gaps_are_named(desk: Desk, zdsync: Command) -> None:
    """On the control tickets of both months, which are those of UTC: 20 minutes in November, 70 in December.

    70 / 44 640 = 0.156 81 %.
    """
    zendesk = desk.parts.zendesk
    desk.until("2026-11-30 23:45")
    november = keep_control(zendesk, desk.now).ticket_id
    keys = "watch:20261130T224000Z:down watch:20261130T220000Z:gap:20261130T221000Z"
    note_on_control(zendesk, november, "Down", keys)
    desk.until("2026-12-01 01:11")
    december = keep_control(zendesk, desk.now).ticket_id
    assert december != november
    note_on_control(zendesk, december, "Up", "watch:20261201T001000Z:up watch:20261201T010000Z:gap:20261201T020000Z")
    desk.until("2027-01-02 09:00")
    found = read(zdsync, "2026-12")
    (interval,) = found["intervals"]
    assert (interval["seen_by"], interval["ticket"], interval["down_seconds"]) == ("probe", november, 4200)
    assert (found["percent"], [gap["ticket"] for gap in found["gaps"]]) == ("99.843", [december])
    assert [each["down_seconds"] for each in read(zdsync, "2026-11")["intervals"]] == [1200]
    table = zdsync("report", "availability", "--month", "2026-12").stdout
    assert "Outage, detected by monitoring" in table
    assert "Without monitoring, and not counted: Tue 1 Dec, 02:00 – 03:00" in table


def test_what_the_probe_took_for_an_outage_is_set_right_by_a_note_on_the_control_ticket(
    desk: Desk, zdsync: Command
) -> None:
    """The address had moved: one minute is left of an hour."""
    desk.until("2026-12-02 11:00")
    control = keep_control(desk.parts.zendesk, desk.now).ticket_id
    keys = "watch:20261202T090000Z:down watch:20261202T100000Z:up"
    note_on_control(desk.parts.zendesk, control, "Down and up", keys)
    desk.wait(60)
    desk.does(TOM, control, comment="/zdsync outage until 2026-12-02 10:01 the address had moved", public=False)
    desk.until("2026-12-02 12:00")
    (interval,) = read(zdsync, "2026-12")["intervals"]
    assert (interval["seen_by"], interval["down_seconds"]) == ("probe", 60)
    assert [each["reason"] for each in interval["corrections"]] == ["the address had moved"]
