"""The words of the Major Incident Report, in the languages that it speaks. Its readers are customers' managers."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Final

from zdsync.core.incident_report import EventKind, Message, Part, State
from zdsync.core.writing import Language, typeset


@dataclass(frozen=True, slots=True)
class Words:
    """One language. What stands in braces is filled in."""

    kind: str
    title: str
    span: str
    span_in_a_day: str
    goes_on: str
    day_and_time: str
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
    """Without the number, as the next one; French has a singular of none."""
    organizations: Callable[[int], str]
    first_notice: str
    after: str
    last_after: str
    updates: str
    kept_of: str
    every: str
    events: Mapping[EventKind, str]
    next: str
    """What follows where the next update is promised with it."""
    record: str
    notice: str
    """In the place of a record that is another customer's."""
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
    day_and_time="{day}, {time}",
    version="version {version}",
    footer="{author} · for customers of {product}",
    about="Times are in {zone}. Drawn up from the history of ticket #{reference} and of the tickets linked to it.",
    draft="Draft, not to be sent. What customers get is approved on the ticket.",
    draft_without="Draft, not to be sent. Still missing: {missing}.",
    missing={"end": "the end of the outage", "root cause": "the root cause", "actions": "preventive actions"},
    summary="Summary",
    root_cause="Root cause",
    duration="Duration",
    told="Customers told",
    contacts=lambda n: "{n} contact" if n == 1 else "{n} contacts",
    organizations=lambda n: "of {n} organisation" if n == 1 else "of {n} organisations",
    first_notice="First notice",
    after="after {length}",
    last_after="the last one {length} later",
    updates="Promised updates",
    kept_of="{kept} of {all} kept",
    every="every {length}",
    events={
        "began": "The outage begins",
        "declared": "Declared a major incident",
        "countdown": "Notices to {contacts} are being prepared",
        "called off": "Called off before customers were told",
        "announced": "Notices to {contacts} begin",
        "last told": "The last of the notices to {contacts} has left",
        "update": "Update to customers",
        "holding": "Customers are told that the work continues",
        "missed": "The update promised for {until} is not given in time",
        "resolved": "Resolved",
        "came back": "The outage begins again",
        "ended": "The outage ends",
    },
    next="{what}; the next update is promised for\N{NO-BREAK SPACE}{until}",
    record="#{ticket}, no. {audit}",
    notice="a contact's notice",
    messages={"notice": "Notice", "update": "Update", "holding": "The work continues", "resolution": "Resolution"},
    kept="kept",
    late="{length} late",
    not_kept="not kept",
    running="not yet due",
    states={"open": "open", "done": "done", "late": "overdue"},
    headings={
        "previous": "Preventive actions of earlier reports",
        "action": "Action",
        "owner": "Owner",
        "due": "Due",
        "state": "State",
        "actions": "Preventive actions",
        "timeline": "Timeline",
        "timeline_note": "Each line names its record: the ticket, and the number of the entry in its history.",
        "time": "Time",
        "what": "What happened",
        "source": "Record",
        "told": "Who was told when",
        "told_note": "Updates and the resolution also go to customers who had reported the outage themselves.",
        "message": "Message",
        "contacts": "Contacts",
        "first": "First",
        "last": "Last",
        "failed": "Not reached",
        "promises": "Promised updates",
        "promised": "Promised for",
        "kept": "Given",
        "desk": "This page is for the desk. Customers get the PDF, which names no other customer's ticket.",
    },
)

_FR: Final = Words(
    kind="Rapport d'incident majeur",
    title="{product} était indisponible",
    span="du {began} au {ended} ({zone})",
    span_in_a_day="le {day}, de {began} à {ended} ({zone})",
    goes_on="depuis le {began} ({zone})",
    day_and_time="{day} à {time}",
    version="version {version}",
    footer="{author} · à l'attention des clients de {product}",
    about="Les heures sont à l'{zone}. Établi à partir de l'historique de la demande #{reference} et de celles qui y "
    "sont liées.",
    draft="Brouillon, à ne pas envoyer. Ce que reçoivent les clients est approuvé sur le ticket.",
    draft_without="Brouillon, à ne pas envoyer. Il manque encore : {missing}.",
    missing={
        "end": "la fin de l'incident",
        "root cause": "la cause racine",
        "actions": "les actions préventives",
    },
    summary="Résumé",
    root_cause="Cause racine",
    duration="Durée",
    told="Clients informés",
    contacts=lambda n: "{n} contact" if n < 2 else "{n} contacts",
    organizations=lambda n: "de {n} organisation" if n < 2 else "de {n} organisations",
    first_notice="Premier avis",
    after="après {length}",
    last_after="le dernier {length} plus tard",
    updates="Points donnés à temps",
    kept_of="{kept} sur {all}",
    every="à {length} d'intervalle",
    events={
        "began": "L'incident commence",
        "declared": "Déclaré incident majeur",
        "countdown": "L'envoi des avis à {contacts} se prépare",
        "called off": "Annulé avant que les clients ne soient informés",
        "announced": "L'envoi des avis à {contacts} commence",
        "last told": "Le dernier des avis à {contacts} est parti",
        "update": "Point d'information aux clients",
        "holding": "Les clients sont informés que le travail se poursuit",
        "missed": "Le point d'information promis ({until}) n'est pas donné à temps",
        "resolved": "Résolu",
        "came back": "L'incident reprend",
        "ended": "L'incident prend fin",
    },
    next="{what} ; prochain point promis :\N{NO-BREAK SPACE}{until}",
    record="#{ticket}, n° {audit}",
    notice="l'avis d'un contact",
    messages={
        "notice": "Avis",
        "update": "Point d'information",
        "holding": "Le travail se poursuit",
        "resolution": "Résolution",
    },
    kept="tenu",
    late="{length} de retard",
    not_kept="non tenu",
    running="à venir",
    states={"open": "en cours", "done": "faite", "late": "en retard"},
    headings={
        "previous": "Actions préventives des rapports précédents",
        "action": "Action",
        "owner": "Responsable",
        "due": "Échéance",
        "state": "État",
        "actions": "Actions préventives",
        "timeline": "Chronologie",
        "timeline_note": "Chaque ligne nomme sa source : la demande, et le numéro de l'entrée dans son historique.",
        "time": "Heure",
        "what": "Ce qui s'est passé",
        "source": "Source",
        "told": "Qui a été informé quand",
        "told_note": "Les points d'information et la résolution parviennent aussi aux clients qui avaient eux-mêmes "
        "signalé l'incident.",
        "message": "Message",
        "contacts": "Contacts",
        "first": "Premier",
        "last": "Dernier",
        "failed": "Non joints",
        "promises": "Points d'information promis",
        "promised": "Promis pour",
        "kept": "Donné",
        "desk": "Cette page est destinée au support. Les clients reçoivent le PDF, qui ne nomme la demande d'aucun "
        "autre client.",
    },
)

WORDS: Final[Mapping[Language, Words]] = {"en": typeset(_EN, "en"), "fr": typeset(_FR, "fr")}
