"""What goes wrong on purpose, each fault named, counted and seeded, so that a failing test fails again.

Set through the control API or `Server.set_faults`; `app.py` asks for the fault of a call, `webhooks.py` for the fate of
an invocation.
"""

from __future__ import annotations

import random
from fnmatch import fnmatchcase
from typing import Any, Literal

from pydantic import BaseModel, ConfigDict, Field, PrivateAttr

from zdsync.sandbox.base import Row

Deed = Literal["lose_reply", "drop", "land_late", "reply", "lag", "act"]


class RequestFault(BaseModel):
    """What happens to the calls that match.

    lose_reply  carried out, then the connection is closed without a reply
    drop        not carried out, the connection is closed
    land_late   the connection is closed; carried out after `reads` later reads of the same ticket, or `seconds` later
    reply       answered with `status` and a body of `form`; carried out all the same when `applied`
    lag         audits younger than `seconds` are not seen (a replica behind)
    act         `act` (as in POST /control/acts) happens just before the call is carried out, or after (`when`)
    """

    model_config = ConfigDict(extra="forbid")

    do: Deed
    method: str = "*"
    path: str = "*"
    """A pattern (`/tickets/*`) of the path below `/api/v2`, without `.json`."""
    times: int | None = Field(1, ge=1)
    """How often; None: always."""
    skip: int = Field(0, ge=0)
    """So many matching calls go well first."""
    probability: float = Field(1.0, ge=0, le=1)
    status: int = 503
    form: Literal["json", "text", "html", "empty"] = "json"
    retry_after: float | str | None = None
    body: Any = None
    """With `reply`: instead of the usual body of that status."""
    applied: bool = False
    reads: int = Field(1, ge=1)
    seconds: float | None = None
    act: dict[str, Any] | None = None
    when: Literal["before", "after"] = "before"
    seen: int = 0
    done: int = 0

    def matches(self, method: str, path: str) -> bool:
        return self.method in ("*", method) and fnmatchcase(path, self.path)


class WebhookFaults(BaseModel):
    """Probabilities per invocation. Delays are account seconds."""

    model_config = ConfigDict(extra="forbid")

    lost: float = Field(0.0, ge=0, le=1)
    doubled: float = Field(0.0, ge=0, le=1)
    late: float = Field(0.0, ge=0, le=1)
    late_seconds: tuple[float, float] = (5.0, 600.0)
    shuffled_seconds: float = Field(0.0, ge=0)
    """Every delivery is put off by a random part of this, so that they overtake one another."""


class Faults(BaseModel):
    """Everything that is switched on. The default is a Zendesk on its best day."""

    model_config = ConfigDict(extra="forbid")

    seed: int = 1
    requests: list[RequestFault] = Field(default_factory=list)
    webhooks: WebhookFaults = Field(default_factory=WebhookFaults)
    held: list[dict[str, Any]] = Field(default_factory=list)
    """Writes on their way (`land_late`): the call, and after how many more reads of its ticket it lands."""
    _random: random.Random = PrivateAttr(default_factory=random.Random)

    def model_post_init(self, _context: Any) -> None:
        self._random = random.Random(self.seed)

    def of_call(self, method: str, path: str) -> list[RequestFault]:
        """The faults that strike this call, counted. Looking costs nothing when none are set."""
        return [fault for fault in self.requests if fault.matches(method, path) and self._strikes(fault)]

    def _strikes(self, fault: RequestFault) -> bool:
        if fault.times is not None and fault.done >= fault.times:
            return False
        fault.seen += 1
        if fault.seen <= fault.skip or self._random.random() >= fault.probability:
            return False
        fault.done += 1
        return True

    def fates(self) -> list[int]:
        """The delay in ms of each copy of a webhook invocation; empty: it is lost."""
        chance, faults = self._random, self.webhooks
        if chance.random() < faults.lost:
            return []
        copies = 2 if chance.random() < faults.doubled else 1
        return [self._delay() for _ in range(copies)]

    def _delay(self) -> int:
        chance, faults = self._random, self.webhooks
        delay = chance.uniform(*faults.late_seconds) if chance.random() < faults.late else 0.0
        return round(1000 * (delay + chance.random() * faults.shuffled_seconds))

    def landed_by_read(self, ticket_id: str) -> list[Row]:
        """Count one read of a ticket; the held writes that land after it, removed from the list."""
        landed = []
        for held in [h for h in self.held if h["ticket"] == ticket_id]:
            held["reads"] -= 1
            if held["reads"] <= 0:
                self.held.remove(held)
                landed.append(held)
        return landed
