"""The support week: people act in order and at their times, the clock never outruns the worker, and it reads well."""

from __future__ import annotations

import io
import json
import re
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from itertools import pairwise
from typing import Any, cast, get_args
from zoneinfo import ZoneInfo

import pytest
import structlog
from redis import Redis
from rich.console import Console

from tests.desk import SHIPPED, Desk, open_desk
from zdsync.control import PROBED_TAG, set_switch
from zdsync.core.automations import AUTOMATIONS
from zdsync.core.maintenance import PARENT, What
from zdsync.core.notices import contact_of
from zdsync.core.preventive_actions import TAG
from zdsync.demo.director import Director, Sandbox
from zdsync.demo.scenery import HOSTED, KEY_CONTACTS, WINDOW, field_ids, rules_for, tag_people
from zdsync.demo.story import CHATTER, Story
from zdsync.demo.summary import summary
from zdsync.demo.week import AGENTS, BEGINS, CUSTOMERS, MONDAY, ZONE, Act, acts
from zdsync.demo.words import readable
from zdsync.maintenance import keep_windows
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
    assert all(MONDAY < act.at < MONDAY + timedelta(days=5) for act in WEEK)
    assert all(9 <= act.at.astimezone(PARIS).hour < 18 for act in WEEK)
    assert {act.name for act in WEEK} <= {*AGENTS, *CUSTOMERS}
    emails = {user["email"] for user in Account.demo(BEGINS).users.values()}
    assert {str(act.body["as"]) for act in WEEK} <= emails


def test_each_ticket_begins_with_its_question() -> None:
    """The first act on a ticket is a customer's, with a subject; later ones have none. But for one: a customer who
    answers our notice of the outage asks there."""
    begun: set[str] = set()
    answered: list[str] = []
    for act in WEEK:
        if act.answers_mail:
            answered.append(act.ticket)
        else:
            assert ("subject" in act.body) is (act.ticket not in begun), act
        assert act.ticket in begun or act.name in CUSTOMERS
        begun.add(act.ticket)
    assert answered == ["affected"]
    assert len(begun) == 9 + len(["outage"]) + len(answered)


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


def test_who_answers_a_mail_answers_the_last_one_they_got() -> None:
    """By what their mail program sends along; from then on it is the week's ticket of that name."""
    mails = [
        {"to": to, "message_id": number} for number, to in enumerate(("raj@b.example", "raj@b.example", "a@b.example"))
    ]
    stage = Stage(outbox=list(mails))
    reply = replace(one_act(1, **{"as": "raj@b.example"}), answers_mail=True)
    director = directed(stage, reply, one_act(2))
    for _ in range(4):
        director.step()
    bodies = [did for did in stage.did if isinstance(did, dict)]
    assert bodies == [{"as": "raj@b.example", "in_reply_to": 1}, {"as": "tom@desk.example", "ticket": 7}]


def test_fields_are_filled_in_by_their_titles() -> None:
    stage = Stage()
    director = directed(stage, one_act(1, fields={"Incident root cause": "A full disk."}))
    director.field_ids = {"Incident root cause": 4711}
    director.step()
    director.step()
    assert stage.did[-1]["fields"] == {"4711": "A full disk."}


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
    assert re.fullmatch(r"Thu 08:55  Inès +#4 answers: “see \[1\] and \[/b\]”\n", screen.getvalue())


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
    """Not by the name of its text, which is for the log, and by no other's words."""
    texts = sorted(text for automation in AUTOMATIONS.values() for text in automation.templates)
    customers = {text for automation in AUTOMATIONS.values() for text in automation.to_customer}
    did = [f"tell the {'customer' if text in customers else 'agents'}: {text} (kind:7:rung)" for text in texts]
    event = {"event": "reconciled", "at": "2026-05-11T07:00:00+00:00", "ticket": 3, "did": did, "why": "so"}
    story.output("worker", json.dumps(event))
    told = screen.getvalue()
    assert told.count(" internal note") == len(texts) - len(customers)
    assert told.count(" the customer ") == len(customers)
    assert "tell the " not in told
    lines = [line.split(maxsplit=4)[4] for line in told.splitlines()[: len(texts)]]
    assert len(set(lines)) == len(texts)


