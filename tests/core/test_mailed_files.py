"""Mails that name another ticket: when they are merged, when an agent is asked, when nothing happens."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.builders import (
    AGENT,
    CUSTOMER,
    MONDAY,
    OUTSIDER,
    STATUS_IDS,
    US,
    Story,
    a_comment,
    a_person,
    a_rule,
    a_rule_of,
    a_rulebook,
    applied,
    facts,
)
from zdsync.core.automations.mailed_files import MAILED_FILES, ROOM
from zdsync.core.evaluate import Plan, evaluate
from zdsync.core.model import Enclosed, Facts, History, Mailed, Merge
from zdsync.core.rulebook import Caps, Rulebook
from zdsync.core.templates import quoted

TARGET = 4700
FILE = Enclosed("export.log", 12_000, malware=False)
MAILED = Mailed("Here it is.\nRegards", (FILE,))
BOOK = a_rulebook(a_rule_of("mailed_files"))
NOW = MONDAY + timedelta(minutes=2)


def a_mail(**changes: Any) -> Story:
    """A new mail of the customer, from nine on."""
    values = {"channel": "email", "subject": f"Files for [#{TARGET}]", **changes}
    return Story(**values)


def a_target(**changes: Any) -> History:
    """The customer's request, of an hour before, which an agent has answered."""
    values = {"id": TARGET, "subject": "Export without rows", "status": "open", **changes}
    return (
        Story(MONDAY - timedelta(hours=1), **values)
        .reply(MONDAY - timedelta(minutes=30), status=values["status"])
        .history
    )


def known(*targets: History, **changes: Any) -> Facts:
    linked = {target.ticket.id: target for target in targets or (a_target(),)}
    return facts(**{"linked": linked, "mailed": MAILED, **changes})


def plan(story: Story, about: Facts, minutes: float = 2, book: Rulebook = BOOK) -> Plan:
    return evaluate(story.history, about, book, MONDAY + timedelta(minutes=minutes))


def merge_of(done: Plan) -> Merge | None:
    merges = [update.merge for update in done.updates if update.merge]
    return merges[0] if merges else None


def outcome(done: Plan) -> str:
    return done.reasons[0].outcome


def test_the_announcement_and_the_merge_are_one_update() -> None:
    """An internal note with the key on the mail; then the note on the other ticket, and what the customer reads (in
    French)."""
    (update,) = plan(a_mail(), known()).updates
    assert (update.keys, update.moves_ticket) == (("mailed:100:1",), True)
    assert update.message is not None
    assert not update.message.public
    assert f"#{TARGET}" in update.message.body
    merge = update.merge
    assert merge is not None
    assert merge.into == TARGET
    assert merge.target_comment.endswith("Files: export.log.\n\n> Here it is.\n> Regards")
    assert merge.source_comment.startswith("Merci pour votre e-mail.")
    assert update.words[0] == f"merge it into #{TARGET}"


def test_a_minute_is_left_to_agents() -> None:
    """And nothing else is done to the ticket in it, while the rule is live."""
    book = a_rulebook(a_rule(), a_rule_of("mailed_files"))
    early = evaluate(a_mail(priority="high").history, known(), book, MONDAY + timedelta(seconds=30))
    assert (early.updates, early.wake_at) == ((), MONDAY + timedelta(minutes=1))
    assert early.reasons[-1].outcome == "alone"
    (late,) = plan(a_mail(priority="high"), known(), book=book).updates
    assert (late.rules, late.keys) == (("mailed_files",), ("mailed:100:1",))


def test_in_shadow_it_is_told_and_holds_nobody_up() -> None:
    book = a_rulebook(a_rule_of("mailed_files", "shadow"), a_rule())
    done = plan(a_mail(priority="high"), known(), book=book)
    assert [update.rules for update in done.updates] == [("targets",)]
    assert merge_of(done) is None
    assert [update.words[0] for update in done.shadow] == [f"merge it into #{TARGET}"]


