"""What an account should have for its rules: only what they need, and nothing that acts before they are live."""

from __future__ import annotations

from typing import Any

import pytest

from tests.provision.wishes import (
    ASKS,
    BACK_OFFICE,
    OWN_ID,
    SUPPORT,
    URL,
    a_rule,
    an_account,
    remarks,
    rules,
    things,
)
from zdsync.core.links import Links
from zdsync.core.templates import Templates
from zdsync.core.when import HasTag, Is, Not
from zdsync.provision.account import KINDS
from zdsync.provision.hold import lacks_links
from zdsync.provision.wanted import (
    ASK,
    AWAITING_VIEW,
    CADENCE_VIEW,
    CLOSE,
    MAIL_DEFAULT_GROUP,
    MAIL_GROUP,
    TELL,
    WEBHOOK,
    Either,
    Ref,
)

SLA = a_rule("sla_targets")
HOLD = a_rule("confirmation_hold")
ESCALATES = f"zdsync: escalate to group {BACK_OFFICE}"


def conditions(name: str, *given: Any, **changes: Any) -> list[dict[str, str]]:
    """All conditions of a trigger that is wanted for these rules."""
    return list(things(rules(*given, **changes))[name].body["conditions"]["all"])


def test_for_targets_alone() -> None:
    """Their two fields, for agents only; not the one that the account names by id, nor what other rules write."""
    found = things(rules(SLA))
    fields = [one for one in found.values() if one.kind == "ticket_fields"]
    assert {one.name for one in fields} == {"SLA first reply due", "SLA resolution due"}
    assert all(not one.body["visible_in_portal"] and not one.body["editable_in_portal"] for one in fields)
    assert all(one.at_creation == {"type": "text"} for one in fields)
    assert set(found) - {one.name for one in fields} == {WEBHOOK, TELL, MAIL_GROUP, MAIL_DEFAULT_GROUP}


def test_nothing_for_rules_that_are_off() -> None:
    """The webhook alone: without rules nothing is written."""
    found = things(rules(*(a_rule(name, "off") for name in ("sla_targets", "confirmation_hold", "update_cadence"))))
    assert set(found) == {WEBHOOK, TELL}


def test_later_ones_may_name_earlier_ones() -> None:
    given = [SLA, HOLD, a_rule("update_cadence")]
    order = [KINDS.index(one.kind) for one in things(rules(*given)).values()]
    assert order == sorted(order)


# The webhook


def test_the_webhook_is_not_told_of_our_own_updates() -> None:
    trigger = things(rules(SLA))[TELL]
    assert {"field": "role", "operator": "is_not", "value": str(OWN_ID)} in trigger.body["conditions"]["all"]
    assert trigger.body["actions"] == [
        {"field": "notification_webhook", "value": [Ref("webhooks", WEBHOOK), '{"ticket_id": "{{ticket.id}}"}']}
    ]


def test_without_an_address_there_is_no_webhook() -> None:
    """It says which option is missing, and everything else goes on."""
    found = things(rules(SLA), url=None)
    assert {WEBHOOK, TELL} & set(found) == set()
    assert MAIL_GROUP in found
    assert "--webhook-url" in remarks(rules(SLA), url=None)[WEBHOOK].words


def by_hand(endpoint: str = URL) -> dict[str, Any]:
    return {"id": "01HOOK", "name": "Ours, made by hand", "status": "active", "endpoint": endpoint, "description": ""}


def caller(webhook_id: str = "01HOOK") -> dict[str, Any]:
    action = {"field": "notification_webhook", "value": [webhook_id, "{}"]}
    return {"id": 1, "title": "Tell", "active": True, "actions": [action]}


def test_a_webhook_made_by_hand_serves() -> None:
    """A second one would tell everything twice."""
    found = things(rules(SLA), an_account(webhooks=(by_hand(),), triggers=(caller(),)))
    assert {WEBHOOK, TELL} & set(found) == set()


def test_a_webhook_made_by_hand_that_nothing_calls() -> None:
    found = things(rules(SLA), an_account(webhooks=(by_hand(),)))
    assert WEBHOOK not in found
    assert found[TELL].body["actions"][0]["value"][0] == "01HOOK"


