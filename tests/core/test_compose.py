"""Composing: only what differs, one message per audience, each section with its key."""

from __future__ import annotations

from typing import Any

import pytest

from tests.builders import CUSTOMER, MONDAY, a_person, a_ticket, facts
from zdsync.core.actions import AddTag, Edit, RemoveTag, Say, SetField, SetStatus
from zdsync.core.compose import KEYS_LIMIT, Wish, compose
from zdsync.core.model import Audience, Message, Update
from zdsync.core.templates import Templates

TEXTS = Templates({"t/en": "{{ n }} in English", "t/fr": "{{ n }} en français"})
FIELD = 7001


def say(n: object, audience: Audience = "agents", key: str | None = None) -> Say:
    return Say(audience, "t", key or f"k:{n}", MONDAY, {"n": n})


def composed(*actions: Edit, ticket: dict[str, Any] | None = None, rules: str = "") -> tuple[Update, ...]:
    wishes = [Wish(rules[index] if rules else "r", action) for index, action in enumerate(actions)]
    return compose(wishes, a_ticket(**(ticket or {})), facts(status_ids={"present": 5, "other": 6}), TEXTS)


def test_what_is_so_already_makes_no_update() -> None:
    ticket = {"fields": {FIELD: "x"}, "tags": frozenset({"a"}), "status": "open", "custom_status_id": 5}
    same: list[Edit] = [SetField("first_reply_due", "x", MONDAY), AddTag("a", MONDAY), RemoveTag("b", MONDAY)]
    assert composed(*same, SetStatus("open", MONDAY), ticket=ticket) == ()
    assert composed(SetStatus("open", MONDAY, "present"), ticket=ticket) == ()
    assert composed() == ()


@pytest.mark.parametrize(("present", "wanted"), [(None, ""), ("", None), (None, None)])
def test_an_empty_field_is_empty_in_either_spelling(present: str | None, wanted: str | None) -> None:
    assert composed(SetField("first_reply_due", wanted, MONDAY), ticket={"fields": {FIELD: present}}) == ()


def test_what_differs_is_one_update() -> None:
    actions: list[Edit] = [
        SetField("first_reply_due", "x", MONDAY),
        AddTag("a", MONDAY),
        RemoveTag("b", MONDAY),
        SetStatus("open", MONDAY, "other"),
    ]
    (update,) = composed(*actions, ticket={"tags": frozenset({"b"})})
    assert update == Update(
        "open", 6, {FIELD: "x"}, frozenset({"a"}), frozenset({"b"}), rules=("r",), words=update.words
    )
    assert update.words == (
        "set first_reply_due to x",
        "add the tag a",
        "remove the tag b",
        "set the status to open",
    )


def test_a_custom_status_of_the_same_category_is_a_change() -> None:
    (update,) = composed(SetStatus("open", MONDAY, "other"), ticket={"status": "open", "custom_status_id": 5})
    assert (update.status, update.custom_status_id) == (None, 6)


def test_without_the_custom_status_the_plain_one_serves() -> None:
    (update,) = composed(SetStatus("pending", MONDAY, "unheard of"), ticket={"status": "open", "custom_status_id": 5})
    assert (update.status, update.custom_status_id) == ("pending", None)
    assert composed(SetStatus("open", MONDAY, "unheard of"), ticket={"status": "open", "custom_status_id": 5}) == ()


def test_a_field_that_the_account_lacks_is_left_out() -> None:
    assert composed(SetField("unheard_of", "x", MONDAY)) == ()


def test_where_two_rules_disagree_the_first_one_has_it_for_good() -> None:
    """Otherwise they would undo each other for ever."""
    disagree = [SetField("first_reply_due", "x", MONDAY), SetField("first_reply_due", "y", MONDAY)]
    assert [update.fields for update in composed(*disagree, rules="ab")] == [{FIELD: "x"}]
    assert composed(*disagree, rules="ab", ticket={"fields": {FIELD: "x"}}) == ()
    assert composed(RemoveTag("a", MONDAY), AddTag("a", MONDAY)) == ()
    assert composed(SetStatus("new", MONDAY), SetStatus("open", MONDAY)) == ()


def test_sections_for_one_audience_are_one_message_with_all_keys() -> None:
    (update,) = composed(say(1), AddTag("x", MONDAY), say(2), rules="abc")
    assert update.message == Message("agents", "1 in English\n\n2 in English")
    assert not update.message.public
    assert update.keys == ("k:1", "k:2")
    assert update.rules == ("b", "a", "c")
    assert update.add_tags == {"x"}
    assert update.words == ("add the tag x", "tell the agents: t (k:1)", "tell the agents: t (k:2)")


def test_a_section_wanted_twice_is_said_once() -> None:
    (update,) = composed(say(1), say("another", key="k:1"), rules="ab")
    assert update.message == Message("agents", "1 in English")
    assert update.rules == ("a",)


def test_a_note_goes_first_with_the_rest_and_the_customer_is_told_by_a_second_update() -> None:
    note, told = composed(say(1, "customer"), say(2), AddTag("x", MONDAY))
    assert note.message == Message("agents", "2 in English")
    assert note.add_tags == {"x"}
    assert told.message == Message("customer", "1 en français")
    assert told.message.public
    assert (told.keys, told.add_tags) == (("k:1",), frozenset())


def test_a_customer_of_unknown_language_is_told_in_english() -> None:
    wishes = [Wish("r", say(1, "customer"))]
    (update,) = compose(wishes, a_ticket(), facts(people={}), TEXTS)
    assert update.message == Message("customer", "1 in English")
    german = facts(people={CUSTOMER: a_person(CUSTOMER, locale="de")})
    assert compose(wishes, a_ticket(), german, TEXTS) == (update,)


def test_keys_of_one_update_stay_below_the_limit() -> None:
    says = [say(n, key=f"kind:{n:0>60}:rung") for n in range(20)]
    updates = composed(AddTag("x", MONDAY), *says)
    assert len(updates) == 3
    assert all(len(" ".join(update.keys).encode()) < KEYS_LIMIT for update in updates)
    assert [key for update in updates for key in update.keys] == [say.key for say in says]
    assert [bool(update.add_tags) for update in updates] == [True, False, False]


def test_a_text_is_rendered_only_when_it_is_said() -> None:
    silent = Say("agents", "no such text", "k", MONDAY)
    assert silent.words == "tell the agents: no such text (k)"
    with pytest.raises(KeyError):
        composed(silent)


def test_an_update_of_ours_sets_off_no_mail_that_it_does_not_mean() -> None:
    """A tag that somebody else has set, or that a follow-up inherits, goes with it; alone it makes no update."""
    tagged = {"tags": frozenset({"zdsync_say_intake_ask", "vip"})}
    (update,) = composed(AddTag("late", MONDAY), ticket=tagged)
    assert (update.add_tags, update.remove_tags) == (frozenset({"late"}), frozenset({"zdsync_say_intake_ask"}))
    assert composed(AddTag("vip", MONDAY), ticket=tagged) == ()
