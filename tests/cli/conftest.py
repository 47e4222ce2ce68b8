"""The fixture `zdsync`: calls a command as a shell beside the desk would."""

from __future__ import annotations

from pathlib import Path

import pytest
from click.testing import CliRunner, Result

from tests.cli.calls import Command
from tests.desk import Desk
from zdsync.cli import main


@pytest.fixture
def zdsync(desk: Desk, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Command:
    """See `calls.Command`. A command that ends with a traceback fails the test."""
    monkeypatch.chdir(tmp_path)

    def call(*arguments: str, **env: str | None) -> Result:
        result = CliRunner().invoke(main, arguments, env={**desk.env, **env})
        assert result.exception is None or isinstance(result.exception, SystemExit), result.output
        return result

    return call