def test_a_webhook_that_may_be_somebody_elses_is_not_called() -> None:
    """Without our address it is not known whose it is."""
    there = an_account(webhooks=(by_hand("https://chat.example/webhook"),))
    assert {WEBHOOK, TELL} & set(things(rules(SLA), there, url=None)) == set()
    assert {WEBHOOK, TELL} <= set(things(rules(SLA), there))


# Mails to groups


def test_the_tag_is_taken_off_by_the_trigger_that_mails() -> None:
    """Else it would mail at each update; tickets without a group are the default group's."""
    found = things(rules(SLA))
    for name, group in ((MAIL_GROUP, "group_id"), (MAIL_DEFAULT_GROUP, str(SUPPORT))):
        mail, remove = found[name].body["actions"]
        assert (mail["field"], mail["value"][0]) == ("notification_group", group)
        assert remove == {"field": "remove_tags", "value": "zdsync_notify_group"}


def test_one_trigger_for_each_group_that_is_escalated_to() -> None:
    """Once, however many rules name it; a group that the account lacks is a fault of the rules, with their place."""
    to = [a_rule("update_cadence", escalate={"after": 3, "group": group}) for group in (BACK_OFFICE, BACK_OFFICE, 404)]
    found = things(rules(*to))
    assert ESCALATES in found
    assert found[ESCALATES].body["conditions"]["all"] == [
        {"field": "current_tags", "operator": "includes", "value": f"zdsync_escalate_{BACK_OFFICE}"}
    ]
    missing = remarks(rules(*to))["zdsync: escalate to group 404"]
    assert missing.wrong
    assert "config/rules/all.yaml:1" in missing.words


def test_nobody_is_escalated_to() -> None:
    assert not any(name.startswith("zdsync: escalate") for name in things(rules(a_rule("update_cadence"))))


# The hold


def test_the_hold_acts_on_agents_solves_alone() -> None:
    """Not on ours, not on problems, not where a tag says that the customer has confirmed or need not, or that it is a
    notice of ours."""
    found = conditions(ASK, HOLD)
    assert {"field": "status", "operator": "value", "value": "solved"} in found
    assert {"field": "role", "operator": "is", "value": "agent"} in found
    assert {"field": "role", "operator": "is_not", "value": str(OWN_ID)} in found
    assert {"field": "type", "operator": "is_not", "value": "problem"} in found
    (tags,) = [one["value"] for one in found if one["field"] == "current_tags"]
    assert tags.split() == [
        "zdsync_confirmed",
        "zdsync_close_anyway",
        "zdsync_exempt",
        "zdsync_exempt_hold",
        "zdsync_awaiting_confirmation",
        "zdsync_notice",
    ]


def test_the_hold_keeps_to_the_scope_and_to_the_rule() -> None:
    """And to its rule's own exempt tags."""
    rule = a_rule("confirmation_hold", when=Is("brand", (44,)), exempt_tags=["vip"])
    found = conditions(ASK, rule, scope=Not(HasTag("no_zdsync")))
    assert {"field": "brand_id", "operator": "is", "value": "44"} in found
    assert {"field": "current_tags", "operator": "not_includes", "value": "no_zdsync"} in found
    assert any(one["value"].endswith(" vip") for one in found)


def test_no_hold_that_is_wider_than_its_rule() -> None:
    """What a trigger cannot tell apart the worker does by itself; nobody has to do anything about it."""
    book = rules(a_rule("confirmation_hold", when=Is("channel", ("email",))))
    assert ASK not in things(book)
    assert (remarks(book)[ASK].wrong, "the worker holds them" in remarks(book)[ASK].words) == (False, True)


def test_nobody_is_asked_before_the_hold_is_live() -> None:
    """What only shows may be there already."""
    book = rules(a_rule("confirmation_hold", "shadow"))
    assert ASK not in things(book)
    assert {CLOSE, AWAITING_VIEW, "Awaiting confirmation"} <= set(things(book))
    assert "shadow" in remarks(book)[ASK].words


def test_the_hold_sets_the_status_of_ours_or_pending() -> None:
    """Pending where the account has no custom statuses, and that is said."""
    pending = {"field": "status", "value": "pending"}
    status, tag, mail = things(rules(HOLD))[ASK].body["actions"]
    ref = Ref("custom_statuses", "Awaiting confirmation")
    assert status == Either({"field": "custom_status_id", "value": ref}, pending)
    assert tag == {"field": "current_tags", "value": "zdsync_awaiting_confirmation"}
    assert (mail["field"], mail["value"][0]) == ("notification_user", "requester_id")
    without = an_account(refused={"custom_statuses": "403 Forbidden"})
    assert things(rules(HOLD), without)[ASK].body["actions"][0] == pending
    assert "plain pending" in remarks(rules(HOLD), without)["Awaiting confirmation"].words


