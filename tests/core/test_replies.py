"""What a customer's reply says: never a yes that is none, and nearly every yes that is clear."""

from __future__ import annotations

import sys
from collections.abc import Callable, Mapping, Sequence
from functools import cache
from types import FrameType
from typing import TYPE_CHECKING, Final, get_args

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.core.replies import SETS, Case, cases
from zdsync.core.model import Answer
from zdsync.core.replies import LONGEST, read

if TYPE_CHECKING:
    from _typeshed import TraceFunction

YES: Final = frozenset({"yes", "bare yes"})
ALL: Final = [case for name in SETS for case in cases(name)]


@cache
def heard(text: str) -> Answer:
    """`read`, once for each text of the sets."""
    return read(text)


AT_LEAST: Final[Mapping[str, float]] = {"known": 0.9, "unseen_1": 0.9, "unseen_2": 0.8}
"""The part of the clear yeses that is found."""


@pytest.mark.parametrize("name", SETS)
def test_a_set_has_enough_of_each_language_and_many_traps(name: str) -> None:
    found = cases(name)
    clear = [case for case in found if case.label == "yes"]
    assert len(found) >= (160 if name == "known" else 100)
    assert len(clear) >= 40
    for language in ("en", "fr"):
        assert sum(case.language == language for case in clear) >= 20
        assert sum(case.language == language for case in found if case.label not in YES) >= 25
    assert {case.label for case in found} == set(get_args(Answer))


@pytest.mark.parametrize("name", SETS)
def test_no_text_is_taken_for_a_yes_that_is_none(name: str) -> None:
    wrong = [(heard(case.text), case) for case in cases(name) if heard(case.text) in YES - case.right]
    assert not wrong


@pytest.mark.parametrize("name", SETS)
def test_nearly_every_clear_yes_is_found(name: str, capsys: pytest.CaptureFixture[str]) -> None:
    found = cases(name)
    with capsys.disabled():
        print(f"\n{name}: {figures(found)}")
    clear = [case for case in found if case.label == "yes"]
    assert share(clear) >= AT_LEAST[name]


@pytest.mark.parametrize("label", ["no", "thanks", "automatic", "bare yes"])
@pytest.mark.parametrize("name", SETS)
def test_the_other_answers_are_mostly_found_too(name: str, label: str) -> None:
    assert share([case for case in cases(name) if case.label == label]) >= 0.75


def figures(found: Sequence[Case]) -> str:
    """Per label, how many are read right."""
    parts = []
    for label in get_args(Answer):
        of_it = [case for case in found if case.label == label]
        parts.append(f"{label} {sum(heard(case.text) in case.right for case in of_it)}/{len(of_it)}")
    return ", ".join(parts)


def share(found: Sequence[Case]) -> float:
    return sum(heard(case.text) in case.right for case in found) / len(found)


# --- no yes survives what takes it back ---

yeses = st.sampled_from([case.text for case in ALL if case.label in YES and "\n" not in case.text])
texts = st.sampled_from([case.text for case in ALL if ">" not in case.text])

TAKEN_BACK: Final = [
    "but the scanner is still broken",
    "but not for Marie",
    "mais pas pour Marie",
    "mais le scanner ne marche pas",
    "except on my phone",
    "sauf sur mon téléphone",
    "not",
    "almost",
    "presque",
    "for now",
    "pour l'instant",
    "I think",
    "je pense",
    "if you say so",
    "once the others have tested",
    "quand les autres auront testé",
    "the scanner is broken",
    "le scanner est en panne",
    "the screen flickers",
    "l'écran clignote",
    "my phone does not ring",
    "il manque deux fichiers",
    "two files are missing",
    "also, I need a new mouse",
    "par ailleurs il me faut une souris",
    "please call me",
    "rappelez-moi",
    "see the attached screenshot",
    "voir la capture en pièce jointe",
    "I will check tomorrow",
    "je vérifie demain",
    "or is it",
    "but look at https://example.com/scan",
    "le scanner clignote, cf https://example.com/scan",
    "ask tom@example.com for the rest",
    "1 file is missing",
    "Error 5023",
    "until I restart",
    "jusqu'au redémarrage",
    "😡",
    "👎",
    ":(",
    "lol",
    "the first one at least",
    "thanks for nothing",
    "3 of 5",
]


@given(
    yeses,
    st.sampled_from(TAKEN_BACK),
    st.sampled_from([" ", ", ", ". ", "\n", "\n\n", " - ", "! ", " and ", " et ", "\nPS: "]),
)
def test_a_yes_that_is_taken_back_is_none(yes: str, back: str, between: str) -> None:
    assert read(f"{yes}{between}{back}") not in YES
    assert read(f"{back}{between}{yes}") not in YES


