"""What is going to happen at a known instant: webhook attempts, scheduled acts, automations, late writes, jobs.

Entries are plain JSON so that an account can be saved with its future. `travel.py` takes what is due.
"""

from __future__ import annotations

import heapq
from dataclasses import dataclass
from typing import Any, Literal

from zdsync.sandbox.base import Row

Kind = Literal["act", "attempt", "automations", "land", "incidents", "job", "merge"]


@dataclass(frozen=True, slots=True, order=True)
class Entry:
    due_ms: int
    number: int
    """Order of entry: what was planned first happens first within one instant."""
    kind: Kind
    data: Row


class Agenda:
    def __init__(self) -> None:
        self._heap: list[Entry] = []
        self._number = 0

    def add(self, due_ms: int, kind: Kind, **data: Any) -> None:
        self._number += 1
        heapq.heappush(self._heap, Entry(due_ms, self._number, kind, data))

    def next_due_ms(self) -> int | None:
        return self._heap[0].due_ms if self._heap else None

    def take_due(self, now_ms: int) -> Entry | None:
        """The first entry that is due, removed; None when nothing is."""
        if self._heap and self._heap[0].due_ms <= now_ms:
            return heapq.heappop(self._heap)
        return None

    def to_json(self) -> list[Row]:
        return [{"due_ms": e.due_ms, "kind": e.kind, "data": e.data} for e in sorted(self._heap)]

    def load(self, rows: list[Row]) -> None:
        self._heap = []
        for row in rows:
            self.add(row["due_ms"], row["kind"], **row["data"])
