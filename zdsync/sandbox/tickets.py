"""What happens to tickets, whoever asks: create, update, delete, automations. API, acts and jobs come here.

One update: the wish is read (`wishes.py`), the system's own rules add to it (`rules.py`), the comment and changes
become events of one audit (`update.py`), triggers run (`triggers.py`), webhooks are told (`webhooks.py`).
"""

from __future__ import annotations

from typing import Any

from zdsync.sandbox import (
    actions,
    attachments,
    automations,
    macros,
    mail,
    narrate,
    outbox,
    placeholders,
    rules,
    satisfaction,
    shapes,
    triggers,
    webhooks,
    wishes,
)
from zdsync.sandbox.account import Account, Ticket
from zdsync.sandbox.base import SECOND, Row, as_int, to_ms
from zdsync.sandbox.errors import conflict, invalid, not_found
from zdsync.sandbox.update import Update, by_rule
from zdsync.sandbox.wishes import Wish


def get(account: Account, ticket_id: int) -> Ticket:
    """A ticket that is there. Raises the API's 404; a deleted one is gone."""
    ticket = account.tickets.get(ticket_id)
    if ticket is None or ticket.row["status"] == "deleted":
        raise not_found()
    return ticket


def render(account: Account, ticket: Ticket, base_url: str, *, fields: bool = True) -> Row:
    """The ticket as the API shows it; `fields` False leaves the second copy of the custom fields out."""
    row = dict(ticket.row)
    row["url"] = f"{base_url}/api/v2/tickets/{row['id']}.json"
    values = ticket.values
    row["custom_fields"] = [
        {"id": field_id, "value": values.get(field_id)}
        for field_id, field in account.ticket_fields.items()
        if field["removable"]
    ]
    if fields:
        row["fields"] = row["custom_fields"]
    else:
        del row["fields"]
    row["generated_timestamp"] = ticket.generated_ms // SECOND
    row["encoded_id"] = mail.encoded_id(row["id"])
    row["support_type"] = "agent"
    return row


def check_stamp(ticket: Ticket, body: Row) -> None:
    """`safe_update`: refused unless the stamp is the present `updated_at`. `false` has the same effect as `true`."""
    if "safe_update" not in body:
        return
    try:
        stamp = to_ms(str(body.get("updated_stamp")))
    except ValueError:
        raise conflict() from None
    if stamp != to_ms(ticket.row["updated_at"]):
        raise conflict()


def create(account: Account, body: Row, actor: Row, via: Row, system: Row | None = None) -> tuple[Ticket, Row, Wish]:
    """A new ticket, its audit, and the wish as read. Raises 422; then there is no ticket (a new requester may stay)."""
    wish = wishes.read(account, body, None)
    if wish.comment is None:
        raise invalid("description", "Description: cannot be blank")
    wanted = wish.fields
    wanted.setdefault("requester_id", actor["id"])
    requester = account.users[wanted["requester_id"]]
    if not requester["active"]:
        raise invalid("requester", "Requester: is invalid")
    if requester["suspended"] and requester["id"] != actor["id"]:
        raise invalid("requester", f"Requester: {requester['name']} is suspended.")
    wanted.setdefault("organization_id", requester["organization_id"])
    wanted.setdefault("brand_id", account.default_of(account.brands))
    wanted.setdefault("ticket_form_id", account.default_of(account.ticket_forms))
    wanted.setdefault("status", "new")
    _check_problem(account, wanted, None)
    source = _followup_source(account, body)
    ticket = Ticket(shapes.ticket(account.next_ticket_id, account.now_ms, via))
    ticket.row["satisfaction_rating"] = satisfaction.first(account)
    update = Update(account, ticket, actor, via, creates=True, system=system or {}, custom=wish.metadata)
    wanted = wishes.in_order(rules.with_consequences(update, wanted, comments=True))
    account.next_ticket_id += 1
    account.tickets[ticket.row["id"]] = ticket
    ticket.row["submitter_id"] = _submitter(account, body, actor)
    # The submitter always is the first comment's author.
    wish.comment["author_id"] = wish.comment["author_id"] or ticket.row["submitter_id"]
    for name, value in wanted.items():
        update.set(name, value)
    _comment(update, wish.comment)
    ticket.row["description"] = update.comment["body"] if update.comment else None
    if source is not None:
        _follow_up(source, ticket)
    update.list_creation()
    return ticket, _complete(update), wish


