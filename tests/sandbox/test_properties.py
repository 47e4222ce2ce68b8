"""What holds whatever happens: histories explain tickets, exports miss nothing, the fence lets nothing slip."""

from __future__ import annotations

from base64 import b64encode
from contextlib import suppress
from typing import Any

from hypothesis import given, settings
from hypothesis import strategies as st

from tests.sandbox.conftest import CLAIRE, EMILY, NOW
from zdsync.sandbox import Account
from zdsync.sandbox.api import handle
from zdsync.sandbox.base import Row, iso
from zdsync.sandbox.errors import ApiError
from zdsync.sandbox.http import Call, Reply

CHANGES = st.fixed_dictionaries(
    {},
    optional={
        "status": st.sampled_from(["new", "open", "pending", "hold", "solved", "closed"]),
        "priority": st.sampled_from(["low", "normal", "high", "urgent", None]),
        "tags": st.lists(st.sampled_from("abcd"), max_size=3),
        "add_tags": st.lists(st.sampled_from("xyz"), max_size=2),
        "assignee": st.just(CLAIRE),
        "comment": st.text("abc {}", min_size=1, max_size=20),
        "public": st.booleans(),
        "type": st.sampled_from(["problem", "incident", "task", None]),
    },
)
AVERAGE = settings().max_examples
"""Of examples; where more is to be found it is more of them, in the thorough profile too."""
STEPS = st.lists(
    st.tuples(st.sampled_from([EMILY, CLAIRE]), st.integers(1, 4), CHANGES, st.integers(0, 200_000)), max_size=25
)


def play(account: Account, steps: list[tuple[str, int, dict[str, Any], int]]) -> None:
    """People do things to four tickets, some of them refused, with time in between."""
    for number in range(4):
        account.act(EMILY, subject=str(number), comment="x")
    for who, ticket, changes, seconds in steps:
        with suppress(ApiError):
            account.act(who, ticket=ticket, **changes)
        account.advance_to(_later(account, seconds))


def _later(account: Account, seconds: int) -> str:
    return iso(account.now_ms + seconds * 1000)


def replayed(audits: list[Row]) -> dict[str, Any]:
    """The fields of a ticket as its audits tell them."""
    fields: dict[str, Any] = {}
    for audit in audits:
        for event in audit["events"]:
            if event["type"] == "Create":
                fields[event["field_name"]] = event["value"]
            elif event["type"] == "Change":
                assert (
                    fields.get(event["field_name"], None if event["field_name"] != "tags" else [])
                    == (event["previous_value"])
                )
                fields[event["field_name"]] = event["value"]
    return fields


def as_audits_show(value: Any) -> Any:
    return str(value) if isinstance(value, int) else value


@given(STEPS)
@settings(max_examples=60, deadline=None)
def test_the_audits_tell_the_whole_ticket(steps: list[tuple[str, int, dict[str, Any], int]]) -> None:
    account = Account.demo(NOW)
    play(account, steps)

    for ticket in account.tickets.values():
        for name, value in replayed(ticket.audits).items():
            assert as_audits_show(ticket.row[name]) == value, name
        stamps = [audit["created_at"] for audit in ticket.audits]
        assert stamps == sorted(stamps)
        assert ticket.row["updated_at"] == stamps[-1]
        assert all(audit["events"] for audit in ticket.audits), "no audit without events"


@given(STEPS)
@settings(max_examples=40, deadline=None)
def test_the_system_rules_hold_whatever_people_try(steps: list[tuple[str, int, dict[str, Any], int]]) -> None:
    account = Account.demo(NOW)
    play(account, steps)

    for ticket in account.tickets.values():
        row = ticket.row
        category = "solved" if row["status"] == "closed" else row["status"]
        assert account.custom_statuses[row["custom_status_id"]]["status_category"] == category
        assert row["status"] != "solved" or row["assignee_id"] is not None
        statuses = [e["value"] for a in ticket.audits for e in a["events"] if e.get("field_name") == "status"]
        assert "new" not in statuses[1:]
        assert "closed" not in statuses[:-1], "closed is for ever"
        priorities = [e["value"] for a in ticket.audits for e in a["events"] if e.get("field_name") == "priority"]
        assert None not in priorities[1:]


