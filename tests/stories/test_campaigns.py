"""Stories of a campaign: the problem is the story's ticket, and the colleague's notice is gone along with."""

from __future__ import annotations

from pathlib import Path

from tests.stories.told import told
from zdsync.stories.show import time_line

OUTAGE = """\
- story: An outage
  rules: [Major incident]
  ticket: {at: Mon 2026-11-23 10:00, subject: All is down, text: Nobody can log in.}
  steps:
    - {at: 10:05, by: agent, priority: urgent, type: problem, assign: agent}
"""


def test_a_notice_its_update_and_the_answer_to_it_are_part_of_a_story(tmp_path: Path) -> None:
    """And each is said once, on the notice and not on the problem."""
    steps = """\
    - {until: 10:12, expect: {ticket: notice, customer: major_incident.notice, status: pending, tag: zdsync_notice}}
    - {at: 10:20, by: agent, says: The disk is being replaced.}
    - expect: {ticket: notice, customer: major_incident.update, words: The disk is being replaced., times: 1}
    - {at: 10:30, by: colleague, says: "When will it be up again?", on: notice}
    - expect: {ticket: notice, note: major_incident.answered, status: open}
  never:
    - {customer: any}
    - {ticket: notice, customer: others}
"""
    (judged,) = told(tmp_path, OUTAGE + steps)
    shown = "\n".join(time_line(judged))
    assert judged.held, shown
    assert "zdsync      creates 3 notices of outage-" in shown
    assert "zdsync      on the notice: creates it" in shown
    assert "colleague   on the notice: says “When will it be up again?”" in shown


def test_what_is_expected_of_a_notice_that_is_not_there_fails(tmp_path: Path) -> None:
    """The countdown is not over; and nobody can answer what nobody has."""
    early = "    - {until: 10:08, expect: {ticket: notice, customer: major_incident.notice}}\n"
    (judged,) = told(tmp_path, OUTAGE + early)
    assert [verdict.wrong for verdict in judged.verdicts] == [
        ("no major_incident.notice came as a message to the customer",)
    ]
    (judged,) = told(tmp_path, OUTAGE + "    - {at: 10:07, by: colleague, says: Thanks., on: notice}\n")
    assert "the colleague has no notice" in judged.verdicts[0].wrong[0]


def test_a_request_that_is_linked_to_the_problem_is_part_of_a_story(tmp_path: Path) -> None:
    """Where nobody has mailed there is none to link."""
    steps = """\
    - {at: 10:12, by: colleague, mails: Nothing works}
    - {at: 10:15, by: agent, on: mail, incident_of: story, status: open, assign: agent}
    - {at: 10:20, by: agent, status: solved}
    - {until: 10:35, expect: {ticket: mail, customer: major_incident.resolved, times: 1}}
"""
    (judged,) = told(tmp_path, OUTAGE + steps)
    shown = "\n".join(time_line(judged))
    assert judged.held, shown
    assert "links it to the story's ticket" in shown
    (judged,) = told(tmp_path, OUTAGE + "    - {at: 10:07, by: agent, on: mail, incident_of: story}\n")
    assert "nobody has mailed a ticket" in judged.verdicts[0].wrong[0]
