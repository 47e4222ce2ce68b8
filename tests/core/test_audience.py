"""Whom the settings of a campaign name: each part narrows, what is excluded is out, nobody without an address is in."""

from __future__ import annotations

from typing import Any

import pytest

from tests.builders import a_person
from zdsync.core.audience import AudienceSettings, Candidate, audience

TAGS = {1: frozenset({"hosted"}), 2: frozenset({"on_premises"}), 3: frozenset({"hosted", "no_notices"})}


def contact(id: int, organization: int | None, tags: str = "", **more: Any) -> Candidate:
    fields = more.pop("fields", None)
    person = a_person(id, more.pop("role", "end-user"), organization_id=organization, **{"email": True, **more})
    return Candidate(person, frozenset(tags.split()), fields)


CANDIDATES = (
    contact(15, None),
    contact(11, 1, "vip"),
    contact(12, 1, fields={"status_mail": True}),
    contact(13, 2, "vip no_notices"),
    contact(14, 2, fields={"status_mail": False}),
    contact(16, 3),
    contact(17, 1, suspended=True),
    contact(18, 1, email=False),
    contact(19, 1, role="agent"),
)


@pytest.mark.parametrize(
    ("settings", "expected"),
    [
        pytest.param({}, [11, 12, 14], id="everybody of an organisation who may be mailed, by id"),
        pytest.param({"exclude_tags": []}, [11, 12, 13, 14, 16], id="nobody is excluded"),
        pytest.param({"without_organization": True}, [11, 12, 14, 15], id="those of none as well"),
        pytest.param({"organizations": [2]}, [14], id="of one organisation"),
        pytest.param({"organizations": []}, [], id="of none"),
        pytest.param({"organization_tags": ["hosted"]}, [11, 12], id="of organisations with a tag"),
        pytest.param({"user_tags": ["vip"]}, [11], id="with a tag of their own"),
        pytest.param({"user_field": "status_mail"}, [12], id="with a field ticked"),
        pytest.param({"user_tags": ["vip"], "user_field": "status_mail"}, [], id="both have to hold"),
        pytest.param({"organizations": [2], "users": [11]}, [11, 14], id="one who is named is in all the same"),
        pytest.param({"users": [13, 17, 18, 19]}, [11, 12, 14], id="but nobody who is excluded or cannot be mailed"),
        pytest.param({"exclude_organizations": [1]}, [14], id="without an organisation"),
        pytest.param({"exclude_users": [12]}, [11, 14], id="without a contact"),
        pytest.param({"without_organization": True, "organizations": [1]}, [11, 12, 15], id="of one or of none"),
    ],
)
def test_the_settings_name_these_contacts(settings: dict[str, Any], expected: list[int]) -> None:
    chosen = audience(CANDIDATES, TAGS, AudienceSettings.model_validate(settings))
    assert [person.id for person in chosen] == expected
