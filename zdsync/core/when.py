"""Conditions: which tickets a rule (its `when`) or the whole rulebook (its `scope`) is about.

A closed set of small values, made from YAML by `parse_condition` and held against a ticket by `check`, which keeps
what every part of it found, so that `explain` can print a checklist. There is no expression language on purpose.

A mapping holds if all its entries hold; a list of values means one of them; `null` means not set:

    when:
      priority: [urgent, high]
      type: [incident, question, null]
      channel: email
      brand: 4477                       # also form, group, organization, assignee, requester: ids
      tags: {any: [vip, gold], all: [kpro], none: [exempt]}
      field: {34057044510353: x, plan: [basic, null]}    # by id, or by the name given under `fields:`
      not: {group: 12}
      any:
        - {status: [new, open]}
        - {tags: escalated}
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any as Anything
from typing import Final, assert_never, get_args

from zdsync.core.model import FieldValue, Priority, Ticket

Value = str | int | float | bool | None
Path = tuple[str | int, ...]

_IDS: Final = {
    "brand": "brand_id",
    "form": "form_id",
    "group": "group_id",
    "organization": "organization_id",
    "assignee": "assignee_id",
    "requester": "requester_id",
}
_CHOICES: Final[Mapping[str, tuple[str, ...]]] = {
    "priority": get_args(Priority),
    "status": ("new", "open", "pending", "hold", "solved"),
    "type": ("problem", "incident", "question", "task"),
}
_KNOWN: Final = (*_CHOICES, "channel", *_IDS, "tags", "field", "all", "any", "not")


@dataclass(frozen=True, slots=True)
class All:
    """Every part holds; without parts it always holds."""

    parts: tuple[Condition, ...] = ()


@dataclass(frozen=True, slots=True)
class Any:
    """At least one part holds."""

    parts: tuple[Condition, ...]


@dataclass(frozen=True, slots=True)
class Not:
    part: Condition


@dataclass(frozen=True, slots=True)
class Is:
    """A property of the ticket is one of the values; None among them means "not set"."""

    name: str
    """As in YAML: `priority`, `brand`…"""
    values: tuple[Value, ...]


@dataclass(frozen=True, slots=True)
class FieldIs:
    """A custom field is, or for a multi-select holds, one of the values."""

    field: int | str
    """Its id, or our name for it."""
    values: tuple[Value, ...]


@dataclass(frozen=True, slots=True)
class HasTag:
    tag: str


Condition = All | Any | Not | Is | FieldIs | HasTag

EVERY_TICKET: Final = All()


@dataclass(frozen=True, slots=True)
class Verdict:
    """Whether a condition held, with the verdict of each of its parts."""

    condition: Condition
    held: bool
    found: FieldValue = None
    """What the ticket had, for a part that looks at the ticket."""
    parts: tuple[Verdict, ...] = ()

    @property
    def words(self) -> str:
        """One line: `priority is one of urgent, high: it is low`."""
        match self.condition:
            case All(parts):
                return "all of these hold" if parts else "every ticket"
            case Any():
                return "at least one of these holds"
            case Not():
                return "this does not hold"
            case Is(name, values):
                return f"{name} {_wanted(values)}: it is {_shown(self.found)}"
            case FieldIs(field, values):
                return f"field {field} {_wanted(values)}: it is {_shown(self.found)}"
            case HasTag(tag):
                return f"tag {tag}: it is {'there' if self.held else 'not there'}"
            case never:
                assert_never(never)

    def checklist(self, depth: int = 0) -> tuple[str, ...]:
        """The verdict and its parts as lines, `[x]` for what held, indented by two blanks a level."""
        line = f"{'  ' * depth}[{'x' if self.held else ' '}] {self.words}"
        return (line, *(inner for part in self.parts for inner in part.checklist(depth + 1)))


def check(condition: Condition, ticket: Ticket, field_ids: Mapping[str, int] | None = None) -> Verdict:
    """Hold the condition against the ticket. Every part is looked at, also where the result is clear before.

    `field_ids` are the ids of the fields that the condition names (`Facts.field_ids`); an unknown field is not set.
    """
    match condition:
        case All(()):
            return Verdict(condition, True)
        case All(parts):
            verdicts = tuple(check(part, ticket, field_ids) for part in parts)
            return Verdict(condition, all(verdict.held for verdict in verdicts), parts=verdicts)
        case Any(parts):
            verdicts = tuple(check(part, ticket, field_ids) for part in parts)
            return Verdict(condition, any(verdict.held for verdict in verdicts), parts=verdicts)
        case Not(part):
            verdict = check(part, ticket, field_ids)
            return Verdict(condition, not verdict.held, parts=(verdict,))
        case Is(name, values):
            found: FieldValue = getattr(ticket, _IDS.get(name, name))
            return Verdict(condition, found in values, found)
        case FieldIs(field, values):
            number = field if isinstance(field, int) else (field_ids or {}).get(field)
            found = None if number is None else ticket.fields.get(number)
            return Verdict(condition, any(_same(value, found) for value in values), found)
        case HasTag(tag):
            return Verdict(condition, tag in ticket.tags)
        case never:
            assert_never(never)


def _same(wanted: Value, found: FieldValue) -> bool:
    """Whether a field holds the wanted value. Zendesk keeps numbers as text in some field types, so text decides."""
    if isinstance(found, tuple):
        return (wanted is None and not found) or wanted in found
    if wanted is None or found is None or found == "":
        return wanted is None and (found is None or found == "")
    if isinstance(wanted, bool) or isinstance(found, bool):
        return wanted is found
    return str(wanted) == str(found)


def _shown(value: FieldValue) -> str:
    if value is None or value in ("", ()):
        return "not set"
    return ", ".join(value) if isinstance(value, tuple) else str(value)


def _wanted(values: tuple[Value, ...]) -> str:
    words = ", ".join(_shown(value) for value in values)
    return f"is one of {words}" if len(values) > 1 else f"is {words}"


# --- from YAML ---------------------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Fault:
    """One thing wrong with a written condition."""

    path: Path
    """Keys and indexes from the condition's root to the value at fault."""
    wrong: str
    write: str


