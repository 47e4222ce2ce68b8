"""First words of customers, each with what they contain of what an intake asks for, and what would be asked.

`known.txt` is what the reader was made with. The others were written before each change of the reader that they led to,
and say at their top how well it then read what it did not know. A case begins with
`@ locale[/country] | labels | text` and goes on until the next one. Labels:

  phone email description steps   found in the customer's own words; `phone@signature`, `steps@quoted` elsewhere
  when=<local time in Paris>      `2026-05-11` a day, `…T14h` an hour, `…T14:05` a minute, `<from>..<to>` a range;
                                  with `?` the order of day and month cannot be known
  kind=<Kind>                     what the words are about
  att, mentions                   files came along; the words say that some do
  ask=<items>                     what would be asked for (`-`: nothing), where the form knows the e-mail address

All were written on Tuesday 2026-05-12 at 10:00 in Paris.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Final

SETS: Final = ("known", "unseen", "unseen_2", "unseen_3", "unseen_4")
ZONE: Final = "Europe/Paris"
WRITTEN_AT: Final = datetime(2026, 5, 12, 8, 0, tzinfo=UTC)


@dataclass(frozen=True, slots=True)
class Case:
    locale: str
    country: str
    labels: frozenset[str]
    text: str

    @property
    def found(self) -> frozenset[str]:
        """The labels that say what the words contain."""
        return frozenset(label for label in self.labels if label != "att" and not label.startswith("ask="))

    @property
    def asked(self) -> tuple[str, ...]:
        (items,) = (label.removeprefix("ask=") for label in self.labels if label.startswith("ask="))
        return () if items == "-" else tuple(items.split(","))


def cases(name: str) -> Sequence[Case]:
    """All of a set, in order."""
    found: list[Case] = []
    for line in Path(__file__).with_name(f"{name}.txt").read_text(encoding="utf-8").split("\n"):
        if line.startswith("@ "):
            place, labels, text = (part.strip() for part in f"{line[2:]} ".split(" | ", 2))
            locale, _, country = place.partition("/")
            found.append(Case(locale, country or "FR", frozenset(labels.split()), text))
        elif found and not line.startswith("# ---"):
            last = found[-1]
            found[-1] = Case(last.locale, last.country, last.labels, f"{last.text}\n{line}")
    return [Case(case.locale, case.country, case.labels, case.text.rstrip("\n")) for case in found]
