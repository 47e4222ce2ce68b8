"""Whom a campaign is for: all contacts of the organisations that the settings name, less those that they leave out."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Final, NamedTuple

from pydantic import BaseModel, ConfigDict, Field

from zdsync.core.model import FieldValue, Person

SAMPLE: Final = 5
"""So many contacts are named, by their ids."""


class AudienceSettings(BaseModel):
    """Each part that is written narrows the audience; what is not written narrows nothing."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    organizations: frozenset[int] | None = Field(None, description="ids; only contacts of these organisations")
    organization_tags: frozenset[str] | None = Field(None, description="only of organisations that have one of these")
    user_tags: frozenset[str] | None = Field(None, description="only contacts who have one of these tags")
    user_field: str | None = Field(None, description="only contacts with this user field (its key) ticked or filled in")
    users: frozenset[int] = Field(frozenset(), description="ids of contacts who are in it, whatever stands above")
    without_organization: bool = Field(False, description="contacts who belong to no organisation as well")
    exclude_organizations: frozenset[int] = Field(frozenset(), description="ids")
    exclude_users: frozenset[int] = Field(frozenset(), description="ids")
    exclude_tags: frozenset[str] = Field(frozenset({"no_notices"}), description="of the contact or the organisation")


@dataclass(frozen=True, slots=True)
class Candidate:
    """An end user of the account, with what settings can ask about."""

    person: Person
    tags: frozenset[str] = frozenset()
    fields: Mapping[str, FieldValue] | None = None
    """Filled-in user fields by key."""


def audience(
    candidates: Iterable[Candidate], organization_tags: Mapping[int, frozenset[str]], settings: AudienceSettings
) -> tuple[Person, ...]:
    """The contacts, by id. Nobody who is no end user, is suspended or has no address that mail could reach."""
    return tuple(
        sorted(
            (each.person for each in candidates if _is_in(each, organization_tags, settings)),
            key=lambda person: person.id,
        )
    )


def _is_in(candidate: Candidate, organization_tags: Mapping[int, frozenset[str]], settings: AudienceSettings) -> bool:
    person = candidate.person
    if person.role != "end-user" or person.suspended or not person.email:
        return False
    organization = person.organization_id
    its_tags = organization_tags.get(organization, frozenset()) if organization else frozenset()
    if person.id in settings.exclude_users or organization in settings.exclude_organizations:
        return False
    if (candidate.tags | its_tags) & settings.exclude_tags:
        return False
    if person.id in settings.users:
        return True
    if organization is None and not settings.without_organization:
        return False
    if organization is not None and not _is_of(organization, its_tags, settings):
        return False
    if settings.user_tags is not None and not candidate.tags & settings.user_tags:
        return False
    return settings.user_field is None or bool((candidate.fields or {}).get(settings.user_field))


def _is_of(organization: int, its_tags: frozenset[str], settings: AudienceSettings) -> bool:
    if settings.organizations is not None and organization not in settings.organizations:
        return False
    return settings.organization_tags is None or bool(its_tags & settings.organization_tags)


class Figures(NamedTuple):
    """What agents and admins are told of an audience."""

    contacts: int
    organizations: int
    french: int
    """How many read French; all others are told in English."""
    sample: str
    """Ids of the first few."""


def figures(contacts: Sequence[Person]) -> Figures:
    return Figures(
        len(contacts),
        len({person.organization_id for person in contacts if person.organization_id}),
        sum(person.locale.lower().startswith("fr") for person in contacts),
        ", ".join(str(person.id) for person in contacts[:SAMPLE]),
    )
