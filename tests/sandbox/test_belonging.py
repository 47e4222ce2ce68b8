"""Whose people belong where and by which addresses they write: memberships, identities, what a user shows."""

from __future__ import annotations

from typing import Any

import pytest

from tests.sandbox.conftest import EMILY, Api
from zdsync.sandbox import Account, Server

USER_KEYS = {"locale", "locale_id", "time_zone", "iana_time_zone", "phone", "verified", "notes", "details", "role"}
MEMBERSHIP_KEYS = {
    "url", "id", "user_id", "organization_id", "organization_name", "default", "created_at", "updated_at",
    "view_tickets",
}  # fmt: skip
IDENTITY_KEYS = {
    "url", "id", "user_id", "type", "value", "verified", "verification_method", "verified_at", "primary", "created_at",
    "updated_at", "undeliverable_count", "deliverable_state",
}  # fmt: skip


@pytest.fixture
def emily(server: Server) -> int:
    user = server.account.user_by_email(EMILY)
    assert user is not None
    return int(user["id"])


def org(api: Api, name: str) -> int:
    rows = api.get("/organizations").json()["organizations"]
    return next(int(row["id"]) for row in rows if row["name"] == name)


def join(api: Api, user: int, organization: int, **more: Any) -> Any:
    return api.post(
        "/organization_memberships", organization_membership={"user_id": user, "organization_id": organization, **more}
    )


def memberships(api: Api, user: int) -> list[tuple[str, bool | None]]:
    rows = api.get(f"/users/{user}/organization_memberships.json").json()["organization_memberships"]
    return [(row["organization_name"], row["default"]) for row in rows]


def test_a_user_shows_language_zone_and_whether_verified(api: Api, emily: int) -> None:
    shown = api.get(f"/users/{emily}").json()["user"]

    assert set(shown) >= USER_KEYS
    assert (shown["locale"], shown["locale_id"], shown["time_zone"], shown["iana_time_zone"], shown["verified"]) == (
        "en-US",
        1,
        "London",
        "Europe/London",
        True,
    )
    changed = api.put(f"/users/{emily}", user={"notes": "VIP", "phone": "+44 1", "locale": "fr", "time_zone": "Paris"})
    user = changed.json()["user"]
    assert (user["notes"], user["phone"], user["locale_id"], user["iana_time_zone"]) == (
        "VIP",
        "+44 1",
        16,
        "Europe/Paris",
    )


def test_a_customers_organization_is_a_membership(api: Api, emily: int) -> None:
    northgate = org(api, "Northgate Research")

    (row,) = api.get(f"/users/{emily}/organization_memberships").json()["organization_memberships"]

    assert set(row) == MEMBERSHIP_KEYS
    assert (row["organization_id"], row["default"], row["view_tickets"]) == (northgate, True, False)
    assert api.session.get(row["url"]).json()["organization_membership"] == row
    (shown,) = api.get(f"/users/{emily}/organizations").json()["organizations"]
    assert shown == api.get(f"/organizations/{northgate}").json()["organization"]
    people = api.get(f"/organizations/{northgate}/organization_memberships").json()["organization_memberships"]
    assert [one["user_id"] for one in people] == [
        one["id"] for one in api.get(f"/organizations/{northgate}/users").json()["users"]
    ]


def test_all_memberships_are_listed_and_paged(api: Api) -> None:
    everything = api.get("/organization_memberships").json()
    first = api.get("/organization_memberships", **{"page[size]": 4}).json()
    rest = api.session.get(first["links"]["next"]).json()

    assert everything["count"] == 7
    assert [*first["organization_memberships"], *rest["organization_memberships"]] == everything[
        "organization_memberships"
    ]


