"""`zdsync init` and `zdsync schema`: from nothing to a configuration that passes `zdsync check`."""

from __future__ import annotations

import json
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
    assert "wrote config/account.yaml\n" in result.stdout
    assert "wrote .env.example\n" in result.stdout
    assert "Live since 2026-11-24T09:00:00Z" in result.stdout
    assert "\nNext:\n" in result.stdout
    steps = [line.strip()[:2] for line in result.stdout.splitlines() if line.startswith("  ")]
    assert steps == ["1.", "2.", "3.", "4.", "5.", "6.", "7."]
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


def test_schema() -> None:
    """Rules by default, the other files and each automation by name; an unknown name is a mistake of the call."""
    assert json.loads(zdsync("schema").stdout)["title"] == "rules/*.yaml"
    assert json.loads(zdsync("schema", "account").stdout)["title"] == "account.yaml"
    assert "schedule: paris" in json.loads(zdsync("schema", "sla_targets").stdout)["examples"][0]
    result = zdsync("schema", "sla-target")
    assert result.exit_code == 2
    assert "did you mean `sla_targets`?" in result.stderr
