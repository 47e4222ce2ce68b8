"""How tasks are opened for the preventive actions of a report: one ticket for each, exactly once. `reconcile` calls it.

A task is known by its external id, made of problem and action: it is looked for before it is created, and the external
id is the idempotency key as well. Redis only saves the looking.
"""

from __future__ import annotations

from collections.abc import Callable, Collection
from dataclasses import dataclass

import structlog

from zdsync.brakes import Refusal
from zdsync.core.model import Tasks, Ticket, WorkClass
from zdsync.core.preventive_actions import external_id
from zdsync.core.rulebook import Rulebook
from zdsync.store.campaigns import Campaigns
from zdsync.zendesk import convert
from zdsync.zendesk.client import Zendesk
from zdsync.zendesk.errors import OtherBody, Rejected

WORK: WorkClass = "bulk"

log = structlog.get_logger()


@dataclass(frozen=True)
class Desk:
    """What the opening works with."""

    zendesk: Zendesk
    known: Campaigns
    own_id: int
    own_user_ids: Collection[int]
    may: Callable[[], Refusal | None]
    """Asked before each create: why not now."""


def open_tasks(wanted: Tasks, problem: Ticket, rulebook: Rulebook, desk: Desk) -> Refusal | None:
    """Open those that there are not yet; why it ended before its time. Raises what Zendesk's errors raise: the next
    pass looks again. One that Zendesk refuses is told to the operator, and counts as opened, so that the rest goes on.
    """
    for task in wanted.tasks:
        name = external_id(problem.id, task)
        if not any(each.submitter_id in desk.own_user_ids for each in desk.zendesk.tickets_by_external_id(name, WORK)):
            if (refusal := desk.may()) is not None:
                return refusal
            body = convert.new_task(
                task, problem, zone=rulebook.zone, own_id=desk.own_id, at=wanted.since, rulebook_hash=rulebook.hash
            )
            try:
                desk.zendesk.create_ticket(body, idempotency_key=name, work=WORK)
            except OtherBody:
                pass  # it was opened within the last two hours, with other words around it
            except Rejected as error:
                log.error("zendesk refuses a task", ticket=problem.id, task=name, why=str(error))
        desk.known.note_opened(problem.id, name)
    return None
