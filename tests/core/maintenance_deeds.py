"""What may happen to a maintenance window, and what windows and rules there are: drawn at random."""

from __future__ import annotations

from typing import NamedTuple

from hypothesis import strategies as st

from tests.core.maintenance_desk import XENIA, YANN, ZOE

OF_WINDOW = ("move", "move", "move", "new end", "retitle", "remove", "give back", "call off")
OF_AGENTS = ("order", "order", "order", "twice", "stop", "send", "unstop", "note", "parent", "assign", "notice")
OF_CONTACTS = ("join", "leave", "refuse", "bounce", "answer", "automatic")
LANDMARKS = ("now", "now", "now", "announced", "a week ahead", "reminded", "start", "end", "after", "long after")
ORDERS = ("announce", "start", "extend", "extend", "complete", "cancel", "postpone", "extend later")


class Deed(NamedTuple):
    what: str
    by: str
    """The landmark of the window as it is written then."""
    after: int
    """Seconds; negative: before."""
    order: str
    shift: int
    """Minutes, of a new time."""
    status: str
    user: int
    away: bool
    """The worker does nothing before it."""
    slow: tuple[int, ...]
    """The worker does the parent ticket, and not the notices of these contacts, before it."""
    first: bool
    """The notices come before the parent ticket after it."""


class Kind(NamedTuple):
    """Of window, and of rule."""

    start: str
    hours: int
    made_days: int
    """So many days before the start there is a parent ticket."""
    announce: int | None
    """It is to be announced so many hours before the start."""
    planned: bool
    as_ticket: bool
    by_itself: tuple[str, ...]
    countdown: str | None
    at_once: int


STARTS = ("2026-12-06 22:00", "2026-10-24 22:00", "2026-10-25 22:00", "2027-03-28 22:00", "2026-12-31 23:30")
"""Most of them near to a change of the clocks, or of the year."""
SHIFTS = (-9 * 1440, -1440, -120, -20, 30, 60, 240, 1440, 2 * 1440, 9 * 1440)
ACTS = ("start", "complete")


def kinds() -> st.SearchStrategy[Kind]:
    return st.builds(
        Kind,
        st.sampled_from(STARTS),
        st.sampled_from([1, 4, 7]),
        st.sampled_from([12, 12, 9, 7, 3, 0]),
        st.sampled_from([None, None, None, 8 * 24, 5 * 24, 12]),
        st.sampled_from([True, True, True, False]),
        st.booleans(),
        st.sampled_from([ACTS, ACTS, ACTS, ("start",), ("complete",), ()]),
        st.sampled_from([None, "15m", "2h"]),
        st.sampled_from([1, 100]),
    )


def deeds() -> st.SearchStrategy[list[Deed]]:
    after = st.one_of(st.integers(0, 6), st.integers(-7200, 7200), st.integers(-2 * 86400, 2 * 86400))
    each = st.builds(
        Deed,
        st.one_of(*(st.sampled_from(some) for some in (OF_WINDOW, OF_WINDOW, OF_AGENTS, OF_CONTACTS))),
        st.sampled_from(LANDMARKS),
        after,
        st.sampled_from(ORDERS),
        st.sampled_from(SHIFTS),
        st.sampled_from(["solved", "open", "hold", "pending"]),
        st.sampled_from([ZOE, YANN, XENIA]),
        st.sampled_from([False, False, False, True]),
        st.sampled_from([(), (), (), (ZOE, YANN, XENIA), (ZOE,)]),
        st.booleans(),
    )
    return st.lists(each, max_size=7)
