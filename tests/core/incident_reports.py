"""A report with something of everything, for the tests of its words and of its paper."""

from __future__ import annotations

from dataclasses import replace
from datetime import date, datetime, timedelta
from typing import Any

from tests.builders import paris
from zdsync.core.incident_report import Event, Promise, Report, Task, Told
from zdsync.core.spans import Span


def at(time: str) -> datetime:
    return paris(f"2026-11-24 {time}")


def a_report(**changes: Any) -> Report:
    """Two hours and 42 minutes; of two promises one is kept."""
    report = Report(
        problem_id=4711,
        product="K Pro",
        began=at("09:10"),
        ended=at("11:52"),
        downs=(Span(at("09:10"), at("11:52")),),
        every=timedelta(minutes=30),
        organizations=61,
        events=(
            Event(at("09:10"), "began", 44),
            Event(at("09:14"), "declared", 14),
            Event(at("09:20"), "announced", 16, count=423, until=at("09:50")),
            Event(at("09:26"), "last told", 9001, ticket_id=5200, count=423),
            Event(at("09:47"), "update", 19, until=at("10:17")),
            Event(at("10:17"), "missed", 19, until=at("10:17")),
            Event(at("10:21"), "update", 23, until=at("10:51")),
            Event(at("11:52"), "resolved", 40),
        ),
        told=(
            Told("notice", 16, 421, at("09:20"), at("09:26"), failed=2),
            Told("update", 19, 421, at("09:47"), at("09:53")),
            Told("resolution", 40, 421, at("11:52"), at("11:59")),
        ),
        promises=(Promise(at("09:50"), at("09:47"), False), Promise(at("10:17"), at("10:21"), True)),
        summary="Nobody could sign in.\n\nAt 11:40 the certificate was put back.",
        root_cause="An update removed a certificate.",
        actions=(Task("Test sign-in before each update", "Tom", date(2026, 12, 15)),),
        previous=(Task("Add a standby node", "Claire", date(2026, 11, 1)),),
        version=1,
    )
    return replace(report, **changes)