def _submitter(account: Account, body: Row, actor: Row) -> int:
    named = as_int(body.get("submitter_id"))
    return named if named in account.users else int(actor["id"])


def update(
    account: Account, ticket: Ticket, body: Row, actor: Row | None, via: Row, system: Row | None = None
) -> tuple[Row, Wish]:
    """Change a ticket; the audit (empty events: nothing changed) and the wish. Raises 409, 422 before any change."""
    check_stamp(ticket, body)
    change = Update(account, ticket, actor, via, system=system or {})
    rules.check_open(change)
    wish = wishes.read(account, body, ticket)
    _check_problem(account, wish.fields, ticket)
    change.custom = wish.metadata
    wanted = rules.with_consequences(change, wish.fields, comments=wish.comment is not None)
    if wish.comment is not None:
        wish.comment["author_id"] = wish.comment["author_id"] or (actor["id"] if actor else -1)
        _comment(change, wish.comment)
    for name, value in wishes.in_order(wanted).items():
        change.set(name, value)
    macros.refer(change, body.get("macro_ids") or body.get("macro_id"))
    return _complete(change), wish


def _comment(change: Update, comment: Row) -> None:
    public = comment["public"]
    if change.by_end_user and public is None:
        public = True
    if public is None:
        public = _first_was_public(change.ticket)
    text, html = comment["body"], comment["html"]
    if not change.by_end_user:  # also in comments: what an agent writes is rendered, whatever it was made from
        text, html = placeholders.fill(text, change), placeholders.fill(html, change) if html else html
    files = attachments.use(change.account, comment["uploads"])
    change.say(text, author_id=comment["author_id"], public=public, html=html, attachments=files)
    for flag in comment.get("flags") or ():
        change.system.setdefault("flags", []).append(flag)


def _first_was_public(ticket: Ticket) -> bool:
    """An omitted `public` takes the first comment's value: on an e-mail ticket it mails the customer."""
    for audit in ticket.audits:
        for event in audit["events"]:
            if event["type"] == "Comment":
                return bool(event["public"])
    return True


def _complete(change: Update) -> Row:
    """Triggers, stamps, and what others are told. The audit."""
    row = change.ticket.row
    row["raw_subject"] = row["subject"]
    if change.events:
        row["is_public"] = _is_public(change)  # which triggers ask about
        triggers.run(change)
        outbox.tell_followers(change)
        row["raw_subject"] = row["subject"]
        row["is_public"] = _is_public(change)
    audit = change.finish()
    if change.events:
        _plan(change)
        webhooks.publish(change)
        narrate.tell(change)
    return audit


def _is_public(change: Update) -> bool:
    if change.creates:
        return change.comment is None or bool(change.comment["public"])
    return bool(change.ticket.row["is_public"]) or (change.comment is not None and bool(change.comment["public"]))


def _plan(change: Update) -> None:
    """What follows later: what automations will do, the incidents of a solved problem."""
    account, ticket = change.account, change.ticket
    automations.plan(account, ticket)
    newly = ticket.solved_ms == account.now_ms and ("status" in change.before or change.creates)
    if newly and ticket.row["type"] == "problem":
        body = change.comment["body"] if change.comment and change.comment["public"] else None
        account.agenda.add(account.now_ms + SECOND, "incidents", ticket=ticket.row["id"], body=body)
    problem = account.tickets.get(ticket.row["problem_id"] or 0)
    if problem and not problem.row["has_incidents"]:
        problem.row["has_incidents"] = True
        problem.generated_ms = account.now_ms  # a system write: `updated_at` stays


