"""YAML text to plain data, with the place of everything in it.

PyYAML's own constructors follow YAML 1.1, where `off` is false, `1:30` is 90 and `2026-12-24` an object. An admin who
writes `mode: off` or `09:00` means those letters, so scalars are resolved here, by the smaller core rules of YAML 1.2.
`rules/files.py` calls `parse`.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import lru_cache

import yaml
from yaml.nodes import MappingNode, Node, ScalarNode, SequenceNode

NodePath = tuple[str | int, ...]
"""Keys and list indexes from the top of a file."""

Position = tuple[int, int]
"""Line and column, both from 1."""

_NULL = frozenset(("", "~", "null", "Null", "NULL"))
_BOOL = {"true": True, "True": True, "TRUE": True, "false": False, "False": False, "FALSE": False}
_INT = re.compile(r"[-+]?(?:0|[1-9][0-9]*)")
_FLOAT = re.compile(r"[-+]?(?:0|[1-9][0-9]*)\.[0-9]+")
_TAGS = ("str", "seq", "map", "null", "bool", "int", "float", "timestamp", "merge", "value")
_PLAIN_TAGS = frozenset(f"tag:yaml.org,2002:{kind}" for kind in _TAGS)
"""What the parser gives to untagged nodes. Any other tag was written by hand."""
_DEEPEST = 30
"""Levels of nesting. No rule needs ten; a hostile file could otherwise exhaust the stack."""


@dataclass(frozen=True, slots=True)
class Blemish:
    """A fault of the YAML itself."""

    at: Position
    wrong: str
    write: str


@dataclass(frozen=True)
class Document:
    """One file's content, for reading only. `readable` is False when the parser gave up: then `data` says nothing."""

    data: object = None
    values: Mapping[NodePath, Position] = field(default_factory=dict)
    keys: Mapping[NodePath, Position] = field(default_factory=dict)
    texts: Mapping[NodePath, str] = field(default_factory=dict)
    """Each scalar as it is written, for where `2024` is meant as text."""
    blemishes: tuple[Blemish, ...] = ()
    damaged: frozenset[NodePath] = frozenset()
    """Where a value could not be read: nothing more need be said about those."""
    readable: bool = True

    def is_damaged(self, path: NodePath) -> bool:
        return any(path[:length] in self.damaged for length in range(len(path) + 1))

    def at(self, path: NodePath, *, key: bool = False) -> Position:
        """The place of the value (or of its key) at this path, or of the nearest thing around it."""
        for length in range(len(path), -1, -1):
            here = path[:length]
            found = self.keys.get(here) if key and length == len(path) else self.values.get(here)
            if found:
                return found
        return (1, 1)


@lru_cache(maxsize=64)
def parse(text: str) -> Document:
    """The document in `text`. Never raises: what is wrong is in `blemishes`.

    The reading is kept, since `check` and a worker that looks for changes read the same files again and again.
    """
    reading = _Reading()
    try:
        root = _compose(text)
        data = reading.value(root, ()) if root is not None else None
    except yaml.MarkedYAMLError as error:
        return Document(blemishes=(_syntax(error, text),), readable=False)
    except yaml.reader.ReaderError as error:
        before = text[: error.position]
        at = (before.count("\n") + 1, error.position - (before.rfind("\n") + 1) + 1)
        return Document(
            blemishes=(Blemish(at, f"the character #x{error.character:04x} is not allowed", "remove it"),),
            readable=False,
        )
    except RecursionError:
        return Document(
            blemishes=(Blemish((1, 1), "the nesting is far too deep", "write flat rules"),),
            readable=False,
        )
    return Document(
        data, reading.values, reading.keys, reading.texts, tuple(reading.blemishes), frozenset(reading.damaged)
    )


def _compose(text: str) -> Node | None:
    loader = _Loader(text)
    try:
        node: Node | None = loader.get_single_node()
        return node
    finally:
        loader.dispose()


class _Loader(yaml.SafeLoader):
    """Refuses aliases: a value is read where it stands, and a few nested aliases can stand for gigabytes."""

    def compose_node(self, parent: Node | None, index: int) -> Node | None:
        if self.check_event(yaml.events.AliasEvent):
            mark = self.peek_event().start_mark  # type: ignore[no-untyped-call]
            raise yaml.composer.ComposerError(None, None, "alias", mark)
        node: Node | None = super().compose_node(parent, index)
        return node


