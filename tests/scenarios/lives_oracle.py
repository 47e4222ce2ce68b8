"""What may never come of the life of a major incident: judged by the sandbox's record and by what people did alone."""

from __future__ import annotations

import re
from collections import Counter
from datetime import UTC, datetime, timedelta
from typing import Any, Final

from tests.scenarios.lives import EMILY, OUTSIDER, Life
from tests.scenarios.lives_deeds import SECRET, UPDATE, Lived
from tests.scenarios.lives_record import Moment, at, is_copy, moments, public
from zdsync.sandbox.account import Ticket

COUNTDOWN: Final = timedelta(minutes=5)
OVER: Final = ("solved", "closed")
REACHES_WITHIN: Final = timedelta(minutes=70)
"""Whatever befalls the worker, so long after something is said everybody has it."""
CASCADES_WITHIN: Final = timedelta(minutes=12)
"""Zendesk's copy comes at most so long after the solve, and so do our words."""
_IN_ENGLISH: Final = re.compile("You will|We will|is available again|has been unavailable|We are still|We are sorry")
_IN_FRENCH: Final = re.compile("Vous |Notre service|de nouveau disponible|est indisponible|Nous ")
_OVER: Final = re.compile("is available again|de nouveau disponible")
_INTERNAL: Final = re.compile(f"{SECRET}|/zdsync|zdsync_")
_STILL: Final = re.compile("We are still working|Nous travaillons toujours")
_PROMISE: Final = re.compile(
    r"(?:from us by \w+, Nov|plus tard le \w+\.?)\s(?P<day>\d+)(?:, | nov\.? )2026,\s"
    r"(?P<hour>\d+):(?P<minute>\d+)(?:\s(?P<half>AM|PM))?\s(?P<zone>CET|GMT|UTC)"
)
_PROMISES: Final = re.compile("from us by|au plus tard le")
_HOURS: Final = {"CET": 1, "GMT": 0, "UTC": 0}


def judge(lived: Lived) -> None:
    """Raises AssertionError."""
    life = lived.life
    nothing_leaks(life)
    for notice in life.notices():
        reader = life.account.users[notice.row["requester_id"]]
        nobody_else_is_told(notice, reader, lived)
        each_message_is_right(notice, reader, life)
    names = Counter(notice.row["external_id"] for notice in life.notices())
    assert all(count == 1 for count in names.values()), f"told twice: {names.most_common(2)}"
    for problem in lived.problems:
        history = moments(life.account.tickets[problem], life)
        found = life.notices(problem)
        sent_in_time(found, history, life)
        updates_arrive(found, problem, history, lived)
        the_end_is_told(found, problem, history, lived)
        everybody_is_told(found, problem, history, lived)
    answers_are_read(lived)
    own_requests_are_held(lived)
    only_those_who_waited_hear_the_end(lived)
    it_rests(life)


def nothing_leaks(life: Life) -> None:
    for mail in life.account.emails:
        if mail["to_role"] == "end-user":
            assert not _INTERNAL.search(mail["body"]), f"{mail['to']} reads {mail['body']}"
            owner = life.account.users[life.account.tickets[mail["ticket"]].row["requester_id"]]
            assert mail["to"] == owner["email"], f"{mail['to']} is mailed about the ticket of {owner['email']}"


def nobody_else_is_told(notice: Ticket, reader: dict[str, Any], lived: Lived) -> None:
    assert reader["role"] == "end-user", f"{reader['email']} has a notice"
    assert reader["email"] != OUTSIDER, "somebody of no organisation has a notice"
    problem = lived.life.account.tickets[notice.row["problem_id"] or lived.problems[0]]
    assert problem.row["requester_id"] != reader["id"], "who asked for it has a notice"
    since = lived.suspended.get(reader["id"])
    assert since is None or at(notice.audits[0]) <= since, "somebody was told who is suspended"
    ours = [said for said in public(notice) if said.by == lived.life.stage.own_id]
    late = [said for said in ours if since and said.at > since + timedelta(seconds=1) and _is_about_it(said.body)]
    assert not late, f"written to somebody who is suspended: {late}"


def each_message_is_right(notice: Ticket, reader: dict[str, Any], life: Life) -> None:
    wrong = _IN_ENGLISH if reader["locale"] == "fr" else _IN_FRENCH
    for said in public(notice):
        if said.by == life.stage.own_id:
            assert not wrong.search(said.body), f"to a reader of {reader['locale']}: {said.body}"
        promised = _PROMISE.search(said.body)
        assert (promised is None) is not bool(_PROMISES.search(said.body)), f"by when? {said.body}"
        if promised is not None:
            assert _due(promised) > said.at - timedelta(minutes=1), f"at {said.at}: {said.body}"


def _due(promised: re.Match[str]) -> datetime:
    hour = (
        int(promised["hour"]) % 12 + (12 if promised["half"] == "PM" else 0)
        if promised["half"]
        else int(promised["hour"])
    )
    local = datetime(2026, 11, int(promised["day"]), hour, int(promised["minute"]), tzinfo=UTC)
    return local - timedelta(hours=_HOURS[promised["zone"]])


