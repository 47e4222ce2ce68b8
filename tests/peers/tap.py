"""Runs the published Singer tap: `discover`, then `sync` as often as wanted, each in a process of its own."""

from __future__ import annotations

import json
import subprocess
from dataclasses import dataclass
from pathlib import Path
from typing import Any

Row = dict[str, Any]


@dataclass(frozen=True)
class Extract:
    """What one sync wrote: the records of each stream in order, and the last state."""

    records: dict[str, list[Row]]
    state: Row

    def by(self, stream: str, key: str = "id") -> dict[Any, Row]:
        """The stream's records by their key; a record that came twice counts once."""
        return {record[key]: record for record in self.records.get(stream, ())}


@dataclass(frozen=True)
class Tap:
    """`config` is the tap's own configuration; files are written to `folder`."""

    command: Path
    folder: Path
    environ: dict[str, str]
    config: Row

    def discover(self) -> Row:
        """The catalog: every stream that the account lets it read, with its schema."""
        catalog: Row = json.loads(self._run("--discover"))
        return catalog

    def sync(self, catalog: Row, state: Row | None = None) -> Extract:
        """Extract what `catalog` selects, from `state` on."""
        arguments = ["--catalog", self._file("catalog", catalog)]
        if state is not None:
            arguments += ["--state", self._file("state", state)]
        records: dict[str, list[Row]] = {}
        for line in self._run(*arguments).splitlines():
            message = json.loads(line)
            if message["type"] == "RECORD":
                records.setdefault(message["stream"], []).append(message["record"])
            elif message["type"] == "STATE":
                state = message["value"]
        assert state is not None
        return Extract(records, state)

    def _run(self, *arguments: str) -> str:
        command = [str(self.command), "--config", self._file("config", self.config), *arguments]
        done = subprocess.run(command, env=self.environ, capture_output=True, text=True, check=False)
        assert done.returncode == 0, done.stderr[-4_000:]
        return done.stdout

    def _file(self, name: str, content: Row) -> str:
        path = self.folder / f"{name}.json"
        path.write_text(json.dumps(content))
        return str(path)


def select(catalog: Row, streams: set[str]) -> Row:
    """The catalog with these streams chosen, all their columns included."""
    chosen = []
    for stream in catalog["streams"]:
        metadata = [
            {**entry, "metadata": {**entry["metadata"], "selected": stream["tap_stream_id"] in streams}}
            for entry in stream["metadata"]
        ]
        chosen.append({**stream, "metadata": metadata})
    return {"streams": chosen}
