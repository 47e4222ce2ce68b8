"""Every shipped text with every value: examples for all of them, and nothing from outside does anything in a comment.

Two judges that know nothing of how values are made harmless: the sandbox, which fills in placeholders where Zendesk
does, and a Markdown parser, since an account may have Markdown switched on.
"""

from __future__ import annotations

import ast
import inspect
import re
import sys
from collections.abc import Iterator, Mapping
from datetime import UTC, datetime
from functools import lru_cache
from typing import Any

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st
from markdown_it import MarkdownIt

from tests.builders import AGENT, CUSTOMER, MESSAGES, a_person, a_rule_of, a_rulebook, facts, paris, shipped_templates
from tests.core.test_waiting import held
from zdsync.core.automation import Automation
from zdsync.core.automations import AUTOMATIONS
from zdsync.core.evaluate import evaluate
from zdsync.core.templates import neutral
from zdsync.sandbox import Account
from zdsync.sandbox.acts import perform
from zdsync.sandbox.comment_html import html_of
from zdsync.sandbox.placeholders import fill
from zdsync.sandbox.update import Update

TEXTS = [
    pytest.param(automation, name, locale, id=f"{name}/{locale}")
    for automation in AUTOMATIONS.values()
    for name in automation.templates
    for locale in sorted(shipped_templates().locales(name))
]
MARKDOWN = MarkdownIt("commonmark", {"html": True}).enable(["table", "strikethrough"])

PIECES = [
    "{{ticket.comments_formatted}}", "{{ticket.id}}", "{{ ticket.requester.email }}", "{{current_user.name}}",
    "{% case ticket.status %}{% when 'Open' or 'New' %}a{% else %}b{% endcase %}", "{%", "%}", "{{", "}}", "{#", "{",
    "<b>", "</b>", "<script>alert(1)</script>", "<img src=x onerror=alert(1)>", "<!-- ", " -->", "<", ">", "&lt;", "&",
    "&lbrace;&lbrace;ticket.id&rbrace;&rbrace;", "&#123;", "[a](https://x.example)", "![a](x)", "[", "](", "**", "__",
    "_a_", "~~", "`", "```", "# a", "## a", "> a", "- a", "+ a", "* a", "1. a", "1) a", "---", "===", "***", "___",
    "| a |", "|---|", "\\", "    a", "\t", "\n", "\n\n", "\r\n", "\u2028", "\u202e", "\u200b", "\x00", "a", " ", "é",
]  # fmt: skip
"""What means something to Zendesk, Liquid, Markdown or HTML, to be put together in every way."""
TYPED = st.one_of(st.text(max_size=80), st.lists(st.sampled_from(PIECES), max_size=8).map("".join))
SAME = "Wort"


def stuffed(value: object, typed: str) -> object:
    """The example with what somebody typed in place of each word in it."""
    if isinstance(value, str):
        return typed
    if isinstance(value, list):
        return [stuffed(each, typed) for each in value]
    if isinstance(value, Mapping):
        return {name: each if name == "zone" else stuffed(each, typed) for name, each in value.items()}
    return value


def said(automation: Automation[Any], name: str, locale: str, typed: str) -> str:
    values = {
        value: each if value == "zone" else stuffed(each, typed)
        for value, each in automation.examples_for(name).items()
    }
    return shipped_templates().render(name, locale, **values)


def plain(typed: str) -> str:
    """A word that means nothing, or a blank where no more is left of what was typed."""
    return SAME if neutral(typed).strip() else typed and " "


@lru_cache(maxsize=1)
def on_a_ticket() -> Update:
    """An update of ours on a ticket of the demo account."""
    account = Account.demo(datetime(2026, 11, 23, 8, tzinfo=UTC))
    customer = next(user for user in account.users.values() if user["role"] == "end-user")
    made = perform(account, {"as": customer["id"], "subject": "Login", "comment": "It says no."})
    admin = next(user for user in account.users.values() if user["role"] == "admin")
    return Update(account, account.tickets[made["ticket"]], admin, {"channel": "api"})


def markup(text: str) -> list[str]:
    """The kinds of what Markdown makes of a text, without the words."""
    found = []
    for token in MARKDOWN.parse(text):
        found += [token.type, *(child.type for child in token.children or () if child.type != "text")]
    return found


def test_each_text_has_an_example_of_all_its_values() -> None:
    """And no example is left over: `preview` shows every text, and `check` tries it."""
    for automation in AUTOMATIONS.values():
        used = {value for values in automation.templates.values() for value in values}
        assert used == set(automation.examples), automation.name
        assert automation.to_customer <= set(automation.templates), automation.name


@pytest.mark.parametrize(("automation", "name", "locale"), TEXTS)
def test_each_text_says_something_with_the_examples(automation: Automation[Any], name: str, locale: str) -> None:
    body = shipped_templates().render(name, locale, **automation.examples_for(name))
    assert body
    assert "None" not in body
    assert "datetime" not in body


def test_apostrophes_are_those_of_print() -> None:
    """In every language the same sign; what Jinja reads is left out."""
    texts = {
        name: re.sub(r"\{[{%].*?[%}]\}", "", text, flags=re.DOTALL) for name, text in shipped_templates().texts.items()
    }
    assert [name for name, text in texts.items() if "'" in text] == []
    assert any("’" in text for text in texts.values())
    french = [
        line
        for file in MESSAGES.parent.glob("*.yaml")
        for line in file.read_text("utf-8").splitlines()
        if "fr: " in line
    ]
    assert french
    assert [line for line in french if "'" in line] == []
    for automation in AUTOMATIONS.values():
        for name in automation.to_customer:
            for locale in shipped_templates().locales(name):
                assert "'" not in shipped_templates().render(name, locale, **automation.examples_for(name)), name


