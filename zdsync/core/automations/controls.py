"""Controls: agents' commands are answered by a note, and what they call wrong is counted.

What a command does is for the rules that it is about (`core/controls.py` reads it for them): it does that without this
automation, too. This one tells the agent what was understood, until when it holds, and how to take it back.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from datetime import UTC, datetime, timedelta
from typing import Final, Literal, NamedTuple

from zdsync.core.actions import Action, RemoveTag, Say
from zdsync.core.automation import Automation, Case, Decision, Needs, SettingsModel
from zdsync.core.controls import SNOOZE_TAGS, WRONG_TAG, About, Control, controls, snoozes_over
from zdsync.core.incident import incidents
from zdsync.core.model import Audit
from zdsync.core.rulebook import Rule
from zdsync.core.when import check

ANSWERED_WITHIN: Final = timedelta(hours=24)
"""Older commands are answered no more: not all that were ever given, when the rule is new or was stopped."""
SPEAKERS: Final[Mapping[str, str]] = {
    **dict.fromkeys(("target", "warn", "breach", "nopriority"), "sla_targets"),
    "cadence": "update_cadence",
    **dict.fromkeys(
        ("ask", "chase", "unanswered", "reply", "flips", "override", "again", "unsolved", "link"), "confirmation_hold"
    ),
    **dict.fromkeys(("ack", "promise"), "acknowledgement"),
    **dict.fromkeys(("intake", "found"), "intake"),
    **dict.fromkeys(("match", "mailed"), "mailed_files"),
    **dict.fromkeys(("outage", "relay", "resolved", "answered"), "major_incident"),
    **dict.fromkeys(("maintenance", "window"), "maintenance"),
    "report": "incident_report",
}
"""The kind of a message's key -> the automation that says it."""
_NAMES: Final[Mapping[About, str]] = {"hold": "confirmation_hold", "cadence": "update_cadence"}
_LOOK_AGAIN: Final = timedelta(seconds=2)


class Settings(SettingsModel):
    answer: Literal["all", "problems"] = "all"
    """`problems`: only commands that are not understood, that change nothing, or that call something wrong."""


EXAMPLE: Final = """\
answer: all                       # or problems: only what was not understood, changes nothing, or is called wrong
"""

TEMPLATES: Final[Mapping[str, tuple[str, ...]]] = {
    "controls.answer": ("what", "how", "about", "until", "tag", "idle", "rule", "did_at", "edge", "to", "zone"),
}
"""`what`: snooze, exempt, close, confirm, outage, wrong or unknown; `how`: as the agent wrote it; `about`: cadence,
hold, or empty for both; `until`: when a snooze ends, None for one that ends another; `tag`: which shows it; `idle`: no
rule that it is about is in force on this ticket, or it is no major incident; `rule`, `did_at`: what is called wrong,
empty and None if there is nothing; `edge` (from or until), `to`: when an outage began or ended."""

EXAMPLES: Final[Mapping[str, object]] = {
    "what": "snooze",
    "how": "/zdsync snooze 4h",
    "about": "",
    "until": datetime(2026, 11, 24, 13, 0, tzinfo=UTC),
    "tag": "zdsync_exempt",
    "idle": False,
    "rule": "Update cadence",
    "did_at": datetime(2026, 11, 24, 9, 0, tzinfo=UTC),
    "edge": "from",
    "to": datetime(2026, 11, 24, 8, 10, tzinfo=UTC),
    "zone": "Europe/Paris",
}


def needs(settings: Settings) -> Needs:
    return Needs()


class Done(NamedTuple):
    """What a rule did last before an agent called it wrong."""

    at: datetime
    automation: str