CREATED = [
    ("create 6 notices of outage-6130000000042", "tells 6 contacts of the outage, each in a ticket of their own"),
    (
        "create 3 notices of maintenance-disks-2",
        "announces the maintenance to 3 contacts, each in a ticket of their own",
    ),
    (
        "create 2 notices of report-6130000000042",
        "sends the incident report to 2 key contacts, each in a ticket of their own",
    ),
    ("open 2 tasks", "opens 2 tasks: what is to prevent another outage"),
    (
        "tell the agents: maintenance.step (maintenance:3:started:20260514T180000Z:20260514T200000Z)",
        "writes an internal note on the maintenance: it has started",
    ),
]


@pytest.mark.parametrize(("log", "words"), CREATED)
def test_tickets_that_we_create_and_steps_of_a_maintenance_are_told_in_words(
    story: Story, screen: io.StringIO, log: str, words: str
) -> None:
    story.output("worker", reconciled(did=[log]))
    assert screen.getvalue().splitlines()[0].endswith(f"#4 {words}")


def test_every_step_of_a_maintenance_has_words_of_its_own() -> None:
    told = [readable(f"tell the agents: maintenance.step (maintenance:1:{what}:a:b)") for what in get_args(What)]
    assert len(set(told)) == len(told)
    assert all(": " in words for words in told)


def test_what_is_done_to_one_ticket_after_the_other_is_told_in_full_once(story: Story, screen: io.StringIO) -> None:
    """Until something else is told, or another minute has come."""
    for ticket in (4, 5, 6):
        story.output("worker", reconciled(ticket=ticket, did=["sets x"]))
    story.person(Act(MONDAY, "Tom", "a", "acts", {}), 9)
    story.output("worker", reconciled(ticket=7, did=["sets x"]))
    told = [re.sub(r"^\S+ \S+ +", "", line) for line in screen.getvalue().splitlines()]
    assert [re.sub(r" +", " ", line) for line in told] == [
        "zdsync #4 sets x",
        "because a target",
        "zdsync #5 likewise",
        "zdsync #6 likewise",
        "Tom #9 acts",
        "zdsync #7 sets x",
        "because a target",
    ]


def test_a_new_week_is_told(story: Story, screen: io.StringIO) -> None:
    story.person(Act(BEGINS, "Tom", "a", "acts", {}), 4)
    story.person(Act(MONDAY, "Tom", "a", "acts", {}), 4)
    story.person(Act(MONDAY, "Tom", "a", "acts", {}), 4)
    assert [line for line in screen.getvalue().splitlines() if "Tom" not in line] == ["The week of 11 May 2026:"]


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


@dataclass(frozen=True)
class Played:
    """The week after its end."""

    desk: Desk
    director: Director
    logs: list[dict[str, Any]]
    text: str
    """As it was told."""

    def ticket(self, name: str) -> int:
        return self.director.tickets[name]

    def mails(self) -> list[dict[str, Any]]:
        """To customers, in order."""
        return [mail for mail in self.desk.server.outbox() if mail["to_role"] == "end-user"]

    def notices(self, campaign: str) -> dict[str, int]:
        """The tickets of their own by their contacts' addresses. Raises AssertionError where somebody has two."""
        found: dict[str, int] = {}
        for number, ticket in self.desk.account.tickets.items():
            named = contact_of(ticket.row["external_id"])
            if named is not None and named[0].startswith(campaign):
                email = str(self.desk.account.users[named[1]]["email"])
                assert email not in found, f"{email} has two notices of {named[0]}"
                found[email] = number
        return found

    def heard(self, ticket: int) -> list[str]:
        """The kinds of what its customer was told on it by zdsync, in order."""
        return [_kind(key) for key in self.desk.keys(ticket) if _kind(key) not in ("answered", "reply", "target")]


def _kind(key: str) -> str:
    """`relay`, `maintenance started`."""
    kind, *rest = key.split(":")
    return f"{kind} {rest[1]}" if kind == "maintenance" else kind


