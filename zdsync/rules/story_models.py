"""What may stand in `stories/*.yaml`: a ticket, what people do, what is expected of zdsync, what must never happen.

`rules/stories.py` reads them, `zdsync/stories/` plays them. The JSON Schema comes from here as well.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Annotated, Any, Final, Literal, get_args

from pydantic import AfterValidator, BeforeValidator, ConfigDict, Field, WithJsonSchema, model_validator

from zdsync.core.model import Priority
from zdsync.rules.findings import Fault
from zdsync.rules.models import Entry, Name, ZoneName
from zdsync.rules.story_times import WrittenTime

Who = Literal["customer", "colleague", "agent", "other agent", "admin", "automation"]
"""`colleague`: another user of the customer's organisation, who is in copy. `automation`: one of the account's own."""
Agent = Literal["agent", "other agent", "admin"]
Channel = Literal["web", "email", "api", "mobile"]
Locale = Literal["en", "fr"]
Answer = Literal["yes", "no"]
Which = Literal["story", "mail", "notice"]
"""The story's own ticket, the one that somebody mails in it, or the notice of it that the colleague gets."""
NUMBER: Final = "{number}"
"""In the subject of a mail: that of the story's own ticket."""
ANY: Final = "any"
NONE: Final = "none"
OTHERS: Final = "others"


def _texts(written: object) -> object:
    """One text is a list of one."""
    return [written] if isinstance(written, str) else written


def _some(texts: tuple[str, ...]) -> tuple[str, ...]:
    if not texts or not all(text.strip() for text in texts):
        raise Fault("there is nothing in it", "write a text, or a list: [one, two]")
    return texts


Texts = Annotated[
    tuple[str, ...],
    BeforeValidator(_texts),
    AfterValidator(_some),
    WithJsonSchema(
        {
            "anyOf": [{"type": "string"}, {"type": "array", "items": {"type": "string"}}],
            "examples": ["one", "[one, two]"],
        }
    ),
]


def _tags(tags: tuple[str, ...]) -> tuple[str, ...]:
    spaced = next((tag for tag in tags if any(sign.isspace() for sign in tag)), None)
    if spaced:
        raise Fault(f"`{spaced}` is no tag: a tag has no spaces", f"write [{', '.join(spaced.split())}]")
    return tags


Tags = Annotated[Texts, AfterValidator(_tags)]


def _button(written: object) -> object:
    """YAML reads a bare yes or no as true or false."""
    return {True: "yes", False: "no"}.get(written, written) if isinstance(written, bool) else written


Button = Annotated[Answer, BeforeValidator(_button), WithJsonSchema({"enum": ["yes", "no", True, False]})]


class TicketEntry(Entry):
    """The ticket as it is opened."""

    at: WrittenTime = Field(description="date and time in the story's zone", examples=["Mon 2026-11-23 09:00"])
    by: Literal["customer", "agent"] = Field("customer", description="who opens it; an agent does so for the customer")
    subject: str = Field("A request", min_length=1)
    text: str = Field("Please add a colleague to our study.", min_length=1, description="the first comment")
    locale: Locale = Field("en", description="the customer's language")
    channel: Channel = Field("web", description="how it comes: web is the request form")
    priority: Priority | None = None
    type: Literal["question", "incident", "problem", "task"] | None = None
    assign: Agent | None = Field(None, description="whom it is assigned to")
    tags: Tags = Field((), description="tags that it has from the beginning")
    fields: dict[Name, str] = Field({}, description="custom fields, by our names in account.yaml")


_MATCHERS: Final = ("note", "customer", "mail", "status", "priority", "assignee", "tag", "no_tag", "field")


class Wanted(Entry):
    """What can be looked for: messages of zdsync, and how the ticket is."""

    ticket: Which = Field(
        "story",
        description="mail: the ticket that somebody has mailed in this story; notice: the colleague's of a campaign",
    )
    note: Texts = Field((), description="internal notes, by the names of their texts; or any", examples=["any"])
    customer: Texts = Field((), description="messages to the customer, likewise", examples=["any"])
    words: Texts = Field((), description="words of that message")
    mail: Literal["agents"] | None = Field(None, description="an e-mail of zdsync's triggers to the ticket's group")
    status: str | None = Field(None, description="open, pending…, or a custom status by our name", examples=["pending"])
    priority: Priority | Literal["none"] | None = None
    assignee: Agent | Literal["nobody"] | None = None
    tag: Tags = Field((), description="tags that it has")
    no_tag: Tags = Field((), description="tags that it has not")
    field: dict[Name, str | None] = Field({}, description="custom fields, by our names; null is empty")

    @property
    def is_message(self) -> bool:
        return bool(self.note or self.customer)

    @property
    def is_state(self) -> bool:
        return bool(self.status or self.priority or self.assignee or self.tag or self.no_tag or self.field)

    @property
    def names(self) -> Iterator[tuple[str, str]]:
        """(key, name) of every text that is named."""
        yield from (("note", name) for name in self.note)
        yield from (("customer", name) for name in self.customer)

    @model_validator(mode="after")
    def _says_something(self) -> Wanted:
        if not (self.is_message or self.mail or self.is_state or getattr(self, "nothing", False)):
            raise Fault("nothing is looked for here", f"write one of: {', '.join(_MATCHERS)}")
        if self.words and not self.is_message:
            raise Fault("`words` of what?", "write note: or customer: beside it")
        return self


