"""The judgement of a month: what had to be said by when and was not, what was said and must not have been.

Every want lasts from its deadline until it is said, done, or no longer so. Allowed beyond the deadline is
- the settling after an update of the ticket (5 seconds after a person's, 2 on a P1 and after our own),
- an excuse of the plan of faults that holds at that moment (downtime, calls that fail, a webhook that a poll makes up),
- 2 seconds.
"""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any

from tests.scenarios.month.beginning import ahead
from tests.scenarios.month.faults import Excuse
from tests.scenarios.month.hours import Hours
from tests.scenarios.month.mailed import Others
from tests.scenarios.month.outbox import Due, kind_to_customer, wrong_mails
from tests.scenarios.month.policy import State
from tests.scenarios.month.record import Event, Life, kind
from tests.scenarios.month.terms import PLAIN, Rules, Want
from tests.scenarios.month.wants import wants

ALLOWED = timedelta(seconds=2)
AFTER_PERSON, AFTER_US = timedelta(seconds=5), timedelta(seconds=2)


@dataclass
class Judgement:
    """What is wrong, in words, and the figures."""

    wrong: list[str] = field(default_factory=list)
    late: list[float] = field(default_factory=list)
    """Of each message: seconds behind its deadline and the settling, excuses not counted in."""
    unexcused: list[float] = field(default_factory=list)
    """The same, behind the excuses as well: what must be 2 at most."""
    kinds: Counter[str] = field(default_factory=Counter)
    per_ticket: list[int] = field(default_factory=list)
    """Our comments, internal notes included."""
    mailed: list[int] = field(default_factory=list)
    """Of them, those that the customer has got."""
    merged: int = 0
    """Mails that have gone onto the ticket that they name."""

    def report(self) -> str:
        """The figures for people."""
        n = max(1, len(self.per_ticket))
        ordered, excused = sorted(self.late), sorted(self.unexcused)
        lines = [
            f"{len(self.per_ticket)} tickets, {sum(self.per_ticket)} messages: mean {sum(self.per_ticket) / n:.1f} per "
            f"ticket, most {max(self.per_ticket, default=0)}; to customers mean {sum(self.mailed) / n:.2f}, most "
            f"{max(self.mailed, default=0)}",
            "by kind: " + ", ".join(f"{name} {number}" for name, number in self.kinds.most_common()),
            f"late by: p50 {_quantile(ordered, 0.5):.0f} s, p99 {_quantile(ordered, 0.99):.0f} s, most "
            f"{_quantile(ordered, 1):.0f} s; beyond what faults explain: p99 {_quantile(excused, 0.99):.0f} s, most "
            f"{_quantile(excused, 1):.0f} s",
        ]
        return "\n".join(lines)


def _quantile(ordered: Sequence[float], share: float) -> float:
    return ordered[min(len(ordered) - 1, int(share * len(ordered)))] if ordered else 0.0


