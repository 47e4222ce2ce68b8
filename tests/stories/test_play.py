"""What happens in a story, when, and by whom: as with a worker beside a real account."""

from __future__ import annotations

import re
from pathlib import Path
from textwrap import indent

import pytest

from tests.builders import paris
from tests.stories.told import A_P2, a_p2, folder, shipped, told, written, wrong
from zdsync.rules.load import load
from zdsync.rules.stories import read_stories
from zdsync.stories.judge import Judged, judge
from zdsync.stories.play import LONG_AGO, Happening, Player, Run, play
from zdsync.stories.show import time_line


def at(run: Run, index: int = 0) -> str:
    """When the index-th thing that zdsync itself did was done, by the clock in Paris."""
    ours = [one for one in run.happenings if one.who == "zdsync"]
    return f"{ours[index].at.astimezone(run.story.zone):%H:%M:%S}"


def last(run: Run) -> Happening:
    return run.happenings[-1]


def test_a_person_is_given_five_seconds(tmp_path: Path) -> None:
    """Another update often follows."""
    assert at(a_p2(tmp_path).run) == "09:10:05"


def test_a_p1_does_not_wait_for_it(tmp_path: Path) -> None:
    """Two seconds are what stamps of whole seconds need."""
    steps = "- {at: 09:20, by: agent, priority: urgent}"
    assert at(a_p2(tmp_path, steps).run, 1) == "09:20:02"


def test_who_writes_on_is_left_alone(tmp_path: Path) -> None:
    """Five seconds after the last of them."""
    steps = "- {at: +3s, by: agent, says: Hello.}\n- {at: +3s, by: agent, notes: Psst.}"
    assert at(a_p2(tmp_path, steps).run) == "09:10:11"


def test_a_lost_webhook_is_made_up_for_by_the_poll(tmp_path: Path) -> None:
    """Two minutes later at most, so what is expected within a minute does not come in time."""
    steps = "- {at: 09:30, by: agent, says: Hello., lost_webhook: true, expect: {field: {first_reply_due: null}}}"
    steps += "\n- {at: 09:32, expect: {field: {first_reply_due: met 2026-11-23 09:30 CET}}}"
    judged = a_p2(tmp_path, steps)
    assert wrong(judged) == ["first_reply_due is “2026-11-23 11:00 CET”, not empty"]
    assert at(judged.run, 1) == "09:32:00"


def test_a_wake_up_is_not_lost_with_a_webhook(tmp_path: Path) -> None:
    """It comes at its own instant."""
    steps = "- {at: 10:44:30, by: agent, notes: Psst., lost_webhook: true}\n- {at: 10:45, expect: {note: any}}"
    assert wrong(a_p2(tmp_path, steps)) == []


@pytest.mark.parametrize(
    ("step", "channel", "author"),
    [
        ("by: customer, says: Hello.", "email", "customer"),
        ("by: customer, says: Hello., channel: web", "web", "customer"),
        ("by: colleague, says: Hello.", "email", "colleague"),
        ("by: agent, says: Hello.", "web", "agent"),
        ("by: other agent, notes: Psst.", "web", "other agent"),
        ("by: admin, says: Hello., channel: email", "email", "admin"),
    ],
)
def test_people_write_in_their_ways(tmp_path: Path, step: str, channel: str, author: str) -> None:
    """Customers by e-mail, agents in Zendesk's own screens, each under their own name."""
    (story,) = written(tmp_path, f"{A_P2}    - {{at: 09:30, {step}}}\n")
    player = Player(story, shipped())
    player.play()
    (audit,) = [one for one in player.stage.audits() if one["created_at"] == "2026-11-23T08:30:00Z"]
    assert audit["via"]["channel"] == channel
    assert audit["author_id"] == player.stage.people[author]


def test_the_ticket_as_it_is_opened(tmp_path: Path) -> None:
    """With everything that the story says of it."""
    (judged,) = told(
        tmp_path,
        """\
- story: Opened by an agent
  rules: [SLA targets]
  ticket:
    at: Mon 2026-11-23 09:00
    by: agent
    priority: low
    assign: other agent
    tags: [vip, beta]
    fields: {instance_address: https://kpro.example}
  steps:
    - at: 09:00
      expect:
        {priority: low, assignee: other agent, tag: [vip, beta], field: {instance_address: https://kpro.example}}
""",
    )
    assert wrong(judged) == []
    assert judged.run.happenings[0].words == ("opens “A request”, priority low, for other agent",)


