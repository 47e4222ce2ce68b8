"""The JSON Schema is that of the models: what it lists is what is accepted."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from tests.rules.greeting import AUTOMATIONS
from zdsync.core.automations import AUTOMATIONS as REAL
from zdsync.rules.models import AccountFile, RuleEntry, ScheduleEntry
from zdsync.rules.schema import account_schema, files, rules_schema, settings_schema, write
from zdsync.rules.story_models import StoryEntry


def references(schema: Any) -> Iterator[str]:
    if isinstance(schema, dict):
        for key, value in schema.items():
            if key == "$ref":
                yield value
            yield from references(value)
    elif isinstance(schema, list):
        for item in schema:
            yield from references(item)


def test_every_reference_leads_somewhere() -> None:
    """In all files, and in each automation's settings."""
    for schema in (*files().values(), *map(settings_schema, REAL.values())):
        missing = [ref for ref in references(schema) if ref.removeprefix("#/$defs/") not in schema["$defs"]]
        assert missing == []
        assert schema["$schema"].startswith("https://json-schema.org/")


def test_the_keys_are_those_of_the_models() -> None:
    """No more and no less, and unknown ones are refused there too."""
    account = account_schema()
    assert set(account["properties"]) == set(AccountFile.model_fields)
    assert account["additionalProperties"] is False
    assert set(files()["schedules"]["additionalProperties"]["properties"]) == set(ScheduleEntry.model_fields)
    rule = rules_schema()["items"]
    assert set(rule["properties"]) == set(RuleEntry.model_fields)
    story = files()["stories"]["items"]
    assert set(story["properties"]) == set(StoryEntry.model_fields)
    assert story["additionalProperties"] is False
    assert rule["properties"]["automation"]["enum"] == sorted(REAL)


def test_settings_depend_on_the_automation() -> None:
    """A rule that names an automation has that one's settings."""
    schema = rules_schema(AUTOMATIONS)
    (choice,) = schema["items"]["allOf"]
    assert choice["if"] == {"properties": {"automation": {"const": "greeting"}}}
    assert choice["then"] == {"properties": {"settings": {"$ref": "#/$defs/greeting"}}, "required": ["settings"]}
    assert schema["$defs"]["greeting"]["properties"]["style"]["enum"] == ["warm", "cold", "formal"]


def test_what_a_story_may_say_in_two_ways() -> None:
    """`expect: nothing` beside a mapping, one tag beside a list of them, `from` as in YAML."""
    definitions = files()["stories"]["$defs"]
    step, never = definitions["stories.StepEntry"]["properties"], definitions["stories.NeverEntry"]["properties"]
    assert {"const": "nothing"} in step["expect"]["anyOf"]
    assert [one["type"] for one in step["add_tags"]["anyOf"]] == ["string", "array"]
    assert {"from", "until"} < set(never)


def test_each_automation_has_an_example() -> None:
    """It stands in the schema of its settings, as YAML."""
    for automation in REAL.values():
        assert settings_schema(automation)["examples"] == [automation.example]


def test_write_puts_all_of_them_into_the_folder(tmp_path: Path) -> None:
    """As JSON that editors can read, and again without a fault."""
    for _ in range(2):
        write(tmp_path)
        found = {file.stem: json.loads(file.read_text("utf-8")) for file in (tmp_path / ".schema").iterdir()}
        assert found == files()
    assert all(re.fullmatch("[a-z]+", name) for name in found)
