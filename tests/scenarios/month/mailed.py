"""What is wanted of a mail that names another ticket: that it goes onto it, or that an agent is told why it does not.

How things stand on the other ticket is read from that one's record (`Others`).
"""

from __future__ import annotations

from collections.abc import Collection, Mapping
from datetime import datetime, timedelta
from typing import NamedTuple

from tests.scenarios.month.policy import AWAITING, SECOND, State
from tests.scenarios.month.record import Life
from tests.scenarios.month.terms import Want

LEFT_TO_AGENTS = timedelta(minutes=1)
JOB = timedelta(minutes=10)
"""So long Zendesk may take; then it is asked once more, and after that an agent."""
ATTEMPTS = 2
PER_DAY = 5
LATEST = timedelta(days=1)
EXEMPT = "zdsync_exempt"


class Others:
    """The tickets that mails name."""

    def __init__(self, lives: Collection[Life], awaiting_status: int | None) -> None:
        self._lives: Mapping[int, Life] = {life.ticket: life for life in lives}
        self._awaiting = awaiting_status
        self._told: dict[int, list[tuple[datetime, bool]]] = {}

    def takes_nothing(self, number: int, at: datetime) -> bool:
        """Whether nothing should be added to the ticket as it is then."""
        shut = False
        for since, is_shut in self._history(number):
            if since > at:
                break
            shut = is_shut
        recent = [merge for merge in self._merges(number) if at - timedelta(days=1) < merge <= at]
        return shut or len(recent) >= PER_DAY

    def changes(self, number: int, since: datetime, until: datetime) -> list[datetime]:
        """When that changes."""
        history = [at for at, _ in self._history(number)] + self._merges(number)
        return sorted({at for at in history if since < at < until})

    def has_text_of(self, number: int, source: int, since: datetime, at: datetime) -> bool:
        """Whether a merge of the mail has left its words there."""
        events = self._lives[number].events
        return any(event.merged_with == source and since <= event.at <= at for event in events)

    def _merges(self, number: int) -> list[datetime]:
        events = self._lives[number].events
        return [event.at for event in events if event.who == "us" and event.merged_with and event.note]

    def _history(self, number: int) -> list[tuple[datetime, bool]]:
        if number not in self._told:
            self._told[number] = self._read(self._lives[number])
        return self._told[number]

    def _read(self, life: Life) -> list[tuple[datetime, bool]]:
        status, tags, custom = "new", frozenset[str](), None
        found: list[tuple[datetime, bool]] = []
        for event in life.events:
            status = event.statuses[-1][0] if event.statuses else status
            tags = event.tags if event.tags is not None else tags
            custom = event.custom_status if event.custom_status is not None else custom
            held = AWAITING in tags or (custom is not None and custom == self._awaiting)
            shut = status in ("solved", "closed", "deleted") or held or EXEMPT in tags or life.type == "problem"
            if not found or found[-1][1] != shut:
                found.append((event.at, shut))
        return found


class Plan(NamedTuple):
    """What is wanted of a mail, and when nothing else may be done to it."""

    wants: tuple[Want, ...] = ()
    alone: tuple[tuple[datetime, datetime], ...] = ()
    unsure: tuple[tuple[datetime, datetime], ...] = ()
    """Nothing has made us look since the other ticket changed: what else is due may be done, and need not."""


def mail(state: State, ticket: int, others: Others, until: datetime) -> Plan:
    """From the state's event on. Every mail gets one note: that it is merged, or why it is not."""
    named, match = state.mailed, f"match:{state.creation}"
    if named is None or not named.names or not state.rules.merges:
        return Plan()
    if state.exempt or match in state.said or state.status in ("solved", "closed"):
        return Plan()
    claims = [at for key, at in state.said.items() if key.startswith("mailed:")]
    free = max(claims) + JOB if claims else state.created + LEFT_TO_AGENTS
    last = until if claims else min(until, state.created + LATEST + SECOND)
    target = named.names[0]
    cuts = {free, *others.changes(target, state.at, last)}
    starts = [state.at, *sorted(at for at in cuts if state.at < at < last)]
    wants: list[Want] = []
    alone: list[tuple[datetime, datetime]] = []
    unsure: list[tuple[datetime, datetime]] = []
    for start, end in zip(starts, [*starts[1:], last], strict=True):
        doubtful = not named.clear or state.worked_on or state.status not in ("new", "open")
        doubtful = doubtful or others.takes_nothing(target, start)
        if claims and start < free:
            alone.append((start, end))
            wants.append(Want("~closed", start, end + SECOND, owed=False))
        elif claims:
            again = not doubtful and len(claims) < ATTEMPTS
            again = again and not others.has_text_of(target, ticket, min(claims), start)
            key = f"mailed:{state.creation}:{len(claims) + 1}" if again else match
            alone += [(start, end)] if again else []
            wants += [Want(key, start, end + SECOND), Want("~closed", start, end + SECOND, owed=False)]
        elif doubtful:
            looked = start == state.at or start >= free
            wants.append(Want(match, start, end + SECOND, owed=looked))
            unsure += [] if looked else [(start, end)]
        else:
            alone.append((start, end))
            if start >= free:
                wants.append(Want(f"mailed:{state.creation}:1", start, end + SECOND))
    return Plan(tuple(wants), tuple(alone), tuple(unsure))


def beside(plan: Plan, want: Want) -> list[Want]:
    """What is left of another rule's want."""
    left = [want]
    for since, until in plan.alone:
        pieces = [(each, each.since, min(each.until, since)) for each in left]
        pieces += [(each, max(each.since, until), each.until) for each in left]
        left = [each._replace(since=a, until=b) for each, a, b in pieces if a < b]
    return [each._replace(owed=each.owed and not any(a <= each.since < b for a, b in plan.unsure)) for each in left]
