"""`zdsync up` without an account: a sandbox, the processes, and a support week. `cli/up.py` calls `play`."""

from __future__ import annotations

import json
import os
import socket
import subprocess
import sys
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, replace
from pathlib import Path
from zoneinfo import ZoneInfo

import requests
from rich.console import Console

from zdsync.clock import SandboxClock
from zdsync.control import PROBED_TAG, set_switch
from zdsync.demo.director import Director, Sandbox
from zdsync.demo.story import Story
from zdsync.demo.summary import summary
from zdsync.demo.week import BEGINS, ZONE, acts
from zdsync.probe import probe
from zdsync.settings import ApiToken, Bind, Secret, Settings
from zdsync.supervise import Program, Supervisor
from zdsync.wiring import session_of, store_of
from zdsync.zendesk.client import Zendesk
from zdsync.zendesk.session import ApiSession

WEEK_SECONDS = 75.0
"""Real time that the week takes when nobody says how long it may."""

SHARE = 0.85
"""Of the time given with `--for`, what the week takes; the rest is for what is still due."""

STEP = 0.01
SUPERVISE_EVERY = 10
"""Steps between two rounds of supervision."""

READY_WITHIN = 60.0

Programs = Callable[[Settings, Mapping[str, str]], Sequence[Program]]


@dataclass(frozen=True)
class _Address:
    """What the sandbox prints when it is up."""

    url: str
    email: str
    token: str
    control: str


class SandboxFailed(Exception):
    """The sandbox did not start, or ended: its tickets are gone, so the run ends too."""


def play(found: Settings, programs: Programs, seconds: float | None, stopped: list[bool], console: Console) -> None:
    """Run until the seconds are over, or until Ctrl-C; the week is over before that. Raises `SandboxFailed`."""
    ends = time.monotonic() + seconds if seconds else None
    story = Story(console, ZoneInfo(ZONE))
    story.say("No account is configured: here is a sandbox, and a support week in it. Times are those of Paris.")
    with _sandbox_process() as (process, address):
        settings = replace(
            found,
            base_url=address.url,
            credential=ApiToken(address.email, Secret(address.token)),
            sandbox_control=address.control,
            public_bind=_free(found.public_bind),
            private_bind=_free(found.private_bind),
        )
        sandbox = Sandbox(address.control)
        session = session_of(settings, SandboxClock(address.control), None)
        settings = _prepared(settings, session, sandbox, story)
        env = environment(settings)
        _write_env(found.state, env)
        supervisor = Supervisor(programs(settings, env), story.output)
        supervisor.start()
        try:
            _wait_until_ready(settings, supervisor, stopped)
            sandbox.run(1)
            length = WEEK_SECONDS if ends is None else max(1.0, (ends - time.monotonic()) * SHARE)
            store = store_of(settings)
            director = Director(sandbox, store.due, acts(), length, on_act=story.person)
            _direct(director, supervisor, process, story, settings, stopped, ends)
            console.print(summary(store.metrics))
        finally:
            supervisor.stop()


def environment(settings: Settings) -> dict[str, str]:
    """The settings as the variables that our processes, and a second terminal, read them from."""
    assert isinstance(settings.credential, ApiToken)
    assert settings.redis_url is not None
    return {
        "ZDSYNC_BASE_URL": settings.base_url or "",
        "ZDSYNC_EMAIL": settings.credential.email,
        "ZDSYNC_API_TOKEN": settings.credential.token.reveal(),
        "ZDSYNC_WEBHOOK_SECRETS": ",".join(secret.reveal() for secret in settings.webhook_secrets),
        "ZDSYNC_REDIS_URL": settings.redis_url.reveal(),
        "ZDSYNC_SANDBOX_CONTROL": settings.sandbox_control or "",
        "ZDSYNC_PUBLIC_BIND": str(settings.public_bind),
        "ZDSYNC_PRIVATE_BIND": str(settings.private_bind),
        "ZDSYNC_CONFIG": str(settings.config.resolve()),
        "ZDSYNC_LOG": "json",
    }


