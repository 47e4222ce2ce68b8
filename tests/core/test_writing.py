"""How words, times and numbers are written for readers of English and of French."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import fields, is_dataclass
from datetime import date, timedelta
from typing import Any
from zoneinfo import ZoneInfo

import pytest

from tests.core.availability_cases import at
from zdsync.core import incident_words
from zdsync.core.spans import Span
from zdsync.core.writing import LANGUAGES, Language, Writer, language_of, plain, typeset
from zdsync.reports import availability_words
from zdsync.web import confirm_texts, status_texts

WORDS: dict[str, Mapping[Language, Any]] = {
    "incident report": incident_words.WORDS,
    "availability page": availability_words.WORDS,
    "status page": status_texts.WORDS,
    "confirmation page": confirm_texts.WORDS,
}
PARIS = ZoneInfo("Europe/Paris")


def texts(words: Any) -> Iterator[str]:
    if isinstance(words, str):
        yield words
    elif isinstance(words, Mapping):
        yield from (text for each in words.values() for text in texts(each))
    elif isinstance(words, tuple):
        yield from (text for each in words for text in texts(each))
    elif is_dataclass(words):
        yield from (text for each in fields(words) for text in texts(getattr(words, each.name)))


@pytest.mark.parametrize("name", WORDS)
def test_what_readers_see_has_the_signs_of_print(name: str) -> None:
    for language in LANGUAGES:
        said = list(texts(WORDS[name][language]))
        assert len(said) > 20
        assert [text for text in said if re.search(r"['\"]|\.\.\.", text)] == []


@pytest.mark.parametrize("name", WORDS)
def test_in_french_no_line_breaks_before_a_sign_that_has_a_blank_before_it(name: str) -> None:
    """Nor is the blank left out."""
    for text in texts(WORDS[name]["fr"]):
        assert not re.search(r"[^\N{NO-BREAK SPACE}][:%]", text), text
        assert not re.search(r"[^\N{NARROW NO-BREAK SPACE}][;!?»]|«[^\N{NARROW NO-BREAK SPACE}]", text), text


def test_signs_are_set_in_all_that_a_value_holds_and_nothing_else_is_changed() -> None:
    wide, thin = "\N{NO-BREAK SPACE}", "\N{NARROW NO-BREAK SPACE}"
    assert typeset("l'heure : « oui » ; 2 000 ?", "fr") == (
        f"l’heure{wide}: «{thin}oui{thin}»{thin}; 2{thin}000{thin}?"
    )
    assert typeset({"a": ("it's : so", 3)}, "en") == {"a": ("it’s : so", 3)}
    assert plain(typeset("« oui » : non", "fr")) == "« oui » : non"


@pytest.mark.parametrize(
    ("zone", "english", "french"),
    [
        ("Europe/Paris", "Paris time", "heure de Paris"),
        ("Europe/London", "London time", "heure de Londres"),
        ("Europe/Athens", "Athens time", "heure d’Athènes"),
        ("Africa/Cairo", "Cairo time", "heure du Caire"),
        ("Europe/Helsinki", "Helsinki time", "heure d’Helsinki"),
        ("Asia/Hong_Kong", "Hong Kong time", "heure de Hong Kong"),
        ("America/New_York", "New York time", "heure de New York"),
        ("UTC", "UTC", "heure UTC"),
        ("Etc/UTC", "UTC", "heure UTC"),
        ("Etc/GMT-3", "Etc/GMT-3", "heure Etc/GMT-3"),
    ],
)
def test_a_zone_is_named_by_its_place(zone: str, english: str, french: str) -> None:
    assert (Writer("en", ZoneInfo(zone)).zone_name, Writer("fr", ZoneInfo(zone)).zone_name) == (english, french)


def test_numbers_days_and_lengths() -> None:
    english, french = Writer("en", PARIS), Writer("fr", PARIS)
    assert (english.number(1000), plain(french.number(1000))) == ("1,000", "1 000")
    assert (english.day(date(2026, 12, 1), "d MMMM y"), french.day(date(2026, 12, 1), "d MMMM y")) == (
        "1 December 2026",
        "1er décembre 2026",
    )
    assert french.day(date(2026, 12, 11), "EEE d MMM") == "ven. 11 déc."
    assert plain(english.length(timedelta(hours=60, seconds=29))) == "60 h 29 s"
    assert plain(english.length(timedelta())) == "0 min"
    assert (english.percent("99.954"), plain(french.percent("95.000", "0.###"))) == ("99.954%", "95 %")
    assert [language_of(each) for each in ("fr", "fr-CA", "FR", "en-GB", "de")] == ["fr", "fr", "fr", "en", "en"]


def test_a_span_over_a_change_of_the_clock_has_both_offsets() -> None:
    """Else its three hours look like two."""
    writer = Writer("en", PARIS)
    assert writer.span(Span(at("2026-10-25 01:30"), at("2026-10-25 03:30"))) == (
        "Sun 25 Oct, 01:30 (GMT+02:00) – 03:30 (GMT+01:00)"
    )
    assert writer.span(Span(at("2026-10-26 01:30"), at("2026-10-26 03:30"))) == "Mon 26 Oct, 01:30 – 03:30"
