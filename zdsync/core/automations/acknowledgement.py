"""Acknowledgement: the customer is told that the request has come in, and what to expect once it has a priority.

Both once: the reference number at the creation, unless a trigger of the account does that; the targets when an agent
has set the priority and it has stood still, and again when it is another one. What is due when is worked out by
`sla_targets`, so that customers read what agents see.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import UTC, datetime, timedelta
from typing import Final, Literal, NamedTuple

from pydantic import Field

from zdsync.core.actions import Say
from zdsync.core.arrival import LATEST, NotTheirs, opening
from zdsync.core.automation import Automation, Case, Decision, Needs, SettingsModel, Tag
from zdsync.core.automations import sla_targets
from zdsync.core.durations import Duration, in_words
from zdsync.core.episode import awaits_confirmation
from zdsync.core.mailing import leftovers
from zdsync.core.model import Way
from zdsync.core.when import check


class Ways(SettingsModel):
    """How each message leaves."""

    received: Way = "comment"
    targets: Way = "comment"
    """No trigger can say when something is due on the reader's clock: `check` refuses the other one."""


class Settings(SettingsModel):
    schedule: str
    """Name of the schedule whose open hours tell whether support is closed now."""
    send: Literal["auto", "always", "never"] = "auto"
    """The reference number. `auto`: unless a trigger of the account mails requesters when they have opened a ticket."""
    targets: bool = True
    """Whether the targets are told: those of the `sla_targets` rule that is about the ticket."""
    settle: Duration = timedelta(minutes=10)
    """How long a priority has to stand still before its targets are told."""
    exempt_tags: tuple[Tag, ...] = ()
    """Tickets with one of these tags are told nothing."""
    ways: Ways = Field(default=Ways(), alias="as")
    """Whether a message is a public comment, or a trigger's mail, which does not count as an agent's reply."""


EXAMPLE: Final = """\
schedule: paris
send: auto                        # the number; always, or never; auto: unless a trigger of the account does it
targets: true                     # when first reply and resolution are due, once an agent has set the priority
settle: 10m                       # so long the priority stands still before that
exempt_tags: []
as: {received: comment}           # or trigger: by the mail of a trigger, which is no reply for Zendesk's own metrics
"""

TEMPLATES: Final[Mapping[str, tuple[str, ...]]] = {
    "acknowledgement.received": ("reference", "targets", "opens", "zone"),
    "acknowledgement.targets": ("reference", "priority", "changed", "promises", "resumes", "pauses", "zone"),
}
"""`opens`, `resumes`: when support opens, or None while it is open. `promises`: what is ahead, each with `metric`
(`first reply`, `resolution`) and `due`. `changed`: other targets were told before. `zone` is the reader's."""

EXAMPLES: Final[Mapping[str, object]] = {
    "reference": 4711,
    "targets": True,
    "opens": datetime(2026, 11, 24, 8, 0, tzinfo=UTC),
    "zone": "Europe/Paris",
    "priority": "high",
    "changed": False,
    "promises": [
        {"metric": "first reply", "due": datetime(2026, 11, 24, 10, 0, tzinfo=UTC)},
        {"metric": "resolution", "due": datetime(2026, 11, 24, 16, 0, tzinfo=UTC)},
    ],
    "resumes": datetime(2026, 11, 24, 8, 0, tzinfo=UTC),
    "pauses": True,
}


def needs(settings: Settings) -> Needs:
    ways = {"as.received": settings.ways.received, "as.targets": settings.ways.targets}
    return Needs(
        schedules={"schedule": settings.schedule},
        mails_on_creation=settings.send == "auto",
        by_trigger={path: f"acknowledgement.{path[3:]}" for path, way in ways.items() if way == "trigger"},
    )


class _Part(NamedTuple):
    """What one of the two messages comes to."""

    outcome: str
    words: str
    say: Say | None = None
    wake_at: datetime | None = None


def decide(case: Case, settings: Settings) -> Decision:
    """At most the two messages, which become one if both are due. Pure; `case.now` in account time."""
    if case.reading.ticket.status == "solved":
        return Decision("solved", "the ticket is solved: nothing more is announced")
    if awaits_confirmation(case.reading.ticket):
        words = "the customer is asked whether it is completed: nothing is announced"
        return Decision("awaiting", words, leftovers(case, "acknowledgement.received"))
    received, targets = _received(case, settings), _targets(case, settings)
    parts = [part for part in (received, targets) if part]
    told = [part for part in parts if part.say] or parts[-1:]
    if any(part.say or part.wake_at for part in parts):  # whose ticket it is takes longer to find out
        try:
            opening(case, settings.exempt_tags)
        except NotTheirs as error:
            return Decision(error.outcome, error.words)
    return Decision(
        told[-1].outcome,
        "; ".join(part.words for part in told),
        (*(part.say for part in told if part.say), *leftovers(case, "acknowledgement.received")),
        targets.wake_at if targets else None,
    )


