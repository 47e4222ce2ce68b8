"""The Major Incident Report: asked of the agents once it is over, approved by one of a group, sent to key contacts.

The time line is read from the audits; cause and preventive actions are what agents write into the problem's fields. An
approval is the tag `zdsync_approve_report`; the documents then go onto the ticket, and to each key contact once. What
is approved later on is a further version, which goes to them again.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterator, Mapping
from datetime import UTC, date, datetime, timedelta
from typing import Final, NamedTuple

from pydantic import Field

from zdsync.core.actions import Action, OpenTasks, RemoveTag, Say, SendNotices
from zdsync.core.audience import AudienceSettings
from zdsync.core.automation import Automation, Case, Decision, Needs, Reaches, SettingsModel
from zdsync.core.incident import Incident, Solve, incidents
from zdsync.core.incident_draft import Filled, draft
from zdsync.core.incident_report import Report
from zdsync.core.incident_sheet import sheet
from zdsync.core.incident_words import WORDS
from zdsync.core.model import Audit, Campaign, Enclosure
from zdsync.core.notify import reaches_somebody
from zdsync.core.outage import pace_of
from zdsync.core.preventive_actions import Actions, external_id, read_actions

APPROVE_TAG: Final = "zdsync_approve_report"
_READ_ON: Final = timedelta(seconds=5)
_TAG: Final = "zdsync_report"
"""On each ticket by which a report is sent."""


class Fields(SettingsModel):
    """Custom fields of the problem, by the names given under the account's `fields:`; texts of several lines."""

    summary: str = "incident_summary"
    root_cause: str = "incident_root_cause"
    actions: str = "incident_actions"


class Settings(SettingsModel):
    product: str = Field(min_length=1, description="what was unavailable, as customers call it")
    author: str = Field(min_length=1, description="the desk's name, as it stands on the report")
    schedule: str
    """Name of the schedule whose business days count."""
    within: int = Field(2, ge=1, le=30, description="business days after the solve in which it is to be approved")
    approvers: int | None = Field(None, ge=1, description="id of the group whose members may approve it")
    """null: nobody may, so nothing is sent."""
    audience: AudienceSettings = AudienceSettings(user_tags=frozenset({"key_contact"}))
    fields: Fields = Fields()


EXAMPLE: Final = """\
product: K Pro
author: Support desk
schedule: paris
within: 2                         # business days after the solve
approvers: 360001234              # id of the group whose members may approve it
audience: {user_tags: [key_contact]}
fields: {summary: incident_summary, root_cause: incident_root_cause, actions: incident_actions}
"""

TEMPLATES: Final[Mapping[str, tuple[str, ...]]] = {
    "incident_report.ask": ("reference", "due", "fields", "tag", "zone"),
    "incident_report.late": ("reference", "due", "tag", "zone"),
    "incident_report.refused": ("missing", "lines", "outsider", "changed", "tag"),
    "incident_report.approved": ("version", "tasks", "tag"),
    "incident_report.subject": ("product", "version", "began", "zone"),
    "incident_report.notice": ("product", "version", "began", "ended", "zone"),
}
"""`missing`: what the report lacks, in words; `lines`: numbers of lines that are no action; `outsider`: who approved it
is not of the group; `changed`: its fields are no longer what was approved. `tasks`: how many preventive actions there
are."""

EXAMPLES: Final[Mapping[str, object]] = {
    "reference": 4711,
    "due": datetime(2026, 11, 26, 17, 0, tzinfo=UTC),
    "fields": ["Incident summary", "Incident root cause", "Incident preventive actions"],
    "tag": APPROVE_TAG,
    "zone": "Europe/Paris",
    "missing": ["the root cause"],
    "lines": [2],
    "outsider": False,
    "changed": False,
    "version": 2,
    "tasks": 3,
    "product": "K Pro",
    "began": datetime(2026, 11, 24, 8, 10, tzinfo=UTC),
    "ended": datetime(2026, 11, 24, 10, 52, tzinfo=UTC),
}


def needs(settings: Settings) -> Needs:
    names = settings.fields
    return Needs(
        schedules={"schedule": settings.schedule},
        fields={
            "fields.summary": names.summary,
            "fields.root_cause": names.root_cause,
            "fields.actions": names.actions,
        },
        long_fields=frozenset({names.summary, names.root_cause, names.actions}),
        groups={"approvers": settings.approvers} if settings.approvers is not None else {},
    )


class _Over(NamedTuple):
    """An incident that is over, and what is known of its report."""

    incident: Incident
    solve: Solve
    due: datetime
    approval: Audit | None
    """The last one since the solve."""
    version: int
    """Of the report that this approval makes, or has made."""


def decide(case: Case, settings: Settings) -> Decision:
    """Pure; `case.now` in account time."""
    over = _over(case, settings)
    if isinstance(over, Decision):
        return over
    approval = over.approval
    if approval is None:
        return _wait(case, settings, over)
    if _said_of(case, over) is not None:
        return _send(case, settings, over, approval)
    if case.facts.told is None:
        return _reading(case)
    return _approve(case, settings, over, approval)


