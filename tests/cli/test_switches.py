"""`zdsync pause`, `release` and `resync`: they work in an emergency, say what they did, and repeat without harm."""

from __future__ import annotations

import getpass
from typing import Any

import pytest

from tests.cli.calls import Command, dead_port
from tests.desk import CLAIRE, Desk
from zdsync.brakes import Allowed, Refusal
from zdsync.control import STOP_TAG, read_control
from zdsync.core.model import Update
from zdsync.resync import go_on

UPDATE = Update(fields={7: "x"}, rules=("targets",), words=("sets x",))


def ask(desk: Desk) -> Allowed | Refusal:
    """Would a worker write now?"""
    return desk.parts.brakes.ask(7, UPDATE, desk.rulebook, desk.now)


def stopped(desk: Desk) -> bool:
    """What Zendesk says."""
    return read_control(desk.parts.zendesk, desk.now).stopped


def notes(desk: Desk) -> list[str]:
    """What was written on the control ticket, besides its beginning."""
    audits = desk.account.tickets[1].audits[1:]
    return [event["body"] for audit in audits for event in audit["events"] if event["type"] == "Comment"]


def away() -> dict[str, str | None]:
    return {"ZDSYNC_REDIS_URL": f"redis://127.0.0.1:{dead_port()}/0"}


def test_pause_and_release(desk: Desk, zdsync: Command) -> None:
    """The next effect already waits, the tag is in Zendesk with who and why; released, it goes out."""
    assert isinstance(ask(desk), Allowed)
    desk.wait(2)
    result = zdsync("pause", "wrong", "texts", "in", "French")
    assert (result.exit_code, result.stdout) == (
        0,
        "Paused: nothing more is written until `zdsync release`. Triggers in Zendesk act on.\n",
    )
    answer = ask(desk)
    assert isinstance(answer, Refusal)
    assert "wrong texts in French" in answer.why
    assert stopped(desk)
    desk.wait(2)
    assert zdsync("release").exit_code == 0
    assert isinstance(ask(desk), Allowed)
    assert not stopped(desk)
    first, second = notes(desk)
    assert first == f"Paused by {getpass.getuser()} with `zdsync pause`. wrong texts in French"
    assert second.startswith("Released by ")
    assert desk.server.outbox() == []


def test_without_a_reason_and_twice(desk: Desk, zdsync: Command) -> None:
    """Nobody has to think of words, and a second call does no harm."""
    for _ in range(2):
        desk.wait(2)
        assert zdsync("pause").exit_code == 0
    assert stopped(desk)
    for _ in range(2):
        desk.wait(2)
        assert zdsync("release").exit_code == 0
    assert isinstance(ask(desk), Allowed)


def test_an_agents_stop_tag_is_taken_off_too(desk: Desk, zdsync: Command) -> None:
    desk.does(CLAIRE, 1, add_tags=[STOP_TAG])
    desk.wait(2)
    assert zdsync("release").exit_code == 0
    assert isinstance(ask(desk), Allowed)


def test_an_account_without_a_control_ticket(desk: Desk, zdsync: Command) -> None:
    """The pause makes it; released, the account is still one that was not probed."""
    desk.server.call(desk.account.tickets.clear)
    assert zdsync("pause").exit_code == 0
    assert stopped(desk)
    desk.wait(2)
    assert zdsync("release").exit_code == 0
    assert isinstance(ask(desk), Refusal)


def test_redis_is_emptied_afterwards(desk: Desk, zdsync: Command) -> None:
    """The tag in Zendesk holds."""
    desk.wait(2)
    zdsync("pause")
    desk.empty_redis()
    answer = ask(desk)
    assert isinstance(answer, Refusal)
    assert "stop tag" in answer.why


@pytest.mark.parametrize("redis", ["away", "none"])
def test_pause_without_redis(desk: Desk, zdsync: Command, redis: str) -> None:
    """The tag alone stops every worker within a minute."""
    desk.wait(2)
    result = zdsync("pause", **(away() if redis == "away" else {"ZDSYNC_REDIS_URL": None}))
    assert result.exit_code == 0
    assert ("within a minute" in result.output) is (redis == "away")
    assert stopped(desk)
    assert isinstance(ask(desk), Refusal)


