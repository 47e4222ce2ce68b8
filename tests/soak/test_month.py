"""A month of a desk with 500 tickets, and everything goes wrong that can: no promise is missed, nobody is mailed twice.

Months with a holiday and with a change of the clocks: on an account that was not provisioned, with the shipped
settings, and on one that was, where triggers mail what is no answer, so that only people fulfil Zendesk's own first
reply. Each takes about ten minutes; with `-s` the figures are shown.
"""

from __future__ import annotations

from datetime import date

import pytest
from redis import Redis

from tests.scenarios.month.faults import Plan
from tests.scenarios.month.judge import hold_to_the_promises, only_people_reply, report
from tests.scenarios.month.play import Month
from tests.scenarios.month.scenery import Scenery
from zdsync.sandbox import Server

MONTHS = {
    "with a holiday, unprovisioned": Scenery(date(2026, 11, 2), date(2026, 12, 4), 500, seed=11, provisioned=False),
    "with a clock change, provisioned": Scenery(
        date(2027, 3, 8), date(2027, 4, 9), 500, seed=12, automations=True, by_trigger=True
    ),
}


@pytest.mark.parametrize("scenery", MONTHS.values(), ids=MONTHS)
def test_a_month_of_500_tickets_keeps_the_promises(scenery: Scenery, server: Server, redis: Redis, prefix: str) -> None:
    month = Month(scenery, Plan(), server, redis, prefix).play()
    judgement = hold_to_the_promises(month)
    print(f"\n{report(month, judgement)}")
    assert len(judgement.per_ticket) == 500
    assert judgement.kinds["ask"] + judgement.kinds["reply"] > 300
    assert sum(month.struck.values()) > 1000
    assert judgement.kinds["ack"] > 400
    assert judgement.kinds["intake"] > 200
    assert (judgement.kinds["promise"] > 300) != scenery.by_trigger
    assert judgement.merged > 1
    assert judgement.kinds["match"] > 5
    if scenery.by_trigger:
        assert only_people_reply(month) > 300
