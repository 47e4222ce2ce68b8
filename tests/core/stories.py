"""Tickets at random, for properties: agents, customers, triggers and we wander through them over up to some weeks."""

from __future__ import annotations

from datetime import timedelta

from hypothesis import strategies as st

from tests.builders import AGENT, CUSTOMER, US, Story, paris
from zdsync.core.model import Priority, Status

STATUSES: tuple[Status, ...] = ("open", "pending", "hold", "solved")
PRIORITIES: tuple[Priority, ...] = ("urgent", "high", "normal", "low")
STEPS = ("reply", "note", "customer", "us", "status", "priority", "tag")
Step = tuple[str, int, Status, Priority]

START = paris("2026-10-20 00:00")
"""Some days before the clocks go back, some before two French holidays."""


def stories() -> st.SearchStrategy[Story]:
    """At most eight steps, up to three days apart and sometimes within one second."""
    pauses = st.one_of(st.integers(0, 3), st.integers(0, 3 * 3600), st.integers(0, 3 * 24 * 3600))
    step = st.tuples(st.sampled_from(STEPS), pauses, st.sampled_from(STATUSES), st.sampled_from(PRIORITIES))
    return st.builds(
        _told,
        st.integers(0, 14 * 24 * 3600),
        st.sampled_from([CUSTOMER, CUSTOMER, AGENT]),
        st.sampled_from([None, *PRIORITIES]),
        st.lists(step, max_size=8),
    )


def _told(start: int, by: int, priority: Priority | None, steps: list[Step]) -> Story:
    now = START + timedelta(seconds=start)
    story = Story(now, by=by, priority=priority)
    for kind, pause, status, new_priority in steps:
        now += timedelta(seconds=pause)
        match kind:
            case "reply":
                story.reply(now, status=status)
            case "note":
                story.note(now)
            case "customer":
                story.customer(now)
            case "us":
                story.reply(now, US, status=story.ticket.status, keys=(f"other:{len(story.audits)}",))
            case "status":
                story.status(status, now)
            case "priority":
                story.priority(new_priority, now)
            case _:
                story.update(now, AGENT, by_rule=True, tags=story.ticket.tags ^ {"vip"})
    return story
