"""The words of the confirmation page, in the languages that it speaks. `{reference}` is the request's number."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final, Literal

from zdsync.core.writing import Language, typeset

Situation = Literal[
    "open", "recorded yes", "recorded no", "answered yes", "answered no", "ended", "stopped", "away", "unsure",
    "limited", "expired", "forged",
]  # fmt: skip
"""What a page is about."""

Alert = Literal["no choice", "busy", "away", "unsure", "limited", "too long", "elsewhere"]
"""What stands above the form when an answer was not recorded."""


@dataclass(frozen=True, slots=True)
class Words:
    """One language."""

    name: str
    """Of the language, in itself."""
    choose: str
    """What the choice of a language is called."""
    titles: Mapping[Situation, str]
    texts: Mapping[Situation, tuple[str, ...]]
    """Paragraphs."""
    alerts: Mapping[Alert, str]
    yes: str
    no: str
    said: str
    hint: str
    about: str
    """Before the subject."""
    again: str


_EN: Final = Words(
    name="English",
    choose="Language",
    titles={
        "open": "Is your request #{reference} completed?",
        "recorded yes": "Thank you. Your request #{reference} is completed.",
        "recorded no": "Thank you. We go on with your request #{reference}.",
        "answered yes": "This question has been answered: yes",
        "answered no": "This question has been answered: no",
        "ended": "This question is no longer open",
        "stopped": "Your answer cannot be recorded just now",
        "away": "This page is not available just now",
        "unsure": "We are not sure that your answer was recorded",
        "limited": "Please wait a minute",
        "expired": "This link has expired",
        "forged": "This page does not exist",
    },
    texts={
        "open": (
            "We believe that it is. If you say yes, it is closed. If you say no, we go on with it.",
            "Until you have answered, it stays open.",
        ),
        "recorded yes": (
            "You have told us that it is completed. It will be closed in a moment.",
            "Should something be missing after all, reply to our e-mail: that opens it again.",
        ),
        "recorded no": (
            "You have told us that something is missing. Your request is open, and we write to you by e-mail.",
            "To tell us more, reply to our e-mail.",
        ),
        "answered yes": (
            "The answer for request #{reference} was: “Yes, it is completed”. It cannot be changed here.",
            "Should something be missing after all, reply to our e-mail: that opens the request again.",
        ),
        "answered no": (
            "The answer for request #{reference} was: “No, something is missing”. It cannot be changed here.",
            "To tell us more, or that it is completed after all, reply to our e-mail.",
        ),
        "ended": (
            "Request #{reference} has changed since we asked you: somebody works on it again, or it is closed.",
            "There is nothing to do here. If something is missing, reply to our e-mail.",
        ),
        "stopped": ("Nothing was recorded. Please reply to our e-mail instead: that reaches us in any case.",),
        "away": ("Nothing was recorded. Please try again in a few minutes, or reply to our e-mail.",),
        "unsure": ("Please open this page again in a minute: it tells you. Or reply to our e-mail.",),
        "limited": ("This link was used very often. Nothing was recorded. Please try again in a minute.",),
        "expired": (
            "Links are good for some weeks only. Nothing was recorded.",
            "Please reply to our e-mail about request #{reference} instead.",
        ),
        "forged": (
            "Perhaps the link was cut: some mail programs break long ones. Please open it from our e-mail again, or "
            "reply to that e-mail.",
        ),
    },
    alerts={
        "no choice": "Please choose one of the two answers.",
        "busy": "Your answer was not recorded: the request was just being changed. Please try again.",
        "away": "Your answer was not recorded: please try again in a few minutes, or reply to our e-mail.",
        "unsure": "We are not sure that your answer was recorded. Please try again in a minute, or reply by e-mail.",
        "limited": "Your answer was not recorded: this link was used very often. Please try again in a minute.",
        "too long": "Your answer was not recorded: the text is too long. Please shorten it, or reply to our e-mail.",
        "elsewhere": "Your answer was not recorded, since it came from another website. Please answer here.",
    },
    yes="Yes, it is completed",
    no="No, something is missing",
    said="Your message to us (optional)",
    hint="2,000 characters at most.",
    about="About:",
    again="Try again",
)

_FR: Final = Words(
    name="Français",
    choose="Langue",
    titles={
        "open": "Votre demande #{reference} est-elle traitée ?",
        "recorded yes": "Merci. Votre demande #{reference} est traitée.",
        "recorded no": "Merci. Nous reprenons votre demande #{reference}.",
        "answered yes": "Cette question a déjà reçu une réponse : oui",
        "answered no": "Cette question a déjà reçu une réponse : non",
        "ended": "Cette question ne se pose plus",
        "stopped": "Votre réponse ne peut pas être enregistrée pour l'instant",
        "away": "Cette page n'est pas disponible pour l'instant",
        "unsure": "Nous ne savons pas si votre réponse a été enregistrée",
        "limited": "Merci de patienter une minute",
        "expired": "Ce lien a expiré",
        "forged": "Cette page n'existe pas",
    },
    texts={
        "open": (
            "Nous pensons que oui. Si vous répondez oui, elle sera clôturée. Si vous répondez non, nous reprenons le "
            "travail.",
            "Tant que vous n'avez pas répondu, elle reste ouverte.",
        ),
        "recorded yes": (
            "Vous nous avez dit qu'elle est traitée. Elle sera clôturée dans un instant.",
            "S'il manquait finalement quelque chose, répondez à notre e-mail : la demande sera rouverte.",
        ),
        "recorded no": (
            "Vous nous avez dit qu'il manque quelque chose. La demande est ouverte, nous vous écrirons par e-mail.",
            "Pour nous en dire plus, répondez à notre e-mail.",
        ),
        "answered yes": (
            "La réponse pour la demande #{reference} était : « Oui, elle est traitée ». Elle ne peut pas être "
            "changée ici.",
            "S'il manquait finalement quelque chose, répondez à notre e-mail : la demande sera rouverte.",
        ),
        "answered no": (
            "La réponse pour la demande #{reference} était : « Non, il manque quelque chose ». Elle ne peut pas être "
            "changée ici.",
            "Pour nous en dire plus, ou si elle est finalement traitée, répondez à notre e-mail.",
        ),
        "ended": (
            "La demande #{reference} a changé depuis notre question : elle est de nouveau en cours, ou clôturée.",
            "Vous n'avez rien à faire ici. S'il manque quelque chose, répondez à notre e-mail.",
        ),
        "stopped": ("Rien n'a été enregistré. Merci de répondre plutôt à notre e-mail, qui nous parviendra toujours.",),
        "away": ("Rien n'a été enregistré. Merci de réessayer dans quelques minutes, ou de répondre à notre e-mail.",),
        "unsure": ("Merci de rouvrir cette page dans une minute : elle vous le dira. Ou répondez à notre e-mail.",),
        "limited": (
            "Ce lien a été utilisé très souvent. Rien n'a été enregistré. Merci de réessayer dans une minute.",
        ),
        "expired": (
            "Les liens ne sont valables que quelques semaines. Rien n'a été enregistré.",
            "Merci de répondre plutôt à notre e-mail au sujet de la demande #{reference}.",
        ),
        "forged": (
            "Le lien a peut-être été coupé : certaines messageries coupent les longs liens. Merci de l'ouvrir de "
            "nouveau depuis notre e-mail, ou de répondre à cet e-mail.",
        ),
    },
    alerts={
        "no choice": "Merci de choisir l'une des deux réponses.",
        "busy": "Votre réponse n'a pas été enregistrée : la demande était modifiée au même moment. Merci de réessayer.",
        "away": "Votre réponse n'a pas été enregistrée : merci de réessayer dans quelques minutes, ou de répondre à "
        "notre e-mail.",
        "unsure": "Nous ne savons pas si votre réponse a été enregistrée. Merci de réessayer dans une minute, ou de "
        "répondre à notre e-mail.",
        "limited": "Votre réponse n'a pas été enregistrée : ce lien a été utilisé très souvent. Merci de réessayer "
        "dans une minute.",
        "too long": "Votre réponse n'a pas été enregistrée : le texte est trop long. Merci de le raccourcir, ou de "
        "répondre à notre e-mail.",
        "elsewhere": "Votre réponse n'a pas été enregistrée, car elle venait d'un autre site. Merci de répondre ici.",
    },
    yes="Oui, elle est traitée",
    no="Non, il manque quelque chose",
    said="Votre message (facultatif)",
    hint="2 000 caractères au plus.",
    about="Objet :",
    again="Réessayer",
)

WORDS: Final[Mapping[Language, Words]] = {"en": typeset(_EN, "en"), "fr": typeset(_FR, "fr")}
