"""`zdsync worker`, `zdsync beat`, `zdsync web`: the three processes of a deployment; several workers may run."""

from __future__ import annotations

import os
import socket
import sys
import threading
import warnings

import click
import structlog

from zdsync.cli.context import fail, service_settings
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

    if listening:
        serve(apps_of(settings), *received(listening))
        return
    try:
        with opened(settings) as (at, doors):
            serve(apps_of(at), *doors)
    except BindError as error:
        fail(str(error))


def _load_rules(settings: Settings) -> None:
    """A worker that starts with faultless rules puts them in force; with faults it does not start."""
    from zdsync.provision.hold import lacks_links
    from zdsync.rules.current import RulesDiffer
    from zdsync.rules.load import RulesError
    from zdsync.wiring import wire

    try:
        wiring = wire(settings)
        wiring.take_over_rules()
        if words := lacks_links(wiring.rules(), settings.links):
            log.warning("no links to the confirmation page", why=words)
    except (RulesDiffer, RulesError):
        return  # which is told where it matters: with the faults, or ticket by ticket
    except ZendeskError as error:
        click.echo(f"Zendesk is away ({error}); the worker starts and waits.", err=True)
