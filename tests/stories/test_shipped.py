"""The stories that are shipped hold against the rules that are shipped, and say something about each of them."""

from __future__ import annotations

import shutil
from pathlib import Path

import pytest

from tests.stories.told import SHIPPED, shipped, written
from zdsync.core.automations import AUTOMATIONS
from zdsync.rules.load import load
from zdsync.rules.stories import Story, read_stories
from zdsync.stories.judge import judge
from zdsync.stories.play import LONG_AGO, play
from zdsync.stories.show import headline, time_line

STORIES = read_stories(SHIPPED, shipped())


def test_they_have_no_fault() -> None:
    """None that `zdsync check` would tell."""
    assert STORIES.findings == ()


@pytest.mark.parametrize("story", STORIES.stories, ids=lambda story: story.name)
def test_it_holds(story: Story) -> None:
    """Against the rules as shipped."""
    judged = judge(play(story, shipped()))
    assert judged.held, "\n".join((headline(judged), *time_line(judged)))


def test_the_story_of_the_first_page_holds_and_fails_as_it_says(tmp_path: Path) -> None:
    """Its own words, played against the rules as shipped, and with the 90 minutes that the page speaks of."""
    page = (SHIPPED.parent / "README.md").read_text("utf-8")
    (story,) = written(tmp_path, "- story: " + page.partition("```yaml\n- story: ")[2].partition("```")[0])
    assert judge(play(story, shipped())).held
    config = Path(shutil.copytree(SHIPPED, tmp_path / "config"))
    rules = config / "rules" / "sla_targets.yaml"
    rules.write_text(rules.read_text("utf-8").replace("high:   {first_reply: 2h", "high:   {first_reply: 90m"), "utf-8")
    told = "\n".join(time_line(judge(play(story, load(config, live_since=LONG_AGO)))))
    shown = page.partition("\n  ✗ 10:45")[2].partition("\n```")[0].splitlines()
    for line in (f"✗ 10:45{shown[0]}", shown[1].strip(), shown[2].strip(" …")):
        assert line in told


def test_every_text_is_in_a_story() -> None:
    """Whatever zdsync may say, some story expects it: nobody changes when it is said without noticing."""
    expected = {
        name
        for story in STORIES.stories
        for step in story.steps
        if step.entry.expect
        for _, name in step.entry.expect.names
    }
    campaigns = {
        "maintenance",
        "major_incident",
        "incident_report",
        "outage_mail",
    }  # many tickets: tests/core, tests/scenarios
    texts = {text for name, each in AUTOMATIONS.items() if name not in campaigns for text in each.templates}
    assert texts - expected == set()