@pytest.fixture(scope="module")
def week(redis_server: EmbeddedRedis, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Played]:
    """The week played to its end, with the rules as `zdsync up` has them, on a probed sandbox with its scenery."""
    account = Account.demo(BEGINS)
    (group,) = account.groups
    rulebook = load(rules_for(SHIPPED, group, tmp_path_factory.mktemp("rules")), mode="live", live_since=BEGINS)
    screen = io.StringIO()
    story = Story(Console(file=screen, highlight=False, soft_wrap=True, width=80), PARIS)
    with open_desk(redis_server.url, account=account, rulebook=rulebook, probed=False) as desk:
        tag_people(desk.parts.zendesk, desk.wait)
        set_switch(desk.parts.zendesk, desk.now, PROBED_TAG, True, "Passed.")
        assert all(not done.refused for done in provision(desk.parts.zendesk, desk.us, rulebook))
        desk.wait(2)
        assert keep_windows(desk.parts) == 1

        def on_act(act: Act, ticket: int) -> None:
            story.person(act, ticket)
            desk.hint(ticket)

        director = Director(
            Sandbox(desk.server.control_url),
            desk.store.due,
            WEEK,
            0,
            field_ids(desk.parts.zendesk),
            on_act=on_act,
            on_mails=story.mails,
        )
        with structlog.testing.capture_logs() as logs:
            for _ in range(4000):
                if director.step():
                    break
                desk.work()
        assert director.finished
        for event in logs:
            story.output("worker", json.dumps({**event, "level": event["log_level"]}))
        yield Played(desk, director, [dict(event) for event in logs], screen.getvalue())


def test_the_week(week: Played) -> None:
    """It plays to its end and shows what the product is for; each wake-up at its own time, nothing twice."""
    desk, director, logs = week.desk, week.director, week.logs
    desk.sane()
    late = [event["late_ms"] for event in logs if event["event"] == "reconciled"]
    assert max(late) == 0, "the clock has outrun the worker"
    times = [datetime.fromisoformat(event["at"]) for event in logs if event["event"] == "reconciled"]
    assert all(a <= b for a, b in pairwise(times))

    said = [key.partition(":")[0] for ticket in director.tickets.values() for key in desk.keys(ticket)]
    assert said.count("target") == len(director.tickets) - len(["outage"]), "a problem is no customer's request"
    assert {"warn", "breach", "nopriority", "cadence", "chase", "reply", "override"} <= set(said)
    assert any(not any(key.startswith(("warn", "breach")) for key in desk.keys(t)) for t in director.tickets.values())
    told = told_by(desk.store.metrics)
    assert told["targets set"] == str(said.count("target"))
    assert told["breaches noted"] == str(said.count("breach"))

    for words in ("changes the priority to urgent", "sla_first_reply_breached", "because "):
        assert words in week.text
    assert "{" not in week.text, "no trouble, no JSON"


def test_customers_of_the_week_are_asked_and_promised_what_the_rules_say(week: Played) -> None:
    """Each solve of an agent is asked about once; one customer is reminded, one is asked for what the request lacks."""
    mails, us = week.mails(), week.desk.us
    asked = [mail["ticket"] for mail in mails if mail["cause"] == "zdsync: ask for confirmation"]
    solved = [week.ticket(act.ticket) for act in WEEK if act.body.get("status") == "solved" and act.name in AGENTS]
    solved.remove(week.ticket("outage"))
    assert sorted(asked) == sorted(solved)
    ours = [(mail["to"], mail["body"]) for mail in mails if mail["actor"] == us]
    assert [to for to, body in ours if "have not heard from you" in body] == [CUSTOMERS["Raj Patel"]], "one is reminded"
    assert [to for to, body in ours if "il nous serait utile" in body] == [CUSTOMERS["Jeanne Petit"]], "one is asked"
    said = [week.heard(ticket) for ticket in week.director.tickets.values()]
    assert not any("ack" in kinds for kinds in said), "the account has a trigger for that"
    assert sum("promise" in kinds for kinds in said) >= 8


def test_no_contact_is_told_anything_twice(week: Played) -> None:
    """Neither on one ticket nor on two: each message of ours is one mail, and no two mails say the same."""
    mails = [mail for mail in week.mails() if mail["actor"] == week.desk.us]
    assert Counter((mail["to"], mail["ticket"], mail["audit"]) for mail in mails).most_common(1)[0][1] == 1
    said = Counter((mail["to"], mail["body"].replace(str(mail["ticket"]), "#")) for mail in mails)
    assert [each for each, times in said.items() if times > 1] == []


