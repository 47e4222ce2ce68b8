"""Mailed files: a new e-mail that names another ticket in its subject goes onto that ticket, and is merged into it.

Decided on the new ticket, with the history of the one that it names (`Facts.linked`). Anything doubtful is left to an
agent: an internal note says what would be merged and why it was not. Zendesk merges by a job that has neither a stamp
nor keys, so a note with a key is put on the new ticket first, under its stamp, and each such note allows one merge:
what became of it is read from both tickets before there is another note, and so another try.

Mail that Zendesk has set aside is no ticket. On each ticket that such a mail names, agents are told of it once
(`Facts.set_aside`): why it was set aside and where it is, and nothing of what it says or whom it says it is from.
"""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Annotated, Final, NamedTuple

from pydantic import Field

from zdsync.core.actions import MergeInto, Say, SetStatus
from zdsync.core.arrival import LATEST
from zdsync.core.automation import Automation, Case, Decision, Needs, SettingsModel, Tag
from zdsync.core.controls import EXEMPT_TAG, controls, latest
from zdsync.core.durations import Duration, in_words
from zdsync.core.episode import AWAITING_TAG
from zdsync.core.history import AUTOMATIC_MAIL, Reading
from zdsync.core.model import Audit, Facts, History, Mailed
from zdsync.core.notify import reaches_somebody
from zdsync.core.references import references
from zdsync.core.suspended import KIND, Suspended
from zdsync.core.templates import quoted
from zdsync.core.when import check

MERGED_TAG: Final = "closed_by_merge"
"""Zendesk's own, on what was merged; whoever answers to that opens a ticket that inherits it."""
PATIENCE: Final = timedelta(minutes=10)
"""How long a job of Zendesk may take. Until then its outcome is awaited."""
ATTEMPTS: Final = 2
MOST_LOOKED_AT: Final = 5
"""Tickets named in one subject; with several it is an agent's decision anyway."""
ROOM: Final = 60_000
"""Characters of the mail that are quoted on the other ticket: Zendesk's comments end at 65,535."""
LONGEST_LIST: Final = 20
"""Files that a note names."""
DAY: Final = timedelta(hours=24)
MOST_POINTED_OUT: Final = 3
"""Mails set aside of which one ticket tells in a day; the others wait. Anybody can write such mail, and it must not use
up the messages that a ticket may have in a day (`caps`)."""
MEGABYTE: Final = 1_000_000
_FORCED_PRIVATE: Final = frozenset({"twitter", "facebook", "any_channel"})
"""Channels on whose tickets all comments of a merge are private, so that nobody would be told."""


class Settings(SettingsModel):
    settle: Duration = timedelta(minutes=1)
    """How long an agent may still take the mail, and Zendesk scan its files. Other rules wait as long."""
    largest_file: Annotated[int, Field(ge=1, le=100)] = 20
    """Megabytes of one file; with a larger one an agent decides."""
    largest_total: Annotated[int, Field(ge=1, le=1000)] = 50
    """Megabytes of all files together."""
    per_day: Annotated[int, Field(ge=1, le=50)] = 5
    """Mails that are added to one ticket in 24 hours; after that an agent decides."""
    set_aside: bool = True
    """Whether agents are told, on the ticket that it names, of mail that Zendesk has set aside."""
    exempt_tags: tuple[Tag, ...] = ()
    """Mails that have one of these tags are left alone, and tickets that have one get nothing."""


EXAMPLE: Final = """\
settle: 1m                        # an agent may still take the mail, and Zendesk scans its files
largest_file: 20                  # megabytes; above that an agent decides
largest_total: 50                 # megabytes of all files of a mail
per_day: 5                        # mails that are added to one ticket in 24 hours
set_aside: true                   # agents hear of mail that Zendesk has set aside, on the ticket that it names
exempt_tags: []
"""

TEMPLATES: Final[Mapping[str, tuple[str, ...]]] = {
    "mailed_files.merging": ("reference", "attempt"),
    "mailed_files.added": ("source", "files", "more_files", "quotation"),
    "mailed_files.told": ("reference",),
    "mailed_files.proposal": ("references", "doubts", "files", "more_files"),
    "mailed_files.set_aside": ("came", "answers", "cause", "outage", "zone"),
}
"""`reference`: the number of the ticket that is named; `source`: that of the mail. `added` and `set_aside` go onto the
ticket that is named, the others onto the mail's own. `came`: when a mail was set aside; `answers`: whether it answers
the ticket (if not, its subject names it); `cause`: why, in Zendesk's words."""

