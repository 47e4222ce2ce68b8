"""What is wanted from one event until the next: messages by their keys, moves of the status by `~` and the new one."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime, timedelta
from itertools import pairwise

from tests.scenarios.month.beginning import beginning
from tests.scenarios.month.mailed import Others, beside, mail
from tests.scenarios.month.policy import (
    BACK_AFTER,
    CHASES,
    CLOSES,
    ESCALATES_AT,
    FLIPS,
    LAPSES_TOLD,
    NO_PRIORITY_AFTER,
    OPENS,
    REMIND_BEFORE,
    SECOND,
    TARGETS,
    WARN_BEFORE,
    State,
)
from tests.scenarios.month.terms import Want

DAY = timedelta(days=1)
QUIET = timedelta(minutes=15)
MOST_LAPSES = 60


def wants(state: State, until: datetime, ticket: int, others: Others) -> Iterator[Want]:
    """Everything, what has been said already included (`oracle.py` drops it); what begins at `until` too."""
    horizon = until + SECOND
    answers = (Want(f"command:{event}", at, at + DAY) for event, at in state.commands)
    rules = (_targets, _cadence, _hold)
    found = [*beginning(state), *_reopening(state, horizon), *answers]
    found += [want for rule in rules for want in rule(state, horizon)]
    plan = mail(state, ticket, others, horizon)
    if plan.alone or plan.unsure:
        found = [piece for want in found for piece in beside(plan, want._replace(since=max(want.since, state.at)))]
    for want in (*plan.wants, *found):
        since = max(want.since, state.at)
        if since <= until and since < want.until:
            yield want._replace(since=since, until=min(want.until, horizon))


def _reopening(state: State, until: datetime) -> Iterator[Want]:
    """A merge leaves the status as it was, where a mail to the ticket itself would have opened it."""
    waits = state.status in ("pending", "hold") and not state.held
    if waits and state.got_mail is not None and state.status_since <= state.got_mail:
        yield Want("~open", state.at, until)


# SLA targets


def _targets(state: State, until: datetime) -> Iterator[Want]:
    if state.priority is None:
        if state.status != "solved":
            at = state.hours.add(state.created, NO_PRIORITY_AFTER)
            yield Want(f"nopriority:{state.creation}", at, until)
        return
    counters = state.counters
    if not all(counter.ended for counter in counters.values()) and not any(
        key.startswith("target:") for key in state.said
    ):
        yield Want(f"target:{state.priority_by}:set", state.at, until)
    for metric, counter in counters.items():
        priority, by = counter.judge or (state.priority, state.priority_by)
        target = TARGETS[priority][metric]
        breached = _reaches(state, metric, target + 1)
        if breached is not None:
            yield Want(f"breach:{by}:{metric}", breached, until)
        if state.runs(metric):
            warned = _reaches(state, metric, target - WARN_BEFORE[metric])
            assert warned is not None
            yield Want(f"warn:{by}:{metric}", warned, breached or until)


def _reaches(state: State, metric: str, seconds: float) -> datetime | None:
    """When the metric has counted so much; None: never, as things are."""
    counter = state.counters[metric]  # type: ignore[index]
    left = seconds - counter.seconds
    if left <= 0:
        return state.at
    return state.hours.add(state.at, left) if state.runs(metric) else None  # type: ignore[arg-type]


# Update cadence


def _cadence(state: State, until: datetime) -> Iterator[Want]:
    if state.exempt or state.status in ("pending", "solved") or state.priority is None or state.base is None:
        return
    hours, (base, by) = state.hours, state.base
    due = _period(state, 1)
    soon = hours.next_open(max(hours.subtract(due, REMIND_BEFORE[state.priority]), base))
    yield from _by_day(state, Want(f"cadence:{by}:soon", soon, due + SECOND))
    rungs = list(_rungs(state, until))
    ends = [at for _, at in rungs[1:]] + [until]
    told = max(
        (
            at
            for key, at in state.said.items()
            if key.startswith(f"cadence:{by}:") and key.count(":") == 2 and "soon" not in key
        ),
        default=None,
    )
    for (n, at), end in zip(rungs, ends, strict=True):
        if told is not None and told >= at:
            continue
        escalates = n >= ESCALATES_AT and f"cadence:{by}:escalate" not in state.said
        yield from _by_day(state, Want(f"cadence:{by}:{'escalate' if escalates else n}", at, end))
    if state.rules.holding is not None and state.held_off < state.rules.holding[1]:
        yield from _held_off(state, state.rules.holding[0], until)


def _held_off(state: State, after: int, until: datetime) -> Iterator[Want]:
    """What the customer is told of a lapse: a quarter of an hour after anybody's word, and before the next promise is
    as near."""
    assert state.base is not None
    for n in range(after, MOST_LAPSES):
        lapsed, promised = _period(state, n), _period(state, n + 1)
        if lapsed > until:
            return
        latest = promised - min(QUIET, (promised - lapsed) / 2)
        since = max(lapsed + SECOND, state.spoken + QUIET)
        if since < latest:
            yield from _by_day(state, Want(f"cadence:{state.base[1]}:holding:{n}", since, latest + SECOND))


def _rungs(state: State, until: datetime) -> Iterator[tuple[int, datetime]]:
    """The lapses that are told, each when it is, up to the first one after `until`."""
    for n in LAPSES_TOLD:
        at = state.hours.next_open(_period(state, n) + SECOND)
        yield n, at
        if at > until:
            return


def _period(state: State, n: int) -> datetime:
    """When the n-th period after the base is over."""
    assert state.base is not None
    base, hours = state.base[0], state.hours
    if state.priority == "urgent":
        return hours.add(base, n * 30 * 60)
    days = n if state.priority == "high" else 2 * n
    at = hours.days_later(base, days)
    closing = hours.hour_of(at, CLOSES)
    return closing if state.priority == "high" else min(max(at, hours.hour_of(at, OPENS)), closing)


def _by_day(state: State, want: Want) -> Iterator[Want]:
    """The parts of it in which support is open and reminders are not snoozed."""
    since = max(want.since, state.at, *([state.snoozed_until] if state.snoozed_until else []))
    while since < want.until:
        since = state.hours.next_open(since)
        if since >= want.until:
            return
        closing = state.hours.next_close(since)
        yield Want(want.key, since, min(closing, want.until))
        since = closing


# Confirmation hold


def _hold(state: State, until: datetime) -> Iterator[Want]:
    if state.exempt:
        return
    if state.status == "solved":
        yield from _solved(state, until)
    elif state.status == "pending" and state.solve is not None and state.held:
        yield from _held(state, until)
    else:
        yield from _open(state, until)


def _solved(state: State, until: datetime) -> Iterator[Want]:
    """It rests solved with a confirmation, or by an agent's decision."""
    now = state.at
    if state.solved is None:
        return
    event, by, before = state.solved
    if state.ordered and state.order:
        yield Want(f"override:{state.order[0]}", now, until)
    elif state.confirmed or state.says_yes:
        return
    elif sum(at > now - DAY for at in state.flips) >= FLIPS or f"flips:{event}" in state.said:
        yield Want(f"flips:{event}", now, until)
    elif by != "agent" and state.solve is None:
        yield Want(f"~{before if before in ('pending', 'hold') else 'open'}", now, until)
    else:
        yield Want("~pending", now, until)
        if state.asked is None:
            yield Want(f"ask:{state.solve}", now, until)
        elif by == "agent" and state.solve != event:
            yield Want(f"again:{event}", now, until)


