"""`zdsync up` without an account: a sandbox, the processes, and a support week. `cli/up.py` calls `play`."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from zoneinfo import ZoneInfo

from redis.exceptions import RedisError
from rich.console import Console

from zdsync.demo.director import Director, Sandbox
from zdsync.demo.scenery import field_ids, furnished, open_window
from zdsync.demo.stage import SandboxFailed, beside, environment, prepared, sandbox_process, wait_until_ready
from zdsync.demo.story import Story
from zdsync.demo.summary import summary
from zdsync.demo.week import BEGINS, ZONE, acts
from zdsync.settings import Settings
from zdsync.supervise import Program, Supervisor
from zdsync.wiring import reading, store_of

WEEK_SECONDS = 75.0
"""Real time that the week takes when nobody says how long it may."""

SHARE = 0.6
"""Of the time given with `--for`, what the week takes; the rest is for what is still due, and for machines that have
more to do."""

STEP = 0.01
LAST_LINES = 50
"""Quiet steps before the week is called over: what the workers have just done is still on its way to the terminal."""

SUPERVISE_EVERY = 10
"""Steps between two rounds of supervision."""

Programs = Callable[[Settings, Mapping[str, str]], Sequence[Program]]


def play(
    found: Settings,
    programs: Programs,
    tend: Callable[[], None],
    seconds: float | None,
    stopped: list[bool],
    console: Console,
) -> None:
    """Run until the seconds are over, or until Ctrl-C; the week is over before that. Raises `SandboxFailed`.

    `tend` is called with each round of supervision, for what is not among the programs.
    """
    ends = time.monotonic() + seconds if seconds else None
    story = Story(console, ZoneInfo(ZONE))
    story.say("No account is configured: here is a sandbox, and a support week in it. Times are those of Paris.")
    story.say(
        f"It begins on {BEGINS:%A}, {BEGINS.day} {BEGINS:%B %Y}, when a maintenance of the week after is announced."
    )
    with (
        tempfile.TemporaryDirectory(prefix="zdsync-") as folder,
        sandbox_process("--rate", "0", "--now", BEGINS.isoformat()) as (process, address),
    ):
        sandbox = Sandbox(address.control)
        settings, answers = prepared(furnished(beside(found, address), Path(folder)), sandbox)
        story.say(f"The account is probed: {answers} answers are good.")
        env = environment(settings)
        _write_env(found.state, env)
        supervisor = Supervisor(programs(settings, env), story.output)
        supervisor.start()
        try:

            def look() -> None:
                tend()
                supervisor.look()

            wait_until_ready(settings, look, stopped)
            store = store_of(settings)
            open_window(settings, store, look, stopped)
            fields = field_ids(reading(settings).zendesk)
            sandbox.run(1)
            length = WEEK_SECONDS if ends is None else max(1.0, (ends - time.monotonic()) * SHARE)
            director = Director(sandbox, store.due, acts(), length, fields, on_act=story.person, on_mails=story.mails)
            _direct(director, look, process, story, settings, stopped, ends)
        finally:
            supervisor.stop()
        console.print(summary(store.metrics))


def _direct(
    director: Director,
    look: Callable[[], None],
    sandbox: subprocess.Popen[str],
    story: Story,
    settings: Settings,
    stopped: list[bool],
    ends: float | None,
) -> None:
    rounds = quiet = 0
    over = False
    while not stopped and (ends is None or time.monotonic() < ends):
        if sandbox.poll() is not None:
            raise SandboxFailed(f"The sandbox ended with exit code {sandbox.returncode}; its tickets are gone.")
        if rounds % SUPERVISE_EVERY == 0:
            look()
        rounds += 1
        try:
            quiet = quiet + 1 if director.step() else 0
        except RedisError:
            look()  # which brings it back
        if quiet >= LAST_LINES and not over:
            over = True
            story.say(_afterwards(settings, director.tickets) if ends is None else "The week is over.")
        time.sleep(STEP)


def _afterwards(settings: Settings, tickets: Mapping[str, int]) -> str:
    zdsync = "zdsync" if shutil.which("zdsync") else os.path.relpath(Path(sys.executable).with_name("zdsync"))
    return (
        "The week is over; everything stays up until Ctrl-C. In a second terminal:\n"
        f"  set -a; . {settings.state}/sandbox.env; set +a\n"
        f"  {zdsync} explain {tickets['login']}; {zdsync} plan {tickets['rapport']}; {zdsync} doctor\n"
        f"  {zdsync} report availability --month {BEGINS:%Y-%m}; {zdsync} report incident {tickets['outage']}\n"
        f"The sandbox is at {settings.base_url}, metrics at http://{settings.private_bind}/metrics."
    )


def _write_env(state: Path, env: Mapping[str, str]) -> None:
    """For a second terminal. It holds the sandbox's token and our Redis' password: for our eyes only."""
    state.mkdir(parents=True, exist_ok=True)
    path = state / "sandbox.env"
    path.touch(mode=0o600)
    path.write_text("".join(f"{name}='{value}'\n" for name, value in env.items()))
