"""The notices of a campaign as they are created over HTTP: what they are like, what stops them, who hears of news."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import timedelta

import pytest
from redis import Redis

from tests.scenarios.announcing import STOPPED
from tests.scenarios.campaigns import CONTACTS, a_world, announce, creates, each_is_told_once, end_users, notices, told
from tests.scenarios.wire import Crash
from tests.scenarios.world import CLAIRE, EMILY, JEANNE, TOM, World
from zdsync.control import STOP_TAG, external_id
from zdsync.core.model import History, Reach
from zdsync.reach import Source, with_reach
from zdsync.reconcile import people_of
from zdsync.sandbox import Server, shapes

CREATE = "POST /tickets"


@pytest.fixture
def world(server: Server, redis: Redis, prefix: str) -> Iterator[World]:
    made = a_world(server, redis, prefix)
    yield made
    made.close()


def of(world: World, email: str) -> int:
    user = world.account.user_by_email(email)
    assert user is not None
    return int(user["id"])


def reach(world: World, problem: int) -> Reach:
    """As a worker that knows nothing reads it."""
    parts = world.new_worker().parts
    history = History(parts.zendesk.ticket(problem).ticket, parts.zendesk.audits(problem))
    facts = parts.facts(parts.rulebook(), people_of(history.ticket, history.audits, parts, "live"))
    found = with_reach(facts, history, parts.rulebook(), world.now, Source(parts.zendesk)).reach
    parts.zendesk.session.close()
    assert found is not None
    return found


def test_each_contact_gets_one_notice_and_the_problem_says_when_all_are_told(world: World) -> None:
    problem = announce(world)
    world.until("09:05")
    each_is_told_once(world, problem)
    assert len(notices(world)) == CONTACTS
    assert [key for key in world.keys(problem) if key.endswith(f":go:{CONTACTS}")]
    assert world.plan(problem).notices is None
    assert world.work() == []


def test_a_notice_is_an_incident_of_the_problem_from_us_in_the_contacts_language_and_time(world: World) -> None:
    problem = announce(world, assignee=TOM)
    world.until("09:05")
    row = next(each for each in notices(world) if each.row["requester_id"] == of(world, JEANNE)).row
    assert (row["type"], row["problem_id"], row["status"]) == ("incident", problem, "pending")
    assert (row["submitter_id"], row["assignee_id"]) == (world.us, of(world, TOM))
    assert (row["subject"], row["tags"]) == ("Panne de the export", ["told", "zdsync_notice"])
    assert row["description"] == "Depuis lun. 23 nov. 2026, 09:00 CET."
    assert row["priority"] is None
    theirs = next(each for each in notices(world) if each.row["requester_id"] == of(world, EMILY)).row
    assert theirs["description"] == "Since Mon, Nov 23, 2026, 8:00 AM GMT."


def test_a_file_goes_with_each_notice(server: Server, redis: Redis, prefix: str) -> None:
    world = a_world(server, redis, prefix, file=True)
    problem = announce(world)
    world.until("09:05")
    each_is_told_once(world, problem)
    events = [event for each in notices(world) for audit in each.audits for event in audit["events"]]
    files = [event["attachments"] for event in events if event["type"] == "Comment"]
    assert [[world.account.attachments[id]["file_name"] for id in ids] for ids in files] == [["note.txt"]] * CONTACTS
    world.close()


def test_nothing_is_created_while_the_note_that_announces_it_is_not_there(world: World) -> None:
    announce(world)
    world.faults({"do": "reply", "method": "PUT", "path": "/tickets/*", "status": 503, "times": 5})
    world.until("09:00:20")
    assert creates(world) == []


def test_the_list_is_read_once_in_an_undisturbed_sending(server: Server, redis: Redis, prefix: str) -> None:
    world = a_world(server, redis, prefix)
    problem = announce(world)
    world.until("09:05")
    assert world.wire.calls.count(f"GET /tickets/{problem}/incidents") == 1
    assert world.wire.calls.count("GET /users") == 1
    world.close()


def test_the_stop_tag_in_the_middle_stops_at_the_next_contact(world: World) -> None:
    """Redis remembers for a minute what the control ticket said; a pause by hand is seen at once."""
    problem = announce(world)
    world.wire.on(CREATE, lambda: world.store.brakes.pause("drill"), "after")
    world.until("09:10")
    assert creates(world) == [201]
    world.store.brakes.unpause()
    world.until("09:12")
    each_is_told_once(world, problem)


def test_the_stop_tag_on_the_control_ticket_stops_it_too(world: World) -> None:
    problem = announce(world)
    control = next(n for n, t in world.account.tickets.items() if t.row["external_id"] == external_id(world.now))

    def stop() -> None:
        world.server.act(CLAIRE, ticket=control, add_tags=[STOP_TAG])
        world.store.brakes.forget_control()  # its minute is over

    world.wire.on(CREATE, stop, "after")
    world.until("09:10")
    assert creates(world) == [201]
    world.server.act(CLAIRE, ticket=control, remove_tags=[STOP_TAG])
    world.store.brakes.forget_control()
    world.until("09:12")
    each_is_told_once(world, problem)


def test_an_agents_word_in_the_middle_is_heard_before_the_next_contact(world: World) -> None:
    problem = announce(world)
    world.wire.on(CREATE, lambda: world.act(TOM, ticket=problem, add_tags=[STOPPED]), "after")
    world.until("09:10")
    assert creates(world) == [201]
    world.act(TOM, ticket=problem, remove_tags=[STOPPED])
    world.until("09:12")
    each_is_told_once(world, problem)


def test_a_limit_in_the_middle_puts_the_rest_off_and_nothing_else(world: World) -> None:
    problem = announce(world)
    limited = {"do": "reply", "method": "POST", "path": "/tickets", "status": 429, "retry_after": 30, "skip": 2}
    world.faults(limited)
    world.until("09:00:25")
    assert creates(world) == [201, 201, None] or creates(world) == [201, 201, 429]
    world.until("09:02")
    assert len(creates(world)) == CONTACTS + 1
    each_is_told_once(world, problem)


def test_whoever_zendesk_refuses_is_named_once_and_the_others_are_told(world: World) -> None:
    problem = announce(world)
    refused = of(world, EMILY)
    world.wire.on(CREATE, lambda: world.account.users[refused].update(suspended=True))
    world.until("09:10")
    assert creates(world).count(422) == 1
    each_is_told_once(world, problem)
    assert "All are told, but 1." in world.comments(problem)[-1]["body"]


def test_a_contact_of_a_new_organisation_is_told_within_half_an_hour(world: World) -> None:
    problem = announce(world)
    world.until("09:05")
    account = world.account
    new = shapes.user(account.new_id(), account.now_ms, name="Nia New", email="nia@new.example", role="end-user")
    new["organization_id"] = next(iter(account.organizations))
    account.add_user(new)
    world.act(TOM, ticket=problem, comment="Still looking.", public=False)
    world.until("09:20")
    assert told(world)[new["id"]] == 0
    world.act(TOM, ticket=problem, comment="Found it.", public=False)
    world.go("09:31")
    world.hint(problem)
    world.until("09:32")
    each_is_told_once(world, problem)


def test_what_an_agent_says_in_public_reaches_each_notice_once_and_a_note_reaches_none(world: World) -> None:
    problem = announce(world)
    world.until("09:05")
    world.act(TOM, ticket=problem, comment="The disk is being replaced.")
    world.until("09:06")
    world.act(TOM, ticket=problem, comment="It is disk 7.", public=False)
    world.until("09:10")
    said = [[comment["body"] for comment in world.comments(each.row["id"])[1:]] for each in notices(world)]
    assert said == [["The disk is being replaced."]] * CONTACTS


def test_the_problem_is_read_once_for_many_notices(world: World) -> None:
    problem = announce(world)
    world.until("09:05")
    world.act(TOM, ticket=problem, comment="The disk is being replaced.")
    before = len(world.wire.calls)
    world.until("09:06")
    calls = world.wire.calls[before:]
    assert calls.count(f"GET /tickets/{problem}/comments") == 1
    assert sum(call.startswith("PUT") for call in calls) == CONTACTS


def test_a_reading_from_before_the_news_is_not_gone_by(world: World) -> None:
    """Another process has just read the problem; the news are hinted within its ten seconds."""
    problem = announce(world)
    world.until("09:05")
    other = world.new_worker()
    other.parts.kept.read(problem, other.parts.zendesk, world.now, "live")
    world.act(TOM, ticket=problem, comment="The disk is being replaced.")
    world.go(world.now + timedelta(seconds=2))
    world.worker.claim_and_reconcile(1)  # hints the notices
    world.worker, first = other, world.worker
    world.until("09:06")
    assert all(len(world.comments(each.row["id"])) == 2 for each in notices(world))
    first.parts.zendesk.session.close()


@pytest.mark.parametrize("at", range(6))
def test_news_are_not_lost_whatever_ends_while_they_spread(world: World, at: int) -> None:
    problem = announce(world)
    world.until("09:05")
    world.act(TOM, ticket=problem, comment="The disk is being replaced.")
    world.restart()
    patterns = ("HMGET campaign*", "?HSET campaign*", "GET */incidents", "?DEL campaign*", "hint", "release")
    world.wire.end(patterns[at], "after")
    with pytest.raises(Crash):
        world.until("09:06")
    world.restart()
    world.until("09:10")
    assert all(len(world.comments(each.row["id"])) == 2 for each in notices(world))
    world.sane()


def test_p1_reminders_of_others_go_before_the_rest_of_a_batch(world: World) -> None:
    """Something urgent of somebody else's becomes due while notices are created: it is the very next ticket."""
    problem = announce(world)
    other = world.act(EMILY, subject="No rows", comment="Empty.", webhook=False)
    world.act(TOM, ticket=other, priority="urgent", webhook=False)
    order: list[str] = []
    world.on_outcome = lambda outcome: order.append(outcome.did[0] if outcome.did else outcome.why)
    world.until("09:00:03")
    order.clear()
    world.wire.on(CREATE, lambda: world.store.due.hint([other], "p1", 0), "after")
    world.until("09:05")
    assert order[0].startswith("create 1 notices"), order
    assert "nothing is announced" in order[1], order
    assert order[2].startswith(f"create {CONTACTS - 1} notices"), order
    each_is_told_once(world, problem)


def test_the_size_of_the_campaign_before_is_known(world: World) -> None:
    """The newest other problem of the kind, by the number that its note has pinned; it stays what it was."""
    first = announce(world, tags=["announce", "zdsync_outage"])
    world.until("09:05")
    world.account.users[min(end_users(world))]["suspended"] = True
    second = announce(world, tags=["announce", "zdsync_outage"])
    world.go("09:06")  # a search finds nothing that is quite new
    assert reach(world, first).before is None
    assert (reach(world, second).before, len(reach(world, second).contacts)) == (CONTACTS, CONTACTS - 1)


def test_an_audience_of_more_pages_than_a_minute_allows_is_read_on(
    server: Server, redis: Redis, prefix: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Each page is read once, and the problem waits for no more than the next minute."""
    monkeypatch.setattr("zdsync.zendesk.client.PAGE_SIZE", 2)
    world = a_world(server, redis, prefix)
    problem = announce(world)
    world.faults({"do": "reply", "path": "/users", "status": 429, "retry_after": 40, "skip": 2})
    world.until("09:00:30")
    assert world.keys(problem) == {}
    world.until("09:05")
    each_is_told_once(world, problem)
    assert world.wire.calls.count("GET /users") == 5  # four pages, and the one that was refused
    world.close()
