"""Plays one story: people act at their times, and zdsync looks at the ticket when the worker would.

Decisions are `core.evaluate`'s, made from the JSON that the API shows and carried out by a PUT with its stamp, so a
story passes through what a ticket passes through. What a worker adds to that (when a ticket is due, how long it is left
alone) is `Player`; Redis, the brakes of the whole account and lost replies are not part of a story.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta
from typing import Final, get_args

from jinja2 import TemplateError

from zdsync.campaign import create, texts_for
from zdsync.confirm import Answer
from zdsync.core.actions import MergeInto, Say
from zdsync.core.automation import Case
from zdsync.core.evaluate import Plan, Reason, evaluate
from zdsync.core.history import Reading
from zdsync.core.mailing import MAILINGS
from zdsync.core.model import Audience, Audit, Facts, FieldValue, History, Merge, Notices, Person, Ticket, Update
from zdsync.core.rulebook import Rulebook
from zdsync.core.suspended import Suspended
from zdsync.linked import ids_of_people, with_linked, with_set_aside
from zdsync.parts import SETTLE
from zdsync.provision.hold import ASK as ASK_TEXT
from zdsync.provision.mails import TITLE
from zdsync.provision.wanted import ASK, PREFIX
from zdsync.reach import Source, news_of, with_reach
from zdsync.reconcile import PERSON_SETTLE
from zdsync.rules.stories import Step, Story
from zdsync.rules.story_models import NUMBER, StepEntry, TicketEntry, Which
from zdsync.sandbox.base import Row
from zdsync.stories.page import LINKS, last_link, opened, press
from zdsync.stories.stage import Refused, Stage, prepared
from zdsync.zendesk import convert
from zdsync.zendesk.errors import ZendeskError

POLLED: Final = timedelta(minutes=2)
"""After a lost webhook: exports leave the last minute out, and the poll runs every minute."""
AT_LEAST: Final = timedelta(hours=24)
"""The index looks at every unclosed ticket that often."""
LONG_AGO: Final = datetime(2000, 1, 1, tzinfo=UTC)
LOOKED_THROUGH: Final = timedelta(minutes=5)
"""So long at most mail that was set aside lies there before zdsync sees it."""
SET_ASIDE: Final = "failed_email_authentication"
"""Why Zendesk sets mail aside in stories."""
MOST_LOOKS: Final = 20_000
"""Beyond any story; a rule that wakes itself each second would go on for ever."""


@dataclass(frozen=True, slots=True)
class Spoken:
    """A message of zdsync, as it went out."""

    audience: Audience
    texts: tuple[str, ...]
    """Names of the texts that it consists of."""
    body: str


@dataclass(frozen=True, slots=True)
class Happening:
    """Something that somebody did, in words."""

    at: datetime
    who: str
    """As in stories (`agent`…), `zdsync`, `Zendesk`, or a trigger's title in quotes."""
    words: tuple[str, ...]
    spoken: Spoken | None = None
    because: tuple[str, ...] = ()
    """`rule: why`, of what zdsync did."""
    ticket: Which = "story"
    """On which ticket."""
    is_ours: bool = False
    """Done by zdsync, or by a trigger that `zdsync provision` has made."""
    mails_agents: bool = False


@dataclass(frozen=True, slots=True)
class State:
    """How the ticket was from an instant on, in the terms of stories."""

    since: datetime
    status: str
    """The category."""
    custom_status: str | None
    """Our name of it, if it has one."""
    priority: str | None
    assignee: str | None
    """As in stories; None: nobody."""
    tags: frozenset[str]
    fields: Mapping[str, FieldValue]
    ticket: Which = "story"


@dataclass(frozen=True, slots=True)
class Look:
    """What the rules came to when zdsync looked at the ticket."""

    at: datetime
    reasons: tuple[Reason, ...]
    ticket: Which = "story"


