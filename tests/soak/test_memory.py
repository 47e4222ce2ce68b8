"""A worker that runs for months: its memory over very many tickets. Takes ten minutes and more."""

from __future__ import annotations

from tests.bench.memory import GROWTH_MB_HELD, PROMISED, worker_memory


def test_a_worker_does_not_grow() -> None:
    """After the first tenth its memory stays what it is, through 100,000 tickets with people of their own."""
    samples = worker_memory(PROMISED)
    assert samples[-1][0] == PROMISED
    assert samples[-1][1] - samples[0][1] < GROWTH_MB_HELD, samples
