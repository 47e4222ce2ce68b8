"""What a folder lacks, or has too much of, is a finding and never a traceback."""

from __future__ import annotations

import shutil
from pathlib import Path

import pytest

from tests.rules.folders import good_folder
from tests.rules.greeting import AUTOMATIONS
from zdsync.rules.load import RulesError, check, load


def told(folder: Path) -> list[str]:
    return [str(finding).replace(f"{folder}", "config") for finding in check(folder, automations=AUTOMATIONS)]


def test_a_folder_that_does_not_exist(tmp_path: Path) -> None:
    """It is one finding, for the loader too."""
    folder = tmp_path / "config"
    assert told(folder) == ["config:1:1  the folder does not exist  run `zdsync init`, or name another folder"]
    with pytest.raises(RulesError, match="does not exist"):
        load(folder)


def test_an_empty_folder(tmp_path: Path) -> None:
    """Each of the three things that must be there is named."""
    assert [line.split("  ")[0] for line in told(tmp_path)] == [
        "config/account.yaml:1:1",
        "config/rules:1:1",
        "config/schedules.yaml:1:1",
    ]


def test_no_rules(tmp_path: Path) -> None:
    """A rules folder without a rule file is a finding: such a zdsync would do nothing, and look as if all was well."""
    folder = good_folder(tmp_path)
    for file in (folder / "rules").iterdir():
        file.unlink()
    assert told(folder) == [
        "config/rules:1:1  there is no rule  write one, or run `zdsync init` for those that are shipped"
    ]


def test_a_missing_text_is_told_at_each_rule_that_says_it(tmp_path: Path) -> None:
    """Another language does not help: English stands in for all."""
    folder = good_folder(tmp_path)
    shutil.rmtree(folder / "messages" / "en")
    found = told(folder)
    assert [line.split("  ")[:2] for line in found] == [
        ["config/rules/a.yaml:2:15", 'rule "Greet"'],
        ["config/rules/b.yml:2:15", 'rule "Greet: again"'],
        ["config/rules/b.yml:6:15", 'rule "Greet quietly"'],
    ]
    write = "run `zdsync init --add --folder config`, or write config/messages/en/greeting.hello.md.j2"
    assert all(line.endswith(write) for line in found)


@pytest.mark.parametrize(
    ("path", "write"),
    [
        pytest.param("schedule.yaml", "did you mean `schedules.yaml`?, or move it to rules/", id="a name nobody reads"),
        pytest.param("rules/notes.txt", "give it a name that ends in .yaml, or remove it", id="no YAML among rules"),
        pytest.param(
            "messages/en/greeting.hello.md", "give it a path like messages/<locale>/<name>.md.j2", id="suffix"
        ),
        pytest.param("messages/greeting.hello.md.j2", "give it a path like messages/<locale>/", id="no locale"),
        pytest.param("messages/klingon/greeting.hello.md.j2", "name the folder like en, fr or pt-BR", id="locale"),
        pytest.param("messages/en/greeting.helo.md.j2", "did you mean `greeting.hello`?", id="unknown text"),
    ],
)
def test_files_that_nobody_reads(tmp_path: Path, path: str, write: str) -> None:
    """A file with a typing error in its name is told, for it would be ignored without a word otherwise."""
    folder = good_folder(tmp_path)
    (folder / path).parent.mkdir(parents=True, exist_ok=True)
    (folder / path).write_text("Hello\n", "utf-8")
    found = told(folder)
    assert len(found) == 1
    assert found[0].startswith(f"config/{path}:1:1  ")
    assert write in found[0]


def test_hidden_files_are_left_alone(tmp_path: Path) -> None:
    """Editors and version control put files there."""
    folder = good_folder(tmp_path)
    for path in (".git/x.yaml", ".schema/rules.json", "rules/.a.yaml.swp", "messages/.DS_Store", "docs/x.yaml"):
        (folder / path).parent.mkdir(parents=True, exist_ok=True)
        (folder / path).write_text("- [", "utf-8")
    assert told(folder) == []


def test_files_that_cannot_be_read(tmp_path: Path) -> None:
    """A folder in a file's place, a dangling link and a huge file are findings, and the rest is still checked."""
    folder = good_folder(tmp_path)
    (folder / "account.yaml").unlink()
    (folder / "account.yaml").mkdir()
    (folder / "rules" / "gone.yaml").symlink_to(tmp_path / "nowhere")
    (folder / "rules" / "huge.yaml").write_text("# \n" * 400_000, "utf-8")
    assert [line.split("  ")[:2] for line in told(folder)] == [
        ["config/account.yaml:1:1", "it cannot be read (Is a directory)"],
        ["config/rules/gone.yaml:1:1", "it cannot be read (No such file or directory)"],
        ["config/rules/huge.yaml:1:1", "the file is larger than a megabyte"],
    ]


def test_a_finding_is_one_line(tmp_path: Path) -> None:
    """Whatever stands in the files, each finding stays on its line and without control characters."""
    folder = good_folder(tmp_path)
    text = '- {name: "a\\nb\\x1b", automation: "x\\ny", mode: "lo\\nud", "ke\\ny": 1}\n'
    (folder / "rules" / "a.yaml").write_text(text, "utf-8")
    found = told(folder)
    assert len(found) == 4
    assert all(line.isprintable() for line in found)
