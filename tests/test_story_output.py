"""The support week: people act in order and at their times, the clock never outruns the worker, and it reads well."""

from __future__ import annotations

import io
import json
import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from itertools import pairwise
from typing import Any, cast
from zoneinfo import ZoneInfo

import pytest
import structlog
from redis import Redis
from rich.console import Console

from tests.desk import SHIPPED, Desk, open_desk
from zdsync.control import PROBED_TAG, set_switch
from zdsync.core.automations import AUTOMATIONS
from zdsync.demo.director import Director, Sandbox
from zdsync.demo.story import CHATTER, Story
from zdsync.demo.summary import summary
from zdsync.demo.week import AGENTS, BEGINS, CUSTOMERS, ZONE, Act, acts
from zdsync.provision.apply import provision
from zdsync.rules.load import load
from zdsync.sandbox import Account
from zdsync.store.due import Due
from zdsync.store.metrics import Metrics
from zdsync.store.server import EmbeddedRedis

WEEK = acts()
PARIS = ZoneInfo(ZONE)


# The script


def test_the_week_is_in_order() -> None:
    """One act after the other, within support hours of one week, by people that the sandbox knows."""
    assert [act.at for act in WEEK] == sorted(act.at for act in WEEK)
    assert all(BEGINS < act.at < BEGINS + timedelta(days=5) for act in WEEK)
    assert all(9 <= act.at.astimezone(PARIS).hour < 18 for act in WEEK)
    assert {act.name for act in WEEK} <= {*AGENTS, *CUSTOMERS}
    emails = {user["email"] for user in Account.demo(BEGINS).users.values()}
    assert {str(act.body["as"]) for act in WEEK} <= emails


def test_each_ticket_begins_with_its_question() -> None:
    """The first act on a ticket is a customer's, with a subject; later ones have none."""
    begun: set[str] = set()
    for act in WEEK:
        assert ("subject" in act.body) is (act.ticket not in begun), act
        assert act.ticket in begun or act.name in CUSTOMERS
        begun.add(act.ticket)
    assert len(begun) == 9


def test_agents_and_customers_look_different() -> None:
    assert {act.colour for act in WEEK if act.name in AGENTS} != {act.colour for act in WEEK if act.name in CUSTOMERS}


# The director


@dataclass
class Stage:
    """A sandbox and an index as the director sees them, and what it did."""

    at: datetime = BEGINS
    on_their_way: int = 0
    held: int = 0
    due_ms: int | None = None
    did: list[Any] = field(default_factory=list)
    outbox: list[dict[str, Any]] = field(default_factory=list)

    def moment(self) -> tuple[datetime, int]:
        return self.at, self.on_their_way

    def outlook(self) -> tuple[int, int | None]:
        return self.held, self.due_ms

    def jump(self, not_after: datetime) -> bool:
        self.did.append(not_after)
        self.at = not_after
        return True

    def act(self, body: dict[str, Any]) -> dict[str, Any]:
        self.did.append(body)
        return {"ticket": body.get("ticket", 7)}

    def mails(self, after: int) -> list[dict[str, Any]]:
        return self.outbox[after:]

    def due_in(self, **length: float) -> None:
        self.due_ms = round((self.at + timedelta(**length)).timestamp() * 1000)


def one_act(minutes: float = 10, ticket: str = "a", **body: Any) -> Act:
    return Act(BEGINS + timedelta(minutes=minutes), "Tom", ticket, "acts", {"as": "tom@desk.example", **body})


def directed(stage: Stage, *script: Act, seconds: float = 0) -> Director:
    return Director(cast("Sandbox", stage), cast("Due", stage), script, seconds)


def test_nobody_acts_before_their_time() -> None:
    """First the clock moves to the act, then it is done, then the week is over."""
    stage = Stage()
    director = directed(stage, one_act())
    assert not director.step()
    assert stage.did == [BEGINS + timedelta(minutes=10)]
    assert not director.step()
    assert stage.did[1:] == [{"as": "tom@desk.example"}]
    assert director.finished
    assert director.step()
    assert len(stage.did) == 2


