"""The account that a story is played on: a sandbox in this process, prepared as a real account is, called without HTTP.

`play.py` calls it. `prepared` is the one place that says what such an account has.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import UTC, datetime
from math import ceil

from zdsync.core.rulebook import Rulebook
from zdsync.provision.apply import provision
from zdsync.provision.collisions import mails_on_creation
from zdsync.provision.mails import mailers
from zdsync.rules.story_models import AccountEntry, Which
from zdsync.sandbox import acts, shapes, tickets, travel
from zdsync.sandbox.account import Account
from zdsync.sandbox.base import SECOND, Row
from zdsync.sandbox.errors import ApiError
from zdsync.sandbox.update import by_rule
from zdsync.stories import wire

_PAGE = 100
_AUTOMATION: Row = {"id": 360_000_000_777, "title": "An automation of the account"}


class Refused(Exception):
    """Zendesk would not do this. `status` is that of the reply."""

    def __init__(self, status: int, body: object) -> None:
        self.status = status
        super().__init__(f"{status} {_why(body)}")


def _why(body: object) -> str:
    """The part of a refusal that people can read."""
    if not isinstance(body, dict):
        return str(body)
    details = body.get("details")
    if isinstance(details, dict):
        return "; ".join(str(one.get("description", one)) for ones in details.values() for one in ones)
    return str(body.get("description") or body.get("error") or body)


class Stage:
    """One account with the story's ticket on it, and perhaps one that was mailed, or notices."""

    def __init__(
        self,
        account: Account,
        field_ids: Mapping[str, int],
        status_ids: Mapping[str, int],
        locale: str,
        lacks: tuple[str, ...] = (),
    ) -> None:
        self.account = account
        self.lacks = lacks
        """What `zdsync provision` could not make here, and why."""
        self.field_ids = field_ids
        self.status_ids = status_ids
        self.mails_on_creation = bool(mails_on_creation(account.triggers.values()))
        self.mailers = mailers(account.triggers.values())
        self.people = _people(account, locale)
        """User ids by how stories call them."""
        self.own_id: int = self.get("/users/me")["user"]["id"]
        self.ticket_id = 0
        self.mail_id = 0
        """The ticket that somebody has mailed; 0: there is none."""
        self.notice_id = 0
        """The newest notice that the colleague has; 0: there is none."""
        self.zendesk = wire.client(account)

    @property
    def now(self) -> datetime:
        return datetime.fromtimestamp(self.account.now_ms / SECOND, UTC)

    def move_to(self, at: datetime) -> None:
        """Never before `at`, which may lie between two milliseconds."""
        travel.advance_to(self.account, ceil(at.timestamp() * SECOND))

    def next_event(self) -> datetime | None:
        """When something is due that Zendesk does by itself."""
        due = self.account.agenda.next_due_ms()
        return None if due is None else datetime.fromtimestamp(due / SECOND, UTC)

    # What people do

    def act(self, who: str, act: Row, *, opens: bool = False, on: Which = "story") -> Row:
        """One update by a person (the keys are those of `sandbox/acts.py`), or by an automation, on the story's ticket
        or one of the others; what the sandbox says of it. `opens`: a ticket of its own. Raises `Refused`."""
        if on == "notice" and not self.notice_id:
            raise Refused(404, "the colleague has no notice")
        if on == "mail" and not self.mail_id:
            raise Refused(404, "nobody has mailed a ticket")
        ticket_id = {"story": self.ticket_id, "mail": self.mail_id, "notice": self.notice_id}[on]
        try:
            if who == "automation":
                ticket = self.account.tickets[ticket_id]
                tickets.update(self.account, ticket, act, None, by_rule(_AUTOMATION, "automation"))
                return {"ticket": ticket_id}
            named = {"ticket": ticket_id} if ticket_id and not opens else {}
            done = acts.perform(self.account, {"as": self.people[who], **named, **act})
        except ApiError as error:
            raise Refused(error.status, error.body) from error
        if opens:
            self.mail_id = self.mail_id or done["ticket"] or 0
        else:
            self.ticket_id = self.ticket_id or done["ticket"]
        return done

    # What zdsync does

    def get(self, path: str, **query: str) -> Row:
        return self._call("GET", path, None, {name: [value] for name, value in query.items()})

    def put(self, path: str, body: Row) -> Row:
        return self._call("PUT", path, body, {})

    def audits(self, ticket_id: int = 0) -> list[Row]:
        """Those of a ticket (the story's, if none is said), oldest first, page by page as the worker reads them."""
        ticket_id = ticket_id or self.ticket_id
        found: list[Row] = []
        query = {"page[size]": [str(_PAGE)]}
        while True:
            page = self._call("GET", f"/tickets/{ticket_id}/audits", None, query)
            found += page["audits"]
            if not page["meta"]["has_more"]:
                return found
            query["page[after]"] = [page["meta"]["after_cursor"]]

    def _call(self, method: str, path: str, body: Row | None, query: dict[str, list[str]]) -> Row:
        reply = wire.call(self.account, method, path, body, query)
        if reply.status >= 400:
            raise Refused(reply.status, reply.body)
        assert isinstance(reply.body, dict)
        return reply.body


