"""Zendesk's JSON to the values of `core/model.py`, and an `Update` to the body of its PUT. Called by `client.py`.

Reading is forgiving inside an audit (what cannot be read is named in `Audit.unusable`) and strict about what everything
rests on: without an id or an instant a record raises `Unreadable`.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterable, Mapping
from datetime import UTC, datetime, time
from typing import Any, get_args
from zoneinfo import ZoneInfo

from zdsync.core import notices
from zdsync.core.audience import Candidate
from zdsync.core.fingerprint import fingerprint
from zdsync.core.history import AUTOMATIC_MAIL, OUR_PREFIX
from zdsync.core.incident_report import Task
from zdsync.core.intake import Found
from zdsync.core.intake_reading import read_intake
from zdsync.core.mailing import SAY_TAG
from zdsync.core.model import (
    Answer,
    Audit,
    Campaign,
    Change,
    Comment,
    Enclosed,
    FieldValue,
    Mailed,
    Person,
    Priority,
    Status,
    Ticket,
    Update,
)
from zdsync.core.preventive_actions import TAG, external_id, subject_of
from zdsync.core.replies import read
from zdsync.core.reply_notices import says_undelivered
from zdsync.core.suspended import Suspended

METADATA_BYTES = 1024
"""Zendesk's limit for the custom metadata of one audit."""

_ID_FIELDS = frozenset(
    {
        "requester_id",
        "submitter_id",
        "assignee_id",
        "group_id",
        "organization_id",
        "brand_id",
        "ticket_form_id",
        "problem_id",
        "custom_status_id",
    }
)
_COMMENTS = frozenset({"Comment", "VoiceComment", "FacebookComment"})
_READ_FIELDS = _ID_FIELDS | {"status", "priority", "type", "tags"}
"""Whose history is read. What customers type (subjects, custom fields, comments on satisfaction) is never kept."""

_WITHOUT_MEANING = frozenset(
    {
        "AgentMacroReference",
        "AttachmentRedactionEvent",
        "Cc",
        "ChatEndedEvent",
        "ChatStartedEvent",
        "CommentPrivacyChange",
        "CommentRedactionEvent",
        "Error",
        "External",
        "FacebookEvent",
        "FollowerNotification",
        "KnowledgeCaptured",
        "KnowledgeLinked",
        "LogMeInTranscript",
        "Notification",
        "NotificationWithCcs",
        "OrganizationActivity",
        "Push",
        "SMS",
        "SatisfactionRating",
        "ScheduleAssignment",
        "TicketSharingEvent",
        "Tweet",
        "WebhookEvent",
    }
)
"""Known event types that tell nothing about a decision. A privacy change does not rewrite what a comment was."""

_STATUSES: Mapping[str, Status] = {
    **{status: status for status in get_args(Status)},
    "archived": "closed",
    "scrubbed": "deleted",
}
_PRIORITIES: Mapping[str, Priority] = {priority: priority for priority in get_args(Priority)}
_RULE_TIMES = re.compile(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d+)?(Z|[+-]\d\d:\d\d)")


_LOCALE = re.compile(r"[A-Za-z]{2,3}(?:[-_][A-Za-z0-9]{1,8}){0,4}")

COMMAND_CHANNELS = ("web", "api")
"""Of audits whose notes may command."""
COMMAND_LENGTH = 120
"""Characters that are kept of what follows `/zdsync`."""

INTAKE_LENGTH = 2000
"""Characters of later comments in which an intake is looked for: agents write long ones, and it costs time. The first
one is read whole."""

_COMMAND_LINE = 1000
"""Characters of a note among which the command is looked for: blanks may stand before and in it."""
_RESTRICTED = re.compile(
    r"\s*(?:\[(?:internal|restricted|confidentiel|interne)\]|#internal\b|/zdsync(?!\S))", re.IGNORECASE
)
"""Begins an internal note that is not for the customer."""
_COMMAND = re.compile(r"\s*/zdsync(?:[^\S\r\n]+([^\r\n]*)|[\r\n]|\Z)", re.IGNORECASE)


class Unreadable(ValueError):
    """A record lacks what nothing can be said without (its id, its instant, its status)."""


