"""zdesk, a published Zendesk client, works against the sandbox unchanged. Further programs: `tests/peers`."""

from __future__ import annotations

import importlib
from typing import Any

import pytest

from tests.sandbox.conftest import EMILY
from zdsync.sandbox import Server


def test_zdesk_works_unchanged(server: Server) -> None:
    """Another published client, with paths and paging of its own (offset pages, `ids` in the query)."""
    zdesk: Any = importlib.import_module("zdesk")
    client = zdesk.Zendesk(server.url, server.email, zdesk_api=server.token)

    location = client.ticket_create({"ticket": {"subject": "From zdesk", "comment": {"body": "Hi"}}})
    note = client.ticket_update(1, {"ticket": {"comment": {"body": "n", "public": False}}})
    for number in range(120):
        server.act(EMILY, subject=str(number), comment="x")
    server.clock.advance(300)

    assert location == f"{server.url}/api/v2/tickets/1.json"
    assert note["audit"]["events"][0]["type"] == "Comment"
    assert len(client.tickets_list(get_all_pages=True)["tickets"]) == 121
    assert client.ticket_audits(1)["count"] == 2
    assert client.search(query="type:ticket", get_all_pages=True)["count"] == 121
    assert len(client.incremental_tickets_list(start_time=1)["tickets"]) == 121
    assert client.tickets_update_many({"ticket": {"priority": "low"}}, ids="1,2")["job_status"]["status"] == "queued"
    with pytest.raises(zdesk.ZendeskError, match="404"):
        client.ticket_show(999)
