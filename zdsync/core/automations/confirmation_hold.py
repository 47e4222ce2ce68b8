"""Confirmation hold: a ticket stays open until the customer confirms that the request is completed.

An agent's solve becomes "awaiting confirmation", and the customer is asked, once. What the history tells is read in
`core/episode.py`; this file decides what follows from it. On an account that `zdsync provision` has prepared a trigger
holds and asks within the agent's own update, and nothing is left to do here but to notice it.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from datetime import UTC, datetime, timedelta
from typing import Annotated, Final, Literal

from pydantic import Field, model_validator

from zdsync.core.actions import Action, AddTag, RemoveTag, Say, SetStatus
from zdsync.core.automation import Automation, Case, Decision, Needs, SettingsModel, Tag
from zdsync.core.calendar import Schedule
from zdsync.core.controls import CLOSE_TAG, Control, controls, latest, snoozes_over
from zdsync.core.episode import (
    ASK_TAG,
    AWAITING_TAG,
    BY_AGENT,
    BY_LINK,
    Asked,
    Episode,
    Reply,
    Solve,
    Solved,
    read_episode,
)
from zdsync.core.links import Link, make
from zdsync.core.mailing import leftovers
from zdsync.core.model import Status, Way

CONFIRMED_TAG: Final = "zdsync_confirmed"
"""The customer's last words are a clear yes: the trigger that holds lets a solve pass."""
MOST_FLIPS: Final = 2
"""So often in 24 hours a solve is undone against somebody who repeats it; then it stays, and the agent is told."""
_DAY: Final = timedelta(hours=24)

Days = Annotated[int, Field(ge=1, le=99)]


class Ways(SettingsModel):
    """How each message to the customer leaves where it is we who say it."""

    ask: Way = "comment"
    chase: Way = "comment"


class Settings(SettingsModel):
    schedule: str
    """Name of the schedule whose business days count, and outside of whose hours the customer is not reminded."""
    status: str = "awaiting_confirmation"
    """The custom status, by the name given under the account's `statuses:`."""
    chase: tuple[Days, ...] = (3, 6)
    """After how many business days without an answer the customer is reminded of the question."""
    back_to_agent: Days | None = 9
    """After how many the ticket goes back to the agent, open; null: it waits for ever."""
    exempt_tags: tuple[Tag, ...] = ()
    """Tickets with one of these tags are not held, whoever has set it."""
    link: bool = False
    """Whether the question has a link to a page with two buttons. Then it is always we who ask, by a comment."""
    link_days: Days = 30
    """How many days a link is good for."""
    link_shows: Literal["reference", "subject"] = "reference"
    """What the page tells of the request to whoever holds the link; `subject`: the number and the subject."""
    ways: Ways = Field(default=Ways(), alias="as")
    """Whether a message is a public comment, or a trigger's mail, which does not count as an agent's reply."""

    @model_validator(mode="after")
    def _in_order(self) -> Settings:
        days = [*self.chase, *([self.back_to_agent] if self.back_to_agent else [])]
        if sorted(set(days)) != days:
            raise ValueError("chase and back_to_agent do not rise: write each later than the one before, [3, 6] and 9")
        if self.link and "trigger" in (self.ways.ask, self.ways.chase):
            raise ValueError("a trigger's mail cannot carry a link: write `as: {ask: comment, chase: comment}`")
        return self


EXAMPLE: Final = """\
schedule: paris
status: awaiting_confirmation     # a name from account.yaml
chase: [3, 6]                     # business days after the question; [] never reminds
back_to_agent: 9                  # null: waits for ever
exempt_tags: []
link: false                       # true: the question has a link to a page with two buttons
link_days: 30                     # a link is good for so many days
link_shows: reference             # or subject: what the page tells whoever holds the link
as: {ask: comment}                # or trigger: by the mail of a trigger, which is no reply for Zendesk's own metrics
"""

