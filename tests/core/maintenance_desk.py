"""A window's parent ticket and its notices with a worker who needs no Zendesk, for the rule of maintenance."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from datetime import datetime, timedelta
from typing import Any

from tests.builders import AGENT, FIELD_IDS, US, Story, a_person, a_rule_of, a_rulebook, applied, facts, paris
from tests.core.windows import ANNOUNCED, END, START, a_parent
from zdsync.core.evaluate import Plan, evaluate
from zdsync.core.model import Campaign, Facts, Reach
from zdsync.core.notices import external_id
from zdsync.core.notices import key as notice_key
from zdsync.core.rulebook import Caps, Rulebook
from zdsync.core.told import linked
from zdsync.core.windows import Window

SETTLE = timedelta(seconds=2)
PASSES = 60
ZOE, YANN, XENIA = 401, 402, 403
PEOPLE = {
    ZOE: a_person(ZOE, locale="en", time_zone="Europe/London", email=True, organization_id=1),
    YANN: a_person(YANN, locale="fr", time_zone="Europe/Paris", email=True, organization_id=1),
    XENIA: a_person(XENIA, locale="en", time_zone="America/New_York", email=True, organization_id=2),
}


def rules(*windows: Window, **settings: Any) -> Rulebook:
    rule = a_rule_of("maintenance", **{"countdown": None, **settings})
    caps = Caps(per_ticket_per_day=40)  # as shipped
    return a_rulebook(rule, windows={window.id: window for window in windows}, caps=caps)


class Desk:
    """A parent ticket, its notices, and a worker without a Zendesk who does what is planned when it is due."""

    def __init__(
        self, rulebook: Rulebook, parent: Story | None = None, audience: tuple[int, ...] = (ZOE, YANN)
    ) -> None:
        self.rulebook, self.parent, self.audience = rulebook, parent or a_parent(), audience
        self.notices: dict[int, Story] = {}
        self.campaigns: dict[int, Campaign] = {}
        self.refused: frozenset[int] = frozenset()
        self.bounced: frozenset[int] = frozenset()
        self.said: list[tuple[str, str, str]] = []
        """When (in Paris), to whom (`agents`, or a contact's name), and what: the key without kind and times."""
        self.bodies: list[str] = []
        self.now = self.parent.ticket.updated_at + SETTLE

    def facts(self, **more: Any) -> Facts:
        return facts(people={**facts().people, **PEOPLE}, **more)

    def reach(self) -> Reach:
        people = tuple(PEOPLE[each] for each in self.audience)
        return Reach(people, frozenset(self.notices), self.refused, self.bounced)

    def plan(self) -> Plan:
        told = linked([each.history for each in self.notices.values()], {US})
        return evaluate(self.parent.history, self.facts(reach=self.reach(), told=told), self.rulebook, self.now)

    def plan_notice(self, user: int) -> Plan:
        known = self.facts(linked={self.parent.ticket.id: self.parent.history})
        return evaluate(self.notices[user].history, known, self.rulebook, self.now)

    def work(self, until: str | datetime, at_once: int = 100) -> Desk:
        """What is due until then. `at_once`: notices of one batch."""
        end, passes = paris(until) if isinstance(until, str) else until, 0
        while self.now <= end:
            wake = self._pass(at_once)
            passes += 1
            assert passes < PASSES, "it does not come to an end"
            if wake is None or wake > end:
                break
            self.now = max(wake, self.now + SETTLE)
        self.now = max(self.now, end)
        assert not self.plan().updates
        return self

    def _pass(self, at_once: int) -> datetime | None:
        """Of the parent, then of each notice; when to look again."""
        plan = self.plan()
        if plan.updates:
            self.parent.follow(applied(self.parent.history, plan.updates[0], self.now))
            self._note("agents", plan)
        elif plan.notices:
            self.create(plan, at_once)
        self.tell()
        return self.now + SETTLE if plan.updates or plan.notices else plan.wake_at

    def tell(self) -> None:
        """What is due on the notices."""
        for user in list(self.notices):
            told = self.plan_notice(user)
            assert told.notices is None
            if told.updates:
                (update,) = told.updates
                self.notices[user].follow(applied(self.notices[user].history, update, self.now))
                self._note(NAMES[user], told)

    def create(self, plan: Plan, at_once: int) -> None:
        assert plan.notices is not None
        for person in plan.notices.to[:at_once]:
            campaign = plan.notices.campaign
            assert person.id not in self.notices
            self.campaigns[person.id] = campaign
            ticket: dict[str, Any] = {
                "id": 6000 + person.id,
                "problem_id": self.parent.ticket.id,
                "requester_id": person.id,
            }
            tags = frozenset({*campaign.tags, "zdsync_notice"})
            made: dict[str, Any] = {
                "external_id": external_id(campaign.name, person.id),
                "type": "incident",
                "status": "pending",
            }
            notice = Story(self.now, by=US, tags=tags, **made, **ticket)
            notice.audits[0] = replace(notice.audits[0], keys=(notice_key(campaign.name),))
            self.notices[person.id] = notice
            values = {**campaign.values, "zone": person.time_zone}
            self.bodies.append(self.rulebook.templates.render(campaign.body, person.locale, **values))
            self.said.append((self._time(), NAMES[person.id], "notice"))

    def _note(self, to: str, plan: Plan) -> None:
        update = plan.updates[0]
        for key in update.keys:
            kind, _, what, *_ = key.split(":")
            self.said.append((self._time(), to, what if kind == "maintenance" else f"({what})"))
        if update.message is not None:
            self.bodies.append(update.message.body)

    def _time(self) -> str:
        return f"{self.now.astimezone(self.rulebook.zone):%d.%m. %H:%M}"

    def told(self, to: str) -> list[tuple[str, str]]:
        return [(at, what) for at, whom, what in self.said if whom == to]

    def heard(self, to: str) -> list[str]:
        return [what for _, what in self.told(to)]


NAMES: Mapping[int, str] = {ZOE: "Zoe", YANN: "Yann", XENIA: "Xenia"}


def order(desk: Desk, words: str, at: str) -> Desk:
    desk.work(at)
    desk.parent.note(at, command=f"maintenance {words}")
    desk.now = paris(at) + SETTLE
    return desk


TICKETS = {"form": 360001, "start": "resolution_due", "end": "next_update_due"}


def a_ticket_window(start: str = START, end: str = END, by: int = AGENT, **ticket: Any) -> Story:
    fields = {FIELD_IDS["resolution_due"]: start, FIELD_IDS["next_update_due"]: end}
    made = {"form_id": 360001, "type": "problem", "status": "open", "subject": "Upgrade", "fields": fields}
    return Story(ANNOUNCED, by=by, **{"requester_id": by, **made, **ticket})