@dataclass(frozen=True)
class Oracle:
    """`ends`: the moment at which the record was taken, everything being at rest."""

    hours: Hours
    ends: datetime
    excuses: Sequence[Excuse]
    awaiting_status: int | None
    rules: Rules = PLAIN

    def judge(self, lives: Iterable[Life], emails: Iterable[Mapping[str, Any]], us: int) -> Judgement:
        judgement = Judgement()
        mails: defaultdict[int, list[Mapping[str, Any]]] = defaultdict(list)
        for mail in emails:
            mails[mail["ticket"]].append(mail)
        lives = list(lives)
        others = Others(lives, self.awaiting_status)
        for life in lives:
            due = self._ticket(life, others, judgement)
            self._mails(life, mails[life.ticket], judgement)
            judgement.wrong += wrong_mails(life, mails.pop(life.ticket, []), self.rules, due)
        _merges(lives, judgement)
        return judgement

    # One ticket

    def _ticket(self, life: Life, others: Others, judgement: Judgement) -> Mapping[int, Due]:
        """What each of our updates had to tell customers."""
        wrong, where = judgement.wrong, f"#{life.ticket}"
        state = State(self.hours, self.awaiting_status, self.rules, life.customer, life.mailed)
        waiting: dict[str, Want] = {}
        """What is wanted and not said yet."""
        due: dict[int, Due] = {}
        allowed = _Allowance(life.events, self.excuses, life.ticket)
        spoken = 0
        is_request = life.type != "problem"
        for event, until in zip(life.events, [*(each.at for each in life.events[1:]), self.ends], strict=True):
            done = {*event.keys, *(f"~{status}" for status, by_rule in event.statuses if not by_rule)}
            if event.who == "us":
                for key in sorted(done):
                    if key in state.said:
                        wrong.append(f"{where} {event.at}: {key} is said again")
                    elif key not in waiting or waiting[key].since > event.at:
                        wrong.append(f"{where} {event.at}: {key} is said, and nothing wants it")
                    else:
                        self._said(key, waiting.pop(key).since, event.at, allowed, judgement, where)
                if event.keys:
                    spoken += 1
                    judgement.kinds.update(map(kind, event.keys))
                told = [key for key in event.keys if kind_to_customer(key)]
                if event.public and not told and event.merged_with is None:
                    wrong.append(f"{where} {event.at}: we write in public, and it is no question")
                if told and len(told) != len(event.keys):
                    wrong.append(f"{where} {event.at}: agents and the customer are told by one update: {event.keys}")
                due[event.id] = self._due(state, event)
            state.take(event)
            ended = event.statuses and event.statuses[-1][0] in ("closed", "deleted")
            found = list(wants(state, until, life.ticket, others)) if is_request and not ended else []
            self._next(found, waiting, state, event.at, until, allowed, judgement, where)
        for want in waiting.values():
            self._missed(want, self.ends, allowed, judgement, where)
        judgement.per_ticket.append(spoken)
        return due

    def _due(self, before: State, event: Event) -> Due:
        """`before` the event, the clocks standing at it."""
        if not any(kind_to_customer(key) for key in event.keys):
            return Due()
        before.count(event.at)
        lacks = before.opening.lacks(before.customer.has_phone)
        return Due(lacks, ahead(before), self.hours.is_open(event.at))

    def _next(
        self,
        found: list[Want],
        waiting: dict[str, Want],
        state: State,
        now: datetime,
        until: datetime,
        allowed: _Allowance,
        judgement: Judgement,
        where: str,
    ) -> None:
        """Go on with what is wanted until the next event: what has ended unsaid must have been excused."""
        found = sorted((want for want in found if want.key not in state.said), key=lambda want: want.since)
        begins = {want.key for want in found if want.since <= now}
        for key in [key for key in waiting if key not in begins]:
            self._missed(waiting.pop(key), now, allowed, judgement, where)
        for want in found:
            since = waiting.pop(want.key).since if want.key in waiting and waiting[want.key].owed else want.since
            waiting[want.key] = want._replace(since=since)
            if want.until < until:
                self._missed(waiting.pop(want.key), want.until, allowed, judgement, where)

    def _said(
        self, key: str, since: datetime, at: datetime, allowed: _Allowance, judgement: Judgement, where: str
    ) -> None:
        late = (at - allowed.settled(since)).total_seconds()
        beyond = (at - allowed.until(since)).total_seconds()
        judgement.late.append(max(0.0, late))
        judgement.unexcused.append(max(0.0, beyond))
        if beyond > ALLOWED.total_seconds():
            judgement.wrong.append(
                f"{where} {at}: {key} is late: it was due at {since}, {beyond:.0f} s beyond all excuses"
            )

    def _missed(self, want: Want, until: datetime, allowed: _Allowance, judgement: Judgement, where: str) -> None:
        if want.owed and until > allowed.until(want.since) + ALLOWED:
            judgement.wrong.append(f"{where}: {want.key} was due at {want.since} and not said until {until}")

    # Its mails

    def _mails(self, life: Life, mails: list[Mapping[str, Any]], judgement: Judgement) -> None:
        """Nobody is mailed twice for one fact, and within one episode the customer is asked once."""
        wrong, where = judgement.wrong, f"#{life.ticket}"
        by_event = {event.id: event for event in life.events}
        got: Counter[tuple[str, int, int]] = Counter()
        for mail in mails:
            event = by_event[mail["audit"]]
            if mail["to_role"] != "end-user":
                continue
            got[(mail["to"], mail["audit"], mail["rule"])] += 1
            to_them = any(kind_to_customer(key) in self.rules.by_mail for key in event.keys)
            if event.who == "us" and not event.public and not to_them:
                wrong.append(f"{where} {event.at}: a customer is mailed for an internal update of ours")
        wrong += [f"{where}: {to} is mailed {n} times for {audit}" for (to, audit, _), n in got.items() if n > 1]
        ours = [event for event in life.events if event.who == "us"]
        judgement.mailed.append(sum(event.public or any(map(kind_to_customer, event.keys)) for event in ours))
        for episode in _episodes(life.events):
            asks = [key for event in episode for key in event.keys if key.startswith("ask:")]
            asks += ["a mail" for event in episode if event.asks_by_mail]
            if len(asks) > 1:
                wrong.append(f"{where}: the customer is asked {len(asks)} times in one episode: {asks}")


