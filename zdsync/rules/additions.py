"""What a configuration lacks of what the installed version ships, and how it gets it: `zdsync init --add` calls `add`.

A newer version may say texts, and have rules, that a configuration begun with an older one has not. What is missing is
copied and nothing that is there is changed; a rule is copied switched off, and only where no fault comes with it. What
somebody has to think about is named and left.
"""

from __future__ import annotations

import os
from collections.abc import Collection, Iterator, Mapping
from dataclasses import dataclass, replace
from itertools import chain
from pathlib import Path
from shlex import quote

from zdsync.core.automations import AUTOMATIONS
from zdsync.core.templates import FALLBACK
from zdsync.rules import schema
from zdsync.rules.atomic import write
from zdsync.rules.files import ACCOUNT, MESSAGES, OPTIONAL, RULES, STORIES, Folder, read_folder
from zdsync.rules.load import check_read
from zdsync.rules.nodes import Document, parse
from zdsync.rules.shipped import CONFIG, shipped_root, switched_off


class CannotAdd(Exception):
    """Nothing that was there was changed; the text says why, and what to do."""


@dataclass(frozen=True, slots=True)
class Lacking:
    texts: Mapping[str, str]
    """By `<name>/<locale>`, as in `Folder.texts`."""
    rules: Mapping[str, str]
    """Files of rules that are switched off, by their path within the configuration."""
    left: tuple[str, ...]
    """What is shipped and not there, and is not for a program to decide: a sentence each."""

    @property
    def files(self) -> Mapping[str, str]:
        """By path. Texts come before the rules that say them, since a worker may read in between."""
        texts = {Folder.message_file(*key.split("/")): text for key, text in self.texts.items()}
        return {**texts, **self.rules}

    @property
    def for_customers(self) -> tuple[str, ...]:
        """Those of the texts that customers read."""
        theirs = {name for automation in AUTOMATIONS.values() for name in automation.to_customer}
        return tuple(key for key in self.texts if key.split("/")[0] in theirs)


@dataclass(frozen=True, slots=True)
class Added:
    """What `add` did."""

    lacking: Lacking
    schemas: tuple[str, ...]
    """Those that were not there, or were another version's."""
    shipped: Path
    """The configuration as shipped, to copy from."""


def add(config: Path) -> Added:
    """Write into the configuration folder what it lacks.

    Raises `CannotAdd`, and `CannotBegin` where nothing is shipped.
    """
    if not (config / ACCOUNT).is_file() or not (config / RULES).is_dir():
        raise CannotAdd(
            f"{config} is no configuration: {ACCOUNT} or {RULES}/ is missing there. Name the one that is meant with "
            "`--folder`, or make one with `zdsync init`."
        )
    mine = read_folder(config)
    for name, document in mine.documents.items():
        if not document.readable:
            raise CannotAdd(f"{mine.path(name)} cannot be read, so nothing was added. `zdsync check` says why.")
    shipped = read_folder(shipped_root() / CONFIG)
    lacking = lacks(mine, shipped)
    try:
        for name, text in lacking.files.items():
            write(config / name, text)
        return Added(lacking, schema.write(config), shipped.root)
    except OSError as error:
        wrong = f"{error.filename or config} cannot be written: {error.strerror}"
        raise CannotAdd(f"{wrong}. Nothing that was there was changed; mend it, and run this again.") from error


def lacks(mine: Folder, shipped: Folder) -> Lacking:
    """1 the texts of the rules that are there, 2 rules of automations that no rule of ours names, with their texts,
    3 what is left. Reads files, and writes none."""
    used = {name for document in mine.rule_files.values() for name in _automations(document)}
    whole = _with(mine, _texts(mine, shipped, used))
    rules: dict[str, str] = {}
    left: list[str] = []
    for file, document in shipped.rule_files.items():
        named = _automations(document)
        if named & used:
            left += _settings_beyond(mine, file, document)
        elif _is_there(mine, file):
            left.append(f"{file}: a file of this name is there already, of other rules")
        else:
            text = switched_off((shipped.root / file).read_text("utf-8"))
            tried = _with(whole, _texts(mine, shipped, named), {file: parse(text)})
            if faults := sorted(check_read(tried) - check_read(whole)):
                wrong = "; ".join(dict.fromkeys(fault.wrong for fault in faults))
                left.append(f"{file}: not added, for here {wrong}")
            else:
                whole, rules[file] = tried, text
    texts = {key: text for key, text in sorted(whole.texts.items()) if key not in mine.texts}
    others = (_names_beyond(mine, shipped), _files_beyond(mine, shipped), _old_texts(whole, shipped))
    return Lacking(texts, rules, (*left, *chain.from_iterable(others)))


