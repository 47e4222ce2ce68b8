"""What people do in the support week: nine requests and an outage, four agents, seven customers, English and French.

Made up, but of the kind that a desk knows: one answered in time, one late, one without a priority, one that turns out
to be worse than it looked, one that waits over a public holiday (Ascension Day, 14 May 2026, is a Thursday). Some
customers confirm, one says no, one is away, one never answers until reminded, and one agent decides without them.

On Tuesday everything is down for more than an hour; its report is approved on Wednesday. On Ascension Day's evening
there is maintenance, of which nobody writes anything: its window (`scenery.py`) was announced the Thursday before.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

from zdsync.core.automations.incident_report import APPROVE_TAG

ZONE = "Europe/Paris"
MONDAY = datetime(2026, 5, 11, tzinfo=ZoneInfo(ZONE))
BEGINS = MONDAY + timedelta(days=-4, hours=8, minutes=55)
"""Thursday of the week before: a maintenance is announced a week ahead."""
DAYS = {"Mon": 0, "Tue": 1, "Wed": 2, "Thu": 3, "Fri": 4}

AGENTS = {"Claire": "claire", "Tom": "tom", "Inès": "ines", "Sam": "sam"}
CUSTOMERS = {
    "Jeanne Petit": "jeanne.petit@saint-luc.example",
    "Marc Lefèvre": "marc.lefevre@saint-luc.example",
    "Emily Carter": "emily.carter@northgate.example",
    "Raj Patel": "raj.patel@northgate.example",
    "Hugo Bernard": "hugo.bernard@marie-colin.example",
    "Sofia Rossi": "sofia.rossi@marie-colin.example",
    "Dana Miller": "dana.miller@lakeside.example",
}


@dataclass(frozen=True, slots=True)
class Act:
    """Something that a person does at a time."""

    at: datetime
    name: str
    ticket: str
    """The week's own name for the ticket."""
    words: str
    """For the story."""
    body: Mapping[str, Any] = field(default_factory=dict)
    """For the sandbox's control API; custom fields by their titles."""
    answers_mail: bool = False
    """It answers the last mail that they have got, whichever ticket that is of; the week's name is for what follows."""

    @property
    def colour(self) -> str:
        return "cyan" if self.name in AGENTS else "green"


def acts() -> tuple[Act, ...]:
    """The week in order of time."""
    return tuple(sorted((*_REQUESTS, *_OUTAGE), key=lambda act: act.at))


def requests() -> tuple[Act, ...]:
    """The nine requests alone."""
    return _REQUESTS


def _at(when: str) -> datetime:
    day, _, clock = when.partition(" ")
    hour, _, minute = clock.partition(":")
    return MONDAY + timedelta(days=DAYS[day], hours=int(hour), minutes=int(minute))


def _asks(when: str, name: str, ticket: str, subject: str, comment: str) -> Act:
    body = {"as": CUSTOMERS[name], "subject": subject, "comment": comment, "channel": "web"}
    return Act(_at(when), name, ticket, f"asks: “{subject}”", body)


def _writes(when: str, name: str, ticket: str, comment: str) -> Act:
    body = {"as": CUSTOMERS[name], "comment": comment, "channel": "email"}
    return Act(_at(when), name, ticket, f"writes: “{comment}”", body)


def _answers_mail(when: str, name: str, ticket: str, comment: str) -> Act:
    body = {"as": CUSTOMERS[name], "comment": comment, "channel": "email"}
    return Act(_at(when), name, ticket, f"answers the mail: “{comment}”", body, answers_mail=True)


def _answers(when: str, name: str, ticket: str, comment: str, status: str = "") -> Act:
    body: dict[str, Any] = {"as": f"{AGENTS[name]}@desk.example", "comment": comment, "public": True}
    if status:
        body["status"] = status
    then = f" and sets it to {status}" if status else ""
    return Act(_at(when), name, ticket, f"answers{then}: “{comment}”", body)


def _takes(when: str, name: str, ticket: str, priority: str) -> Act:
    email = f"{AGENTS[name]}@desk.example"
    body = {"as": email, "assignee": email, "priority": priority}
    return Act(_at(when), name, ticket, f"takes it, priority {priority}", body)


