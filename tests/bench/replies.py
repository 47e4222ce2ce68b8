"""What a customer's reply says: how many clear yeses are found, that nothing else is taken for one, and how fast."""

from __future__ import annotations

from collections.abc import Iterator
from itertools import cycle

from tests.bench import Figure, cost, report
from tests.core.replies import SETS, cases
from zdsync.core.replies import read

YES = frozenset({"yes", "bare yes"})
FOUND_PERCENT = 80


def run() -> bool:
    """Print the figures; whether all of them hold."""
    return report(figures())


def figures() -> Iterator[Figure]:
    """For each set, and of reading all of them."""
    for name in SETS:
        answers = [(case, read(case.text)) for case in cases(name)]
        clear = [answer in case.right for case, answer in answers if case.label == "yes"]
        false = sum(answer in YES - case.right for case, answer in answers)
        note = f"of {len(clear)}" + ("" if name == "known" else ", written before the reader")
        yield Figure(
            f"{name}: clear yeses found", 100 * sum(clear) / len(clear), "%", at_least=FOUND_PERCENT, note=note
        )
        yield Figure(f"{name}: taken for a yes wrongly", false, "texts", at_most=0, note=f"of {len(answers)}")
    texts = cycle([case.text for name in SETS for case in cases(name)])
    seconds = cost({"read": lambda: read(next(texts))}, slice_s=0.5, rounds=5, of=min)["read"]
    yield Figure("replies read", 1 / seconds, "a second", note="a mean over all sets")