def ticket(raw: Mapping[str, Any]) -> Ticket:
    """A ticket resource. Raises `Unreadable`."""
    status = _STATUSES.get(str(raw.get("status")).lower())
    if status is None:
        raise Unreadable(f"ticket status {raw.get('status')!r}")
    return Ticket(
        id=_required_id(raw, "id"),
        status=status,
        created_at=instant(raw.get("created_at")),
        updated_at=instant(raw.get("updated_at")),
        requester_id=_required_id(raw, "requester_id"),
        priority=_PRIORITIES.get(str(raw.get("priority")).lower()),
        type=_string(raw.get("type")),
        custom_status_id=_id(raw.get("custom_status_id")),
        submitter_id=_id(raw.get("submitter_id")),
        assignee_id=_id(raw.get("assignee_id")),
        group_id=_id(raw.get("group_id")),
        organization_id=_id(raw.get("organization_id")),
        brand_id=_id(raw.get("brand_id")),
        form_id=_id(raw.get("ticket_form_id")),
        problem_id=_id(raw.get("problem_id")),
        external_id=_string(raw.get("external_id")),
        channel=_channel(raw),
        subject=_string(raw.get("subject")) or "",
        tags=frozenset(str(tag) for tag in _list(raw.get("tags"))),
        fields=_custom_fields(raw),
        follower_ids=_ids(raw.get("follower_ids")),
        cc_ids=_ids(raw.get("email_cc_ids")),
        due_at=instant(raw["due_at"]) if raw.get("due_at") else None,
        is_public=raw.get("is_public") is not False,
    )


def audit(raw: Mapping[str, Any]) -> Audit:
    """An audit with what its events say. Raises `Unreadable` without an id or an instant."""
    unusable: list[str] = []
    by_rule = _by_rule(raw)
    changes: list[Change] = []
    comments: list[Comment] = []
    events = raw.get("events")
    if not isinstance(events, list):
        unusable.append("events are missing")
    for event in _list(events):
        kind = event.get("type") if isinstance(event, Mapping) else None
        if not isinstance(kind, str):
            unusable.append("an event without a type")
        elif kind in ("Create", "Change"):
            _read_change(event, by_rule, changes, unusable)
        elif kind in _COMMENTS:
            _read_comment(event, raw, comments, unusable)
        elif kind not in _WITHOUT_MEANING:
            unusable.append(f"event type {kind}")
    author = _id(raw.get("author_id"))
    return Audit(
        id=_required_id(raw, "id"),
        at=instant(raw.get("created_at")),
        author_id=-1 if author is None else author,  # Zendesk itself is -1
        channel=_channel(raw),
        changes=tuple(changes),
        comments=tuple(comments),
        keys=_keys(raw, unusable),
        unusable=tuple(unusable),
        merged_with=_merged_with(raw),
        problem_id=_solved_with(raw),
        fields=_changed_fields(raw),
    )


def mailed(raw: Mapping[str, Any]) -> Mailed:
    """A comment in whole, with the names and sizes of its files."""
    files = [file for file in _list(raw.get("attachments")) if isinstance(file, Mapping)]
    return Mailed(
        _text(raw),
        tuple(
            Enclosed(
                _string(file.get("file_name")) or "a file without a name",
                file["size"] if isinstance(file.get("size"), int) else 0,
                file.get("malware_scan_result") == "malware_found",
            )
            for file in files
        ),
    )


def words(raw: Mapping[str, Any]) -> str:
    """What a comment says; Markdown's signs may be in it."""
    return _text(raw)


def suspended(raw: Mapping[str, Any]) -> Suspended:
    """A mail that was set aside. Raises `Unreadable` without an id or an instant."""
    author, at = raw.get("author"), instant(raw.get("created_at"))
    subject, content = _string(raw.get("subject")) or "", _string(raw.get("content")) or ""
    return Suspended(
        id=_required_id(raw, "id"),
        at=at,
        sender=(_string(author.get("email")) if isinstance(author, Mapping) else None) or "unknown",
        cause=_string(raw.get("cause")) or "unknown",
        subject=subject,
        ticket_id=_id(raw.get("ticket_id")),
        kind=read_intake(f"{subject}\n{content[:INTAKE_LENGTH]}", at=at, zone="UTC", locale="en").kind,
        cause_id=_id(raw.get("cause_id")),
    )


