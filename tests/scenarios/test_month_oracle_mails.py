"""The oracle of the month can tell about what customers get at the beginning, and about mails that name a ticket."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from itertools import product
from typing import Any

import pytest

from tests.builders import paris
from tests.scenarios.month.mailing import STRANGER
from tests.scenarios.month.opening import Item as Lacked
from tests.scenarios.month.opening import Opening
from tests.scenarios.month.oracle import Oracle
from tests.scenarios.month.outbox import Due
from tests.scenarios.month.phrases import PHRASES, PIECES, SUBJECTS, SUBJECTS_OF_TWO, Piece, contents
from tests.scenarios.month.posted import posted
from tests.scenarios.month.record import Customer, Event, Life, Mailed
from tests.scenarios.month.terms import Rules
from tests.scenarios.test_month_oracle import EMILY, HOURS, D
from zdsync.core.intake import Item, both, missing
from zdsync.core.intake_reading import read_intake
from zdsync.core.replies import read

COMMENTS = Rules(acknowledges=True, promises=True, asks=True, merges=True)
TRIGGERS = replace(COMMENTS, promises=False, by_mail=frozenset({"ack", "intake", "ask", "chase"}))
ON_PROFILE: frozenset[Item] = frozenset({"email"})
LACKS: tuple[Lacked, ...] = ("phone", "steps", "when", "attachments")


def at(time: str) -> datetime:
    return paris(f"{D} {time}")


@dataclass(frozen=True)
class Desk:
    """What there is to be judged."""

    lives: Sequence[Life]
    mails: Sequence[Mapping[str, Any]]
    rules: Rules

    def wrong(self) -> list[str]:
        oracle = Oracle(HOURS, at("11:30"), (), awaiting_status=None, rules=self.rules)
        return oracle.judge(self.lives, self.mails, us=9).wrong

    def changed(self, number: int, **changes: Any) -> Desk:
        """With one event otherwise."""
        return self._with(lambda e: [replace(e, **changes)] if e.id == number else [e])

    def without(self, *numbers: int) -> Desk:
        gone = self._with(lambda e: [] if e.id in numbers else [e])
        return replace(gone, mails=[mail for mail in self.mails if mail["audit"] not in numbers])

    def beside(self, number: int, event: Event) -> Desk:
        """With one more event, after another."""
        return self._with(lambda e: [e, event] if e.id == number else [e])

    def mailed_again(self, number: int) -> Desk:
        """The mails of one event are in the outbox twice, from another rule of the account."""
        more = [{**mail, "rule": "another"} for mail in self.mails if mail["audit"] == number]
        assert more
        return replace(self, mails=[*self.mails, *more])

    def saying(self, number: int, old: str, new: str) -> Desk:
        """One event's mails with other words."""
        mails = [
            {**mail, "body": mail["body"].replace(old, new)} if mail["audit"] == number else mail for mail in self.mails
        ]
        assert mails != list(self.mails)
        return replace(self, mails=mails)

    def _with(self, change: Callable[[Event], list[Event]]) -> Desk:
        lives = [replace(life, events=tuple(e for each in life.events for e in change(each))) for life in self.lives]
        return replace(self, lives=lives)


def desk(rules: Rules, *lives: Life, due: Mapping[int, Due] | None = None) -> Desk:
    return Desk(lives, [mail for life in lives for mail in posted(life, due or {}, rules)], rules)


def life(number: int, *events: Event, customer: Customer = EMILY, mailed: Mailed | None = None) -> Life:
    return Life(number, None, events, closed=False, customer=customer, mailed=mailed)


def opens(number: int, time: str, *told: Piece) -> Event:
    tells = tuple(frozenset({piece}) for piece in told)
    new = (("new", False),)
    return Event(number, at(time), "requester", public=True, says="other", creates=True, statuses=new, tells=tells)


def ours(number: int, time: str, *keys: str, public: bool = False, **more: Any) -> Event:
    return Event(number, at(time), "us", public=public, note=not public, keys=keys, **more)


def agent(number: int, time: str, **more: Any) -> Event:
    return Event(number, at(time), "agent", **more)


OPEN = (("open", False),)


