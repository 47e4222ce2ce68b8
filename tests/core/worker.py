"""A worker without a Zendesk: it applies what `evaluate` plans, at the instants at which it would."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta

from tests.builders import Story, applied, facts, paris
from zdsync.core.evaluate import evaluate
from zdsync.core.model import Facts, Notices, Update
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
    if story.ticket.updated_at + SETTLE <= end:  # before that no worker would look
        plan = evaluate(story.history, known, rulebook, end)
        assert not plan.updates, f"evaluating again plans {plan.updates}"
    return done


@dataclass(frozen=True)
class Created:
    """Notices of a campaign that were created."""

    at: datetime
    notices: Notices

    @property
    def to(self) -> tuple[int, ...]:
        return tuple(person.id for person in self.notices.to)


@dataclass
class Campaign:
    """A worker on a problem that carries on its campaign: all that a plan wants is created at once."""

    known: Facts
    """With `reach`; it goes along. Set another one to change the audience, or who is refused."""
    refuses: frozenset[int] = frozenset()
    """Contacts whose notices Zendesk refuses to create."""
    done: list[Done | Created] = field(default_factory=list)

    def work(self, story: Story, rulebook: Rulebook, until: datetime | str) -> list[Done | Created]:
        """What is done from the story's last update on until then; all of it stays in `done`."""
        end, now = paris(until) if isinstance(until, str) else until, story.ticket.updated_at + SETTLE
        before, passes = len(self.done), 0
        while now <= end:
            plan = evaluate(story.history, self.known, rulebook, now)
            passes += 1
            assert passes < PASSES, f"it does not come to an end: {plan}"
            if plan.updates:
                assert plan.notices is None, "never together with an update"
                story.follow(applied(story.history, plan.updates[0], now))
                self.done.append(Done(now, plan.updates[0]))
                now += SETTLE
            elif plan.notices is not None:
                self._create(plan.notices, now)
                now += SETTLE
            elif plan.wake_at is None:
                break
            else:
                now = plan.wake_at
        return self.done[before:]

    def _create(self, notices: Notices, now: datetime) -> None:
        assert notices.to, "somebody has to be told"
        self.done.append(Created(now, notices))
        reach, to = self.known.reach, frozenset(person.id for person in notices.to)
        assert reach is not None, "nobody is told whom nothing is known of"
        assert not to & (reach.told | reach.refused), "nobody is told twice"
        told, refused = reach.told | (to - self.refuses), reach.refused | (to & self.refuses)
        self.known = replace(self.known, reach=replace(reach, told=told, refused=refused))


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
