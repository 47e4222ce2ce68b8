"""The stories of major incidents with every webhook lost: the poll finds what has happened, and the end is the same."""

from __future__ import annotations

import pytest

from tests.scenarios.conftest import _quiet, server
from tests.scenarios.test_outage_stories import *  # noqa: F403
from tests.scenarios.test_outage_stories import How

__all__ = ["_quiet", "server"]


@pytest.fixture
def how() -> How:  # type: ignore[no-redef]
    return "poll"
