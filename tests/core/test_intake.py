"""What a customer's first words contain of what an intake asks for, and what is left to ask."""

from __future__ import annotations

import time
from collections.abc import Sequence
from dataclasses import fields
from datetime import UTC, datetime, timedelta
from typing import Final, get_args
from zoneinfo import ZoneInfo

import msgspec
import pytest
from hypothesis import assume, given
from hypothesis import strategies as st

from tests.core.intake import SETS, WRITTEN_AT, ZONE, Case, cases
from zdsync.core.intake import ALONGSIDE, Found, Item, Kind, When, both, missing
from zdsync.core.intake_reading import read_intake, wants_steps
from zdsync.core.intake_when import OLDEST, find_when

TEXTS: Final = [case for name in SETS for case in cases(name)]
FORM: Final[tuple[Item, ...]] = ("email",)
AT_LEAST: Final = {"known": 0.98, "unseen": 0.9, "unseen_2": 0.9, "unseen_3": 0.9, "unseen_4": 0.87}
"""The part of the cases in which everything is read right."""


def read(case: Case) -> Found:
    return read_intake(case.text, at=WRITTEN_AT, zone=ZONE, locale=case.locale, country=case.country)


def labels(found: Found) -> frozenset[str]:
    """What was found, in the table's words."""
    said = {
        item if place == "text" else f"{item}@{place}"
        for item, place in (
            ("phone", found.phone),
            ("email", found.email),
            ("description", found.description),
            ("steps", found.steps),
        )
        if place
    }
    if found.when:
        said.add(f"when={spelled(found.when)}" + ("" if found.when_in == "text" else f"@{found.when_in}"))
    if found.mentions_files:
        said.add("mentions")
    return frozenset({*said, f"kind={found.kind}"})


def spelled(when: When) -> str:
    zone = ZoneInfo(ZONE)
    start, end = when.start.astimezone(zone), when.end.astimezone(zone)
    mark = "?" if when.ambiguous else ""
    if when.precision == "minute":
        return f"{start:%Y-%m-%dT%H:%M}{mark}"
    if when.precision == "hour":
        return f"{start:%Y-%m-%dT%Hh}{mark}"
    if when.precision == "day":
        return f"{start:%Y-%m-%d}{mark}"
    whole = all(at.time() == datetime.min.time() for at in (start, end))
    form = "%Y-%m-%d" if whole else "%Y-%m-%dT%H:%M"
    return f"{start:{form}}..{end:{form}}"


def read_text(text: str, *, locale: str = "en", country: str = "FR") -> Found:
    return read_intake(text, at=WRITTEN_AT, zone=ZONE, locale=locale, country=country)


def differences(case: Case) -> str:
    found = read(case)
    got, asked = labels(found), missing(found, attachments="att" in case.labels, form=FORM)
    parts = [f"+{label}" for label in sorted(got - case.found)] + [f"-{label}" for label in sorted(case.found - got)]
    if asked != case.asked:
        parts.append(f"asks {','.join(asked) or '-'} instead of {','.join(case.asked) or '-'}")
    return " ".join(parts)


def share(found: Sequence[Case]) -> float:
    return sum(not differences(case) for case in found) / len(found)


# --- the tables ---


@pytest.mark.parametrize("name", SETS)
def test_nearly_every_text_is_read_right_in_everything(name: str, capsys: pytest.CaptureFixture[str]) -> None:
    found = cases(name)
    with capsys.disabled():
        print(f"\n{name}: {share(found):.1%} of {len(found)} texts read right in everything")
    wrong = [f"{differences(case)} | {case.text[:80]!r}" for case in found if differences(case)]
    assert share(found) >= AT_LEAST[name], "\n".join(wrong)


def test_the_tables_have_both_languages_and_each_kind() -> None:
    assert len(cases("known")) >= 80
    assert len(cases("unseen")) >= 40
    for name in SETS:
        of_it = cases(name)
        for language in ("en", "fr"):
            assert sum(case.locale.startswith(language) for case in of_it) >= (
                20 if name in ("known", "unseen") else 10
            )
        assert {f"kind={kind}" for kind in get_args(Kind)} <= {label for case in of_it for label in case.labels}


def test_nobody_is_asked_for_what_is_in_their_words() -> None:
    """The other mistake, a thing that is asked for too seldom, is the cheaper one."""
    nagged = [
        (item, case.text[:80])
        for case in TEXTS
        for item in missing(read(case), attachments="att" in case.labels, form=FORM)
        if item not in case.asked and case.asked
    ]
    assert not nagged


