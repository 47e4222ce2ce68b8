"""Whom the settings of a campaign name, read from the account: `reach.py` asks, `core/audience.py` chooses.

All end users are read, a hundred at a time, since no search of Zendesk's knows all that settings can ask about. What
comes of it is kept for half an hour, by the settings, so that organisations that are added while a campaign is open
have their notices too. Kept are ids, languages, zones and organisations; no name and no address.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping
from dataclasses import replace
from datetime import datetime, timedelta
from typing import Final

from zdsync.core.audience import AudienceSettings, audience
from zdsync.core.model import Person, WorkClass
from zdsync.store.campaigns import Campaigns, Part
from zdsync.zendesk.client import Zendesk
from zdsync.zendesk.errors import RetryLater

REFRESHED: Final = timedelta(minutes=30)


def contacts(
    settings: AudienceSettings, zendesk: Zendesk, known: Campaigns | None, now: datetime, work: WorkClass = "live"
) -> tuple[Person, ...]:
    """Everybody of the audience, by id. Raises what reading raises: where there are more pages than the limits allow in
    a minute, it goes on from there the next time. Without `known` all is read each time.
    """
    name = name_of(settings)
    found = known.audience(name, now - REFRESHED) if known is not None else None
    if found is not None:
        return found
    begun = known.audience_part(name, now - REFRESHED) if known is not None else None
    part = begun if begun is not None else Part(now)
    tags = _organization_tags(settings, zendesk, work)
    people = {person.id: person for person in part.people}
    while True:
        try:
            page, after = zendesk.end_users_page(part.cursor, work)
        except RetryLater:
            if known is not None:
                known.keep_audience_part(name, replace(part, people=tuple(people.values())))
            raise
        people |= {person.id: person for person in audience(page, tags, settings)}
        if not after:
            break
        part = replace(part, cursor=after)
    found = tuple(people[user_id] for user_id in sorted(people))
    if known is not None:
        known.keep_audience(name, found, part.read_at)
    return found


def name_of(settings: AudienceSettings) -> str:
    """The same for the same settings, in every process."""
    plain = {name: sorted(value) if isinstance(value, frozenset) else value for name, value in settings}
    return hashlib.sha256(json.dumps(plain, sort_keys=True).encode()).hexdigest()[:16]


def _organization_tags(settings: AudienceSettings, zendesk: Zendesk, work: WorkClass) -> Mapping[int, frozenset[str]]:
    """Nothing where no setting asks for them."""
    if settings.organization_tags is None and not settings.exclude_tags:
        return {}
    return zendesk.organization_tags(work)
