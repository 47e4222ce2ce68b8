"""A mail that names another ticket goes onto it once, whatever happens; or an agent is told why it did not."""

from __future__ import annotations

import random
from collections.abc import Mapping
from datetime import timedelta
from typing import Any

import pytest
from redis import Redis

from tests.builders import a_rule, a_rule_of
from tests.scenarios.chapters import lose_redis_too
from tests.scenarios.editions import CAPS, EDITIONS, Edition, three_rules, world_of
from tests.scenarios.stories import work_until
from tests.scenarios.tales import FAR
from tests.scenarios.wire import When
from tests.scenarios.world import BEGIN, EMILY, JEANNE, RAJ, TOM, Saved, World, kinds, live_rulebook, paris_time
from zdsync.core.rulebook import Rule, Rulebook
from zdsync.core.when import parse_condition
from zdsync.sandbox import Server

STRANGER = "mallory@elsewhere.example"
LOG = {"name": "export.log", "content": "line 1\nline 2\n"}
SCREEN = {"name": "screen.png", "content": b"\x89PNG pixels", "type": "image/png", "inline": True}
EICAR = {"name": "tool.exe", "content": "X5O!P%@AP EICAR-STANDARD-ANTIVIRUS-TEST-FILE!"}
MERGES = "POST /tickets/*/merge"


def rules(*more: Rule, **settings: Any) -> Rulebook:
    return live_rulebook(rules=(a_rule_of("mailed_files", **settings), *more))


@pytest.fixture
def world(server: Server, redis: Redis, prefix: str) -> Any:
    made = World(server, redis, prefix, rulebook=rules(a_rule(), a_rule_of("acknowledgement", send="always")))
    made.tells_of_rules = True  # and of jobs: a merge changes the target, which is a webhook
    yield made
    made.close()


def request(world: World, who: str = EMILY, **more: Any) -> int:
    """A request that waits for its customer's files."""
    ticket = world.act(who, subject="Export without rows", comment="The export is empty.", **more)
    world.until("09:10")
    world.act(TOM, ticket=ticket, assignee=TOM, comment="Which log?", status="pending")
    world.until("09:20")
    return ticket


def mail(world: World, target: int, who: str = EMILY, **more: Any) -> int:
    """Somebody mails files with its number in the subject."""
    act = {"subject": f"Files for [#{target}]", "comment": "Here they are.", "attachments": [LOG, SCREEN]}
    return world.act(who, channel="email", **{**act, **more})


def merges(world: World) -> list[Mapping[str, Any]]:
    return [write for write in world.our_writes() if write["path"].endswith("/merge")]


def added(world: World, target: int) -> list[Mapping[str, Any]]:
    """What merges have put onto a ticket."""
    audits = world.account.tickets[target].audits
    return [
        event
        for audit in audits
        if audit["via"].get("source", {}).get("rel") == "merge"
        for event in audit["events"]
        if event["type"] == "Comment"
    ]


def told(world: World, source: int, who: str) -> list[str]:
    """What its sender was mailed about it, but for what the account itself says on creation."""
    mails = [row for row in world.account.emails if row["ticket"] == source and row["to"] == who]
    return [row["body"] for row in mails if "has been received" not in row["body"]]


def merged(world: World, target: int, source: int) -> None:
    """The source is closed, and all of it is on the target once."""
    row = world.account.tickets[source].row
    assert (row["status"], row["tags"]) == ("closed", ["closed_by_merge"])
    (event,) = added(world, target)
    assert event["public"] is False
    assert world.server.downloads() == []
    world.sane()


def left_alone(world: World, target: int, source: int, because: str) -> None:
    """The source is there, with one note that says why, and the target has nothing."""
    assert merges(world) == []
    assert added(world, target) == []
    assert world.account.tickets[source].row["status"] == "new"
    assert [key for key in kinds(world.keys(source)) if key.startswith(("match", "mailed"))] == ["match"]
    (note,) = [one["body"] for one in world.comments(source) if "It was not added there by itself" in one["body"]]
    assert because in note
    assert world.server.downloads() == []
    world.sane()


