"""`zdsync provision`: what the account needs for the rules in `config/`, and, with --apply, makes it.

Exit codes: 0 nothing to do or all applied, 1 something is missing, could not be made, or needs a person, 2 usage.
"""

from __future__ import annotations

import json
import sys
from collections.abc import Iterable
from urllib.parse import urlsplit

import click

from zdsync.cli.context import FINDINGS, account_settings, fail
from zdsync.cli.context import console as new_console
from zdsync.control import read_control
from zdsync.provision.apply import Done, Survey, apply, survey
from zdsync.provision.compare import MISSING, Step
from zdsync.provision.wanted import WEBHOOK
from zdsync.rules.load import RulesError
from zdsync.settings import Settings
from zdsync.wiring import Reading, loader, reading
from zdsync.zendesk.errors import ZendeskError

MARKS = {
    "keep": "[green]ok        [/]",
    "know": "[yellow]note      [/]",
    "see to": "[red]see to    [/]",
    "make": "[cyan]make      [/]",
    "change": "[cyan]change    [/]",
    "switch off": "[cyan]switch off[/]",
}
NO_WEBHOOK = "The account has no webhook of ours yet; `zdsync provision --webhook-url … --apply` makes it."
DONE = {"make": "made", "change": "changed", "switch off": "switched off"}


def _endpoint(ctx: click.Context, parameter: click.Parameter, given: str | None) -> str | None:
    parts = urlsplit(given or "")
    if given and not (parts.scheme in ("http", "https") and parts.hostname and parts.path.endswith("/webhook")):
        raise click.BadParameter("write it like https://your-host/webhook, which the receiver answers at")
    return given


@click.command()
@click.option("--apply", "with_apply", is_flag=True, help="Make and change it; without it nothing is changed.")
@click.option("--webhook-url", callback=_endpoint, help="Where Zendesk reaches the receiver: https://host/webhook.")
@click.option(
    "--show-secret",
    is_flag=True,
    help="Print only our webhook's secret, as a line for .env.",
)
@click.option("--json", "as_json", is_flag=True, help="For programs.")
def provision(with_apply: bool, webhook_url: str | None, show_secret: bool, as_json: bool) -> None:
    """Show what the account needs for the rules and lacks. With --apply, make it; touch nothing made by others.

    Exit code 1 if something is left to do.
    """
    settings = account_settings()
    url = webhook_url or _endpoint_of(settings)
    parts = reading(settings)
    if show_secret and not (with_apply or as_json):
        click.echo(_line(_secret(parts) or fail(NO_WEBHOOK, FINDINGS)))
        return
    before = _surveyed(settings, parts, url)
    done = list(apply(parts.zendesk, before)) if with_apply else [Done(step) for step in before.steps]
    secret = _secret(parts) if show_secret else None
    if as_json:
        rows = [_row(each, with_apply) for each in done]
        click.echo(
            json.dumps({"steps": rows, **({"signing_secret": secret} if secret else {})}, indent=2, ensure_ascii=False)
        )
    else:
        _tell(done, with_apply)
        _tell_of_the_secret(settings, parts, secret)
    sys.exit(FINDINGS if any(_is_left(each, with_apply) for each in done) else 0)


def _endpoint_of(settings: Settings) -> str | None:
    if settings.webhook_url is not None and not urlsplit(settings.webhook_url).path.endswith("/webhook"):
        fail("ZDSYNC_WEBHOOK_URL: does not end in /webhook, where the receiver answers; write https://host/webhook")
    return settings.webhook_url


def _surveyed(settings: Settings, parts: Reading, url: str | None) -> Survey:
    try:
        rulebook = loader(settings, parts.account)()
        own_id = int(parts.account.me()["id"])  # first: without a reply the clock knows this machine's month only
        probed = read_control(parts.zendesk, parts.clock.now()).probed
        return survey(parts.zendesk, own_id, rulebook, url, probed=probed)
    except RulesError as error:
        fail("\n".join(str(finding) for finding in error.findings), FINDINGS)
    except ZendeskError as error:
        fail(f"{settings.base_url} could not be read: {error}", FINDINGS)


def _secret(parts: Reading) -> str | None:
    """The signing secret of our webhook, where there is one."""
    try:
        ours = next((each for each in parts.zendesk.webhooks() if each.get("name") == WEBHOOK), None)
        return parts.zendesk.signing_secret(ours["id"]) if ours else None
    except ZendeskError as error:
        fail(f"The webhook's signing secret could not be read: {error}", FINDINGS)


def _line(secret: str) -> str:
    return f"ZDSYNC_WEBHOOK_SECRETS={secret}"


def _is_left(each: Done, applied: bool) -> bool:
    """Whether something is still to be done."""
    return bool(each.refused) or each.step.do == "see to" or (each.step.changes and not applied)


def _row(each: Done, applied: bool) -> dict[str, object]:
    step: Step = each.step
    row: dict[str, object] = {"kind": step.kind, "name": step.name, "do": step.do, "words": step.words}
    return {**row, "done": step.changes and applied and not each.refused, "refused": each.refused or None}


def _tell(done: Iterable[Done], applied: bool) -> None:
    console = new_console()
    changes = 0
    for each in done:
        step = each.step
        changes += step.changes
        mark, words = MARKS[step.do], step.words
        if each.refused:
            mark, words = "[red]refused   [/]", each.refused
        elif applied and step.changes:
            mark, words = f"[green]{DONE[step.do]:10}[/]", words.removeprefix(MISSING)
        console.print(f"{mark} {step.title}: ", end="", markup=True)
        console.print(words)
    if not changes:
        console.print("Nothing to change.")
    elif not applied:
        console.print(f"{changes} to change; `zdsync provision --apply` does it.")


def _tell_of_the_secret(settings: Settings, parts: Reading, secret: str | None) -> None:
    """Without its secret in our settings the webhook's calls are refused."""
    if secret:
        click.echo(f"\n{_line(secret)}")
        return
    known = {each.reveal() for each in settings.webhook_secrets}
    found = _secret(parts)
    if found is not None and found not in known:
        click.echo(
            "The receiver does not know the webhook's signing secret. Write it into .env as ZDSYNC_WEBHOOK_SECRETS;\n"
            "it is shown by `zdsync provision --show-secret`, and in Admin Center > Apps and integrations > Webhooks."
        )
