"""`provision` on an account over real HTTP: made once, others' objects untouched, and what is made does its work."""

from __future__ import annotations

import copy
import json
from collections.abc import Callable, Iterator
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner, Result

from tests.desk import EMILY, TOM, Desk, open_desk
from tests.provision.wishes import ASKS, a_rule, rules
from tests.scenarios.world import BEGIN, JEANNE
from zdsync.cli import main
from zdsync.core.links import Links
from zdsync.core.rulebook import Rulebook
from zdsync.provision.account import KINDS, is_ours
from zdsync.provision.apply import Done, provision
from zdsync.provision.wanted import ASK, CLOSE, MAIL_DEFAULT_GROUP, MAIL_GROUP, TELL, WEBHOOK
from zdsync.rules.shipped import begin
from zdsync.sandbox import Account
from zdsync.store.server import EmbeddedRedis

URL = "http://127.0.0.1:9/webhook"
"""Nobody answers there: what is sent is seen in the account's invocations."""


def rulebook(group: int | None = None, **changes: Any) -> Rulebook:
    """Everything live; lapses are escalated to the group."""
    escalate = {"after": 3, "group": group}
    given = (a_rule("sla_targets"), a_rule("update_cadence", escalate=escalate), a_rule("confirmation_hold"))
    return rules(*given, **changes)


def applied(desk: Desk, book: Rulebook | None = None, url: str | None = URL) -> dict[str, Done]:
    """`provision --apply`, by the names of the objects."""
    book = book or rulebook(group_of(desk))
    return {each.step.name: each for each in provision(desk.parts.zendesk, desk.us, book, url)}


def group_of(desk: Desk) -> int:
    return next(iter(desk.account.groups))


def everything(desk: Desk) -> dict[str, Any]:
    """All objects of the kinds that are made."""
    return {kind: copy.deepcopy(getattr(desk.account, kind)) for kind in KINDS}


def trigger(desk: Desk, title: str) -> dict[str, Any]:
    (row,) = [row for row in desk.account.triggers.values() if row["title"] == title]
    return dict(row)


@pytest.fixture
def bare(redis_server: EmbeddedRedis) -> Iterator[Desk]:
    """An account on which nobody has made anything yet."""
    account = Account.empty(BEGIN)
    with open_desk(redis_server.url, account=account) as opened:
        yield opened


def test_an_empty_account(bare: Desk) -> None:
    """Everything is made, each with our mark; the second time nothing is sent."""
    done = applied(bare)
    assert {each.refused for each in done.values()} == {""}
    assert {each.step.do for each in done.values()} == {"make"}
    assert {"Next update due", "Awaiting confirmation", WEBHOOK, TELL, MAIL_GROUP, ASK, CLOSE} <= set(done)
    made = sum(is_ours(kind, row) for kind in KINDS for row in getattr(bare.account, kind).values())
    assert made == len(done)
    before, calls = everything(bare), bare.calls("admin_write")
    assert {each.step.do for each in applied(bare).values()} == {"keep"}
    assert (everything(bare), bare.calls("admin_write")) == (before, calls)


def test_an_account_in_use(desk: Desk) -> None:
    """What others have made is byte for byte the same afterwards, also where it stands in our way."""
    desk.server.call(lambda: stranger(desk, ASK, active=True))
    before = everything(desk)
    done = applied(desk)
    assert done[ASK].step.do == "see to"
    applied(desk)
    after = everything(desk)
    for kind, rows in before.items():
        assert {key: json.dumps(after[kind][key]) for key in rows} == {key: json.dumps(rows[key]) for key in rows}
    assert len([row for row in after["ticket_fields"].values() if row["title"] == "SLA first reply due"]) == 1
    assert len([row for row in after["custom_statuses"].values() if row["agent_label"] == "Awaiting confirmation"]) == 1


