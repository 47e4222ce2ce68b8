"""Who is told of a note on a ticket that nobody has taken: its group, by a trigger's mail."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime
from typing import Final

from zdsync.core.actions import AddTag
from zdsync.core.automation import Case

NOTIFY_TAG: Final = "zdsync_notify_group"
"""A note on an unassigned ticket reaches nobody: a trigger mails the ticket's group, and takes the tag off."""


def reaches_somebody(case: Case, since: datetime) -> Iterator[AddTag]:
    """What goes with a note that calls for action, so that somebody reads it. Not with a note that was said before. A
    notice that was nobody's is assigned to us once it is solved: that is nobody, too."""
    if case.reading.ticket.assignee_id in (None, *case.facts.own_user_ids):
        yield AddTag(NOTIFY_TAG, since, with_message=True)
