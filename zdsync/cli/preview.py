"""`zdsync preview`: a message as its reader gets it, with example values or with those of a real ticket.

Without `--ticket` it reads the texts of the configuration and nothing else: no account is needed. With it the worker's
own `evaluate` says what would be said on the ticket now. Nothing is changed.
"""

from __future__ import annotations

import json
import re
import sys
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any, Final
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

import click
from rich.table import Table

from zdsync.cli.context import FINDINGS, console, fail, settings
from zdsync.cli.example_values import changed, in_zone
from zdsync.cli.seen import Seen, look
from zdsync.core.actions import Say
from zdsync.core.automation import Automation
from zdsync.core.automations import AUTOMATIONS
from zdsync.core.model import Audience
from zdsync.core.templates import FALLBACK, Templates
from zdsync.rules.files import MESSAGE_SUFFIX, read_folder
from zdsync.rules.findings import Finding, suggest
from zdsync.rules.texts import read_templates
from zdsync.sandbox.comment_html import html_of

AUTOMATION_OF: Final[Mapping[str, Automation[Any]]] = {
    name: automation for automation in AUTOMATIONS.values() for name in automation.templates
}
_LOCALE: Final = re.compile(r"[A-Za-z]{2,3}([-_][A-Za-z0-9]{2,8})*")
TO: Final[Mapping[Audience, str]] = {"customer": "the customer", "agents": "agents, as an internal note"}


@dataclass(frozen=True)
class Section:
    """One text as somebody would read it."""

    message: str
    audience: Audience
    locale: str
    """The reader's."""
    found: str
    """The locale of the text that they get: `en` where theirs has none."""
    text: str
    rule: str | None = None
    """The rule that would say it on a ticket."""
    mode: str | None = None
    """That rule's: in `shadow` nothing is said."""

    def data(self) -> dict[str, Any]:
        of_a_ticket = {} if self.rule is None else {"rule": self.rule, "mode": self.mode}
        return {
            "message": self.message,
            "audience": self.audience,
            "locale": self.locale,
            "text_in": self.found,
            **of_a_ticket,
            "text": self.text,
            "html": html_of(self.text),
        }


def _locale(ctx: click.Context, parameter: click.Parameter, given: str | None) -> str | None:
    if given is not None and not _LOCALE.fullmatch(given):
        raise click.BadParameter("write a language such as en, fr or pt-BR")
    return given


def _zone(ctx: click.Context, parameter: click.Parameter, given: str | None) -> str | None:
    if given is None:
        return None
    try:
        return ZoneInfo(given).key
    except (ZoneInfoNotFoundError, ValueError, OSError):
        raise click.BadParameter("write a time zone such as Europe/Paris or UTC") from None


@click.command()
@click.argument("message", required=False)
@click.option("--ticket", type=click.IntRange(min=1), help="What would be said on this ticket now.")
@click.option("--locale", callback=_locale, help="The reader's language: fr, en-GB. Otherwise en, or the requester's.")
@click.option("--zone", callback=_zone, help="The reader's time zone: Europe/Paris.")
@click.option("--set", "changes", multiple=True, metavar="VALUE=…", help="Another example: --set answer=no.")
@click.option("--html", "as_html", is_flag=True, help="The HTML that Zendesk makes of it.")
@click.option("--json", "as_json", is_flag=True, help="For programs.")
def preview(
    message: str | None,
    ticket: int | None,
    locale: str | None,
    zone: str | None,
    changes: tuple[str, ...],
    as_html: bool,
    as_json: bool,
) -> None:
    """Show MESSAGE as its reader gets it, with example values; with --ticket, what would be said there now.

    Without MESSAGE and --ticket all messages are listed, with their readers and languages.
    """
    name = _known(message) if message is not None else None
    if ticket is not None:
        if changes:
            fail("--set changes an example, and a ticket has values of its own: leave out one of the two.")
        _show_ticket(look(ticket), name, locale, zone, as_html, as_json)
        return
    templates, findings = _texts()
    if name is None:
        if changes or as_html:
            fail(f"Which message? {suggest('', AUTOMATION_OF)}")
        _list(templates, as_json)
        return
    section = _example(templates, findings, name, locale or FALLBACK, zone, changes)
    if as_json:
        click.echo(json.dumps(section.data(), indent=2, ensure_ascii=False))
        return
    click.echo(f"{name}, to {TO[section.audience]}{_instead(section)}", err=True)
    click.echo(_shown(section, as_html))


def _known(message: str) -> str:
    """The name of the message; a path of its file is understood."""
    name = Path(message).name.removesuffix(MESSAGE_SUFFIX)
    if name not in AUTOMATION_OF:
        fail(f"There is no message `{message}`: {suggest(name, AUTOMATION_OF)}")
    return name


