"""A month of a desk with 500 tickets, and everything goes wrong that can: no promise is missed, nobody is mailed twice.

Months with a holiday and with a change of the clocks, on accounts that were and were not provisioned. Each takes about
ten minutes; with `-s` the figures are shown.
"""

from __future__ import annotations

from datetime import date

import pytest
from redis import Redis

from tests.scenarios.month.faults import Plan
from tests.scenarios.month.judge import hold_to_the_promises, report
from tests.scenarios.month.play import Month, Scenery
from zdsync.sandbox import Server

MONTHS = {
    "with a holiday, unprovisioned": Scenery(date(2026, 11, 2), date(2026, 12, 4), 500, seed=11, provisioned=False),
    "with a clock change, provisioned": Scenery(date(2027, 3, 8), date(2027, 4, 9), 500, seed=12, automations=True),
}


@pytest.mark.parametrize("scenery", MONTHS.values(), ids=MONTHS)
def test_a_month_of_500_tickets_keeps_the_promises(scenery: Scenery, server: Server, redis: Redis, prefix: str) -> None:
    month = Month(scenery, Plan(), server, redis, prefix).play()
    judgement = hold_to_the_promises(month)
    print(f"\n{report(month, judgement)}")
    assert len(judgement.per_ticket) == 500
    assert judgement.kinds["ask"] + judgement.kinds["reply"] > 300
    assert sum(month.struck.values()) > 1000
