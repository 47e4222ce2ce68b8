"""What Redis keeps of a campaign: it comes back, and is not believed where it is old, half written or not there."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest
from redis import Redis

from zdsync.core.model import Person
from zdsync.store.campaigns import TRUSTED, Campaigns, Link, Part, Spread

NOW = datetime(2026, 11, 23, 9, 0, tzinfo=UTC)
OURS, THEIRS = Link("outage-7", 301), Link()


@pytest.fixture
def campaigns(redis: Redis, prefix: str) -> Campaigns:
    return Campaigns(redis, prefix)


def test_everything_may_be_missing(campaigns: Campaigns) -> None:
    assert campaigns.ledger(1, NOW) is None
    assert campaigns.refused(1, "outage-7") == frozenset()
    assert campaigns.spread(1) == Spread()
    assert campaigns.audience("a", NOW) is None
    assert campaigns.before("outage", 1) is None
    campaigns.close_batch(1)
    campaigns.mark_bounced(1, 2)
    assert campaigns.ledger(1, NOW) is None


def test_a_ledger_comes_back_with_what_was_added(campaigns: Campaigns) -> None:
    campaigns.keep_ledger(1, {2: OURS, 3: THEIRS}, NOW)
    campaigns.add(1, 4, Link("outage-7", 302))
    campaigns.mark_bounced(1, 2)
    campaigns.mark_bounced(1, 99)
    expected = {2: OURS._replace(bounced=True), 3: THEIRS, 4: Link("outage-7", 302)}
    assert campaigns.ledger(1, NOW) == expected
    campaigns.keep_ledger(1, {}, NOW)
    assert campaigns.ledger(1, NOW) == {}


@pytest.mark.parametrize(
    ("later", "believed"),
    [(timedelta(0), True), (TRUSTED - timedelta(seconds=1), True), (TRUSTED, False), (timedelta(seconds=-1), False)],
)
def test_a_ledger_is_believed_for_an_hour_and_not_from_the_future(
    campaigns: Campaigns, later: timedelta, believed: bool
) -> None:
    """What is created does not make it younger."""
    campaigns.keep_ledger(1, {2: OURS}, NOW)
    campaigns.add(1, 3, OURS)
    assert (campaigns.ledger(1, NOW + later) is not None) is believed


def test_an_open_batch_is_not_believed_until_it_is_closed_or_read_again(campaigns: Campaigns) -> None:
    campaigns.keep_ledger(1, {2: OURS}, NOW)
    campaigns.open_batch(1)
    assert campaigns.ledger(1, NOW) is None
    campaigns.close_batch(1)
    assert campaigns.ledger(1, NOW) == {2: OURS}
    campaigns.open_batch(1)
    campaigns.keep_ledger(1, {2: OURS}, NOW)
    assert campaigns.ledger(1, NOW) == {2: OURS}


def test_what_is_added_to_nothing_is_no_ledger(campaigns: Campaigns) -> None:
    """Redis was emptied in the middle of a batch."""
    campaigns.add(1, 2, OURS)
    campaigns.close_batch(1)
    assert campaigns.ledger(1, NOW) is None


def test_refusals_are_told_once_and_belong_to_their_campaign(campaigns: Campaigns) -> None:
    assert campaigns.refuse(1, "outage-7", 301, NOW)
    assert not campaigns.refuse(1, "outage-7", 301, NOW)
    assert campaigns.refuse(1, "outage-8", 302, NOW)
    assert campaigns.refused(1, "outage-7") == frozenset({301})
    assert campaigns.refused(1, "outage-7", NOW) == frozenset({301})
    assert campaigns.refused(1, "outage-7", NOW + timedelta(seconds=1)) == frozenset(), "that was before"
    assert campaigns.refused(2, "outage-7") == frozenset()


def test_an_audience_and_the_count_before_come_back(campaigns: Campaigns) -> None:
    people = (Person(301, "end-user", "fr", "Europe/Paris", 5, email=True), Person(302, "end-user", email=True))
    campaigns.keep_audience("a", people, NOW)
    assert campaigns.audience("a", NOW - timedelta(minutes=30)) == people
    assert campaigns.audience("a", NOW) is None
    campaigns.keep_before("outage", 1, None)
    assert campaigns.before("outage", 1) == (None,)
    campaigns.keep_before("outage", 1, 412)
    assert campaigns.before("outage", 1) == (412,)
    assert campaigns.before("maintenance", 1) is None


def test_an_audience_that_is_read_in_part_comes_back_until_it_is_whole(campaigns: Campaigns) -> None:
    part = Part(NOW, "cursor", (Person(301, "end-user", email=True),))
    assert campaigns.audience_part("a", NOW) is None
    campaigns.keep_audience_part("a", part)
    assert campaigns.audience_part("a", NOW - timedelta(minutes=30)) == part
    assert campaigns.audience_part("a", NOW) is None
    assert campaigns.audience("a", NOW - timedelta(hours=1)) is None
    campaigns.keep_audience("a", part.people, NOW)
    assert campaigns.audience_part("a", NOW - timedelta(hours=1)) is None


def test_how_far_the_news_have_come_comes_back(campaigns: Campaigns) -> None:
    campaigns.see(1, 90)
    assert campaigns.spread(1) == Spread(90, 0)
    campaigns.keep_spread(1, 90)
    assert campaigns.spread(1) == Spread(90, 90)


def test_everything_that_is_kept_ends_by_itself(campaigns: Campaigns, redis: Redis, prefix: str) -> None:
    campaigns.keep_ledger(1, {2: OURS}, NOW)
    campaigns.add(2, 3, OURS)
    campaigns.open_batch(3)
    campaigns.refuse(1, "outage-7", 301, NOW)
    campaigns.see(4, 9)
    campaigns.keep_audience("a", (), NOW)
    campaigns.keep_before("outage", 1, 4)
    names = list(redis.scan_iter(f"{prefix}*"))
    assert len(names) >= 7
    assert all(0 < redis.pttl(name) <= 7 * 86_400_000 for name in names)
