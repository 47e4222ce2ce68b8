"""Accounts for stories of all three promises, in two editions.

`trigger`: as `zdsync provision --apply` leaves it, so that a trigger holds and asks within the agent's own update.
`worker`: the same without that one trigger, so that the worker holds and asks by a comment. Everything else that
provision makes (the field, the triggers that mail groups) is there in both.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime, timedelta
from functools import lru_cache
from typing import Any, Final, Literal
from uuid import uuid4

from redis import Redis

from tests.builders import a_rule_of, paris
from tests.scenarios.world import BEGIN, World, live_rulebook
from zdsync.core.links import Links
from zdsync.core.rulebook import Caps, Mode, Rule, Rulebook
from zdsync.provision.apply import provision
from zdsync.sandbox import Account, Server

Edition = Literal["trigger", "worker"]
EDITIONS: Final[tuple[Edition, ...]] = ("trigger", "worker")

MADE: Final = paris("2026-10-01 08:00")
"""When the accounts were prepared: before any story."""

CAPS: Final = Caps(per_ticket_per_day=40)
"""As shipped."""


@lru_cache(maxsize=1)
def support() -> int:
    """The id of the group of all agents, to which lapses are escalated."""
    account = Account.demo(MADE)
    group = account.default_of(account.groups)
    assert group is not None
    return group


def three_rules(hold: Mapping[str, Any] | None = None, **cadence: Any) -> tuple[Rule, ...]:
    """The three automations with the shipped settings, and a group that lapses are escalated to."""
    escalate = {"after": 3, "group": support()}
    return (
        a_rule_of("sla_targets"),
        a_rule_of("update_cadence", **{"escalate": escalate, **cadence}),
        a_rule_of("confirmation_hold", **(hold or {})),
    )


def three_promises(**changes: Any) -> Rulebook:
    """Live since an hour before the story."""
    return live_rulebook(**{"rules": three_rules(), "caps": CAPS, **changes})


_made: dict[str, dict[str, Any]] = {}


def account(server: Server, redis: Redis, edition: Edition, **demo: bool) -> Account:
    """A believable desk that was provisioned on 1 October; `demo` as `Account.demo` takes it. Made once per process."""
    name = f"{edition} {sorted(demo.items())}"
    if name not in _made:
        world = World(server, redis, f"made-{uuid4().hex}:", account=Account.demo(MADE, **demo), probed=False)
        rules = three_rules()
        mode: Mode = "live" if edition == "trigger" else "shadow"
        book = live_rulebook(rules=(*rules[:2], a_rule_of("confirmation_hold", mode)))
        refused = [done.refused for done in provision(world.parts.zendesk, world.us, book) if done.refused]
        assert not refused, refused
        _made[name] = server.save()
        world.empty_redis()
        world.close()
    return Account.from_json(_made[name])


def world_of(
    server: Server,
    redis: Redis,
    prefix: str,
    edition: Edition,
    begin: datetime = BEGIN,
    rulebook: Rulebook | None = None,
    links: Links | None = None,
    **demo: bool,
) -> World:
    """A desk of this edition at `begin`, with all three promises live unless other rules are given."""
    book = rulebook or three_promises(live_since=begin - timedelta(hours=1))
    made = account(server, redis, edition, **demo)
    made.advance_to(begin - timedelta(hours=2))
    return World(server, redis, prefix, account=made, rulebook=book, begin=begin, links=links)
