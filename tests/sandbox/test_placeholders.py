"""Placeholders and Liquid: as in Zendesk they are filled in comments too, whoever the text comes from."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.sandbox.conftest import CLAIRE, EMILY, Api
from zdsync.core.templates import neutral
from zdsync.sandbox import Account, Server
from zdsync.sandbox.liquid import render

VALUES: dict[str, Any] = {
    "name": "Ann",
    "n": 3,
    "yes": True,
    "no": False,
    "quote": "it's {{name}}",
    "list": [{"value": "a", "author": {"name": "A"}}, {"value": "b", "author": {"name": "B"}}],
}

LIQUID = {
    "a name": ("{{name}}-{{ name }}-{{- name -}}", "Ann-Ann-Ann"),
    "nothing for what is unknown": ("[{{other}}{{}}{{ 1x }}{{name.first}}]", "[]"),
    "literals": ("{{ 'a' }}{{ \"b\" }}{{ 7 }}{{ true }}{{ nil }}", "ab7true"),
    "filters": ("{{ name | upcase }} {{ other | default: 'x' }} {{ name | append: '!' | size }}", "ANN x 4"),
    "more filters": ("{{ name | replace: 'n', 'm' }}{{ 'a b' | split: ' ' | last }}{{ name | unknown: 1 }}", "AmmbAnn"),
    "what is put in is not looked at again": ("{{quote}}", "it's {{name}}"),
    "if": ("{% if yes %}a{% else %}b{% endif %}{% if no %}c{% elsif name == 'Ann' %}d{% endif %}", "ad"),
    "if of nothing": ("{% if other %}a{% endif %}{% if other == blank %}b{% endif %}", "b"),
    "if of something": ("{% if name %}a{% endif %}{% if name != blank %}b{% endif %}", "ab"),
    "and, or": ("{% if no and yes or yes %}a{% endif %}{% if yes or no and no %}b{% endif %}", "b"),
    "numbers": ("{% if n > 2 %}a{% endif %}{% if n <= 2 %}b{% endif %}{% if name > 2 %}c{% endif %}", "a"),
    "contains": ("{% if name contains 'nn' %}a{% endif %}", "a"),
    "unless": ("{% unless no %}a{% endunless %}{% unless yes %}b{% else %}c{% endunless %}", "ac"),
    "nested": ("{% if yes %}{% if no %}a{% else %}{{name}}{% endif %}{% endif %}!", "Ann!"),
    "case": ("{% case name %}x{% when 'Bob' or 'Ann' %}a{% when 'Cy' %}b{% else %}c{% endcase %}", "a"),
    "case, else": ("{% case n %}{% when 1, 2 %}a{% else %}c{% endcase %}", "c"),
    "for": ("{% for one in list %}{{one.value}} by {{one.author.name}};{% endfor %}", "a by A;b by B;"),
    "for with limit and offset": ("{% for one in list limit:1 offset:1 %}{{one.value}}{% endfor %}", "b"),
    "for, reversed": ("{% for one in list reversed %}{{one.value}}{% endfor %}{{one.value}}", "ba"),
    "for over nothing": ("{% for one in other %}a{% endfor %}", ""),
    "assign": ("{% assign x = name | upcase %}{{x}}", "ANN"),
    "comment and raw": ("{% comment %}{{name}}{% endcomment %}{% raw %}{{name}}{% endraw %}", "{{name}}"),
    "lines": ("{% if\nyes %}a\n{%- endif\n%}", "a\n"),
    "unfinished": ("{{name {% if yes %}a", "{{name {% if yes %}a"),
    "unknown tag": ("{% include 'x' %}{{name}}", "{% include 'x' %}{{name}}"),
    "end without beginning": ("{{name}}{% endif %}", "{{name}}{% endif %}"),
    "for that is none": ("{% for x %}{% endfor %}{{name}}", "{% for x %}{% endfor %}{{name}}"),
    "no markup": ("{name} 100 % {} }} %}", "{name} 100 % {} }} %}"),
}  # fmt: skip


@pytest.mark.parametrize(("text", "filled"), LIQUID.values(), ids=LIQUID)
def test_liquid(text: str, filled: str) -> None:
    assert render(text, VALUES.get) == filled


@given(
    st.lists(
        st.sampled_from(
            [*"ab {}%|'\":", "{{", "}}", "{%", "%}", "name", "if", "endif", "else", "case", "for x in list"]
        )
    )
)
def test_no_text_breaks_it(parts: list[str]) -> None:
    assert isinstance(render("".join(parts), VALUES.get), str)


TRAPS = {
    "{{ticket.requester.email}}": EMILY,
    "{{ ticket.requester.email | upcase }}": EMILY.upper(),
    "{{ticket.requester.phone}}": "+44 20 7946 0000",
    "{{ticket.encoded_id}}": "SBX001-0001",
    "{{current_user.email}}": "zdsync@desk.example",
    "{% if ticket.status == 'New' %}leaked{% else %}hidden{% endif %}": "leaked",
    "{% for comment in ticket.comments %}{{comment.value}} {% endfor %}": "only for agents It says no. ",
    "{% assign x = ticket.id %}{{x}}": "1",
    "{{dc.greeting}}": "Hello Emily",
    "{{dc.unknown}}|": "|",
}


@pytest.fixture
def trapped(server: Server, ticket: int) -> int:
    """A ticket about which a comment could say too much."""
    emily = server.account.user_by_email(EMILY)
    assert emily is not None
    emily["phone"] = "+44 20 7946 0000"
    server.account.dynamic_content["greeting"] = {
        "fr": "Bonjour",
        "en-US": "Hello {{ticket.requester.first_name}}{{dc.greeting}}",
    }
    server.act(CLAIRE, ticket=ticket, comment="only for agents", public=False)
    return ticket


def say(api: Api, ticket: int, **comment: Any) -> dict[str, Any]:
    reply = api.put(f"/tickets/{ticket}", ticket={"comment": {"public": False, **comment}})
    event: dict[str, Any] = reply.json()["audit"]["events"][0]
    return event


@pytest.mark.parametrize(("text", "filled"), TRAPS.items())
def test_a_comment_through_the_api_is_filled(api: Api, trapped: int, text: str, filled: str) -> None:
    assert say(api, trapped, body=text + ".")["body"] == filled + "."


@pytest.mark.parametrize(("text", "filled"), TRAPS.items())
def test_so_is_a_comment_in_html(api: Api, trapped: int, text: str, filled: str) -> None:
    said = say(api, trapped, html_body=f"<p>{text}.</p>")

    assert said["html_body"] == f'<div class="zd-comment" dir="auto"><p>{filled}.</p></div>'
    assert said["body"] == filled + "."


@pytest.mark.parametrize("text", TRAPS)
def test_a_neutral_value_says_what_it_is_and_no_more(api: Api, trapped: int, text: str) -> None:
    """What zdsync does to values from outside is enough."""
    assert say(api, trapped, body=f"> {neutral(text)}")["body"] == f"> {neutral(text)}"


def test_what_a_customer_writes_is_not_filled(server: Server, api: Api, trapped: int) -> None:
    for text in TRAPS:
        server.act(EMILY, ticket=trapped, comment=text, channel="email")

    comments = api.get(f"/tickets/{trapped}/comments").json()["comments"]
    assert [comment["body"] for comment in comments[2:]] == list(TRAPS)


def test_a_new_tickets_first_comment_is_filled_too(api: Api) -> None:
    body = {"subject": "x", "requester": EMILY, "comment": {"body": "For {{ticket.requester.name}} ({{ticket.id}})"}}

    assert api.post("/tickets", ticket=body).json()["ticket"]["description"] == "For Emily Carter (1)"


def test_dynamic_content_is_in_the_requesters_language_and_saved(server: Server, api: Api) -> None:
    server.account.dynamic_content["greeting"] = {"en-US": "Hello", "fr": "Bonjour"}
    numbers = [server.act(who, subject="x", comment="y")["ticket"] for who in ("jeanne.petit@saint-luc.example", EMILY)]

    assert [say(api, number, body="{{dc.greeting}}")["body"] for number in numbers] == ["Bonjour", "Hello"]
    saved = server.save()
    assert Account.from_json(saved).to_json() == saved
