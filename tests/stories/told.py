"""Stories for the tests: the shipped configuration with other stories in it, and one of them played and judged."""

from __future__ import annotations

import shutil
from functools import lru_cache
from pathlib import Path
from textwrap import dedent, indent

from zdsync.core.rulebook import Rulebook
from zdsync.rules.load import load
from zdsync.rules.stories import Story, read_stories
from zdsync.stories.judge import Judged, judge
from zdsync.stories.play import LONG_AGO, play

SHIPPED = Path(__file__).parents[2] / "config"

A_P2 = """\
- story: A P2
  rules: [SLA targets]
  ticket: {at: Mon 2026-11-23 09:00, subject: No rows, text: The export is empty.}
  steps:
    - {at: 09:10, by: agent, priority: high, assign: agent}
"""
"""It is due at 11:00, the warning comes at 10:45."""


def folder(at: Path, stories: str) -> Path:
    """A configuration that has begun, with these stories and no others."""
    config = at / "config"
    shutil.copytree(SHIPPED, config, ignore=shutil.ignore_patterns("stories", ".schema"))
    account = config / "account.yaml"
    began = account.read_text("utf-8").replace("live_since:\n", "live_since: 2026-11-24T10:00:00Z\n")
    account.write_text(began, "utf-8")
    (config / "stories").mkdir()
    (config / "stories" / "a.yaml").write_text(stories, "utf-8")
    return config


@lru_cache(maxsize=1)
def shipped() -> Rulebook:
    """The shipped rules; they are immutable."""
    return load(SHIPPED, mode="live", live_since=LONG_AGO)


def written(at: Path, stories: str) -> tuple[Story, ...]:
    """The stories of this text. They must be without fault."""
    (at / "stories").mkdir(exist_ok=True)
    (at / "stories" / "a.yaml").write_text(stories, "utf-8")
    found = read_stories(at, shipped())
    assert found.findings == ()
    return found.stories


def told(at: Path, stories: str) -> list[Judged]:
    """All of them, played against the shipped rules."""
    return [judge(play(story, shipped())) for story in written(at, stories)]


def a_p2(at: Path, steps: str = "", never: str = "", more: str = "") -> Judged:
    """The P2 with more steps (as they stand below `steps:`), what must never be, and more keys of the story."""
    text = A_P2 + indent(dedent(steps).rstrip(), "    ") + "\n"
    if never:
        text += "  never:\n" + indent(dedent(never), "    ") + "\n"
    (judged,) = told(at, text + indent(dedent(more), "  ") + "\n")
    return judged


def wrong(judged: Judged) -> list[str]:
    """Everything that is wrong, without where to look."""
    return [words for verdict in judged.verdicts for words in verdict.wrong]
