"""What the automation `major_incident` can be told, and what its parts share.

On the problem: `outage_sending.py` and `outage_notes.py`, the campaign of the notices; `outage_promises.py`, reminders
of promised updates; `outage_files.py`, updates with files; `outage_end.py`, that it is over, or open again. On others:
`outage_linked.py`, what the linked tickets are told; `outage_merged.py`, where its ticket was merged into another one.
"""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Final, Literal, NamedTuple

from pydantic import Field

from zdsync.core.actions import Action
from zdsync.core.audience import AudienceSettings
from zdsync.core.automation import Case, SettingsModel
from zdsync.core.calendar import Schedule
from zdsync.core.durations import Duration
from zdsync.core.history import Reading
from zdsync.core.incident import Incident, incident
from zdsync.core.incident_promises import Pace
from zdsync.core.rulebook import Rulebook

KIND: Final = "outage"
"""Of its campaigns."""
OUTAGE_TAG: Final = "zdsync_outage"
"""On the problem from the go on, and on its notices."""
LATEST: Final = timedelta(hours=24)
"""So long after its declaration a sending may begin by itself: nobody hears of old ones when the rule is new."""


class Canary(SettingsModel):
    """The first notices, before all others."""

    contacts: int = Field(3, ge=1, le=50, description="how many get theirs first")
    wait: Duration = timedelta(minutes=2)
    """So long after them nothing is sent: what comes back comes back in this time."""


class StopIfFailed(SettingsModel):
    """The sending stops when so many notices were refused or have come back."""

    at_least: int = Field(5, ge=1, description="so many")
    share: float = Field(0.1, gt=0, le=1, description="and so large a part of those that were tried")


class Holding(SettingsModel):
    """What customers are told when agents have let a promise lapse: that it is still worked on."""

    at_most: int = Field(2, ge=1, le=9, description="how often in a row")


class Settings(SettingsModel):
    audience: AudienceSettings = AudienceSettings()
    """Who is told of it."""
    service: str = Field("", max_length=60, description="what is down, as customers call it")
    countdown: Duration | None = timedelta(minutes=5)
    """So long after the note that announces it nothing is sent; null: at once."""
    hold_if_grown: float | None = Field(1.5, ge=1)
    """An audience that is more than so many times the last one's waits for an agent; null: it does not."""
    hold_while_another: bool = True
    """While another major incident is running this one waits for an agent."""
    canary: Canary | None = Canary()
    """null: all at once."""
    stop_if_failed: StopIfFailed = StopIfFailed()
    every: Duration = timedelta(minutes=30)
    """Open time until the next promised update."""
    remind_before: Duration = timedelta(minutes=10)
    """Open time before a promise runs out at which agents are reminded."""
    schedule: str
    """Name of the schedule whose open hours count."""
    p1_after_hours: Literal["business", "calendar"] = "business"
    """`calendar`: promises run day and night."""
    holding: Holding | None = None
    """null: customers hear of a lapse only by the next update."""


def pace(settings: Settings, rulebook: Rulebook) -> Pace:
    schedule = rulebook.schedules[settings.schedule]
    if settings.p1_after_hours == "calendar":
        schedule = Schedule.always(schedule.zone)
    return Pace(settings.every, schedule)


def pace_of(rulebook: Rulebook) -> Pace | None:
    """What the rules promise, for reports; None where none does."""
    found = (rule.settings for rule in rulebook.rules if rule.mode != "off")
    return next((pace(settings, rulebook) for settings in found if isinstance(settings, Settings)), None)


class Word(NamedTuple):
    """What is said beside the campaign and its reminders, and when to look again."""

    actions: tuple[Action, ...] = ()
    wake_at: datetime | None = None


def first_words(one: Incident, service: str, now: datetime) -> dict[str, object]:
    """What whoever is told of it only now has to know, by a notice or by a mail: since when it is down, as agents have
    corrected it, and by when customers hear more; None where nothing is promised, or where that is past."""
    promise = one.promise
    return {
        "service": service,
        "began": one.downs[-1].began if one.downs else one.declared.at,
        "promised": promise.due if promise is not None and promise.due > now else None,
    }


def incident_of(reading: Reading, case: Case, settings: Settings) -> Incident | None:
    """The latest one of a problem, with what these settings promise."""
    return incident(reading, case.rulebook.zone, pace(settings, case.rulebook))
