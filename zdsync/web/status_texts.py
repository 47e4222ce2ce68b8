"""The words of the public status page, in the languages that it speaks."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final

from zdsync.core.status import State
from zdsync.reports.availability_words import Language


@dataclass(frozen=True, slots=True)
class Words:
    """One language. `{…}` is filled in."""

    name: str
    choose: str
    title: str
    states: Mapping[State, str]
    since: str
    unknown: str
    unknown_text: str
    old: str
    planned: str
    nothing_planned: str
    days: str
    days_hint: str
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


_EN: Final = Words(
    name="English",
    choose="Language",
    title="{product}: status",
    states={
        "up": "{product} is available",
        "down": "{product} is not available",
        "maintenance": "Maintenance under way",
    },
    since="Since {at}.",
    unknown="Not known yet",
    unknown_text="The state is being determined. Please look again in a few minutes.",
    old="This is how it was then; nothing newer is known.",
    planned="Planned maintenance",
    nothing_planned="None has been announced.",
    days="The last 90 days",
    days_hint="A bar for each day. Times are those of {zone}.",
    past="What happened",
    nothing_past="Neither outages nor maintenance.",
    figure="Availability in {month}",
    target="until now; the target is {target} of the month, planned maintenance left out",
    outage="Outage",
    maintenance="Maintenance",
    goes_on="goes on",
    fine="available",
    down="down {length}",
    planned_day="planned maintenance {length}",
    unmeasured="not measured",
    at="As known on {at}.",
)

_FR: Final = Words(
    name="Français",
    choose="Langue",
    title="{product} : état du service",
    states={
        "up": "{product} est disponible",
        "down": "{product} n'est pas disponible",
        "maintenance": "Maintenance en cours",
    },
    since="Depuis le {at}.",
    unknown="Pas encore connu",
    unknown_text="L'état est en cours de vérification. Revenez dans quelques minutes.",
    old="C'était l'état à ce moment-là ; rien de plus récent n'est connu.",
    planned="Maintenances planifiées",
    nothing_planned="Aucune n'est annoncée.",
    days="Les 90 derniers jours",
    days_hint="Une barre par jour. Les heures sont celles de {zone}.",
    past="Ce qui s'est passé",
    nothing_past="Ni interruption ni maintenance.",
    figure="Disponibilité en {month}",
    target="à ce jour ; l'objectif est de {target} du mois, hors maintenance planifiée",
    outage="Interruption",
    maintenance="Maintenance",
    goes_on="en cours",
    fine="disponible",
    down="indisponible {length}",
    planned_day="maintenance planifiée {length}",
    unmeasured="non mesuré",
    at="État connu le {at}.",
)

WORDS: Final[Mapping[Language, Words]] = {"en": _EN, "fr": _FR}
