"""Each request is counted under its kind and spends from the limits that Zendesk counts it in."""

from __future__ import annotations

import pytest

from zdsync.zendesk.calls import Call, describe

CASES: dict[str, tuple[str, str, Call]] = {
    "show": ("GET", "tickets/5.json", Call("show", ("account",), 5)),
    "update": ("PUT", "tickets/5.json", Call("update", ("account", "tickets-update", "per-ticket-updates:5"), 5)),
    "tags": ("POST", "tickets/5/tags.json", Call("tags", ("account", "tickets-update", "per-ticket-updates:5"), 5)),
    "audits": ("GET", "tickets/5/audits", Call("audits", ("account",))),
    "merge": ("POST", "tickets/5/merge.json", Call("merge", ("account", "tickets-update"))),
    "list": ("GET", "tickets.json", Call("list", ("account", "tickets-index"))),
    "create": ("POST", "tickets", Call("create", ("account", "ticket-request-create-by-user-and-ip"))),
    "export": ("GET", "incremental/tickets/cursor.json", Call("export", ("account", "incremental"))),
    "search": ("GET", "search.json", Call("search", ("account", "search"))),
    "users": ("GET", "users/show_many.json", Call("users", ("account",))),
    "anything else read": ("GET", "webhooks/01H/invocations", Call("admin", ("account",))),
    "anything else written": ("DELETE", "triggers/5.json", Call("admin_write", ("account",))),
}


@pytest.mark.parametrize("name", CASES)
def test_kind_and_limits(name: str) -> None:
    method, path, expected = CASES[name]
    assert describe(method, path) == expected
