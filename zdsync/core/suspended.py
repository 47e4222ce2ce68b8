"""Mail that Zendesk has set aside, and why an agent should look at one: it names a ticket, or sounds like an outage.

Such mail is no ticket and nobody is told of it; after two weeks it is gone. `zdsync report suspended` shows it,
`zdsync/set_aside.py` looks through it, and `mailed_files` points it out on the tickets that it names. Who it says it is
from is proven by nothing.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Final

from zdsync.core.intake import Kind
from zdsync.core.references import references

KEPT: Final = timedelta(days=14)
"""After that Zendesk deletes it."""
KIND: Final = "suspended"
"""Begins the keys of such notes."""
MOST_NAMED: Final = 5
"""Tickets that one mail is taken to name: anybody may write a subject of nothing but numbers."""
_BY_PROGRAMS: Final = frozenset({3, 4, 7, 8, 9, 14, 22})
"""Causes (`cause_id`): automated responses, loops, bounces, and mail of the account to itself."""
_BY_PROGRAM: Final = re.compile(
    r"automated response|mail loop|backscatter|from a system user|from support address", re.IGNORECASE
)
"""The same in Zendesk's words: its documented examples have other ids beside these."""
_HARMLESS: Final = re.compile(r"""[\w ,.'"()/-]{1,100}""")


@dataclass(frozen=True, slots=True)
class Suspended:
    """One mail, without its text."""

    id: int
    at: datetime
    sender: str
    """The address that it claims to come from."""
    cause: str
    """Why Zendesk set it aside, in its own words."""
    subject: str
    ticket_id: int | None = None
    """The ticket that it answers."""
    kind: Kind = "request"
    """What its words tell of (`core/intake_reading.py`)."""
    cause_id: int | None = None

    @property
    def named(self) -> tuple[int, ...]:
        """The ticket that it answers, and those that its subject names. Whether they exist is not known."""
        answered = () if self.ticket_id is None else (self.ticket_id,)
        return tuple(dict.fromkeys((*answered, *references(self.subject))))[:MOST_NAMED]

    @property
    def key(self) -> str:
        """Of the note that points it out."""
        return key_of(self.id)

    @property
    def is_automatic(self) -> bool:
        """A program has sent it: out of office, a bounce. To tell agents of it by mail could go round for ever."""
        return self.cause_id in _BY_PROGRAMS or bool(_BY_PROGRAM.search(self.cause))

    @property
    def why(self) -> str:
        """The cause where it is as short and plain as Zendesk's are, for notes and logs."""
        return self.cause if _HARMLESS.fullmatch(self.cause) else "unknown"


def key_of(mail_id: int) -> str:
    """The key of the note that points out the mail with this id."""
    return f"{KIND}:{mail_id}"


def reasons(mail: Suspended) -> tuple[str, ...]:
    """Why it should be looked at, the most pressing first; nothing for what may well stay there."""
    found = ["it sounds like an outage"] if mail.kind == "outage" else []
    if mail.ticket_id is not None:
        found.append(f"it answers ticket {mail.ticket_id}")
    named = [number for number in references(mail.subject) if number != mail.ticket_id]
    if named:
        found.append(f"its subject names ticket {', '.join(str(number) for number in named)}")
    return tuple(found)


def naming(ticket_id: int, mails: Iterable[Suspended]) -> tuple[Suspended, ...]:
    """Those of people that answer or name this ticket, the oldest first."""
    found = (mail for mail in mails if ticket_id in mail.named and not mail.is_automatic)
    return tuple(sorted(found, key=lambda mail: (mail.at, mail.id)))