def request(by_trigger: bool = False) -> tuple[Event, ...]:
    """Told that it has come in and asked at nine, the targets told at half past, answered at ten."""
    return (
        opens(1, "09:00", "trouble"),
        ours(2, "09:00:05", "found:1"),
        ours(3, "09:00:07", "ack:1", "intake:1", public=not by_trigger),
        agent(4, "09:20", statuses=OPEN, priority="high"),
        ours(5, "09:20:05", "target:4:set"),
        *(() if by_trigger else (ours(6, "09:30", "promise:4", public=True),)),
        agent(7, "10:00", public=True),
    )


TOLD: Mapping[int, Due] = {
    3: Due(LACKS),
    6: Due(ahead={"first_reply": at("11:00"), "resolution": at("17:00")}),
}
BY_COMMENTS = desk(COMMENTS, life(1, *request()), due=TOLD)
BY_TRIGGERS = desk(TRIGGERS, life(1, *(replace(e, note=False) if e.id == 3 else e for e in request(True))), due=TOLD)

WORKED_ON = (
    replace(opens(1, "09:00", "question"), who="requester"),
    ours(2, "09:00:05", "ack:1", public=True),
    agent(3, "09:10", statuses=OPEN, priority="low", public=True),
    ours(4, "09:10:05", "target:3:set"),
    ours(5, "09:20", "promise:3", public=True),
)
AHEAD = {5: Due(ahead={"resolution": paris("2026-12-03 12:00")})}
GOT = ours(12, "10:01:02", merged_with=2)
GONE = ours(23, "10:01:02", public=True, merged_with=1, statuses=(("closed", False),))
CLEAR, DOUBTFUL = Mailed((1,), clear=True), Mailed((1,), clear=False)
SENT = opens(21, "10:00", "hands over")
MERGED = desk(
    COMMENTS,
    life(1, *WORKED_ON, GOT),
    life(2, SENT, ours(22, "10:01", "mailed:21:1"), GONE, mailed=CLEAR),
    due=AHEAD,
)
LEFT = desk(
    COMMENTS,
    life(1, *WORKED_ON),
    life(
        2,
        SENT,
        ours(22, "10:00:05", "match:21"),
        ours(23, "10:00:07", "ack:21", public=True),
        ours(24, "10:30", "nopriority:21"),
        customer=Customer(STRANGER, "en", "UTC", False),
        mailed=DOUBTFUL,
    ),
    due=AHEAD,
)


@pytest.mark.parametrize(
    "right", [BY_COMMENTS, BY_TRIGGERS, MERGED, LEFT], ids=["by comments", "by triggers", "merged", "left to an agent"]
)
def test_nothing_is_wrong_with_what_is_right(right: Desk) -> None:
    assert right.wrong() == []