def test_nobody_is_written_to_who_left_nothing_out() -> None:
    mailed = [
        case.text[:80]
        for case in TEXTS
        if not case.asked and missing(read(case), attachments="att" in case.labels, form=FORM)
    ]
    assert not mailed


# --- telephone numbers ---

PHONES: Final = {
    "FR": ("01 42 68 53 00", "06.12.34.56.78", "+33 1 42 68 53 00", "0033142685300", "+33 (0)1 42 68 53 00"),
    "GB": ("020 7946 0123", "07700 900123", "+44 20 7946 0123", "(020) 7946 0123"),
    "DE": ("030 23125123", "+49 30 23125 123", "0171 1234567", "030/23125-123"),
    "US": ("(202) 555-0143", "202-555-0143", "+1 202 555 0143", "202.555.0143"),
    "CA": ("416-555-0187", "+1 (416) 555-0187"),
    "CH": ("022 555 01 23", "+41 22 555 01 23", "044 668 18 00"),
    "BE": ("02 555 12 12", "0470 12 34 56", "+32 2 555 12 12"),
    "ES": ("912 345 678", "+34 612 345 678"),
    "IT": ("06 1234 5678", "+39 06 1234 5678", "347 123 4567"),
    "NL": ("020-1234567", "06-12345678", "+31 20 123 4567"),
    "LU": ("27 12 34 56", "+352 27 12 34 56"),
    "PT": ("212 345 678", "+351 912 345 678"),
}

NO_PHONES: Final = (
    "03/04/2026", "2026-04-03 14:05:22", "2026-04-03T14:05:22.123Z", "192.168.100.254", "version 10.12.34.56",
    "order 0612345678", "commande n° 0612345678", "ticket #0145672389", "invoice no. 2026040312", "S26-0199001234",
    "FR76 3000 6000 0112 3456 7890 189", "BE68 5390 0754 7034", "SIRET 552 100 554 00013",
    "1.2.840.10008.5.1.4.1.1.77.1.6",
    "550e8400-e29b-41d4-a716-446655440000", "0x0612345678", "patient 0612345678", "48.856613, 2.352222",
    "4970 1012 3456 7890", "job 1775225122", "https://example.com/0142685300", "Fax : 01 42 68 53 00", "12 34 56",
)  # fmt: skip


@pytest.mark.parametrize(("country", "number"), [(c, n) for c, numbers in PHONES.items() for n in numbers])
def test_a_number_is_found_as_people_write_it_in_its_country(country: str, number: str) -> None:
    for text in (f"You can reach me at {number}.", f"The viewer is slow. {number}", f"Thanks\nJo Roe\n{number}"):
        assert read_text(text, country=country).phone


@pytest.mark.parametrize("other", NO_PHONES)
@pytest.mark.parametrize("country", ["FR", "GB"])
def test_other_digits_are_no_number(other: str, country: str) -> None:
    for text in (f"Please check {other}.", f"{other} is wrong", f"The report shows\n{other}\nwhich is wrong"):
        assert read_text(text, country=country).phone is None


# --- times ---

