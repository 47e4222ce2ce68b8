"""What `zdsync doctor` looks at: everything that should be right before and while zdsync works on an account.

Reads only. Each check gives findings with what to do about them; one that cannot be made is a finding too.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from datetime import timedelta
from typing import Any

from redis.exceptions import RedisError, ResponseError

from zdsync.audience import contacts
from zdsync.clock import AccountClock
from zdsync.control import PROBED_TAG, STOP_TAG, read_control
from zdsync.core.automations.incident_report import Settings as ReportSettings
from zdsync.core.durations import in_words
from zdsync.core.links import PATH
from zdsync.core.outage import Settings as OutageSettings
from zdsync.core.rulebook import Rulebook
from zdsync.core.when import fields_named
from zdsync.linked import wants_set_aside
from zdsync.post import unreachable
from zdsync.probe import Finding
from zdsync.provision import hold, mails
from zdsync.provision.apply import survey
from zdsync.provision.collisions import collisions, mails_notices, mails_on_creation, mails_requesters
from zdsync.settings import ApiToken
from zdsync.store.epoch import State
from zdsync.wiring import Reading, Store, office_of, wants_mails
from zdsync.zendesk.errors import NotFound, Rejected, ZendeskError

SLOW_CLOCK = timedelta(seconds=30)

TOKENS_END = "2027-04-30"
"""The day on which Zendesk stops every API token (api-facts 1.1)."""

BY_HAND = frozenset({"web", "email", "chat", "mobile", "mobile_sdk"})
"""Channels over which people write; zdsync writes over the API only."""

LOOKED_AT = 20
"""So many of the newest tickets are looked through for what our user wrote by hand."""


@dataclass(frozen=True)
class Patient:
    """What is examined."""

    reading: Reading
    rulebook: Rulebook
    store: Store | None


def examine(patient: Patient) -> Iterator[Finding]:
    """All findings, in the order in which they matter."""
    for name, check in CHECKS.items():
        try:
            yield from check(patient)
        except ZendeskError as error:
            yield Finding(name, "fault", f"could not be checked: {error}")
        except RedisError as error:
            yield Finding(name, "fault", f"Redis is away: {error}")


def _credential(patient: Patient) -> Iterator[Finding]:
    zendesk, settings = patient.reading.zendesk, patient.reading.settings
    zendesk.count_tickets()  # `me` also answers the anonymous
    me = patient.reading.account.me()
    yield Finding("credential", "ok", f"accepted; we write as user {me['id']}")
    if isinstance(settings.credential, ApiToken):
        yield Finding("credential", "note", f"API tokens end on {TOKENS_END}; make an OAuth client before")
    if me.get("role") != "admin":
        yield Finding("role", "fault", f"our user is {me.get('role')}; incremental exports need an admin")
    else:
        yield Finding("role", "ok", "our user is an admin")


def _own_user(patient: Patient) -> Iterator[Finding]:
    """A user who also writes by hand would have their words taken for ours."""
    zendesk = patient.reading.zendesk
    own = patient.reading.account.own_user_ids(patient.rulebook)
    rows = zendesk.show("tickets.json", {"page[size]": str(LOOKED_AT), "sort": "-updated_at"}).get("tickets", [])
    for row in rows:
        for audit in zendesk.audits(int(row["id"])):
            if audit.author_id in own and audit.channel in BY_HAND and audit.comments:
                words = f"user {audit.author_id} wrote by hand on ticket {row['id']}; give zdsync a user of its own"
                yield Finding("own user", "fault", words)
                return
    yield Finding("own user", "ok", f"nothing written by hand in the newest {len(rows)} tickets")


def _fields(patient: Patient) -> Iterator[Finding]:
    """One that is missing matters only where a rule that is on uses it."""
    found = patient.reading.account.field_ids(patient.rulebook)
    rules = [rule for rule in patient.rulebook.rules if rule.mode != "off"]
    used = {name for rule in rules for name in rule.automation.needs(rule.settings).fields.values()}
    used |= {
        name
        for condition in (patient.rulebook.scope, *(rule.when for rule in rules))
        for name in fields_named(condition)
    }
    for name, where in patient.rulebook.fields.items():
        if name in found:
            yield Finding("field", "ok", f"{name} is ticket field {found[name]}")
        elif name in used:
            yield Finding(
                "field",
                "note",
                f"{name}: no single active field is called {where!r}; nothing is written to it",
            )


def _webhook(patient: Patient) -> Iterator[Finding]:
    webhooks = [each for each in patient.reading.zendesk.webhooks() if each.get("status") == "active"]
    ours = [each for each in webhooks if str(each.get("endpoint", "")).rstrip("/").endswith("/webhook")]
    if not ours:
        yield Finding(
            "webhook",
            "note",
            "no active webhook ends in /webhook; changes are found by polling, a minute later; "
            "`zdsync provision --webhook-url` makes one",
        )
        return
    secrets = {secret.reveal() for secret in patient.reading.settings.webhook_secrets}
    for each in ours:
        if patient.reading.zendesk.signing_secret(each["id"]) in secrets:
            yield Finding("webhook", "ok", f"{each['endpoint']} is signed with a secret that we know")
        else:
            words = (
                f"{each['endpoint']}: its signing secret is not in ZDSYNC_WEBHOOK_SECRETS, so all its calls are refused"
                "; `zdsync provision --show-secret` prints the one that provision has made, Admin Center > Webhooks any"
            )
            yield Finding("webhook", "fault", words)


def _is_not_us(condition: Mapping[str, Any], own: frozenset[int]) -> bool:
    """The condition "Current user is not" has the field `role`; its value is then a user's id."""
    return (
        condition.get("field") == "role"
        and condition.get("operator") == "is_not"
        and condition.get("value") in {str(each) for each in own}
    )


