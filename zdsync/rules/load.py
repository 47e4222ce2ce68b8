"""The configuration folder as one `Rulebook`, or as everything that is wrong with it.

The worker calls `load`, `zdsync check` calls `check`; both are the same reading, so nothing passes the one and fails
the other. Only the stories are `check`'s alone: no rule waits for a fault in its test.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, Final
from zoneinfo import ZoneInfo

from zdsync.core.automation import Automation
from zdsync.core.automations import AUTOMATIONS
from zdsync.core.availability import Policy
from zdsync.core.calendar import Schedule
from zdsync.core.maintenance import KIND
from zdsync.core.rulebook import Caps, Mode, Rulebook
from zdsync.rules.entries import Known, read_rules
from zdsync.rules.files import ACCOUNT, AVAILABILITY, MAINTENANCE, SCHEDULES, Folder, read_folder
from zdsync.rules.findings import Finding, RulesError
from zdsync.rules.models import AccountFile, AvailabilityFile, ScheduleEntry
from zdsync.rules.parts import Part, condition, part
from zdsync.rules.stories import read_stories
from zdsync.rules.texts import read_templates
from zdsync.rules.windows import read_windows

__all__ = ["Finding", "RulesError", "check", "check_read", "load"]

Automations = Mapping[str, Automation[Any]]

HASH_LENGTH: Final = 12
"""Hex digits. The hash travels in the metadata of every audit, which has little room."""


def load(
    folder: Path,
    *,
    mode: Mode | None = None,
    live_since: datetime | None = None,
    automations: Automations = AUTOMATIONS,
) -> Rulebook:
    """The rulebook in the folder. `mode` and `live_since` (aware) take the place of those in `account.yaml`.

    A rule's mode is never more than the account's. Raises `RulesError` with every finding.
    """
    rulebook, findings = _read(folder, mode, live_since, automations)
    if rulebook is None or findings:
        raise RulesError(findings)
    return rulebook


def check(
    folder: Path, *, live_since: datetime | None = None, automations: Automations = AUTOMATIONS
) -> tuple[Finding, ...]:
    """Every fault of all files, ordered by place: those for which `load` would raise, and those of the stories."""
    rulebook, findings = _read(folder, None, live_since, automations)
    if rulebook is None:  # an account that has not begun yet has names all the same
        rulebook = _read(folder, None, live_since or datetime.max.replace(tzinfo=UTC), automations)[0]
    return tuple(sorted({*findings, *read_stories(folder, rulebook, automations, _named(folder)).findings}))


def check_read(folder: Folder, automations: Automations = AUTOMATIONS) -> frozenset[Finding]:
    """The faults of a folder that has been read, the stories' apart: for one that is not on the disk as it stands."""
    tried = replace(folder, findings=list(folder.findings))
    _rulebook(tried, None, None, automations)
    return frozenset(tried.findings)


def _named(root: Path) -> frozenset[str] | None:
    """What the rules are called, those with a fault too, since a story may well name them. None where a file of rules
    cannot be read."""
    files = read_folder(root).rule_files.values()
    if not all(document.readable for document in files):
        return None
    entries = [entry for document in files if isinstance(document.data, list) for entry in document.data]
    return frozenset(str(entry.get("name")) for entry in entries if isinstance(entry, dict))


def _read(
    root: Path, mode: Mode | None, live_since: datetime | None, automations: Automations
) -> tuple[Rulebook | None, tuple[Finding, ...]]:
    folder = read_folder(root)
    rulebook = _rulebook(folder, mode, live_since, automations) if root.is_dir() else None
    return rulebook, tuple(sorted(set(folder.findings)))


