"""Major incidents over the whole way: people, Zendesk's cascade, webhook or poll, Redis, the notices, us.

The long tests tell them all again with every webhook lost (`tests/soak/test_outage_lost_webhooks.py`).
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterator, Mapping
from datetime import timedelta
from typing import Any, Literal

import pytest
from redis import Redis

from tests.builders import a_rule_of
from tests.scenarios.campaigns import end_users, notices, told
from tests.scenarios.world import CLAIRE, EMILY, JEANNE, RAJ, TOM, World, keys_of, live_rulebook
from zdsync.core.incident import SEND_TAG, STOP_TAG
from zdsync.core.notices import BOUNCED_TAG
from zdsync.core.rulebook import Caps
from zdsync.sandbox import Server
from zdsync.sandbox.account import Ticket

How = Literal["webhooks", "poll"]
EVERYBODY: Mapping[str, object] = {}
CAPS = Caps(per_ticket_per_day=40)


class Outage:
    """A customer's ticket from nine, of which agents can make a major incident."""

    def __init__(self, world: World, how: How) -> None:
        self.world = world
        self.how = how
        self.problem = self.act(EMILY, subject="Nothing works", comment="It is all down.")
        self.until("09:04")

    def act(self, as_: str, **act: Any) -> int:
        return self.world.act(as_, webhook=self.how == "webhooks", **act)

    def on_problem(self, as_: str = TOM, **act: Any) -> None:
        self.act(as_, ticket=self.problem, **act)

    def declare(self, **more: Any) -> None:
        self.on_problem(priority="urgent", type="problem", assignee=TOM, status="open", **more)

    def until(self, at: str) -> None:
        self.world.until(at, poll_every=timedelta(minutes=1) if self.how == "poll" else None)

    def goes_out(self) -> Outage:
        """Declared at 09:05; at 09:20 all are told."""
        self.world.go("09:05")
        self.declare()
        self.until("09:20")
        assert told(self.world) == Counter(self.others)
        return self

    @property
    def others(self) -> frozenset[int]:
        """All contacts but the one on whose ticket it is."""
        return end_users(self.world) - {self.of(EMILY)}

    def of(self, email: str) -> int:
        user = self.world.account.user_by_email(email)
        assert user is not None
        return int(user["id"])

    def notice(self, email: str) -> Ticket:
        (found,) = (each for each in notices(self.world) if each.row["requester_id"] == self.of(email))
        return found

    def notes(self) -> list[str]:
        """What stands on the problem, without the audit that declared it: `countdown`, `go:6`."""
        return [key.split(":", 2)[2] for key in self.world.keys(self.problem) if key.startswith("outage:")]

    def note(self, kind: str) -> str:
        """The text of the only note of this kind."""
        (text,) = (
            str(event["body"])
            for audit in self.world.account.tickets[self.problem].audits
            if any(key.split(":", 2)[2:] and key.split(":", 2)[2].startswith(kind) for key in keys_of(audit))
            for event in audit["events"]
            if event["type"] == "Comment"
        )
        return text

    def heard(self, email: str) -> list[str]:
        """What a contact reads on the notice, first line by first line."""
        return self.read(self.notice(email))

    def read(self, ticket: Ticket) -> list[str]:
        return [
            str(event["body"]).splitlines()[0]
            for audit in ticket.audits
            for event in audit["events"]
            if event["type"] == "Comment" and event["public"]
        ]

    def kinds(self, email: str) -> list[str]:
        """Of our messages on the notice: `notice`, `relay`, `resolved`."""
        keys = self.world.keys(self.notice(email).row["id"])
        return [key.split(":")[0] for key in keys]


@pytest.fixture
def how() -> How:
    """How we hear of what happens."""
    return "webhooks"


@pytest.fixture
def outage_with(how: How, server: Server, redis: Redis, prefix: str) -> Iterator[Callable[..., Outage]]:
    made: list[World] = []

    def make(*others: str, **settings: Any) -> Outage:
        rules = (a_rule_of("major_incident", audience=EVERYBODY, **settings), *(a_rule_of(each) for each in others))
        world = World(server, redis, prefix, rulebook=live_rulebook(rules=rules, caps=CAPS))
        world.tells_of_rules = how == "webhooks"
        made.append(world)
        return Outage(world, how)

    yield make
    for world in made:
        world.sane()
        world.close()