URGENT = agent(9, "09:00:03", statuses=OPEN, priority="urgent")
AGAIN = {"public": True}
SPOILED: dict[str, tuple[Desk, str]] = {
    "nobody is told that it has come in": (BY_COMMENTS.changed(3, keys=("intake:1",)), "ack:1 was due"),
    "it is told late": (BY_COMMENTS.changed(3, at=at("09:00:15")), "ack:1 is late"),
    "it is told twice": (BY_COMMENTS.beside(3, ours(9, "09:05", "ack:1", public=True)), "ack:1 is said again"),
    "it is told after an answer": (
        BY_COMMENTS.beside(7, ours(9, "10:05", "ack:2", public=True)),
        "ack:2 is said, and nothing wants it",
    ),
    "the account has told it": (
        replace(BY_COMMENTS, rules=replace(COMMENTS, acknowledges=False, account_acknowledges=True)),
        "ack:1 is said, and nothing wants it",
    ),
    "a mail is there twice": (BY_COMMENTS.mailed_again(3), "the requester is mailed"),
    "a mail is missing": (replace(BY_COMMENTS, mails=BY_COMMENTS.mails[1:]), "the requester is mailed {}"),
    "the question is missing": (BY_COMMENTS.changed(3, keys=("ack:1",)), "intake:1 was due"),
    "the note for agents is missing": (BY_COMMENTS.without(2), "found:1 was due"),
    "it is asked again": (
        BY_COMMENTS.beside(5, ours(9, "09:25", "intake:1", public=True)),
        "intake:1 is said again",
    ),
    "asked for what is there": (
        BY_COMMENTS.changed(1, tells=(frozenset({"trouble", "phone"}),)),
        "asked for ['attachments', 'phone', 'steps', 'when'], and ['attachments', 'steps', 'when'] is missing",
    ),
    "asked where nothing is missing": (
        BY_COMMENTS.changed(1, tells=(frozenset({"question"}),)),
        "intake:1 is said, and nothing wants it",
    ),
    "asked on a P1": (BY_COMMENTS.beside(1, URGENT), "intake:1 is said, and nothing wants it"),
    "in the wrong language": (
        BY_COMMENTS.saying(3, "To help you sooner with your request #1", "Pour traiter au plus vite votre demande #1"),
        "intake is in a mail 0 times",
    ),
    "the targets are not told": (BY_COMMENTS.without(6), "promise:4 was due"),
    "the targets are told too soon": (
        BY_COMMENTS.changed(6, at=at("09:29")),
        "promise:4 is said, and nothing wants it",
    ),
    "the targets are told twice": (
        BY_COMMENTS.beside(6, ours(9, "09:40", "promise:4", public=True)),
        "promise:4 is said again",
    ),
    "the same targets after a wobble": (
        BY_COMMENTS.beside(6, agent(8, "09:40", priority="low"))
        .beside(8, agent(9, "09:42", priority="high"))
        .beside(9, ours(10, "09:52", "promise:9", public=True)),
        "promise:9 is said, and nothing wants it",
    ),
    "another time than the right one": (BY_COMMENTS.saying(6, "10:00", "10:30"), "first_reply is due at"),
    "a target that is not told": (BY_COMMENTS.saying(6, "- a solution by", "- by"), "resolution is promised 0 times"),
    "a comment where a trigger is to mail": (
        BY_TRIGGERS.changed(3, public=True),
        "the requester is mailed",
    ),
    "a trigger that mails nobody": (replace(BY_TRIGGERS, mails=BY_TRIGGERS.mails[1:]), "the requester is mailed"),
    "a trigger that mails twice": (BY_TRIGGERS.mailed_again(3), "the requester is mailed"),
    "a trigger that says the other text": (
        BY_TRIGGERS.saying(3, "We have received your request. Its number is #1.", "Hello."),
        "ack is in a mail 0 times",
    ),
    "a customer gets a note": (
        replace(BY_COMMENTS, mails=[*BY_COMMENTS.mails, {**BY_COMMENTS.mails[0], "audit": 2}]),
        "a customer is mailed for an internal update of ours",
    ),
    "somebody else is mailed": (
        replace(BY_TRIGGERS, mails=[*BY_TRIGGERS.mails, {**BY_TRIGGERS.mails[0], "to": "raj@northgate.example"}]),
        "raj@northgate.example is mailed 1 times",
    ),
    "a mail that is not merged": (MERGED.without(12, 22, 23), "mailed:21:1 was due"),
    "announced and never merged": (MERGED.without(12, 23), "mailed:21:2 was due"),
    "merged in its first minute": (
        MERGED.changed(22, at=at("10:00:40")),
        "mailed:21:1 is said, and nothing wants it",
    ),
    "its words go there twice": (
        MERGED.beside(12, ours(13, "10:02", merged_with=2)),
        "#2 is merged into #1: its words go there 2 times",
    ),
    "its words go nowhere": (MERGED.without(12), "its words go there 0 times"),
    "it goes onto another ticket": (
        replace(MERGED, lives=[MERGED.lives[0], replace(MERGED.lives[1], mailed=Mailed((), clear=False))]),
        "#2 is merged into #1",
    ),
    "closed without a word": (MERGED.changed(22, keys=()), "~closed is said, and nothing wants it"),
    "a stranger's mail is merged": (
        replace(MERGED, lives=[MERGED.lives[0], replace(MERGED.lives[1], mailed=DOUBTFUL)]),
        "mailed:21:1 is said, and nothing wants it",
    ),
    "merged into what is solved": (
        MERGED.beside(5, agent(6, "09:50", statuses=(("solved", True),))),
        "mailed:21:1 is said, and nothing wants it",
    ),
    "told besides that it has come in": (
        MERGED.beside(21, ours(24, "10:00:05", "ack:21", public=True)),
        "ack:21 is said, and nothing wants it",
    ),
    "no agent is told why not": (LEFT.without(22), "match:21 was due"),
    "an agent is told twice": (LEFT.beside(22, ours(26, "10:00:06", "match:21")), "match:21 is said again"),
    "what waited is left waiting": (
        MERGED.beside(5, agent(6, "09:50", public=True, statuses=(("pending", False),))),
        "~open was due",
    ),
}


