"""Who talks to whom: the parts of a process are made from the settings, and nothing is sent while they are made."""

from __future__ import annotations

import json
import os
import re
import socket
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest
from structlog.testing import capture_logs

from tests.builders import a_rule, a_rule_of
from tests.desk import SHIPPED, Desk, database
from zdsync.clock import AccountClock, SandboxClock, milliseconds
from zdsync.core.rulebook import Rulebook
from zdsync.provision.account import MARK
from zdsync.sandbox.seed import OAUTH_CLIENT, OAUTH_SECRET
from zdsync.settings import ApiToken, OAuthClient, Secret, Settings
from zdsync.store.server import EmbeddedRedis
from zdsync.wiring import LOOK_AGAIN, QUEUE, Account, clock_of, heartbeat, loader, reading, session_of, store_of, wire
from zdsync.zendesk.client import Raw, Zendesk
from zdsync.zendesk.errors import RateLimited, Rejected, Unauthorized


def dead_port() -> int:
    """A port on which nobody listens."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


@pytest.fixture
def settings(desk: Desk, redis_server: EmbeddedRedis) -> Settings:
    """The desk's, as a worker beside a real account has them."""
    return Settings(
        base_url=desk.server.url,
        credential=ApiToken(desk.server.email, Secret(desk.server.token)),
        redis_url=Secret(database(redis_server.url)),
        config=SHIPPED,
    )


@pytest.fixture
def in_the_sandbox(settings: Settings, desk: Desk) -> Settings:
    return replace(settings, sandbox_control=desk.server.control_url)


# What is made, and what is not sent


def test_nothing_is_sent_while_wiring(tmp_path: Path) -> None:
    """A process starts while Zendesk and Redis are away."""
    away = Settings(
        base_url=f"http://127.0.0.1:{dead_port()}",
        credential=ApiToken("a@b.example", Secret("t")),
        redis_url=Secret(f"redis://127.0.0.1:{dead_port()}/0"),
        config=tmp_path,
    )
    wire(away)
    reading(away)


def test_looking_needs_no_redis(settings: Settings) -> None:
    """`plan`, `explain`, `pause` and `doctor` work while Redis is away."""
    away = replace(settings, redis_url=Secret(f"redis://127.0.0.1:{dead_port()}/0"))
    parts = reading(away)
    me = parts.zendesk.me()
    assert me is not None
    assert me["name"] == "zdsync"
    assert parts.clock.now()


def test_a_credential_is_needed(settings: Settings) -> None:
    with pytest.raises(ValueError, match="credential"):
        session_of(replace(settings, credential=None), AccountClock(), None)


def test_an_oauth_client(settings: Settings) -> None:
    """Its credentials are exchanged for a token, and the calls work with it."""
    parts = reading(replace(settings, credential=OAuthClient(OAUTH_CLIENT, Secret(OAUTH_SECRET))))
    assert parts.account.me()["name"] == "zdsync"


def test_whose_clock(settings: Settings, in_the_sandbox: Settings, desk: Desk) -> None:
    """The sandbox's is read there; a real account's is learnt from replies, and shared by the processes."""
    assert isinstance(clock_of(in_the_sandbox, None), SandboxClock)
    assert isinstance(clock_of(settings, None), AccountClock)
    worker, receiver = clock_of(settings, store_of(settings)), clock_of(settings, store_of(settings))
    session_of(settings, worker, None).get(f"{desk.server.url}/api/v2/users/me.json")
    for clock in (worker, receiver):
        assert abs((clock.now() - desk.now).total_seconds()) < 60


# What the account tells


@pytest.fixture
def account(in_the_sandbox: Settings) -> Account:
    return reading(in_the_sandbox).account


def test_we_are_asked_once(account: Account, desk: Desk) -> None:
    """Who we are and which fields there are does not change while a process lives."""
    for _ in range(3):
        assert account.own_user_ids(desk.rulebook) == {desk.us}
        account.field_ids(desk.rulebook)
    assert desk.calls("GET /users/me") == 1
    assert desk.calls("GET /ticket_fields") == 1