def decide(case: Case, settings: Settings) -> Decision:
    """The answers; tags that have had theirs, or have run out, go. Pure; `case.now` in account time."""
    reading = case.reading
    if reading.kind == "notice":
        return Decision("not-a-request", "a notice takes no commands")
    orders = controls(reading, case.rulebook.zone)
    says = [say for order in orders for say in _answer(case, settings, order)]
    new = [say for say in says if say.key not in reading.keys]
    actions: list[Action] = [*says, *snoozes_over(reading, case.now)]
    if WRONG_TAG in reading.ticket.tags and not new:  # it is noted, or was nobody's command
        since = reading.audits[-1].at if reading.audits else reading.ticket.created_at
        actions.append(RemoveTag(WRONG_TAG, since))
    if not orders:
        return Decision("no-command", "no agent has given a command", tuple(actions))
    ends = [order.until for order in orders if order.how in SNOOZE_TAGS and order.until > case.now]
    wake_at = min([*ends, *([case.now + _LOOK_AGAIN] if new else [])], default=None)
    words = f"the last command is {orders[-1].name}"
    return Decision("answering" if new else "answered", words, tuple(actions), wake_at)


def _answer(case: Case, settings: Settings, order: Control) -> Iterator[Say]:
    """By a note, unless it goes without saying."""
    command = order.how.startswith("/")
    if (not command and order.what != "wrong") or order.at <= case.now - ANSWERED_WITHIN:
        return
    idle = order.what in ("close", "confirm", "exempt", "snooze") and not any(_in_force(case, order))
    if order.what == "outage":
        idle = not any(one.declared.audit_id < order.audit_id for one in incidents(case.reading, case.rulebook.zone))
    if order.what in ("close", "confirm") and not idle:
        return  # the hold records it
    if settings.answer == "problems" and not idle and order.what not in ("unknown", "wrong"):
        return
    done = _done(case, order) if order.what == "wrong" else None
    rule = _name(case, done.automation) if done else ""
    values = {
        "what": order.what,
        "how": order.how,
        "about": order.about,
        "until": order.until if order.length else None,
        "tag": order.tag,
        "idle": idle,
        "rule": rule,
        "did_at": done.at if done else None,
        "edge": order.edge,
        "to": order.to,
        "zone": case.rulebook.zone.key,
    }
    yield Say("agents", "controls.answer", f"command:{order.audit_id}", order.at, values, against=rule)


def _in_force(case: Case, order: Control) -> Iterator[Rule]:
    """The rules that it is about, as far as they are about the ticket."""
    if case.reading.kind != "request":
        return
    about: About = "hold" if order.what in ("close", "confirm") else order.about
    names = [_NAMES[about]] if about else list(_NAMES.values())
    # A rule in shadow counts where none is live, so that a first look at everything in shadow shows it.
    mode = "live" if any(rule.mode == "live" for rule in case.rulebook.rules) else "shadow"
    for rule in case.rulebook.rules:
        concerned = rule.automation.name in names and rule.mode == mode
        if concerned and check(rule.when, case.reading.ticket, case.facts.field_ids).held:
            yield rule


def _done(case: Case, order: Control) -> Done | None:
    """What zdsync did last before: a message, or a move of the status, which is the hold's. Answers do not count."""
    for audit in reversed(case.reading.audits):
        before = audit.id < order.audit_id and case.reading.is_ours(audit)
        if before and (automation := _speaker(audit)):
            return Done(audit.at, automation)
    return None


def _speaker(audit: Audit) -> str:
    kinds = [key.partition(":")[0] for key in audit.keys]
    known = [SPEAKERS[kind] for kind in kinds if kind in SPEAKERS]
    if known:
        return known[-1]
    return _NAMES["hold"] if any(change.field == "status" for change in audit.changes) else ""


def _name(case: Case, automation: str) -> str:
    """Of its rule that is about the ticket; the automation's own where none is any more."""
    rules = [rule for rule in case.rulebook.rules if rule.automation.name == automation and rule.mode != "off"]
    about = [rule for rule in rules if check(rule.when, case.reading.ticket, case.facts.field_ids).held]
    return next((rule.name for rule in (*about, *rules)), automation)


CONTROLS: Final = Automation(
    name="controls",
    Settings=Settings,
    example=EXAMPLE,
    decide=decide,
    needs=needs,
    templates=TEMPLATES,
    examples=EXAMPLES,
)
