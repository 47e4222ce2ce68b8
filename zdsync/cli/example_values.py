"""Example values of a message as somebody at a terminal wants them: `--set answer=no`, `--zone Asia/Tokyo`."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime, timedelta

from zdsync.core.durations import parse_duration
from zdsync.rules.findings import suggest


def changed(values: Mapping[str, object], change: str, name: str) -> tuple[dict[str, object], str]:
    """`answer=no` as a value of the kind that its example has; else what is wrong."""
    key, equals, written = change.partition("=")
    if key not in values:
        return {}, f"`{key}` is no value of {name}: {suggest(key, values)}"
    kind = f"--set {key}=…"
    if not equals:
        return {}, f"What is {key} to be? Write {kind}"
    try:
        return {key: _like(values[key], written)}, ""
    except (ValueError, KeyError) as error:
        return {}, f"{kind}: {written!r} does not serve, {error}"


def _like(example: object, written: str) -> object:
    """What was written, as something of the example's kind; `none` is nothing, which times may be."""
    if written == "none" and not isinstance(example, str | bool | int):
        return None
    match example:
        case bool():
            if written not in ("yes", "no", "true", "false"):
                raise ValueError("write yes or no")
            return written in ("yes", "true")
        case int():
            return int(written)
        case timedelta():
            return parse_duration(written)
        case datetime():
            at = datetime.fromisoformat(written)
            if at.utcoffset() is None:
                raise ValueError("write an instant with its offset such as 2026-11-24T18:00+01:00")
            return at
        case str():
            return written
        case _:
            raise ValueError("only a single value can be written here")


def in_zone(values: Mapping[str, object], zone: str | None) -> dict[str, object]:
    """With every `zone` in it, those within lists too, replaced by the reader's."""
    if zone is None:
        return dict(values)

    def moved(value: object) -> object:
        if isinstance(value, Mapping):
            return in_zone(value, zone)
        return [moved(each) for each in value] if isinstance(value, list) else value

    return {name: zone if name == "zone" else moved(value) for name, value in values.items()}
