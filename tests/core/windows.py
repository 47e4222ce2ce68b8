"""Parent tickets and notices of maintenance windows, as Zendesk would have them."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from tests.builders import CUSTOMER, US, Story, facts, paris
from zdsync.core.history import Reading
from zdsync.core.maintenance import TAG, Maintenance, What, maintenance, step_key
from zdsync.core.maintenance_notices import STEP_TAG
from zdsync.core.windows import Window, Words

PARENT_ID = 5000
ANNOUNCED = "2026-11-26 09:00"
START, END = "2026-12-06 22:00", "2026-12-07 02:00"
"""A Sunday night, ten days after."""


def a_window(start: str = START, end: str = END, **changes: Any) -> Window:
    """Times in Paris."""
    values: dict[str, Any] = {
        "id": "db",
        "zone": "Europe/Paris",
        "title": Words(en="Database upgrade", fr="Mise à jour de la base"),
        "description": Words(en="The application is away.", fr="L'application est indisponible."),
    }
    return Window(**{**values, "start": paris(start), "end": paris(end), **changes})


def a_parent(at: str = ANNOUNCED, window_id: str = "db", **ticket: Any) -> Story:
    """The ticket that we make for a window; nothing was told yet."""
    made = {"id": PARENT_ID, "external_id": f"zdsync-window-{window_id}", "type": "problem", "status": "open"}
    subject = {"subject": "Database upgrade", "requester_id": US, "tags": frozenset({TAG})}
    return Story(at, by=US, public=False, **{**made, **subject, **ticket})


def step(story: Story, what: What, at: str, start: str = START, end: str = END, **rest: Any) -> Story:
    """A note of ours: the next step."""
    read = maintenance(Reading(story.history, facts()))
    key = step_key(read.next_number if read else 1, what, paris(start), paris(end), **rest)
    return story.reply(at, US, story.ticket.status, keys=(key,))


def announced(at: str = ANNOUNCED, sent: str | None = "2026-11-26 09:10", **rest: Any) -> Story:
    """A parent whose window was announced, to everybody."""
    story = step(a_parent(at), "announced", at, contacts=2, **rest)
    return step(story, "sent", sent, contacts=2) if sent else story


def read(story: Story) -> Maintenance:
    found = maintenance(Reading(story.history, facts()))
    assert found is not None
    return found


def a_notice(number: int = 1, at: str = "2026-11-26 09:05", user: int = CUSTOMER, **ticket: Any) -> Story:
    """Made with the times of that step."""
    tags = frozenset({TAG, "zdsync_notice", f"{STEP_TAG}{number}"})
    made = {"external_id": f"zdsync-maintenance-db-{user}", "type": "incident", "status": "pending", "tags": tags}
    return Story(at, by=US, **{"id": 6000 + user, "problem_id": PARENT_ID, "requester_id": user, **made, **ticket})


def tell(notice: Story, parent: Story, at: str) -> Story:
    """The last step of the parent is told on the notice."""
    last = read(parent).present
    assert last is not None
    return notice.reply(at, US, notice.ticket.status, keys=(last.key,))


def reading(story: Story) -> Reading:
    return Reading(story.history, facts())


def both(start: str, end: str) -> tuple[datetime, datetime]:
    return paris(start), paris(end)
