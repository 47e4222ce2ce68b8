"""All that one Zendesk account knows. Everything else in the sandbox works on this value; it has no I/O of its own.

Made empty, by a seed, or from JSON; served by `serve.py`. Not safe across threads: once served, only the server's
loop touches it (`Server` has the thread-safe operations).
"""

from __future__ import annotations

import random
from collections import deque
from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import datetime

from zdsync.sandbox import links
from zdsync.sandbox.agenda import Agenda
from zdsync.sandbox.auth import Credentials
from zdsync.sandbox.base import HOUR, Row, iso_ms, to_ms
from zdsync.sandbox.clock import Clock
from zdsync.sandbox.faults import Faults
from zdsync.sandbox.limits import Limits

CALLS_KEPT = 20_000
"""Enough for any test; a demo that runs for days must not grow."""


@dataclass(slots=True)
class Ticket:
    """A ticket with its history. `row` is what the API shows, less what is computed."""

    row: Row
    values: dict[int, object] = field(default_factory=dict)
    """Custom field values by field id; a field that is missing here is null."""
    audits: list[Row] = field(default_factory=list)
    generated_ms: int = 0
    """Moves on every write, system ones too: what incremental exports compare."""
    solved_ms: int | None = None
    automations_due_ms: int | None = None
    """The next hourly run in which an automation could match, as far as can be told now."""


@dataclass(slots=True)
class Options:
    """What an admin of the account, or the plan, decides."""

    account_id: int = 22_129_848
    subdomain: str = "sandbox"
    support_address: str = "support@sandbox.example"
    automation_minute: int = 23
    """Automations run once an hour, not on the hour."""
    auto_assign_on_solve: bool = False
    webhook_delay_ms: int = 0
    """Account time between an update and the first attempt to deliver its webhooks."""
    webhook_timeout: float = 12.0
    """Real seconds."""
    search_lag_ms: int = 30_000
    """A new ticket is not found by search before."""
    export_hole_ms: int = 60_000
    """Exports return nothing of the last minute."""
    job_ms: int = 2_000
    """Account time that a job takes."""
    upload_limit: int = 50 * 1024 * 1024
    """Bytes of one file."""
    upload_life_ms: int = HOUR
    """How long the token of an upload is taken."""
    scan_ms: int = 3_000
    """Account time until the malware scan of a file is done."""
    satisfaction: bool = False
    """Has the plan satisfaction surveys? Without, a ticket's `satisfaction_rating` is null."""
    suspend_unauthentic: bool = False
    """Mail that fails its sender's authentication is set aside; else it comes in, flagged."""
    private_attachments: bool = False
    """Files are for those who are signed in: their URL on the account's host needs credentials."""


