"""What the account looks like after a story, ticket by ticket, in words that are the same for every run."""

from __future__ import annotations

import json
import re
from collections.abc import Mapping, Sequence
from typing import Any

from tests.chaos.story import ENDS, KINDS, Kind, acts
from tests.chaos.world import Trouble, World

Row = Mapping[str, Any]
FIELDS = {"SLA first reply due": "first_reply", "SLA resolution due": "resolution"}


def ends_as_it_must(it: World, story: Sequence[Trouble] = (), *, polls: bool = False) -> None:
    """Play it, and hold the account to where every ticket must end: nothing missing, nothing twice."""
    it.play(acts(), ENDS, story, polls=polls)
    assert ending(it) == expected()


def ending(it: World) -> dict[str, dict[str, Any]]:
    """Where every ticket has ended. Asserts that nothing was said twice, and nothing without its key."""
    state, us = it.state(), it.us()
    said = [key for ticket in state["tickets"] for key in keys(ticket, us)]
    assert len(said) == len(set(said)), "no key is there twice"
    assert without_key(state, it.tickets, us) == []
    return reached(state, it.tickets, us)


def events(it: World, name: str) -> list[dict[str, Any]]:
    """Log entries of this name from all our processes."""
    found = [json.loads(line) for _, line in it.lines if line.startswith("{")]
    return [entry for entry in found if entry.get("event") == name]


def taken_up_again(it: World) -> set[str]:
    """Tickets that somebody had let go of without a word, and whose leases were seen to have ended."""
    found = events(it, "leases had ended; the tickets are due again")
    return it.left & {str(number) for entry in found for number in entry["tickets"]}


def expected(kinds: Sequence[Kind] = KINDS) -> dict[str, dict[str, Any]]:
    """Where the tickets must end, by their names in the story."""
    return {
        f"{kind.name} {number}": {
            "keys": sorted(kind.keys),
            "first_reply": kind.first_reply,
            "resolution": kind.resolution,
            "status": kind.status,
            "tags": sorted(kind.tags),
        }
        for kind in kinds
        for number in range(kind.number)
    }


def reached(state: Row, tickets: Mapping[str, int], us: int) -> dict[str, dict[str, Any]]:
    """Where they have ended, out of the sandbox's saved state. `us`: the user that zdsync writes as."""
    titles = {field["id"]: field["title"] for field in state["ticket_fields"]}
    by_id = {ticket["row"]["id"]: ticket for ticket in state["tickets"]}
    return {name: _ticket(by_id[number], titles, us) for name, number in tickets.items()}


def _ticket(ticket: Row, titles: Mapping[int, str], us: int) -> dict[str, Any]:
    values = {FIELDS.get(titles[int(field_id)]): value for field_id, value in ticket["values"].items()}
    people = [audit["id"] for audit in ticket["audits"] if audit["author_id"] != us]
    return {
        "keys": sorted(_numbered(key, people) for key in keys(ticket, us)),
        "first_reply": values.get("first_reply"),
        "resolution": values.get("resolution"),
        "status": ticket["row"]["status"],
        "tags": sorted(tag for tag in ticket["row"]["tags"] if tag.startswith("sla_")),
    }


def keys(ticket: Row, us: int) -> list[str]:
    """Every key of every message of ours, as often as it was said."""
    return [
        key
        for audit in ticket["audits"]
        if audit["author_id"] == us
        for key in audit["metadata"].get("custom", {}).get("zdsync_keys", "").split()
    ]


def without_key(state: Row, tickets: Mapping[str, int], us: int) -> list[int]:
    """Our comments on the story's tickets that carry no key: by I2 there are none."""
    return [
        audit["id"]
        for ticket in state["tickets"]
        if ticket["row"]["id"] in tickets.values()
        for audit in ticket["audits"]
        if audit["author_id"] == us
        and any(event["type"] == "Comment" for event in audit["events"])
        and not audit["metadata"].get("custom", {}).get("zdsync_keys")
    ]


def _numbered(key: str, people: Sequence[int]) -> str:
    """`target:6130000000092:set` -> `target:#2:set`: ids differ from run to run."""
    return re.sub(r"\d{6,}", lambda found: f"#{people.index(int(found[0])) + 1}", key)
