"""The words of the public status page, in the languages that it speaks."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final

from zdsync.core.status import State
from zdsync.core.writing import Language, typeset


@dataclass(frozen=True, slots=True)
class Words:
    """One language. `{…}` is filled in."""

    name: str
    choose: str
    title: str
    untitled: str
    """Where nothing is known yet."""
    states: Mapping[State, str]
    since: str
    unknown: str
    unknown_text: str
    old: str
    planned: str
    nothing_planned: str
    days: str
    days_hint: str
    day: str
    legend_down: str
    legend_planned: str
    past: str
    nothing_past: str
    figure: str
    target: str
    outage: str
    maintenance: str
    goes_on: str
    fine: str
    down: str
    planned_day: str
    unmeasured: str
    at: str
    times: str


_EN: Final = Words(
    name="English",
    choose="Language",
    title="{product}: status",
    untitled="Service status",
    states={
        "up": "{product} is available",
        "down": "{product} is not available",
        "maintenance": "Maintenance under way",
    },
    since="Since {at}.",
    unknown="Not known yet",
    unknown_text="The state is being determined. Please look again in a few minutes.",
    old="This is how it was then; nothing newer is known.",
    planned="Announced maintenance",
    nothing_planned="None has been announced.",
    days="The last 90 days",
    day="{day}: {what}",
    legend_down="unavailable",
    legend_planned="planned maintenance",
    days_hint="A bar for each day, from midnight to midnight.",
    past="Outages and maintenance of these days",
    nothing_past="There were neither outages nor maintenance.",
    figure="Availability in {month}",
    target="So far this month. The target is {target}; planned maintenance does not count.",
    outage="Outage",
    maintenance="Maintenance",
    goes_on="ongoing",
    fine="available",
    down="unavailable {length}",
    planned_day="planned maintenance {length}",
    unmeasured="not measured",
    at="As known on {at}.",
    times="All times are in {zone}.",
)

_FR: Final = Words(
    name="Français",
    choose="Langue",
    title="{product} : état du service",
    untitled="État du service",
    states={
        "up": "{product} est disponible",
        "down": "{product} n'est pas disponible",
        "maintenance": "Maintenance en cours",
    },
    since="Depuis le {at}.",
    unknown="Pas encore connu",
    unknown_text="L'état est en cours de vérification. Revenez dans quelques minutes.",
    old="C'était l'état à ce moment-là ; rien de plus récent n'est connu.",
    planned="Maintenances annoncées",
    nothing_planned="Aucune n'est annoncée.",
    days="Les 90 derniers jours",
    day="{day} : {what}",
    legend_down="indisponible",
    legend_planned="maintenance planifiée",
    days_hint="Une barre par jour, de minuit à minuit.",
    past="Interruptions et maintenances de ces jours",
    nothing_past="Il n'y a eu ni interruption ni maintenance.",
    figure="Disponibilité en {month}",
    target="À ce jour ce mois-ci. L'objectif est de {target} ; les maintenances planifiées ne comptent pas.",
    outage="Interruption",
    maintenance="Maintenance",
    goes_on="en cours",
    fine="disponible",
    down="indisponible {length}",
    planned_day="maintenance planifiée {length}",
    unmeasured="non mesuré",
    at="État connu le {at}.",
    times="Les heures sont à l'{zone}.",
)

WORDS: Final[Mapping[Language, Words]] = {"en": typeset(_EN, "en"), "fr": typeset(_FR, "fr")}
