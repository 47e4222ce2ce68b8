"""`zdsync pause`, `release` and `resync`: what an operator does to the whole account."""

from __future__ import annotations

import getpass
import os
import time

import click
from redis.exceptions import RedisError

from zdsync.cli.context import FINDINGS, account_settings, fail, service_settings
from zdsync.control import STOP_TAG, set_switch
from zdsync.resync import begin
from zdsync.settings import Settings
from zdsync.wiring import reading, store_of, wire
from zdsync.zendesk.errors import Conflict, ZendeskError

TRIES = 3
"""Somebody may write the control ticket at the same moment."""


@click.command()
@click.argument("reason", nargs=-1)
def pause(reason: tuple[str, ...]) -> None:
    """Stop every effect on this account at once, for the REASON given. Reading goes on.

    The pause is a tag on the control ticket, so it outlives this machine and every Redis; agents can set it too.
    """
    _switch(on=True, note=f"Paused by {who()} with `zdsync pause`. {' '.join(reason)}".strip())
    click.echo("Paused: nothing more is written until `zdsync release`. Triggers in Zendesk act on.")


@click.command()
def release() -> None:
    """Take the pause off again."""
    _switch(on=False, note=f"Released by {who()} with `zdsync release`.")
    click.echo("Released. What was held back goes on within a minute.")


@click.command()
def resync() -> None:
    """Look at every unclosed ticket anew. Deletes nothing; may run while everything is live."""
    parts = wire(service_settings()).parts
    try:
        begun = begin(parts)
    except RedisError as error:
        fail(f"Redis is away: {error}", FINDINGS)
    if not begun:
        fail("A resync is under way already.", FINDINGS)
    click.echo("The workers begin within seconds; their log says `resynced` with the number of tickets.")


def who() -> str:
    """For the note on the control ticket. A container's user often has no name."""
    try:
        return getpass.getuser()
    except (KeyError, OSError):
        return f"user {os.getuid()}"


def _switch(*, on: bool, note: str) -> None:
    """First the fast mirror, then the record in Zendesk: a pause holds from the first moment on."""
    settings = account_settings()
    store = store_of(settings) if settings.redis_url else None
    paused = False
    if on and store:
        try:
            store.brakes.pause(note)
            paused = True
        except RedisError as error:
            click.echo(f"Redis is away ({error}); the tag on the control ticket stops the workers within a minute.")
    _tag(settings, on, note, if_refused=" The workers of this Redis are paused all the same." if paused else "")
    if store:
        try:
            if not on:
                store.brakes.unpause()
            store.brakes.forget_control()
        except RedisError as error:
            if not on:
                fail(f"The tag is off, but Redis is away and may hold the pause: {error}", FINDINGS)


def _tag(settings: Settings, on: bool, note: str, if_refused: str) -> None:
    parts = reading(settings)
    for _ in range(TRIES):
        try:
            set_switch(parts.zendesk, parts.clock.now(), STOP_TAG, on, note)
        except Conflict:
            time.sleep(1.2)  # a stamp has whole seconds
        except ZendeskError as error:
            fail(f"The control ticket could not be written: {error}.{if_refused}", FINDINGS)
        else:
            return
    fail(f"The control ticket is being written by somebody else; try again.{if_refused}", FINDINGS)