def _held(state: State, until: datetime) -> Iterator[Want]:
    now, hours = state.at, state.hours
    if state.ordered and state.order:
        yield Want("~solved", now, until)
        yield Want(f"override:{state.order[0]}", now, until)
    elif state.says_yes:
        yield Want("~solved", now, until)
    elif state.asked is None:
        yield Want(f"ask:{state.solve}", now, until)
    else:
        steps = [(f"chase:{state.solve}:{n}", days) for n, days in CHASES.items()]
        steps.append((f"unanswered:{state.solve}", BACK_AFTER))
        timed = [(key, hours.next_open(hours.days_later(state.asked, days))) for key, days in steps]
        for (key, at), (_, end) in pairwise([*timed, ("", until)]):
            for want in _by_day(state, Want(key, at, end)):
                yield want
                if key.startswith("unanswered:"):
                    yield want._replace(key="~open")


def _open(state: State, until: datetime) -> Iterator[Want]:
    now, reply = state.at, state.reply
    if state.ordered and state.order and (not state.order[1] or state.solve is not None):
        yield Want("~solved", now, until)
        yield Want(f"override:{state.order[0]}", now, until)
    elif state.by_machine and state.confirmed:
        yield Want("~solved", now, until)
    elif state.by_machine and state.solve is not None:
        yield Want("~pending", now, until)
        if state.asked is None:
            yield Want(f"ask:{state.solve}", now, until)
    elif reply is None:
        return
    elif reply.confirmed:
        if reply.label in ("thanks", "yes", "bare yes"):  # a colleague's as well: the requester has confirmed
            yield Want("~solved", now, until)
    elif reply.asked is None and reply.solve is not None and reply.says == "thanks":
        yield Want("~pending", now, until)
        yield Want(f"ask:{reply.solve}", now, until)
    elif reply.says == "yes" and (reply.asked or reply.solve):
        yield Want(f"reply:{reply.id}", now, until)
        yield Want("~solved", now, until)
    elif reply.asked and not any(key.startswith("reply:") and at > reply.asked for key, at in state.said.items()):
        yield Want(f"reply:{reply.id}", now, until)
        if state.status == "pending":
            yield Want("~open", now, until)
