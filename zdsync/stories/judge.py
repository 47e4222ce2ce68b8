"""What came of a story, held against what it expects: one `Verdict` for each line of it, with what to look at.

A message has to come, and a state to be reached, within the line's time; states are looked at when that time is over.
What must never be is looked for at all moments, but a state that is put right within a minute is none.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Final
from zoneinfo import ZoneInfo

from zdsync.core.actions import AddTag, RemoveTag, SetField, SetStatus
from zdsync.core.evaluate import Reason
from zdsync.rules.stories import MOMENT, Never, Step, Story
from zdsync.rules.story_models import ANY, NONE, OTHERS, ExpectEntry, NeverEntry, Wanted
from zdsync.stories.play import Happening, Run, Spoken, State

LONGEST: Final = 160
"""Characters of a message that are shown where its words are not the expected ones."""


@dataclass(frozen=True, slots=True)
class Verdict:
    """How one line of the story ended."""

    at: datetime
    """As the story says."""
    seen: datetime
    """When its time was over: where it belongs in the order of time."""
    line: int
    expected: str
    """In words."""
    wrong: tuple[str, ...] = ()
    """What was otherwise, each in a sentence. Empty: it held."""
    look_at: tuple[str, ...] = ()
    """Where the cause may be: what the rules came to then."""

    @property
    def held(self) -> bool:
        return not self.wrong


@dataclass(frozen=True, slots=True)
class Judged:
    """A story that was played, with its verdicts in the order of the story."""

    run: Run
    verdicts: tuple[Verdict, ...]

    @property
    def story(self) -> Story:
        return self.run.story

    @property
    def held(self) -> bool:
        return all(verdict.held for verdict in self.verdicts)


@dataclass(frozen=True, slots=True)
class _Window:
    """From an instant to before another one."""

    start: datetime
    end: datetime

    def has(self, at: datetime) -> bool:
        return self.start <= at < self.end


def judge(run: Run) -> Judged:
    """The verdicts on all lines; only on what came before where Zendesk refused something."""
    story = run.story
    verdicts: list[Verdict] = []
    broken_at = None
    if run.refused is not None or run.trouble is not None:
        stopped = _stopped(run)
        verdicts.append(stopped)
        broken_at = stopped.at
    met: list[Spoken] = []
    for index, step in enumerate(story.steps):
        if step.entry.expect is None:
            continue
        window = _Window(step.at, step.until or _end_of_moment(story.steps, index))
        if broken_at is None or window.end <= broken_at:
            verdicts.append(_expectation(run.on(step.entry.expect.ticket), step, step.entry.expect, window, met))
    verdicts += [_never(run.on(never.entry.ticket), never, met) for never in story.never]
    return Judged(run, tuple(verdicts))


def _end_of_moment(steps: Sequence[Step], index: int) -> datetime:
    """A minute on, or when the next person acts."""
    at = steps[index].at
    acts = (step.at for step in steps[index + 1 :] if step.entry.by and step.at > at)
    return min(at + MOMENT, next(acts, at + MOMENT))


def _stopped(run: Run) -> Verdict:
    """Why the story ends before its time."""
    line = run.story.source.line
    if run.trouble is not None:
        at, why = run.trouble
        return Verdict(at, at, line, "zdsync can do what the rules want", (f"the story ends here: {why}",))
    assert run.refused is not None
    step, why = run.refused
    at, line = (step.at, step.line) if step else (run.story.opened, line)
    words = (f"Zendesk refuses it, and the story ends here: {why}",)
    return Verdict(at, at, line, "Zendesk lets this be done", words)


# What is expected


def _expectation(run: Run, step: Step, entry: ExpectEntry, window: _Window, met: list[Spoken]) -> Verdict:
    zone = run.story.zone
    wrong: list[str] = []
    ours = [one for one in run.happenings if one.is_ours and window.has(one.at)]
    if entry.nothing:
        wrong += [f"at {_clock(one.at, zone, step.at)} {one.who} {_did(one)}" for one in ours]
    for public, names in ((False, entry.note), (True, entry.customer)):
        if names:
            wrong += _messages(run, entry, names, public, ours, window, met)
    if entry.mail and not any(one.mails_agents for one in ours):
        wrong.append("no agent was mailed by a trigger of zdsync")
    if entry.is_state:
        wrong += _state(entry, _state_before(run.states, window.end))
    until = step.until and f" until {_clock(step.until, zone, step.at)}"
    verdict = Verdict(step.at, window.end, step.line, f"{_in_words(entry)}{until or ''}", tuple(wrong))
    return verdict if verdict.held else replace(verdict, look_at=tuple(_causes(run, entry, window)))


def _messages(
    run: Run,
    entry: ExpectEntry,
    names: Sequence[str],
    public: bool,
    ours: Sequence[Happening],
    window: _Window,
    met: list[Spoken],
) -> Iterator[str]:
    """What is wrong with the messages of one kind."""
    kind = "message to the customer" if public else "note"
    zone = run.story.zone
    came = [one for one in ours if one.spoken and (one.spoken.audience == "customer") is public]
    if NONE in names:
        for one in came:
            yield f"at {_clock(one.at, zone, window.start)} there was a {kind}: {_texts(one.spoken)}"
        return
    for name in names:
        named = [one.spoken for one in came if one.spoken and name in (ANY, *one.spoken.texts)]
        met += named
        said = [spoken for spoken in named if all(_says(spoken, words) for words in entry.words)]
        if not named:
            which = kind if name == ANY else f"{name} came as a {kind}"
            yield f"no {which}{' came' if name == ANY else ''}{_elsewhere(run, name, public, window)}"
        elif not said:
            missing = next(words for words in entry.words if not _says(named[-1], words))
            yield f"{_texts(named[-1])} does not say “{missing}”, but: “{_short(named[-1].body)}”"
        elif entry.times and len(said) != entry.times:
            yield f"{name} came {_times(len(said))}, not {_times(entry.times)}"


def _says(spoken: Spoken, words: str) -> bool:
    """Texts have the apostrophe of print, and a story is written on a keyboard: the two are the same."""
    return words.replace("’", "'") in spoken.body.replace("’", "'")


def _elsewhere(run: Run, name: str, public: bool, window: _Window) -> str:
    """When that message came, if it came at another time."""
    for one in run.happenings:
        if one.spoken and (one.spoken.audience == "customer") is public and name in one.spoken.texts:
            return f" (it came at {_clock(one.at, run.story.zone, window.start)})"
    return ""


def _state(entry: Wanted, state: State | None) -> Iterator[str]:
    """What of a state is otherwise."""
    if state is None:
        yield "there is no ticket yet"
        return
    if entry.status and entry.status not in (state.status, state.custom_status):
        shown = f"{state.status} ({state.custom_status})" if state.custom_status else state.status
        yield f"the status is {shown}, not {entry.status}"
    if entry.priority and entry.priority != (state.priority or "none"):
        yield f"the priority is {state.priority or 'none'}, not {entry.priority}"
    if entry.assignee and entry.assignee != (state.assignee or "nobody"):
        yield f"it is assigned to {state.assignee or 'nobody'}, not to {entry.assignee}"
    for tag in entry.tag:
        if tag not in state.tags:
            yield f"the tag {tag} is not there ({_shown_tags(state.tags)})"
    for tag in entry.no_tag:
        if tag in state.tags:
            yield f"the tag {tag} is there"
    for name, wanted in entry.field.items():
        value = state.fields.get(name)
        if (wanted or None) != (None if value in ("", None) else str(value)):
            yield f"{name} is {_value(value)}, not {_value(wanted)}"


def _state_before(states: Sequence[State], end: datetime) -> State | None:
    return next((state for state in reversed(states) if state.since < end), None)


# What must never be


def _never(run: Run, never: Never, met: Sequence[Spoken]) -> Verdict:
    entry = never.entry
    window = _Window(never.since, never.until)
    zone = run.story.zone
    if entry.mail:
        mailed = [one for one in run.happenings if one.mails_agents and window.has(one.at)]
        wrong = [f"at {_clock(one.at, zone, run.story.opened)} {_did(one)}" for one in mailed]
    else:
        wrong = list(_never_said(run, entry, window, met) if entry.is_message else _never_so(run, entry, window))
    span = "" if entry.since is None else f" from {_clock(never.since, zone, run.story.opened)}"
    span += "" if entry.until is None else f" until {_clock(never.until, zone, run.story.opened)}"
    return Verdict(never.until, never.until, never.line, f"never {_in_words(entry)}{span}", tuple(wrong))


def _never_said(run: Run, entry: NeverEntry, window: _Window, met: Sequence[Spoken]) -> Iterator[str]:
    for one in run.happenings:
        spoken = one.spoken
        if spoken is None or not window.has(one.at):
            continue
        names = entry.customer if spoken.audience == "customer" else entry.note
        expected = any(spoken is other for other in met)
        hit = any(name in (ANY, *spoken.texts) or (name == OTHERS and not expected) for name in names)
        if hit and all(_says(spoken, words) for words in entry.words):
            yield f"at {_clock(one.at, run.story.zone, run.story.opened)} it came: {_texts(spoken)}"


def _never_so(run: Run, entry: NeverEntry, window: _Window) -> Iterator[str]:
    for start, end in _spans(run, entry):
        lasts = end - start >= MOMENT or end == run.story.ends
        if lasts and start < window.end and window.start < end:
            yield f"it was so from {_clock(max(start, window.start), run.story.zone, run.story.opened)}"
            return


def _spans(run: Run, entry: NeverEntry) -> Iterator[tuple[datetime, datetime]]:
    """The times in which the ticket was so, whatever else of it changed meanwhile."""
    start = None
    for state in run.states:
        so = not list(_state(entry, state))
        if so and start is None:
            start = state.since
        elif not so and start is not None:
            yield start, state.since
            start = None
    if start is not None:
        yield start, run.story.ends


# In words


def _in_words(entry: Wanted) -> str:
    if getattr(entry, "nothing", None):
        return "nothing"
    return _wanted(entry) if entry.ticket == "story" else f"on the {entry.ticket}: {_wanted(entry)}"


def _wanted(entry: Wanted) -> str:
    parts = []
    for kind, names in (("note", entry.note), ("message to the customer", entry.customer)):
        if NONE in names:
            parts.append(f"no {kind}")
        elif names:
            times = getattr(entry, "times", None)
            what = f"a {kind}" if names == (ANY,) else f"{kind} {', '.join(names)}"
            parts.append(f"{what}{f', {_times(times)}' if times else ''}")
    parts += [f"saying “{words}”" for words in entry.words]
    parts += ["mail to agents"] if entry.mail else []
    for name in ("status", "priority", "assignee"):
        if value := getattr(entry, name):
            parts.append(f"{name} {value}")
    parts += [f"tag {tag}" for tag in entry.tag] + [f"no tag {tag}" for tag in entry.no_tag]
    parts += [f"{name} {_value(value)}" for name, value in entry.field.items()]
    return ", ".join(parts)


def _times(count: int) -> str:
    return "once" if count == 1 else f"{count} times"


def _did(one: Happening) -> str:
    words = list(one.words)
    if one.spoken:
        words.append(
            f"{'writes to the customer' if one.spoken.audience == 'customer' else 'notes'} {_texts(one.spoken)}"
        )
    return "; ".join(words)


def _texts(spoken: Spoken | None) -> str:
    return ", ".join(spoken.texts) if spoken else ""


def _causes(run: Run, entry: ExpectEntry, window: _Window) -> Iterator[str]:
    """What the rules came to that it is about, when zdsync last looked before the window's end; else what all did."""
    look = next((look for look in reversed(run.looks) if look.at < window.end), None)
    if look is None:
        yield "zdsync had not looked at the ticket yet"
        return
    about = [reason for reason in look.reasons if _concerns(reason, entry, run)]
    for reason in about or look.reasons:
        where = f"rule “{reason.rule}” ({reason.source})" if reason.rule else "zdsync"
        yield f"{where} at {_clock(look.at, run.story.zone, window.start)}: {reason.outcome}; {reason.words}"
        names = [name for _, name in entry.names]
        yield from (f"  not: {words}" for words in reason.dropped if any(name in words for name in names))


