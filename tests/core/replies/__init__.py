"""Comments as customers write them, each with what it says.

`known.txt` is what the reader was made with; `unseen_1.txt` and `unseen_2.txt` were written before it and say how well
it reads what it does not know. They flatter it, though: the same person wrote them and the reader. Of replies that were
thought up later, batch by batch, it found 41 to 87 % of the clear yeses when it first met them (of the last two
batches, of ordinary ones, 78 and 75 %); all of those batches are in `known.txt` by now.

A case begins with `@ label language | text` and goes on until the next; labels are those of `Answer`, with `bare` for
“bare yes”.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Final, cast

from zdsync.core.model import Answer

SETS: Final = ("known", "unseen_1", "unseen_2")


@dataclass(frozen=True, slots=True)
class Case:
    label: Answer
    language: str
    text: str

    @property
    def right(self) -> frozenset[Answer]:
        """A clear yes may be read as one to our question only; never the other way round."""
        return frozenset({"yes", "bare yes"}) if self.label == "yes" else frozenset({self.label})


def cases(name: str) -> Sequence[Case]:
    """All of a set, in order."""
    found: list[Case] = []
    for line in Path(__file__).with_name(f"{name}.txt").read_text(encoding="utf-8").split("\n"):
        if line.startswith("@ "):
            head, _, text = line[2:].partition(" | ")
            label, language = head.rsplit(" ", 1)
            found.append(Case("bare yes" if label == "bare" else cast("Answer", label), language, text))
        elif found:
            last = found[-1]
            found[-1] = Case(last.label, last.language, f"{last.text}\n{line}")
    return [Case(case.label, case.language, case.text.rstrip("\n")) for case in found]
