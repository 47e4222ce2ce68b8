"""Makes an account as it should be: one call for each step, each reported, and a refusal stops nothing else."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from zdsync.core.rulebook import Rulebook
from zdsync.provision.account import Found, look
from zdsync.provision.compare import Step, Unresolved, compare, known_ids, resolved
from zdsync.provision.wanted import Wish, wanted
from zdsync.zendesk.client import Zendesk
from zdsync.zendesk.errors import Unclear, ZendeskError


@dataclass(frozen=True, slots=True)
class Survey:
    """An account as it is, as it should be, and the steps between."""

    found: Found
    wish: Wish
    steps: tuple[Step, ...]


@dataclass(frozen=True, slots=True)
class Done:
    """What came of a step. `refused` says why it could not be taken."""

    step: Step
    refused: str = ""


def survey(
    zendesk: Zendesk, own_id: int, rulebook: Rulebook, webhook_url: str | None = None, *, probed: bool = True
) -> Survey:
    """Look, and work out what is to be done. Changes nothing. Arguments as of `wanted`. Raises `ZendeskError`."""
    found = look(zendesk, own_id)
    wish = wanted(rulebook, found, webhook_url, probed=probed)
    return Survey(found, wish, compare(wish, found))


def apply(zendesk: Zendesk, before: Survey) -> Iterator[Done]:
    """Take the steps in order; those that change nothing are passed on."""
    ids = known_ids(before.wish, before.found)
    for step in before.steps:
        try:
            body = resolved(step.body, ids) if step.changes else {}
            if step.do == "make":
                ids[step.kind, step.name] = str(zendesk.create(step.kind, body)["id"])
            elif step.changes:
                assert step.object_id is not None
                zendesk.change(step.kind, step.object_id, body)
        except Unclear as error:
            yield Done(step, f"it is not known whether it was made: {error}; run it again")
        except (ZendeskError, Unresolved) as error:
            yield Done(step, str(error))
        else:
            yield Done(step)


def provision(zendesk: Zendesk, own_id: int, rulebook: Rulebook, webhook_url: str | None = None) -> tuple[Done, ...]:
    """All of it in one call: what an admin does with `zdsync provision --apply`."""
    return tuple(apply(zendesk, survey(zendesk, own_id, rulebook, webhook_url)))
