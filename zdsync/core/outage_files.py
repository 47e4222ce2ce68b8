"""What agents are told where an update on the problem of a major incident came with files: only its words go to all."""

from __future__ import annotations

from collections.abc import Iterator

from zdsync.core.actions import Action, Say
from zdsync.core.automation import Case
from zdsync.core.incident import Incident
from zdsync.core.notify import reaches_somebody
from zdsync.core.outage import LATEST


def notes(one: Incident, case: Case) -> Iterator[Action]:
    """A note for each such update of the last day, while it lasts and somebody has been told of it."""
    reach = case.facts.reach
    contacts = len(reach.told) if reach is not None and reach.is_of(one.name) else 0
    if not one.is_running or not contacts:
        return
    files = {said.comment_id: said.files for said in case.reading.comments if said.files}
    for news in one.news:
        key = one.key("files", news.comment_id)
        if news.comment_id in files and key not in case.reading.keys and news.at > case.now - LATEST:
            values = {
                "at": news.at,
                "contacts": contacts,
                "files": files[news.comment_id],
                "zone": case.rulebook.zone.key,
            }
            yield Say("agents", "major_incident.files", key, news.at, values)
            yield from reaches_somebody(case, news.at)
