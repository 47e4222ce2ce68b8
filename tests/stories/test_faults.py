"""What is wrong with a story file, told with its place and what to write: by `check`, and so by `zdsync check`."""

from __future__ import annotations

import shutil
from pathlib import Path

import pytest
import yaml
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.stories.told import SHIPPED, folder, shipped
from zdsync.rules.load import check, load
from zdsync.rules.stories import read_stories
from zdsync.rules.story_models import NeverEntry, StepEntry, StoryEntry, TicketEntry
from zdsync.stories.play import LONG_AGO

OPENED = "  ticket: {at: Mon 2026-11-23 09:00}\n"
STEP = "    - {at: 10:00, by: agent, priority: high}\n"


def steps(*lines: str) -> str:
    """A story whose fifth line is the first of these steps, written without their dash."""
    return f"- story: One\n{OPENED}  # it begins\n  steps:\n" + "".join(f"    - {line}\n" for line in lines)


def never(line: str) -> str:
    """A story whose sixth line must never be."""
    return (
        f"{steps('{at: 10:00, by: agent, priority: high}')}".replace("  # it begins\n", "")
        + f"  never:\n    - {line}\n"
    )


FAULTS = {
    "empty": ("", "1:1  there is no story in this file  begin each story with `- story: `"),
    "a mapping": ("story: One\n", "1:1  a story file is a list  begin each story with `- story: `"),
    "no name": (f"-{OPENED[1:]}  steps:\n{STEP}", "1:3  `story` is missing  write story: A P2 is answered late"),
    "no ticket": (f"- story: One\n  steps:\n{STEP}", "1:3  `ticket` is missing  write ticket: <mapping>"),
    "an empty list of steps": (
        f"- story: One\n{OPENED}  steps: []\n",
        "3:10  there is no step  write `- {at: 10:00, by: ",
    ),
    "no steps": (f"- story: One\n{OPENED}", "1:3  `steps` is missing  write steps: <list>"),
    "a button beside a status": (
        steps("{at: 10:00, by: customer, link: yes, status: solved}"),
        "5:7  a button of the page is pressed alone  write by: customer, link: yes, and perhaps says: …",
    ),
    "an agent's button": (steps("{at: 10:00, by: agent, link: no}"), "5:7  a button of the page is pressed alone"),
    "a button that is none": (steps("{at: 10:00, by: customer, link: maybe}"), "5:39  `maybe` is unknown here"),
    "an agent's mail": (steps("{at: 10:00, by: agent, mails: Files}"), "5:7  a mail has a subject, a text and files"),
    "files with nothing": (
        steps("{at: 10:00, by: agent, status: open, files: a.log}"),
        "5:7  the files come with nothing  write says: … or mails: … beside them",
    ),
    "nothing that is set aside": (
        steps("{at: 10:00, by: customer, status: solved, set_aside: true}"),
        "5:7  there is no mail that could be set aside",
    ),
    "two mails": (
        steps("{at: 10:00, by: customer, mails: One}", "{at: 11:00, by: customer, mails: Two}"),
        "5:5  two mails become tickets here  write a story for each",
    ),
    "settings of no rule": (
        f"- story: One\n  settings: {{SLA target: {{tags: x}}}}\n{OPENED}  steps:\n{STEP}",
        "2:26  there is no rule `SLA target`  did you mean `SLA targets`?",
    ),
    "an unknown setting": (
        f"- story: One\n  settings: {{SLA targets: {{tagz: x}}}}\n{OPENED}  steps:\n{STEP}",
        "2:28  `tagz` is unknown here",
    ),
    "a setting that cannot be": (
        f"- story: One\n  settings: {{Mailed files: {{settle: soon}}}}\n{OPENED}  steps:\n{STEP}",
        "2:37  'soon' is no duration",
    ),
    "an unknown key": (
        steps("{at: 10:00, by: agent, prio: high}"),
        "5:30  `prio` is unknown here  did you mean `priority`?",
    ),
    "an unknown person": (
        steps("{at: 10:00, by: agnet, priority: high}"),
        "5:23  `agnet` is unknown here  did you mean `agent`?",
    ),
    "an unknown priority": (
        steps("{at: 10:00, by: agent, priority: P2}"),
        "5:40  `P2` is unknown here  write one of: ",
    ),
    "no time": (steps("{at: noon, by: agent, priority: high}"), "5:12  `noon` is no time  write it like 09:10"),
    "an impossible time": (steps("{at: 24:10, by: agent, priority: high}"), "5:12  `24:10` is no time that there is"),
    "times that go back": (
        steps("{at: 10:00, by: agent, priority: high}", "{at: 09:30, by: agent, says: Hello}"),
        "6:12  `09:30` is before the line above (Mon 2026-11-23 10:00)  write the lines in the order of time, and",
    ),
    "another weekday": (
        f"- story: One\n  ticket: {{at: Tue 2026-11-23 09:00}}\n  steps:\n{STEP}",
        "2:16  2026-11-23 is a Monday  write Mon 2026-11-23",
    ),
    "a beginning without a date": (
        f"- story: One\n  ticket: {{at: 09:00}}\n  steps:\n{STEP}",
        "2:16  `09:00` has no date  write the date too: Mon 2026-11-23 09:00",
    ),
    "until before at": (
        steps("{at: 10:00, until: 10:00, expect: nothing}"),
        "5:26  there is no time between `at` and `until`  write a later `until`",
    ),
    "until without expect": (
        steps("{at: 10:00, by: agent, says: Hello, until: 11:00}"),
        "5:7  `until` belongs to `expect`  write expect: … beside it, or remove it",
    ),
    "a story that ends too early": (
        f"{steps('{at: 10:00, by: agent, priority: high}')}  until: 10:00\n",
        "6:10  the story ends before its last line  write a later `until`, or remove it",
    ),
    "nobody does it": (
        steps("{at: 10:00, priority: high}"),
        "5:7  nobody does this (priority)  write by: customer, colleague",
    ),
    "nothing is done": (
        steps("{at: 10:00, by: agent}"),
        "5:7  the agent does nothing  write one of: says, notes, status",
    ),
    "an empty step": (steps("{at: 10:00}"), "5:7  nothing happens and nothing is expected here  write by: "),
    "two comments": (
        steps("{at: 10:00, by: agent, says: Hello, notes: Psst}"),
        "5:7  an update has one comment  write says: or notes:, and the other one in a step of its own",
    ),
    "a customer with an agent's powers": (
        steps("{at: 10:00, by: customer, priority: high}"),
        "5:7  a customer cannot do this: priority  write by: agent, or what customers can do",
    ),
    "an automation that writes": (
        steps("{at: 10:00, by: automation, says: Hello}"),
        "5:7  an automation writes no comment  write what it changes: status, priority or tags",
    ),
    "an unknown text": (
        steps("{at: 10:00, expect: {note: sla_targets.warned}}"),
        "5:34  no automation says the text `sla_targets.warned`  did you mean `sla_targets.warning`?",
    ),
    "an unknown field": (
        steps("{at: 10:00, expect: {field: {first_reply: null}}}"),
        "5:36  there is no field `first_reply`  did you mean `first_reply_due`?",
    ),
    "an unknown field that is set": (
        steps("{at: 10:00, by: agent, fields: {instance: a}}"),
        "5:39  there is no field `instance`  ",
    ),
    "an unknown status": (
        steps("{at: 10:00, by: agent, status: resolved}"),
        "5:38  there is no status `resolved`  did you mean `solved`?",
    ),
    "an unknown expected status": (
        steps("{at: 10:00, expect: {status: await_confirmation}}"),
        "5:36  there is no status `await_confirmation`  did you mean `awaiting_confirmation`?",
    ),
    "an unknown rule": (
        f"- story: One\n  rules: [SLA target]\n{OPENED}  steps:\n{STEP}",
        "2:10  there is no rule `SLA target`  did you mean `SLA targets`?",
    ),
    "an unknown zone": (
        f"- story: One\n  zone: Paris\n{OPENED}  steps:\n{STEP}",
        "2:9  `Paris` is no time zone  did you mean `Europe/Paris`?",
    ),
    "a tag with a space": (
        steps("{at: 10:00, by: agent, add_tags: very urgent}"),
        "5:40  `very urgent` is no tag: a tag has no spaces  write [very, urgent]",
    ),
    "nothing looked for": (
        steps("{at: 10:00, expect: {words: hello}}"),
        "5:27  nothing is looked for here  write one of: note",
    ),
    "words of no message": (
        steps("{at: 10:00, expect: {tag: a, words: hello}}"),
        "5:27  `words` of what?  write note: or customer: beside it",
    ),
    "times of no message": (
        steps("{at: 10:00, expect: {tag: a, times: 2}}"),
        "5:27  `times` counts messages  write note: or customer: beside it",
    ),
    "nothing and something": (
        steps("{at: 10:00, expect: {nothing: true, tag: a}}"),
        "5:27  nothing is expected, and something  write `expect: nothing`, or what is expected",
    ),
    "others are for never": (
        steps("{at: 10:00, expect: {note: others}}"),
        "5:27  `others` is for `never`: messages that nothing expects  write the text's name, any or none",
    ),
    "never none": (never("note: none"), "6:7  never none?  write any, others, or the text's name"),
    "never two kinds": (
        never("{note: any, tag: a}"),
        "6:7  several kinds of things in one line  write a line for each",
    ),
    "never after the end": (
        never("{note: any, from: Tue 09:00}"),
        "6:25  this is after the story's end  write an `until` for the story, or less here",
    ),
    "the same name twice": (
        f"{steps('{at: 10:00, by: agent, priority: high}')}{steps('{at: 10:00, by: agent, priority: high}')}",
        "6:3  a story has this name already (",
    ),
    "no YAML": ("- story: 'One\n", "1:10  a quote or bracket that is opened here is never closed  close it"),
    "a question mark in brackets": (
        steps("{at: 10:00, by: agent, says: Which?, status: open}"),
        "5:7  a bracket is not closed, or a comma is missing  write [one, two]; in brackets a text with ? or a comma",
    ),
}


