"""What works against the rules is named, with what to do about it; what does not is left in peace."""

from __future__ import annotations

from typing import Any

import pytest

from zdsync.provision.account import MARK
from zdsync.provision.collisions import collisions, mails_notices, mails_on_creation, mails_requesters
from zdsync.provision.wanted import ASK

SOLVED = {"field": "status", "operator": "is", "value": "solved"}
PENDING = {"field": "status", "operator": "is", "value": "pending"}
SOLVES = {"field": "status", "value": "solved"}
CLOSES = {"field": "status", "value": "closed"}
MAILS = {"field": "notification_user", "value": ["requester_id", "S", "B"]}
TAGS = {"field": "priority", "value": "low"}
FIVE_DAYS = {"field": "PENDING", "operator": "greater_than", "value": "120"}
SPARES = {"field": "current_tags", "operator": "not_includes", "value": "x zdsync_awaiting_confirmation"}
PUBLIC = {"field": "comment_is_public", "operator": "is", "value": "true"}


def a_rule(title: str, conditions: list[Any], *actions: Any, **more: Any) -> dict[str, Any]:
    """An active one, in the words of the API."""
    return {
        "id": 1,
        "title": title,
        "active": True,
        "position": 5,
        "conditions": {"all": conditions, "any": []},
        "actions": list(actions),
        **more,
    }


def hours(name: str) -> dict[str, str]:
    return {"field": name, "operator": "greater_than", "value": "24"}


NAMED: list[Any] = [
    pytest.param(a_rule("R", [PENDING, FIVE_DAYS], SOLVES), ["that is undone"], id="solves"),
    pytest.param(a_rule("R", [PENDING, FIVE_DAYS, SPARES], SOLVES), ["that is undone"], id="solves, others only"),
    pytest.param(a_rule("R", [PENDING, hours("PENDING")], MAILS), ["hours of pending"], id="mails what is held"),
    pytest.param(a_rule("R", [PENDING, FIVE_DAYS, SPARES], MAILS), [], id="mails others only"),
    pytest.param(a_rule("R", [PENDING, hours("updated_at")], TAGS), ["since the last update"], id="counts updates"),
    pytest.param(a_rule("R", [hours("requester_updated_at")], TAGS), [], id="counts the requester's"),
    pytest.param(a_rule("R", [PENDING], CLOSES), ["closes tickets"], id="closes what is not solved"),
    pytest.param(a_rule("R", [SOLVED, hours("SOLVED")], CLOSES), [], id="closes what is solved"),
    pytest.param(a_rule("R", [PENDING], SOLVES, active=False), [], id="switched off"),
    pytest.param(a_rule("R", [PENDING], SOLVES, description=MARK), [], id="ours"),
]


@pytest.mark.parametrize(("rule", "words"), NAMED)
def test_automations(rule: dict[str, Any], words: list[str]) -> None:
    found = list(collisions([rule], [], holds=True))
    assert len(found) == len(words), found
    assert all(word in told and "automation 'R'" in told for word, told in zip(words, found, strict=True))


def test_without_a_hold_solves_are_nobodys_affair() -> None:
    assert list(collisions([a_rule("R", [PENDING, FIVE_DAYS], SOLVES)], [], holds=False)) == []


@pytest.mark.parametrize(("position", "named"), [(1, True), (9, False)])
def test_a_trigger_that_tells_of_a_solve_too_early(position: int, named: bool) -> None:
    """Before ours it still sees the ticket solved; after it, it sees it pending."""
    tells = a_rule("Your request is solved", [SOLVED], MAILS, position=position)
    ours = a_rule(ASK, [SOLVED], MAILS, id=2, position=5, description=MARK)
    found = list(collisions([], [tells, ours], holds=True))
    assert ["move ours up" in words for words in found] == [True] * named


def test_a_trigger_that_solves() -> None:
    (words,) = collisions([], [a_rule("Spam", [PENDING], SOLVES)], holds=True)
    assert words.startswith("trigger 'Spam' solves")