def test_without_its_announcement_there_is_no_merge() -> None:
    """The cap on messages holds back both, and what was announced is not asked for again."""
    capped = plan(a_mail(), known(), book=replace(BOOK, caps=Caps(per_ticket_per_day=0)))
    assert (capped.updates, outcome(capped)) == ((), "merging")
    story = a_mail()
    story.follow(applied(story.history, plan(story, known()).updates[0], NOW))
    assert plan(story, known(), 3).updates == ()


NOTHING: Mapping[str, tuple[Callable[[], Story], str]] = {
    "no reference": (lambda: a_mail(subject="Export without rows"), "no-reference"),
    "an order": (lambda: a_mail(subject="Order #4700"), "no-reference"),
    "its own number": (lambda: a_mail(subject="Re: [#4711]"), "no-reference"),
    "by the form": (lambda: a_mail(channel="web"), "not-by-mail"),
    "by the API": (lambda: a_mail(channel="api"), "not-by-mail"),
    "a number that is no ticket": (lambda: a_mail(subject="#99"), "no-such-ticket"),
    "exempt": (lambda: a_mail(tags=frozenset({"zdsync_exempt"})), "exempt"),
    "solved": (lambda: a_mail().status("solved", MONDAY + timedelta(minutes=1)), "solved"),
    "a ticket of ours": (lambda: a_mail(external_id="zdsync-notice"), "not-a-request"),
    "a problem": (lambda: a_mail(type="problem"), "not-a-request"),
}


@pytest.mark.parametrize(("story", "why"), NOTHING.values(), ids=NOTHING)
def test_where_nothing_happens(story: Callable[[], Story], why: str) -> None:
    done = plan(story(), known())
    assert (done.updates, outcome(done)) == ((), why)


def test_a_day_later_nothing_happens() -> None:
    done = plan(a_mail(), known(), 24 * 60 + 1)
    assert (done.updates, outcome(done)) == ((), "too-late")


def _comment(**changes: Any) -> dict[str, Any]:
    return {"first": changes}


OF_THE_MAIL: Mapping[str, tuple[Callable[[], Story], str]] = {
    "unsure": (lambda: a_mail(**_comment(flags=frozenset({0}))), "not sure who has sent it"),
    "not signed in": (lambda: a_mail(**_comment(flags=frozenset({3}))), "not sure who has sent it"),
    "not part of it": (lambda: a_mail(**_comment(flags=frozenset({2}))), "not sure who has sent it"),
    "on behalf": (lambda: a_mail(**_comment(flags=frozenset({11}))), "not sure who has sent it"),
    "a file was left out": (lambda: a_mail(**_comment(flags=frozenset({5}))), "left something out (flag 5)"),
    "automatic": (lambda: a_mail(**_comment(flags=frozenset({4}))), "a mail program has sent it"),
    "reads as automatic": (lambda: a_mail(**_comment(answer="automatic")), "a mail program has sent it"),
    "by an agent": (lambda: a_mail(by=AGENT), "no customer has opened it"),
    "for an agent": (lambda: a_mail(by=AGENT, requester_id=AGENT), "its sender is no customer"),
    "private": (lambda: a_mail(is_public=False), "it is private"),
    "copied": (lambda: a_mail(cc_ids=frozenset({OUTSIDER})), "others were copied on it"),
    "answers to a merged one": (lambda: a_mail(tags=frozenset({"closed_by_merge"})), "was merged already"),
    "an agent has taken it": (lambda: a_mail().update(NOW, assignee_id=AGENT), "somebody has worked on it"),
    "an agent has written": (lambda: a_mail().note(NOW), "somebody has worked on it"),
    "the customer has written again": (lambda: a_mail().customer(NOW), "somebody has worked on it"),
    "a rule has put it on hold": (lambda: a_mail().by_rule(NOW, status="hold"), "it is hold"),
}