@pytest.mark.parametrize(("text", "expected"), FAULTS.values(), ids=FAULTS)
def test_one_fault_is_one_finding(tmp_path: Path, text: str, expected: str) -> None:
    """With the place that an editor can open, and nothing else is said; the rules can be loaded all the same."""
    config = folder(tmp_path, text)
    (finding,) = check(config)
    assert str(finding).startswith(f"{config}/stories/a.yaml:{expected}")
    assert finding.write
    assert load(config).rules


def test_another_file_is_told(tmp_path: Path) -> None:
    """As among the rules: what nothing reads is probably meant to be read."""
    config = folder(tmp_path, steps("{at: 10:00, by: agent, priority: high}"))
    (config / "stories" / "b.yaml.txt").write_text("", "utf-8")
    (finding,) = check(config)
    assert str(finding).endswith(
        "b.yaml.txt:1:1  nothing reads this file  give it a name that ends in .yaml, or remove it"
    )


def test_stories_may_be_missing(tmp_path: Path) -> None:
    """Nobody has to write any."""
    config = folder(tmp_path, "")
    (config / "stories" / "a.yaml").unlink()
    (config / "stories").rmdir()
    assert check(config) == ()


def test_faults_of_rules_make_up_none_of_stories(tmp_path: Path) -> None:
    """While the account cannot be read no story is told that what it names is missing; its own faults are told."""
    config = folder(tmp_path, steps("{at: 10:00, expect: {field: {mood: null}}}", "{at: soon, expect: nothing}"))
    (config / "account.yaml").write_text("fields: {mood: [\n", "utf-8")
    told = [str(finding).removeprefix(f"{config}/").split("  ")[0] for finding in check(config)]
    assert told == ["account.yaml:2:1", "stories/a.yaml:6:12"]


