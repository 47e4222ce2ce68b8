"""Prometheus' text for `/metrics`, from the numbers that all processes count in Redis and the state of the index."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field

from prometheus_client import CollectorRegistry, generate_latest
from prometheus_client.core import CounterMetricFamily, GaugeMetricFamily, HistogramMetricFamily, Metric
from prometheus_client.registry import Collector

from zdsync.store.metrics import Histogram, Labels, Snapshot

CONTENT_TYPE = "text/plain; version=0.0.4; charset=utf-8"

HELP: Mapping[str, str] = {
    "zdsync_api_calls": "Requests to Zendesk by kind.",
    "zdsync_link_answers": "Answers on the confirmation page by outcome.",
    "zdsync_messages": "Messages posted on tickets by kind of key.",
    "zdsync_reconciled": "Passes over a ticket by outcome.",
    "zdsync_rejected": "Updates that Zendesk refused.",
    "zdsync_wrong": "What agents have called wrong, by rule.",
    "zdsync_wake_lateness_seconds": "How late a due ticket was looked at.",
    "zdsync_webhooks": "Deliveries to the receiver by outcome.",
    "zdsync_tickets": "Tickets in the index by state: waiting by class, or leased to a worker.",
    "zdsync_due": "Tickets that are due now.",
    "zdsync_heartbeat_age_seconds": "Time since the last sign of life by process.",
}


@dataclass(frozen=True, slots=True)
class Gauge:
    """A number as of now, by the values of one label (or one number under an empty label)."""

    name: str
    label: str
    values: Mapping[str, float] = field(default_factory=dict)


def render(snapshot: Snapshot, gauges: Iterable[Gauge], webhooks: Mapping[str, int]) -> bytes:
    """The text. `webhooks`: outcomes counted in this process (writing each to Redis would cost a call per delivery)."""
    registry = CollectorRegistry(auto_describe=False)
    registry.register(_Once([*_counters(snapshot.counters, webhooks), *_histograms(snapshot), *map(_gauge, gauges)]))
    return generate_latest(registry)


class _Once(Collector):
    def __init__(self, metrics: list[Metric]) -> None:
        self._metrics = metrics

    def collect(self) -> Iterable[Metric]:
        return self._metrics


def _counters(counters: Mapping[tuple[str, Labels], int], webhooks: Mapping[str, int]) -> list[Metric]:
    found: dict[tuple[str, tuple[str, ...]], CounterMetricFamily] = {}
    rows = [*counters.items(), *((("zdsync_webhooks", (("outcome", name),)), n) for name, n in webhooks.items())]
    for (name, labels), value in rows:
        name = name.removesuffix("_total")
        names = tuple(label for label, _ in labels)
        if (name, names) not in found:
            found[name, names] = CounterMetricFamily(name, HELP.get(name, name), labels=names)
        found[name, names].add_metric([text for _, text in labels], value)
    return list(found.values())


def _histograms(snapshot: Snapshot) -> list[Metric]:
    return [_histogram(name, histogram) for name, histogram in snapshot.histograms.items()]


def _histogram(name: str, histogram: Histogram) -> Metric:
    buckets = [("+Inf" if bound == float("inf") else str(bound), float(n)) for bound, n in histogram.buckets.items()]
    family = HistogramMetricFamily(name, HELP.get(name, name))
    family.add_metric([], buckets, sum_value=histogram.sum)
    return family


def _gauge(gauge: Gauge) -> Metric:
    family = GaugeMetricFamily(
        gauge.name, HELP.get(gauge.name, gauge.name), labels=[gauge.label] if gauge.label else []
    )
    for label, value in gauge.values.items():
        family.add_metric([label] if gauge.label else [], value)
    return family
