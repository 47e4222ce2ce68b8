"""What ties a user to organizations and addresses: memberships and identities, each a row of its own.

A user's `organization_id` is the organization of the default membership and `email` the value of the primary identity;
`keep` makes the rows follow whoever sets them on the user. Ids are numbered apart from other rows' ids.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from zdsync.sandbox.base import Row, iso

if TYPE_CHECKING:
    from zdsync.sandbox.account import Account


def keep(account: Account, user: Row) -> None:
    """Make the rows fit the user: one without an organization has no membership at all."""
    organization = user["organization_id"]
    if organization is None:
        account.organization_memberships.pop(user["id"], None)
    else:
        make_default(account, user["id"], organization)
    if user["email"]:
        _keep_email(account, user)


def make_default(account: Account, user_id: int, organization_id: int) -> Row:
    """The membership, made if need be, as the user's default one."""
    mine = account.organization_memberships.setdefault(user_id, [])
    found = next((row for row in mine if row["organization_id"] == organization_id), None)
    if found is None:
        found = add_membership(account, user_id, organization_id)
    for row in mine:
        row["default"] = True if row is found else None  # as the API shows what is not
    return found


def add_membership(account: Account, user_id: int, organization_id: int) -> Row:
    row: Row = {
        "url": "",
        "id": _number(account),
        "user_id": user_id,
        "organization_id": organization_id,
        "default": None,
        "created_at": iso(account.now_ms),
        "updated_at": iso(account.now_ms),
    }
    account.organization_memberships.setdefault(user_id, []).append(row)
    return row


def _number(account: Account) -> int:
    account.next_link_id += 1
    return account.next_link_id - 1


def _keep_email(account: Account, user: Row) -> None:
    """The primary address is the user's `email`, and as verified as the user."""
    mine = account.identities.setdefault(user["id"], [])
    email = user["email"].lower()
    named = next((row for row in mine if row["type"] == "email" and row["value"] == email), None)
    primary = next((row for row in mine if row["type"] == "email" and row["primary"]), None)
    if named is not None:
        for row in mine:
            row["primary"] = row is named
    elif primary is not None:
        named = primary
        named.update(value=email, updated_at=iso(account.now_ms))
    else:
        named = add_identity(account, user["id"], "email", email, primary=True)
    set_verified(account, named, bool(user["verified"]))


def add_identity(account: Account, user_id: int, kind: str, value: str, *, primary: bool = False) -> Row:
    row: Row = {
        "url": "",
        "id": _number(account),
        "user_id": user_id,
        "type": kind,
        "value": value,
        "verified": False,
        "verification_method": "none",
        "verified_at": None,
        "primary": primary,
        "created_at": iso(account.now_ms),
        "updated_at": iso(account.now_ms),
    }
    if kind == "email":
        row |= {"undeliverable_count": 0, "deliverable_state": "deliverable"}
        account.know_email(value, user_id)
    account.identities.setdefault(user_id, []).append(row)
    return row


def set_verified(account: Account, row: Row, verified: bool) -> None:
    if row["verified"] is not verified:
        row.update(verified=verified, verification_method="full" if verified else "none")
        row.update(verified_at=iso(account.now_ms) if verified else None)


def dissolve(account: Account, organization_id: int) -> None:
    """An organization is gone: its people have their next one, or none."""
    for user_id, mine in list(account.organization_memberships.items()):
        mine[:] = [row for row in mine if row["organization_id"] != organization_id]
        user = account.users[user_id]
        if user["organization_id"] == organization_id:
            user["organization_id"] = mine[0]["organization_id"] if mine else None
            keep(account, user)


def forget(account: Account, user_id: int) -> None:
    """Who is deleted belongs nowhere, and their addresses are free again."""
    account.organization_memberships.pop(user_id, None)
    for row in account.identities.pop(user_id, []):
        if row["type"] == "email":
            account.forget_email(row["value"])
