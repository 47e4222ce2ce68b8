"""Drafting a Major Incident Report: the time line equals what the audits hold, and each line cites one of them."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from typing import Any
from zoneinfo import ZoneInfo

from tests.builders import AGENT, PARIS_HOURS, US, Story, an_audit, facts, paris
from zdsync.core.history import Reading
from zdsync.core.incident import incident
from zdsync.core.incident_draft import Filled, draft
from zdsync.core.incident_promises import Pace
from zdsync.core.incident_report import Report
from zdsync.core.model import History
from zdsync.core.told import Linked, linked

HALF_HOUR = timedelta(minutes=30)


def at(time: str) -> str:
    return f"2026-11-23 {time}"


def declared() -> Story:
    return Story(at("09:00")).update(at("09:10"), AGENT, priority="urgent", type="problem")


def told(story: Story, time: str, key: str, *, public: bool = False) -> Story:
    return story.update(at(time), US, comment=story._comment(US, public), keys=[key], channel="api")


def gone() -> Story:
    """Declared at 09:10, announced at 09:10:02, sent from 09:15 on to two contacts."""
    story = declared()
    number = story.audits[-1].id
    told(story, "09:10:02", f"outage:{number}:countdown")
    return told(story, "09:15", f"outage:{number}:go:2")


def a_notice(contact: int, number: int, *keys: tuple[str, str], organization: int = 900) -> History:
    """A linked ticket of ours with what was said on it, each with its time."""
    about: dict[str, Any] = {
        "external_id": f"zdsync-x-{contact}",
        "requester_id": contact,
        "organization_id": organization,
    }
    story = Story(at("09:16"), by=US, id=number, type="incident", **about)
    for time, key in keys:
        told(story, time, key, public=True)
    return story.history


def the_report(story: Story, found: Linked | None = None, now: str = "12:00", **filled: Any) -> Report:
    one = incident(Reading(story.history, facts()), ZoneInfo("Europe/Paris"), Pace(HALF_HOUR, PARIS_HOURS))
    assert one is not None
    return draft(
        one,
        found or Linked(),
        Filled(**filled),
        problem_id=4711,
        product="K Pro",
        every=HALF_HOUR,
        version=0,
        now=paris(at(now)),
    )


def lines(report: Report) -> list[tuple[str, str, int]]:
    zone = ZoneInfo("Europe/Paris")
    return [(f"{each.at.astimezone(zone):%H:%M}", each.kind, each.audit_id) for each in report.events]


def test_the_time_line_has_each_thing_that_happened_in_order_with_its_audit() -> None:
    story = gone()
    story.reply(at("09:40"), AGENT).reply(at("10:30"), AGENT)
    story.update(at("11:00"), AGENT, comment=story._comment(AGENT, True), status="solved")
    first, countdown, go, update, late, solve = (audit.id for audit in story.audits[1:])
    assert lines(the_report(story)) == [
        ("09:10", "began", first),
        ("09:10", "declared", first),
        ("09:10", "countdown", countdown),
        ("09:15", "announced", go),
        ("09:40", "update", update),
        ("10:10", "missed", update),
        ("10:30", "update", late),
        ("11:00", "resolved", solve),
        ("11:00", "ended", solve),
    ]


def test_promises_say_when_they_were_kept() -> None:
    story = gone()
    story.reply(at("09:40"), AGENT).reply(at("10:30"), AGENT)
    found = the_report(story, now="10:45").promises
    assert [(each.due, each.kept_at, each.missed) for each in found] == [
        (paris(at("09:45")), paris(at("09:40")), False),
        (paris(at("10:10")), paris(at("10:30")), True),
        (paris(at("11:00")), None, False),
    ]


def test_what_a_holding_message_promises_is_recorded_too_and_keeps_nothing() -> None:
    """At 09:46 customers read that there is nothing new, and that they will have an update by 10:15."""
    story = gone()
    go = story.audits[-1]
    told(story, "09:46", f"outage:{story.audits[1].id}:holding:{go.id}:1")
    note = story.audits[-1]
    report = the_report(story.reply(at("10:20"), AGENT), now="10:25")
    assert [(each.due, each.kept_at, each.missed) for each in report.promises] == [
        (paris(at("09:45")), paris(at("10:20")), True),
        (paris(at("10:15")), paris(at("10:20")), True),
        (paris(at("10:50")), None, False),
    ]
    (said,) = (each for each in report.events if each.kind == "holding")
    assert (said.audit_id, said.until) == (note.id, paris(at("10:15")))
    missed = [(each.at, each.audit_id) for each in report.events if each.kind == "missed"]
    assert missed == [(paris(at("09:45")), go.id), (paris(at("10:15")), note.id)]


def test_what_was_called_off_ends_then_and_nobody_was_told() -> None:
    story = declared().update(at("09:12"), AGENT, priority="high")
    found = the_report(story)
    assert [kind for _, kind, _ in lines(found)] == ["declared", "called off"]
    assert found.told == ()
    assert found.ended == paris(at("09:12"))


def test_who_was_told_when_comes_from_the_linked_tickets() -> None:
    story = gone()
    number = story.audits[1].id
    story.reply(at("09:40"), AGENT)
    comment = story.audits[-1].comments[0].id
    found = linked(
        [
            a_notice(401, 5001, ("09:16", f"notice:outage-{number}"), ("09:41", f"relay:{comment}")),
            a_notice(402, 5002, ("09:18", f"notice:outage-{number}"), organization=901),
            a_notice(403, 5003, ("09:41", f"relay:{comment}"), ("09:42", "ack:5003"), organization=902),
        ],
        {US},
    )
    report = the_report(story, found)
    assert [(each.what, each.contacts, each.first, each.last, each.failed) for each in report.told] == [
        ("notice", 2, paris(at("09:16")), paris(at("09:18")), 0),
        ("update", 2, paris(at("09:41")), paris(at("09:41")), None),
    ]
    assert report.organizations == 2, "of those who got a notice"
    last = next(each for each in report.events if each.kind == "last told")
    assert (last.ticket_id, last.at) == (5002, paris(at("09:18")))


def test_keys_that_others_have_written_tell_nothing() -> None:
    story = gone()
    name = f"notice:outage-{story.audits[1].id}"
    forged = a_notice(401, 5001)
    forged = History(forged.ticket, (*forged.audits, an_audit(1, paris(at("09:17")), 401, keys=(name,))))
    assert the_report(story, linked([forged], {US})).told[0].contacts == 0


def test_a_contact_with_two_tickets_counts_once_from_the_first_message_on() -> None:
    key = "resolved:12"
    found = linked([a_notice(401, 5001, ("11:05", key)), a_notice(401, 5002, ("11:02", key))], {US})
    assert (found.spreads[key].contacts, found.spreads[key].first) == (1, paris(at("11:02")))


def test_what_zendesk_has_copied_from_the_solve_is_a_resolution_that_was_told() -> None:
    story = gone().update(at("11:00"), AGENT, status="solved")
    solve = story.audits[-1]
    notice = Story(at("09:16"), by=US, id=5001, external_id="zdsync-x-401", requester_id=401, type="incident")
    notice.update(at("11:00:01"), AGENT, comment=notice._comment(AGENT, True), status="solved")
    copied = replace(notice.audits[-1], problem_id=4711)
    found = linked([History(notice.ticket, (*notice.audits[:-1], copied))], {US}, {solve.id: solve.at})
    told = next(each for each in the_report(story, found).told if each.what == "resolution")
    assert (told.contacts, told.first) == (1, paris(at("11:00:01")))


def test_for_whom_no_notice_could_be_made_is_said() -> None:
    story = gone()
    found = linked([a_notice(401, 5001, ("09:16", f"notice:outage-{story.audits[1].id}"))], {US})
    assert the_report(story, found).told[0].failed == 1


def test_who_has_joined_later_stands_in_for_nobody_who_was_not_reached() -> None:
    """For two; one of them is told at once, and at 10:40 another one: who that is is not known."""
    story = gone()
    number = story.audits[1].id
    told(story, "09:20", f"outage:{number}:told:1")
    first = a_notice(401, 5001, ("09:16", f"notice:outage-{number}"))
    later = a_notice(403, 5003, ("10:40", f"notice:outage-{number}"))
    assert the_report(story, linked([first], {US})).told[0].failed == 1
    assert the_report(story, linked([first, later], {US})).told[0].failed is None


def test_what_is_still_missing_is_named() -> None:
    assert the_report(gone()).missing == ("end", "root cause", "actions")
