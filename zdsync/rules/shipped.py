"""The configuration that comes with zdsync, and how it becomes somebody's own. `zdsync init` calls `begin`, and with
`--add` what is in `additions.py`.

In a clone it is `config/` beside the code; a wheel installs it as data under `share/zdsync` (`pyproject.toml`).
"""

from __future__ import annotations

import re
import sys
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime
from importlib.metadata import PackageNotFoundError, distribution
from pathlib import Path
from typing import Final

from zdsync.rules import schema
from zdsync.rules.atomic import write
from zdsync.rules.files import ACCOUNT
from zdsync.rules.nodes import parse

CONFIG: Final = "config"
EXAMPLE: Final = ".env.example"


class CannotBegin(Exception):
    """Nothing was changed; the text says why, and what to do."""


@dataclass(frozen=True, slots=True)
class Begun:
    """What `begin` did, by paths to show."""

    written: tuple[Path, ...]
    live_since: datetime


def shipped_root() -> Path:
    """The folder that holds `config/` and `.env.example` as shipped."""
    beside = Path(__file__).resolve().parents[2]
    if (beside / "pyproject.toml").is_file() and (beside / CONFIG / ACCOUNT).is_file():
        return beside
    for root in (*_installed(), Path(sys.prefix) / "share" / "zdsync"):
        if (root / CONFIG / ACCOUNT).is_file():
            return root
    raise CannotBegin("The shipped configuration is not installed. Reinstall zdsync, or copy config/ from its source.")


def _installed() -> Iterator[Path]:
    """Where the installer says that it put the data; with `--user` or `--target` not below `sys.prefix`."""
    try:
        files = distribution("zdsync").files or []
    except PackageNotFoundError:
        return
    for file in files:
        if file.as_posix().endswith(f"share/zdsync/{CONFIG}/{ACCOUNT}"):
            yield Path(str(file.locate())).resolve().parents[1]


def begin(folder: Path, live_since: datetime) -> Begun:
    """Make `config/` and `.env.example` in the folder, live since the instant, everything in shadow.

    Where `config/` is there already and lacks only `live_since`, that line is set and no other. No file is overwritten.
    Raises `CannotBegin`.
    """
    account = folder / CONFIG / ACCOUNT
    instant = live_since.astimezone(UTC).replace(microsecond=0)
    root = shipped_root()
    written = _set_in_place(account, instant) if account.exists() else _copy(root, folder, instant)
    example = folder / EXAMPLE
    if not example.exists():
        _write(example, (root / EXAMPLE).read_text("utf-8"))
        written = (*written, example)
    schema.write(folder / CONFIG)
    return Begun(written, instant)


def _set_in_place(account: Path, instant: datetime) -> tuple[Path, ...]:
    text = _read(account)
    document = parse(text)
    if not document.readable or not isinstance(document.data, dict | None):
        raise CannotBegin(f"{account} cannot be read. `zdsync check` says why.")
    there = (document.data or {}).get("live_since")
    if there is not None:
        add = "What the installed version needs, and is not there yet, is added by `zdsync init --add`."
        raise CannotBegin(f"{account} is live since {there} already. Nothing was changed. {add}")
    _write(account, with_live_since(text, instant))
    return (account,)


def _copy(root: Path, folder: Path, instant: datetime) -> tuple[Path, ...]:
    files = list(_shipped_files(root))
    targets = {file: folder / file.relative_to(root) for file in files}
    in_the_way = [str(target) for target in targets.values() if target.exists()]
    if in_the_way:
        names = "\n  ".join(in_the_way)
        raise CannotBegin(f"These files are there already, and nothing is overwritten:\n  {names}")
    for file, target in targets.items():
        text = _read(file)
        _write(target, with_live_since(in_shadow(text), instant) if file.name == ACCOUNT else text)
    return tuple(targets.values())


def _shipped_files(root: Path) -> Iterator[Path]:
    for file in sorted((root / CONFIG).rglob("*")):
        hidden = any(part.startswith(".") for part in file.relative_to(root).parts)
        if file.is_file() and not hidden:
            yield file


def with_live_since(text: str, instant: datetime) -> str:
    """The text of `account.yaml` with that line set, and every other character as it was."""
    value = f"{instant:%Y-%m-%dT%H:%M:%SZ}"
    document = parse(text)
    at = document.keys.get(("live_since",))
    if at is None:
        first = min(document.keys.values(), default=None)
        lines = text.splitlines(keepends=True)
        number = first[0] - 1 if first else len(lines)
        lines.insert(number, f"live_since: {value}\n")
        changed = "".join(lines)
    else:
        changed = _with_value(text, at[0], "live_since", value)
    if parse(changed).data != {**_mapping(document.data), "live_since": value}:
        raise CannotBegin(f"`live_since` could not be set in {ACCOUNT}. Write by hand: live_since: {value}")
    return changed


def in_shadow(text: str) -> str:
    """The text of `account.yaml` with `mode: shadow`, as everything starts on a real account."""
    at = parse(text).keys.get(("mode",))
    return _with_value(text, at[0], "mode", "shadow") if at else text


_UNTIL: Final = "                    # added by `zdsync init --add`: does nothing until you write shadow, or live"


def switched_off(text: str) -> str:
    """The text of a file of shipped rules with `mode: off` in each, and every other line as it was."""
    document = parse(text)
    lines = text.splitlines(keepends=True)
    for path, (line, column) in document.keys.items():
        if len(path) == 2 and path[1] == "mode":
            lines[line - 1] = f"{lines[line - 1][: column - 1]}mode: off{_UNTIL}\n"
    changed = "".join(lines)
    rules = document.data if isinstance(document.data, list) else []
    if parse(changed).data != [{**_mapping(rule), "mode": "off"} for rule in rules]:
        raise CannotBegin("A shipped rule could not be switched off. Reinstall zdsync.")
    return changed


def _with_value(text: str, line: int, key: str, value: str) -> str:
    lines = text.splitlines(keepends=True)
    lines[line - 1] = re.sub(
        rf"^({key}[ \t]*:)(?:[ \t]+[^#\s][^#\r\n]*?)?([ \t]+#[^\r\n]*)?[ \t]*(\r?\n?)$",
        lambda match: f"{match[1]} {value}{match[2] or ''}{match[3]}",
        lines[line - 1],
    )
    return "".join(lines)


def _mapping(data: object) -> dict[str, object]:
    return dict(data) if isinstance(data, dict) else {}


def _read(path: Path) -> str:
    try:
        with path.open(encoding="utf-8", newline="") as file:
            return file.read()
    except (OSError, UnicodeDecodeError) as error:
        raise CannotBegin(f"{path} cannot be read: {error}") from error


def _write(path: Path, text: str) -> None:
    try:
        write(path, text)
    except OSError as error:
        raise CannotBegin(f"{path} cannot be written: {error.strerror}") from error
