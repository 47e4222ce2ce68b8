"""The contract of an automation: what it is given, what it answers, what `check` may ask of it.

An automation is a value of `Automation`, made at the end of its file in `core/automations/` and listed in
`AUTOMATIONS` there. `evaluate` calls `decide`; `rules/load.py` uses the rest to read and check rule files.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import TYPE_CHECKING, Annotated, Generic, Literal, TypeVar

from pydantic import BaseModel, ConfigDict, StringConstraints

from zdsync.core.actions import Action
from zdsync.core.audience import AudienceSettings
from zdsync.core.model import Audience, Audit, Facts, History

if TYPE_CHECKING:
    from zdsync.core.clocks import Measured
    from zdsync.core.history import Reading
    from zdsync.core.rulebook import Rulebook

S = TypeVar("S", bound=BaseModel)


Tag = Annotated[str, StringConstraints(pattern=r"^[a-z0-9_]+$")]
"""In settings: a ticket's tag, or the beginning of some."""


class SettingsModel(BaseModel):
    """What settings, and parts of them, are made of: unknown keys are faults, and a rulebook does not change."""

    model_config = ConfigDict(extra="forbid", frozen=True)


@dataclass(frozen=True, slots=True)
class Case:
    """Everything that a decision may look at."""

    reading: Reading
    facts: Facts
    rulebook: Rulebook
    now: datetime


@dataclass(frozen=True, slots=True)
class Decision:
    """What an automation wants for one ticket at one moment, and why."""

    outcome: str
    """A short name to count and filter by: `on-time`, `no-priority`, `not-a-request`…"""
    words: str
    """The same for people, one sentence."""
    actions: tuple[Action, ...] = ()
    wake_at: datetime | None = None
    """When this automation may decide otherwise though the ticket has not changed; after `case.now`."""
    clocks: tuple[Measured, ...] = ()
    alone: bool = False
    """The ticket is about to go elsewhere: where the rule is live, no other one does anything to it now."""


@dataclass(frozen=True, slots=True)
class Reaches:
    """What has to be known of a campaign for a decision (`Facts.reach`)."""

    campaign: str
    """Its name; empty while only the audience counts."""
    audience: AudienceSettings
    kind: str
    """`outage`, `maintenance`: campaigns of one kind are compared with one another."""
    tried_again: datetime | None = None
    """An agent wants those whom Zendesk refused before this to be tried again; None: nobody does."""
    asks_for_another: bool = False
    """Whether it matters that another problem's campaign of this kind is running (`Reach.running`)."""
    older_than: tuple[datetime, int] | None = None
    """Only one whose go, by instant and audit, is older than this; None: any."""


@dataclass(frozen=True, slots=True)
class Needs:
    """What settings refer to outside of themselves, for `check`: path in the settings -> name."""

    schedules: Mapping[str, str] = field(default_factory=dict)
    """`{"schedule": "paris"}`"""
    fields: Mapping[str, str] = field(default_factory=dict)
    """Our names of custom fields: `{"fields.resolution": "resolution_due"}`"""
    statuses: Mapping[str, str] = field(default_factory=dict)
    """Our names of custom statuses: `{"status": "awaiting_confirmation"}`"""
    mails_on_creation: bool = False
    """Whether `Facts.mails_on_creation` has to be found out."""
    set_aside: bool = False
    """Whether `Facts.set_aside` has to be found out."""
    long_fields: frozenset[str] = frozenset()
    """Those of `fields` that people write whole paragraphs into."""
    groups: Mapping[str, int] = field(default_factory=dict)
    """Groups whose members count (`Facts.members`): `{"approvers": 360001234}`"""
    by_trigger: Mapping[str, str] = field(default_factory=dict)
    """Texts that a trigger is to mail: `{"as.ask": "intake.ask"}`"""


@dataclass(frozen=True, slots=True)
class Automation(Generic[S]):
    name: str
    """As in YAML."""
    Settings: type[S]
    """With `extra="forbid"`; durations are `durations.Duration`."""
    example: str
    """YAML of the settings block, with comments; a test parses it."""
    decide: Callable[[Case, S], Decision]
    needs: Callable[[S], Needs]
    templates: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    """Name of each text it may say -> the values that the text can use."""
    to_customer: frozenset[str] = frozenset()
    """Those of `templates` that the customer reads; the others are notes for agents."""
    wants: Callable[[History, Facts, datetime], Collection[int]] | None = None
    """The other tickets that `decide` would look at now (`Facts.linked`); each costs calls to Zendesk."""
    passes_on: Literal["opening", "comments"] = "opening"
    """Whose words it needs where some of these exist: this ticket's first comment, since one of them is to have it
    (`Facts.mailed`), or the public comments of those, since this one is to have them (`Facts.texts`)."""
    seeks: Callable[[Case, S], Collection[str]] | None = None
    """External ids of tickets of ours that `decide` would know now (`Facts.found`), asked where one of `wants` exists;
    each costs a call to Zendesk."""
    reaches: Callable[[Case, S], Reaches | None] | None = None
    """The campaign that `decide` would carry on now: whom it is for and whom it has reached is read for it. Asked while
    that is not known (`Facts.reach` is None)."""
    tells: Callable[[Case, S], bool] | None = None
    """Whether it needs to know what the tickets linked to this problem were told (`Facts.told`)."""
    spreads: Callable[[Audit], bool] | None = None
    """Which updates of a problem its linked tickets have to hear of besides those of `notices.is_news`: they are all
    looked at then, so nothing that concerns agents alone."""
    examples: Mapping[str, object] = field(default_factory=dict)
    """Each value of the texts by its name, as it may be: `zdsync preview` shows texts with them, `check` tries them."""

    def audience_of(self, text: str) -> Audience:
        return "customer" if text in self.to_customer else "agents"

    def examples_for(self, text: str) -> Mapping[str, object]:
        """Of the values that this text can use."""
        return {name: self.examples[name] for name in self.templates[text] if name in self.examples}
