"""What the doctor finds: each fault of an account with what to do about it, and nothing on a healthy one."""

from __future__ import annotations

import json
import re
import shutil
from collections.abc import Callable, Iterable
from dataclasses import replace
from datetime import datetime, timedelta
from functools import partial
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner, Result
from redis.exceptions import ResponseError
from structlog.testing import capture_logs

from tests.builders import a_person, a_rule_of
from tests.core.windows import a_window
from tests.desk import EMILY, SHIPPED, TOM, Desk, database, open_desk
from tests.inbox import open_inbox
from tests.scenarios.world import BEGIN
from zdsync.cli import main
from zdsync.cli.serve import _load_rules
from zdsync.control import PROBED_TAG, STOP_TAG, read_control
from zdsync.core.audience import AudienceSettings
from zdsync.doctor import Patient, examine
from zdsync.probe import Finding, probe
from zdsync.provision.apply import provision
from zdsync.sandbox import Account, tickets
from zdsync.settings import Secret, Settings
from zdsync.store.connection import connect
from zdsync.store.server import EmbeddedRedis
from zdsync.wiring import Store, loader, reading
from zdsync.zendesk.client import Zendesk
from zdsync.zendesk.errors import Rejected

Found = dict[str, list[Finding]]

ENDPOINT = "https://zdsync.example/webhook"


def patient(desk: Desk, **changes: Any) -> Patient:
    """The desk as `zdsync doctor` looks at it; `changes` to the settings."""
    settings = replace(Settings.from_env(desk.env), **changes)
    parts = reading(settings)
    return Patient(parts, loader(settings, parts.account)(), desk.store)


def found(desk: Desk, **changes: Any) -> Found:
    """Findings by the name of their check."""
    return grouped(examine(patient(desk, **changes)))


def grouped(findings: Iterable[Finding]) -> Found:
    by_name: Found = {}
    for each in findings:
        by_name.setdefault(each.name, []).append(each)
    return by_name


def only(findings: Found, name: str) -> Finding:
    (finding,) = findings[name]
    return finding


def faults(findings: Found) -> set[str]:
    return {name for name, each in findings.items() if any(finding.verdict == "fault" for finding in each)}


def api(desk: Desk, method: str, path: str, **body: Any) -> Any:
    """A call by zdsync's user, as an admin's screen would make it."""
    session = desk.another_worker().zendesk.session
    return session.request(method, f"{desk.server.url}/api/v2/{path}", json=body).json()


def webhook(desk: Desk, **changes: Any) -> dict[str, Any]:
    """An active webhook to us."""
    given = {
        "name": "zdsync",
        "status": "active",
        "endpoint": ENDPOINT,
        "http_method": "POST",
        "request_format": "json",
        "subscriptions": ["conditional_ticket_events"],
        **changes,
    }
    made: dict[str, Any] = api(desk, "POST", "webhooks", webhook=given)["webhook"]
    return made


def trigger(desk: Desk, webhook_id: str, *conditions: dict[str, Any]) -> None:
    action = {"field": "notification_webhook", "value": [webhook_id, "{}"]}
    api(
        desk, "POST", "triggers.json", trigger={"title": "Tell", "conditions": {"all": conditions}, "actions": [action]}
    )


def not_us(desk: Desk) -> dict[str, Any]:
    return {"field": "role", "operator": "is_not", "value": str(desk.us)}


def as_user(desk: Desk, role: str) -> None:
    user = desk.account.users[desk.us]
    desk.server.call(lambda: user.update(role=role))


def provisioned(desk: Desk) -> None:
    """What the shipped rules need is there."""
    examined = patient(desk)
    provision(examined.reading.zendesk, desk.us, examined.rulebook)


HEALTHY = (
    "role",
    "own user",
    "webhook",
    "trigger",
    "provision",
    "collision",
    "mails",
    "clock",
    "index",
    "switches",
    "live_since",
)


