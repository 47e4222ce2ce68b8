"""Logs: one line for each event, JSON for machines, the same way for our own and for other libraries' loggers."""

from __future__ import annotations

import io
import json
import logging
import sys
from collections.abc import Callable, Iterator
from typing import Any

import pytest
import structlog

from tests.desk import EMILY, Desk
from zdsync.logs import Form, configure_logs


class Terminal(io.StringIO):
    def isatty(self) -> bool:
        return True


@pytest.fixture(autouse=True)
def _as_before() -> Iterator[None]:
    """Logging is global: what a test sets up is taken down."""
    root, config = logging.getLogger(), structlog.get_config()
    handlers, level = root.handlers[:], root.level
    yield
    root.handlers[:] = handlers
    root.setLevel(level)
    structlog.configure(**config)
    structlog.contextvars.clear_contextvars()


@pytest.fixture
def lines(capsys: pytest.CaptureFixture[str]) -> Callable[[], list[dict[str, Any]]]:
    """Gives the lines since it was last asked."""
    return lambda: [json.loads(line) for line in capsys.readouterr().err.splitlines()]


Lines = Callable[[], list[dict[str, Any]]]


def test_json(lines: Lines) -> None:
    """Event, level, UTC time, and the fields as they are."""
    configure_logs("json")
    structlog.get_logger().warning("a cap is reached", ticket=7, rules=("a", "b"))
    (line,) = lines()
    assert line.pop("logged_at").endswith("Z")
    assert line == {"event": "a cap is reached", "level": "warning", "ticket": 7, "rules": ["a", "b"]}


def test_standard_library_loggers(lines: Lines) -> None:
    """Celery's lines have the same form; those that nobody reads are left out."""
    configure_logs("json")
    logging.getLogger("celery.worker").warning("%s of %s", 1, 2)
    for noisy in ("celery.app.trace", "celery.worker.strategy", "celery.beat", "urllib3", "kombu"):
        logging.getLogger(noisy).info("Task accepted")
    (line,) = lines()
    assert (line["event"], line["level"]) == ("1 of 2", "warning")


def test_an_exception_is_one_line(lines: Lines) -> None:
    """With its traceback inside, so that nothing is torn apart on the way."""
    configure_logs("json")
    try:
        raise KeyError("x")
    except KeyError:
        structlog.get_logger().exception("reconcile failed")
    (line,) = lines()
    assert "KeyError: 'x'" in line["exception"]


def test_the_ticket_of_a_line(lines: Lines) -> None:
    """What is bound around a unit of work stands on each of its lines, also on those of libraries."""
    configure_logs("json")
    with structlog.contextvars.bound_contextvars(ticket=7):
        structlog.get_logger().info("one")
        logging.getLogger("zenpy").warning("two")
    structlog.get_logger().info("three")
    assert [line.get("ticket") for line in lines()] == [7, 7, None]


@pytest.mark.parametrize(
    ("form", "terminal", "is_json"),
    [("auto", False, True), ("auto", True, False), ("json", True, True), ("console", False, False)],
)
def test_the_form(form: Form, terminal: bool, is_json: bool, monkeypatch: pytest.MonkeyPatch) -> None:
    """`auto` is for people in a terminal and for machines elsewhere."""
    stream = Terminal() if terminal else io.StringIO()
    monkeypatch.setattr(sys, "stderr", stream)
    configure_logs(form)
    structlog.get_logger().info("hello", ticket=7)
    assert stream.getvalue().startswith("{") is is_json
    assert "hello" in stream.getvalue()


def test_a_second_set_up_replaces_the_first(capsys: pytest.CaptureFixture[str]) -> None:
    """No line comes twice, and loggers that were made before follow."""
    log = structlog.get_logger()
    configure_logs("console")
    log.info("before")
    configure_logs("json")
    configure_logs("json")
    log.info("after")
    text = capsys.readouterr().err
    assert text.count("after") == 1
    assert json.loads(text.splitlines()[-1])["event"] == "after"


def test_no_ticket_text(capsys: pytest.CaptureFixture[str], desk: Desk) -> None:
    """Subjects, comments, names, addresses and tokens of a whole life of a ticket are in no line; its id is."""
    configure_logs("json")
    ticket = desk.asks(subject="Secret cohort ALPHA", comment="Patient Zorro's slide is blurred.", priority="high")
    desk.hint(ticket)
    desk.fault("reply", method="PUT", path="/tickets/*", status=422)
    desk.until("12:00")
    text = capsys.readouterr().err
    events = [json.loads(line) for line in text.splitlines()]
    assert [event for event in events if event.get("ticket") == ticket and event["event"] == "reconciled"]
    assert any(event["level"] == "error" for event in events)
    for secret in ("ALPHA", "Zorro", EMILY, "Emily", desk.server.token, "blurred"):
        assert secret not in text
