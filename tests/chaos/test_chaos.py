"""Whatever goes wrong, the story ends as it does without any trouble: `tests/chaos/story.py` says how."""

from __future__ import annotations

from pathlib import Path

from tests.chaos import troubles
from tests.chaos.ending import ends_as_it_must, events
from tests.chaos.world import world


def test_without_any_trouble(tmp_path: Path) -> None:
    with world(tmp_path) as it:
        ends_as_it_must(it)
    noise = [line for _, line in it.lines if line.strip() and not line.startswith("{")]
    assert noise in ([], ["worker: Warm shutdown (MainProcess)"])


def test_a_worker_killed_in_mid_batch_again_and_again(tmp_path: Path) -> None:
    with world(tmp_path) as it:
        ends_as_it_must(
            it,
            [
                troubles.killed(22, troubles.altogether),
                troubles.killed(40, troubles.its_head),
                troubles.killed(53, troubles.its_slots),
                troubles.killed(70, troubles.altogether),
            ],
        )
    assert events(it, "leases had ended; the tickets are due again")


def test_redis_restarted_with_no_one_and_all_slots_busy(tmp_path: Path) -> None:
    with world(tmp_path) as it:
        ends_as_it_must(
            it,
            [
                troubles.redis_restarted(22, 2, cleanly=True),
                troubles.redis_restarted(40, 2, cleanly=False),
                troubles.redis_restarted(53, 1, cleanly=False),
                troubles.redis_restarted(57, 1, cleanly=True),
                troubles.redis_restarted(66, 0, cleanly=True),
                troubles.redis_restarted(70, 0, cleanly=False),
            ],
        )


def test_redis_emptied_fills_itself_again_or_by_command(tmp_path: Path) -> None:
    with world(tmp_path) as it:
        ends_as_it_must(
            it,
            [
                troubles.emptied(40, busy=True),
                troubles.emptied(53, busy=False),
                troubles.emptied_while_all_is_down(66),
            ],
        )
    assert len(events(it, "resynced")) >= 4  # the first one fills the new index


def test_webhooks_lost_doubled_and_shuffled_are_repaired_by_polling(tmp_path: Path) -> None:
    with world(tmp_path) as it:
        it.faults(webhooks={"lost": 0.34, "doubled": 0.34, "shuffled_seconds": 60})
        ends_as_it_must(it, polls=True)
    assert sum(entry["hints"] for entry in events(it, "polled")) > 0


def test_two_dispatchers_and_four_workers_of_which_three_hang_for_a_day(tmp_path: Path) -> None:
    with world(tmp_path, workers=4, slots=1, beats=2) as it:
        hanging = ["worker-1", "worker-2", "worker-3"]
        ends_as_it_must(it, [*troubles.hang(22, hanging, 66), troubles.messages_lost(70)])
    assert events(it, "leases had ended; the tickets are due again")


def test_storms_of_refusals_errors_and_lost_replies(tmp_path: Path) -> None:
    storm = [
        {"do": "reply", "status": 429, "retry_after": 7, "probability": 0.3, "times": 10},
        {"do": "reply", "status": 503, "probability": 0.3, "times": 10},
        {"do": "reply", "status": 500, "method": "PUT", "form": "html", "probability": 0.3, "times": 5},
        {"do": "reply", "status": 502, "method": "PUT", "applied": True, "probability": 0.3, "times": 5},
        {"do": "lose_reply", "method": "PUT", "probability": 0.3, "times": 5},
        {"do": "drop", "probability": 0.3, "times": 5},
    ]
    with world(tmp_path) as it:
        ends_as_it_must(it, [troubles.faults(after, seed=after, requests=storm) for after in (1, 40, 66)])
        struck = it.state()["faults"]["requests"]
    assert all(fault["done"] > 0 for fault in struck)
