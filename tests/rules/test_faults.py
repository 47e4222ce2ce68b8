"""One-fault files, each with the one line that an admin is to read: `findings.txt` is the table."""

from __future__ import annotations

import shutil
from datetime import UTC, datetime
from pathlib import Path

import pytest

from tests.rules.folders import BAD, HERE, PLACES, good_folder, place_of, with_fixture
from tests.rules.greeting import AUTOMATIONS
from zdsync.rules.load import RulesError, check, load
from zdsync.rules.shipped import shipped_root


def _table() -> dict[str, list[str]]:
    table: dict[str, list[str]] = {}
    name = ""
    for line in (HERE / "findings.txt").read_text("utf-8").splitlines():
        if line.startswith("  "):
            table[name].append(line.strip())
        else:
            name = line
            table[name] = []
    return table


EXPECTED = _table()


def told(folder: Path) -> list[str]:
    """What the checker says, with paths within the folder."""
    return [str(finding).removeprefix(f"{folder}/") for finding in check(folder, automations=AUTOMATIONS)]


def test_the_table_is_that_of_the_fixtures() -> None:
    """Every fixture has its line, and every line its fixture."""
    assert list(EXPECTED) == [fixture.name for fixture in BAD]
    assert all(len(lines) == 1 for lines in EXPECTED.values())


@pytest.mark.parametrize("fixture", BAD, ids=lambda fixture: fixture.name)
def test_one_fault_is_one_finding(tmp_path: Path, fixture: Path) -> None:
    """The fault is told once, with its place and what to write, and nothing else is said."""
    assert told(with_fixture(tmp_path, fixture)) == EXPECTED[fixture.name]


@pytest.mark.parametrize("fixture", BAD, ids=lambda fixture: fixture.name)
def test_what_check_finds_load_refuses(tmp_path: Path, fixture: Path) -> None:
    """The worker's loader and the checker say the same, word for word."""
    folder = with_fixture(tmp_path, fixture)
    with pytest.raises(RulesError) as caught:
        load(folder, automations=AUTOMATIONS)
    assert caught.value.findings == check(folder, automations=AUTOMATIONS)


def test_a_good_folder_has_no_finding(tmp_path: Path) -> None:
    """What the fixtures are changed from is fine in itself."""
    assert told(good_folder(tmp_path)) == []


def test_all_rule_faults_of_all_files_in_one_run(tmp_path: Path) -> None:
    """With every faulty rule file there at once, each fault is told, and the order is the same each time."""
    folder = good_folder(tmp_path)
    fixtures = [fixture for fixture in BAD if fixture.name.endswith(".rules.yaml")]
    for fixture in fixtures:
        text = fixture.read_text("utf-8").replace("name: Greet", f"name: Greet {fixture.stem}")
        (folder / "rules" / f"{fixture.stem}.yaml").write_text(text, "utf-8")
    found = told(folder)
    assert len(found) == len(fixtures)
    assert found == told(folder) == sorted(found, key=lambda line: line.split(":")[0])


def test_one_of_each_file_at_once(tmp_path: Path) -> None:
    """Faults of the account, the schedules, a rule and a text are told together."""
    folder = good_folder(tmp_path)
    names = (
        "cap-of-zero.account.yaml",
        "unknown-zone.schedules.yaml",
        "unknown-mode.rules.yaml",
        "unknown-value.hello.md.j2",
    )
    assert {name.partition(".")[2] for name in names} == set(PLACES)
    for name in names:
        fixture = HERE / "bad" / name
        (folder / place_of(fixture)).write_bytes(fixture.read_bytes())
    assert sorted(told(folder)) == sorted(line for name in names for line in EXPECTED[name])


def test_several_faults_of_one_mapping(tmp_path: Path) -> None:
    """Faults in the same settings do not hide each other."""
    folder = good_folder(tmp_path)
    (folder / "rules" / "a.yaml").write_text(
        "- name: Greet\n  automation: greeting\n  mode: lvie\n  when: {prio: urgent, status: nwe}\n"
        "  settings:\n    schedule: dsek\n    after: 30\n    stlye: warm\n",
        "utf-8",
    )
    places = [line.split("  ")[0].removeprefix("rules/a.yaml:") for line in told(folder)]
    assert places == ["3:9", "4:10", "4:32", "6:15", "7:12", "8:5"]


WITHIN_SETTINGS = {
    "a condition": (
        "- when: {priority: urgent}",
        "- when: {prioriti: urgent, status: nwe}",
        ["17:16 prioriti is unknown did you mean `priority`?", "17:42 'nwe' cannot be write one of new, open, "],
    ),
    "a mapping that may be null": (
        "holding: null",
        "holding: {after: 1, atmost: 2}",
        [":25 `atmost` is unknown here did you mean `at_most`?"],
    ),
}
"""What the shipped cadences say, what stands there instead, and what is told of that, with its place."""


@pytest.mark.parametrize(("said", "instead", "expected"), WITHIN_SETTINGS.values(), ids=WITHIN_SETTINGS)
def test_a_fault_deep_within_settings(tmp_path: Path, said: str, instead: str, expected: list[str]) -> None:
    """It is told at its own place, and a name that is nearly right is suggested."""
    config = Path(shutil.copytree(shipped_root() / "config", tmp_path / "shipped"))
    file = config / "rules" / "update_cadence.yaml"
    written = file.read_text("utf-8")
    assert written.count(said) == 1
    file.write_text(written.replace(said, instead), "utf-8")
    found = check(config, live_since=datetime(2026, 11, 23, tzinfo=UTC))
    told = [f"{one.line}:{one.column} {one.wrong} {one.write}" for one in found]
    assert len(told) == len(expected)
    assert all(part in line for line, part in zip(told, expected, strict=True))


def test_faults_of_one_file_do_not_make_up_faults_of_another(tmp_path: Path) -> None:
    """While the account and the schedules cannot be read, no rule is told that what it names is missing."""
    folder = good_folder(tmp_path)
    (folder / "account.yaml").write_text("fields: {mood: [\n", "utf-8")
    (folder / "schedules.yaml").write_text("desk: 'open\n", "utf-8")
    assert [line.split(":")[0] for line in told(folder)] == ["account.yaml", "schedules.yaml"]
    (folder / "account.yaml").write_text("live_since: soon\nfields: none\n", "utf-8")
    (folder / "schedules.yaml").write_text(
        "desk: {zone: Mars}\nalways: {zone: UTC, hours: {mon: 00:00-24:00}}\n", "utf-8"
    )
    assert [line.split("  ")[0] for line in told(folder)] == [
        "account.yaml:1:13",
        "account.yaml:2:9",
        "schedules.yaml:1:7",
        "schedules.yaml:1:14",
    ]