@given(STEPS, st.integers(1, 5))
@settings(max_examples=30, deadline=None)
def test_a_poller_sees_the_last_state_of_every_ticket(
    steps: list[tuple[str, int, dict[str, Any], int]], per_page: int
) -> None:
    account = Account.demo(NOW)
    account.limits.enabled = False
    seen: dict[int, str] = {}
    query = {"start_time": ["0"]}

    def poll() -> None:
        nonlocal query
        while True:
            page = ask(account, "/incremental/tickets/cursor", {**query, "per_page": [str(per_page)]}).body
            seen.update((row["id"], row["updated_at"]) for row in page["tickets"])
            if page["after_cursor"]:
                query = {"cursor": [page["after_cursor"]]}
            if page["end_of_stream"]:
                return

    for cut in range(0, len(steps) + 1, 5):
        play(account, steps[cut : cut + 5])
        poll()
    account.advance_to(_later(account, 120))
    poll()

    assert seen == {ticket_id: ticket.row["updated_at"] for ticket_id, ticket in account.tickets.items()}


def ask(account: Account, path: str, query: dict[str, list[str]]) -> Reply:
    email, token = next(iter(account.credentials.api_tokens.items()))
    basic = b64encode(f"{email}/token:{token}".encode()).decode()
    return handle(Call(account, "GET", path, query, None, "http://t", {"authorization": f"Basic {basic}"}))


JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.text(max_size=5),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=5), inner, max_size=3),
    max_leaves=5,
)
KEYS = st.sampled_from(
    [
        "status",
        "priority",
        "type",
        "tags",
        "additional_tags",
        "comment",
        "custom_fields",
        "requester",
        "requester_id",
        "assignee_id",
        "assignee_email",
        "group_id",
        "problem_id",
        "metadata",
        "updated_stamp",
        "safe_update",
        "email_ccs",
        "due_at",
        "external_id",
        "subject",
        "custom_status_id",
        "via_followup_source_id",
        "submitter_id",
    ]
)


@given(st.dictionaries(KEYS, JSON, max_size=5), st.sampled_from(["PUT", "POST"]))
@settings(max_examples=2 * AVERAGE, deadline=None)
def test_no_body_breaks_the_api_and_a_refused_one_changes_nothing(body: Row, method: str) -> None:
    account = Account.demo(NOW)
    account.act(EMILY, subject="x", comment="x")
    before = account.to_json()
    email, token = next(iter(account.credentials.api_tokens.items()))
    headers = {"authorization": "Basic " + b64encode(f"{email}/token:{token}".encode()).decode()}
    path = "/tickets/1" if method == "PUT" else "/tickets"

    reply = handle(Call(account, method, path, {}, {"ticket": body}, "http://t", headers))

    assert reply.status in (200, 201, 400, 409, 422)
    if reply.status >= 400:
        after = account.to_json()
        assert after["tickets"] == before["tickets"]
        assert (after["journal"], after["emails"]) == (before["journal"], before["emails"])


CONDITION = st.fixed_dictionaries(
    {"field": st.sampled_from(["status", "PENDING", "current_tags", "custom_status_id", "assignee_id"]) | JSON},
    optional={"operator": st.sampled_from(["is", "less_than", "includes", "changed"]) | JSON, "value": JSON},
)
ACTION = st.fixed_dictionaries(
    {"field": st.sampled_from(["status", "custom_status_id", "current_tags", "notification_user", "cc"]) | JSON},
    optional={"value": JSON | st.sampled_from(["solved", "pending", "x y"])},
)
RULE_VALUES: dict[str, st.SearchStrategy[Any]] = {
    "title": JSON | st.just("T"),
    "active": JSON,
    "position": JSON,
    "description": JSON,
    "conditions": JSON | st.fixed_dictionaries({"all": st.lists(CONDITION | JSON, max_size=3) | JSON, "any": JSON}),
    "all": st.lists(CONDITION | JSON, max_size=3) | JSON,
    "any": st.lists(CONDITION, max_size=2) | JSON,
    "actions": st.lists(ACTION | JSON, max_size=3) | JSON,
    "output": JSON | st.fixed_dictionaries({"columns": JSON, "sort_by": JSON, "sort_order": JSON, "group_by": JSON}),
    "restriction": JSON | st.fixed_dictionaries({"type": st.sampled_from(["Group", "User"]) | JSON, "ids": JSON}),
    "type": JSON | st.sampled_from(["tagger", "text"]),
    "custom_field_options": st.lists(JSON | st.just({"name": "A", "value": "a"}), max_size=2) | JSON,
    "status_category": st.just("pending") | JSON,
    "agent_label": st.just("Parked") | JSON,
    "ids": JSON,
}
ADMIN_PATHS = {
    "triggers": "trigger",
    "automations": "automation",
    "macros": "macro",
    "views": "view",
    "ticket_fields": "ticket_field",
    "custom_statuses": "custom_status",
}


