"""What tells whether two comments say the same, without keeping either. `convert` takes it, `update_cadence` compares.

It has no key and is short: good for comparing the comments of one ticket, and no proof of anything.
"""

from __future__ import annotations

import re
from hashlib import blake2b
from typing import Final

from zdsync.core.reply_text import fold, is_closing, written

LENGTH: Final = 8
"""Bytes of the hash."""
MOST: Final = 10_000
"""Characters of a comment that are looked at."""
_HELLO: Final = (
    r"(?:hello|hi|hey|dear|good (?:morning|afternoon|evening)|bonjour|bonsoir|salut|chere?s?|madame|monsieur)"
)
_NAME: Final = r"[^\W\d_][\w'.-]*"
_GREETING: Final = re.compile(rf"{_HELLO}(?:[ ,]+{_NAME}){{0,4}} ?[,;.:!]*|({_HELLO}(?: {_NAME}){{0,3}} ?[,!]).*")
"""A line that is one; the group: the part of a line that is one."""
_WORDS: Final = re.compile(r"\w+")


def fingerprint(text: str) -> str:
    """Of what is said: case, accents, signs and spaces make no difference, nor do greeting, closing, signature and what
    is quoted. Empty where nothing is left.
    """
    lines = [line for line in map(fold, written(text[:MOST]).lines) if line and not is_closing(line)]
    if lines and (greeting := _GREETING.fullmatch(lines[0])):
        lines[0] = lines[0][len(greeting[1] or lines[0]) :]
    words = _WORDS.findall(" ".join(lines))
    return blake2b(" ".join(words).encode(), digest_size=LENGTH).hexdigest() if words else ""
