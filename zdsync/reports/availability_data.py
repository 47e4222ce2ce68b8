"""The month's availability for programs: instants in UTC, durations in whole seconds, percents as rounded-down text."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any

from zdsync.core.announced import Announcement, WindowRecord, tell_by
from zdsync.core.availability import Availability, Forecast, Line, Outage, Piece, Policy, percent
from zdsync.core.spans import Span


def data(result: Availability, policy: Policy, doubts: tuple[str, ...] = ()) -> dict[str, Any]:
    return {
        "product": policy.product,
        "month": f"{result.month.year:04}-{result.month.month:02}",
        "zone": result.month.zone.key,
        "target_percent": percent(result.target),
        "percent": None if result.figure is None else percent(result.figure),
        "met": result.met,
        "can_be_met": result.left >= timedelta(0),
        "month_span": _span(result.month.span),
        "known_from": _instant(result.known.start),
        "measured": _span(result.measured),
        "seconds": {
            "measured": _seconds(result.measured.length),
            "down": _seconds(result.counted),
            "planned": _seconds(result.excluded),
            "budget": _seconds(result.budget),
            "left": _seconds(result.left),
        },
        "intervals": [_line(line, result) for line in result.lines],
        "days": [
            {
                "date": day.date.isoformat(),
                "measured_seconds": _seconds(day.measured),
                "down_seconds": _seconds(day.counted),
            }
            for day in result.days
        ],
        "gaps": [{**_span(gap.span), "ticket": gap.ticket_id, "audits": list(gap.audits)} for gap in result.gaps],
        "coming": [_forecast(each, result) for each in result.coming],
        "unused_corrections": list(doubts),
    }


def _line(line: Line, result: Availability) -> dict[str, Any]:
    source = line.source
    common = {
        "ticket": source.ticket_id,
        "audits": list(source.audits),
        "down_seconds": _seconds(line.counted),
        "parts": [_piece(piece) for piece in line.pieces],
    }
    if isinstance(source, Outage):
        return {
            "kind": "outage",
            "seen_by": source.seen_by,
            **_lasted(source.began, source.ended),
            **common,
            "corrections": _corrections(source),
        }
    return {
        "kind": "maintenance",
        "window": source.name,
        "planned": source.planned,
        **_lasted(source.began, source.ended),
        "cancelled": _instant(source.cancelled),
        **common,
        "announced": [_announced(each, result) for each in source.announcements],
    }


def _lasted(began: datetime | None, ended: datetime | None) -> dict[str, Any]:
    return {"from": _instant(began), "to": _instant(ended)}


def _corrections(source: Outage) -> list[dict[str, Any]]:
    return [
        {"what": each.edge, "to": _instant(each.to), "reason": each.reason, "audit": each.audit_id, "by": each.by}
        for each in source.corrections
    ]


def _announced(each: Announcement, result: Availability) -> dict[str, Any]:
    latest = tell_by(each.start, result.month.zone)
    return {
        **_span(each.span),
        "at": _instant(each.made_at),
        "audit": each.audit_id,
        "contacts": each.contacts,
        "told": len(each.told),
        "told_in_time": each.told_by(latest),
        "tell_by": _instant(latest),
        "in_time": each.in_time(result.month.zone),
        "notices": [
            {"ticket": told.ticket_id, "audit": told.audit_id, "at": _instant(told.at)} for told in sorted(each.told)
        ],
    }


def _piece(piece: Piece) -> dict[str, Any]:
    return {
        **_span(piece.span),
        "seconds": _seconds(piece.span.length),
        "counts": piece.counts,
        "why": piece.why,
        "by_ticket": piece.by,
    }


def _forecast(each: Forecast, result: Availability) -> dict[str, Any]:
    window: WindowRecord = each.window
    at_end = result.at_end(each.cost)
    return {
        "window": window.name,
        "ticket": window.ticket_id,
        **_span(each.span),
        "tell_by": _instant(each.tell_by),
        "told": each.told,
        "cost_seconds": _seconds(each.cost),
        "at_most_seconds": _seconds(each.at_most),
        "percent_at_end": None if at_end is None else percent(at_end),
    }


def _span(span: Span) -> dict[str, Any]:
    return {"from": _instant(span.start), "to": _instant(span.end)}


def _instant(at: datetime | None) -> str | None:
    return at.isoformat() if at is not None else None


def _seconds(amount: timedelta) -> int:
    return int(amount.total_seconds())
