"""`maintenance.yaml`: what may stand in it, each fault with its place and remedy, and what is only remarked."""

from __future__ import annotations

import shutil
from datetime import UTC, datetime, timedelta
from pathlib import Path
from zoneinfo import ZoneInfo

import pytest

from tests.builders import paris
from tests.rules.folders import good_folder
from zdsync.core.automations import AUTOMATIONS as REAL
from zdsync.core.windows import Window
from zdsync.rules.files import MAINTENANCE, Folder
from zdsync.rules.load import check, load
from zdsync.rules.nodes import parse
from zdsync.rules.shipped import shipped_root
from zdsync.rules.windows import read_windows, remarks

BEGAN = datetime(2026, 11, 24, 10, tzinfo=UTC)
PARIS = ZoneInfo("Europe/Paris")
WINDOW = """\
- id: db
  title: {en: Database upgrade, fr: Mise à jour de la base}
  start: 2026-12-06 22:00
  end: 2026-12-07 02:00
"""


def read(text: str, zone: str = "Europe/Paris") -> tuple[list[Window], list[str]]:
    """The windows of the text, and what is wrong with it."""
    folder = Folder(Path("config"))
    folder.documents[MAINTENANCE] = parse(text)
    windows = list(read_windows(folder, ZoneInfo(zone)).values())
    return windows, [str(finding) for finding in sorted(folder.findings)]


def changed(**lines: str) -> str:
    """The window with other lines, or more."""
    text = WINDOW
    for name, value in lines.items():
        old = [line for line in text.splitlines() if line.lstrip(" -").startswith(f"{name}:")]
        new = f"  {name}: {value}"
        text = text.replace(old[0], new.replace("  id", "- id") if name == "id" else new) if old else f"{text}{new}\n"
    return text


def test_a_window_is_read_on_the_clock_of_its_zone() -> None:
    (window,), found = read(WINDOW)
    assert found == []
    assert (window.start, window.end) == (paris("2026-12-06 22:00"), paris("2026-12-07 02:00"))
    assert (window.zone, window.planned, window.cancelled, window.audience) == ("Europe/Paris", True, False, None)
    assert window.title["fr-CA"] == "Mise à jour de la base"
    assert window.source.endswith("/maintenance.yaml:1")
    (elsewhere,), _ = read(changed(zone="America/New_York"))
    assert elsewhere.start == datetime(2026, 12, 7, 3, tzinfo=UTC)


def test_a_title_in_one_language_is_for_all() -> None:
    (window,), _ = read(changed(title="Upgrade", description="Nothing works."))
    assert (window.title["fr"], window.description["de"]) == ("Upgrade", "Nothing works.")


@pytest.mark.parametrize("text", ["", "# nothing yet\n", "[]\n"])
def test_a_file_without_windows_is_fine(text: str) -> None:
    assert read(text) == ([], [])


