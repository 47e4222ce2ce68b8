"""What a trigger mails in the place of a comment: tags and keys in one update, and a comment where it cannot be."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest
from pydantic import ValidationError

from tests.builders import MONDAY, US, Story, a_rule_of, a_rulebook, a_ticket, facts, paris, shipped_templates
from zdsync.core.actions import AddTag, Edit, RemoveTag, Say
from zdsync.core.automations import AUTOMATIONS
from zdsync.core.compose import Wish, compose
from zdsync.core.evaluate import evaluate
from zdsync.core.intake import Found
from zdsync.core.mailing import MAILINGS, all_tags_of, say_tag, tags_of, unsayable
from zdsync.core.model import Update
from zdsync.core.rulebook import Caps

ASK, RECEIVED = "intake.ask", "acknowledgement.received"
SAY_ASK, SAY_RECEIVED = "zdsync_say_intake_ask", "zdsync_say_acknowledgement_received"
VALUES = {"reference": 4711, "items": ["steps", "when"]}
ASKED = Say("customer", ASK, "intake:1", MONDAY, VALUES, way="trigger")
ALL = frozenset(MAILINGS)
BY_TRIGGER: dict[str, Any] = {"as": {"ask": "trigger"}}


def composed(*actions: Edit, mailers: frozenset[str] = ALL, **ticket: Any) -> tuple[Update, ...]:
    wishes = [Wish("r", action) for action in actions]
    return compose(wishes, a_ticket(**ticket), facts(mailers=mailers), shipped_templates())


def test_a_tag_for_the_text_and_one_for_each_item() -> None:
    """With the key in the same update, and no comment."""
    (update,) = composed(ASKED)
    assert update.message is None
    assert update.keys == ("intake:1",)
    assert update.add_tags == {SAY_ASK, "zdsync_missing_steps", "zdsync_missing_when"}
    assert update.tags_of_message == update.add_tags
    assert update.words == ("tell the customer: intake.ask (intake:1), by a trigger",)
    assert update.speaks


CANNOT: dict[str, dict[str, Any]] = {
    "the account lacks the trigger": {"mailers": ALL - {ASK}},
    "its tag is still there: it does nothing": {"tags": frozenset({SAY_ASK})},
}


@pytest.mark.parametrize("why", CANNOT)
def test_else_a_comment_says_it(why: str) -> None:
    (update,) = composed(ASKED, **CANNOT[why])
    assert update.message is not None
    assert "the steps after which it happens" in update.message.body or "étapes" in update.message.body
    assert (update.keys, set(update.add_tags)) == (("intake:1",), set())


def test_a_rule_that_wants_a_comment_gets_one() -> None:
    (update,) = composed(replace(ASKED, way="comment"))
    assert update.message is not None
    assert update.add_tags == frozenset()


def test_a_note_for_agents_goes_first_and_what_has_no_key_with_it() -> None:
    note = Say("agents", "confirmation_hold.given_back", "unsolved:1", MONDAY)
    first, second = composed(ASKED, note, AddTag("a", MONDAY))
    assert (first.keys, set(first.add_tags)) == (("unsolved:1",), {"a"})
    assert (second.keys, second.message) == (("intake:1",), None)


def test_with_other_changes_it_is_one_update_and_its_tags_are_the_messages() -> None:
    (update,) = composed(ASKED, AddTag("a", MONDAY))
    assert update.add_tags - update.tags_of_message == {"a"}
    assert update.words[0] == "add the tag a"


def test_two_texts_are_two_mails_in_one_update() -> None:
    received = Say("customer", RECEIVED, "ack:1", MONDAY, {"targets": True}, way="trigger")
    (update,) = composed(received, ASKED)
    assert update.keys == ("ack:1", "intake:1")
    assert {SAY_RECEIVED, "zdsync_tells_targets", SAY_ASK} <= update.add_tags


def test_what_is_left_of_another_ticket_goes_and_what_is_wanted_now_stays() -> None:
    """A follow-up inherits tags."""
    old = frozenset({"zdsync_missing_phone", "zdsync_missing_when"})
    (update,) = composed(*(RemoveTag(tag, MONDAY) for tag in sorted(old)), ASKED, tags=old)
    assert update.remove_tags == {"zdsync_missing_phone"}


def test_tags_of_texts_are_told_apart() -> None:
    """Zendesk's `contains` looks for a part of all tags: none may be a part of another one."""
    every = [tag for text in MAILINGS for tag in all_tags_of(text)]
    assert not [(a, b) for a in every for b in every if a != b and a in b]
    assert len(set(every)) == len(every)


@pytest.mark.parametrize("targets", [True, False])
def test_a_flag_is_a_tag_or_none(targets: bool) -> None:
    tags = tags_of(RECEIVED, {"targets": targets})
    assert tags == {SAY_RECEIVED, *(["zdsync_tells_targets"] if targets else [])}


def test_what_no_trigger_can_say() -> None:
    assert unsayable("confirmation_hold.chase", ["reference", "asked", "zone"]) == ("asked", "zone")
    assert unsayable(RECEIVED, ["reference", "targets", "opens", "zone"]) == ()


def test_every_mailing_is_a_text_for_customers() -> None:
    for text in MAILINGS:
        automation = AUTOMATIONS[text.partition(".")[0]]
        assert text in automation.to_customer
        mailing = MAILINGS[text]
        named = {*mailing.left_out, *mailing.flags, *mailing.lists}
        assert named <= set(automation.templates[text])


# In decisions

VAGUE = Found(kind="malfunction", description="text")
BOOK = a_rulebook(a_rule_of("intake", note="never", **BY_TRIGGER))
NINE, LATER = "2026-11-23 09:00", paris("2026-11-23 09:10")
MAILED = facts(mailers=ALL)


def test_it_is_said_once_and_then_its_tags_go() -> None:
    """The trigger has taken off the tag that sets it off, and no other."""
    story = Story(NINE, first={"intake": VAGUE})
    (update,) = evaluate(story.history, MAILED, BOOK, LATER).updates
    assert (update.message, [key.partition(":")[0] for key in update.keys]) == (None, ["intake"])
    left = update.add_tags - {SAY_ASK}
    story.update("2026-11-23 09:02", US, keys=update.keys, tags=left)
    (tidied,) = evaluate(story.history, MAILED, BOOK, LATER).updates
    assert tidied.remove_tags == left
    assert not tidied.speaks


def test_a_mail_counts_for_the_cap_of_the_day() -> None:
    """One that was sent, and one that is to be."""
    capped = replace(BOOK, caps=Caps(per_ticket_per_day=1))
    story = Story(NINE, first={"intake": VAGUE})
    spoken = Story(NINE, first={"intake": VAGUE}).update("2026-11-23 09:01", US, keys=("other:1",))
    (update,) = evaluate(story.history, MAILED, capped, LATER).updates
    assert update.keys
    plan = evaluate(spoken.history, MAILED, capped, LATER)
    assert plan.updates == ()
    assert [reason.outcome for reason in plan.reasons][-1] == "capped"


def test_a_link_goes_by_comment_only() -> None:
    with pytest.raises(ValidationError, match="cannot carry a link"):
        a_rule_of("confirmation_hold", link=True, **BY_TRIGGER)


def test_say_tags_are_named_after_their_texts() -> None:
    assert say_tag("confirmation_hold.chase") == "zdsync_say_confirmation_hold_chase"
