"""The notices of a maintenance window: what their contacts were told when, and what they have still to be told."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from datetime import datetime
from typing import Final

from zdsync.core.history import Reading
from zdsync.core.maintenance import Maintenance, Step, step_of

STEP_TAG: Final = "zdsync_step_"
"""On a notice, with the number of the step whose times it tells."""
_ENDS: Final = ("completed", "cancelled")


def made_from(notice: Reading) -> int:
    """The number of the step whose times the notice was made with; 0 where its history does not tell."""
    created = notice.creation.changes if notice.creation else ()
    tags = [str(tag) for change in created if change.field == "tags" for tag in _listed(change.value)]
    numbers = [tag.removeprefix(STEP_TAG) for tag in tags if tag.startswith(STEP_TAG)]
    return max((int(number) for number in numbers if number.isdecimal()), default=0)


def told_on(notice: Reading) -> Mapping[int, datetime]:
    """The numbers of the steps that the notice's contact was told of, each with the instant of that."""
    steps = [step for key, audit in notice.said_in.items() for step in [step_of(key, audit)] if step is not None]
    told = {step.number: step.at for step in steps}
    first = made_from(notice)
    return {first: notice.ticket.created_at, **told} if first else told


def owed(notice: Reading, parent: Maintenance) -> tuple[Step, ...]:
    """What the notice's contact has still to be told, in order. What a later step has overtaken is told no more."""
    known = max(told_on(notice), default=0)
    later = [step for step in parent.steps if step.number > known and step.what not in ("announced", "sent")]
    if not parent.planned:  # of an urgent one contacts hear at once, and when it is over, or takes another time
        later = [step for step in later if step.what not in ("reminded", "started")]
    return tuple(step for number, step in enumerate(later) if not _overtaken(step, later[number + 1 :]))


def _overtaken(step: Step, later: Iterable[Step]) -> bool:
    by = {each.what for each in later}
    if by.intersection(_ENDS):
        return True
    if step.what in ("changed", "reminded"):
        return not by.isdisjoint({"changed", "started", "extended"})
    return step.what == "extended" and "extended" in by


def told_by(parent: Maintenance, notices: Iterable[Reading]) -> Mapping[int, datetime | None]:
    """By the number of each promise, when the last contact had been told of it, or of one that came later.

    None where somebody was not, or where the announcement was never sent to everybody. Contacts who have joined the
    audience after that were none of those whom it was to be told.
    """
    sent = parent.sent
    if sent is None:
        return {step.number: None for step in parent.promises}
    known = [told_on(notice) for notice in notices if notice.ticket.created_at <= sent.at]
    return {step.number: _when_all(step.number, known) for step in parent.promises}


def _when_all(number: int, known: Iterable[Mapping[int, datetime]]) -> datetime | None:
    """Each step tells the times that hold, so whoever was told of a later one knows."""
    first = [min((at for each, at in told.items() if each >= number), default=None) for told in known]
    at = [each for each in first if each is not None]
    return max(at) if at and len(at) == len(first) else None


def _listed(value: object) -> Iterable[object]:
    return value.split() if isinstance(value, str) else value if isinstance(value, tuple) else ()
