"""THE harness for stories: a Zendesk account over real HTTP, a real Redis, the real parts, and a clock that is told.

    world = World(server, redis, prefix)                       # or the fixture `world`
    ticket = world.act(EMILY, subject="No rows", comment="The export is empty.")
    world.until("11:00")                                       # every wake-up happens at its own time
    world.act(TOM, ticket=ticket, comment="Found it.", status="solved")
    assert world.keys(ticket) == {"target:…:set", "warn:…:first_reply"}

Nothing runs by itself: people `act`, `work` does what is due now, `until` moves the clock from due instant to due
instant. Times are those of Paris, on `DAY` unless a date is written; no Celery, no sleeping. The account is one that
`zdsync doctor --probe` has passed, unless told otherwise.
"""

from __future__ import annotations

import contextlib
import re
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from typing import Any, cast

from redis import Redis

from tests.builders import a_rulebook, paris
from tests.scenarios.wire import Wire, WiredAdapter, scripts, texts, wired
from zdsync.clock import Clock, instant, milliseconds
from zdsync.control import EXTERNAL_ID, PROBED_TAG, external_id
from zdsync.core.evaluate import Plan, evaluate
from zdsync.core.links import Links
from zdsync.core.mailing import SAY_TAG
from zdsync.core.maintenance import PARENT
from zdsync.core.model import FieldValue, History, WorkClass
from zdsync.core.rulebook import Rulebook
from zdsync.linked import with_linked
from zdsync.parts import LEASE_MS, SETTLE, Outcome, Parts
from zdsync.poll import BEGAN, poll
from zdsync.post import Office
from zdsync.reach import Source, with_reach
from zdsync.reconcile import people_of, reconcile
from zdsync.resync import go_on
from zdsync.rules.current import CurrentRules
from zdsync.sandbox import Account, Server
from zdsync.settings import Settings
from zdsync.store.due import CLASSES
from zdsync.wiring import Account as AccountFacts
from zdsync.wiring import Store, parts_of, session_of
from zdsync.zendesk.client import Zendesk

DAY = "2026-11-23"
"""A Monday without anything special."""
BEGIN = paris(f"{DAY} 09:00")

EMILY, RAJ, JEANNE = "emily.carter@northgate.example", "raj.patel@northgate.example", "jeanne.petit@saint-luc.example"
CLAIRE, TOM = "claire@desk.example", "tom@desk.example"
US = "zdsync@desk.example"

FIELDS = {
    "first_reply_due": "SLA first reply due",
    "resolution_due": "SLA resolution due",
    "next_update_due": "Next update due",
}
STATUSES = {"awaiting_confirmation": "Awaiting confirmation"}

TO_CUSTOMERS = ("ask:", "chase:", "ack:", "promise:", "intake:", "relay:", "resolved:")
"""How the keys of the only messages begin that a customer may see."""
TO_CONTACTS = ("maintenance:",)
"""Likewise on the notices of a campaign; on the problem itself they are for agents."""
HOLDING = ":holding:"
"""In the key of one more, where a rule has it switched on."""

PASSES = 300
"""So many tickets reconciled without the clock moving are a loop that does not end."""
UPKEEP = timedelta(seconds=5)
"""How often the worker goes on with a resync."""


def paris_time(written: str | datetime) -> datetime:
    """`11:00` on `DAY`, `24 11:00` in its month, `12-01 11:00` in its year, `2026-11-24 09:00`, or an instant
    (as Zendesk writes it, too)."""
    if isinstance(written, datetime):
        return written
    if "T" in written:
        return datetime.fromisoformat(written)
    day, _, time = written.rpartition(" ")
    return paris(f"{DAY[: len(DAY) - len(day)]}{day} {time}")


