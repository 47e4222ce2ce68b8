"""Repair what webhooks have lost, from the incremental export."""

from __future__ import annotations

from celery import shared_task

from tasks.process import wiring
from zdsync.poll import poll as poll_once


@shared_task(name="poll")
def poll() -> None:
    """One poll; where another is under way, nothing."""
    poll_once(wiring().parts)
