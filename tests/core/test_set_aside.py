"""Mail that Zendesk has set aside and that names a ticket: what agents are told of it there, and when nothing."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from datetime import timedelta
from typing import Any

import pytest

from tests.builders import AGENT, MONDAY, Story, a_rule_of, a_rulebook, applied, facts
from zdsync.core.evaluate import Plan, evaluate
from zdsync.core.notify import NOTIFY_TAG
from zdsync.core.rulebook import Rulebook
from zdsync.core.suspended import MOST_NAMED, Suspended, naming

BOOK = a_rulebook(a_rule_of("mailed_files"), fields={}, statuses={})
CAME = MONDAY + timedelta(minutes=41)


def a_mail(number: int = 61, **changes: Any) -> Suspended:
    values: dict[str, Any] = {"at": CAME, "sender": "mallory@elsewhere.example", "subject": "ZORRO [#4711]"}
    return Suspended(**{"id": number, "cause": "Email authentication failed", **values, **changes})


def plan(story: Story, *mails: Suspended, minutes: float = 50, book: Rulebook = BOOK) -> Plan:
    return evaluate(story.history, facts(set_aside=mails), book, MONDAY + timedelta(minutes=minutes))


def test_agents_are_told_once_why_and_where_to_look() -> None:
    """By an internal note with the mail's key; nothing that its sender has written is in it, not even the address."""
    story = Story()
    (update,) = plan(story, a_mail()).updates
    assert update.keys == ("suspended:61",)
    assert update.message is not None
    assert not update.message.public
    assert "Mon 23 Nov 2026, 09:41 CET" in update.message.body
    assert "has the number of this ticket in its subject" in update.message.body
    assert "Email authentication failed" in update.message.body
    assert "Suspended tickets" in update.message.body
    for theirs in ("ZORRO", "mallory", "elsewhere", "outage"):
        assert theirs not in update.message.body
    story.follow(applied(story.history, update, MONDAY + timedelta(minutes=50)))
    assert plan(story, a_mail(), minutes=51).updates == ()


def test_the_group_of_a_ticket_that_nobody_has_taken_is_mailed() -> None:
    """An assignee is, by Zendesk itself."""
    (update,) = plan(Story(), a_mail()).updates
    assert update.add_tags == {NOTIFY_TAG}
    (update,) = plan(Story(assignee_id=AGENT), a_mail()).updates
    assert update.add_tags == frozenset()


WORDS: Mapping[str, tuple[dict[str, Any], str]] = {
    "an answer": ({"ticket_id": 4711, "subject": "Re: Export"}, "answers this ticket"),
    "an outage": ({"kind": "outage"}, "It sounds like an outage."),
    "a cause of another kind": ({"cause": "See https://evil.example/x?y=1"}, "Its reason: unknown."),
    "a cause with an address": ({"cause": "Mail of mallory@elsewhere.example"}, "Its reason: unknown."),
}


@pytest.mark.parametrize(("changes", "words"), WORDS.values(), ids=WORDS)
def test_what_the_note_says(changes: dict[str, Any], words: str) -> None:
    (update,) = plan(Story(), a_mail(**changes)).updates
    assert update.message is not None
    assert words in update.message.body
    assert "evil" not in update.message.body
    assert "mallory" not in update.message.body


TOLD: Mapping[str, Callable[[], Story]] = {
    "by the form": Story,
    "by mail": lambda: Story(channel="email"),
    "solved": lambda: Story().status("solved", MONDAY + timedelta(minutes=1)),
    "a problem": lambda: Story(type="problem"),
    "a notice that a customer has": lambda: Story(external_id="zdsync-notice"),
}


@pytest.mark.parametrize("story", TOLD.values(), ids=TOLD)
def test_any_ticket_tells_of_it(story: Callable[[], Story]) -> None:
    assert [update.keys for update in plan(story(), a_mail()).updates] == [("suspended:61",)]