def sent_in_time(found: list[Ticket], history: list[Moment], life: Life) -> None:
    """After a declaration by hand and the countdown, not against a stop, nor when it is lowered or over."""
    first: dict[str, datetime] = {}
    for notice in found:
        created = at(notice.audits[0])
        name = notice.row["external_id"].rpartition("-")[0]
        before = [moment for moment in history if moment.at <= created]
        now = before[-1]
        assert now.is_major, f"a notice at {created} of what is no urgent problem"
        assert now.status not in OVER, f"a notice at {created} of what is solved"
        assert not now.stopped, f"a notice at {created} in spite of the stop"
        declared = [moment for moment in before if moment.declared]
        assert declared, "nobody has declared it"
        if name in first:
            continue
        first[name] = created
        number = int(name.rpartition("-")[2])
        since = next(moment.at for moment in history if moment.audit == number)
        after = [moment for moment in before if moment.audit >= number]
        if not any(moment.sends for moment in after):
            lifted = [moment.at for moment in after if moment.lifted]
            assert created >= max([since, *lifted]) + COUNTDOWN, f"{created} is before the countdown was over"


def updates_arrive(found: list[Ticket], problem: int, history: list[Moment], lived: Lived) -> None:
    """Each at most once on a ticket and for a person; on each notice and each request that is linked where it lasts."""
    life = lived.life
    requests = [life.account.tickets[number] for number in lived.requests]
    owners = Counter(ticket.row["requester_id"] for ticket in requests)
    for said in public(life.account.tickets[problem]):
        if not said.body.startswith(UPDATE):
            continue
        words = said.body.partition(".")[0] + "."
        read: Counter[int] = Counter()
        for ticket in (*found, *requests):
            times = [each for each in public(ticket) if words in each.body and not _OVER.search(each.body)]
            assert len(times) <= 1, f"{words} twice on ticket {ticket.row['id']}"
            assert all(each.body.count(words) <= 1 for each in public(ticket)), f"{words} twice in one message"
            read[ticket.row["requester_id"]] += sum(not each.copied for each in times)
        if not any(moment.stopped for moment in history):
            twice = [owner for owner, times in read.items() if times > 1 and owners[owner] < 2]
            assert not twice, f"{words} is read twice by {twice}"
        index = next(n for n, moment in enumerate(history) if moment.audit == said.audit)
        later = [moment for moment in history[index:] if moment.at <= said.at + REACHES_WITHIN]
        if any(moment.status in OVER for moment in later):
            continue
        begun = [notice for notice in found if _lasts(at(notice.audits[0]), index, history)]
        hears = [each for each in begun if at(each.audits[0]) <= said.at and each.row["problem_id"] == problem]
        if begun and not any(moment.stopped for moment in history):
            hears += [each for each in requests if _waits(each, problem, said.at, lived)]
        for ticket in hears:
            if ticket.row["requester_id"] not in lived.suspended:
                assert any(words in each.body for each in public(ticket)), f"{words} never came on {ticket.row['id']}"


def _lasts(since: datetime, index: int, history: list[Moment]) -> bool:
    """Whether what was told at that instant still goes on at the moment of that index."""
    after = [moment for moment in history[: index + 1] if moment.at > since]
    return since <= history[index].at and not any(moment.declared or moment.status in OVER for moment in after)


def _waits(request: Ticket, problem: int, since: datetime, lived: Lived) -> bool:
    """Whether a request of somebody who gets no notice was linked to this problem then and is still, and open."""
    life = lived.life
    done = [deed for deed in life.deeds if deed.ticket == request.row["id"]]
    linked = [deed.at for deed in done if deed.act.get("problem_id") == problem]
    other = [deed for deed in done if "problem_id" in deed.act and deed.act["problem_id"] != problem]
    solved = any(deed.act.get("status") == "solved" for deed in done)
    is_outsider = life.account.users[request.row["requester_id"]]["email"] == OUTSIDER
    copied = any(is_copy(audit) for audit in request.audits)
    return is_outsider and bool(linked) and linked[0] < since and not other and not solved and not copied


def the_end_is_told(found: list[Ticket], problem: int, history: list[Moment], lived: Lived) -> None:
    own = lived.life.stage.own_id
    asked = [lived.life.account.tickets[number] for number in lived.requests]
    requests = [each for each in asked if each.row["problem_id"] == problem]
    for ticket in (*found, *requests):
        number = ticket.row["id"]
        ours = [said for said in public(ticket) if said.copied or said.by == own]
        heard = [
            each for each in ours if (each is ours[0] and ticket in found) or each.copied or _is_about_it(each.body)
        ]
        is_end = [said.copied or bool(_OVER.search(said.body)) for said in heard]
        for one, after, is_one, is_after in zip(heard, heard[1:], is_end, is_end[1:], strict=False):
            is_news = after.body.startswith(UPDATE) and not after.copied  # and that it is over, in one message
            if is_one and is_after and not is_news and not _is_touched(number, one.at, after.at, lived):
                begun = one.at - CASCADES_WITHIN
                solved = [m for m in _solves(history) if begun <= m.at <= after.at]
                # Where a request waits for its customer's word, they hear a later end without the news before it.
                again = any(m.by_staff and (m.wrote or ticket in requests) for m in solved[1:])
                assert again, f"the end is told twice on {number}: {one} {after}"
        if history[-1].status != "solved" or ticket.row["requester_id"] in lived.suspended or ticket in requests:
            continue
        solve = _solves(history)[-1]
        redeclared = any(m.declared and m.at > at(ticket.audits[0]) for m in history)
        if solve.by_staff and not redeclared:
            assert is_end[-1], f"the end is not told on {number}, which last says {heard[-1]}"
            for request in requests:
                if (
                    _waits(request, lived.problems[0], solve.at, lived)
                    and ticket.row["problem_id"] == lived.problems[0]
                ):
                    assert any(_OVER.search(each.body) for each in public(request)), f"{request.row['id']} hears no end"