def person(raw: Mapping[str, Any]) -> Person:
    """A user resource. An unknown role counts as an end user: it must not make somebody staff."""
    role = raw.get("role")
    return Person(
        id=_required_id(raw, "id"),
        role="admin" if role == "admin" else "agent" if role == "agent" else "end-user",
        locale=_locale(raw.get("locale")),
        time_zone=_zone(raw.get("iana_time_zone"), raw.get("time_zone")),
        organization_id=_id(raw.get("organization_id")),
        suspended=raw.get("suspended") is True,
        phone=bool(_string(raw.get("phone"))),
        email=bool(_string(raw.get("email"))),
    )


def candidate(raw: Mapping[str, Any]) -> Candidate:
    """A user resource with what an audience can be chosen by."""
    fields = raw.get("user_fields")
    filled = {
        str(name): value
        for name, value in (fields.items() if isinstance(fields, Mapping) else ())
        if isinstance(value, str | int | float | bool)
    }
    return Candidate(person(raw), frozenset(str(tag) for tag in _list(raw.get("tags"))), filled)


def new_ticket(
    campaign: Campaign,
    problem: Ticket,
    contact: Person,
    subject: str,
    body: str,
    *,
    own_id: int,
    at: datetime,
    rulebook_hash: str,
    uploads: Iterable[str] = (),
) -> dict[str, Any]:
    """The body of `POST /tickets` for a contact's notice: an incident of the problem, with its key.

    `at`: the instant of the fact that the campaign follows from, so that a repeat is equal. We are named as submitter:
    else the first comment might count as the contact's own. Raises ValueError for a text that is empty.
    """
    if not subject.strip() or not body.strip():
        raise ValueError(f"the notices of {campaign.name} need a subject and a text")
    comment: dict[str, Any] = {"body": body, "public": True, "author_id": own_id}
    if tokens := list(uploads):
        comment["uploads"] = tokens
    # What the problem lacks the account's own defaults decide.
    inherited = {name: getattr(problem, name) for name in ("assignee_id", "group_id", "brand_id")}
    return {
        "ticket": {
            "external_id": notices.external_id(campaign.name, contact.id),
            "requester_id": contact.id,
            "submitter_id": own_id,
            "subject": " ".join(subject.split()),
            "comment": comment,
            "type": "incident",
            "problem_id": problem.id,
            "status": campaign.status,
            **{name: value for name, value in inherited.items() if value is not None},
            "tags": sorted({*campaign.tags, notices.NOTICE_TAG}),
            "metadata": {
                "zdsync_keys": notices.key(campaign.name),
                "zdsync_at": stamp(at),
                "zdsync_rules": rulebook_hash,
            },
        }
    }


def new_task(
    task: Task, problem: Ticket, *, zone: ZoneInfo, own_id: int, at: datetime, rulebook_hash: str
) -> dict[str, Any]:
    """The body of `POST /tickets` for a preventive action: a task for the problem's agents, due when its day ends in
    `zone`. No customer sees it."""
    inherited = {name: getattr(problem, name) for name in ("assignee_id", "group_id", "brand_id")}
    due = datetime.combine(task.due, time(17), zone) if task.due else None
    return {
        "ticket": {
            "external_id": external_id(problem.id, task),
            "requester_id": own_id,
            "submitter_id": own_id,
            "subject": subject_of(task),
            "comment": {"body": f"From the report on ticket {problem.id}.", "public": False, "author_id": own_id},
            "type": "task",
            "status": "open",
            **({"due_at": stamp(due)} if due else {}),
            **{name: value for name, value in inherited.items() if value is not None},
            "tags": [TAG],
            "metadata": {"zdsync_at": stamp(at), "zdsync_rules": rulebook_hash},
        }
    }


