"""A good folder becomes one rulebook, with the same hash everywhere."""

from __future__ import annotations

import pickle
from datetime import UTC, date, datetime, timedelta
from pathlib import Path

import pytest
from pydantic import BaseModel

from tests.rules.folders import good_folder
from tests.rules.greeting import AUTOMATIONS
from zdsync.core.rulebook import Mode, Rulebook
from zdsync.core.when import EVERY_TICKET, All, FieldIs, HasTag, Is, Not
from zdsync.rules.load import load


def loaded(folder: Path, mode: Mode | None = None, live_since: datetime | None = None) -> Rulebook:
    return load(folder, mode=mode, live_since=live_since, automations=AUTOMATIONS)


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    return good_folder(tmp_path)


def edit(file: Path, old: str, new: str) -> None:
    text = file.read_text("utf-8")
    assert old in text
    file.write_text(text.replace(old, new), "utf-8")


def settings_of(rulebook: Rulebook, name: str) -> BaseModel:
    return next(rule.settings for rule in rulebook.rules if rule.name == name)


def test_the_account(folder: Path) -> None:
    """Its instant in UTC, its scope, caps, users and fields are in the rulebook."""
    rulebook = loaded(folder)
    assert rulebook.live_since == datetime(2026, 11, 24, 9, tzinfo=UTC)
    assert rulebook.live_since.tzinfo is UTC
    assert rulebook.scope == All((Is("brand", (4477,)), Not(HasTag("no_zdsync"))))
    assert rulebook.caps.per_ticket_per_day == 3
    assert rulebook.own_user_ids == {7, 8}
    assert rulebook.fields == {"mood": "The mood", "plan": 34057044510353}


def test_the_rules(folder: Path) -> None:
    """In the order of files and of what is in them, with settings as values, conditions, and the place of each."""
    rules = loaded(folder).rules
    assert [rule.name for rule in rules] == ["Greet", "Greet: again", "Greet quietly"]
    assert [str(rule.source) for rule in rules] == [
        "config/rules/a.yaml:1",
        "config/rules/b.yml:1",
        "config/rules/b.yml:5",
    ]
    assert rules[0].when == All((Is("priority", ("urgent", None)), FieldIs("plan", ("gold",))))
    assert rules[1].when == EVERY_TICKET
    assert all(rule.automation is AUTOMATIONS["greeting"] for rule in rules)


def test_values_are_what_the_admin_wrote(folder: Path) -> None:
    """`2024`, `yes`, `on` and `1.10` are text where text is wanted; `no` is false where a truth is."""
    settings = dict(settings_of(loaded(folder), "Greet"))
    assert settings["tags"] == ["2024", "yes", "on", "1.10"]
    assert settings["polite"] is False
    assert settings["after"] == timedelta(hours=2, minutes=30)


def test_the_schedules(folder: Path) -> None:
    """Hours, breaks, holidays with additions and exceptions, and special days."""
    schedules = loaded(folder).schedules

    def opens(*at: int) -> bool:
        zone = schedules["desk"].zone
        return schedules["desk"].is_open(datetime(*at, tzinfo=zone))  # type: ignore[misc,arg-type]

    assert opens(2026, 11, 24, 17, 59)
    assert not opens(2026, 11, 27, 12, 30)  # Friday's break
    assert opens(2026, 11, 27, 15, 59)
    assert not opens(2026, 11, 28, 10)  # Saturday: closed
    assert not opens(2026, 12, 24, 10)  # added
    assert opens(2026, 12, 25, 10)  # removed
    assert opens(2026, 12, 31, 11)
    assert not opens(2026, 12, 31, 13)  # special
    assert not opens(2027, 1, 4, 10)
    assert date(2026, 12, 24) in schedules["desk"].holidays
    assert schedules["always"].is_open(datetime(2026, 12, 25, 23, 59, 59, tzinfo=UTC))


