"""Lives of a maintenance window to which anything happens, played with a worker who may be slow or away.

What comes of one is a record of messages and of the deeds before them: `test_maintenance_lives.py` judges by these.
"""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from typing import Any, NamedTuple
from zoneinfo import ZoneInfo

from tests.builders import AGENT, FIELD_IDS, OTHER_AGENT, Story, paris
from tests.core.maintenance_deeds import OF_AGENTS, OF_WINDOW, Deed, Kind
from tests.core.maintenance_desk import NAMES, PEOPLE, SETTLE, Desk, rules
from tests.core.windows import a_parent, a_window
from zdsync.core.evaluate import Plan
from zdsync.core.incident import SEND_TAG, STOP_TAG
from zdsync.core.model import Comment
from zdsync.core.notices import BOUNCED_TAG
from zdsync.core.windows import Words

Times = tuple[datetime, datetime]
PARIS = ZoneInfo("Europe/Paris")
HOUR, DAY = timedelta(hours=1), timedelta(days=1)
TICKETS = {"tag": "window", "start": "resolution_due", "end": "next_update_due"}


class Message(NamedTuple):
    """What a contact was told."""

    at: datetime
    what: str
    start: datetime
    end: datetime
    body: str

    @property
    def times(self) -> Times:
        return self.start, self.end


class Written(NamedTuple):
    """The window as it is written from then on; no times: nowhere, or not as can be read."""

    at: datetime
    times: Times | None
    cancelled: bool = False


class Given(NamedTuple):
    """An order of an agent."""

    at: datetime
    verb: str
    end: datetime | None = None


@dataclass
class Log:
    """What has happened to a window, and what was told to whom."""

    written: list[Written] = field(default_factory=list)
    orders: list[Given] = field(default_factory=list)
    stops: list[tuple[datetime, str]] = field(default_factory=list)
    """`stop`, `send` and `unstop` where they did something."""
    done: list[tuple[datetime, str]] = field(default_factory=list)
    """All deeds."""
    told: dict[int, list[Message]] = field(default_factory=dict)
    agents: list[tuple[datetime, str]] = field(default_factory=list)
    """What was noted on the parent."""
    wrong: list[str] = field(default_factory=list)
    """What was seen to be wrong while it happened."""
    rests: list[datetime] = field(default_factory=list)
    """When the worker had nothing left to do."""
    late: bool = False
    """The worker was away, or slow."""

    def did(self, *whats: str) -> bool:
        return any(what in whats for _, what in self.done)


