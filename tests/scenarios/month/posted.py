"""The outbox as it should be, made from the record: what the tests of the oracle begin with."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any
from zoneinfo import ZoneInfo

from tests.scenarios.month.outbox import BY_US, CLOSED, HELD, ITEMS, METRICS, RECEIVED, SAYS, UPDATED, Due
from tests.scenarios.month.outbox import kind_to_customer as kind_of
from tests.scenarios.month.record import Event, Life
from tests.scenarios.month.terms import PLAIN, Rules


def posted(life: Life, due: Mapping[int, Due], rules: Rules = PLAIN) -> Iterator[dict[str, Any]]:
    """Every mail to the customer. `due`: what our updates have to tell, by event."""
    for event in life.events:
        for cause, words in _said(life, event, due.get(event.id, Due()), rules):
            row = {"to": life.customer.email, "to_role": "end-user", "cause": cause, "rule": cause, "body": words}
            yield {**row, "ticket": life.ticket, "audit": event.id}


def _said(life: Life, event: Event, due: Due, rules: Rules) -> Iterator[tuple[str, str]]:
    if event.creates:
        if rules.account_acknowledges:
            yield RECEIVED, "received"
        return
    if event.asks_by_mail:
        yield HELD, "asked"
    kinds = [kind for key in event.keys if (kind := kind_of(key))]
    kinds += ["merged"] if event.merged_with and event.public else []
    yield from ((BY_US[kind], _words(life, kind, due)) for kind in kinds if kind in rules.by_mail)
    if event.public and event.who in ("agent", "us"):
        said = [_words(life, kind, due) for kind in kinds if kind not in rules.by_mail]
        if event.who == "us" and "ack" in kinds and not due.is_open:
            said.append(CLOSED[life.customer.locale == "fr"])
        yield UPDATED, "\n".join(said)


def _words(life: Life, kind: str, due: Due) -> str:
    language = life.customer.locale == "fr"
    lines = [SAYS[kind][language].format(life.ticket)]
    if kind == "intake":
        lines += [ITEMS[item][language] for item in due.lacks]
    if kind == "promise":
        zone = ZoneInfo(life.customer.zone)
        ahead = (due.ahead or {}).items()
        lines += [f"{METRICS[metric][language]}{at.astimezone(zone):%d %B, %H:%M %Z}" for metric, at in ahead]
    return "\n".join(lines)
