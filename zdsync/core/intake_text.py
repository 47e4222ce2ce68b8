"""A request's words in three parts: what its writer says, how they sign, and what they pass on from somebody else.

What they merely answer to (lines with `>`, “On …, … wrote:”, an Outlook header block) is no part at all: it is ours, or
was read when it came. A forwarded message is different: its text is the report. Which of both a header block begins is
told by the words above it.
"""

from __future__ import annotations

import html
import re
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

from zdsync.core.reply_text import SIGNS, fold, is_header, without_signature, wrote

MOST: Final = 20_000
"""Characters of a part that are read; the rest of a longer one is a log or a thread, and would only cost time."""
_LINE: Final = 400
_TAG: Final = re.compile(
    r"<(/?(?:br|p|div|li|ul|ol|tr|td|table|h[1-6]|blockquote|pre)|/?(?:a|b|i|u|em|strong|span|font|img|o:p))"
    r"(?:\s[^<>]{0,300})?/?>",
    re.IGNORECASE,
)
_BREAKS: Final = re.compile(r"/?(?:br|p|div|li|ul|ol|tr|table|h[1-6]|blockquote|pre)", re.IGNORECASE)
_LINE_END: Final = re.compile(r"\r\n|[\n\r\v\f\x85\u2028\u2029]")
_FORWARD: Final = re.compile(
    r"[-_ ]*(?:forwarded message|message transfere|message reexpedie|(?:debut du|begin) (?:message )?"
    r"(?:forwarded message|reexpedie|transfere) ?:?)[-_ :]*"
)
_ORIGINAL: Final = re.compile(r"[-_ ]*(?:original message|message d'origine|message original)[-_ ]*|##-.*")
_PASSES_ON: Final = re.compile(
    r"^(?:fwd?|tr|wg|rv|i) ?:|\b(?:below|forward\w*|fyi|for your information|look at this|ci-dessous|ci-apres"
    r"|transfer\w+|transmets|transmettons|fais suivre|faisons suivre|pour info(?:rmation)?|pvi)\b",
    re.MULTILINE,
)
_SUBJECT_PASSED_ON: Final = re.compile(r"(?:subject|objet|betreff) ?: ?(?:fwd?|tr|wg) ?:")
_HEADER_LINE: Final = re.compile(
    r"(?:from|de|expediteur|sent|envoye|date|to|a|subject|objet|cc|bcc|cci|reply-to|importance|attachments?) ?:.*"
)


@dataclass(frozen=True, slots=True)
class Parts:
    """Lines without superfluous spaces, joined by line feeds."""

    own: str
    signature: str
    """Names, addresses, numbers and footers that end the own words, and what machines append."""
    forwarded: str
    """Without its header lines."""
    headers: str
    """The header lines of what is forwarded."""


def parts(text: str) -> Parts:
    """The three parts. Time grows with the length only."""
    plain = html.unescape(_without_tags(text)).translate(SIGNS)
    lines = [" ".join(line.split()) for line in _LINE_END.split(plain)]
    own, rest = _own(lines)
    said = without_signature(own)
    signed = _left_out(own, said)
    if not any(said):
        said, signed = signed, []
    forwarded, headers = _forwarded(rest)
    return Parts(_joined(said), _joined(signed), _joined(forwarded), _joined(headers))


def _without_tags(text: str) -> str:
    """The text with line breaks for the tags that make them; what is quoted stays so in each line."""
    if "<" not in text:
        return text

    def put(tag: re.Match[str]) -> str:
        return mark if _BREAKS.fullmatch(tag[1]) else " "

    lines = []
    for line in text.split("\n"):
        mark = "\n> " if line.lstrip().startswith((">", "&gt;")) else "\n"
        lines.append(_TAG.sub(put, line))
    return "\n".join(lines)


def _own(lines: Sequence[str]) -> tuple[list[str], Sequence[str]]:
    """What stands outside quotations, and what is forwarded below it."""
    folded = [fold(line[:_LINE]) for line in lines]
    own: list[str] = []
    index = 0
    while index < len(lines):
        line = lines[index]
        if _FORWARD.fullmatch(folded[index]):
            return own, lines[index + 1 :]
        if _ORIGINAL.fullmatch(folded[index]) or is_header(folded, index):
            return own, lines[index:] if _passes_on(own, folded[index : index + 8]) else ()
        if line.startswith(">"):
            index += 1
        elif header := wrote(folded, index):
            index += header
            while index < len(lines) and not lines[index]:
                index += 1
            if index < len(lines) and not lines[index].startswith(">"):
                return own, lines[index:] if _passes_on(own, ()) else ()
        else:
            own.append(line)
            index += 1
    return own, ()


def _passes_on(own: Sequence[str], headers: Sequence[str]) -> bool:
    """Whether the words above a header block hand on what is below it, rather than answer it."""
    above = fold("\n".join(line[:_LINE] for line in own[-200:]))
    return not above.strip() or bool(_PASSES_ON.search(above)) or any(map(_SUBJECT_PASSED_ON.match, headers))


def _forwarded(lines: Sequence[str]) -> tuple[list[str], list[str]]:
    """The text and the header lines of a forwarded thread, down to the first message that its writer answers to."""
    plain = [line.lstrip("> ") for line in lines]
    folded = [fold(line[:_LINE]) for line in plain]
    text: list[str] = []
    headers: list[str] = []
    index = 0
    while index < len(plain):
        if header := wrote(folded, index):
            if any(text):
                break
            index += header
            continue
        if any(text) and is_header(folded, index):
            break
        if _HEADER_LINE.fullmatch(folded[index]) and not any(text):
            headers.append(plain[index])
        elif not _ORIGINAL.fullmatch(folded[index]):
            text.append(plain[index])
        index += 1
    return text, headers


def _left_out(lines: Sequence[str], kept: Sequence[str]) -> list[str]:
    """The lines that are not among the kept ones, which are some of them in the same order."""
    out: list[str] = []
    position = 0
    for line in lines:
        if position < len(kept) and line == kept[position]:
            position += 1
        else:
            out.append(line)
    return out


def _joined(lines: Sequence[str]) -> str:
    return "\n".join(lines)[:MOST].strip()