@pytest.fixture
def outage(outage_with: Callable[..., Outage]) -> Outage:
    return outage_with()


@pytest.mark.parametrize("how", ["webhooks", "poll"])
def test_an_outage_from_the_declaration_to_the_resolution(outage: Outage) -> None:
    outage.goes_out()
    assert outage.notes() == ["countdown", "go:6:30m", "canary", "told:6"]
    assert outage.heard(JEANNE)[0] == "Bonjour,"
    assert outage.heard(RAJ)[0] == "Hello,"
    outage.world.go("09:30")
    outage.on_problem(comment="The database is back.")
    outage.until("09:40")
    assert outage.heard(JEANNE)[1:] == outage.heard(RAJ)[1:] == ["The database is back."]
    outage.world.go("09:50")
    outage.on_problem(comment="A full disk was replaced.", status="solved")
    outage.until("10:30")
    for each in notices(outage.world):
        assert each.row["status"] == "solved"
        assert len(outage.read(each)) == 3, "each thing once"
    assert "A full disk was replaced." in " ".join(outage.heard(RAJ)[2:])
    assert told(outage.world) == Counter(outage.others), "and nobody else is told of it afterwards"


def test_the_note_says_how_many_before_anybody_is_mailed(outage: Outage) -> None:
    outage.world.go("09:05")
    outage.declare()
    outage.until("09:08")
    assert "6 contacts of" in outage.note("countdown")
    assert notices(outage.world) == []


def test_a_customer_who_makes_it_urgent_sends_nothing(outage: Outage) -> None:
    outage.world.go("09:05")
    outage.on_problem(EMILY, comment="It is urgent!", priority="urgent")
    outage.until("12:00")
    assert notices(outage.world) == []
    assert outage.notes() == []


@pytest.mark.parametrize(
    ("act", "why"),
    [
        ({"priority": "high"}, "no urgent problem any more"),
        ({"status": "solved"}, "was solved"),
        ({"add_tags": [STOP_TAG]}, STOP_TAG),
    ],
    ids=["priority", "solved", "tag"],
)
def test_taken_back_within_the_countdown_nothing_goes_out_and_the_note_says_why(
    outage: Outage, act: Mapping[str, Any], why: str
) -> None:
    outage.world.go("09:05")
    outage.declare()
    outage.until("09:08")
    outage.on_problem(**act)
    outage.until("09:45")
    assert notices(outage.world) == []
    assert why in outage.note("stopped")


def test_the_stop_tag_in_mid_sending_stops_it_until_it_is_taken_off(outage: Outage) -> None:
    outage.world.go("09:05")
    outage.declare()
    while not notices(outage.world):
        outage.until((outage.world.now + timedelta(seconds=30)).isoformat())
    outage.on_problem(add_tags=[STOP_TAG])
    outage.until("10:00")
    assert len(notices(outage.world)) == 3
    assert "3 contacts were told, 3 were not" in outage.note("stopped")
    outage.on_problem(remove_tags=[STOP_TAG])
    outage.until("10:10")
    assert told(outage.world) == Counter(outage.others)


def test_an_audience_that_has_tripled_since_the_last_one_waits_for_an_agent(
    outage_with: Callable[..., Outage],
) -> None:
    outage = outage_with()
    customers = sorted(outage.others)
    for user_id in customers[2:]:
        outage.world.account.users[user_id]["suspended"] = True
    outage.world.go("09:05")
    outage.declare()
    outage.until("09:20")
    outage.on_problem(status="solved", comment="Done.")
    outage.until("09:40")
    for user_id in customers[2:]:
        outage.world.account.users[user_id]["suspended"] = False
    outage.world.go("10:45")  # what was kept of the audience is read again
    second = outage.act(TOM, subject="Down", comment="Down again.", type="problem", priority="urgent", requester=CLAIRE)
    outage.problem = second
    outage.until("11:30")
    assert [note for note in outage.notes() if not note.startswith("held")] == []
    assert "the last one had 2" in outage.note("held")
    assert len(notices(outage.world)) == 2
    outage.on_problem(add_tags=[SEND_TAG])
    outage.until("11:45")
    assert len(notices(outage.world)) == 2 + 7
    assert SEND_TAG not in outage.world.account.tickets[second].row["tags"]


