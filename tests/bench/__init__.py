"""What speed is promised, measured: `python -m tests.bench [name…]` (`make bench`).

A bench is a module here with a `run()` that prints its figures with their bounds and says whether all are met; its name
stands in `BENCHES`. Where it can be, a figure is a ratio of two things measured in the same run: such a figure says the
same on a fast and on a slow machine.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from itertools import repeat
from pathlib import Path
from statistics import median
from time import process_time
from typing import Final

BENCHES: Final = ("calendar", "evaluate", "replies", "receiver", "reconcile", "campaign", "memory")
"""In the order in which they run."""

CONFIG: Final = Path(__file__).parents[2] / "config"
"""The shipped rules."""


@dataclass(frozen=True, slots=True)
class Figure:
    """One thing that was measured, and what it has to be."""

    name: str
    value: float
    unit: str = "x"
    """`x` for ratios."""
    at_least: float | None = None
    at_most: float | None = None
    note: str = ""
    """What it is made of, for the reader."""

    @property
    def passed(self) -> bool:
        return (self.at_least is None or self.value >= self.at_least) and (
            self.at_most is None or self.value <= self.at_most
        )

    def __str__(self) -> str:
        bounds = [f"at least {self.at_least:,g}"] if self.at_least is not None else []
        bounds += [f"at most {self.at_most:,g}"] if self.at_most is not None else []
        verdict = ("pass" if self.passed else "FAIL") if bounds else "    "
        line = f"{verdict}  {self.name:<44} {self.value:>12,.2f} {self.unit:<10} {' and '.join(bounds):<16}"
        return f"{line}  {self.note}".rstrip()


def report(figures: Iterable[Figure]) -> bool:
    """Print each as soon as it is known; whether every bound is met."""
    passed = True
    for figure in figures:
        print(f"  {figure}", flush=True)
        passed &= figure.passed
    return passed


def cost(
    calls: Mapping[str, Callable[[], object]],
    *,
    rounds: int = 15,
    slice_s: float = 0.004,
    of: Callable[[list[float]], float] = median,
) -> dict[str, float]:
    """Seconds of CPU that one run of each call takes: the median of rounds in which all take turns, each repeated for
    about `slice_s`. So a machine that is busy or changes its speed meanwhile does not favour one of them. For a figure
    that is no ratio take the least (`of=min`): what else runs on the machine can only add to it."""
    repeats = {name: _repeats(call, slice_s) for name, call in calls.items()}
    taken: dict[str, list[float]] = {name: [] for name in calls}
    for _ in range(rounds):
        for name, call in calls.items():
            taken[name].append(_time(call, repeats[name]) / repeats[name])
    return {name: of(times) for name, times in taken.items()}


def _repeats(call: Callable[[], object], slice_s: float) -> int:
    """How often the call fits into the slice; by then it is warm, too."""
    count = 1
    while (taken := _time(call, count)) < slice_s / 4:
        count *= 2
    return max(1, round(count * slice_s / taken))


def _time(call: Callable[[], object], count: int) -> float:
    started = process_time()
    for _ in repeat(None, count):
        call()
    return process_time() - started
