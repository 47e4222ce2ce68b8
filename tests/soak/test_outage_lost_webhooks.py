"""The stories of major incidents and of their reports with every webhook lost: the poll finds what has happened, and
the end is the same."""

from __future__ import annotations

import pytest

import tests.scenarios.test_outage_stories as outages
import tests.scenarios.test_report_stories as reports
from tests.scenarios.conftest import _quiet, server
from tests.scenarios.test_outage_stories import How, outage, outage_with
from tests.scenarios.test_report_stories import reported

__all__ = ["_quiet", "outage", "outage_with", "reported", "server"]

for stories in (outages, reports):
    globals().update({name: each for name, each in vars(stories).items() if name.startswith("test_")})


@pytest.fixture
def how() -> How:
    return "poll"
