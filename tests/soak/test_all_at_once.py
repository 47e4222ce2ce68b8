"""Everything that `tests/chaos` tries one by one, all at once and in any order, over many runs."""

from __future__ import annotations

import random
from collections.abc import Sequence
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest

from tests.chaos import troubles
from tests.chaos.ending import ending, ends_as_it_must
from tests.chaos.story import acts
from tests.chaos.world import Trouble, world
from zdsync.demo import week

ENDS = week.MONDAY + timedelta(days=4, hours=18)
WEBHOOKS = {"lost": 0.3, "doubled": 0.3, "shuffled_seconds": 45}
STORM: Sequence[dict[str, Any]] = (
    {"do": "reply", "status": 429, "retry_after": 7, "probability": 0.2, "times": 10},
    {"do": "reply", "status": 503, "probability": 0.2, "times": 10},
    {"do": "reply", "status": 502, "method": "PUT", "applied": True, "probability": 0.2, "times": 5},
    {"do": "lose_reply", "method": "PUT", "probability": 0.2, "times": 5},
    {"do": "drop", "probability": 0.2, "times": 5},
)


def any_trouble(chance: random.Random, after: int) -> Trouble:
    """One of all troubles, after so many acts."""
    match chance.randrange(6):
        case 0:
            how = chance.choice([troubles.altogether, troubles.its_head, troubles.its_slots])
            return troubles.killed(after, how)
        case 1:
            return troubles.redis_restarted(after, chance.choice([0, 1]), cleanly=chance.random() < 0.5)
        case 2:
            return troubles.emptied(after, busy=chance.random() < 0.5)
        case 3:
            return troubles.emptied_while_all_is_down(after)
        case 4:
            return troubles.messages_lost(after)
        case _:
            return troubles.faults(after, seed=after, requests=STORM, webhooks=WEBHOOKS)


def many_troubles(seed: int, acts: int, number: int) -> list[Trouble]:
    """So many, in order of the acts that they come after."""
    chance = random.Random(seed)
    return [any_trouble(chance, after) for after in sorted(chance.sample(range(1, acts - 5), number))]


@pytest.mark.parametrize("seed", range(10))
def test_two_days_of_every_trouble(seed: int, tmp_path: Path) -> None:
    with world(tmp_path) as it:
        it.faults(seed=seed, webhooks=WEBHOOKS)
        ends_as_it_must(it, many_troubles(seed, len(acts()), 8), polls=True)


def test_the_whole_week_of_every_trouble_ends_as_the_undisturbed_one(tmp_path: Path) -> None:
    script = week.requests()
    with world(tmp_path / "undisturbed") as it:
        it.play(script, ENDS)
        undisturbed = ending(it)
    assert len(undisturbed) == 9
    with world(tmp_path / "disturbed") as it:
        it.faults(webhooks=WEBHOOKS)
        it.play(script, ENDS, many_troubles(1, len(script), 12), polls=True)
        assert ending(it) == undisturbed
