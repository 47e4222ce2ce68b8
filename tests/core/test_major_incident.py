"""A major incident on its problem: what is announced, who is told when, what stops it, of what agents are reminded."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest

from tests.builders import AGENT, CUSTOMER, Story, a_person, a_rule_of, a_rulebook, facts, paris
from tests.core.worker import Campaign, Created, Done
from zdsync.core.evaluate import evaluate
from zdsync.core.incident import SEND_TAG, STOP_TAG
from zdsync.core.model import Reach
from zdsync.core.notify import NOTIFY_TAG
from zdsync.core.outage import OUTAGE_TAG
from zdsync.core.rulebook import Caps

CAPS = Caps(per_ticket_per_day=40)
RULES = a_rulebook(a_rule_of("major_incident"), caps=CAPS)
SEND, STOP = frozenset({SEND_TAG}), frozenset({STOP_TAG})


def at(clock: str) -> str:
    return f"2026-11-24 {clock}"


def rules(**settings: Any) -> Any:
    return a_rulebook(a_rule_of("major_incident", **settings), caps=CAPS)


def audience(size: int, **reach: Any) -> Reach:
    """Contacts 1001, 1002… of organisations of three."""
    contacts = tuple(a_person(1001 + n, email=True, organization_id=50 + n // 3) for n in range(size))
    return Reach(contacts, **{"before": size, **reach})


def campaign(size: int = 12, **reach: Any) -> Campaign:
    return Campaign(facts(reach=audience(size, **reach)))


def declared(**ticket: Any) -> Story:
    """A customer's ticket that an agent makes a P1 problem on Tuesday at 09:10."""
    story = Story(at("09:00"), assignee_id=AGENT, **ticket)
    return story.update(at("09:10"), AGENT, priority="urgent", type="problem", status="open")


def solved(story: Story, clock: str) -> Story:
    """With a public comment, which Zendesk mails to whoever asked for it."""
    return story.update(at(clock), comment=story._comment(AGENT, True), status="solved")


def texts(done: list[Done | Created]) -> list[str]:
    """What was done, in short: `countdown`, `go:12`, `created 3`."""
    return [
        f"created {len(each.to)}"
        if isinstance(each, Created)
        else " + ".join(key.partition(":")[2].partition(":")[2] for key in each.update.keys) or "tidied up"
        for each in done
    ]


def times(done: list[Done | Created]) -> list[str]:
    return [f"{each.at.astimezone(RULES.zone):%H:%M:%S}" for each in done]


def body(done: Done | Created) -> str:
    assert isinstance(done, Done), "a note"
    assert done.update.message is not None, "a note"
    assert done.update.message.audience == "agents"
    return done.update.message.body


# --- told at once -------------------------------------------------------------------------------------------------


def test_all_are_told_after_a_countdown_the_first_few_before_the_others() -> None:
    story, worker = declared(), campaign(12)
    done = worker.work(story, RULES, at("09:20"))
    assert texts(done) == ["countdown", "go:12:30m", "created 3", "canary", "created 9", "told:12"]
    assert times(done) == ["09:10:02", "09:15:02", "09:15:04", "09:15:06", "09:17:06", "09:17:08"]
    assert OUTAGE_TAG in story.ticket.tags


def test_the_countdown_says_how_many_and_how_to_stop_it() -> None:
    story, worker = declared(), campaign(12, before=10)
    note = body(worker.work(story, RULES, at("09:11"))[0])
    assert "12 contacts of 4 organisations" in note
    assert "had 10 contacts" in note
    assert "1001, 1002, 1003" in note
    assert "Tue 24 Nov 2026, 09:15 CET" in note
    assert STOP_TAG in note
    assert SEND_TAG in note


def test_each_contact_gets_one_notice_and_who_asked_on_the_problem_itself_none() -> None:
    story, worker = declared(), campaign(12)
    assert worker.known.reach is not None
    requester = a_person(CUSTOMER, email=True, organization_id=50)
    worker.known = replace(
        worker.known, reach=replace(worker.known.reach, contacts=(requester, *worker.known.reach.contacts))
    )
    created = [each for each in worker.work(story, RULES, at("09:20")) if isinstance(each, Created)]
    told = [user_id for each in created for user_id in each.to]
    assert sorted(told) == list(range(1001, 1013))


