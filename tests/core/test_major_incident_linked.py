"""A major incident on the tickets that are linked to it: updates and resolution, each once; what becomes of notices."""

from __future__ import annotations

from collections.abc import Callable, Collection
from dataclasses import replace
from typing import Any

import pytest

from tests.builders import (
    AGENT,
    CUSTOMER,
    OTHER_AGENT,
    OUTSIDER,
    US,
    Story,
    a_comment,
    a_person,
    a_rule_of,
    a_rulebook,
    a_ticket,
    facts,
    paris,
)
from tests.core.test_major_incident import at, campaign, declared
from tests.core.worker import Done, work
from zdsync.core.automation import Case
from zdsync.core.episode import AWAITING_TAG
from zdsync.core.evaluate import evaluate
from zdsync.core.history import Reading
from zdsync.core.incident import SEND_TAG, STOP_TAG
from zdsync.core.model import Facts, Ticket
from zdsync.core.notices import BOUNCED_TAG
from zdsync.core.notify import NOTIFY_TAG
from zdsync.core.rulebook import Caps

PROBLEM = 4000
CAPS = Caps(per_ticket_per_day=40)
RULES = a_rulebook(a_rule_of("major_incident"), caps=CAPS)
ALL_RULES = a_rulebook(
    *(a_rule_of(name) for name in ("major_incident", "sla_targets", "update_cadence", "confirmation_hold")), caps=CAPS
)
HOLDING = a_rulebook(a_rule_of("major_incident", holding={"at_most": 2}), caps=CAPS)


class Outage:
    """A problem whose go is at 09:15:02, and what its public comments say."""

    def __init__(self, rules: Any = RULES, *, contacts: int = 2, sent_until: str = "09:20") -> None:
        self.rules = rules
        self.problem = declared(id=PROBLEM)
        self.worker = campaign(contacts)
        self.worker.work(self.problem, rules, at(sent_until))
        self.texts: dict[int, str] = {}
        self.found: dict[str, Ticket] = {}
        """What a look-up by external id would find."""
        self.suspended = False
        """Zendesk mails the customer of `request` nothing."""

    @property
    def name(self) -> str:
        return f"outage-{self.problem.audits[1].id}"

    def update(self, clock: str, words: str) -> int:
        self.problem.reply(at(clock))
        return self._says(words)

    def solve(self, clock: str, words: str = "") -> int:
        """The id of the audit."""
        comment = self.problem._comment(AGENT, True) if words else None
        self.problem.update(at(clock), comment=comment, status="solved")
        if words:
            self._says(words)
        return self.problem.audits[-1].id

    def _says(self, words: str) -> int:
        comment_id = self.problem.audits[-1].comments[0].id
        self.texts[comment_id] = words
        return comment_id

    def notice(self, clock: str = "09:16", **ticket: Any) -> Story:
        made = {"external_id": f"zdsync-{self.name}-{CUSTOMER}", "type": "incident", "problem_id": PROBLEM}
        return Story(at(clock), by=US, **{"status": "pending", "assignee_id": AGENT, **made, **ticket})

    def request(self, clock: str = "09:05", **ticket: Any) -> Story:
        """Another customer's own ticket, linked to the problem from the beginning."""
        made: dict[str, Any] = {"status": "open", "type": "incident", "problem_id": PROBLEM, "requester_id": OUTSIDER}
        made |= ticket
        return Story(at(clock), by=made["requester_id"], **made)

    def notify(self, **ticket: Any) -> None:
        """The customer of `request` has a notice, too."""
        name = f"zdsync-{self.name}-{OUTSIDER}"
        self.found[name] = a_ticket(external_id=name, **{"id": 5000, "problem_id": PROBLEM, **ticket})

    def failing(self, clock: str) -> Story:
        """Our note that too many notices have failed."""
        note = a_comment(7000, US, public=False)
        return self.problem.update(at(clock), US, comment=note, keys=(f"{self.name.replace('-', ':')}:failing:2:3",))

    def seeks(self, story: Story, until: str) -> Collection[str]:
        """What is looked up before the decision."""
        (rule,) = RULES.rules
        assert rule.automation.seeks is not None
        known = self.known
        return rule.automation.seeks(Case(Reading(story.history, known), known, RULES, paris(at(until))), rule.settings)

    @property
    def known(self) -> Facts:
        other = a_person(OUTSIDER, locale="fr", time_zone="Europe/Paris", suspended=self.suspended)
        people = {**facts().people, OUTSIDER: other}
        return facts(people=people, linked={PROBLEM: self.problem.history}, texts=self.texts, found=self.found)

    def work(self, story: Story, until: str, rules: Any = None) -> list[Done]:
        """From the last update of either ticket on."""
        latest = max(story.ticket.updated_at, self.problem.ticket.updated_at)
        before, story.ticket = story.ticket.updated_at, replace(story.ticket, updated_at=latest)
        done = work(story, rules or self.rules, at(until), self.known)
        if not done:
            story.ticket = replace(story.ticket, updated_at=before)
        return done


