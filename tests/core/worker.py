"""A worker without a Zendesk: it applies what `evaluate` plans, at the instants at which it would."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta

from tests.builders import Story, applied, facts, paris
from zdsync.core.evaluate import evaluate
from zdsync.core.model import Facts, Update
from zdsync.core.rulebook import Rulebook

SETTLE = timedelta(seconds=2)
PASSES = 100


@dataclass(frozen=True)
class Done:
    """One update of ours."""

    at: datetime
    update: Update

    @property
    def said(self) -> tuple[str, ...]:
        """Its sections without the ids of audits: `ask`, `cadence:soon`, `chase:2`."""
        return tuple(":".join(part for n, part in enumerate(key.split(":")) if n != 1) for key in self.update.keys)


def work(story: Story, rulebook: Rulebook, until: datetime | str, known: Facts | None = None) -> list[Done]:
    """Do what is due from the story's last update on, and at every wake-up until then; `story` goes along."""
    end, known = paris(until) if isinstance(until, str) else until, known or facts()
    done = list(_work(story, rulebook, end, known))
    plan = evaluate(story.history, known, rulebook, end)
    assert not plan.updates, f"evaluating again plans {plan.updates}"
    return done


def _work(story: Story, rulebook: Rulebook, end: datetime, known: Facts) -> Iterator[Done]:
    now = story.ticket.updated_at + SETTLE
    passes = 0
    while now <= end:
        plan = evaluate(story.history, known, rulebook, now)
        if plan.updates:
            passes += 1
            assert passes < PASSES, f"it does not come to an end: {plan.updates}"
            story.follow(applied(story.history, plan.updates[0], now))
            yield Done(now, plan.updates[0])
            now += SETTLE
        elif plan.wake_at is None:
            return
        else:
            now = plan.wake_at
