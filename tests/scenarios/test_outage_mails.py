"""Mails outside of Zendesk over the whole way: an agent's tag, the announced batches, a real mail server."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator

import pytest
from redis import Redis
from structlog.testing import capture_logs

from tests.builders import a_rule_of
from tests.inbox import Inbox, open_inbox
from tests.scenarios.test_outage_stories import CAPS, EVERYBODY, Outage
from tests.scenarios.wire import Crash, When
from tests.scenarios.world import EMILY, RAJ, World, live_rulebook
from zdsync.core.automations.outage_mail import MAIL_TAG
from zdsync.post import Office
from zdsync.sandbox import Server


@pytest.fixture
def inbox() -> Iterator[Inbox]:
    with open_inbox() as found:
        yield found


@pytest.fixture
def outage(inbox: Inbox, server: Server, redis: Redis, prefix: str) -> Iterator[Outage]:
    rules = (a_rule_of("major_incident", audience=EVERYBODY), a_rule_of("outage_mail", batch=2))
    office = Office(inbox.url, "Support <outages@desk.example>")
    world = World(server, redis, prefix, rulebook=live_rulebook(rules=rules, caps=CAPS), office=office)
    yield Outage(world, "webhooks").goes_out()
    world.sane()
    world.close()


def arrived(inbox: Inbox) -> Counter[str]:
    return Counter(address for address, _ in inbox.arrived)


def everybody(outage: Outage) -> Counter[str]:
    return Counter(outage.world.account.users[number]["email"] for number in outage.others)


def test_each_contact_gets_one_mail_on_an_agents_word(outage: Outage, inbox: Inbox) -> None:
    outage.until("09:30")
    assert arrived(inbox) == Counter(), "nothing leaves by itself"
    outage.on_problem(add_tags=[MAIL_TAG])
    outage.until("09:40")
    assert arrived(inbox) == everybody(outage)
    assert EMILY not in arrived(inbox), "it is on her ticket"
    assert MAIL_TAG not in outage.world.account.tickets[outage.problem].row["tags"]
    batches = [note for note in outage.notes() if note.startswith("mail:")]
    assert len(batches) == 3, "each batch stands on the ticket"
    outage.until("11:00")
    assert arrived(inbox) == everybody(outage)


def test_an_address_that_opens_tickets_is_not_mailed(outage: Outage, inbox: Inbox) -> None:
    outage.world.account.users[outage.of(RAJ)]["email"] = outage.world.account.options.support_address
    outage.on_problem(add_tags=[MAIL_TAG])
    outage.until("09:40")
    assert outage.world.account.options.support_address not in arrived(inbox)
    assert len(arrived(inbox)) == len(outage.others) - 1


def test_what_the_mail_server_refuses_is_not_repeated_until_an_agent_asks_again(outage: Outage, inbox: Inbox) -> None:
    inbox.refuses = frozenset(everybody(outage))
    outage.on_problem(add_tags=[MAIL_TAG])
    outage.until("09:40")
    assert arrived(inbox) == Counter()
    inbox.refuses = frozenset()
    outage.until("10:00")
    assert arrived(inbox) == Counter(), "nothing is repeated by itself"
    outage.on_problem(add_tags=[MAIL_TAG])
    outage.until("10:10")
    assert arrived(inbox) == everybody(outage)


@pytest.mark.parametrize("when", ["before", "after"])
def test_a_process_that_dies_at_an_announcement_costs_its_batch_and_doubles_nothing(
    outage: Outage, inbox: Inbox, when: When
) -> None:
    outage.on_problem(add_tags=[MAIL_TAG])
    outage.world.worker.wire.end(f"PUT /tickets/{outage.problem}", when)
    with pytest.raises(Crash):
        outage.until("09:30")
    outage.world.restart()
    outage.until("09:50")
    lost = 0 if when == "before" else 2
    assert set(arrived(inbox).values()) == {1}
    assert sum(arrived(inbox).values()) == len(outage.others) - lost


def test_an_announcement_without_a_clear_answer_doubles_nothing_and_the_operator_is_told(
    outage: Outage, inbox: Inbox
) -> None:
    outage.world.faults({"do": "lose_reply", "method": "PUT", "path": f"/tickets/{outage.problem}"})
    with capture_logs() as logs:
        outage.on_problem(add_tags=[MAIL_TAG])
        outage.until("09:50")
    assert set(arrived(inbox).values()) == {1}
    assert sum(arrived(inbox).values()) == len(outage.others) - 2
    assert [line["mails"] for line in logs if line["event"] == "mails may be lost"] == [2]
