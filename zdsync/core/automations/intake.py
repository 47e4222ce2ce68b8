"""Intake check: the customer is asked once, politely, for exactly what their request lacks; agents see what was found.

What the words contain was read when the comments were converted (`intake_reading.py`), in any form and place; fields of
the request form and the requester's profile count as well. Nothing waits for the answer.
"""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping
from datetime import timedelta
from functools import reduce
from typing import Annotated, Final, Literal, NamedTuple, get_args

from pydantic import Field

from zdsync.core.actions import Action, Say
from zdsync.core.arrival import LATEST, NotTheirs, opening
from zdsync.core.automation import Automation, Case, Decision, Needs, SettingsModel, Tag
from zdsync.core.automations import acknowledgement
from zdsync.core.durations import Duration, in_words
from zdsync.core.episode import awaits_confirmation
from zdsync.core.intake import Found, Item, Kind, Place, both, missing
from zdsync.core.mailing import leftovers
from zdsync.core.model import FieldValue, Way

ITEMS: Final[tuple[Item, ...]] = get_args(Item)
_ITEM_WORDS: Final[Mapping[Item, str]] = {
    "phone": "phone number",
    "email": "e-mail address",
    "description": "description of the issue",
    "steps": "steps to reproduce it",
    "when": "date and time of the incident",
    "attachments": "attachments",
}
_PLACE_WORDS: Final[Mapping[Place, str]] = {
    "text": "in the text",
    "signature": "in the signature",
    "quoted": "in a message that they forward",
}
_KIND_WORDS: Final[Mapping[Kind, str]] = {
    "malfunction": "a malfunction",
    "outage": "an outage",
    "request": "a question or request",
}
_IN_FORM: Final = "in the request form"
_ON_PROFILE: Final = "on their profile"


class Ways(SettingsModel):
    """How the question leaves."""

    ask: Way = "comment"


class Settings(SettingsModel):
    ask: Annotated[tuple[Item, ...], Field(min_length=1)] = ITEMS
    """What a request should hold. A phone number or attachments that alone are missing are not asked for."""
    fields: Mapping[Item, str] = {}
    """Fields of the request form that hold an item, by the names given under the account's `fields:`."""
    settle: Duration = timedelta(minutes=2)
    """How long the customer has to add something by themselves; not where an acknowledgement goes out at once."""
    note: Literal["asked", "always", "never"] = "asked"
    """When a note tells the agents what was found: where something is missing, always, or never."""
    exempt_tags: tuple[Tag, ...] = ()
    """Tickets with one of these tags are not looked at."""
    ways: Ways = Field(default=Ways(), alias="as")
    """Whether it is a public comment, or a trigger's mail, which does not count as an agent's reply."""


EXAMPLE: Final = """\
ask: [phone, email, description, steps, when, attachments]
fields: {}                        # of the request form: {phone: phone, when: incident_time}, names from account.yaml
settle: 2m                        # the customer may still add something; an acknowledgement takes it along at once
note: asked                       # or always, never
exempt_tags: []
as: {ask: comment}                # or trigger: by the mail of a trigger, which is no reply for Zendesk's own metrics
"""

TEMPLATES: Final[Mapping[str, tuple[str, ...]]] = {
    "intake.ask": ("reference", "items"),
    "intake.found": ("kind", "found", "missing", "asked", "urgent"),
}
"""`items`: `phone`, `email`, `description`, `steps`, `when`, `attachments`. `found`: each with `item` and `where` in
words; `missing`: the items in words."""

EXAMPLES: Final[Mapping[str, object]] = {
    "reference": 4711,
    "items": ["phone", "steps", "when"],
    "kind": "a malfunction",
    "found": [{"item": "description of the issue", "where": "in the text"}],
    "missing": ["phone number", "steps to reproduce it", "date and time of the incident"],
    "asked": True,
    "urgent": False,
}


def needs(settings: Settings) -> Needs:
    return Needs(
        fields={f"fields.{item}": name for item, name in settings.fields.items()},
        by_trigger={"as.ask": "intake.ask"} if settings.ways.ask == "trigger" else {},
    )


class _Known(NamedTuple):
    """What there is before an agent answers."""

    words: Found
    """In all that came from the customer's side."""
    files: int
    elsewhere: Mapping[Item, str]
    """What is known without their words, and where."""


