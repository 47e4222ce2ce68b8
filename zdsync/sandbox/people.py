"""Users: finding or making whoever a request names. `tickets.py`, `users_api.py` and `control.py` call it."""

from __future__ import annotations

from typing import Any

from zdsync.sandbox import shapes
from zdsync.sandbox.account import Account
from zdsync.sandbox.base import Row, as_int, iso
from zdsync.sandbox.errors import invalid

ROLES = ("end-user", "agent", "admin")
WRITABLE = (
    "name",
    "email",
    "phone",
    "role",
    "organization_id",
    "external_id",
    "tags",
    "alias",
    "time_zone",
    "locale",
    "locale_id",
    "details",
    "notes",
    "suspended",
    "verified",
    "user_fields",
    "default_group_id",
    "signature",
)
"""The keys of a user that a request may set; others are ignored, as in Zendesk."""


def clean(account: Account, given: Row) -> Row:
    """What a request says about a user, checked. Raises 422."""
    row = {key: value for key, value in given.items() if key in WRITABLE}
    if "locale_id" in row and "locale" not in row:
        row["locale"] = next((n for n, number in shapes.LOCALES.items() if number == row["locale_id"]), "en-US")
    if "locale" in row:
        row["locale"] = next((n for n in shapes.LOCALES if n.lower() == str(row["locale"]).lower()), "en-US")
        row["locale_id"] = shapes.LOCALES[row["locale"]]
    if "time_zone" in row:
        row["iana_time_zone"] = shapes.RAILS_ZONES.get(row["time_zone"], row["time_zone"])
    if row.get("role", "end-user") not in ROLES:
        raise invalid("role", f"Role: {row['role']} is not a valid role")
    if "organization_id" in row and row["organization_id"] is not None:
        row["organization_id"] = as_int(row["organization_id"])
        if row["organization_id"] not in account.organizations:
            raise invalid("organization_id", "Organization: is invalid")
    if row.get("email") is not None and "@" not in str(row["email"]):
        raise invalid("email", f"Email: {row['email']} is not properly formatted")
    return row


def create(account: Account, given: Row) -> Row:
    """A new user. Raises 422 without a name, or when the e-mail is taken."""
    row = clean(account, given)
    if not row.get("name"):
        raise invalid("name", "Name: is too short (minimum one character)")
    if row.get("email") and account.user_by_email(row["email"]):
        raise invalid("email", f"Email: {row['email']} is already being used by another user", error="DuplicateValue")
    if row.get("email"):
        row["email"] = row["email"].lower()
        row.setdefault("organization_id", _organization_of(account, row["email"]))
    row.setdefault("verified", False)  # until they have said so themselves
    return account.add_user(shapes.user(account.new_id(), account.now_ms, **row))


def change(account: Account, user: Row, given: Row) -> Row:
    row = clean(account, given)
    if row.get("email") and row["email"].lower() != user["email"]:
        known = account.user_by_email(row["email"])
        if known is not None and known is not user:
            raise invalid("email", f"Email: {row['email']} is already being used by another user")
        if user["email"] and known is None:  # a second address of theirs changes places with the first
            account.forget_email(user["email"])
        row["email"] = row["email"].lower()
    user.update(row, updated_at=iso(account.now_ms))
    return account.add_user(user)


def _organization_of(account: Account, email: str) -> int | None:
    domain = email.partition("@")[2]
    return next((org["id"] for org in account.organizations.values() if domain in org["domain_names"]), None)


def named(account: Account, who: Any) -> Row | None:
    """The user that an id, an e-mail address or a user object names; an unknown e-mail makes the user."""
    if isinstance(who, dict):
        email = who.get("email")
        known = account.user_by_email(email) if email else account.users.get(as_int(who.get("id")) or 0)
        if known or not email:
            return known
        return create(account, {**who, "name": who.get("name") or name_of(email), "role": "end-user"})
    if isinstance(who, str) and "@" in who:
        return account.user_by_email(who) or create(account, {"name": name_of(who), "email": who})
    return account.users.get(as_int(who) or 0)


def name_of(email: str) -> str:
    return email.partition("@")[0].replace(".", " ").title()
