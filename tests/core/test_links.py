"""Confirmation links: what was signed is read again, and nothing else is."""

from __future__ import annotations

import base64
from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from zdsync.core.links import PATH, TOKEN_LENGTH, Link, Links, make, read
from zdsync.core.templates import neutral

NOW = datetime(2026, 11, 23, 9, tzinfo=UTC)
NEW, OLD, OTHER = b"n" * 32, b"o" * 32, b"x" * 32
LINKS = Links("https://desk.example", (NEW,))
LINK = Link(4711, 27_300_000_123_456, NOW + timedelta(days=30))

ids = st.integers(0, 2**63 - 1)
instants = st.integers(1_700_000_000, 2**32 - 1).map(lambda seconds: datetime.fromtimestamp(seconds, UTC))


def token_of(address: str) -> str:
    return address.rpartition("/")[2]


@given(ids, ids, instants)
def test_a_link_says_what_was_put_into_it_until_it_ends(ticket: int, solve: int, ends: datetime) -> None:
    link = Link(ticket, solve, ends)
    token = token_of(make(LINKS, link))
    assert read(LINKS, token, ends - timedelta(seconds=1)) == link
    assert read(LINKS, token, ends) == "expired"
    assert read(LINKS, token, ends + timedelta(days=9000)) == "expired"


def test_the_address_is_plain_and_stays_as_it_is_in_a_message() -> None:
    """Zendesk, Markdown and mail programs act on many signs; letters and digits they leave alone."""
    address = make(LINKS, LINK)
    assert address.startswith(f"https://desk.example{PATH}")
    assert token_of(address).isalnum()
    assert neutral(address) == address
    assert make(LINKS, LINK) == address


@given(st.integers(0, 40 * 8 - 1))
def test_any_flipped_bit_is_forged(bit: int) -> None:
    said = bytearray(base64.b32decode(token_of(make(LINKS, LINK)).upper()))
    said[bit // 8] ^= 1 << (bit % 8)
    assert read(LINKS, base64.b32encode(said).decode().lower(), NOW) == "forged"


@given(st.integers(0, TOKEN_LENGTH - 1), st.sampled_from("abcdefghijklmnopqrstuvwxyz0123456789ABCXYZ=-_.é"))
def test_any_other_letter_is_forged(at: int, letter: str) -> None:
    token = token_of(make(LINKS, LINK))
    changed = token[:at] + letter + token[at + 1 :]
    assert read(LINKS, changed, NOW) == (LINK if changed == token else "forged")


@given(st.text(max_size=80) | st.text("abcdefghijklmnopqrstuvwxyz234567", min_size=TOKEN_LENGTH, max_size=TOKEN_LENGTH))
def test_whatever_else_is_written_there_is_forged(token: str) -> None:
    assert read(LINKS, token, NOW) == "forged"


def test_nothing_may_stand_before_or_after_it() -> None:
    token = token_of(make(LINKS, LINK))
    for written in (f"{token}\n", f" {token}", token[:-1], f"{token}a", f"{token}=", token.upper(), ""):
        assert read(LINKS, written, NOW) == "forged"


@pytest.mark.parametrize(
    ("keys", "found"),
    [
        pytest.param((OLD,), LINK, id="before the rotation"),
        pytest.param((NEW, OLD), LINK, id="while one replaces the other"),
        pytest.param((NEW,), "forged", id="after it"),
        pytest.param((OTHER,), "forged", id="another account's key"),
    ],
)
def test_a_former_key_is_accepted_as_long_as_it_is_named(keys: tuple[bytes, ...], found: object) -> None:
    token = token_of(make(Links(LINKS.url, (OLD,)), LINK))
    assert read(Links(LINKS.url, keys), token, NOW) == found


def test_the_first_key_signs() -> None:
    both, new = Links(LINKS.url, (NEW, OLD)), Links(LINKS.url, (NEW,))
    assert make(both, LINK) == make(new, LINK)


def test_a_forged_link_that_is_over_is_forged_and_not_expired() -> None:
    """Else somebody could learn which part of a guess was right."""
    over = Link(LINK.ticket_id, LINK.solve_id, NOW - timedelta(days=1))
    assert read(LINKS, token_of(make(Links(LINKS.url, (OTHER,)), over)), NOW) == "forged"


def test_keys_are_not_shown() -> None:
    assert "nnnn" not in repr(LINKS)
