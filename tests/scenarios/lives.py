"""Lives of major incidents: whatever people do on the tickets of an account, and a worker that looks as ours does.

All in this process, without HTTP and Redis, so that hundreds are lived in a minute. The account is the sandbox, with
its own triggers and Zendesk's cascade; what is decided is carried out by calls to it, as in stories
(`zdsync/stories/play.py`), but on any number of tickets, and a worker may be away, or end between two of its calls.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from datetime import datetime, timedelta
from functools import lru_cache
from typing import Any, Final, NamedTuple

from tests.builders import paris
from tests.stories.told import shipped
from zdsync.campaign import create
from zdsync.core.evaluate import evaluate
from zdsync.core.model import Facts, History, Notices, Ticket
from zdsync.core.notices import NOTICE_TAG
from zdsync.core.rulebook import Rulebook
from zdsync.linked import ids_of_people, with_linked
from zdsync.parts import SETTLE
from zdsync.reach import Source, news_of, with_reach
from zdsync.reconcile import PERSON_SETTLE
from zdsync.rules.story_models import AccountEntry
from zdsync.sandbox import acts, shapes
from zdsync.sandbox.account import Account
from zdsync.sandbox.account import Ticket as Record
from zdsync.sandbox.base import SECOND, Row
from zdsync.sandbox.errors import ApiError
from zdsync.sandbox.tickets import update
from zdsync.sandbox.update import by_rule
from zdsync.stories.play import AT_LEAST, POLLED
from zdsync.stories.stage import Stage, prepared
from zdsync.zendesk import convert

BEGINS: Final = paris("2026-11-23 09:00")
"""A Monday."""
RULES: Final = ("Major incident", "Open until the customer confirms", "Answers to agents")
TOM, CLAIRE = "tom@desk.example", "claire@desk.example"
EMILY, RAJ, JEANNE = "emily.carter@northgate.example", "raj.patel@northgate.example", "jeanne.petit@saint-luc.example"
MARC, DANA = "marc.lefevre@saint-luc.example", "dana.miller@lakeside.example"
OUTSIDER: Final = "nobody@elsewhere.example"
"""Has an account, but belongs to no organisation."""
SUSPENDED: Final = (MARC, DANA)
"""From the beginning."""
ENDED: Final = timedelta(minutes=1)
"""So long after the end of a worker its tickets are somebody else's."""
MOST_LOOKS: Final = 4000
_TRIGGER: Final[Row] = {"id": 360_000_000_777, "title": "A rule of the account"}


class Ended(Exception):
    """The worker is no more."""


class Did(NamedTuple):
    """A deed, as it came out."""

    at: datetime
    who: str
    ticket: int
    act: Mapping[str, Any]


@lru_cache(maxsize=1)
def _begun() -> tuple[Row, Stage]:
    """The account as it is before each life."""
    stage = prepared(shipped(), AccountEntry(), BEGINS, "en")
    row = shapes.user(stage.account.new_id(), stage.account.now_ms, name="Nobody", email=OUTSIDER, locale="en-US")
    stage.account.add_user({**row, "role": "end-user"})
    for email in SUSPENDED:
        user = stage.account.user_by_email(email)
        assert user is not None
        user["suspended"] = True
    return stage.account.to_json(), stage


@lru_cache(maxsize=4)
def rulebook(holding: bool) -> Rulebook:
    rules = (replace(rule, mode="live") for rule in shipped().rules if rule.name in RULES)
    held = {"holding": {"at_most": 2} if holding else None}
    return replace(
        shipped(),
        rules=tuple(
            replace(rule, settings=type(rule.settings).model_validate({**rule.settings.model_dump(), **held}))
            if rule.name == RULES[0]
            else rule
            for rule in rules
        ),
    )


