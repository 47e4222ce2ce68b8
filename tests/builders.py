"""Values for tests: `a_ticket(status="pending")`, `an_audit(...)`, `a_rulebook()`, and `Story`, a ticket that lives.

Times are written as people say them: `paris("2026-11-23 09:00")`, a Monday.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from datetime import UTC, datetime, time
from functools import lru_cache
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

import yaml

from zdsync.core.automations import AUTOMATIONS
from zdsync.core.calendar import HolidayRule, Schedule
from zdsync.core.history import OUR_PREFIX
from zdsync.core.intake import Found
from zdsync.core.model import (
    Answer,
    Audit,
    Change,
    Comment,
    Facts,
    FieldValue,
    History,
    Person,
    Priority,
    Status,
    Ticket,
    Update,
)
from zdsync.core.rulebook import Caps, Mode, Rule, Rulebook, Source
from zdsync.core.templates import Templates
from zdsync.core.when import EVERY_TICKET, Condition

US, AGENT, OTHER_AGENT, CUSTOMER, OUTSIDER = 9, 21, 22, 301, 302
FIELD_IDS: Mapping[str, int] = {"first_reply_due": 7001, "resolution_due": 7002, "next_update_due": 7003}
STATUS_IDS: Mapping[str, int] = {"awaiting_confirmation": 8001}
MESSAGES = Path(__file__).parents[1] / "config" / "messages"


def paris(written: str) -> datetime:
    """`2026-11-23 09:00` (seconds if need be) on a clock in Paris, as a UTC instant."""
    return datetime.fromisoformat(written).replace(tzinfo=ZoneInfo("Europe/Paris")).astimezone(UTC)


MONDAY = paris("2026-11-23 09:00")


def shipped_texts() -> dict[str, str]:
    """The message texts as shipped, by `name/locale`."""
    return {
        f"{path.name.removesuffix('.md.j2')}/{path.parent.name}": path.read_text(encoding="utf-8")
        for path in sorted(MESSAGES.glob("*/*.md.j2"))
    }


@lru_cache(maxsize=1)
def shipped_templates() -> Templates:
    """The same, compiled once for all tests: they are immutable."""
    return Templates(shipped_texts())


def paris_hours(**changes: Any) -> Schedule:
    """Monday to Friday 09:00-18:00 in Paris, French holidays closed."""
    week = {day: [(time(9), time(18))] for day in range(5)}
    return Schedule(**{"zone": "Europe/Paris", "week": week, "holidays": HolidayRule("FR"), **changes})


PARIS_HOURS = paris_hours()


def a_ticket(**changes: Any) -> Ticket:
    """A new request of a customer from Monday 09:00, without a priority."""
    created = changes.get("created_at", MONDAY)
    values: dict[str, Any] = {
        "id": 4711,
        "status": "new",
        "created_at": created,
        "updated_at": changes.get("updated_at", created),
        "requester_id": CUSTOMER,
        "submitter_id": US if str(changes.get("external_id")).startswith(OUR_PREFIX) else CUSTOMER,
    }
    return Ticket(**{**values, **changes})


def an_audit(id: int = 1, at: datetime = MONDAY, author_id: int = CUSTOMER, **changes: Any) -> Audit:
    """One update of a ticket, by the customer unless told otherwise."""
    return Audit(id=id, at=at, author_id=author_id, **changes)


def a_comment(id: int = 1, author_id: int = CUSTOMER, public: bool = True, flags: Sequence[int] = ()) -> Comment:
    return Comment(id, author_id, public, frozenset(flags))


def a_person(id: int, role: str = "end-user", **changes: Any) -> Person:
    return Person(id, role, **changes)  # type: ignore[arg-type]


def facts(**changes: Any) -> Facts:
    """We are user 9, an admin; 21 and 22 are agents, 301 is the customer; both custom fields exist."""
    people = {
        AGENT: a_person(AGENT, "agent", time_zone="Europe/Paris"),
        OTHER_AGENT: a_person(OTHER_AGENT, "agent"),
        US: a_person(US, "admin"),
        CUSTOMER: a_person(CUSTOMER, locale="fr", time_zone="Europe/Paris"),
    }
    known = {"field_ids": FIELD_IDS, "status_ids": STATUS_IDS}
    return Facts(**{"own_user_ids": frozenset({US}), "people": people, **known, **changes})


def sla_settings(**changes: Any) -> Any:
    """The settings of the example, which are those of the service policy, with changes as in YAML."""
    return AUTOMATIONS["sla_targets"].Settings.model_validate(_sla_example() | changes)


@lru_cache(maxsize=1)
def _sla_example() -> dict[str, Any]:
    return dict(yaml.safe_load(AUTOMATIONS["sla_targets"].example))


def a_rule_of(automation: str, mode: Mode = "live", when: Condition = EVERY_TICKET, **changes: Any) -> Rule:
    """A rule with the settings of the automation's example, changed as in YAML; the automation's name is the rule's."""
    made = AUTOMATIONS[automation]
    settings = made.Settings.model_validate({**yaml.safe_load(made.example), **changes})
    return Rule(automation, made, settings, mode, when, Source(f"rules/{automation}.yaml", 3))


