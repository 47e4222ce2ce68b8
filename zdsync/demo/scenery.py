"""What an admin of the week's account has set up besides the shipped rules: a maintenance window, and whom it is for.

The rules are those of the folder that `zdsync up` was started with; only two things are the week's own: its window, and
who may approve an incident report (the sandbox's only group, of which no folder can know the id).
"""

from __future__ import annotations

import re
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any, Final

from zdsync.clock import SandboxClock
from zdsync.demo.director import Sandbox
from zdsync.maintenance import PLACE, rule_of
from zdsync.rules.files import MAINTENANCE, RULES
from zdsync.settings import Settings
from zdsync.wiring import Store, loader, reading, session_of
from zdsync.zendesk.client import Zendesk

WINDOW: Final = "database-2026-05"
HOSTED: Final = ("Institut Marie Colin",)
"""Organisations whose product the desk hosts: they hear of its maintenance. The others run their own."""
KEY_CONTACTS: Final = ("jeanne.petit@saint-luc.example", "emily.carter@northgate.example")
"""They get incident reports."""

LONGEST: Final = 20.0
"""Seconds for which the window's ticket is awaited."""

_WINDOWS: Final = f"""\
- id: {WINDOW}
  title: {{en: Database upgrade, fr: Mise à jour de la base de données}}
  description:
    en: K Pro cannot be used meanwhile. Nothing has to be done on your side.
    fr: K Pro sera indisponible pendant ce temps. Vous n’avez rien à faire.
  start: 2026-05-14 20:00
  end: 2026-05-14 22:00
  announce: 2026-05-07 08:55
"""
_REPORT: Final = re.compile(r"^[ -]+automation: *incident_report\b", re.MULTILINE)
_APPROVERS: Final = re.compile(r"^(\s+approvers:).*$", re.MULTILINE)


def furnished(settings: Settings, folder: Path) -> Settings:
    """The settings with the week's rules, in an empty folder; their account has the people that these concern."""
    zendesk = Zendesk(session_of(settings, SandboxClock(str(settings.sandbox_control)), None))
    tag_people(zendesk, Sandbox(str(settings.sandbox_control)).advance)
    group = next(int(row["id"]) for row in zendesk.groups())
    return replace(settings, config=rules_for(settings.config, group, folder))


def tag_people(zendesk: Zendesk, wait: Callable[[float], object]) -> None:
    """Marks the hosted organisations and the key contacts, by the tags that the shipped rules look for. `wait`: so many
    seconds of the account's time: Zendesk lets one user be changed each second."""
    for row in zendesk.show("organizations.json")["organizations"]:
        if row["name"] in HOSTED:
            _put(zendesk, f"organizations/{row['id']}", {"organization": {"tags": ["hosted"]}})
    for email in KEY_CONTACTS:
        (row,) = zendesk.show("users/search.json", {"query": email})["users"]
        _put(zendesk, f"users/{row['id']}", {"user": {"tags": ["key_contact"]}})
        wait(1)


def _put(zendesk: Zendesk, path: str, body: Mapping[str, Any]) -> None:
    zendesk.session.put(f"{zendesk.session.base_url}/api/v2/{path}.json", json=body).raise_for_status()


def rules_for(found: Path, group: int, folder: Path) -> Path:
    """The folder, filled with links to the found rules and with what is the week's own, so that a file that is edited
    meanwhile counts here as well. `group`: whose members may approve an incident report."""
    (folder / RULES).mkdir(parents=True)
    for entry in found.iterdir():
        if entry.name not in (RULES, MAINTENANCE):
            (folder / entry.name).symlink_to(entry.resolve())
    for entry in (found / RULES).iterdir():
        text = entry.read_text(encoding="utf-8") if entry.is_file() else ""
        if _REPORT.search(text):
            (folder / RULES / entry.name).write_text(_APPROVERS.sub(rf"\1 {group}", text), encoding="utf-8")
        else:
            (folder / RULES / entry.name).symlink_to(entry.resolve())
    (folder / MAINTENANCE).write_text(_WINDOWS, encoding="utf-8")
    return folder


def open_window(settings: Settings, store: Store, look: Callable[[], object], stopped: Sequence[object] = ()) -> None:
    """Until the window has its ticket, calling `look` meanwhile. The worker is asked to see to it now: the next time
    that it does so by itself is half a minute away, and that is days in the week."""
    from tasks.app import make_app  # Celery is slow to import, and most commands do without

    rule = rule_of(loader(settings, reading(settings).account)())
    if rule is None or rule.mode != "live":
        return
    with make_app(settings) as app:
        app.send_task("windows", expires=60)
    patience = time.monotonic() + LONGEST
    while not stopped and time.monotonic() < patience and not store.cache.cursor(f"{PLACE}{WINDOW}"):
        look()
        time.sleep(0.05)


def field_ids(zendesk: Zendesk) -> dict[str, int]:
    """The account's ticket fields by their titles."""
    return {str(row["title"]): int(row["id"]) for row in zendesk.ticket_fields()}
