"""Two agents declare the same outage on two tickets."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable

from tests.scenarios.campaigns import notices, told
from tests.scenarios.test_outage_stories import Outage, how, outage, outage_with
from tests.scenarios.world import CLAIRE, EMILY, TOM
from zdsync.core.incident import SEND_TAG

__all__ = ["how", "outage", "outage_with"]


def second(outage: Outage) -> int:
    """Another problem, a moment after the first one: a search does not know that yet when the countdown ends."""
    outage.until("09:05:30")
    return outage.act(TOM, subject="Down", comment="All down.", type="problem", priority="urgent", requester=CLAIRE)


def test_each_contact_hears_of_it_once_and_the_second_ticket_says_why(outage: Outage) -> None:
    outage.declare()
    first, outage.problem = outage.problem, second(outage)
    outage.until("10:00")
    assert set(told(outage.world).values()) == {1}
    assert {each.row["problem_id"] for each in notices(outage.world)} == {first}
    assert outage.notes() == ["countdown", "held:another"]
    assert f"on ticket {first}" in outage.note("held")


def test_a_second_outage_is_told_when_an_agent_says_so(
    outage_with: Callable[..., Outage],
) -> None:
    outage = outage_with()
    outage.declare()
    first, outage.problem = outage.problem, second(outage)
    outage.until("09:30")
    outage.on_problem(add_tags=[SEND_TAG])
    outage.until("09:45")
    found = Counter(each.row["problem_id"] for each in notices(outage.world))
    assert set(found) == {first, outage.problem}
    assert "told" in {note.partition(":")[0] for note in outage.notes()}


def test_one_that_is_over_and_that_thanks_have_opened_holds_no_other_one_up(outage: Outage) -> None:
    outage.goes_out()
    outage.on_problem(status="solved")
    outage.until("09:30")
    outage.on_problem(EMILY, comment="Thank you!")
    outage.until("09:35")
    outage.problem = outage.act(
        TOM, subject="Down", comment="Again.", type="problem", priority="urgent", requester=CLAIRE
    )
    outage.until("09:50")
    assert outage.notes()[-1] == "told:7"
    assert set(told(outage.world).values()) == {1, 2}


def test_declared_in_one_second_and_looked_at_by_two_processes_at_once_only_one_goes_out(outage: Outage) -> None:
    """Each process has seen, just before it writes, that the other problem has sent nothing yet."""
    outage.world.go("09:05")
    both = [outage.problem, outage.act(TOM, subject="Down", comment="All down.", requester=CLAIRE)]
    for problem in both:
        outage.act(TOM, ticket=problem, priority="urgent", type="problem", assignee=TOM, status="open")
    outage.until("09:10")
    assert notices(outage.world) == []
    other = outage.world.new_worker()
    outage.world.wire.on("PUT /tickets/*", lambda: other.claim_and_reconcile(1))
    outage.world.go("09:10:30")
    outage.world.worker.claim_and_reconcile(1)
    outage.until("10:30")
    assert set(told(outage.world).values()) == {1}
    went, waits = ([key.split(":", 2)[2] for key in outage.world.keys(problem)] for problem in both[::-1])
    assert waits == ["countdown", "go:6:30m", "held:another"]
    assert went[:4] == ["countdown", "go:7:30m", "canary", "told:7"]
    other.parts.zendesk.session.close()
