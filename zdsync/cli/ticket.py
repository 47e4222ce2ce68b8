"""`zdsync plan TICKET` and `zdsync explain TICKET`: the very plan that a worker would carry out, and its reasons.

Both read the ticket from Zendesk and call the same `evaluate`; they need no Redis and change nothing.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Sequence
from typing import Any

import click
from rich.box import SIMPLE_HEAD
from rich.console import Console
from rich.table import Table

from zdsync.campaign import texts_for
from zdsync.cli.context import console as new_console
from zdsync.cli.seen import Seen, look
from zdsync.core.actions import OpenTasks, SendNotices
from zdsync.core.clocks import Measured
from zdsync.core.durations import in_words
from zdsync.core.evaluate import Reason
from zdsync.core.model import Notices, Person, Tasks, Update
from zdsync.core.when import Verdict


@click.command()
@click.argument("ticket", type=int)
@click.option("--json", "as_json", is_flag=True, help="For programs.")
def plan(ticket: int, as_json: bool) -> None:
    """Show what would be done to TICKET now, and do nothing."""
    seen = look(ticket)
    if as_json:
        click.echo(json.dumps(_plan_data(seen), indent=2, ensure_ascii=False))
        return
    console = new_console()
    console.print(f"Ticket {ticket} at {seen.local(seen.now)}")
    would = seen.plan
    if not (would.updates or would.notices or would.tasks or would.shadow or would.shadow_creates):
        console.print("  nothing to do")
    _print_updates(console, "would be done now", would.updates)
    if would.notices is not None:
        _print_notices(console, "would create", would.notices.rule, would.notices, seen)
    if would.tasks is not None:
        _print_tasks(console, "would open", would.tasks.rule, would.tasks)
    if seen.brake:
        console.print(f"  but nothing is done: {seen.brake}")
    _print_updates(console, "rules in shadow would do", would.shadow)
    for rule, action in would.shadow_creates:
        if isinstance(action, SendNotices):
            _print_notices(console, "in shadow it would create", rule, action, seen)
        else:
            _print_tasks(console, "in shadow it would open", rule, action)
    if seen.plan.wake_at is not None:
        console.print(f"  looks again at {seen.local(seen.plan.wake_at)}, or when the ticket changes")
    for reason in seen.plan.reasons:
        console.print(f"  {_reason_words(reason)}")


@click.command()
@click.argument("ticket", type=int)
@click.option("--json", "as_json", is_flag=True, help="For programs.")
def explain(ticket: int, as_json: bool) -> None:
    """Show TICKET's clocks interval by interval, and why each rule acts or does not."""
    seen = look(ticket)
    if as_json:
        click.echo(json.dumps(_explain_data(seen), indent=2, ensure_ascii=False))
        return
    console = new_console()
    status, priority = seen.history.ticket.status, seen.history.ticket.priority or "none"
    console.print(f"Ticket {ticket} at {seen.local(seen.now)}: {status}, priority {priority}")
    for measured in seen.plan.clocks:
        console.print(_clock_table(measured, seen), soft_wrap=False)
    for reason in seen.plan.reasons:
        console.print(_reason_words(reason))
        for leaf in _leaves(reason.verdict):
            console.print(f"  [{'X' if leaf.held else ' '}] {leaf.words}")
        for words in reason.dropped:
            console.print(f"  not: {words}")
    for audit in seen.history.audits:
        for words in audit.unusable:
            console.print(f"audit {audit.id}: could not use {words}")


def _print_updates(console: Console, title: str, updates: Sequence[Update]) -> None:
    for update in updates:
        console.print(f"  {title}, for {', '.join(update.rules)}:")
        for words in update.words:
            console.print(f"    {words}")
        if update.message is not None:
            what = "public comment" if update.message.public else "internal note"
            console.print(f"    {what}:")
            for line in update.message.body.splitlines():
                console.print(f"      | {line}")
        if update.merge is not None:
            console.print(f"    internal note on #{update.merge.into}, with the files:")
            for line in update.merge.target_comment.splitlines():
                console.print(f"      | {line}")
            console.print("    public comment, as the ticket is closed:")
            for line in update.merge.source_comment.splitlines():
                console.print(f"      | {line}")


def _print_notices(console: Console, would: str, rule: str, wanted: Notices | SendNotices, seen: Seen) -> None:
    """How many, and one in each language."""
    console.print(f"  {would} {len(wanted.to)} notices of {wanted.campaign.name}, for {rule}:")
    for locale, contacts in _by_locale(wanted.to).items():
        subject, body = texts_for(contacts[0], wanted.campaign, seen.rulebook)
        console.print(f"    {len(contacts)} in {locale}, as to user {contacts[0].id}: {subject}")
        for line in body.splitlines():
            console.print(f"      | {line}")


