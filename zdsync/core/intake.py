"""What an intake asks for, what of it a customer's words contain, and what is left to ask: `missing`.

The values that `intake_reading.py` makes of a text. They hold no word of it.
"""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime
from typing import Final, Literal

Place = Literal["text", "signature", "quoted"]
"""`quoted` is in a message that they forward; what they answer to does not count at all."""

Kind = Literal["malfunction", "outage", "request"]
"""`request` is a question too, and everything that reports no trouble."""

Item = Literal["phone", "email", "description", "steps", "when", "attachments"]

ALONGSIDE: Final[frozenset[Item]] = frozenset({"phone", "attachments"})
"""Asked for only where something else has to be asked for: they alone mail nobody."""

Precision = Literal["minute", "hour", "day", "range"]


@dataclass(frozen=True, slots=True)
class When:
    """From `start` until before `end`, both in UTC; as exact as `precision` says."""

    start: datetime
    end: datetime
    precision: Precision
    ambiguous: bool = False
    """Day and month may be the other way round; `start` is the likelier one."""


@dataclass(frozen=True, slots=True)
class Found:
    """What one or more texts of a customer contain; never their words."""

    phone: Place | None = None
    email: Place | None = None
    description: Place | None = None
    steps: Place | None = None
    when: When | None = None
    when_in: Place | None = None
    kind: Kind = "request"
    mentions_files: bool = False
    """The words say that something is attached."""

    @property
    def wants_steps(self) -> bool:
        """Steps to reproduce apply."""
        return self.kind == "malfunction"


def both(earlier: Found, later: Found) -> Found:
    """What two texts contain together; the first trouble is what they are about."""
    return Found(
        phone=_nearer(earlier.phone, later.phone),
        email=_nearer(earlier.email, later.email),
        description=_nearer(earlier.description, later.description),
        steps=_nearer(earlier.steps, later.steps),
        when=earlier.when or later.when,
        when_in=earlier.when_in if earlier.when else later.when_in,
        kind=earlier.kind if earlier.kind != "request" else later.kind,
        mentions_files=earlier.mentions_files or later.mentions_files,
    )


def missing(found: Found, *, attachments: bool, form: Collection[Item] = ()) -> tuple[Item, ...]:
    """What to ask the customer for, in the policy's order; nothing where only `ALONGSIDE` items are missing.

    `attachments` says whether files came along, `form` what the request form holds in fields of its own. A telephone
    number in a message that they forward is another's.
    """
    lacks: list[Item] = []
    trouble = found.kind != "request"
    if found.phone in (None, "quoted"):
        lacks.append("phone")
    if found.email in (None, "quoted"):
        lacks.append("email")
    if found.description is None:
        lacks.append("description")
    if found.steps is None and found.wants_steps:
        lacks.append("steps")
    if found.when is None and trouble:
        lacks.append("when")
    if not attachments and (found.wants_steps or found.mentions_files):
        lacks.append("attachments")
    wanted = tuple(item for item in lacks if item not in form)
    promised = found.mentions_files and "attachments" in wanted
    return wanted if promised or any(item not in ALONGSIDE for item in wanted) else ()


def _nearer(first: Place | None, second: Place | None) -> Place | None:
    """The better of two finds."""
    order: tuple[Place | None, ...] = ("text", "signature", "quoted", None)
    return min(first, second, key=order.index)
