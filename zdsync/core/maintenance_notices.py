"""The notices of a maintenance window: what their contacts were told when, and what they have still to be told."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from datetime import datetime
from typing import Final, NamedTuple

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


class Told(NamedTuple):
    """The contact has been told."""

    at: datetime
    audit_id: int
    """On the notice."""


def told_on(notice: Reading) -> Mapping[int, Told]:
    """The numbers of the steps that the notice's contact was told of. Each step tells the times that hold from then on,
    so whoever was told of a later one knows."""
    steps = [step for key, audit in notice.said_in.items() for step in [step_of(key, audit)] if step is not None]
    told = {step.number: Told(step.at, step.audit_id) for step in steps}
    first = made_from(notice)
    return {first: Told(notice.ticket.created_at, notice.creation_id), **told} if first else told


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


def _listed(value: object) -> Iterable[object]:
    return value.split() if isinstance(value, str) else value if isinstance(value, tuple) else ()