@dataclass(slots=True)
class Run:
    """All that came of a story, in the order of time."""

    story: Story
    automations: Mapping[str, str] = field(default_factory=dict)
    """Each rule's automation, by the rule's name."""
    happenings: list[Happening] = field(default_factory=list)
    states: list[State] = field(default_factory=list)
    looks: list[Look] = field(default_factory=list)
    refused: tuple[Step | None, str] | None = None
    """The step (None: the ticket itself) that Zendesk would not carry out, and why. Nothing was played after it."""
    trouble: tuple[datetime, str] | None = None
    """When and why zdsync could not do what it wanted. Nothing was played after it."""

    def on(self, ticket: Which) -> Run:
        """What came of it on one of the tickets."""
        happenings = [one for one in self.happenings if one.ticket == ticket]
        states = [one for one in self.states if one.ticket == ticket]
        looks = [one for one in self.looks if one.ticket == ticket]
        return replace(self, happenings=happenings, states=states, looks=looks)


@dataclass(slots=True)
class _Track:
    """One of the tickets, as zdsync goes along with it."""

    which: Which
    due: datetime | None = None
    told: int = 0
    """Audits that have been told."""
    last: tuple[int, datetime] | None = None
    """Author and instant of the last audit that zdsync has read or made: a worker keeps those."""

    def hint(self, at: datetime) -> None:
        self.due = at if self.due is None else min(self.due, at)


def play(story: Story, rulebook: Rulebook) -> Run:
    """The rulebook's rules count as live, those that are off only where the story names them."""
    rules = tuple(
        replace(rule, mode="live")
        for rule in rulebook.rules
        if (rule.name in story.rules if story.rules else rule.mode != "off")
    )
    in_force = replace(rulebook, rules=rules, live_since=LONG_AGO)
    return Player(story, in_force).play()


