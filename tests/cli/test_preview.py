"""`zdsync preview`: a message as its reader gets it, without an account; with one, what would be said on a ticket."""

from __future__ import annotations

import json
import shutil
from pathlib import Path

import pytest
from click.testing import CliRunner, Result

from tests.cli.calls import Command
from tests.desk import SHIPPED, TOM, Desk
from zdsync.cli import main
from zdsync.core.automations import AUTOMATIONS

MARC = "marc.lefevre@saint-luc.example"


@pytest.fixture(autouse=True)
def here(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """An empty working folder without any of the machine's own settings."""
    monkeypatch.chdir(tmp_path)
    for name in ("ZDSYNC_CONFIG", "ZDSYNC_SUBDOMAIN", "ZDSYNC_BASE_URL"):
        monkeypatch.delenv(name, raising=False)
    return tmp_path


def preview(*arguments: str, config: Path = SHIPPED) -> Result:
    result = CliRunner().invoke(main, ("preview", *arguments), env={"ZDSYNC_CONFIG": str(config)})
    assert result.exception is None or isinstance(result.exception, SystemExit), result.output
    return result


class TestAMessage:
    def test_for_people(self) -> None:
        """The very text on the output, and beside it who reads it."""
        result = preview("confirmation_hold.chase")
        assert (result.exit_code, result.stderr) == (0, "confirmation_hold.chase, to the customer\n")
        assert result.stdout.startswith("On Tue 24 Nov 2026, 18:00 CET we asked you whether your request #4711 is ")
        note = preview("sla_targets.warning")
        assert note.stderr == "sla_targets.warning, to agents, as an internal note\n"

    @pytest.mark.parametrize(
        ("arguments", "begins"),
        [
            (("--locale", "fr"), "Le mar. 24 nov. 2026, 18:00 CET, nous vous avons demandé"),
            (("--locale", "fr-CA", "--zone", "America/Toronto"), "Le mar. 24 nov. 2026, 12 h 00 EST, nous"),
            (("--locale", "en-US", "--zone", "America/New_York"), "On Tue, Nov 24, 2026, 12:00 PM EST we asked"),
            (("--locale", "en-GB", "--zone", "Europe/London"), "On Tue, 24 Nov 2026, 17:00 GMT we asked"),
            (("--set", "asked=2026-05-11T09:00+02:00", "--set", "reference=12"), "On Mon 11 May 2026, 09:00 CEST we"),
        ],
    )
    def test_of_another_reader(self, arguments: tuple[str, ...], begins: str) -> None:
        assert preview("confirmation_hold.chase", *arguments).stdout.startswith(begins)

    def test_in_a_language_that_it_lacks(self) -> None:
        """What the reader then gets, and a word that it is another language."""
        result = preview("confirmation_hold.ask", "--locale", "de")
        assert result.stdout == preview("confirmation_hold.ask").stdout
        assert result.stderr == "confirmation_hold.ask, to the customer, in en: there is no text in de\n"

    @pytest.mark.parametrize(
        ("answer", "says"),
        [
            ("no", "The customer says that the request is not completed."),
            ("thanks", "The customer says thank you"),
            ("somebody else", "This reply is not the requester’s"),
        ],
    )
    def test_of_another_value(self, answer: str, says: str) -> None:
        """Each branch of a text can be looked at."""
        assert preview("confirmation_hold.reply", "--set", f"answer={answer}").stdout.startswith(says)

    def test_html(self) -> None:
        """Paragraphs and links as Zendesk makes them, and no markup of ours."""
        result = preview("confirmation_hold.ask", "--html", "--set", "link=https://desk.example/confirm/a?b=1&c")
        assert result.stdout.startswith('<div class="zd-comment" dir="auto"><p dir="auto">We believe that your request')
        link = "https://desk.example/confirm/a?b=1&amp;c"
        assert f'<a href="{link}" rel="noopener noreferrer">{link}</a></p>' in result.stdout
        assert "&lt;script" not in result.stdout
        harmless = preview("confirmation_hold.overridden", "--html", "--set", "how=<script>{{ticket.id}}")
        assert "<script" not in harmless.stdout
        assert "{{" not in harmless.stdout

    def test_for_programs(self) -> None:
        data = json.loads(preview("confirmation_hold.ask", "--json", "--locale", "fr-BE").stdout)
        assert set(data) == {"message", "audience", "locale", "text_in", "text", "html"}
        assert (data["audience"], data["locale"], data["text_in"]) == ("customer", "fr-BE", "fr")
        assert data["text"] == preview("confirmation_hold.ask", "--locale", "fr").stdout.removesuffix("\n")

    def test_by_the_path_of_its_file(self) -> None:
        """As an editor or a shell completes it."""
        path = "config/messages/fr/confirmation_hold.ask.md.j2"
        assert preview(path).stdout == preview("confirmation_hold.ask").stdout


class TestTheList:
    def test_for_people(self) -> None:
        lines = preview().stdout.splitlines()
        assert [word for word in lines[0].split() if word.isalpha()] == ["message", "to", "locales"]
        (ask,) = (line for line in lines if "confirmation_hold.ask" in line)
        assert ask.split() == ["confirmation_hold.ask", "│", "customer", "│", "en,", "fr"]

    def test_for_programs(self) -> None:
        """Every message, once."""
        rows = {row["message"]: row for row in json.loads(preview("--json").stdout)}
        assert set(rows) == {name for each in AUTOMATIONS.values() for name in each.templates}
        assert rows["sla_targets.set"] == {"message": "sla_targets.set", "audience": "agents", "locales": ["en"]}


class TestWhatCannotBe:
    @pytest.mark.parametrize(
        ("arguments", "says"),
        [
            (("confirmation_hold.aks",), "did you mean `confirmation_hold.ask`?"),
            (("nothing.like.it",), ", sla_targets.set, sla_targets.warning, "),
            (("confirmation_hold.ask", "--locale", "fr; rm"), "write a language such as en, fr or pt-BR"),
            (("confirmation_hold.ask", "--zone", "Mars/North"), "write a time zone such as Europe/Paris"),
            (("confirmation_hold.ask", "--zone", "../etc/passwd"), "write a time zone such as Europe/Paris"),
            (("confirmation_hold.reply", "--set", "answr=no"), "did you mean `answer`?"),
            (("confirmation_hold.reply", "--set", "answer"), "Write --set answer=…"),
            (("confirmation_hold.reply", "--set", "solved=maybe"), "write yes or no"),
            (("confirmation_hold.reply", "--set", "asked=noon"), "'noon' does not serve"),
            (("confirmation_hold.reply", "--set", "asked=2026-11-24T18:00"), "write an instant with its offset"),
            (("sla_targets.warning", "--set", "left=1d"), "write hours and minutes such as 1h"),
            (("sla_targets.set", "--set", "promises=x"), "only a single value can be written here"),
            (("--html",), "Which message?"),
            (("confirmation_hold.ask", "--ticket", "0"), "--ticket"),
            (("confirmation_hold.ask", "--ticket", "1", "--set", "reference=1"), "leave out one of the two"),
            (("--ticket", "1"), "No Zendesk account is configured"),
        ],
    )
    def test_a_call(self, arguments: tuple[str, ...], says: str) -> None:
        """2, nothing on the output, and what to write instead."""
        result = preview(*arguments)
        assert (result.exit_code, result.stdout) == (2, "")
        assert says in result.stderr

    def test_no_folder(self, here: Path) -> None:
        result = preview("confirmation_hold.ask", config=here / "nowhere")
        assert (result.exit_code, result.stdout) == (2, "")
        assert "zdsync init" in result.stderr

    @pytest.mark.parametrize(
        ("text", "says"),
        [
            ("{% if reference %}", "confirmation_hold.ask.md.j2:1:1  "),
            ("Your {{ referenec }}", "did you mean `reference`?"),
            ("Your {{ reference | local }}", "`| local` is for an instant, not for 4711"),
        ],
    )
    def test_a_text_with_a_fault(self, here: Path, text: str, says: str) -> None:
        """1, with the finding of `check`; the same text in another language can be looked at meanwhile."""
        shutil.copytree(SHIPPED, here / "mine")
        (here / "mine/messages/en/confirmation_hold.ask.md.j2").write_text(text, "utf-8")
        result = preview("confirmation_hold.ask", config=here / "mine")
        assert (result.exit_code, result.stdout) == (1, "")
        assert says in result.stderr
        assert preview("confirmation_hold.ask", "--locale", "fr", config=here / "mine").exit_code == 0

    def test_a_fault_elsewhere(self, here: Path) -> None:
        """Who writes a text need not mend the rules first."""
        shutil.copytree(SHIPPED, here / "mine")
        (here / "mine/rules/sla_targets.yaml").write_text("- nonsense\n", "utf-8")
        assert preview("confirmation_hold.ask", config=here / "mine").exit_code == 0

    def test_a_text_that_is_missing(self, here: Path) -> None:
        shutil.copytree(SHIPPED, here / "mine")
        (here / "mine/messages/en/sla_targets.set.md.j2").unlink()
        result = preview("sla_targets.set", config=here / "mine")
        assert result.exit_code == 2
        assert "write messages/en/sla_targets.set.md.j2" in result.stderr
        assert "none: write one" in preview(config=here / "mine").stdout


class TestOfATicket:
    @pytest.fixture
    def solved(self, desk: Desk) -> int:
        """A P2 of a Frenchman that Tom has just solved, and no worker has seen."""
        ticket = desk.asks(MARC, priority="high")
        desk.wait(600)
        desk.does(TOM, ticket, comment="Fait.", status="solved", assignee=TOM)
        desk.wait(60)
        return ticket

    def test_what_would_be_said(self, zdsync: Command, solved: int) -> None:
        """Each section in the language of its reader: the very words of the plan, which are the worker's."""
        rows = json.loads(zdsync("preview", "--ticket", str(solved), "--json").stdout)
        (ask,) = (row for row in rows if row["audience"] == "customer")
        assert (ask["message"], ask["text_in"]) == ("confirmation_hold.ask", "fr")
        assert ask["rule"] == "Open until the customer confirms"
        out = zdsync("preview", "--ticket", str(solved)).stdout
        assert 'confirmation_hold.ask, to the customer, by the rule "Open until the customer confirms":\n\n' in out
        assert ask["text"] in out
        planned = json.loads(zdsync("plan", str(solved), "--json").stdout)["updates"]
        assert ask["text"] in [update["comment"]["body"] for update in planned if update["comment"]]

    def test_in_another_language(self, zdsync: Command, solved: int) -> None:
        out = zdsync("preview", "confirmation_hold.ask", "--ticket", str(solved), "--locale", "en").stdout
        assert f"We believe that your request #{solved} is completed." in out
        assert "Nous" not in out
        html = zdsync("preview", "confirmation_hold.ask", "--ticket", str(solved), "--html").stdout
        assert '<p dir="auto">Nous pensons que votre demande' in html

    def test_another_message_than_would_be_said(self, zdsync: Command, solved: int) -> None:
        result = zdsync("preview", "confirmation_hold.chase", "--ticket", str(solved))
        assert (result.exit_code, result.stdout) == (1, "")
        assert f"`confirmation_hold.chase` would not be said on ticket {solved} now." in result.stderr
        assert "confirmation_hold.ask" in result.stderr

    def test_nothing_to_say(self, desk: Desk, zdsync: Command) -> None:
        """No error: it is the answer."""
        ticket = desk.asks()
        desk.wait(60)
        result = zdsync("preview", "--ticket", str(ticket))
        assert (result.exit_code, result.stdout) == (0, "")
        assert result.stderr.startswith(f"Nothing would be said on ticket {ticket} now.")
        assert json.loads(zdsync("preview", "--ticket", str(ticket), "--json").stdout) == []

    def test_a_rule_in_shadow(self, zdsync: Command, solved: int) -> None:
        """What it would say, and that it does not."""
        assert zdsync("init", "--live-since", "2026-11-23T07:00:00Z").exit_code == 0
        real = {"ZDSYNC_SANDBOX_CONTROL": None, "ZDSYNC_CONFIG": "config"}
        out = zdsync("preview", "confirmation_hold.ask", "--ticket", str(solved), **real).stdout
        assert out.splitlines()[0].endswith(
            'by the rule "Open until the customer confirms" (in shadow: it is not said):'
        )

    def test_no_such_ticket(self, zdsync: Command) -> None:
        result = zdsync("preview", "--ticket", "999")
        assert (result.exit_code, result.stdout) == (1, "")
        assert "There is no ticket 999" in result.stderr

    def test_nothing_is_changed(self, desk: Desk, zdsync: Command, solved: int) -> None:
        writes, state = len(desk.account.writes), desk.server.save()["tickets"]
        for form in ((), ("--json",), ("--html",), ("--locale", "en")):
            assert zdsync("preview", "--ticket", str(solved), *form).exit_code == 0
        assert len(desk.account.writes) == writes
        assert desk.server.save()["tickets"] == state
