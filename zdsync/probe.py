"""`doctor --probe`: settles on a throwaway ticket what cannot be known from documentation.

Everything that zdsync does rests on two of the answers: a write with a stale stamp is refused, and of two parallel
writes with one stamp exactly one succeeds. Without both nothing goes live. The ticket is internal and deleted again.
"""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Generator
from contextlib import suppress
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Literal

from zdsync.zendesk.errors import Conflict, Rejected, ZendeskError
from zdsync.zendesk.session import ApiSession

Verdict = Literal["ok", "note", "fault"]


@dataclass(frozen=True, slots=True)
class Finding:
    """One answer: `fault` keeps the account from going live, `note` is something to know."""

    name: str
    verdict: Verdict
    words: str


MUST_HOLD = frozenset({"stale stamp", "parallel writes"})

WAITS = 1.2
"""Seconds: stamps have whole seconds, so two writes that must be told apart are kept further apart than one."""

METADATA = 512
"""Bytes that the keys of one audit may take."""


def probe(
    make_session: Callable[[], ApiSession], now: datetime, sleep: Callable[[float], None] = time.sleep
) -> Generator[Finding, None, None]:
    """The answers one by one, as they are found. Raises `ZendeskError` where one cannot be had; the ticket goes."""
    session = make_session()
    name = f"zdsync-probe-{now:%Y%m%dT%H%M%S}"
    ticket = _create(session, name)
    try:
        yield _idempotency(session, name, ticket["id"])
        sleep(WAITS)
        yield _stale_stamp(session, ticket, sleep)
        sleep(WAITS)
        yield _parallel(make_session, session, ticket["id"])
        sleep(WAITS)
        yield _metadata(session, ticket["id"])
        yield _additional_tags(session, ticket["id"])
        yield _placeholders(session, ticket["id"])
    finally:
        gone = _delete(session, ticket["id"])
    if not gone:
        yield Finding("clean-up", "note", f"ticket {ticket['id']} could not be deleted; please delete it by hand")


def _body(name: str) -> dict[str, Any]:
    return {
        "ticket": {
            "external_id": name,
            "subject": "zdsync: probe of this account, deleted at once",
            "comment": {"body": "A throwaway ticket; zdsync deletes it in a moment.", "public": False},
        }
    }


def _create(session: ApiSession, name: str) -> dict[str, Any]:
    reply = session.request("POST", _url(session, "tickets"), json=_body(name), headers={"Idempotency-Key": name})
    ticket: dict[str, Any] = reply.json()["ticket"]
    return ticket


def _idempotency(session: ApiSession, name: str, first: int) -> Finding:
    """The same key and body again must give the same ticket."""
    again = _create(session, name)
    if again["id"] == first:
        return Finding("Idempotency-Key", "ok", "a repeated create gives the same ticket")
    _delete(session, again["id"])
    return Finding("Idempotency-Key", "note", "a repeated create makes a second ticket; notices look for the first one")


def _stale_stamp(session: ApiSession, ticket: dict[str, Any], sleep: Callable[[float], None]) -> Finding:
    stale = _read(session, ticket["id"])["updated_at"]
    _put(session, ticket["id"], {"tags": ["zdsync_probe"], "safe_update": True, "updated_stamp": stale})
    sleep(WAITS)
    try:
        _put(session, ticket["id"], {"tags": ["zdsync_probe_2"], "safe_update": True, "updated_stamp": stale})
    except Conflict:
        return Finding("stale stamp", "ok", "a write with a stale stamp is refused")
    return Finding("stale stamp", "fault", "a write with a stale stamp went through: this account cannot go live")


def _parallel(make_session: Callable[[], ApiSession], session: ApiSession, ticket_id: int) -> Finding:
    stamp = _read(session, ticket_id)["updated_at"]
    sessions = [make_session(), make_session()]
    at_once = threading.Barrier(2)
    ends: list[str] = []

    def write(mine: ApiSession, tag: str) -> None:
        at_once.wait(10)
        try:
            _put(mine, ticket_id, {"tags": [tag], "safe_update": True, "updated_stamp": stamp})
        except Conflict:
            ends.append("refused")
        except ZendeskError as error:
            ends.append(str(error))
        else:
            ends.append("applied")

    threads = [threading.Thread(target=write, args=(one, f"zdsync_probe_{n}")) for n, one in enumerate(sessions)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    if sorted(ends) == ["applied", "refused"]:
        return Finding("parallel writes", "ok", "of two parallel writes with one stamp exactly one is applied")
    return Finding("parallel writes", "fault", f"two parallel writes with one stamp ended as {', '.join(sorted(ends))}")


def _metadata(session: ApiSession, ticket_id: int) -> Finding:
    keys = ("k" * (METADATA - 1)) + "z"
    ticket = _read(session, ticket_id)
    body = {
        "tags": ["zdsync_probe_metadata"],
        "metadata": {"zdsync_keys": keys},
        "safe_update": True,
        "updated_stamp": ticket["updated_at"],
    }
    try:
        audit = _put(session, ticket_id, body)["audit"]
    except Rejected as error:
        return Finding("metadata", "fault", f"{METADATA} bytes of metadata with safe_update are refused: {error}")
    listed = session.request("GET", _url(session, f"tickets/{ticket_id}/audits")).json()["audits"]
    kept = next((each for each in listed if each["id"] == audit["id"]), audit)
    if kept["metadata"].get("custom", {}).get("zdsync_keys") == keys:
        return Finding("metadata", "ok", f"{METADATA} bytes of metadata are kept beside safe_update")
    return Finding("metadata", "fault", "metadata sent with safe_update does not come back from the audits")


def _additional_tags(session: ApiSession, ticket_id: int) -> Finding:
    with suppress(ZendeskError):
        _put(session, ticket_id, {"additional_tags": ["zdsync_probe_more"]})
    if "zdsync_probe_more" in _read(session, ticket_id)["tags"]:
        return Finding("additional_tags", "ok", "works on a single update (zdsync does not depend on it)")
    return Finding("additional_tags", "note", "does nothing on a single update (zdsync does not depend on it)")


def _placeholders(session: ApiSession, ticket_id: int) -> Finding:
    body = {"comment": {"body": "number {{ticket.id}}", "public": False}}
    events = _put(session, ticket_id, body)["audit"]["events"]
    said = next((event["body"] for event in events if event["type"] == "Comment"), "")
    if "{{" in said:
        return Finding("placeholders", "note", "are left as they are in comments sent over the API")
    return Finding("placeholders", "note", "are rendered in comments sent over the API; zdsync neutralises them")


def _delete(session: ApiSession, ticket_id: int) -> bool:
    """Whether it is gone."""
    try:
        session.request("DELETE", _url(session, f"tickets/{ticket_id}"))
    except ZendeskError:
        return False
    return True


def _read(session: ApiSession, ticket_id: int) -> dict[str, Any]:
    ticket: dict[str, Any] = session.request("GET", _url(session, f"tickets/{ticket_id}")).json()["ticket"]
    return ticket


def _put(session: ApiSession, ticket_id: int, ticket: dict[str, Any]) -> dict[str, Any]:
    reply: dict[str, Any] = session.request(
        "PUT", _url(session, f"tickets/{ticket_id}"), json={"ticket": ticket}
    ).json()
    return reply


def _url(session: ApiSession, path: str) -> str:
    return f"{session.base_url}/api/v2/{path}.json"