def payload(
    update: Update, ticket: Ticket, *, at: datetime, rulebook_hash: str, uploads: Iterable[str] = ()
) -> dict[str, Any]:
    """The body of `PUT /tickets/{id}`: stamped, with its keys, and nothing that was not asked for.

    `at`: the instant of evaluation; `uploads`: tokens of the message's files. Raises ValueError for an empty update
    (Zendesk would drop its keys), a message without a key, keys with neither a message nor a tag that makes a trigger
    mail one, and metadata above 1 kB.
    """
    if update.is_empty:
        raise ValueError("an update that changes nothing")
    if update.message is not None and not (update.keys and update.message.body.strip()):
        raise ValueError("a message needs a text and at least one key")
    if update.keys and update.message is None and not any(each.startswith(SAY_TAG) for each in update.add_tags):
        raise ValueError("keys need a message, or a tag that makes a trigger mail it")
    metadata = {"zdsync_keys": " ".join(update.keys), "zdsync_at": stamp(at), "zdsync_rules": rulebook_hash}
    if len(json.dumps(metadata).encode()) > METADATA_BYTES:
        raise ValueError(f"{len(update.keys)} keys do not fit into the metadata of one audit")
    body: dict[str, Any] = {
        "safe_update": True,
        "updated_stamp": stamp(ticket.updated_at),  # a string: zenpy would send a datetime as a bare date
        "metadata": metadata,
    }
    if update.status == "solved" and ticket.assignee_id is None and (ticket.external_id or "").startswith(OUR_PREFIX):
        body["assignee_id"] = ticket.submitter_id  # Zendesk solves nothing that is nobody's; this one is ours
    if update.custom_status_id is not None:
        body["custom_status_id"] = update.custom_status_id  # it has its category with it
    elif update.status is not None:
        body["status"] = update.status
    if update.fields:
        body["custom_fields"] = [{"id": id_, "value": _plain(value)} for id_, value in sorted(update.fields.items())]
    if update.add_tags or update.remove_tags:
        body["tags"] = sorted((ticket.tags | update.add_tags) - update.remove_tags)  # the stamp guards the whole list
    if update.add_followers:
        body["followers"] = [{"user_id": id_, "action": "put"} for id_ in sorted(update.add_followers)]
    if update.message is not None:
        body["comment"] = {"body": update.message.body, "public": update.message.public}
        if tokens := list(uploads):
            body["comment"]["uploads"] = tokens
    return {"ticket": body}


def stamp(at: datetime) -> str:
    """An instant as Zendesk writes it: `2026-11-24T16:30:58Z`, whole seconds."""
    return at.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%SZ")


def instant(value: object) -> datetime:
    """An instant as Zendesk writes it, in UTC. Nanoseconds are cut to microseconds. Raises `Unreadable`."""
    if isinstance(value, str) and _RULE_TIMES.fullmatch(value):
        try:
            return datetime.fromisoformat(value).astimezone(UTC)
        except (ValueError, OverflowError):
            pass
    raise Unreadable(f"not an instant: {str(value)[:40]!r}")


def _read_change(event: Mapping[str, Any], by_rule: bool, changes: list[Change], unusable: list[str]) -> None:
    name = event.get("field_name")
    if name is None or isinstance(name, list | dict | bool):
        unusable.append(f"a {event['type']} event without a field name")
        return
    name = str(name)
    if name not in _READ_FIELDS:
        return
    try:
        value, previous = _field_value(name, event.get("value")), _field_value(name, event.get("previous_value"))
    except Unreadable:
        unusable.append(f"the value of {name}")
        return
    changes.append(Change(name, value, previous, by_rule=by_rule or _by_rule(event)))


def _changed_fields(raw: Mapping[str, Any]) -> frozenset[int]:
    """A custom field's name in an audit is its id."""
    events = (event for event in _list(raw.get("events")) if isinstance(event, Mapping))
    names = (event.get("field_name") for event in events if event.get("type") in ("Create", "Change"))
    return frozenset(id_ for name in names if (id_ := _id(name)) is not None)