@pytest.mark.parametrize(("spoiled", "told"), SPOILED.values(), ids=SPOILED)
def test_what_is_wrong_is_told(spoiled: Desk, told: str) -> None:
    found = spoiled.wrong()
    assert any(told in each for each in found), found


def test_a_mail_that_names_what_is_solved_is_left_to_an_agent() -> None:
    solved = agent(6, "09:50", statuses=(("solved", True),))
    spoiled = replace(LEFT, lives=[LEFT.lives[0], replace(LEFT.lives[1], mailed=CLEAR)])
    assert any("match:21 is said, and nothing wants it" in each for each in spoiled.wrong())
    assert not any("match:" in each for each in spoiled.beside(5, solved).wrong())


# What people write is what the oracle takes it for


def openings(locale: str) -> list[tuple[list[Piece], int]]:
    """What requests may tell, and their files (`people.py`)."""
    found: list[tuple[list[Piece], int]] = []
    firsts: tuple[Piece, ...] = ("trouble", "vague", "question", "outage")
    more: tuple[Piece, ...] = ("steps", "when", "promises files", "phone")
    for first in firsts:
        for *has, files in product((0, 1), repeat=5):
            steps, when, promises, _ = has
            fits = (not steps or first in ("trouble", "vague")) and not (when and first == "question")
            if fits and not (promises and first == "vague"):
                found.append(([first, *(piece for piece, there in zip(more, has, strict=True) if there)], files))
    return found


def _in_turn(texts: Sequence[str]) -> tuple[str, str]:
    """The first and the last of them: with each combination of pieces, every text comes up once."""
    return texts[0], texts[-1]


@pytest.mark.parametrize("locale", PIECES)
def test_what_requests_tell_is_read_as_it_is_meant(locale: str) -> None:
    """So that a month judges decisions, and no reading."""
    texts = [
        ("A request", "\n\n".join(words), files)
        for pieces, files in openings(locale)
        for words in zip(*(_in_turn(PIECES[locale][piece]) for piece in pieces), strict=True)
    ]
    subjects = [subject.format(12, 34) for subject in (*SUBJECTS[locale], *SUBJECTS_OF_TWO)]
    texts += [(subject, words, n) for subject in subjects for words in PIECES[locale]["hands over"] for n in (0, 1)]
    for subject, words, files in texts:
        meant = Opening()
        meant.take(replace(opens(1, "09:00"), tells=contents(words), files=files))
        seen = read_intake(f"{subject}\n{words}", at=at("09:00"), zone="UTC", locale="en")
        assert missing(seen, attachments=files > 0, form=ON_PROFILE) == meant.lacks(has_phone=False), words


@pytest.mark.parametrize("locale", PIECES)
def test_what_is_added_is_read_as_it_is_meant_and_answers_no_question_of_another_kind(locale: str) -> None:
    answers: list[tuple[Piece, ...]] = [("steps",), ("when",), ("phone",), ("when", "phone"), ("steps", "when")]
    answers += [("steps", "when", "phone"), ("steps", "phone")]
    added = [
        "\n\n".join(words) for answer in answers for words in product(*(PIECES[locale][piece] for piece in answer))
    ]
    firsts = PIECES[locale]["trouble"] + PIECES[locale]["vague"]
    for first, later in product(firsts, (*added, *PHRASES[locale]["other"])):
        meant = Opening()
        meant.take(replace(opens(1, "09:00"), tells=contents(first)))
        meant.take(Event(2, at("09:01"), "requester", public=True, says="other", tells=contents(later)))
        seen = both(*(read_intake(words, at=at("09:00"), zone="UTC", locale="en") for words in (first, later)))
        assert missing(seen, attachments=False, form=ON_PROFILE) == meant.lacks(has_phone=False), (first, later)
    assert {read(words) for words in added} == {"other"}
