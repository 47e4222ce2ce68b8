"""The languages of the account, and the names by which Zendesk calls them in texts."""

from __future__ import annotations

from zdsync.sandbox.base import iso
from zdsync.sandbox.http import Call, Reply, route
from zdsync.sandbox.shapes import LOCALES

NAMES = {"en-US": "English", "en-GB": "English (United Kingdom)", "fr": "Français", "de": "Deutsch"}
"""Each in its own language; a locale that is missing here is shown as the account's default, English."""


@route("GET /locales", who="anybody")
def index(call: Call) -> Reply:
    at = iso(0)
    rows = [
        {
            "url": call.url(f"/locales/{locale}.json"),
            "id": locale_id,
            "locale": locale,
            "name": NAMES[locale],
            "created_at": at,
            "updated_at": at,
        }
        for locale, locale_id in LOCALES.items()
    ]
    return Reply(200, {"locales": rows})