WHENS: Final = {
    "yesterday": "2026-05-11",
    "since yesterday at 14:05": "2026-05-11T14:05",
    "depuis hier 14h": "2026-05-11T14h",
    "hier vers 14 h 05": "2026-05-11T14:05",
    "hier à 14 heures": "2026-05-11T14h",
    "ce matin vers 9 h 30": "2026-05-12T09:30",
    "at 9.15 am": "2026-05-12T09:15",
    "at 11pm": "2026-05-11T23h",
    "since Monday": "2026-05-11",
    "on Tuesday at 9am": "2026-05-12T09h",
    "last Tuesday": "2026-05-05",
    "mardi dernier": "2026-05-05",
    "vendredi après-midi vers 3h": "2026-05-08T15h",
    "2026-04-03T14:05Z": "2026-04-03T16:05",
    "2026-04-03T14:05:00+02:00": "2026-04-03T14:05",
    "2026-04-03 at 2 pm": "2026-04-03T14h",
    "at 14:00 UTC yesterday": "2026-05-11T16:00",
    "yesterday at 3:30 pm CET": "2026-05-11T15:30",
    "le 3 avril à 14h05": "2026-04-03T14:05",
    "le 1er mai": "2026-05-01",
    "May 3rd": "2026-05-03",
    "on 3 May 2026, around noon": "2026-05-03T12h",
    "3rd of April": "2026-04-03",
    "le 3 décembre": "2025-12-03",
    "03.04.2026": "2026-04-03",
    "le 03/04 vers midi": "2026-04-03T12h?",
    "23/04/2026": "2026-04-23",
    "04/23/2026": "2026-04-23",
    "03/04/2026": "2026-04-03?",
    "last week": "2026-05-04..2026-05-11",
    "la semaine dernière": "2026-05-04..2026-05-11",
    "this weekend": "2026-05-09..2026-05-11",
    "last month": "2026-04-01..2026-05-01",
    "since early May": "2026-05-01T00:00..2026-05-12T10:00",
    "yesterday evening": "2026-05-11T18:00..2026-05-12T00:00",
    "cette nuit": "2026-05-11T18:00..2026-05-12T06:00",
    "il y a deux heures": "2026-05-12T08h",
    "depuis 3 heures": "2026-05-12T07h",
    "depuis 8h": "2026-05-12T08h",
    "depuis 2h du matin": "2026-05-12T02h",
    "depuis 24h": "2026-05-11T10h",
    "half an hour ago": "2026-05-12T09:30",
    "il y a 5 min": "2026-05-12T09:55",
    "two weeks ago": "2026-04-27..2026-05-04",
    "depuis quelques jours": "2026-05-05T10:00..2026-05-12T10:00",
    "à l'instant": "2026-05-12T10:00",
    "[06/May/2026:09:14:55 +0200]": "2026-05-06T09:14",
    "Apr  3 14:05:22 host": "2026-04-03T14:05",
    # no time of an incident
    "since the upgrade": None,
    "depuis la mise à jour": None,
    "it may be the sun": None,
    "we may 3 times": None,
    "step 3 may": None,
    "mars 2.4.1": None,
    "version 2.4.1": None,
    "release 26.04.1": None,
    "2 of 3": None,
    "3/4 of the slides": None,
    "page 3/12": None,
    "16:9": None,
    "tomorrow at 9am": None,
    "lundi prochain à 14h": None,
    "by Friday": None,
    "avant vendredi": None,
    "next week": None,
    "in June": None,
    "31/12/2026": None,
    "born 12/03/2026": None,
    "né le 12 mars 1956": None,
    "invoice of 03/04/2026": None,
    "facture du 03/04/2026": None,
    "call me at 14:00": None,
    "rappelez-moi à 14h": None,
    "31/31/2026": None,
    "2026-13-45": None,
    "0 of 99:99": None,
    "after 30 minutes": None,
    "waits for 30 minutes": None,
}


@pytest.mark.parametrize("words", WHENS)
def test_a_time_is_read_as_it_is_meant(words: str) -> None:
    for text in (words, f"The viewer closed {words}", f"Hello,\n{words}, as I said.\nThanks"):
        when = find_when(text, at=WRITTEN_AT, zone=ZONE, locale="en")
        assert (spelled(when) if when else None) == WHENS[words]


@pytest.mark.parametrize(
    ("locale", "country", "text", "wanted"),
    [
        ("fr", "FR", "Erreur le 03/04/2026", "2026-04-03"),
        ("fr-CA", "CA", "Erreur le 03/04/2026", "2026-04-03"),
        ("en-GB", "GB", "Error on 03/04/2026", "2026-04-03"),
        ("en-US", "US", "Error on 03/04/2026", "2026-03-04"),
        ("en-US", "FR", "Une erreur est survenue le 03/04/2026 dans le module", "2026-04-03"),
        ("en", "FR", "Error on 03/04/2026", "2026-04-03?"),
        ("en", "US", "Error on 03/04/2026", "2026-03-04?"),
        ("", "FR", "Error 03/04/2026", "2026-04-03?"),
        ("en-CA", "CA", "Error 03/04/2026", "2026-04-03?"),
        ("en", "FR", "Error on 05/05/2026", "2026-05-05"),
        ("en", "FR", "Error on 06/05/2026", "2026-05-06"),  # the other way round it lies ahead
        ("en-US", "US", "Error on 06/05/2026", "2026-05-06?"),
        ("fr", "FR", "Erreur le 04/23/2026", "2026-04-23"),
    ],
)
def test_the_order_of_day_and_month_is_told_or_called_ambiguous(
    locale: str, country: str, text: str, wanted: str
) -> None:
    when = find_when(text, at=WRITTEN_AT, zone=ZONE, locale=locale, country=country)
    assert when
    assert spelled(when) == wanted


