"""The addresses whose mail opens tickets: one, of the default brand."""

from __future__ import annotations

from zdsync.sandbox.base import iso
from zdsync.sandbox.http import Call, Reply, route
from zdsync.sandbox.paging import listing


@route("GET /recipient_addresses")
def index(call: Call) -> Reply:
    at = iso(0)
    row = {
        "id": 1,
        "name": "Support",
        "email": call.account.options.support_address,
        "default": True,
        "brand_id": call.account.default_of(call.account.brands),
        "forwarding_status": "verified",
        "spf_status": "verified",
        "cname_status": "verified",
        "domain_verification_status": "verified",
        "created_at": at,
        "updated_at": at,
    }
    return listing(call, "recipient_addresses", [row])
