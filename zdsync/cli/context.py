"""What commands share: settings with faults told in full, the parts that they need, and how a command ends."""

from __future__ import annotations

import os
import sys
from dataclasses import replace
from pathlib import Path
from typing import NoReturn

import click
from rich.console import Console

from zdsync.settings import Secret, Settings, SettingsError
from zdsync.store.server import running_url

FINDINGS = 1
USAGE = 2


def fail(words: str, code: int = USAGE) -> NoReturn:
    """End with a message for the person at the terminal."""
    click.echo(words, err=True)
    sys.exit(code)


WIDE = 120
"""Columns where the output is no terminal: in a file or a pipe nothing is cut or torn."""


def console() -> Console:
    """For people. Lines are as long as they are (tables: `soft_wrap=False`); brackets in an admin's words stay."""
    return Console(highlight=False, markup=False, soft_wrap=True, width=None if sys.stdout.isatty() else WIDE)


def settings() -> Settings:
    """The environment and `.env`; every fault in one go."""
    try:
        return Settings.from_env(os.environ, Path(".env"))
    except SettingsError as error:
        fail(str(error))


def account_settings() -> Settings:
    """Settings that name an account. Without a Redis of their own, with that of a `zdsync up` that runs here."""
    found = settings()
    if not found.has_account:
        fail(
            "No Zendesk account is configured. Write ZDSYNC_SUBDOMAIN and the credentials into .env "
            "(see .env.example), or start `zdsync up`, which brings a sandbox and prints how to reach it."
        )
    if found.redis_url is None and (url := running_url(found.redis_folder)):
        return replace(found, redis_url=Secret(url))
    return found


def service_settings() -> Settings:
    """Settings of a process that runs for good: an account and a Redis."""
    found = account_settings()
    if found.redis_url is None:
        fail(
            "No Redis is configured, and no `zdsync up` runs in this folder, which brings its own. Start it, or write "
            "ZDSYNC_REDIS_URL into .env."
        )
    return found
