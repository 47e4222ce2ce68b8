"""Maintenance windows of `maintenance.yaml`: their model, their faults, and what of them may not be meant.

Times are written on the clock of the window's zone, or with an offset. `load.py` calls `read_windows`, `zdsync check`
adds `remarks`: those depend on the day on which one looks, so they are no faults for which a worker would wait.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from datetime import UTC, datetime, timedelta
from typing import Annotated, Final
from zoneinfo import ZoneInfo

from babel import Locale, UnknownLocaleError
from pydantic import AfterValidator, BeforeValidator, Field, WithJsonSchema

from zdsync.core.announced import NOTICE_DAYS, tell_by
from zdsync.core.audience import AudienceSettings
from zdsync.core.durations import in_words
from zdsync.core.maintenance_plan import SENDING
from zdsync.core.templates import FALLBACK
from zdsync.core.windows import (
    LONGEST,
    TIME_LIKE,
    NoSuchTime,
    Window,
    Words,
    clock_change,
    instant_of,
    overlapping,
    written_time,
)
from zdsync.rules.files import MAINTENANCE, Folder
from zdsync.rules.findings import Fault
from zdsync.rules.models import Entry, ZoneName
from zdsync.rules.nodes import NodePath
from zdsync.rules.parts import part

LONGEST_TEXT: Final = 500
"""Characters of a title or description: one paragraph of a mail."""
TICKETS: Final = "ticket-"
"""Ids that begin with it are those of windows that agents open as tickets."""
_ID: Final = re.compile(r"[a-z0-9]+(?:[-.][a-z0-9]+)*", re.ASCII)


def _id(written: str) -> str:
    if not _ID.fullmatch(written) or len(written) > 40 or written.startswith(TICKETS):
        wrong = f"`{written}` is no id of a window"
        raise Fault(
            wrong, f"write small letters and digits with dashes, not beginning with {TICKETS}, such as db-2026-12"
        )
    return written


def _locale(name: str) -> str:
    try:
        Locale.parse(name, sep="-")
    except (ValueError, UnknownLocaleError):
        raise Fault(f"`{name}` is no language", "write it like en, fr or pt-BR") from None
    return name


def _text(written: str) -> str:
    text = " ".join(written.split())
    if not text or len(text) > LONGEST_TEXT:
        raise Fault("the text is empty or too long", f"write 1 to {LONGEST_TEXT} characters")
    return text


def _in_languages(written: object) -> object:
    return {FALLBACK: written} if isinstance(written, str) else written


def parse_time(written: object) -> datetime:
    """`2026-12-06 22:00`, naive; with `Z` or an offset behind it aware."""
    try:
        return written_time(str(written))
    except NoSuchTime as error:
        raise Fault(error.wrong, error.write) from None


LocalTime = Annotated[
    datetime,
    BeforeValidator(parse_time),
    WithJsonSchema({"type": "string", "examples": [TIME_LIKE]}),
]
Texts = Annotated[
    dict[Annotated[str, AfterValidator(_locale)], Annotated[str, AfterValidator(_text)]],
    BeforeValidator(_in_languages),
    WithJsonSchema(
        {
            "anyOf": [{"type": "string"}, {"type": "object", "additionalProperties": {"type": "string"}}],
            "examples": ["{en: Database upgrade, fr: Mise à jour de la base}"],
        }
    ),
]


class WindowEntry(Entry):
    id: Annotated[str, AfterValidator(_id)] = Field(description="kept when the window moves", examples=["db-2026-12"])
    title: Texts = Field(description="what customers read, in their languages", examples=["Database upgrade"])
    description: Texts = Field({}, description="likewise: what is away, what they should do")
    start: LocalTime = Field(description="on the clock of the zone", examples=[TIME_LIKE])
    end: LocalTime = Field(description="likewise", examples=["2026-12-07 02:00"])
    zone: ZoneName | None = Field(None, description="IANA name; that of the first schedule if missing")
    planned: bool = Field(True, description="false: urgent; announced at once, and its minutes count as downtime")
    announce: LocalTime | None = Field(
        None, description="when it is announced; if missing as far ahead as the rule says"
    )
    audience: AudienceSettings | None = Field(None, description="whom it concerns; the rule's audience if missing")
    cancelled: bool = Field(False, description="true: whoever was told of it is told that it is off")


def read_windows(folder: Folder, zone: ZoneInfo) -> Mapping[str, Window]:
    """Those without a fault, by id, in the file's order. `zone`: of the desk: that of those that name none, and the one
    by whose calendar all have to be told a week ahead, wherever a window is (`core/availability.py` counts so)."""
    document = folder.documents.get(MAINTENANCE)
    if document is None or not document.readable or document.data is None:
        return {}
    if not isinstance(document.data, list):
        folder.report(MAINTENANCE, "the windows are a list", "begin each one with `- id: `", at=document.at(()))
        return {}
    found: dict[str, Window] = {}
    at: dict[str, tuple[int, int]] = {}
    for index, data in enumerate(document.data):
        entry = part(folder, WindowEntry, data, MAINTENANCE, (index,))
        if entry.value is None or entry.unsaid:
            continue
        window = _window(folder, entry.value, (index,), zone)
        if window is None:
            continue
        if window.id in found:
            wrong = f"a window has this id already ({found[window.id].source})"
            folder.report(MAINTENANCE, wrong, "give it an id of its own", at=document.at((index, "id")))
            continue
        found[window.id], at[window.id] = window, document.at((index, "start"))
    for pair in overlapping(found):
        first, second = sorted(pair, key=lambda window: at[window.id])
        if first.audience == second.audience:
            wrong = f"it overlaps with {first.id} ({first.source}), and is for the same people"
            write = "write other times, one window for both, or an audience for each"
            folder.report(MAINTENANCE, wrong, write, at=at[second.id])
    return found


def _window(folder: Folder, entry: WindowEntry, path: NodePath, default: ZoneInfo) -> Window | None:
    """The window, or None after reporting why not."""
    document = folder.documents[MAINTENANCE]
    before = len(folder.findings)
    zone = ZoneInfo(entry.zone) if entry.zone else default

    def instant(name: str, written: datetime) -> datetime:
        try:
            return instant_of(written, zone)
        except NoSuchTime as error:
            folder.report(MAINTENANCE, error.wrong, error.write, at=document.at((*path, name)))
            return written.replace(tzinfo=zone).astimezone(UTC)

    start, end = instant("start", entry.start), instant("end", entry.end)
    announce = instant("announce", entry.announce) if entry.announce else None
    for name, wrong, write in _faults(entry, start, end, announce, tell_by(start, default).astimezone(zone)):
        folder.report(MAINTENANCE, wrong, write, at=document.at((*path, name)))
    if len(folder.findings) > before:
        return None
    return Window(
        entry.id,
        start,
        end,
        zone.key,
        Words(entry.title),
        Words(entry.description),
        entry.planned,
        announce,
        entry.audience,
        entry.cancelled,
        f"{folder.root.resolve().name}/{MAINTENANCE}:{document.at(path)[0]}",
    )


def _faults(
    entry: WindowEntry, start: datetime, end: datetime, announce: datetime | None, latest: datetime
) -> Iterator[tuple[str, str, str]]:
    """Key, what is wrong, what to write. `latest`: when all have to be told, on the window's clock."""
    if end <= start:
        yield "end", "the window ends before it starts", "write a later end, with its date"
    elif end - start > LONGEST:
        yield "end", f"the window lasts {in_words(end - start)}", "write several windows, of a week at most"
    if announce and entry.planned and not entry.cancelled and announce > latest:
        wrong = f"it is announced less than {NOTICE_DAYS} days ahead, so it would count as unplanned"
        yield "announce", wrong, f"write {latest:%Y-%m-%d %H:%M} or earlier, a later start, or planned: false"


