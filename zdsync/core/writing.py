"""How words, times, lengths and numbers are written in a reader's language.

What is shown as a whole is written with it: the incident report, the availability page, the status page and the
confirmation page. (Mails and notes have `templates.py`.) English and French.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, fields, is_dataclass, replace
from datetime import date, datetime, timedelta
from typing import Any, Final, Literal, TypeVar, cast, get_args
from zoneinfo import ZoneInfo

from babel.dates import format_date, format_datetime, format_skeleton, get_timezone_location
from babel.numbers import format_decimal

from zdsync.core.spans import Span

Language = Literal["en", "fr"]
LANGUAGES: Final[tuple[Language, ...]] = get_args(Language)
LOCALES: Final[Mapping[Language, str]] = {"en": "en_GB", "fr": "fr_FR"}

W = TypeVar("W")

_WIDE: Final = "\N{NO-BREAK SPACE}"
_THIN: Final = "\N{NARROW NO-BREAK SPACE}"
_JOINER: Final = "\N{WORD JOINER}"
TO: Final = f"{_WIDE}–{_JOINER}{_WIDE}"
"""Between two times that stay on one line: after a dash alone a line may be broken."""
_FRENCH: Final = (
    (re.compile(r" (?=[;!?»])|(?<=«) |(?<=\d) (?=\d{3}\b)"), _THIN),
    (re.compile(r" (?=[:%])"), _WIDE),
)
"""The blanks that a line does not break at, as the Imprimerie nationale has them; « » with a thin one."""
_VOWEL: Final = re.compile("[AÂEÉIÎOÔU]|H(?!o)")
"""Before which `de` is `d’`: Helsinki, but not Hong Kong."""


def language_of(locale: str) -> Language:
    """`fr-CA` reads French; whoever reads neither reads English."""
    return "fr" if locale.lower().startswith("fr") else "en"


def typeset(words: W, language: Language) -> W:
    """The same words (a text, or a value that is made of some) with the signs of print, so that they can be typed on
    any keyboard: ’ for ', and in French the blanks before `:;?!%»` and after `«` as its readers have them."""
    return cast("W", _typeset(words, language))


def _typeset(words: Any, language: Language) -> Any:
    if isinstance(words, str):
        set_ = words.replace("'", "’")
        for pattern, blank in _FRENCH if language == "fr" else ():
            set_ = pattern.sub(blank, set_)
        return set_
    if isinstance(words, Mapping):
        return {name: _typeset(each, language) for name, each in words.items()}
    if isinstance(words, tuple):
        return tuple(_typeset(each, language) for each in words)
    if is_dataclass(words) and not isinstance(words, type):
        return replace(words, **{each.name: _typeset(getattr(words, each.name), language) for each in fields(words)})
    return words


def plain(text: str) -> str:
    """With blanks that a search in the terminal finds."""
    return text.replace(_WIDE, " ").replace(_THIN, " ").replace(_JOINER, "")


@dataclass(frozen=True)
class Writer:
    """Times and numbers as one writes them in a language."""

    language: Language
    zone: ZoneInfo

    @property
    def locale(self) -> str:
        return LOCALES[self.language]

    @property
    def zone_name(self) -> str:
        """`Paris time`, `heure de Paris`; a zone without a place is named as it is: `UTC`, `heure UTC`."""
        key = self.zone.key.replace("Etc/UTC", "UTC")
        if "/" not in key or key.startswith("Etc/"):
            return key if self.language == "en" else f"heure {key}"
        place = get_timezone_location(self.zone, locale=self.locale, return_city=True)
        if self.language == "en":
            return f"{place} time"
        if place.startswith("Le "):
            return f"heure du {place.removeprefix('Le ')}"
        return f"heure d’{place}" if _VOWEL.match(place) else f"heure de {place}"

    def time(self, at: datetime) -> str:
        """`Tue 10 Nov, 09:00`; seconds if there are any, the offset where the clock shows that time twice."""
        local = at.astimezone(self.zone)
        return f"{self.day(local, 'EEE d MMM')}, {self.clock(local)}"

    def clock(self, local: datetime, *, offset: bool = False) -> str:
        offset = offset or _is_there_twice(local)
        apart = f" ({format_datetime(local, 'OOOO', locale=self.locale)})" if offset else ""
        return f"{local:%H:%M:%S}{apart}" if local.second else f"{local:%H:%M}{apart}"

    def span(self, span: Span) -> str:
        """The second day is left out where it is the first; both have their offsets where the clock was changed in
        between, so that the length can be seen from them."""
        start, end = span.start.astimezone(self.zone), span.end.astimezone(self.zone)
        changed = start.utcoffset() != end.utcoffset()
        first, last = (self.clock(each, offset=changed) for each in (start, end))
        if start.date() != end.date():
            last = f"{self.day(end, 'EEE d MMM')}, {last}"
        return f"{self.day(start, 'EEE d MMM')}, {first} – {last}"

    def day(self, day: date, pattern: str) -> str:
        """By Babel's pattern; the French have a first (1er) of the month."""
        if self.language == "fr" and day.day == 1:
            pattern = re.sub(r"\bd\b", "d'er'", pattern)
        return format_date(day, pattern, locale=self.locale)

    def month(self, day: date) -> str:
        """`November 2026`."""
        return format_skeleton("yMMMM", day, locale=self.locale)

    def length(self, amount: timedelta) -> str:
        """`1 h 30 min`, `29 s`: whole seconds, rounded down, of what may be negative without its sign."""
        left = int(abs(amount).total_seconds())
        parts = [(left // 3600, "h"), (left // 60 % 60, "min"), (left % 60, "s")]
        return " ".join(f"{self.number(n)}{_WIDE}{unit}" for n, unit in parts if n) or f"0{_WIDE}min"

    def number(self, number: int) -> str:
        """`1,000`."""
        return format_decimal(number, locale=self.locale)

    def percent(self, percent: str, pattern: str = "0.000") -> str:
        """Of `99.954`, digits that are rounded already."""
        number = format_decimal(percent, pattern, locale=self.locale)
        return f"{number}{_WIDE}%" if self.language == "fr" else f"{number}%"


def _is_there_twice(local: datetime) -> bool:
    return local.utcoffset() != local.replace(fold=1 - local.fold).utcoffset()