def test_a_notice_says_since_when_and_promises_the_next_word() -> None:
    story, worker = declared(), campaign(2)
    (created,) = (each for each in worker.work(story, RULES, at("09:20")) if isinstance(each, Created))
    found = created.notices.campaign
    english = RULES.templates.render(found.body, "en", **found.values, zone="Europe/Paris")
    french = RULES.templates.render(found.body, "fr", **found.values, zone="Europe/Paris")
    assert "K Pro has been unavailable since Tue 24 Nov 2026, 09:10 CET" in english
    assert "by Tue 24 Nov 2026, 09:45 CET" in english
    assert "K Pro est indisponible depuis le mar. 24 nov. 2026, 09:10 CET" in french
    assert RULES.templates.render(found.subject, "fr", **found.values, zone="UTC") == "K Pro : interruption de service"


def test_a_notice_says_since_when_as_agents_have_corrected_it() -> None:
    story, worker = declared(), campaign(2)
    done = worker.work(story.note(at("09:12"), command="outage from 08:50 says the monitoring"), RULES, at("09:20"))
    (created,) = (each for each in done if isinstance(each, Created))
    assert created.notices.campaign.values["began"] == paris(at("08:50"))


def test_who_joins_after_it_was_up_for_a_while_is_told_since_when_it_is_down_again() -> None:
    story, worker = running()
    worker.work(solved(story, "09:30").status("open", at("11:00")).reply(at("11:02")), RULES, at("11:03"))
    assert worker.known.reach is not None
    more = (*worker.known.reach.contacts, a_person(2001, email=True))
    worker.known = replace(worker.known, reach=replace(worker.known.reach, contacts=more))
    (created,) = (each for each in worker.work(story, RULES, at("11:31")) if isinstance(each, Created))
    assert created.notices.campaign.values["began"] == paris(at("11:00"))


def test_the_go_says_when_the_last_one_is_told_and_what_the_next_comment_does() -> None:
    story, worker = declared(), campaign(700)
    note = body(worker.work(story, RULES, at("09:15:10"))[1])
    assert "09:27 CET" in note, "two minutes of pause and ten of sending"
    assert "by Tue 24 Nov 2026, 09:45 CET" in note


def test_an_audience_that_the_limits_are_too_low_for_is_pointed_out_before_it_is_told() -> None:
    note = body(campaign(2200).work(declared(), RULES, at("09:11"))[0])
    assert "takes 31 min to reach all of them, and the next one is promised after 30 min" in note
    assert "too low" not in body(campaign(2000).work(declared(), RULES, at("09:11"))[0])


def test_without_a_countdown_and_a_pause_all_are_told_at_once() -> None:
    worker = campaign(12)
    done = worker.work(declared(), rules(countdown=None, canary=None), at("09:12"))
    assert texts(done) == ["go:12:30m", "created 12", "told:12"]


def test_an_agent_can_send_at_once_and_the_tag_goes() -> None:
    story, worker = declared(), campaign(12)
    worker.work(story, RULES, at("09:11"))
    story.update(at("09:11:30"), tags=story.ticket.tags | SEND)
    assert texts(worker.work(story, RULES, at("09:12"))) == ["go:12:30m", "created 3", "canary"]
    assert SEND_TAG not in story.ticket.tags


def test_the_pause_can_be_cut_short() -> None:
    story, worker = declared(), campaign(12)
    worker.work(story, RULES, at("09:15:10"))
    story.update(at("09:15:30"), tags=story.ticket.tags | SEND)
    assert texts(worker.work(story, RULES, at("09:16"))) == ["tidied up", "created 9", "told:12"]


def test_where_nobody_is_assigned_the_group_is_mailed_of_the_countdown() -> None:
    story = Story(at("09:00")).update(at("09:10"), AGENT, priority="urgent", type="problem")
    worker = campaign()
    (done,) = worker.work(story, RULES, at("09:11"))
    assert isinstance(done, Done)
    assert NOTIFY_TAG in done.update.add_tags


def test_who_joins_the_audience_while_it_lasts_is_told_too_and_by_the_latest_promise() -> None:
    story, worker = declared(), campaign(12)
    worker.work(story, RULES, at("09:20"))
    story.reply(at("09:40"))
    worker.known = replace(worker.known, reach=replace(audience(14), told=frozenset(range(1001, 1013))))
    done = worker.work(story, RULES, at("09:41"))
    assert texts(done) == ["created 2"]
    assert isinstance(done[0], Created)
    assert done[0].notices.campaign.values["promised"] == paris(at("10:10"))


# --- not told -----------------------------------------------------------------------------------------------------

