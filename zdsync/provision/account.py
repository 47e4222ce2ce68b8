"""What `provision` looks at on an account: its objects as Zendesk shows them, in one value. Reads only."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

from zdsync.zendesk.client import Kind, Raw, Zendesk
from zdsync.zendesk.errors import NotFound, Rejected

KINDS: tuple[Kind, ...] = ("ticket_fields", "custom_statuses", "webhooks", "triggers", "macros", "views")
"""In the order in which they are made: later ones name earlier ones."""

NAME_IN: Mapping[Kind, str] = {"custom_statuses": "agent_label", "webhooks": "name"}
"""The key with the name that people see, where it is not `title`."""

MARK_IN: Mapping[Kind, str] = {"ticket_fields": "agent_description"}
"""The key for agents' eyes that tells who made an object, where it is not `description`."""

MARK = "Made by zdsync provision; changes are put back by it."


@dataclass(frozen=True, slots=True)
class Found:
    """An account as it is."""

    own_id: int
    """The user that zdsync writes as."""
    objects: Mapping[Kind, tuple[Raw, ...]] = field(default_factory=dict)
    refused: Mapping[Kind, str] = field(default_factory=dict)
    """Kinds of objects that the account does not have or does not show, and its words."""
    groups: Mapping[int, bool] = field(default_factory=dict)
    """Id of each group, and whether it is the default one."""
    languages: Mapping[str, str] = field(default_factory=dict)
    """Locale -> the name by which Zendesk calls it in texts: `{"fr": "Français"}`."""

    def named(self, kind: Kind, name: str) -> tuple[Raw, ...]:
        """Those with exactly this name."""
        return tuple(row for row in self.objects.get(kind, ()) if row.get(NAME_IN.get(kind, "title")) == name)


def look(zendesk: Zendesk, own_id: int) -> Found:
    """Everything that the comparison needs. Raises `ZendeskError`; what is refused for good is in the value."""
    objects: dict[Kind, tuple[Raw, ...]] = {}
    refused: dict[Kind, str] = {}
    for kind in KINDS:
        try:
            objects[kind] = zendesk.objects(kind)
        except (NotFound, Rejected) as error:
            refused[kind] = str(error)
    groups = {int(row["id"]): bool(row.get("default")) for row in zendesk.groups() if not row.get("deleted")}
    try:
        languages = {str(row.get("locale")): str(row.get("name")) for row in zendesk.locales()}
    except (NotFound, Rejected):
        languages = {}
    return Found(own_id, objects, refused, groups, languages)


def is_ours(kind: Kind, row: Raw) -> bool:
    """Whether `provision` made it: only what carries the mark may be changed."""
    return row.get(MARK_IN.get(kind, "description")) == MARK


def is_active(kind: Kind, row: Raw) -> bool:
    return bool(row.get("status") == "active" if kind == "webhooks" else row.get("active", True))
