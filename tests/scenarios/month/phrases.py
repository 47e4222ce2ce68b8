"""What people write, each with what they mean by it: the oracle knows the meaning from here, not from reading."""

from __future__ import annotations

from collections.abc import Collection
from typing import Final, Literal

Label = Literal["yes", "bare yes", "no", "thanks", "other", "automatic"]

PHRASES: Final[dict[str, dict[Label, tuple[str, ...]]]] = {
    "en": {
        "yes": ("Yes, it is solved, thank you!", "The problem is solved, you can close the ticket."),
        "bare yes": ("Yes, thanks.", "Yes"),
        "no": ("No, it still does not work.", "It is not solved, the same error is back."),
        "thanks": ("Thank you!", "Many thanks"),
        "other": (
            "Is it possible to export the second cohort as well?",
            "I will look at it tomorrow and tell you.",
            "We have two more users with this since Friday.",
        ),
        "automatic": ("I am out of the office until Monday. In urgent cases, please contact my colleagues.",),
    },
    "fr": {
        "yes": ("Oui, c'est résolu, merci !", "Le problème est résolu, vous pouvez fermer le ticket."),
        "bare yes": ("Oui, merci.", "Oui"),
        "no": ("Non, ça ne marche toujours pas.", "Ce n'est pas résolu, l'erreur est revenue."),
        "thanks": ("Merci !", "Merci beaucoup"),
        "other": (
            "Est-il possible d'exporter aussi la deuxième cohorte ?",
            "Je regarde demain et je vous dis.",
            "Deux autres utilisateurs ont le même souci depuis vendredi.",
        ),
        "automatic": ("Je suis absent du bureau jusqu'à lundi. En cas d'urgence, contactez mes collègues.",),
    },
}

Piece = Literal["trouble", "vague", "question", "outage", "steps", "when", "phone", "promises files", "hands over"]
"""A paragraph of a request, or of what is added to one, by what it tells: `vague` says that there is trouble, and not
which; `promises files` says that there are some, whether there are or not."""

PIECES: Final[dict[str, dict[Piece, tuple[str, ...]]]] = {
    "en": {
        "trouble": ("The cohort export fails with an error message.", "The survival curve shows a blank page."),
        "vague": ("It does not work.", "Help, there is a problem."),
        "question": ("How can I invite a second reviewer to our project?",),
        "outage": ("The platform is down: neither the viewer nor the cohort browser opens for our pathologists.",),
        "steps": (
            "1. Open the project\n2. Click on Export\n3. The error appears",
            "Steps to reproduce: open the project, then click on Export.",
        ),
        "when": ("It happened yesterday at 14:30.", "Since yesterday at 09:15."),
        "phone": ("You can call me on +44 20 7946 0958.", "--\nThe imaging team\nTel. +44 20 7946 0958"),
        "promises files": ("The log is attached.", "You will find a screenshot attached."),
        "hands over": ("This is the export log of our second cohort.",),
    },
    "fr": {
        "trouble": ("L'export de la cohorte échoue avec un message d'erreur.", "La courbe affiche une page blanche."),
        "vague": ("Ça ne marche pas.", "Il y a un problème."),
        "question": ("Comment inviter un deuxième relecteur dans notre projet ?",),
        "outage": ("La plateforme est inaccessible : ni la visionneuse ni les cohortes ne s'ouvrent.",),
        "steps": (
            "1. Ouvrir le projet\n2. Cliquer sur Exporter\n3. L'erreur apparaît",
            "Étapes pour reproduire : ouvrir le projet, puis cliquer sur Exporter.",
        ),
        "when": ("C'est arrivé hier à 14h30.", "Depuis hier 9h15."),
        "phone": ("Vous pouvez m'appeler au 01 42 34 56 78.", "--\nL'équipe d'imagerie\nTél. 01 42 34 56 78"),
        "promises files": ("Vous trouverez le journal en pièce jointe.", "Le journal est en pièce jointe."),
        "hands over": ("Voici le journal d'export de notre deuxième cohorte.",),
    },
}
ADDS: Final[dict[str, frozenset[Piece]]] = {
    "We have two more users with this since Friday.": frozenset({"trouble", "when"}),
    "Deux autres utilisateurs ont le même souci depuis vendredi.": frozenset({"trouble", "when"}),
    "Is it possible to export the second cohort as well?": frozenset({"question"}),
    "Est-il possible d'exporter aussi la deuxième cohorte ?": frozenset({"question"}),
    "Je regarde demain et je vous dis.": frozenset({"question"}),
}
"""What other words tell as well, written before an agent has answered. (Whoever only says that they will look has said
what they want: in doubt nobody is asked.)"""

SUBJECTS: Final[dict[str, tuple[str, ...]]] = {
    "en": ("Files for [#{0}]", "Service Request Number {0}", "Re: request {0}"),
    "fr": ("Fichiers pour la demande n° {0}", "Journaux [#{0}]"),
}
"""Of a mail that names another ticket."""
SUBJECTS_OF_TWO: Final = ("#{0} and #{1}", "Requests {0}, {1}")

_TOLD: Final[dict[str, frozenset[Piece]]] = ADDS | {
    text: frozenset({piece}) for pieces in PIECES.values() for piece, texts in pieces.items() for text in texts
}


def contents(text: str) -> list[Collection[Piece]]:
    """What each paragraph tells of a request, in order."""
    return [found for paragraph in text.strip().split("\n\n") if (found := _TOLD.get(paragraph.strip()))]


_MEANINGS: Final[dict[str, Label]] = {
    text: label for labels in PHRASES.values() for label, texts in labels.items() for text in texts
}


def meaning(text: str) -> Label:
    """Of a text that one of our people wrote; what describes a request is `other`."""
    return _MEANINGS.get(text.strip(), "other")
