"""Holding a month that was played to what the three promises say: `hold_to_the_promises(month)`."""

from __future__ import annotations

from datetime import timedelta

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
    oracle = Oracle(month.hours, world.now, month.excuses, awaiting, month.scenery.rules())
    found = lives(world.account, world.us, month.asking_rules(), month.mailed)
    return oracle.judge(found, world.account.emails, world.us)


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


def only_people_reply(month: Month) -> int:
    """Zendesk's own first reply is that of a person, on every ticket; how many have one. Raises AssertionError.

    On a mail that was merged nobody is to reply: there Zendesk counts what its sender is told as the merge closes it.
    """
    world = month.world
    replied = 0
    found = lives(world.account, world.us, month.asking_rules(), month.mailed)
    for number, life in enumerate(found):
        if number % AT_ONCE == 0:
            month.pass_a_minute()
        told = world.parts.zendesk.show(f"tickets/{life.ticket}/metrics.json")["ticket_metric"]
        minutes = told["reply_time_in_minutes"]["calendar"]
        people = [event for event in life.events[1:] if event.public and event.who == "agent"]
        merged = [event for event in life.events if event.public and event.who == "us" and event.merged_with]
        first = min((event.at for event in (*people, *merged)), default=None)
        wanted = None if first is None else (first - life.events[0].at) // timedelta(minutes=1)
        assert minutes == wanted, f"#{life.ticket}: Zendesk's first reply is after {minutes} min, people's {wanted}"
        assert not (people and merged), f"#{life.ticket} was answered, and merged all the same"
        replied += bool(people)
    return replied


def report(month: Month, judgement: Judgement) -> str:
    """Messages, lateness, and what went wrong meanwhile."""
    struck = ", ".join(f"{name} {number}" for name, number in sorted(month.struck.items()))
    capped = f"\ncaps reached: {dict(month.capped)}" if month.capped else ""
    merged = f"{len(month.mailed)} mails named a ticket, {judgement.merged} were merged"
    return f"{judgement.report()}\n{merged}\n{sum(month.struck.values())} faults: {struck}{capped}"
