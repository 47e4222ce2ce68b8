"""Reads one part of a file and puts what is wrong among the folder's findings. For `load.py` and `entries.py`."""

from __future__ import annotations

from collections.abc import Iterable
from typing import TypeVar

from pydantic import BaseModel

from zdsync.core.when import CONDITION_SCHEMA, EVERY_TICKET, Condition, ConditionError, fields_named, parse_condition
from zdsync.rules.files import ACCOUNT, Folder
from zdsync.rules.findings import suggest
from zdsync.rules.nodes import Document, NodePath
from zdsync.rules.words import read

M = TypeVar("M", bound=BaseModel)


def value(folder: Folder, model: type[M], data: object, file: str, path: NodePath, rule: str = "") -> M | None:
    """What stands at the path of the file, as a value of the model; None after reporting why not."""
    document = folder.documents[file]
    found = read(model, data, document, path)
    if not isinstance(found, tuple):
        return found
    for refused in found:
        if document.is_damaged(refused.path):
            continue
        at = document.at(refused.path, key=refused.at_key)
        folder.report(file, refused.wrong, refused.write, at=at, rule=rule)
    return None


def condition(
    folder: Folder, data: object, file: str, path: NodePath, fields: Iterable[str] | None, rule: str = ""
) -> Condition:
    """The condition at the path; one that always holds after reporting why not. `fields` None: they are not known."""
    document = folder.documents.get(file, Document())
    try:
        found = parse_condition(data)
    except ConditionError as error:
        for fault in error.faults:
            there, unknown = (*path, *fault.path), fault.wrong.endswith("is unknown")
            if not document.is_damaged(there):
                write = suggest(there[-1], CONDITION_SCHEMA["properties"]) if unknown else fault.write
                folder.report(file, fault.wrong, write, at=document.at(there, key=unknown), rule=rule)
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
