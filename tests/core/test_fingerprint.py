"""When two comments say the same, and when not."""

from __future__ import annotations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from zdsync.core.fingerprint import LENGTH, MOST, fingerprint

UPDATE = "We are still looking into the export. The next update comes this afternoon."

SAME = {
    "the same": UPDATE,
    "other spaces and lines": "We are still looking\n\n   into the export.\nThe next update comes this  afternoon.",
    "capitals and signs": "WE ARE STILL LOOKING INTO THE EXPORT - the next update comes this afternoon!",
    "a greeting": f"Hello Jeanne,\n\n{UPDATE}",
    "a greeting in French": f"Bonjour Madame Petit,\n{UPDATE}",
    "a greeting on the same line": f"Hello Jeanne, {UPDATE}",
    "a greeting in French on the same line": f"Bonjour ! {UPDATE}",
    "a closing and a name": f"{UPDATE}\n\nKind regards,\nClaire Martin\nSupport",
    "a closing without a name": f"{UPDATE}\n\nCordialement",
    "what it answers, quoted": f"{UPDATE}\n\nOn Mon, Nov 23, 2026 at 9:00 Jeanne wrote:\n> Any news?",
}


@pytest.mark.parametrize("text", SAME.values(), ids=SAME)
def test_what_says_the_same_has_the_same_fingerprint(text: str) -> None:
    assert fingerprint(text) == fingerprint(UPDATE)


OTHER = {
    "another word": UPDATE.replace("still", "again"),
    "another time": UPDATE.replace("this afternoon", "at 16:00"),
    "one sentence less": UPDATE.partition(".")[0],
    "something more": f"{UPDATE} The cause is found.",
    "a negation": UPDATE.replace("are still", "are not"),
}


@pytest.mark.parametrize("text", OTHER.values(), ids=OTHER)
def test_what_says_something_else_has_another_one(text: str) -> None:
    assert fingerprint(text)
    assert fingerprint(text) != fingerprint(UPDATE)


@pytest.mark.parametrize("text", ["", " \n", "> Any news?", "Hello Jeanne,", "!!!"])
def test_what_says_nothing_has_none_and_so_equals_nothing(text: str) -> None:
    assert fingerprint(text) == ""


def test_accents_make_no_difference() -> None:
    assert fingerprint("Le problème est identifié") == fingerprint("Le probleme est identifie")


@given(st.text(max_size=300))
@settings(max_examples=200, deadline=None)
def test_of_no_text_more_than_a_short_hash_is_kept(text: str) -> None:
    found = fingerprint(text)
    assert len(found) in (0, 2 * LENGTH)
    assert set(found) <= set("0123456789abcdef")


def test_of_a_very_long_text_only_the_beginning_is_looked_at() -> None:
    assert fingerprint("word " * MOST) == fingerprint("word " * (2 * MOST))