def _notes(when: str, name: str, ticket: str, comment: str) -> Act:
    body = {"as": f"{AGENTS[name]}@desk.example", "comment": comment, "public": False}
    return Act(_at(when), name, ticket, f"notes internally: “{comment}”", body)


def _raises(when: str, name: str, ticket: str, priority: str) -> Act:
    body = {"as": f"{AGENTS[name]}@desk.example", "priority": priority}
    return Act(_at(when), name, ticket, f"changes the priority to {priority}", body)


def _declares(when: str, name: str, ticket: str) -> Act:
    email = f"{AGENTS[name]}@desk.example"
    body = {"as": email, "assignee": email, "priority": "urgent", "type": "problem"}
    return Act(_at(when), name, ticket, "makes it urgent and a problem: a major incident", body)


def _solves(when: str, name: str, ticket: str) -> Act:
    return Act(_at(when), name, ticket, "sets it to solved", {"as": f"{AGENTS[name]}@desk.example", "status": "solved"})


def _fills_in(when: str, name: str, ticket: str, fields: Mapping[str, str]) -> Act:
    body = {"as": f"{AGENTS[name]}@desk.example", "fields": dict(fields)}
    return Act(_at(when), name, ticket, f"fills in {len(fields)} fields for the incident report", body)


def _approves(when: str, name: str, ticket: str) -> Act:
    body = {"as": f"{AGENTS[name]}@desk.example", "add_tags": [APPROVE_TAG]}
    return Act(_at(when), name, ticket, "approves the incident report", body)


def _is_away(when: str, name: str, ticket: str, comment: str) -> Act:
    """A mail program answers: Zendesk flags it."""
    body = {"as": CUSTOMERS[name], "comment": comment, "channel": "email", "flags": [4]}
    return Act(_at(when), name, ticket, f"is away, says the mail program: “{comment}”", body)


def _closes(when: str, name: str, ticket: str) -> Act:
    """The customer's own button in the Help Center."""
    body = {"as": CUSTOMERS[name], "status": "solved", "channel": "web"}
    return Act(_at(when), name, ticket, "marks it as solved in the Help Center", body)


