"""What agents tell zdsync on a ticket: by a tag, or by `/zdsync …` on the first line of an internal note.

Automations ask for the one that concerns them. Only staff command, by an update of their own in Zendesk's screens or by
the API: tags that were inherited or that rules add, mails, and what outsiders write are nobody's command.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from datetime import UTC, datetime, time, timedelta
from typing import Final, Literal, NamedTuple, get_args
from zoneinfo import ZoneInfo

from zdsync.core.actions import RemoveTag
from zdsync.core.history import Reading
from zdsync.core.maintenance import COMMAND as MAINTENANCE

What = Literal["close", "confirm", "exempt", "snooze", "outage", "wrong", "unknown"]
"""`close`: solve without the customer's confirmation. `confirm`: the agent knows of one. `exempt`: neither hold
nor remind. `snooze`: not now. `outage`: when a major incident began or ended. `wrong`: what was done last here should
not have been."""

Edge = Literal["", "from", "until"]
"""Of an outage."""

About = Literal["", "cadence", "hold"]
"""What an `exempt` or `snooze` is about: one of the two, or both."""

CLOSE_TAG: Final = "zdsync_close_anyway"
EXEMPT_TAG: Final = "zdsync_exempt"
EXEMPT_TAGS: Final[Mapping[About, str]] = {
    "": EXEMPT_TAG,
    "cadence": "zdsync_exempt_cadence",
    "hold": "zdsync_exempt_hold",
}
WRONG_TAG: Final = "zdsync_wrong"
SNOOZE_TAGS: Final[Mapping[str, timedelta]] = {
    "zdsync_snooze_4h": timedelta(hours=4),
    "zdsync_snooze_2d": timedelta(days=2),
}
_TAGS: Final[Mapping[str, tuple[What, timedelta | None]]] = {
    CLOSE_TAG: ("close", None),
    WRONG_TAG: ("wrong", None),
    **dict.fromkeys(EXEMPT_TAGS.values(), ("exempt", None)),
    **{tag: ("snooze", length) for tag, length in SNOOZE_TAGS.items()},
}
_ABOUT_OF_TAG: Final[Mapping[str, About]] = {tag: about for about, tag in EXEMPT_TAGS.items()}
_ABOUTS: Final[Mapping[str, About]] = {about: about for about in get_args(About) if about}
LONGEST_SNOOZE: Final = timedelta(days=31)
COMMAND_CHANNELS: Final = ("web", "api")
"""Of updates that may command: Zendesk's screens and the API."""
_LENGTH: Final = re.compile(r"([1-9][0-9]{0,3}) ?([mhd])(?:\s|$)")
_UNTIL: Final = re.compile(r"until (?:([0-9]{4}-[0-9]{2}-[0-9]{2}) )?([01]?[0-9]|2[0-3]):([0-5][0-9])(?:\s|$)")
_OFF: Final = re.compile(r"off(?:\s|$)")
_EDGE: Final = re.compile(
    r"(from|until) (?:([0-9]{4}-[0-9]{2}-[0-9]{2}) )?([01]?[0-9]|2[0-3]):([0-5][0-9]),? (\S.*)", re.IGNORECASE
)
_UNITS: Final = {"m": timedelta(minutes=1), "h": timedelta(hours=1), "d": timedelta(days=1)}


class Control(NamedTuple):
    """One command of an agent."""

    what: What
    at: datetime
    audit_id: int
    by: int
    """The agent's id."""
    how: str
    """As it was given: the tag, or the words of the command. Text, which no log may have."""
    length: timedelta | None = None
    """Of a snooze; nothing for one that ends another."""
    reason: str = ""
    """What the agent wrote behind a `close`, `confirm`, `outage` or `wrong`."""
    about: About = ""
    edge: Edge = ""
    """What of an outage is corrected."""
    to: datetime | None = None
    """When that was."""

    @property
    def name(self) -> str:
        """The same without what the agent wrote behind it."""
        if not self.how.startswith("/"):
            return self.how
        return "one that is not known" if self.what == "unknown" else f"/zdsync {self.what}"

    @property
    def until(self) -> datetime:
        """When a snooze ends."""
        assert self.length is not None, "only a snooze has an end"
        return self.at + self.length

    @property
    def tag(self) -> str:
        """The one that says the same, if there is one: we add it, and who takes it off takes the command back."""
        return {"close": CLOSE_TAG, "exempt": EXEMPT_TAGS[self.about]}.get(self.what, "")


def controls(reading: Reading, zone: ZoneInfo) -> tuple[Control, ...]:
    """The agents' commands on this ticket, oldest first. A tag counts for as long as it is there.

    `zone`: the desk's (`Rulebook.zone`), in which agents write times.
    """
    found = [*_tags(reading), *_commands(reading, zone)]
    return tuple(sorted(found, key=lambda control: control.audit_id))


