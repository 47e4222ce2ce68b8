"""Mails outside of Zendesk: by a mail server of the operator's, one to each contact, each tried once.

`reconcile` calls it after the update that announces a batch was applied; a decision never asks for the same batch
again. What fails is counted and told to the operator, and is not repeated: a mail server cannot be asked what has left.
"""

from __future__ import annotations

import smtplib
import ssl
from collections.abc import Collection, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from email.errors import HeaderParseError
from email.headerregistry import Address
from email.message import EmailMessage
from typing import Final
from urllib.parse import unquote, urlsplit

import structlog

from zdsync.core.model import Post
from zdsync.core.rulebook import Rulebook

SECONDS: Final = 20.0
"""Of each step of the talk with the mail server."""

log = structlog.get_logger()


@dataclass(frozen=True, slots=True)
class Office:
    """Where mails leave, and from whom."""

    url: str
    """`smtp://host:25`, `smtps://user:password@host:465`, `smtp+starttls://user:password@host:587`."""
    sender: str
    """`Support <support@example.com>`"""


@dataclass(frozen=True, slots=True)
class Sent:
    left: int
    """The mail server has taken them."""
    failed: int
    """It has not, or nobody knows."""
    passed_over: int
    """Contacts without an address, and addresses of the desk itself, to which a mail would open a ticket."""


def letters(
    post: Post, addresses: Mapping[int, str], support: Collection[str], office: Office, rulebook: Rulebook, at: str
) -> list[EmailMessage]:
    """The mails, in order; those without a real address, or to one of `support` (in lower case), are left out.

    `at`: the `Date` header. A text is one line in a header, and the library refuses every line break there.
    """
    made = []
    own = _address(office.sender).addr_spec.lower()
    for person in post.to:
        to = addresses.get(person.id, "")
        if not to or to.lower() in support or to.lower() == own:
            continue
        values = {**post.values, "zone": person.time_zone}
        letter = EmailMessage()
        letter["From"] = _address(office.sender)
        try:
            letter["To"] = Address(addr_spec=to)
        except (ValueError, HeaderParseError):  # no address that one could mail to, or more than one
            continue
        letter["Subject"] = " ".join(rulebook.templates.render(post.subject, person.locale, **values).split())
        letter["Date"] = at
        letter["Message-ID"] = f"<{post.name}-{person.id}@{_address(office.sender).domain}>"
        letter["Auto-Submitted"] = "auto-generated"  # no vacation program answers it (RFC 3834)
        letter["X-Auto-Response-Suppress"] = "All"
        letter.set_content(rulebook.templates.render(post.body, person.locale, **values))
        made.append(letter)
    return made


def send(made: list[EmailMessage], wanted: int, office: Office) -> Sent:
    """Hand them over, one after the other. Never raises for what a mail server does."""
    left = failed = 0
    waiting = list(made)
    while waiting:
        try:
            with _connected(office) as server:
                while waiting:
                    letter = waiting.pop(0)  # before it is tried: it is not tried again
                    try:
                        server.send_message(letter)
                        left += 1
                    except (smtplib.SMTPRecipientsRefused, smtplib.SMTPDataError, smtplib.SMTPSenderRefused):
                        failed += 1
                        server.rset()
        except (smtplib.SMTPException, OSError, ValueError) as error:
            if left + failed + len(waiting) == len(made):  # not even the first one: nobody is there
                log.error("the mail server cannot be reached", why=_why(error), mails=len(waiting))
                return Sent(left, failed + len(waiting), wanted - len(made))
            failed += 1
            log.warning("a mail may not have left", why=_why(error))
    return Sent(left, failed, wanted - len(made))


def unreachable(office: Office) -> str:
    """Why mails could not be handed over now; empty where they could. Nothing is mailed."""
    try:
        with _connected(office) as server:
            server.noop()
    except (smtplib.SMTPException, OSError, ValueError) as error:
        return _why(error)
    return ""


@contextmanager
def _connected(office: Office) -> Iterator[smtplib.SMTP]:
    parts = urlsplit(office.url)
    host, context = parts.hostname or "", ssl.create_default_context()
    if parts.scheme == "smtps":
        server: smtplib.SMTP = smtplib.SMTP_SSL(host, parts.port or 465, timeout=SECONDS, context=context)
    else:
        server = smtplib.SMTP(host, parts.port or (587 if parts.scheme == "smtp+starttls" else 25), timeout=SECONDS)
    with server:
        if parts.scheme == "smtp+starttls":
            server.starttls(context=context)
        if parts.username:
            server.login(unquote(parts.username), unquote(parts.password or ""))
        yield server


def _address(written: str) -> Address:
    """`Support <support@example.com>`, or an address alone. Raises ValueError for what is neither."""
    name, found, rest = written.rpartition("<")
    return (
        Address(name.strip().strip('"'), addr_spec=rest.rstrip("> ")) if found else Address(addr_spec=written.strip())
    )


def _why(error: Exception) -> str:
    """Without addresses, which replies of mail servers quote."""
    code = getattr(error, "smtp_code", None)
    return f"{type(error).__name__} {code}" if code else type(error).__name__