UNTOLD: dict[str, Callable[[], Story]] = {
    "a customer": lambda: Story(at("09:00")).update(at("09:10"), CUSTOMER, priority="urgent", type="problem"),
    "a trigger": lambda: Story(at("09:00")).update(at("09:10"), by_rule=True, priority="urgent", type="problem"),
    "only urgent": lambda: Story(at("09:00")).update(at("09:10"), priority="urgent"),
}


@pytest.mark.parametrize("story", UNTOLD.values(), ids=UNTOLD)
def test_nobody_is_told_where_no_agent_has_declared_it(story: Callable[[], Story]) -> None:
    assert campaign().work(story(), RULES, at("12:00")) == []


TAKEN_BACK: dict[str, tuple[Callable[[Story], Story], str]] = {
    "another priority": (lambda s: s.update(at("09:12"), priority="high"), "no urgent problem any more"),
    "another type": (lambda s: s.update(at("09:12"), type="incident"), "no urgent problem any more"),
    "solved": (lambda s: s.status("solved", at("09:12")), "was solved"),
    "the tag": (lambda s: s.update(at("09:12"), tags=s.ticket.tags | STOP), f"the tag {STOP_TAG}"),
}


@pytest.mark.parametrize(("act", "words"), TAKEN_BACK.values(), ids=TAKEN_BACK)
def test_taken_back_within_the_countdown_nothing_goes_out_and_a_note_says_why(
    act: Callable[[Story], Story], words: str
) -> None:
    story, worker = declared(), campaign()
    worker.work(story, RULES, at("09:11"))
    done = worker.work(act(story), RULES, at("15:00"))
    assert len(done) == 1
    assert "Nobody is mailed." in body(done[0])
    assert words in body(done[0])


def test_after_the_stop_is_taken_back_the_countdown_runs_anew_and_a_note_says_until_when() -> None:
    story, worker = declared(), campaign()
    worker.work(story, RULES, at("09:11"))
    worker.work(story.update(at("09:12"), tags=story.ticket.tags | STOP), RULES, at("10:00"))
    done = worker.work(story.update(at("10:00"), tags=frozenset()), RULES, at("10:05:01"))
    assert texts(done) == [f"countdown:{story.audits[-2].id}"], "once"
    assert "notice of it on Tue 24 Nov 2026, 10:05 CET, 5 min after this note" in body(done[0])
    assert texts(worker.work(story, RULES, at("10:06"))) == ["go:12:30m", "created 3", "canary"]


def test_a_stop_that_came_and_went_unseen_moves_the_go_and_a_note_says_so() -> None:
    story, worker = declared(), campaign()
    worker.work(story, RULES, at("09:11"))
    story.update(at("09:12"), tags=story.ticket.tags | STOP).update(at("09:14"), tags=frozenset())
    done = worker.work(story, RULES, at("09:20"))
    assert texts(done)[:2] == [f"countdown:{story.audits[4].id}", "go:12:30m"]
    assert times(done)[:2] == ["09:14:02", "09:19:02"]


def test_a_stop_taken_back_in_vain_for_a_day_waits_for_an_agent() -> None:
    story, worker = declared(), campaign()
    worker.work(story, RULES, at("09:11"))
    worker.work(story.update(at("09:12"), tags=story.ticket.tags | STOP), RULES, at("09:13"))
    story.update("2026-11-26 10:00", tags=frozenset())
    for late, first in (("2026-11-27 10:04", "countdown:"), ("2026-11-27 10:06", "held:late")):
        plan = evaluate(story.history, worker.known, RULES, paris(late))
        assert plan.updates[0].keys[0].partition(":")[2].partition(":")[2].startswith(first)


def test_a_stop_that_is_overruled_is_sent_and_both_tags_go() -> None:
    story, worker = declared(), campaign()
    worker.work(story, RULES, at("09:11"))
    worker.work(story.update(at("09:12"), tags=story.ticket.tags | STOP), RULES, at("09:13"))
    done = worker.work(story.update(at("09:14"), tags=story.ticket.tags | SEND), RULES, at("09:14:10"))
    assert texts(done)[:2] == ["go:12:30m", "created 3"]
    assert not story.ticket.tags & (SEND | STOP)


HELD: dict[str, tuple[Reach, str]] = {
    "three times as many as the last time": (audience(12, before=4), "the last one had 4"),
    "nobody": (audience(0, before=12), "has no contact"),
    "another one is running": (audience(12, running=4711), "another one is running, on ticket 4711"),
}


