"""What should be there held against what is: one step for each object, with words. Pure.

Nothing is touched that does not carry our mark. What was changed on ours is put back; what is ours and no longer wanted
is switched off, never deleted.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, Final, Literal

from zdsync.provision.account import NAME_IN, Found, is_active, is_ours
from zdsync.provision.wanted import PREFIX, Either, Ref, Wanted, Wish
from zdsync.zendesk.client import Kind, Raw

Do = Literal["keep", "make", "change", "switch off", "know", "see to"]
"""`know`: nothing is to be done, but it should be known. `see to`: only people can."""

MISSING: Final = "missing: "
"""How the words of a `make` begin."""

TO_BE_MADE: Final = "an id that is not known yet"

Ids = Mapping[tuple[Kind, str], str]

_WORDS: Final[Mapping[Kind, str]] = {
    "ticket_fields": "ticket field",
    "custom_statuses": "custom status",
    "webhooks": "webhook",
    "triggers": "trigger",
    "macros": "macro",
    "views": "view",
}


class Unresolved(LookupError):
    """An object refers to another one that is not there."""

    def __init__(self, ref: Ref) -> None:
        super().__init__(f"it needs the {_WORDS[ref.kind]} {ref.name!r}, which is not there")


@dataclass(frozen=True, slots=True)
class Step:
    kind: Kind
    name: str
    do: Do
    words: str
    object_id: int | str | None = None
    body: Mapping[str, Any] = field(default_factory=dict)
    """What is sent, with `Ref` and `Either` still in it."""

    @property
    def title(self) -> str:
        return f"{_WORDS[self.kind]} {self.name!r}"

    @property
    def changes(self) -> bool:
        """Whether `--apply` has something to do."""
        return self.do in ("make", "change", "switch off")


def compare(wish: Wish, found: Found) -> tuple[Step, ...]:
    """The steps in the order in which they are taken, then what is to be known."""
    ids = known_ids(wish, found)
    to_be_made = {
        (one.kind, one.name): TO_BE_MADE
        for one in wish.objects
        if not found.named(one.kind, one.name) and one.kind not in found.refused
    }
    steps = [_step(one, found, {**to_be_made, **ids}) for one in wish.objects]
    off = _no_longer_wanted(wish, found)
    told = {(step.kind, step.name) for step in off}
    remarks = [
        Step(one.kind, one.name, "see to" if one.wrong else "know", one.words)
        for one in wish.remarks
        if (one.kind, one.name) not in told
    ]
    return (*steps, *off, *remarks)


def known_ids(wish: Wish, found: Found) -> dict[tuple[Kind, str], str]:
    """The ids of the wanted objects that are there and can serve, for others to refer to."""
    ids = {}
    for one in wish.objects:
        row = _candidate(one, found.named(one.kind, one.name))
        if isinstance(row, dict) and not _cannot_serve(one, row):
            ids[one.kind, one.name] = str(row["id"])
    return ids


def resolved(value: object, ids: Ids) -> Any:
    """The value with every `Ref` and `Either` replaced. Raises `Unresolved`."""
    match value:
        case Ref(kind, name):
            if (kind, name) not in ids:
                raise Unresolved(value)
            return ids[kind, name]
        case Either(first, second):
            try:
                return resolved(first, ids)
            except Unresolved:
                return resolved(second, ids)
        case Mapping():
            return {key: resolved(inner, ids) for key, inner in value.items()}
        case list() | tuple():
            return [resolved(inner, ids) for inner in value]
        case _:
            return value


def _step(one: Wanted, found: Found, ids: Ids) -> Step:
    if one.kind in found.refused:
        return Step(one.kind, one.name, "see to", f"cannot be looked at: {found.refused[one.kind]}")
    named = found.named(one.kind, one.name)
    if not named:
        return Step(one.kind, one.name, "make", f"{MISSING}{one.for_what}", body={**one.whole, **one.at_creation})
    row = _candidate(one, named)
    if isinstance(row, str):
        return Step(one.kind, one.name, "see to", row, named[0]["id"])
    if wrong := _cannot_serve(one, row):
        return Step(one.kind, one.name, "see to", wrong, row["id"])
    if not is_ours(one.kind, row):
        return Step(one.kind, one.name, "keep", one.for_what, row["id"])
    try:
        should = resolved(one.whole, ids)
    except Unresolved as error:
        return Step(one.kind, one.name, "see to", str(error), row["id"])
    different = [key for key, value in should.items() if _plain(key, value) != _plain(key, _shown(one.kind, row, key))]
    if different:
        words = f"is not as it was made: {', '.join(different)}"
        # Everything is sent: a trigger whose conditions are written loses the actions that are not.
        return Step(one.kind, one.name, "change", words, row["id"], one.whole)
    return Step(one.kind, one.name, "keep", one.for_what, row["id"])


def _candidate(one: Wanted, rows: tuple[Raw, ...]) -> Raw | str:
    """The object that stands for the wanted one: ours, and of fields and statuses anybody's. Or why none does."""
    active = [row for row in rows if is_active(one.kind, row)]
    ours = [row for row in rows if is_ours(one.kind, row)]
    if not one.by_any_hand:
        if not ours:
            return "another one has this name, which zdsync did not make; rename it, and ours can be made"
        return next((row for row in ours if is_active(one.kind, row)), ours[0])
    if len(active) > 1:  # the worker, too, could not tell which
        return f"{len(active)} of them have this name, so none is used; leave one active"
    if not active and not ours:
        return "is switched off, so it is not used; switch it on"
    return (active or ours)[0]


