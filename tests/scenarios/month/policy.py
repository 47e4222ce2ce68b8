"""What the rules want said on a ticket, and when, replayed from its record in plain steps.

The numbers are those of the service policy, written down here a second time. A `State` is what is true after an event;
`wants` says what is wanted from then until the next event. Names that begin with `~` are no messages but moves of the
ticket: `~pending`, `~solved`.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import UTC, datetime, time, timedelta

from tests.scenarios.month.hours import Hours
from tests.scenarios.month.opening import Opening
from tests.scenarios.month.record import NOBODY, Customer, Event, Mailed
from tests.scenarios.month.terms import PLAIN, Metric, Rules

HOUR = 3600
SECOND = timedelta(seconds=1)
BEFORE = datetime(1970, 1, 1, tzinfo=UTC)
"""No event yet."""
TARGETS = {
    "urgent": {"first_reply": 1 * HOUR, "resolution": 4 * HOUR},
    "high": {"first_reply": 2 * HOUR, "resolution": 8 * HOUR},
    "normal": {"first_reply": 2 * HOUR, "resolution": 16 * HOUR},
    "low": {"first_reply": 2 * HOUR, "resolution": 75 * HOUR},
}
WARN_BEFORE = {"first_reply": 15 * 60, "resolution": 1 * HOUR}
NO_PRIORITY_AFTER = 30 * 60
REMIND_BEFORE = {"urgent": 10 * 60, "high": 1 * HOUR, "normal": 2 * HOUR, "low": 2 * HOUR}
LAPSES_TOLD = (1, 2, 3, 6, 12, 24, 48)
ESCALATES_AT = 3
CHASES = {1: 3, 2: 6}
"""Business days until the first and the second reminder."""
BACK_AFTER = 9
FLIPS = 2
OPENS, CLOSES = time(9), time(18)
AWAITING = "zdsync_awaiting_confirmation"
SNOOZES = {"zdsync_snooze_4h": timedelta(hours=4), "zdsync_snooze_2d": timedelta(days=2)}
SNOOZE_COMMANDS = {"snooze 4h": timedelta(hours=4)}


@dataclass
class Counter:
    """The counted seconds of one metric, and who judges it."""

    seconds: float = 0.0
    ended: bool = False
    judge: tuple[str, int] | None = None
    """Once ended: the priority that decides, and the event that set it."""


@dataclass
class Reply:
    """The customer's side has spoken, and no agent has reacted yet."""

    id: int
    says: str
    """`other` where it is not the requester's."""
    label: str
    """Whoever said it."""
    asked: datetime | None
    """When the question was asked that it answers."""
    solve: int | None
    """The agent's solve that it came after, the ticket being solved."""
    confirmed: bool
    """The ticket was solved with a confirmation."""


