"""The endpoints of people and of the account's fixtures: groups, organizations, forms, brands.

One table says what each resource is called and who may do what; users have more to them and follow below it.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from zdsync.sandbox import links, people, shapes
from zdsync.sandbox.account import Account
from zdsync.sandbox.base import Row, as_int, iso
from zdsync.sandbox.errors import bad_request, invalid, not_found, too_many_values
from zdsync.sandbox.http import Call, Reply, route
from zdsync.sandbox.paging import listing


@dataclass(frozen=True, slots=True)
class Resource:
    plural: str
    singular: str
    make: Callable[[Account, Row], Row]


def _named(shape: Callable[..., Row], key: str = "name") -> Callable[[Account, Row], Row]:
    def make(account: Account, given: Row) -> Row:
        if not given.get(key):
            raise invalid(key, f"{key.capitalize()}: cannot be blank")
        return shape(account.new_id(), account.now_ms, **given)

    return make


RESOURCES = (
    Resource("groups", "group", _named(shapes.group)),
    Resource("organizations", "organization", _named(shapes.organization)),
    Resource("ticket_forms", "ticket_form", _named(shapes.ticket_form)),
    Resource("brands", "brand", _named(shapes.brand)),
)
FIXED = ("id", "url", "created_at", "updated_at")
"""Keys that an update cannot change."""


def rendered(call: Call, plural: str, row: Row) -> Row:
    return {**row, "url": call.url(f"/{plural}/{row['id']}.json")}


def _register(resource: Resource) -> None:
    plural, singular = resource.plural, resource.singular

    def rows(call: Call) -> dict[int, Row]:
        found: dict[int, Row] = getattr(call.account, plural)
        return found

    @route(f"GET /{plural}")
    def show_all(call: Call) -> Reply:
        found = list(rows(call).values())
        found.sort(key=lambda row: row["id"])
        return listing(call, plural, found, lambda row: rendered(call, plural, row))

    @route(f"GET /{plural}/{{id}}")
    def show(call: Call) -> Reply:
        return Reply(200, {singular: rendered(call, plural, _found(rows(call), call.id))})

    @route(f"POST /{plural}", who="admin")
    def create(call: Call) -> Reply:
        given = {key: value for key, value in call.object(singular).items() if key not in ("id", "url")}
        row = resource.make(call.account, given)
        rows(call)[row["id"]] = row
        location = call.url(f"/{plural}/{row['id']}.json")
        return Reply(201, {singular: rendered(call, plural, row)}, {"Location": location})

    @route(f"PUT /{plural}/{{id}}", who="admin")
    def update(call: Call) -> Reply:
        row = _found(rows(call), call.id)
        given = call.object(singular)
        row.update({key: value for key, value in given.items() if key in row and key not in FIXED})
        row["updated_at"] = iso(call.account.now_ms)
        return Reply(200, {singular: rendered(call, plural, row)})

    @route(f"DELETE /{plural}/{{id}}", who="admin")
    def delete(call: Call) -> Reply:
        _found(rows(call), call.id)
        del rows(call)[call.id]
        if plural == "organizations":
            links.dissolve(call.account, call.id)
        return Reply(204)


def _found(rows: dict[int, Row], row_id: int) -> Row:
    if row_id not in rows:
        raise not_found()
    return rows[row_id]


for _resource in RESOURCES:
    _register(_resource)


@route("GET /organizations/show_many")
def show_many_organizations(call: Call) -> Reply:
    return _many(call, "organizations", call.account.organizations)


@route("GET /organizations/{id}/users")
def users_of_organization(call: Call) -> Reply:
    _found(call.account.organizations, call.id)
    found = [user for user in call.account.users.values() if user["organization_id"] == call.id]
    return listing(call, "users", found, lambda row: rendered(call, "users", row))


@route("GET /groups/{id}/users")
def users_of_group(call: Call) -> Reply:
    _found(call.account.groups, call.id)
    found = [call.account.users[user] for user, group in call.account.memberships if group == call.id]
    return listing(call, "users", found, lambda row: rendered(call, "users", row))


def _many(call: Call, plural: str, rows: dict[int, Row]) -> Reply:
    ids = call.ids()
    if len(ids) > 100:
        raise too_many_values()
    found = [rows[i] for i in dict.fromkeys(as_int(text) for text in ids) if i in rows]
    page = [rendered(call, plural, row) for row in found]
    return Reply(200, {plural: page, "next_page": None, "previous_page": None, "count": len(page)})


# Users


@route("GET /users/me", who="anybody")
def me(call: Call) -> Reply:
    """200 even for nobody: the trap of health checks."""
    if not call.user:
        anonymous = shapes.user(0, 0, name="Anonymous user", email="invalid@example.com", active=False, verified=False)
        return Reply(200, {"user": {**anonymous, "id": None}})
    return Reply(200, {"user": rendered(call, "users", call.user)})


@route("GET /users")
def users(call: Call) -> Reply:
    roles = {*call.query.get("role", []), *call.query.get("role[]", [])}
    found = [user for user in call.account.users.values() if not roles or user["role"] in roles]
    return listing(call, "users", found, lambda row: rendered(call, "users", row))


@route("GET /users/{id}")
def show_user(call: Call) -> Reply:
    return Reply(200, {"user": rendered(call, "users", _found(call.account.users, call.id))})


@route("GET /users/show_many")
def show_many_users(call: Call) -> Reply:
    wanted = call.ids("external_ids")
    if wanted:
        found = [user for user in call.account.users.values() if user["external_id"] in wanted]
        call.query["ids"] = [",".join(str(user["id"]) for user in found)]
    return _many(call, "users", call.account.users)


@route("GET /users/search")
def search_users(call: Call) -> Reply:
    external_id, query = call.one("external_id"), (call.one("query") or "").strip().strip('"').lower()
    everybody = call.account.users.values()
    if external_id is not None:
        found = [user for user in everybody if user["external_id"] == external_id]
    else:
        query = query.removeprefix("email:").strip('"')
        found = [user for user in everybody if _mentions(user, query)]
    return listing(call, "users", found, lambda row: rendered(call, "users", row))


def _mentions(user: Row, query: str) -> bool:
    if "@" in query:
        return query == (user["email"] or "")
    return bool(query) and query in user["name"].lower()


def _match(call: Call, given: Row) -> Row | None:
    """By e-mail or external id, whatever the case."""
    if given.get("email") and (known := call.account.user_by_email(str(given["email"]))):
        return known
    external_id = given.get("external_id")
    if external_id is None:
        return None
    wanted = str(external_id).lower()
    everybody = call.account.users.values()
    return next((user for user in everybody if (user["external_id"] or "").lower() == wanted), None)


@route("POST /users")
def create_user(call: Call) -> Reply:
    user = people.create(call.account, call.object("user"))
    location = call.url(f"/users/{user['id']}.json")
    return Reply(201, {"user": rendered(call, "users", user)}, {"Location": location})


@route("POST /users/create_or_update", limits=("update-user", "update-users"))
def create_or_update(call: Call) -> Reply:
    given = call.object("user")
    known = _match(call, given)
    if known is None:
        return create_user(call)
    return Reply(200, {"user": rendered(call, "users", people.change(call.account, known, given))})


@route("PUT /users/{id}", limits=("update-user", "update-users"))
def update_user(call: Call) -> Reply:
    user = people.change(call.account, _found(call.account.users, call.id), call.object("user"))
    return Reply(200, {"user": rendered(call, "users", user)})


@route("DELETE /users/{id}")
def delete_user(call: Call) -> Reply:
    """200 with the user, its e-mail gone."""
    user = _found(call.account.users, call.id)
    if user["id"] == call.user["id"]:
        raise bad_request("InvalidOperation", "You cannot delete yourself")
    if user["email"]:
        call.account.forget_email(user["email"])
    links.forget(call.account, user["id"])
    user.update(active=False, email=None, organization_id=None)
    return Reply(200, {"user": rendered(call, "users", user)})


@route("GET /group_memberships")
def memberships(call: Call) -> Reply:
    rows = [
        {
            "url": call.url(f"/group_memberships/{number}.json"),
            "id": number,
            "user_id": user,
            "group_id": group,
            "default": True,
            "created_at": call.account.users[user]["created_at"],
            "updated_at": call.account.users[user]["created_at"],
        }
        for number, (user, group) in enumerate(call.account.memberships, 1)
    ]
    return listing(call, "group_memberships", rows)