@pytest.mark.parametrize(
    ("who", "colleague", "words"),
    [
        (EMILY, RAJ, "Thank you for your mail. It names request #2"),
        (JEANNE, "marc.lefevre@saint-luc.example", "Merci pour votre e-mail. Il mentionne la demande #2"),
    ],
    ids=["en", "fr"],
)
def test_a_mail_of_the_requester_or_of_a_colleague_goes_onto_the_ticket(
    world: World, who: str, colleague: str, words: str
) -> None:
    """With its text and files, once; its sender hears of it once, in their language, and of nothing else; the webhook
    is lost. The ticket waited for them, and is open again."""
    target = request(world, who)
    for at, sender in (("09:30", who), ("10:00", colleague)):
        world.go(at)
        before = len(added(world, target))
        source = mail(world, target, sender, webhook=False)
        world.until(paris_time(at) + timedelta(minutes=9), poll_every=timedelta(minutes=1))

        assert world.account.tickets[source].row["status"] == "closed"
        assert len(added(world, target)) == before + 1
        event = added(world, target)[-1]
        files = [world.account.attachments[number]["file_name"] for number in event["attachments"]]
        assert (event["public"], files) == (False, ["export.log", "screen.png"])
        assert f"as #{source}" in event["body"]
        assert event["body"].endswith("> Here they are.")
        (said,) = told(world, source, sender)
        assert words in said
        assert kinds(world.keys(source)) == ["mailed:1"]
        assert world.account.tickets[target].row["status"] == "open"
    assert [row["to"] for row in world.account.emails if row["ticket"] == target and "Here they" in row["body"]] == []
    assert world.server.downloads() == []
    world.sane()


def test_nothing_else_happens_to_a_mail_that_is_about_to_be_merged(world: World) -> None:
    """It is not acknowledged and gets no targets in the minute for which it is left to agents."""
    target = request(world)
    source = mail(world, target, priority="high")
    world.until("09:20:50")
    assert world.keys(source) == {}
    world.until("09:30")
    merged(world, target, source)
    assert kinds(world.keys(source)) == ["mailed:1"]


def test_what_is_open_or_new_stays_so(world: World) -> None:
    target = world.act(EMILY, subject="Export without rows", comment="The export is empty.")
    world.until("09:10")
    source = mail(world, target)
    world.until("09:20")
    merged(world, target, source)
    assert world.account.tickets[target].row["status"] == "new"


def test_a_mail_without_a_reference_costs_no_call(world: World) -> None:
    """Nor does a request by the form, whatever it names: exactly the calls of a world without the rule."""
    calls: list[list[str]] = []
    begins = world.save()
    for book in (rules(), live_rulebook(rules=(a_rule_of("mailed_files", mode="off"),))):
        world.rewind(begins)
        world.rulebook = book
        world.restart()
        target = request(world)
        mail(world, target, subject="Order #77 of 23/11/2026")
        world.act(EMILY, subject=f"#{target}", comment="By the form.")
        mail(world, target, subject="Request 99999")  # asked for, and not there
        world.until("09:40")
        calls.append([call for call in world.wire.calls if call.startswith(("GET /tickets/", "POST", "PUT"))])
        assert added(world, target) == []
    with_rule, without = calls
    assert [call for call in with_rule if "99999" not in call] == without
    assert not any("comments" in call for call in with_rule)


def test_sixty_thousand_characters_arrive(world: World) -> None:
    """More is cut and says so; nothing that Zendesk, Markdown or Liquid would act on is left in it."""
    target = request(world)
    long = "{{ticket.comments}} *now*\n" + "\n".join("0123456789 " * 9 for _ in range(700))
    source = mail(world, target, comment=long[:65_000], attachments=[])
    world.until("09:30")
    merged(world, target, source)
    (event,) = added(world, target)
    assert 59_900 < len(event["body"]) < 60_500
    assert event["body"].endswith("[…]")
    assert "｛｛ticket.comments｝｝ ＊now＊" in event["body"]


DOUBTFUL: Mapping[str, tuple[dict[str, Any], str]] = {
    "an outsider": ({"who": STRANGER}, "neither the requester of ticket 2 nor of the same organisation"),
    "a customer of another organisation": ({"who": JEANNE}, "neither the requester of ticket 2"),
    "a spoofed sender": ({"authentic": False}, "not sure who has sent it"),
    "somebody who is not signed in": ({"flags": [3]}, "not sure who has sent it"),
    "on behalf of the author": ({"flags": [11]}, "not sure who has sent it"),
    "a mail program": ({"flags": [4]}, "a mail program has sent it"),
    "out of office": ({"comment": "I am out of the office until Tuesday."}, "a mail program has sent it"),
    "an agent": ({"who": TOM}, "its sender is no customer"),
    "others are copied": ({"email_ccs": [{"user_email": RAJ}]}, "others were copied on it"),
    "malware": ({"attachments": [LOG, EICAR]}, "malware in a file"),
    "too large": ({"attachments": [{"name": "big.bin", "content": "x" * 1_000_001}]}, "more than 1 MB"),
    "too much": ({"attachments": [{"name": f"{n}.bin", "content": "x" * 900_000} for n in range(3)]}, "2 MB together"),
    "several tickets": ({"subject": "#2 and #3"}, "it names 2 and 3"),
}


