"""`availability.yaml`: what is promised, where months begin, and what is said of what cannot be."""

from __future__ import annotations

import shutil
from datetime import UTC, datetime, timedelta
from fractions import Fraction
from pathlib import Path
from zoneinfo import ZoneInfo

import pytest

from zdsync.core.availability import Policy
from zdsync.core.watch import Probe
from zdsync.rules.load import check, load

CONFIG = Path(__file__).parents[2] / "config"
BEGAN = datetime(2026, 11, 24, 10, tzinfo=UTC)


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    return Path(shutil.copytree(CONFIG, tmp_path / "config"))


def policy(folder: Path, text: str | None) -> Policy | None:
    file = folder / "availability.yaml"
    if text is None:
        file.unlink()
    else:
        file.write_text(text, "utf-8")
    return load(folder, live_since=BEGAN).availability


def test_as_shipped_it_is_the_policy(folder: Path) -> None:
    """95 % a month, in Paris."""
    shipped = load(folder, live_since=BEGAN).availability
    assert shipped == Policy("K Pro", Fraction(95, 100), ZoneInfo("Europe/Paris"))


def test_a_target_is_exactly_what_is_written(folder: Path) -> None:
    read = policy(folder, "product: Desk\ntarget: 99.9\nzone: America/New_York\n")
    assert read == Policy("Desk", Fraction(999, 1000), ZoneInfo("America/New_York"))


def test_a_probe_is_asked_every_minute_unless_it_says_otherwise(folder: Path) -> None:
    read = policy(folder, "product: Desk\ntarget: 95\nprobe: {url: 'https://app.example.com/health'}\n")
    assert read is not None
    assert read.probe == Probe("https://app.example.com/health", timedelta(minutes=1), 3)


def test_without_the_file_nothing_is_promised(folder: Path) -> None:
    assert policy(folder, None) is None
    assert check(folder, live_since=BEGAN) == ()


@pytest.mark.parametrize(
    ("text", "wrong"),
    [
        ("target: 95\n", "product"),
        ("product: Desk\n", "target"),
        ("product: Desk\ntarget: 0\n", "`0`"),
        ("product: Desk\ntarget: 101\n", "`101`"),
        ("product: Desk\ntarget: 95\nzone: Paris\n", "`Paris` is no time zone"),
        ("product: Desk\ntarget: 95\nsla: 3\n", "`sla`"),
        ("product: Desk\ntarget: 95\nprobe: {url: app.example.com}\n", "is no address"),
        ("product: Desk\ntarget: 95\nprobe: {url: 'https://a:b@app.example.com'}\n", "a password"),
        ("product: Desk\ntarget: 95\nprobe: {url: 'https://app.example.com', failures: 0}\n", "`0`"),
    ],
)
def test_what_cannot_be_is_told_with_its_place(folder: Path, text: str, wrong: str) -> None:
    (folder / "availability.yaml").write_text(text, "utf-8")
    (finding,) = check(folder, live_since=BEGAN)
    assert finding.file.endswith("availability.yaml")
    assert wrong in finding.wrong