def test_a_healthy_account(desk: Desk) -> None:
    """No fault; it says who we are, which fields are filled, what the rules are, and that the probe was passed."""
    made = webhook(desk)
    secret = api(desk, "GET", f"webhooks/{made['id']}/signing_secret")["signing_secret"]["secret"]
    trigger(desk, made["id"], not_us(desk))
    provisioned(desk)
    before = len(desk.our_writes())
    findings = found(desk, webhook_secrets=(Secret("old"), Secret(secret)))
    assert faults(findings) == set()
    assert str(desk.us) in findings["credential"][0].words
    assert {each.words.split(" is ")[0] for each in findings["field"]} >= {"first_reply_due", "resolution_due"}
    for name in HEALTHY:
        assert only(findings, name).verdict == "ok", findings[name]
    assert {each.verdict for name in ("rule", "field") for each in findings[name]} == {"ok"}
    assert any('"SLA targets" is live' in each.words for each in findings["rule"])
    assert {each.words.split(":")[0] for each in findings["limits"]} == {"account", "tickets-update"}
    assert len(desk.our_writes()) == before, "it changes nothing"


def test_whom_a_major_incident_would_tell(desk: Desk) -> None:
    """A fault where it is nobody, or more than can hear of an update before the next one is promised."""
    findings = found(desk)
    finding = only(findings, "audience")
    assert (finding.verdict, "would tell 7 contacts" in finding.words) == ("ok", True)
    assert re.search(r" of \d organisations?, \d in French and \d in English \(users (\d+, ){5}…\): ", finding.words)
    assert finding.words.endswith(
        "after a countdown of 5 min, all of them within 3 min; an update reaches all of them within 1 min"
    )
    assert "shadow" not in finding.words
    for user in desk.account.users.values():
        user["suspended"] = user["role"] == "end-user"
    finding = only(found(desk), "audience")
    assert (finding.verdict, "nobody would be told" in finding.words) == ("fault", True)


def test_an_audience_too_large_for_its_cadence(desk: Desk, monkeypatch: pytest.MonkeyPatch) -> None:
    """At 100 updates a minute, less the people's share, some 2,100 contacts can be told every half hour."""
    for count, verdict in ((2100, "ok"), (2101, "fault")):
        people = tuple(a_person(number) for number in range(count))
        monkeypatch.setattr("zdsync.doctor.patient.contacts", lambda *given, people=people: people)
        assert only(found(desk), "audience").verdict == verdict


def test_in_shadow_the_audience_is_told_too_and_that_nobody_hears(desk: Desk) -> None:
    """Whom it is for is read once for all rules that name the same."""
    examined = patient(desk)
    rules = (a_rule_of("major_incident", "shadow", audience={}), a_rule_of("maintenance", "shadow", audience={}))
    calls = desk.calls("users")
    findings = grouped(examine(replace(examined, rulebook=replace(examined.rulebook, rules=rules))))
    assert "would tell 7 contacts" in only(findings, "audience").words
    assert only(findings, "audience").words.endswith("; in shadow nobody is told")
    assert "would tell 7 contacts" in only(findings, "maintenance").words
    assert desk.calls("users") - calls <= 2
    book = replace(examined.rulebook, rules=rules[:1])
    alone = only(grouped(examine(Patient(examined.reading, book, None))), "audience")
    assert ("would tell 7 contacts" in alone.words, "within" in alone.words) == (True, False), "Redis knows how fast"


def test_whom_each_window_to_come_is_for(desk: Desk) -> None:
    """Those of its own audience, else of the rule's; nothing of what is over or cancelled."""
    nobody, over = (
        AudienceSettings(users=frozenset(), organizations=frozenset()),
        a_window("2026-11-20 22:00", "2026-11-21 02:00"),
    )
    windows = {
        "db": a_window(),
        "none": a_window(id="none", audience=nobody),
        "over": replace(over, id="over"),
        "off": a_window(id="off", cancelled=True),
    }
    examined = patient(desk)
    book = replace(examined.rulebook, rules=(a_rule_of("maintenance", audience={}),), windows=windows)
    _, own, none = grouped(examine(replace(examined, rulebook=book)))["maintenance"]
    assert (own.verdict, own.words.startswith("window db is for 7 contacts")) == ("ok", True)
    assert own.words.endswith("all of them have its announcement within 1 min")
    assert (none.verdict, "window none is for 0 contacts: nobody is told" in none.words) == ("fault", True)


def bad_token(desk: Desk) -> None:
    desk.account.credentials.api_tokens[desk.server.email] = "another"


def test_a_refused_credential(desk: Desk) -> None:
    """Every check that needs it says so; none raises."""
    examined = patient(desk)
    bad_token(desk)
    findings = {each.name: each for each in examine(examined)}
    assert findings["credential"].verdict == "fault"
    assert "could not be checked: " in findings["credential"].words
    assert desk.server.token not in str(findings)


