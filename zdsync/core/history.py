"""Reading a ticket's history: who said what, what was set when and by which audit, what we have said already.

`evaluate` makes one `Reading` per ticket and pass; clocks and automations look at nothing else. The rules of reading
stand here and nowhere else. What an audit does not tell (redacted, truncated, of an unknown type, without a previous
value) is named in `unusable`, and the reading goes on with the most cautious assumption.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Collection, Mapping
from datetime import datetime, timedelta
from functools import cached_property
from typing import Final, Literal, NamedTuple, get_args

from zdsync.core.intake import Found
from zdsync.core.model import Answer, Audit, Change, Comment, Facts, FieldValue, History, Priority, Status

OUR_PREFIX: Final = "zdsync-"
"""Begins the `external_id` of every ticket that zdsync creates."""
RELAY: Final = "relay:"
"""Begins the key of a comment that we pass on for an agent; it counts as the agent's."""
AUTOMATIC_MAIL: Final = 4
"""Zendesk's trust flag for auto-replies."""
UNVERIFIED: Final = frozenset({0, 2, 3})
"""Zendesk's trust flags for authors who may be somebody else."""
CREATION_TAKES: Final = timedelta(minutes=1)
"""A first audit later than this after the ticket's creation is not its creation: the history lacks its beginning."""

Kind = Literal["request", "notice", "problem"]
Speaker = Literal["staff", "requester", "other", "us"]
"""`us` is zdsync itself; `other` is anybody else: a CC, an outsider, the system."""

_TICKET_NAMES: Final = {"ticket_form_id": "form_id"}
_KNOWN_VALUES: Final[dict[str, dict[FieldValue, FieldValue]]] = {
    "status": {name: name for name in get_args(Status)},
    "priority": {name: name for name in get_args(Priority)},
}


class Span(NamedTuple):
    """What a field of the ticket was for a while."""

    value: FieldValue
    since: datetime
    until: datetime | None
    """None: it still is."""
    audit_id: int
    """The audit that set it; the creation's for what was so from the beginning, and 0 where that is not known."""


class Move(NamedTuple):
    """One change of the status. A trigger may make another one inside the same update."""

    at: datetime
    audit_id: int
    to: FieldValue
    before: FieldValue
    by: Speaker | Literal["rule"]
    """`rule`: a trigger or automation, or Zendesk itself."""


class Said(NamedTuple):
    """A comment, with who was speaking at that moment."""

    at: datetime
    audit_id: int
    comment_id: int
    author_id: int
    by: Speaker
    public: bool
    automatic: bool
    """Sent by a mail program. It answers nothing."""
    at_creation: bool
    """It came with the ticket itself."""
    answer: Answer
    """What it says as a reply. Nothing can be taken from a comment whose author is not verified: `other`."""
    intake: Found | None = None
    files: int = 0
    fingerprint: str = ""
    restricted: bool = False
    undelivered: bool = False
    """An automatic mail which says that one of ours has reached nobody."""

    @property
    def is_reply(self) -> bool:
        """An agent's answer that the customer sees."""
        return self.by == "staff" and self.public and not self.automatic and not self.at_creation


