"""Each thing that can be expected: a story in which it holds, and one in which it does not, with the words for it."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.stories.told import a_p2, told, wrong

HOLDS = {
    "a note by its text": "- {at: 10:45, expect: {note: sla_targets.warning}}",
    "any note": "- {at: 10:45, expect: {note: any}}",
    "words of a note": "- {at: 10:45, expect: {note: sla_targets.warning, words: [15 min left, 2 h promised]}}",
    "two texts of one note": "- {at: 09:10, until: 11:01, expect: {note: [sla_targets.set, sla_targets.breach]}}",
    "how often": "- {at: 09:10, until: 18:00, expect: {note: sla_targets.warning, times: 2}}",
    "within a time": "- {at: 09:11, until: 10:46, expect: {note: sla_targets.warning}}",
    "no note": "- {at: 09:11, until: 10:45, expect: {note: none}}",
    "nothing": "- {at: 09:11, until: 10:45, expect: nothing}",
    "no message to the customer": "- {at: 09:10, until: 18:00, expect: {customer: none}}",
    "a tag": "- {at: 10:45, expect: {tag: sla_first_reply_warning}}",
    "no tag": "- {at: 10:44, expect: {no_tag: [sla_first_reply_warning, other]}}",
    "a field": "- {at: 09:11, expect: {field: {first_reply_due: 2026-11-23 11:00 CET, instance_address: null}}}",
    "the status": "- {at: 09:11, expect: {status: open}}",
    "the priority": "- {at: 09:11, expect: {priority: high}}",
    "the assignee": "- {at: 09:11, expect: {assignee: agent}}",
    "nobody": "- {at: 09:11, by: agent, assign: nobody, expect: {assignee: nobody}}",
    "a state at its end": "- {at: 09:11, until: 11:01, expect: {tag: sla_first_reply_breached}}",
    "with what somebody does": "- {at: 09:30, by: agent, says: Hello., expect: {status: open, note: none}}",
}

FAILS = {
    "a note that would come later": (
        "- {at: 10:30, expect: {note: sla_targets.warning}}",
        ["no sla_targets.warning came as a note"],  # the story is over before
    ),
    "a note at another time": (
        "- {at: 10:30, expect: {note: sla_targets.warning}}\n- {at: 11:30, expect: {priority: high}}",
        ["no sla_targets.warning came as a note (it came at 10:45)"],
    ),
    "a note on another day": (
        "- {at: Tue 10:30, expect: {note: sla_targets.warning}}",
        ["no sla_targets.warning came as a note (it came at Mon 23 Nov 10:45)"],
    ),
    "a second too early": (
        "- {at: 10:44, until: 10:45, expect: {note: sla_targets.warning}}\n- {at: 11:30, expect: {priority: high}}",
        ["no sla_targets.warning came as a note (it came at 10:45)"],
    ),
    "any note": ("- {at: 10:30, expect: {note: any}}", ["no note came"]),
    "words of a note": (
        "- {at: 10:45, expect: {note: sla_targets.warning, words: 16 min left}}",
        [
            "sla_targets.warning does not say “16 min left”, but: “The first reply is due Mon 23 Nov 2026, 11:00 CET: "
            "15 min left of the 2 h promised for priority high.”"
        ],
    ),
    "how often": (
        "- {at: 09:10, until: 18:00, expect: {note: sla_targets.warning, times: 1}}",
        ["sla_targets.warning came 2 times, not once"],
    ),
    "no note": (
        "- {at: 10:40, until: 10:50, expect: {note: none}}",
        ["at 10:45 there was a note: sla_targets.warning"],
    ),
    "nothing": (
        "- {at: 10:40, until: 10:50, expect: nothing}",
        ["at 10:45 zdsync add the tag sla_first_reply_warning; notes sla_targets.warning"],
    ),
    "nothing, and a field": (
        "- {at: 10:50, by: agent, says: Hello., expect: nothing}",
        [
            "at 10:50:05 zdsync set first_reply_due to met 2026-11-23 10:50 CET; "
            "remove the tag sla_first_reply_warning",
        ],
    ),
    "a message to the customer": ("- {at: 09:30, expect: {customer: any}}", ["no message to the customer came"]),
    "a note is no message to the customer": (
        "- {at: 10:45, expect: {customer: sla_targets.warning}}",
        ["no sla_targets.warning came as a message to the customer"],
    ),
    "mail": ("- {at: 10:45, expect: {mail: agents}}", ["no agent was mailed by a trigger of zdsync"]),
    "a tag": (
        "- {at: 10:44, expect: {tag: sla_first_reply_warning}}",
        ["the tag sla_first_reply_warning is not there (there is none)"],
    ),
    "another tag": (
        "- {at: 10:45, expect: {tag: urgent}}",
        ["the tag urgent is not there (only sla_first_reply_warning)"],
    ),
    "no tag": (
        "- {at: 10:45, expect: {no_tag: sla_first_reply_warning}}",
        ["the tag sla_first_reply_warning is there"],
    ),
    "a field": (
        "- {at: 09:11, expect: {field: {first_reply_due: 2026-11-23 11:01 CET}}}",
        ["first_reply_due is “2026-11-23 11:00 CET”, not “2026-11-23 11:01 CET”"],
    ),
    "an empty field": (
        "- {at: 09:11, expect: {field: {first_reply_due: null}}}",
        ["first_reply_due is “2026-11-23 11:00 CET”, not empty"],
    ),
    "the status": ("- {at: 09:11, expect: {status: pending}}", ["the status is open, not pending"]),
    "the custom status": (
        "- {at: 09:11, by: agent, status: awaiting_confirmation, expect: {status: open}}",
        ["the status is pending (awaiting_confirmation), not open"],
    ),
    "the priority": ("- {at: 09:11, expect: {priority: none}}", ["the priority is high, not none"]),
    "the assignee": ("- {at: 09:11, expect: {assignee: nobody}}", ["it is assigned to agent, not to nobody"]),
    "several things": (
        "- {at: 09:11, expect: {status: pending, priority: low}}",
        ["the status is open, not pending", "the priority is high, not low"],
    ),
}


@pytest.mark.parametrize("steps", HOLDS.values(), ids=HOLDS)
def test_it_holds(tmp_path: Path, steps: str) -> None:
    """What is so is found to be so, and nothing else is said."""
    judged = a_p2(tmp_path, steps)
    assert wrong(judged) == []
    assert judged.held
    assert [verdict.look_at for verdict in judged.verdicts] == [()]


@pytest.mark.parametrize(("steps", "words"), FAILS.values(), ids=FAILS)
def test_it_fails(tmp_path: Path, steps: str, words: list[str]) -> None:
    """What is not so is told in words, with the line, and what the rules came to then."""
    judged = a_p2(tmp_path, steps)
    assert wrong(judged) == words
    assert not judged.held
    (failed,) = [verdict for verdict in judged.verdicts if not verdict.held]
    assert failed.line == 6
    assert failed.look_at[0].startswith("rule “SLA targets” (config/rules/sla_targets.yaml:")


NEVER = {
    "a text": ("- note: sla_targets.breach", ["at 11:00:01 it came: sla_targets.breach"]),
    "any note": ("- {note: any, from: 10:50}", ["at 11:00:01 it came: sla_targets.breach"]),
    "until then": ("- {note: any, from: 09:11, until: 11:00}", ["at 10:45 it came: sla_targets.warning"]),
    "with these words": ("- {note: any, words: was missed}", ["at 11:00:01 it came: sla_targets.breach"]),
    "what nothing expects": ("- note: others", ["at 09:10:05 it came: sla_targets.set"]),
    "a tag": ("- tag: sla_first_reply_warning", ["it was so from 10:45"]),
    "a status": ("- status: open", ["it was so from 09:10"]),
    "a state in a time": ("- {tag: sla_first_reply_warning, from: 10:50, until: 10:55}", ["it was so from 10:50"]),
    "a field": ("- field: {first_reply_due: 2026-11-23 11:00 CET}", ["it was so from 09:10:05"]),
}
NEVER_HOLDS = {
    "another text": "- note: sla_targets.born",
    "a message to the customer": "- customer: any",
    "mail": "- mail: agents",
    "before it": "- {note: any, from: 09:11, until: 10:45}",
    "other words": "- {note: any, words: abracadabra}",
    "a tag": "- tag: urgent",
    "a status": "- status: solved",
    "a tag after it": "- {tag: sla_first_reply_warning, from: 11:01}",
    "the new status of the first moments": "- {status: open, until: 09:10}",
}
ALL_DAY = "- {at: 10:45, until: 11:30, expect: {note: [sla_targets.warning, sla_targets.breach]}}"


@pytest.mark.parametrize(("never", "words"), NEVER.values(), ids=NEVER)
def test_what_must_never_be_and_was(tmp_path: Path, never: str, words: list[str]) -> None:
    """The first moment of a state, each message of a kind."""
    assert wrong(a_p2(tmp_path, ALL_DAY, never)) == words


@pytest.mark.parametrize("never", NEVER_HOLDS.values(), ids=NEVER_HOLDS)
def test_what_must_never_be_and_was_not(tmp_path: Path, never: str) -> None:
    """Neither is what was so at other times, nor what only looks like it."""
    assert wrong(a_p2(tmp_path, ALL_DAY, never)) == []


def test_what_is_put_right_within_the_minute_was_never_so(tmp_path: Path) -> None:
    """Where no trigger does it, a solve stands for the seconds in which zdsync lets the agent finish."""
    (judged,) = told(
        tmp_path,
        """\
