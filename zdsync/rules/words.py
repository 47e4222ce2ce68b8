"""What pydantic refuses, in words for an admin: where it stands, what is wrong, what to write.

`load.py` reads every part of the configuration through `read`.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from copy import deepcopy
from dataclasses import dataclass
from functools import cache
from typing import Any, TypeVar

from pydantic import BaseModel, ValidationError
from pydantic_core import ErrorDetails

from zdsync.core.when import CONDITION_SCHEMA, ConditionError
from zdsync.core.when import Fault as ConditionFault
from zdsync.rules.findings import Fault, suggest
from zdsync.rules.nodes import Document, NodePath

M = TypeVar("M", bound=BaseModel)
Schema = Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class Refused:
    """One fault at a path of the document."""

    path: NodePath
    wrong: str
    write: str
    at_key: bool = False
    """The key is at fault and not its value."""


def read(model: type[M], data: object, document: Document, base: NodePath) -> M | tuple[Refused, ...]:
    """`data`, which stands at `base` of the document, as a value of the model; or everything that is wrong with it."""
    if not isinstance(data, dict):
        name = f"`{base[-1]}`" if base and isinstance(base[-1], str) else "it"
        what = f"{name} is missing or empty" if data is None else f"{_shown(data)} is no mapping"
        return (Refused(base, what, _mapping_like(model)),)
    try:
        return model.model_validate(data)
    except ValidationError as error:
        meant = _texts_meant(data, error.errors(), document, base)
        found = error
    if meant is not None:
        try:
            return model.model_validate(meant)
        except ValidationError as error:
            found = error
    return tuple(_refusals(found, data, model, base))


def _texts_meant(data: Any, errors: list[ErrorDetails], document: Document, base: NodePath) -> Any | None:
    """A copy with the written letters in place of the numbers that stand where a text is wanted (a tag `2024`)."""
    places = [
        path
        for error in errors
        if error["type"] == "string_type" and isinstance(error["input"], int | float)
        for path in [_path_in(data, error["loc"])]
        if (*base, *path) in document.texts and path
    ]
    if not places:
        return None
    copy = deepcopy(data)
    for path in places:
        holder = copy
        for step in path[:-1]:
            holder = holder[step]
        holder[path[-1]] = document.texts[(*base, *path)]
    return copy


def _refusals(error: ValidationError, data: object, model: type[BaseModel], base: NodePath) -> Iterator[Refused]:
    """One for each place: where a union refuses something for several reasons, the first is told."""
    root = _schema(model)
    seen: set[NodePath] = set()
    for details in error.errors():
        path = _path_in(data, details["loc"])
        name = details["loc"][-1] if details["loc"] else ""
        place = (*path, name) if details["type"] == "missing" else path
        if place in seen:
            continue
        seen.add(place)
        cause = details.get("ctx", {}).get("error")
        if isinstance(cause, ConditionError):
            yield from (condition_refusal(fault, (*base, *path)) for fault in cause.faults)
        else:
            yield _refusal(details, path, root, base)


@cache
def _schema(model: type[BaseModel]) -> Schema:
    """Made once for each of the few models, at its first fault."""
    return model.model_json_schema()


def condition_refusal(fault: ConditionFault, where: NodePath) -> Refused:
    """A fault of the condition that stands at `where`: a rule's `when`, the scope, or a `when` within settings."""
    there = (*where, *fault.path)
    if fault.wrong.endswith("is unknown"):
        return Refused(there, fault.wrong, suggest(there[-1], CONDITION_SCHEMA["properties"]), at_key=True)
    return Refused(there, fault.wrong, fault.write)


def _refusal(details: ErrorDetails, path: NodePath, root: Schema, base: NodePath) -> Refused:
    kind, where, loc = details["type"], (*base, *path), details["loc"]
    if kind == "missing":
        child = _schema_at(root, (*path, loc[-1]))
        return Refused(where, f"`{loc[-1]}` is missing", f"write {loc[-1]}: {_example(child)}")
    if kind == "extra_forbidden":
        holder = _schema_at(root, path[:-1])
        known = [name for branch in _branches(holder, root) for name in branch.get("properties", {})]
        return Refused(where, f"`{path[-1]}` is unknown here", suggest(path[-1], known), at_key=True)
    at_key = loc[-1:] == ("[key]",)
    schema = _schema_at(root, path)
    if kind == "literal_error" and at_key:
        schema = _schema_at(root, path[:-1]).get("propertyNames", {})
    cause = details.get("ctx", {}).get("error")
    if isinstance(cause, Fault):
        return Refused(where, cause.wrong, cause.write, at_key)
    if kind == "value_error":
        wrong, write = _split(str(cause))
        return Refused(where, wrong, write or _expected(schema, root), at_key)
    given = path[-1] if at_key else details["input"]
    if kind in ("literal_error", "enum"):
        return Refused(where, f"`{given}` is unknown here", suggest(given, _choices(schema, root)), at_key)
    return Refused(where, _wrong(kind, given, details["msg"]), _expected(schema, root), at_key)