@given(
    st.fixed_dictionaries({}, optional=RULE_VALUES),
    st.sampled_from(sorted(ADMIN_PATHS)),
    st.booleans(),
    st.fixed_dictionaries({}, optional=RULE_VALUES),
)
@settings(max_examples=3 * AVERAGE, deadline=None)
def test_no_body_breaks_what_an_admin_sets_up_nor_the_tickets_after_it(
    body: Row, plural: str, valid_first: bool, change: Row
) -> None:
    account = Account.demo(NOW)
    account.act(EMILY, subject="x", comment="x")
    pending = {"field": "status", "operator": "is", "value": "pending"}
    hours = {"field": "PENDING", "operator": "is", "value": "1"}
    start: Row = {"title": "T", "conditions": {"all": [pending, hours]}, "all": [pending], "actions": [{"field": "cc"}]}
    start |= {"agent_label": "L", "status_category": "pending"} if plural == "custom_statuses" else {}
    if plural != "views":
        start["actions"] = [{"field": "current_tags", "value": "x"}]
    given_first = {**start, **body} if valid_first else body
    before = account.to_json()

    made = call(account, "POST", f"/{plural}", {ADMIN_PATHS[plural]: given_first})

    assert made.status in (201, 400, 422), made.body
    if made.status >= 400:
        assert account.to_json()[plural] == before[plural]
    else:
        row = made.body[ADMIN_PATHS[plural]]
        assert call(account, "PUT", f"/{plural}/{row['id']}", {ADMIN_PATHS[plural]: change}).status in (200, 400, 422)
        assert Account.from_json(account.to_json()).to_json() == account.to_json()
    assert call(account, "GET", f"/{plural}", None).status == 200
    assert call(account, "PUT", "/custom_status/default", change).status in (200, 422)
    account.act(CLAIRE, ticket=1, status="pending", assignee=CLAIRE, comment="Well?")
    account.advance_to(_later(account, 5 * 3600))
    for number in account.views:
        assert call(account, "GET", f"/views/{number}/tickets", None).status == 200
    for number in account.macros:
        assert call(account, "GET", f"/tickets/1/macros/{number}/apply", None).status == 200


def call(account: Account, method: str, path: str, body: Any) -> Reply:
    email, token = next(iter(account.credentials.api_tokens.items()))
    basic = b64encode(f"{email}/token:{token}".encode()).decode()
    return handle(Call(account, method, path, {}, body, "http://t", {"authorization": f"Basic {basic}"}))


def holding_desk() -> Account:
    """A desk with a trigger that holds what agents solve, and the automations that work against it."""
    account = Account.demo(NOW, pending_automations=True)
    waiting = next(number for number, row in account.custom_statuses.items() if "confirmation" in row["agent_label"])
    conditions = [
        {"field": "status", "operator": "value", "value": "solved"},
        {"field": "role", "operator": "is", "value": "agent"},
        {"field": "current_tags", "operator": "not_includes", "value": "x"},
    ]
    actions = [
        {"field": "custom_status_id", "value": str(waiting)},
        {"field": "current_tags", "value": "zdsync_awaiting_confirmation"},
    ]
    trigger = {"title": "Hold", "conditions": {"all": conditions, "any": []}, "actions": actions}
    assert call(account, "POST", "/triggers", {"trigger": trigger}).status == 201
    return account


@given(STEPS)
@settings(max_examples=60, deadline=None)
def test_a_held_ticket_was_never_solved_and_its_audits_tell_all(
    steps: list[tuple[str, int, dict[str, Any], int]],
) -> None:
    account = holding_desk()
    play(account, steps)

    for ticket in account.tickets.values():
        row = ticket.row
        category = "solved" if row["status"] == "closed" else row["status"]
        assert account.custom_statuses[row["custom_status_id"]]["status_category"] == category
        assert (ticket.solved_ms is not None) is (row["status"] == "solved")
        for name, value in replayed(ticket.audits).items():
            assert as_audits_show(row[name]) == value, name
        for audit in ticket.audits:
            ends = [event for event in audit["events"] if event.get("field_name") == "status"]
            solved = bool(ends) and ends[-1]["value"] == "solved"
            author = account.users.get(audit["author_id"])
            by_agent = author is not None and author["role"] != "end-user"
            tags = [event["value"] for event in audit["events"] if event.get("field_name") == "tags"]
            assert not (solved and by_agent) or "x" in (tags[-1] if tags else _tags_before(ticket.audits, audit))
    assert Account.from_json(account.to_json()).to_json() == account.to_json()


def _tags_before(audits: list[Row], until: Row) -> list[str]:
    found: list[str] = []
    for audit in audits[: audits.index(until)]:
        for event in audit["events"]:
            if event.get("field_name") == "tags":
                found = event["value"]
    return found
