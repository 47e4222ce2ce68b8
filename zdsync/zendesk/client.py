"""The calls to Zendesk that zdsync makes, each by name. `reconcile.py`, the tasks and the `doctor` use this class.

Built on zenpy, whose request methods send everything through our own `ApiSession`. Replies are read as plain JSON, not
as zenpy's objects: those are cached, hydrate everything, and turn instants into bare dates on the way back.
Every method raises only `RetryLater` and `GiveUp` errors of `errors.py`.
"""

from __future__ import annotations

import logging
import os
import threading
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, replace
from datetime import datetime
from itertools import chain
from typing import Any, Literal
from urllib.parse import urlsplit

import msgspec
from requests import Response
from zenpy import Zenpy

from zdsync.core.audience import Candidate
from zdsync.core.model import Audit, Enclosure, Mailed, Merge, Person, Ticket, WorkClass
from zdsync.core.suspended import Suspended
from zdsync.zendesk import convert, exports
from zdsync.zendesk.errors import NotFound, Unavailable, Unclear, http_date
from zdsync.zendesk.session import ApiSession

# zenpy writes whole request bodies at DEBUG; ticket text must never reach a log.
logging.getLogger("zenpy").setLevel(logging.INFO)

PAGE_SIZE = 100
"""Zendesk's maximum for cursor pages and for ids in one `show_many`."""

Raw = dict[str, Any]

Kind = Literal["ticket_fields", "custom_statuses", "webhooks", "triggers", "macros", "views"]
"""What `provision` makes, by the name of its lists."""

_SINGULAR: Mapping[Kind, str] = {
    "ticket_fields": "ticket_field",
    "custom_statuses": "custom_status",
    "webhooks": "webhook",
    "triggers": "trigger",
    "macros": "macro",
    "views": "view",
}


@dataclass(frozen=True, slots=True)
class Fetched:
    """A ticket and Zendesk's own time at which it was read (whole seconds)."""

    ticket: Ticket
    date: datetime


@dataclass(frozen=True, slots=True)
class Found:
    """A page of what a search finds, and the cursor of the next one; empty at the end."""

    tickets: tuple[Ticket, ...]
    cursor: str


