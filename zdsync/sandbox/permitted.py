"""Keys of a request that an endpoint takes. The others are ignored, and named in a header of the reply."""

from __future__ import annotations

from collections.abc import Collection, Iterable

from zdsync.sandbox.base import Row
from zdsync.sandbox.http import Call

READ_ONLY = ("id", "url", "created_at", "updated_at")
"""What a client sends back when it sends a whole row; never taken."""


def keep(call: Call, plural: str, singular: str, keys: Collection[str]) -> tuple[Row, dict[str, str]]:
    """What the request says of `keys`, and the header that names the rest. Raises 400 without the object."""
    given = call.object(singular)
    unknown = sorted(f"{singular}.{key}" for key in given if key not in keys)
    action = "create" if call.method == "POST" else "update"
    return {key: given[key] for key in given if key in keys}, warning(plural, action, unknown)


def warning(controller: str, action: str, unknown: Iterable[str]) -> dict[str, str]:
    """The header `x-zendesk-api-warn`; nothing when nothing was ignored."""
    keys = ", ".join(f'"{key}"' for key in unknown)
    if not keys:
        return {}
    text = f'{{:controller=>"{controller}", :action=>"{action}", :unpermitted_keys=>[{keys}], :invalid_values=>[]}}'
    return {"x-zendesk-api-warn": f"{{:allowed_parameters=>{text}}}"}