def test_everything_that_an_agent_can_do(tmp_path: Path) -> None:
    """One update with all of it."""
    steps = """\
    - at: 09:20
      by: agent
      says: Hello.
      status: hold
      priority: low
      type: incident
      assign: other agent
      add_tags: [one, two]
      fields: {instance_address: here}
    - {at: 09:21, by: agent, remove_tags: one, assign: nobody}
    - {at: 09:22, expect: {status: hold, priority: low, assignee: nobody, tag: two, no_tag: one}}
    - {at: 09:22, expect: {field: {instance_address: here}}}
    """
    judged = a_p2(tmp_path, steps)
    assert wrong(judged) == []
    assert [one.words for one in judged.run.happenings if one.who == "agent"][1:] == [
        (
            *("says “Hello.”", "sets the status to hold", "sets the priority to low", "sets the type to incident"),
            *("assigns it to other agent", "adds the tag one", "adds the tag two", "sets instance_address to here"),
        ),
        ("assigns it to nobody", "removes the tag one"),
    ]


def test_an_automation_solves(tmp_path: Path) -> None:
    """Its audit has no person and comes by a rule."""
    steps = "- {at: 12:00, by: automation, status: solved, add_tags: done, expect: {status: solved, tag: done}}"
    assert wrong(a_p2(tmp_path, steps)) == []


def test_zendesk_closes_by_itself(tmp_path: Path) -> None:
    """Four days after the solve; nothing is written after it."""
    judged = a_p2(tmp_path, "- {at: 12:00, by: agent, status: solved}", more="until: Tue 2026-12-01 09:00")
    assert judged.run.states[-1].status == "closed"
    assert last(judged.run).who == "“Close ticket 4 days after status is set to solved”"
    assert not last(judged.run).is_ours


def test_the_triggers_of_provision_are_there(tmp_path: Path) -> None:
    """They act inside the agent's own update, and count as zdsync's doing."""
    story = """\
- story: A solve
  rules: [Open until the customer confirms]
  ticket: {at: Mon 2026-11-23 09:00, assign: agent, priority: normal}
  steps:
    - {at: 11:00, by: agent, status: solved, expect: {customer: confirmation_hold.ask, words: 'your request #1 is'}}
"""
    (judged,) = told(tmp_path, story)
    assert wrong(judged) == []
    asked = last(judged.run)
    assert (asked.who, asked.at, asked.is_ours) == ("“zdsync: ask for confirmation”", paris("2026-11-23 11:00"), True)


def test_an_account_without_them(tmp_path: Path) -> None:
    """zdsync asks by itself."""
    story = """\
- story: A solve
  rules: [Open until the customer confirms]
  account: {provisioned: false}
  ticket: {at: Mon 2026-11-23 09:00, assign: agent, priority: normal}
  steps:
    - {at: 11:00, by: agent, status: solved, expect: {customer: confirmation_hold.ask, words: 'your request #1 is'}}
"""
    (judged,) = told(tmp_path, story)
    assert wrong(judged) == []
    assert (last(judged.run).who, last(judged.run).at) == ("zdsync", paris("2026-11-23 11:00:05"))


def test_an_account_without_custom_statuses(tmp_path: Path) -> None:
    """There is the plain one only."""
    story = """\
- story: A solve
  rules: [Open until the customer confirms]
  account: {custom_statuses: false}
  ticket: {at: Mon 2026-11-23 09:00, assign: agent, priority: normal}
  steps:
    - {at: 11:00, by: agent, status: solved, expect: {customer: any, status: pending}}
"""
    (judged,) = told(tmp_path, story)
    assert wrong(judged) == []
    assert {state.custom_status for state in judged.run.states} == {None}


def test_only_the_rules_that_the_story_names(tmp_path: Path) -> None:
    """With the others there would be more."""
    judged = a_p2(tmp_path, "- {at: 09:30, by: agent, says: Hello., expect: {field: {next_update_due: null}}}")
    assert wrong(judged) == []
    assert {reason.rule for look in judged.run.looks for reason in look.reasons} == {"SLA targets"}


