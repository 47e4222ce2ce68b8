"""What people do in the lives of major incidents (`lives.py`), at random times and in any order."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any, Final, Literal, NamedTuple

from hypothesis import strategies as st

from tests.scenarios.lives import BEGINS, CLAIRE, EMILY, JEANNE, OUTSIDER, RAJ, SUSPENDED, TOM, Life
from zdsync.core.incident import SEND_TAG, STOP_TAG
from zdsync.sandbox import shapes
from zdsync.sandbox.base import Row

Trouble = Literal["", "lost", "away", "ends"]
SECRET: Final = "SECRET"
"""Begins what is for agents only."""
UPDATE: Final = "UPDATE"
"""Begins what agents tell customers on a problem; a number follows, and a full stop."""
AWAY: Final = timedelta(minutes=17)
LONG_AWAY: Final = timedelta(minutes=41)
"""Beyond what was promised."""
QUIET: Final = timedelta(hours=5)
"""So long nothing happens at the end of a life."""
_SECONDS: Final = (1, 3, 20, 70, 130, 290, 400, 700, 1500, 2400, 5000)

_CASCADES: Final = (0, 0, 20, 90, 240, 500)
"""Seconds that Zendesk's cascade takes beyond the first one, by the `n` of the deed that solves the problem."""

ON_PROBLEM: Final[dict[str, tuple[str, dict[str, Any]]]] = {
    "declare": (TOM, {"priority": "urgent", "type": "problem", "status": "open", "assignee": TOM}),
    "urgent": (TOM, {"priority": "urgent"}),
    "problem": (CLAIRE, {"type": "problem"}),
    "high": (CLAIRE, {"priority": "high"}),
    "question": (TOM, {"type": "question"}),
    "solve": (TOM, {"status": "solved", "assignee": TOM}),
    "open": (TOM, {"status": "open"}),
    "pending": (TOM, {"status": "pending"}),
    "stop": (CLAIRE, {"add_tags": [STOP_TAG]}),
    "send": (TOM, {"add_tags": [SEND_TAG]}),
    "stop no more": (TOM, {"remove_tags": [STOP_TAG]}),
    "send no more": (TOM, {"remove_tags": [SEND_TAG]}),
    "reassign": (TOM, {"assignee": CLAIRE}),
    "correct": (TOM, {"comment": "/zdsync outage from 09:01 seen in the logs", "public": False}),
    "thanks": (EMILY, {"comment": "Thank you!", "channel": "email"}),
    "rule declares": ("rule", {"priority": "urgent", "type": "problem"}),
    "rule lowers": ("rule", {"priority": "high"}),
    "rule solves": ("rule", {"status": "solved"}),
    "rule opens": ("rule", {"status": "open"}),
}
SAID: Final[dict[str, dict[str, Any]]] = {
    "say": {},
    "say and solve": {"status": "solved", "assignee": TOM},
    "say and open": {"status": "open"},
    "say and lower": {"priority": "high"},
    "note": {"public": False},
}
ON_NOTICE: Final[dict[str, dict[str, Any]]] = {
    "answer": {"comment": "Since when is it so?", "channel": "email"},
    "automatic mail": {"comment": "I am out of the office until Monday.", "channel": "email", "flags": [4]},
    "bounce": {"comment": "Mail delivery failed.", "channel": "email", "flags": [4]},
}
BY_AGENTS_ON_NOTICE: Final[dict[str, dict[str, Any]]] = {
    "agent opens": {"status": "open"},
    "agent answers": {"comment": "Since this morning.", "status": "pending"},
}
ON_REQUEST: Final = ("link", "unlink", "ask again", "solve request")
OTHERS: Final = (
    *ON_NOTICE,
    "answer",
    *BY_AGENTS_ON_NOTICE,
    *ON_REQUEST,
    "request",
    "suspend",
    "join",
    "second",
    "nothing",
)
OFTEN: Final = ("say", "say", "say and solve", "say and solve", "say and solve", "solve", "open", "link", "answer")
KINDS: Final = (*ON_PROBLEM, *SAID, *OFTEN, *OFTEN, *OTHERS)


class Deed(NamedTuple):
    """One thing that somebody does."""

    what: str
    after: int
    """Seconds since the one before it."""
    n: int = 0
    """Whose notice or request, or on which problem."""
    trouble: Trouble = ""


@dataclass
class Lived:
    """A life, and who is in it besides the desk's people."""

    life: Life
    problems: list[int] = field(default_factory=list)
    requests: list[int] = field(default_factory=list)
    suspended: dict[int, datetime] = field(default_factory=dict)
    """When contacts were suspended, by their ids."""
    joined: set[int] = field(default_factory=set)
    """Contacts who were not there at the beginning."""


