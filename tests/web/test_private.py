"""What operators see: alive, ready or why not, and the numbers as Prometheus reads them."""

from __future__ import annotations

import asyncio
import json
from datetime import timedelta
from typing import Any

import pytest
from prometheus_client.parser import text_string_to_metric_families
from redis import Redis

from tests.web.asgi import Answer, ask
from zdsync.store.metrics import Metrics, Snapshot
from zdsync.web.metrics import Gauge, render
from zdsync.web.private import private_app
from zdsync.web.readiness import State, judge

FINE = State(
    heartbeats={"worker@a:1": timedelta(seconds=3), "worker@b:1": timedelta(days=1), "beat@a:2": timedelta(seconds=9)},
    epoch_set=True,
    rulebook="abc123",
    last_poll=timedelta(seconds=20),
)


def get(path: str, state: Any = lambda: FINE, text: bytes = b"") -> Answer:
    async def read_state() -> State:
        found: State = state()
        return found

    async def metrics() -> bytes:
        return text

    return asyncio.run(ask(private_app(read_state, metrics), "GET", path))


def test_alive_is_all_that_healthz_says() -> None:
    def fails() -> State:
        raise AssertionError("not asked")

    assert get("/healthz", fails).status == 200


def test_ready_when_everything_is_fine() -> None:
    answer = get("/readyz")
    assert answer.status == 200
    body = json.loads(answer.body)
    assert body["ready"] is True
    assert all(check["ok"] for check in body["checks"].values())


FAULTS: dict[str, tuple[dict[str, Any], str, str]] = {
    "redis is away": ({"redis_fault": "cannot be reached"}, "redis", "cannot be reached"),
    "no worker": ({"heartbeats": {"beat@a:2": timedelta(0)}}, "worker", "none has given a sign"),
    "a silent worker": (
        {"heartbeats": {"worker@a:1": timedelta(minutes=5), "beat@a:2": timedelta(0)}},
        "worker",
        "last sign 300 s ago",
    ),
    "no beat": ({"heartbeats": {"worker@a:1": timedelta(0)}}, "beat", "none has given a sign"),
    "an emptied index": ({"epoch_set": False}, "index", "resync"),
    "no rules": ({"rulebook": None}, "rulebook", "no rulebook"),
    "never polled": ({"last_poll": None}, "poll", "no poll"),
    "polled long ago": ({"last_poll": timedelta(hours=1)}, "poll", "3600 s ago"),
}


@pytest.mark.parametrize("name", FAULTS)
def test_not_ready_names_the_reason_and_only_that(name: str) -> None:
    changed, check, words = FAULTS[name]
    fields = {field: getattr(FINE, field) for field in ("heartbeats", "epoch_set", "rulebook", "last_poll")}
    answer = get("/readyz", lambda: State(**{**fields, **changed}))
    assert answer.status == 503
    failed = {name: line["why"] for name, line in json.loads(answer.body)["checks"].items() if not line["ok"]}
    assert list(failed) == [check]
    assert words in failed[check]


def test_a_store_that_raises_or_hangs_is_not_ready_and_no_500() -> None:
    def fails() -> State:
        raise ConnectionError("redis://:pass-word@host")

    answer = get("/readyz", fails)
    assert answer.status == 503
    assert b"pass-word" not in answer.body

    async def hangs() -> Any:
        await asyncio.Event().wait()

    app = private_app(hangs, hangs, seconds=0.01)
    for path in ("/readyz", "/metrics"):
        assert asyncio.run(ask(app, "GET", path)).status == 503


def test_every_check_is_listed_when_all_is_well() -> None:
    assert [check.name for check in judge(FINE)] == ["redis", "worker", "beat", "index", "rulebook", "poll"]


def test_metrics_of_all_processes_are_read_by_prometheus(redis: Redis, prefix: str) -> None:
    metrics = Metrics(redis, prefix)
    metrics.count("zdsync_api_calls_total", 3, kind="show")
    metrics.count("zdsync_api_calls_total", 2, kind="update")
    metrics.observe("zdsync_wake_lateness_seconds", 0.2)
    metrics.observe("zdsync_wake_lateness_seconds", 1.5)
    gauges = [Gauge("zdsync_tickets", "state", {"live": 4, "leased": 1}), Gauge("zdsync_due", "", {"": 2})]
    answer = get("/metrics", text=render(metrics.snapshot(), gauges, {"stored": 7, "refused": 1}))
    assert answer.status == 200
    assert answer.headers["content-type"].startswith("text/plain; version=0.0.4")
    found = {
        (sample.name, tuple(sample.labels.values())): sample.value
        for family in text_string_to_metric_families(answer.body.decode())
        for sample in family.samples
    }
    assert found["zdsync_api_calls_total", ("show",)] == 3
    assert found["zdsync_api_calls_total", ("update",)] == 2
    assert found["zdsync_webhooks_total", ("stored",)] == 7
    assert found["zdsync_tickets", ("live",)] == 4
    assert found["zdsync_due", ()] == 2
    assert found["zdsync_wake_lateness_seconds_bucket", ("0.25",)] == 1
    assert found["zdsync_wake_lateness_seconds_bucket", ("+Inf",)] == 2
    assert found["zdsync_wake_lateness_seconds_count", ()] == 2
    assert found["zdsync_wake_lateness_seconds_sum", ()] == pytest.approx(1.7)


def test_no_numbers_yet_is_an_empty_page() -> None:
    assert render(Snapshot(), [], {}) == b""
