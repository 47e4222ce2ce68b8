"""The texts of `messages/<locale>/`, held against the automations that say them. `load.py` calls `read_templates`."""

from __future__ import annotations

import re
from collections.abc import Mapping
from traceback import extract_tb
from typing import Any

from zdsync.core.automation import Automation
from zdsync.core.templates import FALLBACK, Templates
from zdsync.rules.files import Folder
from zdsync.rules.findings import suggest


def read_templates(folder: Folder, automations: Mapping[str, Automation[Any]]) -> Templates:
    """All of them. A text that is missing is reported by the rule that needs it."""
    templates = Templates(folder.texts)
    faulty = set()
    for fault in templates.faults():
        faulty.add((fault.name, fault.locale))
        file = folder.message_file(fault.name, fault.locale)
        folder.report(file, fault.wrong.rstrip("."), _cure(fault.wrong), at=(fault.line, 1))
    speakers = {name: automation for automation in automations.values() for name in automation.templates}
    known = {name: automation.templates[name] for name, automation in speakers.items()}
    for key in sorted(folder.texts):
        name, _, locale = key.rpartition("/")
        file = folder.message_file(name, locale)
        if name not in known:
            meant = suggest(name, known, "name it like one of")
            folder.report(file, f"no automation says the text `{name}`", f"{meant} If an older version did, remove it")
            continue
        unknown = sorted(templates.fields_of(name, locale) - set(known[name]))
        for used in unknown:
            at = _first_use(folder.texts[key], used)
            folder.report(file, f"`{used}` is no value of this text", suggest(used, known[name]), at=at)
        examples = speakers[name].examples_for(name)
        if not unknown and (name, locale) not in faulty and len(examples) == len(known[name]):
            _try(templates, name, locale, examples, folder, file)
    return templates


def remarks(templates: Templates, automations: Mapping[str, Automation[Any]]) -> tuple[str, ...]:
    """What is no fault, and yet may not be meant: a customer's text that one of their languages lacks."""
    names = sorted(name for each in automations.values() for name in each.to_customer if templates.locales(name))
    spoken = {locale for name in names for locale in templates.locales(name)}
    found = []
    for name in names:
        has = templates.locales(name)
        lacks = sorted(locale for locale in spoken - has if locale.partition("-")[0] not in has)
        if lacks:
            there = ", ".join(sorted(has))
            found.append(
                f"customers who read {', '.join(lacks)} get the text `{name}` in {FALLBACK}: "
                f"it is there in {there} only, and other texts for customers are there in {', '.join(lacks)}"
            )
    return tuple(found)


def _try(
    templates: Templates, name: str, locale: str, examples: Mapping[str, object], folder: Folder, file: str
) -> None:
    """Say the text with example values: finds a field that a value lacks, and a filter that is not for it."""
    try:
        said = templates.render(name, locale, **examples)
    except Exception as error:
        lines = [frame.lineno for frame in extract_tb(error.__traceback__) if frame.filename == "<template>"]
        wrong = f"this cannot be said: {error}"
        write = "write it for what the value is, and look at it with `zdsync preview`"
        folder.report(file, wrong.rstrip("."), write, at=((lines or [1])[-1] or 1, 1))
    else:
        if not said:
            write = "write what is to be said in every case, with `{% else %}`"
            folder.report(file, "this says nothing with example values", write)


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
