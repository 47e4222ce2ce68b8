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
from zdsync.confirm import answer
from zdsync.core import links
from zdsync.core.links import Link
from zdsync.core.notices import NOTICE_TAG
from zdsync.rules.stories import Step, Story, read_stories
from zdsync.sandbox import Server
from zdsync.set_aside import look_through
from zdsync.stories.page import LINKS, last_link
from zdsync.stories.play import LOOKED_THROUGH, Player
from zdsync.stories.stage import Stage

STORIES = read_stories(SHIPPED, shipped()).stories


def written(audits: Sequence[dict[str, Any]], stage: Stage) -> list[object]:
    """What we wrote, second by second, without what differs from account to account: ids of audits, numbers, links."""

    def plain(body: str) -> str:
        for number, name in ((stage.ticket_id, "#"), (stage.mail_id, "#mail"), (stage.notice_id, "#notice")):
            body = re.sub(rf"(?:#|\bticket |\bincident ){number}\b", name, body)
        return re.sub(rf"{links.PATH}\w+", links.PATH, body)

    return [
        (
            audit["created_at"],
            sorted(
                json.dumps([event["field_name"], event["value"]])
                for event in audit["events"]
                if event["type"] == "Change"
            ),
            [(event["public"], plain(event["body"])) for event in audit["events"] if event["type"] == "Comment"],
            [
                (key.partition(":")[0], rung.isdecimal() or re.sub(r"(?<=-)\d+$", "", rung))
                for key in keys_of(audit)
                for rung in [key.rpartition(":")[2]]
            ],
        )
        for audit in audits
        if audit["author_id"] == stage.own_id
    ]


SOME = [
    pytest.param(story, id=story.name, marks=() if number % 3 == 0 else pytest.mark.long)
    for number, story in enumerate(STORIES)
]
"""Every third: what `zdsync test` decides by is the worker's own decision, so the others are among the long tests."""


@pytest.mark.parametrize("story", SOME)
def test_the_worker_does_what_the_story_says(story: Story, server: Server, redis: Redis, prefix: str) -> None:
    """The same updates, in the same seconds, with the same words."""
    told = Player(story, shipped())
    told.play()

    real = Player(story, shipped())
    account = real.stage.account
    world = World(server, redis, prefix, account=account, rulebook=real.rulebook, begin=story.opened, links=LINKS)
    world.tells_of_rules = any(step.entry.mails for step in story.steps)  # and of jobs: a merge changes both tickets
    world.until(story.opened)
    for step in (None, *(step for step in story.steps if step.entry.by)):
        if step and step.at > world.now:
            world.until(step.at - timedelta(milliseconds=1))
            world.go(step.at)  # what is due in that very moment comes after what people do, as in a story
        if step and step.entry.link:
            press(world, real, step)
            continue
        real.stage.notice_id = colleagues_notice(world, real)
        server.call(lambda step=step: real.perform(step))  # type: ignore[misc]
        if step and step.entry.set_aside:
            world.until(step.at + LOOKED_THROUGH - timedelta(milliseconds=1))
            world.go(step.at + LOOKED_THROUGH)
            assert look_through(world.parts) == 1
        else:
            world.hint(changed(real, step))
    world.until(story.ends - timedelta(milliseconds=1))  # what is due then is after the story
    real.stage.notice_id = colleagues_notice(world, real)
    world.close()

    assert told.stage.ticket_id != real.stage.ticket_id, "the control ticket is there too"
    for of in ("ticket_id", "mail_id", "notice_id"):
        numbers = getattr(told.stage, of), getattr(real.stage, of)
        assert bool(numbers[0]) == bool(numbers[1])
        if numbers[0]:
            ours = written(told.stage.audits(numbers[0]), told.stage)
            assert written(account.tickets[numbers[1]].audits, real.stage) == ours


def changed(real: Player, step: Step | None) -> int:
    """The ticket that a step is about."""
    if step and step.entry.mails:
        return real.stage.mail_id
    return real.stage.notice_id if step and step.entry.on == "notice" else real.stage.ticket_id


def colleagues_notice(world: World, real: Player) -> int:
    """What a campaign of the worker's has created for the contact that stories go along with; 0: nothing yet."""
    colleague = real.stage.people["colleague"]
    rows = (each.row for each in world.account.tickets.values() if NOTICE_TAG in each.row["tags"])
    return next((int(row["id"]) for row in rows if row["requester_id"] == colleague), 0)


def press(world: World, real: Player, step: Step) -> None:
    """On the real page: what it does with a link of the real ticket."""
    token = last_link(world.account.tickets[real.stage.ticket_id].audits)
    assert token is not None
    assert step.entry.link is not None
    link = links.read(LINKS, token, world.now)
    if link == "expired":
        return
    assert isinstance(link, Link)

    def pause(seconds: float) -> None:
        world.go(world.now + timedelta(seconds=seconds))

    answer(link, step.entry.link, step.entry.says or "", world.parts, pause)