def latest(found: tuple[Control, ...], *whats: What, after: int = 0, about: About = "") -> Control | None:
    """The last one of these kinds that came later than the audit `after` and is about this, or about everything."""
    abouts = ("", about)
    matching = [each for each in found if each.what in whats and each.audit_id > after and each.about in abouts]
    return matching[-1] if matching else None


def snoozes_over(reading: Reading, now: datetime) -> list[RemoveTag]:
    """The tags of snoozes that have run out go, so that the same one can be set again."""
    tagged = [(tag, audit.at) for tag, audit in reading.control_tags.items() if tag in SNOOZE_TAGS]
    return [RemoveTag(tag, at) for tag, at in tagged if at + SNOOZE_TAGS[tag] <= now]


def _tags(reading: Reading) -> list[Control]:
    return [
        Control(
            _TAGS[tag][0], audit.at, audit.id, audit.author_id, tag, _TAGS[tag][1], about=_ABOUT_OF_TAG.get(tag, "")
        )
        for tag, audit in reading.control_tags.items()
        if tag in _TAGS
    ]


def _commands(reading: Reading, zone: ZoneInfo) -> list[Control]:
    """What is ordered of a maintenance window is answered by the rule of that (`core/maintenance.py`)."""
    elsewhere = MAINTENANCE if reading.ticket.type == "problem" else None
    found = [
        _command(comment.command, audit.at, audit.id, comment.author_id, zone)
        for audit in reading.audits
        for comment in audit.comments
        if comment.command and not comment.public and comment.author_id == audit.author_id
        if audit.channel in COMMAND_CHANNELS and reading.by_staff(audit)
        if comment.command.split(maxsplit=1)[0].lower() != elsewhere
    ]
    return [each for each in found if not each.tag or reading.taken_off(each.tag) < each.audit_id]


def _command(words: str, at: datetime, audit_id: int, by: int, zone: ZoneInfo) -> Control:
    name, _, rest = words.strip().partition(" ")
    how, what, rest = f"/zdsync {words.strip()}", name.lower(), rest.strip()
    if what == "snooze":
        length, about = _snooze(rest.lower(), at, zone)
        if length is not None:
            return Control("snooze", at, audit_id, by, how, length, about=about)
    elif what == "outage":
        if found := _EDGE.fullmatch(rest):
            edge: Edge = "from" if found[1].lower() == "from" else "until"
            to = _past(found[2], time(int(found[3]), int(found[4])), at, zone)
            if to is not None:
                return Control("outage", at, audit_id, by, how, reason=found[5], edge=edge, to=to)
    elif what == "exempt":
        return Control("exempt", at, audit_id, by, how, reason=rest, about=_about(rest.lower()))
    elif what in ("close", "confirm", "wrong"):
        kind: What = next(each for each in get_args(What) if each == what)
        return Control(kind, at, audit_id, by, how, reason=rest)
    return Control("unknown", at, audit_id, by, how)


def _snooze(rest: str, at: datetime, zone: ZoneInfo) -> tuple[timedelta | None, About]:
    """How long, None for what is no length, and what it is about."""
    if found := _OFF.match(rest):
        length: timedelta | None = timedelta(0)
    elif found := _LENGTH.match(rest):
        length = int(found[1]) * _UNITS[found[2]]
    elif found := _UNTIL.match(rest):
        length = _until(found, at, zone)
    else:
        return None, ""
    if length is None or length > LONGEST_SNOOZE:
        return None, ""
    return length, _about(rest[found.end() :])


def _until(found: re.Match[str], at: datetime, zone: ZoneInfo) -> timedelta | None:
    """Until this time of day, today or tomorrow, or on the day that is written; None for what is past, or no day."""
    date, hour, minute = found.groups()
    try:
        day = datetime.fromisoformat(date).date() if date else at.astimezone(zone).date()
    except ValueError:
        return None
    end = datetime.combine(day, time(int(hour), int(minute)), zone)
    if not date and end <= at:
        end = datetime.combine(day + timedelta(days=1), end.timetz())
    length = end.astimezone(UTC) - at.astimezone(UTC)
    return length if length > timedelta(0) else None


def _past(date: str | None, clock: time, at: datetime, zone: ZoneInfo) -> datetime | None:
    """When this was: the last time that the clock showed it, or on the day that is written (of an hour that it shows
    twice likewise the last one); None for what is not past, or no day."""
    try:
        day = datetime.fromisoformat(date).date() if date else at.astimezone(zone).date()
    except ValueError:
        return None
    days = [day] if date else [day, day - timedelta(days=1)]
    shown = [datetime.combine(each, clock.replace(fold=fold), zone).astimezone(UTC) for each in days for fold in (0, 1)]
    return max((instant for instant in shown if instant <= at), default=None)


def _about(rest: str) -> About:
    """By the first word."""
    word, _, _ = rest.strip().partition(" ")
    return _ABOUTS.get(word, "")