def test_a_time_is_local_to_whoever_writes() -> None:
    for zone, hour in (("Europe/Paris", 12), ("America/New_York", 18), ("Asia/Tokyo", 5), ("No/Where", 14)):
        when = find_when("yesterday 2pm", at=WRITTEN_AT, zone=zone, locale="en")
        assert when
        assert when.start == datetime(2026, 5, 11, hour, tzinfo=UTC)


def test_an_hour_that_the_change_of_clocks_repeats_or_skips_is_an_hour() -> None:
    for at, text in (
        (datetime(2026, 3, 29, 8, tzinfo=UTC), "at 2:30 am today"),
        (datetime(2026, 10, 25, 8, tzinfo=UTC), "at 2:30 am today"),
    ):
        when = find_when(text, at=at, zone=ZONE, locale="en")
        assert when
        assert at - timedelta(hours=8) < when.start < at


def test_what_a_colleague_wrote_days_ago_is_relative_to_then() -> None:
    text = "FYI\n\nBegin forwarded message:\n\nFrom: A <a@x.example>\nDate: 4 May 2026 at 08:15\nSubject: x\n\n"
    found = read_text(f"{text}The export fails since yesterday.")
    assert found.when_in == "quoted"
    assert found.when
    assert spelled(found.when) == "2026-05-03"


# --- what is left to ask ---


def test_a_missing_telephone_number_alone_mails_nobody() -> None:
    full = Found(email="text", description="text", steps="text", when=a_minute(), when_in="text", kind="malfunction")
    assert missing(full, attachments=True) == ()
    assert missing(full, attachments=False) == ()


def test_the_telephone_number_is_asked_for_beside_something_else() -> None:
    assert missing(Found(email="text", kind="outage", description="text"), attachments=True) == ("phone", "when")


def test_a_file_that_is_announced_and_not_there_is_asked_for() -> None:
    found = Found(phone="text", email="text", description="text", mentions_files=True)
    assert missing(found, attachments=False) == ("attachments",)
    assert missing(found, attachments=True) == ()


def test_a_field_of_the_form_is_not_asked_for() -> None:
    assert "email" in missing(Found(), attachments=False)
    assert "email" not in missing(Found(), attachments=False, form=FORM)


def test_a_number_that_a_colleague_signs_with_is_not_the_writers() -> None:
    assert missing(Found(phone="quoted", email="quoted"), attachments=True) == ("phone", "email", "description")


def test_neither_steps_nor_a_time_are_asked_for_beside_a_question() -> None:
    for text in ("How much storage do we have?", "Please create an account for Dr Martin."):
        assert not wants_steps(text)
        assert not {"steps", "when"} & set(missing(read_text(text), attachments=False))


def test_an_outage_has_nothing_to_reproduce() -> None:
    text = "The platform is down, nobody can log in."
    assert not wants_steps(text)
    assert "steps" not in missing(read_text(text), attachments=False)
    assert "when" in missing(read_text(text), attachments=False)


def test_a_later_answer_adds_to_the_first_words() -> None:
    first = read_text("The slide viewer shows a blank page in cohort BRCA-12.")
    assert "when" in missing(first, attachments=True, form=FORM)
    later = read_text("It was yesterday at 14:05, when I clicked on Export.")
    assert missing(both(first, later), attachments=True, form=FORM) == ()


# --- properties ---

texts = st.sampled_from([case.text for case in TEXTS])
PIECES: Final = (
    *("\n", " ", ">", "> ", "-- \n", "<br>", "<", "&amp;", "&#0;", "From: x\nSent: y\n", "On 3 May, x wrote:\n"),
    *("03/04/2026", "99/99/9999", "0000-00-00", "24:61", "999 months ago", "il y a 999 semaines", "depuis 999 jours"),
    *("31 février", "le 31/04", "+", "+33", "06 12 34 56 78", "a@b.fr", "Begin forwarded message:\n", "\x00"),
    *("\ud800", "1) "),
)  # fmt: skip
anything = st.one_of(
    st.text(), st.lists(st.sampled_from(PIECES)).map("".join), st.lists(texts, max_size=3).map("\n".join)
)
moments = st.datetimes(datetime(1971, 1, 1), datetime(2100, 1, 1), timezones=st.just(UTC))  # noqa: DTZ001


