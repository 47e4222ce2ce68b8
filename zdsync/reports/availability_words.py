"""The words of the availability report, in the languages that it speaks. Its readers are customers' managers."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final

from zdsync.core.availability import Why
from zdsync.core.writing import Language, typeset


@dataclass(frozen=True, slots=True)
class Words:
    """One language. `{…}` is filled in."""

    title: str
    of_month: str
    met: str
    met_so_far: str
    below: str
    missed: str
    nothing_measured: str
    target: str
    measured: str
    whole_month: str
    until: str
    since: str
    down: str
    down_hint: str
    planned: str
    planned_hint: str
    left: str
    left_hint: str
    overdrawn: str
    overdrawn_hint: str
    strip: str
    strip_hint: str
    legend_down: str
    legend_planned: str
    legend_fine: str
    legend_unknown: str
    intervals: str
    intervals_hint: str
    none: str
    when: str
    length: str
    counts: str
    why: str
    proof: str
    goes_on: str
    outage: str
    outage_seen: str
    gaps: str
    gap: str
    colon: str
    maintenance: str
    audits: str
    audit: str
    whys: Mapping[Why, str]
    cancelled: str
    not_begun: str
    no_length: str
    corrected_start: str
    corrected_end: str
    reason: str
    """Why agents have corrected it, in their own words: for the desk, not for customers."""
    told: str
    told_late: str
    coming: str
    coming_none: str
    window: str
    tell_by: str
    cost: str
    at_end: str
    told_in_time: str
    not_told_yet: str
    too_late: str
    if_late: str
    rules: str
    rule_lines: tuple[str, ...]
    rule_probe: str
    """Where an address is asked, too."""
    made: str


_EN: Final = Words(
    title="{product}: availability in {month}",
    of_month="Availability in {month}",
    met="Target met",
    met_so_far="Target met so far",
    below="Below the target so far",
    missed="Target missed",
    nothing_measured="Nothing measured yet",
    target="Target: {target} of the month",
    measured="Measured: {what}",
    whole_month="the whole month",
    until="until {until}",
    since="from {since} on",
    down="Downtime",
    down_hint="counts against the target",
    planned="Planned maintenance",
    planned_hint="announced a week ahead, does not count",
    left="Remaining allowance",
    left_hint="of the {budget} that the target allows in the month",
    overdrawn="Over the allowance",
    overdrawn_hint="beyond the {budget} that the target allows in the month",
    strip="The month, day by day",
    strip_hint="Each column is a day, from midnight at the top to midnight at the bottom. Times are in {zone}.",
    legend_down="unavailable",
    legend_planned="planned maintenance",
    legend_fine="available",
    legend_unknown="not measured",
    intervals="Each interval, and why it counts or does not",
    intervals_hint="The proof is the ticket, with the numbers of the entries in its history.",
    none="There was neither an outage nor maintenance.",
    when="Interval",
    length="Length",
    counts="Counts",
    why="Why",
    proof="Proof",
    goes_on="ongoing",
    outage="Outage",
    outage_seen="Outage, detected by monitoring",
    gaps="Without monitoring, and not counted",
    gap="{times} ({proof})",
    colon=":",
    maintenance="Maintenance",
    audits="nos. {ids}",
    audit="no. {ids}",
    whys={
        "outage": "outage",
        "planned": "does not count: planned maintenance #{by}, announced in time",
        "same time": "counted already with #{by}",
        "late notice": "announced less than a week ahead",
        "not announced": "maintenance that was not announced",
        "unplanned": "unplanned maintenance",
        "early": "begun before the announced time",
        "overran": "longer than announced",
    },
    cancelled="Cancelled on {at}.",
    not_begun="Not carried out.",
    no_length="Without a length: it does not end after its beginning.",
    corrected_start="Start corrected to {at} ({proof}).",
    corrected_end="End corrected to {at} ({proof}).",
    reason="“{reason}”",
    told="Announced for {times}: {told} of {contacts} contacts told, the last one on {last} (in time until {by}).",
    told_late="Announced for {times}: {told} of {contacts} contacts told by {by}, which is a week before.",
    coming="Maintenance still to come this month",
    coming_none="None is planned.",
    window="Window",
    tell_by="To be announced by",
    cost="Will count",
    at_end="Figure at the month's end, with it",
    told_in_time="announced in time",
    not_told_yet="not announced yet; does not count if it is by then",
    too_late="too late to be planned maintenance",
    if_late="({cost} if announced too late)",
    rules="How the figure is worked out",
    rule_lines=(
        "Over all minutes of the calendar month in {zone}, to the second; a change of the clock included.",
        "An outage lasts from its declaration to its resolution, each as corrected. What overlaps counts once.",
        "Maintenance does not count within the times that all contacts were told a week ahead. The proof is when their "
        "notices were written. What is longer, earlier, changed too late or not announced counts.",
        "The percentage is rounded down to three decimals.",
    ),
    rule_probe="Monitoring asks for the service at short intervals. An outage that it detects lasts from the first "
    "failure to the next answer. While it did not ask, only an outage that was declared counts.",
    made="As known on {now}.",
)

_FR: Final = Words(
    title="{product} : disponibilité en {month}",
    of_month="Disponibilité en {month}",
    met="Objectif atteint",
    met_so_far="Objectif atteint à ce jour",
    below="Sous l'objectif à ce jour",
    missed="Objectif manqué",
    nothing_measured="Rien n'est encore mesuré",
    target="Objectif : {target} du mois",
    measured="Mesuré : {what}",
    whole_month="le mois entier",
    until="jusqu'au {until}",
    since="à partir du {since}",
    down="Indisponibilité",
    down_hint="compte dans le calcul",
    planned="Maintenance planifiée",
    planned_hint="annoncée une semaine avant, ne compte pas",
    left="Marge restante",
    left_hint="sur les {budget} que l'objectif admet dans le mois",
    overdrawn="Dépassement",
    overdrawn_hint="au-delà des {budget} que l'objectif admet dans le mois",
    strip="Le mois, jour par jour",
    strip_hint="Chaque colonne est un jour, de minuit en haut à minuit en bas. Les heures sont à l'{zone}.",
    legend_down="indisponible",
    legend_planned="maintenance planifiée",
    legend_fine="disponible",
    legend_unknown="non mesuré",
    intervals="Chaque intervalle, et pourquoi il compte ou non",
    intervals_hint="La preuve est la demande, avec les numéros des entrées de son historique.",
    none="Il n'y a eu ni interruption ni maintenance.",
    when="Intervalle",
    length="Durée",
    counts="Compte",
    why="Pourquoi",
    proof="Preuve",
    goes_on="en cours",
    outage="Interruption",
    outage_seen="Interruption, détectée par la surveillance",
    gaps="Sans surveillance, et non compté",
    gap="{times} ({proof})",
    colon=" :",
    maintenance="Maintenance",
    audits="n° {ids}",
    audit="n° {ids}",
    whys={
        "outage": "interruption",
        "planned": "ne compte pas : maintenance planifiée #{by}, annoncée à temps",
        "same time": "déjà compté avec #{by}",
        "late notice": "annoncée moins d'une semaine avant",
        "not announced": "maintenance qui n'a pas été annoncée",
        "unplanned": "maintenance non planifiée",
        "early": "commencée avant l'heure annoncée",
        "overran": "plus longue qu'annoncé",
    },
    cancelled="Annulée le {at}.",
    not_begun="N'a pas eu lieu.",
    no_length="Sans durée : la fin n'est pas après le début.",
    corrected_start="Début corrigé : {at} ({proof}).",
    corrected_end="Fin corrigée : {at} ({proof}).",
    reason="« {reason} »",
    told="Annoncée pour {times} ; contacts prévenus : {told} sur {contacts}, le dernier le {last} (limite : {by}).",
    told_late="Annoncée pour {times} ; contacts prévenus au {by}, soit une semaine avant : {told} sur {contacts}.",
    coming="Maintenances à venir d'ici la fin du mois",
    coming_none="Aucune n'est prévue.",
    window="Créneau",
    tell_by="À annoncer avant le",
    cost="Comptera",
    at_end="Chiffre de fin de mois, avec elle",
    told_in_time="annoncée à temps",
    not_told_yet="pas encore annoncée ; ne compte pas si elle l'est d'ici là",
    too_late="trop tard pour une maintenance planifiée",
    if_late="({cost} si elle est annoncée trop tard)",
    rules="Comment le chiffre est calculé",
    rule_lines=(
        "Sur toutes les minutes du mois civil à l'{zone}, à la seconde près, changement d'heure compris.",
        "Une interruption dure de sa déclaration à sa résolution, corrections comprises. Ce qui se recouvre compte "
        "une seule fois.",
        "Une maintenance ne compte pas pendant les heures dont tous les contacts ont été prévenus une semaine avant ; "
        "les avis eux-mêmes, par leur date, en sont la preuve. Ce qui est plus long, plus tôt, changé trop tard ou non "
        "annoncé compte.",
        "Le pourcentage est arrondi au millième inférieur.",
    ),
    rule_probe="La surveillance interroge le service à intervalles courts. Une interruption qu'elle détecte dure du "
    "premier échec à la réponse suivante. Tant qu'elle n'interroge pas, seule une interruption déclarée compte.",
    made="État connu le {now}.",
)

WORDS: Final[Mapping[Language, Words]] = {"en": typeset(_EN, "en"), "fr": typeset(_FR, "fr")}