def test_predecessors_count_as_us(account: Account, desk: Desk) -> None:
    assert account.own_user_ids(replace(desk.rulebook, own_user_ids=frozenset({7, 8}))) == {7, 8, desk.us}


def test_an_anonymous_user_is_nobody(desk: Desk, monkeypatch: pytest.MonkeyPatch) -> None:
    """Zendesk answers 200 to whom it does not know; that is no user of ours."""
    monkeypatch.setattr(desk.parts.zendesk, "me", lambda: None)
    with pytest.raises(Unauthorized, match="anonymous"):
        Account(desk.parts.zendesk).me()


def test_fields_by_title_and_id(account: Account, desk: Desk) -> None:
    """A title must be that of exactly one active field; an id is taken as it is written."""
    rows = list(desk.account.ticket_fields.values())
    phone, first, resolution = (
        next(row for row in rows if row["title"] == title)
        for title in ("Phone", "SLA first reply due", "SLA resolution due")
    )
    resolution["active"] = False
    twice = {**phone, "id": 12345}
    desk.server.call(lambda: desk.account.ticket_fields.update({12345: twice}))
    fields: dict[str, int | str] = {
        "due": "SLA first reply due",
        "inactive": "SLA resolution due",
        "doubled": "Phone",
        "missing": "No such field",
        "cased": "sla first reply due",
        "by_id": 99,
    }
    assert account.field_ids(replace(desk.rulebook, fields=fields)) == {"due": first["id"], "by_id": 99}


def test_a_field_that_an_admin_makes_while_we_run_is_found(account: Account, desk: Desk) -> None:
    """Not at once, for the calls that it takes; what was found is not asked for again."""
    book = replace(desk.rulebook, fields={"new": "Made just now"})
    assert account.field_ids(book) == {}
    row = {**next(iter(desk.account.ticket_fields.values())), "id": 4567, "title": "Made just now"}
    desk.server.call(lambda: desk.account.ticket_fields.update({4567: row}))
    assert account.field_ids(book) == {}
    desk.wait(LOOK_AGAIN.total_seconds())
    for _ in range(3):
        assert account.field_ids(book) == {"new": 4567}
    assert desk.calls("GET /ticket_fields") == 2


@pytest.fixture
def acknowledging(desk: Desk) -> Rulebook:
    return replace(desk.rulebook, rules=(a_rule_of("acknowledgement"),))


def test_whether_the_account_acknowledges_is_looked_up_now_and_then(
    account: Account, desk: Desk, acknowledging: Rulebook
) -> None:
    """An admin may switch the trigger off while we run."""
    for _ in range(3):
        assert account.mails_on_creation(acknowledging) is True
    desk.server.call(lambda: desk.account.triggers.clear())
    assert account.mails_on_creation(acknowledging) is True
    desk.wait(LOOK_AGAIN.total_seconds())
    for _ in range(3):
        assert account.mails_on_creation(acknowledging) is False
    assert desk.calls("GET /triggers") == 2


def test_nobody_looks_for_what_no_rule_wants_to_know(account: Account, desk: Desk) -> None:
    always, off = a_rule_of("acknowledgement", send="always"), a_rule_of("acknowledgement", "off")
    assert account.mails_on_creation(replace(desk.rulebook, rules=(a_rule(), always, off))) is None
    assert desk.calls("GET /triggers") == 0


