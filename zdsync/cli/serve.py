"""`zdsync worker`, `zdsync beat`, `zdsync web`: the three processes of a deployment; several workers may run.

Which of them, Redis and Zendesk is up first does not matter: each starts, says what it lacks, and waits. Faults of the
rules do not pass by waiting: a worker that knows no rules at all ends with them (exit code 1).
"""

from __future__ import annotations

import os
import socket
import sys
import threading
import warnings
from urllib.parse import urlsplit

import click
import structlog
from redis.exceptions import RedisError

from zdsync.cli.context import FINDINGS, fail, service_settings
from zdsync.logs import configure_logs
from zdsync.settings import Settings
from zdsync.supervise import end_with_parent
from zdsync.zendesk.errors import ZendeskError

log = structlog.get_logger()


@click.command()
@click.option("--concurrency", default=2, show_default=True, help="Tickets reconciled at the same time.")
def worker(concurrency: int) -> None:
    """Run a Celery worker that reconciles tickets. Start as many as you like, on as many machines."""
    settings = service_settings()
    configure_logs(settings.log)
    end_with_parent()
    from celery.platforms import SecurityWarning

    from tasks.app import app

    if _redis_answers(settings):
        _load_rules(settings)
    # Root is a danger where messages are pickled; ours are JSON. As root in a container is the operator's choice.
    warnings.filterwarnings("ignore", r"You're running the worker with superuser", SecurityWarning)
    running = app.Worker(
        hostname=f"zdsync-{os.getpid()}@{socket.gethostname()}",
        concurrency=concurrency,
        loglevel="WARNING",
        without_mingle=True,
        quiet=True,  # no banner: the log is one line of JSON per event
    )
    running.start()
    sys.exit(running.exitcode)


@click.command()
def beat() -> None:
    """Run Celery beat and the dispatcher. A second one does no harm."""
    settings = service_settings()
    configure_logs(settings.log)
    end_with_parent()
    from tasks.app import app
    from tasks.dispatch import dispatch_until
    from zdsync.wiring import wire

    _redis_answers(settings)
    stop = threading.Event()
    loop = threading.Thread(target=dispatch_until, args=(stop, app, wire(settings)), daemon=True, name="dispatch")
    loop.start()
    try:
        # The schedule is in the code and needs no memory of the last run: nothing is written to disk.
        app.Beat(scheduler="celery.beat:Scheduler", loglevel="WARNING", quiet=True).run()
    finally:
        stop.set()


@click.command()
@click.option("--listening", nargs=2, type=int, hidden=True, help="Descriptors of (public, private), from a parent.")
def web(listening: tuple[int, int] | None) -> None:
    """Run the receiver (public) and health, readiness and metrics (private)."""
    settings = service_settings()
    configure_logs(settings.log)
    end_with_parent()
    from zdsync.web.apps import apps_of
    from zdsync.web.doors import opened, received
    from zdsync.web.serve import BindError, serve

    _redis_answers(settings)
    if listening:
        serve(apps_of(settings), *received(listening))
        return
    try:
        with opened(settings) as (at, doors):
            serve(apps_of(at), *doors)
    except BindError as error:
        fail(str(error))


def _redis_answers(settings: Settings) -> bool:
    """Whether it does. If not, that is said in one line: with the address, never with what is secret in it."""
    from zdsync.wiring import store_of

    assert settings.redis_url is not None, "a service has one"
    try:
        store_of(settings).redis.ping()
    except RedisError as error:
        url = urlsplit(settings.redis_url.reveal())
        address = f"{url.scheme}://{url.netloc.rpartition('@')[2]}{url.path}"
        click.echo(
            f"Redis does not answer at {address} ({str(error).rstrip('.')}). This process waits for it: start Redis, "
            "or correct ZDSYNC_REDIS_URL and start this anew.",
            err=True,
        )
        return False
    return True


def _load_rules(settings: Settings) -> None:
    """A worker that starts with faultless rules puts them in force; with faults it does not start."""
    from zdsync.provision.hold import lacks_links
    from zdsync.rules.current import RulesDiffer
    from zdsync.rules.load import RulesError
    from zdsync.wiring import wire

    wiring = wire(settings)
    try:
        wiring.take_over_rules()
        if words := lacks_links(wiring.rules(), settings.links):
            log.warning("no links to the confirmation page", why=words)
    except RulesDiffer:
        return  # another machine has just put others in force; it is told ticket by ticket
    except RulesError as error:
        fail("\n".join(str(finding) for finding in error.findings), FINDINGS)
    except ZendeskError as error:
        click.echo(f"Zendesk is away ({error}); the worker starts and waits.", err=True)