def _read_comment(
    event: Mapping[str, Any], raw: Mapping[str, Any], comments: list[Comment], unusable: list[str]
) -> None:
    id_, author, public = _id(event.get("id")), _id(event.get("author_id")), event.get("public")
    if author is None:
        author = _id(raw.get("author_id"))
    if id_ is None or author is None:
        unusable.append("a comment without an id or author")
        return
    if not isinstance(public, bool):
        unusable.append(f"whether comment {id_} is public")
        public = False  # a comment that may be private must not count as an answer
    text = _text(event)
    answer = read(text) if public else "other"
    told = _is_told_in(event, public, answer)
    comments.append(
        Comment(
            id_,
            author,
            public,
            _flags(raw) | _flags(event),
            answer=answer,
            command=_command(text) if event.get("public") is False and _may_command(event, raw) else "",
            intake=_intake(text, author, raw) if told else None,
            files=len(_list(event.get("attachments"))),
            fingerprint=fingerprint(text) if told and not _opens(raw) else "",
            restricted=event.get("public") is False and _RESTRICTED.match(text[:_COMMAND_LINE]) is not None,
            undelivered=public and _is_automatic(event, raw, answer) and says_undelivered(text),
        )
    )


def _is_automatic(event: Mapping[str, Any], raw: Mapping[str, Any], answer: Answer) -> bool:
    return answer == "automatic" or AUTOMATIC_MAIL in (_flags(raw) | _flags(event))


def _is_told_in(event: Mapping[str, Any], public: bool, answer: Answer) -> bool:
    """Whether the comment may tell of a request: no note, no automatic mail, no recorded call."""
    return event["type"] == "Comment" and public and answer != "automatic"


def _intake(text: str, author: int, raw: Mapping[str, Any]) -> Found | None:
    """What the words contain of an intake, below the subject if they open the ticket; not read where somebody else than
    the requester opens it.

    Who writes later is not known here, nor are anybody's language and zone.
    """
    opening = _opens(raw)
    if opening.get("requester_id") is not None and _id(opening["requester_id"]) != author:
        return None
    subject = _string(opening.get("subject"))
    words = f"{subject}\n{text}" if subject else text[:INTAKE_LENGTH]
    return read_intake(words, at=instant(raw.get("created_at")), zone="UTC", locale="en")


def _opens(raw: Mapping[str, Any]) -> dict[str, object]:
    """What the ticket was created with, by this audit; nothing in a later one."""
    return {
        str(event.get("field_name")): event.get("value")
        for event in _list(raw.get("events"))
        if isinstance(event, Mapping) and event.get("type") == "Create"
    }


def _text(event: Mapping[str, Any]) -> str:
    """The comment's words; Markdown's signs are still in `body`, HTML's are in neither."""
    for name in ("plain_body", "body"):
        if isinstance(text := event.get(name), str) and text.strip():
            return text
    return ""


def _command(text: str) -> str:
    """What follows `/zdsync` on the first line of a note, in the writer's spelling with single spaces."""
    match = _COMMAND.match(text[:_COMMAND_LINE])
    return " ".join((match[1] or "").split())[:COMMAND_LENGTH].rstrip() if match else ""


def _may_command(event: Mapping[str, Any], raw: Mapping[str, Any]) -> bool:
    """Whether it may be an agent's own: others' words are not even kept."""
    return _channel(raw) in COMMAND_CHANNELS and not (_flags(raw) | _flags(event))


def _flags(raw: Mapping[str, Any]) -> frozenset[int]:
    metadata = raw.get("metadata")
    flags = _list(metadata.get("flags")) if isinstance(metadata, Mapping) else []
    return frozenset(flag for item in flags if (flag := _id(item)) is not None)


def _keys(raw: Mapping[str, Any], unusable: list[str]) -> tuple[str, ...]:
    """The keys in the custom metadata, which anybody with the API may have filled with anything."""
    metadata = raw.get("metadata")
    custom = metadata.get("custom") if isinstance(metadata, Mapping) else None
    keys = custom.get("zdsync_keys") if isinstance(custom, Mapping) else None
    if keys is None or isinstance(keys, str):
        return tuple((keys or "").split())
    if isinstance(keys, list) and all(isinstance(key, str) for key in keys):
        return tuple(word for key in keys for word in key.split())
    unusable.append("the keys in the metadata")
    return ()