TEMPLATES: Final[Mapping[str, tuple[str, ...]]] = {
    "confirmation_hold.ask": ("reference", "link"),
    "confirmation_hold.chase": ("reference", "link", "asked", "zone"),
    "confirmation_hold.reply": ("answer", "solved", "assigned", "asked", "zone"),
    "confirmation_hold.unanswered": ("asked", "days", "zone"),
    "confirmation_hold.again": ("asked", "zone"),
    "confirmation_hold.flips": ("by", "zone"),
    "confirmation_hold.given_back": (),
    "confirmation_hold.overridden": ("how", "reason", "confirmed", "assigned"),
    "confirmation_hold.link_answer": ("answer", "assigned", "said"),
}
"""`answer`: yes, no, thanks, other, or somebody else (than the requester); `asked`: when the customer was asked;
`link`: the address of the page, empty where there is none; `said`: lines that were typed on it, perhaps none."""

EXAMPLES: Final[Mapping[str, object]] = {
    "reference": 4711,
    "asked": datetime(2026, 11, 24, 17, 0, tzinfo=UTC),
    "zone": "Europe/Paris",
    "answer": "other",
    "solved": False,
    "assigned": True,
    "days": 9,
    "by": "rule",
    "how": "/zdsync close",
    "reason": "",
    "confirmed": False,
    "link": "https://desk.example/confirm/4711",
    "said": ["The second page is missing."],
}


def needs(settings: Settings) -> Needs:
    ways = {"as.ask": settings.ways.ask, "as.chase": settings.ways.chase}
    return Needs(
        schedules={"schedule": settings.schedule},
        statuses={"status": settings.status},
        by_trigger={path: f"confirmation_hold.{path[3:]}" for path, way in ways.items() if way == "trigger"},
    )


def decide(case: Case, settings: Settings) -> Decision:
    """Status, tags, and messages to either side. Pure; `case.now` in account time."""
    reading, ticket = case.reading, case.reading.ticket
    if reading.kind != "request":
        since = reading.audits[-1].at if reading.audits else ticket.created_at
        gone = (RemoveTag(AWAITING_TAG, since), RemoveTag(ASK_TAG, since))
        return Decision("not-a-request", f"a {reading.kind} is not held", gone)
    if ticket.requester_id in case.facts.own_user_ids or not any(said.public for said in reading.comments):
        return Decision("private", "no customer knows of this ticket, so there is nobody to ask")
    orders = controls(reading, case.rulebook.zone)
    exempt = latest(orders, "exempt", about="hold")
    if exempt or not ticket.tags.isdisjoint(settings.exempt_tags):
        since = exempt.at if exempt else ticket.created_at
        # A trigger reads no command: the tag tells it that this ticket is not held.
        gone = (RemoveTag(AWAITING_TAG, since), RemoveTag(ASK_TAG, since))
        marks = (*gone, *((AddTag(exempt.tag, since),) if exempt else ()))
        return Decision("exempt", "the ticket is exempt", marks)
    episode = read_episode(reading, case.facts.status_ids.get(settings.status), case.rulebook.live_since)
    used_up = max(episode.words.audit_id if episode.words else 0, episode.taken_up)
    order = latest(orders, "close", "confirm", after=used_up)
    if ticket.status == "solved":
        decision = _solved(case, settings, episode, order)
    elif ticket.status == "pending" and episode.solve and _is_held(case, settings):
        decision = _held(case, settings, episode, episode.solve, order, latest(orders, "snooze", about="hold"))
    else:
        decision = _open(case, settings, episode, order)
    mailed = leftovers(case, "confirmation_hold.ask", "confirmation_hold.chase")
    tidy = (*_tidy(case, episode, order), *snoozes_over(reading, case.now), *mailed)
    return Decision(decision.outcome, decision.words, (*decision.actions, *tidy), decision.wake_at)


