"""Whom a major incident, a maintenance window and a report would be told to, in any mode: before it is live, too."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from datetime import timedelta
from math import ceil

from zdsync.campaign import CALLS_PER_NOTICE
from zdsync.core.audience import figures
from zdsync.core.automations.incident_report import Settings as ReportSettings
from zdsync.core.durations import in_words
from zdsync.core.maintenance_settings import audience_of
from zdsync.core.model import Person, Reach
from zdsync.core.outage import Settings as OutageSettings
from zdsync.core.outage_notes import last_told_at, too_slow, update_takes
from zdsync.core.rulebook import Rule
from zdsync.doctor.patient import Patient
from zdsync.maintenance import rule_of, settings_of
from zdsync.probe import Finding


def outages(patient: Patient) -> Iterator[Finding]:
    """Whom a major incident would be told to, and whether each can hear of an update before the next one is due."""
    for rule in patient.rulebook.rules:
        if not isinstance(rule.settings, OutageSettings) or rule.mode == "off":
            continue
        settings, people = rule.settings, patient.contacts(rule.settings.audience)
        words, reach = f'"{rule.name}" would tell {_described(people)}', _reach(people, patient)
        if not people:
            yield Finding("audience", "fault", f"{words}: nobody would be told; look at its audience ({rule.source})")
            continue
        if reach is not None:
            words += f": {_how_fast(reach, settings, patient)}"
        if reach is not None and too_slow(people, reach, settings) is not None:
            wrong = (
                f"{words}, and is promised every {in_words(settings.every)}: write a longer one, or a smaller audience"
            )
            yield Finding("audience", "fault", f"{wrong} ({rule.source})")
        else:
            yield Finding("audience", "ok", f"{words}{_not_yet(rule)}")


def _reach(people: tuple[Person, ...], patient: Patient) -> Reach | None:
    """With what the account's limits allow; None: that is not known without Redis."""
    if patient.store is None:
        return None
    governor, now = patient.store.governor, patient.reading.clock.now()
    creates, updates = governor.creates_per_minute(now, CALLS_PER_NOTICE), governor.updates_per_minute(now)
    return Reach(people, per_minute=creates, updates_per_minute=updates)


def _how_fast(reach: Reach, settings: OutageSettings, patient: Patient) -> str:
    now = patient.reading.clock.now()
    waits = f"after a countdown of {in_words(settings.countdown)}" if settings.countdown else "at once"
    lasts = _at_most(last_told_at(now, reach.contacts, reach, settings) - now)
    takes = _at_most(update_takes(reach.contacts, reach))
    return f"{waits}, all of them within {lasts}; an update reaches all of them within {takes}"


def maintenance(patient: Patient) -> Iterator[Finding]:
    """Whom windows are for that name nobody, and each one that is still to come."""
    rule = rule_of(patient.rulebook)
    if rule is None:
        return
    settings, now = settings_of(rule), patient.reading.clock.now()
    people = patient.contacts(settings.audience)
    words = f'a window without an audience of its own: "{rule.name}" would tell {_described(people)}'
    if people:
        yield Finding("maintenance", "ok", f"{words}{_not_yet(rule)}")
    else:
        yield Finding("maintenance", "note", f"{words}; look at its audience ({rule.source})")
    for window in patient.rulebook.windows.values():
        if window.cancelled or window.end <= now:
            continue
        people = patient.contacts(audience_of(window, settings))
        words = f"window {window.id} is for {_described(people)}"
        if not people:
            yield Finding("maintenance", "fault", f"{words}: nobody is told; look at its audience ({window.source})")
            continue
        if patient.store is not None:  # each notice has a calendar file, which is a call of its own
            rate = max(patient.store.governor.creates_per_minute(now, CALLS_PER_NOTICE + 1), 1)
            words += f"; all of them have its announcement within {_at_most(timedelta(minutes=len(people) / rate))}"
        yield Finding("maintenance", "ok", words)


def reports(patient: Patient) -> Iterator[Finding]:
    """Whether a Major Incident Report could be approved, and would reach anybody."""
    for rule in patient.rulebook.rules:
        if not isinstance(rule.settings, ReportSettings) or rule.mode == "off":
            continue
        approvers, count = rule.settings.approvers, len(patient.contacts(rule.settings.audience))
        if approvers is None:
            words = f'nobody can approve what "{rule.name}" drafts: write the id of a group into approvers'
            yield Finding("report", "note", f"{words} ({rule.source})")
        elif not patient.reading.zendesk.members(approvers):
            words = f"group {approvers} has no agents, or is not there: nobody can approve a report"
            yield Finding("report", "fault", f"{words} ({rule.source})")
        elif not count:
            yield Finding("report", "fault", f"a report would reach nobody; look at its audience ({rule.source})")
        else:
            yield Finding("report", "ok", f"{count} key contacts get the report on a major incident")


def _described(people: Sequence[Person]) -> str:
    """How many of how many organisations, in which languages, and some of them by their ids."""
    if not people:
        return "0 contacts"
    found = figures(people)
    languages = [f"{found.french} in French"] if found.french else []
    languages += [f"{found.contacts - found.french} in English"] if found.contacts > found.french else []
    sample = f"users {found.sample}" + (", …" if found.contacts > found.sample.count(",") + 1 else "")
    numbers = f"{_counted(found.contacts, 'contact')} of {_counted(found.organizations, 'organisation')}"
    return f"{numbers}, {' and '.join(languages)} ({sample})"


def _not_yet(rule: Rule) -> str:
    return "; in shadow nobody is told" if rule.mode == "shadow" else ""


def _at_most(length: timedelta) -> str:
    """In whole minutes, rounded up."""
    return in_words(timedelta(minutes=max(ceil(length / timedelta(minutes=1)), 1)))


def _counted(count: int, what: str) -> str:
    return f"{count} {what}{'' if count == 1 else 's'}"
