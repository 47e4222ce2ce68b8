"""Whatever goes wrong, the story ends as it does without any trouble: `tests/chaos/story.py` says how."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.chaos import troubles
from tests.chaos.ending import ends_as_it_must, events, taken_up_again
from tests.chaos.world import world


def test_without_any_trouble(tmp_path: Path) -> None:
    with world(tmp_path) as it:
        ends_as_it_must(it)
    noise = [line for _, line in it.lines if line.strip() and not line.startswith("{")]
    assert noise in ([], ["worker: Warm shutdown (MainProcess)"])


def test_a_worker_killed_in_mid_batch_and_redis_restarted_with_no_one_and_all_slots_busy(tmp_path: Path) -> None:
    with world(tmp_path) as it:
        ends_as_it_must(
            it,
            [
                troubles.redis_restarted(22, 2, cleanly=True),
                troubles.killed(22, troubles.altogether),
                troubles.redis_restarted(40, 2, cleanly=False),
                troubles.killed(40, troubles.its_head),
                troubles.killed(53, troubles.its_slots),
                troubles.redis_restarted(53, 1, cleanly=False),
                troubles.redis_restarted(57, 1, cleanly=True),
                troubles.redis_restarted(66, 0, cleanly=True),
                troubles.killed(70, troubles.altogether),
                troubles.redis_restarted(70, 0, cleanly=False),
            ],
        )
    assert taken_up_again(it)


@pytest.mark.long
def test_lost_doubled_and_shuffled_webhooks_are_repaired_by_polling_and_an_emptied_redis_by_a_resync(
    tmp_path: Path,
) -> None:
    """A poll follows each act; so what a resync finds as well is only what was lost just before Redis was emptied."""
    with world(tmp_path) as it:
        it.faults(webhooks={"lost": 0.34, "doubled": 0.34, "shuffled_seconds": 60})
        ends_as_it_must(
            it,
            [
                troubles.emptied(40, busy=True),
                troubles.emptied(53, busy=False),
                troubles.emptied_while_all_is_down(66),
            ],
            polls=True,
        )
    assert sum(entry["hints"] for entry in events(it, "polled")) > 0
    assert len(events(it, "resynced")) >= 4  # the first one fills the new index


@pytest.mark.long
def test_three_of_four_workers_hang_for_a_day_amid_storms_of_refusals_errors_and_lost_replies(tmp_path: Path) -> None:
    """And there are two dispatchers."""
    storm = [
        {"do": "reply", "status": 429, "retry_after": 7, "probability": 0.3, "times": 10},
        {"do": "reply", "status": 503, "probability": 0.3, "times": 10},
        {"do": "reply", "status": 500, "method": "PUT", "form": "html", "probability": 0.3, "times": 5},
        {"do": "reply", "status": 502, "method": "PUT", "applied": True, "probability": 0.3, "times": 5},
        {"do": "lose_reply", "method": "PUT", "probability": 0.3, "times": 5},
        {"do": "drop", "probability": 0.3, "times": 5},
    ]
    with world(tmp_path, workers=4, slots=1, beats=2) as it:
        stop, wake = troubles.hang(22, ["worker-1", "worker-2", "worker-3"], 66)
        first, second, third = (troubles.faults(after, seed=after, requests=storm) for after in (22, 40, 70))
        ends_as_it_must(it, [stop, first, second, wake, troubles.messages_lost(70), third])
        struck = it.state()["faults"]["requests"]
    assert taken_up_again(it)
    assert all(fault["done"] > 0 for fault in struck)