class Zendesk:
    """One account, for one thread of one process: make it after the fork (see `PerThread`).

    `work` on a method is who goes first when the budget is short. `zenpy` is open for what has no name here; it
    goes through the same session.
    """

    def __init__(self, session: ApiSession) -> None:
        self.session = session
        parts = urlsplit(session.base_url)
        subdomain, _, domain = parts.netloc.partition(".")
        self.zenpy = Zenpy(subdomain=subdomain, domain=domain, session=session, disable_cache=True)
        for api in vars(self.zenpy).values():  # `ZENPY_FORCE_*` would do it for the whole process
            if hasattr(api, "protocol"):
                api.protocol = parts.scheme
        self._api = self.zenpy.tickets

    def beside(self) -> Zendesk:
        """Another client for the same account, for another thread. The clock does not learn from it: one thread alone
        may teach it."""
        own = self.session
        hooks = replace(own.around, date=lambda date: None)
        return Zendesk(ApiSession(own.base_url, own.credential, now=own.now, hooks=hooks))

    def ticket(self, ticket_id: int, work: WorkClass = "live") -> Fetched:
        """The ticket as it is now. Raises `NotFound` when it was deleted."""
        response = self._get(f"tickets/{ticket_id}.json", work=work)
        with _reading():
            ticket = convert.ticket(_json(response)["ticket"])
        date = http_date(response.headers.get("Date"))
        return Fetched(ticket, date if date is not None else self.session.now())

    def audits(self, ticket_id: int, after_id: int | None = None, work: WorkClass = "live") -> tuple[Audit, ...]:
        """The ticket's audits, oldest first: all, or those after `after_id`.

        The new ones are read newest first, a page at a time, until a known one appears.
        """
        params = {} if after_id is None else {"sort": "-created_at"}
        found: list[Audit] = []
        for rows in self._pages(f"tickets/{ticket_id}/audits.json", "audits", work=work, params=params):
            with _reading():  # what an audit says takes long to find out: a page also has those that are known
                ids = [int(raw["id"]) for raw in rows]
                new = [after_id is None or number > after_id for number in ids]
                found += [convert.audit(raw) for raw, is_new in zip(rows, new, strict=True) if is_new]
            sorted_as_asked = len(ids) < 2 or ids[0] > ids[-1]  # archived tickets come oldest first
            if after_id is not None and sorted_as_asked and not all(new):
                break
        return tuple(sorted(found, key=lambda audit: audit.id))

    def update(self, ticket_id: int, body: Mapping[str, Any], work: WorkClass = "live") -> Audit | None:
        """One PUT, never repeated. The audit it made; None when nothing changed.

        Raises `Conflict`, `Unclear`, `Closed`, `NotFound`, `Rejected`, `RateLimited`, `Unauthorized`.
        """
        reply = self._write(self.session.put, f"tickets/{ticket_id}.json", body, work)
        raw = reply.get("audit")
        if not isinstance(raw, dict) or raw.get("events") == []:
            return None
        with _writing():
            return convert.audit(raw)

    def first_comment(self, ticket_id: int, work: WorkClass = "live") -> Mailed:
        """What a ticket began with, its files as they are now scanned. Their bytes are not read."""
        params = {"page[size]": 1, "sort": "created_at", "include_inline_images": "true"}
        reply = _json(self._get(f"tickets/{ticket_id}/comments.json", work=work, params=params))
        with _reading():
            rows = _rows(reply, "comments")
            if not rows:
                raise ValueError("a ticket without a comment")
            return convert.mailed(rows[0])

    def merge(self, source_id: int, merge: Merge, work: WorkClass = "live") -> None:
        """One POST, never repeated, by which Zendesk queues a job: the note with the files on the other ticket, the
        public comment on this one, which is then closed.

        Raises like `update`. Whether the job has been done is read from the tickets.
        """
        body = {
            "ids": [source_id],
            "target_comment": merge.target_comment,
            "target_comment_is_public": False,
            "source_comment": merge.source_comment,
            "source_comment_is_public": True,
        }
        reply = self._write(self.session.post, f"tickets/{merge.into}/merge.json", body, work)
        with _writing():
            reply["job_status"]["id"]

    def create_ticket(self, body: Mapping[str, Any], *, idempotency_key: str, work: WorkClass = "live") -> Ticket:
        """One POST. Within two hours the same key and body give the same ticket again; another body: `OtherBody`."""
        reply = self._write(self.session.post, "tickets.json", body, work, {"Idempotency-Key": idempotency_key})
        with _writing():
            return convert.ticket(reply["ticket"])

    def upload(self, file: Enclosure, work: WorkClass = "live") -> str:
        """One POST of the file's bytes (`documents.drawn`). A token, good for one comment and for an hour at least."""
        response = self._api._call_api(
            self.session.post,
            self._url("uploads.json"),
            params={"filename": file.name},
            data=file.content,
            headers={"Content-Type": file.content_type},
            work=work,
        )
        with _writing():
            return str(_json(response)["upload"]["token"])

    def members(self, group_id: int, work: WorkClass = "live") -> frozenset[int]:
        """The agents of a group; nobody where there is no such group."""
        try:
            rows = list(self._list(f"groups/{group_id}/users.json", "users", work=work))
        except NotFound:
            return frozenset()
        with _reading():
            return frozenset(int(raw["id"]) for raw in rows)

    def end_users_page(self, cursor: str = "", work: WorkClass = "live") -> tuple[tuple[Candidate, ...], str]:
        """A hundred end users after `cursor`, and the cursor of the next ones; empty at the end."""
        params = {"role": "end-user", "page[size]": PAGE_SIZE, **_after(cursor)}
        reply = _json(self._get("users.json", work=work, params=params))
        with _reading():
            found = tuple(convert.candidate(raw) for raw in _rows(reply, "users"))
        return found, _next_cursor(reply, cursor)

    def organization_tags(self, work: WorkClass = "live") -> Mapping[int, frozenset[str]]:
        """The tags of every organisation, by its id."""
        found: dict[int, frozenset[str]] = {}
        for raw in self._list("organizations.json", "organizations", work=work):
            with _reading():
                found[int(raw["id"])] = frozenset(map(str, raw.get("tags") or ()))
        return found

    def comments(self, ticket_id: int, work: WorkClass = "live") -> Mapping[int, str]:
        """The public comments of a ticket in words, by id. Not to be kept, not to be logged."""
        params = {"sort": "created_at"}
        found: dict[int, str] = {}
        for rows in self._pages(f"tickets/{ticket_id}/comments.json", "comments", work=work, params=params):
            with _reading():
                found |= {int(raw["id"]): convert.words(raw) for raw in rows if raw.get("public") is True}
        return found

    def users(self, ids: Sequence[int], work: WorkClass = "live") -> tuple[Person, ...]:
        """These people; unknown ids are left out."""
        people: list[Person] = []
        for start in range(0, len(ids), PAGE_SIZE):
            wanted = ",".join(map(str, ids[start : start + PAGE_SIZE]))
            reply = _json(self._get("users/show_many.json", work=work, params={"ids": wanted}))
            with _reading():
                people += [convert.person(raw) for raw in reply["users"]]
        return tuple(people)

    def names(self, ids: Sequence[int], work: WorkClass = "live") -> Mapping[int, str]:
        """What these people are called, to be shown and not to be kept; unknown ids are left out."""
        found: dict[int, str] = {}
        for start in range(0, len(ids), PAGE_SIZE):
            wanted = ",".join(map(str, ids[start : start + PAGE_SIZE]))
            reply = _json(self._get("users/show_many.json", work=work, params={"ids": wanted}))
            with _reading():
                found |= {int(raw["id"]): str(raw["name"]) for raw in reply["users"]}
        return found

    def addresses(self, ids: Sequence[int], work: WorkClass = "live") -> Mapping[int, str]:
        """The main e-mail address of each of these people, to be used and not to be kept; who has none is left out."""
        found: dict[int, str] = {}
        for start in range(0, len(ids), PAGE_SIZE):
            wanted = ",".join(map(str, ids[start : start + PAGE_SIZE]))
            reply = _json(self._get("users/show_many.json", work=work, params={"ids": wanted}))
            with _reading():
                found |= {int(raw["id"]): str(raw["email"]) for raw in reply["users"] if raw.get("email")}
        return found

    def support_addresses(self, work: WorkClass = "live") -> frozenset[str]:
        """The addresses whose mail opens tickets, in lower case."""
        rows = list(self._list("recipient_addresses.json", "recipient_addresses", work=work))
        with _reading():
            return frozenset(str(raw["email"]).lower() for raw in rows)

    def search_page(self, query: str, cursor: str = "", work: WorkClass = "bulk") -> Found:
        """A hundred of the tickets that a search finds, oldest first, after `cursor` (good for an hour).

        The index of the search is some seconds to minutes behind the tickets.
        """
        params = {"query": query, "filter[type]": "ticket", "page[size]": PAGE_SIZE}
        reply = _json(self._get("search/export.json", work=work, params={**params, **_after(cursor)}))
        with _reading():
            tickets = tuple(convert.ticket(raw) for raw in _rows(reply, "results"))
        return Found(tickets, _next_cursor(reply, cursor))

    def newest(self, query: str, count: int, work: WorkClass = "live") -> tuple[Ticket, ...]:
        """The tickets that a search finds, the newest first, at most `count` (up to 100) of them."""
        params = {"query": f"type:ticket {query}", "sort_by": "created_at", "sort_order": "desc", "per_page": count}
        reply = _json(self._get("search.json", work=work, params=params))
        with _reading():
            return tuple(convert.ticket(raw) for raw in _rows(reply, "results"))

    def tickets_by_external_id(self, external_id: str, work: WorkClass = "live") -> tuple[Ticket, ...]:
        """The tickets with exactly this external id."""
        rows = self._list("tickets.json", "tickets", work=work, params={"external_id": external_id})
        with _reading():
            return tuple(convert.ticket(raw) for raw in rows if raw.get("external_id") == external_id)

    def incidents(self, problem_id: int, work: WorkClass = "live") -> Iterator[Ticket]:
        """The tickets that are linked to this problem, read in pages of a hundred."""
        for rows in self._pages(f"tickets/{problem_id}/incidents.json", "tickets", work=work):
            with _reading():
                page = [convert.ticket(raw) for raw in rows]
            yield from page

    def unclosed_page(self, cursor: str = "", work: WorkClass = "bulk") -> exports.Page:
        """A hundred tickets by id after `cursor`, those left out that are closed or deleted: for a resync."""
        query = {"page[size]": PAGE_SIZE, **_after(cursor)}
        reply = _json(self._get("tickets.json", work=work, params=query))
        with _reading():
            rows = msgspec.convert(_rows(reply, "tickets"), tuple[exports.Row, ...])
        after = _next_cursor(reply, cursor)
        return exports.Page(tuple(row for row in rows if row.status not in ("closed", "deleted")), after, not after)

    def export_page(self, *, cursor: str | None = None, start_time: datetime | None = None) -> exports.Page:
        """See `exports.page`."""
        return exports.page(self.session, cursor=cursor, start_time=start_time)

    def suspended(self, work: WorkClass = "bulk") -> tuple[Suspended, ...]:
        """The mail that Zendesk has set aside, the oldest first; only admins and some agents may read it."""
        rows = self._list("suspended_tickets.json", "suspended_tickets", work=work)
        with _reading():
            return tuple(convert.suspended(raw) for raw in rows)

    def suspended_since(self, since: datetime, work: WorkClass = "bulk") -> Iterator[tuple[Suspended, ...]]:
        """The same set aside since then, the newest first, in pages of a hundred."""
        params = {"sort_by": "created_at", "sort_order": "desc"}
        for rows in self._pages("suspended_tickets.json", "suspended_tickets", work=work, params=params):
            with _reading():
                page = tuple(convert.suspended(raw) for raw in rows)
            yield tuple(mail for mail in page if mail.at >= since)
            sorted_as_asked = len(page) < 2 or page[0].at > page[-1].at  # whether cursor pages are is not documented
            if sorted_as_asked and page and page[-1].at < since:
                return

    def suspended_mail(self, mail_id: int, work: WorkClass = "bulk") -> Suspended:
        """One of them. Raises `NotFound` when it was recovered or deleted."""
        reply = _json(self._get(f"suspended_tickets/{mail_id}.json", work=work))
        with _reading():  # documented once as a list and once as a single one
            one = reply.get("suspended_ticket")
            (raw,) = [one] if one else _rows(reply, "suspended_tickets")
            return convert.suspended(raw)

    def me(self) -> Raw | None:
        """The user that we act as; None for the anonymous user that Zendesk answers 200 with."""
        user = _json(self._get("users/me.json")).get("user")
        return user if isinstance(user, dict) and user.get("id") else None

    def count_tickets(self) -> int:
        """Approximate. Needs a credential that works, so it tells more than `me`."""
        reply = _json(self._get("tickets/count.json"))
        with _reading():
            return int(reply["count"]["value"])

    def ticket_fields(self) -> tuple[Raw, ...]:
        """All ticket fields, system ones too."""
        return tuple(self._list("ticket_fields.json", "ticket_fields"))

    def custom_statuses(self) -> tuple[Raw, ...]:
        """All custom statuses (never paged); `Rejected` where the account has none."""
        return tuple(_rows(_json(self._get("custom_statuses.json")), "custom_statuses"))

    def triggers(self) -> tuple[Raw, ...]:
        """All triggers, in order of position."""
        return tuple(self._list("triggers.json", "triggers"))

    def webhooks(self) -> tuple[Raw, ...]:
        """All webhooks. Their secrets are not in it."""
        return tuple(self._list("webhooks", "webhooks"))

    def automations(self) -> tuple[Raw, ...]:
        """All automations, in order of position."""
        return tuple(self._list("automations.json", "automations"))

    def groups(self) -> tuple[Raw, ...]:
        return tuple(self._list("groups.json", "groups"))

    def locales(self) -> tuple[Raw, ...]:
        """The languages that the account has switched on (never paged)."""
        return tuple(_rows(_json(self._get("locales.json")), "locales"))

    def objects(self, kind: Kind) -> tuple[Raw, ...]:
        """All objects of a kind. Raises `NotFound` or `Rejected` where the account lacks the kind."""
        if kind == "custom_statuses":
            return self.custom_statuses()
        return tuple(self._list(_listed(kind), kind))

    def create(self, kind: Kind, body: Mapping[str, Any]) -> Raw:
        """One POST, never repeated: after `Unclear` look whether it is there. The object with its id."""
        reply = self._write(self.session.post, _listed(kind), {_SINGULAR[kind]: dict(body)}, "live")
        with _writing():
            made = reply[_SINGULAR[kind]]
            if not made["id"]:
                raise ValueError("without an id")
            return dict(made)

    def change(self, kind: Kind, object_id: int | str, body: Mapping[str, Any]) -> None:
        """One PUT of what should be different."""
        suffix = "" if kind == "webhooks" else ".json"
        url = self._url(f"{kind}/{object_id}{suffix}")
        self._api._call_api(self.session.put, url, json={_SINGULAR[kind]: dict(body)}, work="live")

    def signing_secret(self, webhook_id: str) -> str:
        """A webhook's signing secret, to be used as it is written."""
        reply = _json(self._get(f"webhooks/{webhook_id}/signing_secret"))
        with _reading():
            return str(reply["signing_secret"]["secret"])

    def show(self, path: str, params: Mapping[str, str] | None = None) -> Raw:
        """GET any path below `/api/v2/`, as JSON."""
        return _json(self._get(path, params=params or {}))

    def _get(self, path: str, *, work: WorkClass = "live", params: Mapping[str, Any] | None = None) -> Response:
        response: Response = self._api._get(self._url(path), raw_response=True, work=work, params=params or {})
        return response

    def _write(
        self,
        method: Callable[..., Response],
        path: str,
        body: Mapping[str, Any],
        work: WorkClass,
        headers: Mapping[str, str] | None = None,
    ) -> Raw:
        # zenpy's own `_put` takes no headers and reads the reply into objects; this is the step below it.
        response = self._api._call_api(method, self._url(path), json=dict(body), headers=headers, work=work)
        with _writing():
            return _json(response)

    def _list(self, path: str, key: str, **arguments: Any) -> Iterator[Raw]:
        """The rows of all pages."""
        return chain.from_iterable(self._pages(path, key, **arguments))

    def _pages(
        self, path: str, key: str, *, work: WorkClass = "live", params: Mapping[str, Any] | None = None
    ) -> Iterator[list[Raw]]:
        """The rows of each page. Cursors are followed by value: the URL in the reply may name another host."""
        query: dict[str, Any] = {**(params or {}), "page[size]": PAGE_SIZE}
        while True:
            reply = _json(self._get(path, work=work, params=query))
            yield _rows(reply, key)
            cursor = _next_cursor(reply, query.get("page[after]", ""))
            if not cursor:
                return
            query["page[after]"] = cursor

    def _url(self, path: str) -> str:
        return f"{self.session.base_url}/api/v2/{path}"


