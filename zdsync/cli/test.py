"""`zdsync test`: the rules held against stories of what people do and what is expected then."""

from __future__ import annotations

import json
import sys
from collections.abc import Sequence
from dataclasses import asdict
from pathlib import Path

import click

from zdsync.cli.context import FINDINGS, fail, settings
from zdsync.core.rulebook import Rulebook
from zdsync.rules.files import ACCOUNT, STORIES
from zdsync.rules.findings import Finding
from zdsync.rules.load import RulesError, load
from zdsync.rules.stories import Story, read_stories
from zdsync.stories.judge import Judged, judge
from zdsync.stories.play import LONG_AGO, play
from zdsync.stories.show import as_data, headline, time_line


@click.command()
@click.argument("paths", nargs=-1, metavar="[PATH]...", type=click.Path(path_type=Path))
@click.option("-k", "words", metavar="WORDS", help="Only stories with all of these words in their name or file.")
@click.option("-v", "--verbose", is_flag=True, help="The time line of each story, also of those that hold.")
@click.option("--json", "as_json", is_flag=True, help="One JSON object instead of lines.")
def test(paths: tuple[Path, ...], words: str | None, verbose: bool, as_json: bool) -> None:
    """Play the stories of the configuration, and tell where its rules do otherwise than they expect.

    PATH is a configuration folder, or a file or folder of its stories; without one ZDSYNC_CONFIG, or config. Rules
    count as live. Nothing leaves this machine, and no account is needed. Exit code 1 if a story fails or has a fault.
    """
    judged: list[Judged] = []
    findings: list[Finding] = []
    for folder, within in _folders(paths or (settings().config,)).items():
        try:
            rulebook = load(folder, mode="live", live_since=LONG_AGO)
        except RulesError as error:
            findings += error.findings
            continue
        found = read_stories(folder, rulebook)
        findings += [one for one in found.findings if _is_within(Path(one.file), within)]
        chosen = [one for one in found.stories if _is_within(Path(one.source.file), within) and _has(one, words)]
        judged += _judged(chosen, rulebook, quiet=as_json, verbose=verbose)
    if not judged and not findings:
        fail(_none_found(words))
    _tell(judged, findings, as_json)
    sys.exit(FINDINGS if findings or not all(one.held for one in judged) else 0)


def _judged(stories: Sequence[Story], rulebook: Rulebook, *, quiet: bool, verbose: bool) -> list[Judged]:
    """Played one after the other, each told at once."""
    judged = []
    for story in stories:
        one = judge(play(story, rulebook))
        judged.append(one)
        if quiet:
            continue
        click.echo(headline(one))
        if verbose or not one.held:
            for line in time_line(one):
                click.echo(line)
    return judged


def _folders(paths: Sequence[Path]) -> dict[Path, list[Path]]:
    """Each configuration folder, with the paths of which the stories are wanted."""
    found: dict[Path, list[Path]] = {}
    for path in paths:
        if not path.exists():
            fail(f"{path} does not exist. Name a configuration folder, or a file or folder of its {STORIES}/.")
        folder = next((one for one in (path, *path.parents) if (one / ACCOUNT).is_file()), None)
        if folder is None:
            fail(f"{path} is in no configuration folder: neither it nor a folder above it has an {ACCOUNT}.")
        found.setdefault(folder, []).append(path)
    return found


def _is_within(file: Path, paths: Sequence[Path]) -> bool:
    return any(path in (file, *file.parents) for path in paths)


def _has(story: Story, words: str | None) -> bool:
    text = f"{story.name} {Path(story.source.file).name}".casefold()
    return all(word in text for word in (words or "").casefold().split())


def _none_found(words: str | None) -> str:
    if words:
        return f"No story has the words “{words}” in its name or file."
    return f"There is no story here. Write one into {STORIES}/; `zdsync init` brings those of the shipped rules."


def _tell(judged: Sequence[Judged], findings: Sequence[Finding], as_json: bool) -> None:
    failed = sum(not one.held for one in judged)
    if as_json:
        data = {
            "stories": [as_data(one) for one in judged],
            "count": len(judged),
            "failed": failed,
            "findings": [asdict(finding) for finding in findings],
        }
        click.echo(json.dumps(data, ensure_ascii=False, indent=1))
        return
    for finding in findings:
        click.echo(str(finding))
    click.echo(_summary(len(judged), failed, len(findings)))


def _summary(count: int, failed: int, faults: int) -> str:
    stories = f"{count} {'story' if count == 1 else 'stories'}"
    result = f"{failed} of {stories} failed" if failed else f"{stories} held"
    return f"{result}, {faults} {'finding' if faults == 1 else 'findings'}." if faults else f"{result}."
