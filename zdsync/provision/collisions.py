"""What the account's own automations and triggers do that works against ours. Pure; for the doctor.

Ours are left out, and what is switched off.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from typing import Any, Literal

from zdsync.core.episode import AWAITING_TAG
from zdsync.provision.account import is_ours
from zdsync.provision.wanted import ASK
from zdsync.zendesk.client import Raw

_REQUESTER = ("requester_id", "requester_and_ccs")


def collisions(automations: Iterable[Raw], triggers: Iterable[Raw], *, holds: bool) -> Iterator[str]:
    """One sentence each, with what to do. `holds`: whether solves are held until the customer confirms."""
    in_order = sorted(triggers, key=lambda row: (row.get("position") or 0, row["id"]))
    acting = [("trigger", row) for row in in_order] + [("automation", row) for row in automations]
    for what, row in acting:
        if not row.get("active") or is_ours("triggers", row):
            continue
        name = f"{what} {row.get('title')!r}"
        solves = _does(row, "status", "solved")
        if holds and solves:
            yield f"{name} solves tickets by itself; that is undone, since no customer has confirmed: switch it off"
        if _does(row, "status", "closed") and not _only_solved(row):
            yield f"{name} closes tickets that are not solved; nothing can be said or held on them: switch it off"
        if _names(row, "updated_at"):
            yield (
                f"{name} counts hours since the last update; each of our notes, tags and fields begins them anew: "
                "let it count hours since the requester's or assignee's update"
            )
        if holds and not solves and _names(row, "PENDING") and not _spares_the_held(row):
            yield (
                f"{name} counts hours of pending, also of tickets that await a confirmation, which have chasers of "
                f"their own: add the condition that tags contain none of {AWAITING_TAG}"
            )
    yield from _told_too_early(in_order)


def mails_requesters(triggers: Iterable[Raw]) -> list[str]:
    """The titles of the triggers that mail an agent's public comment, so ours too, to the requester."""
    return [
        str(row.get("title"))
        for row in triggers
        if row.get("active")
        and not is_ours("triggers", row)
        and _names(row, "comment_is_public")
        and _mails_requester(row)
        and not any(one.get("field") == "role" and one.get("value") == "end_user" for one in _all(row))
    ]


def mails_on_creation(triggers: Iterable[Raw]) -> list[str]:
    """The titles of the triggers that may mail requesters when they have opened a ticket.

    One that does so for some tickets only counts as well: rather no acknowledgement than two.
    """
    return [
        str(row.get("title"))
        for row in triggers
        if row.get("active")
        and not is_ours("triggers", row)
        and _mails_requester(row)
        and _may_run_on_creation(row, "end_user")
    ]


def mails_notices(triggers: Iterable[Raw]) -> list[str]:
    """The titles of the triggers that may mail requesters what agents, so we too, have opened for them: Zendesk's
    standard one is "Notify requester of new proactive ticket"."""
    return [
        str(row.get("title"))
        for row in triggers
        if row.get("active")
        and not is_ours("triggers", row)
        and _mails_requester(row)
        and _may_run_on_creation(row, "agent")
    ]


def _may_run_on_creation(row: Raw, by: Literal["end_user", "agent"]) -> bool:
    """`changed` conditions hold for an existing ticket only: such triggers mean that."""
    conditions = _all(row)
    others = ("end_user",) if by == "agent" else ("agent", "admin")
    if any(one.get("field") == "role" and one.get("value") in others for one in conditions):
        return False
    kinds = {one.get("value") for one in conditions if one.get("field") == "update_type"}
    if kinds:
        return "Create" in kinds
    return not any(_is_solved(one) or "changed" in str(one.get("operator")) for one in conditions)


def _told_too_early(in_order: list[Raw]) -> Iterator[str]:
    """Those that run before the hold still see the ticket solved."""
    ours = next((n for n, row in enumerate(in_order) if row.get("title") == ASK and row.get("active")), None)
    for row in in_order[: ours or 0]:
        if row.get("active") and _mails_requester(row) and any(_is_solved(one) for one in _all(row)):
            yield (
                f"trigger {row.get('title')!r} runs before {ASK!r}, and tells customers of solves that are then held: "
                "move ours up"
            )


def _all(row: Raw) -> list[Mapping[str, Any]]:
    return list((row.get("conditions") or {}).get("all") or ())


def _names(row: Raw, field: str) -> bool:
    conditions = row.get("conditions") or {}
    return any(one.get("field") == field for part in ("all", "any") for one in conditions.get(part) or ())


def _does(row: Raw, field: str, value: str) -> bool:
    return any(one.get("field") == field and one.get("value") == value for one in row.get("actions") or ())


def _mails_requester(row: Raw) -> bool:
    mails = [one.get("value") for one in row.get("actions") or () if one.get("field") == "notification_user"]
    return any(str(to[0] if isinstance(to, list) and to else to) in _REQUESTER for to in mails)


def _is_solved(one: Mapping[str, Any]) -> bool:
    return one.get("field") == "status" and one.get("operator") in ("is", "value") and one.get("value") == "solved"


def _only_solved(row: Raw) -> bool:
    return any(
        _is_solved(one)
        or one.get("field") == "SOLVED"
        or (one.get("field") == "status" and one.get("operator") == "greater_than" and one.get("value") == "hold")
        for one in _all(row)
    )


def _spares_the_held(row: Raw) -> bool:
    return any(
        one.get("field") == "current_tags"
        and one.get("operator") == "not_includes"
        and AWAITING_TAG in str(one.get("value")).split()
        for one in _all(row)
    )
