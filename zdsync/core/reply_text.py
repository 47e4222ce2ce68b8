"""What somebody wrote themselves in a mail or comment: without what is quoted, signed and appended by machines.

`replies.py` reads what is left. Cutting errs on the side of keeping: a line below “Thanks,” is dropped only if it looks
like a name, a job or an address, so that “but the scanner is still broken” never goes with it. That is why no library
does it: `mail-parser-reply` drops everything below a closing, knows half of the French headers and takes quadratic time
(8 s for 10,000 empty lines); `email-reply-parser` reads English only; `talon` needs scikit-learn and is not maintained.

Every step looks at a line and at most the four lines after it, so the time grows with the length of the text only.
"""

from __future__ import annotations

import html
import re
import unicodedata
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

from zdsync.core.reply_parts import marked
from zdsync.core.reply_phrases import phrases
from zdsync.core.reply_words import MEANINGFUL, as_set, canonical

_LINE_LENGTH: Final = 400
"""How much of a line is looked at to tell what kind of line it is."""

SIGNS: Final = str.maketrans(
    {"‘": "'", "’": "'", "‛": "'", "ʼ": "'", "´": "'", "`": "'", "“": '"', "”": '"', "„": '"', "«": '"', "»": '"'}
    | dict.fromkeys(
        "\u00a0\u1680\u2000\u2001\u2002\u2003\u2004\u2005\u2006\u2007\u2008\u2009\u200a\u202f\u205f\u3000\t*", " "
    )
    | dict.fromkeys("\u00ad\u200b\u200c\u200d\u200e\u200f\u2060\ufeff\ufe0e\ufe0f")
    | {"œ": "oe", "Œ": "OE", "æ": "ae"}
)
"""One sign for each kind of quotation mark and space; Markdown's emphasis is none; what is invisible is nothing."""

_RULE: Final = re.compile(r"[-_=]{2,}")
_SEPARATOR: Final = re.compile(
    r"[-_ ]*(?:original message|message d'origine|message original|original appointment|forwarded message"
    r"|message transfere|message reexpedie|debut du message (?:reexpedie|transfere) ?:|begin forwarded message ?:)"
    r"[-_ ]*"
    r"|##-.*|-{5,20}[^-]+-{5,20}"
)
_HEADER: Final = re.compile(r"(?:from|de|expediteur|von) ?: ?\S.*")
_NEXT_HEADER: Final = re.compile(r"(?:sent|envoye|date|to|a|subject|objet|cc|gesendet) ?:.*")
_WROTE: Final = re.compile(r"\b(?:wrote|ecrit|schrieb) ?:$")
_STARTS_WROTE: Final = re.compile(r"(?:on|le|am) .*\d")

_SENT_FROM: Final = re.compile(r"(?:sent (?:from|with|via|using)|envoye (?:de|depuis|avec|a partir|via|par)) .*")
_FOOTER: Final = re.compile(
    r"get outlook for .*|(?:obtenez|telecharge[rz]?) outlook .*|provenance ?: courrier .*"
    r"|this e-?mail has been checked for viruses.*|virus-free\..*|(?:garanti )?sans virus\.?(?: www.*)?"
    r"|cet e-?mail a ete verifie par le logiciel .*|l'absence de virus dans ce courrier .*"
    r"|(?:please )?(?:consider|think of) the environment .*|(?:think|pensez) (?:before|avant|a l'environnement) .*"
    r"|(?:sent from my [a-z]+[,.] ?)?(?:please )?(?:excuse|forgive) (?:any |the |my )?(?:typos|brevity)\.?"
)
_DISCLAIMER: Final = re.compile(
    r"\W*(?:(?:legal |confidentiality |privacy )?(?:disclaimer|confidentiality|confidentialite)\b"
    r"|avis de confidentialite|mention legale|les informations contenues dans ce|the information (?:contained )?in this"
    r"|this (?:e-?mail|message|communication)\b.*(?:confidential|privileged|intended (?:only|solely|for|recipient))"
    r"|cet? (?:e-?mail|message|courriel|courrier)\b.*(?:confidentiel|destinataire|destine))"
)
_ADDRESS: Final = re.compile(
    r"<?(?:https?://|www\.)\S+|\S+@\S+|\b[a-z0-9-]+\.(?:com|fr|org|net|eu|de|ch|be|io)\b\S*|\+?\(?\d[\d ().+/-]*",
    re.IGNORECASE,
)
"""Of the web, of mail, of a telephone; house numbers and postcodes too."""
_LABELS: Final = as_set(
    "tel telephone phone mobile mob fax direct office port portable cell standard t m p f d email mail courriel web "
    "site ext poste ligne directe rue avenue av bd boulevard place quai allee chemin route bis cedex bp street road "
    "lane st rd ave suite floor "
)
_TITLE: Final = re.compile(
    r"\b(?:responsable|direct(?:eur|rice|ion|or)|assistante?|manager|chef|cheffe|chargee?|service|technicien(?:ne)?"
    r"|comptable|comptabilite|ingenieure?|consultante?|head|officer|coordinator|engineer|analyst|department|departement"
    r"|team|equipe|gestionnaire|secretaire|ceo|cto|cfo|president|ltd|gmbh|sas|sarl|inc|group|groupe)\b"
)
_OF_SENTENCES: Final = (MEANINGFUL - {"help", "support", "time", "date"}) | {
    *("an", "the", "my", "our", "your", "this", "that", "these", "those", "to", "now", "here", "there"),
    *("mon", "ma", "mes", "notre", "nos", "votre", "vos", "ce", "cet", "cette", "les"),
}
"""A line with one of these says something: it is no signature."""