@pytest.mark.parametrize(("reach", "words"), HELD.values(), ids=HELD)
def test_an_odd_audience_waits_for_an_agent(reach: Reach, words: str) -> None:
    story, worker = declared(), Campaign(facts(reach=reach))
    done = worker.work(story, RULES, at("15:00"))
    assert len(done) == 1
    assert words in body(done[0])
    done = worker.work(story.update(at("15:01"), tags=story.ticket.tags | SEND), RULES, at("15:02"))
    assert texts(done)[0] == f"go:{len(reach.contacts)}:30m"


def test_sending_asked_for_with_the_declaration_does_not_overrule_what_nobody_has_seen() -> None:
    story = Story(at("09:00"), assignee_id=AGENT)
    story.update(at("09:10"), AGENT, priority="urgent", type="problem", status="open", tags=SEND)
    worker = Campaign(facts(reach=audience(12, before=4)))
    done = worker.work(story, RULES, at("15:00"))
    assert texts(done) == ["held:grown", "tidied up"]
    assert SEND_TAG not in story.ticket.tags, "so that it can be set again"


def test_an_audience_that_triples_within_the_countdown_is_held_as_well() -> None:
    story, worker = declared(), campaign(12)
    worker.work(story, RULES, at("09:11"))
    worker.known = replace(worker.known, reach=audience(36, before=12))
    assert texts(worker.work(story, RULES, at("10:00"))) == ["held:grown"]


def test_a_first_campaign_has_nothing_to_be_compared_with() -> None:
    assert texts(campaign(12, before=None).work(declared(), RULES, at("09:16")))[1] == "go:12:30m"


def test_solved_and_reopened_before_the_go_it_waits_for_an_agent() -> None:
    story, worker = declared(), campaign()
    worker.work(story, RULES, at("09:11"))
    story.status("solved", at("09:12"))
    worker.work(story, RULES, at("09:13"))
    done = worker.work(story.customer(at("10:00")), RULES, at("12:00"))
    assert texts(done) == ["held:solved"]


def test_what_was_declared_before_live_since_or_a_day_ago_is_not_announced() -> None:
    late = a_rulebook(a_rule_of("major_incident"), live_since=paris(at("09:30")))
    assert campaign().work(declared(), late, at("15:00")) == []
    plan = evaluate(declared().history, campaign().known, RULES, paris("2026-11-25 09:11"))
    assert plan.updates == ()


def test_while_the_audience_is_not_known_nothing_is_announced_and_it_is_looked_at_again() -> None:
    plan = evaluate(declared().history, facts(), RULES, paris(at("09:11")))
    assert plan.updates == ()
    assert plan.wake_at == paris(at("09:12"))


STOPPED_BEFORE: dict[str, Callable[[], Story]] = {
    "by an agent": lambda: Story(at("09:00"), assignee_id=AGENT).update(at("09:05"), tags=STOP),
    "with the ticket": lambda: Story(at("09:00"), by=AGENT, assignee_id=AGENT, tags=STOP),
}


@pytest.mark.parametrize("story", STOPPED_BEFORE.values(), ids=STOPPED_BEFORE)
def test_a_stop_from_before_the_declaration_holds_and_a_note_says_so(story: Callable[[], Story]) -> None:
    made, worker = story(), campaign()
    done = worker.work(made.update(at("09:10"), priority="urgent", type="problem", status="open"), RULES, at("15:00"))
    assert len(done) == 1
    assert "Nobody is mailed. An agent has set the tag zdsync_stop_notices." in body(done[0])
    done = worker.work(made.update(at("15:00"), tags=frozenset()), RULES, at("15:06"))
    assert texts(done)[:2] == ["countdown", "go:12:30m"]


def test_who_takes_the_word_to_send_back_has_not_given_it() -> None:
    story, worker = declared(), Campaign(facts(reach=audience(12, before=4)))
    worker.work(story, RULES, at("09:12"))
    story.update(at("09:13"), tags=SEND).update(at("09:13:30"), tags=frozenset())
    assert worker.work(story, RULES, at("15:00")) == []


PAST: dict[str, Callable[[], Story]] = {
    "solved before": lambda: declared_as_over(Story(at("09:00"), assignee_id=AGENT).status("solved", at("09:05"))),
    "solved with it": lambda: declared_as_over(Story(at("09:00"), assignee_id=AGENT)),
}