def customers(done: list[Done]) -> list[str]:
    """What the customer reads."""
    return [
        each.update.message.body
        for each in done
        if each.update.message is not None and each.update.message.audience == "customer"
    ]


def cascade(story: Story, clock: str, *, copied: bool) -> Story:
    """Zendesk solves an incident because its problem was solved."""
    comment = a_comment(5000, AGENT) if copied else None
    story.update(at(clock), AGENT, comment=comment, status="solved")
    last = story.audits[-1]
    story.audits[-1] = replace(last, problem_id=PROBLEM)
    return story


# --- updates ------------------------------------------------------------------------------------------------------


def test_an_update_on_the_problem_is_passed_on_once_and_promises_the_next() -> None:
    outage = Outage()
    comment_id = outage.update("09:40", "The database is back.\n\nWe are checking the data.")
    notice = outage.notice()
    (done,) = outage.work(notice, "09:50")
    assert customers([done]) == [
        "The database is back.\n\nWe are checking the data.\n\n"
        "Vous aurez à nouveau de nos nouvelles au plus tard le mar. 24 nov. 2026, 10:10 CET."
    ]
    assert done.update.keys == (f"relay:{comment_id}",)
    assert done.update.to_all
    assert notice.ticket.status == "pending"
    assert Reading(notice.history, outage.known).comments[-1].by == "staff", "it counts as the agent's"
    assert outage.work(notice, "12:00") == []


def test_an_update_that_is_passed_on_after_its_promise_has_run_out_promises_nothing() -> None:
    outage = Outage()
    outage.update("09:40", "The database is back.")
    notice = outage.notice()
    notice.update(at("10:20"), AGENT, tags=frozenset({"seen"}))  # the first time that it is looked at again
    (words,) = customers(outage.work(notice, "10:30"))
    assert words == "The database is back."


def test_what_agents_write_can_do_nothing_in_the_customers_mail() -> None:
    outage = Outage()
    outage.update("09:40", "See {{ticket.requester.email}}\n# Title <b>now</b>\n- [x](http://x.example)")
    (words,) = customers(outage.work(outage.notice(), "09:50"))
    assert not set("{}<>[]#") & set(words)


def test_several_updates_at_once_are_one_message_with_one_promise() -> None:
    outage = Outage()
    outage.update("09:40", "First.")
    outage.update("10:00", "Second.")
    (words,) = customers(outage.work(outage.notice(), "10:01"))
    assert words.index("First.") < words.index("Second.")
    assert words.count("Vous aurez") == 1
    assert "10:30 CET" in words


