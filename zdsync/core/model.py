"""The values that decisions are made of and result in: plain, frozen, aware of nothing.

`zendesk/convert.py` makes them from Zendesk's JSON, `evaluate` turns them into a `Plan`, `reconcile.py` carries the
plan out. All instants are aware `datetime`s in UTC; durations are `timedelta`s; ids are ints as in Zendesk's resources
(audit events and webhooks have them as strings: `convert` settles that).
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import TYPE_CHECKING, Literal

from zdsync.core.incident_report import Task
from zdsync.core.incident_sheet import Sheet
from zdsync.core.intake import Found
from zdsync.core.links import Links
from zdsync.core.suspended import Suspended

if TYPE_CHECKING:
    from zdsync.core.told import Linked

Status = Literal["new", "open", "pending", "hold", "solved", "closed", "deleted"]
"""Zendesk's status *category*; with custom statuses on, `custom_status_id` names the exact one.

`deleted` appears in exports only."""

Priority = Literal["urgent", "high", "normal", "low"]
"""P1, P2, P3, P4 of the service policy, in this order."""

FieldValue = str | int | float | bool | tuple[str, ...] | None

Answer = Literal["yes", "bare yes", "no", "thanks", "automatic", "other"]
"""What a comment says as a reply to "is your request completed?" (`core/replies.py`). `bare yes` is one only where that
was asked; `other` is everything that is not clear."""

WorkClass = Literal["p1", "live", "bulk"]
"""Who goes first, in the due index and in the API budget."""


@dataclass(frozen=True, slots=True)
class Ticket:
    """A ticket as `GET /tickets/{id}` gives it, reduced to what decisions need."""

    id: int
    status: Status
    created_at: datetime
    updated_at: datetime
    """Zendesk's stamp, whole seconds. `safe_update` is held against exactly this."""
    requester_id: int
    priority: Priority | None = None
    type: str | None = None
    custom_status_id: int | None = None
    submitter_id: int | None = None
    assignee_id: int | None = None
    group_id: int | None = None
    organization_id: int | None = None
    brand_id: int | None = None
    form_id: int | None = None
    problem_id: int | None = None
    external_id: str | None = None
    due_at: datetime | None = None
    """Of a task."""
    channel: str = "web"
    subject: str = ""
    """Never logged and never stored by us."""
    tags: frozenset[str] = frozenset()
    fields: Mapping[int, FieldValue] = field(default_factory=dict)
    """Custom fields by id."""
    follower_ids: frozenset[int] = frozenset()
    cc_ids: frozenset[int] = frozenset()
    """Who is copied on its mails, without the requester."""
    is_public: bool = True
    """The customer can see it: some comment of it is public."""


@dataclass(frozen=True, slots=True)
class Change:
    """One `Create` or `Change` event of an audit."""

    field: str
    """Zendesk's `field_name`: `status`, `assignee_id`, `tags`… but none that holds text (subjects, custom fields)."""
    value: FieldValue
    previous: FieldValue = None
    """None for a `Create` event, and where Zendesk left it out."""
    by_rule: bool = False
    """A trigger or automation made it inside somebody else's update (`via.channel` is `rule`)."""


@dataclass(frozen=True, slots=True)
class Comment:
    """One comment, without its text."""

    id: int
    author_id: int
    public: bool
    """As of the event; a later `CommentPrivacyChange` does not rewrite it."""
    flags: frozenset[int] = frozenset()
    """Zendesk's trust flags: 4 automatic mail, 2/3/0 author not verified, 11 on behalf of the author."""
    answer: Answer = "other"
    """What a public comment says as a reply. Its text is not kept."""
    command: str = ""
    """What follows `/zdsync` on the first line of an unflagged private comment from Zendesk's screens or API."""
    intake: Found | None = None
    """What a public comment contains of what an intake asks for; None where that was not read, as in what agents open.
    Its instants are as if the writer's clock showed UTC: good for whether, not for when."""
    files: int = 0
    """How many came with it, pictures within the text included."""
    fingerprint: str = ""
    """Of a public comment that does not open the ticket: equal where two say the same (`core/fingerprint.py`)."""
    restricted: bool = False
    """A private comment whose first line says that it is not for the customer, or is a command."""
    undelivered: bool = False
    """Automatic mail which says that one of ours could not be delivered."""


@dataclass(frozen=True, slots=True)
class Audit:
    """One update of the ticket, in Zendesk's order."""

    id: int
    at: datetime
    author_id: int
    channel: str = "web"
    """The audit's `via.channel`: `web`, `api`, `email`, `rule` (an automation by itself)…"""
    changes: tuple[Change, ...] = ()
    comments: tuple[Comment, ...] = ()
    keys: tuple[str, ...] = ()
    """The message keys in the audit's custom metadata. They count only where the author is one of ours."""
    unusable: tuple[str, ...] = ()
    """What could not be read (unknown event types, truncated or redacted parts), in words for `explain`."""
    merged_with: tuple[int, ...] = ()
    """It is part of a merge: the other tickets' ids."""
    problem_id: int | None = None
    """Zendesk did it here because this problem was solved, and copied the comment of that if there was one."""
    fields: frozenset[int] = frozenset()
    """Custom fields that it has set or changed. That it did is kept, not what was written into them."""