def stranger(desk: Desk, title: str, **changes: Any) -> None:
    """A trigger that an admin has made, with a title of ours."""
    row = {**next(iter(desk.account.triggers.values())), "id": 77, "title": title, **changes}
    desk.account.triggers[77] = row


def test_what_was_edited_by_hand_is_put_back(desk: Desk) -> None:
    applied(desk)
    there = next(row for row in desk.account.triggers.values() if row["title"] == MAIL_GROUP)
    desk.server.call(lambda: there.update(active=False, actions=[{"field": "priority", "value": "urgent"}]))
    assert applied(desk)[MAIL_GROUP].step.do == "change"
    assert trigger(desk, MAIL_GROUP)["active"]
    assert {each.step.do for each in applied(desk).values()} == {"keep"}


def test_a_refusal_stops_nothing_else(desk: Desk) -> None:
    """It says which and why; what needs the refused one says so too; the next run makes up for it."""
    desk.fault("reply", method="POST", path="/webhooks", status=403)
    done = applied(desk)
    assert "403" in done[WEBHOOK].refused
    assert f"it needs the webhook {WEBHOOK!r}" in done[TELL].refused
    assert [name for name, each in done.items() if each.refused] == [WEBHOOK, TELL]
    desk.faults()
    again = {name: each.step.do for name, each in applied(desk).items() if each.step.do != "keep"}
    assert again == {WEBHOOK: "make", TELL: "make"}


def test_a_reply_that_is_lost(bare: Desk) -> None:
    """It is not made a second time: the next run finds it there."""
    bare.fault("lose_reply", method="POST", path="/macros")
    assert "run it again" in applied(bare)[CLOSE].refused
    assert {each.step.do for each in applied(bare).values()} == {"keep"}
    assert [row["title"] for row in bare.account.macros.values()] == [CLOSE]


def test_a_refused_status_is_replaced_by_pending(bare: Desk) -> None:
    bare.fault("reply", method="POST", path="/custom_statuses", status=403)
    done = applied(bare)
    assert [name for name, each in done.items() if each.refused] == ["Awaiting confirmation"]
    assert trigger(bare, ASK)["actions"][0] == {"field": "status", "value": "pending"}


def test_an_account_without_custom_statuses(bare: Desk) -> None:
    bare.fault("reply", method="GET", path="/custom_statuses", status=404, times=9)
    done = applied(bare)
    assert {each.refused for each in done.values()} == {""}
    assert done["Awaiting confirmation"].step.do == "know"
    assert trigger(bare, ASK)["actions"][0] == {"field": "status", "value": "pending"}
    assert {each.step.do for each in applied(bare).values()} == {"keep", "know"}


# What is made does its work


def mails(desk: Desk, title: str) -> list[dict[str, Any]]:
    return [mail for mail in desk.account.emails if mail["cause"] == title]


@pytest.mark.parametrize(
    ("who", "asks"),
    [
        pytest.param(EMILY, ASKS["confirmation_hold.ask/en"], id="in English"),
        pytest.param(JEANNE, ASKS["confirmation_hold.ask/fr"], id="in French"),
    ],
)
def test_an_agents_solve_waits_for_the_customer(desk: Desk, who: str, asks: str) -> None:
    """In the agent's own update, with one question in the customer's language; solved once more it is not repeated."""
    applied(desk)
    ticket = desk.asks(who)
    desk.does(TOM, ticket, comment="Done.", status="solved", assignee=TOM)
    row = desk.row(ticket)
    status = next(each for each in desk.account.custom_statuses.values() if each["id"] == row["custom_status_id"])
    assert (row["status"], status["agent_label"]) == ("pending", "Awaiting confirmation")
    assert "zdsync_awaiting_confirmation" in row["tags"]
    assert len(desk.account.tickets[ticket].audits) == 2, "asked, and answered: no audit of anybody else's"
    (mail,) = mails(desk, ASK)
    assert (mail["to"], mail["body"]) == (who, asks)
    assert mail["subject"] == f"[#{ticket}] Login"
    desk.does(TOM, ticket, status="solved")
    assert len(mails(desk, ASK)) == 1


