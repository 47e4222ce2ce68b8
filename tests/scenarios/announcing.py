"""An automation that exists for these tests only: it announces a problem to everybody, as an outage is announced.

A problem with the tag `announce` gets a note that pins how many are told; then their notices are created; then a note
says so. What its agents write in public afterwards is passed on to each notice once.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping
from datetime import datetime
from typing import Any, Final

from pydantic import Field

from tests.builders import shipped_texts
from tests.scenarios.world import live_rulebook
from zdsync.core.actions import Say, SendNotices
from zdsync.core.audience import AudienceSettings
from zdsync.core.automation import Automation, Case, Decision, Needs, Reaches, SettingsModel
from zdsync.core.history import Reading
from zdsync.core.model import Campaign, Enclosure, Facts, History
from zdsync.core.rulebook import Rule, Rulebook, Source
from zdsync.core.templates import Templates
from zdsync.core.when import EVERY_TICKET

TAG: Final = "announce"
STOPPED: Final = "announce_stopped"

TEXTS: Final[Mapping[str, str]] = {
    "announcing.go/en": "{{ count }} contacts are told.",
    "announcing.done/en": "All are told, but {{ refused }}.",
    "announcing.subject/en": "Outage of {{ system }}",
    "announcing.subject/fr": "Panne de {{ system }}",
    "announcing.body/en": "Since {{ began | local }}.",
    "announcing.body/fr": "Depuis {{ began | local }}.",
    "announcing.update/en": "{{ words }}",
}


class Settings(SettingsModel):
    audience: AudienceSettings = Field(AudienceSettings())
    file: bool = False


def _go(reading: Reading) -> tuple[str, int, datetime] | None:
    """The campaign's name, how many were counted, and when."""
    for key, audit in reading.said_in.items():
        if key.startswith("outage:"):
            return f"outage-{audit.id}", int(key.rpartition(":")[2]), audit.at
    return None


def reaches(case: Case, settings: Settings) -> Reaches | None:
    if TAG not in case.reading.ticket.tags or case.reading.ticket.type != "problem":
        return None
    go = _go(case.reading)
    return Reaches(go[0] if go else "", settings.audience, "outage")


def wants(history: History, facts: Facts, now: datetime) -> Collection[int]:
    ticket = history.ticket
    return (ticket.problem_id,) if ticket.problem_id and Reading(history, facts).kind == "notice" else ()


def decide(case: Case, settings: Settings) -> Decision:
    reading, reach = case.reading, case.facts.reach
    if reading.kind == "notice":
        return _relay(case)
    if reach is None:
        return Decision("not-announced", "nothing is announced")
    go = _go(reading)
    if go is None:
        count = len(reach.contacts)
        key = f"outage:{reading.creation_id}:go:{count}"
        said = Say("agents", "announcing.go", key, reading.ticket.created_at, {"count": count})
        return Decision("go", "everybody is to be told", (said,))
    name, _, at = go
    left = tuple(each for each in reach.contacts if each.id not in reach.told | reach.refused)
    if STOPPED in reading.ticket.tags:
        return Decision("stopped", "an agent has stopped it")
    if left:
        values = {"system": "the export", "began": reading.ticket.created_at}
        files = {"en": Enclosure("note.txt", "text/plain", b"What happens now.")} if settings.file else {}
        campaign = Campaign(name, "announcing.subject", "announcing.body", values, ("told",), files)
        return Decision("telling", f"{len(left)} are not told yet", (SendNotices(campaign, left, at),))
    key = f"all:{name.removeprefix('outage-')}:told"
    return Decision(
        "told", "all are told", (Say("agents", "announcing.done", key, at, {"refused": len(reach.refused)}),)
    )


def _relay(case: Case) -> Decision:
    reading = case.reading
    problem = case.facts.linked.get(reading.ticket.problem_id or 0)
    if problem is None:
        return Decision("alone", "its problem is not known")
    actions = tuple(
        Say("customer", "announcing.update", f"relay:{said.comment_id}", said.at, {"words": text}, to_all=True)
        for said in Reading(problem, case.facts).comments
        if said.by == "staff"
        and said.public
        and not said.at_creation
        and said.at > reading.ticket.created_at
        and (text := case.facts.texts.get(said.comment_id))
    )
    return Decision("relays", "what its problem says is passed on", actions)


ANNOUNCING: Final = Automation(
    name="announcing",
    Settings=Settings,
    example="file: false\n",
    decide=decide,
    needs=lambda settings: Needs(),
    templates={
        "announcing.go": ("count",),
        "announcing.done": ("refused",),
        "announcing.subject": ("system",),
        "announcing.body": ("began",),
        "announcing.update": ("words",),
    },
    to_customer=frozenset({"announcing.subject", "announcing.body", "announcing.update"}),
    wants=wants,
    passes_on="comments",
    reaches=reaches,
)


def announcing(**settings: Any) -> Rule:
    """A live rule of it, for every ticket."""
    made = Settings.model_validate(settings)
    return Rule("announcing", ANNOUNCING, made, "live", EVERY_TICKET, Source("rules/announcing.yaml", 1))


def announcing_rulebook(**changes: Any) -> Rulebook:
    """That rule alone, with its texts; `settings` are the rule's."""
    rule = announcing(**changes.pop("settings", {}))
    return live_rulebook(**{"rules": (rule,), "templates": Templates({**shipped_texts(), **TEXTS}), **changes})
