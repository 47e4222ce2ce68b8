"""What a process of a deployment says when it starts without what it needs."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest

from tests.desk import Desk, database
from zdsync.cli.serve import _load_rules, _redis_answers
from zdsync.settings import Secret, Settings

SECRET = "hush"
"""A port on which nobody listens: 1."""
AWAY = {
    f"redis://:{SECRET}@127.0.0.1:1/3": "redis://127.0.0.1:1/3",
    f"rediss://us:{SECRET}@[::1]:1/0": "rediss://[::1]:1/0",
}


@pytest.mark.parametrize(("url", "address"), AWAY.items())
def test_a_redis_that_does_not_answer_is_told_in_one_line_without_its_password(
    url: str, address: str, capsys: pytest.CaptureFixture[str]
) -> None:
    settings = replace(Settings.from_env({}, None), redis_url=Secret(url))
    assert not _redis_answers(settings)
    said = capsys.readouterr()
    (line,) = said.err.splitlines()
    assert line.startswith(f"Redis does not answer at {address} (")
    assert "ZDSYNC_REDIS_URL" in line
    assert SECRET not in said.err + said.out


def test_a_redis_that_answers_is_not_told_of(desk: Desk, capsys: pytest.CaptureFixture[str]) -> None:
    assert _redis_answers(Settings.from_env(desk.env, None))
    assert capsys.readouterr() == ("", "")


def test_a_worker_does_not_start_on_faulty_rules_and_says_which(
    desk: Desk, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    (tmp_path / "account.yaml").write_text("mode: loud\n", "utf-8")
    settings = Settings.from_env({**desk.env, "ZDSYNC_CONFIG": str(tmp_path)}, None)
    settings = replace(settings, redis_url=Secret(database(desk.env["ZDSYNC_REDIS_URL"])))
    with pytest.raises(SystemExit) as ended:
        _load_rules(settings)
    assert ended.value.code == 1
    assert "account.yaml:1:7" in capsys.readouterr().err
