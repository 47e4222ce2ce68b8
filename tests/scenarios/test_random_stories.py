"""Any story, disturbed in any way, ends as it does undisturbed.

People act at five past a quarter of an hour, and whatever the clocks bring comes on the quarter. No disturbance lasts
five minutes, so the same things are known at each moment that counts, and the two ends can be compared exactly.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import timedelta
from itertools import count
from typing import Any

import pytest
from hypothesis import HealthCheck, Phase, event, given, settings
from hypothesis import strategies as st
from redis import Redis

from tests.scenarios.editions import EDITIONS, Edition, three_promises, three_rules, world_of
from tests.scenarios.stories import Ending, Step, do, ending, same_ending
from tests.scenarios.tales import FAR
from tests.scenarios.wire import Crash, When
from tests.scenarios.world import CLAIRE, EMILY, RAJ, TOM, World, live_rulebook, paris_time
from zdsync.core.controls import CLOSE_TAG
from zdsync.sandbox import Server

QUARTER = timedelta(minutes=15)
CALM = timedelta(minutes=5)
POLL = timedelta(seconds=40)

PATH = "/tickets/2"
FAULTS: Sequence[dict[str, Any]] = (
    {"do": "lose_reply", "method": "PUT", "path": PATH},
    {"do": "drop", "method": "PUT", "path": PATH},
    {"do": "land_late", "method": "PUT", "path": PATH, "reads": 1},
    {"do": "land_late", "method": "PUT", "path": PATH, "reads": 3},
    {"do": "land_late", "method": "PUT", "path": PATH, "seconds": 9},
    {"do": "reply", "method": "PUT", "path": PATH, "status": 409},
    {"do": "reply", "method": "PUT", "path": PATH, "status": 502, "form": "html", "applied": True},
    {"do": "reply", "method": "PUT", "path": PATH, "status": 429, "retry_after": 20.0},
    {"do": "reply", "method": "GET", "path": PATH, "status": 429, "retry_after": 20.0},
    {"do": "reply", "method": "GET", "path": PATH, "status": 500, "times": 4},
    {"do": "reply", "method": "GET", "path": "/users/show_many", "status": 503, "form": "empty", "times": 4},
    {"do": "lag", "method": "GET", "path": f"{PATH}/audits", "seconds": 30},
)


@dataclass(frozen=True)
class Disturbance:
    """What goes wrong between an act and the next one."""

    webhook_lost: bool = False
    faults: tuple[int, ...] = ()
    crash_at: int | None = None
    crash: When = "before"
    redis_emptied: bool = False
    """With the crash, or right after the act."""


CALM_STEP = Disturbance()

PRIORITIES = ("urgent", "high", "normal", "low")
acts = st.one_of(
    st.sampled_from(PRIORITIES).map(lambda priority: (TOM, {"assignee": TOM, "priority": priority})),
    st.just((EMILY, {"comment": "Any news?"})),
    st.just((CLAIRE, {"comment": "I know this one.", "public": False})),
    st.sampled_from(["open", "pending", "hold", "solved"]).map(
        lambda status: (TOM, {"assignee": TOM, "comment": "We are on it.", "status": status})
    ),
    st.sampled_from(["open", "pending", "solved"]).map(lambda status: (TOM, {"assignee": TOM, "status": status})),
)


@st.composite
def stories(draw: st.DrawFn) -> tuple[Step, ...]:
    """A request at nine, then acts at five past a later quarter each."""
    priority = draw(st.sampled_from([None, "high", "urgent", "normal"]))
    steps: list[Step] = [("09:00", EMILY, {"subject": "No rows", "comment": "It fails.", "priority": priority})]
    at = paris_time("09:05")
    for who, act in draw(st.lists(acts, min_size=1, max_size=5)):
        at += QUARTER * draw(st.integers(1, 6))
        steps.append((f"{at:%Y-%m-%d} {at + timedelta(hours=1):%H:%M}", who, act))
    return tuple(steps)


def mail(who: str, text: str, **more: Any) -> st.SearchStrategy[tuple[str, dict[str, Any]]]:
    return st.just((who, {"comment": text, "channel": "email", **more}))


def by_tom(**act: Any) -> st.SearchStrategy[tuple[str, dict[str, Any]]]:
    return st.just((TOM, {"assignee": TOM, **act}))


SOLVES = by_tom(status="solved") | by_tom(status="solved", comment="It is repaired.")
REPLIES = st.one_of(
    mail(EMILY, "Yes, it is solved."),
    mail(EMILY, "Yes"),
    mail(EMILY, "No, still broken."),
    mail(EMILY, "Thanks!"),
    mail(EMILY, "Which of the two do you mean?"),
    mail(EMILY, "I am out of the office until Monday.", flags=[4]),
    mail(RAJ, "Yes, it is solved."),
    st.just((EMILY, {"status": "solved"})),
)
BY_AGENTS = st.one_of(
    by_tom(comment="One more thing: which version?", status="pending"),
    by_tom(comment="We are on it.", status="open"),
    by_tom(status="open"),
    by_tom(priority="urgent"),
    by_tom(add_tags=CLOSE_TAG),
    by_tom(status="solved", add_tags=CLOSE_TAG),
    by_tom(add_tags="zdsync_snooze_4h"),
    st.sampled_from(["close a duplicate", "confirm by phone", "snooze 50m", "exempt", "cloze"]).flatmap(
        lambda words: by_tom(comment=f"/zdsync {words}", public=False)
    ),
    st.just((CLAIRE, {"comment": "I know this one.", "public": False})),
)


@st.composite
def held_stories(draw: st.DrawFn) -> tuple[Step, ...]:
    """Asked and answered; then solves, replies and what else agents do, in any order."""
    first = {"subject": "No rows", "comment": "It fails.", "email_ccs": [{"user_email": RAJ}]}
    priority = draw(st.sampled_from(["urgent", "high", "low"]))
    steps: list[Step] = [
        ("09:00", EMILY, {**first, "priority": priority, "channel": "email"}),
        ("09:05", TOM, {"assignee": TOM, "comment": "Looking.", "status": "open"}),
    ]
    at = paris_time("09:05")
    for who, act in draw(st.lists(st.one_of(SOLVES, SOLVES, REPLIES, REPLIES, BY_AGENTS), min_size=2, max_size=6)):
        at += QUARTER * draw(st.integers(1, 6))
        steps.append((f"{at:%Y-%m-%d} {at + timedelta(hours=1):%H:%M}", who, act))
    return tuple(steps)


disturbances = st.builds(
    Disturbance,
    webhook_lost=st.booleans(),
    faults=st.lists(st.integers(0, len(FAULTS) - 1), max_size=2).map(tuple),
    crash_at=st.none() | st.integers(0, 40),
    crash=st.sampled_from(["before", "after"]),
    redis_emptied=st.booleans(),
)


@pytest.fixture
def make_world(server: Server, redis: Redis, prefix: str) -> Callable[[], World]:
    number = count()

    def make() -> World:
        return World(server, redis, f"{prefix}{next(number)}:", rulebook=live_rulebook(caps=FAR))

    return make


def play(world: World, story: Sequence[Step], disturbed: Sequence[Disturbance] = ()) -> Ending:
    """Tell the story; after each act goes wrong what is to go wrong then. Afterwards two quiet hours."""
    ticket: int | None = None
    for number, step in enumerate(story):
        go_on(world, step[0])
        trouble = disturbed[number] if number < len(disturbed) else CALM_STEP
        at, who, act = step
        ticket = do(world, (at, who, {**act, "webhook": not trouble.webhook_lost}), ticket)
        if disturbed:
            disturb(world, trouble)
            go_on(world, world.now + CALM - timedelta(seconds=30), poll_every=POLL)
            world.faults()
            world.wire.cut_at = None
    go_on(world, paris_time(story[-1][0]) + timedelta(hours=2, minutes=10))
    world.close()
    return ending(world)


def disturb(world: World, trouble: Disturbance) -> None:
    """Set it all up; it strikes when its call comes."""
    world.faults(*(FAULTS[number] for number in trouble.faults))
    if trouble.crash_at is not None:
        world.wire.cut_at, world.wire.cut = len(world.wire.calls) + trouble.crash_at, trouble.crash
    elif trouble.redis_emptied:
        world.empty_redis()


def go_on(world: World, at: Any, poll_every: timedelta | None = None) -> None:
    """Through the ends of processes."""
    while True:
        try:
            world.until(at, poll_every=poll_every)
            return
        except Crash:
            world.restart()


@settings(
    max_examples=15,
    phases=[Phase.explicit, Phase.generate],  # making an example smaller would take minutes
    deadline=None,
    derandomize=True,
    suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow, HealthCheck.data_too_large],
)
@given(stories(), st.lists(disturbances, min_size=6, max_size=6))
def test_any_story_disturbed_in_any_way_ends_the_same(
    make_world: Callable[[], World], story: tuple[Step, ...], disturbed: list[Disturbance]
) -> None:
    """Lost webhooks, lost and late writes, refusals, lagging replicas, crashes, an emptied Redis, all in one story."""
    wanted = play(make_world(), story)
    event(f"{sum(len(state.said) for state in wanted.states)} messages")
    found = play(make_world(), story, disturbed)
    same_ending(found, wanted, CALM)


@pytest.fixture
def make_held(server: Server, redis: Redis, prefix: str, edition: Edition) -> Callable[[], World]:
    """Worlds with the cadence and the hold. (The clocks of targets stand still when we hold or solve, so they would
    differ by as much as these were delayed.)"""
    number, book = count(), three_promises(rules=three_rules()[1:], caps=FAR)
    return lambda: world_of(server, redis, f"{prefix}{next(number)}:", edition, rulebook=book)


@pytest.mark.parametrize("edition", EDITIONS)
@settings(
    max_examples=5,
    phases=[Phase.explicit, Phase.generate],
    deadline=None,
    derandomize=True,
    suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow, HealthCheck.data_too_large],
)
@given(held_stories(), st.lists(disturbances, min_size=8, max_size=8))
def test_any_story_of_a_hold_disturbed_in_any_way_ends_the_same(
    make_held: Callable[[], World], edition: Edition, story: tuple[Step, ...], disturbed: list[Disturbance]
) -> None:
    """The same mails went out, too."""
    wanted = play(make_held(), story)
    event(f"{len(wanted.mails)} mails where the {edition} holds")
    found = play(make_held(), story, disturbed)
    same_ending(found, wanted, CALM)
