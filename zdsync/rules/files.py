"""The configuration folder as it lies on disk: which file is what, and what cannot be read. For `load.py`.

    account.yaml, schedules.yaml, rules/*.yaml, messages/<locale>/<name>.md.j2, stories/*.yaml
    maintenance.yaml, where there is maintenance; availability.yaml, where there is a report of it

Hidden files and folders are left alone, and so are other folders. Stories are read apart: no worker waits for them.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Final

from babel import Locale, UnknownLocaleError

from zdsync.rules.findings import Finding, suggest
from zdsync.rules.nodes import Document, parse

ACCOUNT: Final = "account.yaml"
SCHEDULES: Final = "schedules.yaml"
MAINTENANCE: Final = "maintenance.yaml"
AVAILABILITY: Final = "availability.yaml"
OPTIONAL: Final = (MAINTENANCE, AVAILABILITY)
"""Files that may be missing: what they are about is then not done."""
RULES: Final = "rules"
MESSAGES: Final = "messages"
STORIES: Final = "stories"
MESSAGE_SUFFIX: Final = ".md.j2"
_YAML: Final = (".yaml", ".yml")
_LARGEST: Final = 1_000_000
"""Bytes of one file. A rule file has a few thousand."""


@dataclass
class Folder:
    """What was read. Files by their path within the folder, in order, with `/`."""

    root: Path
    documents: dict[str, Document] = field(default_factory=dict)
    texts: dict[str, str] = field(default_factory=dict)
    """Message texts by `<name>/<locale>`."""
    findings: list[Finding] = field(default_factory=list)

    def path(self, name: str) -> str:
        """A file's path as an editor can open it."""
        return str(self.root / name) if name else str(self.root)

    def report(self, name: str, wrong: str, write: str, *, at: tuple[int, int] = (1, 1), rule: str = "") -> None:
        self.findings.append(Finding(self.path(name), *at, rule, wrong, write))

    @property
    def rule_files(self) -> Mapping[str, Document]:
        return {name: document for name, document in self.documents.items() if name.startswith(f"{RULES}/")}

    @staticmethod
    def message_file(template: str, locale: str) -> str:
        return f"{MESSAGES}/{locale}/{template}{MESSAGE_SUFFIX}"


def read_folder(root: Path) -> Folder:
    """Never raises: what cannot be read is in `findings`."""
    folder = Folder(root)
    if not root.is_dir():
        folder.report("", "the folder does not exist", "run `zdsync init`, or name another folder")
        return folder
    for name in (ACCOUNT, SCHEDULES):
        if (root / name).exists():
            _read_yaml(folder, name)
        else:
            folder.report(name, "the file does not exist", "run `zdsync init`, which writes one to start from")
    for name in OPTIONAL:
        if (root / name).exists():
            _read_yaml(folder, name)
    for entry in _entries(folder, root):
        if entry.is_file() and entry.suffix in _YAML and entry.name not in (ACCOUNT, SCHEDULES, *OPTIONAL):
            folder.report(entry.name, "nothing reads this file", f"{_meant(entry.name)}, or move it to {RULES}/")
    _read_rules(folder)
    _read_messages(folder)
    return folder


def read_story_folder(root: Path) -> Folder:
    """The stories alone, which may be missing. Never raises."""
    folder = Folder(root)
    if (root / STORIES).is_dir():
        _read_yaml_below(folder, STORIES)
    return folder


def _meant(name: str) -> str:
    return suggest(name, (ACCOUNT, SCHEDULES, *OPTIONAL))


def _read_rules(folder: Folder) -> None:
    if not (folder.root / RULES).is_dir():
        folder.report(RULES, "the folder does not exist", "make it, with a YAML file of rules in it")
        return
    _read_yaml_below(folder, RULES)


def _read_yaml_below(folder: Folder, directory: str) -> None:
    for entry in sorted(_below(folder, folder.root / directory)):
        name = entry.relative_to(folder.root).as_posix()
        if entry.suffix in _YAML:
            _read_yaml(folder, name)
        else:
            folder.report(name, "nothing reads this file", "give it a name that ends in .yaml, or remove it")


def _read_messages(folder: Folder) -> None:
    top = folder.root / MESSAGES
    if not top.is_dir():
        return  # a rule that needs a text says so
    for entry in sorted(_below(folder, top)):
        name = entry.relative_to(folder.root).as_posix()
        locale, _, file = entry.relative_to(top).as_posix().partition("/")
        if not file or "/" in file or not file.endswith(MESSAGE_SUFFIX):
            like = folder.message_file("<name>", "<locale>")
            folder.report(name, "nothing reads this file", f"give it a path like {like}, or remove it")
        elif not _is_locale(locale):
            folder.report(name, f"`{locale}` is no locale", "name the folder like en, fr or pt-BR")
        else:
            text = _read_text(folder, name)
            if text is not None:
                folder.texts[f"{file.removesuffix(MESSAGE_SUFFIX)}/{locale}"] = text


def _is_locale(name: str) -> bool:
    try:
        Locale.parse(name, sep="-")
    except (ValueError, UnknownLocaleError):
        return False
    return True


def _entries(folder: Folder, directory: Path) -> list[Path]:
    try:
        return sorted(entry for entry in directory.iterdir() if not entry.name.startswith("."))
    except OSError as error:
        folder.report(directory.relative_to(folder.root).as_posix(), _why(error), "let zdsync's user read it")
        return []


def _below(folder: Folder, directory: Path) -> Iterator[Path]:
    for entry in _entries(folder, directory):
        if entry.is_dir():
            yield from _below(folder, entry)
        else:
            yield entry


def _read_yaml(folder: Folder, name: str) -> None:
    text = _read_text(folder, name)
    document = parse(text) if text is not None else Document(readable=False)
    folder.documents[name] = document
    for blemish in document.blemishes:
        folder.report(name, blemish.wrong, blemish.write, at=blemish.at)


def _read_text(folder: Folder, name: str) -> str | None:
    """With line ends as `\\n`; None, and a finding, where that cannot be."""
    path = folder.root / name
    try:
        with path.open("rb") as file:
            content = file.read(_LARGEST + 1)
    except OSError as error:
        folder.report(name, _why(error), "make it a file that zdsync's user can read")
        return None
    if len(content) > _LARGEST:
        folder.report(name, "the file is larger than a megabyte", "split it into several")
        return None
    try:
        text = content.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        before = content[: error.start]
        at = (before.count(b"\n") + 1, error.start - (before.rfind(b"\n") + 1) + 1)
        folder.report(name, "this character is not UTF-8", "save the file as UTF-8", at=at)
        return None
    return text.replace("\r\n", "\n").replace("\r", "\n")


def _why(error: OSError) -> str:
    return f"it cannot be read ({error.strerror or 'unknown error'})"
