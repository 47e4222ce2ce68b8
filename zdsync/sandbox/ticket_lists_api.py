"""The ticket endpoints for many: lists, counts, incidents, search, and the bulk calls that make jobs."""

from __future__ import annotations

from zdsync.sandbox import jobs, search, tickets
from zdsync.sandbox.account import Ticket
from zdsync.sandbox.base import SECOND, Row, as_int, iso
from zdsync.sandbox.errors import bad_request, not_found, too_many_values
from zdsync.sandbox.http import Call, Reply, route
from zdsync.sandbox.paging import listing
from zdsync.sandbox.tickets_api import rendered, side_loads, system_metadata
from zdsync.sandbox.update import channel

MAX_MANY = 100


def _present(call: Call) -> list[Ticket]:
    return [ticket for ticket in call.account.tickets.values() if ticket.row["status"] != "deleted"]


def _place(ticket: Ticket) -> int:
    return int(ticket.row["id"])


def _page(call: Call, found: list[Ticket]) -> Reply:
    """Rows of a cursor page have no `fields` key; those of an offset page have it."""
    cursor = any(name.startswith("page[") for name in call.query)
    account, base_url = call.account, call.base_url
    return listing(
        call,
        "tickets",
        found,
        lambda ticket: tickets.render(account, ticket, base_url, fields=not cursor),
        key=_place,
        more=side_loads(call, found) if "include" in call.query else None,
    )


@route("GET /tickets", limits=("tickets-index",))
def index(call: Call) -> Reply:
    found = _present(call)
    if (external_id := call.one("external_id")) is not None:
        found = [ticket for ticket in found if ticket.row["external_id"] == external_id]
    if call.one("start_time") is not None:
        start_ms = call.number("start_time", 0) * SECOND
        found = [ticket for ticket in found if ticket.generated_ms >= start_ms]
    sort = call.one("sort") or ("-id" if call.one("sort_order") == "desc" else "id")
    found.sort(key=_place, reverse=sort.startswith("-"))
    return _page(call, found)


@route("GET /tickets/count")
def count(call: Call) -> Reply:
    value = len(_present(call))
    return Reply(200, {"count": {"value": value, "refreshed_at": iso(call.account.now_ms)}})


@route("GET /tickets/show_many")
def show_many(call: Call) -> Reply:
    ids = call.ids()
    if len(ids) > MAX_MANY:
        raise too_many_values()
    known = call.account.tickets
    found = [known[i] for i in dict.fromkeys(as_int(text) for text in ids) if i in known]
    found = [ticket for ticket in found if ticket.row["status"] != "deleted"]
    page = {"tickets": [rendered(call, ticket) for ticket in found], **side_loads(call, found)}
    return Reply(200, {**page, "next_page": None, "previous_page": None, "count": len(found)})


@route("GET /tickets/{id}/incidents")
def incidents(call: Call) -> Reply:
    tickets.get(call.account, call.id)
    return _page(call, tickets.incidents(call.account, call.id))


@route("GET /users/{id}/tickets/requested")
def requested(call: Call) -> Reply:
    return _page(call, [ticket for ticket in _present(call) if ticket.row["requester_id"] == call.id])


@route("GET /users/{id}/tickets/assigned")
def assigned(call: Call) -> Reply:
    return _page(call, [ticket for ticket in _present(call) if ticket.row["assignee_id"] == call.id])


@route("GET /organizations/{id}/tickets")
def of_organization(call: Call) -> Reply:
    return _page(call, [ticket for ticket in _present(call) if ticket.row["organization_id"] == call.id])


# Bulk calls


def _items(call: Call) -> list[Row]:
    items = call.body.get("tickets") if isinstance(call.body, dict) else None
    if not isinstance(items, list) or not all(isinstance(item, dict) for item in items):
        raise bad_request("Invalid attribute", "You passed an invalid value for the tickets attribute.")
    if len(items) > MAX_MANY:
        raise too_many_values()
    return items


@route("POST /tickets/create_many", limits=("ticket-request-create-by-user-and-ip",))
def create_many(call: Call) -> Reply:
    def create(number: int, item: Row) -> Row:
        ticket, _, _ = tickets.create(call.account, item, call.user, channel("api"), system_metadata(call))
        return {"index": number, "id": ticket.row["id"], "account_id": call.account.options.account_id}

    return jobs.started(call, jobs.start(call.account, _items(call), create))


@route("PUT /tickets/update_many", limits=("tickets-update",))
def update_many(call: Call) -> Reply:
    """With `ids` one change for all, else a change for each."""
    ids = call.ids()
    if len(ids) > MAX_MANY:
        raise too_many_values()
    items = [{**call.object("ticket"), "id": as_int(text)} for text in ids] if ids else _items(call)

    def update(_number: int, item: Row) -> Row:
        ticket = call.account.tickets.get(as_int(item.get("id")) or 0)
        if ticket is None or ticket.row["status"] == "deleted":
            raise not_found()
        wish = {key: value for key, value in item.items() if key != "id"}
        tickets.update(call.account, ticket, wish, call.user, channel("api"), system_metadata(call))
        return {"action": "update", "status": "Updated", "success": True, "id": ticket.row["id"]}

    return jobs.started(call, jobs.start(call.account, items, update))


@route("DELETE /tickets/destroy_many", limits=("tickets-delete",))
def destroy_many(call: Call) -> Reply:
    ids = call.ids()
    if len(ids) > MAX_MANY:
        raise too_many_values()

    def destroy(_number: int, item: Row) -> Row:
        tickets.delete(call.account, tickets.get(call.account, item["id"]), call.user, channel("api"))
        return {"action": "delete", "status": "Deleted", "success": True, "id": item["id"]}

    items = [{"id": as_int(text) or 0} for text in ids]
    return jobs.started(call, jobs.start(call.account, items, destroy))


# Search


@route("GET /search")
def find(call: Call) -> Reply:
    """Offset paging only, at most 1000 results; `count` is the true total."""
    if any(name.startswith("page[") for name in call.query):
        raise bad_request("InvalidValue", "page must be an integer")
    found = search.find(call.account, call.one("query") or "", call.one("sort_by"), call.one("sort_order"))
    page, size = call.number("page", 1), min(call.number("per_page", 100), 100)
    search.check_depth(page, size, len(found))
    return listing(call, "results", found, lambda hit: _hit(call, hit), key=lambda hit: 0, more={"facets": None})


def _hit(call: Call, hit: search.Hit) -> Row:
    if isinstance(hit, Ticket):
        return {**rendered(call, hit), "result_type": "ticket"}
    kind, row = hit
    return {**row, "url": call.url(f"/{kind}s/{row['id']}.json"), "result_type": kind}


@route("GET /search/count")
def count_found(call: Call) -> Reply:
    return Reply(200, {"count": len(search.find(call.account, call.one("query") or "", None, None))})


@route("GET /search/export", limits=("search-export",))
def export(call: Call) -> Reply:
    """Cursor paging by creation, tickets only here; `type:` belongs into `filter[type]`."""
    query = call.one("query") or ""
    if "type:" in query.replace("ticket_type:", ""):
        raise bad_request("InvalidValue", "type: is not allowed in the query, use filter[type]")
    if call.one("filter[type]") != "ticket":
        raise bad_request("InvalidValue", "filter[type] is required")
    found = search.find(call.account, f"type:ticket {query}", "id", "asc")
    hits = [hit for hit in found if isinstance(hit, Ticket)]
    return listing(call, "results", hits, lambda hit: _hit(call, hit), key=_place, cursor=True)