class Account:
    """State only. Rows by id; journals in the order of events."""

    def __init__(self, now: datetime | str | int, *, seed: int = 1) -> None:
        self.clock = Clock(to_ms(now))
        self.options = Options()
        self.random = random.Random(seed)
        self.users: dict[int, Row] = {}
        self.groups: dict[int, Row] = {}
        self.memberships: list[tuple[int, int]] = []
        """(user, group)"""
        self.organizations: dict[int, Row] = {}
        self.organization_memberships: dict[int, list[Row]] = {}
        """By user, as are the identities; see `links.py`."""
        self.identities: dict[int, list[Row]] = {}
        self.ticket_fields: dict[int, Row] = {}
        self.ticket_forms: dict[int, Row] = {}
        self.custom_statuses: dict[int, Row] = {}
        self.brands: dict[int, Row] = {}
        self.triggers: dict[int, Row] = {}
        self.automations: dict[int, Row] = {}
        self.macros: dict[int, Row] = {}
        self.views: dict[int, Row] = {}
        self.webhooks: dict[str, Row] = {}
        self.invocations: dict[str, Row] = {}
        self.tickets: dict[int, Ticket] = {}
        self.journal: list[tuple[int, int, Row]] = []
        """(instant, ticket, audit) of every audit, for the ticket event export."""
        self.dynamic_content: dict[str, dict[str, str]] = {}
        """Name to locale to text: what `{{dc.name}}` stands for. The first is the default."""
        self.jobs: dict[str, Row] = {}
        self.attachments: dict[int, Row] = {}
        self.uploads: dict[str, Row] = {}
        """Token to `{"made_ms", "attachments": ids}`, until a comment uses it."""
        self.suspended: dict[int, Row] = {}
        self.satisfaction_ratings: dict[int, Row] = {}
        self.downloads: list[Row] = []
        """Every request for a file's bytes, on either host: see `attachments_api.py`."""
        self.idempotency: dict[str, Row] = {}
        self.credentials = Credentials()
        self.limits = Limits()
        self.faults = Faults()
        self.agenda = Agenda()
        self.to_send: deque[str] = deque()
        """Invocations whose attempt is due now; `courier.py` sends them."""
        self.emails: list[Row] = []
        self.feed: list[Row] = []
        self.counts: dict[str, dict[str, int]] = {}
        """Calls by kind and status."""
        self.writes: deque[Row] = deque(maxlen=CALLS_KEPT)
        """Every call that could change a ticket, in order."""
        self.next_id = 6_130_000_000_001
        self.next_ticket_id = 1
        self.next_link_id = 1
        self._email_index: dict[str, int] = {}

    # Ids and people

    def new_id(self) -> int:
        self.next_id += 1
        return self.next_id - 1

    def add_user(self, row: Row) -> Row:
        self.users[row["id"]] = row
        if row["email"]:
            self.know_email(row["email"], row["id"])
        links.keep(self, row)
        return row

    def know_email(self, email: str, user_id: int) -> None:
        self._email_index[email.lower()] = user_id

    def forget_email(self, email: str) -> None:
        self._email_index.pop(email.lower(), None)

    def user_by_email(self, email: str) -> Row | None:
        found = self._email_index.get(email.strip().lower())
        return self.users.get(found) if found is not None else None

    def agents(self) -> Iterable[Row]:
        return (user for user in self.users.values() if user["role"] != "end-user")

    def groups_of(self, user_id: int) -> list[int]:
        return [group for user, group in self.memberships if user == user_id]

    def default_status(self, category: str) -> int | None:
        """The default custom status of a category; None when the account has none."""
        for status in self.custom_statuses.values():
            if status["status_category"] == category and status["default"]:
                return int(status["id"])
        return None

    def default_of(self, rows: dict[int, Row]) -> int | None:
        """The id of the default brand, form or group."""
        for row in rows.values():
            if row["default"]:
                return int(row["id"])
        return None

    # What happened

    @property
    def now_ms(self) -> int:
        return self.clock.now_ms()

    def tell(self, actor: Row | None, ticket_id: int | None, words: str) -> None:
        """Add to the feed of what happened: the live story."""
        self.feed.append(
            {
                "n": len(self.feed) + 1,
                "at": iso_ms(self.now_ms),
                "actor": actor["id"] if actor else None,
                "actor_name": actor["name"] if actor else "Zendesk",
                "ticket": ticket_id,
                "words": words,
            }
        )

    # What may be done to it before it is served; the work is done next door

    def act(self, as_: int | str, **act: object) -> Row:
        """A person does something now or `at` a later time; see `acts.py`. Gives `{"ticket", "audit", "scheduled"}`."""
        from zdsync.sandbox import acts

        return acts.perform(self, {"as": as_, **act})

    def advance_to(self, when: datetime | str) -> None:
        """Move on in time; everything that is due on the way happens at its own instant."""
        from zdsync.sandbox import travel

        travel.advance_to(self, to_ms(when))

    @classmethod
    def empty(cls, now: datetime | str | int, *, seed: int = 1) -> Account:
        """One admin and the user that zdsync writes as, one group, no triggers. See `seed.py`."""
        from zdsync.sandbox import seed as seeds

        return seeds.empty(now, seed=seed)

    @classmethod
    def demo(
        cls,
        now: datetime | str | int,
        *,
        seed: int = 1,
        requester_mail: bool = True,
        received_mail: bool = True,
        assignee_mail: bool = True,
        pending_automations: bool = False,
        satisfaction_survey: bool = False,
    ) -> Account:
        """A believable desk; the flags switch Zendesk's standard triggers and automations. See `seed.py`."""
        from zdsync.sandbox import seed as seeds

        return seeds.demo(
            now,
            seed=seed,
            requester_mail=requester_mail,
            received_mail=received_mail,
            assignee_mail=assignee_mail,
            pending_automations=pending_automations,
            satisfaction_survey=satisfaction_survey,
        )

    def to_json(self) -> Row:
        from zdsync.sandbox import saving

        return saving.to_json(self)

    @classmethod
    def from_json(cls, data: Row) -> Account:
        from zdsync.sandbox import saving

        return saving.from_json(data)