def _prepared(settings: Settings, session: ApiSession, sandbox: Sandbox, story: Story) -> Settings:
    """What an admin does once on a real account: the probe, the webhook and its trigger."""
    zendesk = Zendesk(session)
    answers = list(probe(lambda: session_of(settings, SandboxClock(str(settings.sandbox_control)), None),
                         sandbox.now(), sleep=sandbox.advance))  # fmt: skip
    set_switch(zendesk, sandbox.now(), PROBED_TAG, True, "Passed the probe of `zdsync up`.")
    story.say(f"The account is probed: {sum(each.verdict == 'ok' for each in answers)} answers are good.")
    webhook = session.request(
        "POST",
        f"{session.base_url}/api/v2/webhooks",
        json={
            "webhook": {
                "name": "zdsync",
                "status": "active",
                "endpoint": f"http://{settings.public_bind}/webhook",
                "http_method": "POST",
                "request_format": "json",
                "subscriptions": ["conditional_ticket_events"],
            }
        },
    ).json()["webhook"]
    me = zendesk.me()
    assert me is not None
    session.request(
        "POST",
        f"{session.base_url}/api/v2/triggers.json",
        json={
            "trigger": {
                "title": "Tell zdsync of every change that is not its own",
                "conditions": {"all": [{"field": "role", "operator": "is_not", "value": str(me["id"])}]},
                "actions": [
                    {"field": "notification_webhook", "value": [webhook["id"], '{"ticket_id": "{{ticket.id}}"}']}
                ],
            }
        },
    )
    return replace(settings, webhook_secrets=(Secret(zendesk.signing_secret(webhook["id"])),))


def _direct(
    director: Director,
    supervisor: Supervisor,
    sandbox: subprocess.Popen[str],
    story: Story,
    settings: Settings,
    stopped: list[bool],
    ends: float | None,
) -> None:
    rounds = 0
    over = False
    while not stopped and (ends is None or time.monotonic() < ends):
        if sandbox.poll() is not None:
            raise SandboxFailed(f"The sandbox ended with exit code {sandbox.returncode}; its tickets are gone.")
        if rounds % SUPERVISE_EVERY == 0:
            supervisor.look()
        rounds += 1
        director.step()
        if director.finished and not over:
            over = True
            story.say(_afterwards(settings) if ends is None else "The week is over.")
        time.sleep(STEP)


def _afterwards(settings: Settings) -> str:
    return (
        "The week is over; everything stays up until Ctrl-C. In a second terminal:\n"
        f"  set -a; . {settings.state}/sandbox.env; set +a\n"
        "  zdsync explain 4; zdsync plan 9; zdsync doctor\n"
        f"The sandbox is at {settings.base_url}, metrics at http://{settings.private_bind}/metrics."
    )


@contextmanager
def _sandbox_process() -> Iterator[tuple[subprocess.Popen[str], _Address]]:
    argv = [
        sys.executable,
        "-m",
        "zdsync",
        "sandbox",
        "--port",
        "0",
        "--json",
        "--rate",
        "0",
        "--now",
        BEGINS.isoformat(),
    ]
    process = subprocess.Popen(  # noqa: S603 - our own program
        argv,
        stdout=subprocess.PIPE,
        text=True,
        start_new_session=True,
        env={**os.environ, "ZDSYNC_PARENT": str(os.getpid())},
    )
    try:
        assert process.stdout is not None
        line = process.stdout.readline()
        if not line:
            raise SandboxFailed(f"The sandbox did not start (exit code {process.wait(10)}).")
        told = json.loads(line)
        yield process, _Address(told["url"], told["email"], told["token"], told["control"])
    finally:
        process.terminate()
        try:
            process.wait(10)
        except subprocess.TimeoutExpired:
            process.kill()
            process.wait()


def _wait_until_ready(settings: Settings, supervisor: Supervisor, stopped: list[bool]) -> None:
    """Until all processes have given a sign of life and the index is filled."""
    url = f"http://{settings.private_bind}/readyz"
    patience = time.monotonic() + READY_WITHIN
    wanted = {"worker", "beat", "index", "rulebook"}
    while not stopped and time.monotonic() < patience:
        supervisor.look()
        try:
            checks = requests.get(url, timeout=2).json()["checks"]
        except (requests.RequestException, ValueError):
            checks = {}
        if all(checks.get(name, {}).get("ok") for name in wanted):
            return
        time.sleep(0.1)


def _free(wanted: Bind) -> Bind:
    """The wanted address, or one with a free port where that is taken: a demo should not fail over it."""
    for port in (wanted.port, 0):
        with socket.socket() as probe_socket:
            probe_socket.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            try:
                probe_socket.bind((wanted.host, port))
            except OSError:
                continue
            return Bind(wanted.host, probe_socket.getsockname()[1])
    return wanted


def _write_env(state: Path, env: Mapping[str, str]) -> None:
    """For a second terminal. It holds the sandbox's token and our Redis' password: for our eyes only."""
    state.mkdir(parents=True, exist_ok=True)
    path = state / "sandbox.env"
    path.touch(mode=0o600)
    path.write_text("".join(f"{name}='{value}'\n" for name, value in env.items()))
