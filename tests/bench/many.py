"""A process that reconciles very many tickets and tells how its memory goes: `python -m tests.bench.many TICKETS`.

It is a worker's child without Celery: real wiring, client, zenpy, rules, log lines and Redis. Only the network is left
out: a transport adapter below the HTTP session makes each ticket's replies up, so that there is no account whose own
tickets would have to be kept. Every ticket has its own customer, is new to the worker, and gets targets and a note.
"""

from __future__ import annotations

import gc
import json
import os
import re
import sys
from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from io import BytesIO
from typing import Any

import msgspec
import psutil
from requests import PreparedRequest, Response
from requests.adapters import HTTPAdapter
from urllib3 import HTTPResponse

from tests.bench import CONFIG
from zdsync.brakes import Brakes
from zdsync.clock import milliseconds
from zdsync.core.rulebook import Caps, Rulebook
from zdsync.logs import configure_logs
from zdsync.parts import LEASE_MS, Parts
from zdsync.reconcile import reconcile
from zdsync.rules.current import CurrentRules
from zdsync.rules.load import load
from zdsync.settings import ApiToken, Secret, Settings
from zdsync.store.brakes import Control
from zdsync.store.connection import connect
from zdsync.wiring import Account, Store, parts_of, session_of
from zdsync.zendesk.client import Zendesk
from zdsync.zendesk.convert import stamp

NOW = datetime(2026, 11, 23, 9, tzinfo=UTC)
"""A Monday, 10:00 in Paris. It stays so."""
CREATED = NOW - timedelta(minutes=30)
US, AGENT, FIRST_CUSTOMER = 9, 21, 1_000_000
FIELDS = ("SLA first reply due", "SLA resolution due")
PRIORITIES = ("urgent", "high", "normal", "low")
AT_ONCE = 500
"""Tickets that are hinted together."""
SAMPLES = 10
PLENTY = 100_000_000

HEADERS = {
    "Date": NOW.strftime("%a, %d %b %Y %H:%M:%S GMT"),
    "Content-Type": "application/json",
    "ratelimit-limit": str(PLENTY),
    "ratelimit-remaining": str(PLENTY),
    "ratelimit-reset": "60",
    "zendesk-ratelimit-tickets-update": f"total={PLENTY}; remaining={PLENTY}; resets=60",
}
_TICKET = re.compile(r"/api/v2/tickets/(\d+)(/audits)?\.json")


class StandingClock:
    """The account's time, which does not pass."""

    steady = True

    def now(self) -> datetime:
        return NOW

    def observe(self, date: datetime) -> None:
        """It is exact."""


class MadeUpZendesk(HTTPAdapter):
    """Answers as an account with any number of tickets would, and keeps nothing."""

    def send(self, request: PreparedRequest, *_: Any, **__: Any) -> Response:
        body = BytesIO(msgspec.json.encode(_reply(request)))
        raw = HTTPResponse(body=body, headers=HEADERS, status=200, preload_content=False)
        response: Response = self.build_response(request, raw)
        return response


def _reply(request: PreparedRequest) -> dict[str, Any]:
    path, _, query = request.path_url.partition("?")
    if found := _TICKET.fullmatch(path):
        ticket = int(found[1])
        if request.method == "PUT":
            assert isinstance(request.body, bytes)
            return {"ticket": _ticket(ticket), "audit": _our_audit(ticket, json.loads(request.body)["ticket"])}
        return {"audits": _audits(ticket), "meta": {"has_more": False}} if found[2] else {"ticket": _ticket(ticket)}
    match path.removeprefix("/api/v2/"):
        case "users/show_many.json":
            return {"users": [_user(int(id)) for id in re.findall(r"\d+", query)]}
        case "users/me.json":
            return {"user": _user(US)}
        case "ticket_fields.json":
            fields = [{"id": 7000 + n, "title": title, "active": True} for n, title in enumerate(FIELDS)]
            return {"ticket_fields": fields, "meta": {"has_more": False}}
        case "custom_statuses.json":
            return {"custom_statuses": []}
        case "triggers.json":
            return {"triggers": [], "meta": {"has_more": False}}
    raise AssertionError(f"nobody asks for {path}")


def _user(id: int) -> dict[str, Any]:
    role = {US: "admin", AGENT: "agent"}.get(id, "end-user")
    return {"id": id, "role": role, "locale": "fr", "iana_time_zone": "Europe/Paris", "name": f"Person {id}"}