def test_later_acts_are_on_the_same_ticket() -> None:
    """By the number that the sandbox has given it."""
    stage = Stage()
    director = directed(stage, one_act(1), one_act(2, comment="more"), one_act(3, ticket="b"))
    for _ in range(6):
        director.step()
    bodies = [did for did in stage.did if isinstance(did, dict)]
    assert [body.get("ticket") for body in bodies] == [None, 7, None]


BUSY = [
    pytest.param({"on_their_way": 1}, id="a webhook is on its way"),
    pytest.param({"held": 1}, id="a ticket is held by a worker"),
    pytest.param({"due_ms": round(BEGINS.timestamp() * 1000)}, id="a ticket is due"),
    pytest.param({"due_ms": round(BEGINS.timestamp() * 1000) - 5000}, id="a ticket is late"),
]


@pytest.mark.parametrize("state", BUSY)
def test_the_clock_waits_for_the_worker(state: dict[str, int]) -> None:
    """Nothing moves while anything is under way, and the week is not over before it is done."""
    waiting, ended = Stage(**state), Stage(**state)  # type: ignore[arg-type]
    assert not directed(waiting, one_act()).step()
    assert not directed(ended).step()
    assert waiting.did == ended.did == []


def test_wake_ups_have_their_own_time() -> None:
    """A ticket that is due before the next act stops the clock there."""
    stage = Stage()
    stage.due_in(minutes=3)
    directed(stage, one_act()).step()
    assert stage.did == [BEGINS + timedelta(minutes=3)]


def test_after_the_last_act() -> None:
    """What follows within a minute still belongs to the week; then time just runs."""
    soon, later = Stage(), Stage()
    soon.due_in(seconds=30)
    later.due_in(minutes=30)
    assert not directed(soon).step()
    assert soon.did == [BEGINS + timedelta(seconds=30)]
    assert directed(later).step()
    assert later.did == []


def test_each_mail_is_told_once() -> None:
    stage = Stage(outbox=[{"n": 1}, {"n": 2}])
    told: list[Any] = []
    director = directed(stage, one_act())
    director.on_mails = told.extend
    director.step()
    stage.outbox.append({"n": 3})
    for _ in range(5):
        director.step()
    assert told == [{"n": 1}, {"n": 2}, {"n": 3}]


def test_it_keeps_the_pace() -> None:
    """The next act waits for its share of the real time; a wake-up before it does not."""
    stage = Stage()
    director = directed(stage, one_act(1), one_act(2), seconds=1000)
    director.step()
    director.step()
    stage.did.clear()
    director.step()
    assert stage.did == [], "the second act's share has not come"
    stage.due_in(seconds=20)
    director.step()
    assert len(stage.did) == 1
    stage.due_ms = None
    director.began -= 501
    director.step()
    assert stage.did[1:] == [BEGINS + timedelta(minutes=2)]


# The story


@pytest.fixture
def screen() -> io.StringIO:
    return io.StringIO()


@pytest.fixture
def story(screen: io.StringIO) -> Story:
    return Story(Console(file=screen, highlight=False, soft_wrap=True, width=80), PARIS)


def test_a_persons_line(story: Story, screen: io.StringIO) -> None:
    """Day and time in Paris, the name, the ticket, what they did; brackets stay as they are."""
    story.person(Act(BEGINS, "Inès", "a", "answers: “see [1] and [/b]”", {}), 4)
    assert re.fullmatch(r"Mon 08:55  Inès +#4 answers: “see \[1\] and \[/b\]”\n", screen.getvalue())


def reconciled(**more: Any) -> str:
    event = {"event": "reconciled", "level": "info", "ticket": 4, "at": "2026-05-11T07:05:02+00:00", "why": "a target"}
    return json.dumps({**event, **more})


def test_a_workers_line(story: Story, screen: io.StringIO) -> None:
    """Each thing that it did, and why; looks that changed nothing are not told."""
    story.output("worker", reconciled(did=["sets x", "tells [y]"]))
    lines = screen.getvalue().splitlines()
    assert [re.sub(r" +", " ", line) for line in lines] == [
        "Mon 09:05 zdsync #4 sets x",
        "Mon 09:05 zdsync #4 tells [y]",
        "Mon 09:05 because a target",
    ]
    story.output("worker", reconciled(did=None))
    story.output("worker", reconciled(did=[]))
    assert screen.getvalue().splitlines() == lines