NOT_TOLD: Mapping[str, Callable[[], Story]] = {
    "exempt": lambda: Story(tags=frozenset({"zdsync_exempt"})),
    "closed": lambda: Story(status="closed"),
    "our control ticket": lambda: Story(external_id="zdsync-control-2026-11", is_public=False, public=False),
}


@pytest.mark.parametrize("story", NOT_TOLD.values(), ids=NOT_TOLD)
def test_these_tickets_tell_nothing(story: Callable[[], Story]) -> None:
    assert plan(story(), a_mail()).updates == ()


def test_switched_off_nobody_is_told() -> None:
    book = a_rulebook(a_rule_of("mailed_files", set_aside=False), fields={}, statuses={})
    assert plan(Story(), a_mail(), book=book).updates == ()


def test_nothing_from_before_live_since_is_pointed_out() -> None:
    """Nor is the group mailed; what came after it is."""
    book = a_rulebook(a_rule_of("mailed_files"), fields={}, statuses={}, live_since=CAME)
    early, late = a_mail(60, at=CAME - timedelta(seconds=1)), a_mail()
    assert plan(Story(), early, book=book).updates == ()
    assert [update.keys for update in plan(Story(), early, late, book=book).updates] == [("suspended:61",)]


def test_a_flood_of_it_has_three_a_day() -> None:
    """In one note; the others follow a day later, and what else a ticket is told is not held up."""
    mails, story = [a_mail(number) for number in range(60, 65)], Story()
    done = plan(story, *mails)
    (update,) = done.updates
    assert update.keys == ("suspended:60", "suspended:61", "suspended:62")
    assert done.wake_at == MONDAY + timedelta(minutes=50, hours=24)
    story.follow(applied(story.history, update, MONDAY + timedelta(minutes=50)))
    later = plan(story, *mails[3:], minutes=60)
    assert (later.updates, later.wake_at) == ((), MONDAY + timedelta(minutes=50, hours=24))
    (update,) = plan(story, *mails[3:], minutes=24 * 60 + 50).updates
    assert update.keys == ("suspended:63", "suspended:64")


def test_a_mail_that_is_about_to_be_merged_tells_nothing() -> None:
    """It is a ticket for another minute only."""
    story = Story(channel="email", subject="Files for #4700")
    target = Story(MONDAY - timedelta(hours=1), id=4700).history
    known = facts(linked={4700: target}, set_aside=(a_mail(at=MONDAY),))
    done = evaluate(story.history, known, BOOK, MONDAY + timedelta(seconds=30))
    assert (done.reasons[0].outcome, done.updates) == ("settling", ())


AUTOMATIC: Mapping[str, dict[str, Any]] = {
    "out of office": {"cause": "Automated response mail, out of office"},
    "out of office, by number": {"cause": "Mail de réponse automatique", "cause_id": 8},
    "a loop": {"cause": "Detected as mail loop", "cause_id": 4},
    "a bounce": {"cause": "Backscatter from remote mail server", "cause_id": 14},
    "the account's own": {"cause": "Received from support address", "cause_id": 22},
}


@pytest.mark.parametrize("changes", AUTOMATIC.values(), ids=AUTOMATIC)
def test_what_a_program_has_sent_is_not_pointed_out(changes: dict[str, Any]) -> None:
    """An agent's out of office that answers the mail about the note would go round for ever."""
    assert naming(4711, [a_mail(**changes), a_mail(62)]) == (a_mail(62),)


def test_a_mail_names_five_tickets_at_most() -> None:
    """The one that it answers first; and those that name another ticket do not name this one."""
    mail = a_mail(ticket_id=9, subject="requests 1, 2, 3, 4, 5, 6 and 7")
    assert mail.named == (9, 1, 2, 3, 4)
    assert len(mail.named) == MOST_NAMED
    assert naming(5, [mail]) == ()
    assert naming(4, [mail]) == (mail,)