def live_rulebook(**changes: Any) -> Rulebook:
    """SLA targets as shipped, live since an hour before the story; `rules` instead of them (`editions.py`)."""
    values: dict[str, Any] = {
        "fields": FIELDS,
        "statuses": STATUSES,
        "own_user_ids": frozenset(),
        "live_since": BEGIN - timedelta(hours=1),
    }
    return a_rulebook(*changes.pop("rules", ()), **{**values, **changes})


class ReadClock:
    """The sandbox's clock, read in this process."""

    steady = True

    def __init__(self, server: Server) -> None:
        self._server = server

    def now(self) -> datetime:
        return instant(self._server.account.now_ms)

    def observe(self, date: datetime) -> None:
        """Nothing to learn."""


@dataclass(frozen=True)
class Worker:
    """One process: its parts, and what they send."""

    parts: Parts
    store: Store
    rules: CurrentRules
    wire: Wire

    def claim_and_reconcile(self, n: int = 10) -> list[Outcome]:
        """One pull, as `tasks/reconcile.py` does it."""
        leases = self.parts.due.claim(n, milliseconds(self.parts.clock.now()), LEASE_MS)
        return [reconcile(lease, self.parts) for lease in leases]


@dataclass(frozen=True)
class TicketState:
    """What counts at the end: of a ticket and of what we said on it, in order."""

    status: str
    label: str
    """The custom status within its category, as agents see it."""
    priority: str | None
    tags: frozenset[str]
    fields: Mapping[str, FieldValue]
    said: tuple[tuple[str, ...], ...]
    """The keys of each of our comments."""
    public: int
    """How many public comments it has, whoever wrote them."""


@dataclass(frozen=True)
class Saved:
    """A moment to go back to."""

    account: dict[str, Any]
    index: Mapping[bytes, tuple[bytes, int]]
    """Name -> content as `DUMP` gives it, milliseconds to live."""


