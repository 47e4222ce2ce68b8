"""What is shipped works as it is, says what the service policy says, and can become somebody's own."""

from __future__ import annotations

import shutil
import tomllib
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from zdsync.core.automations.sla_targets import Settings
from zdsync.core.calendar import Schedule
from zdsync.core.rulebook import Rulebook
from zdsync.rules.load import check, load
from zdsync.rules.nodes import parse
from zdsync.rules.shipped import CannotBegin, begin, shipped_root, with_live_since

ROOT = Path(__file__).parents[2]
CONFIG = ROOT / "config"
BEGAN = datetime(2026, 11, 24, 10, tzinfo=UTC)
ACCOUNT = (CONFIG / "account.yaml").read_text("utf-8")


@pytest.fixture(scope="module")
def rulebook() -> Rulebook:
    return load(CONFIG, live_since=BEGAN)


def test_the_shipped_configuration_has_no_finding() -> None:
    """Besides the one line that `zdsync init` writes."""
    assert check(CONFIG, live_since=BEGAN) == ()


def test_it_starts_in_shadow(rulebook: Rulebook) -> None:
    """Nothing is live on a real account by default; one argument (the sandbox's) makes it so."""
    assert {rule.mode for rule in rulebook.rules} == {"shadow"}
    assert {rule.mode for rule in load(CONFIG, mode="live", live_since=BEGAN).rules} == {"live"}


def test_the_priorities_of_the_policy(rulebook: Rulebook) -> None:
    """Response and resolution in hours: P1 1 and 4, P2 2 and 8, P3 2 and 16, P4 2 and 75."""
    (rule,) = (rule for rule in rulebook.rules if rule.automation.name == "sla_targets")
    settings = rule.settings
    assert isinstance(settings, Settings)
    hours = {
        priority: tuple(target / timedelta(hours=1) for target in (targets.first_reply, targets.resolution) if target)
        for priority, targets in settings.targets.items()
    }
    assert hours == {"urgent": (1, 4), "high": (2, 8), "normal": (2, 16), "low": (2, 75)}
    assert settings.p1_after_hours == "business"
    assert settings.no_priority_after == timedelta(minutes=30)
    assert settings.note == "first"


def test_the_hours_of_the_policy(rulebook: Rulebook) -> None:
    """9:00 to 6:00 PM, Paris time, Monday to Friday; closed on French public holidays."""
    paris = rulebook.schedules["paris"]
    assert isinstance(paris, Schedule)

    def at(*when: int) -> datetime:
        return datetime(*when, tzinfo=paris.zone)  # type: ignore[misc,arg-type]

    assert paris.is_open(at(2026, 11, 24, 9))
    assert paris.is_open(at(2026, 11, 24, 17, 59))
    assert not paris.is_open(at(2026, 11, 24, 18))
    assert not paris.is_open(at(2026, 11, 28, 12))
    assert not paris.is_open(at(2026, 12, 25, 12))
    assert not paris.is_open(at(2027, 7, 14, 12))


def test_the_fields_that_the_policy_names(rulebook: Rulebook) -> None:
    """The instance address has its id; the due times are found by title."""
    assert rulebook.fields["instance_address"] == 34057044510353
    assert rulebook.fields["first_reply_due"] == "SLA first reply due"
    assert rulebook.fields["resolution_due"] == "SLA resolution due"


def test_begin_copies_what_is_shipped(tmp_path: Path) -> None:
    """Every file, byte for byte but for the one line, with the schemas that the files name."""
    begun = begin(tmp_path, BEGAN)
    shipped = [file for file in CONFIG.rglob("*") if file.is_file() and ".schema" not in file.parts]
    assert {file.relative_to(tmp_path) for file in begun.written} == {
        Path(".env.example"),
        *(file.relative_to(ROOT) for file in shipped),
    }
    for file in shipped:
        copy = (tmp_path / file.relative_to(ROOT)).read_text("utf-8")
        assert copy == (with_live_since(ACCOUNT, BEGAN) if file.name == "account.yaml" else file.read_text("utf-8"))
    assert check(tmp_path / "config") == ()
    assert load(tmp_path / "config").live_since == BEGAN
    assert {rule.mode for rule in load(tmp_path / "config").rules} == {"shadow"}
    for file in (tmp_path / "config").rglob("*.yaml"):
        schema = file.read_text("utf-8").splitlines()[0].removeprefix("# yaml-language-server: $schema=")
        assert (file.parent / schema).is_file()


def test_begin_overwrites_nothing(tmp_path: Path) -> None:
    """Files in the way are named, and nothing at all is written."""
    (tmp_path / "config" / "rules").mkdir(parents=True)
    (tmp_path / "config" / "schedules.yaml").write_text("mine", "utf-8")
    with pytest.raises(CannotBegin, match=r"schedules\.yaml"):
        begin(tmp_path, BEGAN)
    assert [file for file in tmp_path.rglob("*") if file.is_file()] == [tmp_path / "config" / "schedules.yaml"]
    assert (tmp_path / "config" / "schedules.yaml").read_text("utf-8") == "mine"


def test_begin_keeps_an_example_that_is_there(tmp_path: Path) -> None:
    """It may have been filled in by mistake."""
    (tmp_path / ".env.example").write_text("mine", "utf-8")
    assert tmp_path / ".env.example" not in begin(tmp_path, BEGAN).written
    assert (tmp_path / ".env.example").read_text("utf-8") == "mine"


