"""The probe at work: it asks when it is time, notes outages on the control ticket, and forgets nothing that matters."""

from __future__ import annotations

import json
from dataclasses import replace
from datetime import timedelta
from fractions import Fraction
from typing import Any
from zoneinfo import ZoneInfo

import pytest
import requests
import responses

from tests.desk import Desk
from zdsync.control import STOP_TAG, set_switch
from zdsync.core.availability import Policy
from zdsync.core.watch import Probe
from zdsync.watch import PLACE, answers, look

URL = "https://app.example.com/health"
POLICY = Policy("K Pro", Fraction(95, 100), ZoneInfo("Europe/Paris"), Probe(URL, timedelta(minutes=1), 3))


class Product:
    """Up or not, and how often it was asked."""

    def __init__(self, desk: Desk, policy: Policy | None = POLICY) -> None:
        self.desk, self.up, self.asked = desk, True, 0
        self.promise(policy)

    def promise(self, policy: Policy | None) -> None:
        self.desk.rulebook = replace(self.desk.rulebook, availability=policy, hash="watch")
        self.desk.restart()

    def ask(self, url: str) -> bool:
        assert url == URL
        self.asked += 1
        return self.up

    def look_for(self, minutes: int) -> None:
        """Every ten seconds, as the task does."""
        for _ in range(minutes * 6):
            self.desk.wait(10)
            look(self.desk.parts, self.ask)


@pytest.fixture
def product(desk: Desk) -> Product:
    return Product(desk)


def notes(desk: Desk) -> list[str]:
    """The keys of what was noted on the control tickets, oldest first."""
    found = []
    for ticket in desk.account.tickets.values():
        for audit in ticket.audits:
            keys = str(audit["metadata"].get("custom", {}).get("zdsync_keys", ""))
            found += [key.rpartition("Z:")[2] if "gap" not in key else "gap" for key in keys.split() if "watch" in key]
    return found


def test_it_asks_once_a_minute_and_notes_what_changes(desk: Desk, product: Product) -> None:
    product.look_for(5)
    assert product.asked in (5, 6)
    product.up = False
    product.look_for(5)
    product.up = True
    product.look_for(3)
    assert notes(desk) == ["begin", "down", "up"]


def test_a_note_is_internal_mails_nobody_and_does_not_say_the_address(desk: Desk, product: Product) -> None:
    product.up = False
    product.look_for(4)
    (control,) = (t for t in desk.account.tickets.values() if str(t.row["external_id"]).startswith("zdsync-control"))
    said = [event for audit in control.audits for event in audit["events"] if event["type"] == "Comment"]
    assert [event["public"] for event in said[1:]] == [False, False]
    assert "an outage" in said[-1]["body"]
    assert "app.example.com" not in json.dumps(control.audits)
    assert desk.server.outbox() == []


def test_while_effects_are_stopped_it_remembers_and_notes_it_afterwards(desk: Desk, product: Product) -> None:
    product.look_for(2)
    set_switch(desk.parts.zendesk, desk.now, STOP_TAG, True, "Stop.")
    desk.redis.delete("zdsync:control")  # the mirror of a minute
    product.up = False
    product.look_for(5)
    assert notes(desk) == ["begin"]
    set_switch(desk.parts.zendesk, desk.now, STOP_TAG, False, "Go.")
    desk.redis.delete("zdsync:control")
    product.look_for(1)
    assert notes(desk) == ["begin", "down"]


def test_a_note_that_is_refused_is_written_later(desk: Desk, product: Product) -> None:
    product.look_for(2)
    product.up = False
    desk.fault("reply", method="PUT", path="/tickets/*", status=503, times=3)
    product.look_for(6)
    assert notes(desk) == ["begin", "down"]


def test_an_emptied_redis_begins_anew(desk: Desk, product: Product) -> None:
    product.up = False
    product.look_for(5)
    desk.redis.delete(*desk.redis.keys("zdsync:cursor:*"))
    product.up = True
    product.look_for(2)
    assert notes(desk) == ["begin", "down", "begin"]


def test_memory_that_cannot_be_read_is_forgotten(desk: Desk, product: Product) -> None:
    for broken in ("{", "[]", '{"last_at": "x"}', '{"pending": 3}'):
        desk.parts.cache.save_cursor(PLACE, broken)
        product.look_for(1)
    assert set(notes(desk)) == {"begin"}


def test_a_probe_that_is_switched_off_ends_its_outage(desk: Desk, product: Product) -> None:
    product.up = False
    product.look_for(5)
    product.promise(replace(POLICY, probe=None))
    product.look_for(1)
    assert notes(desk) == ["begin", "down", "up"]
    asked = product.asked
    product.look_for(3)
    assert (product.asked, notes(desk)) == (asked, ["begin", "down", "up"])


@pytest.mark.parametrize("policy", [None, replace(POLICY, probe=None)], ids=["no file", "no probe"])
def test_without_a_probe_nothing_is_asked_or_written(desk: Desk, policy: Policy | None) -> None:
    product = Product(desk, policy)
    product.look_for(3)
    assert product.asked == 0
    assert desk.our_writes() == []


@responses.activate
@pytest.mark.parametrize(
    ("reply", "up"),
    [
        ({"status": 200, "body": "ok"}, True),
        ({"status": 204}, True),
        ({"status": 404}, False),
        ({"status": 503}, False),
        ({"body": requests.ConnectionError("no")}, False),
    ],
    ids=["200", "204", "404", "503", "no connection"],
)
def test_what_counts_as_an_answer(reply: dict[str, Any], up: bool) -> None:
    responses.get(URL, **reply)
    assert answers(URL) is up