_CLOSING: Final = re.compile(
    r"(?:(?:many |kind |best |warm |warmest |with (?:kind |best )?)?(?:regards|wishes|thanks)|thank you(?: very much)?"
    r"|thanks(?: again| a lot)?|all the best|best|cheers|(?:yours )?(?:sincerely|faithfully|truly)|br|kr|thx"
    r"|(?:bien |tres )?(?:cordialement|sincerement|respectueusement)|cdt|cdlt|crdt|cordlt|bien (?:a vous|a toi)"
    r"|(?:mes |avec mes )?(?:meilleures |sinceres )?salutations(?: distinguees)?|amicalement"
    r"|(?:mit freundlichen grussen|freundliche grusse|mfg)(?: / (?:best |kind )?regards)?|merci(?: beaucoup| encore)?"
    r"|(?:bonne|belle|excellente) (?:journee|soiree|fin de journee|semaine)|have a (?:nice|good|great) (?:day|evening))"
    r"[ ,.!;-]*"
)
_NAME: Final = re.compile(r"[^\W\d_][\w'.-]*(?: [^\W\d_][\w'.-]*){0,3}")
_PARTICLES: Final = frozenset({"de", "du", "des", "d", "van", "von", "der", "le", "la", "del", "di"})


@dataclass(frozen=True, slots=True)
class Written:
    """The lines somebody wrote; an empty one between paragraphs."""

    lines: tuple[str, ...]
    below_quote: bool = False
    """Something stands below a quotation, so that a mere “yes” may answer any question in it."""
    touches_quote: bool = False
    """A line stands directly below a quoted one: it may be the rest of a quotation that a mail program wrapped."""


def fold(text: str) -> str:
    """Lower case without accents, for comparing."""
    if text.isascii():
        return text.lower()
    decomposed = unicodedata.normalize("NFKD", text.casefold())
    return "".join(sign for sign in decomposed if not unicodedata.combining(sign))


def written(text: str) -> Written:
    """What is left of a comment's plain text without quotations, signature, footers and disclaimers."""
    plain = html.unescape(text).translate(SIGNS)
    lines = [" ".join(line.split()) for line in re.split(r"\r\n|[\n\r\v\f\x85\u2028\u2029]", plain)]
    kept = _without_quotations(lines)
    return Written(tuple(without_signature(kept.lines)), kept.below_quote, kept.touches_quote)


def _without_quotations(lines: Sequence[str]) -> Written:
    folded = [fold(line[:_LINE_LENGTH]) for line in lines]
    kept: list[str] = []
    quoted = below = touches = False
    index = 0
    while index < len(lines):
        line = lines[index]
        if line.startswith(">"):
            quoted = True
        elif is_header(folded, index) or _SEPARATOR.fullmatch(folded[index]):
            break
        elif header := wrote(folded, index):
            index += header
            while index < len(lines) and not lines[index]:
                index += 1
            if index < len(lines) and not lines[index].startswith(">"):
                break  # a quotation without marks goes to the end
            continue
        else:
            if line and quoted:
                below = True
                touches |= lines[index - 1].startswith(">")
            kept.append(line)
        index += 1
    return Written(tuple(kept), below, touches)