CARRIERS: list[Any] = [
    pytest.param(a_rule("R", [PUBLIC], MAILS), True, id="an agent's comment"),
    pytest.param(a_rule("R", [PUBLIC], MAILS, active=False), False, id="switched off"),
    pytest.param(a_rule("R", [PUBLIC], TAGS), False, id="mails nobody"),
    pytest.param(a_rule("R", [SOLVED], MAILS), False, id="not about comments"),
    pytest.param(
        a_rule("R", [PUBLIC, {"field": "role", "operator": "is", "value": "end_user"}], MAILS), False, id="a customer's"
    ),
]


@pytest.mark.parametrize(("rule", "carries"), CARRIERS)
def test_what_mails_our_comments(rule: dict[str, Any], carries: bool) -> None:
    assert mails_requesters([rule]) == ["R"] * carries


CREATED = {"field": "update_type", "operator": "is", "value": "Create"}
UPDATED = {"field": "update_type", "operator": "is", "value": "Change"}
BY_AGENT = {"field": "role", "operator": "is", "value": "agent"}
BY_CUSTOMER = {"field": "role", "operator": "is", "value": "end_user"}
OF_A_FORM = {"field": "ticket_form_id", "operator": "is", "value": "40"}
UNTAGGED = {"field": "current_tags", "operator": "not_includes", "value": "told"}
CHANGED = {"field": "priority", "operator": "changed", "value": None}
MAILS_AGENT = {"field": "notification_user", "value": ["assignee_id", "S", "B"]}
MAILS_ALL = {"field": "notification_user", "value": ["requester_and_ccs", "S", "B"]}

ON_CREATION: list[Any] = [
    pytest.param(a_rule("R", [CREATED], MAILS), True, id="the standard one"),
    pytest.param(a_rule("R", [CREATED], MAILS_ALL), True, id="the requester and others"),
    pytest.param(a_rule("R", [CREATED, OF_A_FORM], MAILS), True, id="for some tickets"),
    pytest.param(a_rule("R", [UNTAGGED], MAILS), True, id="once, by a tag"),
    pytest.param(a_rule("R", [PUBLIC], MAILS), True, id="each public comment, the first too"),
    pytest.param(a_rule("R", [UPDATED, PUBLIC], MAILS), False, id="later comments"),
    pytest.param(a_rule("R", [PUBLIC, BY_AGENT], MAILS), False, id="comments of agents"),
    pytest.param(a_rule("R", [CREATED, BY_AGENT], MAILS), False, id="what agents open"),
    pytest.param(a_rule("R", [SOLVED], MAILS), False, id="solves"),
    pytest.param(a_rule("R", [CHANGED], MAILS), False, id="changes"),
    pytest.param(a_rule("R", [CREATED], MAILS_AGENT), False, id="mails an agent"),
    pytest.param(a_rule("R", [CREATED], TAGS), False, id="mails nobody"),
    pytest.param(a_rule("R", [CREATED], MAILS, active=False), False, id="switched off"),
    pytest.param(a_rule("R", [CREATED], MAILS, description=MARK), False, id="ours"),
]


@pytest.mark.parametrize(("trigger", "does"), ON_CREATION)
def test_who_mails_requesters_on_creation(trigger: dict[str, Any], does: bool) -> None:
    """In doubt it does: rather no acknowledgement than two."""
    assert mails_on_creation([trigger]) == (["R"] if does else [])


NOTICES: list[Any] = [
    pytest.param(a_rule("R", [CREATED, BY_AGENT], MAILS), True, id="the standard one"),
    pytest.param(a_rule("R", [CREATED], MAILS_ALL), True, id="whoever opens it"),
    pytest.param(a_rule("R", [PUBLIC], MAILS), True, id="each public comment, the first too"),
    pytest.param(a_rule("R", [CREATED, BY_CUSTOMER], MAILS), False, id="what customers open"),
    pytest.param(a_rule("R", [UPDATED, PUBLIC], MAILS), False, id="later comments"),
    pytest.param(a_rule("R", [CREATED, BY_AGENT], MAILS_AGENT), False, id="mails an agent"),
    pytest.param(a_rule("R", [CREATED, BY_AGENT], MAILS, active=False), False, id="switched off"),
]


@pytest.mark.parametrize(("trigger", "does"), NOTICES)
def test_who_mails_what_we_open_for_a_customer(trigger: dict[str, Any], does: bool) -> None:
    """Without one a notice is read in the Help Center only."""
    assert mails_notices([trigger]) == (["R"] if does else [])
