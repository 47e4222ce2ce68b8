"""The stories over which the spine is disturbed: of the targets, the cadence, the hold, and of a request's beginning.

Cadence and hold are told with all three promises live, on an account whose holds are the worker's own (`editions.py`).
The beginnings are told with acknowledgement, intake and targets, on accounts that mail on creation or leave it to us,
and with our messages as comments or by triggers.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from functools import partial
from typing import Any, Final
from uuid import uuid4

from redis import Redis

from tests.builders import a_rule, a_rule_of
from tests.scenarios.editions import MADE, three_promises, world_of
from tests.scenarios.stories import SAID, STORY, Step
from tests.scenarios.tables import STANDARD
from tests.scenarios.world import BEGIN, CLAIRE, EMILY, JEANNE, TOM, World, live_rulebook
from zdsync.core.controls import CLOSE_TAG, EXEMPT_TAG
from zdsync.core.model import Way
from zdsync.core.rulebook import Caps, Rulebook
from zdsync.provision.apply import provision
from zdsync.provision.mails import TITLE
from zdsync.sandbox import Account, Server

FAR: Final = Caps(per_ticket_per_day=99, per_hour=999, per_rule_per_hour=999)
"""A write whose reply was lost counts, whether it was applied or not: near a cap the ends would differ."""

Desk = Callable[[Server, Redis, str], World]


@dataclass(frozen=True)
class Tale:
    """A story, on which account it is told, and what we say in it."""

    steps: Sequence[Step]
    said: Sequence[str]
    """Keys without the ids of audits, in order."""
    world: Desk
    """A desk at its beginning."""
    mails: Sequence[str] = ()
    """The whole outbox in its order, as `outbox` tells it; of the beginnings."""


def three_promises_live(server: Server, redis: Redis, prefix: str) -> World:
    return world_of(server, redis, prefix, "worker", rulebook=three_promises(caps=FAR))


CADENCE_STORY: Sequence[Step] = (
    ("09:00", EMILY, {"subject": "No rows", "comment": "The export is empty.", "priority": "urgent"}),
    ("09:05", TOM, {"comment": "We are looking.", "status": "open"}),
    ("09:30", "", {}),
    ("09:40", EMILY, {"comment": "Any news?"}),
    ("10:10", "", {}),
    ("10:40", "", {}),
    ("10:45", CLAIRE, {"assignee": CLAIRE, "comment": "Sorry for the wait. Which cohort?", "status": "pending"}),
    ("11:30", EMILY, {"comment": "The blue one."}),
    ("11:52", CLAIRE, {"comment": "/zdsync snooze 1h", "public": False}),
    ("12:55", "", {}),
    ("13:05", "", {}),
    ("13:10", CLAIRE, {"add_tags": EXEMPT_TAG}),
    ("13:20", "", {}),
)
"""Nobody has the ticket: reminder, two lapses and the escalation each mail a group. Taken, pending, taken up again; a
snooze swallows a lapse; a second escalation; exempt."""

CADENCE_SAID: Sequence[str] = (
    "target:set",
    "cadence:soon",
    "cadence:1",
    "cadence:2",
    "cadence:escalate",
    "cadence:soon",
    "warn:resolution",
    "cadence:2",
    "cadence:escalate",
)

HOLD_STORY: Sequence[Step] = (
    ("09:00", EMILY, {"subject": "No rows", "comment": "The export is empty.", "priority": "low"}),
    ("09:10", TOM, {"assignee": TOM, "comment": "We are looking.", "status": "open"}),
    ("10:00", TOM, {"comment": "A node was replaced.", "status": "solved"}),
    ("10:30", EMILY, {"comment": "I am out of the office until Tuesday.", "channel": "email", "flags": [4]}),
    ("11:00", EMILY, {"comment": "No, still broken.", "channel": "email"}),
    ("11:30", TOM, {"comment": "And now?", "status": "solved"}),
    ("11:40", TOM, {"status": "solved"}),
    ("26 08:30", TOM, {"add_tags": "zdsync_snooze_4h"}),
    ("26 12:45", "", {}),
    ("26 13:00", EMILY, {"comment": "Yes, it is solved.", "channel": "email"}),
    ("26 13:30", EMILY, {"comment": "Thanks!", "channel": "email"}),
    ("26 14:00", EMILY, {"comment": "It has come back, with another error.", "channel": "email"}),
    ("26 14:30", TOM, {"status": "solved", "add_tags": CLOSE_TAG}),
    ("26 14:40", "", {}),
)
"""Held and asked, a mail program, a no; held and asked again, solved once more; a snoozed reminder, a yes, thanks,
another request, an override."""

HOLD_SAID: Sequence[str] = ("target:set", "ask", "reply", "ask", "again", "chase:1", "reply", "override")

MAIL: Final = {"channel": "email"}
FILE: Final = {"name": "screen.png", "content": "x"}

ASKED_STORY: Sequence[Step] = (
    ("09:00", EMILY, {"subject": "Report exports empty", "comment": "The CSV has headers but no rows.", **MAIL}),
    ("09:06", EMILY, {"comment": "Since Friday. Call +44 20 7946 0123.", "attachments": [FILE], **MAIL}),
    ("09:12", TOM, {"priority": "low", "assignee": TOM}),
    ("09:17", TOM, {"priority": "high"}),
    ("09:33", EMILY, {"comment": "More I do not know.", **MAIL}),
    ("09:40", TOM, {"priority": "urgent"}),
    ("09:43", TOM, {"priority": "high"}),
    ("10:00", TOM, {"comment": "We are looking.", "priority": "normal"}),
    ("10:15", "", {}),
)
"""Number and question are one message, answered in another form, and half: nobody is asked again. A priority that does
not stand still and one that is set back are not told; the two that stand are."""

URGENT_STORY: Sequence[Step] = (
    ("09:00", EMILY, {"subject": "K Pro is down", "comment": "Nobody can sign in.", **MAIL}),
    ("09:00:03", TOM, {"priority": "urgent", "assignee": TOM}),
    ("09:15", TOM, {"comment": "We are looking.", "status": "open"}),
    ("09:20", TOM, {"priority": "high"}),
    ("09:35", "", {}),
)
"""A P1 gets its number alone, and agents a note of what is missing; targets, and again without a first reply."""

FRENCH_STORY: Sequence[Step] = (
    ("09:00", JEANNE, {"subject": "Connexion impossible", "comment": "Mon mot de passe est refusé.", **MAIL}),
    ("09:06", JEANNE, {"comment": "Depuis hier 14h ; appelez le 01 42 68 53 00.", **MAIL}),
    ("09:12", CLAIRE, {"priority": "low", "assignee": CLAIRE}),
    ("09:30", CLAIRE, {"priority": "normal"}),
    ("09:45", "", {}),
)
"""Number and question are a mail each."""

RECEIVED_STORY: Sequence[Step] = (
    FRENCH_STORY[0],
    ("09:01", *FRENCH_STORY[1][1:]),
    *FRENCH_STORY[2:],
)
"""The account says that it has come in, and we nothing. What she adds within two minutes is not asked for."""

_WORDS: Final[Mapping[str, str]] = {
    "We have received your request. Its number is #2.": "number",
    "To help you sooner with your request #2, it would be good to have:": "question",
    "- a phone number under which": "phone",
    "- an e-mail address under which": "email",
    "- a description of what": "description",
    "- the steps after which": "steps",
    "- the date and time at which": "when",
    "- a screenshot, or": "files",
    "Your request #2 has the priority ": "targets",
    "Your request #2 now has the priority ": "now",
    "Nous avons bien reçu votre demande. Son numéro est le #2.": "numéro",
    "Pour traiter au plus vite votre demande #2, il nous serait utile d’avoir :": "demande",
    "- un numéro de téléphone où": "téléphone",
    "- une adresse e-mail où": "adresse",
    "- une description du": "description",
    "- les étapes qui": "étapes",
    "- la date et l’heure de": "date",
    "- une capture d’écran, ou": "fichiers",
    "Votre demande #2 a la priorité ": "délais",
    "Votre demande #2 a désormais la priorité ": "désormais",
    **{f"priority P{number} (": f"P{number}" for number in range(1, 5)},
    **{f"priorité P{number} (": f"P{number}" for number in range(1, 5)},
    "- a first reply by ": "reply",
    "- une première réponse avant ": "réponse",
    "- a solution by ": "solution",
    "- une solution avant ": "solution",
}
"""What is in our messages at a request's beginning -> what they say, in their language."""