@given(yeses, st.sampled_from(["?", " ?", "? Thanks", "\nWhat about the other one?", " Qui s'en occupe ?", " ??"]))
def test_a_yes_with_a_question_is_none(yes: str, question: str) -> None:
    assert read(yes + question) not in YES


@given(yeses, st.from_regex(r"\A[a-z]{4,12}\Z").filter(lambda word: f" {word}" not in " ".join(c.text for c in ALL)))
def test_a_yes_with_a_sentence_that_nobody_knows_is_none(yes: str, word: str) -> None:
    assert read(f"{yes}. The {word} does {word}.") not in YES
    assert read(f"{yes}\nIl y a {word} dans le {word}.") not in YES


@given(st.sampled_from([case.text for case in ALL if case.label == "no"]), yeses)
def test_a_no_beside_a_yes_is_no_yes(no: str, yes: str) -> None:
    assert read(f"{yes}\n{no}") not in YES
    assert read(f"{no}\n{yes}") not in YES


QUOTED: Final[Mapping[str, Callable[[str], str]]] = {
    "marks": lambda text: "\n".join(f"> {line}" for line in text.split("\n")),
    "marks below a header": lambda text: (
        "On Mon, 23 Nov 2026 at 10:02, Support <s@example.com> wrote:\n"
        + "\n".join(f"> {line}" for line in text.split("\n"))
    ),
    "a header": lambda text: f"Le lun. 23 nov. 2026 à 10:02, Support <s@example.com> a écrit :\n\n{text}",
    "a header in two lines": lambda text: f"On Mon, Nov 23, 2026 at 10:02 AM Support\n<s@example.com> wrote:\n{text}",
    "a forwarded message": lambda text: f"---------- Forwarded message ---------\n{text}",
    "Outlook, English": lambda text: (
        f"________________________________\nFrom: S <s@example.com>\nSent: Monday\nTo: X\nSubject: Y\n\n{text}"
    ),
    "Outlook, French": lambda text: (
        f"De\u00a0: S <s@example.com>\nEnvoyé\u00a0: lundi\nÀ\u00a0: X\nObjet\u00a0: Y\n\n{text}"
    ),
    "Outlook, in bold": lambda text: f"*De :* S <s@example.com>\n*Envoyé :* lundi\n*À :* X\n*Objet :* Y\n\n{text}",
    "an original message": lambda text: f"-----Message d'origine-----\nDe : S\n\n{text}",
    "Zendesk's line": lambda text: f"##- Please type your reply above this line -##\n{text}",
}


@pytest.mark.parametrize("quote", QUOTED.values(), ids=QUOTED)
@given(text=texts)
def test_what_is_quoted_says_nothing(quote: Callable[[str], str], text: str) -> None:
    assert read(quote(text)) == "other"
    assert read(f"Bonjour\n\n{quote(text)}") == "other"
    assert read(f"I cannot say\n\n{quote(text)}") == "other"


@pytest.mark.parametrize("quote", QUOTED.values(), ids=QUOTED)
def test_what_stands_above_a_quotation_is_read(quote: Callable[[str], str]) -> None:
    assert read(f"Yes, it is solved.\n\n{quote('No, it is still broken?')}") == "yes"
    assert read(f"Oui\n\n{quote('Rien ne marche ?')}") == "bare yes"


def test_a_mere_yes_below_a_quotation_may_answer_any_question_in_it() -> None:
    assert read("> Is the cable plugged in?\n\nYes") == "other"
    assert read("> Is it solved?\n\nYes, it is solved") == "yes"


def test_the_rest_of_a_wrapped_quotation_is_no_answer() -> None:
    assert read("> Hello, may we\nclose the ticket") == "other"


FOOTERS: Final = [
    "\n\nSent from my iPhone",
    "\n\nEnvoyé de mon iPhone",
    "\n\nCordialement,\nJeanne Petit\nResponsable achats\n01 02 03 04 05",
    "\n\nBest regards,\nTom Young\nExample Ltd | www.example.com",
    "\n--\nTom",
    "\n\nThis e-mail is confidential. If you are not the intended recipient, delete it.\nDo not copy it.",
    "\n\nCe message est confidentiel. Si vous n'êtes pas le destinataire, merci de le supprimer.",
    "\n\nCet e-mail a été vérifié par le logiciel antivirus d'Avast.",
]


@pytest.mark.parametrize("footer", FOOTERS)
@pytest.mark.parametrize("greeting", ["", "Hello,\n", "Bonjour Inès,\n\n"])
@given(text=st.sampled_from([case.text for case in ALL if "\n" not in case.text and case.label != "automatic"]))
def test_greeting_and_signature_make_no_yes_of_anything_and_hide_none(greeting: str, footer: str, text: str) -> None:
    alone, dressed = read(text), read(f"{greeting}{text}{footer}")
    assert (dressed in YES) == (alone in YES)
    if alone == "no":
        assert dressed == "no"


