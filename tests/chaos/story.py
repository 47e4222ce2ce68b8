"""Two days of a desk: 25 tickets of six kinds, and where each kind must end, whatever goes wrong on the way.

Acts lie ten minutes or more apart, and so does every deadline from the acts before it: what is repaired within some
minutes (a poll, a storm of refusals) comes in time. Targets are those of the shipped rules, hours those of Paris.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

from zdsync.demo.week import Act

ZONE = ZoneInfo("Europe/Paris")
MONDAY = datetime(2026, 5, 11, tzinfo=ZONE)
BEGINS = MONDAY + timedelta(hours=8, minutes=55)
ENDS = MONDAY + timedelta(days=1, hours=17)
AGENT = "claire@desk.example"
CUSTOMER = "emily.carter@northgate.example"


@dataclass(frozen=True)
class Kind:
    """Tickets to which the same happens."""

    name: str
    number: int
    script: Sequence[tuple[str, Mapping[str, Any]]]
    """(when, what somebody does)"""
    keys: Sequence[str]
    """What we have said, in order: `target:#2:set` is about the second audit that people made."""
    first_reply: str | None
    resolution: str | None
    status: str
    tags: Sequence[str] = field(default_factory=tuple)


def asks() -> Mapping[str, Any]:
    return {"as": CUSTOMER, "subject": "Something", "comment": "Something is the matter.", "channel": "email"}


def writes() -> Mapping[str, Any]:
    return {"as": CUSTOMER, "comment": "Here is what you asked for.", "channel": "email"}


def takes(priority: str) -> Mapping[str, Any]:
    return {"as": AGENT, "assignee": AGENT, "priority": priority}


def answers(status: str) -> Mapping[str, Any]:
    return {"as": AGENT, "comment": "Here is an answer.", "public": True, "status": status}


KINDS = (
    Kind(
        "answered in time",
        5,
        [("Mon 09:00", asks()), ("Mon 09:10", takes("high")), ("Mon 09:40", answers("pending"))],
        keys=["target:#2:set"],
        first_reply="met 2026-05-11 09:40 CEST",
        resolution="paused, 7 h 20 min left",
        status="pending",
    ),
    Kind(
        "answered late",
        5,
        [("Mon 09:00", asks()), ("Mon 09:10", takes("normal")), ("Mon 12:00", answers("open"))],
        keys=[
            "target:#2:set",
            "warn:#2:first_reply",
            "breach:#2:first_reply",
            "warn:#2:resolution",
            "breach:#2:resolution",
        ],
        first_reply="missed 2026-05-11 11:00 CEST",
        resolution="missed 2026-05-12 16:00 CEST",
        status="open",
        tags=["sla_first_reply_breached", "sla_resolution_breached"],
    ),
    Kind(
        "without a priority for long",
        4,
        [("Mon 09:00", asks()), ("Mon 11:30", takes("low"))],
        keys=["nopriority:#1", "target:#2:set", "breach:#2:first_reply"],
        first_reply="missed 2026-05-11 11:00 CEST",
        resolution="2026-05-22 12:00 CEST",
        status="open",
        tags=["sla_first_reply_breached"],
    ),
    Kind(
        "worse than it looked",
        4,
        [
            ("Mon 09:00", asks()),
            ("Mon 09:10", takes("high")),
            ("Mon 09:40", answers("open")),
            ("Mon 13:30", takes("urgent")),
            ("Tue 14:00", answers("solved")),
        ],
        keys=["target:#2:set", "breach:#4:resolution"],
        first_reply="met 2026-05-11 09:40 CEST",
        resolution="missed 2026-05-11 13:00 CEST",
        status="solved",
        tags=["sla_resolution_breached"],
    ),
    Kind(
        "waits for the customer overnight",
        4,
        [
            ("Mon 09:00", asks()),
            ("Mon 09:10", takes("high")),
            ("Mon 09:40", answers("pending")),
            ("Tue 09:30", writes()),
            ("Tue 14:00", answers("solved")),
        ],
        keys=["target:#2:set"],
        first_reply="met 2026-05-11 09:40 CEST",
        resolution="met 2026-05-12 14:00 CEST",
        status="solved",
    ),
    Kind(
        "everything is down",
        3,
        [
            ("Tue 10:00", asks()),
            ("Tue 10:10", takes("urgent")),
            ("Tue 10:20", answers("open")),
            ("Tue 13:30", answers("solved")),
        ],
        keys=["target:#2:set", "warn:#2:resolution"],
        first_reply="met 2026-05-12 10:20 CEST",
        resolution="met 2026-05-12 13:30 CEST",
        status="solved",
    ),
)


def acts(kinds: Sequence[Kind] = KINDS) -> list[Act]:
    """What everybody does, in order of time."""
    made = [
        Act(_at(when), body["as"], f"{kind.name} {number}", "", body)
        for kind in kinds
        for number in range(kind.number)
        for when, body in kind.script
    ]
    return sorted(made, key=lambda act: act.at)


def _at(when: str) -> datetime:
    day, _, clock = when.partition(" ")
    hour, _, minute = clock.partition(":")
    return MONDAY + timedelta(days=("Mon", "Tue").index(day), hours=int(hour), minutes=int(minute))
