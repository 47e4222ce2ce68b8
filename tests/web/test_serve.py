"""Both applications in one real process: two addresses, and an end that loses no delivery in progress."""

from __future__ import annotations

import signal
import socket
import subprocess
import sys
import threading
from collections.abc import Iterator
from contextlib import contextmanager

import pytest
import requests

from tests.zendesk.test_webhook import TRIGGER, signed
from zdsync.web.serve import BindError, listen


@contextmanager
def served() -> Iterator[tuple[subprocess.Popen[str], str, str]]:
    process = subprocess.Popen([sys.executable, "-m", "tests.web.served"], stdout=subprocess.PIPE, text=True)
    try:
        assert process.stdout is not None
        public, private = next(line for line in process.stdout if line.startswith("http")).split()
        yield process, public, private
    finally:
        process.kill()
        process.communicate()


def test_each_address_has_its_own_application() -> None:
    with served() as (_, public, private):
        assert requests.get(f"{private}/healthz", timeout=10).text == "alive\n"
        assert requests.get(f"{public}/healthz", timeout=10).status_code == 404
        assert requests.get(f"{public}/metrics", timeout=10).status_code == 404
        assert requests.post(f"{private}/webhook", timeout=10).status_code == 404
        answer = requests.post(f"{public}/webhook", TRIGGER, headers=signed(TRIGGER), timeout=10)
        assert (answer.status_code, "Server" in answer.headers) == (202, False)


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT])
def test_a_signal_ends_it_after_the_delivery_in_progress_is_stored(number: signal.Signals) -> None:
    with served() as (process, public, _):
        statuses: list[int] = []

        def deliver() -> None:
            answer = requests.post(f"{public}/webhook", TRIGGER, headers=signed(TRIGGER), timeout=10)
            statuses.append(answer.status_code)

        thread = threading.Thread(target=deliver)
        thread.start()
        assert process.stdout is not None
        assert process.stdout.readline() == "receiving\n"
        process.send_signal(number)
        output = process.stdout.read()
        thread.join(20)
        assert process.wait(20) == 0
    assert statuses == [202]
    assert "closed with 1 stored" in output


def test_an_address_in_use_is_named() -> None:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]
        with pytest.raises(BindError, match=f"127.0.0.1:{port}"):
            listen("127.0.0.1", port)
