"""SLA clocks: what starts, pauses and ends them, and when a target runs out on them."""

from __future__ import annotations

from datetime import datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.builders import AGENT, CUSTOMER, PARIS_HOURS, US, Story, facts, paris
from tests.core.stories import stories
from zdsync.core.clocks import Clock, Due, Metric, clock, due
from zdsync.core.history import Reading
from zdsync.core.model import Status

METRICS: tuple[Metric, ...] = ("first_reply_time", "requester_wait_time", "total_resolution_time")


def the_clock(story: Story, metric: Metric) -> Clock:
    return clock(Reading(story.history, facts()), metric)


def counted(story: Story, metric: Metric, at: str) -> str:
    """What has counted in Paris hours, as h:mm."""
    return str(the_clock(story, metric).elapsed(PARIS_HOURS, paris(at)))[:-3]


def at(hour: str, day: int = 23) -> str:
    return f"2026-11-{day} {hour}"


@pytest.mark.parametrize(
    ("story", "ended"),
    [
        pytest.param(Story().reply(at("10:00")), at("10:00"), id="an agent's public comment"),
        pytest.param(Story().note(at("10:00")), None, id="not an internal note"),
        pytest.param(Story().reply(at("10:00"), US), None, id="not our own comment"),
        pytest.param(Story().customer(at("10:00")), None, id="not the customer's"),
        pytest.param(Story().reply(at("10:00"), 999), None, id="not somebody unknown"),
        pytest.param(
            Story().reply(at("10:00"), US).note(at("10:30")).reply(at("11:00")).reply(at("12:00")),
            at("11:00"),
            id="the first one of many",
        ),
        pytest.param(Story(by=AGENT), None, id="not the comment that an agent opened the ticket with"),
        pytest.param(Story(by=AGENT).reply(at("11:00")), at("11:00"), id="the second one of an agent who opened it"),
        pytest.param(Story().reply(at("10:00"), US, keys=("relay:5",)), at("10:00"), id="an agent's that we passed on"),
    ],
)
def test_the_first_reply_is(story: Story, ended: str | None) -> None:
    one = the_clock(story, "first_reply_time")
    assert one.ended_at == (paris(ended) if ended else None)
    assert one.running == (ended is None)


def test_automatic_mail_of_an_agent_is_no_reply() -> None:
    story = Story()
    story.customer(at("10:00"), AGENT, flags=[4])
    assert the_clock(story, "first_reply_time").running


def test_the_first_reply_counts_while_pending_and_not_while_solved() -> None:
    story = Story().status("pending", at("10:00")).status("solved", at("11:00")).customer(at("14:00"))
    assert counted(story, "first_reply_time", at("15:00")) == "3:00"
    solved = Story().status("solved", at("11:00"))
    assert the_clock(solved, "first_reply_time").pause == "solved"
    assert the_clock(solved, "first_reply_time").ended_at is None


def test_a_reopened_ticket_does_not_start_the_first_reply_again() -> None:
    story = Story().reply(at("10:00"), status="solved").customer(at("14:00"))
    assert the_clock(story, "first_reply_time").ended_at == paris(at("10:00"))
    assert counted(story, "first_reply_time", at("17:00")) == "1:00"


@pytest.mark.parametrize(
    ("status", "wait", "total"),
    [("new", "3:00", "3:00"), ("open", "3:00", "3:00"), ("hold", "3:00", "3:00"), ("pending", "2:00", "3:00")],
)
def test_a_resolution_counts_by_status(status: Status, wait: str, total: str) -> None:
    """An hour as new, an hour in the status, an hour as open."""
    story = Story().status(status, at("10:00")).status("open", at("11:00"))
    assert counted(story, "requester_wait_time", at("12:00")) == wait
    assert counted(story, "total_resolution_time", at("12:00")) == total


@pytest.mark.parametrize("metric", ["requester_wait_time", "total_resolution_time"])
def test_a_resolution_ends_at_solved_and_goes_on_when_reopened(metric: Metric) -> None:
    story = Story().reply(at("11:00"), status="solved")
    assert the_clock(story, metric).ended_at == paris(at("11:00"))
    assert counted(story, metric, at("17:00")) == "2:00"
    story.customer(at("15:00"))
    assert the_clock(story, metric).ended_at is None
    assert the_clock(story, metric).running
    assert counted(story, metric, at("17:00")) == "4:00"


def test_neighbouring_statuses_that_count_are_one_stretch() -> None:
    story = Story().status("open", at("10:00")).status("hold", at("11:00")).status("pending", at("12:00"))
    assert [stretch.pause for stretch in the_clock(story, "requester_wait_time").stretches] == [None, "pending"]


