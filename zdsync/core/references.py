"""Which tickets a subject names: `[#4711]`, `request 4711`, `Service Request Number 4711`, `demande n° 4711`.

A number counts where its writer says that it is a request's: by a `#` that stands for nothing else, or by a word for
request, ticket or SR. Dates, telephone numbers, versions, orders and quantities are none. What is named here need not
exist; whether it does is looked up.
"""

from __future__ import annotations

import re
import unicodedata
from typing import Final

LONGEST_SUBJECT: Final = 500
"""Characters that are read: Zendesk keeps 150 of what people type, mail may bring more."""

_NUMBER: Final = r"(?P<number>[1-9][0-9]{0,11})"
_MORE: Final = r"(?:\s*(?:,|;|/|&|\+|\band\b|\bet\b|\bor\b|\bou\b)\s*#?\s*[1-9][0-9]{0,11}(?![\w%€$°]|[-./:,][0-9]))*"
_ENDS: Final = r"(?![\w%€$°]|[-./:,][0-9])"
"""What follows a number: no unit, no date, no time, no version, no longer number."""

_HASH: Final = re.compile(rf"(?<![\w#&/.=])#\s?{_NUMBER}{_ENDS}{_MORE}")

_NAMES: Final = (
    r"(?:(?:service|support)\s+(?:requests?|tickets?)|requests?|tickets?|s\.?r\.?|(?:demandes?|requ[eê]tes?)"
    r"(?:\s+de\s+(?:service|support|d[eé]pannage))?)"
)
_MARKS: Final = (
    r"(?:numbers?|num[eé]ros?|num\.?|nbr?\.?|nr\.?|no\.?|n\s?[°o]s?\.?|id|ref(?:erence)?\.?|r[eé]f[eé]rence)"
)
_MARKED: Final = re.compile(
    rf"(?<![\w#/]){_NAMES}\s*[-_:]?\s*(?:{_MARKS}\s*[-_:]?\s*#?|#)\s*{_NUMBER}{_ENDS}{_MORE}", re.IGNORECASE
)
_BARE: Final = re.compile(rf"(?<![\w#/]){_NAMES}(?:\s*[-_:]\s*|\s+){_NUMBER}{_ENDS}{_MORE}", re.IGNORECASE)
_NUMBERS: Final = re.compile(r"(?<![0-9])[1-9][0-9]{0,11}(?![0-9])")

_OTHER_THINGS: Final = re.compile(
    r"(?:\b(?:orders?|invoices?|quotes?|contracts?|purchases?|po|bugs?|issues?|jira|pr|(?:pull|merge|change|feature|purchase)\s+requests?|"
    r"builds?|versions?|releases?|patch|tops?|ranks?|steps?|parts?|points?|questions?|problems?|items?|rooms?|articles?|"
    r"serials?|batch(?:es)?|lots?|samples?|slides?|patients?|cohorts?|commits?|apartments?|channels?|days?|pages?|"
    r"commandes?|factures?|devis|contrats?|bons?|[ée]tapes?|parties?|probl[eè]mes?|salles?|s[ée]ries?|"
    r"[ée]chantillons?|jours?|runs?|tests?|errors?|erreurs?|numbers?\s+one)"
    r"(?:\s+(?:numbers?|num[eé]ros?|no\.?|n[°o]\.?|id))?\s*[:.]?\s*)\Z",
    re.IGNORECASE,
)
"""Before a `#` or a name: the number is that of something else (a pull request is no request)."""
_OTHER_REQUESTS: Final = re.compile(
    r"\b(?:pull|merge|change|feature|purchase|train|plane|bus|lottery)\s+\Z", re.IGNORECASE
)
_QUANTITY: Final = re.compile(
    r"\s+(?!(?:and|et|or|ou|of|from|by|for|with|de|du|des|par|pour|avec|is|est|was|has|a|à|on|in|re|files?|logs?|"
    r"attachments?|screenshots?|documents?|data|fichiers?|journaux|pi[eè]ces?|captures?|suite|follow|update|still|"
    r"toujours|again|details?|d[ée]tails?|info\w*|additional|missing|requested|annexes?)\b)[^\W\d_]",
    re.IGNORECASE,
)
"""After a bare `request 5`: "request 5 licences" asks for five of them, "request 5 logs" brings those of request 5."""


def references(subject: str) -> tuple[int, ...]:
    """The numbers that the subject names as requests, each once, in the order of their first mention."""
    text = _plain(subject)
    found: dict[int, list[int]] = {}
    for pattern in (_HASH, _MARKED, _BARE):
        for match in pattern.finditer(text):
            before = text[: match.start()]
            if _OTHER_THINGS.search(before) if pattern is _HASH else _OTHER_REQUESTS.search(before):
                continue
            if pattern is _BARE and _QUANTITY.match(text, match.end()):
                continue
            found.setdefault(match.start("number"), [int(one) for one in _NUMBERS.findall(match[0])])
    return tuple(dict.fromkeys(number for _, numbers in sorted(found.items()) for number in numbers))


def _plain(subject: str) -> str:
    """Full-width digits and signs, `№` and `º` become what they stand for; blanks of all kinds become one."""
    text = subject[:LONGEST_SUBJECT].replace("\N{DEGREE SIGN}", "\N{MASCULINE ORDINAL INDICATOR}")
    text = unicodedata.normalize("NFKC", text)
    return " ".join(text.split())
