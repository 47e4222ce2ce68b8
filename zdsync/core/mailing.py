"""What the mail of a trigger can say to a customer in the place of a public comment of ours.

For Zendesk a public comment of ours is an agent's: it fulfils the account's own first and next reply metrics. A mail
of a trigger fulfils nothing, but can say only what placeholders and tags can tell it. `provision/mails.py` makes the
triggers, `compose.py` sets the tags that set them off; what both have to agree on is here.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import dataclass, field
from typing import Final, get_args

from zdsync.core.actions import RemoveTag
from zdsync.core.automation import Case
from zdsync.core.intake import Item

SAY_TAG: Final = "zdsync_say_"
"""Followed by the text's name: the worker sets the tag, a trigger mails the text and takes the tag off."""
_MISSING_TAG: Final = "zdsync_missing_"

PLACEHOLDERS: Final[Mapping[str, str]] = {"reference": "{{ticket.id}}"}
"""Values of our texts that Zendesk can fill in."""


@dataclass(frozen=True, slots=True)
class Mailing:
    """What a trigger can say of a text. Other values than these and the placeholders it cannot."""

    left_out: Mapping[str, object] = field(default_factory=dict)
    """Values that the mail goes without, as they then are."""
    flags: Mapping[str, str] = field(default_factory=dict)
    """Values that are true or not -> the tag that says so."""
    lists: Mapping[str, Mapping[str, str]] = field(default_factory=dict)
    """Values that are lists -> each item that they may have, in order -> the tag that says so."""


MAILINGS: Final[Mapping[str, Mailing]] = {
    "acknowledgement.received": Mailing({"opens": None, "zone": "UTC"}, flags={"targets": "zdsync_tells_targets"}),
    "intake.ask": Mailing(lists={"items": {item: f"{_MISSING_TAG}{item}" for item in get_args(Item)}}),
    "confirmation_hold.ask": Mailing({"link": ""}),
    "confirmation_hold.chase": Mailing({"link": ""}),
}
"""By the text's name. No text is here that consists of instants: a trigger does not know the reader's clock."""


def say_tag(text: str) -> str:
    return SAY_TAG + text.replace(".", "_")


def tags_of(text: str, values: Mapping[str, object]) -> frozenset[str]:
    """Those that make the trigger say the text with these values."""
    mailing = MAILINGS[text]
    told = {tag for name, tag in mailing.flags.items() if values[name]}
    for name, tags in mailing.lists.items():
        items = values[name]
        told |= {tag for item, tag in tags.items() if isinstance(items, Collection) and item in items}
    return frozenset({say_tag(text), *told})


def all_tags_of(text: str) -> tuple[str, ...]:
    """Every tag that may be set for the text."""
    mailing = MAILINGS[text]
    return (say_tag(text), *mailing.flags.values(), *(tag for tags in mailing.lists.values() for tag in tags.values()))


def leftovers(case: Case, *texts: str) -> tuple[RemoveTag, ...]:
    """The tags of these texts go once the mails are out. What is wanted now keeps them (`compose.py`).

    The trigger takes off only the tag that sets it off, so that its mail is sure to find the others; once its audit can
    be read the mail is written.
    """
    reading = case.reading
    since = reading.audits[-1].at if reading.audits else reading.ticket.created_at
    tags = [tag for text in texts for tag in all_tags_of(text) if tag in reading.ticket.tags]
    return tuple(RemoveTag(tag, since) for tag in tags)


def unsayable(text: str, used: Collection[str]) -> tuple[str, ...]:
    """Which of the values that the text uses no trigger can say. The text is one of `MAILINGS`."""
    mailing = MAILINGS[text]
    return tuple(sorted(set(used) - {*PLACEHOLDERS, *mailing.left_out, *mailing.flags, *mailing.lists}))
