"""The time line of a story, line by line, and the same for programs."""

from __future__ import annotations

from pathlib import Path

from tests.stories.told import a_p2
from zdsync.stories.show import as_data, headline, time_line

STEPS = """\
- {at: 10:30, expect: {note: sla_targets.warning}}
- {at: 10:50, by: agent, says: Which cohort., status: pending, expect: {status: pending}}
- {at: Tue 09:30, by: customer, says: All of them.}
"""

TIME_LINE = """\
    Monday 2026-11-23
    09:00     customer    opens “No rows”
    09:10     agent       sets the priority to high
                          assigns it to agent
    09:10:05  zdsync      set first_reply_due to 2026-11-23 11:00 CET
                          set resolution_due to 2026-11-23 17:00 CET
                          notes sla_targets.set: “Targets for this ticket, priority high: - first reply, 2 h: by Mon 23 Nov 2…”
                          because SLA targets: first reply 2026-11-23 11:00 CET; resolution 2026-11-23 17:00 CET
  ✗ 10:30     expected    note sla_targets.warning  (line 6)
                          no sla_targets.warning came as a note (it came at 10:45)
              look at     rule “SLA targets” (config/rules/sla_targets.yaml:6) at 09:10:05: running; first reply 2026-11-23 11:00 CET; resolution 2026-11-23 17:00 CET
    10:45     zdsync      add the tag sla_first_reply_warning
                          notes sla_targets.warning: “The first reply is due Mon 23 Nov 2026, 11:00 CET: 15 min left of the 2 h p…”
                          because SLA targets: first reply 2026-11-23 11:00 CET; resolution 2026-11-23 17:00 CET
    10:50     agent       says “Which cohort.”
                          sets the status to pending
    10:50:05  zdsync      set first_reply_due to met 2026-11-23 10:50 CET
                          remove the tag sla_first_reply_warning
                          set resolution_due to paused, 6 h 10 min left
                          because SLA targets: first reply met 2026-11-23 10:50 CET; resolution paused, 6 h 10 min left
  ✓ 10:50     expected    status pending  (line 7)
    Tuesday 2026-11-24
    09:30     customer    says “All of them.”
    09:30:05  zdsync      set resolution_due to 2026-11-24 15:40 CET
                          because SLA targets: first reply met 2026-11-23 10:50 CET; resolution 2026-11-24 15:40 CET
  ✗ 09:31     expected    never a note  (line 10)
                          at 09:10:05 it came: sla_targets.set
                          at 10:45 it came: sla_targets.warning
"""  # noqa: E501 - as it is printed


def test_the_time_line(tmp_path: Path) -> None:
    """People, zdsync and what was expected, in the order of time, with the day where it changes."""
    judged = a_p2(tmp_path, STEPS, "- note: any")
    assert headline(judged) == f"✗ A P2  {tmp_path}/stories/a.yaml:1"
    assert "\n".join(time_line(judged)) + "\n" == TIME_LINE


def test_a_story_that_holds(tmp_path: Path) -> None:
    """Says so."""
    assert headline(a_p2(tmp_path)).startswith("✓ A P2  ")


def test_for_programs(tmp_path: Path) -> None:
    """Nothing less than what people read, with whole texts."""
    data = as_data(a_p2(tmp_path, STEPS))
    assert (data["story"], data["held"], data["line"]) == ("A P2", False, 1)
    assert data["expectations"][0] == {
        "at": "2026-11-23T10:30:00+01:00",
        "line": 6,
        "expected": "note sla_targets.warning",
        "held": False,
        "wrong": ["no sla_targets.warning came as a note (it came at 10:45)"],
        "look_at": [
            "rule “SLA targets” (config/rules/sla_targets.yaml:6) at 09:10:05: running; "
            "first reply 2026-11-23 11:00 CET; resolution 2026-11-23 17:00 CET"
        ],
    }
    warned = next(one for one in data["happened"] if one["message"] and "warning" in one["message"]["texts"][0])
    assert warned == {
        "at": "2026-11-23T10:45:00+01:00",
        "who": "zdsync",
        "ticket": "story",
        "did": ["add the tag sla_first_reply_warning"],
        "message": {
            "audience": "agents",
            "texts": ["sla_targets.warning"],
            "body": "The first reply is due Mon 23 Nov 2026, 11:00 CET: "
            "15 min left of the 2 h promised for priority high.",
        },
        "because": ["SLA targets: first reply 2026-11-23 11:00 CET; resolution 2026-11-23 17:00 CET"],
    }
