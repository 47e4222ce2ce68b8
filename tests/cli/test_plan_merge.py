"""`zdsync plan` on a mail that is about to be merged: what would be said, where, and nothing is done."""

from __future__ import annotations

import json

from tests.cli.calls import Command
from tests.desk import EMILY, Desk


def test_plan_shows_both_sides_of_a_merge(desk: Desk, zdsync: Command) -> None:
    """The note on the other ticket, with the mail's words, and what its sender would read; the API was only read."""
    target = desk.asks(subject="No rows", comment="The export is empty.")
    mail = {"subject": f"Files for [#{target}]", "comment": "Here is the log.", "channel": "email"}
    source = int(desk.server.act(EMILY, attachments=[{"name": "a.log", "content": "1"}], **mail)["ticket"])
    desk.wait(120)

    shown = zdsync("plan", str(source)).stdout
    assert f"merge it into #{target}" in shown
    assert f"internal note on #{target}, with the files:" in shown
    assert "      | > Here is the log." in shown
    assert "public comment, as the ticket is closed:" in shown
    assert f"It names request #{target}" in shown
    data = json.loads(zdsync("plan", str(source), "--json").stdout)
    assert [update.get("merge_into") for update in data["updates"]] == [target]
    assert desk.our_writes() == []