def declared_as_over(story: Story) -> Story:
    return story.update(at("09:10"), priority="urgent", type="problem", status="solved")


@pytest.mark.parametrize("story", PAST.values(), ids=PAST)
def test_a_customers_thanks_for_what_was_declared_when_it_was_over_send_nothing(story: Callable[[], Story]) -> None:
    made, worker = story(), campaign()
    assert worker.work(made, RULES, at("09:20")) == []
    assert texts(worker.work(made.customer(at("09:30")), RULES, at("15:00"))) == ["held:solved"]
    made.update(at("15:01"), priority="normal", tags=SEND)
    assert worker.work(made, RULES, at("16:00")) == [], "it is no urgent problem any more"


def test_a_countdown_that_ran_out_while_nothing_was_running_waits_for_an_agent_after_a_day() -> None:
    for late, first in (("2026-11-25 09:14", "go:12:30m"), ("2026-11-25 09:16", "held:late")):
        story, worker = declared(), campaign()
        worker.work(story, RULES, at("09:11"))
        plan = evaluate(story.history, worker.known, RULES, paris(late))
        assert plan.updates[0].keys[0].partition(":")[2].partition(":")[2] == first


# --- stopped in the middle ----------------------------------------------------------------------------------------


def test_the_stop_tag_in_mid_sending_stops_what_is_left_and_says_how_many_were_told() -> None:
    story, worker = declared(), campaign(12)
    worker.work(story, RULES, at("09:15:10"))
    done = worker.work(story.update(at("09:16"), tags=story.ticket.tags | STOP), RULES, at("09:30"))
    assert [each for each in done if isinstance(each, Created)] == []
    assert "3 contacts were told, 9 were not" in body(done[0])
    done = worker.work(story.update(at("09:31"), tags=story.ticket.tags - STOP), RULES, at("09:32"))
    assert texts(done) == ["created 9", "told:12"]


def test_who_is_told_after_the_promise_has_run_out_is_promised_nothing_that_is_past() -> None:
    story, worker = declared(), campaign(12)
    worker.work(story, RULES, at("09:15:10"))
    worker.work(story.update(at("09:16"), tags=story.ticket.tags | STOP), RULES, at("10:00"))
    worker.work(story.update(at("10:31"), tags=story.ticket.tags - STOP), RULES, at("10:32"))
    first, last = (each for each in worker.done if isinstance(each, Created))
    assert first.notices.campaign.values["promised"] == paris(at("09:45:02"))
    assert last.notices.campaign.values["promised"] is None


def test_gone_out_in_the_same_moment_as_another_one_it_waits_for_an_agent_before_anybody_is_told() -> None:
    story, worker = declared(), campaign(12)
    worker.work(story, RULES, at("09:15:02"))
    assert worker.known.reach is not None
    worker.known = replace(worker.known, reach=replace(worker.known.reach, running=4711))
    done = worker.work(story, RULES, at("12:00"))
    assert texts(done) == ["held:another"], "no reminder either: nobody was promised anything"
    done = worker.work(story.update(at("12:01"), tags=story.ticket.tags | SEND), RULES, at("12:02"))
    assert "created 3" in texts(done)


@pytest.mark.parametrize("lesser", [{"priority": "normal"}, {"type": "incident"}], ids=["priority", "type"])
def test_taken_back_in_mid_sending_nobody_else_is_told_until_it_is_urgent_again(lesser: Any) -> None:
    story, worker = declared(), campaign(12)
    worker.work(story, RULES, at("09:15:10"))
    done = worker.work(story.update(at("09:16"), **lesser), RULES, at("09:30"))
    assert [each for each in done if isinstance(each, Created)] == []
    assert "3 contacts were told, 9 were not. The ticket is no urgent problem any more" in body(done[0])
    done = worker.work(story.update(at("09:31"), priority="urgent", type="problem"), RULES, at("09:34"))
    assert texts(done) == ["created 9", "told:12"]


def test_solved_just_when_all_were_told_the_note_on_that_still_comes() -> None:
    story, worker = declared(), campaign(3)
    worker.work(story, RULES, at("09:15:05"))
    assert worker.known.reach is not None
    assert len(worker.known.reach.told) == 3
    assert texts(worker.work(solved(story, "09:15:05"), RULES, at("15:00"))) == ["told:3"]


def test_the_reach_of_another_campaign_of_the_ticket_is_not_taken_for_its_own() -> None:
    story, worker = declared(), campaign(12)
    worker.work(story, RULES, at("09:15:10"))
    worker.known = facts(reach=audience(5, campaign="report-104"))
    assert worker.work(solved(story, "09:16"), RULES, at("15:00")) == []


