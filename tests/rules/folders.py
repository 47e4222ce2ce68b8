"""A good configuration folder, and the same one with a file replaced by a fixture of `bad/`."""

from __future__ import annotations

import shutil
from pathlib import Path

HERE = Path(__file__).parent
BAD = sorted((HERE / "bad").iterdir())

PLACES = {
    "account.yaml": "account.yaml",
    "schedules.yaml": "schedules.yaml",
    "rules.yaml": "rules/a.yaml",
    "hello.md.j2": "messages/en/greeting.hello.md.j2",
}
"""What a fixture's name ends in -> the file that it replaces."""


def good_folder(tmp_path: Path) -> Path:
    return Path(shutil.copytree(HERE / "good", tmp_path / "config"))


def place_of(fixture: Path) -> str:
    return PLACES[fixture.name.partition(".")[2]]


def with_fixture(tmp_path: Path, fixture: Path) -> Path:
    folder = good_folder(tmp_path)
    shutil.copyfile(fixture, folder / place_of(fixture))
    return folder
