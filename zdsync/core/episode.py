"""Where a ticket stands between an agent's solve and the customer's confirmation, replayed from its history.

`confirmation_hold` decides on it. An episode begins with the first solve by an agent after the customer's last words
(or after we gave the ticket back), and ends with the next words of the customer: within one the customer is asked once.
"""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass, field
from datetime import datetime
from typing import Final, Literal, NamedTuple

from zdsync.core.history import Move, Reading, Said
from zdsync.core.model import Audit, FieldValue, Ticket

AWAITING_TAG: Final = "zdsync_awaiting_confirmation"
"""On the ticket while it is held: set by us, or by the provisioned trigger, which mails the question as well."""
ASK_TAG: Final = "zdsync_ask"
"""Set by a trigger that holds and mails nothing: the question is still to be asked, by our comment with a link."""
BY_AGENT: Final = "by an agent"
BY_LINK: Final = "by the holder of the link"
_FROM_OUTSIDE: Final = ("requester", "other")


class Solve(NamedTuple):
    """The agent's solve that began the episode."""

    at: datetime
    audit_id: int


class Asked(NamedTuple):
    """When the question went out: by our comment, or by the trigger's mail."""

    at: datetime
    audit_id: int


class Linked(NamedTuple):
    """What whoever holds the link of the question has answered on the confirmation page."""

    at: datetime
    solve_id: int
    """The solve that they were asked about."""
    yes: bool


class Solved(NamedTuple):
    """The last time that somebody set the ticket to solved."""

    at: datetime
    audit_id: int
    by: Literal["staff", "requester", "us", "rule"]
    before: FieldValue
    """The status before it."""


class Reply(NamedTuple):
    """The last words from the customer's side, on which no agent has acted yet."""

    said: Said
    answer: Literal["yes", "no", "thanks", "other", "somebody else"]
    """What it says to our question; `yes` by the requester only."""
    asked: Asked | None
    """The question that it follows, if there was one in this episode."""
    solve: Solve | None
    """The agent's solve that it follows while the ticket was solved."""
    after_confirmation: bool
    """The ticket was solved, with a confirmation."""


@dataclass(slots=True)
class Episode:
    """The state after the last audit."""

    _live_since: datetime
    words: Said | None = None
    """What the customer (or anybody else from outside) said last; automatic mail says nothing."""
    says_yes: bool = False
    """They were the requester's, and a clear yes: by themselves, or to our question."""
    reply: Reply | None = None
    solve: Solve | None = None
    asked: Asked | None = None
    """Stands until an agent acts: who first says that they will look may say yes the next day."""
    confirmed: str = ""
    """How the present solve was confirmed: `in the Help Center` by the requester, `BY_LINK`, `before` by what we solved
    it on, or `BY_AGENT`: an agent decided without the customer."""
    linked: Linked | None = None
    """The last answer by a link, to the question of this or an earlier episode."""
    solved: Solved | None = None
    reopened_by_machine: datetime | None = None
    """When an automatic mail opened the ticket, which nobody has touched since."""
    taken_up: int = 0
    """The last audit in which an agent or a rule has opened it after a solve: commands before are used up."""
    flips: list[datetime] = field(default_factory=list)
    """When we undid a solve that a rule, or an agent once more, had made."""
    _asks_last: bool = False
    """Our question is the last public thing that was said from the desk's side."""
    _again: bool = False
    _status: FieldValue = None


def read_episode(reading: Reading, awaiting_status_id: int | None, live_since: datetime) -> Episode:
    """Replay the audits. `awaiting_status_id`: the custom status; an agent who chooses it by hand means to hold.

    No episode begins before `live_since`: its question would not be asked either.
    """
    comments: defaultdict[int, list[Said]] = defaultdict(list)
    for said in reading.comments:
        comments[said.audit_id].append(said)
    moves: defaultdict[int, list[Move]] = defaultdict(list)
    for move in reading.moves:
        moves[move.audit_id].append(move)
    by_trigger = reading.tagged_by_rule(AWAITING_TAG)
    unasked = reading.tagged_by_rule(ASK_TAG)
    by_hand = reading.set_by_staff("custom_status_id", awaiting_status_id) if awaiting_status_id else frozenset()
    left = reading.changed_by_staff("custom_status_id", awaiting_status_id) if awaiting_status_id else frozenset()

    episode = Episode(_live_since=live_since, _status=reading.timeline("status")[0].value)
    for audit in reading.audits:
        machine = audit.id in comments and _hear(episode, comments[audit.id])
        if audit.id in moves:
            by_words = machine or (episode.words is not None and episode.words.audit_id == audit.id)
            for move in moves[audit.id]:
                _move(episode, move, by_words)
            episode.reopened_by_machine = audit.at if machine else None
        elif audit.id in left:  # pending still, with a question of the agent's own
            episode.solve, episode.asked = None, None
        held = audit.id in by_trigger
        _mark(episode, audit, held, audit.id in by_hand, asked=held and audit.id not in unasked)
        if audit.keys and reading.is_ours(audit):
            _note_ours(episode, audit)
    return episode


