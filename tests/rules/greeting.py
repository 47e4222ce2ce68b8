"""An automation that exists for these tests only, so that they do not change with the real ones."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Any, Literal

from pydantic import BaseModel, ConfigDict, Field

from zdsync.core.automation import Automation, Case, Decision, Needs
from zdsync.core.durations import Duration


class Settings(BaseModel):
    model_config = ConfigDict(extra="forbid")

    schedule: str
    after: Duration
    style: Literal["warm", "cold", "formal"] = "warm"
    times: int = Field(1, ge=1)
    tags: list[str] = []
    polite: bool = True
    field: str | None = "mood"
    code: str = Field("a", pattern="^[a-z]+$")


def decide(case: Case, settings: Settings) -> Decision:
    raise NotImplementedError


def needs(settings: Settings) -> Needs:
    return Needs({"schedule": settings.schedule}, {"field": settings.field} if settings.field else {})


GREETING = Automation(
    name="greeting",
    Settings=Settings,
    example="schedule: desk\nafter: 30m\n",
    decide=decide,
    needs=needs,
    templates={"greeting.hello": ("who", "due", "zone", "each")},
    examples={
        "who": "Zoé",
        "due": datetime(2026, 11, 24, 17, 0, tzinfo=UTC),
        "zone": "Europe/Paris",
        "each": [{"name": "first"}],
    },
)

AUTOMATIONS: Mapping[str, Automation[Any]] = {"greeting": GREETING}