def _print_tasks(console: Console, would: str, rule: str, wanted: Tasks | OpenTasks) -> None:
    console.print(f"  {would} {len(wanted.tasks)} tasks, for {rule}:")
    for task in wanted.tasks:
        console.print(f"    {task.what}")


def _by_locale(people: Iterable[Person]) -> dict[str, list[Person]]:
    """Whom it is for, the most frequent language first."""
    found: dict[str, list[Person]] = {}
    for contact in people:
        found.setdefault(contact.locale, []).append(contact)
    return dict(sorted(found.items(), key=lambda pair: -len(pair[1])))


def _reason_words(reason: Reason) -> str:
    rule = f'rule "{reason.rule}" ({reason.source})' if reason.rule else "zdsync"
    return f"{rule}: {reason.outcome}; {reason.words}"


def _leaves(verdict: Verdict | None) -> list[Verdict]:
    """The conditions that look at the ticket, without the all, any and not around them."""
    if verdict is None:
        return []
    return [leaf for part in verdict.parts for leaf in _leaves(part)] if verdict.parts else [verdict]


def _clock_table(measured: Measured, seen: Seen) -> Table:
    """One row for each piece of the clock's life, then what it comes to."""
    clock, schedule = measured.clock, measured.schedule
    total = in_words(clock.elapsed(schedule, seen.now))
    promise = f" of {in_words(measured.target)}" if measured.target is not None else ""
    end = "fulfilled" if clock.ended_at is not None else "running" if clock.running else f"stands still: {clock.pause}"
    title = f"{clock.metric}: {total}{promise}, {end}"
    table = Table(title=title, title_justify="left", title_style="bold", box=SIMPLE_HEAD, show_edge=False)
    for name in ("from", "to", "counted", "because"):
        table.add_column(name, no_wrap=True)
    for each in clock.intervals(schedule, seen.now):
        counted = in_words(each.end - each.start) if each.counted else "-"
        table.add_row(seen.local(each.start), seen.local(each.end), counted, each.why)
    if measured.due is not None and measured.due.at is not None:
        table.caption = f"runs out {seen.local(measured.due.at)}"
        table.caption_justify = "left"
    return table


def _plan_data(seen: Seen) -> dict[str, Any]:
    return {
        "ticket": seen.history.ticket.id,
        "at": seen.now.isoformat(),
        "updates": [_update_data(update) for update in seen.plan.updates],
        "held_back_by": seen.brake,
        "notices": _notices_data(seen.plan.notices.rule, seen.plan.notices) if seen.plan.notices else None,
        "tasks": _tasks_data(seen.plan.tasks.rule, seen.plan.tasks) if seen.plan.tasks else None,
        "shadow": [_update_data(update) for update in seen.plan.shadow],
        "shadow_creates": [
            _notices_data(rule, action) if isinstance(action, SendNotices) else _tasks_data(rule, action)
            for rule, action in seen.plan.shadow_creates
        ],
        "wake_at": seen.plan.wake_at.isoformat() if seen.plan.wake_at else None,
        "reasons": [_reason_data(reason) for reason in seen.plan.reasons],
    }


def _explain_data(seen: Seen) -> dict[str, Any]:
    clocks = [
        {
            "metric": one.clock.metric,
            "elapsed_seconds": one.clock.elapsed(one.schedule, seen.now).total_seconds(),
            "target_seconds": one.target.total_seconds() if one.target is not None else None,
            "due": one.due.at.isoformat() if one.due and one.due.at else None,
            "intervals": [
                {"from": i.start.isoformat(), "to": i.end.isoformat(), "counted": i.counted, "because": i.why}
                for i in one.clock.intervals(one.schedule, seen.now)
            ],
        }
        for one in seen.plan.clocks
    ]
    return {**_plan_data(seen), "clocks": clocks}


def _update_data(update: Update) -> dict[str, Any]:
    message = update.message
    return {
        "rules": list(update.rules),
        "does": list(update.words),
        "keys": list(update.keys),
        "comment": {"public": message.public, "body": message.body} if message else None,
        **({"merge_into": update.merge.into} if update.merge else {}),
    }


def _notices_data(rule: str, wanted: Notices | SendNotices) -> dict[str, Any]:
    return {
        "campaign": wanted.campaign.name,
        "rule": rule,
        "contacts": [contact.id for contact in wanted.to],
        "in": {locale: len(contacts) for locale, contacts in _by_locale(wanted.to).items()},
    }


def _tasks_data(rule: str, wanted: Tasks | OpenTasks) -> dict[str, Any]:
    return {"rule": rule, "tasks": [task.what for task in wanted.tasks]}


def _reason_data(reason: Reason) -> dict[str, Any]:
    return {
        "rule": reason.rule,
        "source": str(reason.source) if reason.source else None,
        "outcome": reason.outcome,
        "words": reason.words,
        "conditions": [{"held": leaf.held, "words": leaf.words} for leaf in _leaves(reason.verdict)],
        "not": list(reason.dropped),
    }