def test_an_account_that_has_not_begun_has_names_all_the_same(tmp_path: Path) -> None:
    """The shipped folder lacks `live_since`: its stories are looked at in full."""
    config = folder(tmp_path, steps("{at: 10:00, expect: {field: {mood: null}}}"))
    account = config / "account.yaml"
    account.write_text(account.read_text("utf-8").replace("live_since: 2026-11-24T10:00:00Z", "live_since:"), "utf-8")
    assert [finding.wrong for finding in check(config)] == ["`live_since` is not set", "there is no field `mood`"]


def test_several_faults_of_one_file(tmp_path: Path) -> None:
    """Faults in different stories do not hide each other, nor those of one line each other."""
    text = steps("{at: soon, by: agnet, priority: high}") + steps("{at: 10:00, by: agent}").replace("One", "Two")
    places = [str(finding).split("  ")[0].rpartition("a.yaml:")[2] for finding in check(folder(tmp_path, text))]
    assert places == ["5:12", "5:22", "10:7"]


KEYS = [
    *StoryEntry.model_fields,
    *StepEntry.model_fields,
    *TicketEntry.model_fields,
    *NeverEntry.model_fields,
    "from",
    "",
]
VALUES = st.sampled_from(
    [None, True, 0, 9.5, "", "09:10", "Mon 2026-11-23 09:00", "agent", "+1h", "nothing", "any", "\x00"]
)
ANYTHING = st.recursive(
    VALUES, lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.sampled_from(KEYS), inner, max_size=5)
)


def test_a_fault_in_a_rule_is_no_fault_of_its_stories(tmp_path: Path) -> None:
    """A rule that cannot stand is told once, and not at each story that names it; one that no file has still is."""
    config = Path(shutil.copytree(SHIPPED, tmp_path / "config"))
    rules = config / "rules" / "confirmation_hold.yaml"
    written = rules.read_text("utf-8")
    rules.write_text(written.replace("chase: [3, 6]", "chase: [6, 3]"), "utf-8")
    (found,) = check(config, live_since=LONG_AGO)
    assert found.file == str(rules)
    rules.write_text(written.replace("chase: [3, 6]", "chase: [3, 6"), "utf-8")
    assert {found.file for found in check(config, live_since=LONG_AGO)} == {str(rules)}
    rules.write_text(written.replace("Open until the customer confirms", "Another"), "utf-8")
    naming = {str(file) for file in (config / "stories").iterdir() if "confirms]" in file.read_text("utf-8")}
    assert {found.file for found in check(config, live_since=LONG_AGO)} == naming
    assert len(naming) > 1


@settings(max_examples=2 * settings().max_examples)
@given(st.lists(ANYTHING, max_size=3))
def test_whatever_stands_there_is_a_story_or_told(
    tmp_path_factory: pytest.TempPathFactory, stories: list[object]
) -> None:
    """No file makes the checker fail: each finding has a place in it and says what to write."""
    at = tmp_path_factory.mktemp("any")
    (at / "stories").mkdir()
    (at / "stories" / "a.yaml").write_text(yaml.safe_dump(stories, sort_keys=False), "utf-8")
    found = read_stories(at, shipped())
    assert found.stories or found.findings
    for finding in found.findings:
        assert finding.file == f"{at}/stories/a.yaml"
        assert finding.line >= 1
        assert finding.wrong
        assert finding.write