def _hear(episode: Episode, comments: list[Said]) -> bool:
    """Take in what was said in public in one audit; whether all of it came from a mail program."""
    machine = False
    for said in comments:
        if not said.public:
            continue
        if said.by in _FROM_OUTSIDE and said.automatic:
            machine = True
        elif said.by in _FROM_OUTSIDE:
            machine = False
            _words(episode, said)
        elif said.by == "staff" and not said.at_creation:
            episode.reply, episode.reopened_by_machine, episode._asks_last = None, None, False
            if episode.solve is None:
                episode.asked = None
    return machine


def _words(episode: Episode, said: Said) -> None:
    """The customer's side has spoken: the episode is over, whatever was said."""
    was_solved = episode._status == "solved"
    unanswered = episode._status in ("pending", "solved") or episode.reply is not None
    asked = episode.asked if unanswered else None
    yes = said.answer == "yes" or (said.answer == "bare yes" and episode._asks_last)
    by_requester = said.by == "requester"
    answer: Literal["yes", "no", "thanks", "other", "somebody else"] = "other"
    if not by_requester:
        answer = "somebody else"
    elif yes:
        answer = "yes"
    elif said.answer in ("no", "thanks"):
        answer = said.answer
    confirmed = was_solved and bool(episode.confirmed or episode.says_yes)
    episode.reply = Reply(said, answer, asked, episode.solve if was_solved else None, confirmed)
    episode.words, episode.says_yes = said, by_requester and yes
    if not (confirmed and said.answer == "thanks"):
        episode.confirmed = ""
    episode.solve, episode._asks_last, episode._again = None, False, False


def _move(episode: Episode, move: Move, by_words: bool) -> None:
    """Take in one change of the status. `by_words`: it came with words, or an automatic mail, from outside."""
    before, episode._status = episode._status, move.to
    by: Literal["staff", "requester", "us", "rule"] = "rule" if move.by == "other" else move.by
    if move.to == "solved":
        episode.solved = Solved(move.at, move.audit_id, by, before)
        if by == "staff":
            episode._again = episode.solve is not None
            if episode.solve is None and move.at >= episode._live_since:
                episode.solve, episode.asked = Solve(move.at, move.audit_id), None
        elif by == "requester":
            episode.confirmed = "in the Help Center"
        elif by == "us":
            episode.confirmed = episode.confirmed or "before"
    elif by == "us" and before == "solved" and episode.solved and (episode.solved.by == "rule" or episode._again):
        episode.flips.append(move.at)
    elif by == "us" and before == "pending" and episode.reply is None:
        episode.solve, episode.asked = None, None  # given back, though perhaps the day's cap left no word of it
    elif by == "staff" and before in ("pending", "solved") and move.to != "pending":
        _take_up(episode, move, before)
    elif move.by == "other" and before == "pending" and move.to != "pending" and not by_words:
        _take_up(episode, move, before)  # words of an outsider, which Zendesk keeps private
    elif by == "rule" and before == "solved" and move.to != "pending" and not by_words:
        _take_up(episode, move, before)
        episode.reply = None  # nor do we solve against a rule that opens
    if by == "staff" and not (episode.words and episode.words.audit_id == move.audit_id):
        episode.reply = None


def _take_up(episode: Episode, move: Move, before: FieldValue) -> None:
    """It is open again, not by the customer: the episode is over."""
    episode.solve, episode.asked, episode.confirmed = None, None, ""
    if before == "solved":
        episode.taken_up = move.audit_id


def _mark(episode: Episode, audit: Audit, by_trigger: bool, by_hand: bool, *, asked: bool) -> None:
    """A trigger has held the ticket within this update and perhaps asked, or an agent has chosen the status by hand."""
    if (by_trigger or by_hand) and episode.solve is None and audit.at >= episode._live_since:
        episode.solve, episode.asked = Solve(audit.at, audit.id), None
    if asked:
        episode.asked = episode.asked or Asked(audit.at, audit.id)
        episode._asks_last = True


def _note_ours(episode: Episode, audit: Audit) -> None:
    for key in audit.keys:
        kind = key.partition(":")[0]
        if kind in ("ask", "chase"):
            episode.asked = episode.asked or Asked(audit.at, audit.id)
            episode._asks_last = True
            if kind == "ask":
                episode.reply = None
                if episode.solve is None:  # whoever has solved it may be an agent no more
                    episode.solve = Solve(audit.at, int(key.split(":")[1]))
        elif kind == "override":
            episode.confirmed = BY_AGENT
        elif kind == "unanswered":
            episode.solve, episode.asked = None, None
        elif episode.solve and key in link_keys(episode.solve.audit_id):
            episode.linked = Linked(audit.at, episode.solve.audit_id, key.endswith(":yes"))
            if episode.linked.yes:
                episode.confirmed = BY_LINK


def awaits_confirmation(ticket: Ticket) -> bool:
    """The customer is being asked whether it is completed: nothing is announced, and nothing asked that would help."""
    return ticket.status == "pending" and AWAITING_TAG in ticket.tags


def link_keys(solve_id: int) -> tuple[str, str]:
    """What records a yes, and what a no, of the holder of a link to the question about this solve."""
    return f"link:{solve_id}:yes", f"link:{solve_id}:no"
