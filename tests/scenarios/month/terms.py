"""What the oracle speaks of: something that is wanted, and which rules are in force."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Literal, NamedTuple

Metric = Literal["first_reply", "resolution"]


class Want(NamedTuple):
    """Something that has to be, or would be right to be, said or done from one instant on until another."""

    key: str
    since: datetime
    until: datetime
    owed: bool = True
    """It has to be; else it may be."""


@dataclass(frozen=True)
class Rules:
    """What is in force beside the three promises, and how it is said."""

    holding: tuple[int, int] | None = None
    """Holding messages: after how many lapses, how many in a row."""
    acknowledges: bool = False
    promises: bool = False
    """The targets are told to the customer."""
    asks: bool = False
    """For what the request lacks."""
    merges: bool = False
    """Mails that name another ticket."""
    by_mail: frozenset[str] = frozenset()
    """Kinds of messages that a trigger mails."""
    account_acknowledges: bool = False
    """A trigger of the account's own does."""


PLAIN = Rules()