def a_rule(mode: Mode = "live", name: str = "targets", when: Condition = EVERY_TICKET, **settings: Any) -> Rule:
    """A rule of SLA targets."""
    source = Source("rules/targets.yaml", 3)
    return Rule(name, AUTOMATIONS["sla_targets"], sla_settings(**settings), mode, when, source)


def a_rulebook(*rules: Rule, **changes: Any) -> Rulebook:
    """SLA targets, live since long ago, in Paris hours with the shipped texts; or these rules instead."""
    values: dict[str, Any] = {
        "rules": rules or (a_rule(),),
        "schedules": {"paris": PARIS_HOURS},
        "live_since": datetime(2020, 1, 1, tzinfo=UTC),
        "templates": shipped_templates(),
        "caps": Caps(),
        "fields": FIELD_IDS,
        "statuses": STATUS_IDS,
        "own_user_ids": frozenset({US}),
        "hash": "test",
    }
    return Rulebook(**{**values, **changes})


class Story:
    """A ticket and what happens to it, as Zendesk would record it. Every method is one update and returns the story.

    `Story(at=MONDAY).priority("high", "2026-11-23 09:10").reply("2026-11-23 10:00").history`; times are in Paris.
    """

    def __init__(
        self,
        at: datetime | str = MONDAY,
        *,
        by: int = CUSTOMER,
        public: bool = True,
        first: Mapping[str, Any] | None = None,
        **ticket: Any,
    ) -> None:
        """`first`: what is special about the first comment."""
        created = _instant(at)
        ours = str(ticket.get("external_id")).startswith(OUR_PREFIX)
        self.ticket = a_ticket(created_at=created, **{"submitter_id": US if ours else by, **ticket})
        self.audits: list[Audit] = []
        names = {"status": self.ticket.status, "priority": self.ticket.priority, "requester_id": CUSTOMER}
        changes = [Change(name, value) for name, value in names.items() if value is not None]
        if self.ticket.tags:
            changes.append(Change("tags", tuple(sorted(self.ticket.tags))))
        self._append(created, by, tuple(changes), (replace(a_comment(1, by, public), **first or {}),), {})

    @property
    def history(self) -> History:
        return History(self.ticket, tuple(self.audits))

    def update(
        self,
        at: datetime | str,
        by: int = AGENT,
        *,
        comment: Comment | None = None,
        by_rule: bool = False,
        keys: Sequence[str] = (),
        channel: str = "web",
        **values: Any,
    ) -> Story:
        """Set properties of the ticket, perhaps with a comment, in one audit."""
        if "status" in values and values["status"] != self.ticket.status:
            values.setdefault("custom_status_id", None)
        changes = tuple(
            Change(name, _in_audit(value), _in_audit(getattr(self.ticket, name)), by_rule)
            for name, value in values.items()
            if value != getattr(self.ticket, name)
        )
        comments = (comment,) if comment else ()
        return self._append(_instant(at), by, changes, comments, values, tuple(keys), channel)

    def priority(self, value: Priority, at: datetime | str, by: int = AGENT) -> Story:
        return self.update(at, by, priority=value)

    def status(self, value: Status, at: datetime | str, by: int = AGENT) -> Story:
        return self.update(at, by, status=value)

    def reply(
        self,
        at: datetime | str,
        by: int = AGENT,
        status: Status = "open",
        *,
        fingerprint: str = "",
        files: int = 0,
        **more: Any,
    ) -> Story:
        """A public comment of an agent."""
        comment = replace(self._comment(by, True), fingerprint=fingerprint, files=files)
        return self.update(at, by, comment=comment, status=status, **more)

    def note(
        self,
        at: datetime | str,
        by: int = AGENT,
        command: str = "",
        channel: str = "web",
        *,
        restricted: bool = False,
    ) -> Story:
        """An internal note, perhaps with a command on its first line, which marks it as restricted too."""
        comment = replace(self._comment(by, False, command=command), restricted=restricted or bool(command))
        return self.update(at, by, comment=comment, channel=channel)

    def customer(
        self,
        at: datetime | str,
        by: int = CUSTOMER,
        flags: Sequence[int] = (),
        answer: Answer = "other",
        intake: Found | None = None,
        files: int = 0,
    ) -> Story:
        """The customer writes; what was pending, on hold or solved is open again."""
        status = self.ticket.status
        reopened: Status = "open" if status in ("pending", "hold", "solved") else status
        comment = replace(self._comment(by, True, flags, answer), intake=intake, files=files)
        return self.update(at, by, comment=comment, channel="email", status=reopened)

    def by_rule(self, at: datetime | str, **values: Any) -> Story:
        """An automation of the account changes something."""
        return self.update(at, by=-1, by_rule=True, channel="rule", **values)

    def follow(self, history: History) -> Story:
        """The story after updates of ours (`applied`)."""
        self.ticket, self.audits = history.ticket, list(history.audits)
        return self

    def _comment(
        self, by: int, public: bool, flags: Sequence[int] = (), answer: Answer = "other", command: str = ""
    ) -> Comment:
        made = a_comment(1000 + len(self.audits), by, public, flags)
        return replace(made, answer=answer, command=command)

    def _append(
        self,
        at: datetime,
        by: int,
        changes: tuple[Change, ...],
        comments: tuple[Comment, ...],
        values: Mapping[str, Any],
        keys: tuple[str, ...] = (),
        channel: str = "web",
    ) -> Story:
        audit_id = self.audits[-1].id + 1 if self.audits else 100
        self.audits.append(Audit(audit_id, at, by, channel, changes, comments, keys))
        self.ticket = replace(self.ticket, updated_at=at, **values)
        return self


