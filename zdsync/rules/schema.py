"""The JSON Schema of the configuration's files, from the models that check them: for editors, and as a reference.

`zdsync schema` prints it; `zdsync init` writes it beside the files, whose first line names it.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any, Final

from pydantic import BaseModel

from zdsync.core.automation import Automation
from zdsync.core.automations import AUTOMATIONS
from zdsync.core.when import CONDITION_SCHEMA
from zdsync.rules import atomic
from zdsync.rules.models import AccountFile, AvailabilityFile, RuleEntry, ScheduleEntry
from zdsync.rules.story_models import StoryEntry
from zdsync.rules.windows import WindowEntry

FOLDER: Final = ".schema"
_DRAFT: Final = "https://json-schema.org/draft/2020-12/schema"

Schema = dict[str, Any]


def account_schema() -> Schema:
    schema = _of(AccountFile, "account")
    schema["properties"]["scope"] = _condition()
    return _titled(schema, "account.yaml", {})


def schedules_schema() -> Schema:
    entry = _of(ScheduleEntry, "schedules")
    definitions = entry.pop("$defs", {})
    schema = {"type": "object", "minProperties": 1, "additionalProperties": entry}
    return _titled(schema, "schedules.yaml", definitions)


def maintenance_schema() -> Schema:
    """A list of windows; the file may be empty."""
    entry = _of(WindowEntry, "maintenance")
    definitions = entry.pop("$defs", {})
    return _titled({"type": ["array", "null"], "items": entry}, "maintenance.yaml", definitions)


def availability_schema() -> Schema:
    return _titled(_of(AvailabilityFile, "availability"), "availability.yaml", {})


def rules_schema(automations: Mapping[str, Automation[Any]] = AUTOMATIONS) -> Schema:
    """A list of rules, each with the settings of the automation that it names."""
    rule = _of(RuleEntry, "rules")
    rule["properties"]["when"] = _condition()
    rule["properties"]["automation"] |= {"enum": sorted(automations)}
    definitions: Schema = rule.pop("$defs", {})
    rule["allOf"] = []
    for name, automation in sorted(automations.items()):
        settings = _of(automation.Settings, name)
        definitions |= settings.pop("$defs", {})
        definitions[name] = settings
        then: Schema = {"properties": {"settings": {"$ref": f"#/$defs/{name}"}}}
        if settings.get("required"):
            then["required"] = ["settings"]
        rule["allOf"].append({"if": {"properties": {"automation": {"const": name}}}, "then": then})
    return _titled({"type": "array", "minItems": 1, "items": rule}, "rules/*.yaml", definitions)


def stories_schema() -> Schema:
    """A list of stories; `expect: nothing` is one word."""
    story = _of(StoryEntry, "stories")
    definitions: Schema = story.pop("$defs", {})
    step = definitions["stories.StepEntry"]["properties"]
    step["expect"]["anyOf"].append({"const": "nothing"})
    return _titled({"type": "array", "minItems": 1, "items": story}, "stories/*.yaml", definitions)


def settings_schema(automation: Automation[Any]) -> Schema:
    """The settings of one automation, with its example as YAML text."""
    schema = _of(automation.Settings, automation.name)
    return _titled(schema, automation.name, schema.pop("$defs", {})) | {"examples": [automation.example]}


def files() -> dict[str, Schema]:
    """By the name of the schema."""
    return {
        "account": account_schema(),
        "schedules": schedules_schema(),
        "availability": availability_schema(),
        "maintenance": maintenance_schema(),
        "rules": rules_schema(),
        "stories": stories_schema(),
    }


def write(config: Path) -> tuple[str, ...]:
    """Into `.schema` of the configuration folder; the names of those that were not there as they are now.

    Overwrites: they belong to the installed version. Raises OSError.
    """
    changed = []
    for name, schema in files().items():
        path, text = config / FOLDER / f"{name}.json", json.dumps(schema, indent=1, ensure_ascii=False) + "\n"
        if not path.is_file() or path.read_bytes() != text.encode():
            atomic.write(path, text)
            changed.append(name)
    return tuple(changed)


def _of(model: type[BaseModel], prefix: str) -> Schema:
    """The model's schema; its definitions have the prefix, so that several models can share one list of them."""
    schema = model.model_json_schema(ref_template=f"#/$defs/{prefix}.{{model}}")
    schema.pop("title", None)
    if "$defs" in schema:
        schema["$defs"] = {f"{prefix}.{name}": definition for name, definition in schema["$defs"].items()}
    return schema


def _condition() -> Schema:
    return {"anyOf": [{"$ref": "#/$defs/Condition"}, {"type": "null"}]}


def _titled(schema: Schema, title: str, definitions: Schema) -> Schema:
    definitions = {**schema.pop("$defs", {}), **definitions, "Condition": dict(CONDITION_SCHEMA)}
    return {"$schema": _DRAFT, "title": title, **schema, "$defs": definitions}