def _solves(history: list[Moment]) -> list[Moment]:
    before = ["", *(moment.status for moment in history)]
    return [m for m, status in zip(history, before, strict=False) if m.status == "solved" != status]


def _is_touched(ticket: int, since: datetime, until: datetime, lived: Lived) -> bool:
    """By anybody: what is opened after we have solved it gets a late copy of Zendesk's, too."""
    return any(deed.ticket == ticket and since <= deed.at <= until for deed in lived.life.deeds)


def only_those_who_waited_hear_the_end(lived: Lived) -> None:
    """No request that was linked when it was over."""
    life = lived.life
    for number in lived.requests:
        linked = [deed for deed in life.deeds if deed.ticket == number and "problem_id" in deed.act]
        for said in public(life.account.tickets[number]):
            if said.by != life.stage.own_id or not _OVER.search(said.body):
                continue
            to = [deed for deed in linked if deed.at <= said.at][-1].act["problem_id"]
            assert to, f"request {number} hears the end of what it is not linked to"
            history = moments(life.account.tickets[to], life)
            over = [m for m in history if m.status == "solved" and m.at <= said.at]
            assert over, f"request {number} hears the end of what is not over"
            then = [deed.act["problem_id"] for deed in linked if deed.at <= over[-1].at]
            assert to in then[-1:], f"request {number} was linked later, and hears the end"


def _is_about_it(body: str) -> bool:
    """And no question whether an answered notice is done with."""
    return UPDATE in body or bool(_OVER.search(body) or _STILL.search(body))


def everybody_is_told(found: list[Ticket], problem: int, history: list[Moment], lived: Lived) -> None:
    """Where nothing holds it up."""
    if len(lived.problems) > 1 or any(m.stopped for m in history):
        return
    for n, moment in enumerate(history):
        later = [m for m in history[n:] if m.at <= moment.at + REACHES_WITHIN]
        if not moment.declared or any(m.status in OVER or not m.is_major for m in later):
            continue
        if any(m.status == "solved" or m.declared for m in history[:n]):
            continue
        bounced = [d for d in lived.life.deeds if d.act.get("flags")]
        if bounced:
            continue
        told = Counter(notice.row["requester_id"] for notice in found)
        late = (*lived.suspended, *lived.joined)
        for user_id, user in lived.life.account.users.items():
            is_one = user["role"] == "end-user" and user["email"] not in (EMILY, OUTSIDER)
            assert told[user_id] >= 1 or not is_one or user_id in late, f"{user['email']} is never told"


def answers_are_read(lived: Lived) -> None:
    life = lived.life
    for notice in life.notices():
        reader = notice.row["requester_id"]
        answers = [d for d in life.deeds if d.ticket == notice.row["id"] and d.who == reader and not d.act.get("flags")]
        if not answers:
            continue
        last = answers[0]  # that it was answered is noted once: from then on it is a request like others
        after = [audit for audit in notice.audits if at(audit) >= last.at - timedelta(seconds=1)]
        notes = [
            event
            for audit in after
            for event in audit["events"]
            if event["type"] == "Comment" and not event["public"] and event["author_id"] == life.stage.own_id
        ]
        by_agents = [d for d in life.deeds if d.ticket == notice.row["id"] and d.at >= last.at and d.who != reader]
        if not by_agents:
            assert notes, f"nobody knows of the answer on {notice.row['id']}"
        copied = [audit for audit in after if is_copy(audit)]
        if not by_agents and not copied:
            assert notice.row["status"] == "open", f"{notice.row['id']} was answered and is {notice.row['status']}"


def own_requests_are_held(lived: Lived) -> None:
    for number in lived.requests:
        row = lived.life.account.tickets[number].row
        assert row["status"] != "solved", f"request {number} is solved, and its customer was not asked"


def it_rests(life: Life) -> None:
    """In the last hour nobody was told anything, however long it lasts."""
    since = life.now - timedelta(hours=1)
    for ticket in life.account.tickets.values():
        fresh = [audit for audit in ticket.audits if at(audit) > since and audit["author_id"] == life.stage.own_id]
        said = [event for audit in fresh for event in audit["events"] if event["type"] == "Comment" and event["public"]]
        assert not said, f"ticket {ticket.row['id']} is still written on: {said}"