@pytest.mark.parametrize("role", ["agent", "end-user"])
def test_a_user_who_is_no_admin(desk: Desk, role: str) -> None:
    """Exports need one; what such a user may not look at is named as well."""
    as_user(desk, role)
    findings = found(desk)
    assert {"role", "webhook"} <= faults(findings) or {"credential", "webhook"} <= faults(findings)
    if role == "agent":
        assert "need an admin" in only(findings, "role").words


def test_a_token_ends(desk: Desk) -> None:
    """An API token works until Zendesk stops it: a note with the day."""
    assert any("2027-04-30" in each.words for each in found(desk)["credential"] if each.verdict == "note")


def by_hand(desk: Desk, **act: Any) -> None:
    desk.does(desk.server.email, desk.asks(), **act)


def test_a_user_who_writes_by_hand(desk: Desk) -> None:
    """Their words would be taken for ours: a fault with the ticket."""
    by_hand(desk, comment="I have a look.")
    finding = only(found(desk), "own user")
    assert finding.verdict == "fault"
    assert f"ticket {max(desk.account.tickets)}" in finding.words
    assert "user of its own" in finding.words


def test_a_user_who_only_clicks(desk: Desk) -> None:
    """An admin who closes a ticket with our user has said nothing."""
    by_hand(desk, priority="high")
    assert only(found(desk), "own user").verdict == "ok"


def rename_field(desk: Desk) -> None:
    row = next(row for row in desk.account.ticket_fields.values() if row["title"] == "SLA resolution due")
    row["title"] = "Something else"


def test_a_missing_field(desk: Desk) -> None:
    """Named with the title that was looked for; nothing is written to it, so it is no fault."""
    provisioned(desk)
    rename_field(desk)
    missing = [each for each in found(desk)["field"] if each.verdict == "note"]
    assert [each.words.startswith("resolution_due: ") for each in missing] == [True]
    assert "'SLA resolution due'" in missing[0].words


def test_no_webhook(desk: Desk) -> None:
    """Polling does it, a minute later; inactive ones and those to others do not count."""
    webhook(desk, status="inactive")
    webhook(desk, endpoint="https://chat.example/hook")
    finding = only(found(desk), "webhook")
    assert (finding.verdict, "polling" in finding.words) == ("note", True)


@pytest.mark.parametrize("secrets", [(), (Secret("mine"),)], ids=["no secret", "another secret"])
def test_a_webhook_with_an_unknown_secret(desk: Desk, secrets: tuple[Secret, ...]) -> None:
    """All its calls would be refused; the secret itself is not shown."""
    made = webhook(desk)
    finding = only(found(desk, webhook_secrets=secrets), "webhook")
    assert finding.verdict == "fault"
    assert "ZDSYNC_WEBHOOK_SECRETS" in finding.words
    assert ENDPOINT in finding.words
    secret = api(desk, "GET", f"webhooks/{made['id']}/signing_secret")["signing_secret"]["secret"]
    assert secret not in finding.words


def test_a_webhook_that_nothing_calls(desk: Desk) -> None:
    webhook(desk)
    assert (only(found(desk), "trigger").verdict, only(found(desk), "trigger").words[:10]) == ("note", "no active ")


CONDITIONS: list[Any] = [
    pytest.param([], id="none"),
    pytest.param([{"field": "status", "operator": "is_not", "value": "closed"}], id="another"),
    pytest.param([{"field": "role", "operator": "is_not", "value": "end_user"}], id="of a role"),
    pytest.param([{"field": "role", "operator": "is", "value": "US"}], id="the opposite"),
]


@pytest.mark.parametrize("conditions", CONDITIONS)
def test_a_trigger_for_our_own_updates(desk: Desk, conditions: list[dict[str, Any]]) -> None:
    """Costs a call and a look for each write of ours: a note with the condition to add."""
    made = webhook(desk)
    trigger(desk, made["id"], *({**each, "value": each["value"].replace("US", str(desk.us))} for each in conditions))
    finding = only(found(desk), "trigger")
    assert finding.verdict == "note"
    assert "current user is not" in finding.words


