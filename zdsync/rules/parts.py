"""Reads one part of a file and puts what is wrong among the folder's findings. For `load.py` and `entries.py`."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Generic, TypeVar

from pydantic import BaseModel

from zdsync.core.when import EVERY_TICKET, Condition, ConditionError, fields_named, parse_condition
from zdsync.rules.files import ACCOUNT, Folder
from zdsync.rules.findings import suggest
from zdsync.rules.nodes import Document, NodePath
from zdsync.rules.words import condition_refusal, read

M = TypeVar("M", bound=BaseModel)


@dataclass(frozen=True, slots=True)
class Part(Generic[M]):
    """A mapping of a file as a value, if need be without what is wrong with it, so that the rest can be looked at."""

    value: M | None
    """None where nothing could be made of it."""
    unsaid: frozenset[str] = frozenset()
    """Keys that do not hold what the file says: they are at fault, or stand in for a missing one."""


def part(
    folder: Folder,
    model: type[M],
    data: object,
    file: str,
    path: NodePath,
    rule: str = "",
    spare: Mapping[str, object] | None = None,
) -> Part[M]:
    """The mapping at the path. Reports what is wrong; `spare` has entries that can stand in for faulty ones."""
    document = folder.documents[file]
    found = read(model, data, document, path)
    if not isinstance(found, tuple):
        return Part(found)
    for refused in found:
        if not document.is_damaged(refused.path):
            at = document.at(refused.path, key=refused.at_key)
            folder.report(file, refused.wrong, refused.write, at=at, rule=rule)
    if not isinstance(data, dict):
        return Part(None)
    faulty = {str(refused.path[len(path)]) for refused in found if len(refused.path) > len(path)}
    sound = {name: written for name, written in data.items() if name not in faulty}
    again = read(model, {**(spare or {}), **sound}, document, path)
    return Part(None if isinstance(again, tuple) else again, frozenset(faulty) | (frozenset(spare or ()) - set(sound)))


def condition(
    folder: Folder, data: object, file: str, path: NodePath, fields: Iterable[str] | None, rule: str = ""
) -> Condition:
    """The condition at the path; one that always holds after reporting why not. `fields` None: they are not known."""
    document = folder.documents.get(file, Document())
    try:
        found = parse_condition(data)
    except ConditionError as error:
        for refused in (condition_refusal(fault, path) for fault in error.faults):
            if not document.is_damaged(refused.path):
                at = document.at(refused.path, key=refused.at_key)
                folder.report(file, refused.wrong, refused.write, at=at, rule=rule)
        return EVERY_TICKET
    if fields is not None:
        for name in sorted(fields_named(found) - set(fields)):
            unknown_field(folder, name, fields, file, _field_key(document, path, name), rule)
    return found


def _field_key(document: Document, path: NodePath, name: str) -> tuple[int, int]:
    """Where the condition below the path first names the field."""
    for key, at in document.keys.items():
        if key[: len(path)] == path and key[-2:] == ("field", name):
            return at
    return document.at(path)


def unknown_field(
    folder: Folder, name: str, fields: Iterable[str], file: str, at: tuple[int, int], rule: str = ""
) -> None:
    write = suggest(name, fields, f"add it under `fields:` in {ACCOUNT}, or write one of")
    folder.report(file, f"there is no field `{name}`", write, at=at, rule=rule)
