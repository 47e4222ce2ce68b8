"""`zdsync init --add`: a configuration of an older version is whole afterwards, and nothing of it has changed."""

from __future__ import annotations

import random
import shutil
from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path

import pytest

from zdsync.core.automations import AUTOMATIONS
from zdsync.rules.additions import CannotAdd, add
from zdsync.rules.load import load
from zdsync.rules.schema import FOLDER as SCHEMAS
from zdsync.rules.shipped import begin, shipped_root, switched_off

SHIPPED = shipped_root() / "config"
BEGAN = datetime(2026, 11, 24, 10, tzinfo=UTC)

Change = Callable[[Path], object]


@pytest.fixture(scope="module")
def begun(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """As `zdsync init` makes it, and live: what is added must not be."""
    folder = tmp_path_factory.mktemp("begun")
    begin(folder, BEGAN)
    account = folder / "config" / "account.yaml"
    account.write_text(account.read_text("utf-8").replace("mode: shadow", "mode: live"), "utf-8")
    return folder / "config"


@pytest.fixture
def config(begun: Path, tmp_path: Path) -> Path:
    return Path(shutil.copytree(begun, tmp_path / "config"))


def contents(config: Path) -> dict[str, bytes]:
    """All files but the schemas, which are the installed version's."""
    files = (file for file in config.rglob("*") if file.is_file() and SCHEMAS not in file.parts)
    return {file.relative_to(config).as_posix(): file.read_bytes() for file in files}


def without(*names: str) -> Change:
    def change(config: Path) -> None:
        for name in names:
            (config / name).unlink()

    return change


def without_all(pattern: str) -> Change:
    def change(config: Path) -> None:
        for file in config.glob(pattern):
            file.unlink()

    return change


def renamed(old: str, new: str) -> Change:
    return lambda config: (config / old).rename(config / new)


def replaced(name: str, old: str, new: str) -> Change:
    return lambda config: (config / name).write_text((config / name).read_text("utf-8").replace(old, new), "utf-8")


def preceded(name: str, by: str) -> Change:
    return lambda config: (config / name).write_text(by + (config / name).read_text("utf-8"), "utf-8")


def london(config: Path) -> None:
    for file in config.rglob("*.yaml"):
        file.write_text(file.read_text("utf-8").replace("paris", "london"), "utf-8")


def canadian_too(config: Path) -> None:
    shutil.copytree(config / "messages" / "fr", config / "messages" / "fr-CA")


INTAKE_FR = "messages/fr/intake.ask.md.j2"
MAILS = [
    f"messages/{locale}/{name}.md.j2"
    for name in AUTOMATIONS["outage_mail"].templates
    for locale in ("en", "fr")
    if (SHIPPED / f"messages/{locale}/{name}.md.j2").exists()
]

ADDED: dict[str, tuple[list[Change], list[str]]] = {
    "nothing is lacking": ([], []),
    "a note": ([without("messages/en/sla_targets.set.md.j2")], ["messages/en/sla_targets.set.md.j2"]),
    "a customer's text in one language": ([without(INTAKE_FR)], [INTAKE_FR]),
    "a desk that writes in English only": ([without_all("messages/fr/*")], []),
    "fr-CA in the place of fr": (
        [renamed("messages/fr", "messages/fr-CA"), without("messages/fr-CA/intake.ask.md.j2")],
        ["messages/fr-CA/intake.ask.md.j2"],
    ),
    "fr-CA beside fr, which stands in": ([canadian_too, without("messages/fr-CA/intake.ask.md.j2")], []),
    "a rule with its texts": ([without("rules/outage_mail.yaml", *MAILS)], ["rules/outage_mail.yaml", *MAILS]),
    "a rule in a file of another name": ([renamed("rules/intake.yaml", "rules/mine.yaml")], []),
    "a text of a rule that is off": (
        [replaced("rules/intake.yaml", "mode: live", "mode: off"), without("messages/en/intake.found.md.j2")],
        ["messages/en/intake.found.md.j2"],
    ),
}


@pytest.mark.parametrize("name", ADDED)
def test_what_is_added(config: Path, name: str) -> None:
    """Exactly what is lacking; it can be loaded then, a rule that was added is off, and a second time nothing is
    lacking."""
    changes, expected = ADDED[name]
    for change in changes:
        change(config)
    before = contents(config)
    added = add(config).lacking
    after = contents(config)
    assert sorted(added.files) == sorted(expected) == sorted(after.keys() - before.keys())
    assert {name: after[name] for name in before} == before
    off = {rule.source.file for rule in load(config).rules if rule.mode == "off"}
    assert off >= {f"config/{file}" for file in added.rules}
    assert add(config).lacking.files == {}
    assert contents(config) == after


LEFT: dict[str, tuple[list[Change], str]] = {
    "a rule that would be a fault here": (
        [london, without("rules/sla_targets.yaml")],
        "rules/sla_targets.yaml: not added, for here there is no schedule `paris`",
    ),
    "a rule whose file's name is taken": (
        [renamed("rules/intake.yaml", "rules/outage_mail.yaml")],
        "rules/outage_mail.yaml: a file of this name is there already",
    ),
    "a setting": (
        [replaced("rules/update_cadence.yaml", "holding: null", "")],
        "rules/update_cadence.yaml: the shipped rule also says `holding`",
    ),
    "a field": (
        [replaced("account.yaml", "maintenance_end: Maintenance end", "")],
        "account.yaml: the shipped one also names `maintenance_end` under `fields:`",
    ),
    "a file that may be missing": ([without("availability.yaml")], "availability.yaml: is not here"),
    "a text with a fault that the shipped one has not": (
        [preceded("messages/en/intake.ask.md.j2", "{{ gone }}")],
        "messages/en/intake.ask.md.j2: is at fault with this version, and the shipped one is not",
    ),
    "a text of an older version": (
        [lambda config: (config / "messages/fr/intake.asked.md.j2").write_text("Bonjour", "utf-8")],
        "messages/fr/intake.asked.md.j2: nothing says this text in this version",
    ),
    "a text with a fault in a language that is not shipped": (
        [lambda config: (config / "messages/fr/sla_targets.set.md.j2").write_text("{{ gone }}", "utf-8")],
        "messages/fr/sla_targets.set.md.j2: is at fault with this version: mend it",
    ),
    "a text in other words": (
        [preceded("messages/en/intake.ask.md.j2", "Hello. ")],
        "messages/: 1 of the texts are worded otherwise",
    ),
    "stories": ([without("stories/intake.yaml")], "stories/: `intake.yaml` are not here"),
}


@pytest.mark.parametrize("name", LEFT)
def test_what_is_left(config: Path, name: str) -> None:
    """It is named, and nothing is written of it."""
    changes, expected = LEFT[name]
    for change in changes:
        change(config)
    before = contents(config)
    added = add(config).lacking
    assert len(added.left) == 1
    assert added.left[0].startswith(expected)
    assert contents(config) == before
    assert added.files == {}


def test_what_customers_would_read_is_named_apart(config: Path) -> None:
    """By text and language; a note for agents is not among it."""
    without(INTAKE_FR, "messages/en/intake.ask.md.j2", "messages/en/intake.found.md.j2")(config)
    assert add(config).lacking.for_customers == ("intake.ask/en", "intake.ask/fr")


@pytest.mark.parametrize("seed", range(4))
def test_whatever_is_shorn_is_whole_afterwards(config: Path, seed: int) -> None:
    """Any texts and rules of it, with one text left in each language: what was there is the same to the byte."""
    chance = random.Random(seed)
    shipped = contents(config)
    keep = {"messages/fr/major_incident.update.md.j2", "rules/major_incident.yaml"}
    shearable = sorted(name for name in shipped if name.startswith(("messages/", "rules/")) and name not in keep)
    gone = chance.sample(shearable, chance.randrange(1, len(shearable)))
    without(*gone)(config)
    before = contents(config)
    add(config)
    after = contents(config)
    assert after.keys() == shipped.keys()
    assert {name: after[name] for name in before} == before
    assert {name: after[name] for name in gone if name.startswith("messages/")} == {
        name: shipped[name] for name in gone if name.startswith("messages/")
    }
    live = {rule.source.file for rule in load(config).rules if rule.mode != "off"}
    assert live == {f"config/{name}" for name in before if name.startswith("rules/")}


def test_a_file_that_cannot_be_read_is_there(config: Path) -> None:
    """A text that is no UTF-8 or a link to nothing is somebody's own, and for `zdsync check` to name."""
    damaged, link = config / INTAKE_FR, config / "messages" / "fr" / "mailed_files.told.md.j2"
    damaged.write_bytes(b"Pr\xe9cisez")
    link.unlink()
    link.symlink_to("nowhere")
    assert add(config).lacking.files == {}
    assert damaged.read_bytes() == b"Pr\xe9cisez"
    assert link.is_symlink()


def test_schemas_are_those_of_the_installed_version(config: Path) -> None:
    """They are no one's own: an older one is replaced, and one that is the same is not written."""
    (config / SCHEMAS / "rules.json").write_text("{}", "utf-8")
    (config / SCHEMAS / "stories.json").unlink()
    assert add(config).schemas == ("rules", "stories")
    assert add(config).schemas == ()


@pytest.mark.parametrize(
    ("change", "why"),
    [
        pytest.param(shutil.rmtree, "is no configuration", id="no folder"),
        pytest.param(without("account.yaml"), "is no configuration", id="no account"),
        pytest.param(lambda config: shutil.rmtree(config / "rules"), "is no configuration", id="no rules"),
        pytest.param(replaced("rules/intake.yaml", "- name", "- [name"), "intake.yaml cannot be read", id="no YAML"),
    ],
)
def test_what_is_no_configuration_to_add_to(config: Path, change: Change, why: str) -> None:
    """It is said why, and nothing is written: in a file that cannot be read any rule may stand."""
    change(config)
    if config.exists():
        without(INTAKE_FR)(config)
    before = contents(config)
    with pytest.raises(CannotAdd, match=why):
        add(config)
    assert contents(config) == before


def test_a_folder_that_cannot_be_written(config: Path) -> None:
    """It is named, with what to do."""
    shutil.rmtree(config / SCHEMAS)
    (config / SCHEMAS).write_text("", "utf-8")
    with pytest.raises(CannotAdd, match=r"schema.*cannot be written: .*run this again"):
        add(config)


@pytest.mark.parametrize("file", sorted((SHIPPED / "rules").iterdir()), ids=lambda file: file.stem)
def test_every_shipped_rule_can_be_switched_off(file: Path) -> None:
    """One line of each rule changes, and nothing else."""
    text = file.read_text("utf-8")
    off = switched_off(text)
    changed = [(old, new) for old, new in zip(text.splitlines(), off.splitlines(), strict=True) if old != new]
    assert [(old[:12], new[:11]) for old, new in changed] == [("  mode: live", "  mode: off")]