def goes_out(case: Case) -> bool:
    """Whether a live rule acknowledges the ticket right now: what else is to be asked then goes into the same message.

    Of rules in shadow this holds where none is live, as in `sla_targets.promised`.
    """
    rules = case.rulebook.rules
    mode = "live" if any(rule.mode == "live" for rule in rules) else "shadow"
    return any(
        say.key == _key(case) and say.key not in case.reading.keys
        for rule in rules
        if rule.mode == mode and isinstance(rule.settings, Settings)
        if check(rule.when, case.reading.ticket, case.facts.field_ids).held
        for say in decide(case, rule.settings).actions
        if isinstance(say, Say) and say.since >= case.rulebook.live_since
    )


def _key(case: Case) -> str:
    return f"ack:{case.reading.creation_id}"


def _received(case: Case, settings: Settings) -> _Part:
    reading, created = case.reading, case.reading.ticket.created_at
    if _key(case) in reading.keys:
        return _Part("acknowledged", "the customer was told that it has come in")
    if settings.send == "never":
        return _Part("switched-off", "by its settings the rule acknowledges nothing")
    if reading.first_reply is not None:
        return _Part("answered", "an agent has answered, which tells the customer as much")
    if case.now > created + LATEST:
        return _Part("too-late", f"it came in more than {in_words(LATEST)} ago: too late for an acknowledgement")
    if settings.send == "auto" and case.facts.mails_on_creation is None:
        return _Part("unclear", "whether a trigger of the account acknowledges is not known, so nothing is said")
    if settings.send == "auto" and case.facts.mails_on_creation:
        return _Part("left-to-a-trigger", "a trigger of the account has told the customer that it has come in")
    values = {
        "reference": reading.ticket.id,
        "targets": settings.targets,
        "opens": _opens(case, settings),
        "zone": _zone(case),
    }
    say = Say("customer", "acknowledgement.received", _key(case), created, values, way=settings.ways.received)
    return _Part("acknowledging", "the customer is told that it has come in", say)


def _targets(case: Case, settings: Settings) -> _Part | None:
    """None while there is nothing to be told."""
    current = case.reading.timeline("priority")[-1]
    if not settings.targets or current.value is None:
        return None
    tell_at = current.since + settings.settle
    if case.now > tell_at + LATEST:
        return _Part("too-late", f"the priority was set more than {in_words(LATEST)} ago: its targets are not told")
    told = _told(case)
    if told == current.value:
        return _Part("promised", f"the customer knows the targets of priority {told}")
    if current.audit_id not in case.reading.set_by_staff("priority", current.value):
        return _Part("not-by-an-agent", "no agent has set the priority, so no targets are told")
    if case.now < tell_at:
        return _Part("settling", "the priority may still change", wake_at=tell_at)
    promised = sla_targets.promised(case)
    if promised is None or not promised.standings:
        return _Part("nothing-ahead", "no target is ahead and running")
    values = {
        "reference": case.reading.ticket.id,
        "priority": current.value,
        "changed": told is not None,
        "promises": [{"metric": one.words, "due": one.due.at} for one in promised.standings],
        "resumes": promised.resumes,
        "pauses": promised.pauses,
        "zone": _zone(case),
    }
    say = Say("customer", "acknowledgement.targets", f"promise:{current.audit_id}", current.since, values)
    return _Part("promising", f"the customer is told the targets of priority {current.value}", say)


def _told(case: Case) -> object:
    """The priority whose targets the customer was told last; None if never."""
    ids = [int(key.split(":")[1]) for key in case.reading.keys if key.startswith("promise:")]
    spans = {span.audit_id: span.value for span in case.reading.timeline("priority")}
    return spans.get(max(ids)) if ids else None


def _opens(case: Case, settings: Settings) -> datetime | None:
    schedule = case.rulebook.schedules[settings.schedule]
    return None if schedule.is_open(case.now) else schedule.next_open(case.now)


def _zone(case: Case) -> str:
    """The reader's."""
    person = case.facts.people.get(case.reading.ticket.requester_id)
    return person.time_zone if person else "UTC"


ACKNOWLEDGEMENT: Final = Automation(
    name="acknowledgement",
    Settings=Settings,
    example=EXAMPLE,
    decide=decide,
    needs=needs,
    templates=TEMPLATES,
    to_customer=frozenset(TEMPLATES),
    examples=EXAMPLES,
)