class _Reading:
    """One walk over the node tree."""

    def __init__(self) -> None:
        self.values: dict[NodePath, Position] = {}
        self.keys: dict[NodePath, Position] = {}
        self.texts: dict[NodePath, str] = {}
        self.blemishes: list[Blemish] = []
        self.damaged: set[NodePath] = set()

    def value(self, node: Node, path: NodePath) -> object:
        self.values[path] = _position(node)
        if len(path) > _DEEPEST:
            raise RecursionError
        if node.tag not in _PLAIN_TAGS:
            self.blemishes.append(Blemish(_position(node), f"`{node.tag}` is a YAML tag", "write the plain value"))
            self.damaged.add(path)
            return None
        if isinstance(node, ScalarNode):
            self.texts[path] = node.value
            return _scalar(node)
        if isinstance(node, SequenceNode):
            return [self.value(child, (*path, index)) for index, child in enumerate(node.value)]
        assert isinstance(node, MappingNode)
        return self._mapping(node, path)

    def _mapping(self, node: MappingNode, path: NodePath) -> dict[str, object]:
        result: dict[str, object] = {}
        for key_node, value_node in node.value:
            at = _position(key_node)
            if not isinstance(key_node, ScalarNode):
                wrong, write = "a key is missing before this", "write `key: value`, and put {{ }} in quotes"
                self.blemishes.append(Blemish(at, wrong, write))
                self.damaged.add(path)
                continue
            key = key_node.value
            if key in result:
                first = self.keys[(*path, key)][0]
                wrong = f"`{key}` is written twice (first on line {first})"
                self.blemishes.append(Blemish(at, wrong, "keep one of them"))
                continue
            self.keys[(*path, key)] = at
            result[key] = self.value(value_node, (*path, key))
        return result


def _position(node: Node) -> Position:
    return (node.start_mark.line + 1, node.start_mark.column + 1)


def _scalar(node: ScalarNode) -> object:
    text: str = node.value
    if node.style is not None:
        return text
    if text in _NULL:
        return None
    if text in _BOOL:
        return _BOOL[text]
    if _INT.fullmatch(text):
        return int(text) if len(text) < 30 else text  # int() refuses thousands of digits
    if _FLOAT.fullmatch(text):
        return float(text)
    return text


_SYNTAX = (
    ("alias", "`*` refers to another place", "write the value out here; text that begins with * goes in quotes"),
    ("found another document", "a second document begins here", "remove the `---`; use one file for each"),
    ("mapping values are not allowed", "a second `: ` in one value", 'put the text in quotes: key: "one: two"'),
    ("could not find expected ':'", "this is no `key: value`", "write `key: value`, with a space after the colon"),
    ("unexpected end of stream", "a quote or bracket that is opened here is never closed", "close it"),
    (
        "expected ',' or",
        "a bracket is not closed, or a comma is missing",
        "write [one, two]; in brackets a text with ? or a comma goes in quotes",
    ),
    (
        "misaligned",
        "the indentation does not line up",
        "align the keys of one block, each as `key: value`",
    ),
    ("expected <block end>", "the indentation does not line up", "begin all keys of one block in the same column"),
    ("<block mapping start>", "the indentation does not line up", "begin all keys of one block in the same column"),
    ("sequence entries are not allowed", "a list begins in a place for one value", "begin the list on a new line"),
    ("cannot start any token", "a text may not begin with this character", "put the text in quotes"),
    ("found undefined tag handle", "`!` begins a YAML tag", "put the text in quotes"),
    ("found unknown escape character", "unknown escape in double quotes", "use single quotes, or write \\\\"),
)
"""What PyYAML says (a part of it), what is wrong, what to write."""


def _syntax(error: yaml.MarkedYAMLError, text: str) -> Blemish:
    said = error.problem or error.context or "unreadable"
    mark = error.problem_mark or error.context_mark
    if ("unexpected end of stream" in said or "expected ',' or" in said) and error.context_mark:
        mark = error.context_mark  # where it was opened
    at = (mark.line + 1, mark.column + 1) if mark else (1, 1)
    lines = text.splitlines()
    line = lines[at[0] - 1] if at[0] <= len(lines) else ""
    blank = line[: len(line) - len(line.lstrip())]
    if "\t" in blank:
        return Blemish((at[0], blank.index("\t") + 1), "a tab is used for indentation", "use spaces")
    if "mapping values are not allowed" in said and ": " not in line[: at[1] - 1]:
        said = "misaligned"
    for part, wrong, write in _SYNTAX:
        if part in said:
            return Blemish(at, wrong, write)
    return Blemish(at, f"this is not YAML: {said}", "look at the quotes and the indentation of this line")
