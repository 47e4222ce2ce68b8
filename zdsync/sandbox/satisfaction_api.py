"""The endpoints of satisfaction ratings. A rating is given by a customer, so that an agent's call is refused."""

from __future__ import annotations

from zdsync.sandbox import tickets
from zdsync.sandbox.base import SECOND, Row, iso, to_ms
from zdsync.sandbox.errors import bad_request, not_authenticated, not_found
from zdsync.sandbox.http import Call, Reply, route
from zdsync.sandbox.paging import listing
from zdsync.sandbox.satisfaction import GIVEN
from zdsync.sandbox.update import channel

SCORES = ("offered", "unoffered", "received", *GIVEN)


def shown(call: Call, row: Row) -> Row:
    """A comment is there only when there is one."""
    kept = {key: value for key, value in row.items() if key != "comment" or value is not None}
    return {**kept, "url": call.url(f"/satisfaction_ratings/{row['id']}.json")}


def _wanted(call: Call) -> list[Row]:
    """By `score` (with `_with_comment` or `_without_comment`), `start_time` and `end_time`."""
    rows = list(call.account.satisfaction_ratings.values())
    score = call.one("score")
    if score is not None:
        bare = score.removesuffix("_with_comment").removesuffix("_without_comment")
        if bare not in SCORES:
            raise bad_request("InvalidValue", f"score: {score} is not valid")
        rows = [row for row in rows if row["score"] in (GIVEN if bare == "received" else (bare,))]
        if bare != score:
            rows = [row for row in rows if bool(row["comment"]) is score.endswith("_with_comment")]
    begins, ends = call.number("start_time", 0) * SECOND, call.number("end_time", 1 << 40) * SECOND
    return [row for row in rows if begins <= to_ms(row["updated_at"]) <= ends]


@route("GET /satisfaction_ratings", who="admin")
def index(call: Call) -> Reply:
    newest_first = call.one("sort_order") == "desc" or (call.one("sort") or "").startswith("-")
    rows = _wanted(call)[::-1] if newest_first else _wanted(call)
    return listing(call, "satisfaction_ratings", rows, lambda row: shown(call, row))


@route("GET /satisfaction_ratings/count", who="admin")
def count(call: Call) -> Reply:
    return Reply(200, {"count": {"value": len(_wanted(call)), "refreshed_at": iso(call.account.now_ms)}})


@route("GET /satisfaction_ratings/{id}", who="admin")
def show(call: Call) -> Reply:
    row = call.account.satisfaction_ratings.get(call.id)
    if row is None:
        raise not_found()
    return Reply(200, {"satisfaction_rating": shown(call, row)})


@route("POST /tickets/{id}/satisfaction_rating", who="anybody")
def rate(call: Call) -> Reply:
    if not call.user:
        raise not_authenticated()
    given = call.object("satisfaction_rating")
    ticket = tickets.get(call.account, call.id)
    comment = given.get("comment")
    rating = tickets.rate(call.account, ticket, str(given.get("score")), comment, call.user, channel("api"))
    return Reply(200, {"satisfaction_rating": shown(call, rating)})
