"""Rule stories and the worker come to the same: each shipped story, played by `zdsync test` and by the real parts.

The one goes without HTTP, Redis, leases and brakes; if it drifted away from the other, stories would promise what the
worker does not keep.
"""

from __future__ import annotations

import json
import re
from collections.abc import Sequence
from datetime import timedelta
from typing import Any

import pytest
from redis import Redis

from tests.scenarios.world import World, keys_of
from tests.stories.told import SHIPPED, shipped
from zdsync.rules.stories import Story, read_stories
from zdsync.sandbox import Server
from zdsync.stories.play import Player

STORIES = read_stories(SHIPPED, shipped()).stories


def written(audits: Sequence[dict[str, Any]], own_id: int, ticket_id: int) -> list[object]:
    """What we wrote, second by second, without what differs from account to account: ids of audits, the number."""
    return [
        (
            audit["created_at"],
            sorted(
                json.dumps([event["field_name"], event["value"]])
                for event in audit["events"]
                if event["type"] == "Change"
            ),
            [
                (event["public"], re.sub(rf"#{ticket_id}\b", "#", event["body"]))
                for event in audit["events"]
                if event["type"] == "Comment"
            ],
            [
                (key.partition(":")[0], key.rpartition(":")[2].isdecimal() or key.rpartition(":")[2])
                for key in keys_of(audit)
            ],
        )
        for audit in audits
        if audit["author_id"] == own_id
    ]


@pytest.mark.parametrize("story", STORIES, ids=lambda story: story.name)
def test_the_worker_does_what_the_story_says(story: Story, server: Server, redis: Redis, prefix: str) -> None:
    """The same updates, in the same seconds, with the same words."""
    told = Player(story, shipped())
    told.play()

    real = Player(story, shipped())
    account = real.stage.account
    world = World(server, redis, prefix, account=account, rulebook=real.rulebook, begin=story.opened)
    world.until(story.opened)
    for step in (None, *(step for step in story.steps if step.entry.by)):
        if step and step.at > world.now:
            world.until(step.at - timedelta(milliseconds=1))
            world.go(step.at)  # what is due in that very moment comes after what people do, as in a story
        server.call(lambda step=step: real.perform(step))  # type: ignore[misc]
        world.hint(real.stage.ticket_id)
    world.until(story.ends - timedelta(milliseconds=1))  # what is due then is after the story
    world.close()

    numbers = told.stage.ticket_id, real.stage.ticket_id
    assert numbers[0] != numbers[1], "the control ticket is there too"
    ours = written(told.stage.audits(), told.stage.own_id, numbers[0])
    assert written(account.tickets[numbers[1]].audits, real.stage.own_id, numbers[1]) == ours
