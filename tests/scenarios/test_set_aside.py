"""Mail that Zendesk sets aside is pointed out on the ticket that it names, once, whatever happens."""

from __future__ import annotations

import logging
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import timedelta
from typing import Any, cast

import pytest
import structlog
from redis import Redis
from structlog.testing import capture_logs

from tests.builders import a_rule, a_rule_of
from tests.scenarios.chapters import lose_redis_too
from tests.scenarios.wire import Crash, When
from tests.scenarios.world import EMILY, TOM, World, kinds, live_rulebook, paris_time
from zdsync.core.rulebook import Rulebook
from zdsync.sandbox import Server
from zdsync.set_aside import look_through

STRANGER = "mallory@elsewhere.example"
OUTAGES = "zdsync_suspended_outages_total"
CHANGING = ("SET", "[SADD", "hint", "unlock", "claim", "release", "PUT")
"""Calls that leave something behind: between two of them a crash is like one before the later."""


def rules(**settings: Any) -> Rulebook:
    return live_rulebook(rules=(a_rule_of("mailed_files", **settings),))


@pytest.fixture
def world(server: Server, redis: Redis, prefix: str) -> Any:
    made = World(server, redis, prefix, rulebook=rules())
    yield made
    made.close()


@contextmanager
def warnings() -> Iterator[list[Any]]:
    """What the log has of that level; `conftest.py` keeps less."""
    structlog.configure(wrapper_class=structlog.make_filtering_bound_logger(logging.WARNING))
    with capture_logs() as logs:
        yield cast("list[Any]", logs)


def request(world: World) -> int:
    ticket = world.act(EMILY, subject="Export without rows", comment="The export is empty.")
    world.until("09:10")
    return ticket


def set_aside(world: World, subject: str = "Hello", cause: str = "failed_email_authentication", **mail: Any) -> int:
    act = {"subject": subject, "comment": "ZORRO", "suspended": cause, **mail}
    return int(world.server.act(STRANGER, channel="email", **act)["suspended"])


def look(world: World) -> int:
    """As `tasks/upkeep` does, and then the worker."""
    found = look_through(world.parts)
    world.until(world.now + timedelta(seconds=10))
    return found


def told(world: World, ticket: int) -> list[str]:
    return [key for key in world.keys(ticket) if key.startswith("suspended:")]


def outages(world: World) -> int:
    return sum(n for (name, _), n in world.store.metrics.snapshot().counters.items() if name == OUTAGES)


def test_it_is_pointed_out_once(world: World) -> None:
    """By an internal note; the customer is mailed nothing, and the next looks say nothing more."""
    ticket = request(world)
    mails = len(world.account.emails)
    number = set_aside(world, f"Files for [#{ticket}]")
    assert look(world) == 1
    assert told(world, ticket) == [f"suspended:{number}"]
    (note,) = world.comments(ticket)
    assert note["public"] is False
    assert "Email authentication failed" in note["body"]
    assert "ZORRO" not in note["body"]
    assert STRANGER not in note["body"]
    assert [look(world), look(world), len(world.our_writes(ticket))] == [0, 0, 1]
    assert [row["to"] for row in world.account.emails[mails:] if "desk.example" not in row["to"]] == []
    world.sane()


def test_an_answer_that_names_nothing_is_pointed_out_on_the_ticket_that_it_answers(world: World) -> None:
    ticket, other = request(world), world.act(EMILY, subject="Another", comment="Hello.")
    set_aside(world, "Re: your mail", ticket=ticket)
    look(world)
    assert len(told(world, ticket)) == 1
    assert told(world, other) == []


def test_a_new_mail_of_a_known_ticket_is_a_new_note(world: World) -> None:
    ticket = request(world)
    numbers = []
    for minute in (20, 30):
        world.until(f"09:{minute}")
        numbers.append(set_aside(world, f"#{ticket}"))
        look(world)
    assert told(world, ticket) == [f"suspended:{number}" for number in numbers]


def test_what_was_recovered_before_anybody_was_told_is_not_pointed_out(world: World) -> None:
    """And it is not asked for again."""
    ticket = request(world)
    number = set_aside(world, f"#{ticket}")
    look_through(world.parts)
    del world.account.suspended[number]
    world.until("09:12")
    assert told(world, ticket) == []
    assert world.store.cache.set_aside(ticket) == frozenset()


def test_nothing_from_before_live_since_is_looked_at(world: World) -> None:
    ticket = request(world)
    set_aside(world, f"#{ticket}", comment="Nobody can log in any more, the whole site is down.")
    world.go("09:15")
    world.rulebook = live_rulebook(rules=(a_rule_of("mailed_files"),), live_since=paris_time("09:14"))
    world.restart()
    assert (look(world), told(world, ticket), outages(world)) == (0, [], 0)


def test_a_number_that_is_no_ticket_or_a_closed_one_costs_one_look(world: World) -> None:
    """Nothing is said, and neither is in the index afterwards."""
    ticket = request(world)
    world.act(TOM, ticket=ticket, assignee=TOM, status="solved")
    world.go("30 09:00")  # Zendesk has closed it
    assert world.account.tickets[ticket].row["status"] == "closed"
    before = len(world.our_writes())
    set_aside(world, f"#{ticket} and #987654")
    look(world)
    assert len(world.our_writes()) == before
    assert world.due().keys().isdisjoint({ticket, 987654})


