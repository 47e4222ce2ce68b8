"""A window's parent ticket, read: what was told of it, to whom, when, by which audit, and what agents have ordered.

The parent ticket is the record. Each step of a window is an internal note of ours there whose key has the times that
hold from then on (`maintenance:3:changed:20261206T210000Z:20261207T010000Z`), so nothing of it has to be remembered
elsewhere: the automation, the notices' follow-ups, the calendar entries and the availability figure read these keys.
Steps are numbered from 1; a notice has the number that it was made from in a tag, and is owed what came later.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import UTC, datetime
from functools import cached_property
from typing import Final, Literal, get_args

from zdsync.core.history import OUR_PREFIX, Reading
from zdsync.core.model import Audit

KIND: Final = "maintenance"
"""Of campaigns, and of the keys of steps."""
PARENT: Final = f"{OUR_PREFIX}window-"
"""Begins a parent ticket's external id. Notices have `zdsync-maintenance-<id>-<user id>`: no id makes the two alike."""
TAG: Final = "zdsync_maintenance"
"""On every parent ticket, those that agents have opened included, and on every notice."""
ORDER: Final = "order"
"""Begins the key of a note by which `zdsync maintenance` orders something: `order:<instant>:extend:<new end>`."""
COMMAND: Final = KIND
"""The word behind `/zdsync` in an agent's note."""

What = Literal["announced", "sent", "changed", "reminded", "started", "extended", "completed", "cancelled"]
"""`announced`: the times were fixed and the mails began; `sent`: everybody of the audience had one; `extended`: it ends
at another time than was told, after it had started; `changed`: its times are others, before that."""

_WHATS: Final = frozenset(get_args(What))
_PROMISES: Final = ("announced", "changed", "extended")
_STAMP: Final = "%Y%m%dT%H%M%SZ"

State = Literal["unannounced", "announced", "under way", "completed", "cancelled"]


@dataclass(frozen=True, slots=True)
class Step:
    """One note of ours on the parent ticket."""

    number: int
    what: What
    start: datetime
    end: datetime
    """What holds from here on: of `started` and later the real start, of `completed` the real end as well."""
    at: datetime
    """When it was noted; contacts hear of it after that."""
    audit_id: int
    contacts: int | None = None
    """Of `announced`: for how many; of `sent`: how many have a notice."""
    planned: bool = True
    """Of `announced`: whether it was announced as planned."""

    @property
    def times(self) -> tuple[datetime, datetime]:
        return self.start, self.end

    @property
    def key(self) -> str:
        return step_key(self.number, self.what, self.start, self.end, self.contacts, self.planned)


@dataclass(frozen=True, slots=True)
class Order:
    """What somebody wants done with the window: an agent by a note, or an operator by `zdsync maintenance`."""

    verb: str
    """`announce`, `start`, `extend`, `complete`, `cancel`; anything else is not understood."""
    at: datetime
    audit_id: int
    argument: str = ""
    """What stands behind it: of `extend` the new end."""


@dataclass(frozen=True)
class Maintenance:
    """What the parent ticket tells of its window."""

    window_id: str
    ticket_id: int
    steps: tuple[Step, ...] = ()
    """In their order."""
    orders: tuple[Order, ...] = ()
    """Likewise."""
    refused: frozenset[int] = frozenset()
    """Audits of orders that were answered with why they cannot be followed."""

    def last(self, *whats: What) -> Step | None:
        """The last step of these kinds."""
        return next((step for step in reversed(self.steps) if step.what in whats), None)

    @cached_property
    def announced(self) -> Step | None:
        return self.last("announced")

    @property
    def sent(self) -> Step | None:
        """Everybody of the audience has had a notice."""
        return self.last("sent")

    @property
    def planned(self) -> bool:
        """As it was announced. Whether that was in time is another matter (`core/announced.py`)."""
        return self.announced is None or self.announced.planned

    @property
    def is_ordered(self) -> bool:
        """Somebody has said that it is to be announced, rather than the window's own time."""
        return any(order.verb == "announce" and order.audit_id not in self.refused for order in self.orders)

    @property
    def present(self) -> Step | None:
        """The last step: its times are those that hold."""
        return self.steps[-1] if self.steps else None

    @property
    def next_number(self) -> int:
        return self.steps[-1].number + 1 if self.steps else 1

    @property
    def state(self) -> State:
        if self.last("cancelled"):
            return "cancelled"
        if self.last("completed"):
            return "completed"
        if self.last("started", "extended"):
            return "under way"
        return "announced" if self.announced else "unannounced"

    @property
    def is_over(self) -> bool:
        """Nothing follows any more."""
        return self.state in ("completed", "cancelled")

    @property
    def promises(self) -> tuple[Step, ...]:
        """The steps that have told contacts from when to when it will be, in their order."""
        return tuple(step for step in self.steps if step.what in _PROMISES)

    @property
    def took_place(self) -> tuple[datetime, datetime | None] | None:
        """The real start and end (None while it is under way); None where there was none."""
        if self.state == "completed" and (completed := self.last("completed")):
            return completed.start, completed.end
        started = self.last("started")
        return (started.start, None) if started and self.state == "under way" else None