def test_solved_by_a_rule_agents_are_told_that_customers_were_not() -> None:
    story, worker = running()
    done = worker.work(story.by_rule(at("09:40"), status="solved"), RULES, at("15:00"))
    assert len(done) == 1
    assert "were not told that it is over" in body(done[0])


def test_what_was_opened_again_is_not_announced_anew_where_its_priority_goes_down_and_up() -> None:
    story, worker = running()
    worker.work(story.status("solved", at("09:30")).reply(at("09:40")), RULES, at("09:44"))
    story.update(at("09:45"), priority="high").update(at("09:50"), priority="urgent")
    done = texts(worker.work(story, RULES, at("10:30")))
    assert {each.partition(":")[0] for each in done} <= {"soon", "lapse"}
    assert done


def test_a_rule_that_solves_what_thanks_have_opened_makes_no_noise() -> None:
    story, worker = running()
    worker.work(story.status("solved", at("09:30")).customer(at("09:35")), RULES, at("09:40"))
    assert worker.work(story.by_rule(at("09:50"), status="solved"), RULES, at("15:00")) == []


def test_solved_in_mid_sending_nobody_else_is_told() -> None:
    story, worker = declared(), campaign(12)
    worker.work(story, RULES, at("09:15:10"))
    done = worker.work(solved(story, "09:16"), RULES, at("12:00"))
    assert len(done) == 1
    assert "3 contacts were told, 9 were not. The ticket was solved." in body(done[0])


def test_when_the_first_notices_cannot_be_delivered_the_others_are_not_sent() -> None:
    story, worker = declared(), campaign(12)
    worker.work(story, RULES, at("09:15:10"))
    assert worker.known.reach is not None
    worker.known = replace(worker.known, reach=replace(worker.known.reach, bounced=frozenset({1001, 1002})))
    done = worker.work(story, RULES, at("12:00"))
    assert [each for each in done if isinstance(each, Created)] == []
    assert "2 have come back as undeliverable" in body(done[0])


def test_a_storm_of_refusals_stops_the_sending_until_an_agent_goes_on() -> None:
    story, worker = declared(), campaign(40)
    worker.work(story, RULES, at("09:15:10"))
    assert worker.known.reach is not None
    some = frozenset(range(1001, 1021))
    worker.known = replace(
        worker.known, reach=replace(worker.known.reach, told=some, bounced=frozenset({1001, 1005, 1006, 1007, 1008}))
    )
    done = worker.work(story, RULES, at("09:30"))
    assert texts(done) == ["failing:5:20:0"]
    assert "20 contacts have not been told" in body(done[0])
    done = worker.work(story.update(at("09:31"), tags=story.ticket.tags | SEND), RULES, at("09:32"))
    assert texts(done) == ["tidied up", "created 20", "told:40"]


def test_a_few_failures_among_many_stop_nothing_and_are_named_at_the_end() -> None:
    story, worker = declared(), campaign(60)
    worker.refuses = frozenset({1010, 1020, 1030, 1040, 1050})
    done = worker.work(story, RULES, at("09:20"))
    assert texts(done)[-1] == "told:55"
    assert "users 1010, 1020, 1030, 1040, 1050" in body(done[-1])


def test_five_that_come_back_among_eighty_stop_nothing() -> None:
    story, worker = declared(), campaign(100)
    worker.work(story, RULES, at("09:15:10"))
    assert worker.known.reach is not None
    told, back = frozenset(range(1001, 1081)), frozenset(range(1004, 1009))
    worker.known = replace(worker.known, reach=replace(worker.known.reach, told=told, bounced=back))
    assert texts(worker.work(story, RULES, at("09:20"))) == ["created 20", "told:100"]


def test_what_comes_back_after_all_are_told_stops_nothing_any_more() -> None:
    story, worker = declared(), campaign(12)
    worker.work(story, RULES, at("09:20"))
    assert worker.known.reach is not None
    worker.known = replace(worker.known, reach=replace(worker.known.reach, bounced=frozenset(range(1001, 1010))))
    assert worker.work(story, RULES, at("09:30")) == []


def test_a_problem_that_zendesk_still_names_the_problem_of_is_announced_all_the_same() -> None:
    assert "go:12:30m" in texts(campaign(12).work(declared(problem_id=4711), RULES, at("09:20")))


