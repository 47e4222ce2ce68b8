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

from tests.scenarios.month.faults import Excuse
from tests.scenarios.month.hours import Hours
from tests.scenarios.month.policy import State, Want
from tests.scenarios.month.record import Event, Life, kind
from tests.scenarios.month.wants import wants

ALLOWED = timedelta(seconds=2)
AFTER_PERSON, AFTER_US = timedelta(seconds=5), timedelta(seconds=2)
TO_CUSTOMER = ("ask", "chase")


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
    holding: tuple[int, int] | None = None
    """Holding messages are switched on: after how many lapses, how many in a row."""

    def judge(self, lives: Iterable[Life], emails: Iterable[Mapping[str, Any]], us: int) -> Judgement:
        judgement = Judgement()
        mails: defaultdict[int, list[Mapping[str, Any]]] = defaultdict(list)
        for mail in emails:
            mails[mail["ticket"]].append(mail)
        for life in lives:
            self._ticket(life, judgement)
            self._mails(life, mails[life.ticket], us, judgement)
        return judgement

    # One ticket

    def _ticket(self, life: Life, judgement: Judgement) -> None:
        wrong, where = judgement.wrong, f"#{life.ticket}"
        state = State(self.hours, self.awaiting_status, holding=self.holding)
        waiting: dict[str, datetime] = {}
        """What is wanted and not said yet, since when."""
        allowed = _Allowance(life.events, self.excuses, life.ticket)
        spoken = 0
        is_request = life.type != "problem"
        for event, until in zip(life.events, [*(each.at for each in life.events[1:]), self.ends], strict=True):
            done = {*event.keys, *(f"~{status}" for status, by_rule in event.statuses if not by_rule)}
            if event.who == "us":
                for key in sorted(done):
                    if key in state.said:
                        wrong.append(f"{where} {event.at}: {key} is said again")
                    elif key not in waiting or waiting[key] > event.at:
                        wrong.append(f"{where} {event.at}: {key} is said, and nothing wants it")
                    else:
                        self._said(key, waiting.pop(key), event.at, allowed, judgement, where)
                if event.keys:
                    spoken += 1
                    judgement.kinds.update(map(kind, event.keys))
                told = [
                    key for key in event.keys if key.startswith(TO_CUSTOMER) or (self.holding and ":holding:" in key)
                ]
                if event.public and not told:
                    wrong.append(f"{where} {event.at}: we write in public, and it is no question")
            state.take(event)
            ended = event.statuses and event.statuses[-1][0] in ("closed", "deleted")
            found = list(wants(state, until)) if is_request and not ended else []
            self._next(found, waiting, state, event.at, until, allowed, judgement, where)
        for key, since in waiting.items():
            self._missed(key, since, self.ends, allowed, judgement, where)
        judgement.per_ticket.append(spoken)

    def _next(
        self,
        found: list[Want],
        waiting: dict[str, datetime],
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
            self._missed(key, waiting.pop(key), now, allowed, judgement, where)
        for want in found:
            waiting.setdefault(want.key, want.since)
            if want.until < until:
                self._missed(want.key, waiting.pop(want.key), want.until, allowed, judgement, where)

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

    def _missed(
        self, key: str, since: datetime, until: datetime, allowed: _Allowance, judgement: Judgement, where: str
    ) -> None:
        if until > allowed.until(since) + ALLOWED:
            judgement.wrong.append(f"{where}: {key} was due at {since} and not said until {until}")

    # Its mails

    def _mails(self, life: Life, mails: list[Mapping[str, Any]], us: int, judgement: Judgement) -> None:
        """Nobody is mailed twice for one fact, and within one episode the customer is asked once."""
        wrong, where = judgement.wrong, f"#{life.ticket}"
        by_event = {event.id: event for event in life.events}
        got: Counter[tuple[str, int, int]] = Counter()
        number = 0
        for mail in mails:
            event = by_event[mail["audit"]]
            if mail["to_role"] != "end-user":
                continue
            got[(mail["to"], mail["audit"], mail["rule"])] += 1
            if event.who == "us":
                number += 1
                if not event.public:
                    wrong.append(f"{where} {event.at}: a customer is mailed for an internal update of ours")
        wrong += [f"{where}: {to} is mailed {n} times for {audit}" for (to, audit, _), n in got.items() if n > 1]
        judgement.mailed.append(sum(event.public and event.who == "us" for event in life.events))
        for episode in _episodes(life.events):
            asks = [key for event in episode for key in event.keys if key.startswith("ask:")]
            asks += ["a mail" for event in episode if event.asks_by_mail]
            if len(asks) > 1:
                wrong.append(f"{where}: the customer is asked {len(asks)} times in one episode: {asks}")


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
            wait = AFTER_US if event.who == "us" or urgent else AFTER_PERSON
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
