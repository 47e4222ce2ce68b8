"""Which of the mail that was set aside an agent should look at."""

from __future__ import annotations

from typing import Any

import pytest

from tests.builders import MONDAY
from zdsync.core.suspended import Suspended, reasons

CASES: dict[str, tuple[dict[str, Any], tuple[str, ...]]] = {
    "spam": ({"subject": "Cheap watches"}, ()),
    "names one": ({"subject": "Files for [#77]"}, ("its subject names ticket 77",)),
    "names two": ({"subject": "requests 77 and 78"}, ("its subject names ticket 77, 78",)),
    "answers one": ({"subject": "Re: Export", "ticket_id": 77}, ("it answers ticket 77",)),
    "answers the one that it names": ({"subject": "Re: [#77]", "ticket_id": 77}, ("it answers ticket 77",)),
    "an outage": ({"kind": "outage"}, ("it sounds like an outage",)),
    "a malfunction": ({"kind": "malfunction"}, ()),
    "all": (
        {"kind": "outage", "subject": "#78", "ticket_id": 77},
        ("it sounds like an outage", "it answers ticket 77", "its subject names ticket 78"),
    ),
}


@pytest.mark.parametrize(("mail", "why"), CASES.values(), ids=CASES)
def test_why_a_mail_should_be_looked_at(mail: dict[str, Any], why: tuple[str, ...]) -> None:
    values = {"id": 1, "at": MONDAY, "sender": "x@y.example", "cause": "Detected as spam", "subject": "", **mail}
    assert reasons(Suspended(**values)) == why