def test_a_running_one_that_is_made_an_incident_of_another_goes_on_reminding_until_it_is_solved() -> None:
    story, worker = running()
    story.update(at("09:21"), type="incident", problem_id=4711)
    assert [each.partition(":")[0] for each in texts(worker.work(story, RULES, at("09:50")))] == ["soon", "lapse"]
    assert worker.work(story.status("solved", at("09:51")), RULES, at("15:00")) == []


# --- promises -----------------------------------------------------------------------------------------------------


def running() -> tuple[Story, Campaign]:
    story, worker = declared(), campaign(12)
    worker.work(story, RULES, at("09:20"))
    return story, worker


def test_agents_are_reminded_before_the_promise_runs_out_and_when_it_has_each_time_again() -> None:
    story, worker = running()
    done = worker.work(story, RULES, at("10:50"))
    promise = texts(done)[0].split(":")[1]
    assert texts(done) == [f"soon:{promise}:1", f"lapse:{promise}:1", f"lapse:{promise}:2", f"lapse:{promise}:3"]
    assert times(done) == ["09:35:02", "09:45:03", "10:15:03", "10:45:03"]
    assert "3 updates in a row" in body(done[-1])


def test_an_update_in_time_promises_the_next_one_and_nobody_is_reminded_of_the_first() -> None:
    story, worker = running()
    done = worker.work(story.reply(at("09:30")), RULES, at("09:55"))
    assert [each.partition(":")[0] for each in texts(done)] == ["soon"]
    assert times(done) == ["09:50:00"]


def test_an_update_with_files_gets_a_note_that_only_its_words_are_passed_on_once() -> None:
    story, worker = running()
    done = worker.work(story.reply(at("09:30"), files=2), RULES, at("09:45"))
    assert texts(done) == [f"files:{story.audits[-2].comments[0].id}"]
    assert "on Tue 24 Nov 2026, 09:30 CET go to 12 contacts, but the 2 files with them" in body(done[0])


QUIET: dict[str, Callable[[Story], Story]] = {
    "an update without files": lambda story: story.reply(at("09:30")),
    "a customer's files": lambda story: story.customer(at("09:30"), files=2),
    "it is over": lambda story: solved(story.reply(at("09:30"), files=2), "09:31"),
}


@pytest.mark.parametrize("act", QUIET.values(), ids=QUIET)
def test_no_note_speaks_of_files_where_none_are_missed(act: Callable[[Story], Story]) -> None:
    story, worker = running()
    assert worker.work(act(story), RULES, at("09:34")) == []


def test_before_anybody_is_told_files_are_no_matter() -> None:
    story, worker = declared(), campaign()
    done = worker.work(story.reply(at("09:12"), files=1), RULES, at("09:30"))
    assert not [each for each in texts(done) if "files" in each]


def test_a_promise_stays_as_it_was_given_when_the_rule_promises_something_else_meanwhile() -> None:
    story, worker = running()
    later = rules(every="2h")
    done = worker.work(story.reply(at("09:40")), later, at("10:11"))
    assert [each.partition(":")[0] for each in texts(done)] == ["soon", "lapse"]
    assert times(done) == ["10:00:00", "10:10:01"]
    assert "go:12:2h" in texts(campaign(12).work(declared(), later, at("09:20"))), "the next outage has the new period"
    assert "go:12:1h30m" in texts(campaign(12).work(declared(), rules(every="1h 30m"), at("09:20"))), "without a blank"


def test_after_an_outage_of_ours_only_the_last_lapse_is_told() -> None:
    story, worker = running()
    plan = evaluate(story.history, worker.known, RULES, paris(at("11:20")))
    assert [key.rpartition(":")[2] for update in plan.updates for key in update.keys] == ["4"]


def test_outside_of_support_hours_nobody_is_reminded_unless_promises_run_day_and_night() -> None:
    story, worker = declared(), campaign(2)
    worker.work(story.note(at("17:40")), RULES, at("17:41"))
    night = texts(worker.work(story, RULES, at("23:00")))
    assert not any(each.startswith(("soon", "lapse")) for each in night)
    day_and_night = rules(p1_after_hours="calendar")
    assert any(each.startswith("lapse") for each in texts(worker.work(story, day_and_night, at("23:00"))))


def test_a_reminder_that_comes_late_waits_for_support_to_open() -> None:
    story, worker = running()
    plan = evaluate(story.history, worker.known, RULES, paris(at("22:00")))
    assert plan.updates == ()
    assert plan.wake_at is not None
    assert plan.wake_at <= paris("2026-11-25 09:00")