FAULTS: dict[str, tuple[str, str]] = {
    "no list": ("db: {}\n", "1:1  the windows are a list  begin each one with `- id: `"),
    "no start": (
        "- id: db\n  title: x\n  end: 2026-12-07 02:00\n",
        "1:3  `start` is missing  write start: 2026-12-06 22:00",
    ),
    "an unknown key": (changed(ennd="now"), "5:3  `ennd` is unknown here  did you mean `end`?"),
    "an id with blanks": (
        changed(id="the database"),
        "1:7  `the database` is no id of a window  write small letters and digits with dashes, not beginning with "
        "ticket-, such as db-2026-12",
    ),
    "an id of a ticket": (
        changed(id="ticket-5"),
        "1:7  `ticket-5` is no id of a window  write small letters and digits with dashes, not beginning with "
        "ticket-, such as db-2026-12",
    ),
    "an id twice": (
        WINDOW + changed(start="2026-12-08 22:00", end="2026-12-09 02:00"),
        "5:7  a window has this id already ({folder}/maintenance.yaml:1)  give it an id of its own",
    ),
    "no language": (changed(title="{klingon: x}"), "2:11  `klingon` is no language  write it like en, fr or pt-BR"),
    "an empty title": (changed(title="''"), "2:10  the text is empty or too long  write 1 to 500 characters"),
    "no time": (changed(start="Sunday"), "3:10  `Sunday` is no time  write it like 2026-12-06 22:00"),
    "a date alone": (changed(start="2026-12-06"), "3:10  `2026-12-06` is no time  write it like 2026-12-06 22:00"),
    "no such day": (
        changed(start="2026-11-31 22:00"),
        "3:10  `2026-11-31 22:00` is not in the calendar  write it like 2026-12-06 22:00",
    ),
    "an end before the start": (
        changed(end="2026-12-06 02:00"),
        "4:8  the window ends before it starts  write a later end, with its date",
    ),
    "a mistyped month": (
        changed(end="2027-01-07 02:00"),
        "4:8  the window lasts 748 h  write several windows, of a week at most",
    ),
    "no zone": (changed(zone="Paris"), "5:9  `Paris` is no time zone  did you mean `Europe/Paris`?"),
    "an hour that is left out": (
        changed(start="2027-03-28 02:30", end="2027-03-28 05:00"),
        "3:10  2027-03-28 02:30 does not exist in Europe/Paris: the clocks are put forward  write 03:30",
    ),
    "an hour that comes twice": (
        changed(start="2026-10-25 02:30", end="2026-10-25 05:00"),
        "3:10  2026-10-25 02:30 comes twice in Europe/Paris: the clocks are put back  write 2026-10-25 02:30+0200 for "
        "the first time, 2026-10-25 02:30+0100 for the second",
    ),
    "announced too late": (
        changed(announce="2026-11-29 22:01"),
        "5:13  it is announced less than 7 days ahead, so it would count as unplanned  write 2026-11-29 22:00 or "
        "earlier, a later start, or planned: false",
    ),
    "overlapping": (
        WINDOW + changed(id="web", start="2026-12-07 01:00", end="2026-12-07 04:00"),
        "7:10  it overlaps with db ({folder}/maintenance.yaml:1), and is for the same people  write other times, one "
        "window for both, or an audience for each",
    ),
    "an unknown audience": (
        changed(audience="{organisations: [1]}"),
        "5:14  `organisations` is unknown here  did you mean `organizations`?",
    ),
}


@pytest.mark.parametrize(("text", "line"), FAULTS.values(), ids=FAULTS)
def test_each_fault_is_told_once_with_its_place_and_what_to_write(text: str, line: str) -> None:
    here = Path("config").resolve().name
    assert read(text)[1] == [f"config/maintenance.yaml:{line.replace('{folder}', here)}"]


FINE = {
    "an offset tells the two hours apart": changed(start="2026-10-25 02:30+02:00", end="2026-10-25 05:00"),
    "announced to the minute": changed(announce="2026-11-29 22:00"),
    "urgent, announced when it starts": changed(announce="2026-12-06 22:00", planned="false"),
    "cancelled ones take no time": WINDOW + changed(id="web", cancelled="true"),
    "audiences of their own": WINDOW + changed(id="web", audience="{organizations: [7]}"),
    "over a clock change": changed(start="2026-10-24 22:00", end="2026-10-25 04:00"),
}


@pytest.mark.parametrize("text", FINE.values(), ids=FINE)
def test_what_is_no_fault(text: str) -> None:
    windows, found = read(text)
    assert found == []
    assert windows


