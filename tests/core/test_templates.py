"""Texts: nothing that a customer types can do anything in a comment, and mistakes in a text are found before."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st
from jinja2 import TemplateSyntaxError, UndefinedError
from jinja2.exceptions import SecurityError

from tests.builders import shipped_texts
from zdsync.core.automations import AUTOMATIONS
from zdsync.core.durations import as_written, in_words, parse_duration
from zdsync.core.templates import LONGEST_VALUE, Templates, neutral, paragraphs

AT = datetime(2026, 11, 24, 17, 0, tzinfo=UTC)


def rendered(text: str, locale: str = "en", **values: object) -> str:
    return Templates({f"t/{locale}": text}).render("t", locale, **values)


@pytest.mark.parametrize(
    "typed",
    [
        "{{ticket.comments}}",
        "{{{{x}}}}",
        "{% raw %}",
        "<script>alert(1)</script>",
        "[link](https://example.com)",
        "![image](x)",
        "**bold** _it_ __b__ ~~s~~",
        "`code`",
        "a | b",
        "# title",
        "> quote",
        "\\*",
        "&lbrace;&lbrace;ticket.id&rbrace;&rbrace;",
    ],
)
def test_what_a_customer_typed_means_nothing_in_a_comment(typed: str) -> None:
    shown = rendered("Subject: {{ subject }}", subject=typed)
    assert not set("{}<>[]*`#|~\\") & set(shown)
    assert "_it_" not in shown
    assert "__" not in shown
    assert "&l" not in shown


@pytest.mark.parametrize(
    ("typed", "shown"),
    [
        ("- item", "－ item"),
        ("+", "＋"),
        ("---", "－--"),
        ("===", "＝=="),
        ("1. first", "1． first"),
        ("12) twelfth", "12） twelfth"),
        ("     code", " code"),
        ("-5 °C", "-5 °C"),
        ("+33 1 99", "+33 1 99"),
        ("1.5", "1.5"),
        ("AT&T; R&D", "AT＆T; R&D"),
        (" and ", " and "),
    ],
)
def test_a_value_that_begins_a_line_makes_no_list_rule_or_heading(typed: str, shown: str) -> None:
    assert rendered("{{ a }}x", a=typed) == f"{shown}x".strip()


@given(st.text())
def test_no_value_makes_a_placeholder_or_a_second_line(typed: str) -> None:
    shown = neutral(typed)
    assert "{" not in shown
    assert "<" not in shown
    assert len(shown.splitlines()) <= 1
    assert len(shown) <= LONGEST_VALUE


def test_harmless_values_are_shown_as_they_are() -> None:
    assert rendered("{{ a }}", a="K Pro: naïve snake_case, 100 % (été) 漢字 — https://x.example/a?b=c&d") == (
        "K Pro: naïve snake_case, 100 % (été) 漢字 — https://x.example/a?b=c&d"
    )


def test_instants_are_local_and_in_the_language_of_the_text() -> None:
    assert rendered("{{ at | local }}", at=AT, zone="Europe/Paris") == "Tue 24 Nov 2026, 18:00 CET"
    assert rendered("{{ at | local }}", "fr", at=AT, zone="Europe/Paris") == "mar. 24 nov. 2026, 18:00 CET"
    assert rendered("{{ at | local('America/Sao_Paulo') }}", at=AT, zone="UTC") == "Tue 24 Nov 2026, 14:00 UTC-03"


READERS = {
    # locale of the reader: what they read where there is a text in en and one in fr
    "en": "Due Tue 24 Nov 2026, 18:00 CET",
    "EN": "Due Tue 24 Nov 2026, 18:00 CET",
    "en-US": "Due Tue, Nov 24, 2026, 6:00 PM CET",
    "en-us": "Due Tue, Nov 24, 2026, 6:00 PM CET",
    "en-GB": "Due Tue, 24 Nov 2026, 18:00 CET",
    "en-AU": "Due Tue, 24 Nov 2026, 6:00 pm CET",
    "fr": "Pour le mar. 24 nov. 2026, 18:00 CET",
    "fr-CA": "Pour le mar. 24 nov. 2026, 18 h 00 CET",
    "fr_CA": "Pour le mar. 24 nov. 2026, 18 h 00 CET",
    "fr-BE": "Pour le mar. 24 nov. 2026, 18:00 CET",
    "fr-XY": "Pour le mar. 24 nov. 2026, 18:00 CET",
    "de": "Due Tue 24 Nov 2026, 18:00 CET",
    "zh-CN": "Due Tue 24 Nov 2026, 18:00 CET",
    "tlh": "Due Tue 24 Nov 2026, 18:00 CET",
    "": "Due Tue 24 Nov 2026, 18:00 CET",
}


@pytest.mark.parametrize(("locale", "read"), READERS.items())
def test_dates_are_as_the_reader_writes_them_in_the_language_of_the_text(locale: str, read: str) -> None:
    """Never one language's date within another's text."""
    texts = Templates({"t/en": "Due {{ at | local }}", "t/fr": "Pour le {{ at | local }}"})
    assert texts.render("t", locale, at=AT, zone="Europe/Paris") == read


@pytest.mark.parametrize("locale", ["en", "en-US", "en-GB", "fr", "fr-CA", "de"])
def test_lengths_of_time_read_the_same_everywhere(locale: str) -> None:
    texts = Templates({"t/en": "{{ a | duration }}", "t/fr": "{{ a | duration }}"})
    assert texts.render("t", locale, a=timedelta(hours=2, minutes=30)) == "2 h 30 min"


@given(st.text(alphabet=st.characters(codec="ascii"), max_size=12))
def test_no_locale_of_a_person_is_an_error(locale: str) -> None:
    """Zendesk's `locale` is whatever an admin or an import has put there."""
    texts = Templates({"t/en": "{{ at | local }}", "t/fr": "{{ at | local }}"})
    assert "2026" in texts.render("t", locale, at=AT)
    assert "2026" in texts.render("t", f"fr-{locale}", at=AT)