def test_what_sounds_like_an_outage_and_names_nothing_is_told_in_the_log(world: World) -> None:
    """Once, with a metric, and without a word of it or whom it says it is from."""
    number = set_aside(world, "ALPHA", comment="Nobody can log in any more, the whole site is down.")
    with warnings() as logs:
        assert [look(world), look(world)] == [1, 0]
    (line,) = [line for line in logs if "outage" in line["event"]]
    assert (line["log_level"], line["mail"], line["names"]) == ("warning", number, [])
    assert line["cause"] == "Email authentication failed"
    assert outages(world) == 1
    assert "ALPHA" not in str(logs)
    assert STRANGER not in str(logs)


def test_spam_and_out_of_office_disturb_nobody(world: World) -> None:
    ticket = request(world)
    set_aside(world, "Cheap watches", "spam")
    set_aside(world, f"Automatic reply: [#{ticket}]", "auto_vacation")
    assert (look(world), told(world, ticket)) == (0, [])


def test_an_account_that_may_not_read_it_hears_of_it_once(world: World) -> None:
    """Nothing else stands still for it; once it may, all that is still there is pointed out."""
    ticket = request(world)
    number = set_aside(world, f"#{ticket}")
    world.faults({"do": "reply", "path": "/suspended_tickets*", "status": 403, "times": None})
    with warnings() as logs:
        assert [look(world), look(world)] == [0, 0]
    assert len([line for line in logs if "cannot be read" in line["event"]]) == 1
    world.faults()
    assert look(world) == 1
    assert told(world, ticket) == [f"suspended:{number}"]


def test_may_it_not_be_read_any_more_the_ticket_is_reconciled_as_ever(world: World) -> None:
    world.rulebook = live_rulebook(rules=(a_rule_of("mailed_files"), a_rule()))
    world.restart()
    ticket = request(world)
    set_aside(world, f"#{ticket}")
    look_through(world.parts)
    world.faults({"do": "reply", "path": "/suspended_tickets*", "status": 403, "times": None})
    world.act(TOM, ticket=ticket, priority="high")
    world.until("09:12")
    assert kinds(world.keys(ticket)) == ["target:set"]
    world.faults()
    world.act(TOM, ticket=ticket, priority="normal")
    world.until("09:14")
    assert len(told(world, ticket)) == 1


def test_zendesk_away_is_no_more_than_a_later_look(world: World) -> None:
    ticket = request(world)
    set_aside(world, f"#{ticket}")
    world.faults({"do": "reply", "path": "/suspended_tickets*", "status": 503, "times": None})
    assert look(world) == 0
    world.faults()
    assert look(world) == 1
    assert len(told(world, ticket)) == 1


def test_switched_off_nothing_is_read(world: World) -> None:
    world.rulebook = rules(set_aside=False)
    world.restart()
    ticket = request(world)
    set_aside(world, f"#{ticket}")
    assert (look(world), told(world, ticket)) == (0, [])
    assert not [call for call in world.wire.calls if "/suspended" in call]


def test_only_what_is_new_is_read_again(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    """A page of what came last, however much was set aside before."""
    monkeypatch.setattr("zdsync.zendesk.client.PAGE_SIZE", 2)
    ticket = request(world)
    for minute in range(11, 17):
        world.go(f"09:{minute}")
        set_aside(world, f"#{ticket}" if minute == 11 else "Cheap watches", "spam")
    assert (look(world), _pages(world)) == (1, 3)
    world.until("12:00")
    assert [(look(world), _pages(world)), (look(world), _pages(world))] == [(0, 6), (0, 7)]


def _pages(world: World) -> int:
    return world.wire.calls.count("GET /suspended_tickets")


@pytest.mark.parametrize(("when", "recover"), [("before", World.restart), ("after", lose_redis_too)])
def test_a_crash_at_any_step_gives_the_same_end(world: World, when: When, recover: Any) -> None:
    """One note on the ticket, the outage told of at least once; Redis is lost with the process."""
    ticket = request(world)
    number = set_aside(world, f"#{ticket}", comment="Nobody can log in any more, the whole site is down.")
    begins = world.save()
    world.rewind(begins)
    look(world)
    calls = [(cut, call) for cut, call in enumerate(world.wire.calls) if call.startswith(CHANGING)]
    for cut, call in calls:
        world.rewind(begins)
        process = world.worker
        process.wire.cut_at, process.wire.cut = cut, when
        for _ in range(2):
            try:
                look(world)
            except Crash:
                recover(world)
                world.redis.delete(f"{world.prefix}alone:suspended")
        assert process.wire.ended
        assert told(world, ticket) == [f"suspended:{number}"], f"the process ended {when} call {cut}, {call}"
        assert len(world.comments(ticket)) == 1
        assert outages(world) >= 1
        world.sane()