def maintenance(reading: Reading, window_id: str | None = None) -> Maintenance | None:
    """What the ticket tells of the window that it is the parent of; None where it is none.

    `window_id`: it is this one's, though nothing was noted on it yet (an agent has opened it).
    """
    window_id = window_id or window_of(reading)
    if window_id is None:
        return None
    steps = sorted(
        (step for key, audit in reading.said_in.items() for step in [step_of(key, audit)] if step is not None),
        key=lambda step: step.number,
    )
    refused = (found[1] for key in reading.keys for found in [_REFUSED.fullmatch(key)] if found)
    orders = _orders(reading)
    return Maintenance(window_id, reading.ticket.id, tuple(steps), orders, frozenset(int(id) for id in refused))


def window_of(reading: Reading) -> str | None:
    """The id of the window whose parent the ticket is: made by us, or an agent's on which we have noted a step."""
    ticket = reading.ticket
    if ticket.problem_id is not None:
        return None
    external_id, noted = ticket.external_id or "", any(key.startswith(f"{KIND}:") for key in reading.keys)
    # Whoever is copied on it may have answered, and so made a request of it: what we have noted on it still counts.
    if external_id.startswith(PARENT) and (noted or reading.kind == "notice"):
        return external_id.removeprefix(PARENT)
    return ticket_window(ticket.id) if noted and reading.kind != "notice" else None


def ticket_window(ticket_id: int) -> str:
    """The id of a window that agents have opened as a ticket."""
    return f"ticket-{ticket_id}"


def campaign_of(window_id: str) -> str:
    return f"{KIND}-{window_id}"


def step_key(
    number: int, what: What, start: datetime, end: datetime, contacts: int | None = None, planned: bool = True
) -> str:
    """`maintenance:1:announced:20261206T210000Z:20261207T010000Z:423`; an urgent one has `:urgent` behind it."""
    parts = [KIND, str(number), what, stamp(start), stamp(end)]
    parts += [str(contacts)] if contacts is not None else []
    return ":".join(parts + ([] if planned else ["urgent"]))


def stamp(instant: datetime) -> str:
    """`20261206T210000Z`."""
    return instant.astimezone(UTC).strftime(_STAMP)


def read_stamp(written: str) -> datetime | None:
    try:
        return datetime.strptime(written, _STAMP).replace(tzinfo=UTC)
    except ValueError:
        return None


TROUBLE: Final = "window"
"""Begins the keys of what agents alone are told."""
_REFUSED: Final = re.compile(rf"{TROUBLE}:(\d+):refused", re.ASCII)
_KEY: Final = re.compile(rf"{KIND}:([1-9]\d*):([a-z]+):(\w+):(\w+)(?::(\d+))?(:urgent)?", re.ASCII)


def step_of(key: str, audit: Audit) -> Step | None:
    """The step that a key of ours stands for; on a notice, when its contact was told of it."""
    found = _KEY.fullmatch(key)
    if found is None or found[2] not in _WHATS:
        return None
    what = next(each for each in get_args(What) if each == found[2])
    start, end = read_stamp(found[3]), read_stamp(found[4])
    if start is None or end is None:
        return None
    contacts = int(found[5]) if found[5] else None
    return Step(int(found[1]), what, start, end, audit.at, audit.id, contacts, planned=not found[6])


def order_key(at: datetime, verb: str, argument: str = "") -> str:
    return ":".join([ORDER, stamp(at), verb, *([argument] if argument else [])])


def _orders(reading: Reading) -> tuple[Order, ...]:
    """Those of agents, by an update of their own in Zendesk's screens or by the API, and those of operators."""
    found: list[Order] = []
    for audit in reading.audits:
        for key in audit.keys if reading.is_ours(audit) else ():
            kind, _, rest = key.partition(":")
            if kind == ORDER:
                _, verb, argument, *_ = [*rest.split(":"), "", ""]
                found.append(Order(verb, audit.at, audit.id, argument))
        for comment in audit.comments:
            word, _, rest = comment.command.strip().partition(" ")
            given = not comment.public and comment.author_id == audit.author_id and audit.channel in ("web", "api")
            if word.lower() == COMMAND and given and reading.by_staff(audit):
                verb, _, argument = rest.strip().partition(" ")
                found.append(Order(verb.lower(), audit.at, audit.id, argument.strip()))
    return tuple(found)
