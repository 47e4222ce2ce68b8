"""The texts of messages: Jinja in a sandbox, strict about names, and harmless whatever a customer has typed.

`rules/load.py` reads `config/messages/<locale>/<name>.md.j2` into one `Templates`; `compose.py` renders; `check` asks
for `faults` and `fields_of`. Zendesk renders Markdown and its own `{{placeholders}}` in comments, so every value that
comes from outside is shown with the full-width twins of the characters that could mean something there.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from functools import lru_cache
from typing import Final
from zoneinfo import ZoneInfo

from babel import Locale, UnknownLocaleError
from babel.dates import format_datetime
from jinja2 import StrictUndefined, Template, TemplateSyntaxError, meta, pass_context
from jinja2.runtime import Context
from jinja2.sandbox import ImmutableSandboxedEnvironment

from zdsync.core.durations import in_words

FALLBACK: Final = "en"
LONGEST_VALUE: Final = 500
"""Characters of one value; a subject is 150 at most, and nobody should flood a note."""

_HARMFUL: Final = {ord(sign): ord(sign) + 0xFEE0 for sign in "{}<>[]*`#|~\\"}
_INVISIBLE: Final = re.compile("[\x00-\x1f\x7f-\x9f\u200b-\u200f\u2028-\u202e\u2060-\u2069\ufeff]+")
_OUTER_UNDERSCORE: Final = re.compile(r"(?<!\w)_|_(?!\w)|(?<=_)_|_(?=_)")
_ENTITY: Final = re.compile(r"&(?=[A-Za-z][A-Za-z0-9]*;)")
_BLOCK: Final = re.compile(r"()([-+=])(?=[-+=\s]|\Z)|([0-9]+)([.)])(?=\s|\Z)")
_CUT: Final = " […]"
_REMEMBERED: Final = 512
"""Texts whose reading is kept, whichever `Templates` they are in: rules that change seldom change their texts."""
_DESK: Final = "EEE d MMM y, HH:mm"
"""Dates in plain `en`, which is what agents read: the same for all of them."""


@dataclass(frozen=True, slots=True)
class TemplateFault:
    """A text that Jinja cannot read."""

    name: str
    locale: str
    line: int
    wrong: str


class Templates:
    """Texts by name and locale: `Templates({"sla_targets.set/en": "…"})`. Immutable once made."""

    def __init__(self, texts: Mapping[str, str]) -> None:
        self._texts = dict(texts)
        self._locales = {f"{name}/{_folded(locale)}": locale for name, _, locale in _parts(texts)}
        """Who reads `fr_ca` gets the text of `fr-CA`: Zendesk spells locales in more than one way."""

    @property
    def texts(self) -> Mapping[str, str]:
        """Everything, as given: for the rulebook's hash."""
        return dict(self._texts)

    @property
    def names(self) -> frozenset[str]:
        return frozenset(key.rpartition("/")[0] for key in self._texts)

    def locales(self, name: str) -> frozenset[str]:
        """The locales that have the text."""
        return frozenset(locale for key in self._texts for found, _, locale in [key.rpartition("/")] if found == name)

    def render(self, name: str, locale: str, **values: object) -> str:
        """The text in the reader's locale, or in `en` where the locale (`fr-CA`, then `fr`) lacks it.

        Values: anything; `zone` (an IANA name) is where the filter `local` shows instants. Dates are as the reader
        writes them where the text is in the reader's language, and else as the text's does. Raises KeyError for an
        unknown text, jinja2.UndefinedError for a missing value, jinja2.TemplateSyntaxError for a text with a fault.
        """
        key = self._key(name, locale)
        found = key.rpartition("/")[2]
        reader = locale if _language_of(locale) == _language_of(found) else found
        return _compiled(self._texts[key]).render(values, locale=found, **{_READER: reader}).strip()

    def fields_of(self, name: str, locale: str | None = None) -> frozenset[str]:
        """The values that the text uses, in one locale or in any; nothing for a text with a fault."""
        used: set[str] = set()
        for one in self.locales(name) if locale is None else {locale}:
            try:
                used |= _values_of(self._texts[f"{name}/{one}"])
            except TemplateSyntaxError:
                continue
        return frozenset(used - {"locale"})

    def faults(self) -> tuple[TemplateFault, ...]:
        """Every text that cannot be compiled (an unknown filter is such a fault too)."""
        found = []
        for key in self._texts:
            name, _, locale = key.rpartition("/")
            try:
                _compiled(self._texts[key])
            except TemplateSyntaxError as error:
                found.append(TemplateFault(name, locale, error.lineno, error.message or "a fault in the syntax"))
        return tuple(found)

    def locale_for(self, name: str, locale: str) -> str | None:
        """The locale of the text that a reader of `locale` gets; None where nobody gets any."""
        for candidate in (locale, _language_of(locale), FALLBACK):
            if found := self._locales.get(f"{name}/{_folded(candidate)}"):
                return found
        return None

    def _key(self, name: str, locale: str) -> str:
        found = self.locale_for(name, locale)
        if found is None:
            raise KeyError(f"no text {name} in {locale} or {FALLBACK}")
        return f"{name}/{found}"


_READER: Final = "_reader"
"""In a text's context: the locale in which dates are shown. No text can name it by mistake."""


def _parts(keys: Iterable[str]) -> Iterable[tuple[str, str, str]]:
    return (key.rpartition("/") for key in keys)


def _folded(locale: str) -> str:
    return locale.replace("_", "-").lower()


