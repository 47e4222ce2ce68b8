"""zdsync itself: its clock, what is left of the limits, Redis, the account's switches, and which rules are on."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from datetime import timedelta

from redis.exceptions import ResponseError

from zdsync.clock import AccountClock
from zdsync.control import PROBED_TAG, STOP_TAG, read_control
from zdsync.doctor.patient import Patient
from zdsync.probe import Finding
from zdsync.store.epoch import State

SLOW_CLOCK = timedelta(seconds=30)

INDEX: Mapping[State, str] = {
    "set": "whole",
    "resyncing": "being filled",
    "missing": "empty: the workers fill it when they run",
}


def clock(patient: Patient) -> Iterator[Finding]:
    clock = patient.reading.clock
    if isinstance(clock, AccountClock) and abs(clock.offset) > SLOW_CLOCK.total_seconds():
        yield Finding(
            "clock", "note", f"this machine's clock is {-clock.offset:+.0f} s off Zendesk's; zdsync corrects it"
        )
    else:
        yield Finding("clock", "ok", "within half a minute of Zendesk's")


def limits(patient: Patient) -> Iterator[Finding]:
    if patient.store is None:
        return
    now = patient.reading.clock.now()
    for family in ("account", "tickets-update"):
        budget = patient.store.governor.budget(family, now)
        yield Finding(
            "limits", "ok", f"{family}: {budget.remaining} of {budget.total} left until {budget.resets_at:%H:%M:%S}"
        )


def redis(patient: Patient) -> Iterator[Finding]:
    if patient.store is None:
        return
    redis = patient.store.redis
    try:
        policy = redis.config_get("maxmemory-policy").get("maxmemory-policy")
        keeps = redis.config_get("appendonly").get("appendonly")
    except ResponseError:  # a hosted one often does not tell
        yield Finding("redis", "note", "does not show its settings; maxmemory-policy must be noeviction")
    else:
        if policy != "noeviction":
            words = f"maxmemory-policy is {policy}: Redis may drop what is due; write noeviction"
            yield Finding("redis", "fault", words)
        if keeps != "yes":
            yield Finding("redis", "note", "no append-only file: a restart lists everything anew (safe, but slow)")
    state = patient.store.epoch.state()
    counts = ", ".join(f"{name} {number}" for name, number in patient.store.due.counts().items())
    yield Finding("index", "ok" if state == "set" else "note", f"{INDEX[state]}; {counts}")


def switches(patient: Patient) -> Iterator[Finding]:
    control = read_control(patient.reading.zendesk, patient.reading.clock.now())
    if control.stopped:
        yield Finding("switches", "note", f"everything is stopped: ticket {control.ticket_id} has the tag {STOP_TAG}")
    if control.probed:
        yield Finding("switches", "ok", "this account has passed the probe")
    else:
        words = (
            f"this account has not passed the probe, so nothing goes live ({PROBED_TAG}); run `zdsync doctor --probe`"
        )
        yield Finding("switches", "note", words)


def modes(patient: Patient) -> Iterator[Finding]:
    for rule in patient.rulebook.rules:
        yield Finding("rule", "ok", f'"{rule.name}" is {rule.mode} ({rule.source})')
    yield Finding(
        "live_since", "ok", f"nothing before {patient.rulebook.live_since:%Y-%m-%d %H:%M:%S} UTC has any effect"
    )
