"""What people do with one request, from its first words to its end or to where they forget it.

A life is a generator: it acts, then yields the instant at which it goes on. Agents mostly work in open hours, customers
write when they like; nobody looks whether zdsync has done its part yet.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta
from random import Random
from typing import Any, Protocol

from tests.scenarios.month.hours import Hours
from tests.scenarios.month.phrases import PHRASES, PIECES, Label, Piece
from tests.scenarios.month.record import Mailed

AGENTS = ("claire@desk.example", "tom@desk.example", "ines@desk.example", "sam@desk.example")
CUSTOMERS = (
    ("jeanne.petit@saint-luc.example", "fr", "marc.lefevre@saint-luc.example"),
    ("marc.lefevre@saint-luc.example", "fr", "jeanne.petit@saint-luc.example"),
    ("emily.carter@northgate.example", "en", "raj.patel@northgate.example"),
    ("raj.patel@northgate.example", "en", "emily.carter@northgate.example"),
    ("hugo.bernard@marie-colin.example", "fr", "sofia.rossi@marie-colin.example"),
    ("sofia.rossi@marie-colin.example", "en", "hugo.bernard@marie-colin.example"),
    ("dana.miller@lakeside.example", "en", "emily.carter@northgate.example"),
)
"""Address, language, who is in copy."""
HAVE_PHONES = frozenset({"dana.miller@lakeside.example", "sofia.rossi@marie-colin.example"})
"""Their profiles have a number."""
LOG = {"name": "export.log", "content": "line 1\nline 2\n"}
BY_TELEPHONE = 40
"""One in so many requests is settled there."""
PRIORITIES = ("urgent", "high", "normal", "low")
OFTEN = (1, 3, 5, 2)

Life = Iterator[datetime]


class Desk(Protocol):
    """What a life may ask of the account."""

    hours: Hours
    requests: list[Request]
    """Those that have come in, oldest first."""
    mailed: dict[int, Mailed]
    """Mails that name another ticket, as they were meant."""

    @property
    def now(self) -> datetime: ...

    def act(self, who: str, **act: Any) -> int:
        """Somebody does something; the ticket's number."""

    def row(self, ticket: int) -> dict[str, Any]:
        """The ticket as it is."""


