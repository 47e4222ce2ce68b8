"""Polling finds what webhooks have lost: every change, once it is visible, and nothing twice without need."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from datetime import timedelta
from functools import partial

import pytest

from tests.desk import CLAIRE, EMILY, RAJ, Desk
from zdsync.clock import AGREEING, KEPT, AccountClock
from zdsync.core.model import WorkClass
from zdsync.poll import BEGAN, CURSOR, HOLE, OVERLAP, POLLED, poll
from zdsync.settings import Settings
from zdsync.wiring import session_of
from zdsync.zendesk import exports
from zdsync.zendesk.client import Zendesk
from zdsync.zendesk.exports import Page

HOLE_SECONDS = HOLE.total_seconds()


def due(desk: Desk) -> set[int]:
    """The tickets that wait in the index."""
    return set(desk.due())


def polls(desk: Desk, minutes: float = 5) -> int:
    """Poll twice a minute for a while; how many hints came of it."""
    hints = 0
    for _ in range(int(minutes * 2)):
        hints += poll(desk.parts)
        desk.wait(30)
    return hints


@pytest.fixture
def small_pages(desk: Desk, monkeypatch: pytest.MonkeyPatch) -> list[Page]:
    """The export gives three tickets a page; the pages that were read."""
    read: list[Page] = []

    def export_page(**arguments: object) -> Page:
        read.append(exports.page(desk.parts.zendesk.session, size=3, **arguments))  # type: ignore[arg-type]
        return read[-1]

    monkeypatch.setattr(desk.parts.zendesk, "export_page", export_page)
    return read


def test_a_lost_webhook_is_repaired(desk: Desk) -> None:
    """A ticket that nobody has hinted is found and reconciled."""
    poll(desk.parts)
    ticket = desk.asks(priority="high")
    polls(desk, minutes=2)
    assert due(desk) >= {ticket}
    assert any(outcome.what == "updated" for outcome in desk.work())


def test_the_first_poll_looks_back_five_minutes(desk: Desk) -> None:
    """No further: what is older is the resync's affair."""
    desk.empty_redis()
    old = desk.asks()
    desk.wait(OVERLAP.total_seconds() + 60)
    young = desk.asks()
    desk.wait(HOLE_SECONDS)
    poll(desk.parts)
    assert young in due(desk)
    assert old not in due(desk)


def test_the_last_minute_is_found_by_a_later_poll(desk: Desk) -> None:
    """The export hides its last minute; a poll within it misses the change, the overlap gets it."""
    poll(desk.parts)
    ticket = desk.asks()
    desk.wait(30)
    poll(desk.parts)
    assert ticket not in due(desk)
    desk.wait(40)
    poll(desk.parts)
    assert ticket in due(desk)


def test_every_second_of_the_hole(desk: Desk) -> None:
    """Changes in each second of two minutes, with polls in between, are all found."""
    tickets = set()
    for second in range(120):
        tickets.add(desk.asks(who=(EMILY, RAJ)[second % 2]))
        if second % 30 == 0:
            poll(desk.parts)
        desk.wait(1)
    polls(desk, minutes=2)
    assert due(desk) >= tickets


def test_a_person_is_given_time(desk: Desk) -> None:
    """A ticket is due when its stamp's second is over, not before; urgent ones go first."""
    poll(desk.parts)
    urgent, calm = desk.asks(priority="urgent"), desk.asks()
    desk.wait(HOLE_SECONDS)
    poll(desk.parts)
    assert [int(id) for id, _ in desk.redis.zscan_iter("zdsync:due:p1")] == [urgent]
    assert desk.due()[urgent] == desk.due()[calm] == desk.now


def test_a_gap_of_hours(desk: Desk, small_pages: list[Page]) -> None:
    """After a downtime everything that happened in it is found, over several pages and several polls."""
    poll(desk.parts)
    tickets = set()
    for _ in range(25):
        desk.wait(600)
        tickets.add(desk.asks())
    desk.wait(HOLE_SECONDS)
    del small_pages[:]

    first = poll(desk.parts)
    assert len(small_pages) == 5
    assert not small_pages[-1].end_of_stream
    assert 0 < first < 25
    assert desk.parts.cache.cursor(CURSOR) == small_pages[-1].cursor

    polls(desk, minutes=2)
    assert due(desk) >= tickets
    assert desk.parts.cache.cursor(CURSOR) == ""