class PerThread:
    """Gives each thread of each process its own client, made by `make` when first asked for, after the fork."""

    def __init__(self, make: Callable[[], Zendesk]) -> None:
        self._make = make
        self._local = threading.local()

    def __call__(self) -> Zendesk:
        if getattr(self._local, "process", None) != os.getpid():
            self._local.client = self._make()
            self._local.process = os.getpid()
        client: Zendesk = self._local.client
        return client


def _listed(kind: Kind) -> str:
    """The path of a kind's list. Webhooks belong to another part of Zendesk, which knows no `.json`."""
    return kind if kind == "webhooks" else f"{kind}.json"


def _json(response: Response) -> Raw:
    try:
        reply = msgspec.json.decode(response.content)
    except (msgspec.MsgspecError, UnicodeDecodeError, RecursionError):
        raise Unavailable(f"{response.status_code} with a body that is not JSON") from None
    if not isinstance(reply, dict):
        raise Unavailable(f"{response.status_code} with a body that is not an object")
    return reply


def _after(cursor: str) -> Mapping[str, str]:
    return {"page[after]": cursor} if cursor else {}


def _next_cursor(reply: Raw, present: str) -> str:
    """Empty at the end: a page has a `next` link also when there is no more (api-facts 1.2)."""
    meta = reply.get("meta")
    cursor = meta.get("after_cursor") if isinstance(meta, dict) and meta.get("has_more") is True else None
    return cursor if isinstance(cursor, str) and cursor != present else ""


def _rows(reply: Raw, key: str) -> list[Raw]:
    rows = reply.get(key)
    if not isinstance(rows, list) or not all(isinstance(row, dict) for row in rows):
        raise Unavailable(f"a list without {key}")
    return rows


_SHAPE_ERRORS = (ValueError, KeyError, TypeError, AttributeError, msgspec.MsgspecError)


@contextmanager
def _reading() -> Iterator[None]:
    """A reply that is not as documented is treated as none: look again later."""
    try:
        yield
    except _SHAPE_ERRORS as error:
        raise Unavailable(f"a reply that cannot be read: {type(error).__name__}: {error}"[:200]) from None


@contextmanager
def _writing() -> Iterator[None]:
    """The same for the reply to a write: it was most likely applied, only its proof has to be read again."""
    try:
        yield
    except (Unavailable, *_SHAPE_ERRORS) as error:
        raise Unclear(f"the reply to a write cannot be read: {type(error).__name__}") from None
