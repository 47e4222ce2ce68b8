"""The whole outbox held against the record: who was mailed what by which rule of the account, and what it said.

Which sentences stand for which message is written down here once more, in both languages; our own messages are found in
a mail by them.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from zoneinfo import ZoneInfo

from tests.scenarios.month.opening import Item
from tests.scenarios.month.record import Event, Life
from tests.scenarios.month.terms import Metric, Rules

Mail = Mapping[str, Any]
RECEIVED = "Notify requester of new ticket via email"
UPDATED = "Notify requester and CCs of comment update"
HELD = "zdsync: ask for confirmation"
WAITING = "Pending notification 5 days"
BY_US: Mapping[str, str] = {
    "ack": "zdsync: mail acknowledgement.received",
    "intake": "zdsync: mail intake.ask",
    "ask": "zdsync: mail confirmation_hold.ask",
    "chase": "zdsync: mail confirmation_hold.chase",
}
"""The account's triggers that mail for us."""

SAYS: Mapping[str, tuple[str, str]] = {
    "ack": ("We have received your request. Its number is #{0}.", "reçu votre demande. Son numéro est le #{0}."),
    "promise": ("What we aim for:", "Nos objectifs"),
    "intake": ("To help you sooner with your request #{0}", "Pour traiter au plus vite votre demande #{0}"),
    "ask": ("We believe that your request #{0} is completed.", "Nous pensons que votre demande #{0} est traitée."),
    "chase": ("you whether your request #{0} is completed", "vous avons demandé si votre demande #{0} est traitée"),
    "holding": ("We are still working on your request #{0}", "Nous travaillons toujours sur votre demande #{0}"),
    "merged": (
        "we have added its text and files there.",
        "nous y avons donc ajouté son texte et ses pièces",
    ),
}
"""In English, in French; {0} is the ticket's number."""
ITEMS: Mapping[Item, tuple[str, str]] = {
    "phone": ("- a phone number", "- un numéro de téléphone"),
    "description": ("- a description of", "- une description d"),
    "steps": ("- the steps", "- les étapes"),
    "when": ("- the date and time", "- la date et l’heure"),
    "attachments": ("- a screenshot", "- une capture"),
}
METRICS: Mapping[Metric, tuple[str, str]] = {
    "first_reply": ("- a first reply by ", "- une première réponse avant le "),
    "resolution": ("- a solution by ", "- une solution avant le "),
}
CLOSED = ("Support is closed now", "support est actuellement fermé")


@dataclass(frozen=True)
class Due:
    """What our update has to tell, by what was so just before it."""

    lacks: Sequence[Item] = ()
    ahead: Mapping[Metric, datetime] | None = None
    is_open: bool = True
    """Support, then."""


def kind_to_customer(key: str) -> str | None:
    """The kind of a message that the customer gets; None: it is for agents."""
    kind = "holding" if ":holding:" in key else key.partition(":")[0]
    return kind if kind in SAYS else None


def wrong_mails(life: Life, mails: Sequence[Mail], rules: Rules, due: Mapping[int, Due]) -> Iterator[str]:
    """Each mail to a customer has its reason, and each reason its one mail. `due`: by our update."""
    by_event: dict[int, list[Mail]] = {}
    for mail in mails:
        if mail["to_role"] == "end-user":
            by_event.setdefault(mail["audit"], []).append(mail)
    for event in life.events:
        got = by_event.pop(event.id, [])
        where = f"#{life.ticket} {event.at}"
        wanted = Counter(_causes(event, rules))
        to_requester = Counter(_cause(mail) for mail in got if mail["to"] == life.customer.email)
        if event.who == "machine" and to_requester == {WAITING: 1}:
            continue  # the account's own reminder
        if to_requester != wanted:
            yield f"{where}: the requester is mailed {dict(to_requester)}, and is to be {dict(wanted)}"
        others = Counter((mail["to"], _cause(mail)) for mail in got if mail["to"] != life.customer.email)
        for (to, cause), number in others.items():
            if cause != UPDATED or not wanted[UPDATED] or number > 1:
                yield f"{where}: {to} is mailed {number} times by {cause!r}"
        if event.who == "us":
            for mail in got:
                yield from (f"{where}: {words}" for words in _wrong_words(life, event, mail, rules, due))
    if by_event:
        yield f"#{life.ticket}: mails for what is not in its record: {sorted(by_event)}"


def _causes(event: Event, rules: Rules) -> Iterator[str]:
    """The rules of the account that mail the requester for this event."""
    if event.creates:
        if rules.account_acknowledges and event.who == "requester" and event.public and not event.unanswerable:
            yield RECEIVED
        return
    if event.public and event.who in ("agent", "us"):
        yield UPDATED
    if event.asks_by_mail:
        yield HELD
    if event.who == "us":
        yield from (BY_US[kind] for key in event.keys if (kind := kind_to_customer(key)) in rules.by_mail and kind)


def _cause(mail: Mail) -> str:
    return HELD if str(mail["cause"]).startswith(HELD) else str(mail["cause"])


def _wrong_words(life: Life, event: Event, mail: Mail, rules: Rules, due: Mapping[int, Due]) -> Iterator[str]:
    """It says what the keys of our update stand for, once, in the requester's language, and nothing else."""
    body, language = str(mail["body"]), life.customer.locale == "fr"
    kinds = Counter(kind for key in event.keys if (kind := kind_to_customer(key)))
    if event.merged_with and event.public:
        kinds["merged"] += 1
    carried = {kind for kind in kinds if (kind in rules.by_mail) == (mail["cause"] != UPDATED)}
    if mail["cause"] != UPDATED:
        carried = {kind for kind in carried if BY_US[kind] == mail["cause"]}
    for kind, words in SAYS.items():
        number = body.count(words[language].format(life.ticket))
        if number != (kind in carried):
            yield f"{kind} is in a mail {number} times"
        if words[not language].format(life.ticket) in body:
            yield f"{kind} is in the wrong language"
    told = due.get(event.id, Due())
    if "intake" in carried:
        asked = {item for item, words in ITEMS.items() if words[language] in body}
        if asked != set(told.lacks):
            yield f"asked for {sorted(asked)}, and {sorted(told.lacks)} is missing"
    if "promise" in carried:
        yield from _wrong_promises(life, body, language, told)
    if "ack" in carried and "ack" not in rules.by_mail and (CLOSED[language] in body) == told.is_open:
        yield "whether support is closed now is told wrongly"


def _wrong_promises(life: Life, body: str, language: bool, told: Due) -> Iterator[str]:
    ahead = told.ahead or {}
    for metric, words in METRICS.items():
        lines = [line for line in body.splitlines() if line.startswith(words[language])]
        if len(lines) != (metric in ahead):
            yield f"{metric} is promised {len(lines)} times, and is {'' if metric in ahead else 'not '}ahead"
        elif lines:
            at = ahead[metric].astimezone(ZoneInfo(life.customer.zone))
            times = (f"{at:%H:%M} ", f"{at.hour % 12 or 12}:{at:%M} {at:%p} ")
            if not any(time in lines[0] for time in times) or str(at.day) not in lines[0]:
                yield f"{metric} is due at {at}, and told is: {lines[0]}"