def test_the_worker_agrees_with_the_trigger(redis_server: EmbeddedRedis) -> None:
    """It asks nobody again, holds what the trigger lets through, and its own solve passes."""
    book = rulebook(live_since=BEGIN)
    with open_desk(redis_server.url, rulebook=book) as desk:
        applied(desk, book)
        ticket = desk.act(EMILY, subject="Login", comment="It says no.", channel="email")
        desk.work_for(minutes=1)
        desk.act(TOM, ticket=ticket, comment="Done.", status="solved", assignee=TOM)
        desk.work_for(minutes=10)
        assert desk.row(ticket)["status"] == "pending"
        assert not any(key.startswith("ask:") for key in desk.keys(ticket))
        desk.act(TOM, ticket=ticket, status="solved")
        desk.work_for(minutes=10)
        assert desk.row(ticket)["status"] == "pending", "solved once more, it is held once more"
        desk.act(TOM, ticket=ticket, add_tags=["zdsync_close_anyway"])
        desk.work_for(minutes=10)
        assert desk.row(ticket)["status"] == "solved"
        assert len(mails(desk, ASK)) == 1


def test_with_links_the_worker_asks_what_the_trigger_holds(redis_server: EmbeddedRedis) -> None:
    """Held in the agent's own update, asked seconds later by a comment with a link, and once."""
    book = rules(a_rule("confirmation_hold", link=True), texts={}, live_since=BEGIN)
    links = Links("https://desk.example", (b"k" * 32,))
    with open_desk(redis_server.url, rulebook=book, links=links) as desk:
        applied(desk, book)
        assert {each.step.do for each in applied(desk, book).values()} == {"keep"}
        ticket = desk.act(EMILY, subject="Login", comment="It says no.", channel="email")
        desk.work_for(minutes=1)
        desk.act(TOM, ticket=ticket, comment="Done.", status="solved", assignee=TOM)
        assert desk.row(ticket)["status"] == "pending"
        assert mails(desk, ASK) == []
        desk.work_for(seconds=10)
        assert [key.partition(":")[0] for key in desk.keys(ticket)].count("ask") == 1
        assert "zdsync_ask" not in desk.row(ticket)["tags"]
        desk.work_for(days=2)
        assert [key.partition(":")[0] for key in desk.keys(ticket)].count("ask") == 1
        assert any("https://desk.example/confirm/" in mail["body"] for mail in desk.account.emails)
        desk.sane()


THROUGH: list[Any] = [
    pytest.param({"add_tags": ["zdsync_confirmed"]}, id="the customer has confirmed"),
    pytest.param({"add_tags": ["zdsync_close_anyway"]}, id="an agent's override"),
    pytest.param({"add_tags": ["zdsync_exempt"]}, id="exempt"),
    pytest.param({"add_tags": ["zdsync_exempt_hold"]}, id="exempt from the hold"),
    pytest.param({"type": "problem"}, id="a problem"),
]


@pytest.mark.parametrize("solve", THROUGH)
def test_a_solve_that_is_let_through(desk: Desk, solve: dict[str, Any]) -> None:
    applied(desk)
    ticket = desk.asks()
    desk.does(TOM, ticket, status="solved", assignee=TOM, **solve)
    assert desk.row(ticket)["status"] == "solved"
    assert mails(desk, ASK) == []


def test_our_own_solve_is_let_through_and_told_to_nobody(desk: Desk) -> None:
    """The worker's word is the last; a webhook for it would only make us look again."""
    applied(desk)
    ticket = desk.asks()
    desk.does(TOM, ticket, assignee=TOM)
    told = len(desk.account.invocations)
    assert told == 2, "the customer's and the agent's update"
    desk.parts.zendesk.update(ticket, {"ticket": {"status": "solved"}})
    assert desk.row(ticket)["status"] == "solved"
    assert len(desk.account.invocations) == told