class Player:
    """The story's clock goes from one event to the next: an act, a wake-up, something that Zendesk does by itself."""

    def __init__(self, story: Story, rulebook: Rulebook) -> None:
        self.story = story
        own = story.settings
        self.rulebook = replace(
            rulebook, rules=tuple(replace(rule, settings=own.get(rule.name, rule.settings)) for rule in rulebook.rules)
        )
        self.stage: Stage = prepared(self.rulebook, story.account, story.opened, story.ticket.locale)
        self.names = {id_: name for name, id_ in self.stage.people.items()}
        self.tracks: dict[Which, _Track] = {which: _Track(which) for which in get_args(Which)}
        self.spread = 0
        """The last audit of the story's ticket that those linked to it have been looked at for."""
        self.set_aside: dict[int, datetime] = {}
        """Mail that Zendesk has set aside, and when zdsync comes to know of it."""
        self.by_merge: dict[str, Spoken] = {}
        """What merges of ours will say, by its body."""
        self.run = Run(story, {rule.name: rule.automation.name for rule in self.rulebook.rules})

    def play(self) -> Run:
        acts: list[tuple[datetime, Step | None]] = [(self.story.opened, None)]
        acts += [(step.at, step) for step in self.story.steps if step.entry.by]
        if self.stage.lacks:
            self._give_up(f"zdsync provision cannot make {'; '.join(self.stage.lacks)}")
        while self.run.refused is None and self.run.trouble is None:
            next_act = acts[0][0] if acts else None
            first = min(self.tracks.values(), key=lambda track: track.due or datetime.max.replace(tzinfo=UTC))
            times = [at for at in (next_act, first.due, self.stage.next_event()) if at is not None]
            if not times or min(times) >= self.story.ends:
                break
            at = max(min(times), self.stage.now)
            self.stage.move_to(at)
            for track in self.tracks.values():
                self._tell(track, "Zendesk")
            if next_act is not None and next_act <= at:
                self._act(acts.pop(0)[1])
            elif first.due is not None and first.due <= self.stage.now:
                self._look(first)
        return self.run

    # What people do

    def perform(self, step: Step | None) -> str:
        """Let the step's person do it now, or somebody open the ticket; who it is. Raises `Refused`. A button of the
        page is not pressed here: that is zdsync's to record."""
        who = self.story.ticket.by if step is None else step.entry.by
        assert who is not None, "only steps in which somebody acts are performed"
        if step is None:
            self.stage.act(who, self._opening(self.story.ticket))
            return who
        entry = step.entry
        done = self.stage.act(who, self._wish(entry), opens=bool(entry.mails), on=entry.on)
        if "suspended" in done:
            self.set_aside[int(done["suspended"])] = self.stage.now + LOOKED_THROUGH
        return who

    def _act(self, step: Step | None) -> None:
        track = self.tracks[_place(step.entry) if step else "story"]
        before = track.told
        try:
            if step is not None and step.entry.link:
                self._press(step.entry.link, step)
                return
            who = self.perform(step)
        except Refused as error:
            self.run.refused = step, str(error)
            return
        words = _in_words(step.entry) if step else _opened_in_words(self.story.ticket)
        self._tell(track, who, words)
        if track.told > before:
            track.hint(self.stage.now + (POLLED if step and step.entry.lost_webhook else timedelta(0)))
        if step is not None and step.entry.set_aside:
            self.run.happenings.append(Happening(self.stage.now, who, (*words, "(Zendesk sets it aside)")))
            track.hint(self.stage.now + LOOKED_THROUGH)

    def _press(self, button: Answer, step: Step) -> None:
        """A button of the page of the last link: the page waits as it does until the stamp's second is over."""
        track = self.tracks["story"]
        token = last_link(self.stage.audits())
        if token is None:
            raise Refused(404, "the customer has no link: the rule has `link: false`, or nobody has asked yet")
        link = opened(token, self.stage.now)
        ticket, audits = self._read(track)
        self.stage.move_to(max(self.stage.now, ticket.updated_at + SETTLE))
        now, facts = self.stage.now, self._facts(ticket, audits)
        pressed = press(
            button, step.entry.says, link, Case(Reading(History(ticket, audits), facts), facts, self.rulebook, now)
        )
        who = str(step.entry.by)
        self.run.happenings.append(Happening(now, who, (pressed.words,)))
        if pressed.update is not None and pressed.update.message is not None:
            self.stage.put(f"/tickets/{ticket.id}", self._body(pressed.update, ticket, now))
            track.last = self.stage.own_id, now.replace(microsecond=0)
            spoken = Spoken("agents", ("confirmation_hold.link_answer",), pressed.update.message.body)
            self._tell(track, "zdsync", (), spoken, ("the page of the link records it",))
            track.hint(now + SETTLE)

    def _opening(self, ticket: TicketEntry) -> Row:
        act: Row = {"subject": ticket.subject, "comment": ticket.text, "channel": ticket.channel}
        act |= {"priority": ticket.priority, "type": ticket.type, "requester": {"id": self.stage.people["customer"]}}
        if ticket.assign:
            act["assignee_id"] = self.stage.people[ticket.assign]
        if ticket.tags:
            act["tags"] = list(ticket.tags)
        if ticket.fields:
            act["fields"] = self._fields(ticket.fields)
        return {key: value for key, value in act.items() if value is not None}

    def _wish(self, entry: StepEntry) -> Row:
        """The act of a step, with the keys of `sandbox/acts.py`."""
        by_mail = entry.mails or (entry.says and not entry.is_staff)
        act: Row = {"channel": entry.channel or ("email" if by_mail else "web")}
        if entry.mails:
            subject = entry.mails.replace(NUMBER, str(self.stage.ticket_id))
            act |= {"subject": subject, "comment": entry.says or "Here it is."}
        elif entry.says or entry.notes:
            act |= {"comment": entry.says or entry.notes, "public": entry.says is not None}
        if entry.files:
            act["attachments"] = [{"name": name, "content": name} for name in entry.files]
        if entry.set_aside:
            act["suspended"] = SET_ASIDE
        if entry.automatic:
            act["flags"] = [4]
        if entry.status and entry.status in self.stage.status_ids:
            act["custom_status_id"] = self.stage.status_ids[entry.status]
        elif entry.status:
            act["status"] = "pending" if entry.status in self.rulebook.statuses else entry.status
        act |= {name: value for name in ("priority", "type") if (value := getattr(entry, name))}
        if entry.incident_of:
            act |= {"type": "incident", "problem_id": self.stage.ticket_id}
        if entry.assign:
            act["assignee_id"] = self.stage.people.get(entry.assign)
        if entry.add_tags:
            act["add_tags"] = list(entry.add_tags)
        if entry.remove_tags:
            act["remove_tags"] = list(entry.remove_tags)
        if entry.fields:
            act["fields"] = self._fields(entry.fields)
        if entry.by == "automation":
            act.pop("channel")
            renamed = {"add_tags": "additional_tags", "fields": "custom_fields"}
            act = {renamed.get(key, key): value for key, value in act.items()}
        return act

    def _fields(self, fields: Mapping[str, str]) -> list[Row]:
        return [{"id": self.stage.field_ids[name], "value": value} for name, value in fields.items()]

    # What zdsync does

    def _look(self, track: _Track) -> None:
        """One pass of the worker over the ticket; `reconcile.py` has the same steps."""
        now = self.stage.now
        ticket = convert.ticket(self.stage.get(f"/tickets/{self._id(track)}")["ticket"])
        if ticket.status in ("closed", "deleted"):
            track.due = None
            return
        is_ours = track.last == (self.stage.own_id, ticket.updated_at)
        wait = SETTLE if ticket.priority == "urgent" or is_ours else PERSON_SETTLE
        if now < ticket.updated_at + wait:
            track.due = ticket.updated_at + wait
            return
        ticket, audits = self._read(track)
        track.last = audits[-1].author_id, audits[-1].at
        history = History(ticket, audits)
        try:
            facts = with_linked(self._facts(ticket, audits), history, self.rulebook, now, self.stage.zendesk)
            facts = with_set_aside(facts, history, self.rulebook, self._set_aside, self._read_set_aside)
            facts = with_reach(facts, history, self.rulebook, now, Source(self.stage.zendesk))
            self._spread(history, facts)
            plan = evaluate(history, facts, self.rulebook, now)
        except (TemplateError, ArithmeticError, LookupError, TypeError, ValueError) as error:
            # Mostly a text that does with a value what cannot be done: a story is the place to find that out.
            self._give_up(f"zdsync cannot decide: {type(error).__name__}: {error}")
            return
        self.run.looks.append(Look(now, plan.reasons, track.which))
        if len(self.run.looks) > MOST_LOOKS:
            self._give_up(f"zdsync looked at the ticket {MOST_LOOKS} times; the last wake-up was {plan.wake_at}")
        unknown_yet = [at for at in self.set_aside.values() if at > now]
        track.due = min(plan.wake_at or now + AT_LEAST, now + AT_LEAST, *unknown_yet)
        if plan.updates:
            self._write(track, plan, plan.updates[0], ticket, now)
            first = plan.updates[0]
            if len(plan.updates) > 1 or first.moves_ticket or first.is_mailed or facts.reach is not None:
                track.due = now + SETTLE
        elif plan.notices is not None and plan.notices.to:
            self._send(track, plan, plan.notices, ticket, now)
            track.due = self.stage.now  # nothing was written on the ticket itself, so there is no stamp to wait for

    def _send(self, track: _Track, plan: Plan, wanted: Notices, problem: Ticket, now: datetime) -> None:
        """All that are asked for; the colleague's is gone along with."""
        theirs: tuple[int, Spoken] | None = None
        for contact in wanted.to:
            try:
                made = create(
                    wanted, contact, problem, self.rulebook, self.stage.zendesk, self.stage.own_id, self.stage.now
                )
            except ZendeskError as error:
                self._give_up(f"Zendesk refuses a notice that {wanted.rule} asks for: {error}")
                return
            if contact.id == self.stage.people["colleague"]:
                body = texts_for(contact, wanted.campaign, self.rulebook)[1]
                theirs = made, Spoken("customer", (wanted.campaign.body,), body)
        reasons = {reason.rule: reason.words for reason in plan.reasons}
        because = (f"{wanted.rule}: {reasons.get(wanted.rule, '')}",)
        words = (f"creates {len(wanted.to)} notices of {wanted.campaign.name}",)
        self.run.happenings.append(Happening(now, "zdsync", words, None, because, track.which, is_ours=True))
        if theirs is not None:
            notice = self.tracks["notice"] = _Track("notice", due=now + SETTLE)
            self.stage.notice_id, spoken = theirs
            self._tell(notice, "zdsync", ("creates it",), spoken, because)

    def _spread(self, history: History, facts: Facts) -> None:
        """The tickets that are linked to it are looked at when a problem has something new to tell."""
        if history.ticket.id == self.stage.ticket_id and news_of(history, facts, self.rulebook, self.spread):
            self.spread = history.audits[-1].id
            for track in (self.tracks["notice"], self.tracks["mail"]):
                if self._id(track):
                    track.hint(self.stage.now)

    def _id(self, track: _Track) -> int:
        ids = {"story": self.stage.ticket_id, "mail": self.stage.mail_id, "notice": self.stage.notice_id}
        return ids[track.which]

    def _read(self, track: _Track) -> tuple[Ticket, tuple[Audit, ...]]:
        """The ticket, before its audits."""
        ticket = convert.ticket(self.stage.get(f"/tickets/{self._id(track)}")["ticket"])
        return ticket, tuple(convert.audit(raw) for raw in self.stage.audits(ticket.id))

    def _set_aside(self, ticket_id: int) -> list[int]:
        """The mails that zdsync knows of by now; which of them name the ticket is looked up."""
        return [mail_id for mail_id, known in self.set_aside.items() if known <= self.stage.now]

    def _read_set_aside(self, ticket_id: int, mail_id: int) -> Suspended:
        return self.stage.zendesk.suspended_mail(mail_id)

    def _give_up(self, why: str) -> None:
        self.run.trouble = self.stage.now, why

    def _facts(self, ticket: Ticket, audits: tuple[Audit, ...]) -> Facts:
        ids = ids_of_people(ticket, audits)
        raw = self.stage.get("/users/show_many", ids=",".join(map(str, ids)))["users"]
        people: dict[int, Person] = {row["id"]: convert.person(row) for row in raw}
        own = self.rulebook.own_user_ids | {self.stage.own_id}
        stage = self.stage
        names = stage.field_ids, stage.status_ids
        return Facts(own, people, *names, LINKS, stage.mails_on_creation, mailers=stage.mailers)

    def _body(self, update: Update, ticket: Ticket, now: datetime) -> Row:
        return convert.payload(update, ticket, at=now, rulebook_hash=self.rulebook.hash)

    def _write(self, track: _Track, plan: Plan, update: Update, ticket: Ticket, now: datetime) -> None:
        try:
            self.stage.put(f"/tickets/{ticket.id}", self._body(update, ticket, now))
            if update.merge is not None:
                self._merge(ticket.id, update.merge, plan)
        except (Refused, ZendeskError) as error:
            self._give_up(f"Zendesk refuses what {', '.join(update.rules)} asks for: {error}")
            return
        track.last = self.stage.own_id, now.replace(microsecond=0)
        texts = {say.key: say.template for reason in plan.reasons for say in reason.wants if isinstance(say, Say)}
        spoken = None
        if update.message is not None:
            names = tuple(dict.fromkeys(texts[key] for key in update.keys))
            spoken = Spoken(update.message.audience, names, update.message.body)
        changes = update.words[: len(update.words) - len(update.keys)]
        reasons = {reason.rule: reason.words for reason in plan.reasons}
        because = tuple(f"{rule}: {reasons.get(rule, '')}" for rule in update.rules)
        self._tell(track, "zdsync", changes, spoken, because)

    def _merge(self, ticket_id: int, merge: Merge, plan: Plan) -> None:
        """Asked for; Zendesk's job does it, and says both, a little later."""
        self.stage.zendesk.merge(ticket_id, merge)
        wanted = next(each for reason in plan.reasons for each in reason.wants if isinstance(each, MergeInto))
        for say, body in ((wanted.target, merge.target_comment), (wanted.source, merge.source_comment)):
            self.by_merge[body] = Spoken(say.audience, (say.template,), body)

    # What is told of it

    def _tell(
        self,
        track: _Track,
        who: str,
        words: Iterable[str] = (),
        spoken: Spoken | None = None,
        because: tuple[str, ...] = (),
    ) -> None:
        """The audits that have come since the last time, by this person, and how the ticket is now."""
        if not self._id(track):
            return
        fresh = self.stage.audits(self._id(track))[track.told :]
        if not fresh:
            return
        track.told += len(fresh)
        now = self.stage.now
        events = [event for audit in fresh for event in audit["events"]]
        told = tuple(words) or tuple(_changes(events, of_rules=False))
        if told or spoken:
            ours = who == "zdsync"
            self.run.happenings.append(Happening(now, who, told, spoken, because, track.which, is_ours=ours))
        if who == "Zendesk":
            track.hint(now)
            self.run.happenings += self._by_merge(track, events)
        self.run.happenings += self._of_triggers(track, fresh)
        self._keep_state(track, now)

    def _by_merge(self, track: _Track, events: Iterable[Row]) -> Iterator[Happening]:
        """What a merge that zdsync has asked for says on this ticket."""
        for event in events:
            spoken = self.by_merge.get(event["body"]) if event["type"] == "Comment" else None
            if spoken is not None:
                words = ("by the merge",)
                yield Happening(self.stage.now, "zdsync", words, spoken, ticket=track.which, is_ours=True)

    def _of_triggers(self, track: _Track, audits: Iterable[Row]) -> Iterator[Happening]:
        """What triggers did inside of somebody's update. The account's own mails are nobody's concern here."""
        events = [event for audit in audits for event in audit["events"]]
        for title in dict.fromkeys(_rule(event) for event in events):
            if title is None:
                continue
            ours = title.startswith(PREFIX)
            theirs = [event for event in events if _rule(event) == title]
            mails = [event for event in theirs if event["type"] == "Notification"] if ours else []
            text = _says(title)
            words = [*_changes(theirs, of_rules=True)]
            if text is None:
                words += [f"mails {len(mail['recipients'])} agents: “{mail['subject']}”" for mail in mails]
            spoken = Spoken("customer", (text,), mails[0]["body"]) if text and mails else None
            if words or spoken:
                mailed = bool(mails) and text is None
                yield Happening(self.stage.now, f"“{title}”", tuple(words), spoken, (), track.which, ours, mailed)

    def _keep_state(self, track: _Track, now: datetime) -> None:
        raw = self.stage.get(f"/tickets/{self._id(track)}")["ticket"]
        values = {one["id"]: one["value"] for one in raw["custom_fields"]}
        custom = {id_: name for name, id_ in self.stage.status_ids.items()}.get(raw["custom_status_id"])
        state = State(
            now,
            raw["status"],
            custom,
            raw["priority"],
            self.names.get(raw["assignee_id"], "somebody else") if raw["assignee_id"] else None,
            frozenset(raw["tags"]),
            {name: values.get(id_) for name, id_ in self.stage.field_ids.items()},
            track.which,
        )
        self.run.states.append(state)


