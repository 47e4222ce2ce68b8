"""Triggers that mail our texts to requesters, as data, and which of them an account has. Pure.

The worker sets a tag (`core/mailing.py`), the trigger mails within the same update and takes the tag off. Such a mail
is nobody's comment, so it fulfils none of Zendesk's own reply metrics.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from itertools import combinations
from typing import Any, Final

from zdsync.core.mailing import MAILINGS, PLACEHOLDERS, Mailing, say_tag, unsayable
from zdsync.core.rulebook import Rule, Rulebook
from zdsync.core.templates import FALLBACK, Templates
from zdsync.provision.account import is_ours
from zdsync.provision.conditions import Row, row
from zdsync.provision.hold import SUBJECT, Inexpressible, in_languages
from zdsync.zendesk.client import Raw

TITLE: Final = "zdsync: mail "
"""Followed by the text's name."""

Render = Callable[[Mapping[str, object]], str]
"""The text in one language, with these values beside those that are the same in every mail."""


def wanting(rules: Iterable[Rule]) -> dict[str, Rule]:
    """Each text that a trigger is to mail, with the first rule that wants it; rules that are off want nothing."""
    texts: dict[str, Rule] = {}
    for rule in rules:
        if rule.mode != "off":
            for text in rule.automation.needs(rule.settings).by_trigger.values():
                texts.setdefault(text, rule)
    return texts


def mailers(triggers: Iterable[Raw]) -> frozenset[str]:
    """The texts that an active trigger of ours mails."""
    ours = [one for one in triggers if one.get("active") and is_ours("triggers", one)]
    return frozenset(text for text in MAILINGS if any(one.get("title") == f"{TITLE}{text}" for one in ours))


def unmailed(rulebook: Rulebook, triggers: Iterable[Raw]) -> tuple[str, ...]:
    """Texts that a trigger is to mail and none does: they are said by comments."""
    return tuple(sorted(wanting(rulebook.rules).keys() - mailers(triggers)))


def conditions(text: str, own_id: int) -> list[Row]:
    """Our own update has set the tag; anybody else who sets it mails nobody."""
    return [
        row("update_type", "is", "Change"),
        row("current_tags", "includes", say_tag(text)),
        row("role", "is", own_id),
    ]


def actions(text: str, templates: Templates, languages: Mapping[str, str]) -> list[Any]:
    """The mail, then the tag that set it off is gone. Raises `Inexpressible`."""
    return [
        {"field": "notification_user", "value": ["requester_id", SUBJECT, body(text, templates, languages)]},
        {"field": "remove_tags", "value": say_tag(text)},
    ]


def body(text: str, templates: Templates, languages: Mapping[str, str]) -> str:
    """The text in each language that has it, as Liquid over the ticket's tags. `languages` as of `in_languages`."""
    if text not in MAILINGS:
        raise Inexpressible(f"no trigger can mail {text}: it tells times on the reader's clock")
    if values := unsayable(text, templates.fields_of(text)):
        raise Inexpressible(f"the text {text} uses {', '.join(values)}, which a trigger's mail cannot say")
    said = {locale: _said(text, templates, locale) for locale in sorted(templates.locales(text) | {FALLBACK})}
    return in_languages(said, languages)


def _said(text: str, templates: Templates, locale: str) -> str:
    """Values are shown harmless, so Zendesk's placeholders take their place only afterwards."""
    mailing = MAILINGS[text]
    stand_ins = {name: f"ZDSYNC{number}VALUE" for number, name in enumerate(sorted(PLACEHOLDERS))}

    def render(values: Mapping[str, object]) -> str:
        return templates.render(text, locale, **mailing.left_out, **stand_ins, **values)

    said = _branched(render, mailing, [*mailing.flags.items()], {}, f"{text} in {locale}")
    for name, stand_in in stand_ins.items():
        said = said.replace(stand_in, PLACEHOLDERS[name])
    return said


def _branched(
    render: Render, mailing: Mailing, flags: list[tuple[str, str]], values: Mapping[str, object], what: str
) -> str:
    """A branch for each flag, and within it a section for each item of a list."""
    if flags:
        (name, tag), *others = flags
        yes, no = (_branched(render, mailing, others, {**values, name: value}, what) for value in (True, False))
        return yes if yes == no else f"{{% if {_has(tag)} %}}{yes}{{% else %}}{no}{{% endif %}}"
    if not mailing.lists:
        return render(values)
    ((name, tags),) = mailing.lists.items()
    before, sections, after = _sections(lambda items: render({**values, name: items}), list(tags), what)
    middle = "".join(f"{{% if {_has(tags[item])} %}}{words}{{% endif %}}" for item, words in sections.items())
    return f"{before}{middle}{after}"


def _has(tag: str) -> str:
    return f"ticket.tags contains '{tag}'"


def _sections(render: Callable[[list[str]], str], items: list[str], what: str) -> tuple[str, Mapping[str, str], str]:
    """What stands before the items, of each item, and after them. Tried with every choice of items.

    Raises `Inexpressible` where what is said of one item depends on which others there are.
    """
    choices = {
        chosen: render(list(chosen)) for number in range(1, len(items) + 1) for chosen in combinations(items, number)
    }
    whole = choices[tuple(items)]
    lengths = [len(whole) - len(render([other for other in items if other != item])) for item in items]
    for start in range(len(whole) - sum(lengths) + 1):
        before, sections, after = _cut(whole, start, items, lengths)
        if all("".join((before, *(sections[i] for i in chosen), after)) == said for chosen, said in choices.items()):
            return before, sections, after
    raise Inexpressible(f"what {what} says of one item depends on the others: write a line for each item")


def _cut(whole: str, start: int, items: list[str], lengths: list[int]) -> tuple[str, dict[str, str], str]:
    sections, at = {}, start
    for item, length in zip(items, lengths, strict=True):
        sections[item] = whole[at : at + length]
        at += length
    return whole[:start], sections, whole[at:]