def _concerns(reason: Reason, entry: ExpectEntry, run: Run) -> bool:
    """Whether the rule's automation has such a text, or it asks for such a field, tag or status."""
    automation = run.automations.get(reason.rule or "", "")
    if any(name.startswith(f"{automation}.") for _, name in entry.names):
        return True
    for action in reason.wants:
        match action:
            case SetField(name):
                hit = name in entry.field
            case AddTag(tag) | RemoveTag(tag):
                hit = tag in (*entry.tag, *entry.no_tag)
            case SetStatus():
                hit = entry.status is not None
            case _:
                hit = False
        if hit:
            return True
    return False


def _clock(at: datetime, zone: ZoneInfo, beside: datetime) -> str:
    """The time, with the day where it is another one than that of an instant beside it."""
    local = at.astimezone(zone)
    seconds = f":{local:%S}" if local.second else ""
    same_day = local.date() == beside.astimezone(zone).date()
    return f"{local:%H:%M}{seconds}" if same_day else f"{local:%a %d %b %H:%M}{seconds}"


def _shown_tags(tags: frozenset[str]) -> str:
    return f"only {', '.join(sorted(tags))}" if tags else "there is none"


def _value(value: object) -> str:
    return "empty" if value in (None, "") else f"“{value}”"


def _short(body: str) -> str:
    text = " ".join(body.split())
    return text if len(text) <= LONGEST else f"{text[: LONGEST - 1]}…"
