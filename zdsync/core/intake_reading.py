"""What a customer's words contain of what an intake asks for: `read_intake`.

A question too many annoys, and one too few costs an agent a line: in doubt a thing counts as found, and what names no
trouble is a request. Nothing is kept of the text but where something was found, and when it happened (`intake.py`).
"""

from __future__ import annotations

import re
from collections.abc import Callable
from datetime import datetime
from typing import Final

from zdsync.core.intake import Found, Kind, Place
from zdsync.core.intake_contact import has_email, has_phone
from zdsync.core.intake_text import Parts, parts
from zdsync.core.intake_when import find_when
from zdsync.core.intake_words import (
    ACTION,
    ASKS,
    ATTACHED,
    DASH_ITEM,
    ERROR_MESSAGE,
    FIRST_PERSON,
    LIST_ITEM,
    MAYBE_TROUBLE,
    OUTAGE,
    SAYS_NOTHING,
    STEPS,
    TELLS,
    THEN,
    TROUBLE,
    UNABLE,
)
from zdsync.core.reply_text import fold

_CLOSING: Final = re.compile(
    r"\b(?:merci(?: d'avance)?|thanks(?: in advance)?|thank you|regards|cordialement|cheers)[ ,.!]{1,3}"
    r"\w{0,30} ?\w{0,30}$",
    re.MULTILINE,
)
"""Thanks and a name, in the line's end."""

_ENOUGH: Final = 3
"""Words that say something, in a report of trouble: “viewer shows blank page”."""
_ENOUGH_BESIDE: Final = 2
"""The same where the report also says how or when, or has a machine's message; and where something is asked for."""
_ENOUGH_ABOVE: Final = 4
"""The same above a message that is forwarded: it says what these words need not."""
_ENOUGH_OF_QUESTION: Final = 1
"""The same in “How much storage do we have?”"""


def read_intake(text: str, *, at: datetime, zone: str, locale: str, country: str = "FR") -> Found:
    """What this text, written at `at` (aware), contains. Never raises.

    `zone` is the IANA name of the writer's time zone; `locale` and `country` (ISO 3166) tell how they write dates and
    telephone numbers. A subject may stand above the text as its first line.
    """
    all_parts = parts(text)
    own, forwarded = all_parts.own, all_parts.forwarded
    places: tuple[tuple[Place, str], ...] = (
        ("text", own),
        ("signature", all_parts.signature),
        ("quoted", forwarded),
    )
    said = (places[0], places[2])

    when = find_when(own, at=at, zone=zone, locale=locale, country=country)
    when_in: Place | None = "text" if when else None
    if when is None and forwarded:
        sent = find_when(all_parts.headers, at=at, zone=zone, locale=locale, country=country)
        when = find_when(
            forwarded,
            at=sent.start if sent and sent.precision != "range" else at,
            zone=zone,
            locale=locale,
            country=country,
        )
        when_in = "quoted" if when else None
    kind = _kind(all_parts, timed=when is not None)
    with_headers: tuple[tuple[Place, str], ...] = (*places[:2], ("quoted", f"{all_parts.headers}\n{forwarded}"))
    return Found(
        phone=_where(places, lambda part: has_phone(part, locale=locale, country=country)),
        email=_where(with_headers, has_email),
        description=_where(
            said,
            lambda part: is_described(part, kind, timed=when is not None, passes_on=bool(forwarded) and part is own),
        ),
        steps=_where(said, has_steps),
        when=when,
        when_in=when_in,
        kind=kind,
        mentions_files=ATTACHED.search(fold(own)) is not None,
    )


def wants_steps(text: str) -> bool:
    """Whether steps to reproduce apply to what this text is about: a malfunction, but no outage and no request.

    `Found.wants_steps` knows more, since it has looked for a time too.
    """
    return _kind(parts(text), timed=False) == "malfunction"


def _kind(of: Parts, *, timed: bool) -> Kind:
    """What they pass on is what it is about, unless their own words say more than “can you look at this?”"""
    own = kind_of(of.own, timed=timed)
    if of.forwarded and own == "request" and not is_described(of.own, own, timed=False, passes_on=True):
        return kind_of(of.forwarded, timed=timed)
    return own


def kind_of(words: str, *, timed: bool) -> Kind:
    """What somebody's own words are about. `timed`: they say when something happened.

    What names no trouble is a request in doubt, since nothing more is asked about one. Only what says when something
    happened, and neither asks nor hands over anything, reports it.
    """
    folded = fold(words)
    asks = ASKS.search(folded) is not None
    trouble = TROUBLE.search(folded) is not None
    if OUTAGE.search(folded) and (trouble or not asks):
        return "outage"
    if trouble or ERROR_MESSAGE.search(folded):
        return "malfunction"
    if asks:
        return "request"
    if STEPS.search(folded):
        return "malfunction"
    if TELLS.search(folded):
        return "request"
    if has_steps(words):
        return "malfunction"
    happened = timed and len(_telling(folded)) >= _ENOUGH_BESIDE
    return "malfunction" if happened or MAYBE_TROUBLE.search(folded) else "request"


def is_described(words: str, kind: Kind, *, timed: bool, passes_on: bool = False) -> bool:
    """Whether an agent would know from these words what is wrong or wanted.

    `timed`: they say when. `passes_on`: they stand above a message that they forward.
    """
    folded = fold(words)
    telling = len(_telling(folded))
    if passes_on:
        return telling >= _ENOUGH_ABOVE
    if kind == "request":
        return telling >= (_ENOUGH_OF_QUESTION if ASKS.search(folded) else _ENOUGH_BESIDE)
    beside = timed or ERROR_MESSAGE.search(folded) or has_steps(words)
    return telling >= (_ENOUGH_BESIDE if beside else _ENOUGH)


def _telling(folded: str) -> set[str]:
    """The words that say something; neither thanks nor addresses."""
    said = _CLOSING.sub("", folded).split()
    plain = " ".join(word for word in said if "@" not in word and "://" not in word)
    return {
        word
        for word in re.findall(r"[a-z][a-z0-9_']{2,}", plain)
        if word.strip("'") not in SAYS_NOTHING and not _without_article(word) & SAYS_NOTHING
    }


def _without_article(word: str) -> frozenset[str]:
    """`erreur` of “l'erreur”; `import` of “l'import” is left."""
    head, apostrophe, tail = word.partition("'")
    return frozenset({tail}) if apostrophe and len(head) <= 2 else frozenset()


def has_steps(words: str) -> bool:
    """Whether the words say what to do for it to happen."""
    folded = fold(words)
    if STEPS.search(folded):
        return True
    numbers = [int(item[1] or item[2]) for item in LIST_ITEM.finditer(folded)]
    actions = {action["verb"] for action in ACTION.finditer(folded)}
    if actions and (1 in numbers and 2 in numbers):
        return True
    for sentence in re.split(r"[.!?](?:\s|$)|\n{2,}", folded):
        done = {action["verb"] for action in ACTION.finditer(sentence)}
        told = len(done) >= 3 or (len(done) >= 2 and FIRST_PERSON.search(sentence))
        if told and THEN.search(sentence) and not UNABLE.search(sentence):
            return True
    return len(DASH_ITEM.findall(folded)) >= 2 and len(actions) >= 2


def _where(places: tuple[tuple[Place, str], ...], holds: Callable[[str], bool]) -> Place | None:
    return next((place for place, part in places if part and holds(part)), None)
