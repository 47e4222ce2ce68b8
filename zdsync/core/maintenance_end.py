"""How a window's parent ticket ends: solved, once nobody waits for anything on it any more.

Zendesk solves with a problem all that is linked to it and open, without asking its customer. So nothing may be open: a
notice that was told and solved is left alone, but one that its contact has answered is their request, and so is what
agents have linked. Nor is it done in the hours after the last mails, when most answers come. One that comes just while
Zendesk is at it is opened again by the rule that holds, to which such a solve is nobody's (`Reading.moves`); where an
agent has the parent it may pass for that agent's, and the customer is asked whether it is completed.

It is solved once: an agent who opens it again keeps it open.
"""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Final

from zdsync.core import notices
from zdsync.core.actions import Say, SetStatus
from zdsync.core.automation import Case, Decision
from zdsync.core.maintenance import TROUBLE, Maintenance, campaign_of
from zdsync.core.maintenance_notes import title_of
from zdsync.core.told import Linked
from zdsync.core.windows import Window

QUIET: Final = timedelta(hours=24)
"""So long after the end, and after an agent's last update, it is left alone."""
LOOK_AGAIN: Final = timedelta(hours=6)
"""How often it is seen whether what is open has been solved."""
_NOT_KNOWN: Final = timedelta(minutes=30)
"""Until more of what its notices tell is read: nobody waits for it."""


def solving(case: Case, read: Maintenance, window: Window | None) -> Decision:
    """Of a window that is over."""
    at, words = solved_from(case, read), f"the window is {read.state}"
    if at is None or case.now < at:
        return Decision(read.state, words, wake_at=at)
    told = case.facts.told
    if told is None:
        return Decision(read.state, f"{words}; it is not known yet who has heard of it", wake_at=case.now + _NOT_KNOWN)
    if waiting := _waiting(told, read):
        words = f"{words}; {len(waiting)} linked tickets are open, or have not heard of it"
        return Decision(read.state, words, wake_at=case.now + LOOK_AGAIN)
    values = {
        "state": read.state,
        "title": title_of(case, window),
        "contacts": sum(notices.key(campaign_of(read.window_id)) in keys for keys in told.said.values()),
        "zone": case.rulebook.zone.key,
    }
    note = Say("agents", "maintenance.solved", _key(read), at, values)
    return Decision(read.state, f"{words}, and everybody has heard of it", (note, SetStatus("solved", at)))


def solved_from(case: Case, read: Maintenance) -> datetime | None:
    """From when on it may be solved; None: it is not for us to do. Pending and on hold are an agent's words."""
    reading, ticket, last = case.reading, case.reading.ticket, read.present
    if not read.is_over or last is None or ticket.type != "problem" or ticket.status not in ("new", "open"):
        return None
    if _key(read) in reading.keys or (ticket.assignee_id is None and not reading.is_created_by_us):
        return None  # Zendesk solves nothing that is nobody's
    requester = case.facts.people.get(ticket.requester_id)
    if requester is not None and requester.role == "end-user":
        return None  # an agent has opened it for a customer
    if any(said.by in ("requester", "other") and not (said.automatic or said.at_creation) for said in reading.comments):
        return None  # somebody who was copied on it has asked something
    by_hand = (audit.at for audit in reading.audits if reading.by_staff(audit))
    return max([last.at, *by_hand]) + QUIET


def _key(read: Maintenance) -> str:
    assert read.present is not None, "it is over"
    return f"{TROUBLE}:{read.present.number}:solved"


def _waiting(told: Linked, read: Maintenance) -> frozenset[int]:
    """Of the tickets that are linked to it those that are open, and notices that have not told how it ended."""
    assert read.present is not None, "it is over"
    notice, end = notices.key(campaign_of(read.window_id)), read.present.key
    return told.open | {number for number, keys in told.said.items() if notice in keys and end not in keys}