@pytest.mark.parametrize(("act", "because"), DOUBTFUL.values(), ids=DOUBTFUL)
def test_what_is_doubtful_is_an_agents_decision(world: World, act: dict[str, Any], because: str) -> None:
    world.rulebook = rules(largest_file=1, largest_total=2)
    world.restart()
    target = request(world)
    world.act(RAJ, subject="Another", comment="Another.")
    source = mail(world, target, **act)
    world.until("10:30")
    left_alone(world, target, source, because)
    if "EICAR" in str(act):
        assert "tool.exe (malware, says Zendesk's scan)" in str(world.comments(source))


@pytest.mark.parametrize(
    ("act", "because"),
    [
        ({"status": "solved", "comment": "Done."}, "ticket 2 is solved"),
        ({"type": "problem"}, "ticket 2 is a problem"),
        ({"add_tags": "zdsync_exempt"}, "ticket 2 is exempt"),
    ],
    ids=["solved", "problem", "exempt"],
)
def test_a_ticket_that_should_get_nothing_gets_nothing(world: World, act: dict[str, Any], because: str) -> None:
    target = request(world)
    world.act(TOM, ticket=target, **act)
    world.until("09:25")
    source = mail(world, target)
    world.until("10:30")
    left_alone(world, target, source, because)


def test_a_mail_that_an_agent_has_taken_is_left_to_them(world: World) -> None:
    target = request(world)
    source = mail(world, target)
    world.until("09:20:30")
    world.act(TOM, ticket=source, assignee=TOM)
    world.until("10:30")
    assert merges(world) == []
    assert kinds(world.keys(source)).count("match") == 1


def test_two_mails_that_name_each_other_or_a_chain_are_not_merged(world: World) -> None:
    first = mail(world, 3)
    second = mail(world, first)
    third = mail(world, second, who=RAJ)
    assert (first, second) == (2, 3)
    world.until("10:30")
    for source, target in ((first, second), (second, first), (third, second)):
        left_alone(world, target, source, f"ticket {target} is a mail that names another ticket itself")


def test_an_answer_to_what_we_told_makes_no_loop(world: World) -> None:
    """A mail program that nobody flags answers each of our mails: its answer is a follow-up of a merged ticket."""
    target = request(world)
    source = mail(world, target)
    world.until("09:30")
    merged(world, target, source)
    again = world.act(EMILY, ticket=source, channel="email", comment="Thank you for your message about #2.")
    assert again != source
    world.until("10:30")
    assert len(added(world, target)) == 1
    assert kinds(world.keys(again)).count("match") == 1


def test_a_ticket_gets_so_many_mails_a_day(world: World) -> None:
    target = request(world)
    for minute in range(30, 44, 2):
        world.until(f"09:{minute}")
        last = mail(world, target)
    world.until("10:30")
    assert len(added(world, target)) == 5
    assert kinds(world.keys(last)).count("match") == 1


@pytest.mark.parametrize("mode", ["shadow", "off"])
def test_a_rule_in_shadow_does_nothing_and_holds_nobody_up(world: World, mode: Any) -> None:
    world.rulebook = live_rulebook(
        rules=(a_rule_of("mailed_files", mode), a_rule_of("acknowledgement", send="always")), hash="other"
    )
    world.restart()
    target = request(world)
    source = mail(world, target)
    world.until("09:40")
    assert merges(world) == []
    assert kinds(world.keys(source)) == ["ack"]
    would = [entry.words for entry in world.store.shadow if entry.ticket_id == source]
    assert any("merge it into #2" in words for words in would) is (mode == "shadow")


def test_nothing_from_before_live_since_is_merged(world: World) -> None:
    target = request(world)
    source = mail(world, target)
    world.rulebook = live_rulebook(
        rules=(a_rule_of("mailed_files"),), live_since=BEGIN + timedelta(minutes=25), hash="other"
    )
    world.restart()
    world.until("10:30")
    assert merges(world) == []
    assert world.keys(source) == {}


@pytest.mark.parametrize("tag", ["scope of the source", "scope of the target"])
def test_both_tickets_are_in_scope_or_nothing_happens(world: World, tag: str) -> None:
    world.rulebook = live_rulebook(
        rules=(a_rule_of("mailed_files"),), scope=parse_condition({"tags": {"none": ["out"]}})
    )
    world.restart()
    outside: dict[str, Any] = {"tags": ["out"]}
    target = request(world, **(outside if "target" in tag else {}))
    source = mail(world, target, **(outside if tag == "scope of the source" else {}))
    world.until("10:30")
    assert merges(world) == []
    if tag == "scope of the target":
        left_alone(world, target, source, "ticket 2 is outside of scope")
    else:
        assert world.keys(source) == {}