def test_the_list_of_intervals_says_what_counted_and_why() -> None:
    story = Story(at("17:00")).status("pending", at("09:30", 24)).customer(at("10:00", 24))
    one = the_clock(story.reply(at("11:00", 24), status="solved"), "requester_wait_time")
    listed = [(i.start, i.end, i.counted, i.why) for i in one.intervals(PARIS_HOURS, paris(at("17:00", 25)))]
    assert listed == [
        (paris(at("17:00")), paris(at("18:00")), True, "open hours"),
        (paris(at("18:00")), paris(at("09:00", 24)), False, "closed"),
        (paris(at("09:00", 24)), paris(at("09:30", 24)), True, "open hours"),
        (paris(at("09:30", 24)), paris(at("10:00", 24)), False, "pending"),
        (paris(at("10:00", 24)), paris(at("11:00", 24)), True, "open hours"),
    ]


@given(stories(), st.integers(0, 30 * 24 * 3600))
def test_the_counted_intervals_sum_up_to_what_elapsed(story: Story, later: int) -> None:
    """And they follow each other without a gap from the creation on."""
    now = story.ticket.updated_at + timedelta(seconds=later)
    for metric in METRICS:
        one = the_clock(story, metric)
        intervals = list(one.intervals(PARIS_HOURS, now))
        total = sum((i.end - i.start for i in intervals if i.counted), timedelta(0))
        assert total == one.elapsed(PARIS_HOURS, now)
        edges = [one.started_at, *(i.end for i in intervals)]
        assert [i.start for i in intervals] == edges[:-1]
        assert edges[-1] == (min(one.ended_at or now, now) if intervals else one.started_at)


@given(stories(), st.integers(1, 40 * 60), st.integers(0, 30 * 24 * 3600))
def test_a_breach_is_when_more_than_the_target_has_elapsed(story: Story, minutes: int, later: int) -> None:
    now, target = story.ticket.updated_at + timedelta(seconds=later), timedelta(minutes=minutes)
    for metric in METRICS:
        one = the_clock(story, metric)
        found = due(one, target, PARIS_HOURS)
        assert found.is_breached(now) == (one.elapsed(PARIS_HOURS, now) > target)
        if found.at is not None and found.at <= now:
            assert one.elapsed(PARIS_HOURS, found.at) == target
        if one.pause is not None and not found.is_breached(now):
            assert found.left == target - one.elapsed(PARIS_HOURS, now)


def when_due(story: Story, metric: Metric, hours: float) -> Due:
    return due(the_clock(story, metric), timedelta(hours=hours), PARIS_HOURS)


def test_what_is_shown_as_due_is_at_closing_and_the_breach_only_after_the_next_opening() -> None:
    found = when_due(Story(), "first_reply_time", 9)
    assert found == Due(paris(at("18:00")), paris(at("09:00", 24)), timedelta(hours=9))
    assert not found.is_breached(paris(at("09:00", 24)))
    assert not found.is_breached(paris(at("09:00", 24)) + timedelta(milliseconds=999))
    assert found.is_breached(paris(at("09:00:01", 24)))


def test_a_reply_at_the_next_opening_is_in_time_and_a_second_later_it_is_not() -> None:
    in_time = when_due(Story().reply(at("09:00", 24)), "first_reply_time", 9)
    assert not in_time.is_breached(paris(at("12:00", 25)))
    late = when_due(Story().reply(at("09:00:01", 24)), "first_reply_time", 9)
    assert late.is_breached(paris(at("12:00", 25)))


def test_a_paused_clock_is_due_at_no_instant_but_has_something_left() -> None:
    found = when_due(Story().status("pending", at("10:30")), "requester_wait_time", 4)
    assert found == Due(None, None, timedelta(hours=2, minutes=30))


def test_a_clock_that_goes_on_is_due_later_by_the_pause() -> None:
    story = Story().status("pending", at("10:00")).customer(at("16:00"))
    assert when_due(story, "requester_wait_time", 4).at == paris(at("10:00", 24))


def test_a_target_that_ran_out_before_a_pause_stays_run_out() -> None:
    story = Story().status("pending", at("11:00")).customer(at("16:00"))
    found = when_due(story, "requester_wait_time", 1)
    assert (found.at, found.breach_after) == (paris(at("10:00")), paris(at("10:00")))


def test_a_target_used_up_to_the_second_at_a_pause_breaches_as_soon_as_the_clock_goes_on() -> None:
    story = Story().status("pending", at("10:00"))
    assert when_due(story, "requester_wait_time", 1) == Due(paris(at("10:00")), None, timedelta(0))
    story.customer(at("20:00"), CUSTOMER)
    found = when_due(story, "requester_wait_time", 1)
    opening: datetime = paris(at("09:00", 24))
    assert found == Due(paris(at("10:00")), opening, timedelta(0))


def test_the_clocks_of_a_notice_begin_with_the_customers_answer() -> None:
    notice = Story(by=US, external_id="zdsync-outage-7-301", type="incident", status="pending", requester_id=CUSTOMER)
    reading = Reading(notice.customer("2026-11-23 11:00").history, facts())
    for metric in METRICS:
        found = clock(reading, metric)
        assert found.started_at == paris("2026-11-23 11:00")
        assert found.elapsed(PARIS_HOURS, paris("2026-11-23 11:30")) == timedelta(minutes=30)
    reading = Reading(notice.reply("2026-11-23 11:20").history, facts())
    assert clock(reading, "first_reply_time").ended_at == paris("2026-11-23 11:20")