def test_the_texts(folder: Path) -> None:
    """Both languages can be rendered."""
    templates = loaded(folder).templates
    values = {"who": "Zoé", "due": datetime(2026, 11, 24, 9, tzinfo=UTC), "zone": "Europe/Paris"}
    assert templates.render("greeting.hello", "en", **values).startswith("Hello Zoé, until Tue")
    assert templates.render("greeting.hello", "fr-CA", **values).startswith("Bonjour Zoé, à mar.")


@pytest.mark.parametrize(
    ("account", "argument", "modes"),
    [
        pytest.param("live", None, ["live", "off", "shadow"], id="the account is live: rules do as they say"),
        pytest.param("shadow", None, ["shadow", "off", "shadow"], id="the account is in shadow: none is live"),
        pytest.param("off", None, ["off", "off", "off"], id="the account is off: all are"),
        pytest.param("shadow", "live", ["live", "off", "shadow"], id="the argument takes the account's place"),
        pytest.param("live", "shadow", ["shadow", "off", "shadow"], id="also where it is less"),
    ],
)
def test_the_account_is_the_ceiling(folder: Path, account: str, argument: Mode | None, modes: list[Mode]) -> None:
    """A rule's mode is the lesser of its own and the account's; without one it is shadow."""
    edit(folder / "account.yaml", "mode: live", f"mode: {account}")
    assert [rule.mode for rule in loaded(folder, argument).rules] == modes


def test_without_a_mode_the_account_is_in_shadow(folder: Path) -> None:
    """Forgetting the line mails nobody."""
    edit(folder / "account.yaml", "mode: live\n", "")
    assert "live" not in {rule.mode for rule in loaded(folder).rules}


def test_live_since_as_an_argument(folder: Path) -> None:
    """It takes the place of the account's, which may then be unset."""
    began = datetime(2027, 1, 1, tzinfo=UTC)
    assert loaded(folder, live_since=began).live_since == began
    edit(folder / "account.yaml", "live_since: 2026-11-24T10:00:00+01:00", "live_since:")
    assert loaded(folder, live_since=began).live_since == began


def test_the_hash_is_of_what_the_files_say(folder: Path, tmp_path_factory: pytest.TempPathFactory) -> None:
    """Comments, layout, line ends and the folder's place do not matter, so every machine has the same one."""
    first = loaded(folder).hash
    assert len(first) == 12
    assert first == loaded(folder).hash
    other = good_folder(tmp_path_factory.mktemp("elsewhere"))
    assert loaded(other).hash == first
    edit(other / "account.yaml", "mode: live", "\n# live at last\nmode:   'live'  # yes")
    for file in other.rglob("*.*"):
        if file.is_file():
            file.write_bytes(file.read_bytes().replace(b"\n", b"\r\n"))
    assert loaded(other).hash == first


@pytest.mark.parametrize(
    ("file", "old", "new"),
    [
        ("account.yaml", "per_ticket_per_day: 3", "per_ticket_per_day: 4"),
        ("schedules.yaml", "18:00", "17:00"),
        ("rules/a.yaml", "formal", "cold"),
        ("messages/fr/greeting.hello.md.j2", "Bonjour", "Bonsoir"),
    ],
)
def test_every_change_of_meaning_changes_the_hash(folder: Path, file: str, old: str, new: str) -> None:
    """In each kind of file."""
    before = loaded(folder).hash
    edit(folder / file, old, new)
    assert loaded(folder).hash != before


def test_the_arguments_change_the_hash(folder: Path) -> None:
    """A sandbox run is not taken for a run with what the files say."""
    hashes = {
        loaded(folder).hash,
        loaded(folder, "live").hash,
        loaded(folder, None, datetime(2027, 1, 1, tzinfo=UTC)).hash,
    }
    assert len(hashes) == 3


def test_loading_twice_gives_the_same(folder: Path) -> None:
    """Nothing in the result depends on when or how often it was loaded."""
    first, second = loaded(folder), loaded(folder)
    assert first.rules == second.rules
    assert first.schedules == second.schedules
    assert pickle.loads(pickle.dumps(first.schedules)) == first.schedules
