"""What people do in Zendesk's own screens or by mail: customers write, agents answer, solve, prioritise.

Used by the control API, by faults, and by the demo. The same rules and triggers apply as to API calls; the audit's
author is the person, its channel `web` or `email`.
"""

from __future__ import annotations

from typing import Any

from zdsync.sandbox import attachments, macros, mail, merges, people, suspended, tickets, wishes
from zdsync.sandbox.account import Account, Ticket
from zdsync.sandbox.base import Row, as_int, to_ms
from zdsync.sandbox.causes import cause_id
from zdsync.sandbox.conditions import look
from zdsync.sandbox.errors import bad_request, forbidden, not_found
from zdsync.sandbox.update import channel

NO_TEXT = "(No text)"
"""The text of a mail that brings files only. What the real one writes there is not documented."""
FILE_TOO_BIG = 5
"""Comment flag: the attached file was rejected because it is too big."""

KEYS = {
    "as",
    "ticket",
    "at",
    "channel",
    "comment",
    "public",
    "flags",
    "subject",
    "requester",
    "status",
    "custom_status_id",
    "priority",
    "type",
    "assignee",
    "assignee_id",
    "group_id",
    "problem_id",
    "tags",
    "add_tags",
    "remove_tags",
    "fields",
    "external_id",
    "ticket_form_id",
    "delete",
    "email_ccs",
    "followers",
    "macro",
    "attachments",
    "merge_into",
    "satisfaction",
    "suspended",
    "to",
    "message_id",
    "in_reply_to",
    "authentic",
    "signed_in",
}
_SAME: tuple[str, ...] = (
    "subject",
    "status",
    "custom_status_id",
    "priority",
    "type",
    "assignee_id",
    "group_id",
    "problem_id",
    "tags",
)
_SAME += ("remove_tags", "external_id", "ticket_form_id", "requester", "email_ccs", "followers")


def perform(account: Account, act: Row) -> Row:
    """Do it now, or put it on the agenda when `at` lies ahead. Gives `{"ticket", "audit", "scheduled"}`.

    `as` is a user's id or e-mail address (an unknown address becomes a customer); without `ticket` a new one is opened.
    `satisfaction` ("good", or with a comment `{"score", "comment"}`) answers the survey; `merge_into` merges `ticket`
    into that one, a little later. `attachments` are files (`attachments.packed`); a comment that has nothing else says
    `NO_TEXT`. `suspended` (a cause of `causes.py`) has the mail set aside instead: `ticket` is then None, and
    `suspended` its id. Mail (`channel="email"`) without `ticket` may answer one by `in_reply_to`, `to` or its text, see
    `mail.py`; it may be not `authentic`, a web form not `signed_in`. Mail of somebody who has no part in the ticket is
    a flagged internal note, unless `public` is said.
    A reply to a closed ticket opens a follow-up, as mail does. Raises ApiError for what Zendesk refuses.
    """
    unknown = sorted(set(act) - KEYS)
    if unknown:
        raise bad_request("InvalidAct", f"unknown: {', '.join(unknown)}; known: {', '.join(sorted(KEYS))}")
    if "attachments" in act:
        act = {**act, "attachments": attachments.packed(act["attachments"])}
    at = act.get("at")
    if at is not None and (due := _instant(at)) > account.now_ms:
        account.agenda.add(due, "act", **{key: value for key, value in act.items() if key != "at"})
        return {"ticket": act.get("ticket"), "audit": None, "scheduled": True}
    if act.get("channel") == "email":
        if act.get("ticket") is None and (answered := mail.answers(account, act)) is not None:
            act = {**act, "ticket": answered}
        if "suspended" not in act and (cause := mail.objection(account, act)) is not None:
            act = {**act, "suspended": cause}
    if "suspended" in act:
        return _held(account, act, cause_id(act["suspended"]), as_int(act.get("ticket")))
    actor = people.named(account, act.get("as"))
    if actor is None:
        raise bad_request("InvalidAct", f"nobody is called {act.get('as')!r}")
    ticket_id, audit_id = _now(account, act, actor)
    return {"ticket": ticket_id, "audit": audit_id, "scheduled": False}


def _held(account: Account, act: Row, cause: int, ticket_id: int | None) -> Row:
    """Mail that is set aside: there is no ticket, and no user comes of it."""
    if ticket_id is not None:
        tickets.get(account, ticket_id)
    row = suspended.hold(account, act, cause, ticket_id)
    return {"ticket": None, "audit": None, "scheduled": False, "suspended": row["id"]}


def _instant(at: Any) -> int:
    try:
        return to_ms(at)
    except (ValueError, AttributeError, TypeError):
        raise bad_request("InvalidAct", f"at: {at!r} is not an instant") from None