def _ticket(id: int) -> dict[str, Any]:
    return {
        "id": id,
        "status": "open",
        "priority": PRIORITIES[id % 4],
        "created_at": stamp(CREATED),
        "updated_at": stamp(CREATED + timedelta(minutes=5)),
        "requester_id": FIRST_CUSTOMER + id,
        "submitter_id": FIRST_CUSTOMER + id,
        "assignee_id": AGENT,
        "subject": f"Question {id}",
        "description": "How does it work? " * 20,
        "via": {"channel": "email"},
        "tags": [f"tag{id}"],
        "custom_fields": [{"id": 7000 + n, "value": None} for n in range(len(FIELDS))],
    }


def _audits(ticket: int) -> list[dict[str, Any]]:
    """Asked, assigned, and its priority set."""
    customer = FIRST_CUSTOMER + ticket
    asked = {"id": 10 * ticket, "type": "Comment", "author_id": customer, "public": True, "body": "How? " * 50}
    events = (
        [_change("Create", "status", "new"), _change("Create", "requester_id", str(customer)), asked],
        [_change("Change", "assignee_id", str(AGENT), None), _change("Change", "status", "open", "new")],
        [_change("Change", "priority", PRIORITIES[ticket % 4], None)],
    )
    minutes = (0, 2, 5)
    return [
        _audit(10 * ticket + n, CREATED + timedelta(minutes=minutes[n]), AGENT if n else customer, each)
        for n, each in enumerate(events)
    ]


def _our_audit(ticket: int, body: dict[str, Any]) -> dict[str, Any]:
    """What Zendesk makes of our update."""
    fields = [_change("Change", str(field["id"]), field["value"], None) for field in body.get("custom_fields", ())]
    said = body.get("comment")
    comment = [{**said, "id": 10 * ticket + 9, "type": "Comment", "author_id": US}] if said else []
    return {**_audit(10 * ticket + 5, NOW, US, [*fields, *comment]), "metadata": {"custom": body["metadata"]}}


def _audit(id: int, at: datetime, author_id: int, events: list[dict[str, Any]]) -> dict[str, Any]:
    return {"id": id, "created_at": stamp(at), "author_id": author_id, "via": {"channel": "web"}, "events": events}


def _change(kind: str, field: str, value: object, *previous: object) -> dict[str, Any]:
    change = {"id": 1, "type": kind, "field_name": field, "value": value}
    return {**change, "previous_value": previous[0]} if previous else change


def a_worker(redis_url: str) -> Parts:
    """A worker's parts as `wiring.wire` makes them, but for the transport, the clock, the caps and a probed account."""
    settings = Settings(
        base_url="http://127.0.0.1:9", credential=ApiToken("us@example.com", Secret("x")), config=CONFIG
    )
    store, clock = Store.at(connect(redis_url)), StandingClock()
    store.governor.learn(HEADERS, NOW)  # else the smallest plan's limits hold until the next minute, which never comes
    session = session_of(settings, clock, store)
    session.mount("http://", MadeUpZendesk())
    zendesk = Zendesk(session)
    account = Account(zendesk)
    rules = CurrentRules(_rulebook, store.cache.rulebook, store.cache.publish_rulebook)
    rules.take_over()
    brakes = Brakes(store.brakes, clock, lambda now: Control(1, stopped=False, probed=True))
    return replace(parts_of(store, clock, zendesk, account, rules), brakes=brakes)


def _rulebook() -> Rulebook:
    rulebook = load(CONFIG, mode="live", live_since=CREATED - timedelta(days=1))
    return replace(rulebook, caps=Caps(PLENTY, PLENTY, PLENTY))


def reconcile_all(parts: Parts, tickets: int) -> Iterator[tuple[int, float]]:
    """How many tickets are done and the MB of resident memory, `SAMPLES` times."""
    process, now_ms, done = psutil.Process(), milliseconds(NOW), 0
    for first in range(1, tickets + 1, AT_ONCE):
        parts.due.hint(range(first, min(first + AT_ONCE, tickets + 1)), "live", now_ms)
        while leases := parts.due.claim(10, now_ms, LEASE_MS):
            for lease in leases:
                outcome = reconcile(lease, parts)
                assert outcome.what == "updated", outcome
                done += 1
                if done % (tickets // SAMPLES) == 0:
                    gc.collect()
                    yield done, process.memory_info().rss / 1e6


if __name__ == "__main__":
    configure_logs("json")
    for sample in reconcile_all(a_worker(os.environ["BENCH_REDIS"]), int(sys.argv[1])):
        print(json.dumps(sample), flush=True)
