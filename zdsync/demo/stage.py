"""Sets the stage: a sandbox as a process of its own, what an admin does once on an account, our processes ready.

The support week (`run.py`) is played on it; benches and tests with real processes use it too.
"""

from __future__ import annotations

import json
import os
import secrets
import subprocess
import sys
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, replace

import requests

from zdsync.clock import SandboxClock
from zdsync.control import PROBED_TAG, set_switch
from zdsync.demo.director import Sandbox
from zdsync.probe import probe
from zdsync.provision.apply import provision
from zdsync.provision.wanted import WEBHOOK
from zdsync.settings import ApiToken, Secret, Settings
from zdsync.wiring import Account, loader, session_of
from zdsync.zendesk.client import Zendesk

READY_WITHIN = 60.0


@dataclass(frozen=True)
class Address:
    """What the sandbox prints when it is up."""

    url: str
    email: str
    token: str
    control: str


class SandboxFailed(Exception):
    """The sandbox did not start, or ended: its tickets are gone, so the run ends too."""


@contextmanager
def sandbox_process(*arguments: str) -> Iterator[tuple[subprocess.Popen[str], Address]]:
    """A sandbox with these arguments of `zdsync sandbox`, until the block ends. Raises `SandboxFailed`."""
    argv = [sys.executable, "-m", "zdsync", "sandbox", "--port", "0", "--json", *arguments]
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
        yield process, Address(told["url"], told["email"], told["token"], told["control"])
    finally:
        process.terminate()
        try:
            process.wait(10)
        except subprocess.TimeoutExpired:
            process.kill()
            process.wait()


def beside(found: Settings, address: Address) -> Settings:
    """The settings of processes that work with that sandbox. Links to the confirmation page lead to this machine."""
    return replace(
        found,
        base_url=address.url,
        credential=ApiToken(address.email, Secret(address.token)),
        sandbox_control=address.control,
        public_url=f"http://localhost:{found.public_bind.port}",
        link_keys=(Secret(secrets.token_hex()),),
    )


def prepared(settings: Settings, sandbox: Sandbox) -> tuple[Settings, int]:
    """What an admin does once on a real account: the probe, and `zdsync provision --apply`.

    Gives the settings with the webhook's secret, and how many answers of the probe are good. Raises `SandboxFailed`,
    and `RulesError` for rules with faults.
    """
    clock = SandboxClock(str(settings.sandbox_control))
    session = session_of(settings, clock, None)
    zendesk = Zendesk(session)
    answers = list(probe(lambda: session_of(settings, clock, None), sandbox.now(), sleep=sandbox.advance))
    set_switch(zendesk, sandbox.now(), PROBED_TAG, True, "Passed the probe of `zdsync up`.")
    account = Account(zendesk)
    rulebook = loader(settings, account)()
    for done in provision(zendesk, int(account.me()["id"]), rulebook, f"http://{settings.public_bind}/webhook"):
        if done.refused:
            raise SandboxFailed(f"{done.step.name} could not be made in the sandbox: {done.refused}")
    webhook = next(row for row in zendesk.webhooks() if row["name"] == WEBHOOK)
    secret = Secret(zendesk.signing_secret(webhook["id"]))
    return replace(settings, webhook_secrets=(secret,)), sum(each.verdict == "ok" for each in answers)


def environment(settings: Settings) -> dict[str, str]:
    """The settings as the variables that our processes, and a second terminal, read them from."""
    assert isinstance(settings.credential, ApiToken)
    assert settings.redis_url is not None
    return {
        "ZDSYNC_BASE_URL": settings.base_url or "",
        "ZDSYNC_EMAIL": settings.credential.email,
        "ZDSYNC_API_TOKEN": settings.credential.token.reveal(),
        "ZDSYNC_WEBHOOK_SECRETS": ",".join(secret.reveal() for secret in settings.webhook_secrets),
        "ZDSYNC_PUBLIC_URL": settings.public_url or "",
        "ZDSYNC_LINK_KEYS": ",".join(key.reveal() for key in settings.link_keys),
        "ZDSYNC_REDIS_URL": settings.redis_url.reveal(),
        "ZDSYNC_SANDBOX_CONTROL": settings.sandbox_control or "",
        "ZDSYNC_PUBLIC_BIND": str(settings.public_bind),
        "ZDSYNC_PRIVATE_BIND": str(settings.private_bind),
        "ZDSYNC_CONFIG": str(settings.config.resolve()),
        "ZDSYNC_LOG": "json",
    }


def wait_until_ready(settings: Settings, look: Callable[[], object], stopped: Sequence[object] = ()) -> None:
    """Until all processes have given a sign of life and the index is filled, calling `look` meanwhile.

    Gives up once `stopped` has something in it, or after `READY_WITHIN` seconds.
    """
    url = f"http://{settings.private_bind}/readyz"
    patience = time.monotonic() + READY_WITHIN
    wanted = {"worker", "beat", "index", "rulebook"}
    while not stopped and time.monotonic() < patience:
        look()
        try:
            checks = requests.get(url, timeout=2).json()["checks"]
        except (requests.RequestException, ValueError):
            checks = {}
        if all(checks.get(name, {}).get("ok") for name in wanted):
            return
        time.sleep(0.1)