def test_one_person_may_belong_to_several_and_one_is_the_default(api: Api, emily: int) -> None:
    lakeside, saint_luc = org(api, "Lakeside Genomics"), org(api, "Hôpital Saint-Luc")

    assert join(api, emily, lakeside).status_code == 201
    made = join(api, emily, saint_luc).json()["organization_membership"]
    assert memberships(api, emily) == [
        ("Northgate Research", True),
        ("Hôpital Saint-Luc", None),
        ("Lakeside Genomics", None),
    ]

    api.put(f"/users/{emily}/organization_memberships/{made['id']}/make_default.json")

    assert memberships(api, emily)[0] == ("Hôpital Saint-Luc", True)
    ticket = api.post("/tickets", ticket={"requester_id": emily, "comment": {"body": "x"}}).json()["ticket"]
    assert ticket["organization_id"] == saint_luc


@pytest.mark.parametrize("case", ["twice", "unknown user", "unknown organization"])
def test_a_membership_that_cannot_be_is_refused(api: Api, emily: int, case: str) -> None:
    northgate = org(api, "Northgate Research")
    user, organization = {
        "twice": (emily, northgate),
        "unknown user": (1, northgate),
        "unknown organization": (emily, 1),
    }[case]

    assert join(api, user, organization).status_code == 422
    assert memberships(api, emily) == [("Northgate Research", True)]


def test_leaving_the_default_organization_makes_the_next_one_it(api: Api, emily: int) -> None:
    join(api, emily, org(api, "Lakeside Genomics"))
    rows = api.get(f"/users/{emily}/organization_memberships").json()["organization_memberships"]

    for row, left in zip(rows, ([("Lakeside Genomics", True)], []), strict=True):
        assert api.delete(f"/organization_memberships/{row['id']}").status_code == 204
        assert memberships(api, emily) == left
    assert api.get(f"/users/{emily}").json()["user"]["organization_id"] is None
    assert api.get("/users/1/organization_memberships").status_code == 404


def test_a_users_organization_is_set_and_unset_with_its_membership(
    server: Server, api: Api, admin: Api, emily: int
) -> None:
    lakeside = org(api, "Lakeside Genomics")
    api.put(f"/users/{emily}", user={"organization_id": lakeside})
    assert memberships(api, emily) == [("Lakeside Genomics", True), ("Northgate Research", None)]

    admin.delete(f"/organizations/{lakeside}")
    assert memberships(api, emily) == [("Northgate Research", True)]
    server.clock.advance(60)  # there is a limit
    assert admin.put(f"/users/{emily}", user={"organization_id": None}).json()["user"]["organization_id"] is None
    assert memberships(api, emily) == []


def test_who_shares_an_organizations_tickets_may_see_them(api: Api, admin: Api, emily: int) -> None:
    northgate = org(api, "Northgate Research")
    assert (api.get(f"/organizations/{northgate}").json()["organization"]["shared_tickets"]) is False

    admin.put(f"/organizations/{northgate}", organization={"shared_tickets": True})

    (row,) = api.get(f"/users/{emily}/organization_memberships").json()["organization_memberships"]
    assert row["view_tickets"] is True


# Identities


def identities(api: Api, user: int) -> list[dict[str, Any]]:
    found: list[dict[str, Any]] = api.get(f"/users/{user}/identities.json").json()["identities"]
    return found


def add(api: Api, user: int, value: str, **more: Any) -> Any:
    return api.post(f"/users/{user}/identities", identity={"type": "email", "value": value, **more})


def test_a_users_address_is_the_primary_identity(api: Api, emily: int) -> None:
    (shown,) = identities(api, emily)

    assert set(shown) == IDENTITY_KEYS
    assert (shown["type"], shown["value"], shown["primary"]) == ("email", EMILY, True)
    assert (shown["verified"], shown["verification_method"], shown["verified_at"] is not None) == (True, "full", True)
    assert api.session.get(shown["url"]).json()["identity"] == shown