def _split(message: str) -> tuple[str, str]:
    """Validators outside of `rules/` say `what is wrong: write this` or `…; write this`."""
    match = re.fullmatch(r"(.*?)[:;,]? (write .*|did you mean .*)", message, re.DOTALL)
    return (match[1], match[2]) if match else (message, "")


def _wrong(kind: str, given: object, said: str) -> str:
    if given is None:
        return "the value is missing"
    if kind.endswith(("_type", "_parsing", "_from_float", "_mismatch")) or kind.startswith(("greater_", "less_")):
        return f"{_shown(given)} is not what belongs here"
    return f"{_shown(given)}: {said[:1].lower()}{said[1:]}"


def _shown(given: object) -> str:
    if isinstance(given, dict):
        return "a mapping"
    if isinstance(given, Sequence) and not isinstance(given, str):
        return "a list"
    text = str(given)
    return f"`{text if len(text) <= 60 else text[:57] + '…'}`"


_KINDS: Mapping[str, str] = {
    "integer": "a whole number",
    "number": "a number",
    "boolean": "true or false",
    "string": "a text",
    "array": "a list: [one, two]",
    "object": "a mapping: key: value",
    "null": "null",
}


def _expected(schema: Schema, root: Schema) -> str:
    choices = _choices(schema, root)
    if choices:
        return f"write one of: {', '.join(choices)}"
    if schema.get("examples"):
        return f"write it like {' or '.join(str(example) for example in schema['examples'])}"
    kinds = [kind for one in _branches(schema, root) for kind in [_KINDS.get(str(one.get("type")))] if kind]
    least = next((f" of at least {one['minimum']}" for one in _branches(schema, root) if "minimum" in one), "")
    pattern = next((f" matching {one['pattern']}" for one in _branches(schema, root) if "pattern" in one), "")
    return f"write {' or '.join(dict.fromkeys(kinds)) or 'something else'}{least}{pattern}"


def _choices(schema: Schema, root: Schema) -> list[str]:
    return [
        str(choice)
        for one in _branches(schema, root)
        for choice in (*one.get("enum", ()), *([one["const"]] if "const" in one else ()))
    ]


def _example(schema: Schema) -> str:
    if schema.get("examples"):
        return str(schema["examples"][0])
    if schema.get("enum"):
        return str(schema["enum"][0])
    kind = _KINDS.get(str(schema.get("type")), "a value").removeprefix("a ").partition(":")[0]
    return f"<{kind}>"


def _mapping_like(model: type[BaseModel]) -> str:
    names = list(model.model_fields)
    required = [name for name, info in model.model_fields.items() if info.is_required()]
    return f"write `key: value` lines with {', '.join(required or names)}"


def _path_in(data: object, loc: Sequence[str | int]) -> NodePath:
    """The part of pydantic's location that exists in the data; names of union branches and `[key]` fall away."""
    path: list[str | int] = []
    here: Any = data
    for step in loc:
        in_mapping = isinstance(here, dict) and step in here
        in_list = isinstance(here, list) and isinstance(step, int) and step < len(here)
        if in_mapping or in_list:
            here = here[step]
            path.append(step)
    return tuple(path)


def _branches(schema: Schema, root: Schema) -> Iterator[Schema]:
    """The schema, or the alternatives of which it consists, without references."""
    if "$ref" in schema:
        schema = root.get("$defs", {}).get(schema["$ref"].rpartition("/")[2], {})
    alternatives = [*schema.get("anyOf", ()), *schema.get("oneOf", ()), *schema.get("allOf", ())]
    if not alternatives:
        yield schema
    for one in alternatives:
        yield from _branches(one, root)


def _schema_at(root: Schema, path: Sequence[str | int]) -> Schema:
    """The JSON Schema of what stands at a path, or an empty one where that cannot be told."""
    here: Schema = root
    for step in path:
        inner: Schema | None = None
        for branch in _branches(here, root):
            beyond = branch.get("additionalProperties")
            inner = inner or branch.get("properties", {}).get(step)
            inner = inner or next(iter(branch.get("patternProperties", {}).values()), None)
            inner = inner or (beyond if isinstance(beyond, dict) else None)
            inner = inner or (branch.get("items") if isinstance(step, int) else None)
        if not isinstance(inner, dict):
            return {}
        here = inner
    if "$ref" in here:
        return next(_branches(here, root))
    return here
