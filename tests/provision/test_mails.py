"""The triggers that mail our texts: each says to everybody exactly what the worker would, as far as a trigger can."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import replace
from itertools import combinations
from typing import Any

import pytest

from tests.builders import shipped_templates
from tests.provision.wishes import OWN_ID, a_rule, active_names, an_account, carried_out, remarks, rules, steps, things
from zdsync.core.mailing import MAILINGS, tags_of
from zdsync.core.templates import Templates
from zdsync.provision import mails
from zdsync.provision.hold import Inexpressible
from zdsync.sandbox.liquid import render

LANGUAGES = {"en-US": "English", "fr": "Français"}
ASK, RECEIVED = "intake.ask", "acknowledgement.received"
MAIL_ASK = "zdsync: mail intake.ask"
BY_TRIGGER: dict[str, Any] = {"as": {"ask": "trigger"}}
CHASED: dict[str, Any] = {"as": {"chase": "trigger"}}
INTAKE = a_rule("intake", **BY_TRIGGER)
ITEMS = list(MAILINGS[ASK].lists["items"])


def filled(body: str, language: str, tags: Collection[str]) -> str:
    """As Zendesk fills it in."""
    known = {"ticket.id": 4711, "ticket.requester.language": language, "ticket.tags": " ".join(sorted(tags))}
    return render(body, known.get)


SAID: list[Any] = [
    *(
        pytest.param(ASK, {"items": list(chosen)}, id="+".join(chosen))
        for number in range(1, len(ITEMS) + 1)
        for chosen in combinations(ITEMS, number)
    ),
    *(pytest.param(RECEIVED, {"targets": told, "opens": None}, id=f"targets {told}") for told in (True, False)),
    pytest.param("confirmation_hold.ask", {"link": ""}, id="hold"),
]


@pytest.mark.parametrize(("text", "values"), SAID)
def test_it_says_what_the_worker_would(text: str, values: Mapping[str, object]) -> None:
    """For every choice of items, in each language; who reads another one gets the fallback."""
    body = mails.body(text, shipped_templates(), LANGUAGES)
    for locale, language in (("en", "English"), ("fr", "Français"), ("fr", "French"), ("en", "Deutsch")):
        said = filled(body, language, {"vip", *tags_of(text, values)})
        assert said == shipped_templates().render(text, locale, reference=4711, **values), language


REFUSED = {
    "a time of the reader's": ("confirmation_hold.chase", {}, "asked"),
    "nothing but times": ("acknowledgement.targets", {}, "clock"),
    "a value of one's own": ("confirmation_hold.ask", {"confirmation_hold.ask/en": "Due {{ due }}?"}, "due"),
    "items that hang together": (
        ASK,
        {"intake.ask/en": "We need {{ items | join(', ') }} ({{ items | length }})."},
        "depends",
    ),
}


@pytest.mark.parametrize("why", REFUSED)
def test_what_no_trigger_can_say(why: str) -> None:
    text, texts, words = REFUSED[why]
    with pytest.raises(Inexpressible, match=words):
        mails.body(text, Templates({**shipped_templates().texts, **texts}), LANGUAGES)


def test_the_trigger_acts_on_our_own_update_and_takes_its_tag_off() -> None:
    """Of the tags that its text depends on it takes off none, whenever Zendesk fills the text in."""
    body = things(rules(INTAKE))[MAIL_ASK].body
    assert body["conditions"]["all"] == [
        {"field": "update_type", "operator": "is", "value": "Change"},
        {"field": "current_tags", "operator": "includes", "value": "zdsync_say_intake_ask"},
        {"field": "role", "operator": "is", "value": str(OWN_ID)},
    ]
    mail, tag = body["actions"]
    assert (mail["field"], mail["value"][0]) == ("notification_user", "requester_id")
    assert tag == {"field": "remove_tags", "value": "zdsync_say_intake_ask"}


def test_only_where_a_rule_wants_it() -> None:
    assert MAIL_ASK not in things(rules(a_rule("intake")))
    assert MAIL_ASK not in things(rules(replace(INTAKE, mode="off")))
    assert MAIL_ASK in things(rules(replace(INTAKE, mode="shadow"))), "it acts on the worker's tag only"


def test_a_text_that_cannot_be_mailed_is_remarked() -> None:
    book = rules(a_rule("confirmation_hold", **CHASED))
    name = "zdsync: mail confirmation_hold.chase"
    assert name not in things(book)
    assert "asked" in remarks(book)[name].words


def test_made_once_put_back_and_switched_off_when_no_longer_wanted() -> None:
    book, without = rules(INTAKE), rules(a_rule("intake"))
    found = carried_out(book, an_account())
    assert mails.mailers(found.objects["triggers"]) == {ASK}
    assert steps(book, found)[MAIL_ASK].do == "keep"
    rows = [
        {**row, "actions": row["actions"][1:]} if row["title"] == MAIL_ASK else row for row in found.objects["triggers"]
    ]
    edited = replace(found, objects={**found.objects, "triggers": tuple(rows)})
    assert steps(book, edited)[MAIL_ASK].do == "change"
    assert steps(without, found)[MAIL_ASK].do == "switch off"
    stopped = carried_out(without, found)
    assert MAIL_ASK not in active_names(stopped, "triggers")
    assert mails.mailers(stopped.objects["triggers"]) == frozenset()
    assert mails.unmailed(book, stopped.objects["triggers"]) == (ASK,)


def test_somebody_elses_trigger_of_this_name_mails_nothing_of_ours() -> None:
    assert mails.mailers([{"title": MAIL_ASK, "active": True, "description": "mine"}]) == frozenset()