def test_what_provision_would_do(desk: Desk) -> None:
    """Each missing or edited object with the command that mends it; nothing else is mentioned."""
    provisioned(desk)
    title = "zdsync: mail the group"
    row = next(row for row in desk.account.triggers.values() if row["title"] == title)
    desk.server.call(lambda: row.update(active=False))
    finding = only(found(desk), "provision")
    assert finding.verdict == "note"
    assert title in finding.words
    assert "zdsync provision --apply" in finding.words


def test_an_account_that_nothing_was_made_on(desk: Desk) -> None:
    """Notes, no fault: the rules do what they can without."""
    missing = found(desk)["provision"]
    assert {each.verdict for each in missing} == {"note"}
    assert any("ticket field 'Next update due': missing" in each.words for each in missing)


def test_automations_that_work_against_the_rules(redis_server: EmbeddedRedis) -> None:
    """Each by its title, with what to do about it."""
    account = Account.demo(BEGIN, pending_automations=True)
    with open_desk(redis_server.url, account=account) as desk:
        findings = found(desk)["collision"]
    assert {each.verdict for each in findings} == {"note"}
    assert any("'Solve ticket 5 days after status is set to pending' solves" in each.words for each in findings)
    assert not any("Close ticket 4 days" in each.words for each in findings), "what is solved may be closed"


def test_nothing_carries_our_public_comments(redis_server: EmbeddedRedis) -> None:
    """Then customers do not read our questions: a note."""
    account = Account.demo(BEGIN, requester_mail=False)
    with open_desk(redis_server.url, account=account) as desk:
        finding = only(found(desk), "mails")
    assert (finding.verdict, "Help Center only" in finding.words) == ("note", True)


@pytest.mark.parametrize(("carried", "verdict"), [(True, "ok"), (False, "note")])
def test_whether_notices_are_mailed(redis_server: EmbeddedRedis, carried: bool, verdict: str) -> None:
    """By Zendesk's standard trigger, where a rule sends any; nothing is said where none does."""
    account = Account.demo(BEGIN, requester_mail=carried)
    with open_desk(redis_server.url, account=account) as desk:
        finding, examined = only(found(desk), "notices"), patient(desk)
        silent = replace(examined, rulebook=replace(examined.rulebook, rules=(a_rule_of("sla_targets"),)))
        assert "notices" not in grouped(examine(silent))
    assert (finding.verdict, "new proactive ticket" in finding.words) == (verdict, True)


def test_who_acknowledges_requests(desk: Desk, monkeypatch: pytest.MonkeyPatch) -> None:
    """The account's trigger, by its title; without one zdsync; nobody where that cannot be read."""
    theirs = only(found(desk), "acknowledgement")
    assert (theirs.verdict, "'Notify requester of new ticket via email'" in theirs.words) == ("ok", True)

    desk.server.call(lambda: desk.account.triggers.clear())
    ours = only(found(desk), "acknowledgement")
    assert (ours.verdict, ours.words) == ("ok", 'no trigger mails who opens a ticket: "Acknowledgement" does')

    def refuse(self: Zendesk) -> tuple[Any, ...]:
        raise Rejected(403, "Forbidden")

    monkeypatch.setattr(Zendesk, "triggers", refuse)
    nobody = only(found(desk), "acknowledgement")
    assert (nobody.verdict, '"Acknowledgement" acknowledges nothing' in nobody.words) == ("note", True)


def test_this_machines_clock(desk: Desk) -> None:
    """A real account's clock is compared with ours: the sandbox lives in 2026's November, wherever we are."""
    settings = replace(Settings.from_env(desk.env), sandbox_control=None)
    off = reading(settings)
    off.zendesk.me()
    looked = {each.name: each for each in examine(Patient(off, desk.rulebook, None))}
    seconds = (datetime.now(tz=desk.now.tzinfo) - desk.now).total_seconds()
    assert looked["clock"].verdict == ("note" if abs(seconds) > 30 else "ok")
    assert {"limits", "redis", "index"}.isdisjoint(looked), "without a Redis nothing is said about it"


def test_redis_is_away(desk: Desk) -> None:
    """One fault for each check that needs it, and the rest is told all the same."""
    away = Store.at(connect("redis://127.0.0.1:1/0"))
    findings = list(examine(replace(patient(desk), store=away)))
    assert {each.name for each in findings if each.verdict == "fault"} == {"limits", "audience", "redis"}
    assert all("Redis is away" in each.words for each in findings if each.verdict == "fault")
    assert findings[-1].name == "live_since"


