"""Mails outside of Zendesk about a major incident, when an agent asks for them because Zendesk's own do not arrive.

A mail server keeps no record that could be asked whether a mail has left. So each batch is announced on the problem
before it is mailed, by a note whose key names the last contact of it, and is not mailed again whatever happens to it:
each contact gets at most one mail for each time that an agent asks.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import UTC, datetime, timedelta
from typing import Final

from pydantic import Field

from zdsync.core.actions import MailContacts, RemoveTag, Say
from zdsync.core.automation import Automation, Case, Decision, Needs, SettingsModel
from zdsync.core.incident import STOP_TAG, Incident, incident
from zdsync.core.model import Audit, Person, Post
from zdsync.core.outage import first_words, pace_of
from zdsync.core.outage_notes import contacts_of

MAIL_TAG: Final = "zdsync_mail_contacts"
_AGAIN: Final = timedelta(seconds=5)
_NOT_KNOWN: Final = timedelta(minutes=1)


class Settings(SettingsModel):
    service: str = Field(min_length=1, max_length=60, description="what is down, as customers call it")
    batch: int = Field(200, ge=1, le=500, description="mails that are announced, and leave, together")


EXAMPLE: Final = """\
service: K Pro
batch: 200                        # mails that are announced, and leave, together
"""

TEMPLATES: Final[Mapping[str, tuple[str, ...]]] = {
    "outage_mail.batch": ("count", "before", "total"),
    "outage_mail.impossible": ("tag",),
    "outage_mail.subject": ("service", "zone"),
    "outage_mail.text": ("service", "began", "promised", "zone"),
}
"""`count`: how many leave now; `before`: how many have left already; `total`: how many contacts there are. `promised`:
by when customers hear of it again, or None."""

EXAMPLES: Final[Mapping[str, object]] = {
    "count": 200,
    "before": 200,
    "total": 423,
    "tag": MAIL_TAG,
    "service": "K Pro",
    "began": datetime(2026, 11, 24, 8, 10, tzinfo=UTC),
    "promised": datetime(2026, 11, 24, 9, 15, tzinfo=UTC),
    "zone": "Europe/Paris",
}


def needs(settings: Settings) -> Needs:
    return Needs()


def decide(case: Case, settings: Settings) -> Decision:
    """The next batch. Pure; `case.now` in account time."""
    one = incident(case.reading, case.rulebook.zone, pace_of(case.rulebook))
    if one is None or one.go is None or not one.is_running:
        return Decision("no-outage", "there is no major incident of which customers are being told")
    asked = _asked(case, one.declared.audit_id)
    if asked is None:
        return Decision("not-asked", f"no agent has asked for mails, by the tag {MAIL_TAG}")
    if one.stopped is not None and one.stopped.audit_id >= asked.id:
        return Decision("stopped", f"the tag {STOP_TAG} stops what has not left")
    done = RemoveTag(MAIL_TAG, asked.at)
    if not case.facts.has_post:
        note = Say("agents", "outage_mail.impossible", one.key("nomail", asked.id), asked.at, {"tag": MAIL_TAG})
        return Decision("no-mail-server", "there is no mail server to mail by", (note, done))
    if case.facts.reach is None or not case.facts.reach.is_of(one.name):
        return Decision("audience-unknown", "whom it is for is not known", wake_at=case.now + _NOT_KNOWN)
    contacts = contacts_of(case.facts.reach, case)
    number, last = _mailed(one, asked)
    rest = tuple(each for each in contacts if each.id > last)
    if not rest:
        return Decision("mailed", f"all {len(contacts)} contacts have been mailed", (done,))
    to = rest[: settings.batch]
    key = one.key("mail", asked.id, number + 1, to[-1].id)
    values = {"count": len(to), "before": len(contacts) - len(rest), "total": len(contacts)}
    note = Say("agents", "outage_mail.batch", key, asked.at, values)
    mails = MailContacts(key, _post(one, to, asked, settings, case.now), asked.at)
    return Decision("mailing", f"{len(to)} contacts are mailed", (note, mails), case.now + _AGAIN)


def _asked(case: Case, declared: int) -> Audit | None:
    """The agent's own update that has set the tag since the declaration, while it is there."""
    tagged = [audit for audit in case.reading.tagged_by_staff(MAIL_TAG) if audit.id >= declared]
    return tagged[-1] if tagged and MAIL_TAG in case.reading.ticket.tags else None


def _mailed(one: Incident, asked: Audit) -> tuple[int, int]:
    """How many batches were announced for this, and the last contact of the last one; 0 for none."""
    parts = [key.split(":") for key in one.said]
    found = [(int(each[2]), int(each[3])) for each in parts if each[:2] == ["mail", str(asked.id)]]
    return max(found, default=(0, 0))


def _post(one: Incident, to: tuple[Person, ...], asked: Audit, settings: Settings, now: datetime) -> Post:
    values = first_words(one, settings.service, now)
    return Post(f"{one.name}-{asked.id}", "outage_mail.subject", "outage_mail.text", values, to)


OUTAGE_MAIL: Final = Automation(
    name="outage_mail",
    Settings=Settings,
    example=EXAMPLE,
    decide=decide,
    needs=needs,
    templates=TEMPLATES,
    to_customer=frozenset({"outage_mail.subject", "outage_mail.text"}),
    examples=EXAMPLES,
)
