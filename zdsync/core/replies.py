"""What a customer's comment says to “Is your request completed?”, in one word: `read`.

A false yes closes somebody's ticket against their will; a missed one costs an agent a look. So a text is a yes only if
*every* phrase of it is known and none takes it back: the phrases stand in `reply_phrases.py`, and a text with anything
else in it (a condition, a question, another topic, a word that is not known in its place) is `other`. What others have
written is cut off before, in `reply_text.py`.

Nothing is kept of the text but the word.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Final

from zdsync.core.model import Answer
from zdsync.core.reply_notices import HALVES, HUMAN, IS_AUTOMATIC, IS_AWAY, IS_NEGATIVE, IS_RETURN
from zdsync.core.reply_parts import marked
from zdsync.core.reply_phrases import Kind, phrases
from zdsync.core.reply_text import Written, fold, written
from zdsync.core.reply_words import CONNECTORS, MEANINGFUL, canonical

LONGEST: Final = 4000
"""Characters, without quotations and signature. Who writes more than that says more than yes."""
_MOST_WORDS: Final = 80
"""In a yes, a no or thanks; a sentence has at most half of them."""
_MOST_WORDS_OF_SENTENCE: Final = 40

_WRAPPED: Final = 60
"""A line at least this long, in characters, may go on in the next one."""

_GLAD: Final = re.compile(
    "[\U0001f44d\U0001f44c\U0001f44f\U0001f64f\U0001f600-\U0001f60a\U0001f60d\U0001f60e\U0001f642"
    "\U0001f917\U0001f389\U0001f38a\U0001f4aa\U0001f91d\U0001f64c\U0001f929\U0001f970\u2705\u2714\u263a\u2764"
    "\U0001f31e\U0001f4af\U0001f3fb-\U0001f3ff]|(?<![\\w:;=])[:;=]-?[)D](?!\\w)|<3"
)
_SIGN: Final = re.compile(r"[^\W\d_]+(?:'[^\W\d_]+)*'?|#?\d+|\.{2,}|…|[.!\n]|[,;:()]|&|[-–—/]|\S")
_SAD: Final = re.compile(r"(?<![\w:;=])[:;=]'?-?[(/\\|]")
_HYPHEN: Final = re.compile(r"(?<=[^\W\d_])-(?=[^\W\d_])")
"""Inside a word: `week-end`, `fermez-le`."""
_NUMBER_SIGN: Final = re.compile(r"n[°º]\s?(?=\d)")


@dataclass(frozen=True, slots=True)
class _Word:
    text: str
    """As `canonical` has it, or `,`."""
    capital: bool


def read(text: str) -> Answer:
    """What this comment says. Never raises, and never says yes in doubt."""
    own = written(text)
    plain = _joined(own.lines)
    if not plain or len(plain) > LONGEST:
        return "other"
    sentences: list[list[_Word]] = []
    words = 0
    for sentence in _sentences(plain):
        sentences.append(sentence)
        words += len(sentence)
        if words > _MOST_WORDS:
            break
    if _is_automatic(sentences):
        return "automatic"
    if words > _MOST_WORDS or "?" in plain:
        return "other"
    said: set[Kind] = set()
    unknown = negative = False
    closed = False
    for sentence in sentences:
        if _is_negative(sentence):
            unknown = negative = True
            continue
        kinds = _phrases(sentence, after_closing=closed)
        if kinds is None:
            unknown = True
            continue
        closed = bool(kinds) and kinds[-1] in ("polite", "thanks")
        said.update(kinds)
    return _answer(frozenset(said), unknown, negative, own)


def _answer(said: frozenset[Kind], unknown: bool, negative: bool, own: Written) -> Answer:
    yes = bool(said & {"clear", "close", "bare", "works", "worked"})
    if not yes and (negative or ("no" in said and not unknown and not said & {"runs", "support"})):
        return "no"
    if unknown or "no" in said or own.touches_quote:
        return "other"
    if said & {"clear", "close"}:
        return "yes"
    if said & {"works", "worked"}:
        return "bare yes" if not own.below_quote else "other"
    if "bare" in said:
        return "other" if "did" in said or own.below_quote else "bare yes"
    if "runs" in said and "thanks" in said and "support" not in said:
        return "bare yes" if not own.below_quote else "other"
    if said & {"runs", "support", "did"}:
        return "other"
    return "thanks" if said & {"thanks", "fine"} else "other"


def _joined(lines: Sequence[str]) -> str:
    """The lines as one text in which a line break ends a sentence, unless a mail program has made it."""
    text = ""
    parts: list[str] = []
    for line in lines:
        wrapped = len(text) >= _WRAPPED and line[:1].islower()
        if parts:
            parts.append(" " if wrapped else "\n")
        parts.append(line)
        text = line
    return "".join(parts).strip()


def _sentences(plain: str) -> Iterable[list[_Word]]:
    """The words of each sentence. A sign that is no word and no usual mark is a word that nobody knows."""
    shouted = plain.isupper()
    sentence: list[_Word] = []
    plain = _NUMBER_SIGN.sub("n ", _HYPHEN.sub(" ", _SAD.sub(" ☹ ", _GLAD.sub(" , ", plain))))
    for match in _SIGN.finditer(plain):
        sign = match[0]
        if sign in ".!\n":
            initial = sign == "." and sentence and len(sentence[-1].text) == 1 and sentence[-1].capital
            if sentence and not initial:
                yield sentence
                sentence = []
        elif sign in ",;:()-–—":
            sentence.append(_Word(",", False))
        else:
            capital = sign[0].isupper() and not shouted
            sentence.extend(_Word(part, capital) for part in canonical(fold(sign).strip("'#")).split() or ["?"])
    if sentence:
        yield sentence


def _phrases(words: Sequence[_Word], *, after_closing: bool) -> tuple[Kind, ...] | None:
    """The kinds of phrases a sentence is made of, by the fewest phrases that leave nothing over; None if some is."""
    words = _trimmed(words)
    if len(words) > _MOST_WORDS_OF_SENTENCE:
        return None
    texts = [marked(word.text) for word in words]
    text = " ".join(texts)
    starts = [0]
    for word in texts:
        starts.append(starts[-1] + len(word) + 1)
    at = {start: index for index, start in enumerate(starts)}
    best: list[tuple[Kind, ...] | None] = [()] + [None] * len(words)
    for index, start in enumerate(starts[:-1]):
        so_far = best[index]
        if so_far is None:
            continue
        ends: list[tuple[int, tuple[Kind, ...]]] = []
        if words[index].text in CONNECTORS:
            ends.append((index + 1, so_far))
        for kind, pattern in phrases():
            match = pattern.match(text, start)
            while match:
                ends.append((at[match.end() + 1], (*so_far, kind)))
                shorter = text.rfind(" ", start, match.end())
                match = pattern.match(text, start, shorter) if shorter > 0 else None
        ends.extend((end, (*so_far, "name")) for end in _names(words, index, so_far, after_closing))
        for end, kinds in ends:
            known = best[end]
            if known is None or len(kinds) < len(known):
                best[end] = kinds
    whole = best[-1]
    return whole if whole is not None and _holds_together(whole) else None


_STATES: Final[frozenset[Kind]] = frozenset({"clear", "works", "worked", "runs", "support", "did"})


def _holds_together(kinds: Sequence[Kind]) -> bool:
    """Whether each phrase that leans on another one finds it in the sentence."""
    said = set(kinds)
    if said & {"detail", "day"} and not said & {"close", *_STATES}:
        return False  # “yes, again”
    if "day" in said and ("clear" not in said or said & {"close", "works", "worked", "runs"}):
        return False  # “you can close it on Friday”, “it worked yesterday”
    if "worked" in said and "detail" in said:
        return False
    if "cure" in said and ("clear" not in said or said & {"works", "worked", "runs"}):
        return False  # “it works after a restart”
    return "cause" not in said or "thanks" in said


def _names(words: Sequence[_Word], index: int, so_far: tuple[Kind, ...], after_closing: bool) -> Iterable[int]:
    """Where a name that begins here may end: it stands behind a greeting, thanks or a closing."""
    if index == 0:
        if not after_closing:
            return
    elif not so_far or so_far[-1] not in ("polite", "thanks", "clear"):
        return
    apart = index == 0 or words[index - 1].text == ","
    for end in range(index + 1, min(index + 4, len(words) + 1)):
        word = words[end - 1]
        if (word.text in MEANINGFUL and not (word.capital and len(word.text) == 1)) or not word.text.isalpha():
            return
        last = end == len(words)
        if so_far[-1:] == ("clear",) and (apart or end > index + 1 or not (last or words[end].text == ",")):
            return
        if not word.capital and not (
            so_far[-1:] == ("polite",) and not apart and end == index + 1 and (last or words[end].text == ",")
        ):
            return
        if last or not apart:
            yield end


def _trimmed(words: Sequence[_Word]) -> Sequence[_Word]:
    start, end = 0, len(words)
    while start < end and words[start].text == ",":
        start += 1
    while end > start and words[end - 1].text == ",":
        end -= 1
    return words[start:end]


def _is_negative(words: Sequence[_Word]) -> bool:
    texts = [word.text for word in words[:_MOST_WORDS_OF_SENTENCE]]
    return HALVES.isdisjoint(texts) and bool(IS_NEGATIVE.search(" ".join(text for text in texts if text != ",")))


_SPEAKERS: Final = frozenset({"i", "we", "je", "j", "nous", "on"})
"""“I got an automatic reply” is said by a person."""


def _is_automatic(sentences: Sequence[Sequence[_Word]]) -> bool:
    """A machine's reply says so in its first lines, or says that somebody is away and what to do meanwhile."""
    texts = [" ".join(word.text for word in sentence if word.text != ",") for sentence in sentences]
    words = {word.text for sentence in sentences for word in sentence}
    for index, text in enumerate(texts[:4]):
        match = IS_AUTOMATIC.search(text[:400])
        if match and not _SPEAKERS & set(text[: match.start()].split()):
            return HUMAN.isdisjoint(words) or (index == 0 and match.start() == 0)
    if not any(IS_AWAY.search(text[:400]) for text in texts[:4]):
        return False
    whole = "\n".join(texts)
    return HUMAN.isdisjoint(words) and bool(IS_RETURN.search(whole))
