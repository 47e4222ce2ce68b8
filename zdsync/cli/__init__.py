"""The `zdsync` command. Each command is a file of its own, loaded when it is called, so that none waits for Celery.

Exit codes everywhere: 0 fine, 1 findings, 2 usage or configuration.
"""

from __future__ import annotations

import importlib

import click

COMMANDS = {
    # name: (file, what it does in one line, in the order of the help)
    "up": ("up", "Run everything here: Redis, worker, beat and web; the sandbox too without an account."),
    "web": ("serve", "Run the receiver and the operator's endpoints."),
    "worker": ("serve", "Run a Celery worker that reconciles tickets."),
    "beat": ("serve", "Run Celery beat and the dispatcher."),
    "sandbox": ("sandbox", "Run a Zendesk of your own on this machine."),
    "init": ("init", "Begin a configuration for a real account; --add brings an older one up to date."),
    "check": ("check", "Report every fault of the rules, with place and remedy."),
    "test": ("test", "Play the stories of the configuration against its rules."),
    "schema": ("schema", "Print the JSON Schema of the rule files."),
    "plan": ("ticket", "Show what would be done to a ticket now, and do nothing."),
    "explain": ("ticket", "Show a ticket's clocks interval by interval, and each rule's verdict."),
    "preview": ("preview", "Show a message as its reader gets it; with --ticket, what would be said there now."),
    "report": ("report", "Availability, incidents, what waits, mail set aside, shadow rules, what agents call wrong."),
    "maintenance": ("maintenance", "Where maintenance windows stand; announce, start, extend, complete or cancel one."),
    "pause": ("switches", "Stop every effect, on this account, at once."),
    "release": ("switches", "Take the pause off again."),
    "resync": ("switches", "Look at every unclosed ticket anew."),
    "provision": ("provision", "Show what the account needs for the rules and lacks; --apply makes it."),
    "doctor": ("doctor", "Check account, credentials, rules and Redis; --probe settles what only a ticket can tell."),
}


class _Commands(click.Group):
    """Commands by name, each imported only when it is used."""

    def list_commands(self, ctx: click.Context) -> list[str]:
        return list(COMMANDS)

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:
        if cmd_name not in COMMANDS:
            return None
        module = importlib.import_module(f"zdsync.cli.{COMMANDS[cmd_name][0]}")
        command = getattr(module, cmd_name)
        assert isinstance(command, click.Command)
        return command

    def format_commands(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:
        with formatter.section("Commands"):
            formatter.write_dl([(name, words) for name, (_, words) in COMMANDS.items()])


@click.group(cls=_Commands, context_settings={"help_option_names": ["-h", "--help"]})
@click.version_option(package_name="zdsync")
def main() -> None:
    """Keep a support desk's service policy on Zendesk, to the minute."""