def decide(case: Case, settings: Settings) -> Decision:
    """At most one question and one note. Pure; `case.now` in account time."""
    reading, created = case.reading, case.reading.ticket.created_at
    ask_key = f"intake:{reading.creation_id}"
    if ask_key in reading.keys:
        return Decision("asked", "the customer was asked for what is missing", leftovers(case, "intake.ask"))
    if reading.ticket.status == "solved":
        return Decision("solved", "the ticket is solved: nothing more is asked")
    if awaits_confirmation(reading.ticket):
        return Decision("awaiting", "the customer is asked whether it is completed, and nothing else")
    if reading.first_reply is not None:
        return Decision("answered", "an agent has answered, and asks for what they need")
    if case.now > created + LATEST:
        return Decision("too-late", f"it came in more than {in_words(LATEST)} ago: too late for a question")
    try:
        first = opening(case, settings.exempt_tags)
    except NotTheirs as error:
        return Decision(error.outcome, error.words)
    if first.intake is None:
        return Decision("unread", "the first words could not be read")

    known = _known(case, settings, first.intake)
    lacks = missing(
        known.words, attachments=known.files > 0, form={*known.elsewhere, *(set(ITEMS) - set(settings.ask))}
    )
    urgent = reading.ticket.priority == "urgent"
    asks = bool(lacks) and not urgent
    if not lacks and settings.note != "always":
        return Decision("complete", "nothing is missing that would be asked for")
    ask_at = created + settings.settle
    if case.now < ask_at and not (asks and acknowledgement.goes_out(case)):
        return Decision("settling", "the customer may still add something", wake_at=ask_at)
    actions: list[Action] = []
    if settings.note == "always" or (lacks and settings.note == "asked"):
        values = {
            "kind": _KIND_WORDS[known.words.kind],
            "found": [{"item": _ITEM_WORDS[item], "where": where} for item, where in _found(known)],
            "missing": [_ITEM_WORDS[item] for item in lacks],
            "asked": asks,
            "urgent": urgent,
        }
        actions.append(Say("agents", "intake.found", f"found:{reading.creation_id}", created, values))
    if asks:
        asked = {"reference": reading.ticket.id, "items": list(lacks)}
        actions.append(Say("customer", "intake.ask", ask_key, created, asked, way=settings.ways.ask))
        actions += leftovers(case, "intake.ask")
        words = ", ".join(_ITEM_WORDS[item] for item in lacks)
        return Decision("asking", f"the customer is asked for: {words}", tuple(actions))
    if lacks:
        return Decision("urgent", "something is missing, but nobody is asked about an urgent ticket", tuple(actions))
    return Decision("complete", "nothing is missing that would be asked for", tuple(actions))


def _known(case: Case, settings: Settings, first: Found) -> _Known:
    theirs = [said for said in case.reading.comments if said.public and said.by in ("requester", "other")]
    theirs = [said for said in theirs if not said.automatic]
    later = [said.intake for said in theirs if said.intake and not said.at_creation]
    person = case.facts.people[case.reading.ticket.requester_id]
    profile: tuple[tuple[Item, bool], ...] = (("phone", person.phone), ("email", person.email))
    elsewhere = {item: _ON_PROFILE for item, has in profile if has}
    elsewhere |= dict.fromkeys(_in_form(case, settings.fields), _IN_FORM)
    return _Known(reduce(both, later, first), sum(said.files for said in theirs), elsewhere)


def _in_form(case: Case, fields: Mapping[Item, str]) -> Collection[Item]:
    """The items whose field is filled in."""
    ids, values = case.facts.field_ids, case.reading.ticket.fields
    return [item for item, name in fields.items() if name in ids and _is_filled(values.get(ids[name]))]


def _is_filled(value: FieldValue) -> bool:
    return bool(value.strip() if isinstance(value, str) else value)


def _found(known: _Known) -> Iterator[tuple[Item, str]]:
    """Each item that there is, and where, in the policy's order."""
    words = known.words
    places: Mapping[Item, Place | None] = {
        "phone": words.phone,
        "email": words.email,
        "description": words.description,
        "steps": words.steps,
        "when": words.when_in if words.when else None,
    }
    for item in ITEMS:
        place = places.get(item)
        if item == "attachments" and known.files:
            yield item, f"{known.files} file{'s' if known.files > 1 else ''}"
        elif item in known.elsewhere:
            yield item, known.elsewhere[item]
        elif place:
            unsure = ", though day and month may be the other way round" if item == "when" and _is_unsure(words) else ""
            yield item, f"{_PLACE_WORDS[place]}{unsure}"


def _is_unsure(words: Found) -> bool:
    return words.when is not None and words.when.ambiguous


INTAKE: Final = Automation(
    name="intake",
    Settings=Settings,
    example=EXAMPLE,
    decide=decide,
    needs=needs,
    templates=TEMPLATES,
    to_customer=frozenset({"intake.ask"}),
    examples=EXAMPLES,
)
