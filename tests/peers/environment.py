"""Other people's programs in a virtualenv of their own, since they pin other versions than ours.

Made at the first run of these tests, from `constraints.txt` beside this file (hashes and all), in a folder that git
ignores; made anew when the file or the Python changes. An install that fails, fails the tests.
"""

from __future__ import annotations

import fcntl
import hashlib
import shutil
import subprocess
import sys
from pathlib import Path

FOLDER = Path(__file__).parents[2] / ".venv-peers"
BUILD = Path(__file__).with_name("build-constraints.txt")
CONSTRAINTS = Path(__file__).with_name("constraints.txt")


def environment() -> Path:
    """The folder with the programs' commands. Test processes that start together make it once."""
    FOLDER.mkdir(exist_ok=True)
    wanted = _fingerprint()
    made, place = FOLDER / "made", FOLDER / "env"
    with (FOLDER / "lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        if not made.exists() or made.read_text() != wanted:
            made.unlink(missing_ok=True)
            shutil.rmtree(place, ignore_errors=True)
            _make(place)
            made.write_text(wanted)
    return place / "bin"


def _fingerprint() -> str:
    digest = hashlib.sha256(f"{sys.executable} {sys.version}".encode())
    for file in (BUILD, CONSTRAINTS):
        digest.update(file.read_bytes())
    return digest.hexdigest()


def _make(place: Path) -> None:
    _run(sys.executable, "-m", "venv", str(place))
    pip = (str(place / "bin" / "python"), "-m", "pip", "install", "--quiet", "--require-hashes")
    # Some are published as source only: what builds them is pinned too.
    _run(*pip, "--requirement", str(BUILD))
    _run(*pip, "--no-build-isolation", "--requirement", str(CONSTRAINTS))


def _run(*command: str) -> None:
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    if done.returncode:
        raise RuntimeError(f"{' '.join(command)}\n{done.stdout}\n{done.stderr}")
