"""A sync tool that is not ours: Singer's tap-zendesk, as published, through `https://desk.zendesk.com`."""

from __future__ import annotations

from collections import Counter
from datetime import datetime
from pathlib import Path
from typing import Any

import pytest
import requests

from tests.peers.conftest import HOST, SUBDOMAIN
from tests.peers.history import AGENT_MAILS, CUSTOMER_MAILS, DELETED_EVERY, TICKETS
from tests.peers.tap import Extract, Row, Tap, select
from zdsync.sandbox import Server
from zdsync.sandbox.seed import OAUTH_CLIENT, OAUTH_SECRET
from zdsync.sandbox.tickets import render

AT = f"https://{HOST}/api/v2/"
STREAMS = {"tickets", "ticket_audits", "ticket_comments", "users", "organizations", "groups"}
STREAMS |= {"ticket_fields", "ticket_forms", "group_memberships", "tags"}


@pytest.fixture
def tap(server: Server, peers: Path, outside: dict[str, str], tmp_path: Path) -> Tap:
    """With an OAuth token that may only read."""
    grant = {"grant_type": "client_credentials", "client_id": OAUTH_CLIENT, "client_secret": OAUTH_SECRET}
    reply = requests.post(f"{server.url}/oauth/tokens", json={**grant, "scope": "read"}, timeout=30)
    token = reply.json()["access_token"]
    config = {"subdomain": SUBDOMAIN, "access_token": token, "start_date": "2020-01-01T00:00:00Z"}
    return Tap(peers / "tap-zendesk", tmp_path, outside, config)


@pytest.mark.long  # an environment of its own is installed for it
def test_it_discovers_extracts_everything_and_then_only_what_changed(server: Server, tap: Tap) -> None:
    catalog = tap.discover()
    offered = {stream["tap_stream_id"] for stream in catalog["streams"]}
    assert offered >= STREAMS
    assert "talk_phone_numbers" not in offered, "refused, so it is not offered"
    chosen = select(catalog, STREAMS)
    server.clock.advance(60)  # the exports' budget is for a minute

    full = tap.sync(chosen)

    assert_is_the_account(full, server)
    server.clock.advance(60)
    changed = change(server)
    server.clock.advance(120)

    further = tap.sync(chosen, full.state)

    again = newest(full.by("tickets"))  # a bookmark is inclusive
    assert set(further.by("tickets")) == changed | again
    assert_is_the_account(merged(full, further), server)
    server.clock.advance(120)
    assert set(tap.sync(chosen, further.state).by("tickets")) == newest(further.by("tickets"))
    calls = server.calls()
    assert {status for counts in calls["counts"].values() for status in counts} == {"200", "403"}
    assert calls["writes"] == []


def change(server: Server) -> set[int]:
    """Agents, a customer and an admin do something; the ids of the tickets that it concerns."""
    opened = server.act(CUSTOMER_MAILS[0], subject="One more", comment="Hello", channel="email")["ticket"]
    server.clock.advance(5)
    server.act(AGENT_MAILS[0], ticket=opened, comment="A look inside", public=False, add_tags=["extra"])
    server.clock.advance(5)
    still_open = [i for i, t in server.account.tickets.items() if t.row["status"] in ("new", "open", "pending")]
    for ticket in still_open[:20]:
        server.act(AGENT_MAILS[1], ticket=ticket, assignee=AGENT_MAILS[1], comment="Done", status="solved")
        server.clock.advance(1)
    server.act("admin@desk.example", ticket=still_open[20], delete=True)
    server.act("somebody.new@northgate.example", subject="New here", comment="Hi", channel="email")
    return {opened, *still_open[:21], max(server.account.tickets)}


def newest(tickets: dict[Any, Row]) -> set[int]:
    last = max(row["generated_timestamp"] for row in tickets.values())
    return {ticket for ticket, row in tickets.items() if row["generated_timestamp"] == last}


def merged(first: Extract, then: Extract) -> Extract:
    """As a warehouse that replaces rows by key would have it."""
    records = {}
    for stream in first.records:
        key = "name" if stream == "tags" else "id"
        records[stream] = list({**first.by(stream, key), **then.by(stream, key)}.values())
    return Extract(records, then.state)


def assert_is_the_account(extract: Extract, server: Server) -> None:
    """Every row of every stream is there, and says what the account does."""
    account = server.account
    tickets = {number: render(account, ticket, f"https://{HOST}") for number, ticket in account.tickets.items()}
    assert len(tickets) >= TICKETS
    assert sum(row["status"] == "deleted" for row in tickets.values()) >= TICKETS // DELETED_EVERY
    assert_same(extract.by("tickets"), tickets, "tickets", needs={"status", "priority", "tags", "requester_id", "url"})

    def of_present(row: Row) -> bool:
        """What is deleted has no audits any more; what was extracted before stays."""
        return str(tickets[row["ticket_id"]]["status"]) != "deleted"

    audits = [with_times(audit) for ticket in account.tickets.values() for audit in ticket.audits if of_present(audit)]
    comments = [event for audit in audits for event in audit["events"] if event["type"] == "Comment"]
    for name, rows, needs in (
        ("ticket_audits", audits, {"events", "author_id", "metadata", "via"}),
        ("ticket_comments", comments, {"body", "html_body", "public", "author_id"}),
    ):
        extracted = {key: row for key, row in extract.by(name).items() if of_present(row)}
        assert_same(extracted, {row["id"]: row for row in rows}, name, needs=needs)
    for name in ("users", "organizations", "groups", "ticket_fields", "ticket_forms"):
        assert_same(extract.by(name), getattr(account, name), name, needs={"created_at", "url"})
    members = {(row["user_id"], row["group_id"]) for row in extract.records["group_memberships"]}
    assert members == set(account.memberships)
    used = Counter(tag for row in tickets.values() if row["status"] != "deleted" for tag in row["tags"])
    assert {name: row["count"] for name, row in extract.by("tags", "name").items()} == used


def with_times(audit: Row) -> Row:
    """The tap writes into each comment what the audit around it says."""
    said = {name: audit[name] for name in ("created_at", "via", "metadata", "ticket_id")}
    return {
        **audit,
        "events": [{**event, **said} if event["type"] == "Comment" else event for event in audit["events"]],
    }


def assert_same(got: dict[Any, Row], want: dict[Any, Row], stream: str, *, needs: set[str]) -> None:
    assert set(got) == set(want), stream
    for key, row in got.items():
        assert needs <= set(row), f"{stream} {key} lacks columns"
        assert str(row.get("url", AT)).startswith(AT), f"{stream} {key}: a link that leads elsewhere"
        for name in set(row) - {"url"}:
            value, wanted = row[name], want[key].get(name)
            assert alike(value, wanted), f"{stream} {key} {name}: {value!r}, not {wanted!r}"


def alike(got: Any, want: Any) -> bool:
    """Equal in what the tap kept: it drops what its schema lacks, and rewrites instants, numbers, null booleans."""
    if got is False and want is None:
        return True
    if isinstance(got, dict) and isinstance(want, dict):
        return all(alike(value, want.get(name)) for name, value in got.items())
    if isinstance(got, list) and isinstance(want, list):
        return len(got) == len(want) and all(map(alike, got, want))
    if isinstance(got, str) and isinstance(want, str) and got != want:
        return datetime.fromisoformat(got) == datetime.fromisoformat(want)
    return bool(got == want or str(got) == str(want))
