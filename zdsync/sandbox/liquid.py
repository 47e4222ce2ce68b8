"""As much of Liquid, Zendesk's template language, as people put into triggers, macros and comments.

`{{ name | filter: 'x' }}`, `if`/`elsif`/`else`, `unless`, `case`, `for` (with `limit`, `offset`, `reversed`), `assign`,
`comment` and `raw`. A text whose markup does not come out even is left as it is. What is put in is not looked at again.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from typing import Any

Look = Callable[[str], Any]
"""Name to value; None for what is unknown."""

_RAW = re.compile(r"{%-?\s*raw\s*-?%}(.*?){%-?\s*endraw\s*-?%}", re.DOTALL)
_TOKEN = re.compile(r"({{.*?}}|{%.*?%})", re.DOTALL)
_WORD = re.compile(r"'[^']*'|\"[^\"]*\"|==|!=|<>|<=|>=|<|>|[^\s=!<>,|:]+")
_FILTER = re.compile(r"\|\s*(\w+)\s*(?::\s*((?:'[^']*'|\"[^\"]*\"|[^|])*))?")
_FIRST = re.compile(r"\s*('[^']*'|\"[^\"]*\"|[^\s|]+)")
_NUMBER = re.compile(r"-?\d+(\.\d+)?\Z")
_NAME = re.compile(r"[A-Za-z_][\w.]*\Z")
_WORDS_OF_NOTHING = ("nil", "null", "blank", "empty")


class _Uneven(Exception):
    """The markup does not come out even."""


@dataclass(slots=True)
class _Out:
    expression: str


@dataclass(slots=True)
class _Choice:
    """The nodes of the first test that holds; a test of None is `else`."""

    branches: list[tuple[Callable[[Look], bool] | None, _Nodes]]


@dataclass(slots=True)
class _For:
    name: str
    of: str
    words: list[str]
    body: _Nodes = field(default_factory=list)


@dataclass(slots=True)
class _Assign:
    name: str
    expression: str


_Node = str | _Out | _Choice | _For | _Assign
_Nodes = list[_Node]


def render(text: str, look: Look) -> str:
    """The text with everything filled in that the markup asks for."""
    if "{{" not in text and "{%" not in text:
        return text
    tokens: list[str | _Literal] = []
    for number, part in enumerate(_RAW.split(text)):
        tokens += [_Literal(part)] if number % 2 else [token for token in _TOKEN.split(part) if token]
    try:
        nodes, _, rest = _parse(tokens, ())
    except _Uneven:
        return text
    assert not rest
    return _run(nodes, look, {})


@dataclass(slots=True)
class _Literal:
    text: str


def _parse(tokens: list[str | _Literal], until: tuple[str, ...]) -> tuple[_Nodes, str, list[str | _Literal]]:
    """The nodes up to one of the tags `until`, that tag's words, and the tokens after it. Raises _Uneven."""
    nodes: _Nodes = []
    while tokens:
        token, tokens = tokens[0], tokens[1:]
        if isinstance(token, _Literal):
            nodes.append(token.text)
        elif token.startswith("{{") and token.endswith("}}"):
            nodes.append(_Out(token[2:-2].strip("- \t\r\n")))
        elif token.startswith("{%") and token.endswith("%}"):
            words = token[2:-2].strip("- \t\r\n")
            name, argument = _parted(words)
            if name in until:
                return nodes, words, tokens
            node, tokens = _tag(name, argument, tokens)
            if node is not None:
                nodes.append(node)
        else:
            nodes.append(token)
    if until:
        raise _Uneven
    return nodes, "", []


def _parted(words: str) -> tuple[str, str]:
    """The name of a tag and what follows it, on whichever line."""
    name, *rest = words.split(None, 1) or [""]
    return name, rest[0] if rest else ""


def _tag(name: str, argument: str, tokens: list[str | _Literal]) -> tuple[_Node | None, list[str | _Literal]]:
    match name:
        case "if" | "unless":
            return _condition(name, argument, tokens)
        case "case":
            return _case(argument, tokens)
        case "for":
            words = _WORD.findall(argument)
            if len(words) < 3 or words[1] != "in":
                raise _Uneven
            body, _, rest = _parse(tokens, ("endfor",))
            return _For(words[0], words[2], words[3:], body), rest
        case "assign":
            target, equals, expression = argument.partition("=")
            if not equals:
                raise _Uneven
            return _Assign(target.strip(), expression.strip()), tokens
        case "comment":
            _, _, rest = _parse(tokens, ("endcomment",))
            return None, rest
        case _:
            raise _Uneven


def _condition(name: str, test: str, tokens: list[str | _Literal]) -> tuple[_Node, list[str | _Literal]]:
    branches: list[tuple[Callable[[Look], bool] | None, _Nodes]] = []
    end = f"end{name}"
    asked: Callable[[Look], bool] | None = _test(test, wanted=name == "if")
    while True:
        nodes, words, tokens = _parse(tokens, ("elsif", "else", end))
        branches.append((asked, nodes))
        word, argument = _parted(words)
        if word == end:
            return _Choice(branches), tokens
        asked = _test(argument) if word == "elsif" else None


