"""Agents' commands over the whole way: answered once by a note, with their webhooks and without."""

from __future__ import annotations

from collections.abc import Mapping

import pytest
from redis import Redis

from tests.builders import a_rule_of
from tests.scenarios.editions import three_promises, three_rules, world_of
from tests.scenarios.stories import Step
from tests.scenarios.tables import Row, check
from tests.scenarios.world import EMILY, TOM, World
from zdsync.sandbox import Server


@pytest.fixture
def world(server: Server, redis: Redis, prefix: str) -> World:
    book = three_promises(rules=(*three_rules(), a_rule_of("controls")))
    return world_of(server, redis, prefix, "trigger", rulebook=book)


def noted(at: str, command: str) -> Step:
    """Tom commands."""
    return at, TOM, {"comment": f"/zdsync {command}", "public": False}


REQUEST: tuple[Step, ...] = (
    ("09:00", EMILY, {"subject": "No rows", "comment": "It fails.", "priority": "urgent", "channel": "email"}),
    ("09:30", TOM, {"comment": "Looking.", "assignee": TOM, "status": "open"}),
)
OPENED = ("09:00 emily received", "09:30 emily news")
SOLVE: Step = ("09:40", TOM, {"comment": "Here they are.", "status": "solved"})

STORIES: Mapping[str, Row] = {
    "a snooze until a time of day": Row(
        steps=(*REQUEST, noted("09:35", "snooze until 11:20")),
        until="11:40",
        said=["09:35 command", "11:20 cadence escalate"],
        mails=[*OPENED, "11:20 support escalated"],
        tags=frozenset({"update_overdue"}),
    ),
    "a snooze of the hold alone": Row(
        steps=(*REQUEST, noted("09:35", "snooze 4h hold")),
        until="10:05",
        said=["09:35 command", "09:50 cadence soon", "10:00 cadence 1"],
        mails=OPENED,
        tags=frozenset({"update_overdue"}),
    ),
    "exempt from the hold alone": Row(
        steps=(*REQUEST, noted("09:35", "exempt hold"), ("09:45", TOM, {"comment": "Done.", "status": "solved"})),
        until="25 17:00",
        said=["09:35 command"],
        mails=[*OPENED, "09:45 emily news"],
        status="Solved",
        tags=frozenset({"zdsync_exempt_hold"}),
        promise=None,
    ),
    "exempt from the cadence alone": Row(
        steps=(*REQUEST, noted("09:35", "exempt cadence"), SOLVE),
        until="17:00",
        said=["09:35 command"],
        mails=[*OPENED, "09:40 emily news", "09:40 emily asked"],
        status="Awaiting confirmation",
        tags=frozenset({"zdsync_exempt_cadence", "zdsync_awaiting_confirmation"}),
        promise=None,
    ),
    "one that nobody knows": Row(
        steps=(*REQUEST, noted("09:35", "cloze")),
        until="09:49",
        said=["09:35 command"],
        mails=OPENED,
    ),
    "wrong": Row(
        steps=(*REQUEST, noted("09:55", "wrong she knows")),
        until="09:59",
        said=["09:50 cadence soon", "09:55 command"],
        mails=OPENED,
        tags=frozenset({"update_due_soon"}),
    ),
    "wrong by a tag": Row(
        steps=(*REQUEST, ("09:55", TOM, {"add_tags": "zdsync_wrong"})),
        until="09:59",
        said=["09:50 cadence soon", "09:55 command"],
        mails=OPENED,
        tags=frozenset({"update_due_soon"}),
    ),
}


@pytest.mark.parametrize("heard", [True, False], ids=["heard", "found by the poll"])
@pytest.mark.parametrize("name", STORIES)
def test_a_story(world: World, name: str, heard: bool) -> None:
    """With its webhooks, and with all of them lost."""
    check(world, STORIES[name], heard)


@pytest.mark.parametrize("name", ["wrong", "wrong by a tag"])
def test_what_is_called_wrong_is_counted_once(world: World, name: str) -> None:
    """Against the rule that had spoken; other commands count nothing."""
    check(world, STORIES[name])
    counted = {key: n for key, n in world.parts.metrics.snapshot().counters.items() if key[0] == "zdsync_wrong_total"}
    assert counted == {("zdsync_wrong_total", (("rule", "update_cadence"),)): 1}
