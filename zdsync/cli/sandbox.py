"""`zdsync sandbox`: a Zendesk on this machine, for `up`, for tests, and for anybody's Zendesk client."""

from __future__ import annotations

import sys

import click

from zdsync.supervise import end_with_parent


@click.command(context_settings={"ignore_unknown_options": True, "help_option_names": []}, add_help_option=False)
@click.argument("arguments", nargs=-1, type=click.UNPROCESSED)
def sandbox(arguments: tuple[str, ...]) -> None:
    """Run a Zendesk of your own on this machine; `zdsync sandbox --help` lists its options."""
    from zdsync.sandbox.__main__ import main

    end_with_parent()
    sys.exit(main(list(arguments)))
