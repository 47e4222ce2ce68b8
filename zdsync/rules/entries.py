"""The rules of `rules/*.yaml`, held against everything that they name. `load.py` calls `read_rules`."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping
from dataclasses import dataclass
from shlex import quote
from typing import Any, Final

from pydantic import BaseModel

from zdsync.core.automation import Automation
from zdsync.core.mailing import MAILINGS, unsayable
from zdsync.core.rulebook import Mode, Rule, Source
from zdsync.core.templates import FALLBACK, Templates
from zdsync.rules.files import ACCOUNT, RULES, SCHEDULES, Folder
from zdsync.rules.findings import suggest
from zdsync.rules.models import RuleEntry
from zdsync.rules.nodes import NodePath, parse
from zdsync.rules.parts import Part, condition, part, unknown_field

_MODES: Final[tuple[Mode, ...]] = ("off", "shadow", "live")


@dataclass(frozen=True)
class Known:
    """What rules may name. None where the file that says so cannot be read: then nothing is held against it."""

    automations: Mapping[str, Automation[Any]]
    templates: Templates
    schedules: Collection[str] | None
    fields: Collection[str] | None
    statuses: Collection[str] | None
    ceiling: Mode
    """The most that any rule may do."""


@dataclass(frozen=True)
class _Place:
    """A rule's place, for its findings."""

    folder: Folder
    file: str
    path: NodePath
    rule: str

    def at(self, *within: str) -> tuple[int, int]:
        return self.folder.documents[self.file].at((*self.path, *within))

    def report(self, wrong: str, write: str, *within: str) -> None:
        self.folder.report(self.file, wrong, write, at=self.at(*within), rule=self.rule)


def read_rules(folder: Folder, known: Known) -> tuple[Rule, ...]:
    """Those without a fault, in the order of the files' names and within them."""
    entries = list(_entries(folder))
    if not folder.rule_files and (folder.root / RULES).is_dir():
        folder.report(RULES, "there is no rule", "write one, or run `zdsync init` for those that are shipped")
    first: dict[str, Source] = {}
    rules = []
    for entry, place in entries:
        source = Source(f"{folder.root.resolve().name}/{place.file}", place.at()[0])
        if place.rule and place.rule in first:
            place.report(f"a rule has this name already ({first[place.rule]})", "give it a name of its own", "name")
        first.setdefault(place.rule, source)
        rule = _rule(entry, place, source, known)
        if rule:
            rules.append(rule)
    return tuple(rules)


_UNNAMED: Final[Mapping[str, object]] = {"name": "?", "automation": ""}
"""What stands in for these where they are at fault, so that the rest of the rule is looked at all the same."""


def _entries(folder: Folder) -> Iterator[tuple[RuleEntry, _Place]]:
    for file, document in folder.rule_files.items():
        if not document.readable:
            continue
        if not isinstance(document.data, list) or not document.data:
            wrong = "a rule file is a list" if isinstance(document.data, dict) else "there is no rule in this file"
            folder.report(file, wrong, "begin each rule with `- name: `", at=document.at(()))
            continue
        for index, data in enumerate(document.data):
            name = data.get("name") if isinstance(data, dict) else None
            shown = name if isinstance(name, str) else ""
            entry = part(folder, RuleEntry, data, file, (index,), shown, _UNNAMED)
            if entry.value:
                yield entry.value, _Place(folder, file, (index,), "" if "name" in entry.unsaid else entry.value.name)


def _rule(entry: RuleEntry, place: _Place, source: Source, known: Known) -> Rule | None:
    when = condition(place.folder, entry.when, place.file, (*place.path, "when"), known.fields, place.rule)
    automation = known.automations.get(entry.automation)
    if entry.automation == _UNNAMED["automation"]:
        return None
    if automation is None:
        write = suggest(entry.automation, known.automations)
        place.report(f"`{entry.automation}` is no automation", write, "automation")
        return None
    _texts(automation, place, known.templates)
    needed = any(info.is_required() for info in automation.Settings.model_fields.values())
    written = {} if entry.settings is None and not needed else entry.settings
    spare = parse(automation.example).data
    settings = part(
        place.folder,
        automation.Settings,
        written,
        place.file,
        (*place.path, "settings"),
        place.rule,
        spare if isinstance(spare, dict) else None,
    )
    if settings.value is None:
        return None
    _needs(automation, settings, place, known)
    mode = min(entry.mode, known.ceiling, key=_MODES.index)
    return Rule(entry.name, automation, settings.value, mode, when, source)


def _texts(automation: Automation[Any], place: _Place, templates: Templates) -> None:
    """Every text exists in the locale that stands in for those that lack it."""
    for name in automation.templates:
        if FALLBACK not in templates.locales(name):
            file = place.folder.path(place.folder.message_file(name, FALLBACK))
            add = f"zdsync init --add --folder {quote(place.folder.path(''))}"
            place.report(f"the text `{name}` is missing", f"run `{add}`, or write {file}", "automation")


def _needs(automation: Automation[Any], settings: Part[BaseModel], place: _Place, known: Known) -> None:
    """The schedules, statuses and fields that the settings name exist."""
    needs = automation.needs(settings.value)
    for dotted, name in needs.schedules.items():
        said = dotted.split(".")[0] not in settings.unsaid
        if said and known.schedules is not None and name not in known.schedules:
            write = suggest(name, known.schedules, f"add it to {SCHEDULES}, or write one of")
            place.report(f"there is no schedule `{name}`", write, "settings", *dotted.split("."))
    for dotted, name in needs.statuses.items():
        said = dotted.split(".")[0] not in settings.unsaid
        if said and known.statuses is not None and name not in known.statuses:
            write = suggest(name, known.statuses, f"add it under `statuses:` in {ACCOUNT}, or write one of")
            place.report(f"there is no status `{name}`", write, "settings", *dotted.split("."))
    for dotted, name in needs.fields.items():
        said = dotted.split(".")[0] not in settings.unsaid
        if said and known.fields is not None and name not in known.fields:
            at = place.at("settings", *dotted.split("."))
            unknown_field(place.folder, name, known.fields, place.file, at, place.rule)
    for dotted, text in needs.by_trigger.items():
        if dotted.split(".")[0] not in settings.unsaid and (wrong := _not_by_trigger(text, known.templates)):
            write = "write `comment`, or leave it out of the text" if text in MAILINGS else "write `comment`"
            place.report(wrong, write, "settings", *dotted.split("."))


def _not_by_trigger(text: str, templates: Templates) -> str:
    """Why no trigger can mail the text; empty where one can."""
    if text not in MAILINGS:
        return f"no trigger can mail `{text}`: it tells times on the reader's clock"
    for locale in sorted(templates.locales(text)):
        if values := unsayable(text, templates.fields_of(text, locale)):
            named = ", ".join(f"`{value}`" for value in values)
            return f"no trigger can mail `{text}`: in {locale} it uses {named}, which no placeholder has"
    return ""
