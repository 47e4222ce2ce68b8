"""All processes of one machine, as `zdsync up` starts them, beside a sandbox whose clock runs like a real one.

For the benches of what only real processes can tell. The limits of the account are out of the way: what is measured is
how quick zdsync is, not how much of its API a plan allows.
"""

from __future__ import annotations

import json
import shutil
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Any

import psutil
import requests
import yaml

from tests.bench import CONFIG
from zdsync.cli.up import programs
from zdsync.clock import milliseconds
from zdsync.demo.director import Sandbox
from zdsync.demo.stage import beside, environment, prepared, sandbox_process, wait_until_ready
from zdsync.logs import configure_logs
from zdsync.sandbox import Account
from zdsync.settings import Bind, Secret, Settings
from zdsync.store.server import EmbeddedRedis
from zdsync.supervise import Supervisor
from zdsync.web.doors import opened
from zdsync.wiring import Store, store_of

PLENTY = 1_000_000
LONGEST_SECONDS = 180.0


@dataclass(frozen=True)
class Machine:
    """The running processes, and what there is to see of them."""

    sandbox: Sandbox
    settings: Settings
    supervisor: Supervisor
    store: Store

    def our_writes(self) -> list[dict[str, Any]]:
        """Our updates of tickets that were carried out, in order; `at` is the instant of the sandbox in ms."""
        assert self.settings.credential is not None
        reply = requests.get(f"{self.settings.sandbox_control}/calls", timeout=30).json()
        return [
            {**write, "at": milliseconds(datetime.fromisoformat(write["at"]))}
            for write in reply["writes"]
            if write["method"] == "PUT" and write["ticket"] and write["status"] == 200 and _keys(write)
        ]

    def idle(self) -> bool:
        """Nothing is due and nobody is working."""
        return not self.store.due.counts()["leased"] and not self.store.due.count_due(milliseconds(self.sandbox.now()))

    def wait(self, until: Callable[[], bool], every: float = 0.2) -> None:
        """Until it holds. Raises TimeoutError after three minutes."""
        ends = time.monotonic() + LONGEST_SECONDS
        while not until():
            self.supervisor.look()
            if time.monotonic() > ends:
                raise TimeoutError("the processes have not come to what is waited for; is the machine overloaded?")
            time.sleep(every)

    def worker_mb(self) -> float:
        """Resident memory of the biggest process of the worker."""
        worker = psutil.Process(self.supervisor.pids()["worker"])
        return max(each.memory_info().rss for each in (worker, *worker.children(recursive=True))) / 1e6


def _keys(write: dict[str, Any]) -> list[str]:
    """Of the messages in an update."""
    metadata = write["body"]["ticket"].get("metadata") or {}
    return str(metadata.get("zdsync_keys", "")).split()


@contextmanager
def running(account: Account) -> Iterator[Machine]:
    """The processes, ready, beside a sandbox that begins with this account; its clock runs from then on."""
    account.limits.account_per_minute = PLENTY
    account.limits.totals.update({"tickets-update": PLENTY, "per-ticket-updates": PLENTY})
    configure_logs("json")
    with tempfile.TemporaryDirectory() as name, EmbeddedRedis(Path(name) / "redis") as redis:
        folder = Path(name)
        state = folder / "account.json"
        state.write_text(json.dumps(account.to_json()))
        with sandbox_process("--load", str(state)) as (_, address):
            anywhere = Bind("127.0.0.1", 0)
            found = Settings(
                redis_url=Secret(redis.url),
                config=_config_without_caps(folder),
                state=folder,
                public_bind=anywhere,
                private_bind=anywhere,
            )
            sandbox = Sandbox(address.control)
            with opened(found) as (open_to, doors), (folder / "log").open("w") as log:
                settings, _ = prepared(beside(open_to, address), sandbox)
                supervisor = Supervisor(
                    programs(settings, 1, environment(settings), doors),
                    lambda name, line: print(name, line, file=log),
                )
                supervisor.start()
                try:
                    wait_until_ready(settings, supervisor.look)
                    sandbox.run(1)
                    yield Machine(sandbox, settings, supervisor, store_of(settings))
                except TimeoutError:
                    log.flush()
                    print((folder / "log").read_text()[-2000:], file=sys.stderr)
                    raise
                finally:
                    supervisor.stop()


def _config_without_caps(folder: Path) -> Path:
    """The shipped targets; the caps on messages are brakes, and no part of what is measured.

    Other rules would say more, at other times: what is timed is the way of one note.
    """
    config = Path(shutil.copytree(CONFIG, folder / "config", ignore=shutil.ignore_patterns("stories")))
    for file in (config / "rules").iterdir():
        if file.name != "sla_targets.yaml":
            file.unlink()
    account = yaml.safe_load((config / "account.yaml").read_text())
    account["caps"] = {"per_ticket_per_day": PLENTY, "per_hour": PLENTY, "per_rule_per_hour": PLENTY}
    account["scope"] = account["scope"] or {}
    (config / "account.yaml").write_text(yaml.safe_dump(account))
    return config