def _over(case: Case, settings: Settings) -> _Over | Decision:
    reading = case.reading
    if reading.kind != "problem":
        return Decision("not-a-problem", "only a problem can be a major incident")
    one = _told_of(case)
    if one is None or one.go is None:
        return Decision("no-incident", "customers were told of no outage here")
    solve = one.resolution
    if solve is None:
        return Decision("not-over", "the report follows when the incident is solved")
    due = case.rulebook.schedules[settings.schedule].add_days(solve.at, settings.within)
    approvals = [
        audit
        for audit in reading.tagged_by_staff(APPROVE_TAG)
        if audit.id > solve.audit_id and _refused_key(audit) not in reading.keys
    ]
    approval = approvals[-1] if approvals else None
    earlier = [key for key in reading.keys if ":v" in key and _is_version(key, approval)]
    return _Over(one, solve, due, approval, len(earlier) + 1)


def _told_of(case: Case) -> Incident | None:
    """The latest one of which customers were told, whatever was declared and taken back on its ticket afterwards; else
    the latest one."""
    found = incidents(case.reading, case.rulebook.zone, pace_of(case.rulebook))
    return next((one for one in reversed(found) if one.go is not None), found[-1] if found else None)


def _is_version(key: str, approval: Audit | None) -> bool:
    """Whether it is the key of a report that was approved before this one."""
    kind, number, rest = [*key.split(":", 2), "", ""][:3]
    if kind != "report" or not rest.startswith("v") or not number.isdecimal():
        return False
    return approval is None or int(number) < approval.id


def _wait(case: Case, settings: Settings, over: _Over) -> Decision:
    """Agents are asked once, and reminded once when it is due."""
    values = {"reference": case.reading.ticket.id, "due": over.due, "tag": APPROVE_TAG, "zone": case.rulebook.zone.key}
    ask = Say(
        "agents",
        "incident_report.ask",
        f"report:{over.solve.audit_id}:ask",
        over.solve.at,
        {**values, "fields": [_title(case, name) for name in _names(settings)]},
    )
    actions: list[Action] = [ask, *_unless_said(case, ask), *_too_early(case, over)]
    if case.now < over.due:
        words = "the report is to be completed and approved"
        return Decision("to-be-written", words, tuple(actions), over.due)
    late = Say("agents", "incident_report.late", f"report:{over.solve.audit_id}:late", over.due, values)
    words = "the report has not been approved in time"
    return Decision("late", words, (*actions, late, *_unless_said(case, late)))


def _too_early(case: Case, over: _Over) -> Iterator[Action]:
    """A tag from before the solve, or from the very update of it, approves nothing: it goes, so that it can be set."""
    if any(audit.id <= over.solve.audit_id for audit in case.reading.tagged_by_staff(APPROVE_TAG)[-1:]):
        yield RemoveTag(APPROVE_TAG, over.solve.at)


def _unless_said(case: Case, say: Say) -> Iterator[Action]:
    if say.key not in case.reading.keys:
        yield from reaches_somebody(case, say.since)


def _approve(case: Case, settings: Settings, over: _Over, approval: Audit) -> Decision:
    """Who may approve it, and whether it is complete; then the documents go onto the ticket."""
    report, actions = _report(case, settings, over)
    outsider = approval.author_id not in case.facts.members.get(settings.approvers or 0, frozenset())
    changed = _changed_since(case, settings, approval)
    if outsider or changed or report.missing or actions.unreadable:
        values = {
            "missing": [WORDS["en"].missing[part] for part in report.missing],
            "lines": list(actions.unreadable),
            "outsider": outsider,
            "changed": changed,
            "tag": APPROVE_TAG,
        }
        refused = Say("agents", "incident_report.refused", _refused_key(approval), approval.at, values)
        return Decision(
            "not-approved",
            "the report cannot be sent as it is",
            (refused, RemoveTag(APPROVE_TAG, approval.at)),
        )
    note = Say(
        "agents",
        "incident_report.approved",
        f"{_sent_key(over)}:{_fingerprint(case, settings)}",
        approval.at,
        {"version": over.version, "tasks": len(actions.tasks), "tag": APPROVE_TAG},
        enclosures=tuple(_documents(case, settings, report)),
    )
    words = f"version {over.version} is approved"
    done = (note, RemoveTag(APPROVE_TAG, approval.at))
    return Decision("approved", words, done, case.now + _READ_ON)  # then it is sent


