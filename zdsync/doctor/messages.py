"""What customers are told, and by which way: what of the account carries our words, and what works against them."""

from __future__ import annotations

from collections.abc import Iterator

from zdsync.core.links import PATH
from zdsync.doctor.patient import Patient
from zdsync.linked import wants_set_aside
from zdsync.post import unreachable
from zdsync.probe import Finding
from zdsync.provision import hold, mails
from zdsync.provision.collisions import collisions, mails_notices, mails_on_creation, mails_requesters
from zdsync.wiring import office_of, wants_mails
from zdsync.zendesk.errors import NotFound, Rejected


def links(patient: Patient) -> Iterator[Finding]:
    """The way from a customer's message to the confirmation page, where a rule wants one."""
    links = patient.reading.settings.links
    if words := hold.lacks_links(patient.rulebook, links):
        yield Finding("links", "note", words)
    elif links and hold.wants_links(patient.rulebook):
        yield Finding("links", "ok", f"customers may answer at {links.url}{PATH}…; {len(links.keys)} of 2 keys in use")


def business_rules(patient: Patient) -> Iterator[Finding]:
    """The account's own automations and triggers: what works against ours, and what carries our words."""
    zendesk = patient.reading.zendesk
    triggers = zendesk.triggers()
    holds = any(hold.settings_of(rule) and rule.mode != "off" for rule in patient.rulebook.rules)
    against = list(collisions(zendesk.automations(), triggers, holds=holds))
    for words in against:
        yield Finding("collision", "note", words)
    if not against:
        yield Finding("collision", "ok", "no automation or trigger of the account works against the rules")
    if carriers := mails_requesters(triggers):
        words = f"{', '.join(map(repr, carriers))} mails our public comments to customers, like an agent's"
        yield Finding("mails", "ok", words)
    else:
        words = "no trigger mails public comments to requesters: what we ask in one is read in the Help Center only"
        yield Finding("mails", "note", words)
    names = [f'"{rule.name}"' for rule in patient.rulebook.rules if rule.automation.reaches and rule.mode != "off"]
    if names and (openers := mails_notices(triggers)):
        words = f"{', '.join(map(repr, openers))} mails customers the notices of {', '.join(names)}"
        yield Finding("notices", "ok", words)
    elif names:
        words = (
            f"no trigger mails customers what agents open for them: the notices of {', '.join(names)} are read in the "
            'Help Center only; switch on Zendesk\'s "Notify requester of new proactive ticket"'
        )
        yield Finding("notices", "note", words)


def acknowledgements(patient: Patient) -> Iterator[Finding]:
    """Who tells customers that their request has come in: the account or we, where a rule leaves it to the account."""
    rules = [rule for rule in patient.rulebook.rules if wants_mails(rule)]
    if not rules:
        return
    try:
        theirs = mails_on_creation(patient.reading.zendesk.triggers())
    except (NotFound, Rejected) as error:
        words = f'triggers cannot be read ({error}), so "{rules[0].name}" acknowledges nothing; send: always does'
        yield Finding("acknowledgement", "note", words)
        return
    if theirs:
        words = f'{", ".join(map(repr, theirs))} mails who opens a ticket, so "{rules[0].name}" leaves it to that'
    else:
        words = f'no trigger mails who opens a ticket: "{rules[0].name}" does'
    yield Finding("acknowledgement", "ok", words)


def set_aside(patient: Patient) -> Iterator[Finding]:
    """Whether mail that Zendesk has set aside may be read, where a rule tells agents of it."""
    rule = next(wants_set_aside(patient.rulebook), None)
    if rule is None:
        return
    zendesk = patient.reading.zendesk
    try:
        next(zendesk.suspended_since(patient.reading.clock.now()), None)
    except (NotFound, Rejected) as error:
        words = f'mail that was set aside cannot be read ({error}), so "{rule}" tells nobody of it'
        yield Finding("suspended", "note", f"{words}; let our user manage suspended tickets, or write set_aside: false")
        return
    yield Finding("suspended", "ok", f'mail that Zendesk sets aside can be read: "{rule}" points it out')


def ways(patient: Patient) -> Iterator[Finding]:
    """How messages leave, and what that means for the first reply of Zendesk's own reports and policies."""
    live = [rule for rule in patient.rulebook.rules if rule.mode != "off"]
    wanted = mails.wanting(live)
    if wanted:
        missing = mails.unmailed(patient.rulebook, patient.reading.zendesk.triggers())
        for text in missing:
            words = f"{text}: no active trigger of ours mails it, so a comment says it"
            yield Finding("messages", "note", f"{words}; `zdsync provision --apply` makes one")
        if mailed := sorted(wanted.keys() - set(missing)):
            yield Finding(
                "messages", "ok", f"{', '.join(mailed)}: by a trigger's mail, which Zendesk counts as no reply"
            )
    if said := sorted({text for rule in live for text in rule.automation.to_customer} - wanted.keys()):
        words = "public comments where they are said, which Zendesk's own first and next reply metrics count as replies"
        yield Finding("messages", "ok", f"{', '.join(said)}: {words}")


def mail_server(patient: Patient) -> Iterator[Finding]:
    """The mail server for outages, without a mail."""
    office = office_of(patient.reading.settings)
    if office is None:
        return
    why = unreachable(office)
    if why:
        yield Finding("mail server", "fault", f"ZDSYNC_SMTP_URL: {why}; nobody could be mailed outside of Zendesk")
    else:
        yield Finding("mail server", "ok", "takes mails for what has to leave outside of Zendesk")