@pytest.mark.parametrize("edition", EDITIONS)
def test_beside_all_other_rules_on_a_provisioned_account(
    server: Server, redis: Redis, prefix: str, edition: Edition
) -> None:
    """Merged while it is worked on; once it waits for the confirmation, an agent decides: it may be the answer."""
    more = (a_rule_of("acknowledgement"), a_rule_of("intake"), a_rule_of("mailed_files"))
    book = live_rulebook(rules=(*three_rules(), *more), caps=CAPS)
    world = world_of(server, redis, prefix, edition, rulebook=book)
    world.tells_of_rules = True
    target = request(world, priority="high")
    first = mail(world, target)
    world.until("09:40")
    merged(world, target, first)
    assert kinds(world.keys(first)) == ["mailed:1"]
    assert world.account.tickets[target].row["status"] == "open"
    world.act(TOM, ticket=target, comment="Found it in the log.", status="solved")
    world.until("09:50")
    assert world.account.tickets[target].row["status"] == "pending"
    second = mail(world, target, comment="Yes, it is solved.")
    world.until("10:30")
    assert len(merges(world)) == 1
    assert "waits for the customer's confirmation" in str(world.comments(second))
    assert world.account.tickets[target].row["status"] == "pending"
    world.sane()
    world.close()


@pytest.mark.parametrize("brake", ["stopped", "not probed"])
def test_the_brakes_hold_it(server: Server, redis: Redis, prefix: str, brake: str) -> None:
    """Neither announced nor merged; and what was stopped goes on when it is released."""
    world = World(server, redis, prefix, rulebook=rules(), probed=brake != "not probed")
    if brake == "stopped":
        world.store.brakes.pause("a test")
    target = world.act(EMILY, subject="No rows", comment="The export is empty.")
    world.until("09:10")
    source = mail(world, target)
    world.until("09:30")
    assert world.our_writes(source) == merges(world) == []
    if brake == "stopped":
        world.store.brakes.unpause()
        world.until("09:40")
        merged(world, target, source)
    world.close()


# What goes wrong


def a_mail_is_there(world: World) -> tuple[int, int, Saved]:
    target = request(world)
    source = mail(world, target)
    world.until("09:20:55")
    return target, source, world.save()


def all_calls(world: World, begins: Saved) -> list[str]:
    world.rewind(begins)
    world.until("09:21:20")
    return list(world.wire.calls)


@pytest.mark.parametrize(
    ("when", "recover"),
    [
        ("before", World.restart),
        pytest.param("after", lose_redis_too, marks=pytest.mark.long),  # as long again: among the long tests
    ],
)
def test_a_crash_at_any_call_gives_the_same_end(world: World, when: When, recover: Any) -> None:
    """One comment on the target, one mail to the sender, the source closed; Redis is lost with the process."""
    world.rulebook = rules()
    world.restart()
    target, source, begins = a_mail_is_there(world)
    calls = all_calls(world, begins)
    tried_twice = 0
    for number, call in enumerate(calls):
        world.rewind(begins)
        process = world.worker
        process.wire.cut_at, process.wire.cut = number, when
        try:
            work_until(world, "09:32", recover)
            assert process.wire.ended
            merged(world, target, source)
            assert len(told(world, source, EMILY)) == 1
            assert len(merges(world)) == 1
            assert world.account.tickets[target].row["status"] == "open"
            tried_twice += kinds(world.keys(source)) == ["mailed:1", "mailed:2"]
        except AssertionError as error:
            error.add_note(f"the process ended {when} call {number}, {call}")
            raise
    announced, asked = calls.index(f"PUT /tickets/{source}"), calls.index(f"POST /tickets/{target}/merge")
    assert tried_twice == asked - announced, "it was announced again where it had not been asked for, and only there"


FAULTS: Mapping[str, dict[str, Any]] = {
    "its reply is lost": {"do": "lose_reply"},
    "it lands late": {"do": "land_late", "seconds": 300},
    "it lands after the next one": {"do": "land_late", "seconds": 900},
    "it is never carried out": {"do": "drop"},
    "502, and it was applied": {"do": "reply", "status": 502, "applied": True},
    "429": {"do": "reply", "status": 429, "retry_after": 30},
    "503": {"do": "reply", "status": 503},
    "422": {"do": "reply", "status": 422},
}