def _rulebook(
    folder: Folder, mode: Mode | None, live_since: datetime | None, automations: Automations
) -> Rulebook | None:
    """1 the account, 2 schedules, 3 texts, 4 rules, held against those, 5 windows, 6 the value if it is complete."""
    read = _account(folder)
    account = read.value
    fields = account.fields if account and "fields" not in read.unsaid else None
    statuses = account.statuses if account and "statuses" not in read.unsaid else None
    scope = condition(folder, account.scope if account else None, ACCOUNT, ("scope",), fields)
    since = live_since or (account.live_since if account else None)
    if account and since is None and "live_since" not in read.unsaid:
        at = folder.documents[ACCOUNT].at(("live_since",), key=True)
        folder.report(ACCOUNT, "`live_since` is not set", "run `zdsync init`, which sets it to now", at=at)
    names, schedules = _schedules(folder)
    templates = read_templates(folder, automations)
    ceiling = mode or (account.mode if account else "off")
    rules = read_rules(folder, Known(automations, templates, names, fields, statuses, ceiling))
    windows = read_windows(folder, next((each.zone for each in schedules.values()), ZoneInfo("UTC")))
    if windows and not _names_automation(folder, KIND):
        at = folder.documents[MAINTENANCE].at(())
        folder.report(MAINTENANCE, "no rule announces these windows", f"add a rule with automation: {KIND}", at=at)
    availability = _availability(folder, schedules)
    if account is None or since is None or names is None:
        return None
    return Rulebook(
        rules=rules,
        schedules=schedules,
        live_since=since.astimezone(UTC),
        templates=templates,
        scope=scope,
        caps=Caps(**account.caps.model_dump()),
        fields=account.fields,
        statuses=account.statuses,
        own_user_ids=account.own_user_ids,
        windows=windows,
        availability=availability,
        hash=_hash(folder, mode, live_since),
    )


def _names_automation(folder: Folder, name: str) -> bool:
    """Whether some rule is of this automation, one with a fault included."""
    lists = [document.data for document in folder.rule_files.values() if isinstance(document.data, list)]
    return any(isinstance(entry, dict) and entry.get("automation") == name for entries in lists for entry in entries)


def _account(folder: Folder) -> Part[AccountFile]:
    document = folder.documents.get(ACCOUNT)
    if document is None or not document.readable:
        return Part(None)
    return part(folder, AccountFile, {} if document.data is None else document.data, ACCOUNT, ())


def _schedules(folder: Folder) -> tuple[frozenset[str] | None, dict[str, Schedule]]:
    """All names, those of schedules with a fault too, since a rule may well name them; and the schedules without."""
    document = folder.documents.get(SCHEDULES)
    if document is None or not document.readable:
        return None, {}
    if not isinstance(document.data, dict) or not document.data:
        write = "write a name, and below it `zone:` and `hours:`"
        folder.report(SCHEDULES, "there is no schedule", write, at=document.at(()))
        return None, {}
    entries = {
        name: part(folder, ScheduleEntry, data, SCHEDULES, (name,)).value for name, data in document.data.items()
    }
    return frozenset(entries), {name: entry.schedule() for name, entry in entries.items() if entry}


def _availability(folder: Folder, schedules: Mapping[str, Schedule]) -> Policy | None:
    """None where the file is missing or at fault."""
    document = folder.documents.get(AVAILABILITY)
    if document is None or not document.readable:
        return None
    found = part(folder, AvailabilityFile, {} if document.data is None else document.data, AVAILABILITY, ()).value
    zone = next((schedule.zone for schedule in schedules.values()), ZoneInfo("UTC"))
    return found.policy(zone) if found else None


def _hash(folder: Folder, mode: Mode | None, live_since: datetime | None) -> str:
    """Of what the files say (not of comments, layout, line ends or where the folder lies) and of the two overrides."""
    content = {
        "documents": {name: document.data for name, document in folder.documents.items()},
        "texts": folder.texts,
        "mode": mode,
        "live_since": live_since.astimezone(UTC).isoformat() if live_since else None,
    }
    canonical = json.dumps(content, sort_keys=True, ensure_ascii=False, separators=(",", ":"))
    return hashlib.sha256(canonical.encode("utf-8", "surrogatepass")).hexdigest()[:HASH_LENGTH]