def test_every_contact_but_who_reported_it_hears_of_the_outage_in_their_language(week: Played) -> None:
    """Of the outage, of each update of the agents, and of its end, on one ticket of their own."""
    notices = week.notices("outage-")
    assert sorted(notices) == sorted(set(CUSTOMERS.values()) - {CUSTOMERS["Sofia Rossi"]})
    first = {mail["to"]: mail["body"] for mail in reversed(week.mails()) if mail["ticket"] in notices.values()}
    assert all("K Pro" in body for body in first.values())
    french = {to for to, body in first.items() if "indisponible" in body}
    assert french == {CUSTOMERS[name] for name in ("Jeanne Petit", "Marc Lefèvre", "Hugo Bernard")}
    unanswered = {to: week.heard(ticket) for to, ticket in notices.items() if to != CUSTOMERS["Raj Patel"]}
    assert set(map(tuple, unanswered.values())) == {("notice", "relay", "relay", "resolved")}
    assert {week.desk.row(notices[to])["status"] for to in unanswered} == {"solved"}


def test_the_outage_is_counted_down_and_a_lapsed_promise_is_told_to_agents_alone(week: Played) -> None:
    """One promise was kept, after a reminder or not; the agents are asked for the report once it is over."""
    problem = week.ticket("outage")
    kinds = [key.split(":")[2] for key in week.desk.keys(problem) if key.startswith(("outage:", "report:"))]
    assert kinds == ["countdown", "go", "canary", "told", "soon", "lapse", "ask", "v1"]


def test_a_customer_who_answers_the_notice_has_a_request_of_their_own(week: Played) -> None:
    """It has targets from then on, and is not over with the outage: they are asked, and say yes."""
    affected = week.ticket("affected")
    assert affected == week.notices("outage-")[CUSTOMERS["Raj Patel"]]
    keys = list(week.desk.keys(affected))
    assert {"answered", "target"} <= {_kind(key) for key in keys}
    assert [_kind(key) for key in keys].count("ask") == 1
    assert week.desk.row(affected)["status"] == "solved"
    answer, solve = datetime(2026, 5, 12, 16, 10, tzinfo=PARIS), week.desk.row(affected)["updated_at"]
    assert answer <= datetime.fromisoformat(solve) < answer + timedelta(minutes=1)


def test_the_approved_report_goes_to_the_key_contacts_once(week: Played) -> None:
    """Its documents are on the ticket; what is to prevent another outage is two tasks."""
    desk, problem = week.desk, week.ticket("outage")
    assert sorted(week.notices("report-")) == sorted(KEY_CONTACTS)
    on = {number: _files(desk, number) for number in (problem, *week.notices("report-").values())}
    name = f"incident-{problem}-v1"
    assert on.pop(problem) == [f"{name}-{end}" for end in ("en.html", "en.pdf", "fr.html", "fr.pdf")]
    assert sorted(on.values()) == [[f"{name}-en.pdf"], [f"{name}-fr.pdf"]]
    tasks = [ticket.row for ticket in desk.account.tickets.values() if TAG in ticket.row["tags"]]
    assert len(tasks) == 2


def _files(desk: Desk, number: int) -> list[str]:
    events = [event for audit in desk.account.tickets[number].audits for event in audit["events"]]
    files = [file for event in events for file in event.get("attachments", ())]
    return sorted(desk.account.attachments[file]["file_name"] for file in files)


def test_the_maintenance_is_announced_a_week_ahead_and_told_to_its_end(week: Played) -> None:
    """To the contacts of the hosted organisations only: the others hear nothing of it."""
    desk = week.desk
    (parent,) = [each for each in desk.account.tickets.values() if each.row["external_id"] == f"{PARENT}{WINDOW}"]
    steps = {key.split(":")[2]: at for key, at in desk.keys(parent.row["id"]).items() if key.startswith("maintenance:")}
    assert list(steps) == ["announced", "sent", "reminded", "started", "completed"]
    assert steps["sent"] <= datetime(2026, 5, 7, 20, 0, tzinfo=PARIS), "a week ahead of the start"
    notices = week.notices("maintenance-")
    hosted = {row["id"] for row in desk.account.organizations.values() if row["name"] in HOSTED}
    assert set(notices) == {user["email"] for user in desk.account.users.values() if user["organization_id"] in hosted}
    assert CUSTOMERS["Dana Miller"] not in notices
    told = ["notice", "maintenance reminded", "maintenance started", "maintenance completed"]
    assert {to: week.heard(ticket) for to, ticket in notices.items()} == dict.fromkeys(notices, told)