def test_who_was_made_by_a_mail_is_not_verified_until_an_agent_says_so(server: Server, api: Api) -> None:
    server.act("nora@x.example", subject="x", comment="y", channel="email")
    nora = server.account.user_by_email("nora@x.example")
    assert nora is not None
    (shown,) = identities(api, nora["id"])
    assert (shown["verified"], shown["verification_method"], shown["verified_at"]) == (False, "none", None)

    api.session.put(shown["url"].replace(".json", "/verify.json"))

    assert identities(api, nora["id"])[0]["verified"] is True
    assert api.get(f"/users/{nora['id']}").json()["user"]["verified"] is True


def test_mail_from_a_second_address_is_its_owners(server: Server, api: Api, emily: int) -> None:
    assert add(api, emily, "Emily@home.example").status_code == 201

    number = server.act("emily@home.example", subject="x", comment="y", channel="email")["ticket"]

    ticket = api.ticket(number)
    assert ticket["requester_id"] == emily
    assert ticket["via"]["source"]["from"]["address"] == "emily@home.example"
    assert api.get(f"/users/{emily}").json()["user"]["email"] == EMILY
    assert [row["verified"] for row in identities(api, emily)] == [True, False]


def test_another_address_becomes_the_primary_one(server: Server, api: Api, emily: int) -> None:
    made = add(api, emily, "emily@home.example").json()["identity"]

    listed = api.put(f"/users/{emily}/identities/{made['id']}/make_primary").json()["identities"]

    assert [(row["value"], row["primary"]) for row in listed] == [(EMILY, False), ("emily@home.example", True)]
    user = api.get(f"/users/{emily}").json()["user"]
    assert (user["email"], user["verified"]) == ("emily@home.example", False)
    assert server.act(EMILY, subject="x", comment="y")["ticket"] == 1
    assert api.ticket(1)["requester_id"] == emily
    assert api.put(f"/users/{emily}", user={"email": EMILY}).json()["user"]["email"] == EMILY
    assert len(identities(api, emily)) == 2


@pytest.mark.parametrize(
    ("identity", "field"),
    [
        ({"type": "email", "value": EMILY}, "value"),
        ({"type": "email", "value": "RAJ.patel@northgate.example"}, "value"),
        ({"type": "email", "value": "nobody"}, "value"),
        ({"type": "phone_number", "value": ""}, "value"),
        ({"type": "pigeon", "value": "x"}, "type"),
    ],
    ids=str,
)
def test_an_identity_that_cannot_be_is_refused(api: Api, emily: int, identity: dict[str, str], field: str) -> None:
    reply = api.post(f"/users/{emily}/identities", identity=identity)

    assert (reply.status_code, list(reply.json()["details"])) == (422, [field])
    assert len(identities(api, emily)) == 1


def test_a_deleted_address_is_nobodys_and_the_primary_one_stays(server: Server, api: Api, emily: int) -> None:
    second = add(api, emily, "emily@home.example", verified=True).json()["identity"]
    (first, _) = identities(api, emily)

    assert api.delete(f"/users/{emily}/identities/{first['id']}").status_code == 422
    assert api.delete(f"/users/{emily}/identities/{second['id']}").status_code == 204
    assert api.get(f"/users/{emily}/identities/{second['id']}").status_code == 404
    assert server.account.user_by_email("emily@home.example") is None


def test_a_deleted_user_belongs_nowhere(server: Server, api: Api, emily: int) -> None:
    add(api, emily, "emily@home.example")

    api.delete(f"/users/{emily}")

    assert (identities(api, emily), memberships(api, emily)) == ([], [])
    assert server.account.user_by_email("emily@home.example") is None


def test_it_is_all_saved(server: Server, api: Api, emily: int) -> None:
    add(api, emily, "emily@home.example")
    join(api, emily, org(api, "Lakeside Genomics"))
    saved = server.save()
    before = identities(api, emily), memberships(api, emily)

    assert Account.from_json(saved).to_json() == saved
    server.load(saved)
    assert (identities(api, emily), memberships(api, emily)) == before
    assert server.account.user_by_email("emily@home.example") is server.account.users[emily]