EXAMPLES: Final[Mapping[str, object]] = {
    "reference": 4711,
    "references": [4711],
    "source": 4790,
    "attempt": 1,
    "files": ["screenshot.png", "export.log"],
    "more_files": 0,
    "quotation": quoted("Here are the files that I could not upload.\nRegards, Émilie", ROOM),
    "came": datetime(2026, 11, 23, 9, 41, tzinfo=UTC),
    "answers": True,
    "cause": "Email authentication failed",
    "outage": False,
    "zone": "Europe/Paris",
    "doubts": ["the sender is of another organisation than the requester of ticket 4711"],
}


def needs(settings: Settings) -> Needs:
    return Needs(set_aside=settings.set_aside)


def wants(history: History, facts: Facts, now: datetime) -> Collection[int]:
    """The tickets that the subject of a mail names, until something was decided about it."""
    ticket = history.ticket
    if ticket.channel != "email" or ticket.status in ("solved", "closed", "deleted"):
        return ()
    reading = Reading(history, facts)
    underway = any(key.startswith("mailed:") for key in reading.keys)
    if any(key.startswith("match:") for key in reading.keys) or (now > ticket.created_at + LATEST and not underway):
        return ()
    return _named(reading)


def decide(case: Case, settings: Settings) -> Decision:
    """Merge the mail, propose it to an agent, or nothing; what was merged into reopens; mail that was set aside and
    names this ticket is pointed out. Pure."""
    decision = _decide(case, settings)
    return decision if decision.alone else _point_out(decision, case, settings)


def _decide(case: Case, settings: Settings) -> Decision:
    reading, ticket = case.reading, case.reading.ticket
    got = _reopening(case)
    if got is not None:
        return got
    if ticket.channel != "email":
        return Decision("not-by-mail", "it did not come by mail")
    if reading.kind != "request":
        return Decision("not-a-request", f"a {reading.kind} is nobody's request")
    if reading.creation is None:
        return Decision("unknown", "the history lacks the ticket's creation")
    named = _named(reading)
    if not named:
        return Decision("no-reference", "its subject names no other ticket")
    if _is_exempt(case, settings):
        return Decision("exempt", "the ticket is exempt")
    if _proposal_key(reading) in reading.keys:
        return Decision("proposed", "agents were told what it names")
    if ticket.status == "solved":
        return Decision("solved", "the ticket is solved: nothing more is done to it")
    claims = _claims(reading)
    if not claims and case.now > ticket.created_at + LATEST:
        return Decision("too-late", f"it came in more than {in_words(LATEST)} ago: it is left where it is")
    targets = {
        number: Reading(case.facts.linked[number], case.facts) for number in named if number in case.facts.linked
    }
    mailed = case.facts.mailed or Mailed("")
    if not targets and claims:
        return _propose(reading, named, mailed, ["what it names is no ticket any more"])
    if not targets:
        return Decision("no-such-ticket", "what its subject names is no ticket")
    doubts = [*_doubts_of_mail(case, settings, mailed), *_doubts_of_target(case, settings, targets)]
    if claims:
        return _underway(case, settings, targets, mailed, claims, doubts)
    if doubts:
        return _propose(reading, targets, mailed, doubts)
    merge_at = ticket.created_at + settings.settle
    if case.now < merge_at:
        return Decision("settling", "an agent may still take it", wake_at=merge_at, alone=True)
    return _merge(reading, next(iter(targets)), mailed, attempt=1)


def _is_exempt(case: Case, settings: Settings) -> bool:
    tagged = not case.reading.ticket.tags.isdisjoint({EXEMPT_TAG, *settings.exempt_tags})
    return tagged or bool(latest(controls(case.reading, case.rulebook.zone), "exempt"))


def _point_out(decision: Decision, case: Case, settings: Settings) -> Decision:
    """The decision, and a note on each mail that was set aside and names this ticket. A solved ticket has it too: such
    mail may well be what was to open it again. What we have for ourselves, as the control ticket, has none."""
    reading, since = case.reading, case.rulebook.live_since
    mails = [mail for mail in case.facts.set_aside if mail.at >= since and mail.key not in reading.keys]
    is_theirs = reading.kind != "notice" or reading.ticket.is_public
    if not (settings.set_aside and mails and is_theirs) or _is_exempt(case, settings):
        return decision
    told = sorted(audit.at for key, audit in reading.said_in.items() if key.startswith(f"{KIND}:"))
    recent = [at for at in told if at > case.now - DAY]
    now = mails[: max(MOST_POINTED_OUT - len(recent), 0)]
    wakes = [decision.wake_at] if decision.wake_at else []
    if len(now) < len(mails):
        wakes.append([*recent, *[case.now] * len(now)][-MOST_POINTED_OUT] + DAY)
    notes = [_note_of(mail, case) for mail in now]
    return replace(
        decision,
        outcome=decision.outcome if decision.actions else "set-aside",
        words=f"{decision.words}; mail that was set aside names it{'' if now else ', of which it is told tomorrow'}",
        actions=(*decision.actions, *notes, *(reaches_somebody(case, now[-1].at) if now else ())),
        wake_at=min(wakes, default=None),
    )


