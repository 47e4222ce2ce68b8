"""Three weeks of a busy desk, the same each time: what there is to extract. `conftest.py` calls it."""

from __future__ import annotations

import random
from datetime import UTC, datetime, timedelta

from zdsync.sandbox import Account
from zdsync.sandbox.base import SECOND
from zdsync.sandbox.seed import AGENTS, CUSTOMERS

TICKETS = 300
DELETED_EVERY = 40
"""Every so many tickets one was deleted."""

CUSTOMER_MAILS = [f"{local}@{domain}" for _, domain, people in CUSTOMERS for _, local, _, _ in people]
AGENT_MAILS = [email for _, email, _, _ in AGENTS]


def with_history(account: Account, *, seed: int = 7) -> Account:
    """The account, some weeks later: tickets new to closed, some deleted, with texts in two languages."""
    chance = random.Random(seed)
    for number in range(1, TICKETS + 1):
        customer = chance.choice(CUSTOMER_MAILS)
        made = account.act(
            customer,
            subject=f"Demande n° {number} – {chance.choice(('login', 'export', 'facture'))}",
            comment=f"Bonjour,\n\nline two of «{number}» <b>&amp;</b>",
            channel=chance.choice(("email", "web")),
            priority=chance.choice((None, "low", "normal", "high", "urgent")),
            tags=chance.sample(("vip", "export", "login", "billing"), chance.randint(0, 3)),
        )
        _carry_on(account, int(made["ticket"]), customer, chance)
        if number % DELETED_EVERY == 0:
            _wait(account, 30)
            account.act("admin@desk.example", ticket=made["ticket"], delete=True)
        _wait(account, chance.randint(600, 9_000))
    _wait(account, 300)
    return account


def _carry_on(account: Account, ticket: int, customer: str, chance: random.Random) -> None:
    agent = chance.choice(AGENT_MAILS)
    for step in range(chance.randint(0, 3)):
        _wait(account, chance.randint(20, 400))
        status = chance.choice(("open", "pending", "hold", "solved"))
        account.act(agent, ticket=ticket, assignee=agent, status=status, comment=f"Answer {step}", public=step != 1)
        if chance.random() < 0.3:
            _wait(account, 60)
            account.act(customer, ticket=ticket, comment=f"Merci, mais… ({step})", channel="email")


def _wait(account: Account, seconds: float) -> None:
    now = datetime.fromtimestamp(account.now_ms / SECOND, UTC)
    account.advance_to(now + timedelta(seconds=seconds))
