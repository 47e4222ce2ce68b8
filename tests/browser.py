"""A real browser for tests: `with browser() as found: found.new_context(…)`. Chromium, through Playwright.

On a fresh machine it is set up by the first test that needs it: Playwright's own download, or, where that cannot be had
and we are root on Debian or Ubuntu, the distribution's package. Without a browser the tests fail, and say what to do.
"""

from __future__ import annotations

import fcntl
import os
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Final

from playwright.sync_api import Browser, BrowserType, Error, sync_playwright

ARGS: Final = (
    "--no-sandbox",  # root in a container has none
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
)
NAMES: Final = ("chromium", "chromium-browser", "google-chrome", "google-chrome-stable")
ROOT: Final = 0


class NoBrowser(Exception):
    """There is none, and none could be installed."""


@contextmanager
def browser() -> Iterator[Browser]:
    """Open until the block ends. No other event loop runs in this thread meanwhile. Raises `NoBrowser`."""
    with sync_playwright() as playwright:
        opened = _opened(playwright.chromium)
        try:
            yield opened
        finally:
            opened.close()


def _opened(kind: BrowserType) -> Browser:
    """The first one that starts. What is installed is tried before anything is downloaded; one process installs."""
    tried: list[str] = []
    if found := _started(kind, tried):
        return found
    with (Path(tempfile.gettempdir()) / "zdsync-tests-browser.lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        for install in (_wait, _download, _package):
            install()
            if found := _started(kind, tried):
                return found
    raise NoBrowser(
        "no browser can be started. Run `.venv/bin/playwright install --with-deps chromium`, or install the package "
        "`chromium` of your system. Tried:\n" + "\n".join(dict.fromkeys(tried))
    )


def _started(kind: BrowserType, tried: list[str]) -> Browser | None:
    paths = [None, *(path for name in NAMES if (path := shutil.which(name)))]
    for path in paths:
        try:
            return kind.launch(executable_path=path, args=ARGS)
        except Error as error:
            tried.append(f"{path or 'the download'}: {error.message.splitlines()[0]}")
    return None


def _wait() -> None:
    """Who waited for the lock may find it installed by now."""


def _download() -> None:
    _run([sys.executable, "-m", "playwright", "install", "--only-shell", "chromium"])


def _package() -> None:
    if os.geteuid() == ROOT and shutil.which("apt-get"):
        _run(["apt-get", "update"])
        _run(["apt-get", "install", "--yes", "--no-install-recommends", "chromium"])


def _run(command: list[str]) -> None:
    """Whether it has helped is seen by starting the browser."""
    environment = {**os.environ, "DEBIAN_FRONTEND": "noninteractive"}
    subprocess.run(command, stdin=subprocess.DEVNULL, capture_output=True, env=environment, check=False)
