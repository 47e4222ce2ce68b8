"""The decision on a ticket: how many tickets a second one core decides on, each with a history of 20 audits, under one
rule (SLA targets) and under all that are shipped.

The tickets are as a desk has them: of every priority or none, reprioritised, answered, pending, on hold, solved and
reopened, with what zdsync itself has set and said. For most of them nothing is to be done, as most of the time.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from random import Random

from tests.bench import CONFIG, Figure, cost, report
from tests.builders import MONDAY, US, Story, applied, facts
from zdsync.core.evaluate import evaluate
from zdsync.core.model import History, Priority, Status
from zdsync.core.rulebook import Rulebook
from zdsync.rules.load import load

TICKETS = 200
AUDITS = 20
WITH_ONE_RULE = 5_000
WITH_ALL_RULES = 2_000
"""Each further rule replays the history for its own question, so the cost grows with their number.

Tickets a second; a desk with 10,000 open tickets whose rules change has them decided on anew within some seconds.
"""

PRIORITIES: tuple[Priority, ...] = ("urgent", "high", "normal", "low")
STATUSES: tuple[Status, ...] = ("pending", "hold", "solved", "open")
ABOUT_US = facts()


def run() -> bool:
    """Print the figures; whether all of them hold."""
    return report(figures())


def figures() -> Iterator[Figure]:
    """Tickets a second, over a desk's worth of different tickets."""
    shipped = load(CONFIG, mode="live", live_since=datetime(2020, 1, 1, tzinfo=UTC))
    targets = tuple(rule for rule in shipped.rules if rule.automation.name == "sla_targets")
    yield _figure(replace(shipped, rules=targets), "one rule", WITH_ONE_RULE)
    yield _figure(shipped, "all shipped rules", WITH_ALL_RULES)


def _figure(rulebook: Rulebook, under: str, at_least: float) -> Figure:
    chance = Random(20)
    tickets = [_a_lived_ticket(rulebook, chance) for _ in range(TICKETS)]
    found = Counter(
        reason.outcome for ticket, now in tickets for reason in evaluate(ticket, ABOUT_US, rulebook, now).reasons
    )
    ours = sum(audit.author_id == US for ticket, _ in tickets for audit in ticket.audits)

    def decide_on_all() -> None:
        for ticket, now in tickets:
            evaluate(ticket, ABOUT_US, rulebook, now)

    taken = cost({"all": decide_on_all}, slice_s=0.1, rounds=30, of=min)["all"]
    outcomes = ", ".join(f"{outcome} {count}" for outcome, count in found.most_common())
    return Figure(
        f"decisions on tickets with {AUDITS} audits, {under}",
        TICKETS / taken,
        "a second",
        at_least=at_least,
        note=f"{ours / TICKETS:.1f} audits of ours in each; {outcomes}",
    )


def _a_lived_ticket(rulebook: Rulebook, chance: Random) -> tuple[History, datetime]:
    """A ticket to which people, and zdsync in its turn, have done something 20 times; and an instant soon after."""
    now = MONDAY + timedelta(minutes=chance.randrange(7 * 24 * 60))
    story = Story(at=now)
    while True:
        for update in evaluate(story.history, ABOUT_US, rulebook, now).updates[:1]:
            if len(story.audits) < AUDITS:
                after = applied(story.history, update, now)
                story.ticket, story.audits = after.ticket, list(after.audits)
        now += timedelta(minutes=chance.choice((2, 10, 45, 200, 1500)))
        if len(story.audits) == AUDITS:
            return story.history, now
        _somebody_acts(story, now, chance)


def _somebody_acts(story: Story, now: datetime, chance: Random) -> None:
    match chance.randrange(5):
        case 0:
            story.priority(chance.choice(PRIORITIES), now)
        case 1:
            story.status(chance.choice(STATUSES), now)
        case 2:
            story.reply(now, status=chance.choice(STATUSES))
        case 3:
            story.customer(now)
        case _:
            story.note(now)
