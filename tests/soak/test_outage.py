"""Six hours of a major incident with a thousand contacts, workers killed at random, Redis emptied once and back at an
old copy once, one in fifty creates applied with its reply lost.

Every contact hears each thing exactly once, the owner is reminded in time, and what the history is read as is what the
sandbox has recorded.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable
from datetime import datetime, timedelta
from typing import Any

import pytest
from redis import Redis

from tests.builders import PARIS_HOURS
from tests.scenarios import world
from tests.scenarios.conftest import _quiet, server
from tests.scenarios.long_outage import MOST_AT_ONCE, LongOutage
from tests.scenarios.world import keys_of, paris_time
from zdsync.core.calendar import Schedule
from zdsync.core.history import Reading
from zdsync.core.incident import incidents
from zdsync.core.incident_draft import Filled, draft
from zdsync.core.incident_promises import Pace
from zdsync.core.incident_report import Report
from zdsync.core.model import Facts, History
from zdsync.core.told import linked
from zdsync.sandbox import Server
from zdsync.sandbox.account import Ticket
from zdsync.zendesk import convert

__all__ = ["_quiet", "server"]

CONTACTS = 1000
HALF_AN_HOUR = timedelta(minutes=30)


def test_six_hours_with_a_thousand_contacts(
    server: Server, redis: Redis, prefix: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(world, "PASSES", MOST_AT_ONCE)
    long_p1(LongOutage(server, redis, prefix, CONTACTS), hours=6, kill_every=2000)


def long_p1(outage: LongOutage, *, hours: int, kill_every: int) -> None:
    """An update every 28 minutes, but for one that is an hour late; then the solve."""
    outage.declare("09:05")
    updates, dues, said = [paris_time("09:40")], [], []
    end = paris_time("09:00") + timedelta(hours=hours)
    while updates[-1] + timedelta(minutes=90) < end:
        updates.append(updates[-1] + timedelta(minutes=88 if len(updates) == 3 else 28))
    before: datetime | None = None
    for number, at in enumerate(updates):
        outage.until(at - timedelta(minutes=14), kill_every=kill_every)
        saved = outage.world.save() if number == 4 else None
        outage.update(at.isoformat(), f"Update {number}.", kill_every=kill_every)
        if number == 2:
            outage.world.empty_redis()
        if saved is not None:
            outage.world.restore_index(saved)
        since = before or outage.go
        dues += [since + timedelta(minutes=20)] if at > since + timedelta(minutes=20) else []
        dues += [since + n * HALF_AN_HOUR for n in (1, 2, 3) if since + n * HALF_AN_HOUR < at]
        said.append(f"Update {number}.")
        before = at
    outage.update((updates[-1] + timedelta(minutes=15)).isoformat(), "A full disk was replaced.", status="solved")
    outage.until(updates[-1] + timedelta(minutes=90), kill_every=kill_every)
    outage.each_has_heard([*said, "A full disk was replaced."])
    outage.reminders_were_in_time(dues)
    assert outage.kills > 10
    outage.world.sane()
    as_recorded(outage, updates)
    outage.world.close()


def as_recorded(outage: LongOutage, updates: list[datetime]) -> None:
    """The report and the availability figure go by this."""
    account = outage.world.account
    people = {id_: convert.person(row) for id_, row in account.users.items()}
    facts = Facts(frozenset({outage.world.us}), people)
    problem = account.tickets[outage.problem]
    reading = Reading(history_of(problem), facts)
    (one,) = incidents(reading, PARIS_HOURS.zone, Pace(HALF_AN_HOUR, Schedule.always(PARIS_HOURS.zone)))
    assert [news.at for news in one.news] == updates
    assert one.resolution is not None
    assert one.go is not None
    solved = next(audit for audit in problem.audits if audit["id"] == one.resolution.audit_id)
    assert one.resolution.at == datetime.fromisoformat(solved["created_at"])
    assert [(down.began, down.ended) for down in one.downs] == [(one.declared.at, one.resolution.at)]
    assert sum(not promise.kept for promise in one.promises) == 1
    linked_to = [each for each in account.tickets.values() if each.row["problem_id"] == outage.problem]
    solves = {one.resolution.audit_id: one.resolution.at}
    told = linked((history_of(each) for each in linked_to), facts.own_user_ids, solves)
    assert told.spreads[f"notice:{one.name}"].contacts == one.go.contacts
    assert {told.spreads[f"relay:{news.comment_id}"].contacts for news in one.news} == {one.go.contacts}
    report = draft(
        one,
        told,
        Filled(),
        problem_id=outage.problem,
        product="K Pro",
        every=HALF_AN_HOUR,
        version=1,
        now=outage.world.now,
    )
    assert [(each.what, each.contacts, each.failed) for each in report.told] == [
        ("notice", one.go.contacts, 0),
        *(("update", one.go.contacts, None) for _ in updates),
        ("resolution", one.go.contacts, None),
    ]
    each_line_is_recorded(outage, report, updates)


def each_line_is_recorded(outage: LongOutage, report: Report, updates: list[datetime]) -> None:
    """The lines of the time line are what happened, each once, and the audit that a line cites says that it did."""
    kinds = Counter(event.kind for event in report.events)
    once = ("began", "declared", "countdown", "announced", "last told", "missed", "resolved", "ended")
    assert kinds == {**dict.fromkeys(once, 1), "update": len(updates)}
    assert [event.at for event in report.events] == sorted(event.at for event in report.events)
    proof = {
        "began": says("priority", "urgent"),
        "declared": says("priority", "urgent"),
        "countdown": has_key(":countdown"),
        "announced": has_key(":go:"),
        "last told": has_key("notice:outage-"),
        "missed": says("comment", "Update"),  # the update that had promised it
        "update": says("comment", "Update"),
        "resolved": says("status", "solved"),
        "ended": says("status", "solved"),
    }
    for event in report.events:
        ticket = outage.world.account.tickets[event.ticket_id or outage.problem]
        audit = next(each for each in ticket.audits if each["id"] == event.audit_id)
        assert proof[event.kind](audit), event
        if event.kind != "missed":
            assert datetime.fromisoformat(audit["created_at"]) == event.at
    audits = [audit for each in outage.world.account.tickets.values() for audit in each.audits]
    notices = [audit["created_at"] for audit in audits if has_key("notice:outage-")(audit)]
    (last,) = (event for event in report.events if event.kind == "last told")
    assert last.at == max(map(datetime.fromisoformat, notices))
    assert last.count == len(notices)


def says(field: str, value: str) -> Callable[[dict[str, Any]], bool]:
    """Whether an audit sets the field so, or begins its public comment with that."""

    def of(audit: dict[str, Any]) -> bool:
        if field == "comment":
            return any(
                event["type"] == "Comment" and event["public"] and event["body"].startswith(value)
                for event in audit["events"]
            )
        return any(event.get("field_name") == field and event.get("value") == value for event in audit["events"])

    return of


def has_key(part: str) -> Callable[[dict[str, Any]], bool]:
    return lambda audit: any(part in key for key in keys_of(audit))


def history_of(ticket: Ticket) -> History:
    return History(convert.ticket(ticket.row), tuple(convert.audit(raw) for raw in ticket.audits))
