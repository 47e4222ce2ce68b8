"""How customers hear that a major incident is over: on the tickets linked to its problem, and on the problem itself.

Whoever asked for it on the problem has no notice. Solved with a public comment, Zendesk mails them that; solved without
a word nobody would tell them. Where agents open it again, they read what customers have heard last.
"""

from __future__ import annotations

from datetime import timedelta
from typing import Final

from zdsync.core.actions import Say
from zdsync.core.automation import Case
from zdsync.core.incident import Incident, Solve
from zdsync.core.notify import reaches_somebody
from zdsync.core.outage import LATEST, Word
from zdsync.core.spans import Span
from zdsync.core.templates import paragraphs

_WRITES_WITHIN: Final = timedelta(minutes=5)
"""So long an agent who opens it again may take to say why."""
CASCADE_TAKES_LONGEST: Final = timedelta(minutes=10)
"""So long Zendesk may take to solve the incidents of a solved problem and to copy to them what was said on it."""


def confirmation(one: Incident, solve: Solve, words: str, *, service: str, zone: str) -> Say:
    """With how long it lasted, and what was done where `words` tell it. `zone`: the reader's."""
    down = next((each for each in reversed(one.downs) if each.end_audit == solve.audit_id), None)
    began, ended = (down.began, down.ended or solve.at) if down else (one.declared.at, solve.at)
    values = {
        "words": paragraphs(words),
        "began": began,
        "ended": ended,
        "length": Span(began, ended).in_minutes.length,
        "service": service,
        "zone": zone,
    }
    return Say("customer", "major_incident.resolved", f"resolved:{solve.audit_id}", solve.at, values, to_all=True)


def on_problem(one: Incident, case: Case, service: str) -> Word:
    """For its requester, where agents have solved it without a word and nobody has written since. Not before Zendesk
    has told the linked tickets, or it might copy this to all of them."""
    solve, reading = one.resolution, case.reading
    reader = case.facts.people.get(reading.ticket.requester_id)
    if solve is None or reading.kind != "problem" or not reading.ticket.is_public:
        return Word()
    if reader is None or reader.role != "end-user" or reader.suspended:
        return Word()
    written = (said for said in reading.comments if said.by != "us" and said.public and not said.automatic)
    if any(said.audit_id >= solve.audit_id for said in written) or case.now > solve.at + LATEST:
        return Word()
    until = solve.at + CASCADE_TAKES_LONGEST
    if case.now < until:
        return Word(wake_at=until)
    return Word((confirmation(one, solve, "", service=service, zone=reader.time_zone),))


def opened_again(one: Incident, case: Case) -> Word:
    """A note that customers know nothing of it, where an agent has opened it and told them nothing."""
    solve = one.solves[-1] if one.solves else None
    if solve is None or solve.reopened_at is None or one.is_waited_for or one.is_solved:
        return Word()
    moves = (move for move in case.reading.moves if move.at == solve.reopened_at and move.by == "staff")
    opened = next(moves, None)
    if opened is None:
        return Word()
    if case.now < opened.at + _WRITES_WITHIN:
        return Word(wake_at=opened.at + _WRITES_WITHIN)
    values = {"at": solve.at, "zone": case.rulebook.zone.key}
    note = Say("agents", "major_incident.reopened", one.key("reopened", opened.audit_id), opened.at, values)
    return Word((note, *reaches_somebody(case, opened.at)))
