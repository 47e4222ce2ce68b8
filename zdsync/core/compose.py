"""From what the rules want to the updates that Zendesk gets: only what differs, one message per audience.

`evaluate` hands over the actions of all live (or all shadow) rules for one ticket. Fields, tags and status are compared
with what the ticket has; the sections that want to speak to the same audience become one comment.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field, replace
from typing import Final, NamedTuple, assert_never

from zdsync.core.actions import AddFollower, AddTag, Edit, MailContacts, MergeInto, RemoveTag, Say, SetField, SetStatus
from zdsync.core.mailing import SAY_TAG, say_tag, tags_of
from zdsync.core.model import Audience, Facts, FieldValue, Merge, Message, Status, Ticket, Update
from zdsync.core.templates import FALLBACK, Templates

KEYS_LIMIT: Final = 512
"""Bytes that the keys of one audit stay under: Zendesk keeps 1 kB of metadata, and other things go there too."""
BETWEEN_SECTIONS: Final = "\n\n"


class Wish(NamedTuple):
    """An action, and the name of the rule that wants it."""

    rule: str
    action: Edit


@dataclass(slots=True)
class _Draft:
    """What is to change. The first rule that wants something has it; a later one does not undo it."""

    settled: set[str] = field(default_factory=set)
    fields: dict[int, FieldValue] = field(default_factory=dict)
    add_tags: set[str] = field(default_factory=set)
    remove_tags: set[str] = field(default_factory=set)
    tags_of_message: set[str] = field(default_factory=set)
    followers: set[int] = field(default_factory=set)
    status: Status | None = None
    custom_status_id: int | None = None
    merge: MergeInto | None = None
    mails: MailContacts | None = None
    rules: dict[str, None] = field(default_factory=dict)  # ordered, without repeats
    says: dict[str, tuple[str, Say]] = field(default_factory=dict)
    words: list[str] = field(default_factory=list)

    def without_message(self) -> Update:
        return Update(
            self.status,
            self.custom_status_id,
            self.fields,
            frozenset(self.add_tags),
            frozenset(self.remove_tags),
            frozenset(self.followers),
            rules=tuple(self.rules),
            words=tuple(self.words),
            tags_of_message=frozenset(self.tags_of_message),
        )


def compose(wishes: Sequence[Wish], ticket: Ticket, facts: Facts, templates: Templates) -> tuple[Update, ...]:
    """The updates that bring the ticket to where the wishes want it, in the order in which they are to be made.

    Everything without a key goes with the first one, notes for agents before messages to the customer, and comments
    before what a trigger mails: that is an update without a comment, with keys and tags. Empty updates are left out.
    Raises what `Templates.render` raises.
    """
    if not wishes:
        return ()
    draft = _Draft()
    for wish in wishes:
        if _take(wish.action, wish.rule, draft, ticket, facts):
            draft.rules[wish.rule] = None
            draft.words.append(wish.action.words)
    if not draft.rules and not draft.says:
        return ()
    # Somebody else's, or left by a trigger that is no more: with an update of ours it would set that mail off.
    draft.remove_tags |= {tag for tag in ticket.tags if tag.startswith(SAY_TAG)}
    says = list(draft.says.values())
    by_trigger = [pair for pair in says if _is_mailed(pair[1], ticket, facts)]
    for _, say in by_trigger:
        draft.remove_tags -= tags_of(say.template, say.values)
    bare = draft.without_message()
    spoken = [
        _message(audience, sections, ticket, facts, templates)
        for audience in ("agents", "customer")
        for sections in _batches([pair for pair in says if pair[1].audience == audience and pair not in by_trigger])
    ]
    spoken += [_mail(sections) for sections in _batches(by_trigger)]
    if not spoken:
        return (bare,)
    first, *others = spoken
    rules = tuple(dict.fromkeys((*bare.rules, *first.rules)))
    words = (*bare.words, *first.words)
    update = replace(
        bare,
        message=first.message,
        keys=first.keys,
        against=first.against,
        to_all=first.to_all,
        add_tags=bare.add_tags | first.add_tags,
        tags_of_message=bare.tags_of_message | first.tags_of_message,
    )
    merge = _merge(draft.merge, ticket, facts, templates) if draft.merge and draft.merge.key in first.keys else None
    post = draft.mails.post if draft.mails and draft.mails.key in first.keys else None
    return (replace(update, rules=rules, words=words, merge=merge, post=post), *others)


def _take(action: Edit, rule: str, draft: _Draft, ticket: Ticket, facts: Facts) -> bool:
    """Let the action stand unless an earlier one has settled the same thing; True if it changes a property."""
    if isinstance(action, Say):
        draft.says.setdefault(action.key, (rule, action))
        return False
    subject = action.subject
    if subject in draft.settled:
        return False
    draft.settled.add(subject)
    match action:
        case SetField(name, value):
            id = facts.field_ids.get(name)
            if id is None or not _differs(ticket.fields.get(id), value):
                return False
            draft.fields[id] = value
        case AddTag(tag, _, with_message):
            if tag in ticket.tags:
                return False
            draft.add_tags.add(tag)
            if with_message:
                draft.tags_of_message.add(tag)
        case RemoveTag(tag):
            if tag not in ticket.tags:
                return False
            draft.remove_tags.add(tag)
        case AddFollower(user_id):
            if user_id in ticket.follower_ids:
                return False
            draft.followers.add(user_id)
        case MergeInto():
            draft.merge = action
        case MailContacts():
            draft.mails = action
        case SetStatus(status, _, custom):
            custom_status_id = facts.status_ids.get(custom) if custom else None
            if custom_status_id not in (None, ticket.custom_status_id):
                draft.custom_status_id = custom_status_id
            elif status == ticket.status:
                return False
            draft.status = None if status == ticket.status else status
        case never:
            assert_never(never)
    return True


def _differs(present: FieldValue, wanted: FieldValue) -> bool:
    """Zendesk gives an empty text field back as null or as an empty text."""
    return (None if present == "" else present) != (None if wanted == "" else wanted)


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
    locale = _locale(audience, ticket, facts)
    body = BETWEEN_SECTIONS.join(templates.render(say.template, locale, **say.values) for _, say in sections)
    return Update(
        message=Message(audience, body, tuple(file for _, say in sections for file in say.enclosures)),
        keys=tuple(say.key for _, say in sections),
        rules=tuple(dict.fromkeys(rule for rule, _ in sections)),
        words=tuple(say.words for _, say in sections),
        against=tuple(say.against for _, say in sections if say.against),
        to_all=all(say.to_all for _, say in sections),
    )


def _is_mailed(say: Say, ticket: Ticket, facts: Facts) -> bool:
    """Whether a trigger says it. Where its tag is there already it has not done its work: then a comment does."""
    return say.way == "trigger" and say.template in facts.mailers and say_tag(say.template) not in ticket.tags


def _mail(sections: Sequence[tuple[str, Say]]) -> Update:
    """Each section is a mail of its own."""
    tags = frozenset(tag for _, say in sections for tag in tags_of(say.template, say.values))
    return Update(
        add_tags=tags,
        tags_of_message=tags,
        keys=tuple(say.key for _, say in sections),
        rules=tuple(dict.fromkeys(rule for rule, _ in sections)),
        words=tuple(f"{say.words}, by a trigger" for _, say in sections),
        against=tuple(say.against for _, say in sections if say.against),
        to_all=all(say.to_all for _, say in sections),
    )


def _merge(wanted: MergeInto, ticket: Ticket, facts: Facts, templates: Templates) -> Merge:
    target, source = (
        templates.render(say.template, _locale(say.audience, ticket, facts), **say.values)
        for say in (wanted.target, wanted.source)
    )
    return Merge(wanted.into, target, source)


def _locale(audience: Audience, ticket: Ticket, facts: Facts) -> str:
    """Agents read the fallback."""
    requester = facts.people.get(ticket.requester_id)
    return requester.locale if audience == "customer" and requester else FALLBACK