@pytest.mark.parametrize(
    "below",
    [
        "but the scanner is broken",
        "PS : le scanner ne marche pas",
        "Le scanner non plus",
        "and when will the other be done",
    ],
)
@pytest.mark.parametrize("closing", ["Thanks,", "Cordialement,", "Bonne journée", "--", "Best regards,\nTom"])
def test_what_is_said_below_a_closing_counts(closing: str, below: str) -> None:
    assert read(f"Yes, it is solved.\n\n{closing}\n{below}") == "other"


@pytest.mark.parametrize(
    "text",
    [
        "oui, c’est résolu",
        "OUI C'EST RESOLU",
        "oui c est resolu",
        "Oui, c&#39;est r&eacute;solu",
        "**Oui, c'est résolu**",
        "oui\u00a0! c'est\u200b résolu 🙂",
    ],
)
def test_accents_case_and_typography_change_nothing(text: str) -> None:
    assert read(text) == "yes"


# --- any text at all ---


@given(st.text() | st.text(alphabet="yesouin't>?.,:;-_\n @0À "))
def test_reading_never_fails(text: str) -> None:
    assert read(text) in get_args(Answer)


@given(
    st.lists(
        st.sampled_from([*"> \n.,?!:-_@'", "yes ", "oui ", "On 1 ", "wrote:", "De : ", "a écrit :", "merci "]),
        max_size=60,
    )
)
def test_nor_does_it_on_what_looks_like_mail(parts: list[str]) -> None:
    assert read("".join(parts)) in get_args(Answer)


def test_who_writes_a_novel_says_more_than_yes() -> None:
    assert read("Yes, it is solved. " * (LONGEST // 10)) == "other"


HOSTILE: Final = [
    *(
        "\n",
        " ",
        ">",
        "> ",
        ">\n",
        "On a ",
        "On 1\n",
        "Le 1 ",
        "Le 1\n",
        "From: a\n",
        "De : ",
        "De : a\n",
        "##-",
        "----- a ",
    ),
    *(
        "-",
        "_",
        "-----",
        "-\n",
        "@",
        "a.",
        "a@",
        "1 ",
        "+33 ",
        "aA",
        "wrote:",
        "1 wrote:\n",
        "1 a écrit :\n",
        "Regards\nA\n",
    ),
    *(
        "yes ",
        "yes, ",
        "yes yes,",
        "oui et ",
        "thanks ",
        "merci beaucoup ",
        "a a ",
        "the the ",
        "my new printer ",
        "le mon ",
    ),
    *(
        "it is now all again ",
        "i can print my ",
        "not ",
        "out of ",
        "i am out of office until ",
        "Regards\nMy Name\n\n",
    ),
    *("&amp;", "&", "n°", ":)", "'", "c'", "é", "\u0301", "🙂"),
]


def steps(text: str) -> int:
    """Lines of Python that reading runs: no clock, so the same on every machine."""
    count = 0

    def trace(frame: FrameType, event: str, _: object) -> TraceFunction | None:
        nonlocal count
        count += event == "line"
        return trace if "zdsync" in frame.f_code.co_filename else None

    before = sys.gettrace()
    sys.settrace(trace)
    try:
        read(text)
    finally:
        sys.settrace(before)
    return count


@pytest.mark.parametrize("part", HOSTILE)
def test_the_work_grows_with_the_length_only(part: str) -> None:
    long, longer = ((part * size)[:size] for size in (15_000, 60_000))
    assert steps(longer) <= 6 * steps(long) + 2_000


@pytest.mark.parametrize("part", HOSTILE)
def test_what_is_just_short_enough_to_be_read_is_read(part: str) -> None:
    for size in (LONGEST - 100, LONGEST // 4, 300):
        assert read((part * size)[:size]) in get_args(Answer)


WORDS: Final = [
    *(
        "the",
        "my",
        "new",
        "printer",
        "is",
        "now",
        "all",
        "again",
        "works",
        "fine",
        "yes",
        "thanks",
        "not",
        "can",
        "print",
    ),
    *("le", "mon", "tout", "est", "bien", "maintenant", "c'est", "merci", "de", "fermer", "et"),
]


@given(st.lists(st.sampled_from(WORDS), min_size=30, max_size=40))
def test_a_long_sentence_of_words_that_begin_phrases_takes_few_steps(words: list[str]) -> None:
    assert steps(" ".join(words)) <= 60_000
