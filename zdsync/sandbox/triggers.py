"""The account's triggers: which match an update, and what they do inside its audit. `tickets.py` runs them.

In order of position; when one has changed the ticket, those that have not fired yet are looked at again from the top;
each fires at most once per update. The object's endpoints are in `triggers_api.py`.
"""

from __future__ import annotations

from zdsync.sandbox import actions, conditions
from zdsync.sandbox.update import Update, by_rule


def run(update: Update) -> None:
    waiting = sorted(
        (row for row in update.account.triggers.values() if row["active"]), key=lambda row: (row["position"], row["id"])
    )
    # Any firing may make an earlier one match: from the top, with those that are left, until none matches.
    while trigger := next((row for row in waiting if conditions.matches(row["conditions"], update)), None):
        waiting.remove(trigger)
        actions.carry_out(trigger["actions"], update, by_rule(trigger))
