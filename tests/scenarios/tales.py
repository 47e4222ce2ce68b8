"""The stories over which the spine is disturbed: one of the targets, one of the cadence, one of the hold.

The last two are told with all three promises live, on an account whose holds are the worker's own (`editions.py`).
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Final

from redis import Redis

from tests.scenarios.editions import Edition, three_promises, world_of
from tests.scenarios.stories import SAID, STORY, Step
from tests.scenarios.world import CLAIRE, EMILY, TOM, World
from zdsync.core.controls import CLOSE_TAG, EXEMPT_TAG
from zdsync.core.rulebook import Caps
from zdsync.sandbox import Server

FAR: Final = Caps(per_ticket_per_day=99, per_hour=999, per_rule_per_hour=999)
"""A write whose reply was lost counts, whether it was applied or not: near a cap the ends would differ."""


@dataclass(frozen=True)
class Tale:
    """A story, on which account it is told, and what we say in it."""

    steps: Sequence[Step]
    said: Sequence[str]
    """Keys without the ids of audits, in order."""
    edition: Edition | None
    """None: the targets alone, on an account that nobody has prepared."""

    def world(self, server: Server, redis: Redis, prefix: str) -> World:
        """A desk at its beginning."""
        if self.edition is None:
            return World(server, redis, prefix)
        return world_of(server, redis, prefix, self.edition, rulebook=three_promises(caps=FAR))


CADENCE_STORY: Sequence[Step] = (
    ("09:00", EMILY, {"subject": "No rows", "comment": "The export is empty.", "priority": "urgent"}),
    ("09:05", TOM, {"comment": "We are looking.", "status": "open"}),
    ("09:30", "", {}),
    ("09:40", EMILY, {"comment": "Any news?"}),
    ("10:10", "", {}),
    ("10:40", "", {}),
    ("10:45", CLAIRE, {"assignee": CLAIRE, "comment": "Sorry for the wait. Which cohort?", "status": "pending"}),
    ("11:30", EMILY, {"comment": "The blue one."}),
    ("11:52", CLAIRE, {"comment": "/zdsync snooze 1h", "public": False}),
    ("12:55", "", {}),
    ("13:05", "", {}),
    ("13:10", CLAIRE, {"add_tags": EXEMPT_TAG}),
    ("13:20", "", {}),
)
"""Nobody has the ticket: reminder, two lapses and the escalation each mail a group. Taken, pending, taken up again; a
snooze swallows a lapse; a second escalation; exempt."""

CADENCE_SAID: Sequence[str] = (
    "target:set",
    "cadence:soon",
    "cadence:1",
    "cadence:2",
    "cadence:escalate",
    "cadence:soon",
    "warn:resolution",
    "cadence:2",
    "cadence:escalate",
)

HOLD_STORY: Sequence[Step] = (
    ("09:00", EMILY, {"subject": "No rows", "comment": "The export is empty.", "priority": "low"}),
    ("09:10", TOM, {"assignee": TOM, "comment": "We are looking.", "status": "open"}),
    ("10:00", TOM, {"comment": "A node was replaced.", "status": "solved"}),
    ("10:30", EMILY, {"comment": "I am out of the office until Tuesday.", "channel": "email", "flags": [4]}),
    ("11:00", EMILY, {"comment": "No, still broken.", "channel": "email"}),
    ("11:30", TOM, {"comment": "And now?", "status": "solved"}),
    ("11:40", TOM, {"status": "solved"}),
    ("26 08:30", TOM, {"add_tags": "zdsync_snooze_4h"}),
    ("26 12:45", "", {}),
    ("26 13:00", EMILY, {"comment": "Yes, it is solved.", "channel": "email"}),
    ("26 13:30", EMILY, {"comment": "Thanks!", "channel": "email"}),
    ("26 14:00", EMILY, {"comment": "It has come back, with another error.", "channel": "email"}),
    ("26 14:30", TOM, {"status": "solved", "add_tags": CLOSE_TAG}),
    ("26 14:40", "", {}),
)
"""Held and asked, a mail program, a no; held and asked again, solved once more; a snoozed reminder, a yes, thanks,
another request, an override."""

HOLD_SAID: Sequence[str] = ("target:set", "ask", "reply", "ask", "again", "chase:1", "reply", "override")

TALES: Final[Mapping[str, Tale]] = {
    "targets": Tale(STORY, SAID, None),
    "cadence": Tale(CADENCE_STORY, CADENCE_SAID, "worker"),
    "hold": Tale(HOLD_STORY, HOLD_SAID, "worker"),
}