def _solved(case: Case, settings: Settings, episode: Episode, order: Control | None) -> Decision:
    """It stays so with a confirmation; without one it is held."""
    solved = episode.solved
    if solved is None:
        return Decision("solved-from-the-start", "it was created as solved")
    gone = RemoveTag(AWAITING_TAG, solved.at)
    if order:
        return Decision("overridden", f"solved by an agent: {order.name}", (gone, _overridden(case, order)))
    if episode.confirmed == BY_AGENT:
        return Decision("overridden", "solved by an agent's decision", (gone,))
    if episode.confirmed or episode.says_yes:
        return Decision("confirmed", f"the customer has confirmed: {episode.confirmed or 'by reply'}", (gone,))
    flips = [at for at in episode.flips if at > case.now - _DAY]
    if len(flips) >= MOST_FLIPS or f"flips:{solved.audit_id}" in case.reading.keys:
        say = Say(
            "agents",
            "confirmation_hold.flips",
            f"flips:{solved.audit_id}",
            solved.at,
            _values(case, settings, by=solved.by),
        )
        return Decision("flip-flop", "it was solved again and again: left to the agents", (gone, say))
    if solved.by != "staff" and episode.solve is None:
        return _solved_by_rule(case, settings, episode, solved)
    solve = episode.solve or Solve(
        solved.at, solved.audit_id
    )  # an agent may write for the customer, and leave it solved
    if solve.at < case.rulebook.live_since:
        return Decision("before-live", "an agent has solved it before live_since")
    actions = list(_hold(case, settings, episode, solve, solved.at))
    if solved.by == "staff" and episode.asked and solved.audit_id != solve.audit_id:
        key, values = f"again:{solved.audit_id}", _values(case, settings, asked=episode.asked.at)
        actions.append(Say("agents", "confirmation_hold.again", key, solved.at, values))
    return Decision("held", "solved without the customer's confirmation", tuple(actions))


def _solved_by_rule(case: Case, settings: Settings, episode: Episode, solved: Solved) -> Decision:
    """Nobody of the agents has solved it, so there is nothing to ask: it goes back to what it was.

    What waits for the customer does so once: its next such solve brings it to the agents. The account's own reminder of
    pending tickets would otherwise mail the customer again and again, since each time its days begin anew.
    """
    since = episode.words.at if episode.words else case.reading.ticket.created_at
    again = any(at > since for at in episode.flips)
    if solved.before == "pending" and again:
        say = Say("agents", "confirmation_hold.given_back", f"unsolved:{solved.audit_id}", solved.at)
        return Decision("given-back", "a rule solved it again: back to the agents", (SetStatus("open", solved.at), say))
    back: Status = "pending" if solved.before == "pending" else "hold" if solved.before == "hold" else "open"
    return Decision("solved-by-rule", f"no person has solved it: {back} again", (SetStatus(back, solved.at),))


def _hold(case: Case, settings: Settings, episode: Episode, solve: Solve, since: datetime) -> Iterator[Action]:
    """Awaiting confirmation, with the question unless it was asked in this episode."""
    yield SetStatus("pending", since, settings.status)
    yield AddTag(AWAITING_TAG, since)
    if episode.asked is None:
        yield _ask(case, settings, solve)


def _ask(case: Case, settings: Settings, solve: Solve) -> Say:
    values = _to_customer(case, settings, solve)
    key = f"ask:{solve.audit_id}"
    return Say("customer", "confirmation_hold.ask", key, solve.at, values, way=settings.ways.ask)


def _held(
    case: Case, settings: Settings, episode: Episode, solve: Solve, order: Control | None, snooze: Control | None
) -> Decision:
    """Awaiting confirmation."""
    if order:
        return Decision("overridden", f"solved by an agent: {order.name}", tuple(_override(case, order)))
    if episode.confirmed == BY_LINK and episode.linked:
        actions = _solve(case, episode.linked.at)
        return Decision("confirmed", f"the customer has confirmed: {BY_LINK}", tuple(actions))
    if episode.linked and episode.linked.solve_id == solve.audit_id:  # the page has left a note that says so
        since = episode.linked.at
        reopen = (RemoveTag(AWAITING_TAG, since), SetStatus("open", since))
        return Decision("not-confirmed", "the holder of the link says no", reopen)
    if episode.says_yes and episode.words:
        actions = _solve(case, solve.at)
        return Decision("confirmed", "the customer had confirmed before the agent solved it", tuple(actions))
    mark = AddTag(AWAITING_TAG, solve.at)
    if episode.asked is None:
        return Decision("asking", "the customer is asked", (mark, _ask(case, settings, solve)))
    decision = _chase(case, settings, solve, episode.asked, snooze)
    gone = decision.outcome == "unanswered"  # then it is no longer held
    return Decision(
        decision.outcome, decision.words, decision.actions if gone else (mark, *decision.actions), decision.wake_at
    )