class World:
    """One account, one index, and one worker process that can be replaced."""

    def __init__(
        self,
        server: Server,
        redis: Redis,
        prefix: str,
        *,
        account: Account | None = None,
        rulebook: Rulebook | None = None,
        probed: bool = True,
        begin: datetime | None = None,
        clock: Clock | None = None,
        zendesk: Callable[[Any], Zendesk] = Zendesk,
        links: Links | None = None,
        office: Office | None = None,
    ) -> None:
        """`account` replaces the server's (a believable desk at `BEGIN`, by default); it is advanced to `begin`.
        `zendesk` makes the client."""
        if account is None:
            begin = begin or BEGIN
            account = Account.demo(begin - timedelta(hours=2))
        if probed:
            name = external_id(begin or BEGIN)
            account.act(
                US, subject="switches", comment="-", public=False, external_id=name, tags=[PROBED_TAG], channel="api"
            )
        if begin is not None:
            account.advance_to(begin)
        server.call(lambda: server.sandbox.replace(account))
        self.server = server
        self.redis = redis
        self.prefix = prefix
        self.rulebook = rulebook if rulebook is not None else live_rulebook()
        """What the rule files say; a worker notices a change when it looks (`rules.take_over`)."""
        self.echoes = False
        """Whether our own writes come back as webhooks, too."""
        self.tells_of_rules = False
        """Whether what the account's automations do comes as a webhook; else only the poll finds it."""
        self.on_outcome: Callable[[Outcome], object] = lambda outcome: None
        self._clock: Clock = clock if clock is not None else ReadClock(server)
        self._make = zendesk
        self.links = links
        """What links to the confirmation page are made with."""
        self.office = office
        """Where mails outside of Zendesk leave."""
        self._heard = len(account.journal)
        self._polled = self.now
        self.store = Store.at(redis, prefix)
        """The index, for looking at; what the worker sends to it goes over `wire`."""
        self._load_scripts()
        self._settle_in()
        self.worker = self.new_worker()

    # The account

    @property
    def account(self) -> Account:
        return self.server.account

    @property
    def now(self) -> datetime:
        return instant(self.account.now_ms)

    def go(self, at: str | datetime) -> None:
        """Move the clock, whatever is due; what the sandbox has planned happens on the way."""
        self.server.clock.set(paris_time(at))
        if self.tells_of_rules:
            self.hint(*{ticket for _, ticket, _ in self.account.journal[self._heard :]})
        self._heard = len(self.account.journal)

    def act(self, as_: str, *, webhook: bool = True, **act: Any) -> int:
        """A person does something now (keys of `zdsync/sandbox/acts.py`); the ticket's number. Without `webhook` its
        delivery is lost."""
        ticket = int(self.server.act(as_, **act)["ticket"])
        self._heard = len(self.account.journal)
        if webhook:
            self.hint(ticket)
        return ticket

    def hint(self, *tickets: int, invocation: str = "") -> bool:
        """A webhook arrives, as the receiver takes it."""
        if not tickets:
            return False
        rows = [self.account.tickets[ticket].row for ticket in tickets]
        work: WorkClass = "p1" if any(row["priority"] == "urgent" for row in rows) else "live"
        return self.store.due.receive(invocation, tickets, work, milliseconds(self.now + SETTLE))

    def faults(self, *requests: Mapping[str, Any]) -> None:
        """Switch on faults of the sandbox (`zdsync/sandbox/faults.py`); without any, switch all off."""
        self.server.set_faults({"requests": list(requests)})

    # The worker

    @property
    def parts(self) -> Parts:
        return self.worker.parts

    @property
    def wire(self) -> Wire:
        return self.worker.wire

    def new_worker(self) -> Worker:
        """Another process beside the present one, or in its place."""
        wire = Wire(self.prefix)
        store = Store.at(wired(self.redis, wire), self.prefix)
        settings = Settings.from_env(
            {
                "ZDSYNC_BASE_URL": self.server.url,
                "ZDSYNC_EMAIL": self.server.email,
                "ZDSYNC_API_TOKEN": self.server.token,
            }
        )
        session = session_of(settings, self._clock, store, sleep=lambda seconds: None)
        session.mount("http://", WiredAdapter(wire))
        zendesk = self._make(session)
        rules = CurrentRules(lambda: self.rulebook, store.cache.rulebook, store.cache.publish_rulebook)
        parts = parts_of(store, self._clock, zendesk, AccountFacts(zendesk), rules, self.links, self.office)
        return Worker(parts, store, rules, wire)

    def restart(self) -> None:
        """The worker's process has ended; another takes its place when its leases have run out."""
        self.close()
        self.worker = self.new_worker()
        self.end_leases()

    def end_leases(self) -> None:
        """Let time pass for Redis: what processes that are no more have held runs out, and is put back."""
        for ticket in self._members("leased"):
            self.redis.zadd(f"{self.prefix}leased", {str(ticket): 0})
        for name in ("alone:poll", "alone:resync", "alone:windows", "resync"):
            self.redis.delete(f"{self.prefix}{name}")
        self.store.due.reap(milliseconds(self.now))

    def work(self) -> list[Outcome]:
        """Reconcile everything that is due now, until nothing is."""
        outcomes: list[Outcome] = []
        while done := self.worker.claim_and_reconcile():
            outcomes += done
            for outcome in done:
                self.on_outcome(outcome)
            self._hear_echoes()
            assert len(outcomes) < PASSES, f"it does not come to an end: {outcomes[-3:]}"
        return outcomes

    def until(self, at: str | datetime, *, poll_every: timedelta | None = None) -> list[Outcome]:
        """Go on to an instant: what is due on the way is done at its own time, what is due then too."""
        goal = paris_time(at)
        outcomes = self._work_and_refill()
        while (next_at := self._next(poll_every)) < goal:
            self.go(next_at)
            self._poll(poll_every)
            outcomes += self._work_and_refill()
        self.go(goal)
        self._poll(poll_every)
        return outcomes + self._work_and_refill()

    def _work_and_refill(self) -> list[Outcome]:
        """What is due now; where the index turns out to be empty it is filled first, as `tasks/upkeep` does: as far as
        the API's limits allow it now, and further on at `_next`."""
        outcomes = self.work()
        while self.store.epoch.state() != "set":
            listed = go_on(self.parts)
            if not listed and self.store.epoch.state() != "set":
                break
            outcomes += self.work()
        return outcomes

    def _next(self, poll_every: timedelta | None) -> datetime:
        """When something is to be done next. What is due already could not be claimed (the worker's clock is wrong):
        it is looked at again in a second."""
        due = self.store.due.next_due_ms()
        planned = self.account.agenda.next_due_ms()
        moments = [instant(ms) for ms in (due, planned) if ms is not None]
        if poll_every is not None:
            moments.append(self._polled + poll_every)
        if self.store.epoch.state() != "set":
            moments.append(self.now + UPKEEP)
        soon = self.now + timedelta(seconds=1)
        return min((each if each > self.now else soon for each in moments), default=datetime.max.replace(tzinfo=UTC))

    def _poll(self, every: timedelta | None) -> None:
        if every is not None and self.now >= self._polled + every:
            self._polled = self.now
            self.poll()

    def poll(self) -> int:
        """One poll of the export."""
        return poll(self.parts)

    def resync(self, rounds: int = 50) -> None:
        """List the account until the index is whole."""
        for _ in range(rounds):
            go_on(self.parts)
            if self.store.epoch.state() == "set":
                return
        raise AssertionError("the resync does not come to an end")

    def empty_redis(self) -> None:
        """Everything of this index is gone."""
        if names := self._keys():
            self.redis.delete(*(self.prefix.encode() + name for name in names))

    def _hear_echoes(self) -> None:
        journal = self.account.journal
        if self.echoes:
            for ticket in {ticket for _, ticket, _ in journal[self._heard :]}:
                self.hint(ticket)
        self._heard = len(journal)

    def _settle_in(self) -> None:
        """The index has been in use: it is whole, and the poll has just reached the end of the export."""
        self.store.epoch.end_resync(self.store.epoch.begin_resync() or "", self.now)
        self.store.cache.save_cursor(BEGAN, self.now.isoformat())

    def _load_scripts(self) -> None:
        """So that each command is sent once, whatever this Redis has run before."""
        known = self.redis.script_exists(*scripts())
        for text, is_known in zip(texts().values(), known, strict=True):
            if not is_known:
                self.redis.script_load(text)

    def save(self) -> Saved:
        """The account and the index as they are now, to `rewind` to."""
        names = [key for key in self._keys() if not key.startswith(b"metrics:")]
        with self.redis.pipeline() as pipe:
            for name in names:
                pipe.dump(self.prefix.encode() + name)
                pipe.pttl(self.prefix.encode() + name)
            found = pipe.execute()
        return Saved(self.server.save(), dict(zip(names, zip(found[::2], found[1::2], strict=True), strict=True)))

    def rewind(self, saved: Saved) -> None:
        """Back to that moment, with a process that has just begun."""
        self.server.load(saved.account)
        self.restore_index(saved)
        self._heard = len(self.account.journal)
        self._polled = self.now
        self.close()
        self.worker = self.new_worker()

    def restore_index(self, saved: Saved) -> None:
        """Redis stands as it did then (it failed over to an old copy); the account and the worker go on."""
        self.empty_redis()
        with self.redis.pipeline() as pipe:
            for name, (content, ttl) in saved.index.items():
                pipe.restore(self.prefix.encode() + name, max(ttl, 0), content)
            pipe.execute()

    def _keys(self) -> list[bytes]:
        """The names of all keys of the index."""
        return [key.removeprefix(self.prefix.encode()) for key in self.redis.scan_iter(f"{self.prefix}*", count=1000)]

    # What has come of it

    @property
    def us(self) -> int:
        """Our user's id."""
        user = self.account.user_by_email(US)
        assert user is not None
        return int(user["id"])

    def comments(self, ticket: int) -> list[Mapping[str, Any]]:
        """Our comments on a ticket, oldest first: Comment events of the sandbox."""
        return [
            event
            for audit in self._our_audits(ticket)
            for event in audit["events"]
            if event["type"] == "Comment" and event["author_id"] == self.us
        ]

    def keys(self, ticket: int) -> dict[str, datetime]:
        """The message keys on a ticket and when each was written. Raises AssertionError where one is there twice."""
        found: dict[str, datetime] = {}
        for audit in self._our_audits(ticket):
            for key in keys_of(audit):
                assert key not in found, f"{key} was written at {found[key]} and at {audit['created_at']}"
                found[key] = datetime.fromisoformat(audit["created_at"])
        return found

    def our_writes(self, ticket: int | None = None) -> list[Mapping[str, Any]]:
        """Our calls that could change a ticket, as they arrived: `at`, `method`, `path`, `status`, `body`. (People act
        without the API.)"""
        return [row for row in self.account.writes if ticket is None or row["ticket"] == ticket]

    def plan(self, ticket: int) -> Plan:
        """What there would be to do on a ticket now, worked out anew, with nothing cached."""
        parts = self.new_worker().parts
        fetched = parts.zendesk.ticket(ticket)
        audits = parts.zendesk.audits(ticket)
        rulebook = parts.rulebook()
        people = people_of(fetched.ticket, audits, parts, "live")
        facts = parts.facts(rulebook, people)
        history = History(fetched.ticket, audits)
        facts = with_linked(facts, history, rulebook, self.now, parts.zendesk)
        facts = with_reach(facts, history, rulebook, self.now, Source(parts.zendesk))
        plan = evaluate(history, facts, rulebook, self.now)
        parts.zendesk.session.close()
        return plan

    def end_state(self) -> dict[int, TicketState]:
        """Every ticket that people made: what must be the same however the story was disturbed."""
        return {
            ticket_id: self._state(ticket_id)
            for ticket_id, ticket in self.account.tickets.items()
            if not str(ticket.row["external_id"] or "").startswith("zdsync-")
        }

    def due(self) -> dict[int, datetime]:
        """Every ticket in the index and when it is due; a leased one is due now."""
        due = {ticket: instant(at) for work in CLASSES for ticket, at in self._members(f"due:{work}").items()}
        return due | dict.fromkeys(self._members("leased"), self.now)

    def _members(self, name: str) -> dict[int, int]:
        rows = cast("list[tuple[bytes, float]]", self.redis.zrange(f"{self.prefix}{name}", 0, -1, withscores=True))
        return {int(ticket): int(score) for ticket, score in rows}

    def sane(self) -> None:
        """What must hold at every moment at which nothing is under way: no key or comment twice, no message without a
        key, no write without a stamp, every ticket in the index due within a day."""
        for ticket_id in self.account.tickets:
            self.keys(ticket_id)
        for write in self.our_writes():
            if write["path"].endswith("/merge"):
                self._announced(write)
            elif write["path"].startswith("/tickets"):  # the others are an admin's: fields, triggers…
                self._guarded(write)
        for ticket_id, at in self.due().items():
            assert at <= self.now + timedelta(hours=24), f"ticket {ticket_id} sleeps until {at}"

    def _guarded(self, write: Mapping[str, Any]) -> None:
        """A write of ours carries its fence and its proof. What is created has a name, by which it is found again; but
        for the control ticket it is a notice, with its key and its problem."""
        body = write["body"]["ticket"]
        if write["method"] == "POST":
            if body["external_id"].startswith(EXTERNAL_ID):
                assert body["comment"]["public"] is False, "it is for agents"
            elif body["external_id"].startswith(PARENT):
                assert (body["type"], body["comment"]["public"]) == ("problem", False), write
            elif body["type"] == "task":
                assert body["external_id"].startswith("zdsync-action-"), write
                assert body["comment"]["public"] is False, "tasks are for agents"
            else:
                status = "solved" if body["external_id"].startswith("zdsync-report-") else "pending"
                assert (body["type"], body["status"]) == ("incident", status), write
                assert body["metadata"]["zdsync_keys"].startswith("notice:"), write
                assert body["problem_id"], write
            return
        assert write["method"] == "PUT", write
        assert body["safe_update"] is True, "without a fence"
        if not self._is_control(write["ticket"]):  # that one is made and written in one breath
            assert datetime.fromisoformat(body["updated_stamp"]) < datetime.fromisoformat(write["at"])
        comment, keys = body.get("comment"), str(body["metadata"].get("zdsync_keys", "")).split()
        mailed = any(tag.startswith(SAY_TAG) for tag in body.get("tags", ()))
        assert bool(comment or mailed) == bool(keys), f"a message without a key, or a key without a message: {keys}"
        if mailed or (comment and comment["public"] is not False):
            told = [key for key in keys if not (self._holds and HOLDING in key)]
            linked = self.account.tickets[write["ticket"]].row["problem_id"] is not None
            seen = (*TO_CUSTOMERS, *(TO_CONTACTS if linked else ()))
            assert all(key.startswith(seen) for key in told), f"{keys} is for agents, and was said in public"

    def _announced(self, write: Mapping[str, Any]) -> None:
        """A merge has no fence of its own: it follows a note of ours on its source that says so."""
        (source,) = write["body"]["ids"]
        keys = [key for audit in self._our_audits(source) for key in keys_of(audit)]
        merges = [each for each in self.our_writes() if each["path"].endswith("/merge")]
        asked = sum(each["body"]["ids"] == [source] for each in merges if each["kind"] != "not carried out")
        assert asked <= sum(key.startswith("mailed:") for key in keys), "a merge that was not announced"

    @property
    def _holds(self) -> bool:
        """Whether a rule may tell customers that their request is still worked on."""
        return any(getattr(rule.settings, "holding", None) for rule in self.rulebook.rules)

    def _is_control(self, ticket: int) -> bool:
        return str(self.account.tickets[ticket].row["external_id"]).startswith(EXTERNAL_ID)

    def _our_audits(self, ticket: int) -> Iterator[Mapping[str, Any]]:
        return (audit for audit in self.account.tickets[ticket].audits if audit["author_id"] == self.us)

    def _state(self, ticket_id: int) -> TicketState:
        ticket = self.account.tickets[ticket_id]
        titles = {field_id: row["title"] for field_id, row in self.account.ticket_fields.items()}
        events = [event for audit in ticket.audits for event in audit["events"]]
        return TicketState(
            status=ticket.row["status"],
            label=self.account.custom_statuses[ticket.row["custom_status_id"]]["agent_label"],
            priority=ticket.row["priority"],
            tags=frozenset(ticket.row["tags"]),
            fields={titles[id]: value for id, value in ticket.values.items() if value is not None},  # type: ignore[misc]
            said=tuple(keys for audit in self._our_audits(ticket_id) if (keys := keys_of(audit))),
            public=sum(event["type"] == "Comment" and event["public"] for event in events),
        )

    def close(self) -> None:
        with contextlib.suppress(Exception):
            self.parts.zendesk.session.close()


def keys_of(audit: Mapping[str, Any]) -> tuple[str, ...]:
    """The message keys in an audit of the sandbox."""
    custom = audit["metadata"].get("custom") or {}
    return tuple(str(custom.get("zdsync_keys", "")).split())


def kinds(keys: Sequence[str] | Mapping[str, object]) -> list[str]:
    """`warn:first_reply` for `warn:6130000000042:first_reply`: keys without the ids of audits, with their rungs."""
    return [re.sub(r":\d+", "", key, count=1) for key in keys]


def with_other_hash(rulebook: Rulebook, **changes: Any) -> Rulebook:
    """The rules after an admin has changed them."""
    return replace(rulebook, hash=f"{rulebook.hash}+", **changes)