REMARKS: dict[str, tuple[str, str, list[str]]] = {
    "nothing": (WINDOW, "2026-11-20 12:00", []),
    "a week to the minute": (WINDOW, "2026-11-29 22:00", []),
    "less than a week": (
        WINDOW,
        "2026-11-29 22:01",
        [
            "m.yaml:1: db starts in less than 7 days: unless all were told by 2026-11-29 22:00 it counts as unplanned "
            "(`zdsync maintenance list` knows); write planned: false, or a later start"
        ],
    ),
    "announced in good time": (changed(announce="2026-11-29 21:00"), "2026-11-20 12:00", []),
    "announced at the last minute": (
        changed(announce="2026-11-29 22:00"),
        "2026-11-20 12:00",
        [
            "m.yaml:1: db is announced on 2026-11-29 22:00, and all have to be told by 2026-11-29 22:00: the mails "
            "take a while, so write an hour earlier, or more"
        ],
    ),
    "over": (WINDOW, "2026-12-08 12:00", []),
    "urgent": (changed(planned="false"), "2026-12-06 12:00", []),
    "the clocks are put back": (
        changed(start="2026-10-24 22:00", end="2026-10-25 04:00"),
        "2026-10-01 12:00",
        [
            "m.yaml:1: db is over a change of the clocks, which are put back by 1 h: from 2026-10-24 22:00 to "
            "2026-10-25 04:00 it is 7 h, not 6 h"
        ],
    ),
    "the clocks are put forward": (
        changed(start="2027-03-27 22:00", end="2027-03-28 04:00"),
        "2027-03-01 12:00",
        [
            "m.yaml:1: db is over a change of the clocks, which are put forward by 1 h: from 2027-03-27 22:00 to "
            "2027-03-28 04:00 it is 5 h, not 6 h"
        ],
    ),
}


@pytest.mark.parametrize(("text", "now", "lines"), REMARKS.values(), ids=REMARKS)
def test_what_may_not_be_meant_is_remarked(text: str, now: str, lines: list[str]) -> None:
    windows = {window.id: window for window in read(text)[0]}
    assert list(remarks(windows, paris(now), "m.yaml", PARIS)) == lines


NEW_YORK = {"start": "2027-03-16 18:00", "end": "2027-03-16 20:00", "zone": "America/New_York"}
"""There the clocks are put forward two days before, in Paris twelve days later: a week before is 17:00 there."""


def test_a_week_ahead_is_the_desks_wherever_the_window_is() -> None:
    early, late = (read(changed(**NEW_YORK, announce=f"2027-03-09 {at}")) for at in ("17:00", "17:01"))
    assert early[1] == []
    assert "write 2027-03-09 17:00 or earlier" in late[1][0]
    window = {"db": read(changed(**NEW_YORK))[0][0]}
    now = datetime(2027, 3, 9, 22, tzinfo=UTC)
    assert list(remarks(window, now, "m.yaml", PARIS)) == []
    (line,) = remarks(window, now + timedelta(minutes=1), "m.yaml", PARIS)
    assert "unless all were told by 2027-03-09 17:00" in line


def test_windows_of_two_audiences_that_overlap_are_remarked() -> None:
    text = WINDOW + changed(id="web", audience="{organizations: [7]}")
    (line,) = remarks({window.id: window for window in read(text)[0]}, paris("2026-11-20 12:00"), "m.yaml", PARIS)
    assert line.endswith("overlap; some may be told of both")


def _shipped(tmp_path: Path, windows: str) -> Path:
    folder = Path(shutil.copytree(shipped_root() / "config", tmp_path / "config"))
    (folder / MAINTENANCE).write_text(windows, "utf-8")
    return folder


def test_windows_are_part_of_the_rules_and_of_their_hash(tmp_path: Path) -> None:
    folder = _shipped(tmp_path, WINDOW)
    before = load(folder, live_since=BEGAN)
    assert set(before.windows) == {"db"}
    (folder / MAINTENANCE).write_text(changed(start="2026-12-06 23:00"), "utf-8")
    assert load(folder, live_since=BEGAN).hash != before.hash


def test_the_shipped_example_is_a_window_once_its_marks_are_taken_away(tmp_path: Path) -> None:
    shipped = (shipped_root() / "config" / MAINTENANCE).read_text("utf-8")
    example = shipped.partition("\n\n")[2]
    folder = _shipped(tmp_path, "\n".join(line[2:] for line in example.splitlines()))
    assert check(folder, live_since=BEGAN) == ()
    assert set(load(folder, live_since=BEGAN).windows) == {"database-2026-12"}


def test_without_a_rule_that_announces_them_windows_are_a_fault(tmp_path: Path) -> None:
    folder = good_folder(tmp_path)
    (folder / MAINTENANCE).write_text(WINDOW, "utf-8")
    found = [str(each).removeprefix(f"{folder}/") for each in check(folder, automations=REAL)]
    words = "maintenance.yaml:1:1  no rule announces these windows  add a rule with automation: maintenance"
    assert words in found