class Life:
    """One account from nine on."""

    def __init__(self, *, holding: bool = False) -> None:
        data, stage = _begun()
        self.stage = Stage(Account.from_json(data), stage.field_ids, stage.status_ids, "en")
        self.rulebook = rulebook(holding)
        self.deeds: list[Did] = []
        self.looks = 0
        self.due: dict[int, datetime] = {}
        self.away_until = BEGINS
        self.ends_after: int | None = None
        """The worker ends after so many more of its writes; None: it does not."""
        self.lag = timedelta(0)
        """How long Zendesk's cascade takes from now on, beyond its second."""
        self._last: dict[int, tuple[int, datetime]] = {}
        self._spread: dict[int, int] = {}
        self._seen: dict[int, int] = {}

    @property
    def account(self) -> Account:
        return self.stage.account

    @property
    def now(self) -> datetime:
        return self.stage.now

    def notices(self, problem: int | None = None) -> list[Record]:
        found = (each for each in self.account.tickets.values() if NOTICE_TAG in each.row["tags"])
        return [each for each in found if problem in (None, each.row["problem_id"])]

    def user(self, email: str) -> Row:
        found = self.account.user_by_email(email)
        assert found is not None
        return found

    # What others do

    def act(self, who: str, *, webhook: bool = True, **act: Any) -> int | None:
        """Somebody does something now; the ticket's number. None: Zendesk would not have it."""
        try:
            if who == "rule":
                ticket = self.account.tickets[act["ticket"]]
                changes = {key: value for key, value in act.items() if key != "ticket"}
                update(self.account, ticket, changes, None, by_rule(_TRIGGER, "automation"))
                number = int(act["ticket"])
            else:
                number = int(acts.perform(self.account, {"as": who, "channel": "web", **act})["ticket"])
        except ApiError:
            return None
        self.deeds.append(Did(self.now, who, number, act))
        self._delay_cascade()
        self._hear(timedelta(0) if webhook else POLLED)
        return number

    def _delay_cascade(self) -> None:
        agenda = self.account.agenda
        rows = agenda.to_json()
        for row in rows:
            if row["kind"] == "incidents" and row["due_ms"] <= self.account.now_ms + SECOND:
                row["due_ms"] += int(self.lag.total_seconds()) * SECOND
        agenda.load(rows)

    def _hear(self, after: timedelta) -> None:
        """Whatever has changed comes as a webhook."""
        for number, ticket in self.account.tickets.items():
            if len(ticket.audits) > self._seen.get(number, 0):
                self._seen[number] = len(ticket.audits)
                if ticket.audits[-1]["author_id"] != self.stage.own_id:
                    self._hint(number, self.now + after)

    def _hint(self, number: int, at: datetime) -> None:
        self.due[number] = min(self.due.get(number, at), at)

    # What the worker does

    def until(self, goal: datetime) -> None:
        """Go on; what is due is done at its time."""
        while True:
            times = [max(at, self.away_until) for at in self.due.values()]
            if (event := self.stage.next_event()) is not None:
                times.append(event)
            at = max(min(times, default=goal), self.now)
            if at >= goal:
                break
            self.stage.move_to(at)
            self._hear(timedelta(0))
            number = min(self.due, key=lambda each: self.due[each], default=None)
            if number is not None and max(self.due[number], self.away_until) <= self.now:
                self.looks += 1
                assert self.looks < MOST_LOOKS, (
                    f"it does not come to rest: ticket {number} is looked at again and again"
                )
                try:
                    self._look(number)
                except Ended:
                    self._last.clear()
                    self.due[number] = self.now + ENDED
                    self.away_until = self.now + ENDED
        self.stage.move_to(goal)
        self._hear(timedelta(0))

    def read(self, number: int) -> tuple[History, Facts]:
        """A ticket as a worker knows it, with all that rules want to know besides."""
        raw = self.stage.get(f"/tickets/{number}")["ticket"]
        ticket = convert.ticket(raw)
        history = History(ticket, tuple(convert.audit(each) for each in self.stage.audits(number)))
        ids = ids_of_people(ticket, history.audits)
        rows = self.stage.get("/users/show_many", ids=",".join(map(str, ids)))["users"]
        people = {row["id"]: convert.person(row) for row in rows}
        own = self.rulebook.own_user_ids | {self.stage.own_id}
        stage = self.stage
        fields, statuses = stage.field_ids, stage.status_ids
        facts = Facts(own, people, fields, statuses, None, stage.mails_on_creation, mailers=stage.mailers)
        facts = with_linked(facts, history, self.rulebook, self.now, stage.zendesk)
        return history, with_reach(facts, history, self.rulebook, self.now, Source(stage.zendesk))

    def _look(self, number: int) -> None:
        """One pass; `reconcile.py` has the same steps."""
        now = self.now
        row = self.account.tickets[number].row
        if row["status"] in ("closed", "deleted"):
            del self.due[number]
            return
        ticket = convert.ticket(self.stage.get(f"/tickets/{number}")["ticket"])
        is_ours = self._last.get(number) == (self.stage.own_id, ticket.updated_at)
        wait = SETTLE if ticket.priority == "urgent" or is_ours else PERSON_SETTLE
        if now < ticket.updated_at + wait:
            self.due[number] = ticket.updated_at + wait
            return
        history, facts = self.read(number)
        self._last[number] = history.audits[-1].author_id, history.audits[-1].at
        if news_of(history, facts, self.rulebook, self._spread.get(number, 0)):
            self._spread[number] = history.audits[-1].id
            for other, each in self.account.tickets.items():
                if each.row["problem_id"] == number:
                    self._hint(other, now)
        plan = evaluate(history, facts, self.rulebook, now)
        self.due[number] = min(plan.wake_at or now + AT_LEAST, now + AT_LEAST)
        if plan.updates:
            body = convert.payload(plan.updates[0], history.ticket, at=now, rulebook_hash=self.rulebook.hash)
            self.stage.put(f"/tickets/{number}", body)
            self._last[number] = self.stage.own_id, now.replace(microsecond=0)
            self.due[number] = min(self.due[number], now + SETTLE)
            self._wrote()
        elif plan.notices is not None and plan.notices.to:
            self._send(plan.notices, history.ticket)
            self.due[number] = now

    def _send(self, wanted: Notices, problem: Ticket) -> None:
        for contact in wanted.to:
            stage = self.stage
            made = create(wanted, contact, problem, self.rulebook, stage.zendesk, stage.own_id, self.now)
            self._hint(made, self.now + SETTLE)
            self._wrote()

    def _wrote(self) -> None:
        if self.ends_after is not None:
            self.ends_after -= 1
            if self.ends_after < 0:
                self.ends_after = None
                raise Ended