def test_release_while_redis_is_away(desk: Desk, zdsync: Command) -> None:
    """The tag is off, but the copy may still hold: that is told, as a failure."""
    desk.wait(2)
    zdsync("pause")
    desk.wait(2)
    result = zdsync("release", **away())
    assert result.exit_code == 1
    assert "Redis is away" in result.stderr
    assert not stopped(desk)
    assert isinstance(ask(desk), Refusal)
    assert zdsync("release").exit_code == 0
    assert isinstance(ask(desk), Allowed)


@pytest.mark.parametrize("status", [401, 403, 500], ids=str)
def test_pause_while_zendesk_refuses(desk: Desk, zdsync: Command, status: int) -> None:
    """It failed, and says that this Redis' workers are paused all the same."""
    desk.fault("reply", method="PUT", path="/tickets/*", status=status, times=None)
    result = zdsync("pause")
    assert result.exit_code == 1
    assert "could not be written" in result.stderr
    assert "The workers of this Redis are paused all the same." in result.stderr
    assert isinstance(ask(desk), Refusal)


def test_release_while_zendesk_refuses(desk: Desk, zdsync: Command) -> None:
    """Nothing is released that Zendesk still stops."""
    zdsync("pause")
    desk.fault("reply", method="PUT", path="/tickets/*", status=500, times=None)
    result = zdsync("release")
    assert result.exit_code == 1
    assert "all the same" not in result.stderr
    assert isinstance(ask(desk), Refusal)


@pytest.mark.parametrize(("times", "code"), [(2, 0), (None, 1)], ids=["twice", "all the time"])
def test_somebody_writes_at_the_same_moment(
    desk: Desk, zdsync: Command, monkeypatch: pytest.MonkeyPatch, times: int | None, code: int
) -> None:
    """It is tried again a second later; who writes for ever wins, and that is told."""
    monkeypatch.setattr("time.sleep", desk.wait)
    desk.wait(2)
    act: dict[str, Any] = {"as": CLAIRE, "ticket": 1, "comment": "And another thing.", "public": False}
    desk.fault("act", method="PUT", path="/tickets/1", act=act, times=times)
    result = zdsync("pause")
    assert result.exit_code == code
    assert stopped(desk) is (code == 0)
    if code:
        assert "try again" in result.stderr


def test_a_user_without_a_name(zdsync: Command, desk: Desk, monkeypatch: pytest.MonkeyPatch) -> None:
    """In a container nobody may know who we are; the pause holds all the same."""

    def nobody() -> str:
        raise KeyError("getpwuid(): uid not found: 4711")

    monkeypatch.setattr(getpass, "getuser", nobody)
    desk.wait(2)
    assert zdsync("pause").exit_code == 0
    assert notes(desk)[0].startswith("Paused by user ")


def test_resync(desk: Desk, zdsync: Command) -> None:
    """It begins one, and says where its end is told; a second one waits for the first; the workers do it."""
    ticket = desk.asks()
    result = zdsync("resync")
    assert result.exit_code == 0
    assert "resynced" in result.stdout
    again = zdsync("resync")
    assert (again.exit_code, again.stdout, again.stderr) == (1, "", "A resync is under way already.\n")
    assert go_on(desk.parts) == 2
    assert ticket in desk.due()
    assert zdsync("resync").exit_code == 0
    assert desk.our_writes() == []


@pytest.mark.parametrize("command", ["pause", "release", "resync"])
def test_no_account(zdsync: Command, command: str) -> None:
    nothing = dict.fromkeys(("ZDSYNC_BASE_URL", "ZDSYNC_EMAIL", "ZDSYNC_API_TOKEN"))
    result = zdsync(command, **nothing)
    assert (result.exit_code, result.stdout) == (2, "")
    assert "No Zendesk account is configured" in result.stderr


def test_resync_needs_redis(zdsync: Command) -> None:
    """None configured is a mistake of the call, one that is away a failure."""
    none, gone = zdsync("resync", ZDSYNC_REDIS_URL=None), zdsync("resync", **away())
    assert (none.exit_code, gone.exit_code) == (2, 1)
    assert "ZDSYNC_REDIS_URL" in none.stderr
    assert "Redis is away" in gone.stderr
