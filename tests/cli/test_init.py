"""`zdsync init` and `zdsync schema`: from nothing to a configuration that passes `zdsync check`."""

from __future__ import annotations

import json
import shlex
from datetime import UTC, datetime
from pathlib import Path

import pytest
from click.testing import CliRunner, Result

from zdsync.cli import main
from zdsync.rules.load import load


@pytest.fixture(autouse=True)
def here(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """An empty working folder."""
    monkeypatch.chdir(tmp_path)
    monkeypatch.delenv("ZDSYNC_CONFIG", raising=False)
    return tmp_path


def zdsync(*arguments: str) -> Result:
    return CliRunner().invoke(main, arguments)


def test_from_nothing(here: Path) -> None:
    """It says what it wrote, since when it is live and what comes next; the result has no finding and mails nobody."""
    result = zdsync("init", "--live-since", "2026-11-24T10:00:00+01:00")
    assert (result.exit_code, result.stderr) == (0, "")
    lines = result.stdout.splitlines()
    assert (
        "wrote config/account.yaml, config/availability.yaml, config/maintenance.yaml, config/schedules.yaml" in lines
    )
    assert f"wrote config/rules/: {len(list((here / 'config' / 'rules').iterdir()))} files" in lines
    assert "wrote .env.example" in lines
    assert len(lines) <= 24, "what it says fits a screen"
    assert "Live since 2026-11-24T09:00:00Z" in result.stdout
    assert "\nNext:\n" in result.stdout
    assert [line[2:4] for line in lines if line.startswith("  ") and line[2] != " "] == ["1.", "2.", "3."]
    assert zdsync("check").exit_code == 0
    rulebook = load(here / "config")
    assert rulebook.live_since == datetime(2026, 11, 24, 9, tzinfo=UTC)
    assert {rule.mode for rule in rulebook.rules} == {"shadow"}


def test_now_is_the_default(here: Path) -> None:
    """In whole seconds. What comes next is said to be in the folder that was named."""
    before = datetime.now(UTC).replace(microsecond=0)
    result = zdsync("init", "--folder", "new/place")
    assert result.exit_code == 0
    assert "\nNext, in new/place:\n" in result.stdout
    since = load(here / "new" / "place" / "config").live_since
    assert before <= since <= datetime.now(UTC)
    assert since.microsecond == 0


def test_a_second_time(here: Path) -> None:
    """It refuses, changes nothing and says why."""
    zdsync("init", "--live-since", "2026-11-24T10:00:00Z")
    before = {file: file.read_bytes() for file in here.rglob("*") if file.is_file()}
    result = zdsync("init")
    assert (result.exit_code, result.stdout) == (2, "")
    assert "live since 2026-11-24T10:00:00Z already" in result.stderr
    assert "`zdsync init --add`" in result.stderr
    assert {file: file.read_bytes() for file in here.rglob("*") if file.is_file()} == before


def test_files_in_the_way(here: Path) -> None:
    """They are named, and stay."""
    (here / "config").mkdir()
    (here / "config" / "schedules.yaml").write_text("mine", "utf-8")
    result = zdsync("init")
    assert result.exit_code == 2
    assert "config/schedules.yaml" in result.stderr
    assert (here / "config" / "schedules.yaml").read_text("utf-8") == "mine"


@pytest.mark.parametrize("written", ["yesterday", "2026-11-24T10:00:00", "2026-13-01T00:00:00Z"])
def test_an_instant_that_is_none(here: Path, written: str) -> None:
    """It is a mistake of the call, and nothing is written."""
    result = zdsync("init", "--live-since", written)
    assert result.exit_code == 2
    assert "write" in result.stderr
    assert list(here.iterdir()) == []


def test_a_folder_that_cannot_be_made(here: Path) -> None:
    """A file in its place is told in one line."""
    (here / "file").write_text("", "utf-8")
    result = zdsync("init", "--folder", "file/below")
    assert result.exit_code == 2
    assert len(result.stderr.strip().splitlines()) == 1


TEXT = Path("config", "messages", "en", "sla_targets.set.md.j2")
FRENCH = Path("config", "messages", "fr", "intake.ask.md.j2")


def test_a_fault_names_the_command_that_mends_it(here: Path) -> None:
    """To be copied as it is, wherever the configuration lies."""
    zdsync("init", "--folder", "my desk")
    (here / "my desk" / TEXT).unlink()
    line, _ = zdsync("check", "my desk/config").stdout.splitlines()
    command = line.partition("run `")[2].partition("`")[0]
    assert shlex.split(command) == ["zdsync", "init", "--add", "--folder", "my desk/config"]
    assert zdsync(*shlex.split(command)[1:]).exit_code == 0
    assert zdsync("check", "my desk/config").exit_code == 0


def test_add(here: Path) -> None:
    """Each file that was added, what customers would read, what is left, and what comes next."""
    zdsync("init")
    TEXT.unlink()
    FRENCH.unlink()
    Path("config/availability.yaml").unlink()
    for folder in ((), ("--folder", "."), ("--folder", "config")):
        result = zdsync("init", "--add", *folder)
        assert (result.exit_code, result.stderr) == (0, "")
        added = [line for line in result.stdout.splitlines() if line.startswith("added ")]
        assert added == [f"added {FRENCH}", f"added {TEXT}"]
        assert "`zdsync preview NAME --locale LOCALE`:\n  intake.ask  fr\n" in result.stdout
        assert "\n  availability.yaml: is not here; " in result.stdout
        assert result.stdout.endswith("\nNext: `zdsync check`, and `zdsync test`.\n")
        assert "sla_targets.set\n" not in result.stdout, "a note is no customer's"
        TEXT.unlink()
        FRENCH.unlink()


def test_add_to_what_is_whole(here: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """One line, and nothing to do; it is the folder of the settings."""
    zdsync("init", "--folder", "desk")
    monkeypatch.setenv("ZDSYNC_CONFIG", "desk/config")
    result = zdsync("init", "--add")
    assert (result.exit_code, result.stdout) == (0, "desk/config lacks nothing that its rules need.\n")


@pytest.mark.parametrize("arguments", [(), ("--folder", "elsewhere"), ("--live-since", "2026-11-24T10:00:00Z")])
def test_add_where_it_makes_no_sense(here: Path, arguments: tuple[str, ...]) -> None:
    """Without a configuration, or for a new one: a mistake of the call, and nothing is written."""
    result = zdsync("init", "--add", *arguments)
    assert (result.exit_code, result.stdout) == (2, "")
    assert "`zdsync init`" in result.stderr or "new configuration" in result.stderr
    assert list(here.iterdir()) == []


def test_schema() -> None:
    """Rules by default, the other files and each automation by name; an unknown name is a mistake of the call."""
    assert json.loads(zdsync("schema").stdout)["title"] == "rules/*.yaml"
    assert json.loads(zdsync("schema", "account").stdout)["title"] == "account.yaml"
    assert "schedule: paris" in json.loads(zdsync("schema", "sla_targets").stdout)["examples"][0]
    result = zdsync("schema", "sla-target")
    assert result.exit_code == 2
    assert "did you mean `sla_targets`?" in result.stderr