READERS = {
    # the customer's locale and zone: how the reminder begins of the question of Monday, 10:00 in Paris
    ("en", "UTC"): "On Mon 23 Nov 2026, 09:00 UTC we asked you",
    ("en-US", "America/New_York"): "On Mon, Nov 23, 2026, 4:00 AM EST we asked you",
    ("en-GB", "Europe/London"): "On Mon, 23 Nov 2026, 09:00 GMT we asked you",
    ("fr", "Europe/Paris"): "Le lun. 23 nov. 2026, 10:00 CET, nous vous avons demandé",
    ("fr-CA", "America/Toronto"): "Le lun. 23 nov. 2026, 04 h 00 EST, nous vous avons demandé",
    ("de", "Europe/Berlin"): "On Mon 23 Nov 2026, 10:00 CET we asked you",
    ("fr", "America/Sao_Paulo"): "Le lun. 23 nov. 2026, 06:00 UTC-03, nous vous avons demandé",
}


@pytest.mark.parametrize(("reader", "begins"), READERS.items(), ids=map(" in ".join, READERS))
def test_a_customer_is_told_in_their_language_and_by_their_clock(reader: tuple[str, str], begins: str) -> None:
    """From the decision to the text: the requester's locale and zone, and neither the desk's nor the agents'."""
    locale, zone = reader
    people = {CUSTOMER: a_person(CUSTOMER, locale=locale, time_zone=zone), AGENT: a_person(AGENT, "agent")}
    rulebook = a_rulebook(a_rule_of("confirmation_hold"))
    plan = evaluate(held().history, facts(people=people), rulebook, paris("2026-11-26 11:00"))
    (message,) = [update.message for update in plan.updates if update.message]
    assert message.public
    assert message.body.startswith(begins)


def test_who_reads_a_text_is_who_is_told() -> None:
    """`to_customer` says the same as the code that speaks: no note for agents reaches a customer by a slip."""
    for automation in AUTOMATIONS.values():
        spoken = {each for source in _sources(automation) for each in _sayings(source)}
        assert {name for audience, name in spoken if audience == "customer"} == automation.to_customer
        assert automation.to_customer.isdisjoint(name for audience, name in spoken if audience == "agents")


def _sources(automation: Automation[Any]) -> Iterator[str]:
    """Of its own module, and of the others that name texts of it."""
    for name, module in list(sys.modules.items()):
        if name.startswith("zdsync.core."):
            source = inspect.getsource(module)
            if name == automation.decide.__module__ or f'"{automation.name}.' in source:
                yield source


def _sayings(source: str) -> Iterator[tuple[str, str]]:
    """(audience, text) of each `Say("customer", "name", …)`, and of both texts of a notice or mail; one that is worked
    out is named by nobody else."""
    for node in ast.walk(ast.parse(source)):
        if isinstance(node, ast.Call) and isinstance(node.func, ast.Name) and node.func.id == "Say":
            audience, text = node.args[0], node.args[1]
            assert isinstance(audience, ast.Constant), "who is told is written out"
            if isinstance(text, ast.Constant):
                yield str(audience.value), str(text.value)
            else:
                assert audience.value == "agents", "which text a customer gets is written out"
        elif isinstance(node, ast.Call) and isinstance(node.func, ast.Name) and node.func.id in ("Campaign", "Post"):
            for text in node.args[1:3]:
                assert isinstance(text, ast.Constant), "which texts a notice has is written out"
                yield "customer", str(text.value)


@pytest.mark.parametrize(("automation", "name", "locale"), TEXTS)
@given(typed=TYPED)
@example(typed="{{ticket.comments_formatted}}")
@example(typed="{% case ticket.status %}{% else %}b{% endcase %}")
@example(typed="- a")
@example(typed="1. a")
@example(typed="---")
@example(typed="===")
@example(typed="&lbrace;&lbrace;ticket.id&rbrace;&rbrace;")
@settings(max_examples=20, deadline=None)
def test_no_value_does_anything_in_a_comment(automation: Automation[Any], name: str, locale: str, typed: str) -> None:
    """Zendesk fills nothing in, its HTML shows the very words, and Markdown takes it for a plain word."""
    body = said(automation, name, locale, typed)
    assert fill(body, on_a_ticket()) == body
    assert "<script" not in html_of(body)
    assert markup(body) == markup(said(automation, name, locale, plain(typed)))


def test_the_judges_bite() -> None:
    """What was not made harmless would be seen by each of them."""
    update = on_a_ticket()
    assert fill("{{ticket.id}}", update) != "{{ticket.id}}"
    assert fill(PIECES[4], update) != PIECES[4]
    for typed in ("*a*", "# a", "- a", "1. a", "a\n---", "    a", "<b>a</b>", "[a](https://x.example)", "`a`", "> a"):
        assert markup(typed) != markup(SAME), typed
    assert "<script>" not in html_of("<script>"), "a comment given as text is never HTML"


@given(TYPED)
@settings(max_examples=150, deadline=None)
def test_a_value_alone_on_its_line_does_nothing_either(typed: str) -> None:
    """The hardest place: at the beginning of a line, after one of text."""
    shown = neutral(typed)
    for around in ("{}", "text\n{}", "text\n\n{}\n\ntext"):
        assert markup(around.format(shown)) == markup(around.format(plain(typed))), repr(shown)