def test_the_macro_solves_without_a_confirmation(desk: Desk) -> None:
    applied(desk)
    ticket = desk.asks()
    (macro,) = [row for row in desk.account.macros.values() if row["title"] == CLOSE]
    shown = desk.parts.zendesk.show(f"tickets/{ticket}/macros/{macro['id']}/apply.json")["result"]["ticket"]
    assert (shown["status"], shown["tags"], shown["comment"]) == ("solved", ["zdsync_close_anyway"], {"public": False})
    desk.does(TOM, ticket, status="solved", tags=shown["tags"], assignee=TOM)
    assert desk.row(ticket)["status"] == "solved"


@pytest.mark.parametrize(
    ("grouped", "cause"), [pytest.param(True, MAIL_GROUP, id="its group"), pytest.param(False, MAIL_DEFAULT_GROUP)]
)
def test_a_tag_mails_a_group_once(desk: Desk, grouped: bool, cause: str) -> None:
    """And is gone within the same update; a ticket without a group is the default group's."""
    applied(desk)
    ticket = desk.asks()
    if grouped:
        desk.does(TOM, ticket, group_id=group_of(desk))
    desk.parts.zendesk.update(ticket, {"ticket": {"additional_tags": ["zdsync_notify_group", "x"]}})
    assert desk.row(ticket)["tags"] == ["x"]
    sent = mails(desk, MAIL_GROUP) + mails(desk, MAIL_DEFAULT_GROUP)
    members = [user for user, group in desk.account.memberships if group == group_of(desk)]
    assert len(sent) == len(members)
    assert {mail["cause"] for mail in sent} == {cause}
    desk.parts.zendesk.update(ticket, {"ticket": {"priority": "low"}})
    assert len(mails(desk, MAIL_GROUP) + mails(desk, MAIL_DEFAULT_GROUP)) == len(members)


def test_an_escalation_mails_its_group(desk: Desk) -> None:
    applied(desk)
    ticket, group = desk.asks(), group_of(desk)
    desk.parts.zendesk.update(ticket, {"ticket": {"additional_tags": [f"zdsync_escalate_{group}"]}})
    assert desk.row(ticket)["tags"] == []
    assert mails(desk, f"zdsync: escalate to group {group}")


def test_the_views_show_what_waits(desk: Desk) -> None:
    applied(desk)
    ticket = desk.asks()
    desk.asks(JEANNE)
    desk.does(TOM, ticket, status="solved", assignee=TOM)
    (view,) = [row for row in desk.account.views.values() if row["title"] == "zdsync: awaiting confirmation"]
    shown = desk.parts.zendesk.show(f"views/{view['id']}/tickets.json")["tickets"]
    assert [row["id"] for row in shown] == [ticket]


# The command


