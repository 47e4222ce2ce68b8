"""The automation of the Major Incident Report: asked for, approved by one of the group, sent once a version."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime
from typing import Any

import pytest

from tests.builders import (
    AGENT,
    CUSTOMER,
    OTHER_AGENT,
    US,
    Story,
    a_person,
    a_rule_of,
    a_rulebook,
    applied,
    facts,
    paris,
)
from zdsync.core.automations.incident_report import APPROVE_TAG
from zdsync.core.evaluate import Plan, evaluate
from zdsync.core.model import Facts, Reach
from zdsync.core.preventive_actions import external_id, read_actions
from zdsync.core.rulebook import Rulebook
from zdsync.core.told import Linked

GROUP = 360001234
FIELDS = {"incident_summary": 7101, "incident_root_cause": 7102, "incident_actions": 7103}
ACTIONS = "Add a standby node; Claire; 2026-12-15"
FILLED = {7101: "Nobody could sign in.", 7102: "A certificate was removed.", 7103: ACTIONS}
KEY_CONTACTS = (a_person(401, email=True), a_person(402, locale="fr", email=True))
TASK = external_id(4711, read_actions(ACTIONS).tasks[0])


def at(time: str) -> str:
    return f"2026-11-23 {time}"


def rulebook(**settings: Any) -> Rulebook:
    return a_rulebook(
        a_rule_of("major_incident"),
        a_rule_of("incident_report", **{"approvers": GROUP, **settings}),
        fields={**FIELDS, "next_update_due": 7003},
    )


def known(**changes: Any) -> Facts:
    values: dict[str, Any] = {
        "field_ids": FIELDS,
        "members": {GROUP: frozenset({AGENT})},
        "told": Linked(opened=frozenset({TASK})),
        "reach": Reach(KEY_CONTACTS),
    }
    return facts(**{**values, **changes})


def solved() -> Story:
    """Declared at 09:10, told from 09:15 on, solved at 11:00."""
    story = Story(at("09:00"), fields=dict(FILLED)).update(at("09:10"), AGENT, priority="urgent", type="problem")
    number = story.audits[-1].id
    for time, key in (("09:10:02", "countdown"), ("09:15", "go:2"), ("09:17", "told:2")):
        note = story._comment(US, False)
        story.update(at(time), US, comment=note, keys=[f"outage:{number}:{key}"], channel="api")
    story.ticket = replace(story.ticket, tags=story.ticket.tags | {"zdsync_outage"})
    return story.update(at("11:00"), AGENT, comment=story._comment(AGENT, True), status="solved")


def approve(story: Story, time: str, by: int = AGENT) -> Story:
    return story.update(at(time), by, tags=story.ticket.tags | {APPROVE_TAG})


def plan(story: Story, time: str, book: Rulebook | None = None, **changes: Any) -> Plan:
    now = paris(time if " " in time else at(time))
    return evaluate(story.history, known(**changes), book or rulebook(), now)


def carried_out(story: Story, time: str, **changes: Any) -> tuple[Story, list[str]]:
    """All updates that are due then; their keys without numbers of audits."""
    said: list[str] = []
    now: datetime = paris(time if " " in time else at(time))
    for _ in range(9):
        found = evaluate(story.history, known(**changes), rulebook(), now)
        if not found.updates:
            return story, said
        said += [":".join(key.split(":")[::2]) for key in found.updates[0].keys]
        story.follow(applied(story.history, found.updates[0], now))
    raise AssertionError("it does not come to an end")


def test_agents_are_asked_once_when_it_is_over_and_reminded_once_when_it_is_due() -> None:
    story, said = carried_out(solved(), "11:01")
    assert said == ["report:ask"]
    assert carried_out(story, "2026-11-25 10:59")[1] == []
    story, said = carried_out(story, "2026-11-25 11:01")
    assert said == ["report:late"]
    assert carried_out(story, "2026-12-20 11:01")[1] == []


def test_nothing_is_asked_while_the_outage_goes_on() -> None:
    story = solved()
    story.audits.pop()
    story.ticket = replace(story.ticket, status="open")
    reasons = {reason.rule: reason.outcome for reason in plan(story, "11:01").reasons}
    assert reasons["incident_report"] == "not-over"


def test_an_approved_report_is_put_onto_the_ticket_in_both_languages_and_the_tag_goes() -> None:
    story = approve(carried_out(solved(), "11:01")[0], "15:00")
    update = plan(story, "15:01").updates[0]
    assert update.message is not None
    assert not update.message.public
    assert [file.name for file in update.message.enclosures] == [
        "incident-4711-v1-en.pdf",
        "incident-4711-v1-en.html",
        "incident-4711-v1-fr.pdf",
        "incident-4711-v1-fr.html",
    ]
    assert update.remove_tags == {APPROVE_TAG}
    assert [key.split(":")[2] for key in update.keys] == ["v1"]
    assert plan(story, "15:01").notices is None, "nobody is mailed before it stands on the ticket"


def test_then_each_key_contact_gets_the_paper_in_their_language_once() -> None:
    story, said = carried_out(approve(carried_out(solved(), "11:01")[0], "15:00"), "15:01")
    assert said == ["report:v1"]
    notices = plan(story, "15:02").notices
    assert notices is not None
    assert notices.to == KEY_CONTACTS
    assert notices.campaign.status == "solved"
    assert {language: file.name for language, file in notices.campaign.enclosures.items()} == {
        "en": "incident-4711-v1-en.pdf",
        "fr": "incident-4711-v1-fr.pdf",
    }
    rest = plan(story, "15:03", reach=Reach(KEY_CONTACTS, told=frozenset({401}))).notices
    assert rest is not None
    assert rest.to == KEY_CONTACTS[1:]
    assert plan(story, "15:04", reach=Reach(KEY_CONTACTS, told=frozenset({401, 402}))).notices is None


def test_preventive_actions_become_tasks_before_anybody_is_mailed() -> None:
    story, _ = carried_out(approve(carried_out(solved(), "11:01")[0], "15:00"), "15:01")
    found = plan(story, "15:02", told=Linked())
    assert found.tasks is not None
    assert [each.what for each in found.tasks.tasks] == ["Add a standby node"]
    assert plan(story, "15:02").tasks is None, "it is open already"


REFUSED: dict[str, tuple[int, dict[int, str], list[str], list[int], bool]] = {
    "by somebody who is not of the group": (OTHER_AGENT, FILLED, [], [], True),
    "without a cause": (AGENT, {**FILLED, 7102: " "}, ["the root cause"], [], False),
    "without actions": (AGENT, {**FILLED, 7103: ""}, ["preventive actions"], [], False),
    "an action without a date": (AGENT, {**FILLED, 7103: f"{ACTIONS}\nTest it; Tom"}, [], [2], False),
}


@pytest.mark.parametrize("name", REFUSED)
def test_what_may_not_be_sent_is_said_and_the_tag_goes(name: str) -> None:
    by, fields, missing, lines, outsider = REFUSED[name]
    story = approve(carried_out(solved(), "11:01")[0], "15:00", by)
    story.ticket = replace(story.ticket, fields=fields)
    found = plan(story, "15:01")
    assert found.updates[0].remove_tags == {APPROVE_TAG}
    text = found.updates[0].message
    assert text is not None
    assert ("member of the group" in text.body) == outsider
    assert all(each in text.body for each in missing)
    assert all(f"line {each} " in text.body for each in lines)
    story, said = carried_out(story, "15:01")
    assert said == ["report:refused"]
    story.ticket = replace(story.ticket, fields=FILLED)
    after = plan(story, "15:05")
    assert (after.updates, after.notices, after.tasks) == ((), None, None), "a refused approval approves nothing later"


def test_what_is_approved_again_is_a_further_version_that_goes_to_everybody_again() -> None:
    story, _ = carried_out(approve(carried_out(solved(), "11:01")[0], "15:00"), "15:01")
    story, said = carried_out(approve(story, "16:00"), "16:01")
    assert said == ["report:v2"]
    notices = plan(story, "16:02").notices
    assert notices is not None
    assert notices.campaign.values["version"] == 2
    assert notices.campaign.name == f"report-{story.audits[-2].id}"


def test_what_is_changed_after_the_approval_goes_to_nobody_until_it_is_approved_again() -> None:
    story, _ = carried_out(approve(carried_out(solved(), "11:01")[0], "15:00"), "15:01")
    rest = Reach(KEY_CONTACTS, told=frozenset({401}))
    first = plan(story, "15:02", reach=rest).notices
    assert first is not None
    assert [person.id for person in first.to] == [402]
    story.ticket = replace(story.ticket, fields={**FILLED, 7102: "An intern did it."})
    found = plan(story, "15:03", reach=rest)
    assert (found.updates, found.notices, found.tasks) == ((), None, None)
    story, said = carried_out(approve(story, "16:00"), "16:01")
    assert said == ["report:v2"]
    assert plan(story, "16:02").notices is not None


def test_it_goes_to_no_audience_but_its_own() -> None:
    story, _ = carried_out(approve(carried_out(solved(), "11:01")[0], "15:00"), "15:01")
    everybody = (*KEY_CONTACTS, a_person(403, email=True))
    for campaign, to in ((f"outage-{story.audits[1].id}", None), (f"report-{story.audits[-2].id}", 3)):
        notices = plan(story, "15:02", reach=Reach(everybody, campaign=campaign)).notices
        assert (len(notices.to) if notices else None) == to


def test_nothing_is_sent_while_it_is_not_known_who_was_told_what() -> None:
    story = approve(carried_out(solved(), "11:01")[0], "15:00")
    found = plan(story, "15:01", told=None)
    assert (found.updates, found.notices) == ((), None)
    assert found.wake_at is not None


def test_a_priority_that_is_taken_off_and_set_again_afterwards_costs_no_report() -> None:
    story = solved().update(at("11:30"), priority="normal").update(at("11:31"), priority="urgent")
    story, said = carried_out(story, "11:32")
    assert said == ["report:ask"]
    assert carried_out(approve(story, "12:00"), "12:01")[1] == ["report:v1"]


def test_a_tag_that_came_with_the_solve_approves_nothing_and_goes() -> None:
    story = solved()
    story.audits.pop()
    comment, tags = story._comment(AGENT, True), story.ticket.tags | {APPROVE_TAG}
    story.ticket = replace(story.ticket, status="open")
    story, said = carried_out(story.update(at("11:00"), AGENT, comment=comment, status="solved", tags=tags), "11:01")
    assert said == ["report:ask"]
    assert APPROVE_TAG not in story.ticket.tags
    assert carried_out(approve(story, "12:00"), "12:01")[1] == ["report:v1"]


def test_the_tag_of_a_customer_or_a_trigger_approves_nothing() -> None:
    for by, by_rule in ((CUSTOMER, False), (AGENT, True)):
        story, _ = carried_out(solved(), "11:01")
        story.update(at("15:00"), by, by_rule=by_rule, tags=story.ticket.tags | {APPROVE_TAG})
        assert carried_out(story, "15:01")[1] == []


def test_without_a_group_nobody_can_approve_it() -> None:
    story = approve(carried_out(solved(), "11:01")[0], "15:00")
    found = plan(story, "15:01", rulebook(approvers=None))
    assert found.updates[0].message is not None
    assert "The report is not sent" in found.updates[0].message.body


def changed(story: Story, time: str, by: int = AGENT, field: int = 7102) -> Story:
    """Somebody writes something else into a field."""
    story.update(at(time), by)
    story.audits[-1] = replace(story.audits[-1], fields=frozenset({field}))
    story.ticket = replace(story.ticket, fields={**story.ticket.fields, field: "An intern did it."})
    return story


@pytest.mark.parametrize("by", [AGENT, OTHER_AGENT], ids=["by the approver", "by somebody else"])
def test_what_is_changed_between_the_approval_and_our_look_at_it_is_approved_by_nobody(by: int) -> None:
    """The tag at 15:00, the change at 15:00:30, the look at 15:01."""
    story = changed(approve(carried_out(solved(), "11:01")[0], "15:00"), "15:00:30", by)
    note = plan(story, "15:01").updates[0].message
    assert note is not None
    assert "changed after the approval" in note.body
    assert note.enclosures == ()
    story, said = carried_out(story, "15:01")
    assert said == ["report:refused"]
    assert plan(story, "15:02").notices is None
    assert carried_out(approve(story, "15:10"), "15:11")[1] == ["report:v1"]


def test_what_is_changed_before_the_approval_or_of_another_field_is_approved_as_it_stands() -> None:
    story = approve(changed(carried_out(solved(), "11:01")[0], "14:59"), "15:00")
    assert carried_out(changed(story, "15:00:30", field=7003), "15:01")[1] == ["report:v1"]