@dataclass
class Request:
    """One request and the chances of what becomes of it."""

    desk: Desk
    chance: Random

    def __post_init__(self) -> None:
        self.customer, self.locale, self.colleague = self.chance.choice(CUSTOMERS)
        self.agent = self.chance.choice(AGENTS)
        self.ticket = 0

    def life(self) -> Life:
        """From the first words on."""
        chance = self.chance
        if chance.random() < 0.03:
            yield from self._problem()
            return
        ccs = [{"user_email": self.colleague}] if chance.random() < 0.25 else []
        about = self._about()
        with_files = chance.random() < (0.7 if "promises files" in about else 0.15)
        self.ticket = self.desk.act(
            self.customer,
            subject="A request",
            comment=self._words(*about),
            channel=chance.choice(("email", "web")),
            **({"email_ccs": ccs} if ccs else {}),
            **({"attachments": [LOG]} if with_files else {}),
        )
        self.desk.requests.append(self)
        if self.ticket % BY_TELEPHONE == BY_TELEPHONE - 1:
            yield from self._by_telephone()
            return
        if chance.random() < 0.1:
            yield self._later(minutes=chance.uniform(1, 40))
            self._customer("other")
        yield from self._add(about)
        yield self._at_work(chance.expovariate(1 / 25) if chance.random() < 0.9 else chance.uniform(60, 900))
        priority = chance.choices(PRIORITIES, OFTEN)[0]
        self._agent(assignee=self.agent, priority=priority)
        for _ in range(chance.choice((1, 1, 2, 2, 3))):
            yield from self._exchange()
            if self._is("closed"):
                return
        yield from self._end()

    def _by_telephone(self) -> Life:
        """An agent settles it at once, and solves it without a word."""
        yield self._later(seconds=self.chance.choice((1, 3, 6, 60, 300)))
        priority = self.chance.choices(PRIORITIES, OFTEN)[0]
        self._agent(assignee=self.agent, priority=priority, status="solved")
        yield from self._answer()
        yield from self._afterwards()

    def _about(self) -> list[Piece]:
        """What the first words tell: some say all that is to be said, some next to nothing."""
        chance = self.chance
        first: Piece = chance.choices(("trouble", "vague", "question", "outage"), (10, 4, 5, 1))[0]
        about = [first]
        if first in ("trouble", "vague") and chance.random() < 0.4:
            about.append("steps")
        if first != "question" and chance.random() < 0.4:
            about.append("when")
        if first != "vague" and chance.random() < 0.25:
            about.append("promises files")
        if chance.random() < 0.35:
            about.append("phone")
        return about

    def _add(self, about: list[Piece]) -> Life:
        """They add what is missing, asked for or of themselves: in one mail, in two, as a file; or never."""
        chance = self.chance
        left: list[Piece] = [piece for piece in ("steps", "when", "phone") if piece not in about]
        if "question" in about:
            left = ["phone"] if "phone" in left else []
        if not left or chance.random() < 0.55:
            return
        yield self._later(minutes=chance.choice((0.3, 1, 1.8, 3, 10, 40)) * chance.uniform(0.8, 1.2))
        given = left if chance.random() < 0.5 else left[:1]
        by = self.colleague if chance.random() < 0.1 else self.customer
        what: dict[str, Any] = {"comment": self._words(*given)}
        if chance.random() < 0.3:
            what = {**what, "attachments": [LOG]} if chance.random() < 0.5 else {"attachments": [LOG]}
        if not self._is("closed"):
            self.desk.act(by, ticket=self.ticket, channel="email", **what)
        if given != left and chance.random() < 0.5:
            yield self._later(minutes=chance.uniform(0.5, 90))
            if not self._is("closed"):
                self.desk.act(self.customer, ticket=self.ticket, comment=self._words(*left[1:]), channel="web")

    def _words(self, *pieces: Piece) -> str:
        return "\n\n".join(self.chance.choice(PIECES[self.locale][piece]) for piece in pieces)

    def _problem(self) -> Life:
        """What agents keep for themselves has no promises."""
        self.ticket = self.desk.act(
            self.agent, subject="A problem", comment="Several sites.", public=False, type="problem", priority="urgent"
        )
        yield self._at_work(self.chance.uniform(60, 600))
        self._agent(assignee=self.agent, status="solved", comment="It is over.", public=False)

    def _exchange(self) -> Life:
        """An agent answers, perhaps after other things, and perhaps the customer does."""
        chance = self.chance
        if chance.random() < 0.12:
            yield self._at_work(chance.uniform(1, 120))
            self._agent(priority=chance.choices(PRIORITIES, OFTEN)[0])
            if chance.random() < 0.3:  # a slip of the mouse
                yield self._later(seconds=chance.uniform(1, 4))
                self._agent(priority=chance.choices(PRIORITIES, OFTEN)[0])
        if chance.random() < 0.15:
            yield self._at_work(chance.uniform(1, 60))
            self._agent(comment="I have asked the developers.", public=False)
        if chance.random() < 0.1:
            yield self._at_work(chance.uniform(1, 120))
            self.agent = chance.choice(AGENTS)
            self._agent(assignee=self.agent)
        if chance.random() < 0.06:
            yield self._at_work(chance.uniform(1, 240))
            self._snooze()
        forgets = chance.random() < 0.15
        yield self._at_work(chance.uniform(540, 540 * 5) if forgets else chance.expovariate(1 / 70))
        status = chance.choices(("open", "pending", "hold"), (5, 4, 1))[0]
        self._agent(comment="Which cohort is it?", status=status)
        if chance.random() < 0.2:
            yield self._later(seconds=chance.uniform(1, 5))
            self._agent(status=chance.choice(("open", "pending")))
        if chance.random() < 0.08:
            yield self._later(minutes=chance.uniform(0, 3))
            self._customer("automatic")
        if chance.random() < 0.65:
            yield self._later(hours=chance.expovariate(1 / 6))
            self._customer("other", by=self.colleague if chance.random() < 0.08 else self.customer)

    def _end(self) -> Life:
        """The agent solves, until the customer is content, or nobody cares any more."""
        chance = self.chance
        if chance.random() < 0.05:
            self._agent(comment="/zdsync exempt", public=False) if chance.random() < 0.5 else self._tag("zdsync_exempt")
        if chance.random() < 0.04:
            yield self._later(minutes=1)
            self._customer("yes")  # by themselves, before anybody has asked
        for _ in range(chance.choice((1, 2, 2, 3))):
            yield self._at_work(chance.expovariate(1 / 120))
            if self._is("closed", "solved"):
                return
            self._solve()
            if chance.random() < 0.15:
                yield self._later(minutes=chance.uniform(0.3, 60))
                self._solve_once_more()
            yield from self._answer()
            if self._is("closed"):
                return
            if self._is("solved"):
                break
        yield from self._afterwards()

    def _solve(self) -> None:
        extra: dict[str, Any] = {}
        if self.chance.random() < 0.65:
            extra["comment"] = "We have repaired it."
        if self.chance.random() < 0.08:
            extra["add_tags"] = ["zdsync_close_anyway"]
        self._agent(status="solved", **extra)

    def _solve_once_more(self) -> None:
        if self._is("pending"):
            self._agent(status="solved")

    def _answer(self) -> Life:
        """Of the customer to the question, after any time; or the agent decides."""
        chance = self.chance
        if chance.random() < 0.1:
            yield self._later(minutes=chance.uniform(0, 2))
            self._customer("automatic")
        if chance.random() < 0.05:
            yield self._at_work(chance.uniform(1, 600))
            self._snooze()
        what = chance.choices(
            ("yes", "bare yes", "no", "thanks", "other", "button", "colleague", "silent", "close", "confirm", "reopen"),
            (24, 10, 10, 8, 7, 8, 4, 18, 4, 4, 3),
        )[0]
        if what == "silent":
            if chance.random() < 0.5:
                yield self._at_work(540 * chance.uniform(8, 12))
            return
        hours = chance.choice((0.0005, 0.01, 0.2, 2, 20, 60, 120))
        yield self._later(hours=hours * chance.uniform(0.5, 2))
        match what:
            case "button":
                if not self._is("solved", "closed"):
                    self.desk.act(self.customer, ticket=self.ticket, status="solved")
            case "colleague":
                self._customer("yes", by=self.colleague)
            case "close":
                self._agent(comment="/zdsync close the customer has left the firm", public=False)
            case "confirm":
                self._agent(comment="/zdsync confirm by phone", public=False)
            case "reopen":
                self._agent(status="open")
            case "yes" | "bare yes" | "no" | "thanks" | "other":
                self._customer(what)
                if what == "other" and chance.random() < 0.5:
                    yield self._later(hours=chance.uniform(1, 30))
                    self._customer("yes")

    def _afterwards(self) -> Life:
        """When it seems to be over."""
        chance = self.chance
        what = chance.choices(("thanks", "other", "automatic", "reopen", ""), (15, 8, 4, 4, 69))[0]
        if not what:
            return
        yield self._later(hours=chance.uniform(0.01, 40))
        if self._is("closed"):
            return
        if what == "reopen":
            self._agent(status="open")
            yield self._at_work(chance.uniform(30, 600))
            if not self._is("closed", "solved"):
                self._agent(status="solved", comment="Now it is done.")
            return
        self._customer("thanks" if what == "thanks" else "automatic" if what == "automatic" else "other")

    # Acts

    def _agent(self, **act: Any) -> None:
        if not self._is("closed"):
            self.desk.act(self.agent, ticket=self.ticket, **act)

    def _tag(self, tag: str) -> None:
        self._agent(add_tags=[tag])

    def _snooze(self) -> None:
        if self.chance.random() < 0.5:
            self._tag(self.chance.choice(("zdsync_snooze_4h", "zdsync_snooze_2d")))
        else:
            self._agent(comment="/zdsync snooze 4h", public=False)

    def _customer(self, label: Label, by: str | None = None) -> None:
        if self._is("closed"):
            return
        text = self.chance.choice(PHRASES[self.locale][label])
        flags = [4] if label == "automatic" and self.chance.random() < 0.5 else []
        self.desk.act(
            by or self.customer,
            ticket=self.ticket,
            comment=text,
            channel="email",
            **({"flags": flags} if flags else {}),
        )

    def _is(self, *statuses: str) -> bool:
        return self.desk.row(self.ticket)["status"] in statuses

    # Time

    def _later(self, **delta: float) -> datetime:
        return self.desk.now + timedelta(**delta)

    def _at_work(self, minutes: float) -> datetime:
        """After so many open minutes; now and then somebody works at night."""
        if self.chance.random() < 0.07:
            return self.desk.now + timedelta(minutes=minutes)
        due = self.desk.hours.add(self.desk.hours.next_open(self.desk.now), minutes * 60)
        return due + timedelta(seconds=self.chance.random())