class ExpectEntry(Wanted):
    """All of it has to be so."""

    times: int | None = Field(None, ge=1, description="how many such messages; without it one at least")
    nothing: Literal[True] | None = Field(None, description="zdsync changes and says nothing; or `expect: nothing`")

    @model_validator(mode="before")
    @classmethod
    def _nothing_at_all(cls, data: Any) -> Any:
        return {"nothing": True} if data == "nothing" else data

    @model_validator(mode="after")
    def _not_both(self) -> ExpectEntry:
        if self.nothing and (self.is_message or self.mail or self.is_state):
            raise Fault("nothing is expected, and something", "write `expect: nothing`, or what is expected")
        if self.times and not self.is_message:
            raise Fault("`times` counts messages", "write note: or customer: beside it")
        if OTHERS in (*self.note, *self.customer):
            raise Fault("`others` is for `never`: messages that nothing expects", "write the text's name, any or none")
        return self


class NeverEntry(Wanted):
    """Must not be so at any moment, or within a time."""

    since: WrittenTime | None = Field(None, alias="from", description="without it: from the beginning")
    until: WrittenTime | None = Field(None, description="without it: to the end")

    @model_validator(mode="after")
    def _one_kind(self) -> NeverEntry:
        if (self.is_message, bool(self.mail), self.is_state).count(True) > 1:
            raise Fault("several kinds of things in one line", "write a line for each")
        if NONE in (*self.note, *self.customer):
            raise Fault("never none?", "write any, others, or the text's name")
        return self


_ACTS: Final = (
    *("says", "notes", "status", "priority", "type", "assign", "add_tags", "remove_tags", "fields", "link", "mails"),
    *("incident_of", "automatic", "channel", "lost_webhook", "files", "set_aside"),
)
_BESIDE: Final = frozenset({"automatic", "channel", "lost_webhook", "files", "set_aside"})
"""How something is done; by themselves they do nothing."""
_OF_STAFF: Final = ("notes", "priority", "type", "assign", "add_tags", "remove_tags", "fields", "incident_of")


