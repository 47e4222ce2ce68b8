"""The texts of `messages/<locale>/`, held against the automations that say them. `load.py` calls `read_templates`."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any

from zdsync.core.automation import Automation
from zdsync.core.templates import Templates
from zdsync.rules.files import Folder
from zdsync.rules.findings import suggest


def read_templates(folder: Folder, automations: Mapping[str, Automation[Any]]) -> Templates:
    """All of them. A text that is missing is reported by the rule that needs it."""
    templates = Templates(folder.texts)
    for fault in templates.faults():
        file = folder.message_file(fault.name, fault.locale)
        folder.report(file, fault.wrong.rstrip("."), _cure(fault.wrong), at=(fault.line, 1))
    known = {name: values for automation in automations.values() for name, values in automation.templates.items()}
    for key in sorted(folder.texts):
        name, _, locale = key.rpartition("/")
        file = folder.message_file(name, locale)
        if name not in known:
            folder.report(file, f"no automation says the text `{name}`", suggest(name, known, "name it like one of"))
            continue
        for used in sorted(templates.fields_of(name, locale) - set(known[name])):
            at = _first_use(folder.texts[key], used)
            folder.report(file, f"`{used}` is no value of this text", suggest(used, known[name]), at=at)
    return templates


def _cure(wrong: str) -> str:
    if "filter" in wrong:
        return "write `| local` for an instant, `| duration` for a length of time, or one of Jinja's own filters"
    return "close every {{ with }}, every {% with %}, and every {% if %} with {% endif %}"


def _first_use(text: str, name: str) -> tuple[int, int]:
    """The first `name` inside of `{{ }}` or `{% %}`."""
    for block in re.finditer(r"\{[{%].*?[%}]\}", text, re.DOTALL):
        found = re.search(rf"\b{re.escape(name)}\b", block[0])
        if found:
            before = text[: block.start() + found.start()]
            return before.count("\n") + 1, len(before) - (before.rfind("\n") + 1) + 1
    return 1, 1
