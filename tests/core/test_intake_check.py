"""What the customer is asked for, and when nobody is; what the note shows. How words are read: `test_intake`."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from typing import Any
from zoneinfo import ZoneInfo

import pytest

from tests.builders import (
    AGENT,
    CUSTOMER,
    FIELD_IDS,
    OUTSIDER,
    Story,
    a_person,
    a_rule,
    a_rule_of,
    a_rulebook,
    facts,
    paris,
)
from tests.core.worker import Done, work
from zdsync.core.evaluate import evaluate
from zdsync.core.intake import Found, When
from zdsync.core.model import Facts
from zdsync.core.rulebook import Rulebook

MONDAY = "2026-11-23"
PARIS = ZoneInfo("Europe/Paris")
AT_NINE = When(paris(f"{MONDAY} 09:00"), paris(f"{MONDAY} 09:01"), "minute")
VAGUE = Found(kind="malfunction", description="text")
WHOLE = Found("text", "text", "text", "text", AT_NINE, "text", "malfunction")
OF_NOTHING = Found()


def a_book(**settings: Any) -> Rulebook:
    return a_rulebook(a_rule_of("intake", **settings))


def with_ack(**settings: Any) -> Rulebook:
    return a_rulebook(a_rule_of("acknowledgement"), a_rule_of("intake", **settings))


def known(**changes: Any) -> Facts:
    """The customer came by the request form, which has their address."""
    person = a_person(CUSTOMER, locale="en-GB", email=True, time_zone="Europe/Paris")
    return facts(**{"mails_on_creation": True, "people": {**facts().people, CUSTOMER: person}, **changes})


def told(found: Found | None, at: str = f"{MONDAY} 09:00", files: int = 0, **ticket: Any) -> Story:
    return Story(at, first={"intake": found, "files": files}, **ticket)


def messages(done: list[Done]) -> list[tuple[str, str]]:
    return [(f"{each.at.astimezone(PARIS):%H:%M}", "+".join(each.said)) for each in done if each.update.message]


def asked(done: list[Done]) -> str:
    """The question; empty if there was none."""
    questions = [each.update.message.body for each in done if each.update.message and each.update.message.public]
    assert len(questions) <= 1
    return questions[0] if questions else ""


def note(done: list[Done]) -> str:
    notes = [each.update.message.body for each in done if each.update.message and not each.update.message.public]
    assert len(notes) <= 1
    return notes[0] if notes else ""


# When and what


def test_it_asks_once_after_two_minutes_for_exactly_what_is_missing() -> None:
    done = work(told(VAGUE), a_book(), "2026-11-30 18:00", known())
    assert messages(done) == [("09:02", "found"), ("09:02", "intake")]
    assert [each.update.keys for each in done] == [("found:100",), ("intake:100",)]
    assert asked(done).splitlines() == [
        "To help you sooner with your request #4711, it would be good to have:",
        "",
        "- a phone number under which we can reach you",
        "- the steps after which it happens",
        "- the date and time at which it happened",
        "- a screenshot, or the files in question",
        "",
        "A reply to this message is enough, in whatever form. We begin without waiting for it.",
    ]


def test_it_asks_in_their_language() -> None:
    person = a_person(CUSTOMER, locale="fr", email=True)
    done = work(told(VAGUE), a_book(), f"{MONDAY} 18:00", known(people={**facts().people, CUSTOMER: person}))
    assert "- la date et l’heure de l’incident\n" in asked(done)
    assert "This was taken for a malfunction." in note(done)


def test_a_file_and_a_number_need_not_be_asked_for() -> None:
    done = work(told(replace(VAGUE, phone="signature"), files=2), a_book(), f"{MONDAY} 18:00", known())
    assert [line for line in asked(done).splitlines() if line.startswith("-")] == [
        "- the steps after which it happens",
        "- the date and time at which it happened",
    ]
    assert "- phone number: in the signature\n" in note(done)
    assert "- attachments: 2 files\n" in note(done)


def test_whoever_is_asked_whether_it_is_completed_is_not_asked_what_is_missing() -> None:
    story = told(VAGUE).update(f"{MONDAY} 09:01", AGENT, status="solved")
    book = a_rulebook(a_rule_of("intake"), a_rule_of("confirmation_hold"))
    assert [what for _, what in messages(work(story, book, f"{MONDAY} 18:00", known()))] == ["ask"]


NOBODY_IS_ASKED: list[Any] = [
    pytest.param(lambda: told(WHOLE, files=1), id="nothing is missing"),
    pytest.param(lambda: told(replace(WHOLE, phone=None), files=1), id="the phone number alone"),
    pytest.param(lambda: told(WHOLE), id="files alone"),
    pytest.param(lambda: told(Found(description="text")), id="a plain question"),
    pytest.param(lambda: told(None), id="the words were not read"),
    pytest.param(lambda: told(VAGUE).reply(f"{MONDAY} 09:01"), id="an agent has answered"),
    pytest.param(lambda: told(VAGUE, by=AGENT), id="an agent's ticket"),
    pytest.param(lambda: told(VAGUE, external_id="zdsync-1"), id="a notice"),
    pytest.param(lambda: told(VAGUE, type="problem"), id="a problem"),
    pytest.param(lambda: told(VAGUE, status="solved"), id="solved from the start"),
    pytest.param(lambda: told(VAGUE, channel="chat"), id="a chat"),
    pytest.param(lambda: told(VAGUE, tags=frozenset({"quiet"})), id="exempt by a tag of the settings"),
    pytest.param(lambda: told(VAGUE).note(f"{MONDAY} 09:01", command="exempt"), id="exempt by an agent"),
]


@pytest.mark.parametrize("make", NOBODY_IS_ASKED)
def test_nobody_is_asked(make: Callable[[], Story]) -> None:
    """And agents are told nothing either: there is nothing to be done."""
    assert work(make(), a_book(exempt_tags=["quiet"]), "2026-11-30 18:00", known()) == []


def test_automatic_mail_is_asked_nothing() -> None:
    story = Story(first={"intake": VAGUE, "flags": frozenset({4})})
    assert work(story, a_book(), f"{MONDAY} 18:00", known()) == []


def test_an_urgent_ticket_is_delayed_by_no_question() -> None:
    """Agents see what is missing; nobody asks, later neither as long as it is urgent."""
    done = work(told(VAGUE).priority("urgent", f"{MONDAY} 09:01"), a_book(), "2026-11-30 18:00", known())
    assert messages(done) == [("09:02", "found")]
    assert "The ticket is urgent, so the customer is not asked." in note(done)


def test_a_question_of_yesterday_is_not_asked() -> None:
    assert work(told(VAGUE, "2026-11-20 09:00").note("2026-11-21 09:01"), a_book(), f"{MONDAY} 18:00", known()) == []


# An answer in any form


ANSWERS: list[Any] = [
    pytest.param(Found(steps="text", when=AT_NINE, when_in="text"), 0, id="in words"),
    pytest.param(Found(steps="quoted", when=AT_NINE, when_in="quoted"), 0, id="in a forwarded message"),
]


@pytest.mark.parametrize(("found", "files"), ANSWERS)
def test_what_the_customer_adds_by_themselves_counts(found: Found, files: int) -> None:
    story = told(VAGUE).customer(f"{MONDAY} 09:01", intake=found, files=files)
    assert work(story, a_book(), f"{MONDAY} 18:00", known()) == []


def test_what_a_colleague_adds_counts_too() -> None:
    story = told(VAGUE).customer(f"{MONDAY} 09:01", by=OUTSIDER, intake=replace(WHOLE, phone=None))
    assert work(story, a_book(), f"{MONDAY} 18:00", known()) == []


def test_a_half_answer_halves_the_question() -> None:
    story = told(VAGUE).customer(f"{MONDAY} 09:01", intake=Found(steps="text"), files=1)
    question = asked(work(story, a_book(), f"{MONDAY} 18:00", known()))
    assert "steps" not in question
    assert "screenshot" not in question
    assert "date and time" in question


def test_nothing_is_asked_twice_whatever_the_answer() -> None:
    story = told(VAGUE)
    work(story, a_book(), f"{MONDAY} 09:30", known())
    story.customer(f"{MONDAY} 09:40", intake=OF_NOTHING)
    assert work(story, a_book(), f"{MONDAY} 18:00", known()) == []


def test_automatic_mail_adds_nothing() -> None:
    story = told(VAGUE).customer(f"{MONDAY} 09:01", flags=[4], intake=WHOLE, files=3)
    assert "steps" in asked(work(story, a_book(), f"{MONDAY} 18:00", known()))


# Other places than the words


def test_fields_of_the_form_count() -> None:
    """Where they are filled in."""
    named, ids = {"when": "incident_time", "steps": "how"}, {**FIELD_IDS, "incident_time": 7100, "how": 7101}
    filled = told(VAGUE, fields={7100: "2026-11-22", 7101: "1. Open it"})
    assert work(filled, a_book(fields=named), f"{MONDAY} 18:00", known(field_ids=ids)) == []
    half = told(VAGUE, fields={7100: "2026-11-22", 7101: "  "})
    done = work(half, a_book(fields=named), f"{MONDAY} 18:00", known(field_ids=ids))
    assert "- date and time of the incident: in the request form\n" in note(done)
    assert "date and time" not in asked(done)
    assert "steps" in asked(done)
    lacking = work(told(VAGUE, fields={7100: "2026-11-22"}), a_book(fields=named), f"{MONDAY} 18:00", known())
    assert "date and time" in asked(lacking), "the account has no such field"


def test_the_profile_counts() -> None:
    person = a_person(CUSTOMER, phone=True, email=True)
    done = work(told(VAGUE), a_book(), f"{MONDAY} 18:00", known(people={**facts().people, CUSTOMER: person}))
    assert "phone" not in asked(done)
    assert "- phone number: on their profile\n- e-mail address: on their profile\n" in note(done)


def test_without_an_address_it_is_asked_for() -> None:
    person = a_person(CUSTOMER)
    done = work(
        told(Found(description="text")), a_book(), f"{MONDAY} 18:00", known(people={**facts().people, CUSTOMER: person})
    )
    assert "- an e-mail address under which we can reach you\n" in asked(done)


def test_only_what_the_settings_want() -> None:
    question = asked(work(told(VAGUE), a_book(ask=["description", "when"]), f"{MONDAY} 18:00", known()))
    assert [line for line in question.splitlines() if line.startswith("-")] == [
        "- the date and time at which it happened"
    ]


# The note


@pytest.mark.parametrize(
    ("setting", "found", "notes"),
    [("asked", VAGUE, 1), ("asked", WHOLE, 0), ("always", VAGUE, 1), ("always", WHOLE, 1), ("never", VAGUE, 0)],
)
def test_when_there_is_a_note(setting: str, found: Found, notes: int) -> None:
    done = work(told(found, files=1), a_book(note=setting), f"{MONDAY} 18:00", known())
    assert sum("found" in each.said for each in done) == notes


def test_the_note_shows_what_was_found_and_where() -> None:
    found = Found(
        phone="signature",
        description="text",
        steps="quoted",
        when=replace(AT_NINE, ambiguous=True),
        when_in="text",
        kind="outage",
    )
    assert note(work(told(found, files=1), a_book(note="always"), f"{MONDAY} 18:00", known())).splitlines() == [
        "This was taken for an outage.",
        "",
        "What it contains:",
        "",
        "- phone number: in the signature",
        "- e-mail address: on their profile",
        "- description of the issue: in the text",
        "- steps to reproduce it: in a message that they forward",
        "- date and time of the incident: in the text, though day and month may be the other way round",
        "- attachments: 1 file",
        "",
        "Nothing is missing that would be asked for.",
    ]


# Together with the acknowledgement


def test_with_an_acknowledgement_it_is_one_message_at_once() -> None:
    done = work(told(VAGUE), with_ack(), f"{MONDAY} 18:00", known(mails_on_creation=False))
    assert messages(done) == [("09:00", "found"), ("09:00", "ack+intake")]
    assert asked(done).index("We have received your request") < asked(done).index("it would be good to have")


def test_what_is_missing_nowhere_leaves_the_acknowledgement_alone() -> None:
    done = work(told(WHOLE), with_ack(), f"{MONDAY} 18:00", known(mails_on_creation=False))
    assert messages(done) == [("09:00", "ack")]


def test_where_the_account_acknowledges_it_waits_as_ever() -> None:
    done = work(told(VAGUE), with_ack(), f"{MONDAY} 18:00", known(mails_on_creation=True))
    assert messages(done) == [("09:02", "found"), ("09:02", "intake")]


def test_a_rule_in_shadow_acknowledges_nothing_so_it_waits() -> None:
    rulebook = a_rulebook(a_rule_of("acknowledgement", "shadow"), a_rule_of("intake"))
    done = work(told(VAGUE), rulebook, f"{MONDAY} 18:00", known(mails_on_creation=False))
    assert messages(done) == [("09:02", "found"), ("09:02", "intake")]


def test_an_urgent_ticket_is_acknowledged_without_a_question() -> None:
    story = told(VAGUE, priority="urgent")
    plan = evaluate(story.history, known(mails_on_creation=False), with_ack(), paris(f"{MONDAY} 09:00:10"))
    assert [update.keys for update in plan.updates] == [("ack:100",)]


def test_targets_do_not_hasten_a_question() -> None:
    """Only the acknowledgement takes it along."""
    rulebook = a_rulebook(
        a_rule_of("acknowledgement", settle="1m"), a_rule_of("intake", settle="5m"), a_rule(note="never")
    )
    story = told(VAGUE).priority("high", f"{MONDAY} 09:01")
    done = work(story, rulebook, f"{MONDAY} 09:20", known())
    assert messages(done) == [("09:02", "promise"), ("09:05", "found"), ("09:05", "intake")]