def test_solved_nothing_is_promised_any_more() -> None:
    story, worker = running()
    assert worker.work(solved(story, "09:30"), RULES, at("15:00")) == []


def test_solved_without_a_word_its_requester_hears_that_it_is_over_once_zendesk_has_told_the_others() -> None:
    story, worker = running()
    (done,) = worker.work(story.status("solved", at("09:30")), RULES, at("15:00"))
    assert isinstance(done, Done)
    assert done.update.message is not None
    assert done.update.message.public
    assert "K Pro est de nouveau disponible" in done.update.message.body
    assert times([done]) == ["09:40:00"], "until then it might be copied to all notices"
    assert story.ticket.status == "solved"


SILENT: dict[str, Callable[[Story], Story]] = {
    "somebody has written since": lambda story: story.customer(at("09:32")).status("solved", at("09:33")),
    "it is open again": lambda story: story.status("open", at("09:35")),
    "an agent has opened it": lambda story: story.update(at("09:31"), requester_id=AGENT),
    "it is no problem any more, and is asked about": lambda story: story.update(at("09:31"), type="question"),
    "it is internal": lambda story: story.update(at("09:31"), is_public=False),
}


@pytest.mark.parametrize("then", SILENT.values(), ids=SILENT)
def test_nobody_else_hears_on_the_problem_that_it_is_over(then: Callable[[Story], Story]) -> None:
    story, worker = running()
    done = worker.work(then(story.status("solved", at("09:30"))), RULES, at("11:00"))
    messages = [each.update.message for each in done if isinstance(each, Done)]
    assert not any(message.public for message in messages if message is not None)


def test_opened_again_without_a_word_agents_are_told_what_customers_have_heard_last() -> None:
    story, worker = running()
    done = worker.work(solved(story, "09:30").status("open", at("09:35")), RULES, at("11:00"))
    assert [each.partition(":")[0] for each in texts(done)] == ["reopened"]
    assert times(done) == ["09:40:00"]
    assert "on Tue 24 Nov 2026, 09:30 CET, is that it is over" in body(done[0])


OPENED: dict[str, Callable[[Story], Story]] = {
    "with a word": lambda story: story.status("open", at("09:35")).reply(at("09:37")),
    "by the customer": lambda story: story.customer(at("09:35")),
    "for a moment": lambda story: solved(story.status("open", at("09:35")), "09:36"),
}


@pytest.mark.parametrize("then", OPENED.values(), ids=OPENED)
def test_opened_in_any_other_way_no_note_says_that_customers_know_nothing_of_it(then: Callable[[Story], Story]) -> None:
    story, worker = running()
    done = worker.work(then(solved(story, "09:30")), RULES, at("09:45"))
    assert not any(each.startswith("reopened") for each in texts(done))


def test_holding_messages_are_noted_as_often_as_the_rule_allows() -> None:
    story, worker = declared(), campaign(2)
    holding = rules(holding={"at_most": 2})
    done = worker.work(story, holding, at("11:00"))
    kinds = [each.partition(":")[0] for each in texts(done) if not each.startswith("created")]
    assert kinds == ["countdown", "go", "told", "soon", "holding", "holding", "lapse"]
    assert "Customers are told meanwhile" in body(done[-2])
    assert "Customers are told meanwhile" not in body(done[-1])


def test_a_note_is_no_update() -> None:
    story, worker = running()
    done = worker.work(story.note(at("09:30")), RULES, at("09:50"))
    assert [each.partition(":")[0] for each in texts(done)] == ["soon", "lapse"]


def test_when_the_priority_is_lowered_the_promise_that_was_made_still_counts_and_no_other_is_made() -> None:
    story, worker = running()
    story.update(at("09:25"), priority="high")
    assert [each.partition(":")[0] for each in texts(worker.work(story, RULES, at("09:40")))] == ["soon"]
    assert worker.work(story.reply(at("09:41")), RULES, at("15:00")) == []


def test_between_two_looks_nothing_becomes_due() -> None:
    story, worker = running()
    now = story.ticket.updated_at
    plan = evaluate(story.history, worker.known, RULES, now)
    assert plan.wake_at is not None
    for minutes in range(int((plan.wake_at - now) / timedelta(minutes=1))):
        assert not evaluate(story.history, worker.known, RULES, now + timedelta(minutes=minutes)).updates