class ConditionError(ValueError):
    """A condition cannot be understood; `faults` has every reason."""

    def __init__(self, faults: tuple[Fault, ...]) -> None:
        super().__init__("; ".join(f"{'.'.join(map(str, f.path)) or 'when'}: {f.wrong}: {f.write}" for f in faults))
        self.faults = faults


def parse_condition(data: object) -> Condition:
    """The condition that `data` (plain YAML values: dicts, lists, scalars) describes; None or {} holds for all.

    Raises `ConditionError` with every fault found.
    """
    faults: list[Fault] = []
    condition = EVERY_TICKET if data is None else _mapping(data, (), faults)
    if faults:
        raise ConditionError(tuple(faults))
    return condition


def _mapping(data: object, path: Path, faults: list[Fault]) -> Condition:
    if not isinstance(data, dict):
        faults.append(Fault(path, f"{data!r} is no condition", "write a mapping such as priority: urgent"))
        return EVERY_TICKET
    parts = [part for name, written in data.items() for part in _entry(str(name), written, (*path, name), faults)]
    return parts[0] if len(parts) == 1 else All(tuple(parts))


def _entry(name: str, written: object, path: Path, faults: list[Fault]) -> list[Condition]:
    if name in ("all", "any"):
        if not isinstance(written, list) or not written:
            faults.append(Fault(path, f"{name} needs a list of conditions", f"write {name}: [{{...}}, {{...}}]"))
            return []
        parts = tuple(_mapping(item, (*path, index), faults) for index, item in enumerate(written))
        return [All(parts) if name == "all" else Any(parts)]
    if name == "not":
        return [Not(_mapping(written, path, faults))]
    if name == "tags":
        return _tags(written, path, faults)
    if name == "field":
        return _fields(written, path, faults)
    if name in _KNOWN:
        return [Is(name, _values(written, path, faults, _fault_of(name)))]
    faults.append(Fault(path, f"{name} is unknown", f"write one of {', '.join(_KNOWN)}"))
    return []