def _test(text: str, *, wanted: bool = True) -> Callable[[Look], bool]:
    words = _WORD.findall(text)
    return lambda look: _holds(words, look) is wanted


def _holds(words: list[str], look: Look) -> bool:
    for number, word in enumerate(words):  # `and` and `or` group to the right
        if word in ("and", "or"):
            left, right = _holds(words[:number], look), words[number + 1 :]
            return (left and _holds(right, look)) if word == "and" else (left or _holds(right, look))
    if len(words) < 3:
        value = _term(words[0], look) if words else None
        return value is not None and value is not False
    return _compare(_term(words[0], look), words[1], _term(words[2], look))


def _compare(left: Any, operator: str, right: Any) -> bool:
    same = shown(left) == shown(right)
    if operator in ("==", "!=", "<>"):
        return same is (operator == "==")
    if operator == "contains":
        return shown(right) in shown(left)
    try:
        a, b = float(shown(left)), float(shown(right))
    except ValueError:
        return False
    return {"<": a < b, ">": a > b, "<=": a <= b, ">=": a >= b}.get(operator, False)


def _case(expression: str, tokens: list[str | _Literal]) -> tuple[_Node, list[str | _Literal]]:
    """What stands before the first `when` is dropped."""
    branches: list[tuple[Callable[[Look], bool] | None, _Nodes]] = []
    _, words, tokens = _parse(tokens, ("when", "else", "endcase"))
    while _parted(words)[0] != "endcase":
        word, argument = _parted(words)
        asked = _is_one(expression, argument) if word == "when" else None
        nodes, words, tokens = _parse(tokens, ("when", "else", "endcase"))
        branches.append((asked, nodes))
    return _Choice(branches), tokens


def _is_one(expression: str, argument: str) -> Callable[[Look], bool]:
    names = [word for word in _WORD.findall(argument) if word != "or"]
    return lambda look: shown(_evaluate(expression, look)) in [shown(_term(name, look)) for name in names]


def _run(nodes: _Nodes, look: Look, scope: dict[str, Any]) -> str:
    def here(name: str) -> Any:
        first, _, rest = name.partition(".")
        if first not in scope:
            return look(name)
        value = scope[first]
        for key in rest.split(".") if rest else ():
            value = value.get(key) if isinstance(value, dict) else None
        return value

    parts: list[str] = []
    for node in nodes:
        match node:
            case str():
                parts.append(node)
            case _Out():
                parts.append(shown(_evaluate(node.expression, here)))
            case _Assign():
                scope[node.name] = _evaluate(node.expression, here)
            case _Choice():
                chosen = next((body for asked, body in node.branches if asked is None or asked(here)), [])
                parts.append(_run(chosen, look, scope))
            case _For():
                parts += [_run(node.body, look, {**scope, node.name: item}) for item in _items(node, here)]
    return "".join(parts)


def _items(node: _For, look: Look) -> Iterable[Any]:
    found = look(node.of)
    items = list(found) if isinstance(found, list) else []
    numbers = dict(zip(node.words, node.words[1:], strict=False))
    start = int(numbers["offset"]) if numbers.get("offset", "").isdigit() else 0
    items = items[start:]
    if numbers.get("limit", "").isdigit():
        items = items[: int(numbers["limit"])]
    return items[::-1] if "reversed" in node.words else items


def _term(word: str, look: Look) -> Any:
    if word[:1] in "'\"" and word[-1:] == word[:1] and len(word) > 1:
        return word[1:-1]
    if word in ("true", "false"):
        return word == "true"
    if word in _WORDS_OF_NOTHING:
        return None
    if _NUMBER.match(word):
        return word
    return look(word) if _NAME.match(word) else None


def _evaluate(expression: str, look: Look) -> Any:
    first = _FIRST.match(expression)
    if first is None:
        return None
    value = _term(first[1], look)
    for match in _FILTER.finditer(expression, first.end()):
        arguments = [_term(word, look) for word in _WORD.findall(match[2] or "")]
        value = _filtered(value, match[1], arguments)
    return value


def _filtered(value: Any, name: str, arguments: list[Any]) -> Any:
    """An unknown filter changes nothing."""
    text = shown(value)
    given = [shown(argument) for argument in arguments]
    match name:
        case "upcase":
            return text.upper()
        case "downcase":
            return text.lower()
        case "capitalize":
            return text.capitalize()
        case "strip":
            return text.strip()
        case "size":
            return len(value if isinstance(value, list) else text)
        case "default" if given:
            return given[0] if value in (None, False, "") else value
        case "append" if given:
            return text + given[0]
        case "prepend" if given:
            return given[0] + text
        case "replace" if len(given) > 1:
            return text.replace(given[0], given[1])
        case "split" if given:
            return text.split(given[0])
        case "first" | "last" if isinstance(value, list):
            return (value[0] if name == "first" else value[-1]) if value else None
        case _:
            return value


def shown(value: Any) -> str:
    """A value as it stands in the text."""
    if isinstance(value, bool):
        return str(value).lower()
    if isinstance(value, list):
        return "".join(shown(item) for item in value if not isinstance(item, dict))
    return "" if value is None or isinstance(value, dict) else str(value)