def is_header(folded: Sequence[str], index: int) -> bool:
    """`From: …` with another line of its kind close below."""
    return bool(_HEADER.fullmatch(folded[index])) and any(
        _NEXT_HEADER.fullmatch(f) for f in folded[index + 1 : index + 5]
    )


def wrote(folded: Sequence[str], index: int) -> int:
    """How many lines “On …, … wrote:” takes, beginning here; 0 if it does not."""
    joined = folded[index]
    if not joined:
        return 0
    for count in (1, 2, 3):
        if _WROTE.search(joined) and re.search(r"[\d@]", joined):
            return count
        if index + count >= len(folded) or not _STARTS_WROTE.match(folded[index]):
            return 0
        joined = f"{joined} {folded[index + count]}"
    return 0


def without_signature(lines: Sequence[str]) -> list[str]:
    """Everything but the lines below a closing that look like a signature, names at the end, footers, disclaimers."""
    kept: list[str] = []
    said = closed = disclaimer = False
    for line in lines:
        folded = fold(line[:_LINE_LENGTH])
        if not folded:
            disclaimer = False
            kept.append("")
        elif disclaimer or _is_footer(folded):
            continue
        elif _DISCLAIMER.match(folded):
            disclaimer = True
        elif _RULE.fullmatch(folded):
            closed = True
        elif closed and (not said or _is_signature(line, folded)):
            continue
        else:
            closed = closed or (said and is_closing(folded))
            said = True
            kept.append(line)
    return _without_names(kept)


def is_closing(folded: str) -> bool:
    """A line (in the form that `fold` gives it) of nothing but thanks or regards."""
    return _CLOSING.fullmatch(folded) is not None


def _without_names(lines: list[str]) -> list[str]:
    """Without the names and addresses that end a message whose writer closed with no word."""
    addressed = False
    for _ in range(6):
        while lines and not lines[-1]:
            lines.pop()
        last, above = lines[-1] if lines else "", lines[-2] if len(lines) > 1 else ""
        is_job = addressed and _is_name(above) and _is_signature(last, fold(last[:_LINE_LENGTH]))
        if not any(lines[:-1]) or not (_is_address(last) or _is_name(last) or is_job):
            break
        addressed |= _is_address(last)
        lines.pop()
    return lines


def _is_name(line: str) -> bool:
    """`Marie Dupont`, `J. Roe`: each word with a capital, and none that says something."""
    if len(line) > 60 or not _NAME.fullmatch(line) or line.isupper():
        return False
    words = line.split()
    parts = [part for word in re.findall(r"[a-z]+", fold(line)) for part in canonical(word).split()]
    folded = " ".join(map(marked, parts))
    if any(pattern.match(folded) for _, pattern in phrases()):
        return False  # “Confirmed” is what they say, not who they are
    return all(word[0].isupper() or word in _PARTICLES for word in words) and not _says_something(line)


def _is_footer(folded: str) -> bool:
    """What a telephone, a mail program or a virus scanner has appended."""
    if _SENT_FROM.fullmatch(folded):
        return MEANINGFUL.isdisjoint(re.findall(r"[a-z]{2,}", folded))
    return _FOOTER.fullmatch(folded) is not None


def _is_address(line: str) -> bool:
    """Addresses and numbers, with at most names and labels around them."""
    rest, found = _ADDRESS.subn(" ", line[:_LINE_LENGTH])
    words = re.findall(r"[^\W\d_][\w'-]*", rest)
    return (
        found > 0
        and len(words) <= 8
        and not _says_something(rest)
        and all(word[0].isupper() or fold(word) in _LABELS | _PARTICLES for word in words)
    )


def _is_signature(line: str, folded: str) -> bool:
    """A name, job, company or address, as it stands below a closing."""
    if _is_address(line):
        return True
    words = re.findall(r"[^\W\d_][\w'-]*", line)
    if not words or len(words) > 8 or "?" in line or _says_something(line):
        return not words
    if len(words) == 1 or _TITLE.search(folded):
        return True
    capitals = sum(1 for word in words if word[0].isupper())
    return 2 * capitals >= sum(1 for word in words if word not in _PARTICLES)


def _says_something(line: str) -> bool:
    words = re.findall(r"[a-z]{2,}", fold(line.replace("IT", "")))  # the department, not the word
    return any(word in _OF_SENTENCES for word in words)
