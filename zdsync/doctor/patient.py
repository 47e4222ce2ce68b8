"""What is examined: the account as it is read, its rules, and Redis where there is one."""

from __future__ import annotations

from dataclasses import dataclass, field

from zdsync.audience import contacts, name_of
from zdsync.core.audience import AudienceSettings
from zdsync.core.model import Person
from zdsync.core.rulebook import Rulebook
from zdsync.wiring import Reading, Store


@dataclass(frozen=True)
class Patient:
    reading: Reading
    rulebook: Rulebook
    store: Store | None
    """None: no Redis is configured, and nothing is said of what only it knows."""
    _audiences: dict[str, tuple[Person, ...]] = field(default_factory=dict, repr=False)

    def contacts(self, settings: AudienceSettings) -> tuple[Person, ...]:
        """Whom these settings name on the account now: read once, however many rules have the same. Raises
        `ZendeskError`."""
        name = name_of(settings)
        if name not in self._audiences:
            self._audiences[name] = contacts(settings, self.reading.zendesk, None, self.reading.clock.now())
        return self._audiences[name]
