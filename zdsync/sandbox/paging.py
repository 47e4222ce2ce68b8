"""Cursor and offset paging of a list that is already in order. Every list endpoint ends here.

`page[size]` asks for cursors, `page`/`per_page` for offsets; both cap at 100. A client stops on `has_more`: the next
link is there even on the last page.
"""

from __future__ import annotations

import base64
import binascii
import json
from collections.abc import Callable, Sequence
from typing import Any, TypeVar
from urllib.parse import urlencode

from zdsync.sandbox.base import Row
from zdsync.sandbox.errors import ApiError, bad_request
from zdsync.sandbox.http import Call, Reply

MAX_PAGE = 100
MAX_DEPTH = 10_000
T = TypeVar("T")


def by_id(item: Any) -> int:
    return int(item["id"])


def listing(
    call: Call,
    name: str,
    items: Sequence[T],
    render: Callable[[T], Row] | None = None,
    *,
    key: Callable[[T], int] = by_id,
    cursor: bool = False,
    more: Row | None = None,
) -> Reply:
    """One page of `items`. `key` gives each item's place: a number that grows or falls along the list.

    `cursor` True: endpoints that page by cursor even when not asked to.
    """
    rows = render or _as_it_is
    if "page[size]" in call.query or "page[after]" in call.query or "page[before]" in call.query or cursor:
        return _by_cursor(call, name, items, rows, key, more or {})
    return _by_offset(call, name, items, rows, more or {})


def _as_it_is(item: Any) -> Row:
    return dict(item)


def _by_cursor(
    call: Call, name: str, items: Sequence[T], render: Callable[[T], Row], key: Callable[[T], int], more: Row
) -> Reply:
    size = call.number("page[size]", MAX_PAGE)
    if not 1 <= size <= MAX_PAGE:
        raise bad_request("InvalidPaginationParameter", f"page[size] must be between 1 and {MAX_PAGE}")
    start, end = 0, min(size, len(items))
    if after := call.one("page[after]"):
        start = _position(items, key, decode(after))
        end = start + size
    elif before := call.one("page[before]"):
        end = _position(items, key, decode(before), at=True)
        start = max(0, end - size)
    page = items[start:end]
    has_more = end < len(items) if not call.one("page[before]") else start > 0
    meta: Row = {"has_more": has_more, "after_cursor": None, "before_cursor": None}
    links: Row = {"prev": None, "next": None}
    if page:
        meta["after_cursor"], meta["before_cursor"] = encode(key(page[-1])), encode(key(page[0]))
        links["prev"] = link(call, {"page[before]": meta["before_cursor"], "page[size]": str(size)})
        links["next"] = link(call, {"page[after]": meta["after_cursor"], "page[size]": str(size)})
    return Reply(200, {name: [render(item) for item in page], **more, "meta": meta, "links": links})


def _position(items: Sequence[T], key: Callable[[T], int], value: int, *, at: bool = False) -> int:
    """The index after (or at) the item with this place; the item itself may be gone."""
    descending = len(items) > 1 and key(items[0]) > key(items[-1])
    low, high = 0, len(items)
    while low < high:
        middle = (low + high) // 2
        place = key(items[middle])
        earlier = place > value if descending else place < value
        if earlier or (place == value and not at):
            low = middle + 1
        else:
            high = middle
    return low


def _by_offset(call: Call, name: str, items: Sequence[T], render: Callable[[T], Row], more: Row) -> Reply:
    page, size = call.number("page", 1), min(call.number("per_page", MAX_PAGE), MAX_PAGE)
    if page < 1 or size < 1:
        raise bad_request("InvalidPaginationParameter", "page and per_page must be 1 or more")
    if page * size > MAX_DEPTH and page > 1:
        error = {"code": "InvalidPaginationDepth", "title": "Invalid pagination depth", "detail": "Use cursors"}
        raise ApiError(400, {"errors": [error]})
    start = (page - 1) * size
    has_next = start + size < len(items)
    next_page = link(call, {"page": str(page + 1), "per_page": str(size)}) if has_next else None
    previous = link(call, {"page": str(page - 1), "per_page": str(size)}) if page > 1 else None
    rows = [render(item) for item in items[start : start + size]]
    return Reply(200, {name: rows, **more, "next_page": next_page, "previous_page": previous, "count": len(items)})


def link(call: Call, changed: dict[str, str]) -> str:
    """This call's address with other paging parameters."""
    kept = [
        (name, value)
        for name, values in call.query.items()
        if name not in ("page", "per_page", "page[after]", "page[before]", "page[size]")
        for value in values
    ]
    return f"{call.url(call.path)}.json?{urlencode([*kept, *changed.items()])}"


def encode(place: int) -> str:
    return base64.b64encode(json.dumps({"o": "id", "v": place}).encode()).decode()


def decode(cursor: str) -> int:
    try:
        return int(json.loads(base64.b64decode(cursor, validate=True))["v"])
    except (binascii.Error, ValueError, KeyError, TypeError):
        raise bad_request("InvalidPaginationParameter", "page[after] or page[before] is not valid") from None