@pytest.mark.parametrize("fault", FAULTS.values(), ids=FAULTS)
def test_whatever_becomes_of_the_request_to_merge_it_is_merged_once(world: World, fault: dict[str, Any]) -> None:
    target, source, _ = a_mail_is_there(world)
    world.faults({"method": "POST", "path": f"/tickets/{target}/merge", **fault})
    world.until("10:10")
    merged(world, target, source)
    assert len(told(world, source, EMILY)) == 1


DISTURBANCES: tuple[dict[str, Any], ...] = (
    {"do": "lose_reply", "method": "PUT"},
    {"do": "lose_reply", "method": "POST"},
    {"do": "drop", "method": "POST"},
    {"do": "drop"},
    {"do": "land_late", "method": "PUT", "seconds": 20},
    {"do": "land_late", "method": "POST", "seconds": 700},
    {"do": "reply", "status": 503},
    {"do": "reply", "status": 429, "retry_after": 20},
    {"do": "reply", "status": 409, "method": "PUT"},
    {"do": "lag", "method": "GET", "seconds": 30},
)


@pytest.mark.parametrize("seed", range(12))
def test_disturbed_at_random_it_is_merged_once_or_left_whole_to_an_agent(world: World, seed: int) -> None:
    """Never half of it: one comment on the target, one mail to the sender and the source closed, or none of these."""
    world.rulebook = live_rulebook(rules=world.rulebook.rules, caps=FAR, hash="far")
    world.restart()
    target, source, _ = a_mail_is_there(world)
    chance = random.Random(seed)
    chosen = chance.sample(DISTURBANCES, 4)
    world.server.set_faults({"seed": seed, "requests": [{**one, "probability": 0.3, "times": None} for one in chosen]})
    work_until(world, "10:15")
    world.faults()
    world.until("11:30")
    world.resync()
    world.until("12:30")

    closed = world.account.tickets[source].row["status"] == "closed"
    counts = len(added(world, target)), len([one for one in told(world, source, EMILY) if "its text" in one])
    assert counts == ((1, 1) if closed else (0, 0)), chosen
    assert closed or "match" in kinds(world.keys(source)), chosen
    world.sane()


def test_zendesk_that_never_merges_is_asked_twice_and_then_an_agent_is_told(world: World) -> None:
    target, source, _ = a_mail_is_there(world)
    world.faults({"do": "reply", "status": 422, "method": "POST", "path": "/tickets/*/merge", "times": None})
    world.until("13:00")
    assert len(merges(world)) == 2
    assert kinds(world.keys(source))[:3] == ["mailed:1", "mailed:2", "match"]
    assert added(world, target) == []
    assert [one for one in told(world, source, EMILY) if "we have added its text" in one] == []
    assert "Zendesk was asked 2 times" in str(world.comments(source))


def test_a_merge_that_stopped_half_way_is_not_repeated(world: World) -> None:
    """The comment is on the target, and the source was not closed: Zendesk's job has died in between."""
    target, source, _ = a_mail_is_there(world)
    world.faults({"do": "drop", "method": "POST", "path": "/tickets/*/merge"})
    world.until("09:22")
    note = {"body": "The text and files.", "public": False}
    zendesk = world.parts.zendesk
    zendesk.update(target, {"ticket": {"comment": note}})
    world.until("11:00")
    assert len(merges(world)) == 1
    assert "its text seems to be on ticket 2 already" in str(world.comments(source))


@pytest.mark.parametrize("at", ["before", "after"])
def test_the_target_is_solved_while_the_merge_is_under_way(world: World, at: When) -> None:
    """Zendesk refuses to merge into what is solved; then an agent decides."""
    target, source, _ = a_mail_is_there(world)
    world.wire.on(f"POST /tickets/{target}/merge", lambda: world.act(TOM, ticket=target, status="solved"), at)
    world.until("11:00")
    assert added(world, target) == []
    assert world.account.tickets[source].row["status"] == "new"
    assert kinds(world.keys(source))[:2] == ["mailed:1", "match"]
    assert told(world, source, EMILY)[1:] == []


def test_an_agent_who_writes_at_the_same_moment_is_noticed(world: World) -> None:
    """The announcement carries the stamp that was read: it is refused, and then somebody has worked on it."""
    target, source, _ = a_mail_is_there(world)
    world.wire.on(f"PUT /tickets/{source}", lambda: world.act(TOM, ticket=source, comment="Mine.", public=False))
    world.until("10:30")
    assert merges(world) == []
    assert added(world, target) == []
    assert "somebody has worked on it" in str(world.comments(source))
