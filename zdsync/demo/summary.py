"""What a run came to: targets, warnings, breaches, calls by kind, and how late wake-ups were acted on."""

from __future__ import annotations

from math import inf

from rich.table import Table

from zdsync.store.metrics import Histogram, Metrics, Snapshot

MESSAGES = {
    "ack": "requests acknowledged, where no trigger does",
    "intake": "customers asked for what a request lacks",
    "target": "targets set",
    "promise": "targets told to customers",
    "warn": "warnings before a target",
    "breach": "breaches noted",
    "nopriority": "missing priorities noted",
    "cadence": "reminders of promised updates",
    "ask": "customers asked whether it is completed, where no trigger does",
    "chase": "customers reminded of the question",
    "reply": "replies told to the agents",
    "override": "agents' decisions recorded",
    "relay": "updates of an outage passed on",
    "resolved": "ends of an outage told",
}


def summary(metrics: Metrics) -> Table:
    """The figures that all processes have counted in Redis."""
    snapshot = metrics.snapshot()
    table = Table(title="Summary", title_justify="left", show_header=False, show_edge=False)
    for kind, words in MESSAGES.items():
        table.add_row(words, str(_counted(snapshot, "zdsync_messages_total", kind=kind)))
    notices = sum(number for (name, _), number in snapshot.counters.items() if name == "zdsync_notices_total")
    table.add_row("notices of outages, maintenance and reports", str(notices))
    for (name, labels), number in sorted(snapshot.counters.items()):
        if name == "zdsync_api_calls_total":
            table.add_row(f"API calls: {dict(labels)['kind']}", str(number))
    late = snapshot.histograms.get("zdsync_wake_lateness_seconds")
    if late is not None:
        table.add_row("tickets looked at", str(late.count))
        table.add_row("late by, half of them at most", _quantile(late, 0.5))
        table.add_row("late by, 99 % of them at most", _quantile(late, 0.99))
    return table


def _counted(snapshot: Snapshot, wanted: str, **labels: str) -> int:
    return snapshot.counters.get((wanted, tuple(sorted(labels.items()))), 0)


def _quantile(histogram: Histogram, share: float) -> str:
    """The upper end of the bucket in which the quantile lies."""
    for bound, below in histogram.buckets.items():
        if below >= share * histogram.count:
            return "more than an hour" if bound == inf else f"{bound:g} s"
    return "-"
