"""The month of `test_month.py` is played on the sandbox of the scenarios."""

from __future__ import annotations

from tests.scenarios.conftest import _quiet, server

__all__ = ["_quiet", "server"]