def _send(case: Case, settings: Settings, over: _Over, approval: Audit) -> Decision:
    """To the key contacts who have not got this version."""
    reach = case.facts.reach
    if reach is None or case.facts.told is None or not reach.is_of(_campaign(approval)):
        return _reading(case)
    approved = _said_of(case, over)
    if approved not in ("", _fingerprint(case, settings)):
        words = f"it was changed since version {over.version} was approved: nobody else gets it before it is again"
        return Decision("changed", words)
    report, actions = _report(case, settings, over)
    problem_id = case.reading.ticket.id
    tasks = tuple(each for each in actions.tasks if external_id(problem_id, each) not in case.facts.told.opened)
    if tasks:
        words = f"{len(tasks)} preventive actions become tasks"
        return Decision("opening-tasks", words, (OpenTasks(tasks, approval.at),))
    to = tuple(each for each in reach.contacts if each.id not in reach.told | reach.refused)
    if not to:
        return Decision("sent", f"version {over.version} has gone to {len(reach.told)} key contacts")
    values = {
        "product": settings.product,
        "version": over.version,
        "began": report.began,
        "ended": report.ended,
    }
    papers = {each.name.rpartition("-")[2][:2]: each for each in _documents(case, settings, report, pages=False)}
    campaign = Campaign(
        _campaign(approval), "incident_report.subject", "incident_report.notice", values, (_TAG,), papers, "solved"
    )
    words = f"version {over.version} goes to {len(to)} more key contacts"
    return Decision("sending", words, (SendNotices(campaign, to, approval.at),))


def _reading(case: Case) -> Decision:
    """Much is read in several passes."""
    words = "who was told when is still being read from the linked tickets"
    return Decision("reading", words, wake_at=case.now + _READ_ON)


def reaches(case: Case, settings: Settings) -> Reaches | None:
    """The key contacts, while a version is being sent."""
    over = _over(case, settings)
    if isinstance(over, Decision) or over.approval is None or _said_of(case, over) is None:
        return None
    return Reaches(_campaign(over.approval), settings.audience, "report")


def tells(case: Case, settings: Settings) -> bool:
    """Whether who was told when has to be known: from the approval on."""
    over = _over(case, settings)
    return not isinstance(over, Decision) and over.approval is not None


def report_of(case: Case, settings: Settings) -> Report | None:
    """The draft as it is now, for `zdsync report incident`; None where there was no major incident. What the linked
    tickets were told has to be known."""
    one = _told_of(case)
    if one is None:
        return None
    return _draft(case, settings, one, 0)[0]


def _report(case: Case, settings: Settings, over: _Over) -> tuple[Report, Actions]:
    return _draft(case, settings, over.incident, over.version)


def _draft(case: Case, settings: Settings, one: Incident, version: int) -> tuple[Report, Actions]:
    assert case.facts.told is not None
    summary, root_cause, written = (_text(case, name) for name in _names(settings))
    actions = read_actions(written)
    made = draft(
        one,
        case.facts.told,
        Filled(summary, root_cause, actions.tasks, case.facts.told.earlier),
        problem_id=case.reading.ticket.id,
        product=settings.product,
        every=one.promises[0].every if one.promises else None,
        version=version,
        now=case.now,
    )
    return made, actions


def _documents(case: Case, settings: Settings, report: Report, *, pages: bool = True) -> Iterator[Enclosure]:
    """In each language a paper and, unless only papers are wanted, a page. Drawn up when they go out."""
    for language in WORDS:
        today: date = case.now.astimezone(case.rulebook.zone).date()
        drawn = sheet(report, language, case.rulebook.zone, author=settings.author, today=today)
        name = f"incident-{report.problem_id}-v{report.version}-{language}"
        yield Enclosure(f"{name}.pdf", "application/pdf", drawn)
        if pages:
            yield Enclosure(f"{name}.html", "text/html", drawn)


def _refused_key(approval: Audit) -> str:
    return f"report:{approval.id}:refused"


def _sent_key(over: _Over) -> str:
    assert over.approval is not None
    return f"report:{over.approval.id}:v{over.version}"


def _said_of(case: Case, over: _Over) -> str | None:
    """The fingerprint of what was approved, from the key of the note that says so; None: there is no such note."""
    about = _sent_key(over)
    found = (key for key in case.reading.keys if key == about or key.startswith(f"{about}:"))
    return next((key.removeprefix(about).removeprefix(":") for key in found), None)


def _fingerprint(case: Case, settings: Settings) -> str:
    """Of what agents have written: who gets a version later must not get what nobody has approved."""
    written = "\0".join(_text(case, name) for name in _names(settings))
    return hashlib.sha256(written.encode()).hexdigest()[:12]


def _changed_since(case: Case, settings: Settings, approval: Audit) -> bool:
    """Between the approval and our look at it: nobody has approved what stands there now."""
    ids = {case.facts.field_ids.get(name) for name in _names(settings)}
    return any(audit.id > approval.id and not ids.isdisjoint(audit.fields) for audit in case.reading.audits)


def _campaign(approval: Audit) -> str:
    return f"report-{approval.id}"


def _names(settings: Settings) -> tuple[str, str, str]:
    return settings.fields.summary, settings.fields.root_cause, settings.fields.actions


def _text(case: Case, name: str) -> str:
    number = case.facts.field_ids.get(name)
    return str(case.reading.ticket.fields.get(number) or "") if number is not None else ""


def _title(case: Case, name: str) -> str:
    """As agents see it."""
    return str(case.rulebook.fields.get(name, name))


INCIDENT_REPORT: Final = Automation(
    name="incident_report",
    Settings=Settings,
    example=EXAMPLE,
    decide=decide,
    needs=needs,
    templates=TEMPLATES,
    to_customer=frozenset({"incident_report.subject", "incident_report.notice"}),
    reaches=reaches,
    tells=tells,
    examples=EXAMPLES,
)
