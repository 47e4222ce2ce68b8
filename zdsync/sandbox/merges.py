"""Merging tickets into one: `POST /tickets/{id}/merge`, and what agents do in their own screen (`acts.py`).

A job of the account's clock does it. The sources end closed, tagged `closed_by_merge`; their requesters and CCs become
CCs of the target, and their files come along with the target's comment. Tags and fields stay where they are.

Documented: the reply, that comments are private unless asked for and when they cannot be public, the copied files,
the refusal of a merge into itself. Seen by others: the tag, the texts of the agents' screen, the refusal of a solved
target. Not confirmed, and decided here for the stricter: the other refusals' names, the form of `via`, that CCs are
taken over after a private comment too.
"""

from __future__ import annotations

from typing import Any

from zdsync.sandbox import attachments, jobs, tickets
from zdsync.sandbox.account import Account, Ticket
from zdsync.sandbox.base import Row, as_bool, as_int
from zdsync.sandbox.errors import ApiError, bad_request
from zdsync.sandbox.http import Call, Reply, route
from zdsync.sandbox.tickets_api import system_metadata
from zdsync.sandbox.update import channel

TAG = "closed_by_merge"
MAX_SOURCES = 100
SHARED = "tickets that are shared with other accounts, and tickets you don't have access to cannot be merged"


@route("POST /tickets/{id}/merge", limits=("tickets-update",))
def merge(call: Call) -> Reply:
    body = call.body if isinstance(call.body, dict) else {}
    given = body.get("ids")
    if not isinstance(given, list) or not given or any(as_int(one) is None for one in given):
        raise bad_request("InvalidValue", "ids must be a list of ticket ids")
    if len(given) > MAX_SOURCES:
        raise bad_request("TooManyValues", f"Parameter ids cannot specify more than {MAX_SOURCES} values")
    sources = [number for one in given if (number := as_int(one)) is not None]
    asked = {
        side: {"body": body.get(f"{side}_comment"), "public": as_bool(body.get(f"{side}_comment_is_public"))}
        for side in ("target", "source")
    }
    job = start(
        call.account, tickets.get(call.account, call.id), sources, asked, call.user, "api", system_metadata(call)
    )
    return jobs.started(call, job)


def start(
    account: Account, target: Ticket, sources: list[int], asked: Row, actor: Row, by: str, system: Row | None = None
) -> Row:
    """A job that will merge. `asked`: `{"target": {"body", "public"}, "source": …}`. Raises 422 for what cannot be."""
    sources = list(dict.fromkeys(sources))
    check_target(target)
    for number in sources:
        check_source(account, target, number)
    data = {"target": target.row["id"], "sources": sources, "asked": asked, "actor": actor["id"], "by": by}
    return jobs.queue(account, len(sources), "merge", **data, system=system or {})


def check_target(target: Ticket) -> None:
    number, status = target.row["id"], target.row["status"]
    if status in ("solved", "closed", "deleted"):
        raise _refused(
            "TargetInvalid", f"You are unable to merge into #{number}. {status.capitalize()} tickets, {SHARED} into."
        )


def check_source(account: Account, target: Ticket, number: int) -> None:
    if number == target.row["id"]:
        raise _refused(
            "SourceInvalid",
            f"You selected the same ticket as source and target: #{number}. You cannot merge a ticket into itself.",
        )
    source = account.tickets.get(number)
    if source is None or source.row["status"] in ("closed", "deleted"):
        raise _refused("SourceInvalid", f"You are unable to merge #{number}. Closed tickets, {SHARED}.")


def _refused(error: str, description: str) -> ApiError:
    return ApiError(422, {"error": error, "description": description})


def carry_out(account: Account, data: Row) -> None:
    """The job's instant has come; what has become impossible since fails by itself. Called by `travel.py`."""
    target = account.tickets[data["target"]]
    merged: list[Ticket] = []

    def one(number: int, item: Row) -> Row:
        check_target(target)
        check_source(account, target, item["id"])
        merged.append(account.tickets[item["id"]])
        return {"id": item["id"], "index": number, "action": "update", "status": "Updated", "success": True}

    results = jobs.attempts([{"id": number} for number in data["sources"]], one)
    if merged:
        _merge(account, target, merged, data)
    jobs.finish(account, data["job"], results)


def _merge(account: Account, target: Ticket, merged: list[Ticket], data: Row) -> None:
    actor = account.users[data["actor"]]
    may_be_public = all(ticket.row["is_public"] for ticket in [target, *merged])
    told, left = (
        {**data["asked"][side], "public": may_be_public and data["asked"][side]["public"]}
        for side in ("target", "source")
    )
    files = [number for source in merged for comment in tickets.comments(source) for number in comment["attachments"]]
    body: Row = {"email_ccs": [{"user_id": person} for person in _people(target, merged)]}
    if told["body"]:
        body["comment"] = {**told, "uploads": attachments.copies(account, files)}
    tickets.update(account, target, body, actor, _via(data["by"], *merged), dict(data["system"]))
    for source in merged:
        wish: Row = {"status": "closed", "additional_tags": [TAG]}
        if left["body"]:
            wish["comment"] = dict(left)
        tickets.update(account, source, wish, actor, _via(data["by"], target), dict(data["system"]))


def _people(target: Ticket, merged: list[Ticket]) -> list[int]:
    """Whom the target gets as CCs."""
    found = [person for source in merged for person in (source.row["requester_id"], *source.row["email_cc_ids"])]
    present = {target.row["requester_id"], *target.row["email_cc_ids"]}
    return [person for person in dict.fromkeys(found) if person not in present]


def _via(by: str, *others: Ticket) -> Row:
    via = channel(by, rel="merge")
    if len(others) == 1:
        via["source"]["from"] = {"ticket_id": others[0].row["id"], "subject": others[0].row["subject"]}
    else:
        via["source"]["from"] = {"ticket_ids": [ticket.row["id"] for ticket in others]}
    return via


def by_agent(account: Account, source: Ticket, into: Any, actor: Row, *, public: bool) -> Row:
    """What an agent's own screen asks for, with the texts that it suggests. Raises like `start`."""
    target = tickets.get(account, as_int(into) or 0)
    number, subject = source.row["id"], source.row["subject"]
    last = tickets.comments(source)[-1]["body"]
    told = f'Request #{number} "{subject}" was closed and merged into this request. Last comment in request #{number}:'
    left = f'This request was closed and merged into request #{target.row["id"]} "{target.row["subject"]}".'
    asked = {
        "target": {"body": f"{told}\n\n{last}", "public": public},
        "source": {"body": left, "public": public},
    }
    return start(account, target, [number], asked, actor, "web")
