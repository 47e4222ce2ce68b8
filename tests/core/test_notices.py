"""What makes a ticket a notice, and which updates of a problem are news."""

from __future__ import annotations

import pytest

from tests.builders import a_comment, an_audit
from zdsync.core.model import Change
from zdsync.core.notices import contact_of, external_id, is_news


@pytest.mark.parametrize("campaign", ["outage-6130000000042", "maintenance-db-2026-12", "report-7-2"])
def test_campaign_and_contact_are_read_back_from_the_external_id(campaign: str) -> None:
    assert contact_of(external_id(campaign, 301)) == (campaign, 301)


@pytest.mark.parametrize(
    "other",
    [None, "", "zdsync-", "zdsync-301", "outage-1-301", "zdsync-outage-1-", "zdsync-outage-1-x", "zdsync-a b-1"],
)
def test_any_other_external_id_names_nobody(other: str | None) -> None:
    assert contact_of(other) is None


@pytest.mark.parametrize("name", ["", "an outage", " outage"])
def test_a_campaign_has_a_name_without_blanks(name: str) -> None:
    with pytest.raises(ValueError, match="cannot be called"):
        external_id(name, 301)


@pytest.mark.parametrize(
    ("audit", "expected"),
    [
        pytest.param(an_audit(comments=(a_comment(public=True),)), True, id="said in public"),
        pytest.param(an_audit(comments=(a_comment(public=False),)), False, id="a note"),
        pytest.param(an_audit(changes=(Change("status", "solved", "open"),)), True, id="solved"),
        pytest.param(an_audit(changes=(Change("type", "incident", "problem"),)), True, id="a problem no more"),
        pytest.param(an_audit(changes=(Change("priority", "high", "urgent"),)), True, id="urgent no more"),
        pytest.param(an_audit(changes=(Change("tags", ("a",), ()),)), False, id="tagged"),
        pytest.param(an_audit(changes=(Change("assignee_id", 7, None),)), False, id="assigned"),
    ],
)
def test_news_are_what_customers_are_to_hear_of(audit: object, expected: bool) -> None:
    assert is_news(audit) is expected  # type: ignore[arg-type]