def test_no_cap_of_a_ticket_keeps_what_an_agent_tells_everybody() -> None:
    outage, few = Outage(), a_rulebook(a_rule_of("major_incident"), caps=Caps(per_ticket_per_day=2))
    notice = outage.notice()
    for minute in range(30, 34):
        outage.update(f"09:{minute}", f"News of {minute}.")
        assert len(customers(outage.work(notice, f"09:{minute}:30", few))) == 1
    outage.solve("10:00", "Repaired.")
    assert "Repaired." in customers(outage.work(notice, "10:05", few))[0]


def test_a_note_and_a_customers_words_are_passed_on_to_nobody() -> None:
    outage = Outage()
    outage.problem.note(at("09:40")).customer(at("09:41"))
    assert outage.work(outage.notice(), "12:00") == []


def test_who_joins_later_hears_of_the_last_update_only() -> None:
    outage = Outage()
    outage.update("09:40", "First.")
    outage.update("10:00", "Second.")
    (words,) = customers(outage.work(outage.notice("10:05"), "10:06"))
    assert "First." not in words
    assert "Second." in words


def test_without_the_words_nothing_is_said_until_they_are_known() -> None:
    outage = Outage()
    outage.update("09:40", "The database is back.")
    plan = evaluate(outage.notice().history, replace(outage.known, texts={}), RULES, outage.problem.ticket.updated_at)
    assert plan.updates == ()
    assert plan.wake_at is not None


def test_what_was_made_private_meanwhile_is_passed_on_to_nobody_and_holds_nothing_up() -> None:
    outage = Outage()
    withdrawn = outage.update("09:40", "To Jeanne alone.")
    outage.update("09:50", "The database is back.")
    del outage.texts[withdrawn]
    (words,) = customers(outage.work(outage.notice(), "09:53"))
    assert words.startswith("The database is back.")


def test_a_holding_message_reaches_notices_once_and_not_after_news() -> None:
    outage = Outage(HOLDING)
    outage.worker.work(outage.problem, HOLDING, at("09:46"))
    notice = outage.notice()
    (words,) = customers(outage.work(notice, "09:50"))
    assert "10:15 CET" in words
    outage.update("09:52", "The database is back.")
    late = outage.notice("09:16")
    assert "toujours" not in " ".join(customers(outage.work(late, "09:55")))


def test_a_holding_message_whose_promise_is_past_is_not_said_any_more() -> None:
    outage = Outage(HOLDING)
    outage.worker.work(outage.problem, HOLDING, at("09:46"))
    for late, said in (("10:14", 1), ("10:16", 0)):
        plan = evaluate(outage.notice().history, outage.known, HOLDING, paris(at(late)))
        assert len(plan.updates) == said


def test_a_problem_that_is_no_major_incident_means_nothing_to_its_incidents() -> None:
    problem = Story(at("09:00"), id=PROBLEM, type="problem").reply(at("09:30")).status("solved", at("10:00"))
    known = facts(linked={PROBLEM: problem.history}, texts={})
    request = Story(at("09:05"), type="incident", problem_id=PROBLEM)
    assert work(request, RULES, at("12:00"), known) == []


# --- updates on customers' own requests ---------------------------------------------------------------------------


def test_a_customers_own_request_gets_each_update_once_as_the_agents_word() -> None:
    outage = Outage()
    comment_id = outage.update("09:40", "The database is back.")
    request = outage.request()
    (done,) = outage.work(request, "09:50")
    assert customers([done])[0].startswith("The database is back.\n\nVous aurez")
    assert done.update.keys == (f"relay:{comment_id}",)
    assert done.update.to_all
    assert request.ticket.status == "open"
    assert Reading(request.history, outage.known).first_reply == done.at
    assert outage.work(request, "10:05") == []
    outage.update("10:10", "The data are complete.")
    assert len(customers(outage.work(request, "10:20"))) == 1