class Reading:
    """One ticket's history, read once and kept: what takes time is computed at its first use."""

    def __init__(self, history: History, facts: Facts) -> None:
        self.ticket = history.ticket
        self.audits = history.audits
        self._facts = facts
        self._timelines: dict[str, tuple[Span, ...]] = {}
        self._doubts: dict[str, None] = {}  # ordered, without repeats
        changes: defaultdict[str, list[tuple[Audit, Change]]] = defaultdict(list)
        self._changes = changes
        self._spoken = [(audit, comment) for audit in history.audits for comment in audit.comments]
        first = self.audits[0] if self.audits else None
        self.creation = first if first and first.at - self.ticket.created_at < CREATION_TAKES else None
        for audit in history.audits:
            for change in audit.changes:
                changes[change.field].append((audit, change))

    @cached_property
    def kind(self) -> Kind:
        """`notice`: a ticket that we created and no customer has answered; `problem`: what incidents hang on. Neither
        has request automations."""
        if self.is_created_by_us and self.answer_to_us is None:
            return "notice"
        return "problem" if self.ticket.type == "problem" else "request"

    @property
    def is_created_by_us(self) -> bool:
        """Others may write an external id, too."""
        ours = self.ticket.submitter_id is None or self.ticket.submitter_id in self._facts.own_user_ids
        return ours and (self.ticket.external_id or "").startswith(OUR_PREFIX)

    @cached_property
    def answer_to_us(self) -> Said | None:
        """What makes a ticket that we created a request: the first words of somebody who is not staff."""
        if not self.is_created_by_us:
            return None
        return next(
            (
                said
                for said in self.comments
                if said.by in ("requester", "other") and said.author_id > 0
                if not said.automatic and not said.at_creation
            ),
            None,
        )

    @property
    def begins_at(self) -> datetime:
        """When the customer's request began: with the ticket, or with the answer to a notice of ours."""
        return self.answer_to_us.at if self.answer_to_us else self.ticket.created_at

    @property
    def creation_id(self) -> int:
        """The audit that created the ticket, in keys; 0 if the history does not reach back to it."""
        return self.creation.id if self.creation else 0

    def is_ours(self, audit: Audit) -> bool:
        return audit.author_id in self._facts.own_user_ids

    @cached_property
    def said_in(self) -> Mapping[str, Audit]:
        """Message keys, each with its audit. Anybody may write metadata: only those in audits of ours count."""
        return {key: audit for audit in self.audits if audit.keys and self.is_ours(audit) for key in audit.keys}

    @property
    def keys(self) -> Collection[str]:
        """What has been said already."""
        return self.said_in.keys()

    @cached_property
    def own_messages(self) -> tuple[datetime, ...]:
        """When we commented, or had a trigger mail what an audit's keys stand for, oldest first. What we pass on for an
        agent is none of these: it takes no room from what we have to say ourselves."""
        return tuple(
            audit.at
            for audit in self.audits
            if (audit.comments or audit.keys) and self.is_ours(audit) and not _is_relay(audit)
        )

    @cached_property
    def own_merges(self) -> tuple[datetime, ...]:
        """When a merge of ours put another ticket's words here, oldest first."""
        return tuple(audit.at for audit in self.audits if audit.comments and audit.merged_with and self.is_ours(audit))

    @cached_property
    def staff(self) -> frozenset[int]:
        """Agents now, everybody who was ever assigned here, and authors of unflagged private notes here.

        Somebody who leaves and is downgraded stays staff for what was said before. A private mail proves nothing: an
        account may keep private what those who are copied write.
        """
        notes = [
            comment.author_id
            for audit, comment in self._spoken
            if not comment.public and not comment.flags and audit.channel != "email"
        ]
        return self._agents.union(notes)

    @cached_property
    def comments(self) -> tuple[Said, ...]:
        """Every comment, oldest first."""
        return tuple(
            Said(
                audit.at,
                audit.id,
                comment.id,
                comment.author_id,
                speaker,
                comment.public,
                AUTOMATIC_MAIL in comment.flags or (comment.answer == "automatic" and speaker != "staff"),
                audit is self.creation,
                "other" if comment.flags else comment.answer,
                comment.intake,
                comment.files,
                comment.fingerprint,
                comment.restricted,
                comment.undelivered,
            )
            for audit, comment in self._spoken
            for speaker in [self._author(audit, comment)]
        )

    @cached_property
    def first_reply(self) -> datetime | None:
        """When staff first answered in public, as `Said` tells it: not by automatic mail, not with the creation."""
        after = self.answer_to_us.audit_id if self.answer_to_us else 0
        return next((said.at for said in self.comments if said.is_reply and said.audit_id > after), None)

    def _author(self, audit: Audit, comment: Comment) -> Speaker:
        """A mail in an agent's name that may be anybody's is not the agent's."""
        by = self._speaker(audit, comment.author_id)
        return "other" if by == "staff" and comment.flags & UNVERIFIED else by

    def _speaker(self, audit: Audit, author_id: int) -> Speaker:
        own = self._facts.own_user_ids
        if audit.author_id in own or author_id in own:
            return "staff" if audit.author_id in own and _is_relay(audit) else "us"
        if author_id in self._requesters and author_id == self.at("requester_id", audit.at):
            # An agent who opens a problem is its requester, and speaks as the agent there: it is nobody's request.
            is_theirs = self._was_problem and author_id in self._agents
            return "staff" if is_theirs else "requester"
        return "staff" if author_id in self.staff else "other"

    @cached_property
    def _was_problem(self) -> bool:
        """What an agent has said on a problem stays an agent's word when its type is changed later."""
        return was_problem(History(self.ticket, self.audits))

    @cached_property
    def _requesters(self) -> frozenset[FieldValue]:
        """Everybody who was ever the requester."""
        return frozenset(span.value for span in self.timeline("requester_id"))

    @cached_property
    def control_tags(self) -> Mapping[str, Audit]:
        """Tags on the ticket that a staff member put there by an update of their own, which is given.

        Follow-ups inherit tags, and forms, triggers and we add some: none of these is anybody's command.
        """
        known: frozenset[str] = frozenset()
        commanded: dict[str, Audit | None] = {}
        for audit, change in self._changes.get("tags", ()):
            tags, before = _tags(change.value), _tags(change.previous)
            command = audit if self.by_staff(audit) and not change.by_rule else None
            for tag in tags - known - before:
                commanded[tag] = command
            known = tags
        return {tag: audit for tag, audit in commanded.items() if audit is not None and tag in self.ticket.tags}

    def by_staff(self, audit: Audit) -> bool:
        """Whether an agent made this update by hand: nobody of ours, and not the creation of the ticket.

        Stricter than `staff`, since it is about commands: a private note proves nothing here.
        """
        return self.by_agent(audit) and audit is not self.creation

    def by_agent(self, audit: Audit) -> bool:
        """The same, the creation of the ticket included."""
        return audit.author_id in self._agents and not self.is_ours(audit)

    @cached_property
    def _agents(self) -> frozenset[int]:
        """Agents now, and everybody who was ever assigned here."""
        ids: set[int | None] = {person.id for person in self._facts.people.values() if person.role != "end-user"}
        ids.add(self.ticket.assignee_id)
        for _, change in self._changes.get("assignee_id", ()):
            ids |= {_number(change.value), _number(change.previous)}
        return frozenset([id for id in ids if id is not None])

    def tagged_by_rule(self, tag: str) -> frozenset[int]:
        """The audits of other people in which a trigger added the tag."""
        return frozenset(
            audit.id
            for audit, change in self._changes.get("tags", ())
            if change.by_rule and tag in _tags(change.value) - _tags(change.previous) and not self.is_ours(audit)
        )

    def came_along(self, tag: str) -> bool:
        """Whether the ticket was created with the tag (a follow-up inherits them) and nobody has added it since."""
        born = False
        for audit, change in self._changes.get("tags", ()):
            if tag in _tags(change.value) - _tags(change.previous):
                born = audit is self.creation
        return born and tag in self.ticket.tags

    def set_by_staff(self, field: str, value: FieldValue) -> frozenset[int]:
        """The audits in which staff, and no trigger, gave the field this value."""
        return frozenset(
            audit.id
            for audit, change in self._changes.get(field, ())
            if change.value == value and not change.by_rule and self.by_staff(audit)
        )

    def changed_by_staff(self, field: str, before: FieldValue) -> frozenset[int]:
        """The audits in which staff, and no trigger, gave the field another value than this one."""
        return frozenset(
            audit.id
            for audit, change in self._changes.get(field, ())
            if change.previous == before != change.value and not change.by_rule and self.by_staff(audit)
        )

    def tagged_by_staff(self, tag: str) -> tuple[Audit, ...]:
        """The audits in which staff, and no trigger, added the tag, whether or not it is still there."""
        return tuple(
            audit
            for audit, change in self._changes.get("tags", ())
            if tag in _tags(change.value) - _tags(change.previous) and not change.by_rule and self.by_staff(audit)
        )

    def all_taken_off(self, tag: str) -> tuple[Audit, ...]:
        """The audits in which the tag was taken off, by whomever."""
        return tuple(
            audit
            for audit, change in self._changes.get("tags", ())
            if tag in _tags(change.previous) - _tags(change.value)
        )

    def taken_off(self, tag: str) -> int:
        """The last audit in which staff took the tag off; 0 if there is none."""
        return max(
            (
                audit.id
                for audit, change in self._changes.get("tags", ())
                if tag in _tags(change.previous) - _tags(change.value) and not change.by_rule and self.by_staff(audit)
            ),
            default=0,
        )

    @cached_property
    def moves(self) -> tuple[Move, ...]:
        """Every change of the status after the creation, oldest first."""
        return tuple(
            Move(audit.at, audit.id, read(change.value), read(change.previous), self._mover(audit, change))
            for audit, change in self._changes.get("status", ())
            if audit is not self.creation
            for read in [_KNOWN_VALUES["status"].get]
        )

    def _mover(self, audit: Audit, change: Change) -> Speaker | Literal["rule"]:
        if change.by_rule or audit.channel == "rule" or audit.author_id <= 0:
            return "rule"
        if audit.problem_id is not None and self.is_ours(audit):
            return "rule"  # with a problem of ours Zendesk has solved what is linked to it: no decision of anybody's
        # Words that we pass on are the agent's; what else we do with that update is ours.
        return "us" if self.is_ours(audit) else self._speaker(audit, audit.author_id)

    def timeline(self, field: str) -> tuple[Span, ...]:
        """What `field` was, from the creation on, without gaps; several changes by one audit are one.

        `field` is Zendesk's name as in audits (`status`, `assignee_id`…), one of those that `convert` keeps.
        """
        if field not in self._timelines:
            self._timelines[field] = self._read_timeline(field)
        return self._timelines[field]

    def at(self, field: str, instant: datetime) -> FieldValue:
        """What `field` was at an instant (before the creation: what it was at the creation)."""
        spans = self.timeline(field)
        for span in reversed(spans):
            if span.since <= instant:
                return span.value
        return spans[0].value

    @property
    def unusable(self) -> tuple[str, ...]:
        """What could not be read, in words, as far as the properties used until now have found out."""
        told = (f"audit {audit.id}: {words}" for audit in self.audits for words in audit.unusable)
        gap = ("the history lacks the ticket's creation",) if self.audits and self.creation is None else ()
        return (*told, *gap, *self._doubts)

    def _read_timeline(self, field: str) -> tuple[Span, ...]:
        current = self._current(field)
        changes = self._changes.get(field, ())
        created = self.ticket.created_at
        if not changes:
            return (Span(current, created, None, self.creation_id),)
        plain = _reader(field)
        spans: list[Span] = []
        first_audit, first = changes[0]
        value, since, audit_id = plain(first.value), created, first_audit.id
        if first_audit is not self.creation:
            value, audit_id = self._before(field, first_audit, first), self.creation_id
        for audit, change in changes:
            new = plain(change.value)
            if audit.id == audit_id:
                value = new  # several changes by one audit: the last one holds
                if spans and spans[-1].value == value:
                    value, since, _, audit_id = spans.pop()
            elif new != value:
                at = audit.at if audit.at > since else since
                spans.append(Span(value, since, at, audit_id))
                value, since, audit_id = new, at, audit.id
        if value != current:
            # Which audit set it is unknown. The last known one stands for it: its keys exist, so rather silence.
            self._doubts[f"the history ends with {field} {value}, the ticket has {current}"] = None
        spans.append(Span(current, since, None, audit_id))
        return tuple(spans)

    def _before(self, field: str, audit: Audit, change: Change) -> FieldValue:
        """What `field` was at the creation, by the first change that is known of."""
        previous = _reader(field)(change.previous)
        if previous is None and field == "status":
            self._doubts[f"audit {audit.id} lacks the status before it: taken as new"] = None
            return "new"
        return previous

    def _current(self, field: str) -> FieldValue:
        if field.isdecimal():
            return self.ticket.fields.get(int(field))
        if field == "tags":
            return tuple(sorted(self.ticket.tags))
        value: FieldValue = getattr(self.ticket, _TICKET_NAMES.get(field, field), None)
        return value


def was_problem(history: History) -> bool:
    """Whether the ticket is a problem or has been one: who was told of it waits for its end, whatever it is now."""
    return history.ticket.type == "problem" or any(
        change.field == "type" and change.previous == "problem" for audit in history.audits for change in audit.changes
    )


def _is_relay(audit: Audit) -> bool:
    return any(key.startswith(RELAY) for key in audit.keys)


def _reader(field: str) -> Callable[[FieldValue], FieldValue]:
    """How a value of an audit becomes what the ticket itself has."""
    if field in _KNOWN_VALUES:
        return _KNOWN_VALUES[field].get
    if field == "tags":
        return lambda value: tuple(sorted(_tags(value)))
    return _number if field.endswith("_id") else lambda value: value


def _number(value: FieldValue) -> int | None:
    if isinstance(value, str):
        return int(value) if value.isdecimal() else None
    return value if isinstance(value, int) else None


def _tags(value: FieldValue) -> frozenset[str]:
    if isinstance(value, str):
        return frozenset(value.split())
    return frozenset(value) if isinstance(value, tuple) else frozenset()
