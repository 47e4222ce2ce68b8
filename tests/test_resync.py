"""A resync makes every unclosed ticket due, whatever becomes of it on its way, and stands in nobody's way."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from datetime import timedelta

import pytest

from tests.desk import CLAIRE, Desk
from zdsync import resync
from zdsync.core.model import WorkClass
from zdsync.poll import BEGAN, CURSOR, poll
from zdsync.resync import SPREAD, begin, go_on


def old_tickets(desk: Desk, number: int) -> list[int]:
    return [desk.asks() for _ in range(number)]


def unclosed(desk: Desk) -> set[int]:
    return {id for id, ticket in desk.account.tickets.items() if ticket.row["status"] not in ("closed", "deleted")}


@pytest.fixture
def one_page_at_a_time(desk: Desk, monkeypatch: pytest.MonkeyPatch) -> None:
    """Ten tickets a page, one page a slice."""
    monkeypatch.setattr(resync, "PAGES", 1)
    monkeypatch.setattr("zdsync.zendesk.client.PAGE_SIZE", 10)


def test_an_emptied_index_asks_by_itself(desk: Desk) -> None:
    """No epoch: the next slice begins one, and at its end every unclosed ticket is in the index."""
    old_tickets(desk, 12)
    desk.empty_redis()
    assert desk.store.epoch.state() == "missing"
    assert go_on(desk.parts) == len(unclosed(desk))
    assert set(desk.due()) == unclosed(desk)
    assert desk.store.epoch.state() == "set"
    assert desk.store.epoch.since() == desk.now


def test_a_whole_index_is_left_alone(desk: Desk) -> None:
    """With an epoch and without a wish nothing is listed."""
    old_tickets(desk, 3)
    assert go_on(desk.parts) == 0
    assert desk.calls("GET /tickets") == 0
    assert desk.due() == {}


def test_on_an_operators_wish(desk: Desk) -> None:
    """`begin` only begins, once; the epoch that is there stays there, so that everything else goes on meanwhile."""
    tickets = old_tickets(desk, 3)
    assert begin(desk.parts)
    assert not begin(desk.parts)
    assert desk.due() == {}
    assert desk.store.epoch.state() == "set"
    assert go_on(desk.parts) == len(tickets) + 1
    assert set(desk.due()) >= set(tickets)
    assert begin(desk.parts), "after it has ended the next one may begin"


def test_in_slices(desk: Desk, one_page_at_a_time: None) -> None:
    """It gives the slot back after each slice and goes on where it stood, in whichever process."""
    old_tickets(desk, 34)
    desk.empty_redis()
    assert [go_on(desk.parts), go_on(desk.another_worker()), go_on(desk.parts)] == [10, 10, 10]
    assert desk.store.epoch.state() == "resyncing"
    assert go_on(desk.another_worker()) == 5
    assert desk.store.epoch.state() == "set"
    assert set(desk.due()) == unclosed(desk)
    assert desk.calls("GET /tickets") == 4


def test_two_at_once(desk: Desk, monkeypatch: pytest.MonkeyPatch) -> None:
    """While one process lists, another does nothing."""
    old_tickets(desk, 3)
    desk.empty_redis()
    other, listed = desk.another_worker(), desk.parts.zendesk.unclosed_page
    meanwhile: list[int] = []

    def page(cursor: str, work: WorkClass) -> object:
        meanwhile.append(go_on(other))
        return listed(cursor, work)

    monkeypatch.setattr(desk.parts.zendesk, "unclosed_page", page)
    assert go_on(desk.parts) == 4
    assert meanwhile == [0]


def test_old_tickets_are_spread_over_a_day(desk: Desk) -> None:
    """Those that have not moved since `live_since` come one after the other; those that have are due at once."""
    desk.rulebook = replace(desk.rulebook, live_since=desk.now + timedelta(minutes=1), hash="later")
    old = old_tickets(desk, 48)
    desk.wait(120)
    young = old_tickets(desk, 5)
    desk.restart()
    desk.empty_redis()
    go_on(desk.parts)
    due = desk.due()
    assert {due[ticket] for ticket in young} == {desk.now}
    waits = sorted(due[ticket] - desk.now for ticket in old)
    assert waits[0] >= timedelta(0)
    assert waits[-1] < SPREAD
    hours = [int(wait / timedelta(hours=1)) for wait in waits]
    assert max(hours.count(hour) for hour in range(24)) <= 4
    assert set(hours) == set(range(24))


def test_they_come_as_bulk(desk: Desk) -> None:
    """So that nobody who works waits for it; what was urgent stays urgent, and nothing is put off."""
    urgent, calm = desk.asks(priority="urgent"), desk.asks()
    desk.hint(urgent)
    begin(desk.parts)
    desk.wait(3600)
    go_on(desk.parts)
    assert desk.store.due.counts()["p1"] == 1
    assert desk.due()[urgent] < desk.now - timedelta(minutes=59)
    assert desk.due()[calm] == desk.now


@pytest.mark.parametrize("emptied", [True, False])
def test_where_live_work_uses_its_whole_share_only_an_emptied_index_is_listed(desk: Desk, emptied: bool) -> None:
    """Nothing is told to many before it is whole, and all who wait for that are looked at in vain meanwhile."""
    old_tickets(desk, 3)
    if emptied:
        desk.empty_redis()
    begin(desk.parts)
    left = {"ratelimit-limit": "200", "ratelimit-remaining": "50", "ratelimit-reset": "60"}
    desk.store.governor.learn(left, desk.now)
    assert bool(go_on(desk.parts)) == emptied


@pytest.mark.usefixtures("one_page_at_a_time")
def test_emptied_in_the_middle(desk: Desk) -> None:
    """It notices at the next page and begins again; the epoch is not set before everything is there."""
    old_tickets(desk, 34)
    desk.empty_redis()
    go_on(desk.parts)
    go_on(desk.parts)
    desk.empty_redis()
    assert desk.store.epoch.state() == "missing"
    states = []
    while desk.store.epoch.state() != "set":
        go_on(desk.parts)
        states.append(set(desk.due()) == unclosed(desk))
    assert states == [False, False, False, True]


@pytest.mark.usefixtures("one_page_at_a_time")
def test_emptied_during_a_page(desk: Desk, monkeypatch: pytest.MonkeyPatch) -> None:
    """Whichever page it is, the last one too: a resync that does not know what is lost does not end."""
    old_tickets(desk, 24)
    for page in range(3):
        desk.empty_redis()
        for _ in range(page):
            go_on(desk.parts)
        listed = desk.parts.zendesk.unclosed_page

        def emptied(cursor: str, work: WorkClass, listed: Callable[[str, WorkClass], object] = listed) -> object:
            desk.empty_redis()
            return listed(cursor, work)

        with monkeypatch.context() as emptying:
            emptying.setattr(desk.parts.zendesk, "unclosed_page", emptied)
            go_on(desk.parts)
        assert desk.store.epoch.state() != "set"
        for _ in range(5):
            go_on(desk.parts)
        assert desk.store.epoch.state() == "set"
        assert set(desk.due()) == unclosed(desk)


@pytest.mark.parametrize("wished", [True, False], ids=["while live", "after Redis was emptied"])
@pytest.mark.usefixtures("one_page_at_a_time")
def test_workers_away_in_the_middle(desk: Desk, wished: bool) -> None:
    """Nobody goes on for more than five minutes, so its token ends: it begins again, and is not forgotten."""
    old_tickets(desk, 24)
    if not wished:
        desk.empty_redis()
    begin(desk.parts)
    go_on(desk.parts)
    desk.redis.delete("zdsync:resync")  # as Redis does after five minutes
    for _ in range(5):
        go_on(desk.parts)
    assert set(desk.due()) == unclosed(desk)
    assert desk.store.epoch.state() == "set"


@pytest.mark.usefixtures("one_page_at_a_time")
@pytest.mark.parametrize("status", [429, 500, 503, 401, 0], ids=str)
def test_zendesk_away_in_the_middle(desk: Desk, status: int) -> None:
    """It raises nothing, keeps its place, and ends when Zendesk is back."""
    old_tickets(desk, 34)
    desk.empty_redis()
    go_on(desk.parts)
    pages = desk.calls("GET /tickets", "200")
    trouble = {"do": "reply", "status": status} if status else {"do": "drop"}
    desk.faults({**trouble, "path": "/tickets", "times": None})
    assert [go_on(desk.parts), go_on(desk.parts)] == [0, 0]
    assert desk.store.epoch.state() == "resyncing"
    desk.faults()
    desk.wait(61)
    for _ in range(3):
        go_on(desk.parts)
    assert desk.store.epoch.state() == "set"
    assert set(desk.due()) == unclosed(desk)
    assert desk.calls("GET /tickets", "200") == pages + 3, "no page was listed twice"


@pytest.mark.usefixtures("one_page_at_a_time")
def test_while_everything_is_live(desk: Desk) -> None:
    """Between two slices tickets are reconciled, asked and closed; each is found, and nobody is told anything twice."""
    early = [desk.asks(priority="high") for _ in range(24)]
    desk.empty_redis()
    asked: list[int] = []
    while desk.store.epoch.state() != "set":
        go_on(desk.parts)
        asked.append(desk.asks(priority="low"))
        desk.does(CLAIRE, early[len(asked)], delete=True)
        desk.work_for(seconds=20)
    desk.work_for(minutes=5)
    for _ in range(3):
        poll(desk.parts)
        desk.work_for(seconds=30)
    desk.sane()
    for ticket in unclosed(desk) & {*early, *asked}:
        assert len(desk.keys(ticket)) == 1
    assert set(desk.due()) == unclosed(desk)


def test_the_poll_begins_where_the_listing_began(desk: Desk) -> None:
    """What changes behind the listing's back is found by the poll, whose old place is given up."""
    desk.parts.cache.save_cursor(CURSOR, "old")
    desk.wait(3600)
    began = desk.now
    begin(desk.parts)
    assert desk.parts.cache.cursor(CURSOR) == ""
    assert desk.parts.cache.cursor(BEGAN) == began.isoformat()
    go_on(desk.parts)
    late = desk.asks()
    desk.wait(300)
    poll(desk.parts)
    assert late in desk.due()


def test_closed_and_deleted_tickets_stay_out(desk: Desk) -> None:
    """Only what can still change is listed."""
    kept, deleted, closed = old_tickets(desk, 3)
    desk.does(CLAIRE, deleted, delete=True)
    desk.does(CLAIRE, closed, status="solved", assignee=CLAIRE)
    desk.wait(5 * 86_400)
    desk.empty_redis()
    go_on(desk.parts)
    assert kept in desk.due()
    assert desk.due().keys().isdisjoint({deleted, closed})


def test_rules_that_differ_wait(desk: Desk) -> None:
    """A process with other rules than those in force lists nothing and says so."""
    old_tickets(desk, 3)
    desk.empty_redis()
    desk.store.cache.publish_rulebook("another")
    assert go_on(desk.parts) == 0
    desk.store.cache.publish_rulebook(desk.rulebook.hash)
    assert go_on(desk.parts) == 4