@dataclass(frozen=True, slots=True)
class History:
    """The ticket and its audits, oldest first. `core/history.py` reads it."""

    ticket: Ticket
    audits: tuple[Audit, ...]


@dataclass(frozen=True, slots=True)
class Person:
    """Somebody who takes part in a ticket."""

    id: int
    role: Literal["end-user", "agent", "admin"]
    locale: str = "en"
    time_zone: str = "UTC"
    """IANA name."""
    organization_id: int | None = None
    suspended: bool = False
    phone: bool = False
    """A telephone number is known of them; which one is not kept."""
    email: bool = False
    """Likewise an e-mail address."""


@dataclass(frozen=True, slots=True)
class Enclosed:
    """A file that came with a comment. Nobody of us opens or downloads it."""

    name: str
    size: int
    """Bytes."""
    malware: bool
    """Zendesk's scan says so (it takes a moment, and says nothing before)."""


@dataclass(frozen=True, slots=True)
class Mailed:
    """The first comment of a ticket in whole, read when a rule is about to pass it on. Never kept, never logged."""

    text: str = field(repr=False)
    files: tuple[Enclosed, ...] = ()


@dataclass(frozen=True, slots=True)
class Facts:
    """What the history alone does not tell: who we are, who the people are."""

    own_user_ids: frozenset[int]
    """The API user that zdsync writes as, and its predecessors."""
    people: Mapping[int, Person] = field(default_factory=dict)
    field_ids: Mapping[str, int] = field(default_factory=dict)
    """Our name of a custom field (`first_reply_due`) to its id on this account. A name may be missing: then the field
    does not exist there and nothing is written to it."""
    status_ids: Mapping[str, int] = field(default_factory=dict)
    """Our name of a custom status (`awaiting_confirmation`) to its id. A name may be missing, as above: then the plain
    status category serves."""
    links: Links | None = None
    """What links to the confirmation page are made with; without it none are."""
    mails_on_creation: bool | None = None
    """Whether a trigger of the account mails requesters when they have opened a ticket; None: not known."""
    linked: Mapping[int, History] = field(default_factory=dict)
    """Other tickets that an automation wants to know (`Automation.wants`), as far as they exist."""
    found: Mapping[str, Ticket] = field(default_factory=dict)
    """Tickets that we have created, by external id, where an automation seeks them (`Automation.seeks`) and as far as
    they exist."""
    mailed: Mailed | None = None
    """What the ticket began with, where one of `linked` is to have it."""
    has_post: bool = False
    """Whether there is a mail server that mails outside of Zendesk can leave by."""
    mailers: frozenset[str] = frozenset()
    """Names of the texts that an active trigger of ours mails to requesters (`core/mailing.py`)."""
    set_aside: tuple[Suspended, ...] = ()
    """Mail of people that Zendesk has set aside and that names this ticket, the oldest first, as far as it is known."""
    texts: Mapping[int, str] = field(default_factory=dict, repr=False)
    """Public comments of `linked` tickets by id, in words, where they are to be passed on. Never kept, never logged."""
    members: Mapping[int, frozenset[int]] = field(default_factory=dict)
    """The agents of the groups that rules name (`Needs.groups`), by the group's id."""
    told: Linked | None = None
    """What the tickets linked to this problem were told, where a rule asks (`Automation.tells`) and it is all read."""
    reach: Reach | None = None
    """Whom the campaign of this ticket is for, and whom it has reached."""


@dataclass(frozen=True, slots=True)
class Enclosure:
    """A file that goes out with a message."""

    name: str
    content_type: str
    content: bytes | Sheet = field(repr=False)
    """A report is drawn up only when it goes out (`documents.drawn`)."""


@dataclass(frozen=True, slots=True)
class Campaign:
    """A notice to each contact of an audience: what the problem ticket's audits have pinned, so a repeat is equal."""

    name: str
    """`outage-<audit id>`: part of external ids and message keys; the same fact gives the same name."""
    subject: str
    """Name of the text."""
    body: str
    """Likewise."""
    values: Mapping[str, object]
    """For both texts; the reader's `zone` is added."""
    tags: tuple[str, ...] = ()
    enclosures: Mapping[str, Enclosure] = field(default_factory=dict)
    """By the reader's language, `en` for every other one; empty: nothing goes with it."""
    status: Status = "pending"
    """Of the notices: `solved` where nothing is to follow."""