@pytest.fixture
def zdsync(bare: Desk, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Callable[..., Result]:
    """The command against the empty account, with the shipped rules, in an empty folder."""
    monkeypatch.chdir(tmp_path)
    return lambda *arguments, **env: CliRunner().invoke(main, ["provision", *arguments], env={**bare.env, **env})


def test_it_shows_and_changes_nothing(bare: Desk, zdsync: Callable[..., Result]) -> None:
    """Exit code 1 while something is missing; everything with what it is for."""
    before = everything(bare)
    result = zdsync("--webhook-url", URL)
    assert result.exit_code == 1, result.output
    assert "make       ticket field 'SLA first reply due': missing" in result.stdout
    assert "zdsync provision --apply" in result.stdout
    assert everything(bare) == before


def test_it_applies(bare: Desk, zdsync: Callable[..., Result]) -> None:
    """Then there is nothing to do, with the address or without."""
    assert "made       webhook" in zdsync("--webhook-url", URL, "--apply").stdout
    before = everything(bare)
    for arguments in (("--apply",), ("--apply", "--webhook-url", URL), ()):
        result = zdsync(*arguments)
        assert result.exit_code == 0, result.output
        assert "Nothing to change." in result.stdout
    assert everything(bare) == before


def test_nobody_is_asked_before_the_probe(redis_server: EmbeddedRedis) -> None:
    """Nothing of ours goes live on such an account, so nobody would read the answers."""
    with open_desk(redis_server.url, probed=False) as desk:
        said = CliRunner().invoke(main, ["provision", "--apply"], env=desk.env).stdout
        assert "note       trigger 'zdsync: ask for confirmation': not active before" in said
        assert not [row for row in desk.account.triggers.values() if row["title"] == ASK]
        assert [row for row in desk.account.triggers.values() if row["title"] == MAIL_GROUP]


def test_the_probe_is_known_whatever_this_machine_says_the_month_is(
    redis_server: EmbeddedRedis, tmp_path: Path
) -> None:
    """The month's control ticket is looked for by Zendesk's clock, also before anything else was asked."""
    with open_desk(redis_server.url, begin=BEGIN + timedelta(days=3650)) as desk:
        begin(tmp_path, BEGIN)
        account = tmp_path / "config" / "account.yaml"
        account.write_text(account.read_text("utf-8").replace("\nmode: shadow", "\nmode: live"), "utf-8")
        without_control = {name: value for name, value in desk.env.items() if name != "ZDSYNC_SANDBOX_CONTROL"}
        local = {**without_control, "ZDSYNC_CONFIG": str(account.parent)}
        said = CliRunner().invoke(main, ["provision"], env=local)
        assert "make       trigger 'zdsync: ask for confirmation'" in said.stdout, said.output
        assert "has passed" not in said.stdout


def test_it_tells_where_the_secret_is(bare: Desk, zdsync: Callable[..., Result]) -> None:
    """Shown when asked for only, and then alone; not mentioned once the receiver knows it."""
    lacking = zdsync("--show-secret")
    assert (lacking.exit_code, lacking.stdout) == (1, "")
    assert "--webhook-url" in lacking.stderr
    said = zdsync("--apply", ZDSYNC_WEBHOOK_URL=URL).stdout
    (webhook,) = bare.account.webhooks.values()
    assert "--show-secret" in said
    assert webhook["_secret"] not in said
    line = f"ZDSYNC_WEBHOOK_SECRETS={webhook['_secret']}"
    assert (zdsync("--show-secret").exit_code, zdsync("--show-secret").stdout) == (0, f"{line}\n")
    assert zdsync("--apply", "--show-secret").stdout.splitlines()[-2:] == ["", line]
    assert "secret" not in zdsync(ZDSYNC_WEBHOOK_SECRETS=webhook["_secret"]).stdout


def test_for_programs(zdsync: Callable[..., Result]) -> None:
    """Each step with what came of it."""
    rows = json.loads(zdsync("--json", "--apply", "--webhook-url", URL).stdout)["steps"]
    assert {tuple(row) for row in rows} == {("kind", "name", "do", "words", "done", "refused")}
    assert any(row["done"] for row in rows)
    rows = json.loads(zdsync("--json", "--apply").stdout)["steps"]
    assert not any(row["done"] for row in rows)


def test_a_refusal_is_told(bare: Desk, zdsync: Callable[..., Result]) -> None:
    bare.fault("reply", method="POST", path="/ticket_fields", status=403)
    result = zdsync("--apply")
    assert result.exit_code == 1
    assert "refused    ticket field 'Incident summary': 403" in result.stdout


@pytest.mark.parametrize("url", ["https://desk.example", "desk.example/webhook", "ftp://desk.example/webhook"])
def test_an_address_that_cannot_be_right(zdsync: Callable[..., Result], url: str) -> None:
    """Usage, from either place."""
    assert zdsync("--webhook-url", url).exit_code == 2
    assert zdsync(ZDSYNC_WEBHOOK_URL=url).exit_code == 2