SILENT: dict[str, Callable[[Outage], Story]] = {
    "linked later": lambda outage: Story(
        at("09:05"), by=OUTSIDER, requester_id=OUTSIDER, status="open", type="incident"
    ).update(at("09:41"), problem_id=PROBLEM),
    "opened later": lambda outage: outage.request("09:41"),
    "solved": lambda outage: outage.request().status("solved", at("09:39")),
    "solved since": lambda outage: outage.request().status("solved", at("09:41")),
    "their word is awaited since": lambda outage: outage.request().update(
        at("09:41"), US, status="pending", tags=frozenset({AWAITING_TAG})
    ),
    "solved then, open again": lambda outage: (
        outage.request().status("solved", at("09:39")).customer(at("09:41"), by=OUTSIDER)
    ),
    "their word is awaited": lambda outage: outage.request().update(
        at("09:39"), US, status="pending", tags=frozenset({AWAITING_TAG})
    ),
    "it was awaited then": lambda outage: (
        outage.request()
        .update(at("09:39"), US, status="pending", tags=frozenset({AWAITING_TAG}))
        .customer(at("09:41"), by=OUTSIDER)
        .update(at("09:42"), US, tags=frozenset())
    ),
    "they have opened the problem": lambda outage: outage.request(requester_id=CUSTOMER),
    "they cannot see it": lambda outage: outage.request(is_public=False),
    "of another problem": lambda outage: outage.request(problem_id=PROBLEM + 1),
}


@pytest.mark.parametrize("request_of", SILENT.values(), ids=SILENT)
def test_an_update_is_not_for_every_request(request_of: Callable[[Outage], Story]) -> None:
    outage = Outage()
    request = request_of(outage)
    outage.update("09:40", "The database is back.")
    assert outage.seeks(request, "09:50") == ()
    assert customers(outage.work(request, "12:00")) == []


def test_an_update_of_the_day_before_is_not_news_where_the_rule_is_new() -> None:
    outage = Outage()
    outage.update("09:40", "The database is back.")
    plan = evaluate(outage.request().history, outage.known, RULES, paris("2026-11-25 09:41"))
    assert plan.updates == ()


def test_whoever_is_copied_on_the_problem_is_mailed_there() -> None:
    outage = Outage()
    outage.problem.ticket = replace(outage.problem.ticket, cc_ids=frozenset({OUTSIDER}))
    outage.update("09:40", "The database is back.")
    assert outage.work(outage.request(), "12:00") == []


@pytest.mark.parametrize("held", [False, True])
def test_a_request_is_promised_nothing_while_the_outage_waits_for_another_one(held: bool) -> None:
    """Agents are not reminded of it."""
    outage = Outage()
    if held:
        key = f"{outage.name.replace('-', ':')}:held:another"
        outage.problem.update(at("09:39"), US, comment=a_comment(7000, US, public=False), keys=(key,))
    outage.update("09:40", "It is the disk.")
    (said,) = customers(outage.work(outage.request(), "09:50"))
    assert "It is the disk." in said
    assert ("de nos nouvelles au plus tard" in said) is not held


def test_whoever_has_a_notice_reads_the_updates_there_and_on_their_own_request_the_resolution_only() -> None:
    outage = Outage(HOLDING)
    outage.notify()
    request = outage.request()
    outage.update("09:40", "The database is back.")
    assert outage.work(request, "09:50") == []
    (why,) = (reason.words for reason in evaluate(request.history, outage.known, HOLDING, paris(at("09:51"))).reasons)
    assert "ticket 5000" in why
    outage.worker.work(outage.problem, HOLDING, at("10:11"))
    assert outage.work(request, "10:20") == [], "the holding message"
    outage.solve("10:40")
    (words,) = customers(outage.work(request, "10:41"))
    assert "K Pro est de nouveau disponible" in words


@pytest.mark.parametrize("notice", [{"problem_id": None}, {"status": "closed"}], ids=["taken away", "closed"])
def test_a_notice_that_says_nothing_any_more_leaves_the_updates_to_the_request(notice: dict[str, Any]) -> None:
    outage = Outage()
    outage.notify(**notice)
    outage.update("09:40", "The database is back.")
    assert len(customers(outage.work(outage.request(), "09:50"))) == 1