def _chase(case: Case, settings: Settings, solve: Solve, asked: Asked, snooze: Control | None) -> Decision:
    """The customer is silent: reminders, then back to the agent. After downtime only the last of them."""
    schedule, now = case.rulebook.schedules[settings.schedule], case.now
    words = "the customer is asked for a confirmation"
    steps = [(_after(schedule, asked.at, days), n, days) for n, days in enumerate(settings.chase, 1)]
    if settings.back_to_agent:
        steps.append((_after(schedule, asked.at, settings.back_to_agent), 0, settings.back_to_agent))
    reached = [step for step in steps if step[0] <= now]
    wake_at = min((step[0] for step in steps if step[0] > now), default=None)
    # A reminder that came since then has told it, though it may have had another number before the rule was edited.
    about = f"chase:{solve.audit_id}:"
    reminded = [audit.at for key, audit in case.reading.said_in.items() if key.startswith(about)]
    if not reached or (reached[-1][1] and reminded and max(reminded) >= reached[-1][0]):
        return Decision("awaiting", words, wake_at=wake_at)
    if snooze and now < snooze.until:
        return Decision(
            "snoozed", f"{words}; reminders are snoozed", wake_at=min(filter(None, (wake_at, snooze.until)))
        )
    if not schedule.is_open(now):
        opens = schedule.next_open(now)
        return Decision("awaiting", words, wake_at=min(filter(None, (wake_at, opens))))
    _, n, days = reached[-1]
    if n:
        values = {**_to_customer(case, settings, solve), "asked": asked.at}
        way = settings.ways.chase
        say = Say("customer", "confirmation_hold.chase", f"{about}{n}", solve.at, values, way=way)
        return Decision("chasing", f"{words}, and reminded", (say,), wake_at)
    values = _values(case, settings, asked=asked.at, days=days)
    say = Say("agents", "confirmation_hold.unanswered", f"unanswered:{solve.audit_id}", solve.at, values)
    actions = (RemoveTag(AWAITING_TAG, solve.at), SetStatus("open", solve.at), say)
    return Decision("unanswered", f"no answer for {days} business days: back to the agent", actions)


def _after(schedule: Schedule, asked: datetime, days: int) -> datetime:
    return schedule.next_open(schedule.add_days(asked, days))


def _open(case: Case, settings: Settings, episode: Episode, order: Control | None) -> Decision:
    """It is with the agents, or waits for the customer with a question of theirs: for good, or because of what has just
    come from the customer's side."""
    untouched = Decision("open", "it is with the agents")
    if case.reading.ticket.status == "pending":
        untouched = Decision("waiting", "it waits for the customer, and no agent has solved it")
    if order and (order.how != CLOSE_TAG or episode.solve):
        return Decision("overridden", f"solved by an agent: {order.name}", tuple(_override(case, order)))
    automatic, reply = episode.reopened_by_machine, episode.reply
    if automatic and episode.confirmed:
        return Decision("automatic", "an automatic mail changes nothing", (SetStatus("solved", automatic),))
    if automatic and episode.solve:
        actions = tuple(_hold(case, settings, episode, episode.solve, automatic))
        return Decision("automatic", "an automatic mail is no answer", actions)
    if reply is None:
        return untouched
    since = reply.said.at
    if reply.after_confirmation:
        if reply.said.answer in ("thanks", "yes", "bare yes"):
            actions = (SetStatus("solved", since),)
            return Decision("thanks", "thanks after the confirmation: solved as before", actions)
        return Decision("reopened", "the customer wrote after the confirmation", (RemoveTag(CONFIRMED_TAG, since),))
    if reply.asked is None and reply.solve and reply.said.answer == "thanks":
        actions = tuple(_hold(case, settings, episode, reply.solve, since))
        return Decision("held", "thanks are no confirmation: the customer is asked", actions)
    # Who says yes to the solve itself need not be asked.
    answers = reply.asked or (reply.solve if reply.answer == "yes" else None)
    return _answered(case, settings, reply, answers) if answers else untouched


