"""Addresses that `zdsync up` holds for its `web`: nobody else gets them, and each start of it listens there."""

from __future__ import annotations

import os
import signal
import socket
import sys
from pathlib import Path

import pytest
import requests

from tests.patience import until
from zdsync.settings import Bind, Settings
from zdsync.supervise import Program, Supervisor
from zdsync.web.doors import handed_on, opened
from zdsync.web.serve import BindError

HERE = "127.0.0.1"


def wanting(public: int, private: int = 0) -> Settings:
    return Settings(public_bind=Bind(HERE, public), private_bind=Bind(HERE, private))


def test_a_port_that_nobody_asked_for_is_one_that_is_held() -> None:
    with opened(wanting(0)) as (found, doors):
        ports = [found.public_bind.port, found.private_bind.port]
        assert ports == [door.getsockname()[1] for door in doors]
        assert len({0, *ports}) == 3
        for port in ports:
            with socket.socket() as other, pytest.raises(OSError, match="in use"):
                other.bind((HERE, port))


def test_a_taken_port_that_was_asked_for_is_named_and_the_other_one_given_back() -> None:
    with socket.create_server((HERE, 0)) as held, socket.socket() as free:
        free.bind((HERE, 0))
        taken, other = held.getsockname()[1], free.getsockname()[1]
        free.close()
        with pytest.raises(BindError, match=f"^cannot listen on {HERE}:{taken}: "), opened(wanting(other, taken)):
            raise AssertionError("it has begun")
        with opened(wanting(other)) as (found, _):
            assert found.public_bind.port == other


def test_a_demo_goes_elsewhere_from_a_taken_port_and_stays_at_a_free_one() -> None:
    with socket.create_server((HERE, 0)) as held, socket.socket() as free:
        free.bind((HERE, 0))
        taken, other = held.getsockname()[1], free.getsockname()[1]
        free.close()
        with opened(wanting(taken, other), elsewhere=True) as (found, _):
            assert found.public_bind.port not in (0, taken)
            assert found.private_bind.port == other


def test_a_web_that_was_killed_comes_back_at_the_same_port_and_answers_what_came_meanwhile(tmp_path: Path) -> None:
    lines: list[str] = []
    with opened(wanting(0)) as (found, doors):
        argv = [sys.executable, "-m", "tests.web.served", *handed_on(doors)]
        program = Program("web", argv, descriptors=[door.fileno() for door in doors])
        supervisor = Supervisor([program], lambda _, line: lines.append(line) if line.startswith("http") else None)
        supervisor.start()
        try:
            until(lambda: len(lines) == 1)
            os.killpg(supervisor.pids()["web"], signal.SIGKILL)
            until(lambda: not supervisor.pids())
            with socket.create_connection((HERE, found.private_bind.port)) as early:
                early.sendall(b"GET /healthz HTTP/1.1\r\nHost: here\r\nConnection: close\r\n\r\n")
                until(lambda: _again(supervisor, lines))
                assert early.makefile("rb").readline() == b"HTTP/1.1 200 OK\r\n"
            assert requests.get(f"http://{found.private_bind}/healthz", timeout=10).text == "alive\n"
        finally:
            supervisor.stop()
    assert lines == [f"http://{found.public_bind} http://{found.private_bind}"] * 2


def _again(supervisor: Supervisor, lines: list[str]) -> bool:
    supervisor.look()
    return len(lines) == 2
