"""Pages of the incremental ticket export by cursor, decoded by msgspec to the few columns that polling needs.

`tasks/poll` and `resync` call `page` through `Zendesk.export_page`. zenpy parses such a page seven times and drops
`per_page`, so it is not used here.
"""

from __future__ import annotations

from datetime import datetime

import msgspec

from zdsync.zendesk.errors import Rejected, RetryLater, Unavailable
from zdsync.zendesk.session import ApiSession

PAGE_SIZE = 1000
"""Zendesk's maximum."""


class Row(msgspec.Struct, frozen=True):
    """A ticket as far as polling looks at it. Rows of a deleted ticket have the status `deleted`."""

    id: int
    updated_at: datetime
    status: str | None = None
    priority: str | None = None
    generated_timestamp: float = 0
    """Epoch seconds; moves on every write. The export is ordered by it."""


class Page(msgspec.Struct, frozen=True):
    """`cursor` continues after this page; an empty page may have none: then it is the one asked with, or ""."""

    rows: tuple[Row, ...]
    cursor: str
    end_of_stream: bool


class TooRecent(RetryLater):
    """`start_time` lies within the last minute, which the export does not show yet."""


class _Reply(msgspec.Struct):
    tickets: tuple[Row, ...]
    end_of_stream: bool
    after_cursor: str | None = None


_decoder = msgspec.json.Decoder(_Reply)


def decode(body: bytes) -> Page:
    """A page from its bytes. Raises ValueError when it is none."""
    try:
        reply = _decoder.decode(body)
    except (msgspec.MsgspecError, UnicodeDecodeError, RecursionError) as error:
        raise ValueError(f"not a page of the export: {type(error).__name__}") from None
    return Page(reply.tickets, reply.after_cursor or "", reply.end_of_stream)


def page(
    session: ApiSession, *, cursor: str | None = None, start_time: datetime | None = None, size: int = PAGE_SIZE
) -> Page:
    """One page after `cursor`, or from `start_time` (aware, over a minute ago) when there is no cursor yet.

    Raises `TooRecent`, `RateLimited("incremental")`, `Unavailable`, `Rejected` (a cursor that Zendesk forgot).
    """
    params: dict[str, str | int] = {"per_page": size}
    if cursor is not None:
        params["cursor"] = cursor
    elif start_time is not None:
        params["start_time"] = int(start_time.timestamp())
    else:
        raise TypeError("either a cursor or a start time")
    url = f"{session.base_url}/api/v2/incremental/tickets/cursor.json"
    try:
        response = session.get(url, params=params)
        got = decode(response.content)
    except Rejected as error:
        if error.description.startswith("Too recent start_time"):
            raise TooRecent(error.description) from None
        raise
    except ValueError as error:
        raise Unavailable(str(error)) from None
    return Page(got.rows, got.cursor or cursor or "", got.end_of_stream)
