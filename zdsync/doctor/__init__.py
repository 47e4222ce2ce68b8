"""What `zdsync doctor` looks at: everything that should be right before and while zdsync works on an account.

Reads only. Each check gives findings with what to do about them; one that cannot be made is a finding too. The checks
stand by what they are about in `account.py`, `messages.py`, `audiences.py` and `service.py`.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator

from redis.exceptions import RedisError

from zdsync.doctor import account, audiences, messages, service
from zdsync.doctor.patient import Patient
from zdsync.probe import Finding
from zdsync.zendesk.errors import ZendeskError

__all__ = ["CHECKS", "Patient", "examine"]

Check = Callable[[Patient], Iterator[Finding]]

CHECKS: dict[str, Check] = {
    "credential": account.credential,
    "own user": account.own_user,
    "fields": account.fields,
    "webhook": account.webhook,
    "trigger": account.trigger,
    "provision": account.provision,
    "links": messages.links,
    "business rules": messages.business_rules,
    "acknowledgement": messages.acknowledgements,
    "suspended mail": messages.set_aside,
    "messages": messages.ways,
    "clock": service.clock,
    "limits": service.limits,
    "audience": audiences.outages,
    "maintenance": audiences.maintenance,
    "report": audiences.reports,
    "mail server": messages.mail_server,
    "redis": service.redis,
    "switches": service.switches,
    "rules": service.modes,
}


def examine(patient: Patient) -> Iterator[Finding]:
    """All findings, in the order in which they matter."""
    for name, check in CHECKS.items():
        try:
            yield from check(patient)
        except ZendeskError as error:
            yield Finding(name, "fault", f"could not be checked: {error}")
        except RedisError as error:
            yield Finding(name, "fault", f"Redis is away: {error}")
