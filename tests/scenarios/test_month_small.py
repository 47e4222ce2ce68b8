"""A week of a small desk, disturbed: the short edition of `tests/soak/test_month.py`."""

from __future__ import annotations

from datetime import date

import pytest
from redis import Redis

from tests.scenarios.month.faults import Plan
from tests.scenarios.month.judge import hold_to_the_promises, report
from tests.scenarios.month.play import Month
from tests.scenarios.month.scenery import Scenery
from zdsync.sandbox import Server

BEFORE_A_HOLIDAY = Scenery(date(2026, 11, 9), date(2026, 11, 17), tickets=18, seed=1, mails=5, provisioned=False)


HELD_OFF = Scenery(
    date(2026, 11, 16),
    date(2026, 11, 24),
    tickets=20,
    seed=4,
    mails=7,
    holding=(1, 2),
    received_mail=True,
    by_trigger=True,
)
"""The account acknowledges by itself; what else is no answer leaves in the mails of triggers."""


@pytest.mark.long
def test_a_disturbed_week_with_holding_messages(server: Server, redis: Redis, prefix: str) -> None:
    """Where they are switched on: after each first lapse, twice in a row, and while nobody is at it."""
    month = Month(HELD_OFF, Plan(downtimes=(0.3,)), server, redis, prefix).play()
    judgement = hold_to_the_promises(month)
    print(report(month, judgement))
    assert judgement.kinds["cadence:holding"] > 5
    assert judgement.kinds["intake"] > 5
    assert judgement.kinds["ack"] == 0


def test_a_disturbed_week_keeps_the_promises(server: Server, redis: Redis, prefix: str) -> None:
    month = Month(BEFORE_A_HOLIDAY, Plan(downtimes=(0.3,)), server, redis, prefix).play()
    judgement = hold_to_the_promises(month)
    print(report(month, judgement))
    assert judgement.kinds["ask"] > 5
    assert sum(month.struck.values()) > 20
    assert min(judgement.kinds["ack"], judgement.kinds["intake"], judgement.kinds["promise"]) > 5
    assert judgement.merged > 1
    assert judgement.kinds["match"] > 0