def _now(account: Account, act: Row, actor: Row) -> tuple[int, int | None]:
    kind = str(act.get("channel") or "web")
    body = _body(act, actor)
    if kind == "email":
        via, system = mail.via(account, act, actor), mail.system(account, act, actor)
    else:
        via, system = channel(kind), _by_screen(act, kind)
    if act.get("attachments"):
        _attach(account, act, body, system, actor)
    if act.get("ticket") is None:
        if kind == "email":
            body["recipient"] = via["source"]["to"]["address"]
        return _opened(account, body, actor, via, system)
    ticket = account.tickets.get(as_int(act["ticket"]) or 0)
    if ticket is None:
        raise not_found()
    if kind == "email":
        body.pop("subject", None)  # an answer's subject is its own, the ticket's stays
    if act.get("delete"):
        tickets.delete(account, ticket, actor, via)
        return ticket.row["id"], ticket.audits[-1]["id"]
    if "satisfaction" in act:
        given = act["satisfaction"] if isinstance(act["satisfaction"], dict) else {"score": act["satisfaction"]}
        tickets.rate(account, ticket, str(given.get("score")), given.get("comment"), actor, via)
        return ticket.row["id"], ticket.audits[-1]["id"]
    if "merge_into" in act:
        _check_agent(actor, "merge tickets")
        merges.by_agent(account, ticket, act["merge_into"], actor, public=bool(act.get("public", False)))
        return ticket.row["id"], None
    if ticket.row["status"] == "closed" and actor["role"] == "end-user" and "comment" in body:
        follow_up = {
            "subject": ticket.row["subject"],
            "comment": body["comment"],
            "requester_id": actor["id"],
            "via_followup_source_id": ticket.row["id"],
        }
        return _opened(account, follow_up, actor, via, system)
    if actor["role"] == "end-user":
        _check_customer(ticket.row, body, actor)
        strange = kind == "email" and not mail.takes_part(ticket.row, actor) and "public" not in act
        if strange and "comment" in body:
            body["comment"]["public"] = False
            system["flags"] = [*system.get("flags", []), mail.NOT_PART_OF_IT]
    if "macro" in act:
        body = _with_macro(account, act["macro"], ticket, body, actor)
    audit, _ = tickets.update(account, ticket, body, actor, via, system)
    return ticket.row["id"], audit["id"] if audit["events"] else None


def _by_screen(act: Row, kind: str) -> Row:
    """The metadata of what is done in a browser; a form that was sent without signing in is flagged."""
    system: Row = {"client": "Mozilla/5.0", "ip_address": "127.0.0.1"} if kind == "web" else {}
    flags = list(act.get("flags") or ())
    if act.get("signed_in", True) is False:
        flags.append(mail.NOT_SIGNED_IN)
    return {**system, "flags": flags} if flags else system


def _check_agent(actor: Row, does: str) -> None:
    if actor["role"] == "end-user":
        raise forbidden(f"{actor['name']} is no agent and cannot {does}")


def _attach(account: Account, act: Row, body: Row, system: Row, actor: Row) -> None:
    """The files go with the comment. One that is too large is left out, which a flag of the comment tells."""
    tokens, left_out = attachments.received(account, act["attachments"])
    if left_out:
        system["flags"] = [*system.get("flags", []), FILE_TOO_BIG]
    if tokens:
        said = body.setdefault(
            "comment", {"body": NO_TEXT, "public": act.get("public", True), "author_id": actor["id"]}
        )
        said["uploads"] = tokens


def _with_macro(account: Account, who: Any, ticket: Ticket, body: Row, actor: Row) -> Row:
    """The body with what the macro (an id or title) fills in first; what the agent says beside it wins."""
    macro = macros.named(account, who)
    if macro is None or not macro["active"] or actor["role"] == "end-user":
        raise bad_request("InvalidAct", f"there is no macro {who!r} for {actor['name']}")
    filled, values = macros.applied(account, macro, look(account, ticket, actor))
    if "comment" in filled:
        filled["comment"] = {"public": True, **filled["comment"], "author_id": actor["id"]}
    fields = {str(number): value for number, value in values.items()} | dict(wishes.pairs(body.get("custom_fields")))
    return {**filled, **body, "custom_fields": fields, "macro_ids": [macro["id"]]}


def _check_customer(row: Row, body: Row, actor: Row) -> None:
    """Of the status, the Help Center has one button only: the requester may solve an assigned ticket. Raises 403.

    That it has an assignee is asked of everybody who solves, in `rules.py`.
    """
    sets_status = "custom_status_id" in body or body.get("status") not in (None, "solved")
    if sets_status or (body.get("status") == "solved" and actor["id"] != row["requester_id"]):
        raise forbidden("Only the requester can change the status of a request, and only to solved")


def _opened(account: Account, body: Row, actor: Row, via: Row, system: Row) -> tuple[int, int]:
    ticket, audit, _ = tickets.create(account, body, actor, via, system)
    return ticket.row["id"], audit["id"]


def _body(act: Row, actor: Row) -> Row:
    """The act as the `ticket` object of a request."""
    body: dict[str, Any] = {key: act[key] for key in _SAME if key in act}
    if "assignee" in act:
        body["assignee_email" if "@" in str(act["assignee"]) else "assignee_id"] = act["assignee"]
    if "add_tags" in act:
        body["additional_tags"] = act["add_tags"]
    if "fields" in act:
        body["custom_fields"] = act["fields"]
    if act.get("comment"):
        # A person sees whether the box says public or internal; an API call may leave it out.
        public = act.get("public", True)
        body["comment"] = {"body": act["comment"], "public": public, "author_id": actor["id"]}
    return body
