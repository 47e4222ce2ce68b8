"""Preventive actions as they are typed: what, who, by when; a line that lacks one of them is named."""

from __future__ import annotations

from datetime import date

import pytest

from zdsync.core.incident_report import Task
from zdsync.core.preventive_actions import read_actions

NODE = Task("Add a standby node", "Claire", date(2026, 12, 15))

LINES = {
    "as it is meant": ("Add a standby node; Claire; 2026-12-15", (NODE,), ()),
    "the day first": ("Add a standby node; Claire; 15/12/2026", (NODE,), ()),
    "with dots": ("Add a standby node; Claire; 15.12.2026", (NODE,), ()),
    "a bullet before it": ("- Add a standby node;Claire;2026-12-15", (NODE,), ()),
    "a number before it": ("2) Add a standby node ; Claire ; 2026-12-15", (NODE,), ()),
    "empty lines around it": ("\n\nAdd a standby node; Claire; 2026-12-15\n \n", (NODE,), ()),
    "a semicolon in what": (
        "Add a node; then test; Claire; 2026-12-15",
        (Task("Add a node; then test", "Claire", date(2026, 12, 15)),),
        (),
    ),
    "nothing at all": ("", (), ()),
    "nobody": ("Add a standby node; ; 2026-12-15", (), (1,)),
    "no date": ("Add a standby node; Claire", (), (1,)),
    "a day that there is not": ("Add a standby node; Claire; 2026-02-30", (), (1,)),
    "a date in words": ("Add a standby node; Claire; next week", (), (1,)),
    "one of two": ("Add a standby node; Claire; 2026-12-15\nTest it", (NODE,), (2,)),
}


@pytest.mark.parametrize("name", LINES)
def test_each_line_is_an_action_or_is_named(name: str) -> None:
    text, tasks, unreadable = LINES[name]
    found = read_actions(text)
    assert (found.tasks, found.unreadable) == (tasks, unreadable)