def test_while_notices_are_being_sent_a_request_waits_for_its_customers() -> None:
    outage = Outage(contacts=12, sent_until="09:16")
    request = outage.request()
    outage.update("09:16:30", "The database is back.")
    plan = evaluate(request.history, outage.known, RULES, paris(at("09:17")))
    assert plan.updates == ()
    assert plan.wake_at == paris(at("09:22"))
    outage.worker.work(outage.problem, RULES, at("09:22"))
    assert len(customers(outage.work(request, "09:30"))) == 1, "all are told, and there is none for them"


STOPS: dict[str, tuple[Callable[[Outage], object], int]] = {
    "an agent": (lambda outage: outage.problem.update(at("09:16:10"), tags=frozenset({STOP_TAG})), 1),
    "too many have failed": (lambda outage: outage.failing("09:16:10"), 1),
    "and an agent goes on": (
        lambda outage: outage.failing("09:16:10").update(at("09:16:20"), tags=frozenset({SEND_TAG})),
        0,
    ),
}


@pytest.mark.parametrize(("stop", "told"), STOPS.values(), ids=STOPS)
def test_what_has_stopped_the_sending_keeps_no_update_from_a_request(
    stop: Callable[[Outage], object], told: int
) -> None:
    outage = Outage(contacts=12, sent_until="09:16")
    stop(outage)
    outage.update("09:16:30", "The database is back.")
    assert len(customers(outage.work(outage.request(), "09:17"))) == told


def test_a_holding_message_reaches_a_request_once() -> None:
    outage = Outage(HOLDING)
    request = outage.request()
    outage.worker.work(outage.problem, HOLDING, at("09:46"))
    (words,) = customers(outage.work(request, "09:50"))
    assert "10:15 CET" in words
    assert outage.seeks(request, "10:00") == ()
    assert outage.work(request, "10:00") == []


def test_an_update_and_the_holding_message_after_it_are_one_mail_where_both_are_late() -> None:
    outage = Outage(HOLDING)
    outage.update("09:40", "The database is back.")
    outage.worker.work(outage.problem, HOLDING, at("10:11"))
    request = outage.request()
    request.note(at("10:12"))
    (words,) = customers(outage.work(request, "10:20"))
    assert words.index("The database is back.") < words.index("10:40 CET")


def test_for_whoever_is_mailed_nothing_no_notice_is_looked_for() -> None:
    outage = Outage()
    outage.update("09:40", "The database is back.")
    outage.suspended = True
    assert outage.seeks(outage.request(), "09:50") == ()
    assert outage.work(outage.request(), "09:50") == []


def test_a_notice_is_looked_for_only_while_something_is_owed_on_a_request() -> None:
    outage = Outage()
    request = outage.request()
    assert outage.seeks(request, "09:30") == ()
    outage.update("09:40", "The database is back.")
    assert outage.seeks(request, "09:41") == (f"zdsync-{outage.name}-{OUTSIDER}",)
    assert outage.seeks(outage.notice(), "09:41") == ()
    outage.work(request, "09:50")
    assert outage.seeks(request, "09:51") == ()
    outage.update("10:00", "The data are complete.")
    outage.solve("10:05")
    assert outage.seeks(request, "10:06") == (), "the resolution says it all"


def test_with_an_update_a_request_keeps_its_hold_and_its_cadence_begins_anew() -> None:
    outage = Outage(ALL_RULES)
    request = outage.request(priority="high", assignee_id=AGENT)
    outage.work(request, "09:39")
    outage.update("09:40", "The database is back.")
    assert len(customers(outage.work(request, "09:50"))) == 1
    assert Reading(request.history, outage.known).kind == "request"
    assert str(request.ticket.fields[7003]).startswith("2026-11-25"), "an agent has written today"
    request.status("solved", at("10:00"))
    done = outage.work(request, "10:05")
    assert [key for each in done for key in each.said] == ["ask"]
    assert request.ticket.status == "pending"
    outage.update("10:10", "The data are complete.")
    assert customers(outage.work(request, "10:20")) == []


