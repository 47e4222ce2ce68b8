"""The stories of `stories/*.yaml` with every time resolved, held against what they name. For `check` and `zdsync test`.

A story with a fault is left out and its faults are told; the others stand.
"""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any, Final, get_args
from zoneinfo import ZoneInfo

from pydantic import BaseModel

from zdsync.core.automation import Automation
from zdsync.core.automations import AUTOMATIONS
from zdsync.core.model import Status
from zdsync.core.rulebook import Rulebook, Source
from zdsync.rules.files import ACCOUNT, Folder, read_story_folder
from zdsync.rules.findings import Fault, Finding, suggest
from zdsync.rules.nodes import NodePath
from zdsync.rules.parts import part, unknown_field
from zdsync.rules.story_models import (
    ANY,
    NONE,
    OTHERS,
    AccountEntry,
    ExpectEntry,
    NeverEntry,
    StepEntry,
    StoryEntry,
    TicketEntry,
    Wanted,
)
from zdsync.rules.story_times import When, resolve

MOMENT: Final = timedelta(minutes=1)
"""How long zdsync has for what is expected at a time: it settles in less, and clocks on walls show no more."""
_STATUSES: Final = tuple(status for status in get_args(Status) if status != "deleted")


@dataclass(frozen=True, slots=True)
class Step:
    line: int
    at: datetime
    until: datetime | None
    """As written; None: within the moment."""
    entry: StepEntry


@dataclass(frozen=True, slots=True)
class Never:
    line: int
    since: datetime
    until: datetime
    entry: NeverEntry


@dataclass(frozen=True, slots=True)
class Story:
    """A story that can be played. Instants in UTC."""

    name: str
    source: Source
    """With a path that an editor can open."""
    zone: ZoneInfo
    rules: tuple[str, ...]
    """Empty: all."""
    settings: Mapping[str, BaseModel]
    """By the rules' names: those that are others than in force."""
    account: AccountEntry
    ticket: TicketEntry
    opened: datetime
    steps: tuple[Step, ...]
    never: tuple[Never, ...]
    ends: datetime


@dataclass(frozen=True, slots=True)
class Stories:
    stories: tuple[Story, ...]
    findings: tuple[Finding, ...]


def read_stories(
    root: Path,
    rulebook: Rulebook | None,
    automations: Mapping[str, Automation[Any]] = AUTOMATIONS,
    rules: Collection[str] | None = frozenset(),
) -> Stories:
    """Those of the configuration folder, in the order of files and lines. Without a rulebook no name is looked up.

    `rules` are names of rules that a story may say beside those of the rulebook; None: any.
    """
    if rules is not None and rulebook is not None:
        rules = {*rules, *(rule.name for rule in rulebook.rules)}
    folder = read_story_folder(root)
    texts = {name for automation in automations.values() for name in automation.templates}
    found: list[Story] = []
    for file, document in folder.documents.items():
        if not document.readable:
            continue
        if not isinstance(document.data, list) or not document.data:
            wrong = "a story file is a list" if isinstance(document.data, dict) else "there is no story in this file"
            folder.report(file, wrong, "begin each story with `- story: `", at=document.at(()))
            continue
        for index, data in enumerate(document.data):
            name = data.get("story") if isinstance(data, dict) else None
            reader = _Reader(folder, file, (index,), name if isinstance(name, str) else "", rulebook, rules, texts)
            if story := reader.story(data):
                found.append(story)
    _told_twice(folder, found)
    return Stories(tuple(found), tuple(sorted(set(folder.findings))))


def _told_twice(folder: Folder, found: list[Story]) -> None:
    first: dict[str, Source] = {}
    for story in found:
        known = first.setdefault(story.name, story.source)
        if known is not story.source:
            wrong, write = f"a story has this name already ({known})", "give it a name of its own"
            folder.findings.append(Finding(story.source.file, story.source.line, 3, "", wrong, write))