@pytest.mark.parametrize("whole_pages", [0, 1, 3], ids=["the first page", "the second page", "the fourth page"])
def test_a_crash_between_pages(
    desk: Desk, small_pages: list[Page], whole_pages: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A worker that dies with a page in its hands repeats it; no ticket of it is lost."""
    poll(desk.parts)
    tickets = {desk.asks() for _ in range(14)}
    desk.wait(3600)
    hint, before = desk.parts.due.hint, len(small_pages)

    def dies(ids: list[int], work: WorkClass, at_ms: int) -> None:
        if len(small_pages) - before > whole_pages:
            raise KeyboardInterrupt
        hint(ids, work, at_ms)

    with monkeypatch.context() as crashing:
        crashing.setattr(desk.parts.due, "hint", dies)
        with pytest.raises(KeyboardInterrupt):
            poll(desk.parts)
    assert not due(desk) >= tickets

    polls(desk, minutes=2)
    assert due(desk) >= tickets


def test_a_refused_cursor_begins_anew(desk: Desk, small_pages: list[Page]) -> None:
    """Zendesk forgets a cursor in the middle of a long gap: the gap is read again from its beginning."""
    poll(desk.parts)
    tickets = {desk.asks() for _ in range(30)}
    desk.wait(5 * 3600)
    poll(desk.parts)
    assert desk.parts.cache.cursor(CURSOR)
    desk.redis.delete("zdsync:due:live", "zdsync:due:p1")  # so that only what is read again is there
    desk.parts.cache.save_cursor(CURSOR, "bm90IGEgY3Vyc29y")
    for _ in range(4):
        poll(desk.parts)
        desk.wait(60)
    assert due(desk) >= tickets
    assert desk.parts.cache.cursor(CURSOR) == ""


def trouble(**more: object) -> Callable[[Desk], None]:
    return lambda desk: desk.fault("reply", path="/incremental/*", **{"times": 6, **more})


@pytest.mark.parametrize(
    "strikes",
    [
        pytest.param(trouble(status=429, times=2, retry_after=45.0), id="429 with Retry-After"),
        pytest.param(trouble(status=429, times=2, form="text"), id="429 in words"),
        pytest.param(trouble(status=503), id="503"),
        pytest.param(trouble(status=502, form="html"), id="502 of a proxy"),
        pytest.param(trouble(status=200, form="html"), id="a page that is none"),
        pytest.param(lambda desk: desk.fault("drop", path="/incremental/*", times=6), id="no reply"),
        pytest.param(trouble(status=401), id="a refused credential"),
    ],
)
def test_trouble_is_waited_out(desk: Desk, strikes: Callable[[Desk], None]) -> None:
    """The poll does not raise, hints nothing, and finds everything once Zendesk is well again."""
    poll(desk.parts)
    ticket = desk.asks()
    desk.wait(HOLE_SECONDS)
    strikes(desk)
    assert poll(desk.parts) == 0
    assert ticket not in due(desk)
    polls(desk, minutes=5)
    assert ticket in due(desk)


def test_a_429_pauses_exports_for_everybody(desk: Desk) -> None:
    """No request is sent before the time that Zendesk named, by no worker."""
    desk.fault("reply", path="/incremental/*", status=429, retry_after=45.0)
    poll(desk.parts)
    asked = desk.calls("incremental")
    desk.wait(30)
    poll(desk.parts)
    poll(desk.another_worker())
    assert desk.calls("incremental") == asked
    desk.wait(20)
    poll(desk.parts)
    assert desk.calls("incremental") == asked + 1


def test_what_was_read_is_not_read_again(desk: Desk) -> None:
    """A row that is not newer than the last reading makes no hint, so the overlap costs no call."""
    poll(desk.parts)
    ticket = desk.asks()
    desk.hint(ticket)
    polls(desk, minutes=2)
    desk.work_for(minutes=1)
    calls = desk.server.calls()["counts"]
    reads = {kind: dict(by) for kind, by in calls.items() if "incremental" not in kind}
    assert polls(desk, minutes=4) == 0
    desk.work()
    after = {kind: by for kind, by in desk.server.calls()["counts"].items() if "incremental" not in kind}
    assert after == reads


def test_our_own_write_is_read_once_and_then_dropped(desk: Desk) -> None:
    """Its echo cannot be told from a person's write in the same second before it was read back; afterwards it can."""
    poll(desk.parts)
    ticket = desk.asks(priority="high")
    desk.hint(ticket)
    desk.work_for(minutes=2)
    assert "zdsync_keys" in str(desk.our_writes()[-1]["body"])
    assert poll(desk.parts) == 1  # our own write
    desk.work()
    assert polls(desk, minutes=4) == 0


def test_a_person_in_the_second_of_our_write_is_heard(desk: Desk) -> None:
    """The stamp of both writes is the same; the poll does not take the person's for our echo."""
    poll(desk.parts)
    ticket = desk.asks(priority="high")
    desk.hint(ticket)
    act = {"as": CLAIRE, "ticket": ticket, "priority": "low"}
    desk.fault("act", method="PUT", path=f"/tickets/{ticket}", act=act, when="after")
    desk.work_for(minutes=2)
    stamps = [audit["created_at"] for audit in desk.server.account.tickets[ticket].audits[-2:]]
    assert stamps[0] == stamps[1]
    polls(desk, minutes=2)
    desk.work_for(minutes=1)
    words = [audit["events"] for audit in desk.server.account.tickets[ticket].audits]
    assert "P4" in str(words[-1]) or "2026-12" in str(words[-1])  # the low priority's resolution lies in December


@pytest.mark.parametrize("tracked", [True, False], ids=["in the index", "unknown to it"])
@pytest.mark.parametrize("end", ["deleted", "closed"])
def test_ended_tickets(desk: Desk, end: str, tracked: bool) -> None:
    """A closed or deleted ticket is looked at once more if it is in the index, to be taken out; else not at all."""
    poll(desk.parts)
    ticket = desk.asks()
    if tracked:
        desk.hint(ticket)
        desk.work_for(seconds=30)
    if end == "deleted":
        desk.does(CLAIRE, ticket, delete=True)
    else:
        desk.does(CLAIRE, ticket, status="solved", assignee=CLAIRE)
        desk.wait(timedelta(days=5).total_seconds())
    assert desk.row(ticket)["status"] == end
    desk.wait(HOLE_SECONDS)
    poll(desk.parts)
    assert (ticket in due(desk)) is tracked
    desk.work()
    assert ticket not in due(desk)


def test_two_polls_at_once(desk: Desk, monkeypatch: pytest.MonkeyPatch) -> None:
    """While one poll is under way another does nothing; afterwards it may."""
    other = desk.another_worker()
    ticket = desk.asks()
    desk.wait(HOLE_SECONDS)
    hints: list[int] = []
    export_page = desk.parts.zendesk.export_page

    def meanwhile(**arguments: object) -> Page:
        hints.append(poll(other))
        return export_page(**arguments)  # type: ignore[arg-type]

    monkeypatch.setattr(desk.parts.zendesk, "export_page", meanwhile)
    assert poll(desk.parts) > 0
    assert hints == [0]
    assert desk.calls("incremental") == 1
    assert ticket in due(desk)
    poll(other)
    assert desk.calls("incremental") == 2


def test_it_tells_when_it_was_last_whole(desk: Desk) -> None:
    """`/readyz` asks for it: only a poll that reached the end counts."""
    desk.fault("reply", path="/incremental/*", status=500, times=None)
    poll(desk.parts)
    assert desk.parts.cache.cursor(POLLED) is None
    desk.server.set_faults({})
    poll(desk.parts)
    assert desk.parts.cache.cursor(POLLED) == desk.now.isoformat()
    assert desk.parts.cache.cursor(BEGAN) == desk.now.isoformat()


def test_a_clock_that_steps_back(desk: Desk) -> None:
    """The export is asked for from before the present, and what changed is found."""
    poll(desk.parts)
    desk.server.clock.set(desk.now - timedelta(hours=2))
    ticket = desk.asks()
    polls(desk, minutes=3)
    assert ticket in due(desk)


def test_one_poll_tells_that_the_clock_has_jumped_and_what_it_shows_is_due_at_once(desk: Desk) -> None:
    """By the clocks of a process that was paused for an hour nothing would be due for an hour."""
    local = [desk.now.timestamp()]
    shared: list[float] = []
    clock = AccountClock(lambda: local[0], share=shared.append)
    settings = Settings.from_env({**desk.env, "ZDSYNC_SANDBOX_CONTROL": ""})
    parts = replace(desk.parts, clock=clock, zendesk=Zendesk(session_of(settings, clock, desk.store)))
    for _ in range(KEPT):
        parts.zendesk.me()
    desk.wait(3600)
    ticket = desk.asks()
    desk.wait(HOLE_SECONDS)
    local[0] += HOLE_SECONDS
    before = desk.calls("users/me")
    poll(parts)
    assert clock.steady
    assert abs(clock.now() - desk.now) < timedelta(seconds=1)
    assert shared[-1] == pytest.approx(3600, abs=1)
    assert desk.calls("users/me") == before + AGREEING - 1
    desk.wait(1)
    assert ticket in due(desk)
    assert desk.due_now() == 1


def test_a_busy_account_within_the_limit(desk: Desk) -> None:
    """A long gap never takes more than nine of the ten exports that the account has in a minute."""
    session = desk.parts.zendesk.session
    small = partial(exports.page, session, size=1)
    tickets = {desk.asks() for _ in range(40)}
    desk.wait(HOLE_SECONDS)
    desk.parts.zendesk.export_page = small  # type: ignore[method-assign]
    for _ in range(12):
        poll(desk.parts)
        desk.wait(30)
    assert desk.calls("incremental", "429") == 0
    assert due(desk) >= tickets
