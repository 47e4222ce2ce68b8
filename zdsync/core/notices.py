"""What makes a ticket a notice of a campaign, and which news of a problem its linked tickets have to hear.

`convert.py` writes these names into what it creates, `reach.py` reads them back: no notice is known by anything else.
"""

from __future__ import annotations

from datetime import datetime
from typing import Final

from zdsync.core.history import OUR_PREFIX, Reading
from zdsync.core.model import Audit

NOTICE_TAG: Final = "zdsync_notice"
"""On every notice, beside the campaign's own tags."""
BOUNCED_TAG: Final = "zdsync_bounced"
"""On a notice to which a mail server has answered that it cannot be delivered."""
_TOLD_OF: Final = frozenset({"status", "type", "priority"})


def external_id(campaign: str, user_id: int) -> str:
    """Of the one notice of a campaign for a contact; its idempotency key too. No blanks in a name: ValueError."""
    if not campaign or campaign.split() != [campaign]:
        raise ValueError(f"a campaign cannot be called {campaign!r}")
    return f"{OUR_PREFIX}{campaign}-{user_id}"


def contact_of(external: str | None) -> tuple[str, int] | None:
    """The inverse: campaign and contact; None for any other external id."""
    if external is None or not external.startswith(OUR_PREFIX):
        return None
    campaign, _, user = external.removeprefix(OUR_PREFIX).rpartition("-")
    known = campaign.split() == [campaign] and user.isascii() and user.isdigit() and len(user) <= 20
    return (campaign, int(user)) if known else None


def key(campaign: str) -> str:
    """The key of a notice's first comment."""
    return f"notice:{campaign}"


def is_news(audit: Audit) -> bool:
    """Whether an update of a problem matters to whoever is linked to it, whatever the rules say (`Automation.spreads`
    adds to it): something was said in public, or it is solved, open again, or a problem no more."""
    return any(comment.public for comment in audit.comments) or any(each.field in _TOLD_OF for each in audit.changes)


def is_opened_by_a_machine(notice: Reading) -> bool:
    """Whether an automatic mail has set its present status, by which nobody has answered: it waits as before."""
    automatic = {said.audit_id for said in notice.comments if said.automatic}
    return notice.timeline("status")[-1].audit_id in automatic


def is_set_by_staff_since(notice: Reading, at: datetime) -> bool:
    """Whether an agent has given it its present status after that instant: they have a reason."""
    last = notice.moves[-1] if notice.moves else None
    return last is not None and last.by == "staff" and last.at > at


def came_back_at(notice: Reading) -> datetime | None:
    """When a mail server has answered that its mail reaches nobody; None: none has."""
    back = (said.at for said in notice.comments if said.automatic and said.undelivered and said.by != "staff")
    return next(back, None)
