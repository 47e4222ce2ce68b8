"""The rulebook in force: one hash, published in Redis, that every process holds its own copy against.

`reconcile.py` asks for it per ticket, not per batch, so a change reaches the next ticket. A process whose files differ
from what is published (another machine was updated first) has no rulebook to offer until they agree.
"""

from __future__ import annotations

from collections.abc import Callable

import structlog

from zdsync.core.rulebook import Rulebook
from zdsync.rules.load import RulesError

log = structlog.get_logger()


class RulesDiffer(Exception):
    """The rule files of this process are not those that are in force."""


class CurrentRules:
    """Called, it gives the rulebook in force. Raises `RulesDiffer`, or `RulesError` at the first call.

    `read` loads the files; `published` and `publish` are the hash that all processes share.
    """

    def __init__(
        self,
        read: Callable[[], Rulebook],
        published: Callable[[], str | None],
        publish: Callable[[str], object],
    ) -> None:
        self._read = read
        self._published = published
        self._publish = publish
        self._held: Rulebook | None = None
        self._offered = ""
        """The hash that this process has last put in force, or found to be."""
        self._faults = ""

    def __call__(self) -> Rulebook:
        wanted = self._published()
        held = self._held
        if held is None:
            held = self._held = self._read()
        elif wanted is not None and wanted != held.hash:
            held = self._held = self._read_again(held)
        if wanted is None:
            self._publish(held.hash)
        elif wanted != held.hash:
            raise RulesDiffer(f"the rules here ({held.hash}) are not those in force ({wanted})")
        return held

    def take_over(self) -> bool:
        """Read the files again; whether they are without fault and new, and so in force from now on.

        Files that have not changed since this process last looked are not put in force again: where two machines have
        different files, the one that was started or edited last decides, and the other waits (`RulesDiffer`). Raises
        `RulesError` where there are no older ones that could stay in force.
        """
        try:
            fresh = self._read()
        except RulesError as error:
            if self._held is None:
                raise
            self._report(error)
            return False
        self._faults = ""
        self._held = fresh
        in_force, unchanged = self._published(), fresh.hash == self._offered
        self._offered = fresh.hash
        if in_force == fresh.hash or (unchanged and in_force is not None):
            return False
        self._publish(fresh.hash)
        log.info("rules are in force", rules=fresh.hash)
        return True

    def _read_again(self, held: Rulebook) -> Rulebook:
        """What the files say now; while they have faults, what they said before."""
        try:
            fresh = self._read()
        except RulesError as error:
            self._report(error)
            return held
        self._faults = ""
        return fresh

    def _report(self, error: RulesError) -> None:
        """Each faulty state of the files is told once."""
        faults = "\n".join(str(finding) for finding in error.findings)
        if faults != self._faults:
            self._faults = faults
            log.error("changed rules have faults; the old ones stay in force", faults=faults)
