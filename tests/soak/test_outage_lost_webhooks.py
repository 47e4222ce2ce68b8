"""The stories of major incidents with every webhook lost: the poll finds what has happened, and the end is the same."""

from __future__ import annotations

import pytest

import tests.scenarios.test_outage_stories as stories
from tests.scenarios.conftest import _quiet, server
from tests.scenarios.test_outage_stories import How, outage, outage_with

__all__ = ["_quiet", "outage", "outage_with", "server"]

globals().update({name: each for name, each in vars(stories).items() if name.startswith("test_")})


@pytest.fixture
def how() -> How:
    return "poll"
