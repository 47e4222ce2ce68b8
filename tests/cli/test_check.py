"""`zdsync check`: one finding a line, a last line with the count, and exit codes that a script can use."""

from __future__ import annotations

import json
import re
import shutil
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from click.testing import CliRunner, Result

from zdsync.cli import main

SHIPPED = Path(__file__).parents[2] / "config"


@pytest.fixture(autouse=True)
def here(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """An empty working folder without any of the machine's own settings."""
    monkeypatch.chdir(tmp_path)
    for name in ("ZDSYNC_CONFIG", "ZDSYNC_SUBDOMAIN", "ZDSYNC_BASE_URL"):
        monkeypatch.delenv(name, raising=False)
    return tmp_path


def zdsync(*arguments: str) -> Result:
    return CliRunner().invoke(main, arguments)


def begun(folder: Path) -> Path:
    """The shipped configuration, begun."""
    shutil.copytree(SHIPPED, folder)
    account = folder / "account.yaml"
    text = account.read_text("utf-8").replace("live_since:\n", "live_since: 2026-11-24T10:00:00Z\n")
    account.write_text(text, "utf-8")
    return folder


def test_fine(here: Path) -> None:
    """Without a finding: 0, and a line that says what is there."""
    begun(here / "config")
    result = zdsync("check")
    assert (result.exit_code, result.stderr) == (0, "")
    assert re.match(r"0 findings: (\d+) rules \(\1 shadow\), rules ", result.stdout)
    assert len(result.stdout.splitlines()) == 1


def test_findings(here: Path) -> None:
    """With findings: 1, each on its line with a path that an editor opens, and their count at the end."""
    folder = begun(here / "config")
    rules = folder / "rules" / "sla_targets.yaml"
    rules.write_text(rules.read_text("utf-8").replace("paris", "pairs").replace("30m  ", "30"), "utf-8")
    (folder / "schedules.yaml").write_text("paris: {zone: Europe/Paris}\n", "utf-8")
    result = zdsync("check", "config")
    assert result.exit_code == 1
    lines = result.stdout.splitlines()
    assert lines[-1] == "2 findings in 2 files."
    assert len(lines) == 3
    place = lines[0].split("  ")[0].rsplit(":", 2)
    assert Path(place[0]) == Path("config/rules/sla_targets.yaml")
    assert rules.read_text("utf-8").splitlines()[int(place[1]) - 1][int(place[2]) - 1 :].startswith("pairs")
    assert 'rule "SLA targets"  there is no schedule `pairs`  did you mean `paris`?' in lines[0]


def test_json(here: Path) -> None:
    """The same for programs."""
    folder = begun(here / "config")
    (folder / "schedules.yaml").write_text("paris: {zone: Europe/Paris}\n", "utf-8")
    result = zdsync("check", "--json")
    assert result.exit_code == 1
    assert json.loads(result.stdout) == {
        "count": 1,
        "remarks": [],
        "findings": [
            {
                "file": "config/schedules.yaml",
                "line": 1,
                "column": 8,
                "rule": "",
                "wrong": "`hours` is missing",
                "write": "write hours: {mon-fri: 09:00-18:00}",
            }
        ],
    }
    begun(here / "other")
    assert json.loads(zdsync("check", "other", "--json").stdout) == {"count": 0, "findings": [], "remarks": []}


def test_a_remark(here: Path) -> None:
    """A customer's text that one of the customers' languages lacks is told, and is no fault."""
    folder = begun(here / "config")
    (folder / "messages" / "fr" / "confirmation_hold.chase.md.j2").unlink()
    result = zdsync("check")
    assert (result.exit_code, result.stderr) == (0, "")
    remark, summary = result.stdout.splitlines()
    assert remark.startswith("remark: customers who read fr get the text `confirmation_hold.chase` in en: ")
    assert summary.startswith("0 findings: ")
    assert len(json.loads(zdsync("check", "--json").stdout)["remarks"]) == 1
    for text in (folder / "messages" / "fr").iterdir():
        text.unlink()
    assert "remark" not in zdsync("check").stdout, "a desk that writes in one language has chosen so"


def test_the_shipped_folder_lacks_one_line(here: Path) -> None:
    """The one that `zdsync init` writes, as the finding says."""
    shutil.copytree(SHIPPED, here / "config")
    result = zdsync("check")
    assert result.exit_code == 1
    assert "`live_since` is not set  run `zdsync init`" in result.stdout
    assert result.stdout.endswith("1 finding in 1 file.\n")


def test_no_folder() -> None:
    """A folder that is not there is a mistake of the call: 2, and nothing on the output."""
    for arguments in (("check",), ("check", "nowhere"), ("check", "--json")):
        result = zdsync(*arguments)
        assert (result.exit_code, result.stdout) == (2, "")
        assert "zdsync init" in result.stderr


def test_the_folder_of_the_settings(here: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """`.env` may say where the configuration is, the environment wins, the argument wins over both."""
    begun(here / "one")
    shutil.copytree(SHIPPED, here / "two")
    (here / ".env").write_text("ZDSYNC_CONFIG=one\n", "utf-8")
    assert zdsync("check").exit_code == 0
    monkeypatch.setenv("ZDSYNC_CONFIG", "two")
    assert zdsync("check").exit_code == 1
    assert zdsync("check", "one").exit_code == 0


def test_a_window_that_is_near_is_remarked_and_no_finding(here: Path) -> None:
    """What depends on the day on which one looks never stops a script."""
    folder = begun(here / "config")
    start = datetime.now(UTC) + timedelta(days=2)
    times = f"  start: {start:%Y-%m-%d} 12:00Z\n  end: {start:%Y-%m-%d} 13:00Z\n"
    (folder / "maintenance.yaml").write_text(f"- id: db\n  title: Upgrade\n{times}", "utf-8")
    result = zdsync("check")
    assert result.exit_code == 0
    assert "remark: config/maintenance.yaml:1: db starts in less than 7 days" in result.stdout