@pytest.mark.parametrize(("story", "why"), OF_THE_MAIL.values(), ids=OF_THE_MAIL)
def test_what_is_doubtful_about_the_mail(story: Callable[[], Story], why: str) -> None:
    proposes(plan(story(), known(), 3), why)


def test_a_rule_that_assigns_it_is_nobody_who_works_on_it() -> None:
    assert merge_of(plan(a_mail().by_rule(NOW, assignee_id=AGENT), known(), 3))


OF_THE_TARGET: Mapping[str, tuple[dict[str, Any], str]] = {
    "solved": ({"status": "solved"}, "is solved"),
    "closed": ({"status": "closed"}, "is closed"),
    "merged": ({"status": "closed", "tags": frozenset({"closed_by_merge"})}, "is closed (merged)"),
    "deleted": ({"status": "deleted"}, "is deleted"),
    "a notice of ours": ({"external_id": "zdsync-outage", "submitter_id": US}, "is a notice"),
    "a problem": ({"type": "problem"}, "is a problem"),
    "exempt": ({"tags": frozenset({"zdsync_exempt"})}, "is exempt"),
    "awaiting confirmation": (
        {"status": "pending", "tags": frozenset({"zdsync_awaiting_confirmation"})},
        "waits for the customer's confirmation",
    ),
    "awaiting by its status": (
        {"status": "pending", "custom_status_id": STATUS_IDS["awaiting_confirmation"]},
        "waits for the customer's confirmation",
    ),
    "private": ({"is_public": False}, "would be private"),
    "from a social network": ({"channel": "twitter"}, "would be private"),
    "a mail that names another": ({"status": "new", "channel": "email", "subject": "#4600"}, "names another ticket"),
    "of somebody else": ({"requester_id": OUTSIDER}, "neither the requester"),
    "of another organisation": ({"requester_id": OUTSIDER, "organization_id": 51}, "neither the requester"),
}


@pytest.mark.parametrize(("changes", "why"), OF_THE_TARGET.values(), ids=OF_THE_TARGET)
def test_what_is_doubtful_about_the_ticket_that_is_named(changes: dict[str, Any], why: str) -> None:
    target = a_target()
    proposes(plan(a_mail(), known(replace(target, ticket=replace(target.ticket, **changes)))), why)


def proposes(done: Plan, why: str) -> None:
    """One internal note, which says why, and nothing else at all."""
    (update,) = done.updates
    assert (update.merge, update.keys, update.moves_ticket) == (None, ("match:100",), False)
    assert update.message is not None
    assert not update.message.public
    assert why in update.message.body
    assert outcome(done) == "doubtful"


def test_a_proposal_is_made_once() -> None:
    story, about = a_mail(), known(mailed=Mailed("", (replace(FILE, malware=True),)))
    story.follow(applied(story.history, plan(story, about).updates[0], NOW))
    later = plan(story, about, 30)
    assert (later.updates, outcome(later)) == ((), "proposed")
    assert MAILED_FILES.wants is not None
    assert list(MAILED_FILES.wants(story.history, about, NOW)) == []


@pytest.mark.parametrize(
    ("sender", "merges"),
    [({"organization_id": 50}, True), ({"organization_id": 51}, False), ({}, False), ({"suspended": True}, False)],
    ids=["the same organisation", "another", "none", "suspended"],
)
def test_a_colleague_may_mail_files_too(sender: dict[str, Any], merges: bool) -> None:
    """The organisation is the one under which the ticket that is named is filed."""
    target = a_target()
    target = replace(target, ticket=replace(target.ticket, requester_id=OUTSIDER, organization_id=50))
    about = known(target)
    about = replace(about, people={**about.people, CUSTOMER: a_person(CUSTOMER, **sender)})
    assert (merge_of(plan(a_mail(), about)) is not None) is merges


