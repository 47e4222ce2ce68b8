"""`zdsync check`: every fault of the configuration, with its place and what to write instead."""

from __future__ import annotations

import json
import sys
from collections.abc import Sequence
from dataclasses import asdict
from datetime import UTC, datetime
from pathlib import Path

import click

from zdsync.cli.context import FINDINGS, fail, settings
from zdsync.core.automations import AUTOMATIONS
from zdsync.core.rulebook import Rulebook
from zdsync.rules.files import MAINTENANCE
from zdsync.rules.findings import Finding
from zdsync.rules.load import check as faults_of
from zdsync.rules.load import load
from zdsync.rules.texts import remarks as remarks_on
from zdsync.rules.windows import remarks as remarks_on_windows


@click.command()
@click.argument("folder", type=click.Path(path_type=Path), required=False)
@click.option("--json", "as_json", is_flag=True, help="One JSON object instead of lines.")
def check(folder: Path | None, as_json: bool) -> None:
    """Report every fault of the configuration in FOLDER (ZDSYNC_CONFIG, or config): what is wrong, what to write.

    This is the reading that the worker does, and that of the stories: what passes here starts there. Exit code 1 if
    there is a finding; a remark is none.
    """
    folder = folder or settings().config
    if not folder.is_dir():
        fail(f"{folder} is no folder. Name the configuration's, or make one with `zdsync init`.")
    findings = faults_of(folder)
    rulebook = None if findings else load(folder)
    remarks = _remarks(rulebook, folder) if rulebook else ()
    lines = [*map(str, findings), *(f"remark: {words}" for words in remarks)]
    found = {
        "findings": [asdict(finding) for finding in findings],
        "count": len(findings),
        "remarks": list(remarks),
    }
    summary = _fine(rulebook) if rulebook else _findings(findings)
    if as_json:
        click.echo(json.dumps(found, ensure_ascii=False, indent=1))
    else:
        for line in (*lines, summary):
            click.echo(line)
    sys.exit(FINDINGS if findings else 0)


def _remarks(rulebook: Rulebook, folder: Path) -> tuple[str, ...]:
    """On texts, and on windows as of this moment: no account is there to ask what time it is."""
    now = datetime.now(UTC)
    windows = remarks_on_windows(rulebook.windows, now, str(folder / MAINTENANCE), rulebook.zone)
    return (*remarks_on(rulebook.templates, AUTOMATIONS), *windows)


def _findings(findings: Sequence[Finding]) -> str:
    files = len({finding.file for finding in findings})
    return f"{_counted(len(findings), 'finding')} in {_counted(files, 'file')}."


def _fine(rulebook: Rulebook) -> str:
    modes = [rule.mode for rule in rulebook.rules]
    split = ", ".join(f"{modes.count(mode)} {mode}" for mode in ("live", "shadow", "off") if mode in modes)
    return f"0 findings: {_counted(len(modes), 'rule')} ({split}), rules {rulebook.hash}."


def _counted(count: int, what: str) -> str:
    return f"{count} {what}{'' if count == 1 else 's'}"