def _note_of(mail: Suspended, case: Case) -> Say:
    values = {
        "came": mail.at,
        "answers": mail.ticket_id == case.reading.ticket.id,
        "cause": mail.why,
        "outage": mail.kind == "outage",
        "zone": case.rulebook.zone.key,
    }
    return Say("agents", "mailed_files.set_aside", mail.key, mail.at, values)


class _Claim(NamedTuple):
    """A note of ours that announced a merge."""

    at: datetime
    audit_id: int


def _named(reading: Reading) -> tuple[int, ...]:
    """Other tickets; a mail that names itself names none."""
    numbers = references(reading.ticket.subject)
    return tuple(number for number in numbers if number != reading.ticket.id)[:MOST_LOOKED_AT]


def _claims(reading: Reading) -> list[_Claim]:
    """Oldest first."""
    said = [audit for key, audit in reading.said_in.items() if key.startswith("mailed:")]
    return [_Claim(audit.at, audit.id) for audit in said]


def _proposal_key(reading: Reading) -> str:
    return f"match:{reading.creation_id}"


def _merge(reading: Reading, into: int, mailed: Mailed, attempt: int) -> Decision:
    """The note that announces it, and the merge itself, which goes out only with the note."""
    key, since = f"mailed:{reading.creation_id}:{attempt}", reading.ticket.created_at
    values = {"source": reading.ticket.id, "quotation": quoted(mailed.text, ROOM), **_files(mailed)}
    added = Say("agents", "mailed_files.added", key, since, values)
    told = Say("customer", "mailed_files.told", key, since, {"reference": into})
    merge = MergeInto(into, key, since, added, told)
    note = Say("agents", "mailed_files.merging", key, since, {"reference": into, "attempt": attempt})
    return Decision("merging", f"its text and files go onto #{into}, which it names", (merge, note), alone=True)


def _propose(reading: Reading, targets: Collection[int], mailed: Mailed, doubts: list[str]) -> Decision:
    values = {"references": list(targets), "doubts": doubts, **_files(mailed)}
    note = Say("agents", "mailed_files.proposal", _proposal_key(reading), reading.ticket.created_at, values)
    return Decision("doubtful", f"an agent decides: {'; '.join(doubts)}", (note,))


def _files(mailed: Mailed) -> Mapping[str, object]:
    names = [f"{file.name} (malware, says Zendesk's scan)" if file.malware else file.name for file in mailed.files]
    return {"files": names[:LONGEST_LIST], "more_files": max(len(names) - LONGEST_LIST, 0)}


def _underway(
    case: Case,
    settings: Settings,
    targets: Mapping[int, Reading],
    mailed: Mailed,
    claims: list[_Claim],
    doubts: list[str],
) -> Decision:
    """A merge was announced and the ticket is still here: the job is at work, or it has failed, or was never asked for.

    A comment of ours on the other ticket without a key is most likely the job's: then never another one.
    """
    until = claims[-1].at + PATIENCE
    if case.now < until:
        return Decision("awaited", "Zendesk was asked to merge it", wake_at=until, alone=True)
    into, target = next(iter(targets.items()))
    if any(
        _is_by_merge(audit, case.reading.ticket.id, claims[0].at) for audit in target.audits if target.is_ours(audit)
    ):
        return _propose(
            case.reading, targets, mailed, [f"its text seems to be on ticket {into} already, but it was not closed"]
        )
    if doubts:
        return _propose(case.reading, targets, mailed, doubts)
    if len(claims) >= ATTEMPTS:
        return _propose(case.reading, targets, mailed, [f"Zendesk was asked {ATTEMPTS} times, and has not merged it"])
    return _merge(case.reading, into, mailed, attempt=len(claims) + 1)


def _is_by_merge(audit: Audit, source: int, since: datetime) -> bool:
    """Whether an audit of ours on the other ticket may be what a merge of this one has left there."""
    unmarked = bool(audit.comments) and not audit.keys and audit.at >= since
    return source in audit.merged_with or (unmarked and not audit.merged_with)


