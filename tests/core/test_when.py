"""Conditions: what they mean, what they say about a ticket, and how a wrong one is reported."""

from __future__ import annotations

import textwrap
from typing import Any

import pytest
import yaml

from tests.builders import a_ticket
from zdsync.core import when
from zdsync.core.when import EVERY_TICKET, ConditionError, check, fields_named, parse_condition


def held(data: object, **ticket: Any) -> bool:
    return check(parse_condition(data), a_ticket(**ticket), {"plan": 70}).held


@pytest.mark.parametrize(
    ("data", "yes", "no"),
    [
        pytest.param({"priority": "urgent"}, {"priority": "urgent"}, {"priority": "high"}, id="one value"),
        pytest.param({"priority": ["urgent", "high"]}, {"priority": "high"}, {"priority": None}, id="one of"),
        pytest.param({"priority": None}, {"priority": None}, {"priority": "low"}, id="not set"),
        pytest.param({"type": ["incident", None]}, {"type": None}, {"type": "task"}, id="one of or not set"),
        pytest.param({"brand": 1, "group": 2}, {"brand_id": 1, "group_id": 2}, {"brand_id": 1}, id="all entries"),
        pytest.param({"channel": "email"}, {"channel": "email"}, {"channel": "web"}, id="channel"),
        pytest.param({"tags": "vip"}, {"tags": frozenset({"vip"})}, {"tags": frozenset()}, id="a tag"),
        pytest.param(
            {"tags": {"any": ["a", "b"]}}, {"tags": frozenset("b")}, {"tags": frozenset("c")}, id="any of the tags"
        ),
        pytest.param(
            {"tags": {"all": ["a", "b"]}}, {"tags": frozenset("ab")}, {"tags": frozenset("a")}, id="all the tags"
        ),
        pytest.param({"tags": {"none": ["a"]}}, {"tags": frozenset("b")}, {"tags": frozenset("ab")}, id="none of them"),
        pytest.param({"field": {70: "x"}}, {"fields": {70: "x"}}, {"fields": {71: "x"}}, id="a field by id"),
        pytest.param({"field": {"plan": "x"}}, {"fields": {70: "x"}}, {"fields": {}}, id="a field by our name"),
        pytest.param({"field": {70: 12}}, {"fields": {70: "12"}}, {"fields": {70: "1"}}, id="numbers kept as text"),
        pytest.param({"field": {70: True}}, {"fields": {70: True}}, {"fields": {70: "True"}}, id="a checkbox"),
        pytest.param({"field": {70: "b"}}, {"fields": {70: ("a", "b")}}, {"fields": {70: ("a",)}}, id="multi-select"),
        pytest.param({"field": {70: None}}, {"fields": {70: ""}}, {"fields": {70: "x"}}, id="an empty field"),
        pytest.param({"field": {70: None}}, {"fields": {70: ()}}, {"fields": {70: ("a",)}}, id="empty multi-select"),
        pytest.param({"not": {"status": "new"}}, {"status": "open"}, {"status": "new"}, id="not"),
        pytest.param(
            {"any": [{"status": "hold"}, {"priority": "low"}]}, {"priority": "low"}, {"priority": "high"}, id="any"
        ),
        pytest.param(
            {"all": [{"status": "hold"}, {"priority": "low"}]},
            {"status": "hold", "priority": "low"},
            {"status": "hold"},
            id="all",
        ),
    ],
)
def test_a_condition_holds_for_one_ticket_and_not_for_the_other(
    data: object, yes: dict[str, Any], no: dict[str, Any]
) -> None:
    assert held(data, **yes)
    assert not held(data, **no)


@pytest.mark.parametrize("nothing", [None, {}])
def test_without_a_condition_every_ticket_is_meant(nothing: object) -> None:
    assert parse_condition(nothing) == EVERY_TICKET
    assert held(nothing)


def test_a_field_that_the_account_lacks_is_not_set() -> None:
    assert held({"field": {"unheard_of": None}})
    assert not held({"field": {"unheard_of": "x"}}, fields={70: "x"})


def test_the_example_in_the_documentation_is_understood() -> None:
    assert when.__doc__
    _, _, example = when.__doc__.partition("    when:\n")
    condition = parse_condition(yaml.safe_load(textwrap.dedent(example)))
    assert fields_named(condition) == {"plan"}
    verdict = check(condition, a_ticket(), {})
    assert not verdict.held
    assert len(verdict.checklist()) > 15


def test_a_verdict_keeps_what_every_part_found() -> None:
    condition = parse_condition({"priority": ["urgent", "high"], "not": {"tags": "exempt"}})
    verdict = check(condition, a_ticket(priority="low"))
    assert verdict.checklist() == (
        "[ ] all of these hold",
        "  [ ] priority is one of urgent, high: it is low",
        "  [x] this does not hold",
        "    [ ] tag exempt: it is not there",
    )


def test_every_fault_of_a_condition_is_named_with_its_place() -> None:
    wrong = {
        "priority": ["urgent", "p1"],
        "prio": "low",
        "brand": "K Pro",
        "tags": {"any": ["VIP"], "some": ["x"]},
        "any": [{"group": True}, "x"],
        "all": {},
        "field": 3,
        "status": [],
    }
    with pytest.raises(ConditionError) as caught:
        parse_condition(wrong)
    assert [fault.path for fault in caught.value.faults] == [
        ("priority", 1),
        ("prio",),
        ("brand",),
        ("tags",),
        ("any", 0, "group"),
        ("any", 1),
        ("all",),
        ("field",),
        ("status",),
    ]
    assert all(fault.wrong and fault.write for fault in caught.value.faults)
    assert "write one of urgent, high, normal, low or null" in str(caught.value)


@pytest.mark.parametrize("wrong", ["urgent", 3, ["a"], {"tags": {"any": ["two words"]}}, {"channel": 3}])
def test_what_is_no_condition_is_refused(wrong: object) -> None:
    with pytest.raises(ConditionError):
        parse_condition(wrong)