@pytest.fixture
def says(desk: Desk, monkeypatch: pytest.MonkeyPatch) -> Callable[[str, str], None]:
    """Let Redis say another setting."""
    real = desk.redis.config_get

    def say(name: str, value: str) -> None:
        monkeypatch.setattr(desk.redis, "config_get", lambda asked: {name: value} if asked == name else real(asked))

    return say


def test_a_redis_that_evicts(desk: Desk, says: Callable[[str, str], None]) -> None:
    says("maxmemory-policy", "allkeys-lru")
    finding = only(found(desk), "redis")
    assert (finding.verdict, "noeviction" in finding.words) == ("fault", True)


def test_a_redis_without_a_file(desk: Desk, says: Callable[[str, str], None]) -> None:
    says("appendonly", "no")
    assert only(found(desk), "redis").verdict == "note"


def test_a_redis_that_does_not_tell(desk: Desk, monkeypatch: pytest.MonkeyPatch) -> None:
    """A hosted one refuses CONFIG: no fault, but what must be so is named."""

    def refused(name: str) -> None:
        raise ResponseError("unknown command 'CONFIG'")

    monkeypatch.setattr(desk.redis, "config_get", refused)
    findings = found(desk)
    assert only(findings, "redis").verdict == "note"
    assert only(findings, "index").verdict == "ok"


def test_an_empty_index(desk: Desk) -> None:
    desk.empty_redis()
    finding = only(found(desk), "index")
    assert (finding.verdict, finding.words) == (
        "note",
        f"{finding.words.split(';')[0]}; p1 0, live 0, bulk 0, leased 0",
    )
    assert finding.words.startswith("empty")


def test_stopped_and_not_probed(desk: Desk) -> None:
    """Both are notes: they are somebody's will, or still to be done."""
    control = read_control(desk.parts.zendesk, desk.now).ticket_id
    desk.does(TOM, control, tags=[STOP_TAG])
    words = [each.words for each in found(desk)["switches"]]
    assert any(f"ticket {control} has the tag {STOP_TAG}" in each for each in words)
    assert any("zdsync doctor --probe" in each for each in words)


# The command