def remarks(windows: Mapping[str, Window], now: datetime, path: str, desk: ZoneInfo) -> Sequence[str]:
    """What is no fault, and yet may not be meant. `path`: of the file, to be shown; `desk`: its zone."""
    found = []
    for window in windows.values():
        if not window.cancelled and window.end > now:
            place = f"{path}:{window.source.rpartition(':')[2]}"
            found += [f"{place}: {window.id} {words}" for words in _remarks(window, now, desk)]
    for first, second in overlapping(windows):
        if first.audience != second.audience and second.end > now:
            found.append(
                f"{first.id} ({first.source}) and {second.id} ({second.source}) overlap; some may be told of both"
            )
    return found


def _remarks(window: Window, now: datetime, desk: ZoneInfo) -> Iterator[str]:
    zone = ZoneInfo(window.zone)
    change = clock_change(window.start, window.end, window.zone)
    if change:
        way = "forward" if change > timedelta(0) else "back"
        length, shown = window.end - window.start, window.end - window.start + change
        yield (
            f"is over a change of the clocks, which are put {way} by {in_words(abs(change))}: from "
            f"{_shown(window.start, zone)} to {_shown(window.end, zone)} it is {in_words(length)}, "
            f"not {in_words(shown)}"
        )
    latest = tell_by(window.start, desk)
    announced = window.announce_at
    if window.planned and announced and now < latest < announced + SENDING:
        yield (
            f"is announced on {_shown(announced, zone)}, and all have to be told by {_shown(latest, zone)}: the mails "
            "take a while, so write an hour earlier, or more"
        )
    if window.planned and latest < now < window.start:
        yield (
            f"starts in less than {NOTICE_DAYS} days: unless all were told by {_shown(latest, zone)} it counts as "
            f"unplanned (`zdsync maintenance list` knows); write planned: false, or a later start"
        )


def _shown(instant: datetime, zone: ZoneInfo) -> str:
    return f"{instant.astimezone(zone):%Y-%m-%d %H:%M}"
