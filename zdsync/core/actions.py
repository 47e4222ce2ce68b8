"""What an automation can ask for: a closed set, handled by `match` with `assert_never` in `compose.py`.

Fields, tags and status say how things should be and are compared with what is; only a message (`Say`) has a key.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime

from zdsync.core.incident_report import Task
from zdsync.core.model import Audience, Campaign, Enclosure, FieldValue, Person, Post, Status, Way


@dataclass(frozen=True, slots=True)
class SetField:
    """A custom field, by our name, has this value. Where the account lacks the field nothing happens."""

    name: str
    value: FieldValue
    since: datetime
    """When the fact that causes the action happened; never before `live_since` (`evaluate` sees to it)."""

    @property
    def subject(self) -> str:
        """What it settles: of several actions with one subject only the first one stands."""
        return f"field {self.name}"

    @property
    def words(self) -> str:
        return f"clear {self.name}" if self.value in (None, "") else f"set {self.name} to {self.value}"


@dataclass(frozen=True, slots=True)
class AddTag:
    tag: str
    since: datetime
    with_message: bool = False
    """A trigger mails somebody that there is a note: without the note it is not set."""

    @property
    def subject(self) -> str:
        return f"tag {self.tag}"

    @property
    def words(self) -> str:
        return f"add the tag {self.tag}"


@dataclass(frozen=True, slots=True)
class RemoveTag:
    tag: str
    since: datetime

    @property
    def subject(self) -> str:
        return f"tag {self.tag}"

    @property
    def words(self) -> str:
        return f"remove the tag {self.tag}"


@dataclass(frozen=True, slots=True)
class SetStatus:
    status: Status
    since: datetime
    custom: str | None = None
    """Our name of a custom status of this category (`Facts.status_ids`); where the account lacks it, the plain one."""

    @property
    def subject(self) -> str:
        return "status"

    @property
    def words(self) -> str:
        return f"set the status to {self.status}"


@dataclass(frozen=True, slots=True)
class AddFollower:
    """An agent follows the ticket, and so is mailed its internal notes, the one of this update included."""

    user_id: int
    since: datetime

    @property
    def subject(self) -> str:
        return f"follower {self.user_id}"

    @property
    def words(self) -> str:
        return f"add user {self.user_id} as a follower"


@dataclass(frozen=True, slots=True)
class Say:
    """One section of a message. It is said once: not if the ticket's history has its key."""

    audience: Audience
    template: str
    key: str
    """`kind:fact:rung`, the fact being an audit id or an instant of the history; never a rule's name."""
    since: datetime
    values: Mapping[str, object] = field(default_factory=dict)
    """For the template; rendered only when the section is really sent."""
    against: str = ""
    """Name of the rule that an agent says was wrong: counted when the section is sent."""
    way: Way = "comment"
    """`trigger`: by a trigger's mail, where the account has the trigger (`Facts.mailers`); else by a comment."""
    enclosures: tuple[Enclosure, ...] = ()
    """Files that go with it; by a comment only."""
    to_all: bool = False
    """One of a campaign: as many are sent as the audience has contacts, so the hourly caps are not for it."""

    @property
    def words(self) -> str:
        return f"tell the {'agents' if self.audience == 'agents' else 'customer'}: {self.template} ({self.key})"


@dataclass(frozen=True, slots=True)
class MergeInto:
    """The ticket is merged into another one. It goes with the `Say` that has its key, and not without it."""

    into: int
    key: str
    since: datetime
    target: Say
    """What agents read on the other ticket. A merge has no metadata, so its key is written nowhere."""
    source: Say
    """What this ticket's requester is told; likewise."""

    @property
    def subject(self) -> str:
        return "merge"

    @property
    def words(self) -> str:
        return f"merge it into #{self.into}"


@dataclass(frozen=True, slots=True)
class MailContacts:
    """Mails outside of Zendesk. They go with the `Say` that has their key, and not without it; at most once."""

    key: str
    post: Post
    since: datetime

    @property
    def subject(self) -> str:
        return f"mails {self.key}"

    @property
    def words(self) -> str:
        return f"mail {len(self.post.to)} contacts"


@dataclass(frozen=True, slots=True)
class SendNotices:
    """The next contacts of a campaign get their notices. Only when everything else on the ticket has been done: what is
    announced there stands there before anybody is mailed."""

    campaign: Campaign
    to: tuple[Person, ...]
    since: datetime

    @property
    def subject(self) -> str:
        return f"notices of {self.campaign.name}"

    @property
    def words(self) -> str:
        return f"create {len(self.to)} notices of {self.campaign.name}"


@dataclass(frozen=True, slots=True)
class OpenTasks:
    """A ticket of type task for each preventive action, each exactly once; for agents only. Like `SendNotices` only
    when everything else on the ticket has been done."""

    tasks: tuple[Task, ...]
    since: datetime

    @property
    def subject(self) -> str:
        return "tasks"

    @property
    def words(self) -> str:
        return f"open {len(self.tasks)} tasks"


Edit = SetField | AddTag | RemoveTag | SetStatus | AddFollower | MergeInto | MailContacts | Say
"""What an update of the ticket itself is made of."""

Action = Edit | SendNotices | OpenTasks
