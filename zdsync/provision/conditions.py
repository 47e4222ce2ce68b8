"""A rule's `when` in the words of a Zendesk trigger, where those suffice. Pure.

A trigger has one list of conditions that all hold and one of which any holds, over fewer properties than `when` knows.
What cannot be said exactly is not said at all: a trigger that is wider than its rule would mail strangers.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final

from zdsync.core.when import All, Any, Condition, FieldIs, HasTag, Is, Not

Row = Mapping[str, str]
"""`{"field", "operator", "value"}`"""

_FIELDS: Final = {
    "priority": "priority",
    "type": "type",
    "brand": "brand_id",
    "form": "ticket_form_id",
    "group": "group_id",
    "organization": "organization_id",
    "assignee": "assignee_id",
    "requester": "requester_id",
}
"""Not `status`, which the same update changes, nor `channel`, which triggers know by numbers that differ by plan."""


@dataclass(frozen=True, slots=True)
class Conditions:
    """All of `all`, and one of `any` if there are some."""

    all: tuple[Row, ...] = ()
    any: tuple[Row, ...] = ()


def expressed(condition: Condition) -> Conditions | None:
    """The same in a trigger's words; None where they do not suffice."""
    match condition:
        case All(parts):
            return _both([expressed(part) for part in parts])
        case Any(parts):
            return _one_of(parts)
        case Not(part):
            return _none_of(part)
        case HasTag(tag):
            return Conditions((row("current_tags", "includes", tag),))
        case Is(name, values) if name in _FIELDS:
            rows = tuple(row(_FIELDS[name], "is", value) for value in values)
            return Conditions(rows) if len(rows) == 1 else Conditions(any=rows)
        case Is() | FieldIs():
            return None


def row(field: str, operator: str, value: object) -> Row:
    """One condition. Zendesk's values are texts; an empty one is "not set"."""
    return {"field": field, "operator": operator, "value": "" if value is None else str(value)}


def _both(parts: list[Conditions | None]) -> Conditions | None:
    known = [part for part in parts if part is not None]
    choices = [part.any for part in known if part.any]
    if len(known) < len(parts) or len(choices) > 1:
        return None
    return Conditions(tuple(one for part in known for one in part.all), choices[0] if choices else ())


def _one_of(parts: tuple[Condition, ...]) -> Conditions | None:
    if all(isinstance(part, HasTag) for part in parts):  # "at least one of these tags" is one condition
        tags = " ".join(part.tag for part in parts if isinstance(part, HasTag))
        return Conditions((row("current_tags", "includes", tags),))
    rows: list[Row] = []
    for part in parts:
        said = expressed(part)
        if said is None or (len(said.all), len(said.any)) == (0, 0) or (said.all and said.any) or len(said.all) > 1:
            return None
        rows += said.all + said.any
    return Conditions(any=tuple(rows))


def _none_of(part: Condition) -> Conditions | None:
    match part:
        case HasTag(tag):
            return Conditions((row("current_tags", "not_includes", tag),))
        case Is(name, values) if name in _FIELDS:
            return Conditions(tuple(row(_FIELDS[name], "is_not", value) for value in values))
        case Any(parts):
            return _both([_none_of(each) for each in parts])
        case All((only,)):
            return _none_of(only)
        case Not(inner):
            return expressed(inner)
        case All() | Is() | FieldIs():
            return None