def _people(account: Account, locale: str) -> dict[str, int]:
    agents, admins = _of_role(account, "agent"), _of_role(account, "admin")
    customers = [user for user in account.users.values() if user["role"] == "end-user"]
    customer = next(user for user in customers if str(user["locale"]).startswith(locale))
    of_the_same = (user["id"] for user in customers if user["organization_id"] == customer["organization_id"])
    colleague = next(id_ for id_ in of_the_same if id_ != customer["id"])
    return {
        "customer": customer["id"],
        "colleague": colleague,
        "agent": agents[0],
        "other agent": agents[1],
        "admin": admins[-1],
    }


def _of_role(account: Account, role: str) -> list[int]:
    return [user["id"] for user in account.users.values() if user["role"] == role]


def prepared(rulebook: Rulebook, wanted: AccountEntry, opened: datetime, locale: str) -> Stage:
    """An account as it is after its admin has run `zdsync provision` for these rules, with the usual triggers."""
    account = Account.demo(opened, received_mail=wanted.received_mail)
    _make_those_named(account, rulebook)
    if not wanted.custom_statuses:
        account.custom_statuses.clear()
    lacks: tuple[str, ...] = ()
    if wanted.provisioned:
        zendesk = wire.client(account, without=() if wanted.custom_statuses else ("custom_statuses",))
        me = zendesk.me()
        assert me is not None, "the sandbox knows our user"
        done = provision(zendesk, int(me["id"]), rulebook)
        lacks = tuple(f"{one.step.name}: {one.refused}" for one in done if one.refused)
    field_ids = {name: _field(account, where) for name, where in rulebook.fields.items()}
    statuses = rulebook.statuses.items() if wanted.custom_statuses else ()
    return Stage(account, field_ids, {name: _status(account, where) for name, where in statuses}, locale, lacks)


def _make_those_named(account: Account, rulebook: Rulebook) -> None:
    """Groups and agents that rules name by their ids on the real account, and a place in a group for each agent."""
    for rule in rulebook.rules:
        escalation = getattr(rule.settings, "escalate", None)
        group, follower = getattr(escalation, "group", None), getattr(escalation, "follower", None)
        if isinstance(group, int):
            account.groups.setdefault(group, shapes.group(group, account.now_ms, name=f"Group {group}"))
            account.memberships.append((_of_role(account, "admin")[-1], group))
        if isinstance(follower, int) and follower not in account.users:
            email = f"agent.{follower}@desk.example"
            row = shapes.user(follower, account.now_ms, name=f"Agent {follower}", email=email, role="agent")
            account.add_user(row)


def _field(account: Account, where: int | str) -> int:
    """The field of that id or title, made where it is missing."""
    for field_id, row in account.ticket_fields.items():
        if where in (field_id, row["title"]):
            return field_id
    id_, title = (where, f"Field {where}") if isinstance(where, int) else (account.new_id(), where)
    account.ticket_fields[id_] = shapes.ticket_field(id_, account.now_ms, title=title)
    for form in account.ticket_forms.values():
        form["ticket_field_ids"] = list(account.ticket_fields)
    return id_


def _status(account: Account, where: int | str) -> int:
    """The custom status of that id or label, made (as one of pending) where it is missing."""
    for status_id, row in account.custom_statuses.items():
        if where in (status_id, row["agent_label"]):
            return status_id
    id_, label = (where, f"Status {where}") if isinstance(where, int) else (account.new_id(), where)
    account.custom_statuses[id_] = shapes.custom_status(id_, account.now_ms, "pending", label)
    return id_
