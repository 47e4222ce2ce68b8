"""`zdsync test`: which stories are played, what is printed, and exit codes that a script can use."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from click.testing import CliRunner, Result

from tests.stories.told import A_P2, folder
from zdsync.cli import main

WARNED = "    - {at: 10:45, expect: {note: sla_targets.warning}}\n"
WARNED_EARLIER = "    - {at: 10:30, expect: {note: sla_targets.warning}}\n"


@pytest.fixture(autouse=True)
def here(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """An empty working folder without any of the machine's own settings."""
    monkeypatch.chdir(tmp_path)
    for name in ("ZDSYNC_CONFIG", "ZDSYNC_SUBDOMAIN", "ZDSYNC_BASE_URL"):
        monkeypatch.delenv(name, raising=False)
    return tmp_path


def zdsync(*arguments: str) -> Result:
    result = CliRunner().invoke(main, arguments)
    assert result.exception is None or isinstance(result.exception, SystemExit), result.output
    return result


def named(name: str, steps: str = WARNED) -> str:
    return A_P2.replace("A P2", name) + steps


def test_all_hold(here: Path) -> None:
    """0, a line for each story, and their number."""
    folder(here, named("One") + named("Two"))
    result = zdsync("test")
    assert (result.exit_code, result.stderr) == (0, "")
    assert result.stdout == "✓ One  config/stories/a.yaml:1\n✓ Two  config/stories/a.yaml:7\n2 stories held.\n"


def test_one_fails(here: Path) -> None:
    """1, with the time line of that one only."""
    folder(here, named("One") + named("Two", WARNED_EARLIER))
    result = zdsync("test")
    assert result.exit_code == 1
    lines = result.stdout.splitlines()
    assert lines[:3] == ["✓ One  config/stories/a.yaml:1", "✗ Two  config/stories/a.yaml:7", "    Monday 2026-11-23"]
    assert "  ✗ 10:30     expected    note sla_targets.warning  (line 12)" in lines
    assert lines[-1] == "1 of 2 stories failed."


def test_a_faulty_story(here: Path) -> None:
    """1: the fault with its place; the others are played all the same."""
    folder(here, named("One") + named("Two").replace("by: agent", "by: agnet"))
    result = zdsync("test")
    assert result.exit_code == 1
    assert result.stdout.splitlines() == [
        "✓ One  config/stories/a.yaml:1",
        "config/stories/a.yaml:11:23  `agnet` is unknown here  did you mean `agent`?",
        "1 story held, 1 finding.",
    ]


def test_faulty_rules(here: Path) -> None:
    """1: nothing can be played against them."""
    config = folder(here, named("One"))
    rules = config / "rules" / "sla_targets.yaml"
    rules.write_text(rules.read_text("utf-8").replace("schedule: paris", "schedule: pairs"), "utf-8")
    result = zdsync("test")
    assert result.exit_code == 1
    assert 'rule "SLA targets"  there is no schedule `pairs`  did you mean `paris`?' in result.stdout
    assert result.stdout.endswith("0 stories held, 1 finding.\n")


def test_a_changed_rule_is_noticed(here: Path) -> None:
    """What stories are for: the same story, and a warning that comes ten minutes earlier."""
    config = folder(here, named("One"))
    assert zdsync("test").exit_code == 0
    rules = config / "rules" / "sla_targets.yaml"
    rules.write_text(rules.read_text("utf-8").replace("first_reply: 15m", "first_reply: 25m"), "utf-8")
    result = zdsync("test")
    assert result.exit_code == 1
    assert "no sla_targets.warning came as a note (it came at 10:35)" in result.stdout


def test_words(here: Path) -> None:
    """All of them, in any order and case, in the story's name or its file's."""
    config = folder(here, named("A P1 at night") + named("A P2 at night"))
    (config / "stories" / "holidays.yaml").write_text(named("Christmas"), "utf-8")
    assert zdsync("test", "-k", "night p1").stdout.splitlines()[0] == "✓ A P1 at night  config/stories/a.yaml:1"
    assert zdsync("test", "-k", "night").stdout.endswith("2 stories held.\n")
    assert zdsync("test", "-k", "holidays").stdout.endswith("1 story held.\n")
    nothing = zdsync("test", "-k", "easter")
    assert (nothing.exit_code, nothing.stdout) == (2, "")
    assert "No story has the words “easter”" in nothing.stderr


def test_paths(here: Path) -> None:
    """A configuration, its folder of stories, or files of them; rules are those beside the stories."""
    config = folder(here, named("One"))
    (config / "stories" / "b.yaml").write_text(named("Two"), "utf-8")
    for path, count in (("config", "2 stories"), ("config/stories", "2 stories"), ("config/stories/b.yaml", "1 story")):
        assert zdsync("test", path).stdout.endswith(f"{count} held.\n")
    twice = zdsync("test", "config/stories/a.yaml", "config/stories/b.yaml", str(config / "stories" / "b.yaml"))
    assert twice.exit_code == 0
    assert twice.stdout.count("✓ One") == 1


def test_the_faults_of_other_files_are_not_told(here: Path) -> None:
    """Only those of the paths that are named."""
    config = folder(here, named("One"))
    (config / "stories" / "b.yaml").write_text("nothing", "utf-8")
    assert zdsync("test", "config/stories/a.yaml").exit_code == 0
    assert zdsync("test").exit_code == 1


def test_usage(here: Path) -> None:
    """2: a path that is not there, one outside of any configuration, a folder without stories."""
    assert zdsync("test").exit_code == 2
    assert "config does not exist" in zdsync("test").stderr
    (here / "notes.yaml").write_text("", "utf-8")
    assert "is in no configuration folder" in zdsync("test", "notes.yaml").stderr
    config = folder(here, "")
    (config / "stories" / "a.yaml").unlink()
    result = zdsync("test")
    assert (result.exit_code, result.stdout) == (2, "")
    assert "There is no story here" in result.stderr


def test_json(here: Path) -> None:
    """One object, with what failed and why."""
    folder(here, named("One") + named("Two", WARNED_EARLIER) + named("Three").replace("by: agent", "by: agnet"))
    result = zdsync("test", "--json")
    assert result.exit_code == 1
    told = json.loads(result.stdout)
    assert (told["count"], told["failed"], len(told["findings"])) == (2, 1, 1)
    assert [(one["story"], one["file"], one["line"], one["held"]) for one in told["stories"]] == [
        ("One", "config/stories/a.yaml", 1, True),
        ("Two", "config/stories/a.yaml", 7, False),
    ]
    assert told["findings"][0]["write"] == "did you mean `agent`?"
    failed = [one for one in told["stories"][1]["expectations"] if not one["held"]]
    assert failed[0]["wrong"] == ["no sla_targets.warning came as a note"]


def test_verbose(here: Path) -> None:
    """The time line of a story that holds."""
    folder(here, named("One"))
    assert "  ✓ 10:45     expected    note sla_targets.warning  (line 6)" in zdsync("test", "-v").stdout.splitlines()
