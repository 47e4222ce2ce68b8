"""What people write, each with what they mean by it: the oracle knows the meaning from here, not from reading."""

from __future__ import annotations

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

_MEANINGS: Final[dict[str, Label]] = {
    text: label for labels in PHRASES.values() for label, texts in labels.items() for text in texts
}


def meaning(text: str) -> Label:
    """Of a text that one of our people wrote; what describes a request is `other`."""
    return _MEANINGS.get(text.strip(), "other")