@pytest.fixture
def zdsync(desk: Desk, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Callable[..., Result]:
    """The command against the desk, in an empty folder; the probe's waits are the sandbox's time."""
    monkeypatch.chdir(tmp_path)
    monkeypatch.setattr("zdsync.cli.doctor.probe", partial(probe, sleep=desk.wait))
    return lambda *arguments, **env: CliRunner().invoke(main, ["doctor", *arguments], env={**desk.env, **env})


def test_for_people(zdsync: Callable[..., Result]) -> None:
    """One line a finding, its verdict first; notes are no failure."""
    result = zdsync()
    assert result.exit_code == 0, result.output
    assert {line.split()[0] for line in result.stdout.splitlines()} == {"ok", "note"}
    assert "ok    credential: accepted" in result.stdout


def test_for_programs(desk: Desk, zdsync: Callable[..., Result]) -> None:
    """The same as JSON, and nothing else on the output; a fault is exit code 1."""
    assert zdsync("--json").exit_code == 0
    by_hand(desk, comment="Hello.")
    result = zdsync("--json")
    rows = json.loads(result.stdout)
    assert result.exit_code == 1
    assert {tuple(row) for row in rows} == {("check", "verdict", "words")}
    assert [row["check"] for row in rows if row["verdict"] == "fault"] == ["own user"]


def test_it_changes_nothing(desk: Desk, zdsync: Callable[..., Result]) -> None:
    zdsync()
    assert desk.our_writes() == []


@pytest.mark.parametrize("probed_before", [True, False])
def test_a_passed_probe_is_recorded(desk: Desk, zdsync: Callable[..., Result], probed_before: bool) -> None:
    """On the control ticket, which is made where there is none; the throwaway ticket is gone."""
    if not probed_before:
        desk.server.call(desk.account.tickets.clear)
    result = zdsync("--probe")
    assert result.exit_code == 0, result.output
    assert "ok    stale stamp: " in result.stdout
    assert "ok    parallel writes: " in result.stdout
    assert result.stdout.splitlines()[-1] == "ok    probe: passed; recorded on the control ticket"
    assert read_control(desk.parts.zendesk, desk.now).probed
    left = [ticket.row for ticket in desk.account.tickets.values() if ticket.row["status"] != "deleted"]
    assert [row["external_id"] for row in left] == ["zdsync-control-2026-11"]


@pytest.mark.parametrize("probed_before", [True, False])
def test_a_failed_probe_keeps_the_account_from_going_live(
    desk: Desk, zdsync: Callable[..., Result], monkeypatch: pytest.MonkeyPatch, probed_before: bool
) -> None:
    """Exit code 1, no tag; one that was there is taken off."""
    if not probed_before:
        desk.server.call(desk.account.tickets.clear)
    monkeypatch.setattr(tickets, "check_stamp", lambda ticket, body: None)
    result = zdsync("--probe", "--json")
    rows = {row["check"]: row for row in json.loads(result.stdout)}
    assert result.exit_code == 1
    assert rows["stale stamp"]["verdict"] == rows["parallel writes"]["verdict"] == rows["probe"]["verdict"] == "fault"
    assert not read_control(desk.parts.zendesk, desk.now).probed
    assert all(PROBED_TAG not in ticket.row["tags"] for ticket in desk.account.tickets.values())


def test_lost_metadata_fails_the_probe_too(
    desk: Desk, zdsync: Callable[..., Result], monkeypatch: pytest.MonkeyPatch
) -> None:
    """Without it no key is ever found again, and everything would be said twice."""
    update = tickets.update

    def forgets(account: Any, ticket: Any, body: Any, *more: Any) -> Any:
        return update(account, ticket, {name: value for name, value in body.items() if name != "metadata"}, *more)

    monkeypatch.setattr(tickets, "update", forgets)
    assert zdsync("--probe").exit_code == 1
    assert not read_control(desk.parts.zendesk, desk.now).probed


def with_links(folder: Path) -> Path:
    """The shipped configuration with links in its question."""
    config = folder / "config"
    shutil.copytree(SHIPPED, config)
    rules = config / "rules" / "confirmation_hold.yaml"
    rules.write_text(rules.read_text("utf-8").replace("link: false", "link: true"), "utf-8")
    return config


def test_mail_that_was_set_aside_must_be_readable(desk: Desk) -> None:
    """Said where a rule tells agents of it; nothing else stands still without it, so it is no fault."""
    assert only(found(desk), "suspended").verdict == "ok"
    desk.fault("reply", path="/suspended_tickets*", status=403)
    finding = only(found(desk), "suspended")
    assert finding.verdict == "note"
    assert "let our user manage suspended tickets" in finding.words


def test_links_need_an_address_and_a_key(desk: Desk, tmp_path: Path) -> None:
    """Said where a rule wants them; customers are asked all the same, so it is no fault."""
    assert "links" not in found(desk)
    config, keys = with_links(tmp_path), (Secret("k" * 32),)
    for incomplete in ({}, {"public_url": "https://desk.example"}, {"link_keys": keys}):
        finding = only(found(desk, config=config, **incomplete), "links")
        assert finding.verdict == "note"
        assert "ZDSYNC_PUBLIC_URL" in finding.words
        assert "confirmation_hold.yaml:6" in finding.words
    finding = only(found(desk, config=config, public_url="https://desk.example", link_keys=keys), "links")
    assert finding.verdict == "ok"
    assert "https://desk.example/confirm/" in finding.words
    assert "kkk" not in finding.words


def test_a_worker_that_starts_without_them_says_so_once(desk: Desk, tmp_path: Path) -> None:
    config = with_links(tmp_path)
    settings = Settings.from_env({**desk.env, "ZDSYNC_CONFIG": str(config)})
    settings = replace(settings, redis_url=Secret(database(desk.env["ZDSYNC_REDIS_URL"])))
    with capture_logs() as logs:
        _load_rules(settings)
    (told,) = [line for line in logs if line["log_level"] == "warning"]
    assert "ZDSYNC_LINK_KEYS" in told["why"]
    with capture_logs() as logs:
        _load_rules(replace(settings, public_url="https://desk.example", link_keys=(Secret("k" * 32),)))
    assert not [line for line in logs if line["log_level"] == "warning"]


def test_a_probe_that_breaks_off(desk: Desk, zdsync: Callable[..., Result]) -> None:
    """What was answered is told, nothing is recorded, and what was passed before stays: nothing new is known."""
    desk.fault("reply", method="PUT", path="/tickets/*", status=503, skip=2)
    result = zdsync("--probe", "--json")
    rows = {row["check"]: row for row in json.loads(result.stdout)}
    assert result.exit_code == 1
    assert rows["stale stamp"]["verdict"] == "ok"
    assert rows["probe"]["words"].startswith("could not be made") or rows["parallel writes"]["verdict"] == "fault"


@pytest.mark.parametrize("json_too", [(), ("--json",)])
def test_zendesk_takes_us_for_nobody(desk: Desk, zdsync: Callable[..., Result], json_too: tuple[str, ...]) -> None:
    """One line of words, exit code 1, no traceback."""
    result = zdsync(*json_too, ZDSYNC_API_TOKEN="wrong")
    assert result.exit_code == 1
    assert result.stdout == ""
    assert "could not be read" in result.stderr
    assert "Traceback" not in result.output


def test_no_account(zdsync: Callable[..., Result]) -> None:
    """Nothing to look at: exit code 2, and what to do."""
    result = zdsync(**dict.fromkeys(("ZDSYNC_BASE_URL", "ZDSYNC_EMAIL", "ZDSYNC_API_TOKEN")))
    assert (result.exit_code, result.stdout) == (2, "")
    assert ".env" in result.stderr


def test_time_passes(desk: Desk) -> None:
    """A probe of last month counts, one of half a year ago does not."""
    desk.server.clock.set(desk.now + timedelta(days=40))
    assert only(found(desk), "switches").verdict == "ok"
    desk.server.clock.set(desk.now + timedelta(days=150))
    assert only(found(desk), "switches").verdict == "note"


def test_how_messages_leave(desk: Desk, tmp_path: Path) -> None:
    """By comments, which count as replies in Zendesk's reports; by a trigger, or a note where it is missing."""
    by_comment = only(found(desk), "messages")
    assert (by_comment.verdict, "acknowledgement.received, acknowledgement.targets" in by_comment.words) == ("ok", True)
    assert "count as replies" in by_comment.words

    config = tmp_path / "config"
    shutil.copytree(SHIPPED, config)
    rules = config / "rules" / "intake.yaml"
    rules.write_text(rules.read_text("utf-8").replace("as: {ask: comment}", "as: {ask: trigger}"), "utf-8")
    missing, others = found(desk, config=config)["messages"]
    assert (missing.verdict, missing.words.startswith("intake.ask: no active trigger")) == ("note", True)
    assert "intake.ask" not in others.words

    examined = patient(desk, config=config)
    provision(desk.parts.zendesk, desk.us, examined.rulebook)
    mailed, _ = found(desk, config=config)["messages"]
    assert (mailed.verdict, mailed.words.startswith("intake.ask: by a trigger's mail")) == ("ok", True)


def reporting(desk: Desk, approvers: int | None) -> Finding:
    """What is said of the report where this group may approve it."""
    examined = patient(desk)
    rules = (a_rule_of("incident_report", approvers=approvers),)
    return only(grouped(examine(replace(examined, rulebook=replace(examined.rulebook, rules=rules)))), "report")


def test_whether_a_report_on_an_outage_could_be_approved_and_would_reach_anybody(desk: Desk) -> None:
    group = desk.account.default_of(desk.account.groups)
    assert group is not None
    assert reporting(desk, None).verdict == "note"
    assert "has no agents" in reporting(desk, 4040404).words
    assert "would reach nobody" in reporting(desk, group).words
    desk.account.users[end_user(desk, EMILY)]["tags"] = ["key_contact"]
    assert (reporting(desk, group).verdict, reporting(desk, group).words[:13]) == ("ok", "1 key contact")


def end_user(desk: Desk, email: str) -> int:
    user = desk.account.user_by_email(email)
    assert user is not None
    return int(user["id"])


def test_a_mail_server_is_asked_and_nothing_is_mailed(desk: Desk) -> None:
    assert "mail server" not in found(desk), "where none is named nothing is said"
    sender = "Support <outages@desk.example>"
    with open_inbox() as inbox:
        assert only(found(desk, smtp_url=Secret(inbox.url), smtp_from=sender), "mail server").verdict == "ok"
        assert inbox.arrived == []
        gone = inbox.url
    finding = only(found(desk, smtp_url=Secret(gone), smtp_from=sender), "mail server")
    assert (finding.verdict, "ConnectionRefusedError" in finding.words) == ("fault", True)