def _cannot_serve(one: Wanted, row: Raw) -> str:
    """What was said at its making and cannot be changed any more. Empty where it is right."""
    fixed = {"ticket_fields": "type", "custom_statuses": "status_category", "webhooks": "subscriptions"}
    key = fixed.get(one.kind)
    if key is None or one.at_creation.get(key) == row.get(key):
        return ""
    return f"{key} is {row.get(key)}, and has to be {one.at_creation.get(key)}; rename it, and another one is made"


def _no_longer_wanted(wish: Wish, found: Found) -> list[Step]:
    wanted = {(one.kind, one.name) for one in wish.objects}
    reasons = {(one.kind, one.name): one.words for one in wish.remarks}
    acting: tuple[Kind, ...] = ("triggers", "macros", "views")
    return [
        Step(kind, name, "switch off", reasons.get((kind, name), "no rule needs it any more"), row["id"], _OFF)
        for kind in acting
        for row in found.objects.get(kind, ())
        for name in [str(row.get(NAME_IN.get(kind, "title")))]
        if is_ours(kind, row) and name.startswith(PREFIX) and (kind, name) not in wanted and is_active(kind, row)
    ]


_OFF: Final = {"active": False}


def _shown(kind: Kind, row: Raw, key: str) -> object:
    """A property as replies have it: views are written flat and shown with `conditions`."""
    if kind == "views" and key in ("all", "any"):
        return (row.get("conditions") or {}).get(key)
    return row.get(key)


def _plain(key: str, value: object) -> object:
    """What counts of a property, however Zendesk writes it: numbers as texts, tags and conditions in any order."""
    if key == "conditions" and isinstance(value, Mapping):
        return {part: _plain(part, value.get(part)) for part in ("all", "any")}
    if key in ("all", "any", "actions"):
        rows = value if isinstance(value, list | tuple) else ()
        return sorted((str(one.get("field")), str(one.get("operator", "is")), _text(one)) for one in rows)
    return _bare(value)


def _text(one: Mapping[str, Any]) -> str:
    value = one.get("value")
    if one.get("field") in ("current_tags", "remove_tags", "set_tags"):
        words = value.split() if isinstance(value, str) else [str(word) for word in value or ()]
        return " ".join(sorted(words))
    return str([_bare(inner) for inner in value] if isinstance(value, list | tuple) else _bare(value))


def _bare(value: object) -> str:
    if isinstance(value, bool):
        return str(value).lower()
    return "" if value is None else str(value).replace("\r\n", "\n").strip()
