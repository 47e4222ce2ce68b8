"""Stories as rows of a table: who does what when, and then exactly what was said on the ticket and who was mailed.

    Row(steps=(("09:00", EMILY, {...}),), until="12:00", said=("11:00 reply",), mails=("09:00 emily received",))

Times are read by `paris_time`. `said` lists the messages that we wrote, without those of the SLA targets, which have
tests of their own. `mails` is the whole outbox but for those: a mail that is not in the row is a failure.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any, Final
from zoneinfo import ZoneInfo

from tests.scenarios.stories import Step, do, ending
from tests.scenarios.world import World, keys_of, paris_time
from zdsync.provision.wanted import ASK, MAIL_DEFAULT_GROUP, MAIL_GROUP, PREFIX

PARIS: Final = ZoneInfo("Europe/Paris")
POLL: Final = timedelta(seconds=50)
CATCH_UP: Final = timedelta(minutes=4)
"""What nobody told us of is found within: the export lacks the last minute."""
SOON: Final = timedelta(seconds=15)
"""Within which it follows when the webhook came."""

SLA: Final = ("target", "warn", "breach", "nopriority")

STANDARD: Final[Mapping[str, str]] = {
    "Notify requester of new ticket via email": "received",
    "Notify requester and CCs of comment update": "news",
    "Notify assignee of comment update": "told",
    "Pending notification 5 days": "pending",
    MAIL_GROUP: "mailed",
    MAIL_DEFAULT_GROUP: "mailed",
}
ASKS: Final[Mapping[str, str]] = {
    "We believe that your request #": "asked",
    "Nous pensons que votre demande #": "asked in French",
    " we asked you whether your request #": "reminded",
    "We are still working on your request #": "held off",
    "Nous travaillons toujours sur votre demande #": "held off in French",
    ", nous vous avons demandé si votre demande #": "reminded in French",
}
"""What is in the texts for customers -> what they are."""


@dataclass(frozen=True)
class Row:
    """One story and all that is to come of it."""

    steps: Sequence[Step]
    until: str
    said: Sequence[str] = ()
    """`11:00 reply`, `24 17:00 cadence soon`: our messages, without the ids of audits."""
    mails: Sequence[str] = ()
    """`11:00 emily news`: when, to whom, what."""
    status: str = "Open"
    """The label of the custom status at the end."""
    tags: frozenset[str] = field(default_factory=frozenset)
    """All of them, without those of the SLA targets."""
    promise: str | None = ""
    """The field of the next update at the end; an empty text: whatever it is."""


def play(world: World, steps: Sequence[Step], until: str | datetime, heard: bool = True) -> int:
    """Tell the story. Without `heard` no webhook arrives, and the poll finds what was done. The ticket's number."""
    ticket: int | None = None
    ends = [*(at for at, _, _ in steps[1:]), until]
    for (at, who, act), next_at in zip(steps, ends, strict=True):
        world.until(at)
        ticket = do(world, (at, who, {**act, "webhook": heard}), ticket)
        if not heard:
            world.until(min(world.now + CATCH_UP, paris_time(next_at)), poll_every=POLL)
    world.until(until)
    assert ticket is not None
    return ticket


def check(world: World, row: Row, heard: bool = True) -> None:
    """Play the row, hold it to what it says, and look once more: nothing is planned, nothing is forgotten."""
    ticket = play(world, row.steps, row.until, heard)
    late = SOON if heard else CATCH_UP
    match(said(world, ticket), row.said, late)
    match(mails(world, ticket), row.mails, late)
    state = world.end_state()[ticket]
    assert state.label == row.status
    assert {tag for tag in state.tags if not tag.startswith("sla_")} == row.tags, state.tags
    if row.promise != "":
        assert state.fields.get("Next update due") == row.promise
    ending(world)


def match(found: Sequence[tuple[datetime, str]], wanted: Sequence[str], late: timedelta) -> None:
    """The same things, each as often and at its time or so much later. (Which of two mails of one update goes first
    is the triggers' affair.)"""
    listed = "\n".join(f"{at.astimezone(PARIS):%m-%d %H:%M:%S} {words}" for at, words in found)
    wants = sorted(((words, at) for at, words in map(_read, wanted)))
    finds = sorted((words, at) for at, words in found)
    assert [words for words, _ in finds] == [words for words, _ in wants], listed
    for (words, when), (_, should) in zip(finds, wants, strict=True):
        assert should <= when <= should + late, f"{words!r} came at {when}, not at {should}:\n{listed}"


def _read(wanted: str) -> tuple[datetime, str]:
    """`24 11:00 emily news` -> the instant and the rest."""
    words = wanted.split(" ")
    times = next(n for n, word in enumerate(words, 1) if ":" in word)
    return paris_time(" ".join(words[:times])), " ".join(words[times:])


def said(world: World, ticket: int) -> list[tuple[datetime, str]]:
    """Our messages on the ticket: `cadence soon`, `reply`, `chase 1`."""
    found = [(at, key.split(":")) for key, at in world.keys(ticket).items()]
    return [(at, " ".join((parts[0], *parts[2:]))) for at, parts in found if parts[0] not in SLA]


def mails(world: World, ticket: int) -> list[tuple[datetime, str]]:
    """The outbox: who was mailed what, without the group about notes of the SLA targets. A mail to a group has a row
    for each member, and is one here."""
    told = {
        audit["id"]: [key.partition(":")[0] for key in keys_of(audit)] for audit in world.account.tickets[ticket].audits
    }
    rows = [row for row in world.account.emails if row["ticket"] == ticket]
    rows = [row for row in rows if not (told[row["audit"]] and set(told[row["audit"]]) <= set(SLA))]
    return list(dict.fromkeys(_mails(world, rows)))


def _mails(world: World, rows: Sequence[Mapping[str, Any]]) -> Iterator[tuple[datetime, str]]:
    for row in rows:
        to = str(row["to"]).partition("@")[0].partition(".")[0]
        what = STANDARD.get(row["cause"], row["cause"])
        if what == "mailed" or str(row["cause"]).startswith(f"{PREFIX}escalate"):
            to, what = "support", "mailed" if what == "mailed" else "escalated"
        elif row["cause"] == ASK or (what == "news" and row["actor"] == world.us):
            [what] = [words for text, words in ASKS.items() if text in row["body"]]
        yield datetime.fromisoformat(row["at"]), f"{to} {what}"