_REQUESTS = (
    _asks(
        "Mon 09:05",
        "Emily Carter",
        "export",
        "Cohort report exports empty",
        "I open a cohort and click on Export. The CSV has headers but no rows, since Friday.",
    ),
    _takes("Mon 09:12", "Tom", "export", "high"),
    _asks("Mon 09:40", "Jeanne Petit", "login", "Connexion impossible", "Mon mot de passe est refusé depuis ce matin."),
    _takes("Mon 10:00", "Inès", "login", "normal"),
    _answers("Mon 10:20", "Tom", "export", "Which cohort is it? I cannot see it with mine.", "pending"),
    _asks("Mon 11:00", "Raj Patel", "quota", "How much storage do we have left?", "Just planning ahead."),
    _takes("Mon 11:50", "Sam", "quota", "low"),
    _answers("Mon 12:05", "Sam", "quota", "You have used 40 %; here is where you can see it yourself.", "solved"),
    _answers("Mon 12:10", "Inès", "login", "Désolée pour l’attente : votre compte est débloqué."),
    _writes("Tue 09:30", "Emily Carter", "export", "The one called ALPHA-2, since Friday."),
    _asks(
        "Tue 10:02",
        "Marc Lefèvre",
        "down",
        "Plateforme inaccessible",
        "Depuis 10 h, plus personne ne peut se connecter ici.",
    ),
    _takes("Tue 10:05", "Claire", "down", "urgent"),
    _answers("Tue 10:20", "Claire", "down", "Nous voyons la panne ; l’équipe y travaille."),
    _answers("Tue 11:15", "Tom", "export", "Found it: a filter from last week. The export is complete now.", "solved"),
    _notes("Tue 11:30", "Claire", "down", "Certificate had expired, new one is being rolled out."),
    _answers("Tue 12:05", "Claire", "down", "Tout est rétabli.", "solved"),
    _is_away("Tue 12:06", "Marc Lefèvre", "down", "Réponse automatique : je suis absent jusqu’à 14 h."),
    _writes("Tue 14:10", "Marc Lefèvre", "down", "Oui, c’est résolu, merci."),
    _asks("Tue 16:30", "Hugo Bernard", "viewer", "Lames illisibles dans la visionneuse", "Image floue au zoom 40x."),
    _takes("Tue 16:40", "Inès", "viewer", "normal"),
    _answers("Wed 09:10", "Inès", "viewer", "Pouvez-vous m’envoyer une capture d’écran ?", "pending"),
    _writes("Wed 10:05", "Emily Carter", "export", "Yes, it is solved."),
    _writes("Wed 10:40", "Emily Carter", "export", "Thanks, Tom!"),
    _answers(
        "Wed 11:00", "Inès", "login", "Rien d’anormal de notre côté : nous considérons que c’est réglé.", "solved"
    ),
    _asks(
        "Wed 14:00",
        "Dana Miller",
        "api",
        "API calls time out now and then",
        "When I open a study and click on Cells, one in ten calls times out, since noon.",
    ),
    _takes("Wed 14:10", "Sam", "api", "high"),
    _raises("Wed 15:20", "Sam", "api", "urgent"),
    _answers("Wed 15:30", "Sam", "api", "It has got worse and we treat it as an outage; more within the hour."),
    _notes("Wed 15:35", "Sam", "api", "/zdsync snooze 4h on the phone with Dana until it works"),
    _notes("Wed 17:30", "Sam", "api", "/zdsync close Dana said on the phone that all calls go through again"),
    _asks("Wed 17:30", "Sofia Rossi", "training", "Training for two new colleagues", "Any dates next month?"),
    _takes("Wed 17:40", "Tom", "training", "low"),
    _asks("Fri 09:15", "Emily Carter", "archive", "Archive a finished study", "Study NB-104 can be closed."),
    _takes("Fri 09:20", "Tom", "archive", "normal"),
    _writes("Fri 09:30", "Jeanne Petit", "login", "Non, c’est de nouveau bloqué."),
    _answers("Fri 09:50", "Tom", "archive", "Done: the study is archived.", "solved"),
    _answers("Fri 10:00", "Tom", "training", "The 9th and the 16th of June are free; which do you prefer?", "pending"),
    _writes("Fri 10:40", "Emily Carter", "archive", "No, it is still in the list."),
    _raises("Fri 11:00", "Tom", "archive", "low"),
    _answers("Fri 11:30", "Inès", "login", "Je reprends : le blocage vient de notre annuaire."),
    _closes("Fri 14:00", "Raj Patel", "quota"),
    _answers("Fri 16:00", "Tom", "archive", "Now it is gone from the list as well.", "solved"),
    _asks("Fri 17:20", "Jeanne Petit", "rapport", "Rapport mensuel manquant", "Celui d’avril n’est jamais arrivé."),
    _takes("Fri 17:30", "Inès", "rapport", "high"),
)

_OUTAGE = (
    _asks("Tue 14:30", "Sofia Rossi", "outage", "K Pro: error 502", "Each page says 502 Bad Gateway, for all of us."),
    _declares("Tue 14:31", "Claire", "outage"),
    _answers("Tue 14:50", "Claire", "outage", "A database has stopped. Its standby is being started."),
    _answers_mail("Tue 14:58", "Raj Patel", "affected", "We show a study to our board at 16:30. Will it be back?"),
    _takes("Tue 15:02", "Tom", "affected", "normal"),
    _answers("Tue 15:06", "Tom", "affected", "We expect so. I will call you as soon as it is."),
    # Promised by 15:20.
    _answers("Tue 15:25", "Claire", "outage", "The standby has taken over, and K Pro answers again. We watch it."),
    _solves("Tue 15:42", "Claire", "outage"),
    _writes("Tue 16:10", "Raj Patel", "affected", "Yes, it works again, thank you."),
    _fills_in(
        "Wed 09:30",
        "Claire",
        "outage",
        {
            "Incident summary": "K Pro could not be used: each page gave error 502.",
            "Incident root cause": "The disk of the database was full of logs that nobody had rotated.",
            "Incident preventive actions": "Rotate the logs; Sam; 2026-05-15\nAlert at 80 %; Claire; 2026-05-29",
        },
    ),
    _approves("Wed 11:20", "Tom", "outage"),
)
