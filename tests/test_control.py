"""The control ticket: switches that live in Zendesk, are set by agents or commands, and outlive months and machines."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from tests.desk import CLAIRE, TOM, Desk
from zdsync.control import PROBED_TAG, STOP_TAG, external_id, keep_control, read_control, set_switch
from zdsync.zendesk.client import Zendesk
from zdsync.zendesk.errors import Conflict

DECEMBER, JANUARY = datetime(2026, 12, 1, 0, 0, 5, tzinfo=UTC), datetime(2027, 1, 4, 9, tzinfo=UTC)


@pytest.fixture
def zendesk(desk: Desk) -> Zendesk:
    return desk.parts.zendesk


def controls(desk: Desk) -> list[dict[str, Any]]:
    """The control tickets, oldest first."""
    rows = (ticket.row for ticket in desk.account.tickets.values())
    return [row for row in rows if str(row["external_id"]).startswith("zdsync-control")]


def present(desk: Desk) -> int:
    """The number of the newest one."""
    return int(controls(desk)[-1]["id"])


def remove_controls(desk: Desk) -> None:
    """An account that zdsync has never been on."""
    desk.server.call(desk.account.tickets.clear)


def test_named_by_the_month() -> None:
    """In UTC, so that every machine means the same ticket."""
    assert external_id(datetime(2026, 2, 28, 23, 59, tzinfo=UTC)) == "zdsync-control-2026-02"


def test_without_one(desk: Desk, zendesk: Zendesk) -> None:
    """Nothing is stopped and nothing is proven; looking makes none."""
    remove_controls(desk)
    for look in (read_control, keep_control):
        control = look(zendesk, desk.now)
        assert (control.ticket_id, control.stopped, control.probed) == (0, False, False)
    assert controls(desk) == []
    assert desk.our_writes() == []


def test_the_first_switch_makes_it(desk: Desk, zendesk: Zendesk) -> None:
    """Internal, in nobody's queue, mailed to nobody, and it says how agents use it."""
    remove_controls(desk)
    set_switch(zendesk, desk.now, PROBED_TAG, True, "Passed.")
    (row,) = controls(desk)
    assert row["external_id"] == "zdsync-control-2026-11"
    assert (row["status"], row["tags"], row["assignee_id"]) == ("hold", [PROBED_TAG], None)
    audits = desk.account.tickets[row["id"]].audits
    said = [event for audit in audits for event in audit["events"] if event["type"] == "Comment"]
    assert [event["public"] for event in said] == [False, False]
    assert STOP_TAG in said[0]["body"]
    assert said[1]["body"] == "Passed."
    assert desk.server.outbox() == []


def test_on_and_off(desk: Desk, zendesk: Zendesk) -> None:
    """Each change is one fenced write with a note that says who; other tags stay."""
    desk.does(CLAIRE, present(desk), add_tags=["vip"])
    for on in (True, False):
        desk.wait(2)
        control = set_switch(zendesk, desk.now, STOP_TAG, on, f"Switched {on} by Kim.")
        assert control == read_control(zendesk, desk.now)
        assert (control.stopped, control.probed) == (on, True)
        write = desk.our_writes()[-1]["body"]["ticket"]
        assert write["safe_update"] is True
        assert write["updated_stamp"]
        assert write["metadata"]["zdsync_keys"].startswith("switch:")
        assert write["comment"] == {"body": f"Switched {on} by Kim.", "public": False}
    assert desk.row(present(desk))["tags"] == ["vip", PROBED_TAG]


def test_somebody_writes_at_the_same_moment(desk: Desk, zendesk: Zendesk) -> None:
    """The write is refused rather than overwriting the tags of somebody else."""
    desk.wait(2)
    act = {"as": CLAIRE, "ticket": present(desk), "add_tags": ["from_claire"]}
    desk.fault("act", method="PUT", path="/tickets/*", act=act)
    with pytest.raises(Conflict):
        set_switch(zendesk, desk.now, STOP_TAG, True, "Stop.")
    assert desk.row(present(desk))["tags"] == ["from_claire", PROBED_TAG]
    set_switch(zendesk, desk.now, STOP_TAG, True, "Stop.")
    assert desk.row(present(desk))["tags"] == ["from_claire", PROBED_TAG, STOP_TAG]


@pytest.mark.parametrize("status", ["open", "solved", "closed"])
def test_agents_may_do_anything_to_it(desk: Desk, zendesk: Zendesk, status: str) -> None:
    """A stop tag counts in whatever state the ticket is: closing it by mistake lets nothing loose."""
    ticket = present(desk)
    desk.does(TOM, ticket, add_tags=[STOP_TAG])
    desk.does(CLAIRE, ticket, status="open" if status == "open" else "solved", assignee=CLAIRE)
    if status == "closed":
        desk.wait(5 * 86_400)
    assert desk.row(ticket)["status"] == status
    assert read_control(zendesk, desk.now).stopped
    assert keep_control(zendesk, desk.now).stopped