@dataclass(frozen=True)
class _Reader:
    """One story of a file."""

    folder: Folder
    file: str
    path: NodePath
    name: str
    rulebook: Rulebook | None
    rules: Collection[str] | None
    texts: Collection[str]

    def story(self, data: object) -> Story | None:
        before = len(self.folder.findings)
        entry = part(self.folder, StoryEntry, data, self.file, self.path, spare=_SPARE).value
        if entry is None:
            return None
        self._names(entry)
        story = self._timed(entry, self._zone(entry), self._settings(entry))
        return story if len(self.folder.findings) == before else None

    def line(self, *within: str | int) -> int:
        return self.folder.documents[self.file].at((*self.path, *within))[0]

    def report(self, wrong: str, write: str, *within: str | int) -> None:
        at = self.folder.documents[self.file].at((*self.path, *within))
        self.folder.report(self.file, wrong, write, at=at)

    # Times

    def _zone(self, entry: StoryEntry) -> ZoneInfo:
        if entry.zone is not None:
            return ZoneInfo(entry.zone)
        schedules = self.rulebook.schedules.values() if self.rulebook else ()
        return next((schedule.zone for schedule in schedules), ZoneInfo("UTC"))

    def _timed(self, entry: StoryEntry, zone: ZoneInfo, settings: Mapping[str, BaseModel]) -> Story | None:
        """Each time counts from that of the line before; one that cannot be told stands for the line before."""
        opened = self._instant(entry.ticket.at, None, zone, "ticket", "at")
        if opened is None:
            return None
        steps: list[Step] = []
        now = opened
        for index, step in enumerate(entry.steps):
            place = ("steps", index)
            if step.at is not None:
                now = self._instant(step.at, now, zone, *place, "at") or now
            until = self._instant(step.until, now, zone, *place, "until") if step.until else None
            if until is not None and until <= now:
                self.report("there is no time between `at` and `until`", "write a later `until`", *place, "until")
            steps.append(Step(self.line(*place), now, until, step))
        last = max([now + MOMENT, *(step.until for step in steps if step.until)])
        ends = (self._instant(entry.until, now, zone, "until") if entry.until else None) or last
        if ends < last:
            self.report("the story ends before its last line", "write a later `until`, or remove it", "until")
        never = tuple(self._never(one, index, opened, ends, zone) for index, one in enumerate(entry.never))
        source = Source(self.folder.path(self.file), self.line())
        return Story(
            entry.story,
            source,
            zone,
            entry.rules,
            settings,
            entry.account,
            entry.ticket,
            opened,
            tuple(steps),
            never,
            ends,
        )

    def _never(self, entry: NeverEntry, index: int, opened: datetime, ends: datetime, zone: ZoneInfo) -> Never:
        place = ("never", index)
        since = (self._instant(entry.since, opened, zone, *place, "from") if entry.since else None) or opened
        until = (self._instant(entry.until, since, zone, *place, "until") if entry.until else None) or ends
        for at, key in ((since, "from"), (until, "until")):
            if at > ends:
                self.report(
                    "this is after the story's end", "write an `until` for the story, or less here", *place, key
                )
        return Never(self.line(*place), since, until, entry)

    def _instant(self, when: When, before: datetime | None, zone: ZoneInfo, *within: str | int) -> datetime | None:
        try:
            return resolve(when, before, zone)
        except Fault as fault:
            self.report(fault.wrong, fault.write, *within)
            return None

    # Names

    def _settings(self, entry: StoryEntry) -> Mapping[str, BaseModel]:
        """The rules' settings with the story's own, which are held against the same model."""
        found: dict[str, BaseModel] = {}
        rules = {rule.name: rule for rule in self.rulebook.rules} if self.rulebook else {}
        for name, changes in entry.settings.items():
            rule = rules.get(name)
            if rule is None:
                if self.rulebook is not None and self.rules is not None and name not in self.rules:
                    self.report(f"there is no rule `{name}`", suggest(name, self.rules), "settings", name)
                continue
            model = rule.automation.Settings
            present = {field.alias or key: getattr(rule.settings, key) for key, field in model.model_fields.items()}
            path = (*self.path, "settings", name)
            settings = part(self.folder, model, {**present, **changes}, self.file, path).value
            if settings is not None:
                found[name] = settings
        return found

    def _names(self, entry: StoryEntry) -> None:
        for place, wanted in _wanted(entry):
            self._wanted_names(place, wanted)
        if self.rulebook is None:
            return
        for name in entry.rules:
            if self.rules is not None and name not in self.rules:
                self.report(f"there is no rule `{name}`", suggest(name, self.rules), "rules")
        self._fields(entry.ticket.fields, "ticket", "fields")
        for index, step in enumerate(entry.steps):
            self._fields(step.fields, "steps", index, "fields")
            self._status(step.status, "steps", index, "status")

    def _wanted_names(self, place: NodePath, wanted: Wanted) -> None:
        for key, name in wanted.names:
            if name not in (ANY, NONE, OTHERS, *self.texts):
                self.report(f"no automation says the text `{name}`", suggest(name, self.texts), *place, key)
        if self.rulebook is not None:
            self._fields(wanted.field, *place, "field")
            self._status(wanted.status, *place, "status")

    def _fields(self, fields: Collection[str], *place: str | int) -> None:
        assert self.rulebook is not None
        for name in fields:
            if name not in self.rulebook.fields:
                at = self.folder.documents[self.file].at((*self.path, *place, name), key=True)
                unknown_field(self.folder, name, self.rulebook.fields, self.file, at)

    def _status(self, status: str | None, *place: str | int) -> None:
        assert self.rulebook is not None
        known = (*_STATUSES, *self.rulebook.statuses)
        if status is not None and status not in known:
            write = suggest(status, known, f"add it under `statuses:` in {ACCOUNT}, or write one of")
            self.report(f"there is no status `{status}`", write, *place)


_SPARE: Final[Mapping[str, object]] = {"story": "?"}


def _wanted(entry: StoryEntry) -> Iterator[tuple[NodePath, ExpectEntry | NeverEntry]]:
    """Everything that is looked for, with its place within the story."""
    for index, step in enumerate(entry.steps):
        if step.expect is not None:
            yield ("steps", index, "expect"), step.expect
    for index, never in enumerate(entry.never):
        yield ("never", index), never