def test_when_the_first_notices_come_back_no_more_are_sent(outage: Outage) -> None:
    outage.world.go("09:05")
    outage.declare()
    while len(notices(outage.world)) < 3:
        outage.until((outage.world.now + timedelta(seconds=30)).isoformat())
    for each in notices(outage.world)[:2]:
        outage.act(
            each.row["requester_id"], ticket=each.row["id"], channel="email", flags=[4], comment="Mail delivery failed."
        )
    outage.until("10:00")
    assert len(notices(outage.world)) == 3
    assert "2 have come back" in outage.note("failing")
    for each in notices(outage.world)[:2]:
        assert BOUNCED_TAG in each.row["tags"]
        assert each.row["status"] == "pending"


def test_what_refused_the_first_notices_is_mended_and_on_an_agents_word_they_are_told_as_well(outage: Outage) -> None:
    outage.world.go("09:05")
    outage.world.faults({"do": "reply", "method": "POST", "path": "/tickets", "status": 422, "times": 3})
    outage.declare()
    outage.until("09:20")
    assert notices(outage.world) == []
    assert "3 could not be created" in outage.note("failing")
    outage.on_problem(add_tags=[SEND_TAG])
    outage.until("09:30")
    assert told(outage.world) == Counter(outage.others)


def test_agents_are_reminded_in_time_and_after_each_lapse(outage: Outage) -> None:
    outage.goes_out()
    outage.until("10:25")
    reminders = [note.split(":")[0] for note in outage.notes()[4:]]
    assert reminders == ["soon", "lapse", "lapse"]
    go = next(at for key, at in outage.world.keys(outage.problem).items() if ":go:" in key)
    at = [each for key, each in outage.world.keys(outage.problem).items() if ":soon:" in key or ":lapse:" in key]
    for due, said in zip((20, 30, 60), at, strict=True):
        assert timedelta(0) <= said - (go + timedelta(minutes=due)) <= timedelta(minutes=1)


def test_a_holding_message_goes_to_all_notices_once_for_each_lapse(outage_with: Callable[..., Outage]) -> None:
    outage = outage_with(holding={"at_most": 1}).goes_out()
    outage.until("10:30")
    for each in notices(outage.world):
        assert len(outage.read(each)) == 2
    assert "still working" in outage.heard(RAJ)[1]


def test_solved_without_a_word_each_is_told_once_though_zendesk_solves_the_incidents(outage: Outage) -> None:
    outage.goes_out()
    outage.on_problem(status="solved")
    outage.until("10:00")
    for each in notices(outage.world):
        assert each.row["status"] == "solved"
        assert len(outage.read(each)) == 2
    assert outage.heard(RAJ)[1].startswith("K Pro is available again.")
    assert outage.kinds(RAJ) == ["notice", "resolved"]


def test_solved_without_a_word_who_asked_for_it_on_the_problem_hears_it_too_and_no_notice_is_looked_at_for_that(
    outage: Outage,
) -> None:
    outage.goes_out()
    outage.on_problem(status="solved")
    outage.until("09:29")
    before = len(outage.world.wire.calls)
    outage.until("09:32")
    outage.world.hint(outage.problem)
    outage.until("09:35")
    said = outage.read(outage.world.account.tickets[outage.problem])
    assert said[0] == "It is all down."
    assert [each.startswith("K Pro is available again.") for each in said[1:]] == [True]
    looked_at = {f"GET /tickets/{each.row['id']}" for each in notices(outage.world)}
    assert looked_at.isdisjoint(outage.world.wire.calls[before:])
    assert len(outage.read(outage.notice(RAJ))) == 2


def test_opened_again_by_an_agent_and_solved_again_each_hears_of_both(outage: Outage) -> None:
    outage.goes_out()
    outage.on_problem(status="solved")
    outage.until("09:40")
    outage.on_problem(status="open", comment="It is down once more.")
    outage.until("09:50")
    assert {each.row["status"] for each in notices(outage.world)} == {"pending"}
    outage.on_problem(status="solved")
    outage.until("10:30")
    assert outage.kinds(RAJ) == ["notice", "resolved", "relay", "resolved"]
    assert {each.row["status"] for each in notices(outage.world)} == {"solved"}