def outbox(world: World) -> list[tuple[datetime, str]]:
    """Every mail of the account in its order: `emily number question phone`, `emily received`, `tom told`; with
    `mailed` where one of our triggers says it."""
    return [(datetime.fromisoformat(row["at"]), " ".join(_mail(row))) for row in world.account.emails]


def _mail(row: Mapping[str, Any]) -> Iterator[str]:
    yield str(row["to"]).partition("@")[0].partition(".")[0]
    words = [words for text, words in _WORDS.items() if text in row["body"]]
    if str(row["cause"]).startswith(TITLE):
        yield "mailed"
    elif not words:
        yield STANDARD.get(row["cause"], row["cause"])
    yield from words


def a_beginning(server: Server, redis: Redis, prefix: str, way: Way, received_mail: bool = False) -> World:
    """A desk with acknowledgement, intake and targets, and what they need. `way`: how number and question leave;
    `received_mail`: whether a trigger of the account mails on creation."""
    book = _beginning(way)
    account = _provisioned(server, redis, book, received_mail)
    account.advance_to(BEGIN - timedelta(hours=2))
    return World(server, redis, prefix, account=account, rulebook=book, begin=BEGIN)


def _beginning(way: Way) -> Rulebook:
    ways: Mapping[str, dict[str, Any]] = {"acknowledgement": {"received": way}, "intake": {"ask": way}}
    rules = [a_rule_of(name, **{"as": given}) for name, given in ways.items()]  # type: ignore[arg-type]
    return live_rulebook(rules=(*rules, a_rule()), caps=FAR)