NOISE = ["", "   ", CHATTER, json.dumps({"event": "polled", "level": "info", "hints": 3})]
TROUBLE = [
    (json.dumps({"event": "poll waits", "level": "warning", "why": "[503]"}), "worker: poll waits {'why': '[503]'}"),
    (json.dumps({"event": "it broke", "level": "error"}), "worker: it broke"),
    ("Traceback [most recent call last]:", "worker: Traceback [most recent call last]:"),
    ("[1, 2]", "worker: [1, 2]"),
]


def test_every_note_is_told_in_words(story: Story, screen: io.StringIO) -> None:
    """Not by the name of its text, which is for the log."""
    texts = sorted(text for automation in AUTOMATIONS.values() for text in automation.templates)
    customers = {text for automation in AUTOMATIONS.values() for text in automation.to_customer}
    did = [f"tell the {'customer' if text in customers else 'agents'}: {text} (kind:7:rung)" for text in texts]
    event = {"event": "reconciled", "at": "2026-05-11T07:00:00+00:00", "ticket": 3, "did": did, "why": "so"}
    story.output("worker", json.dumps(event))
    told = screen.getvalue()
    assert told.count(" internal note") == len(texts) - len(customers)
    assert told.count(" the customer ") == len(customers)
    assert "tell the " not in told


def test_a_mail_of_our_triggers_is_told_and_the_accounts_own_are_not(story: Story, screen: io.StringIO) -> None:
    mail = {"at": "2026-05-11T07:05:02Z", "ticket": 4, "to": "a@b.example", "cause": "zdsync: ask for confirmation"}
    story.mails([mail, {**mail, "cause": "Notify requester of comment update"}])
    assert re.fullmatch(r"Mon 09:05  Zendesk +#4 mails a@b\.example: ask for confirmation\n", screen.getvalue())


def test_a_mail_to_several_people_is_one_line(story: Story, screen: io.StringIO) -> None:
    """And one for each ticket and trigger."""
    mail = {"at": "2026-05-11T07:05:02Z", "ticket": 4, "to": "a@b.example", "cause": "zdsync: mail the group"}
    story.mails([mail, {**mail, "to": "c@b.example"}, {**mail, "ticket": 5}])
    told = [line.split(maxsplit=3)[3] for line in screen.getvalue().splitlines()]
    assert told == ["#4 mails 2 people: mail the group", "#5 mails a@b.example: mail the group"]


@pytest.mark.parametrize("line", NOISE)
def test_noise_is_not_told(story: Story, screen: io.StringIO, line: str) -> None:
    story.output("worker", line)
    assert screen.getvalue() == ""


@pytest.mark.parametrize(("line", "told"), TROUBLE)
def test_trouble_is_told_in_full(story: Story, screen: io.StringIO, line: str, told: str) -> None:
    story.output("worker", line)
    assert screen.getvalue() == f"{told}\n"


# The summary


def told_by(metrics: Metrics) -> dict[str, str]:
    """The table's rows, as they are read."""
    screen = io.StringIO()
    Console(file=screen, width=100).print(summary(metrics))
    rows = [re.split(r" {2,}|\s*│\s*", line.strip()) for line in screen.getvalue().splitlines()]
    return {row[0]: row[-1] for row in rows if len(row) > 1}


def test_an_empty_summary(redis: Redis, prefix: str) -> None:
    """Zeros, and no lateness of nothing."""
    told = told_by(Metrics(redis, prefix))
    assert told["targets set"] == told["breaches noted"] == "0"
    assert not any("late" in name for name in told)


def test_a_summary(redis: Redis, prefix: str) -> None:
    """What was said by kind, the API calls by kind, and how late half and nearly all wake-ups were."""
    metrics = Metrics(redis, prefix)
    metrics.count("zdsync_messages_total", 3, kind="target")
    metrics.count("zdsync_messages_total", kind="warn")
    metrics.count("zdsync_api_calls_total", 12, kind="update")
    for seconds in [0.01] * 98 + [4.0, 9000.0]:
        metrics.observe("zdsync_wake_lateness_seconds", seconds)
    told = told_by(metrics)
    assert (told["targets set"], told["warnings before a target"], told["breaches noted"]) == ("3", "1", "0")
    assert told["API calls: update"] == "12"
    assert told["tickets looked at"] == "100"
    half, nearly = told["late by, half of them at most"], told["late by, 99 % of them at most"]
    assert float(half.removesuffix(" s")) < 1
    assert 4 <= float(nearly.removesuffix(" s")) < 60