def test_a_customers_reply_makes_a_request_of_the_notice_that_is_held_until_they_confirm(
    outage_with: Callable[..., Outage],
) -> None:
    outage = outage_with("confirmation_hold", "sla_targets").goes_out()
    ticket = outage.notice(RAJ)
    outage.act(RAJ, ticket=ticket.row["id"], comment="Is our data safe?", channel="email")
    outage.until("09:25")
    assert "answered" in outage.kinds(RAJ)
    assert ticket.row["status"] == "open"
    outage.on_problem(comment="A full disk was replaced.", status="solved")
    outage.until("10:30")
    assert ticket.row["status"] == "pending", "it waits for the customer's word"
    others = {each.row["status"] for each in notices(outage.world) if each is not ticket}
    assert others == {"solved"}


def test_who_has_answered_is_told_that_it_is_over_before_being_asked_whether_all_is_completed(
    outage_with: Callable[..., Outage],
) -> None:
    """In one message, though the hold undoes the solve in the same moment."""
    outage = outage_with("confirmation_hold").goes_out()
    ticket = outage.notice(RAJ)
    outage.act(RAJ, ticket=ticket.row["id"], comment="Is our data safe?", channel="email")
    outage.until("09:25")
    outage.on_problem(status="solved")
    outage.until("10:30")
    assert ticket.row["status"] == "pending"
    told = [
        keys_of(audit) for audit in ticket.audits if {"resolved", "ask"} & {key.split(":")[0] for key in keys_of(audit)}
    ]
    assert [[key.split(":")[0] for key in keys] for keys in told] == [["resolved", "ask"]]
    assert outage.heard(RAJ)[-1].startswith("K Pro is available again.")


def test_a_customers_own_incident_hears_of_the_resolution_once_and_keeps_its_hold(
    outage_with: Callable[..., Outage],
) -> None:
    outage = outage_with("confirmation_hold").goes_out()
    own = outage.act(JEANNE, subject="Panne", comment="Rien ne marche.")
    outage.act(TOM, ticket=own, type="incident", problem_id=outage.problem, status="open", assignee=TOM)
    outage.until("09:25")
    outage.on_problem(comment="The database is back.")
    outage.until("09:35")
    assert outage.read(outage.world.account.tickets[own]) == ["Rien ne marche."], "the update is in her notice"
    outage.on_problem(status="solved")
    outage.until("10:30")
    row = outage.world.account.tickets[own].row
    assert row["status"] == "pending"
    kinds = [key.split(":")[0] for key in outage.world.keys(own)]
    assert kinds.count("resolved") == 1
    assert kinds.count("ask") == 1


def test_who_has_no_notice_hears_of_each_update_on_the_request_that_is_linked_and_nobody_twice(outage: Outage) -> None:
    outage.goes_out()
    nora = "nora@elsewhere.example"  # of no organisation, so no contact
    looked_up = outage.world.wire.calls.count("GET /tickets")

    def opens(email: str, link: bool = True) -> int:
        own = outage.act(email, subject="Down", comment="Nothing works.", channel="email")
        if link:
            outage.act(TOM, ticket=own, type="incident", problem_id=outage.problem, status="open", assignee=TOM)
        return own

    hers, rajs, later, solved = opens(nora), opens(RAJ), opens("ann@elsewhere.example", link=False), opens(nora)
    outage.act(TOM, ticket=solved, status="solved")
    outage.until("09:30")
    assert outage.world.wire.calls.count("GET /tickets") == looked_up, "nothing is owed on them yet"
    outage.on_problem(comment="The database is back.")
    outage.until("09:35")
    outage.act(TOM, ticket=later, type="incident", problem_id=outage.problem, status="open", assignee=TOM)
    outage.until("09:40")
    outage.on_problem(comment="The data are complete.")
    outage.until("10:00")
    own = {number: outage.read(outage.world.account.tickets[number])[1:] for number in (hers, rajs, later, solved)}
    both = ["The database is back.", "The data are complete."]
    assert own == {hers: both, rajs: [], later: both[1:], solved: []}
    assert outage.heard(RAJ)[1:] == both
    assert outage.world.wire.calls.count("GET /tickets") == looked_up + 5, "one for each update owed on a request"
    assert outage.world.account.tickets[hers].row["status"] == "open"
    outage.on_problem(status="solved")
    outage.until("10:30")
    for number in (hers, rajs, later):
        assert [key.split(":")[0] for key in outage.world.keys(number)].count("resolved") == 1