def test_a_closed_one_is_replaced_by_the_next_switch(desk: Desk, zendesk: Zendesk) -> None:
    """With what it said, since a closed ticket takes no update."""
    closed = present(desk)
    desk.does(TOM, closed, add_tags=[STOP_TAG])
    desk.does(CLAIRE, closed, status="solved", assignee=CLAIRE)
    desk.wait(5 * 86_400)
    control = set_switch(zendesk, desk.now, STOP_TAG, False, "Go on.")
    assert control.ticket_id == present(desk) != closed
    assert control == read_control(zendesk, desk.now)
    assert (control.stopped, control.probed) == (False, True)


def test_a_deleted_one_proves_nothing(desk: Desk, zendesk: Zendesk) -> None:
    """Nothing goes live until the probe is made again."""
    desk.does(CLAIRE, present(desk), delete=True)
    assert not read_control(zendesk, desk.now).probed


@pytest.mark.parametrize("stopped", [True, False], ids=["stopped", "running"])
@pytest.mark.parametrize("at", [DECEMBER, JANUARY], ids=["the next month", "the month after"])
def test_a_new_month(desk: Desk, zendesk: Zendesk, at: datetime, stopped: bool) -> None:
    """The worker begins the month's ticket with the switches of the last one, and nothing but the switches."""
    old = present(desk)
    desk.does(CLAIRE, old, add_tags=["vip", *([STOP_TAG] if stopped else [])])
    desk.server.clock.set(at)
    before = read_control(zendesk, desk.now)
    assert (before.ticket_id, before.stopped, before.probed) == (old, stopped, True)
    assert len(controls(desk)) == 1, "reading makes none"
    after = keep_control(zendesk, desk.now)
    assert (after.ticket_id, after.stopped, after.probed) == (present(desk), stopped, True)
    assert "vip" not in controls(desk)[-1]["tags"]
    assert desk.row(old)["status"] == "solved"
    assert keep_control(zendesk, desk.now) == after == read_control(zendesk, desk.now)
    assert [row["external_id"] for row in controls(desk)] == [external_id(datetime(2026, 11, 1)), external_id(at)]  # noqa: DTZ001


def test_a_switch_in_a_new_month(desk: Desk, zendesk: Zendesk) -> None:
    """`zdsync pause` on the first of the month forgets no passed probe."""
    desk.server.clock.set(DECEMBER)
    control = set_switch(zendesk, desk.now, STOP_TAG, True, "Stop.")
    assert (control.ticket_id, control.stopped, control.probed) == (present(desk), True, True)
    assert len(controls(desk)) == 2


def test_two_workers_in_a_new_month(desk: Desk, zendesk: Zendesk) -> None:
    """Both ask at the same moment: one ticket is made."""
    desk.server.clock.set(DECEMBER)
    other = desk.another_worker().zendesk
    newest = zendesk.tickets_by_external_id

    def meanwhile(name: str) -> Any:
        found = newest(name)
        if found:  # we have seen the old one and are about to make the new one
            keep_control(other, desk.now)
        return found

    zendesk.tickets_by_external_id = meanwhile  # type: ignore[method-assign,assignment]
    ours = keep_control(zendesk, desk.now)
    assert len(controls(desk)) == 2
    assert ours == keep_control(other, desk.now)


def test_a_year_without_anybody(desk: Desk, zendesk: Zendesk) -> None:
    """As long as a worker looks once a month, the account stays probed; there is one ticket a month."""
    for month in range(12):
        desk.server.clock.set(desk.now + timedelta(days=31))
        assert keep_control(zendesk, desk.now).probed, month
    assert len({row["external_id"] for row in controls(desk)}) == len(controls(desk)) == 13


def test_half_a_year_of_standstill(desk: Desk, zendesk: Zendesk) -> None:
    """After so long nothing is taken for proven."""
    desk.server.clock.set(desk.now + timedelta(days=180))
    assert not keep_control(zendesk, desk.now).probed
    assert len(controls(desk)) == 1


def test_it_is_no_request(desk: Desk) -> None:
    """The worker looks at its own control ticket like at any other, and leaves it alone."""
    desk.hint(present(desk))
    outcomes = desk.work_for(hours=3)
    assert {outcome.what for outcome in outcomes} <= {"settled", "later"}
    assert desk.our_writes() == []