def _trigger(patient: Patient) -> Iterator[Finding]:
    own = patient.reading.account.own_user_ids(patient.rulebook)
    notify = [
        trigger
        for trigger in patient.reading.zendesk.triggers()
        if trigger.get("active") and any(a.get("field") == "notification_webhook" for a in trigger.get("actions", []))
    ]
    if not notify:
        words = "no active trigger calls a webhook; without an event subscription changes are found by polling only"
        yield Finding("trigger", "note", words)
    for trigger in notify:
        conditions = trigger.get("conditions", {}).get("all", [])
        if any(_is_not_us(condition, own) for condition in conditions):
            yield Finding("trigger", "ok", f"{trigger['title']!r} calls a webhook, but not for our own updates")
        else:
            words = (
                f"{trigger['title']!r} calls a webhook for our own updates too; add: current user is not zdsync's user"
            )
            yield Finding("trigger", "note", words)


def _provision(patient: Patient) -> Iterator[Finding]:
    """What `zdsync provision` would do. Fields and the webhook have checks of their own, which look further."""
    reading, rulebook = patient.reading, patient.rulebook
    own_id, url = int(reading.account.me()["id"]), reading.settings.webhook_url
    probed = read_control(reading.zendesk, reading.clock.now()).probed
    plan = survey(reading.zendesk, own_id, rulebook, url, probed=probed)
    looked_at = [step for step in plan.steps if not (step.kind == "webhooks" and step.do == "know")]
    for step in looked_at:
        if step.do != "keep":
            cure = "; `zdsync provision --apply` does it" if step.changes else ""
            yield Finding("provision", "note", f"{step.title}: {step.words}{cure}")
    if all(step.do == "keep" for step in looked_at):
        yield Finding("provision", "ok", f"everything that the rules need is there: {len(looked_at)} objects")


def _links(patient: Patient) -> Iterator[Finding]:
    """The way from a customer's message to the confirmation page, where a rule wants one."""
    links = patient.reading.settings.links
    if words := hold.lacks_links(patient.rulebook, links):
        yield Finding("links", "note", words)
    elif links and hold.wants_links(patient.rulebook):
        yield Finding("links", "ok", f"customers may answer at {links.url}{PATH}…; {len(links.keys)} of 2 keys in use")


def _business_rules(patient: Patient) -> Iterator[Finding]:
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


def _acknowledgements(patient: Patient) -> Iterator[Finding]:
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


def _set_aside(patient: Patient) -> Iterator[Finding]:
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


def _ways(patient: Patient) -> Iterator[Finding]:
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


def _clock(patient: Patient) -> Iterator[Finding]:
    clock = patient.reading.clock
    if isinstance(clock, AccountClock) and abs(clock.offset) > SLOW_CLOCK.total_seconds():
        yield Finding(
            "clock", "note", f"this machine's clock is {-clock.offset:+.0f} s off Zendesk's; zdsync corrects it"
        )
    else:
        yield Finding("clock", "ok", "within half a minute of Zendesk's")


def _limits(patient: Patient) -> Iterator[Finding]:
    if patient.store is None:
        return
    now = patient.reading.clock.now()
    for family in ("account", "tickets-update"):
        budget = patient.store.governor.budget(family, now)
        yield Finding(
            "limits", "ok", f"{family}: {budget.remaining} of {budget.total} left until {budget.resets_at:%H:%M:%S}"
        )