def _answered(case: Case, settings: Settings, reply: Reply, to: Asked | Solve) -> Decision:
    """The reply to our question, or to the solve."""
    since, assigned = reply.said.at, case.reading.ticket.assignee_id is not None
    answer = reply.answer
    values = _values(case, settings, answer=answer, solved=answer == "yes" and assigned, assigned=assigned, asked=to.at)
    say = Say("agents", "confirmation_hold.reply", f"reply:{reply.said.audit_id}", since, values)
    if answer == "yes":
        return Decision("confirmed", "the customer has confirmed by reply", (*_solve(case, since), say))
    words = "the reply is no clear yes" + ("" if answer == "other" else f": {answer}")
    gone = RemoveTag(AWAITING_TAG, since)
    # The first such reply is told; that the ticket is open and why is known by then.
    if any(key.startswith("reply:") and audit.id > to.audit_id for key, audit in case.reading.said_in.items()):
        return Decision("not-confirmed", words, (gone,))
    if case.reading.ticket.status == "pending":  # an update of an agent, or a trigger, has kept it there
        return Decision("not-confirmed", words, (gone, SetStatus("open", since), say))
    return Decision("not-confirmed", words, (gone, say))


def _solve(case: Case, since: datetime) -> Iterator[Action]:
    """Solved with the customer's yes. Zendesk lets nobody solve what is not assigned: then it waits for an agent."""
    yield RemoveTag(AWAITING_TAG, since)
    yield AddTag(CONFIRMED_TAG, since)
    if case.reading.ticket.assignee_id is not None:
        yield SetStatus("solved", since)
    elif case.reading.ticket.status == "pending":
        yield SetStatus("open", since)


def _override(case: Case, order: Control) -> Iterator[Action]:
    yield RemoveTag(AWAITING_TAG, order.at)
    if case.reading.ticket.assignee_id is not None:
        yield SetStatus("solved", order.at)
    elif order.what == "close":
        yield AddTag(CLOSE_TAG, order.at)  # the trigger that holds lets the solve of who takes the ticket pass
    yield _overridden(case, order)


def _overridden(case: Case, order: Control) -> Say:
    """For the record: who reads the ticket later sees that no customer has confirmed."""
    assigned = case.reading.ticket.assignee_id is not None
    values = {"how": order.how, "reason": order.reason, "confirmed": order.what == "confirm", "assigned": assigned}
    return Say("agents", "confirmation_hold.overridden", f"override:{order.audit_id}", order.at, values)


def _is_held(case: Case, settings: Settings) -> bool:
    ticket, custom = case.reading.ticket, case.facts.status_ids.get(settings.status)
    return AWAITING_TAG in ticket.tags or (custom is not None and ticket.custom_status_id == custom)


def _tidy(case: Case, episode: Episode, order: Control | None) -> Iterator[Action]:
    """Tags that say what is no longer, or never was, true here: used up, or inherited from another ticket."""
    reading = case.reading
    since = reading.audits[-1].at if reading.audits else reading.ticket.created_at
    yield RemoveTag(ASK_TAG, since)  # it has told what it had to: the history keeps it
    if reading.ticket.status != "solved" and not (reading.ticket.status == "pending" and episode.solve):
        yield RemoveTag(AWAITING_TAG, since)
    if CLOSE_TAG in reading.ticket.tags and (order is None or CLOSE_TAG not in reading.control_tags):
        yield RemoveTag(CLOSE_TAG, since)
    confirmed = episode.says_yes or episode.confirmed not in ("", BY_AGENT) or (order and order.what == "confirm")
    if confirmed:
        yield AddTag(CONFIRMED_TAG, episode.words.at if episode.words else reading.ticket.created_at)
    else:
        yield RemoveTag(CONFIRMED_TAG, since)


def _values(case: Case, settings: Settings, **values: object) -> dict[str, object]:
    """For agents: times are those of the desk."""
    return {"zone": case.rulebook.schedules[settings.schedule].zone.key, **values}


def _to_customer(case: Case, settings: Settings, solve: Solve) -> dict[str, object]:
    ticket, links, link = case.reading.ticket, case.facts.links, ""
    if settings.link and links:
        link = make(links, Link(ticket.id, solve.audit_id, case.now + timedelta(days=settings.link_days)))
    person = case.facts.people.get(ticket.requester_id)
    return {"reference": ticket.id, "link": link, "zone": person.time_zone if person else "UTC"}


CONFIRMATION_HOLD: Final = Automation(
    name="confirmation_hold",
    Settings=Settings,
    example=EXAMPLE,
    decide=decide,
    needs=needs,
    templates=TEMPLATES,
    to_customer=frozenset({"confirmation_hold.ask", "confirmation_hold.chase"}),
    examples=EXAMPLES,
)