def _fault_of(name: str) -> Callable[[object], str | None]:
    """What is to be written instead of a value that this property cannot have; None where it can."""
    choices = _CHOICES.get(name)
    if choices:
        return lambda value: None if value in choices else f"write one of {', '.join(choices)} or null"
    if name in _IDS:
        return lambda value: None if type(value) is int else f"write the {name}'s id, a whole number, or null"
    return lambda value: None if isinstance(value, str) else "write a word such as email"


def _values(
    written: object, path: Path, faults: list[Fault], fault_of: Callable[[object], str | None]
) -> tuple[Value, ...]:
    values: list[Value] = []
    if isinstance(written, list) and not written:
        faults.append(Fault(path, "the list is empty, so nothing could match", "write at least one value"))
    for index, value in enumerate(written if isinstance(written, list) else [written]):
        write = None if value is None else fault_of(value)
        if write is None:
            values.append(value)
        else:
            faults.append(Fault((*path, index) if isinstance(written, list) else path, f"{value!r} cannot be", write))
    return tuple(values)


def _tags(written: object, path: Path, faults: list[Fault]) -> list[Condition]:
    if isinstance(written, str):
        written = {"all": [written]}
    if not isinstance(written, dict) or not written or not set(written) <= {"any", "all", "none"}:
        write = "write one tag, or a mapping such as {any: [vip], all: [kpro], none: [exempt]}"
        faults.append(Fault(path, f"{written!r} are no tags", write))
        return []
    conditions: list[Condition] = []
    for how, names in written.items():
        tags = tuple(HasTag(str(tag)) for tag in _values(names, (*path, how), faults, _fault_of_tag))
        if how == "any":
            conditions.append(Any(tags))
        else:
            conditions.extend(tags if how == "all" else map(Not, tags))
    return conditions


def _fault_of_tag(value: object) -> str | None:
    good = isinstance(value, str) and value and value == value.lower() and " " not in value
    return None if good else "write a tag as Zendesk has it: lower case, no blanks"


def _fields(written: object, path: Path, faults: list[Fault]) -> list[Condition]:
    if not isinstance(written, dict) or not written:
        faults.append(Fault(path, f"{written!r} names no field", "write {<id or name of a field>: <value>}"))
        return []
    return [
        FieldIs(
            int(field) if str(field).isdecimal() else str(field),
            _values(value, (*path, field), faults, _fault_of_field_value),
        )
        for field, value in written.items()
    ]


def _fault_of_field_value(value: object) -> str | None:
    return None if isinstance(value, str | int | float | bool) else "write a word, a number, true, false or null"


def fields_named(condition: Condition) -> frozenset[str]:
    """Our names of the custom fields that the condition looks at, for `check` to hold against `fields:`."""
    match condition:
        case All(parts) | Any(parts):
            return frozenset[str]().union(*(fields_named(part) for part in parts))
        case Not(part):
            return fields_named(part)
        case FieldIs(str(field), _):
            return frozenset({field})
        case FieldIs() | Is() | HasTag():
            return frozenset()
        case never:
            assert_never(never)


def _schema() -> dict[str, Anything]:
    def listed(one: dict[str, Anything]) -> dict[str, Anything]:
        return {"anyOf": [one, {"type": "null"}, {"type": "array", "items": {"anyOf": [one, {"type": "null"}]}}]}

    itself, tags = {"$ref": "#/$defs/Condition"}, {"type": "array", "items": {"type": "string"}}
    properties: dict[str, Anything] = {name: listed({"enum": list(choices)}) for name, choices in _CHOICES.items()}
    properties |= {"channel": listed({"type": "string"})} | {name: listed({"type": "integer"}) for name in _IDS}
    properties["tags"] = {
        "anyOf": [
            {"type": "string"},
            {
                "type": "object",
                "properties": dict.fromkeys(("any", "all", "none"), tags),
                "additionalProperties": False,
            },
        ]
    }
    properties |= {"field": {"type": "object"}, "not": itself}
    properties |= {key: {"type": "array", "items": itself, "minItems": 1} for key in ("all", "any")}
    return {"type": "object", "properties": properties, "additionalProperties": False}


CONDITION_SCHEMA: Final[Mapping[str, Anything]] = _schema()
"""JSON Schema of a condition, to stand as `$defs/Condition` in the schema of a rule file."""