_made: dict[str, dict[str, Any]] = {}


def _provisioned(server: Server, redis: Redis, book: Rulebook, received_mail: bool) -> Account:
    """Made once per process, on 1 October."""
    name = f"{[rule.settings for rule in book.rules]} {received_mail}"
    if name not in _made:
        desk = Account.demo(MADE, received_mail=received_mail)
        world = World(server, redis, f"made-{uuid4().hex}:", account=desk, probed=False)
        shadow = replace(book, rules=tuple(replace(rule, mode="shadow") for rule in book.rules))
        refused = [done.refused for done in provision(world.parts.zendesk, world.us, shadow) if done.refused]
        assert not refused, refused
        _made[name] = server.save()
        world.empty_redis()
        world.close()
    return Account.from_json(_made[name])


TALES: Final[Mapping[str, Tale]] = {
    "targets": Tale(STORY, SAID, World),
    "cadence": Tale(CADENCE_STORY, CADENCE_SAID, three_promises_live),
    "hold": Tale(HOLD_STORY, HOLD_SAID, three_promises_live),
    "asked": Tale(
        ASKED_STORY,
        ["found", "ack", "intake", "target:set", "promise", "promise"],
        partial(a_beginning, way="comment"),
        [
            "09:00 emily number question phone steps when files",
            "09:27 emily targets P2 reply solution",
            "09:33 tom told",
            "10:00 emily news",
            "10:10 emily now P3 solution",
        ],
    ),
    "urgent": Tale(
        URGENT_STORY,
        ["target:set", "ack", "found", "promise", "promise"],
        partial(a_beginning, way="comment"),
        [
            "09:00 emily number",
            "09:10:03 emily targets P1 reply solution",
            "09:15 emily news",
            "09:30 emily now P2 solution",
        ],
    ),
    "by triggers": Tale(
        FRENCH_STORY,
        ["found", "ack", "intake", "target:set", "promise", "promise"],
        partial(a_beginning, way="trigger"),
        [
            "09:00 jeanne mailed numéro",
            "09:00 jeanne mailed demande téléphone étapes date fichiers",
            "09:22 jeanne délais P4 réponse solution",
            "09:40 jeanne désormais P3 réponse solution",
        ],
    ),
    "received": Tale(
        RECEIVED_STORY,
        ["found", "intake", "target:set", "promise", "promise"],
        partial(a_beginning, way="comment", received_mail=True),
        [
            "09:00 jeanne received",
            "09:02 jeanne demande étapes fichiers",
            "09:22 jeanne délais P4 réponse solution",
            "09:40 jeanne désormais P3 réponse solution",
        ],
    ),
}

BEGINNINGS: Final = tuple(name for name, tale in TALES.items() if tale.mails)
"""The tales of acknowledgement and intake."""
