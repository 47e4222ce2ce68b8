"""The endpoints of organization memberships."""

from __future__ import annotations

from zdsync.sandbox import directory, links
from zdsync.sandbox.base import Row, as_bool, as_int
from zdsync.sandbox.errors import invalid, not_found
from zdsync.sandbox.http import Call, Reply, route
from zdsync.sandbox.paging import listing

NAME = "organization_memberships"


def shown(call: Call, row: Row) -> Row:
    organization = call.account.organizations.get(row["organization_id"])
    user = call.account.users[row["user_id"]]
    sees_all = user["ticket_restriction"] == "organization" or bool(organization and organization["shared_tickets"])
    return {
        **row,
        "url": call.url(f"/{NAME}/{row['id']}.json"),
        "organization_name": organization["name"] if organization else "",
        "view_tickets": sees_all,
    }


def _all(call: Call) -> list[Row]:
    rows = (row for mine in call.account.organization_memberships.values() for row in mine)
    return sorted(rows, key=lambda row: int(row["id"]))


def _of_user(call: Call) -> list[Row]:
    """The default first, then by the organization's name."""
    if call.id not in call.account.users:
        raise not_found()
    organizations = call.account.organizations
    mine = call.account.organization_memberships.get(call.id, [])
    return sorted(mine, key=lambda row: (not row["default"], organizations[row["organization_id"]]["name"]))


def _listed(call: Call, rows: list[Row]) -> Reply:
    places = {row["id"]: place for place, row in enumerate(rows)}
    return listing(call, NAME, rows, lambda row: shown(call, row), key=lambda row: int(places[row["id"]]))


def _found(call: Call, number: int | None) -> Row:
    for row in _all(call):
        if row["id"] == number:
            return row
    raise not_found()


@route(f"GET /{NAME}")
def index(call: Call) -> Reply:
    return _listed(call, _all(call))


@route(f"GET /{NAME}/{{id}}")
def show(call: Call) -> Reply:
    return Reply(200, {"organization_membership": shown(call, _found(call, call.id))})


@route(f"GET /users/{{id}}/{NAME}")
def of_user(call: Call) -> Reply:
    return _listed(call, _of_user(call))


@route(f"GET /organizations/{{id}}/{NAME}")
def of_organization(call: Call) -> Reply:
    if call.id not in call.account.organizations:
        raise not_found()
    return _listed(call, [row for row in _all(call) if row["organization_id"] == call.id])


@route("GET /users/{id}/organizations")
def organizations_of_user(call: Call) -> Reply:
    rows = [call.account.organizations[row["organization_id"]] for row in _of_user(call)]
    places = {row["id"]: place for place, row in enumerate(rows)}
    render = lambda row: directory.rendered(call, "organizations", row)  # noqa: E731
    return listing(call, "organizations", rows, render, key=lambda row: int(places[row["id"]]))


@route(f"POST /{NAME}")
def create(call: Call) -> Reply:
    """Who has none yet gets it as the default one. 422 for a second of the same organization."""
    given = call.object("organization_membership")
    user, organization = as_int(given.get("user_id")), as_int(given.get("organization_id"))
    if user not in call.account.users or user is None:
        raise invalid("user_id", "User: is invalid")
    if organization not in call.account.organizations or organization is None:
        raise invalid("organization_id", "Organization: is invalid")
    mine = call.account.organization_memberships.get(user, [])
    if any(row["organization_id"] == organization for row in mine):
        raise invalid("user_id", "User: has already been taken", error="DuplicateValue")
    if mine and not as_bool(given.get("default")):
        row = links.add_membership(call.account, user, organization)
    else:
        row = _set_default(call, user, organization)
    location = call.url(f"/{NAME}/{row['id']}.json")
    return Reply(201, {"organization_membership": shown(call, row)}, {"Location": location})


def _set_default(call: Call, user_id: int, organization_id: int) -> Row:
    call.account.users[user_id]["organization_id"] = organization_id
    return links.make_default(call.account, user_id, organization_id)


@route(f"PUT /users/{{id}}/{NAME}/{{membership}}/make_default")
def make_default(call: Call) -> Reply:
    row = _found(call, as_int(call.params["membership"]))
    if row["user_id"] != call.id:
        raise not_found()
    _set_default(call, call.id, row["organization_id"])
    return _listed(call, _of_user(call))


@route(f"DELETE /{NAME}/{{id}}")
def delete(call: Call) -> Reply:
    """The next one becomes the default when it was that."""
    row = _found(call, call.id)
    mine = call.account.organization_memberships[row["user_id"]]
    mine.remove(row)
    if row["default"] and mine:
        _set_default(call, row["user_id"], mine[0]["organization_id"])
    elif row["default"]:
        call.account.users[row["user_id"]]["organization_id"] = None
    return Reply(204)
