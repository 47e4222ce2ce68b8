"""The endpoints of suspended tickets."""

from __future__ import annotations

from zdsync.sandbox import attachments, suspended
from zdsync.sandbox.base import Row, as_int
from zdsync.sandbox.errors import ApiError, bad_request, too_many_values
from zdsync.sandbox.http import Call, Reply, route
from zdsync.sandbox.paging import listing
from zdsync.sandbox.tickets_api import rendered

MAX_MANY = 100
SORTS = ("author_email", "cause", "created_at", "subject")


def shown(call: Call, row: Row) -> Row:
    files = [call.account.attachments[number] for number in row["attachments"]]
    return {
        **{key: value for key, value in row.items() if not key.startswith("_")},
        "url": call.url(f"/suspended_tickets/{row['id']}.json"),
        "attachments": [attachments.rendered(call.account, file, call.base_url) for file in files],
    }


@route("GET /suspended_tickets")
def index(call: Call) -> Reply:
    found = suspended.present(call.account)
    by = call.one("sort_by") or "created_at"
    if by not in SORTS:
        raise bad_request("InvalidValue", f"sort_by must be one of {', '.join(SORTS)}")
    found.sort(key=lambda row: (_sort_key(row, by), row["id"]), reverse=call.one("sort_order") == "desc")
    places = {row["id"]: place for place, row in enumerate(found)}
    return listing(
        call, "suspended_tickets", found, lambda row: shown(call, row), key=lambda row: int(places[row["id"]])
    )


def _sort_key(row: Row, by: str) -> str:
    return str((row["author"]["email"] if by == "author_email" else row[by]) or "").lower()


@route("GET /suspended_tickets/{id}")
def show(call: Call) -> Reply:
    return Reply(200, {"suspended_ticket": shown(call, suspended.get(call.account, call.id))})


@route("DELETE /suspended_tickets/{id}")
def delete(call: Call) -> Reply:
    del call.account.suspended[suspended.get(call.account, call.id)["id"]]
    return Reply(204)


@route("PUT /suspended_tickets/{id}/recover")
def recover(call: Call) -> Reply:
    """The calling agent becomes the requester. What fails comes back with 422; `ticket` is a list in either reply."""
    row = suspended.get(call.account, call.id)
    try:
        ticket = suspended.recover(call.account, row, call.user, keeps_requester=False)
    except ApiError:
        return Reply(422, {"ticket": [shown(call, row)]})
    return Reply(200, {"ticket": [rendered(call, ticket)]})


@route("PUT /suspended_tickets/recover_many")
def recover_many(call: Call) -> Reply:
    """The senders stay the requesters. What cannot be recovered is listed beside."""
    made, failed = [], []
    for row in _named(call):
        try:
            made.append(suspended.recover(call.account, row, call.user, keeps_requester=True))
        except ApiError:
            failed.append(row)
    body: Row = {"tickets": [rendered(call, ticket) for ticket in made]}
    if failed:
        body["suspended_tickets"] = [shown(call, row) for row in failed]
    return Reply(422 if failed else 200, body)


@route("DELETE /suspended_tickets/destroy_many")
def destroy_many(call: Call) -> Reply:
    for row in _named(call):
        del call.account.suspended[row["id"]]
    return Reply(204)


def _named(call: Call) -> list[Row]:
    ids = call.ids()
    if len(ids) > MAX_MANY:
        raise too_many_values()
    return [suspended.get(call.account, as_int(text) or 0) for text in dict.fromkeys(ids)]