def test_triggers_that_cannot_be_read_tell_nothing(
    account: Account, desk: Desk, acknowledging: Rulebook, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Neither yes nor no."""

    def refuse(self: Zendesk) -> tuple[Raw, ...]:
        raise Rejected(403, "Forbidden")

    monkeypatch.setattr(Zendesk, "triggers", refuse)
    assert account.mails_on_creation(acknowledging) is None


BY_TRIGGER: dict[str, Any] = {"as": {"ask": "trigger"}}
MAIL_ASK = {"title": "zdsync: mail intake.ask", "description": MARK, "active": True}


def test_which_texts_triggers_of_ours_mail_is_looked_up_now_and_then(account: Account, desk: Desk) -> None:
    """With one look for both questions; what is missing is said once in the log."""
    rules = (a_rule_of("acknowledgement"), a_rule_of("intake", **BY_TRIGGER))
    book = replace(desk.rulebook, rules=rules)
    with capture_logs() as logs:
        for _ in range(3):
            assert account.mailers(book) == frozenset()
            assert account.mails_on_creation(book) is True
    warned = [line for line in logs if line["log_level"] == "warning"]
    assert [line["texts"] for line in warned] == [["intake.ask"]]
    theirs = {**next(iter(desk.account.triggers.values())), "id": 1}
    desk.server.call(lambda: desk.account.triggers.update({1: {**theirs, **MAIL_ASK}}))
    assert account.mailers(book) == frozenset()
    desk.wait(LOOK_AGAIN.total_seconds())
    assert account.mailers(book) == {"intake.ask"}
    assert account.mailers(replace(book, rules=(a_rule_of("intake"),))) == frozenset(), "no rule wants it"
    assert desk.calls("GET /triggers") == 2


def test_live_in_the_sandbox_only(settings: Settings, in_the_sandbox: Settings, tmp_path: Path) -> None:
    """A real account's mode and instant are what the files say; the sandbox disturbs nobody, so it is live at once."""
    there = reading(in_the_sandbox)
    in_sandbox = loader(in_the_sandbox, there.account)()
    assert {rule.mode for rule in in_sandbox.rules} == {"live"}
    assert in_sandbox.live_since == datetime.fromisoformat(there.account.me()["created_at"])

    for file in SHIPPED.rglob("*.*"):
        text = file.read_text("utf-8").replace("live_since:\n", "live_since: 2026-11-24T10:00:00Z\n")
        copy = tmp_path / file.relative_to(SHIPPED)
        copy.parent.mkdir(parents=True, exist_ok=True)
        copy.write_text(text, "utf-8")
    real = loader(replace(settings, config=tmp_path), there.account)()
    assert {rule.mode for rule in real.rules} == {"shadow"}
    assert real.live_since == datetime(2026, 11, 24, 10, tzinfo=UTC)


# What happens around each call


def test_calls_are_counted_by_kind(desk: Desk) -> None:
    desk.parts.zendesk.count_tickets()
    desk.parts.zendesk.me()
    counted = desk.store.metrics.snapshot().counters
    assert sum(number for (name, _), number in counted.items() if name == "zdsync_api_calls_total") >= 2


def test_the_governor_refuses_before_anything_is_sent(desk: Desk) -> None:
    """A paused family raises, with the time that is left; nothing arrives at Zendesk."""
    until = desk.now.replace(second=30)
    desk.store.governor.pause("account", until)
    with pytest.raises(RateLimited) as refused:
        desk.parts.zendesk.ticket_fields()
    assert not refused.value.sent
    assert refused.value.retry_after == until - desk.now
    assert desk.calls("ticket_fields") == 0


def test_headers_teach_the_governor(desk: Desk) -> None:
    """What is left of the account's minute is known to all after the first reply."""
    desk.parts.zendesk.count_tickets()
    budget = desk.store.governor.budget("account", desk.now)
    assert budget.total == 700
    assert budget.remaining < 700


def test_a_429_is_shared(desk: Desk) -> None:
    """One worker is told, all wait; it is counted."""
    desk.fault("reply", path="/tickets/count", status=429, retry_after=20.0)
    with pytest.raises(RateLimited) as told:
        desk.parts.zendesk.count_tickets()
    assert told.value.sent
    with pytest.raises(RateLimited) as waits:
        desk.another_worker().zendesk.count_tickets()
    assert not waits.value.sent
    counted = desk.store.metrics.snapshot().counters
    assert sum(number for (name, _), number in counted.items() if name == "zdsync_rate_limited_total") == 1


# A worker process


def test_wire_works(in_the_sandbox: Settings, desk: Desk) -> None:
    """The real wiring, not the harness's: it reads the sandbox's clock, the shipped rules, and sets targets."""
    desk.rulebook = loader(in_the_sandbox, reading(in_the_sandbox).account)()
    wired = wire(in_the_sandbox)
    assert wired.parts.clock.now() == desk.now
    wired.take_over_rules()
    assert wired.parts.rulebook().hash == desk.rulebook.hash
    assert wired.store.cache.rulebook() == desk.rulebook.hash


def test_changed_rules_reach_every_ticket(in_the_sandbox: Settings, desk: Desk) -> None:
    """Not all in the same moment, and only when something has changed."""
    wired = wire(in_the_sandbox)
    wired.take_over_rules()
    tomorrow = milliseconds(desk.now) + 80_000_000
    wired.parts.due.hint([1, 2, 3], "live", tomorrow)
    wired.take_over_rules()
    assert desk.due_now() == 0
    wired.store.cache.publish_rulebook("older")
    wired = wire(in_the_sandbox)
    wired.take_over_rules()
    assert desk.due_now() == 1
    desk.wait(2)
    assert desk.due_now() == 3


def test_reap(in_the_sandbox: Settings, desk: Desk) -> None:
    """What a vanished worker has held is due again, and counted."""
    wired = wire(in_the_sandbox)
    wired.parts.due.hint([5], "live", milliseconds(desk.now))
    wired.parts.due.claim(1, milliseconds(desk.now), 60_000)
    wired.reap()
    assert desk.due_now() == 0, "the lease has not ended"
    desk.redis.zadd("zdsync:leased", {"5": 0})
    wired.reap()
    assert desk.due_now() == 1
    assert wired.store.metrics.snapshot().counters[("zdsync_reaped_total", ())] == 1


def test_signs_of_life_and_the_queue(in_the_sandbox: Settings, desk: Desk) -> None:
    """A heartbeat is `role@host:pid`; the queue is where Celery keeps it."""
    wired = wire(in_the_sandbox)
    heartbeat(wired.store, "worker")
    (name,) = wired.store.heartbeat.ages()
    assert re.fullmatch(rf"worker@.+:{os.getpid()}", name)
    assert wired.queue_length() == 0
    desk.redis.lpush(QUEUE, json.dumps({}))
    assert wired.queue_length() == 1


# One process alone


def test_alone(desk: Desk) -> None:
    """One process may, the others may not; afterwards anybody may, also after an error."""
    one, two = desk.parts.alone, desk.another_worker().alone
    with one("poll") as first, two("poll") as second, two("resync") as other:
        assert (first, second, other) == (True, False, True)
    with pytest.raises(KeyError), one("poll"):
        raise KeyError
    with two("poll") as after:
        assert after


def test_alone_after_a_crash(desk: Desk) -> None:
    """A process that vanished keeps the others out for ten minutes at most."""
    held = desk.parts.alone("poll")
    held.__enter__()
    (key,) = desk.redis.scan_iter("zdsync:alone:*")
    assert 0 < desk.redis.pttl(key) <= 600_000
    desk.redis.delete(key)
    with desk.another_worker().alone("poll") as mine:
        assert mine
        held.__exit__(None, None, None)
        with desk.parts.alone("poll") as third:
            assert not third, "the vanished one gives back no lock that is not its own any more"


def test_a_redis_that_was_emptied_meanwhile(desk: Desk) -> None:
    """Giving back a lock that is gone is no error."""
    with desk.parts.alone("poll") as mine:
        assert mine
        desk.redis.flushdb()