@pytest.mark.parametrize(
    ("files", "why"),
    [
        ([FILE, Enclosed("a.exe", 1, malware=True)], "malware"),
        ([Enclosed("a.bin", 20_000_001, malware=False)], "more than 20 MB"),
        ([Enclosed(f"{n}.bin", 19_000_000, malware=False) for n in range(3)], "more than 50 MB together"),
    ],
    ids=["malware", "one too large", "too large together"],
)
def test_files_that_are_left_where_they_are(files: list[Enclosed], why: str) -> None:
    """They are named in the note."""
    done = plan(a_mail(), known(mailed=Mailed("", tuple(files))))
    proposes(done, why)
    assert done.updates[0].message is not None
    assert all(file.name in done.updates[0].message.body for file in files)


def test_a_hundred_files_do_not_flood_a_note() -> None:
    files = tuple(Enclosed(f"{n}.log", 1, malware=False) for n in range(100))
    merge = merge_of(plan(a_mail(), known(mailed=Mailed("", files))))
    assert merge is not None
    assert "19.log and 80 more." in merge.target_comment


def test_several_tickets_are_an_agents_decision_if_they_exist() -> None:
    other = a_target(id=4600)
    mail = a_mail(subject="#4600 and #4700")
    proposes(plan(mail, known(a_target(), other)), "it names 4600 and 4700")
    assert merge_of(plan(mail, known()))  # the other number is no ticket


# Under way


def announced(attempts: int = 1) -> Story:
    """A mail whose merge was announced, each time ten minutes after the last."""
    story = a_mail()
    for attempt in range(attempts):
        at = MONDAY + timedelta(minutes=2 + 10 * attempt)
        (update,) = evaluate(story.history, known(), BOOK, at).updates
        story.follow(applied(story.history, update, at))
    return story


def test_what_was_announced_is_awaited_for_ten_minutes() -> None:
    waiting = plan(announced(), known(), 5)
    assert (waiting.updates, outcome(waiting)) == ((), "awaited")
    assert waiting.wake_at == MONDAY + timedelta(minutes=12)


def test_then_it_is_announced_once_more_and_then_an_agent_is_told() -> None:
    (again,) = plan(announced(), known(), 12).updates
    assert (again.keys, again.merge is not None) == (("mailed:100:2",), True)
    assert again.message is not None
    assert "Attempt 2" in again.message.body
    proposes(plan(announced(2), known(), 22), "asked 2 times")


@pytest.mark.parametrize("marked", [True, False], ids=["by its via", "by a comment of ours without a key"])
def test_it_is_not_repeated_where_the_target_may_have_it_already(marked: bool) -> None:
    target = Story(MONDAY - timedelta(hours=1), id=TARGET, status="open")
    target.update(MONDAY + timedelta(minutes=2), by=US, comment=a_comment(7, US, public=False), channel="api")
    if marked:
        target.audits[-1] = replace(target.audits[-1], merged_with=(4711,))
    proposes(plan(announced(), known(target.history), 12), "seems to be on ticket 4700 already")


def test_our_other_notes_and_other_merges_are_no_such_sign() -> None:
    target = Story(MONDAY - timedelta(hours=1), id=TARGET, status="open")
    target.update(MONDAY, by=US, comment=a_comment(7, US, public=False), channel="api")  # before it was announced
    target.update(NOW, by=US, comment=a_comment(8, US, public=False), keys=["warn:1:x"], channel="api")
    target.update(NOW, by=US, comment=a_comment(9, US, public=False), channel="api")
    target.audits[-1] = replace(target.audits[-1], merged_with=(4699,))
    assert merge_of(plan(announced(), known(target.history), 12))


def test_what_has_become_doubtful_meanwhile_is_not_repeated() -> None:
    target = a_target()
    solved = replace(target, ticket=replace(target.ticket, status="solved"))
    proposes(plan(announced(), known(solved), 12), "is solved")