def test_a_status_named_by_id_is_not_made() -> None:
    book = rules(HOLD, statuses={"awaiting_confirmation": 8001})
    assert "custom_statuses" not in {one.kind for one in things(book).values()}
    assert things(book)[ASK].body["actions"][0].first == {"field": "custom_status_id", "value": 8001}


def test_the_question_is_asked_in_the_languages_that_have_it() -> None:
    """By every name that Zendesk may have for a language; everybody else reads the fallback."""
    body = things(rules(HOLD))[ASK].body["actions"][2]["value"][2]
    assert body == (
        "{% case ticket.requester.language %}"
        "{% when 'Français' or 'Français (Canada)' or 'French' %}Est-ce réglé ? Répondez *oui* ou *non*."
        "{% else %}Is it done? Answer *yes* or *no*.{% endcase %}"
    )


def test_with_links_the_trigger_holds_and_leaves_the_question_to_the_worker() -> None:
    """A mail of Zendesk's has no link. A tag says that nobody was asked yet, and who has it passes as who is held."""
    rule = a_rule("confirmation_hold", link=True)
    status, *others = things(rules(rule))[ASK].body["actions"]
    assert status == things(rules(HOLD))[ASK].body["actions"][0]
    assert others == [{"field": "current_tags", "value": "zdsync_awaiting_confirmation zdsync_ask"}]
    (tags,) = [one["value"] for one in conditions(ASK, rule) if one["field"] == "current_tags"]
    assert {"zdsync_awaiting_confirmation", "zdsync_ask"} <= set(tags.split())


def test_what_a_mail_cannot_say_is_no_hindrance_with_links() -> None:
    texts = {**ASKS, "confirmation_hold.ask/en": "Due {{ due | local }}?"}
    assert ASK in things(rules(a_rule("confirmation_hold", link=True), texts=texts))


def test_what_is_missing_for_links() -> None:
    """The address and the key, or a place in a text; nothing where no rule wants any."""
    links = Links("https://desk.example", (b"k" * 32,))
    book = rules(a_rule("confirmation_hold", link=True), texts={})
    assert "ZDSYNC_LINK_KEYS" in lacks_links(book, None)
    assert lacks_links(book, links) == ""
    assert lacks_links(rules(HOLD), None) == ""
    assert lacks_links(rules(a_rule("confirmation_hold", "off", link=True)), None) == ""
    own = rules(a_rule("confirmation_hold", link=True), texts={"confirmation_hold.ask/fr": "Est-ce réglé ?"})
    assert lacks_links(own, links).endswith("confirmation_hold.ask has none in fr; write {{ link }} into the text")


def test_without_links_the_mail_is_the_text_without_one() -> None:
    texts = {**ASKS, "confirmation_hold.ask/en": "Done?{% if link %} See {{ link }}{% endif %}"}
    body = things(rules(HOLD, texts=texts))[ASK].body["actions"][2]["value"][2]
    assert body.endswith("{% else %}Done?{% endcase %}")


def test_one_language_needs_no_choice() -> None:
    one = {"confirmation_hold.ask/en": "Is #{{ ticket_id }} done?"}
    book = rules(HOLD, templates=Templates(one))
    assert things(book)[ASK].body["actions"][2]["value"][2] == "Is #{{ticket.id}} done?"


def test_a_text_that_needs_what_a_mail_cannot_know() -> None:
    """Said with the values that it may use; the worker asks instead."""
    texts = {**ASKS, "confirmation_hold.ask/en": "Due {{ due | local }}?"}
    book = rules(HOLD, texts=texts)
    assert ASK not in things(book)
    assert "due" in remarks(book)[ASK].words
    assert "ticket_id" in remarks(book)[ASK].words


@pytest.mark.parametrize("mode", ["shadow", "live"])
def test_a_view_of_the_cadence(mode: Any) -> None:
    found = things(rules(a_rule("update_cadence", mode)))
    assert found[CADENCE_VIEW].body["all"][1]["value"] == "update_due_soon update_overdue"
    assert AWAITING_VIEW not in found
