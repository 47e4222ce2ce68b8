"""When something happened, from the words of whoever reports it, in English and French.

Own grammar instead of a library. `dateparser.search_dates` takes a tenth of a second to import and half of one for
6,000 characters, and finds dates in “it may be the sun” and “2 of 3”, but “y a” in “il y a deux heures”;
`parsedatetime` knows English only and finds a date in “version 2.4.1”. Neither says how exact it is, or that 03/04 may
be two days.

An incident has happened: what lies ahead (“by Friday”, “tomorrow at 9”) or more than `OLDEST` ago (a birth date) is
none. The most exact of what is left counts, the first of equals.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta, timezone, tzinfo
from itertools import islice
from typing import Final
from zoneinfo import ZoneInfo

from zdsync.core.intake import Precision, When
from zdsync.core.reply_text import fold
from zdsync.core.reply_words import as_set

OLDEST: Final = timedelta(days=400)
_RECENT: Final = timedelta(days=183)
"""How old a day or month may be that is written without its year, where a longer past is unlikely."""
_AHEAD: Final = timedelta(minutes=15)
"""How far in the future an instant may lie: clocks differ."""
_MOST: Final = 200
"""Times and dates that are looked at; a log has thousands."""


_MONTH_NAMES: Final = (
    ("january", "jan", "janvier", "janv"),
    ("february", "feb", "fevrier", "fevr", "fev"),
    ("march", "mar", "mars"),
    ("april", "apr", "avril", "avr"),
    ("maymonth", "mai"),
    ("june", "jun", "juin"),
    ("july", "jul", "juillet", "juil"),
    ("august", "aug", "aout"),
    ("september", "sept", "sep", "septembre"),
    ("october", "oct", "octobre"),
    ("november", "nov", "novembre"),
    ("december", "dec", "decembre"),
)
_MONTHS: Final[Mapping[str, int]] = {
    name: number for number, names in enumerate(_MONTH_NAMES, start=1) for name in names
}
_WEEKDAYS: Final[Mapping[str, int]] = {
    name: number
    for number, names in enumerate(
        (
            ("monday", "lundi"),
            ("tuesday", "mardi"),
            ("wednesday", "mercredi"),
            ("thursday", "jeudi"),
            ("friday", "vendredi"),
            ("saturday", "samedi"),
            ("sunday", "dimanche"),
        )
    )
    for name in names
}
_NUMBERS: Final[Mapping[str, float]] = {
    "half an": 0.5,
    "une demi": 0.5,
    "a couple of": 2,
    "fifteen": 15,
    "quinze": 15,
    "twenty": 20,
    "vingt": 20,
    "thirty": 30,
    "trente": 30,
    **{
        name: number
        for number, names in enumerate(
            (
                *("a an one un une", "two deux", "three trois", "four quatre", "five cinq"),
                *("six", "seven sept", "eight huit", "nine neuf", "ten dix"),
            ),
            start=1,
        )
        for name in names.split()
    },
}
_SEVERAL: Final = frozenset({"few", "a few", "several", "some", "quelques", "plusieurs"})
_UNITS: Final[Mapping[str, str]] = {
    **dict.fromkeys(("minute", "minutes", "min", "mins", "mn"), "minute"),
    **dict.fromkeys(("hour", "hours", "heure", "heures", "hr", "hrs", "h"), "hour"),
    **dict.fromkeys(("day", "days", "jour", "jours"), "day"),
    **dict.fromkeys(("week", "weeks", "semaine", "semaines"), "week"),
    **dict.fromkeys(("month", "months", "mois"), "month"),
}


def _any(words: Iterable[str]) -> str:
    """One of these, for a verbose pattern."""
    return "|".join(sorted(words, key=len, reverse=True)).replace(" ", r"\s")


_MONTH: Final = f"(?:{_any(_MONTHS)})"
_COUNT: Final = rf"(?:\d{{1,3}}|{_any([*_NUMBERS, *_SEVERAL])})"
_UNIT: Final = rf"(?:{_any(_UNITS)})"
_WEEKDAY: Final = rf"(?:{_any(_WEEKDAYS)})"
_DAYPART: Final = r"(?:morning|afternoon|evening|night|matin|matinee|apres-midi|apres\smidi|aprem|soir|soiree)"

_DATE: Final = re.compile(
    rf"""
    (?<![\w./-])(?P<iso>(?P<iy>(?:19|20)\d\d)[-/.](?P<im>\d\d?)[-/.](?P<id>\d\d?))(?![\d/-]|\.\d)(?:t(?=\d\d:))?
  | (?<![\w./-])(?P<apache>(?P<ad>\d\d)/(?P<am>[a-z]{{3}}|maymonth)/(?P<ay>20\d\d)):(?=\d\d:\d\d)
  | (?<![\w./,-])(?P<numeric>(?P<n1>\d\d?)(?P<sep>[/.-])(?P<n2>\d\d?)(?P=sep)(?P<ny>(?:19|20)\d\d|\d\d))(?![\w/-]|\.\d)
  | (?:\b(?:on|le|du|since|from|depuis)\s(?:the\s)?)(?P<short>(?P<s1>\d\d?)/(?P<s2>\d\d?))(?![\w/]|\.\d)
  | (?<![\w./-])(?P<dm>(?P<dd>\d\d?)(?:st|nd|rd|th|er)?\s?-?(?:of\s)?(?P<dmonth>{_MONTH})\b\.?
      (?:,?[\s-](?P<dy>(?:19|20)\d\d)\b)?)
  | \b(?P<md>(?P<mmonth>{_MONTH})\.?\s{{1,2}}(?P<mday>\d\d?)(?:st|nd|rd|th)?(?![\w:/]|\.\d)
      (?:,?\s(?P<my>(?:19|20)\d\d)\b)?)
  | \b(?P<month>(?P<mprep>in|since|from|en|depuis|courant|debut|mi-|mi|fin|early|mid-|mid|late)
      \s?(?:le\smois\sde\s|mois\sde\s|d[e']\s?)?(?P<mname>{_MONTH})\b(?:\s(?P<moy>20\d\d)\b)?)(?!\s\d)
  | \b(?P<dby>the\sday\sbefore\syesterday|avant-hier|avant\shier)(?:\s(?:au\s)?(?P<dbypart>{_DAYPART}))?\b
  | \b(?P<yesterday>yesterday|hier)(?:\s(?:au\s)?(?P<ypart>{_DAYPART}))?\b
  | \b(?P<lastnight>last\snight|overnight|cette\snuit|la\snuit\sderniere|dans\sla\snuit)\b
  | \b(?P<thispart>(?:this|ce|cet|cette)\s(?P<tpart>{_DAYPART}))\b
  | \b(?P<today>today|aujourd'hui|ce\sjour)\b(?!-la)
  | \b(?P<ahead>tomorrow|demain|(?:next|coming)\s(?:{_WEEKDAY}|week|month)
      |(?:{_WEEKDAY}|semaine|mois)\s(?:prochaine?|next)|(?:by|until|before|d'ici|jusqu'a|avant)\s(?:le\s)?{_WEEKDAY}s?)\b
  | \b(?P<weekday>(?P<wlast>last\s|past\s)?(?P<wname>{_WEEKDAY})s?(?:\s(?P<wafter>dernier|passe|last))?
      (?:\s(?P<wpart>{_DAYPART}))?)\b
      (?!,?\s(?:the\s|le\s)?(?:\d\d?(?:st|nd|rd|th|er)?\s(?:of\s)?)?{_MONTH}\b|,?\s(?:le\s)?\d\d?[/.-]\d)
  | \b(?P<weekend>(?:this|last|over\sthe|ce|le)\s(?:past\s|last\s)?week-?end(?:\sdernier)?)\b
  | \b(?P<lastweek>(?:last|this|la|cette)\s(?:week|semaine)(?P<wkafter>\sderniere|\spassee)?)\b
  | \b(?P<lastmonth>last\smonth|le\smois\sdernier)\b
  | \b(?P<ago>(?P<acount>{_COUNT})[\s-](?P<aunit>{_UNIT})\sago)\b
  | \b(?P<ilya>(?:il\s)?y\sa\s(?:environ\s|a\speine\s|presque\s|moins\sd'|pres\sd')?(?:de\s)?(?P<icount>{_COUNT})
      [\s-]?(?P<iunit>{_UNIT}))\b
  | \b(?P<since>(?:since|depuis|over\sthe\s(?:last|past)|in\sthe\s(?:last|past)|for\sthe\s(?:last|past)
      |(?P<for>for(?:\s(?:about|around|over|more\sthan|at\sleast))?))
      \s(?:environ\s|plus\sd'|plus\sde\s|pres\sde\s|bientot\s|about\s|at\sleast\s|the\s(?:last|past)\s)?
      (?P<scount>{_COUNT})[\s-]?(?P<sunit>{_UNIT}))\b(?!\s(?:du\s(?:matin|soir)|de\sl'apres))
  | \b(?P<manyweeks>(?:for|since|depuis|des)\s(?:des\s|many\s)?(?P<many>days|weeks|months|jours|semaines|mois))\b
  | \b(?P<now>just\snow|(?:a|one)\smoment\sago|moments\sago|a\sl'instant|(?:il\s)?y\sa\sun\sinstant)\b
    """,
    re.VERBOSE,
)

_ZONE: Final = r"(?:\s?(?P<tz>z|utc|gmt|cest|cet|bst|[+-]\d\d:?\d\d)\b)?"
_CLOCK: Final = re.compile(
    rf"""
    (?:(?<![\w:./,-])|(?<=\dt)|(?<=20\d\d:))(?P<hh>[01]?\d|2[0-3]):(?P<mm>[0-5]\d)
      (?::(?P<ss>[0-5]\d)(?:[.,]\d{{1,9}})?)?(?![\d:])
      (?:\s?(?P<half>[ap])\.?m\b\.?)?{_ZONE}
  | (?<![\w:./,-])(?P<uh>1[0-2]|0?[1-9])(?:[:.](?P<um>[0-5]\d))?\s?(?P<uhalf>[ap])\.?m\b\.?
  | (?<![\w:./,-])(?P<fh>[01]?\d|2[0-3])\s?(?:h(?:rs|eures?)?|o'clock)(?:\s?(?P<fm>[0-5]\d))?
      (?:\s(?P<fpart>du\smatin|du\ssoir|de\sl'apres-midi))?(?![\w:/])
  | \b(?P<noon>noon|midday|midi)\b(?!-)
  | \b(?P<midnight>midnight|minuit)\b
    """,
    re.VERBOSE,
)
_AT: Final = re.compile(
    r"(?:\b(?:at|around|about|since|from|circa|approx\.?|a|vers|des|depuis|a partir de|environ|aux alentours de)"
    r"(?: (?:about|around|approximately|environ|approx\.?|peu pres))?|[~@]) ?$"
)
_STARTS_LINE: Final = re.compile(r"(?:^|\n)[\[(]?$")
_LINK: Final = (
    rf"{_WEEKDAY}|at|around|about|circa|approx\.?|approximately|a|vers|des|depuis|environ|aux alentours de|on|le|the"
    r"|t|de|from|since|~|@|-|–"
)
_BETWEEN: Final = re.compile(rf"[\s,(\[]*(?:(?:{_LINK})[\s,]*){{0,3}}")
"""What may stand between a day and its time."""
_OTHER_PURPOSE: Final = re.compile(
    r"\b(?:call|reach|phone me|contact|available|meeting|presenting|appointment|will|shall|deadline|next|tomorrow"
    r"|rappel\w+|joindre|joignable|appel\w+|disponible|reunion|rendez-vous|rdv|prochaine?|sera|serai|aura|demain)\b"
)
"""A sentence about when to call or what comes: its times of day and weekdays are not the incident's."""
_OTHER_DATE: Final = re.compile(
    r"\b(?:version|release|build|born|dob|nee?|invoice|facture|contract|contrat|order|commande|quote|devis"
    r"|by|before|avant|d'ici|expir\w+|valid\w*)(?: (?:no\.?|n°|of|on|the|du|le|au|from))*[ :.v]*$"
)
_LASTING: Final = re.compile(r"\b(?:has|have|had|been|down|'s|offline|unreachable|broken|stuck|now)\b")
_SENTENCE_END: Final = re.compile(r"[.!?](?=\s|$)|\n")
_MAY: Final = re.compile(r"\bMay\b|\bMAY\b")


@dataclass(frozen=True, slots=True)
class _Day:
    """What a date says by itself; local."""

    begin: datetime
    end: datetime
    part: str = ""
    exact: Precision = "day"
    ambiguous: bool = False


@dataclass(frozen=True, slots=True)
class _Time:
    """A time of day."""

    at: time
    minutes: bool
    zone: tzinfo | None
    begin: int
    finish: int
    explicit: bool
    """It cannot be a length of time."""


def zone_of(name: str) -> tzinfo:
    """The zone of this IANA name; UTC for a name that is none."""
    try:
        return ZoneInfo(name)
    except (ValueError, OSError, KeyError):
        return UTC


def find_when(text: str, *, at: datetime, zone: str, locale: str, country: str = "FR") -> When | None:
    """When the text says that it happened; `at` is when it was written, aware. Never raises."""
    reading = _Reading(fold(_MAY.sub("maymonth", text)), at, zone_of(zone), locale, country)
    best: When | None = None
    order = {"minute": 0, "hour": 0, "day": 1, "range": 2}
    for found in reading.all():
        if best is None or order[found.precision] < order[best.precision]:
            best = found
    return best


class _Reading:
    """One text and what its dates are relative to."""

    def __init__(self, text: str, at: datetime, zone: tzinfo, locale: str, country: str) -> None:
        self.text = text
        self.at = at.astimezone(zone)
        self.zone = zone
        self.day_first, self.order_known = _order(text, locale, country)

    def all(self) -> Iterable[When]:
        """All that may be the incident's: dates in the text's order, then times of day without a date."""
        times = [_time(match) for match in islice(_CLOCK.finditer(self.text), _MOST)]
        used: set[int] = set()
        position = 0
        for match in islice(_DATE.finditer(self.text), _MOST):
            while position < len(times) and times[position].finish < match.start() - 40:
                position += 1
            beside = self._beside(match, times[position : position + 8], used)
            if beside:
                used.add(beside.begin)
            try:
                day = self._day(match)
                when = self._when(day, beside) if day else None
            except (ValueError, OverflowError):
                continue
            if when and self._counts(match, when):
                yield when
        for clock in times:
            if clock.begin not in used and (bare := self._bare(clock)):
                yield bare

    def _beside(self, match: re.Match[str], times: Sequence[_Time], used: set[int]) -> _Time | None:
        """The time of day that belongs to a date: behind it, or before it."""
        for one in times:
            if one.begin in used:
                continue
            if one.begin >= match.end() and _is_between(self.text[match.end() : one.begin]):
                return one
        for one in times:
            if (
                one.begin not in used
                and one.finish <= match.start()
                and _is_between(self.text[one.finish : match.start()])
            ):
                return one
        return None

    def _counts(self, match: re.Match[str], found: When) -> bool:
        before = self.text[max(0, match.start() - 30) : match.start()]
        if _OTHER_DATE.search(before):
            return False
        if match["weekday"] and not (
            match["wlast"] or match["wafter"] or re.search(r"(?:since|depuis) (?:le )?$", before)
        ):
            return not _OTHER_PURPOSE.search(self._sentence(match.start()))
        if match["for"]:
            return bool(_LASTING.search(self._sentence(match.start())))
        return True

    def _sentence(self, position: int) -> str:
        """What stands around in the same sentence, at most 200 characters each way."""
        before = self.text[max(0, position - 200) : position]
        ends = [end.end() for end in _SENTENCE_END.finditer(before)]
        after = self.text[position : position + 200]
        end = _SENTENCE_END.search(after)
        return before[ends[-1] if ends else 0 :] + after[: end.start() if end else len(after)]

    def _bare(self, found: _Time) -> When | None:
        """A time of day without a date: the last time it was so late."""
        before = self.text[max(0, found.begin - 30) : found.begin]
        if not (_AT.search(before) or (found.explicit and _STARTS_LINE.search(before))):
            return None
        if re.search(r"\bdepuis $", before) and not found.minutes and found.at.hour < 6 and not found.explicit:
            return None  # “depuis 2h”: for two hours
        if _OTHER_PURPOSE.search(self._sentence(found.begin)):
            return None
        day = self._midnight(self.at.date())
        return self._when(_Day(day, day + timedelta(days=1)), found, roll=True)

    def _when(self, day: _Day, clock: _Time | None, *, roll: bool = False) -> When | None:
        if clock is None or day.exact in ("minute", "hour") or (day.exact == "range" and not day.part):
            return self._checked(day.begin, day.end, day.exact, day.ambiguous)
        zone = clock.zone or self.zone
        at = clock.at
        if day.part in _LATE and not clock.explicit and at.hour < 12:
            at = at.replace(hour=at.hour + 12)
        date_of = day.begin.date()
        start = datetime.combine(date_of, at, zone)
        if roll and start > self.at + _AHEAD:
            start = datetime.combine(date_of - timedelta(days=1), at, zone)
        precision: Precision = "minute" if clock.minutes else "hour"
        end = start + (timedelta(minutes=1) if clock.minutes else timedelta(hours=1))
        return self._checked(start, end, precision, day.ambiguous)

    def _checked(self, start: datetime, end: datetime, precision: Precision, ambiguous: bool) -> When | None:
        begin, finish = start.astimezone(UTC), end.astimezone(UTC)
        now = self.at.astimezone(UTC)
        if begin > now + _AHEAD or begin < now - OLDEST:
            return None
        if precision == "range":
            finish = min(finish, now)
            if finish <= begin:
                return None
        return When(begin, finish, precision, ambiguous)

    def _midnight(self, day: date) -> datetime:
        return datetime.combine(day, time(), self.zone)

    def _whole(self, day: date, part: str | None = None, *, ambiguous: bool = False) -> _Day:
        if part:
            first, last = _HOURS_OF[part]
            return _Day(
                datetime.combine(day, time(first), self.zone),
                datetime.combine(day, time(last), self.zone) if last < 24 else self._midnight(day + timedelta(days=1)),
                part,
                "range",
            )
        return _Day(self._midnight(day), self._midnight(day + timedelta(days=1)), ambiguous=ambiguous)

    def _range(self, first: date, last: date) -> _Day:
        return _Day(self._midnight(first), self._midnight(last), exact="range")

    def _day(self, match: re.Match[str]) -> _Day | None:  # one branch for each form of `_DATE`
        today = self.at.date()
        kind = next(name for name in _KINDS if match[name])
        if kind == "iso":
            return self._whole(date(int(match["iy"]), int(match["im"]), int(match["id"])))
        if kind == "apache":
            month = _MONTHS.get(match["am"])
            return self._whole(date(int(match["ay"]), month, int(match["ad"]))) if month else None
        if kind == "numeric":
            return self._numeric(match)
        if kind == "short":
            return self._either(int(match["s1"]), int(match["s2"]), None, dotted=False)
        if kind == "dm":
            return self._named(int(match["dd"]), _MONTHS[match["dmonth"]], match["dy"])
        if kind == "md":
            return self._named(int(match["mday"]), _MONTHS[match["mmonth"]], match["my"])
        if kind == "month":
            return self._month(_MONTHS[match["mname"]], match["moy"])
        if kind == "dby":
            return self._whole(today - timedelta(days=2), match["dbypart"])
        if kind == "yesterday":
            return self._whole(today - timedelta(days=1), match["ypart"])
        if kind == "lastnight":
            begin = self._midnight(today - timedelta(days=1)) + timedelta(hours=18)
            return _Day(begin, datetime.combine(today, time(6), self.zone), exact="range")
        if kind == "thispart":
            return self._whole(today, match["tpart"])
        if kind == "today":
            return self._whole(today)
        if kind == "weekday":
            return self._weekday(match, today)
        if kind == "weekend":
            monday = today - timedelta(days=today.weekday())
            saturday = monday - timedelta(days=2) if today.weekday() < 5 else monday + timedelta(days=5)
            return self._range(saturday, saturday + timedelta(days=2))
        if kind == "lastweek":
            words = match["lastweek"]
            if words.startswith("la ") and not match["wkafter"]:
                return None
            monday = today - timedelta(days=today.weekday())
            if words.startswith("last") or match["wkafter"]:
                return self._range(monday - timedelta(days=7), monday)
            return self._range(monday, monday + timedelta(days=7))
        if kind == "lastmonth":
            return self._months_back(1)
        if kind in ("ago", "ilya", "since"):
            letter = kind[0]
            count = match[f"{letter}count"]
            if match["sunit"] == "h" and not match["for"] and count.isdigit() and 6 <= int(count) < 24:
                return None  # “depuis 8h” is a time of day
            return self._back(count, _UNITS[match[f"{letter}unit"]])
        if kind == "manyweeks":
            return self._back("several", _UNITS[match["many"]])
        if kind == "now":
            return _Day(self.at, self.at + timedelta(minutes=1), exact="minute")
        return None

    def _numeric(self, match: re.Match[str]) -> _Day | None:
        dotted = match["sep"] == "."
        if len(match["ny"]) == 2:
            if dotted and not re.search(r"\b(?:on|le|du|since|depuis|am|vom) $", self.text[: match.start()][-10:]):
                return None  # a version
            year = 2000 + int(match["ny"])
        else:
            year = int(match["ny"])
        return self._either(int(match["n1"]), int(match["n2"]), year, dotted=dotted)

    def _either(self, first: int, second: int, year: int | None, *, dotted: bool) -> _Day | None:
        """Day and month in an order that is told by the numbers, the past, the language or, at last, the country."""
        day_first = dotted or self.day_first
        readings: list[date] = []
        for day, month in ((first, second), (second, first)) if day_first else ((second, first), (first, second)):
            try:
                found = date(year, month, day) if year else self._last(day, month)
            except ValueError:
                continue
            recent = year or self.at.date() - found < _RECENT
            if recent and self._midnight(found) <= self.at and found not in readings:
                readings.append(found)
        if not readings:
            return None
        likely = first if day_first else second
        swapped = readings[0].day != likely and likely <= 12 and max(first, second) <= 12 and first != second
        doubtful = (len(readings) == 2 and not (dotted or self.order_known)) or (swapped and self.order_known)
        return self._whole(readings[0], ambiguous=doubtful)

    def _last(self, day: int, month: int) -> date:
        """The last day of this name that is not ahead."""
        found = date(self.at.year, month, day)
        return found if found <= self.at.date() else date(self.at.year - 1, month, day)

    def _named(self, day: int, month: int, year: str | None) -> _Day | None:
        if year:
            return self._whole(date(int(year), month, day))
        found = self._last(day, month)
        return self._whole(found) if self.at.date() - found < _RECENT else None

    def _month(self, month: int, year: str | None) -> _Day | None:
        first = date(int(year), month, 1) if year else self._last(1, month)
        if not year and self.at.date() - first > _RECENT:
            return None  # “in June”, in May: the next one
        return self._range(first, (first + timedelta(days=32)).replace(day=1))

    def _months_back(self, count: int) -> _Day:
        number = self.at.year * 12 + self.at.month - 1 - count
        first = date(number // 12, number % 12 + 1, 1)
        return self._range(first, (first + timedelta(days=32)).replace(day=1))

    def _weekday(self, match: re.Match[str], today: date) -> _Day:
        back = (today.weekday() - _WEEKDAYS[match["wname"]]) % 7
        if back == 0 and (match["wlast"] or match["wafter"]):
            back = 7
        return self._whole(today - timedelta(days=back), match["wpart"])

    def _back(self, words: str, unit: str) -> _Day:
        today = self.at.date()
        if words in _SEVERAL:
            span = {"minute": timedelta(minutes=15), "hour": timedelta(hours=6), "day": timedelta(days=7)}.get(
                unit, timedelta(days=42 if unit == "week" else 180)
            )
            if unit == "minute":
                return _Day(self.at - span, self.at, exact="hour")
            return _Day(self.at - span, self.at, exact="range")
        count = float(words) if words.isdigit() else _NUMBERS[words]
        if unit == "minute" or (unit == "hour" and count < 1):
            at = self.at - timedelta(minutes=count if unit == "minute" else 60 * count)
            return _Day(at, at + timedelta(minutes=1), exact="minute")
        if unit == "hour":
            at = (self.at.astimezone(UTC) - timedelta(hours=count)).astimezone(self.zone)
            return _Day(at, at + timedelta(hours=1), exact="hour")
        if unit == "day":
            return self._whole(today - timedelta(days=int(count)))
        if unit == "week":
            monday = today - timedelta(days=today.weekday() + 7 * int(count))
            return self._range(monday, monday + timedelta(days=7))
        return self._months_back(int(count))


_KINDS: Final = (
    *("iso", "apache", "numeric", "short", "dm", "md", "month", "dby", "yesterday", "lastnight", "thispart", "today"),
    *("ahead", "weekday", "weekend", "lastweek", "lastmonth", "ago", "ilya", "since", "manyweeks", "now"),
)
_HOURS_OF: Final[Mapping[str, tuple[int, int]]] = {
    **dict.fromkeys(("morning", "matin", "matinee"), (6, 12)),
    **dict.fromkeys(("afternoon", "apres-midi", "apres midi", "aprem"), (12, 18)),
    **dict.fromkeys(("evening", "soir", "soiree", "night"), (18, 24)),
}
_LATE: Final = frozenset({"afternoon", "apres-midi", "apres midi", "aprem", "evening", "soir", "soiree"})
_ZONES: Final[Mapping[str, str]] = {
    **dict.fromkeys(("z", "utc", "gmt"), "UTC"),
    **dict.fromkeys(("cet", "cest"), "Europe/Paris"),
    "bst": "Europe/London",
}
"""Who writes CET in summer means the clock on the wall."""


def _is_between(text: str) -> bool:
    return len(text) <= 30 and _BETWEEN.fullmatch(text) is not None and "\n" not in text


def _time(match: re.Match[str]) -> _Time:
    """The time of day of a match of `_CLOCK`."""
    begin, finish = match.span()
    if match["hh"]:
        hour, minute = _of_half(int(match["hh"]), match["half"]), match["mm"]
        return _Time(time(hour, int(minute)), True, _zone(match["tz"]), begin, finish, True)
    if match["uh"]:
        hour, minute = _of_half(int(match["uh"]), match["uhalf"]), match["um"]
        return _Time(time(hour, int(minute or 0)), minute is not None, None, begin, finish, True)
    if match["fh"]:
        part, minute = match["fpart"], match["fm"]
        half = None if not part else "a" if part == "du matin" else "p"
        at = time(_of_half(int(match["fh"]), half), int(minute or 0))
        return _Time(at, minute is not None, None, begin, finish, bool(minute or part))
    return _Time(time(12 if match["noon"] else 0), False, None, begin, finish, True)


def _of_half(hour: int, half: str | None) -> int:
    if half is None or hour > 12:
        return hour
    return hour % 12 + (12 if half == "p" else 0)


def _zone(words: str | None) -> tzinfo | None:
    if not words:
        return None
    if words in _ZONES:
        return zone_of(_ZONES[words])
    hours, minutes = int(words[1:3]), int(words[-2:])
    if hours > 14 or minutes > 59:
        return None
    return timezone(timedelta(hours=hours, minutes=minutes) * (-1 if words[0] == "-" else 1))


_FRENCH: Final = as_set("le la les un une des du et est nous vous je il elle dans pour sur avec ne pas depuis")
_ENGLISH: Final = as_set("the a an and is are we you i it in for on with not since at of to my our this")


def _order(text: str, locale: str, country: str) -> tuple[bool, bool]:
    """Whether the day comes first, and whether that is known: by the text's language, else by the locale."""
    words = re.findall(r"[a-z]+", text[:2000])
    french = sum(word in _FRENCH for word in words)
    english = sum(word in _ENGLISH for word in words)
    tag = locale.replace("_", "-").lower()
    if french > english + 1:
        return True, True
    if tag.startswith("en-"):
        return (False, True) if tag == "en-us" else (True, tag != "en-ca")
    if tag == "en" or not tag:
        return country.upper() != "US", False
    return True, True