def _check_problem(account: Account, wanted: dict[str, Any], ticket: Ticket | None) -> None:
    """`problem_id` is for incidents, and names a problem."""
    problem_id = wanted.get("problem_id")
    if problem_id is None:
        return
    if account.tickets[problem_id].row["type"] != "problem":
        raise invalid("problem_id", "Problem: is not a problem ticket")
    if wanted.get("type", ticket.row["type"] if ticket else None) != "incident":
        raise invalid("problem_id", "Problem: can only be set on an incident")


def _followup_source(account: Account, body: Row) -> Ticket | None:
    source = account.tickets.get(as_int(body.get("via_followup_source_id")) or 0)
    if source is not None and source.row["status"] != "closed":
        raise invalid("via_followup_source_id", "Follow-up source: is not closed")
    return source


def _follow_up(source: Ticket, ticket: Ticket) -> None:
    """A follow-up inherits the closed ticket's tags and fields, and each knows the other."""
    source.row["followup_ids"] = [*source.row["followup_ids"], ticket.row["id"]]
    origin = {"ticket_id": source.row["id"], "subject": source.row["subject"]}
    ticket.row["via"] = {**ticket.row["via"], "source": {"from": origin, "to": {}, "rel": "follow_up"}}
    ticket.row["tags"] = sorted({*source.row["tags"], *ticket.row["tags"]})
    for field_id, value in source.values.items():
        ticket.values.setdefault(field_id, value)


def rate(account: Account, ticket: Ticket, score: str, comment: str | None, actor: Row, via: Row) -> Row:
    """The requester's answer to the survey; the rating. Raises 403 and 422."""
    change = Update(account, ticket, actor, via)
    rules.check_open(change)
    rating = satisfaction.rate(change, score, comment)
    _complete(change)
    return rating


def delete(account: Account, ticket: Ticket, actor: Row, via: Row) -> None:
    """Soft delete: one status event, no custom status; the ticket is gone except from the exports."""
    change = Update(account, ticket, actor, via)
    change.set("status", "deleted")
    _complete(change)


def run_automations(account: Account, ticket_id: int, due_ms: int) -> None:
    """The hourly run, for one ticket: in order, each on what the one before has left. Called by `travel.py`."""
    ticket = account.tickets.get(ticket_id)
    if ticket is None or ticket.automations_due_ms != due_ms:
        return  # something has happened meanwhile, and another run was planned
    ticket.automations_due_ms = None
    for automation in automations.in_order(account):
        if automations.match(account, automation, ticket):
            via = by_rule(automation, "automation")
            change = Update(account, ticket, None, via)
            actions.carry_out(automation["actions"], change, via)
            _complete(change)
    automations.plan(account, ticket)


def solve_incidents(account: Account, problem_id: int, body: str | None) -> None:
    """The incidents of a solved problem are solved with it, with its comment. Called by `travel.py`, a second later."""
    problem = account.tickets[problem_id].row
    actor = account.users.get(problem["assignee_id"])
    via = {"channel": "web", "source": {"from": {"ticket_id": problem_id}, "to": {}, "rel": "problem"}}
    for ticket in incidents(account, problem_id):
        if ticket.row["status"] in ("solved", "closed"):
            continue
        wish: Row = {"status": "solved"}
        if ticket.row["assignee_id"] is None:
            wish["assignee_id"] = problem["assignee_id"]
        if body:
            wish["comment"] = {"body": body, "public": True}
        update(account, ticket, wish, actor, via)


def incidents(account: Account, problem_id: int) -> list[Ticket]:
    return [t for t in account.tickets.values() if t.row["problem_id"] == problem_id and t.row["status"] != "deleted"]


def comments(ticket: Ticket) -> list[Row]:
    """The comment objects of a ticket, oldest first: the audits' events with what the comments list adds."""
    return [
        {**event, "via": audit["via"], "created_at": audit["created_at"], "metadata": audit["metadata"]}
        for audit in ticket.audits
        for event in audit["events"]
        if event["type"] == "Comment"
    ]