def _texts() -> tuple[Templates, list[Finding]]:
    """The texts, and what is wrong with the files: a fault of a rule hinders nobody who writes a text."""
    root = settings().config
    if not root.is_dir():
        fail(f"{root} is no folder. Name the configuration's in ZDSYNC_CONFIG, or make one with `zdsync init`.")
    folder = read_folder(root)
    return read_templates(folder, AUTOMATIONS), folder.findings


def _list(templates: Templates, as_json: bool) -> None:
    rows = [
        {"message": name, "audience": automation.audience_of(name), "locales": sorted(templates.locales(name))}
        for name, automation in AUTOMATION_OF.items()
    ]
    if as_json:
        click.echo(json.dumps(rows, indent=2, ensure_ascii=False))
        return
    table = Table("message", "to", "locales", show_edge=False)
    for row in rows:
        table.add_row(str(row["message"]), str(row["audience"]), ", ".join(row["locales"]) or "none: write one")
    console().print(table, soft_wrap=False)


def _example(
    templates: Templates, findings: list[Finding], name: str, locale: str, zone: str | None, changes: tuple[str, ...]
) -> Section:
    automation = AUTOMATION_OF[name]
    values = dict(automation.examples_for(name))
    for change in changes:
        value, wrong = changed(values, change, name)
        values |= value
        if wrong:
            fail(wrong)
    return _section(templates, name, locale, in_zone(values, zone), automation, findings)


def _section(
    templates: Templates,
    name: str,
    locale: str,
    values: Mapping[str, object],
    automation: Automation[Any],
    findings: list[Finding],
) -> Section:
    """Ends the command where the text has a fault, with the finding that `check` has too."""
    found = templates.locale_for(name, locale)
    if found is None:
        fail(f"There is no text `{name}` in {locale} or {FALLBACK}: write messages/{FALLBACK}/{name}{MESSAGE_SUFFIX}")
    file = str(Path(found, f"{name}{MESSAGE_SUFFIX}"))
    if faults := [finding for finding in findings if finding.file.endswith(file)]:
        fail("\n".join(map(str, faults)), FINDINGS)
    try:
        text = templates.render(name, locale, **values)
    except Exception as error:  # what a text does with values is its writer's
        fail(f"messages/{file}: this cannot be said: {error}", FINDINGS)
    return Section(name, automation.audience_of(name), locale, found, text)


def _shown(section: Section, as_html: bool) -> str:
    return html_of(section.text) if as_html else section.text


def _instead(section: Section) -> str:
    """A word where the reader gets another language than theirs."""
    if section.found.partition("-")[0] == re.split("[-_]", section.locale)[0].lower():
        return ""
    return f", in {section.found}: there is no text in {section.locale}"


def _show_ticket(
    seen: Seen, name: str | None, locale: str | None, zone: str | None, as_html: bool, as_json: bool
) -> None:
    every = list(_sections(seen, locale, zone))
    sections = [each for each in every if name in (None, each.message)]
    if as_json:
        click.echo(json.dumps([each.data() for each in sections], indent=2, ensure_ascii=False))
    else:
        for each in sections:
            shadow = " (in shadow: it is not said)" if each.mode == "shadow" else ""
            click.echo(f'{each.message}, to {TO[each.audience]}, by the rule "{each.rule}"{shadow}{_instead(each)}:')
            click.echo(f"\n{_shown(each, as_html)}\n")
    if sections:
        return
    ticket = seen.history.ticket.id
    what = f"`{name}` would not be said" if name else "Nothing would be said"
    others = f" It would be: {', '.join(each.message for each in every)}." if every else ""
    click.echo(f"{what} on ticket {ticket} now.{others} `zdsync explain {ticket}` says why.", err=True)
    sys.exit(FINDINGS if name else 0)


def _sections(seen: Seen, locale: str | None, zone: str | None) -> Iterator[Section]:
    """What live rules, and those in shadow, want to say: each in the language of its reader."""
    modes = {rule.name: rule.mode for rule in seen.rulebook.rules}
    requester = seen.facts.people.get(seen.history.ticket.requester_id)
    for reason in seen.plan.reasons:
        for action in reason.wants:
            if isinstance(action, Say) and reason.rule:
                automation = AUTOMATION_OF[action.template]
                theirs = requester.locale if requester and action.audience == "customer" else FALLBACK
                values = in_zone(action.values, zone)
                said = _section(seen.rulebook.templates, action.template, locale or theirs, values, automation, [])
                yield replace(said, rule=reason.rule, mode=modes[reason.rule])