def applied(history: History, update: Update, at: datetime, by: int = US) -> History:
    """The history after Zendesk has carried out an update of ours."""
    ticket = history.ticket
    after = replace(
        ticket,
        status=update.status or ticket.status,
        custom_status_id=update.custom_status_id or (None if update.status else ticket.custom_status_id),
        follower_ids=ticket.follower_ids | update.add_followers,
        fields={**ticket.fields, **update.fields},
        tags=(ticket.tags | update.add_tags) - update.remove_tags,
        updated_at=at,
    )
    changes = [Change(str(id), value, ticket.fields.get(id)) for id, value in update.fields.items()]
    if after.tags != ticket.tags:
        changes.append(Change("tags", tuple(sorted(after.tags)), tuple(sorted(ticket.tags))))
    if after.status != ticket.status:
        changes.append(Change("status", after.status, ticket.status))
    last = history.audits[-1].id if history.audits else 99
    comments = (a_comment(9000 + last, by, update.message.public),) if update.message else ()
    return History(after, (*history.audits, Audit(last + 1, at, by, "api", tuple(changes), comments, update.keys)))


def _instant(at: datetime | str) -> datetime:
    return paris(at) if isinstance(at, str) else at


def _in_audit(value: object) -> FieldValue:
    if isinstance(value, frozenset):
        return tuple(sorted(value))
    return value  # type: ignore[return-value]