def test_very_late(redis: Redis, prefix: str) -> None:
    metrics = Metrics(redis, prefix)
    metrics.observe("zdsync_wake_lateness_seconds", 90_000)
    assert told_by(metrics)["late by, half of them at most"] == "more than an hour"


# The whole week, with one worker in this process


@pytest.fixture
def monday(redis_server: EmbeddedRedis) -> Iterator[Desk]:
    """The week's sandbox, probed, with the shipped rules as `zdsync up` has them."""
    rulebook = load(SHIPPED, mode="live", live_since=BEGINS)
    with open_desk(redis_server.url, account=Account.demo(BEGINS), rulebook=rulebook, probed=False) as desk:
        set_switch(desk.parts.zendesk, desk.now, PROBED_TAG, True, "Passed.")
        assert all(not done.refused for done in provision(desk.parts.zendesk, desk.us, rulebook))
        desk.wait(2)
        yield desk


def _kinds_on(desk: Desk, ticket: int) -> set[str]:
    return {key.partition(":")[0] for key in desk.keys(ticket)}


def test_the_week(monday: Desk, story: Story, screen: io.StringIO) -> None:
    """It plays to its end and shows what the product is for; each wake-up at its own time, nothing twice."""

    def on_act(act: Act, ticket: int) -> None:
        story.person(act, ticket)
        monday.hint(ticket)

    director = Director(
        Sandbox(monday.server.control_url), monday.store.due, WEEK, 0, on_act=on_act, on_mails=story.mails
    )
    with structlog.testing.capture_logs() as logs:
        for _ in range(2000):
            if director.step():
                break
            monday.work()
    assert director.finished
    for event in logs:
        story.output("worker", json.dumps({**event, "level": event["log_level"]}))

    monday.sane()
    late = [event["late_ms"] for event in logs if event["event"] == "reconciled"]
    assert max(late) == 0, "the clock has outrun the worker"
    times = [datetime.fromisoformat(event["at"]) for event in logs if event["event"] == "reconciled"]
    assert all(a <= b for a, b in pairwise(times))

    said = [key.partition(":")[0] for ticket in director.tickets.values() for key in monday.keys(ticket)]
    assert said.count("target") == len(director.tickets)
    assert {"warn", "breach", "nopriority", "cadence", "chase", "reply", "override"} <= set(said)
    assert any(not any(key.startswith(("warn", "breach")) for key in monday.keys(t)) for t in director.tickets.values())
    told = told_by(monday.store.metrics)
    assert told["targets set"] == str(said.count("target"))
    assert told["breaches noted"] == str(said.count("breach"))

    text = screen.getvalue()
    for words in ("changes the priority to urgent", "sla_first_reply_breached", "because "):
        assert words in text
    assert "{" not in text, "no trouble, no JSON"
    mails = [mail for mail in monday.server.outbox() if mail["to_role"] == "end-user"]
    asked = [mail["ticket"] for mail in mails if mail["cause"] == "zdsync: ask for confirmation"]
    assert len(asked) == sum(act.body.get("status") == "solved" and act.name in AGENTS for act in WEEK)
    ours = [(mail["to"], mail["body"]) for mail in mails if mail["actor"] == monday.us]
    assert [to for to, body in ours if "have not heard from you" in body] == [CUSTOMERS["Raj Patel"]], "one is reminded"
    assert [to for to, body in ours if "il nous serait utile" in body] == [CUSTOMERS["Jeanne Petit"]], "one is asked"
    assert "ack" not in said, "the account has a trigger for that"
    assert said.count("promise") == len(ours) - 2
    assert len({ticket for ticket in director.tickets.values() if "promise" in _kinds_on(monday, ticket)}) >= 8
