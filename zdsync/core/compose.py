"""From what the rules want to the updates that Zendesk gets: only what differs, one message per audience.

`evaluate` hands over the actions of all live (or all shadow) rules for one ticket. Fields, tags and status are compared
with what the ticket has; the sections that want to speak to the same audience become one comment.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field, replace
from typing import Final, assert_never

from zdsync.core.actions import Action, AddTag, RemoveTag, Say, SetField, SetStatus
from zdsync.core.model import Audience, Facts, FieldValue, Message, Status, Ticket, Update
from zdsync.core.templates import FALLBACK, Templates

KEYS_LIMIT: Final = 512
"""Bytes that the keys of one audit stay under: Zendesk keeps 1 kB of metadata, and other things go there too."""
BETWEEN_SECTIONS: Final = "\n\n"


@dataclass(frozen=True, slots=True)
class Wish:
    """An action, and the name of the rule that wants it."""

    rule: str
    action: Action


@dataclass(slots=True)
class _State:
    """How the ticket should be. The first rule that wants something has it; a later one does not undo it."""

    fields: dict[str, FieldValue] = field(default_factory=dict)
    tags: dict[str, bool] = field(default_factory=dict)
    status: SetStatus | None = None
    rules: dict[str, None] = field(default_factory=dict)
    says: dict[str, tuple[str, Say]] = field(default_factory=dict)


def compose(wishes: Sequence[Wish], ticket: Ticket, facts: Facts, templates: Templates) -> tuple[Update, ...]:
    """The updates that bring the ticket to where the wishes want it, in the order in which they are to be made.

    Everything without a key goes with the first one, notes for agents before messages to the customer. Empty updates
    are left out. Raises what `Templates.render` raises.
    """
    state = _State()
    for wish in wishes:
        _take(wish, state, ticket, facts)
    bare = _without_message(state, ticket, facts)
    spoken = [
        _message(audience, sections, ticket, facts, templates)
        for audience in ("agents", "customer")
        for sections in _batches([pair for pair in state.says.values() if pair[1].audience == audience])
    ]
    if not spoken:
        return () if bare.is_empty else (bare,)
    first, *others = spoken
    rules = tuple(dict.fromkeys((*bare.rules, *first.rules)))
    return (replace(bare, message=first.message, keys=first.keys, rules=rules), *others)


def _take(wish: Wish, state: _State, ticket: Ticket, facts: Facts) -> None:
    """Let the wish stand unless an earlier one has settled the same thing; remember the rule if it changes anything."""
    match wish.action:
        case SetField(name, value):
            if name in state.fields or name not in facts.field_ids:
                return
            state.fields[name] = value
            differs = _differs(ticket.fields.get(facts.field_ids[name]), value)
        case AddTag(tag) | RemoveTag(tag):
            if tag in state.tags:
                return
            state.tags[tag] = isinstance(wish.action, AddTag)
            differs = state.tags[tag] != (tag in ticket.tags)
        case SetStatus() as wanted:
            if state.status is not None:
                return
            state.status = wanted
            differs = _status_change(wanted, ticket) != (None, None)
        case Say() as say:
            state.says.setdefault(say.key, (wish.rule, say))
            return
        case never:
            assert_never(never)
    if differs:
        state.rules[wish.rule] = None


def _without_message(state: _State, ticket: Ticket, facts: Facts) -> Update:
    status, custom_status_id = _status_change(state.status, ticket)
    wanted_fields = {facts.field_ids[name]: value for name, value in state.fields.items()}
    return Update(
        status=status,
        custom_status_id=custom_status_id,
        fields={id: value for id, value in wanted_fields.items() if _differs(ticket.fields.get(id), value)},
        add_tags=frozenset(tag for tag, wanted in state.tags.items() if wanted and tag not in ticket.tags),
        remove_tags=frozenset(tag for tag, wanted in state.tags.items() if not wanted and tag in ticket.tags),
        rules=tuple(state.rules),
    )


def _differs(present: FieldValue, wanted: FieldValue) -> bool:
    """Zendesk gives an empty text field back as null or as an empty text."""
    return (None if present == "" else present) != (None if wanted == "" else wanted)


def _status_change(wanted: SetStatus | None, ticket: Ticket) -> tuple[Status | None, int | None]:
    if wanted is None:
        return None, None
    same_custom = wanted.custom_status_id in (None, ticket.custom_status_id)
    return (
        None if wanted.status == ticket.status else wanted.status,
        None if same_custom else wanted.custom_status_id,
    )


def _batches(sections: Sequence[tuple[str, Say]]) -> Iterator[list[tuple[str, Say]]]:
    """The sections in as few messages as their keys allow."""
    batch: list[tuple[str, Say]] = []
    size = 0
    for section in sections:
        length = len(section[1].key.encode()) + 1
        if batch and size + length > KEYS_LIMIT:
            yield batch
            batch, size = [], 0
        batch.append(section)
        size += length
    if batch:
        yield batch


def _message(
    audience: Audience, sections: Sequence[tuple[str, Say]], ticket: Ticket, facts: Facts, templates: Templates
) -> Update:
    locale = FALLBACK
    if audience == "customer" and ticket.requester_id in facts.people:
        locale = facts.people[ticket.requester_id].locale
    body = BETWEEN_SECTIONS.join(templates.render(say.template, locale, **say.values) for _, say in sections)
    return Update(
        message=Message(audience, body),
        keys=tuple(say.key for _, say in sections),
        rules=tuple(dict.fromkeys(rule for rule, _ in sections)),
    )