@dataclass(frozen=True, slots=True)
class Reach:
    """Whom a campaign is for and whom it has reached, read from Zendesk where a rule asks (`Automation.reaches`)."""

    contacts: tuple[Person, ...]
    """Everybody of the audience now, by id; suspended users and those without an address are none."""
    told: frozenset[int] = frozenset()
    """Contacts who have a notice of this campaign: the linked tickets are the record."""
    refused: frozenset[int] = frozenset()
    """Contacts for whom Zendesk has refused to create one."""
    bounced: frozenset[int] = frozenset()
    """Those of `told` whose mail program or server has answered that it cannot be delivered."""
    before: int | None = None
    """How many contacts the last campaign of this kind had; None: there was none, or it cannot be told."""
    per_minute: float = 70.0
    """How many notices Zendesk's limits let us send in a minute, people's share left out."""
    updates_per_minute: float = 70.0
    """How many of them can be told something new in a minute, likewise."""
    running: int | None = None
    """Another problem whose campaign of this kind is running, where that was asked for."""
    campaign: str = ""
    """Its name, where it has one yet: two rules may carry on campaigns with one ticket, one after the other."""

    def is_of(self, campaign: str) -> bool:
        """Whether it is not another one's."""
        return self.campaign in ("", campaign)


@dataclass(frozen=True, slots=True)
class Notices:
    """The next notices of a campaign to be created, in this order, each exactly once (`campaign.py`)."""

    campaign: Campaign
    to: tuple[Person, ...]
    rule: str
    since: datetime
    """When what it follows from was pinned (`SendNotices.since`): an instant of the history, the same for a repeat."""


@dataclass(frozen=True, slots=True)
class Tasks:
    """The tasks to be opened for preventive actions, each exactly once (`preventive.py`)."""

    tasks: tuple[Task, ...]
    rule: str
    since: datetime


Audience = Literal["agents", "customer"]

Way = Literal["comment", "trigger"]
"""How a message to the customer leaves: as a public comment of ours, or in a trigger's mail (`core/mailing.py`)."""


@dataclass(frozen=True, slots=True)
class Message:
    """A comment to be posted: an internal note for agents, a public comment for the customer."""

    audience: Audience
    body: str
    enclosures: tuple[Enclosure, ...] = ()

    @property
    def public(self) -> bool:
        """Always sent explicitly: an omitted `public` may mail the customer (api-facts 2.3)."""
        return self.audience == "customer"


@dataclass(frozen=True, slots=True)
class Merge:
    """This ticket is closed and merged into another one, by Zendesk's own job, which copies the files."""

    into: int
    target_comment: str
    """An internal note on the other ticket."""
    source_comment: str
    """A public comment on this one: its requester is told."""


@dataclass(frozen=True, slots=True)
class Post:
    """Mails outside of Zendesk, one to each contact, by a mail server of our own (`post.py`)."""

    name: str
    """Of what they are about: part of each mail's id."""
    subject: str
    """Name of the text."""
    body: str
    """Likewise."""
    values: Mapping[str, object]
    """For both texts; the reader's `zone` is added."""
    to: tuple[Person, ...]


@dataclass(frozen=True, slots=True)
class Update:
    """The content of one `PUT /tickets/{id}`: what differs from what should be, at most one comment, and its keys."""

    status: Status | None = None
    custom_status_id: int | None = None
    fields: Mapping[int, FieldValue] = field(default_factory=dict)
    add_tags: frozenset[str] = frozenset()
    remove_tags: frozenset[str] = frozenset()
    add_followers: frozenset[int] = frozenset()
    message: Message | None = None
    keys: tuple[str, ...] = ()
    rules: tuple[str, ...] = ()
    """Names of the rules that asked for it, in order."""
    words: tuple[str, ...] = ()
    """What it does, each thing in a sentence of its own, for people and logs; never ticket text."""
    tags_of_message: frozenset[str] = frozenset()
    """Those of `add_tags` that go with the message only. Without `message` it is they that make a trigger mail it."""
    against: tuple[str, ...] = ()
    """Names of rules that agents say were wrong, to be counted; each goes with a section of the message."""
    to_all: bool = False
    """What it says is part of a campaign (`actions.Say.to_all`)."""
    merge: Merge | None = None
    """What is asked for once the PUT has been applied: the key in it is the proof that it was, or is about to be."""

    post: Post | None = None
    """What is mailed once the PUT has been applied. The key in it says that it was: nothing of it is mailed again."""

    @property
    def speaks(self) -> bool:
        """Somebody is told something: by the message, or by a trigger's mail, which has keys and tags only."""
        return self.message is not None or bool(self.keys)

    @property
    def is_mailed(self) -> bool:
        """A trigger mails it; afterwards the tags go that only its text has needed."""
        return self.message is None and bool(self.keys)

    @property
    def moves_ticket(self) -> bool:
        """Afterwards everything else has to be decided anew."""
        return self.status is not None or self.custom_status_id is not None or self.merge is not None

    @property
    def is_empty(self) -> bool:
        """Nothing would change: Zendesk would make no audit and drop the metadata (api-facts 2.6)."""
        return not (
            self.status
            or self.custom_status_id
            or self.fields
            or self.add_tags
            or self.remove_tags
            or self.add_followers
            or self.message is not None
        )