def deeds(most: int = 9) -> st.SearchStrategy[list[Deed]]:
    troubles = st.sampled_from(["", "", "", "lost", "away", "ends"])
    each = st.builds(Deed, st.sampled_from(KINDS), st.sampled_from(_SECONDS), st.integers(0, 5), troubles)
    begun = [Deed("declare", 20), Deed("nothing", 700)]
    linked = [[Deed("request", 20, n), Deed("declare", 20), Deed("link", 20), Deed("nothing", 700)] for n in (0, 1)]
    counted = [Deed("declare", 20), Deed("stop", 70)]
    first_told = [Deed("declare", 20), Deed("nothing", 380)]
    by_rule = [Deed("rule declares", 20), Deed("nothing", 700)]
    heads = st.sampled_from([[], begun, begun, *linked, counted[:1], counted, first_told, by_rule])
    return st.builds(list.__add__, heads, st.lists(each, min_size=1, max_size=most))


def live(told: list[Deed], *, holding: bool = False) -> Lived:
    """From nine on, to the end."""
    lived = Lived(Life(holding=holding))
    life = lived.life
    lived.suspended |= dict.fromkeys((life.user(email)["id"] for email in SUSPENDED), BEGINS)
    lived.problems += _opened(life, EMILY, "It is all down.")
    at = BEGINS
    for number, deed in enumerate(told):
        at += timedelta(seconds=deed.after)
        life.until(at)
        life.lag = timedelta(seconds=_CASCADES[deed.n])
        if deed.trouble == "away" and at >= life.away_until:
            life.away_until = at + (LONG_AWAY if deed.n > 2 else AWAY)
        elif deed.trouble == "ends":
            life.ends_after = deed.n
        _do(lived, deed, number)
    life.until(at + QUIET)
    return lived


def _opened(life: Life, who: str, words: str) -> list[int]:
    number = life.act(who, subject="Nothing works", comment=words)
    return [] if number is None else [number]


def _do(lived: Lived, deed: Deed, number: int) -> None:
    """What cannot be done now, as nobody has a notice or a request, is not."""
    life, what, webhook = lived.life, deed.what, deed.trouble != "lost"
    problem = lived.problems[-1] if deed.n == 5 else lived.problems[0]
    if what in ON_PROBLEM:
        who, act = ON_PROBLEM[what]
        life.act(who, ticket=problem, webhook=webhook, **act)
    elif what in SAID:
        words = f"{SECRET if what == 'note' else UPDATE}{number}. We know more now."
        life.act(TOM, ticket=problem, webhook=webhook, comment=words, **SAID[what])
    elif what == "second" and len(lived.problems) == 1:
        lived.problems += _opened(life, JEANNE, "Tout est en panne.")
        act = {"priority": "urgent", "type": "problem", "assignee": CLAIRE}
        life.act(CLAIRE, ticket=lived.problems[-1], webhook=webhook, **act)
    elif what == "request":
        lived.requests += _opened(life, (RAJ, OUTSIDER)[deed.n % 2], "The export fails.")
    elif what in ON_REQUEST and lived.requests:
        _on_request(lived, what, problem, webhook)
    elif what == "join":
        account = life.account
        mail = f"n{number}@customer.example"
        row = shapes.user(account.new_id(), account.now_ms, name="New", email=mail, locale="fr")
        account.add_user({**row, "role": "end-user", "organization_id": next(iter(account.organizations))})
        lived.joined.add(row["id"])
    elif notices := life.notices():
        _on_notice(lived, what, notices[deed.n % len(notices)].row, webhook)


def _on_request(lived: Lived, what: str, problem: int, webhook: bool) -> None:
    request = lived.requests[-1]
    acts: dict[str, tuple[Any, dict[str, Any]]] = {
        "link": (CLAIRE, {"type": "incident", "problem_id": problem, "assignee": CLAIRE}),
        "unlink": (CLAIRE, {"type": "question", "problem_id": None}),
        "solve request": (CLAIRE, {"status": "solved", "assignee": CLAIRE}),
        "ask again": (
            lived.life.account.tickets[request].row["requester_id"],
            {"comment": "Still nothing?", "channel": "email"},
        ),
    }
    who, act = acts[what]
    lived.life.act(who, ticket=request, webhook=webhook, **act)


def _on_notice(lived: Lived, what: str, notice: Row, webhook: bool) -> None:
    contact = notice["requester_id"]
    if what in BY_AGENTS_ON_NOTICE:
        lived.life.act(CLAIRE, ticket=notice["id"], webhook=webhook, **BY_AGENTS_ON_NOTICE[what])
    elif contact in lived.suspended:
        return  # Zendesk takes nothing of theirs
    elif what in ON_NOTICE:
        lived.life.act(contact, ticket=notice["id"], webhook=webhook, **ON_NOTICE[what])
    elif what == "suspend":
        lived.life.account.users[contact]["suspended"] = True
        lived.suspended[contact] = lived.life.now