@dataclass
class State:
    """A ticket after an event."""

    hours: Hours
    awaiting_status: int | None
    rules: Rules = PLAIN
    customer: Customer = NOBODY
    mailed: Mailed | None = None
    created: datetime = BEFORE
    creation: int = 0
    at: datetime = BEFORE
    status: str = "new"
    custom_status: int | None = None
    priority: str | None = None
    priority_by: int = 0
    priority_at: datetime = BEFORE
    tags: frozenset[str] = frozenset()
    said: dict[str, datetime] = field(default_factory=dict)
    counters: dict[Metric, Counter] = field(default_factory=lambda: {"first_reply": Counter(), "resolution": Counter()})
    # The beginning, and merges.
    opening: Opening = field(default_factory=Opening)
    told_priority: str | None = None
    """Whose targets the customer was told last."""
    worked_on: bool = False
    """By anybody but us, since its creation."""
    status_since: datetime = BEFORE
    got_mail: datetime | None = None
    """When a mail was last merged into it."""
    # What agents have told us.
    exempt: bool = False
    snoozed_until: datetime | None = None
    order: tuple[int, bool] | None = None
    """To close or confirm: the event, and whether it was a tag."""
    commands: list[tuple[int, datetime]] = field(default_factory=list)
    """That are to be answered: the hold itself records what closes or confirms."""
    # The cadence.
    base: tuple[datetime, int] | None = None
    held_off: int = 0
    """How many there were in a row."""
    spoken: datetime = BEFORE
    """The last word of a person, notes included."""
    # The hold.
    words: int = 0
    says_yes: bool = False
    confirmed: bool = False
    solve: int | None = None
    asked: datetime | None = None
    taken_up: int = 0
    """The last event that opened it after a solve, without a word of the customer: orders from before are used up."""
    asks_last: bool = False
    reply: Reply | None = None
    solved: tuple[int, str, str] | None = None
    """The last solve: event, by whom, the status before."""
    again: bool = False
    by_machine: datetime | None = None
    flips: list[datetime] = field(default_factory=list)
    _tags_before: frozenset[str] = frozenset()

    @property
    def ordered(self) -> bool:
        """An agent has closed or confirmed it since the customer's last words; a tag counts while it is there."""
        if self.order is None or self.order[0] <= max(self.words, self.taken_up):
            return False
        return not self.order[1] or "zdsync_close_anyway" in self.tags

    @property
    def held(self) -> bool:
        return AWAITING in self.tags or (self.custom_status is not None and self.custom_status == self.awaiting_status)

    # Events

    def take(self, event: Event) -> None:
        """What becomes true by an event."""
        if event.creates:
            self.created, self.creation, self.at = event.at, event.id, event.at
        self.count(event.at)
        self.opening.take(event)
        self.worked_on = self.worked_on or (not event.creates and event.who in ("agent", "requester", "other"))
        before, self._tags_before = self.status, self.tags
        if event.says is not None and not event.creates:
            self._customer(event)
        elif event.who == "agent" and event.public and not event.creates:
            self.reply, self.by_machine, self.asks_last = None, None, False
            if self.solve is None:
                self.asked = None
        self._priority(event)
        if event.tags is not None:
            self.tags = event.tags
        if event.custom_status is not None:
            self.custom_status = event.custom_status
        for status, by_rule in event.statuses:
            self._move(event, status, by_rule)
        if event.statuses and not event.creates:
            machine = event.says == "automatic"
            self.by_machine = event.at if machine else None
        if event.creates:
            before = self.status
        self._mark(event)
        self._base(event, before)
        self._tell(event)
        self._speak(event)
        self._end_counters(event)

    def _speak(self, event: Event) -> None:
        if event.who == "us":
            self.held_off += sum(":holding:" in key for key in event.keys)
        elif event.says != "automatic" and (event.public or event.note):
            self.spoken = event.at
            if event.public:
                self.held_off = 0

    def count(self, until: datetime) -> None:
        """Let time pass."""
        for metric, counter in self.counters.items():
            if self.runs(metric):
                counter.seconds += self.hours.between(self.at, until)
        self.at = until

    def runs(self, metric: Metric) -> bool:
        paused = ("solved", "pending") if metric == "resolution" else ("solved",)
        return not self.counters[metric].ended and self.status not in paused

    def _priority(self, event: Event) -> None:
        if event.priority is not None and event.priority != self.priority:
            self.priority, self.priority_by, self.priority_at = event.priority, event.id, event.at
            for counter in self.counters.values():
                if counter.ended and counter.judge is None:
                    counter.judge = (event.priority, event.id)

    def _end_counters(self, event: Event) -> None:
        present = (self.priority, self.priority_by) if self.priority else None
        reply, resolution = self.counters["first_reply"], self.counters["resolution"]
        if event.who == "agent" and event.public and not event.creates and not reply.ended:
            reply.ended, reply.judge = True, present
        if self.status == "solved" and not resolution.ended:
            resolution.ended, resolution.judge = True, present
        elif self.status != "solved" and resolution.ended:
            resolution.ended, resolution.judge = False, None

    def _customer(self, event: Event) -> None:
        """Anybody from outside has written."""
        if event.says == "automatic":
            return
        solved = self.status == "solved"
        waiting = self.status in ("pending", "solved") or self.reply is not None
        yes = event.says == "yes" or (event.says == "bare yes" and self.asks_last)
        by_requester = event.who == "requester"
        says = "yes" if yes and by_requester else str(event.says) if by_requester else "other"
        confirmed = solved and (self.confirmed or self.says_yes)
        self.reply = Reply(
            event.id, says, str(event.says), self.asked if waiting else None, self.solve if solved else None, confirmed
        )
        self.words, self.says_yes = event.id, says == "yes"
        if not (confirmed and event.says == "thanks"):
            self.confirmed = False
        self.solve, self.asks_last, self.again = None, False, False

    def _move(self, event: Event, status: str, by_rule: bool) -> None:
        before, self.status = self.status, status
        self.status_since = event.at
        if event.creates:
            return
        by = "machine" if by_rule else event.who
        if status == "solved":
            self.solved = (event.id, by, before)
            if by == "agent":
                self.again = self.solve is not None
                if self.solve is None:
                    self.solve, self.asked = event.id, None
            elif by in ("requester", "us"):
                self.confirmed = True
        elif by == "us" and before == "solved" and self.solved and (self.solved[1] == "machine" or self.again):
            self.flips.append(event.at)
        elif by == "us" and before == "pending" and self.reply is None:
            self.solve, self.asked = None, None
        elif by == "agent" and before in ("pending", "solved") and status != "pending":
            self.solve, self.asked, self.confirmed = None, None, False
            if before == "solved":
                self.taken_up = event.id
        elif by == "other" and before == "pending" and status != "pending" and event.says is None:
            self.solve, self.asked, self.confirmed = None, None, False  # an outsider, in private
        elif by in ("other", "machine") and before == "solved" and status != "pending" and event.says is None:
            self.solve, self.asked, self.confirmed, self.reply = None, None, False, None  # not in words that count
            self.taken_up = event.id
        if by == "agent" and self.words != event.id:
            self.reply = None

    def _mark(self, event: Event) -> None:
        by_hand = (
            event.who == "agent" and event.custom_status is not None and event.custom_status == self.awaiting_status
        )
        held_by_rule = AWAITING in event.tags_of_rule and event.who != "us"
        if (held_by_rule or by_hand) and self.solve is None:
            self.solve, self.asked = event.id, None
        if event.asks_by_mail:
            self.asked, self.asks_last = self.asked or event.at, True
        if event.who == "us" and event.merged_with and event.note:
            self.got_mail = event.at
        for key in event.keys:
            self.said[key] = event.at
            if key.startswith("promise:"):
                self.told_priority = self.priority
            if key.startswith(("ask:", "chase:")):
                self.asked, self.asks_last = self.asked or event.at, True
                self.solve = self.solve or int(key.split(":")[1])  # thanks had come before the question
            elif key.startswith("override:"):
                self.confirmed = True
            elif key.startswith("unanswered:"):
                self.solve, self.asked = None, None

    def _base(self, event: Event, before: str) -> None:
        """The update that is promised counts from here."""
        if event.creates:
            return
        if event.who == "agent" and event.public:
            self.base = (event.at, event.id)
        with_us = self.status not in ("pending", "solved")
        comes_back = before in ("pending", "solved") and with_us
        if self.base and (comes_back or (event.priority is not None and self.priority_by == event.id)):
            self.base = (event.at, event.id)

    def _tell(self, event: Event) -> None:
        """Tags and commands of agents."""
        if event.who != "agent" or event.creates:
            return
        added = event.tags - event.tags_of_rule if event.tags is not None else frozenset[str]()
        if event.command.startswith("exempt") or "zdsync_exempt" in added:
            self.exempt = True
        if event.command and not event.command.startswith(("close", "confirm")):
            self.commands.append((event.id, event.at))
        if event.command.startswith(("close", "confirm")):
            self.order = (event.id, False)
        elif "zdsync_close_anyway" in added and "zdsync_close_anyway" not in self._tags_before:
            self.order = (event.id, True)
        for tag, length in SNOOZES.items():
            if tag in added and tag not in self._tags_before:
                self.snoozed_until = event.at + length
        if event.command in SNOOZE_COMMANDS:
            self.snoozed_until = event.at + SNOOZE_COMMANDS[event.command]
