"""One rulebook is in force for all processes: changes reach the next ticket, faults and foreign rules reach none."""

from __future__ import annotations

from pathlib import Path

import pytest
import structlog

from tests.rules.folders import good_folder
from tests.rules.greeting import AUTOMATIONS
from zdsync.core.rulebook import Rulebook
from zdsync.rules.current import CurrentRules, RulesDiffer
from zdsync.rules.load import RulesError, load


class Shared:
    """What Redis holds: the hash in force."""

    def __init__(self) -> None:
        self.hash: str | None = None
        self.published: list[str] = []

    def publish(self, hash: str) -> None:
        self.hash = hash
        self.published.append(hash)


class Machine:
    """A folder of rules, and processes that read it."""

    def __init__(self, folder: Path, shared: Shared) -> None:
        self.folder = folder
        self.shared = shared
        self.reads = 0

    def process(self) -> CurrentRules:
        def read() -> Rulebook:
            self.reads += 1
            return load(self.folder, automations=AUTOMATIONS)

        return CurrentRules(read, lambda: self.shared.hash, self.shared.publish)

    @property
    def hash(self) -> str:
        return load(self.folder, automations=AUTOMATIONS).hash

    def edit(self, per_hour: int) -> None:
        """Another cap: a small change without fault."""
        self._write(f"  per_hour: {per_hour}")

    def spoil(self, word: str = "many") -> None:
        self._write(f"  per_hour: {word}")

    def _write(self, line: str) -> None:
        file = self.folder / "account.yaml"
        kept = [row for row in file.read_text("utf-8").splitlines() if "per_hour:" not in row]
        at = next(number for number, row in enumerate(kept) if row.startswith("caps:"))
        file.write_text("\n".join([*kept[: at + 1], line, *kept[at + 1 :]]) + "\n", "utf-8")


@pytest.fixture
def shared() -> Shared:
    return Shared()


@pytest.fixture
def machine(tmp_path: Path, shared: Shared) -> Machine:
    (tmp_path / "here").mkdir()
    return Machine(good_folder(tmp_path / "here"), shared)


@pytest.fixture
def another_machine(tmp_path: Path, shared: Shared) -> Machine:
    """With the same files, until they are changed."""
    (tmp_path / "there").mkdir()
    return Machine(good_folder(tmp_path / "there"), shared)


def test_the_first_puts_its_own_in_force(machine: Machine) -> None:
    """Where nothing is published; the second finds it and publishes nothing."""
    assert machine.process()().hash == machine.hash
    assert machine.process()().hash == machine.hash
    assert machine.shared.published == [machine.hash]


def test_the_files_are_read_once(machine: Machine) -> None:
    """Not for each ticket."""
    rules = machine.process()
    first = rules()
    assert all(rules() is first for _ in range(100))
    assert machine.reads == 1


def test_an_emptied_redis(machine: Machine) -> None:
    """The hash is published again by whoever asks next, without reading the files."""
    rules = machine.process()
    rules()
    machine.shared.hash = None
    rules()
    assert machine.shared.hash == machine.hash
    assert machine.reads == 1


def test_a_change_waits_for_take_over(machine: Machine) -> None:
    """Edited files are not in force before they were looked at as a whole; then they are, in every process."""
    one, two = machine.process(), machine.process()
    before = one()
    two()
    machine.edit(per_hour=7)
    assert one() is before
    assert one.take_over()
    assert one().caps.per_hour == two().caps.per_hour == 7
    assert machine.shared.hash == machine.hash != before.hash


def test_nothing_new(machine: Machine) -> None:
    """`take_over` says no where nothing has changed or another process was first."""
    one, two = machine.process(), machine.process()
    assert one.take_over(), "nothing was in force before"
    assert not one.take_over()
    machine.edit(per_hour=7)
    assert two.take_over()
    assert not one.take_over()
    assert machine.shared.published == list(dict.fromkeys(machine.shared.published))


def test_faults_never_come_into_force(machine: Machine) -> None:
    """The old rules stay, the faults are told once for each state of the files, and mended files are taken over."""
    rules = machine.process()
    before = rules()
    with structlog.testing.capture_logs() as logs:
        machine.spoil("many")
        assert [rules.take_over() for _ in range(3)] == [False] * 3
        machine.spoil("lots")
        assert not rules.take_over()
    assert [line["log_level"] for line in logs] == ["error", "error"]
    assert "account.yaml:" in logs[0]["faults"]
    assert rules() is before
    assert machine.shared.published == [before.hash]
    machine.edit(per_hour=7)
    assert rules.take_over()
    with structlog.testing.capture_logs() as logs:
        machine.spoil("many")
        rules.take_over()
    assert len(logs) == 1, "the same fault a second time is news again"


def test_faults_at_the_start(machine: Machine) -> None:
    """A process without any rulebook says what is wrong rather than working without rules."""
    machine.spoil()
    with pytest.raises(RulesError, match=r"account\.yaml:\d+:\d+ "):
        machine.process()()
    with pytest.raises(RulesError):
        machine.process().take_over()
    assert machine.shared.published == []


def test_another_machine_was_updated_first(machine: Machine, another_machine: Machine) -> None:
    """Its rules are in force; a process with the old files has none to offer until they agree."""
    here, there = machine.process(), another_machine.process()
    here()
    there()
    another_machine.edit(per_hour=7)
    there.take_over()
    with pytest.raises(RulesDiffer, match=machine.hash):
        here()
    assert there().caps.per_hour == 7
    machine.edit(per_hour=7)
    assert here().caps.per_hour == 7, "the files are read again, since they are not what is in force"


def test_the_files_here_have_faults_while_others_are_in_force(machine: Machine, another_machine: Machine) -> None:
    """A half-copied folder is no crash: this process waits, says why once, and goes on when the copy is whole."""
    here, there = machine.process(), another_machine.process()
    here()
    there()
    another_machine.edit(per_hour=7)
    there.take_over()
    machine.spoil()
    with structlog.testing.capture_logs() as logs:
        for _ in range(3):
            with pytest.raises(RulesDiffer):
                here()
    assert [line["log_level"] for line in logs] == ["error"]
    machine.edit(per_hour=7)
    assert here().caps.per_hour == 7


def test_two_machines_with_different_files_do_not_override_each_other_for_ever(
    machine: Machine, another_machine: Machine
) -> None:
    """Who was started last decides; looking again changes nothing until files change."""
    another_machine.edit(7)
    one, two = machine.process(), another_machine.process()
    assert one.take_over()
    assert two.take_over()
    assert [rules.take_over() for rules in (one, two, one, two)] == [False] * 4
    assert machine.shared.published == [machine.hash, another_machine.hash]
    machine.edit(8)
    assert one.take_over(), "files that have changed are put in force"