# --- the resolution -----------------------------------------------------------------------------------------------


def test_the_resolution_tells_how_long_it_lasted_and_what_was_done_and_solves_the_notice() -> None:
    outage = Outage()
    solve = outage.solve("10:40", "A full disk was replaced.")
    notice = outage.notice()
    (done,) = outage.work(notice, "11:00")
    (words,) = customers([done])
    assert "K Pro est de nouveau disponible" in words
    assert "09:10 CET au mar. 24 nov. 2026, 10:40 CET (1 h 30 min)" in words
    assert "A full disk was replaced." in words
    assert done.update.keys == (f"resolved:{solve}",)
    assert notice.ticket.status == "solved"
    assert outage.work(notice, "15:00") == []


def test_how_long_it_lasted_is_the_difference_of_the_minutes_that_are_shown() -> None:
    outage = Outage()
    outage.solve("10:40")
    outage.problem.status("open", at("11:00:40"))
    outage.update("11:05", "It is down again.")
    outage.solve("11:12:10")
    words = customers(outage.work(outage.notice(), "11:20"))[-1]
    assert "11:00 CET au mar. 24 nov. 2026, 11:12 CET (12 min)" in words


def test_a_notice_that_an_agent_opens_after_the_resolution_stays_open_until_the_next_one() -> None:
    outage = Outage()
    outage.solve("10:40")
    notice = outage.notice()
    outage.work(notice, "10:41")
    assert outage.work(notice.status("open", at("11:00")), "15:00") == []
    outage.update("15:10", "It is down again.")
    outage.solve("15:20")
    outage.work(notice, "15:30")
    assert notice.ticket.status == "solved"


@pytest.mark.parametrize("copied", [True, False])
def test_a_notice_that_anything_but_an_agent_has_opened_is_solved_with_the_outage(copied: bool) -> None:
    outage = Outage()
    outage.solve("10:40", "A full disk was replaced.")
    notice = cascade(outage.notice().status("open", at("10:30")), "10:40:30", copied=copied)
    outage.work(notice, "11:00")
    outage.work(notice.customer(at("11:10"), flags=(4,)), "11:20")
    assert notice.ticket.status == "solved"


def test_solved_without_a_word_the_last_update_says_what_was_done() -> None:
    outage = Outage()
    outage.update("10:00", "A full disk was replaced.")
    notice = outage.notice()
    outage.work(notice, "10:01")
    outage.solve("10:40")
    (done,) = outage.work(notice, "10:41")
    assert "A full disk was replaced." in customers([done])[0]


def test_an_update_that_comes_together_with_the_resolution_is_read_once() -> None:
    """Written just before the solve, it stands above it."""
    outage = Outage()
    notice = outage.notice()
    outage.update("10:39:59", "A full disk was replaced.")
    outage.solve("10:40")
    (said,) = customers(outage.work(notice, "10:50"))
    assert said.count("A full disk was replaced.") == 1
    assert said.index("A full disk was replaced.") < said.index("est de nouveau disponible")


def test_what_zendesk_has_copied_is_not_said_again() -> None:
    outage = Outage()
    outage.solve("10:40", "A full disk was replaced.")
    notice = cascade(outage.notice(), "10:40:30", copied=True)
    assert outage.work(notice, "15:00") == []
    assert notice.ticket.status == "solved"


def test_zendesks_copy_is_awaited_before_we_say_it_ourselves() -> None:
    outage = Outage()
    outage.solve("10:40", "A full disk was replaced.")
    plan = evaluate(outage.notice().history, outage.known, RULES, outage.problem.ticket.updated_at)
    assert plan.updates == ()
    assert outage.work(outage.notice(), "10:41:59") == []
    assert len(customers(outage.work(outage.notice(), "10:42"))) == 1