def test_a_ticket_that_has_gone_meanwhile_is_told() -> None:
    """The announcement is there and would be false."""
    proposes(plan(announced(), facts(), 12), "no ticket any more")


# The ticket that gets it


def got(status: Any, **changes: Any) -> Story:
    """A ticket into which a mail was merged."""
    story = Story(MONDAY - timedelta(hours=1)).status(status, MONDAY - timedelta(minutes=30))
    story.update(NOW, by=US, comment=a_comment(7, US, public=False), channel="api", **changes)
    story.audits[-1] = replace(story.audits[-1], merged_with=(4790,))
    return story


@pytest.mark.parametrize("status", ["pending", "hold"])
def test_what_waited_for_the_customer_is_open_again(status: Any) -> None:
    (update,) = plan(got(status), facts(), 3).updates
    assert (update.status, update.message) == ("open", None)


@pytest.mark.parametrize(
    "story",
    [
        got("open"),
        got("pending").status("open", NOW).status("pending", MONDAY + timedelta(minutes=3)),
        got("pending", tags=frozenset({"zdsync_awaiting_confirmation"})),
        Story().status("pending", MONDAY),
    ],
    ids=["open", "pending since", "awaiting confirmation", "nothing was merged"],
)
def test_any_other_stays_as_it_is(story: Story) -> None:
    assert plan(story, facts(), 5).updates == ()


# What is read for it


@pytest.mark.parametrize(
    ("story", "ids"),
    [
        (a_mail(), [TARGET]),
        (a_mail(subject="#1, #2, #3, #4, #5, #6, #7"), [1, 2, 3, 4, 5]),
        (a_mail(subject="Export"), []),
        (a_mail(channel="web"), []),
        (announced(), [TARGET]),
    ],
    ids=["a mail", "many", "no reference", "by the form", "under way"],
)
def test_which_tickets_are_looked_at(story: Story, ids: list[int]) -> None:
    assert MAILED_FILES.wants is not None
    assert list(MAILED_FILES.wants(story.history, facts(), NOW)) == ids


def test_a_day_later_none_is_looked_at_unless_a_merge_is_under_way() -> None:
    assert MAILED_FILES.wants is not None
    late = MONDAY + timedelta(hours=25)
    assert list(MAILED_FILES.wants(a_mail().history, facts(), late)) == []
    assert list(MAILED_FILES.wants(announced().history, facts(), late)) == [TARGET]


@given(
    st.sampled_from([*range(len(OF_THE_MAIL))]),
    st.sampled_from([*range(len(OF_THE_TARGET))]),
    st.integers(0, 60 * 30),
    st.integers(0, 2),
)
def test_no_doubt_ever_lets_a_merge_through(mail: int, target: int, minutes: int, attempts: int) -> None:
    """Whatever comes together with it, and whenever it is looked at."""
    story = list(OF_THE_MAIL.values())[mail][0]()
    other = a_target()
    changed = replace(other, ticket=replace(other.ticket, **list(OF_THE_TARGET.values())[target][0]))
    assert merge_of(plan(story, known(changed), minutes)) is None
    assert merge_of(plan(story, known(), max(minutes, 3))) is None
    assert merge_of(plan(announced(attempts), known(changed), minutes + 3)) is None


# The quotation


@given(st.text(max_size=400), st.integers(0, 200))
def test_a_quotation_never_exceeds_its_room_nor_means_anything(text: str, room: int) -> None:
    found = quoted(text, room)
    assert len(found) <= max(room, 3)
    assert not set("{}<[*`#|~\\") & set(found.replace("[…]", ""))
    assert all(line.startswith((">", "[…]")) for line in found.split("\n") if line)


def test_a_quotation_is_whole_where_there_is_room() -> None:
    assert quoted("One\n\n  two: a_b, c-d\n", ROOM) == "> One\n>\n>  two: a_b, c-d"
    assert quoted("x" * 100, 20) == "> xxxxxxxxxxxxxx […]"