class Life(Desk):
    """A desk that keeps a log."""

    def __init__(self, kind: Kind) -> None:
        self.kind, self.log = kind, Log()
        self.slow: tuple[int, ...] = ()
        start = paris(kind.start)
        self.times: Times = (start, start + kind.hours * HOUR)
        self.title, self.listed, self.cancelled = "Database upgrade", True, False
        made = start - max(kind.made_days * DAY, HOUR)
        parent = a_parent(f"{made.astimezone(PARIS):%Y-%m-%d %H:%M}")
        if kind.as_ticket:
            tags = {"window", *(() if kind.planned else ("urgent_maintenance",))}
            own: dict[str, Any] = {"type": "problem", "status": "open", "assignee_id": AGENT, "tags": frozenset(tags)}
            parent = Story(made, by=AGENT, requester_id=AGENT, subject=self.title, fields=self._fields(), **own)
        super().__init__(self._rules(), parent)
        self.now = made + SETTLE
        self._write(made)

    def _rules(self) -> Any:
        kind = self.kind
        settings: dict[str, Any] = {"countdown": kind.countdown, "by_itself": list(kind.by_itself)}
        settings["stop_if_failed"] = {"at_least": 2, "share": 0.5}
        if kind.as_ticket:
            return rules(tickets=TICKETS, **settings)
        at = None if kind.announce is None else paris(kind.start) - kind.announce * HOUR
        title = Words(en=self.title, fr="Mise à jour")
        rest: dict[str, Any] = {"title": title, "planned": kind.planned, "cancelled": self.cancelled, "announce_at": at}
        start, end = self.times
        window = replace(a_window(), start=start, end=end, **rest)
        return rules(*([window] if self.listed else []), **settings)

    def _fields(self) -> dict[int, Any]:
        start, end = (f"{each.astimezone(PARIS):%Y-%m-%d %H:%M%z}" for each in self.times)
        return {FIELD_IDS["resolution_due"]: start, FIELD_IDS["next_update_due"]: end}

    def _write(self, at: datetime) -> None:
        """The window as it is to be, where it is written."""
        if self.kind.as_ticket:
            tags = self.parent.ticket.tags
            self.parent.update(at, AGENT, tags=tags | {"window"} if self.listed else tags - {"window"})
            self.parent.ticket = replace(self.parent.ticket, fields=self._fields(), subject=self.title)
        self.rulebook = self._rules()
        self.log.written.append(Written(at, self.times if self.listed else None, self.cancelled))

    # --- the worker -----------------------------------------------------------------------------------------------

    def live(self, until: datetime) -> None:
        """What is due until then; what is left at that instant is left."""
        busy = 0
        while self.now <= until:
            self.bounced = frozenset(id for id, each in self.notices.items() if BOUNCED_TAG in each.ticket.tags)
            before = len(self.said)
            wake = self._pass(self.kind.at_once)
            busy += len(self.said) > before
            assert busy < 60, "it does not come to an end"
            if len(self.said) == before and not self.slow:
                self.log.rests.append(self.now)
            then = max(min(wake or self.now + DAY, self.now + DAY), self.now + SETTLE)
            if then > until:
                break
            self.now = then
        self.now = max(self.now, until)

    def plan_notice(self, user: int) -> Plan:
        return Plan() if user in self.slow else super().plan_notice(user)

    def create(self, plan: Plan, at_once: int) -> None:
        said, bodies = len(self.said), len(self.bodies)
        super().create(plan, at_once)
        for (_, name, _), body in zip(self.said[said:], self.bodies[bodies:], strict=True):
            user = next(id for id, each in NAMES.items() if each == name)
            start, end = (self.campaigns[user].values[each] for each in ("start", "end"))
            assert isinstance(start, datetime)
            assert isinstance(end, datetime)
            self.log.told[user] = [Message(self.now, "notice", start, end, body)]

    def _note(self, to: str, plan: Plan) -> None:
        super()._note(to, plan)
        (update,) = plan.updates
        body = update.message.body if update.message else ""
        user = next((id for id, name in NAMES.items() if name == to), None)
        for key in update.keys:
            kind, _, what, *rest = key.split(":")
            if user is None:
                self.log.agents.append((self.now, what if kind == "maintenance" else f"({what})"))
            elif kind == "maintenance":
                start, end = (datetime.fromisoformat(each) for each in rest[:2])
                self.log.told[user].append(Message(self.now, what, start, end, body))
        if user is None and update.status == "solved":
            self._judge_solve()

    def _judge_solve(self) -> None:
        for user, notice in self.notices.items():
            if notice.ticket.status not in ("solved", "closed"):
                self.log.wrong.append(f"the parent is solved while {NAMES[user]}'s notice is {notice.ticket.status}")
            if self.log.told[user][-1].what not in ("completed", "cancelled"):
                self.log.wrong.append(f"the parent is solved, and {NAMES[user]} does not know how it ended")

    # --- everybody else -------------------------------------------------------------------------------------------

    def due(self, deed: Deed) -> datetime:
        start, end = self.times
        landmarks = {
            "announced": start - 10 * DAY,
            "a week ahead": start - 7 * DAY,
            "reminded": start - DAY,
            "start": start,
            "end": end,
            "after": end + DAY,
            "long after": end + 3 * DAY,
        }
        return max(self.now, landmarks.get(deed.by, self.now) + timedelta(seconds=deed.after))

    def do(self, deed: Deed) -> None:
        at = self.due(deed)
        self.log.late |= deed.away or bool(deed.slow)
        if not deed.away:
            self.slow = deed.slow
            self.live(at)
            self.slow = ()
        at = max(at, self.now, self.parent.audits[-1].at, *(each.audits[-1].at for each in self.notices.values()))
        self.log.done.append((at, deed.what))
        if deed.what in OF_WINDOW:
            self._rewrite(deed, at)
        elif deed.what in OF_AGENTS:
            self._agent(deed, at)
        else:
            self._contact(deed, at)
        self.now = at + SETTLE
        if deed.first:
            self.tell()

    def _rewrite(self, deed: Deed, at: datetime) -> None:
        (start, end), by = self.times, timedelta(minutes=deed.shift)
        match deed.what:
            case "move":
                self.times = (start + by, end + by)
            case "new end":
                self.times = (start, max(start + HOUR, end + max(-DAY, min(DAY, by))))
            case "retitle":
                self.title = "Upgrade of the disks"
            case "remove":
                self.listed = False
            case "call off":
                self.cancelled = not self.kind.as_ticket
            case _:
                self.listed, self.cancelled = True, False
        self._write(at)

    def _agent(self, deed: Deed, at: datetime) -> None:
        parent, notice = self.parent, self.notices.get(deed.user)
        match deed.what:
            case "order" | "twice":
                for _ in range(1 if deed.what == "order" else 2):
                    self._order(deed, at)
            case "stop" | "send" | "unstop":
                tag = SEND_TAG if deed.what == "send" else STOP_TAG
                tags = parent.ticket.tags - {tag} if deed.what == "unstop" else parent.ticket.tags | {tag}
                if tags != parent.ticket.tags:
                    self.log.stops.append((at, deed.what))
                    parent.update(at, AGENT, tags=tags)
            case "note":
                parent.note(at)
            case "parent":
                parent.update(at, AGENT, status=deed.status)
            case "assign":
                parent.update(at, AGENT, assignee_id=OTHER_AGENT)
            case _ if notice is not None:
                notice.update(at, AGENT, status=deed.status)

    def _order(self, deed: Deed, at: datetime) -> None:
        words, end = deed.order, None
        if words == "extend":
            end = self.times[1] + timedelta(minutes=deed.shift)
            words = f"extend {end.astimezone(PARIS):%Y-%m-%d %H:%M%z}"
        self.log.orders.append(Given(at, words.split()[0], end))
        self.parent.note(at, command=f"maintenance {words}")

    def _contact(self, deed: Deed, at: datetime) -> None:
        user, notice = deed.user, self.notices.get(deed.user)
        match deed.what:
            case "join":
                self.audience = tuple(dict.fromkeys((*self.audience, user)))
            case "leave":
                self.audience = tuple(each for each in self.audience if each != user)
            case "refuse" if notice is None:
                self.refused |= {user}
            case "bounce" if notice is not None:
                back = Comment(7000 + len(notice.audits), user, True, answer="automatic", undelivered=True)
                notice.update(at, by=user, comment=back, channel="email", status="open")
            case "answer" | "automatic" if notice is not None:
                notice.customer(at, by=user, answer="automatic" if deed.what == "automatic" else "other")


def play(kind: Kind, happens: list[Deed]) -> Life:
    """The window long after all."""
    life = Life(kind)
    for deed in happens:
        life.do(deed)
    life.live(max(life.now, life.times[1]) + 5 * DAY)
    return life


def zone_of(user: int) -> ZoneInfo:
    return ZoneInfo(PEOPLE[user].time_zone)
