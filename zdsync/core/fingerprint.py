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
_GREETING: Final = re.compile(
    r"(?:hello|hi|hey|dear|good (?:morning|afternoon|evening)|bonjour|bonsoir|salut|chere?s?|madame|monsieur)"
    r"(?:[ ,]+[^\W\d_][\w'.-]*){0,4} ?[,;.:!]*"
)
_WORDS: Final = re.compile(r"\w+")


def fingerprint(text: str) -> str:
    """Of what is said: case, accents, signs and spaces make no difference, nor do greeting, closing, signature and what
    is quoted. Empty where nothing is left.
    """
    lines = [line for line in map(fold, written(text[:MOST]).lines) if line and not is_closing(line)]
    if lines and _GREETING.fullmatch(lines[0]):
        del lines[0]
    words = _WORDS.findall(" ".join(lines))
    return blake2b(" ".join(words).encode(), digest_size=LENGTH).hexdigest() if words else ""
