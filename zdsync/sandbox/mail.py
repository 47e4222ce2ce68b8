"""Mail that comes in: which ticket it answers, whether it is let in at all, and what is noted about its sender.

A mail answers a ticket by what its program sends along (`in_reply_to`), by an encoded id in square brackets in its
text, or by one in the address it goes to; never by its subject: “#123” there makes a new ticket like any other.
`acts.py` calls this for what people do by mail; `outbox.py` writes the ids into what goes out.
"""

from __future__ import annotations

import re
from typing import Any

from zdsync.sandbox.account import Account
from zdsync.sandbox.base import Row
from zdsync.sandbox.causes import FOR_GOOD, cause_id
from zdsync.sandbox.update import channel

UNSURE = 0
"""Comment flag: it is not sure that the comment should be trusted."""
NOT_PART_OF_IT = 2
"""Comment flag: the author was not part of the conversation."""
NOT_SIGNED_IN = 3
"""Comment flag: the author was not signed in when the comment was submitted."""

_ENCODED = re.compile(r"SBX[0-9A-F]{3,}-([0-9A-F]{4,})")
_IN_TEXT = re.compile(rf"\[({_ENCODED.pattern})\]")
_IN_ADDRESS = re.compile(rf"\+id({_ENCODED.pattern})@", re.IGNORECASE)
_IN_MESSAGE_ID = re.compile(rf"<({_ENCODED.pattern})\.")


def encoded_id(ticket_id: int) -> str:
    return f"SBX{ticket_id:03X}-{ticket_id:04X}"


def host(account: Account) -> str:
    return f"{account.options.subdomain}.zendesk.com"


def outgoing(account: Account, ticket_id: int) -> Row:
    """What a mail of the account carries so that an answer to it finds the ticket."""
    encoded = encoded_id(ticket_id)
    return {
        "message_id": f"<{encoded}.{len(account.emails)}@{host(account)}>",
        "reply_to": f"support+id{encoded}@{host(account)}",
        "encoded_id": encoded,
    }


def answers(account: Account, act: Row) -> int | None:
    """The ticket that a mail belongs to; None: it opens a new one."""
    found = (
        _known(account, _IN_MESSAGE_ID, act.get("in_reply_to"))
        or _of_message(account, act.get("in_reply_to"))
        or _known(account, _IN_TEXT, act.get("comment"))
        or _known(account, _IN_ADDRESS, act.get("to"))
    )
    ticket = account.tickets.get(found or 0)
    return None if ticket is None or ticket.row["status"] == "deleted" else found


def _known(account: Account, pattern: re.Pattern[str], text: Any) -> int | None:
    for match in pattern.finditer(str(text or "")):
        number = int(match[2], 16)
        if encoded_id(number) == match[1].upper() and number in account.tickets:
            return number
    return None


def _of_message(account: Account, message_id: Any) -> int | None:
    """The ticket to which another person's mail went: who was copied on it answers to all."""
    if not message_id:
        return None
    for number, ticket in account.tickets.items():
        if any(audit["metadata"]["system"].get("message_id") == message_id for audit in ticket.audits):
            return number
    return None


def objection(account: Account, act: Row) -> int | None:
    """The cause for which this mail is set aside; None lets it in."""
    if _is_own(account, act.get("as")):
        return FOR_GOOD
    if act.get("authentic", True) is False and account.options.suspend_unauthentic:
        return cause_id("failed_email_authentication")
    return None


def _is_own(account: Account, who: Any) -> bool:
    """The account's own addresses: mail from there would answer itself for ever."""
    address = str(who).lower()
    local, _, domain = address.partition("@")
    return address == account.options.support_address.lower() or (
        domain == host(account) and (local == "support" or local.startswith("support+"))
    )


def via(account: Account, act: Row, actor: Row) -> Row:
    """From the address that was used, which need not be the sender's first, to the one that was written to."""
    who = act.get("as")
    address = who.strip().lower() if isinstance(who, str) and "@" in who else actor["email"]
    to = str(act.get("to") or account.options.support_address)
    found = channel("email", sender={**actor, "email": address}, to=to)
    found["source"]["from"]["original_recipients"] = [to]
    return found


def system(account: Account, act: Row, actor: Row) -> Row:
    """What is kept in the audit's metadata, and the flags of the comment."""
    domain = (actor["email"] or "mail.example").rpartition("@")[2]
    message_id = act.get("message_id") or f"<{account.now_ms}.{account.next_id}@{domain}>"
    flags = list(act.get("flags") or ())
    if act.get("authentic", True) is False:
        flags.append(UNSURE)
    return {"message_id": message_id, "flags": flags} if flags else {"message_id": message_id}


def takes_part(ticket: Row, person: Row) -> bool:
    """Staff, the requester and the CCs; others' mail becomes a flagged internal note."""
    return person["role"] != "end-user" or person["id"] in (ticket["requester_id"], *ticket["email_cc_ids"])
