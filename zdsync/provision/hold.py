"""The trigger that turns an agent's solve into "awaiting confirmation" and asks the customer, as data. Pure.

It does so inside the agent's own update: the customer never sees a ticket solved that is not. `core/automations/
confirmation_hold.py` is the same policy in full, and does by itself what this trigger lets through.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any, Final

from babel import Locale, UnknownLocaleError

from zdsync.core.automations.confirmation_hold import CONFIRMED_TAG, Settings
from zdsync.core.controls import CLOSE_TAG, EXEMPT_TAG, EXEMPT_TAGS
from zdsync.core.episode import ASK_TAG, AWAITING_TAG
from zdsync.core.links import Links
from zdsync.core.notices import NOTICE_TAG
from zdsync.core.rulebook import Rule, Rulebook
from zdsync.core.templates import FALLBACK, Templates
from zdsync.core.when import All
from zdsync.provision.conditions import Conditions, expressed, row

ASK: Final = "confirmation_hold.ask"
"""The text of the question, the same that the worker says where there is no trigger."""

SUBJECT: Final = "[#{{ticket.id}}] {{ticket.title}}"
"""In no language: the same for everybody."""

PLACEHOLDERS: Final[Mapping[str, str]] = {
    "ticket_id": "{{ticket.id}}",
    "reference": "{{ticket.id}}",
    "subject": "{{ticket.title}}",
    "title": "{{ticket.title}}",
    "name": "{{ticket.requester.first_name}}",
}
"""Values that the text may use -> what Zendesk fills in."""

LINK: Final = "link"
"""The one value that a mail of Zendesk's cannot have: it is empty there, and with links it is we who ask."""


class Inexpressible(ValueError):
    """A trigger cannot do it; the words say why, and what to write instead where something can be."""


def settings_of(rule: Rule) -> Settings | None:
    """The settings of a hold; None for another automation's rule."""
    return rule.settings if isinstance(rule.settings, Settings) else None


def wants_links(rulebook: Rulebook) -> Rule | None:
    """The first rule that puts links into its question, live or in shadow."""
    for rule in rulebook.rules:
        settings = settings_of(rule)
        if settings and settings.link and rule.mode != "off":
            return rule
    return None


def lacks_links(rulebook: Rulebook, links: Links | None) -> str:
    """What is missing for that, in words; empty where nothing is."""
    rule, texts = wants_links(rulebook), rulebook.templates
    if rule is None:
        return ""
    wants = f'"{rule.name}" wants links ({rule.source}), and'
    if links is None:
        return (
            f"{wants} ZDSYNC_PUBLIC_URL and ZDSYNC_LINK_KEYS are not both set: customers are asked without a link; "
            "write both into .env"
        )
    if silent := [each for each in sorted(texts.locales(ASK)) if LINK not in texts.fields_of(ASK, each)]:
        return f"{wants} {ASK} has none in {', '.join(silent)}; write {{{{ link }}}} into the text"
    return ""


def conditions(rule: Rule, settings: Settings, rulebook: Rulebook, own_id: int) -> Conditions:
    """An agent, not we, changes a customer's ticket to solved, and nothing says that it may be. See `Inexpressible`."""
    where = expressed(All((rulebook.scope, rule.when)))
    if where is None:
        raise Inexpressible(
            f'no trigger can tell which tickets "{rule.name}" is about; '
            "the worker holds them seconds after the solve, and asks by a comment"
        )
    # With the mark the customer was asked already: the worker holds the ticket once more, and tells the agent.
    marks = (AWAITING_TAG, ASK_TAG) if settings.link else (AWAITING_TAG,)
    # What Zendesk solves together with a problem is an agent's solve: a notice asks nobody. One that its contact
    # has answered is a request, which the worker holds.
    free = (CONFIRMED_TAG, CLOSE_TAG, EXEMPT_TAG, EXEMPT_TAGS["hold"])
    tags = dict.fromkeys((*free, *marks, NOTICE_TAG, *settings.exempt_tags))
    always = (
        row("update_type", "is", "Change"),
        row("status", "value", "solved"),
        row("role", "is", "agent"),
        row("role", "is_not", own_id),
        row("requester_id", "is_not", own_id),
        row("type", "is_not", "problem"),
        row("ticket_is_public", "is", "public"),
        row("current_tags", "not_includes", " ".join(tags)),
    )
    return Conditions((*always, *where.all), where.any)


def ask(templates: Templates, languages: Mapping[str, str]) -> str:
    """The body of the mail in each language that has the text; Zendesk chooses by the requester's. See `Inexpressible`.

    `languages` are the account's, locale -> name (`account.Found`).
    """
    texts = {locale: _text(templates, locale) for locale in sorted(templates.locales(ASK) | {FALLBACK})}
    return in_languages(texts, languages)


def in_languages(texts: Mapping[str, str], languages: Mapping[str, str]) -> str:
    """One text by locale as one in Liquid; `languages` are the account's, as above."""
    otherwise = texts[FALLBACK]
    # `fr-CA` before `fr`: the first that fits is taken.
    cases = [
        f"{{% when {' or '.join(map(_quoted, names))} %}}{texts[locale]}"
        for locale in sorted(texts.keys() - {FALLBACK}, key=lambda each: (-len(each), each))
        if (names := _names(locale, languages))
    ]
    if not cases:
        return otherwise
    return f"{{% case ticket.requester.language %}}{''.join(cases)}{{% else %}}{otherwise}{{% endcase %}}"


def _text(templates: Templates, locale: str) -> str:
    """Values are shown harmless, so Zendesk's placeholders take their place only afterwards."""
    used = templates.fields_of(ASK) - {LINK}
    if unknown := sorted(used - set(PLACEHOLDERS)):
        raise Inexpressible(
            f"the text {ASK} uses {', '.join(unknown)}, which a trigger's mail cannot say; "
            f"write {', '.join(sorted(PLACEHOLDERS))} only"
        )
    stand_ins = {name: f"ZDSYNC{number}VALUE" for number, name in enumerate(sorted(used))}
    text = templates.render(ASK, locale, **stand_ins, **{LINK: ""})
    for name, stand_in in stand_ins.items():
        text = text.replace(stand_in, PLACEHOLDERS[name])
    return text


def _names(locale: str, languages: Mapping[str, str]) -> list[str]:
    """How Zendesk may call the language: as the account lists it and its variants, and by its usual names."""
    listed = [name for known, name in languages.items() if known == locale or known.startswith(f"{locale}-")]
    return list(dict.fromkeys((*listed, *_usual_names(locale))))


def _usual_names(locale: str) -> Iterable[str]:
    """`Français`, `French`: Zendesk's own examples have names of both kinds."""
    try:
        language = Locale.parse(locale, sep="-")
    except (UnknownLocaleError, ValueError):
        return
    for name in (language.get_display_name(), language.get_display_name("en")):
        if name:
            yield name[0].upper() + name[1:]


def _quoted(name: str) -> str:
    return f'"{name}"' if "'" in name else f"'{name}'"


def actions(awaiting: object, body: str | None) -> list[Any]:
    """`awaiting`: the action that sets the status. `body` None: nothing is mailed, and a second tag says so."""
    if body is None:
        return [awaiting, {"field": "current_tags", "value": f"{AWAITING_TAG} {ASK_TAG}"}]
    return [
        awaiting,
        {"field": "current_tags", "value": AWAITING_TAG},
        {"field": "notification_user", "value": ["requester_id", SUBJECT, body]},
    ]