@given(anything, moments, st.sampled_from([ZONE, "", "../x", "UTC"]), st.sampled_from(["fr", "en-US", "", "zz-ZZ"]))
def test_no_text_makes_it_fail(text: str, at: datetime, zone: str, locale: str) -> None:
    found = read_intake(text, at=at, zone=zone, locale=locale, country=locale[-2:])
    assert (found.when is None) == (found.when_in is None)
    if found.when:
        assert at - OLDEST <= found.when.start < found.when.end
        assert found.when.start <= at + timedelta(minutes=15)
    assert len(set(missing(found, attachments=False))) == len(missing(found, attachments=False))


SIGNATURES: Final = (
    "\n\nKind regards,\nMarie Dupont\n+33 1 42 68 53 00\nmarie.dupont@hospital.example",
    "\n\n-- \nMarie Dupont\nResponsable du laboratoire\nTél. : 01 42 68 53 00\nmarie.dupont@hospital.example",
    "\n\nCordialement,\n\nPaul Martin\npaul@hospital.example\n06 12 34 56 78\n\nEnvoyé de mon iPhone",
)


@given(st.sampled_from([case for case in TEXTS if "@quoted" not in " ".join(case.labels)]), st.sampled_from(SIGNATURES))
def test_a_signature_loses_nothing_and_has_its_number_and_address(case: Case, signature: str) -> None:
    assume(">" not in case.text and "From:" not in case.text and "De :" not in case.text and case.text)
    bare = read(case)
    signed = read(Case(case.locale, case.country, case.labels, case.text + signature))
    assert signed.phone
    assert signed.email
    for field in fields(Found):
        if field.name not in ("phone", "email") and getattr(bare, field.name):
            assert getattr(signed, field.name) == getattr(bare, field.name)


@given(texts)
def test_what_is_quoted_is_not_found(text: str) -> None:
    quoted = "\n".join(f"> {line}" for line in text.split("\n"))
    for below in (quoted, f"Le lun. 11 mai 2026 à 10:02, Support <s@x.example> a écrit :\n{quoted}"):
        assert read_text(below) == Found()
        assert labels(read_text(f"OK\n\n{below}")) == labels(read_text("OK"))


def test_nothing_of_the_text_is_kept() -> None:
    for case in TEXTS:
        kept = msgspec.json.encode(read(case)).decode()
        words = {word for word in case.text.lower().split() if len(word) > 5 and word.isalpha()}
        assert not words & set(kept.lower().replace('"', " ").split()) - set(get_args(Kind)) - set(get_args(Item))


def test_what_was_found_survives_the_index() -> None:
    for case in TEXTS:
        found = read(case)
        assert msgspec.msgpack.decode(msgspec.msgpack.encode(found), type=Found) == found


@pytest.mark.parametrize(
    "piece",
    ["a", "0", "0 ", "-", "<", "&amp;", "1.", "03/", "14:", "+", "@", "a@", "é", "(", "\n", "> \n", "From: a\n",
     "il y a ", "le 3 ", "12 34 56 78 90 ", "2026-04-03 14:05:22 ERROR x\n",
     "Marie Dupont\n", "1. open\n", "<a href="],
)  # fmt: skip
def test_the_time_grows_with_the_length_only(piece: str) -> None:
    """Four times the text takes about four times as long: sixteen times would be a square."""

    def taken(size: int) -> float:
        text = (piece * size)[:size]
        best = 1e9
        for _ in range(3):
            begin = time.process_time()
            read_text(text)
            best = min(best, time.process_time() - begin)
        return best

    assert taken(18_000) < 10 * taken(4_500) + 0.005


def test_a_thread_of_sixty_thousand_characters_is_read_like_its_beginning() -> None:
    log = "2026-05-11 23:12:07,331 ERROR uploader.queue: cannot open slide S26-0199001234\n" * 800
    found = read_text(f"The uploader stops when I add a folder, call 01 42 68 53 00.\n\n{log}")
    assert len(log) > 60_000
    assert (found.phone, found.description, found.steps, found.when_in) == ("text",) * 4


def a_minute() -> When:
    return When(WRITTEN_AT, WRITTEN_AT + timedelta(minutes=1), "minute")


def test_what_mails_nobody_alone_is_a_number_or_a_file() -> None:
    assert frozenset({"phone", "attachments"}) == ALONGSIDE