def test_on_an_answered_notice_which_we_do_not_solve_zendesks_copy_is_awaited_for_longer() -> None:
    outage = Outage()
    notice = outage.notice()
    outage.work(notice.customer(at("10:30")), "10:31")
    outage.solve("10:40", "A full disk was replaced.")
    assert customers(outage.work(notice, "10:49:59")) == []
    assert customers(outage.work(cascade(notice, "10:49:59", copied=True), "15:00")) == []


def test_solved_by_zendesk_without_a_copy_it_is_told_all_the_same() -> None:
    outage = Outage()
    outage.update("10:00", "A full disk was replaced.")
    notice = outage.notice()
    outage.work(notice, "10:01")
    outage.solve("10:40")
    done = outage.work(cascade(notice, "10:40:30", copied=False), "11:00")
    assert len(customers(done)) == 1
    assert notice.ticket.status == "solved"


def test_an_update_from_before_is_not_said_after_zendesks_copy() -> None:
    outage = Outage()
    outage.update("10:39", "Almost there.")
    outage.solve("10:40", "A full disk was replaced.")
    assert outage.work(cascade(outage.notice(), "10:40:30", copied=True), "15:00") == []


def test_opened_again_and_solved_again_it_is_told_again() -> None:
    outage = Outage()
    outage.solve("10:40")
    notice = outage.notice()
    outage.work(notice, "10:41")
    outage.problem.status("open", at("11:00"))
    assert outage.work(notice, "11:01") == [], "nothing is said until an agent says something"
    outage.update("11:05", "It is back, and so are we.")
    outage.work(notice, "11:06")
    again: str = notice.ticket.status
    assert again == "pending"
    outage.solve("11:30")
    (words,) = customers(outage.work(notice, "11:31"))
    assert "11:30 CET" in words
    last: str = notice.ticket.status
    assert last == "solved"


@pytest.mark.parametrize(("words", "messages"), [("", 0), ("It was down for a moment again.", 1)])
def test_opened_by_mistake_and_solved_again_it_is_told_again_only_with_a_word(words: str, messages: int) -> None:
    outage = Outage()
    outage.solve("10:40")
    notice = outage.notice()
    outage.work(notice, "10:41")
    outage.problem.status("open", at("11:00"))
    outage.solve("11:10", words)
    assert len(customers(outage.work(notice, "15:00"))) == messages
    assert notice.ticket.status == "solved"


def test_thanks_on_the_problem_that_an_agent_solves_away_are_told_nobody() -> None:
    outage = Outage()
    notice = outage.notice()
    outage.solve("10:00", "Repaired.")
    assert len(customers(outage.work(notice, "10:05"))) == 1
    outage.problem.customer(at("10:10"))
    outage.solve("10:20", "You are welcome!")
    assert outage.work(notice, "11:00") == []
    outage.problem.customer(at("11:10"))
    outage.update("11:15", "It is down again.")
    assert len(customers(outage.work(notice, "11:20"))) == 1
    outage.solve("11:30", "Repaired for good.")
    assert "Repaired for good." in customers(outage.work(notice, "11:40"))[0]


def test_what_was_opened_again_before_it_could_be_told_is_not_told() -> None:
    outage = Outage()
    outage.solve("10:40")
    outage.problem.status("open", at("10:41"))
    assert outage.work(outage.notice(), "15:00") == []


def test_a_customers_own_request_is_told_once_and_stays_as_it_is() -> None:
    outage = Outage()
    outage.solve("10:40")
    request = outage.request()
    (done,) = outage.work(request, "10:41")
    assert "K Pro est de nouveau disponible" in customers([done])[0]
    assert request.ticket.status == "open"
    assert outage.work(request, "15:00") == []


