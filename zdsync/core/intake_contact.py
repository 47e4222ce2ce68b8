"""Whether a text holds a telephone number or an e-mail address of whoever wrote it. Neither is kept.

`phonenumbers` knows what a number looks like in each country. It also takes an order number for one, so that what is
surely something else (dates, IP addresses, IBANs, versions, references) is taken out before, and what bears a
telephone's label counts even where the country is another than we think.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from typing import Final

import phonenumbers
from phonenumbers import Leniency, PhoneNumberMatcher

_MOST_LINES: Final = 60
"""Lines with enough digits that are looked at; a log has thousands."""
_LINE: Final = 300

_DIGITS: Final = re.compile(r"(?:\d[^\d\n]{0,4}){6}\d")
_NO_PHONE: Final = re.compile(
    r"\b[A-Z]{2}\d{2}(?: ?[A-Z0-9]{4}){2,7}(?: ?[A-Z0-9]{1,3})?\b"  # an IBAN
    r"|\b\d{4}([ -])\d{4}\1\d{4}\1\d{4}\b"  # a card
    r"|(?<![\w.])\d{1,3}\.\d{1,3}\.\d{1,3}\.\d{1,3}(?![\w.])"  # an IP address
    r"|(?<![\w.])\d+(?:\.\d+){5,}"  # a DICOM UID
    r"|\b20\d\d[-/.]\d\d?[-/.]\d\d?(?:[T ]\d\d:\d\d(?::\d\d)?(?:[.,]\d+)?)?"
    r"|\b\d\d?[-/.]\d\d?[-/.](?:19|20)\d\d\b"
    r"|\b(?:\d\d? )?\d{3} \d{3} \d{3} \d{5}\b|\b\d{3} \d{3} \d{3} \d{5}\b"  # a SIRET
    r"|\b\d\d?:\d\d(?::\d\d)?\b"
    r"|https?://\S{1,300}"
    r"|[\w-]*[A-Za-z_][\w-]*\d[\w-]*"  # a name with digits in it: S26-0199001234
    r"|\b0x[0-9a-fA-F]+\b"
)
_REFERENCE: Final = re.compile(
    r"(?:#|\b(?:n°|nº|no\.?|num(?:ber|ero|éro)?|nr\.?|ref\w*\.?|réf\w*\.?|order|commande|ticket|case|dossier"
    r"|invoice|facture|quote"
    r"|devis|contract|contrat|request|serial|s/n|sn|id|uid|job|pid|build|version|siret|siren|vat|tva|rcs|rpps|ipp|nip|mrn|ins|nir|nda"
    r"|patient|slide|lame|iban|account|compte|code|line|ligne|accession|po|sr))"
    r"\s?(?:n°|nº|no\.?|number|num(?:e|é)ro|id|de|du|du client|is|est|le|:|=|#)?\s?(?:n°|:|=|le|is|est)?\s?[(\[]?$",
    re.IGNORECASE,
)
_LABEL: Final = re.compile(
    r"(?:\b(?:t[ée]l[ée]phone|t[ée]l|phone|mobile|mob|gsm|cell(?:ulaire|phone)?|portable|port|direct|standard"
    r"|call|reach|ring"
    r"|rappel\w*|appel\w*|joindre|joignable|contact\w*|whatsapp|hotline|extension|dect|poste)\b"
    r"|\b[TMP](?=\s?[:.])|☎|📞|📱"
    r"|\b(?:my|our|mon|notre) (?:number|num[ée]ro)\b)[^\d\n]{0,25}$",
    re.IGNORECASE,
)
_OWN_NUMBER: Final = re.compile(
    r"\b(?:(?:my|our|mon|notre)(?: \w+)? (?:number|num[ée]ro)|(?:number|num[ée]ro|n°) (?:de )?(?:t[ée]l\w*|mobile"
    r"|portable)"
    r"|(?:phone|telephone|mobile|contact|direct) (?:number|no\.?|nr\.?))[^\d\n]{0,15}$",
    re.IGNORECASE,
)
_FRENCH_MOBILE: Final = re.compile(r"0[67]\d{8}")
_FAX: Final = re.compile(r"\b(?:fax|f|télécopie)\s?[:.]?\s?$", re.IGNORECASE)
_LABELLED: Final = re.compile(r"\+?\(?\d[\d ()./-]{5,20}\d")

_MAIL: Final = re.compile(
    r"(?<![\w.+-])[\w+][\w.+-]{0,63}@(?:[\w-]{1,63}\.){1,5}[a-z]{2,24}(?![\w-])",
    re.IGNORECASE,
)
_NOT_THEIRS: Final = re.compile(
    r"(?:no-?reply|do-?not-?reply|ne-?pas-?repondre|mailer-daemon|postmaster|support|helpdesk|image\d+)[^@]*@",
    re.IGNORECASE,
)


def has_email(text: str) -> bool:
    """An e-mail address that somebody can be reached at. Whose it is cannot be told."""
    return any(not _NOT_THEIRS.match(found[0]) for found in _MAIL.finditer(text)) if "@" in text else False


def has_phone(text: str, *, locale: str, country: str) -> bool:
    """A telephone number as written in this country, in that of the locale, or with its country's code."""
    regions = _regions(locale, country)
    looked_at = 0
    for line in text.split("\n"):
        line = line[:_LINE]
        if not _DIGITS.search(line):
            continue
        looked_at += 1
        if looked_at > _MOST_LINES:
            return False
        if _in_line(line, regions):
            return True
    return False


def _in_line(line: str, regions: Iterable[str]) -> bool:
    for match in _LABELLED.finditer(line):
        before = line[: match.start()]
        if (
            8 <= sum(sign.isdigit() for sign in match[0]) <= 15
            and _LABEL.search(before)
            and not _is_other(before)
            and not _NO_PHONE.fullmatch(match[0])
        ):
            return True
    plain = _NO_PHONE.sub(lambda other: "x" * len(other[0]), line)
    for region in regions:
        for found in PhoneNumberMatcher(plain, region, leniency=Leniency.POSSIBLE, max_tries=20):
            valid = phonenumbers.is_valid_number(found.number)
            valid = valid or (region == "FR" and _FRENCH_MOBILE.fullmatch(found.raw_string) is not None)
            if _looks_written(found.raw_string, valid=valid) and not _is_other(plain[: found.start]):
                return True
    return False


def _is_other(before: str) -> bool:
    """What stands before the digits makes them a reference or a fax."""
    if _OWN_NUMBER.search(before):
        return False
    return _REFERENCE.search(before) is not None or _FAX.search(before) is not None


def _looks_written(raw: str, *, valid: bool) -> bool:
    """With its country's code, its national zero or in groups; a plain row of digits is rather an id.

    New ranges are in use before `phonenumbers` calls them valid, so that what is written as only telephone numbers are
    need not be.
    """
    if raw.startswith(("+", "00")):
        return True
    groups = len(re.findall(r"\d+", raw))
    if raw.startswith(("0", "(0")):
        return valid or groups >= 4 or (groups >= 2 and "." not in raw)
    return valid and groups > 1


def _regions(locale: str, country: str) -> tuple[str, ...]:
    """The request's country first, then the locale's."""
    of_locale = locale.replace("_", "-").rpartition("-")[2].upper()
    wanted = dict.fromkeys((country.upper(), of_locale))
    return tuple(region for region in wanted if region in phonenumbers.SUPPORTED_REGIONS) or ("FR",)