@pytest.mark.parametrize(
    ("before", "after"),
    [
        pytest.param("live_since:\nmode: live\n", "live_since: 2026-11-24T10:00:00Z\nmode: live\n", id="empty"),
        pytest.param("live_since: null  # x\n", "live_since: 2026-11-24T10:00:00Z  # x\n", id="null with a comment"),
        pytest.param("# a\nlive_since:    # b: c\n", "# a\nlive_since: 2026-11-24T10:00:00Z    # b: c\n", id="comment"),
        pytest.param("live_since: ~\r\nmode: off\r\n", "live_since: 2026-11-24T10:00:00Z\r\nmode: off\r\n", id="CRLF"),
        pytest.param("mode: off\nlive_since:", "mode: off\nlive_since: 2026-11-24T10:00:00Z", id="no line end"),
        pytest.param("# a\nmode: off\n", "# a\nlive_since: 2026-11-24T10:00:00Z\nmode: off\n", id="no such line"),
        pytest.param("# a\n", "# a\nlive_since: 2026-11-24T10:00:00Z\n", id="only comments"),
        pytest.param("", "live_since: 2026-11-24T10:00:00Z\n", id="nothing"),
    ],
)
def test_only_the_one_line_is_set(tmp_path: Path, before: str, after: str) -> None:
    """Comments, order, blanks and line ends of an existing file stay, and so do all other files."""
    account = tmp_path / "config" / "account.yaml"
    account.parent.mkdir()
    account.write_bytes(before.encode())
    assert begin(tmp_path, BEGAN).written[0] == account
    assert account.read_bytes().decode() == after
    assert not (tmp_path / "config" / "rules").exists()


@pytest.mark.parametrize(
    ("text", "why"),
    [
        pytest.param("live_since: 2026-01-01T00:00:00Z\n", "live since 2026-01-01T00:00:00Z already", id="set already"),
        pytest.param("live_since: [\n", "cannot be read", id="not YAML"),
        pytest.param("- live_since:\n", "cannot be read", id="a list"),
        pytest.param("{live_since: , mode: live}\n", "Write by hand: live_since: 2026-11-24T10:00:00Z", id="one line"),
    ],
)
def test_an_account_file_that_is_left_alone(tmp_path: Path, text: str, why: str) -> None:
    """What is set, or cannot be set safely, is not touched."""
    account = tmp_path / "config" / "account.yaml"
    account.parent.mkdir()
    account.write_text(text, "utf-8")
    with pytest.raises(CannotBegin, match=why):
        begin(tmp_path, BEGAN)
    assert account.read_text("utf-8") == text


@given(st.integers(0, 4_000_000_000).map(lambda seconds: datetime.fromtimestamp(seconds + 0.25, UTC)))
def test_whatever_instant_is_set_is_the_one_that_is_read(instant: datetime) -> None:
    """In whole seconds, and nothing else in the shipped file changes."""
    text = with_live_since(ACCOUNT, instant)
    changed = [(old, new) for old, new in zip(ACCOUNT.splitlines(), text.splitlines(), strict=True) if old != new]
    assert len(changed) == 1
    data = parse(text).data
    assert isinstance(data, dict)
    assert datetime.fromisoformat(data["live_since"]) == instant.replace(microsecond=0)


def test_the_shipped_account_is_unset() -> None:
    """Nobody's instant is shipped to others."""
    data = parse(ACCOUNT).data
    assert isinstance(data, dict)
    assert data["live_since"] is None
    assert data["mode"] == "shadow"
    assert shipped_root() == ROOT


def test_the_wheel_has_every_shipped_file() -> None:
    """`pyproject.toml` lists the folders one by one, since installers flatten them."""
    project = tomllib.loads((ROOT / "pyproject.toml").read_text("utf-8"))
    listed = project["tool"]["setuptools"]["data-files"]
    packed = {
        (Path(target).relative_to("share/zdsync") / file.name, file)
        for target, patterns in listed.items()
        for pattern in patterns
        for file in ROOT.glob(pattern)
    }
    shipped = [file for file in CONFIG.rglob("*") if file.is_file() and ".schema" not in file.parts]
    assert packed == {(file.relative_to(ROOT), file) for file in (*shipped, ROOT / ".env.example")}


WAYS = {
    "received": ("acknowledgement", "{received: trigger}", ""),
    "targets": ("acknowledgement", "{targets: trigger}", "no trigger can mail `acknowledgement.targets`"),
    "intake": ("intake", "{ask: trigger}", ""),
    "hold": ("confirmation_hold", "{ask: trigger}", ""),
    "reminder": ("confirmation_hold", "{chase: trigger}", "in en it uses `asked`, which no placeholder has"),
    "a misspelling": ("intake", "{ask: mail}", "`mail`"),
}


@pytest.mark.parametrize("name", WAYS)
def test_what_a_trigger_may_be_left_to_say(name: str, tmp_path: Path) -> None:
    """Else the place, why, and what to write."""
    automation, way, wrong = WAYS[name]
    folder = tmp_path / "config"
    shutil.copytree(CONFIG, folder)
    file = folder / "rules" / f"{automation}.yaml"
    lines = file.read_text("utf-8").splitlines(keepends=True)
    (number,) = (n for n, line in enumerate(lines) if line.startswith("    as: "))
    lines[number] = f"    as: {way}\n"
    file.write_text("".join(lines), "utf-8")
    found = [str(each) for each in check(folder, live_since=BEGAN)]
    assert len(found) == bool(wrong)
    for each in found:
        assert f"rules/{automation}.yaml:{number + 1}:" in each
        assert wrong in each
        assert "comment" in each