def test_what_is_declared_and_taken_back_after_the_solve_keeps_the_resolution_from_nobody() -> None:
    outage = Outage()
    request = outage.request()
    outage.solve("10:00", "Repaired.")
    outage.problem.update(at("10:01"), priority="normal").update(at("10:02"), priority="urgent")
    assert "Repaired." in customers(outage.work(request, "10:15"))[0]


def test_a_customers_own_request_that_zendesk_solves_is_held_until_they_confirm() -> None:
    outage = Outage()
    outage.solve("10:40", "A full disk was replaced.")
    request = cascade(outage.request(), "10:40:30", copied=True)
    done = outage.work(
        request, "11:00", a_rulebook(a_rule_of("major_incident"), a_rule_of("confirmation_hold"), caps=CAPS)
    )
    assert request.ticket.status == "pending"
    assert len(customers(done)) == 1, "the question, and not the resolution again"


def test_who_is_linked_only_after_the_solve_is_told_nothing() -> None:
    outage = Outage()
    outage.solve("10:40")
    late = Story(at("09:30"), status="open").update(at("11:00"), type="incident", problem_id=PROBLEM)
    assert outage.work(late, "15:00") == []


# --- answers ------------------------------------------------------------------------------------------------------


def test_an_answer_makes_a_request_of_the_notice_that_agents_are_told_of() -> None:
    outage = Outage()
    notice = outage.notice(assignee_id=None).customer(at("09:30"))
    (done,) = outage.work(notice, "09:31")
    assert done.update.message is not None
    assert done.update.message.audience == "agents"
    assert NOTIFY_TAG in done.update.add_tags
    assert notice.ticket.status == "open"


def test_an_answered_notice_still_gets_the_updates_and_is_not_solved_with_the_problem() -> None:
    outage = Outage()
    notice = outage.notice().customer(at("09:30"))
    outage.work(notice, "09:31")
    outage.update("09:40", "The database is back.")
    assert len(customers(outage.work(notice, "09:41"))) == 1
    outage.solve("10:40")
    assert len(customers(outage.work(notice, "10:41"))) == 1
    assert notice.ticket.status == "open"


def test_an_answered_notice_has_the_rules_of_a_request_from_the_answer_on() -> None:
    outage = Outage(ALL_RULES)
    notice = outage.notice()
    assert outage.work(notice, "09:29") == []
    notice.customer(at("11:00")).priority("high", at("11:10"))
    outage.work(notice, "11:11")
    assert str(notice.ticket.fields[7001]).startswith("2026-11-24 13:00")


@pytest.mark.parametrize(("undelivered", "tags"), [(True, {BOUNCED_TAG}), (False, set())])
def test_automatic_mail_leaves_a_notice_waiting_and_only_what_cannot_be_delivered_is_marked(
    undelivered: bool, tags: set[str]
) -> None:
    outage = Outage()
    notice = outage.notice().customer(at("09:30"), flags=(4,))
    last = notice.audits[-1]
    notice.audits[-1] = replace(last, comments=(replace(last.comments[0], undelivered=undelivered),))
    outage.work(notice, "09:31")
    assert notice.ticket.status == "pending"
    assert notice.ticket.tags & {BOUNCED_TAG} == tags


def test_a_colleague_who_answers_makes_a_request_of_it_too() -> None:
    outage = Outage()
    notice = outage.notice().customer(at("09:30"), by=OUTSIDER)
    assert len(outage.work(notice, "09:31")) == 1


def test_an_agent_who_writes_on_a_notice_changes_nothing() -> None:
    outage = Outage()
    notice = outage.notice().reply(at("09:30"), by=OTHER_AGENT, status="pending")
    assert outage.work(notice, "09:31") == []


def test_a_notice_has_none_of_the_rules_of_requests() -> None:
    outage = Outage(ALL_RULES)
    outage.update("09:40", "The database is back.")
    notice = outage.notice()
    done = outage.work(notice, "2026-11-24 18:00"[11:])
    assert [key for each in done for key in each.update.keys if not key.startswith("relay:")] == []
    assert notice.ticket.fields == {}