def _doubts_of_mail(case: Case, settings: Settings, mailed: Mailed) -> Iterator[str]:
    """Why the mail itself should be looked at by an agent."""
    reading, ticket = case.reading, case.reading.ticket
    creation = reading.creation
    assert creation is not None, "decide() has looked"
    comment = creation.comments[0] if creation.comments else None
    person = case.facts.people.get(ticket.requester_id)
    if comment is None or comment.author_id != ticket.requester_id or creation.author_id != ticket.requester_id:
        yield "no customer has opened it for themselves"
    elif person is None or person.role != "end-user" or person.suspended:
        yield "its sender is no customer who may write"
    elif not comment.public or not ticket.is_public:
        yield "it is private"
    if comment is not None and (AUTOMATIC_MAIL in comment.flags or comment.answer == "automatic"):
        yield "a mail program has sent it by itself"
    elif comment is not None and comment.flags:
        yield f"Zendesk is not sure who has sent it, or has left something out ({_flags(comment.flags)})"
    if ticket.cc_ids - {ticket.requester_id}:
        yield "others were copied on it, who would be copied on the other ticket too"
    if MERGED_TAG in ticket.tags:
        yield "it answers to a ticket that was merged already"
    if any(audit is not creation and audit.author_id > 0 and not reading.is_ours(audit) for audit in reading.audits):
        yield "somebody has worked on it"
    elif any(audit.merged_with for audit in reading.audits):
        yield "another ticket was merged into it"
    elif ticket.status not in ("new", "open"):
        yield f"it is {ticket.status}"
    yield from _doubts_of_files(settings, mailed)


def _flags(flags: Collection[int]) -> str:
    return "flag " + ", ".join(str(flag) for flag in sorted(flags))


def _doubts_of_files(settings: Settings, mailed: Mailed) -> Iterator[str]:
    if any(file.malware for file in mailed.files):
        yield "Zendesk has found malware in a file"
    if any(file.size > settings.largest_file * MEGABYTE for file in mailed.files):
        yield f"a file has more than {settings.largest_file} MB"
    if sum(file.size for file in mailed.files) > settings.largest_total * MEGABYTE:
        yield f"its files have more than {settings.largest_total} MB together"


def _doubts_of_target(case: Case, settings: Settings, targets: Mapping[int, Reading]) -> Iterator[str]:
    """Why nothing should be added to the ticket that is named."""
    if len(targets) > 1:
        yield f"it names {' and '.join(str(number) for number in targets)}"
        return
    number, target = next(iter(targets.items()))
    ticket = target.ticket
    if ticket.status in ("solved", "closed", "deleted"):
        merged = " (merged)" if MERGED_TAG in ticket.tags else ""
        yield f"ticket {number} is {ticket.status}{merged}"
    elif AWAITING_TAG in ticket.tags or _is_awaiting(case.facts, ticket.custom_status_id):
        yield f"ticket {number} waits for the customer's confirmation, and this may be the answer"
    if target.kind != "request":
        yield f"ticket {number} is a {target.kind}, not a request"
    if not ticket.tags.isdisjoint({EXEMPT_TAG, *settings.exempt_tags}):
        yield f"ticket {number} is exempt"
    if not check(case.rulebook.scope, ticket, case.facts.field_ids).held:
        yield f"ticket {number} is outside of scope"
    if not ticket.is_public or ticket.channel in _FORCED_PRIVATE:
        yield f"comments of a merge into ticket {number} would be private, so nobody would be told"
    if ticket.channel == "email" and ticket.status == "new" and _named(target):
        yield f"ticket {number} is a mail that names another ticket itself"
    if not _belongs(case, ticket.requester_id, ticket.organization_id):
        yield f"the sender is neither the requester of ticket {number} nor of the same organisation"
    recent = [at for at in target.own_merges if at > case.now - DAY]
    if len(recent) >= settings.per_day:
        yield f"ticket {number} has got {len(recent)} mails in 24 hours"


def _is_awaiting(facts: Facts, custom_status_id: int | None) -> bool:
    return custom_status_id is not None and custom_status_id == facts.status_ids.get("awaiting_confirmation")


def _belongs(case: Case, requester_id: int, organization_id: int | None) -> bool:
    """Whether the sender is the requester of the ticket that is named, or of its organisation."""
    sender = case.reading.ticket.requester_id
    person = case.facts.people.get(sender)
    same = person is not None and person.organization_id is not None and person.organization_id == organization_id
    return sender == requester_id or same


def _reopening(case: Case) -> Decision | None:
    """A merge leaves the other ticket's status as it was, where a mail to it would have opened it again."""
    reading = case.reading
    if reading.ticket.status not in ("pending", "hold") or not reading.own_merges:
        return None
    at, since = reading.own_merges[-1], reading.timeline("status")[-1].since
    if since > at or AWAITING_TAG in reading.ticket.tags or _is_awaiting(case.facts, reading.ticket.custom_status_id):
        return None
    words = "the customer has mailed something for it while it waited for them"
    return Decision("reopening", words, (SetStatus("open", at),))


MAILED_FILES: Final = Automation(
    name="mailed_files",
    Settings=Settings,
    example=EXAMPLE,
    decide=decide,
    needs=needs,
    templates=TEMPLATES,
    to_customer=frozenset({"mailed_files.told"}),
    wants=wants,
    examples=EXAMPLES,
)