def test_an_update_while_notices_are_being_sent_is_read_once_by_who_has_none_yet(outage: Outage) -> None:
    last = max(outage.others)
    email = str(outage.world.account.users[last]["email"])
    outage.world.go("09:05")
    outage.declare()
    own = outage.act(email, subject="Down", comment="Nothing works.", channel="email")
    outage.act(TOM, ticket=own, type="incident", problem_id=outage.problem, status="open", assignee=TOM)
    while not notices(outage.world):
        outage.until((outage.world.now + timedelta(seconds=30)).isoformat())
    assert last not in told(outage.world)
    outage.on_problem(comment="We are looking for the cause.")
    outage.until("09:20")
    outage.world.poll()  # what we create ourselves comes as no webhook
    outage.until("09:40")
    assert outage.heard(email)[1:] == ["We are looking for the cause."]
    assert outage.read(outage.world.account.tickets[own]) == ["Nothing works."]


def test_whoever_joins_while_it_lasts_is_told_and_hears_of_the_last_update(outage: Outage) -> None:
    late = outage.of(RAJ)
    outage.world.account.users[late]["suspended"] = True
    outage.goes_out()
    outage.on_problem(comment="The database is back.")
    outage.until("09:30")
    outage.world.account.users[late]["suspended"] = False
    outage.until("10:32")
    outage.world.poll()  # what we create ourselves comes as no webhook
    outage.until("10:35")
    assert told(outage.world)[late] == 1
    assert outage.heard(RAJ)[1:] == ["The database is back."]
    assert told(outage.world) == Counter(outage.others)


def test_with_redis_emptied_in_the_middle_nobody_hears_anything_twice(outage: Outage) -> None:
    outage.world.go("09:05")
    outage.declare()
    while not notices(outage.world):
        outage.until((outage.world.now + timedelta(seconds=30)).isoformat())
    outage.world.empty_redis()
    outage.until("09:40")
    assert told(outage.world) == Counter(outage.others)
    outage.on_problem(comment="The database is back.")
    outage.until("09:45")
    outage.world.empty_redis()
    outage.until("10:00")
    for each in notices(outage.world):
        assert len(outage.read(each)) == 2


def test_an_agent_who_has_opened_the_problem_speaks_as_an_agent_there(outage: Outage) -> None:
    """Zendesk has them as its requester; no customer is behind it, so everybody is told."""
    outage.world.go("09:05")
    outage.problem = outage.act(TOM, subject="Down", comment="It is all down.", type="problem", priority="urgent")
    outage.until("09:20")
    assert told(outage.world) == Counter(end_users(outage.world))
    outage.on_problem(comment="The database is back.")
    outage.until("09:40")
    assert outage.heard(RAJ)[1:] == ["The database is back."]
    outage.on_problem(comment="A full disk was replaced.", status="solved", assignee=TOM)
    outage.until("10:30")
    assert outage.heard(RAJ)[2:] == ["A full disk was replaced."]
    assert outage.notice(RAJ).row["status"] == "solved"


def test_how_the_policy_reads_for_a_p1(outage: Outage) -> None:
    """Told at once, an update every thirty minutes, a confirmation: no mail more, and none missing."""
    outage.goes_out()
    for clock in ("09:35", "10:04", "10:33"):
        outage.until(clock)
        outage.on_problem(comment=f"News of {clock}.")
    outage.until("10:50")
    outage.on_problem(status="solved")
    outage.until("12:00")
    assert outage.kinds(RAJ) == ["notice", "relay", "relay", "relay", "resolved"]
    assert not [note for note in outage.notes() if note.startswith("lapse")]