def _place(entry: StepEntry) -> Which:
    """The ticket that a step is about."""
    return "mail" if entry.mails and not entry.set_aside else entry.on


def _says(title: str) -> str | None:
    """The name of the text that the trigger mails to the customer; None for one that mails agents, or nobody."""
    if title.startswith(ASK):
        return ASK_TEXT
    text = title.removeprefix(TITLE)
    return text if text in MAILINGS else None


def _opened_in_words(ticket: TicketEntry) -> tuple[str, ...]:
    more = [f"priority {ticket.priority}"] if ticket.priority else []
    more += [f"type {ticket.type}"] if ticket.type else []
    more += [f"for {ticket.assign}"] if ticket.assign else []
    return (", ".join([f"opens “{ticket.subject}”", *more]),)


def _in_words(entry: StepEntry) -> tuple[str, ...]:
    """What a step says that somebody does."""
    words = [f"mails “{entry.mails}”"] if entry.mails else []
    if entry.says:
        words += [f"sends automatic mail: “{entry.says}”" if entry.automatic else f"says “{entry.says}”"]
    words += [f"with {', '.join(entry.files)}"] if entry.files else []
    words += [f"notes “{entry.notes}”"] if entry.notes else []
    words += [
        f"sets the {name} to {value}" for name in ("status", "priority", "type") if (value := getattr(entry, name))
    ]
    words += ["links it to the story's ticket"] if entry.incident_of else []
    words += [f"assigns it to {entry.assign}"] if entry.assign else []
    words += [f"adds the tag {tag}" for tag in entry.add_tags] + [f"removes the tag {tag}" for tag in entry.remove_tags]
    words += [f"sets {name} to {value}" for name, value in entry.fields.items()]
    words += ["(the webhook gets lost)"] if entry.lost_webhook else []
    return tuple(words)


_QUIET: Final = ("custom_status_id", "group_id")


def _changes(events: Iterable[Row], *, of_rules: bool) -> list[str]:
    return [
        f"sets {event['field_name']} to {_value(event['value'])}"
        for event in events
        if event["type"] == "Change" and (_rule(event) is not None) is of_rules and event["field_name"] not in _QUIET
    ]


def _rule(event: Row) -> str | None:
    via = event.get("via") or {}
    return str(via["source"]["from"]["title"]) if via.get("channel") == "rule" else None


def _value(value: object) -> str:
    return " ".join(map(str, value)) if isinstance(value, list) else str(value)
