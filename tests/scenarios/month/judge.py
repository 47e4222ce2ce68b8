"""Holding a month that was played to what the three promises say: `hold_to_the_promises(month)`."""

from __future__ import annotations

from tests.scenarios.month.oracle import Judgement, Oracle
from tests.scenarios.month.play import Month
from tests.scenarios.month.record import lives

SHOWN = 40
"""So many faults are told in full."""
AT_ONCE = 20
"""So many tickets are looked at in a minute: the account's limits count for us, too."""


def judge(month: Month) -> Judgement:
    """What the oracle finds in the account's own record."""
    world = month.world
    statuses = world.account.custom_statuses.items()
    awaiting = next((id for id, row in statuses if row["agent_label"] == "Awaiting confirmation"), None)
    oracle = Oracle(month.hours, world.now, month.excuses, awaiting, month.scenery.holding)
    return oracle.judge(lives(world.account, world.us, month.asking_rules()), world.account.emails, world.us)


def hold_to_the_promises(month: Month) -> Judgement:
    """Nothing missed, nothing late, nothing twice, and at the end nothing left to do. Raises AssertionError."""
    judgement = judge(month)
    wrong = [*judgement.wrong]
    try:
        month.world.sane()
    except AssertionError as error:
        wrong.append(str(error))
    open_tickets = [id for id, state in month.world.end_state().items() if state.status not in ("closed", "deleted")]
    for number, ticket in enumerate(open_tickets):
        if number % AT_ONCE == 0:
            month.pass_a_minute()
        if updates := month.world.plan(ticket).updates:
            wrong.append(f"#{ticket}: evaluating again plans {[update.words for update in updates]}")
        if ticket not in month.world.due():
            wrong.append(f"#{ticket} is forgotten")
    told = "\n".join(wrong[:SHOWN])
    assert not wrong, f"{len(wrong)} faults:\n{told}\n{report(month, judgement)}"
    return judgement


def report(month: Month, judgement: Judgement) -> str:
    """Messages, lateness, and what went wrong meanwhile."""
    struck = ", ".join(f"{name} {number}" for name, number in sorted(month.struck.items()))
    capped = f"\ncaps reached: {dict(month.capped)}" if month.capped else ""
    return f"{judgement.report()}\n{sum(month.struck.values())} faults: {struck}{capped}"
