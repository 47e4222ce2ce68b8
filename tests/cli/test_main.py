"""The command itself: every part is listed, loads by itself, and says what it is for."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import click
import pytest
from click.testing import CliRunner

from zdsync.cli import COMMANDS, main


def test_help_lists_every_command() -> None:
    """With one line each, in the order of a day's work, and without loading any of them."""
    result = CliRunner().invoke(main, ["--help"])
    assert result.exit_code == 0
    listed = [line.split()[0] for line in result.stdout.split("Commands:")[1].splitlines() if line[:3].strip()]
    assert listed == list(COMMANDS)
    for _, words in COMMANDS.values():
        assert words.endswith(".")


@pytest.mark.parametrize("name", COMMANDS)
def test_each_command_has_help(name: str) -> None:
    """Called by its own name, with what it does."""
    result = CliRunner().invoke(main, [name, "--help"])
    assert result.exit_code == 0, result.output
    assert "usage" in result.stdout.lower()


def test_each_command_is_what_it_is_called() -> None:
    context = click.Context(main)
    for name in COMMANDS:
        command = main.get_command(context, name)
        assert command is not None
        assert command.name == name


def test_an_unknown_command() -> None:
    result = CliRunner().invoke(main, ["plam"])
    assert (result.exit_code, result.stdout) == (2, "")
    assert "plam" in result.stderr


def test_version() -> None:
    result = CliRunner().invoke(main, ["--version"])
    assert result.exit_code == 0
    assert "version" in result.stdout


def test_it_starts_without_celery(tmp_path: Path) -> None:
    """`python -m zdsync` is the same; help and `plan` load neither Celery nor the sandbox."""
    code = (
        "import sys; from zdsync.cli import main; sys.argv = ['zdsync', 'plan', '--help']\n"
        "try: main()\n"
        "except SystemExit: pass\n"
        "print(sorted(name for name in sys.modules if name in ('celery', 'zdsync.sandbox', 'uvicorn')))"
    )
    run = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, cwd=tmp_path, check=True)
    assert run.stdout.startswith("Usage: zdsync plan [OPTIONS] TICKET")
    assert run.stdout.endswith("[]\n")
    run = subprocess.run(
        [sys.executable, "-m", "zdsync", "--version"], capture_output=True, text=True, cwd=tmp_path, check=True
    )
    assert "version" in run.stdout
