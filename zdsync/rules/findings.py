"""What is wrong with the configuration, told to the admin who wrote it.

Everything in `rules/` ends in these; `zdsync check` prints them and `load()` raises them.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from difflib import get_close_matches


@dataclass(frozen=True, slots=True, order=True)
class Finding:
    """One fault, where it stands, and what to write instead. Sorts by place."""

    file: str
    """The path as an editor can open it; the configuration folder itself when the fault is that of no file."""
    line: int
    column: int
    """Both from 1."""
    rule: str
    """The rule's name; empty outside of rules."""
    wrong: str
    write: str

    def __str__(self) -> str:
        """`file:line:column  rule "name"  what is wrong  what to write instead`, on one line."""
        parts = [f"{self.file}:{self.line}:{self.column}"]
        if self.rule:
            parts.append(f'rule "{self.rule}"')
        line = "  ".join(" ".join(part.split()) for part in (*parts, self.wrong, self.write))
        return "".join(sign if sign.isprintable() else "�" for sign in line)


class RulesError(Exception):
    """The configuration cannot be used. Holds every finding, not only the first."""

    def __init__(self, findings: Iterable[Finding]) -> None:
        self.findings = tuple(findings)
        super().__init__("\n".join(str(finding) for finding in self.findings))


class Fault(ValueError):
    """A value that a validator refuses: what is wrong with it, and what to write. Becomes a `Finding` with a place."""

    def __init__(self, wrong: str, write: str) -> None:
        self.wrong = wrong
        self.write = write
        super().__init__(f"{wrong}; {write}")


def suggest(given: object, known: Iterable[str], otherwise: str = "write one of") -> str:
    """What to write instead of an unknown name: the one that was probably meant, or all there are."""
    names = sorted({str(name) for name in known})
    by_folded = {_folded(name): name for name in reversed(names)}
    close = get_close_matches(_folded(str(given)), by_folded, n=1, cutoff=0.6)
    if close:
        return f"did you mean `{by_folded[close[0]]}`?"
    if not names:
        return "there is none yet"
    return f"{otherwise}: {', '.join(names)}"


def _folded(name: str) -> str:
    return name.casefold().replace("-", "_").replace(" ", "_")