def _field_value(name: str, value: object) -> FieldValue:
    """One side of a change. Ids come as strings or ints, tags as lists; an object means nothing to us."""
    if name in _ID_FIELDS:
        id_ = _id(value)
        if id_ is None and value not in (None, "", "0", 0):
            raise Unreadable(name)
        return id_ or None
    if name == "status" and isinstance(value, str):
        return _STATUSES.get(value.lower(), value.lower())
    if name == "tags" and isinstance(value, str):
        return tuple(value.split())
    if value is None or isinstance(value, str | int | float | bool):
        return value
    if isinstance(value, list) and not any(isinstance(item, list | dict) for item in value):
        return tuple(str(item) for item in value)
    raise Unreadable(name)


def _custom_fields(raw: Mapping[str, Any]) -> dict[int, FieldValue]:
    """By id; the second list `fields` repeats the first. A value of unknown shape is left out."""
    found: dict[int, FieldValue] = {}
    for item in _list(raw.get("custom_fields")) or _list(raw.get("fields")):
        id_ = _id(item.get("id")) if isinstance(item, Mapping) else None
        if id_ is None:
            continue
        try:
            found[id_] = _field_value("", item.get("value"))
        except Unreadable:
            continue
    return found


def _zone(*names: object) -> str:
    """The first name that is an IANA zone; Rails names (`Pacific Time (US & Canada)`) are none."""
    for name in names:
        if isinstance(name, str) and name:
            try:
                ZoneInfo(name)
            except (ValueError, OSError, LookupError):
                continue
            return name
    return "UTC"


def _locale(name: object) -> str:
    """`fr-CA`; what looks like no locale is English."""
    return name if isinstance(name, str) and _LOCALE.fullmatch(name) else "en"


def _channel(raw: Mapping[str, Any]) -> str:
    via = raw.get("via")
    channel = via.get("channel") if isinstance(via, Mapping) else None
    return "unknown" if channel is None else str(channel)


def _merged_with(raw: Mapping[str, Any]) -> tuple[int, ...]:
    """The other tickets of the merge that an audit is part of."""
    via = raw.get("via")
    source = via.get("source") if isinstance(via, Mapping) else None
    if not isinstance(source, Mapping) or source.get("rel") != "merge" or not isinstance(source.get("from"), Mapping):
        return ()
    others = [source["from"].get("ticket_id"), *_list(source["from"].get("ticket_ids"))]
    return tuple(id_ for each in others if (id_ := _id(each)) is not None)


def _solved_with(raw: Mapping[str, Any]) -> int | None:
    """The problem whose solve has solved this incident, by Zendesk's own job."""
    via = raw.get("via")
    source = via.get("source") if isinstance(via, Mapping) else None
    if not isinstance(source, Mapping) or source.get("rel") != "problem" or not isinstance(source.get("from"), Mapping):
        return None
    return _id(source["from"].get("ticket_id"))


def _ids(value: object) -> frozenset[int]:
    return frozenset(id_ for each in _list(value) if (id_ := _id(each)) is not None)


def _by_rule(raw: Mapping[str, Any]) -> bool:
    """A trigger or automation did it. A macro is no rule: an agent has chosen it."""
    if _channel(raw) != "rule":
        return False
    source = raw["via"].get("source")
    return not (isinstance(source, Mapping) and source.get("rel") == "macro")


def _required_id(raw: Mapping[str, Any], name: str) -> int:
    value = _id(raw.get(name))
    if value is None:
        raise Unreadable(f"{name} is missing")
    return value


def _id(value: object) -> int | None:
    if isinstance(value, int) and not isinstance(value, bool):
        return value
    if isinstance(value, str) and len(value) <= 20 and re.fullmatch(r"-?[0-9]+", value):
        return int(value)
    return None


def _string(value: object) -> str | None:
    return None if value is None else str(value)


def _list(value: object) -> list[Any]:
    return value if isinstance(value, list) else []


def _plain(value: FieldValue) -> object:
    return list(value) if isinstance(value, Iterable) and not isinstance(value, str) else value