def test_the_same_story_ends_in_the_same_way(tmp_path: Path) -> None:
    """Each has an account of its own: stories have no order."""
    story = a_p2(tmp_path, "- {at: Tue 10:00, by: customer, says: Hello.}").run
    again = a_p2(tmp_path, "- {at: Tue 10:00, by: customer, says: Hello.}").run
    assert (story.happenings, story.states, story.looks) == (again.happenings, again.states, again.looks)


def changed(at: Path, file: str, before: str, after: str, stories: str) -> Judged:
    """The story played against the shipped configuration with one thing in a file otherwise."""
    config = folder(at, stories)
    text = (config / file).read_text("utf-8")
    assert before in text
    (config / file).write_text(text.replace(before, after), "utf-8")
    rulebook = load(config, mode="live", live_since=LONG_AGO)
    (story,) = read_stories(config, rulebook).stories
    return judge(play(story, rulebook))


RULE = "rules/sla_targets.yaml"


def test_a_rule_that_is_off_stays_so(tmp_path: Path) -> None:
    """Unless the story is about it."""
    story = A_P2 + "    - {at: 10:45, expect: {note: sla_targets.warning}}\n"
    assert changed(tmp_path / "1", RULE, "mode: live", "mode: off", story).held
    every = story.replace("  rules: [SLA targets]\n", "")
    assert not changed(tmp_path / "2", RULE, "mode: live", "mode: off", every).held
    assert changed(tmp_path / "3", RULE, "mode: live", "mode: shadow", every).held


def test_a_text_that_cannot_be_said_ends_the_story(tmp_path: Path) -> None:
    """With the error instead of a traceback; `check` cannot find what only another value than its example shows."""
    file = "messages/en/sla_targets.warning.md.j2"
    faulty = '{{ left + 1 if state == "warning" else "" }}'
    judged = changed(tmp_path, file, "{{ left | duration }}", faulty, A_P2 + "    - {at: 10:46, expect: nothing}\n")
    (words,) = wrong(judged)
    assert words.startswith("the story ends here: zdsync cannot decide: TypeError: ")
    assert judged.run.trouble is not None
    assert judged.run.trouble[0] == paris("2026-11-23 10:45")


def test_groups_and_agents_that_rules_name_are_there(tmp_path: Path) -> None:
    """By the ids that they have on the real account: the group is mailed, the agent follows the ticket."""
    story = """\
- story: An escalation
  rules: [Update cadence]
  ticket: {at: Mon 2026-11-23 09:00, assign: agent, priority: urgent}
  steps:
    - {at: 09:10, by: agent, says: We are on it.}
    - {at: 10:40, expect: {note: update_cadence.escalated, mail: agents, no_tag: zdsync_escalate_360001234}}
  never:
    - {mail: agents, until: 10:40}
"""
    to = "escalate: {after: 3, group: 360001234, follower: 360009999}"
    judged = changed(
        tmp_path, "rules/update_cadence.yaml", "escalate: {after: 3, group: null, follower: null}", to, story
    )
    assert wrong(judged) == []
    assert any("zdsync: escalate to group 360001234" in one.who for one in judged.run.happenings)


def test_mail_that_must_not_be_is_told(tmp_path: Path) -> None:
    """With its time and subject."""
    (judged,) = told(
        tmp_path,
        """\
- story: Nobody has taken it
  rules: [Update cadence]
  ticket: {at: Mon 2026-11-23 09:00, priority: urgent, subject: K Pro is down}
  steps:
    - {at: 09:10, by: agent, says: We are on it.}
    - {at: 09:30, expect: {mail: agents}}
  never:
    - mail: agents
""",
    )
    (words,) = wrong(judged)
    assert words.startswith("at 09:30 ")
    assert re.search(r"mails \d agents: “Somebody should look at this ticket: \[#1\] K Pro is down”", words)


BY_TRIGGER = """\
- story: Asked by a trigger
  rules: [Intake check]
  account: {provisioned: true}
  ticket: {at: Mon 2026-11-23 10:00, subject: Cohort report exports empty, text: The CSV has headers but no rows.}
  steps:
    - {at: 10:02, expect: {customer: intake.ask, words: [the steps after which it happens], times: 1}}
    - {at: 10:03, until: 12:00, expect: nothing}
"""


