"""`zdsync doctor`: is everything right? With --probe also what only a throwaway ticket can tell."""

from __future__ import annotations

import json
import sys
from collections.abc import Iterable

import click

from zdsync.cli.context import FINDINGS, account_settings, fail
from zdsync.cli.context import console as new_console
from zdsync.control import PROBED_TAG, read_control, set_switch
from zdsync.doctor import Patient, examine
from zdsync.probe import MUST_HOLD, Finding, probe
from zdsync.rules.load import RulesError
from zdsync.settings import Settings
from zdsync.wiring import Reading, loader, reading, session_of, store_of
from zdsync.zendesk.errors import ZendeskError

MARKS = {"ok": "[green]ok   [/]", "note": "[yellow]note [/]", "fault": "[red]fault[/]"}


@click.command()
@click.option("--probe", "with_probe", is_flag=True, help="Make a throwaway ticket, try what counts, delete it.")
@click.option("--json", "as_json", is_flag=True, help="For programs.")
def doctor(with_probe: bool, as_json: bool) -> None:
    """Check the account, the credential, the rules and Redis. Changes nothing without --probe."""
    settings = account_settings()
    parts = reading(settings)
    try:
        rulebook = loader(settings, parts.account)()
    except RulesError as error:
        fail("\n".join(str(finding) for finding in error.findings), FINDINGS)
    except ZendeskError as error:
        fail(f"{settings.base_url} could not be read: {error}", FINDINGS)
    store = store_of(settings) if settings.redis_url else None
    findings = _shown(examine(Patient(parts, rulebook, store)), as_json)
    if with_probe:
        findings += _probed(settings, parts, as_json)
    if as_json:
        click.echo(json.dumps([vars_of(each) for each in findings], indent=2, ensure_ascii=False))
    sys.exit(FINDINGS if any(each.verdict == "fault" for each in findings) else 0)


def _probed(settings: Settings, parts: Reading, as_json: bool) -> list[Finding]:
    """The probe, and its result on the control ticket: an account with a fault does not go live, or no longer."""
    findings: list[Finding] = []
    try:
        for each in probe(lambda: session_of(settings, parts.clock, None), parts.clock.now()):
            findings += _shown([each], as_json)
        findings += _shown([_recorded(parts, findings)], as_json)
    except ZendeskError as error:
        findings += _shown([Finding("probe", "fault", f"could not be made: {error}")], as_json)
    return findings


def _recorded(parts: Reading, answers: list[Finding]) -> Finding:
    good = {each.name for each in answers if each.verdict == "ok"}
    now = parts.clock.now()
    if good >= MUST_HOLD and not any(each.verdict == "fault" for each in answers):
        set_switch(parts.zendesk, now, PROBED_TAG, True, "Passed `zdsync doctor --probe`.")
        return Finding("probe", "ok", "passed; recorded on the control ticket")
    if read_control(parts.zendesk, now).probed:
        set_switch(parts.zendesk, now, PROBED_TAG, False, "Failed `zdsync doctor --probe`.")
        return Finding("probe", "fault", "failed; what it had passed before is taken off the control ticket")
    return Finding("probe", "fault", "failed; nothing goes live on this account")


def _shown(findings: Iterable[Finding], as_json: bool) -> list[Finding]:
    """Each finding as soon as it is there."""
    console = new_console()
    found = []
    for each in findings:
        found.append(each)
        if not as_json:
            console.print(f"{MARKS[each.verdict]} {each.name}: ", end="", markup=True)
            console.print(each.words)
    return found


def vars_of(finding: Finding) -> dict[str, str]:
    return {"check": finding.name, "verdict": finding.verdict, "words": finding.words}
