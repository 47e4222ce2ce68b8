"""The Celery application. `zdsync worker` and `zdsync beat` run it; a Celery message is never more than a hint."""

from __future__ import annotations

import os
from pathlib import Path
from typing import Any

from celery import Celery, signals

from zdsync.logs import configure_logs
from zdsync.settings import Settings


def make_app(settings: Settings) -> Celery:
    """The application for a Redis; its queue lies beside the index, and may be lost at any time."""
    broker = settings.redis_url.reveal() if settings.redis_url is not None else None
    app = Celery("zdsync", broker=broker, include=["tasks.reconcile", "tasks.poll", "tasks.upkeep"])
    app.conf.update(
        task_acks_late=True,  # a killed worker's task runs again
        task_reject_on_worker_lost=True,
        worker_prefetch_multiplier=1,
        task_ignore_result=True,
        task_time_limit=300,  # far below the visibility timeout, past which Redis would deliver again
        task_soft_time_limit=240,
        broker_connection_retry_on_startup=True,
        broker_connection_max_retries=None,  # for ever: Redis may come back at any time
        broker_transport_options={
            "socket_timeout": 30,
            "socket_connect_timeout": 5,
            "socket_keepalive": True,
            "health_check_interval": 10,
            # Not `retry_on_timeout`: redis-py then reconnects within a read, unseen by kombu, and after a restart of
            # Redis a worker may wait for ever on a subscription that is gone.
            "unacked_restore_interval": 5,  # with the next: a killed worker's task waits 20 s, not 95 s
            "unacked_restore_throttle": 1,
            "global_keyprefix": "zdsync:celery:",
        },
        task_default_queue="zdsync",
        worker_hijack_root_logger=False,
        worker_redirect_stdouts=False,
        worker_send_task_events=False,
        worker_cancel_long_running_tasks_on_connection_loss=False,
        timezone="UTC",
        beat_schedule=SCHEDULE,
        beat_max_loop_interval=1,
    )
    return app


# No entry outlives its next turn: after a standstill there is one of each, not a pile.
SCHEDULE: dict[str, dict[str, Any]] = {
    "dispatch": {"task": "dispatch", "schedule": 1.0, "options": {"expires": 2}},
    "heartbeat": {"task": "heartbeat", "schedule": 5.0, "options": {"expires": 10}},
    "reap": {"task": "reap", "schedule": 10.0, "options": {"expires": 20}},
    "rules": {"task": "rules", "schedule": 10.0, "options": {"expires": 20}},
    "resync": {"task": "resync", "schedule": 5.0, "options": {"expires": 10}},
    # Twice a minute of the ten exports that the whole account may make.
    "poll": {"task": "poll", "schedule": 30.0, "options": {"expires": 60}},
    # Where the page is switched on, some tens of calls every five minutes.
    "status": {"task": "status", "schedule": 30.0, "options": {"expires": 60}},
    "watch": {"task": "watch", "schedule": 10.0, "options": {"expires": 20}},
    # Mostly one call.
    "set_aside": {"task": "set_aside", "schedule": 300.0, "options": {"expires": 600}},
    "windows": {"task": "windows", "schedule": 30.0, "options": {"expires": 60}},
}


def _settings() -> Settings:
    return Settings.from_env(os.environ, Path(".env"))


app = make_app(_settings())


@signals.setup_logging.connect
def _logs(**_: object) -> None:
    """Celery is not allowed to take over logging."""
    configure_logs(_settings().log)