def _language_of(locale: str) -> str:
    return re.split("[-_]", locale)[0].lower()


@lru_cache(maxsize=1)
def _environment() -> ImmutableSandboxedEnvironment:
    environment = ImmutableSandboxedEnvironment(
        undefined=StrictUndefined, finalize=_harmless, trim_blocks=True, lstrip_blocks=True, autoescape=False
    )
    environment.globals.clear()
    environment.filters.update(local=_local, duration=_duration)
    return environment


@lru_cache(maxsize=_REMEMBERED)
def _compiled(text: str) -> Template:
    """Raises jinja2.TemplateSyntaxError."""
    return _environment().from_string(text)


@lru_cache(maxsize=_REMEMBERED)
def _values_of(text: str) -> frozenset[str]:
    """The names that the text does not set itself. Raises jinja2.TemplateSyntaxError."""
    return frozenset(meta.find_undeclared_variables(_environment().parse(text)))


class Quotation(str):
    """Somebody's words, harmless already: a value that is shown in whole. Made by `quoted` and `paragraphs`."""

    __slots__ = ()


def quoted(text: str, room: int) -> Quotation:
    """The text line by line behind `>`, at most `room` characters of it; `[…]` where it had to be cut."""
    lines: list[str] = []
    for line in text.splitlines():
        shown = f"> {_neutral_line(line)}".rstrip()
        if room < len(shown) + len(_CUT):
            lines.append(f"{shown[: max(room - len(_CUT), 0)]}{_CUT}" if room > len(_CUT) + 1 else _CUT.strip())
            break
        lines.append(shown)
        room -= len(shown) + 1
    return Quotation("\n".join(lines))


LONGEST_WORDS: Final = 20_000
"""Characters of a comment that is passed on; Zendesk takes some 65,000."""


def paragraphs(text: str) -> Quotation:
    """Somebody's words in whole, line by line, as a value that is shown as it is; `[…]` where it had to be cut."""
    lines = [_neutral_line(line).strip() for line in text[:LONGEST_WORDS].strip().splitlines()]
    words = re.sub(r"\n{3,}", "\n\n", "\n".join(lines))
    return Quotation(words if len(text) <= LONGEST_WORDS else words + _CUT)


def _harmless(value: object) -> object:
    return value if isinstance(value, StrictUndefined | Quotation) else neutral(str(value))


def neutral(text: str) -> str:
    """The text on one line, with nothing in it that Zendesk, Markdown, HTML or Jinja would act on."""
    line = _neutral_line(text)
    return line if len(line) <= LONGEST_VALUE else line[: LONGEST_VALUE - 1] + "…"


def _neutral_line(text: str) -> str:
    line = _INVISIBLE.sub(" ", text).translate(_HARMFUL)
    line = _OUTER_UNDERSCORE.sub("＿", line)
    line = _ENTITY.sub("＆", line)
    return _harmless_beginning(line)


def _harmless_beginning(line: str) -> str:
    """A list item, a rule, a heading's underline, a block of code: only the first signs of a line can make one."""
    words = line.lstrip()
    blank = " " if words != line else ""
    found = _BLOCK.match(words)
    if not found:
        return blank + words
    number, sign = found[1] or found[3] or "", found[2] or found[4]
    return f"{blank}{number}{chr(ord(sign) + 0xFEE0)}{words[found.end() :]}"


@pass_context
def _local(context: Context, instant: datetime, zone: str | None = None) -> str:
    """`{{ due | local }}`: Tue 24 Nov 2026, 18:00 CET, as the reader of the text writes it."""
    _must_be(instant, datetime, "`| local` is for an instant")
    local = instant.astimezone(_zone(zone or str(context.get("zone", "UTC"))))
    locale = str(context[_READER])
    if locale.lower() == FALLBACK:
        day = format_datetime(local, _DESK, locale=_language(FALLBACK))
    else:
        day = format_datetime(local, _pattern(locale), locale=_language(locale))
    return f"{day} {zone_name(local)}"


def _duration(length: timedelta) -> str:
    _must_be(length, timedelta, "`| duration` is for a length of time")
    return in_words(length)


def _must_be(value: object, kind: type, words: str) -> None:
    if isinstance(value, StrictUndefined):
        str(value)  # which says what is missing
    if not isinstance(value, kind):
        raise TypeError(f"{words}, not for {value!r}"[:LONGEST_VALUE])


def zone_name(local: datetime) -> str:
    """`CET`; where the zone has no letters, `UTC+03`."""
    name = local.tzname() or ""
    return name if name[:1].isalpha() else f"UTC{name}"


@lru_cache(maxsize=64)
def _language(locale: str) -> Locale:
    """As Babel knows it: `fr-XY` is French, and what nobody knows is English."""
    for candidate in (locale.replace("-", "_"), _language_of(locale)):
        try:
            return Locale.parse(candidate)
        except (UnknownLocaleError, ValueError):
            continue
    return Locale.parse(FALLBACK)


@lru_cache(maxsize=64)
def _pattern(locale: str) -> str:
    """The short day, with its weekday, and the time, 12 or 24 hours, as the language has them."""
    language = _language(locale)
    day, time = language.datetime_skeletons["yMMMEd"].pattern, language.time_formats["short"].pattern
    together = str(language.datetime_formats["medium"]).format(time, day)
    return together.replace("\N{NARROW NO-BREAK SPACE}", " ")  # which older mail programs show as a box


@lru_cache(maxsize=64)
def _zone(name: str) -> ZoneInfo:
    return ZoneInfo(name)
