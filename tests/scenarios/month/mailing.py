"""Who mails files with the number of a request in the subject, or with nobody's number, and what agents then do."""

from __future__ import annotations

from typing import Any, Final

from tests.scenarios.month.people import CUSTOMERS, LOG, OFTEN, PRIORITIES, Life, Request
from tests.scenarios.month.phrases import PHRASES, SUBJECTS, SUBJECTS_OF_TWO
from tests.scenarios.month.record import Mailed

STRANGER: Final = "mallory@elsewhere.example"
BIG = {"name": "slides.bin", "content": "x" * 20_000_001}
EICAR = {"name": "tool.exe", "content": "X5O!P%@AP EICAR-STANDARD-ANTIVIRUS-TEST-FILE!"}
RECENT = 40
"""Requests that somebody may still have files for."""
HOW: Final = {
    "own": 40,
    "colleague": 18,
    "stranger": 6,
    "another's": 6,
    "unsure": 6,
    "automatic": 4,
    "copied": 4,
    "several": 6,
    "too big": 2,
    "malware": 3,
    "no such ticket": 5,
}
"""And how often."""
CLEAR: Final = ("own", "colleague")
NOBODYS: Final = 900_000


class Mailing(Request):
    """A mail, with or without files."""

    def life(self) -> Life:
        chance = self.chance
        how = chance.choices([*HOW], [*HOW.values()])[0]
        recent = [one for one in self.desk.requests if one.ticket][-RECENT:]
        if not recent:
            how = "no such ticket"
        named: tuple[int, ...] = ()
        if recent and how != "no such ticket":
            about = chance.choice(recent)
            named = (about.ticket,)
            self._as(about, how)
            if how == "several":
                named = (*named, chance.choice(recent).ticket)
                how = "several" if named[0] != named[1] else "own"
        self.ticket = self._send(named, how)
        self.desk.mailed[self.ticket] = Mailed(tuple(dict.fromkeys(named)), how in CLEAR)
        if chance.random() < 0.05:  # somebody takes it at once, who had the same idea
            yield self._later(seconds=chance.uniform(2, 50))
            self._agent(assignee=self.agent)
        yield self._at_work(chance.expovariate(1 / 60))
        if self._is("closed"):
            return
        self._agent(assignee=self.agent, **({"priority": self._priority()} if chance.random() < 0.7 else {}))
        if chance.random() < 0.5:
            yield self._at_work(chance.expovariate(1 / 60))
            self._agent(comment="Thank you, we have put it there.", status="pending")
        yield from self._end()

    def _priority(self) -> str:
        return self.chance.choices(PRIORITIES, OFTEN)[0]

    def _as(self, about: Request, how: str) -> None:
        """Who sends it."""
        self.customer, self.locale, self.colleague = about.customer, about.locale, about.colleague
        domain = about.customer.partition("@")[2]
        if how == "stranger":
            self.customer, self.locale = STRANGER, "en"
        elif how in ("colleague", "another's"):
            same = how == "colleague"
            others = [row for row in CUSTOMERS if row[0] != about.customer and row[0].endswith(f"@{domain}") == same]
            if others:
                self.customer, self.locale, self.colleague = self.chance.choice(others)

    def _send(self, named: tuple[int, ...], how: str) -> int:
        chance = self.chance
        texts = SUBJECTS_OF_TWO if how == "several" else SUBJECTS[self.locale]
        numbers = named or (NOBODYS + chance.randrange(1000),)
        more: dict[str, Any] = {}
        if how == "unsure":
            more = {"authentic": False}
        elif how == "copied":
            more = {"email_ccs": [{"user_email": self.colleague}]}
        words = self._words("hands over")
        if how == "automatic":
            words = chance.choice(PHRASES[self.locale]["automatic"])
            more = {"flags": [4]} if chance.random() < 0.5 else {}
        file = {"too big": BIG, "malware": EICAR}.get(how, LOG)
        if how in ("too big", "malware") or chance.random() < 0.8:
            more = {**more, "attachments": [file]}
        return self.desk.act(
            self.customer, subject=chance.choice(texts).format(*numbers), comment=words, channel="email", **more
        )