def _audience(patient: Patient) -> Iterator[Finding]:
    """Whom a major incident would be told to, and whether each can hear of an update before the next one is due."""
    if patient.store is None:
        return
    now = patient.reading.clock.now()
    rate = max(patient.store.governor.updates_per_minute(now), 1)
    for rule in patient.rulebook.rules:
        if not isinstance(rule.settings, OutageSettings) or rule.mode == "off":
            continue
        every, count = rule.settings.every, len(contacts(rule.settings.audience, patient.reading.zendesk, None, now))
        takes = timedelta(minutes=count / rate)
        words = f'"{rule.name}" would tell {count} contacts; an update reaches all of them in {in_words(takes)}'
        if not count:
            yield Finding("audience", "fault", f"{words}: nobody would be told; look at its audience ({rule.source})")
        elif takes > every:
            wrong = f"{words}, and is promised every {in_words(every)}: write a longer one, or a smaller audience"
            yield Finding("audience", "fault", f"{wrong} ({rule.source})")
        else:
            yield Finding("audience", "ok", words)


def _report(patient: Patient) -> Iterator[Finding]:
    """Whether a Major Incident Report could be approved, and would reach anybody."""
    now, zendesk = patient.reading.clock.now(), patient.reading.zendesk
    for rule in patient.rulebook.rules:
        if not isinstance(rule.settings, ReportSettings) or rule.mode == "off":
            continue
        approvers, count = rule.settings.approvers, len(contacts(rule.settings.audience, zendesk, None, now))
        if approvers is None:
            words = f'nobody can approve what "{rule.name}" drafts: write the id of a group into approvers'
            yield Finding("report", "note", f"{words} ({rule.source})")
        elif not zendesk.members(approvers):
            words = f"group {approvers} has no agents, or is not there: nobody can approve a report"
            yield Finding("report", "fault", f"{words} ({rule.source})")
        elif not count:
            yield Finding("report", "fault", f"a report would reach nobody; look at its audience ({rule.source})")
        else:
            yield Finding("report", "ok", f"{count} key contacts get the report on a major incident")


def _post(patient: Patient) -> Iterator[Finding]:
    """The mail server for outages, without a mail."""
    office = office_of(patient.reading.settings)
    if office is None:
        return
    why = unreachable(office)
    if why:
        yield Finding("mail server", "fault", f"ZDSYNC_SMTP_URL: {why}; nobody could be mailed outside of Zendesk")
    else:
        yield Finding("mail server", "ok", "takes mails for what has to leave outside of Zendesk")


def _redis(patient: Patient) -> Iterator[Finding]:
    if patient.store is None:
        return
    redis = patient.store.redis
    try:
        policy = redis.config_get("maxmemory-policy").get("maxmemory-policy")
        keeps = redis.config_get("appendonly").get("appendonly")
    except ResponseError:  # a hosted one often does not tell
        yield Finding("redis", "note", "does not show its settings; maxmemory-policy must be noeviction")
    else:
        if policy != "noeviction":
            words = f"maxmemory-policy is {policy}: Redis may drop what is due; write noeviction"
            yield Finding("redis", "fault", words)
        if keeps != "yes":
            yield Finding("redis", "note", "no append-only file: a restart lists everything anew (safe, but slow)")
    state = patient.store.epoch.state()
    counts = ", ".join(f"{name} {number}" for name, number in patient.store.due.counts().items())
    yield Finding("index", "ok" if state == "set" else "note", f"{INDEX[state]}; {counts}")


INDEX: Mapping[State, str] = {
    "set": "whole",
    "resyncing": "being filled",
    "missing": "empty: the workers fill it when they run",
}


def _switches(patient: Patient) -> Iterator[Finding]:
    control = read_control(patient.reading.zendesk, patient.reading.clock.now())
    if control.stopped:
        yield Finding("switches", "note", f"everything is stopped: ticket {control.ticket_id} has the tag {STOP_TAG}")
    if control.probed:
        yield Finding("switches", "ok", "this account has passed the probe")
    else:
        words = (
            f"this account has not passed the probe, so nothing goes live ({PROBED_TAG}); run `zdsync doctor --probe`"
        )
        yield Finding("switches", "note", words)


def _modes(patient: Patient) -> Iterator[Finding]:
    for rule in patient.rulebook.rules:
        yield Finding("rule", "ok", f'"{rule.name}" is {rule.mode} ({rule.source})')
    yield Finding(
        "live_since", "ok", f"nothing before {patient.rulebook.live_since:%Y-%m-%d %H:%M:%S} UTC has any effect"
    )


Check = Callable[[Patient], Iterator[Finding]]

CHECKS: dict[str, Check] = {
    "credential": _credential,
    "own user": _own_user,
    "fields": _fields,
    "webhook": _webhook,
    "trigger": _trigger,
    "provision": _provision,
    "links": _links,
    "business rules": _business_rules,
    "acknowledgement": _acknowledgements,
    "suspended mail": _set_aside,
    "messages": _ways,
    "clock": _clock,
    "limits": _limits,
    "audience": _audience,
    "report": _report,
    "mail server": _post,
    "redis": _redis,
    "switches": _switches,
    "rules": _modes,
}
