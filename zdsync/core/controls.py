"""What agents tell zdsync on a ticket: by a tag, or by `/zdsync …` on the first line of an internal note.

Automations ask for the one that concerns them. Only staff command, by an update of their own in Zendesk's screens or by
the API: tags that were inherited or that rules add, mails, and what outsiders write are nobody's command.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from datetime import datetime, timedelta
from typing import Final, Literal, NamedTuple, get_args

from zdsync.core.actions import RemoveTag
from zdsync.core.history import Reading

What = Literal["close", "confirm", "exempt", "snooze", "unknown"]
"""`close`: solve without the customer's confirmation. `confirm`: the agent knows of one. `exempt`: neither hold
nor remind. `snooze`: not now."""

CLOSE_TAG: Final = "zdsync_close_anyway"
EXEMPT_TAG: Final = "zdsync_exempt"
SNOOZE_TAGS: Final[Mapping[str, timedelta]] = {
    "zdsync_snooze_4h": timedelta(hours=4),
    "zdsync_snooze_2d": timedelta(days=2),
}
_TAGS: Final[Mapping[str, tuple[What, timedelta | None]]] = {
    CLOSE_TAG: ("close", None),
    EXEMPT_TAG: ("exempt", None),
    **{tag: ("snooze", length) for tag, length in SNOOZE_TAGS.items()},
}
_SAME: Final[Mapping[What, str]] = {"close": CLOSE_TAG, "exempt": EXEMPT_TAG}
LONGEST_SNOOZE: Final = timedelta(days=31)
_CHANNELS: Final = ("web", "api")
_LENGTH: Final = re.compile(r"([1-9][0-9]{0,3}) ?([mhd])(?:\s|$)")
_UNITS: Final = {"m": timedelta(minutes=1), "h": timedelta(hours=1), "d": timedelta(days=1)}


class Control(NamedTuple):
    """One command of an agent."""

    what: What
    at: datetime
    audit_id: int
    by: int
    """The agent's id."""
    how: str
    """As it was given: the tag, or the words of the command."""
    length: timedelta | None = None
    """Of a snooze."""
    reason: str = ""
    """What the agent wrote behind a `close` or `confirm`."""

    @property
    def until(self) -> datetime:
        """When a snooze ends."""
        assert self.length is not None, "only a snooze has an end"
        return self.at + self.length


def controls(reading: Reading) -> tuple[Control, ...]:
    """The agents' commands on this ticket, oldest first. A tag counts for as long as it is there."""
    found = [*_tags(reading), *_commands(reading)]
    return tuple(sorted(found, key=lambda control: control.audit_id))


def latest(found: tuple[Control, ...], *whats: What, after: int = 0) -> Control | None:
    """The last one of these kinds that came later than the audit `after`."""
    matching = [control for control in found if control.what in whats and control.audit_id > after]
    return matching[-1] if matching else None


def snoozes_over(reading: Reading, now: datetime) -> list[RemoveTag]:
    """The tags of snoozes that have run out go, so that the same one can be set again."""
    tagged = [(tag, audit.at) for tag, audit in reading.control_tags.items() if tag in SNOOZE_TAGS]
    return [RemoveTag(tag, at) for tag, at in tagged if at + SNOOZE_TAGS[tag] <= now]


def _tags(reading: Reading) -> list[Control]:
    return [
        Control(_TAGS[tag][0], audit.at, audit.id, audit.author_id, tag, _TAGS[tag][1])
        for tag, audit in reading.control_tags.items()
        if tag in _TAGS
    ]


def _commands(reading: Reading) -> list[Control]:
    found = [
        _command(comment.command, audit.at, audit.id, comment.author_id)
        for audit in reading.audits
        for comment in audit.comments
        if comment.command and not comment.public and comment.author_id == audit.author_id
        if audit.channel in _CHANNELS and reading.by_staff(audit)
    ]
    # We add the tag that says the same; who takes it off takes the command back.
    return [each for each in found if each.what not in _SAME or reading.taken_off(_SAME[each.what]) < each.audit_id]


def _command(words: str, at: datetime, audit_id: int, by: int) -> Control:
    name, _, rest = words.strip().partition(" ")
    how, what = f"/zdsync {words.strip()}", name.lower()
    if what == "snooze":
        found = _LENGTH.match(rest.strip().lower())
        length = int(found[1]) * _UNITS[found[2]] if found else None
        if length is not None and length <= LONGEST_SNOOZE:
            return Control("snooze", at, audit_id, by, how, length)
    elif what in ("close", "confirm", "exempt"):
        kind: What = next(each for each in get_args(What) if each == what)
        return Control(kind, at, audit_id, by, how, reason=rest.strip())
    return Control("unknown", at, audit_id, by, how)