class StepEntry(Entry):
    """A moment: somebody does something (one update), and what is expected of zdsync then."""

    at: WrittenTime | None = Field(None, description="without it: at the time of the line above")
    by: Who | None = Field(None, description="who does it")
    says: str | None = Field(None, min_length=1, description="a public comment; the customer's comes by e-mail")
    notes: str | None = Field(
        None, min_length=1, description="an internal note; its first line may be a /zdsync command"
    )
    status: str | None = Field(None, description="open, pending, hold, solved, or a custom status by our name")
    priority: Priority | None = None
    type: Literal["question", "incident", "problem", "task"] | None = None
    assign: Agent | Literal["nobody"] | None = None
    add_tags: Tags = ()
    remove_tags: Tags = ()
    fields: dict[Name, str] = Field({}, description="custom fields, by our names in account.yaml")
    on: Which = Field(
        "story",
        description="mail: it is done to the ticket that somebody has mailed; notice: to the colleague's of a campaign",
    )
    incident_of: Literal["story"] | None = Field(
        None, description="with `on: mail`: that ticket is linked to the story's own one, as an incident of it"
    )
    automatic: bool = Field(False, description="sent by a mail program: out of office")
    channel: Channel | None = Field(None, description="web, email, api or mobile")
    lost_webhook: bool = Field(False, description="Zendesk's call to zdsync gets lost; the poll finds the change")
    link: Button | None = Field(
        None, description="the button that is pressed on the page of the last link; `says` is what is typed there"
    )
    mails: str | None = Field(
        None,
        min_length=1,
        description="a new ticket by e-mail, with this subject; {number} is that of the story's own ticket",
        examples=["Files for [#{number}]"],
    )
    files: Texts = Field((), description="names of files that come with what is said or mailed")
    set_aside: bool = Field(False, description="Zendesk sets the mail aside: it becomes no ticket and no comment")
    expect: ExpectEntry | None = Field(None, description="what zdsync does then: a mapping, or nothing")
    until: WrittenTime | None = Field(None, description="by when it has happened; without it: within the minute")

    @property
    def is_staff(self) -> bool:
        return self.by in get_args(Agent)

    @model_validator(mode="after")
    def _is_a_step(self) -> StepEntry:
        acts = self._done
        if self.by is None and acts:
            raise Fault(f"nobody does this ({', '.join(acts)})", f"write by: {', '.join(get_args(Who))}")
        if self.by is None and self.expect is None:
            raise Fault("nothing happens and nothing is expected here", "write by: … and what is done, or expect: …")
        if self.by is not None and not set(acts) - _BESIDE:
            raise Fault(f"the {self.by} does nothing", f"write one of: {', '.join(_ACTS[: -len(_BESIDE)])}")
        if self.until is not None and self.expect is None:
            raise Fault("`until` belongs to `expect`", "write expect: … beside it, or remove it")
        if self.says and self.notes:
            raise Fault("an update has one comment", "write says: or notes:, and the other one in a step of its own")
        wrong = [name for name in _OF_STAFF if getattr(self, name)] if self.by in ("customer", "colleague") else []
        if wrong:
            raise Fault(f"a {self.by} cannot do this: {', '.join(wrong)}", "write by: agent, or what customers can do")
        self._is_by_mail_or_link()
        if self.by == "automation" and (self.says or self.notes):
            raise Fault("an automation writes no comment", "write what it changes: status, priority or tags")
        return self

    def _is_by_mail_or_link(self) -> None:
        """What is beside a button, a mail or a file. Raises `Fault`."""
        by_customer = self.by in ("customer", "colleague")
        if self.link and (not by_customer or {*self._done} - {"link", "says", "lost_webhook"}):
            raise Fault("a button of the page is pressed alone", "write by: customer, link: yes, and perhaps says: …")
        if self.mails and (not by_customer or {*self._done} - {"mails", "says", *_BESIDE}):
            raise Fault("a mail has a subject, a text and files", "write by: customer, mails: …, says: … and files: …")
        if self.set_aside and not (by_customer and (self.mails or self.says)):
            raise Fault("there is no mail that could be set aside", "write by: customer and mails: …, or says: …")
        if self.incident_of and self.on != "mail":
            raise Fault("only a ticket that was mailed can be linked to the story's own one", "write on: mail")
        if self.files and not (self.mails or self.says or self.notes):
            raise Fault("the files come with nothing", "write says: … or mails: … beside them")

    @property
    def _done(self) -> list[str]:
        return [name for name in _ACTS if getattr(self, name)]


class AccountEntry(Entry):
    """How the account of the story differs from one that zdsync has prepared."""

    custom_statuses: bool = Field(True, description="false: the account has no custom statuses, only plain ones")
    provisioned: bool = Field(True, description="false: the triggers of `zdsync provision` are not there")
    received_mail: bool = Field(True, description="false: no trigger mails customers when they have opened a ticket")


def _steps(steps: tuple[StepEntry, ...]) -> tuple[StepEntry, ...]:
    """Not `min_length`, which does not count those with a fault."""
    if not steps:
        raise Fault("there is no step", "write `- {at: 10:00, by: agent, says: …}`")
    if sum(bool(step.mails and not step.set_aside) for step in steps) > 1:
        raise Fault("two mails become tickets here", "write a story for each")
    return steps


class StoryEntry(Entry):
    model_config = ConfigDict(extra="forbid", frozen=True)

    story: Name = Field(description="what it is about, in a few words", examples=["A P2 is answered late"])
    rules: Texts = Field((), description="only these rules, by name; without it all that are not off")
    settings: dict[Name, dict[str, Any]] = Field(
        {},
        description="settings of rules, by the rules' names, that are other ones in this story",
        examples=[{"Open until the customer confirms": {"link": True}}],
    )
    zone: ZoneName | None = Field(None, description="of the times; without it that of the first schedule")
    account: AccountEntry = AccountEntry()
    ticket: TicketEntry
    steps: Annotated[tuple[StepEntry, ...], AfterValidator(_steps)] = Field(
        description="in the order of time", json_schema_extra={"minItems": 1}
    )
    never: tuple[NeverEntry, ...] = Field((), description="what must not happen at any time")
    until: WrittenTime | None = Field(
        None, description="how long is looked on; without it until the last line's minute"
    )