def _with(folder: Folder, texts: Mapping[str, str], documents: Mapping[str, Document] | None = None) -> Folder:
    return replace(folder, texts={**folder.texts, **texts}, documents={**folder.documents, **(documents or {})})


def _texts(mine: Folder, shipped: Folder, automations: Collection[str]) -> dict[str, str]:
    """Of these automations, in each language that is there: a folder with no text in it is none."""
    names = sorted(name for each in automations if each in AUTOMATIONS for name in AUTOMATIONS[each].templates)
    spoken = {key.split("/")[1] for key in mine.texts} | {FALLBACK}
    sources = {locale: _source(locale, spoken, {key.split("/")[1] for key in shipped.texts}) for locale in spoken}
    return {
        f"{name}/{locale}": shipped.texts[f"{name}/{source}"]
        for name in names
        for locale, source in sorted(sources.items())
        if f"{name}/{source}" in shipped.texts and not _is_there(mine, Folder.message_file(name, locale))
    }


def _source(locale: str, spoken: Collection[str], shipped: Collection[str]) -> str | None:
    """The shipped language that a folder of ours is filled from. Where we have a fr, readers of fr-CA find there what
    fr-CA lacks."""
    if same := next((each for each in shipped if each.lower() == locale.lower()), None):
        return same
    language = locale.split("-")[0].lower()
    return language if language in shipped and language not in {each.lower() for each in spoken} else None


def _is_there(mine: Folder, file: str) -> bool:
    """One that cannot be read, or a link to nothing, is there too: `check` says what is wrong with it."""
    return os.path.lexists(mine.root / file)


def _automations(document: Document) -> frozenset[str]:
    return frozenset(str(rule.get("automation")) for rule in _rules(document))


def _rules(document: Document) -> list[dict[str, object]]:
    entries = document.data if isinstance(document.data, list) else []
    return [entry for entry in entries if isinstance(entry, dict)]


def _settings_beyond(mine: Folder, file: str, document: Document) -> Iterator[str]:
    """Settings that a shipped rule says and none of ours of the same automation does."""
    ours = [rule for each in mine.rule_files.values() for rule in _rules(each)]
    for rule in _rules(document):
        said = {key for each in ours if each.get("automation") == rule["automation"] for key in _keys(each, "settings")}
        if more := [key for key in _keys(rule, "settings") if key not in said]:
            yield f"{file}: the shipped rule also says {_listed(more)}; where yours does not, the default holds"


def _names_beyond(mine: Folder, shipped: Folder) -> Iterator[str]:
    for section in ("fields", "statuses"):
        said = _keys(mine.documents[ACCOUNT].data, section)
        if more := [key for key in _keys(shipped.documents[ACCOUNT].data, section) if key not in said]:
            yield f"{ACCOUNT}: the shipped one also names {_listed(more)} under `{section}:`"


def _files_beyond(mine: Folder, shipped: Folder) -> Iterator[str]:
    stories = sorted(file.name for file in (shipped.root / STORIES).glob("*.yaml"))
    for file in OPTIONAL:
        if not _is_there(mine, file):
            yield f"{file}: is not here; what it is about is not done"
    if lacking := [name for name in stories if not _is_there(mine, f"{STORIES}/{name}")]:
        yield f"{STORIES}/: {_listed(lacking)} are not here"


def _old_texts(mine: Folder, shipped: Folder) -> Iterator[str]:
    """Texts that are at fault with the installed version, and how many of the others it words in another way."""
    at_fault = {finding.file for finding in check_read(mine)}
    known = {name for automation in AUTOMATIONS.values() for name in automation.templates}
    other = 0
    for key, text in sorted(mine.texts.items()):
        file = Folder.message_file(*key.split("/"))
        if mine.path(file) not in at_fault:
            other += text != shipped.texts.get(key, text)
        elif key in shipped.texts:
            yield f"{file}: is at fault with this version, and the shipped one is not: take that, or mend yours"
        elif key.split("/")[0] in known:
            yield f"{file}: is at fault with this version: mend it"
        else:
            yield f"{file}: nothing says this text in this version: remove it"
    if other:
        see = f"diff -r {quote(mine.path(MESSAGES))} {quote(shipped.path(MESSAGES))}"
        yield f"{MESSAGES}/: {other} of the texts are worded otherwise than shipped: {see}"


def _keys(data: object, section: str) -> list[str]:
    under = data.get(section) if isinstance(data, dict) else None
    return [str(key) for key in under] if isinstance(under, dict) else []


def _listed(names: Collection[str]) -> str:
    return ", ".join(f"`{name}`" for name in names)