def test_a_locale_falls_back_to_its_language_and_then_to_english() -> None:
    texts = Templates({"t/en": "hello", "t/fr": "bonjour", "only/en": "yes"})
    assert [texts.render("t", locale) for locale in ("fr", "fr-CA", "FR", "de", "en-GB")] == [
        "bonjour",
        "bonjour",
        "bonjour",
        "hello",
        "hello",
    ]
    assert texts.render("only", "fr") == "yes"
    variants = Templates({"t/en": "hello", "t/fr-CA": "allô"})
    assert [variants.render("t", locale) for locale in ("fr-CA", "fr-ca", "fr_CA", "fr")] == ["allô"] * 3 + ["hello"]
    with pytest.raises(KeyError, match="no text other in fr or en"):
        texts.render("other", "fr")


def test_a_missing_value_is_an_error_and_not_a_gap() -> None:
    with pytest.raises(UndefinedError):
        rendered("Due {{ due }}")


def test_a_text_cannot_leave_the_sandbox() -> None:
    with pytest.raises(SecurityError):
        rendered("{{ a.__class__.__mro__ }}", a="x")
    with pytest.raises(UndefinedError):
        rendered("{{ range(3) }}")


def test_faults_of_texts_are_named() -> None:
    texts = Templates({"a/en": "fine", "b/en": "one\n{% if x %}", "c/fr": "{{ x | nofilter }}"})
    assert [(fault.name, fault.locale, fault.line) for fault in texts.faults()] == [("b", "en", 2), ("c", "fr", 1)]
    with pytest.raises(TemplateSyntaxError):
        texts.render("b", "en")


def test_the_values_that_a_text_uses_are_known() -> None:
    texts = Templates(
        {"a/en": "{{ x | local }}{% for p in ps %}{{ p.z }}{% endfor %}", "a/fr": "{{ y }}", "b/en": "{%"}
    )
    assert texts.fields_of("a") == {"x", "ps", "y"}
    assert texts.fields_of("a", "fr") == {"y"}
    assert texts.fields_of("b") == frozenset()
    assert texts.names == {"a", "b"}
    assert texts.locales("a") == {"en", "fr"}


def test_every_text_that_an_automation_may_say_is_shipped_and_uses_only_what_it_is_given() -> None:
    texts = Templates(shipped_texts())
    assert texts.faults() == ()
    for automation in AUTOMATIONS.values():
        for name, values in automation.templates.items():
            assert "en" in texts.locales(name), name
            assert texts.fields_of(name) <= set(values), name


@pytest.mark.parametrize(
    ("written", "minutes"), [("1h", 60), ("30m", 30), ("2h 30m", 150), ("2h30m", 150), ("75h", 4500), (" 90m ", 90)]
)
def test_durations_are_read(written: str, minutes: int) -> None:
    assert parse_duration(written) == timedelta(minutes=minutes)


@pytest.mark.parametrize("wrong", ["", "h", "0m", "1d", "1.5h", "-1h", "30", 30, None, True, "m30", "1h 1h", "٣h"])
def test_what_is_no_duration_is_refused_with_an_example(wrong: object) -> None:
    with pytest.raises(ValueError, match="write"):
        parse_duration(wrong)


def test_a_duration_that_is_beyond_counting_is_refused() -> None:
    with pytest.raises(ValueError, match="too long"):
        parse_duration("99999999999999999999h")


@given(st.integers(1, 10_000))
def test_durations_are_written_as_they_are_read(minutes: int) -> None:
    assert parse_duration(as_written(timedelta(minutes=minutes))) == timedelta(minutes=minutes)


@pytest.mark.parametrize(
    ("seconds", "words"), [(0, "0 min"), (59, "0 min"), (3600, "1 h"), (9000, "2 h 30 min"), (-5, "0 min")]
)
def test_durations_are_told_in_whole_minutes(seconds: int, words: str) -> None:
    assert in_words(timedelta(seconds=seconds)) == words


def test_words_that_are_passed_on_keep_their_lines_and_mean_nothing_else() -> None:
    words = paragraphs("First {{ticket.id}}.\n\n\n\n# Second <b>\n- third\u202e\r\n")
    shown = rendered("{{ words }}", words=words)
    assert shown.split("\n")[:3] == ["First \uff5b\uff5bticket.id\uff5d\uff5d.", "", "\uff03 Second \uff1cb\uff1e"]
    assert not set("{}<>#\u202e\r") & set(shown)
    assert rendered("{{ words }}", words=paragraphs("a" * 30_000)).endswith("[\u2026]")