- story: A solve
  account: {provisioned: false}
  ticket: {at: Mon 2026-11-23 09:00, assign: agent, priority: normal}
  steps:
    - {at: 11:00, by: agent, status: solved, expect: {status: awaiting_confirmation}}
  never:
    - status: solved
""",
    )
    assert wrong(judged) == []
    assert [state.status for state in judged.run.states].count("solved") == 1


def test_a_solve_that_stays_is_found(tmp_path: Path) -> None:
    """The same without the rule."""
    assert wrong(a_p2(tmp_path, "- {at: 11:00, by: agent, status: solved}", "- status: solved")) == [
        "it was so from 11:00"
    ]


def test_what_is_expected_ends_with_the_next_act(tmp_path: Path) -> None:
    """The state before somebody else changes it within the same minute."""
    steps = """\
    - {at: 09:20, by: agent, status: pending, expect: {status: pending}}
    - {at: +20s, by: customer, says: All of them., expect: {status: open}}
    """
    assert wrong(a_p2(tmp_path, steps)) == []


def test_where_zendesk_refuses_the_story_ends(tmp_path: Path) -> None:
    """It fails by that alone, and says what Zendesk says; what would have come after it is not judged."""
    steps = """\
    - {at: 09:20, by: agent, assign: nobody, expect: {assignee: nobody}}
    - {at: 09:30, by: agent, status: solved}
    - {at: 09:40, expect: {status: solved}}
    """
    judged = a_p2(tmp_path, steps)
    assert wrong(judged) == [
        "Zendesk refuses it, and the story ends here: 422 Assignee: is required when solving a ticket"
    ]
    assert [verdict.line for verdict in judged.verdicts] == [7, 6]
