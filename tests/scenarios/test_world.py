"""The harness itself: a story goes as people expect it, before others are told with it."""

from __future__ import annotations

from datetime import timedelta

from tests.scenarios.world import EMILY, TOM, World, kinds


def test_targets_are_set_then_warned_about_then_missed(world: World) -> None:
    """A request gets its priority at ten past; nobody answers; everything is said once, at its minute."""
    ticket = world.act(EMILY, subject="No rows", comment="The export is empty.")
    world.until("09:10")
    assert world.keys(ticket) == {}
    world.act(TOM, ticket=ticket, priority="high", assignee=TOM)
    world.until("12:00")

    assert kinds(world.keys(ticket)) == ["target:set", "warn:first_reply", "breach:first_reply"]
    assert len(world.comments(ticket)) == 3
    state = world.end_state()[ticket]
    assert state.fields == {
        "SLA first reply due": "missed 2026-11-23 11:00 CET",
        "SLA resolution due": "2026-11-23 17:00 CET",
    }
    assert state.tags == {"sla_first_reply_breached"}
    assert world.plan(ticket).updates == ()
    world.sane()


def test_a_lost_webhook_is_found_by_the_poll(world: World) -> None:
    """Nobody looks at it before: the hint comes from the export alone."""
    ticket = world.act(EMILY, webhook=False, subject="No rows", comment="The export is empty.", priority="high")
    world.until("09:30")
    assert world.keys(ticket) == {}
    world.until("09:35", poll_every=timedelta(minutes=1))
    assert kinds(world.keys(ticket)) == ["target:set"]