@pytest.mark.parametrize(
    ("provisioned", "who"), [("true", "“zdsync: mail intake.ask”"), ("false", "zdsync")], ids=["mailed", "by comment"]
)
def test_what_a_trigger_says_is_said(tmp_path: Path, provisioned: str, who: str) -> None:
    """A story passes whichever way the rule's message takes; the tags that it took are gone at once."""
    config = folder(tmp_path, BY_TRIGGER.replace("true", provisioned))
    rules = config / "rules" / "intake.yaml"
    rules.write_text(rules.read_text("utf-8").replace("as: {ask: comment}", "as: {ask: trigger}"), "utf-8")
    rulebook = load(config, mode="live", live_since=LONG_AGO)
    (story,) = read_stories(config, rulebook).stories
    run = play(story, rulebook)
    assert wrong(judge(run)) == []
    asked = [one for one in run.happenings if one.spoken and one.spoken.audience == "customer"]
    assert [one.who for one in asked] == [who]
    assert not [tag for tag in run.states[-1].tags if tag.startswith("zdsync_")]


def test_a_button_without_a_link_cannot_be_pressed(tmp_path: Path) -> None:
    """As shipped the question has none; the story says so at its line."""
    judged = a_p2(tmp_path, "- {at: 09:30, by: customer, link: yes}")
    assert wrong(judged)[0].startswith("Zendesk refuses it, and the story ends here: 404 the customer has no link")


LINKED = """\
- story: Linked
  rules: [Open until the customer confirms]
  settings: {Open until the customer confirms: {link: true, link_days: 2}}
  ticket: {at: Mon 2026-11-23 09:00}
  steps:
    - {at: 09:10, by: agent, assign: agent, priority: normal}
    - {at: 11:00, by: agent, says: It is repaired., status: solved}
"""


@pytest.mark.parametrize(
    ("steps", "words"),
    [
        ("- {at: 12:00, by: customer, link: yes, says: Fine.}", "presses “Yes, it is completed”, and writes “Fine.”"),
        ("- {at: Thu 10:00, by: customer, link: no}", "presses “No, something is missing”: the link is expired"),
        ("- {at: 12:00, by: customer, link: no}\n- {at: 13:00, by: customer, link: no}", "it was answered already"),
        ("- {at: 12:00, by: customer, says: No.}\n- {at: 13:00, by: customer, link: yes}", "nobody asks any more"),
    ],
    ids=["open", "expired", "used", "over"],
)
def test_the_time_line_says_what_the_page_said(tmp_path: Path, steps: str, words: str) -> None:
    """Also where nothing was recorded."""
    (judged,) = told(tmp_path, LINKED + indent(steps, "    ") + "\n")
    assert wrong(judged) == []
    pressed = [said for one in judged.run.happenings for said in one.words if said.startswith("presses")]
    assert words in pressed[-1]


def test_what_is_said_of_a_mail_is_not_said_of_the_storys_ticket(tmp_path: Path) -> None:
    """Each line is held against its own ticket, and fails on it."""
    (judged,) = told(
        tmp_path,
        """\
- story: A mail
  rules: [Mailed files]
  ticket: {at: Mon 2026-11-23 09:00}
  steps:
    - {at: 09:10, by: agent, assign: agent, says: Done., status: solved}
    - {at: 09:30, by: customer, mails: "[#{number}]", expect: {note: mailed_files.proposal}}
    - {expect: {ticket: mail, note: mailed_files.proposal, status: new, assignee: nobody}}
  never:
    - {ticket: mail, status: solved}
    - {ticket: mail, note: mailed_files.proposal}
""",
    )
    told_wrong = wrong(judged)
    assert told_wrong[0] == "no mailed_files.proposal came as a note"
    assert told_wrong[1].startswith("at 09:30:05 it came: mailed_files.proposal")
    assert len(told_wrong) == 2
    assert any("on the mail: notes mailed_files.proposal" in line for line in time_line(judged))


def test_mail_that_is_set_aside_is_seen_five_minutes_later(tmp_path: Path) -> None:
    steps = '- {at: 09:30, by: colleague, mails: "#{number}", set_aside: true}'
    (judged,) = told(tmp_path, A_P2.replace("[SLA targets]", "[Mailed files]") + f"    {steps}\n  until: 10:00\n")
    assert [(f"{one.at:%H:%M}", one.spoken.texts) for one in judged.run.happenings if one.spoken] == [
        ("08:35", ("mailed_files.set_aside",))
    ]
    assert judged.run.happenings[-2].words[-1] == "(Zendesk sets it aside)"
