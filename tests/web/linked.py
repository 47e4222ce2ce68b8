"""A desk that asks with links, and its confirmation page on a real socket, over a real sandbox and Redis."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from http.client import HTTPConnection
from typing import Any
from urllib.parse import urlencode

from tests.builders import a_rule_of
from tests.desk import EMILY, TOM, Desk, open_desk
from tests.scenarios.world import JEANNE, live_rulebook
from tests.web.running import running
from zdsync.core.links import Links
from zdsync.store.server import EmbeddedRedis
from zdsync.web.confirm import confirm_route
from zdsync.web.desk import desk_of
from zdsync.web.public import public_app
from zdsync.zendesk.webhook import Hint

__all__ = ["EMILY", "JEANNE", "KEY", "TOM", "Answer", "Linked", "linked"]

KEY = b"the first key of this desk's links"


@dataclass(frozen=True)
class Answer:
    status: int
    headers: Mapping[str, str]
    text: str


class Linked:
    """The desk, and its page as somebody with a link meets it."""

    def __init__(self, desk: Desk, port: int) -> None:
        self.desk = desk
        self.port = port

    def asked(self, who: str = EMILY, **act: Any) -> int:
        """A request that an agent has solved, and about which the customer was asked; its number."""
        ticket = self.desk.asks(who, **act)
        self.solve(ticket)
        return ticket

    def solve(self, ticket: int) -> None:
        self.desk.act(TOM, ticket=ticket, comment="Done.", status="solved", assignee=TOM)
        self.desk.work_for(seconds=30)

    def path(self, ticket: int) -> str:
        """Of the link in our last message to the customer."""
        bodies = [event["body"] for event in self.desk.comments(ticket) if event["public"]]
        found = re.search(r"https://desk\.example(/confirm/\S+)", bodies[-1])
        assert found, bodies[-1]
        return found[1]

    def call(self, method: str, path: str, body: bytes = b"", **headers: str) -> Answer:
        connection = HTTPConnection("127.0.0.1", self.port, timeout=60)
        try:
            connection.request(method, path, body or None, {k.replace("_", "-"): v for k, v in headers.items()})
            reply = connection.getresponse()
            text = reply.read().decode()
        finally:
            connection.close()
        return Answer(reply.status, {name.lower(): value for name, value in reply.getheaders()}, text)

    def get(self, path: str, **headers: str) -> Answer:
        return self.call("GET", path, b"", **headers)

    def post(self, path: str, answer: str = "yes", said: str = "", **headers: str) -> Answer:
        form = urlencode({"said": said, "answer": answer}).encode()
        return self.call("POST", path, form, content_type="application/x-www-form-urlencoded", **headers)

    def calls(self) -> int:
        """How many API calls have arrived."""
        return sum(sum(by.values()) for by in self.desk.server.calls()["counts"].values())

    def keys(self, ticket: int) -> list[str]:
        """Kinds of our messages, in order."""
        return [
            key.split(":")[0] + (":" + key.split(":")[-1] if "link" in key else "") for key in self.desk.keys(ticket)
        ]

    def notes(self, ticket: int) -> list[str]:
        return [str(event["body"]) for event in self.desk.comments(ticket) if not event["public"]]

    def status(self, ticket: int) -> str:
        """After the worker has looked."""
        self.desk.work_for(seconds=30)
        return str(self.desk.row(ticket)["status"])


@contextmanager
def linked(
    server: EmbeddedRedis, links: Links | None = None, signs: Links | None = None, **settings: Any
) -> Iterator[Linked]:
    """`links` are the page's, `signs` those of the worker, the same unless given; `settings` are the rule's."""
    known = links or Links("https://desk.example", (KEY,))
    book = live_rulebook(rules=(a_rule_of("confirmation_hold", link=True, **settings),))
    with open_desk(server.url, rulebook=book, links=signs or known) as desk:

        async def receive(hint: Hint) -> bool:
            return True

        now = desk.parts.clock.now
        made = []

        def make() -> Any:
            made.append(desk.new_worker())
            return made[-1].parts

        with desk_of(make, desk.store.visits, pause=desk.server.clock.advance) as page:
            app = public_app(receive, now=now, secrets=[], pages=[confirm_route(known, now, page)])
            with running(app) as port:
                yield Linked(desk, port)
        for worker in made:
            worker.parts.zendesk.session.close()
