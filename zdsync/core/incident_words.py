"""The words of the Major Incident Report, in the languages that it speaks."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Final, Literal

from zdsync.core.incident_report import EventKind, Message, Part, State

Language = Literal["en", "fr"]


@dataclass(frozen=True, slots=True)
class Words:
    """One language. What stands in braces is filled in."""

    kind: str
    title: str
    span: str
    span_in_a_day: str
    goes_on: str
    day: str
    """Babel's pattern of a day."""
    first_day: str
    """The same of the first of a month."""
    day_and_time: str
    day_sign: str
    version: str
    footer: str
    about: str
    draft: str
    draft_without: str
    missing: Mapping[Part, str]
    summary: str
    root_cause: str
    duration: str
    told: str
    contacts: Callable[[int], str]
    organizations: Callable[[int], str]
    first_notice: str
    after: str
    last_after: str
    updates: str
    kept_of: str
    every: str
    events: Mapping[EventKind, str]
    audit: str
    messages: Mapping[Message, str]
    kept: str
    late: str
    not_kept: str
    running: str
    states: Mapping[State, str]
    headings: Mapping[str, str]


_EN: Final = Words(
    kind="Major incident report",
    title="{product} was unavailable",
    span="{began} to {ended} ({zone})",
    span_in_a_day="{day}, {began} to {ended} ({zone})",
    goes_on="since {began} ({zone})",
    day="EEEE d MMMM y",
    first_day="EEEE d MMMM y",
    day_and_time="{day}, {time}",
    day_sign="d",
    version="version {version}",
    footer="{author} · for customers of {product}",
    about="Times are those of {zone}. Drawn up from the audits of ticket #{reference} and of the tickets linked to it.",
    draft="Draft: not approved yet. Not to be sent.",
    draft_without="Draft, not to be sent. Still missing: {missing}.",
    missing={"end": "the end of the outage", "root cause": "the root cause", "actions": "preventive actions"},
    summary="Summary",
    root_cause="Root cause",
    duration="Duration",
    told="Customers told",
    contacts=lambda n: f"{n} contact" if n == 1 else f"{n} contacts",
    organizations=lambda n: f"of {n} organisation" if n == 1 else f"of {n} organisations",
    first_notice="First notice",
    after="after {length}",
    last_after="the last one {length} later",
    updates="Promised updates",
    kept_of="{kept} of {all} kept",
    every="every {length}",
    events={
        "began": "The outage begins",
        "declared": "Declared a major incident",
        "countdown": "Notices to {contacts} are announced to the desk",
        "called off": "Called off before customers were told",
        "announced": "Notices to {contacts} begin; the next update is promised for {until}",
        "last told": "The last of the notices to {contacts} has left",
        "update": "Update to customers; the next one is promised for {until}",
        "holding": "Customers are told that the work goes on; the next update is promised for {until}",
        "missed": "The update that was promised for {until} has not come",
        "resolved": "Resolved",
        "came back": "The outage comes back",
        "ended": "The outage ends",
    },
    audit="audit {audit}",
    messages={"notice": "Notice", "update": "Update", "holding": "The work goes on", "resolution": "Resolution"},
    kept="kept",
    late="{length} late",
    not_kept="not kept",
    running="still running",
    states={"open": "open", "done": "done", "late": "overdue"},
    headings={
        "previous": "Preventive actions of earlier reports",
        "action": "Action",
        "owner": "Owner",
        "due": "Due",
        "state": "State",
        "actions": "Preventive actions",
        "timeline": "Time line",
        "timeline_note": "Each line names the record that it is taken from.",
        "time": "Time",
        "what": "What happened",
        "source": "Record",
        "told": "Who was told when",
        "message": "Message",
        "contacts": "Contacts",
        "first": "First",
        "last": "Last",
        "failed": "Not possible",
        "promises": "Promised updates",
        "promised": "Promised for",
        "kept": "Given",
    },
)

_FR: Final = Words(
    kind="Rapport d’incident majeur",
    title="{product} était indisponible",
    span="du {began} au {ended} ({zone})",
    span_in_a_day="le {day}, de {began} à {ended} ({zone})",
    goes_on="depuis le {began} ({zone})",
    day="EEEE d MMMM y",
    first_day="EEEE d'er' MMMM y",
    day_and_time="{day} à {time}",
    day_sign="j",
    version="version {version}",
    footer="{author} · à l’attention des clients de {product}",
    about="Heures de {zone}. Établi à partir des enregistrements de la demande #{reference} et de celles qui y sont "
    "liées.",
    draft="Brouillon : pas encore approuvé. Ne pas envoyer.",
    draft_without="Brouillon, à ne pas envoyer. Il manque encore : {missing}.",
    missing={
        "end": "la fin de l’incident",
        "root cause": "la cause première",
        "actions": "les actions préventives",
    },
    summary="Résumé",
    root_cause="Cause racine",
    duration="Durée",
    told="Clients informés",
    contacts=lambda n: f"{n} contact" if n < 2 else f"{n} contacts",
    organizations=lambda n: f"de {n} organisation" if n < 2 else f"de {n} organisations",
    first_notice="Premier avis",
    after="après {length}",
    last_after="le dernier {length} plus tard",
    updates="Points d’information promis",
    kept_of="{kept} sur {all} tenus",
    every="un toutes les {length}",
    events={
        "began": "L’incident commence",
        "declared": "Déclaré incident majeur",
        "countdown": "L’envoi des avis à {contacts} est annoncé au support",
        "called off": "Annulé avant que les clients ne soient informés",
        "announced": "L’envoi des avis à {contacts} commence ; prochain point promis pour {until}",
        "last told": "Le dernier des avis à {contacts} est parti",
        "update": "Point d’information aux clients ; le prochain est promis pour {until}",
        "holding": "Les clients apprennent que le travail continue ; prochain point promis pour {until}",
        "missed": "Le point d’information promis pour {until} n’a pas été donné",
        "resolved": "Résolu",
        "came back": "L’incident reprend",
        "ended": "L’incident prend fin",
    },
    audit="enregistrement {audit}",
    messages={
        "notice": "Avis",
        "update": "Point d’information",
        "holding": "Le travail continue",
        "resolution": "Résolution",
    },
    kept="tenu",
    late="{length} de retard",
    not_kept="non tenu",
    running="en cours",
    states={"open": "en cours", "done": "faite", "late": "en retard"},
    headings={
        "previous": "Actions préventives des rapports précédents",
        "action": "Action",
        "owner": "Responsable",
        "due": "Échéance",
        "state": "État",
        "actions": "Actions préventives",
        "timeline": "Chronologie",
        "timeline_note": "Chaque ligne nomme l’enregistrement dont elle est tirée.",
        "time": "Heure",
        "what": "Ce qui s’est passé",
        "source": "Enregistrement",
        "told": "Qui a été informé quand",
        "message": "Message",
        "contacts": "Contacts",
        "first": "Premier",
        "last": "Dernier",
        "failed": "Impossible",
        "promises": "Points d’information promis",
        "promised": "Promis pour",
        "kept": "Donné",
    },
)

WORDS: Final[Mapping[Language, Words]] = {"en": _EN, "fr": _FR}
