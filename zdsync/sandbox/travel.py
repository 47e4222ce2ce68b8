"""Moving through account time: what is due happens at its own instant, in order.

`run_due` is called before and after each request and by the server's ticker; the others by the control API.
"""

from __future__ import annotations

from zdsync.sandbox import acts, api, jobs, merges, tickets
from zdsync.sandbox.account import Account
from zdsync.sandbox.agenda import Entry
from zdsync.sandbox.errors import ApiError


def run_due(account: Account) -> None:
    """Everything that is due now."""
    while entry := account.agenda.take_due(account.now_ms):
        _happen(account, entry)


def advance_to(account: Account, target_ms: int) -> None:
    """Move on to an instant, stopping at each one at which something is due on the way."""
    while (due := account.agenda.next_due_ms()) is not None and due <= target_ms:
        if due > account.now_ms:
            account.clock.set(due)
        run_due(account)
    if target_ms > account.now_ms:
        account.clock.set(target_ms)


def jump(account: Account, not_after_ms: int | None, in_flight: int) -> bool:
    """Move to the next event or `not_after`, whichever is first; only when nothing is in flight. True if it moved."""
    run_due(account)
    due = account.agenda.next_due_ms()
    targets = [at for at in (due, not_after_ms) if at is not None]
    if in_flight or account.to_send or not targets:
        return False
    before = account.now_ms
    advance_to(account, min(targets))
    return account.now_ms != before


def _happen(account: Account, entry: Entry) -> None:
    data = entry.data
    match entry.kind:
        case "attempt":
            account.to_send.append(data["invocation"])
        case "act":
            _try_act(account, data)
        case "automations":
            tickets.run_automations(account, data["ticket"], data["run_ms"])
        case "incidents":
            tickets.solve_incidents(account, data["ticket"], data["body"])
        case "land":
            api.land(account, data["call"])
        case "job":
            jobs.finish(account, data["job"], data["results"])
        case "merge":
            merges.carry_out(account, data)


def _try_act(account: Account, act: dict[str, object]) -> None:
    """A scheduled act may have become impossible meanwhile (the ticket was closed): that is told, not raised."""
    try:
        acts.perform(account, act)
    except ApiError as error:
        account.tell(None, None, f"could not do what was scheduled: {error}")
