"""A rule's `when` as a trigger's conditions says the same of every ticket, or nothing."""

from __future__ import annotations

from typing import Any as Anything

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.builders import a_ticket
from zdsync.core.model import Ticket
from zdsync.core.when import All, Any, Condition, FieldIs, HasTag, Is, Not, check
from zdsync.provision.conditions import Conditions, Row, expressed, row

VIP, GOLD = HasTag("vip"), HasTag("gold")
GROUPS = Is("group", (5, 7))

SAID: list[Anything] = [
    pytest.param(All(), Conditions(), id="every ticket"),
    pytest.param(VIP, Conditions((row("current_tags", "includes", "vip"),)), id="a tag"),
    pytest.param(Not(VIP), Conditions((row("current_tags", "not_includes", "vip"),)), id="no such tag"),
    pytest.param(Any((VIP, GOLD)), Conditions((row("current_tags", "includes", "vip gold"),)), id="one of two tags"),
    pytest.param(Is("brand", (44,)), Conditions((row("brand_id", "is", "44"),)), id="a brand"),
    pytest.param(Is("priority", (None,)), Conditions((row("priority", "is", ""),)), id="no priority"),
    pytest.param(GROUPS, Conditions(any=(row("group_id", "is", 5), row("group_id", "is", 7))), id="one of two groups"),
    pytest.param(
        Not(GROUPS), Conditions((row("group_id", "is_not", 5), row("group_id", "is_not", 7))), id="none of two groups"
    ),
    pytest.param(
        All((Is("brand", (44,)), GROUPS, Not(VIP))),
        Conditions(
            (row("brand_id", "is", 44), row("current_tags", "not_includes", "vip")),
            (row("group_id", "is", 5), row("group_id", "is", 7)),
        ),
        id="all at once",
    ),
]


@pytest.mark.parametrize(("condition", "said"), SAID)
def test_what_a_trigger_can_say(condition: Condition, said: Conditions) -> None:
    assert expressed(condition) == said


UNSAID: list[Anything] = [
    pytest.param(Is("status", ("open",)), id="the status, which the same update changes"),
    pytest.param(Is("channel", ("email",)), id="the channel"),
    pytest.param(FieldIs("plan", ("basic",)), id="a custom field"),
    pytest.param(All((GROUPS, Is("brand", (1, 2)))), id="two choices"),
    pytest.param(Any((All((VIP, GOLD)), GROUPS)), id="a choice of which one part is two"),
    pytest.param(Any((All(), VIP)), id="a choice of which one part always holds"),
    pytest.param(Not(All((VIP, GOLD))), id="not both"),
    pytest.param(All((VIP, Is("channel", ("email",)))), id="a part of it only"),
]


@pytest.mark.parametrize("condition", UNSAID)
def test_what_a_trigger_cannot_say(condition: Condition) -> None:
    """Nothing at all is said: a wider trigger would act on tickets that the rule is not about."""
    assert expressed(condition) is None


TAGS = st.sampled_from(["vip", "gold", "exempt"])
LEAVES = st.one_of(
    TAGS.map(HasTag),
    st.builds(Is, st.just("priority"), st.lists(st.sampled_from([None, "low", "urgent"]), min_size=1).map(tuple)),
    st.builds(Is, st.just("group"), st.lists(st.sampled_from([None, 5, 7]), min_size=1).map(tuple)),
    st.builds(Is, st.just("channel"), st.just(("email",))),
)
CONDITIONS = st.recursive(
    LEAVES,
    lambda inner: st.one_of(
        st.lists(inner, max_size=3).map(lambda parts: All(tuple(parts))),
        st.lists(inner, min_size=1, max_size=3).map(lambda parts: Any(tuple(parts))),
        inner.map(Not),
    ),
    max_leaves=6,
)
TICKETS = st.builds(
    lambda tags, priority, group: a_ticket(tags=frozenset(tags), priority=priority, group_id=group),
    st.sets(TAGS),
    st.sampled_from([None, "low", "urgent"]),
    st.sampled_from([None, 5, 7]),
)


def holds(one: Row, ticket: Ticket) -> bool:
    """As Zendesk reads one condition."""
    wanted = one["value"]
    if one["field"] == "current_tags":
        return bool(ticket.tags & set(wanted.split())) is (one["operator"] == "includes")
    found = getattr(ticket, one["field"])
    return (("" if found is None else str(found)) == wanted) is (one["operator"] == "is")


@given(CONDITIONS, TICKETS)
def test_what_is_said_means_the_same(condition: Condition, ticket: Ticket) -> None:
    said = expressed(condition)
    if said is not None:
        matched = all(holds(one, ticket) for one in said.all) and (
            not said.any or any(holds(one, ticket) for one in said.any)
        )
        assert matched is check(condition, ticket).held
