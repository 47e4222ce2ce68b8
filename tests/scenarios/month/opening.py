"""What a request contains and lacks, by what its writer had in mind: the policy of the intake, written down again."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Literal

if TYPE_CHECKING:
    from tests.scenarios.month.phrases import Piece
    from tests.scenarios.month.record import Event

Item = Literal["phone", "description", "steps", "when", "attachments"]
"""An e-mail address is on everybody's profile."""
NOT_ALONE = frozenset({"phone", "attachments"})
"""Nobody is asked for these alone, unless they have said that files are attached."""


@dataclass
class Opening:
    """All that has come from the customer's side."""

    theirs: bool = False
    """A customer has opened it for themselves, in writing, and no machine has."""
    about: Literal["malfunction", "outage", "request"] = "request"
    told: set[Piece] = field(default_factory=set)
    files: int = 0

    def take(self, event: Event) -> None:
        if event.creates:
            self.theirs = event.who == "requester" and event.public and event.says != "automatic"
        if event.says in (None, "automatic"):
            return
        self.files += event.files
        for pieces in event.tells:
            self.told.update(pieces)
            if self.about == "request" and not {"trouble", "vague", "steps"}.isdisjoint(pieces):
                self.about = "malfunction"
            elif self.about == "request" and "outage" in pieces:
                self.about = "outage"

    def lacks(self, has_phone: bool) -> tuple[Item, ...]:
        """What the customer is asked for. `has_phone`: their profile has a number."""
        missing: list[Item] = []
        promised = "promises files" in self.told and not self.files
        if "phone" not in self.told and not has_phone:
            missing.append("phone")
        if self.told.isdisjoint({"trouble", "question", "outage", "steps", "hands over"}):
            missing.append("description")
        if self.about == "malfunction" and "steps" not in self.told:
            missing.append("steps")
        if self.about != "request" and "when" not in self.told:
            missing.append("when")
        if promised or (self.about == "malfunction" and not self.files):
            missing.append("attachments")
        return tuple(missing) if promised or not NOT_ALONE.issuperset(missing) else ()
