"""YAML is read as an admin means it, and everything has its place."""

from __future__ import annotations

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from zdsync.rules.nodes import parse


@pytest.mark.parametrize(
    ("written", "meant"),
    [
        ("off", "off"),
        ("on", "on"),
        ("yes", "yes"),
        ("No", "No"),
        ("true", True),
        ("False", False),
        ("09:00", "09:00"),
        ("1:30", "1:30"),
        ("190:20:30", "190:20:30"),
        ("09:00-18:00", "09:00-18:00"),
        ("2026-12-24", "2026-12-24"),
        ("2026-11-24T10:00:00Z", "2026-11-24T10:00:00Z"),
        ("34057044510353", 34057044510353),
        ("-3", -3),
        ("007", "007"),
        ("0x1F", "0x1F"),
        ("1_000", "1_000"),
        ("1.5", 1.5),
        ("1e3", "1e3"),
        (".inf", ".inf"),
        ("", None),
        ("~", None),
        ("null", None),
        ("'null'", "null"),
        ('"12"', "12"),
        ("=", "="),
        ("<<", "<<"),
        ("9" * 5000, "9" * 5000),
    ],
)
def test_scalars(written: str, meant: object) -> None:
    """Only null, true, false and decimal numbers are more than text."""
    document = parse(f"key: {written}\n")
    assert document.data == {"key": meant}
    assert type(document.data["key"]) is type(meant)
    assert document.blemishes == ()


def test_keys_are_texts() -> None:
    """`on`, `no` (Norwegian) and ids as keys stay what they are; `<<` has no meaning of its own."""
    assert parse("on: 1\nno: 2\n34057044510353: 3\nnull: 4\n<<: {a: 5}\n").data == {
        "on": 1,
        "no": 2,
        "34057044510353": 3,
        "null": 4,
        "<<": {"a": 5},
    }


def test_places() -> None:
    """Lines and columns from 1, of keys and of values; what does not exist is where its surroundings are."""
    document = parse("a:\n  - b: 1\n    c: [x, 'y']\n")
    assert document.at(("a", 0, "b")) == (2, 8)
    assert document.at(("a", 0, "b"), key=True) == (2, 5)
    assert document.at(("a", 0, "c", 1)) == (3, 12)
    assert document.at(("a", 0, "missing")) == (2, 5)
    assert document.at(("elsewhere",)) == (1, 1)


def test_nested_aliases_are_refused_at_once() -> None:
    """A few lines that stand for billions of values cost nothing."""
    lines = ["a0: &a0 [x, x, x, x, x, x, x, x, x, x]"]
    lines += [f"a{n}: &a{n} [{', '.join([f'*a{n - 1}'] * 10)}]" for n in range(1, 12)]
    document = parse("\n".join(lines))
    assert not document.readable
    assert document.blemishes[0].at == (2, 10)


@pytest.mark.parametrize("text", ["[" * 100_000, "{a: " * 50_000, "- " * 50_000, "? " * 50_000])
def test_deep_nesting_is_a_blemish(text: str) -> None:
    """It neither crashes the interpreter nor takes long."""
    document = parse(text)
    assert not document.readable
    assert len(document.blemishes) == 1


@given(st.text() | st.text("abc:-[]{}#&*!|>'\"%@`?,~ \n\t0123456789."))
@example("\ufeff")
@example("a: |\n\tb")
@example("%YAML 9.9\n---\na")
@example("!<tag:yaml.org,2002:int> x")
@example('"\\ud800"')
@example("a: \ud800")
def test_any_text_gives_data_or_blemishes(text: str) -> None:
    """Never an exception; what is unreadable says why, at a place within the text."""
    document = parse(text)
    assert document.readable or document.blemishes
    for blemish in document.blemishes:
        assert 1 <= blemish.at[0] <= text.count("\n") + text.count("\r") + text.count("\x85") + 2 or "\u2028" in text
