"""The account's automations: once an hour, at `options.automation_minute`, they look at each ticket that is not closed.

An hour in which nothing can match is not played: when a ticket or an automation changes, the first run that could match
is put on the agenda. `tickets.py` carries out what matches then.
"""

from __future__ import annotations

from zdsync.sandbox import conditions, hours
from zdsync.sandbox.account import Account, Ticket
from zdsync.sandbox.base import HOUR, MINUTE, Row

MOST_PER_TICKET = 100
"""A ticket that automations have updated so often is left alone."""


def plan(account: Account, ticket: Ticket) -> None:
    """Put the next run that could match the ticket on the agenda. Called after every change of it."""
    due = _next_run(account, ticket)
    if due == ticket.automations_due_ms:
        return
    ticket.automations_due_ms = due
    if due is not None:
        account.agenda.add(due, "automations", ticket=ticket.row["id"], run_ms=due)


def plan_all(account: Account) -> None:
    for ticket in account.tickets.values():
        plan(account, ticket)


def in_order(account: Account) -> list[Row]:
    return sorted(
        (row for row in account.automations.values() if row["active"]), key=lambda r: (r["position"], r["id"])
    )


def match(account: Account, automation: Row, ticket: Ticket) -> bool:
    """Does it apply to the ticket in a run that takes place now? Never to a closed one."""
    return _is_open(ticket) and conditions.matches(automation["conditions"], conditions.look(account, ticket))


def _is_open(ticket: Ticket) -> bool:
    return ticket.row["status"] not in ("closed", "deleted") and _runs(ticket) < MOST_PER_TICKET


def _runs(ticket: Ticket) -> int:
    return sum(1 for audit in ticket.audits if audit["via"]["source"].get("rel") == "automation")


def _next_run(account: Account, ticket: Ticket) -> int | None:
    if not _is_open(ticket):
        return None
    runs = (_next_match(account, automation, ticket) for automation in in_order(account))
    return min((run for run in runs if run is not None), default=None)


def _next_match(account: Account, automation: Row, ticket: Ticket) -> int | None:
    """The first run after now in which `all` can hold, if nothing else happens to the ticket until then."""
    begins, ends = account.now_ms + 1, 1 << 62
    for condition in automation["conditions"]["all"]:
        if condition["field"] in hours.FIELDS:
            span = hours.window(ticket, condition)
            if span is None:
                return None
            begins, ends = max(begins, span[0]), min(ends, span[1])
        elif not conditions.holds(condition, conditions.look(account, ticket)):
            return None
    run = run_after(account, begins)
    return run if run < ends else None


def run_after(account: Account, ms: int) -> int:
    """The first hourly run at or after an instant."""
    minute = account.options.automation_minute * MINUTE
    return -(-(ms - minute) // HOUR) * HOUR + minute