def _merges(lives: Sequence[Life], judgement: Judgement) -> None:
    """What goes onto a ticket comes from a mail that names it, is closed with it, and goes there once."""
    put: Counter[tuple[int, int]] = Counter()
    gone: Counter[tuple[int, int]] = Counter()
    named: set[tuple[int, int]] = set()
    for life in lives:
        if life.mailed and life.mailed.clear:
            named.update((life.ticket, number) for number in life.mailed.names)
        for event in life.events:
            if event.who != "us" or event.merged_with is None:
                continue
            if event.statuses and event.statuses[-1][0] == "closed":
                gone[(life.ticket, event.merged_with)] += 1
            else:
                put[(event.merged_with, life.ticket)] += 1
    judgement.merged = gone.total()
    for pair in sorted(put.keys() | gone.keys()):
        if (put[pair], gone[pair]) != (1, 1) or pair not in named:
            words = f"its words go there {put[pair]} times, and it is closed {gone[pair]} times"
            judgement.wrong.append(f"#{pair[0]} is merged into #{pair[1]}: {words}")


def _episodes(events: Sequence[Event]) -> Iterator[list[Event]]:
    """What lies between two words of the customer, or between two times that agents take it up."""
    episode: list[Event] = []
    status = "new"
    for event in events:
        before, status = status, event.statuses[-1][0] if event.statuses else status
        human = event.says is not None and event.says != "automatic"
        taken_up = event.who in ("agent", "other") and before in ("pending", "solved") and status in ("open", "hold")
        given_back = any(key.startswith("unanswered:") for key in event.keys)
        if human or taken_up or given_back:
            yield episode
            episode = []
        episode.append(event)
    yield episode


class _Allowance:
    """When, after a deadline, a message may be waited for no longer."""

    def __init__(self, events: Sequence[Event], excuses: Sequence[Excuse], ticket: int) -> None:
        self._settling: list[tuple[datetime, datetime]] = []
        urgent = False
        for event in events:
            urgent = event.priority == "urgent" if event.priority is not None else urgent
            ours = event.who == "us" and event.merged_with is None  # what a job has done is not known to be ours
            wait = AFTER_US if ours or urgent else AFTER_PERSON
            self._settling.append((event.at, event.at + wait))
        self._all = sorted(
            [*self._settling, *((each.since, each.until) for each in excuses if each.ticket in (None, ticket))]
        )

    def settled(self, at: datetime) -> datetime:
        """The first moment at which nothing settles."""
        return _pushed(self._settling, at)

    def until(self, at: datetime) -> datetime:
        """The first moment at which nothing excuses."""
        return _pushed(self._all, at)


def _pushed(spans: Sequence[tuple[datetime, datetime]], at: datetime) -> datetime:
    """Out of every span that it lies in, and of those that it comes into by that. Spans are in order of beginning."""
    for since, until in spans:
        # Stamps are whole seconds: what ends within one has its stamp.
        if since.replace(microsecond=0) <= at < until:
            at = until
        elif since > at:
            break
    return at
