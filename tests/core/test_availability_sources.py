"""Outages and windows for the availability figure, read from the histories of problems, parents and notices."""

from __future__ import annotations

from zoneinfo import ZoneInfo

from tests.builders import CUSTOMER, Story, facts, paris
from tests.core.windows import END, START, a_notice, a_parent, a_window, announced, read, reading, step, tell
from zdsync.core.announced import WindowRecord
from zdsync.core.availability_sources import doubts, heard_at_creation, heard_on, outages, planned, record
from zdsync.core.history import Reading

ZONE = ZoneInfo("Europe/Paris")
NIGHT = (paris(START), paris(END))
OTHER = ("2026-12-08 22:00", "2026-12-09 02:00")
TWO, THREE = CUSTOMER + 1, CUSTOMER + 2


def the(parent: Story, *notices: Story, **more: object) -> WindowRecord:
    found = record(read(parent), [heard_on(reading(each)) for each in notices], a_window(**more))  # type: ignore[arg-type]
    assert found is not None
    return found


def both(**more: object) -> tuple[Story, Story]:
    """The notices of two contacts, made with the window's first times."""
    return a_notice(**more), a_notice(user=TWO, at="2026-11-26 09:06", **more)  # type: ignore[arg-type]


def test_an_outage_lasts_from_the_declaration_to_the_solve_as_corrected() -> None:
    """With the audits that say so; a correction that cannot be is named."""
    story = Story("2026-11-23 09:00").update("2026-11-23 09:10", priority="urgent", type="problem")
    story.note("2026-11-23 09:30", command="outage from 2026-11-23 08:55 the log says so")
    story.status("solved", "2026-11-23 11:00").note("2026-11-23 11:10", command="outage until 2026-11-23 08:00 oops")
    problem = Reading(story.history, facts())
    (found,) = outages(problem, ZONE)
    declared, corrected, solved, _ = [audit.id for audit in story.audits[1:]]
    assert (found.began, found.ended) == (paris("2026-11-23 08:55"), paris("2026-11-23 11:00"))
    assert (found.ticket_id, found.audits) == (story.ticket.id, (declared, solved))
    assert [(each.audit_id, each.reason) for each in found.corrections] == [(corrected, "the log says so")]
    (doubt,) = doubts(problem, ZONE)
    assert doubt.startswith(f"#{story.ticket.id}: audit ")


def test_a_ticket_that_nobody_has_declared_is_none() -> None:
    story = Story("2026-11-23 09:00").update("2026-11-23 09:10", priority="urgent", by=CUSTOMER, type="problem")
    assert outages(Reading(story.history, facts()), ZONE) == ()


def test_told_are_those_whose_notices_say_so() -> None:
    found = the(announced(), *both())
    (told,) = found.announcements
    assert (told.start, told.end, told.contacts) == (*NIGHT, 2)
    assert [each.at for each in told.told] == [paris("2026-11-26 09:05"), paris("2026-11-26 09:06")]
    assert all(each.audit_id is not None for each in told.told)
    assert found.promised(ZONE) is not None
    assert the(announced(), both()[0]).promised(ZONE) is None, "one of two has no notice"


def test_who_was_refused_by_zendesk_did_not_have_to_be_told() -> None:
    """The ticket says that the mails were done with one less."""
    parent = step(step(a_parent(), "announced", "2026-11-26 09:00", contacts=2), "sent", "2026-11-26 09:10", contacts=1)
    assert the(parent, a_notice()).announcements[0].contacts == 1
    assert the(parent, a_notice()).promised(ZONE) is not None


def test_of_times_told_once_the_notices_need_not_be_read() -> None:
    """That they were made is the proof; when, Zendesk says."""
    parent = announced()
    heard = [heard_at_creation(each.ticket, read(parent)) for each in both()]
    found = record(read(parent), heard, a_window())
    assert found is not None
    assert found.promised(ZONE) is not None
    assert {each.audit_id for each in found.announcements[0].told} == {None}


def test_changed_times_have_to_be_told_to_all_who_were_told_others() -> None:
    """Somebody new does not stand in for one who was not told."""
    parent = step(announced(), "changed", "2026-11-27 10:00", *OTHER)
    first, second = both()
    tell(first, parent, "2026-11-27 10:01")
    new = a_notice(3, "2026-11-27 11:00", THREE)
    late = the(parent, first, second, new).announcements[1]
    assert (late.contacts, len(late.told), late.complete_at) == (2, 1, None)
    tell(second, parent, "2026-11-27 10:02")
    told = the(parent, first, second, new)
    assert told.announcements[1].complete_at == paris("2026-11-27 10:02")
    assert [(each.start, each.made_at) for each in told.announcements] == [
        (paris(START), paris("2026-11-26 09:00")),
        (paris(OTHER[0]), paris("2026-11-27 10:00")),
    ]


def test_who_has_heard_of_a_later_step_only_was_told_its_times() -> None:
    """A reminder tells the times as well."""
    parent = step(announced(), "changed", "2026-11-27 10:00", *OTHER)
    notices = both()
    step(parent, "reminded", "2026-12-07 22:00", *OTHER)
    for notice in notices:
        tell(notice, parent, "2026-12-07 22:01")
    assert the(parent, *notices).announcements[1].complete_at == paris("2026-12-07 22:01")


def test_what_was_done_is_what_the_ticket_says() -> None:
    parent = step(announced(), "started", "2026-12-06 22:03", "2026-12-06 22:03", END)
    under_way = the(parent, *both())
    assert (under_way.began, under_way.ended, under_way.cancelled) == (paris("2026-12-06 22:03"), None, None)
    step(parent, "completed", "2026-12-07 02:30", "2026-12-06 22:03", "2026-12-07 02:30")
    done = the(parent, *both())
    assert (done.began, done.ended) == (paris("2026-12-06 22:03"), paris("2026-12-07 02:30"))
    assert done.audits == tuple(audit.id for audit in parent.audits[-2:])


def test_what_was_cancelled() -> None:
    """Before it began, while it went on, or in the file before anybody was told."""
    before = the(step(announced(), "cancelled", "2026-12-01 10:00"), *both())
    assert (before.began, before.cancelled) == (None, paris("2026-12-01 10:00"))
    assert before.promised(ZONE) is None
    assert before.work(paris("2026-12-31 00:00")) is None
    parent = step(step(announced(), "started", START), "cancelled", "2026-12-06 23:00")
    amid = the(parent, *both())
    assert (amid.began, amid.cancelled) == (paris(START), paris("2026-12-06 23:00"))
    assert not planned(a_window(cancelled=True)).is_awaited(paris("2026-12-01 00:00"))
    assert planned(a_window()).is_awaited(paris("2026-12-01 00:00"))


def test_an_urgent_one_is_not_planned() -> None:
    assert not the(announced(planned=False), *both()).planned
    assert the(announced(planned=False), *both()).promised(ZONE) is None


def test_one_that_agents_have_opened_as_a_ticket_has_the_times_of_its_steps() -> None:
    found = record(read(announced()), [heard_on(reading(each)) for each in both()])
    assert found is not None
    assert (found.start, found.end) == NIGHT
    assert record(read(a_parent()), []) is None, "of which nothing is known yet"
