"""The confirmation page in a real browser: on a phone, by keyboard alone, without scripts, in both languages."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import pytest
from playwright.sync_api import Browser, Page, expect

from tests.browser import browser
from tests.web.linked import EMILY, JEANNE, TOM, Linked, linked
from zdsync.core.links import PATH
from zdsync.store.server import EmbeddedRedis

PHONE = {"width": 375, "height": 667}
LANGUAGES = {
    "en": (
        EMILY,
        "Yes, it is completed",
        "No, something is missing",
        "Thank you.",
        "Your message to us",
    ),
    "fr": (JEANNE, "Oui, elle est traitée", "Non, il manque quelque chose", "Merci.", "Votre message"),
}


@pytest.fixture(scope="module")
def chromium() -> Iterator[Browser]:
    with browser() as opened:
        yield opened


@pytest.fixture
def site(redis_server: EmbeddedRedis) -> Iterator[Linked]:
    with linked(redis_server, link_days=2, chase=[], back_to_agent=None) as opened:
        yield opened


@contextmanager
def visit(chromium: Browser, site: Linked, path: str, **changed: Any) -> Iterator[Page]:
    """A phone without scripts, on which nothing may be fetched from elsewhere and no policy broken."""
    phone: dict[str, Any] = {"viewport": PHONE, "is_mobile": True, "has_touch": True, "java_script_enabled": False}
    context = chromium.new_context(**{**phone, **changed})
    page = context.new_page()
    asked: list[str] = []
    complaints: list[str] = []
    page.on("request", lambda request: asked.append(request.url))
    page.on("console", lambda message: complaints.append(message.text))
    try:
        page.goto(f"http://127.0.0.1:{site.port}{path}")
        yield page
        assert all(url.startswith(f"http://127.0.0.1:{site.port}{PATH}") for url in asked), asked
        assert not [text for text in complaints if "Content Security Policy" in text]
    finally:
        context.close()


def focused(page: Page) -> str:
    """What has the focus, as people read it."""
    return str(page.evaluate("() => { const e = document.activeElement; return e.id || e.textContent.trim() }"))


def press_to(page: Page, name: str) -> None:
    """Tab until it has the focus."""
    for _ in range(10):
        page.keyboard.press("Tab")
        if focused(page) == name:
            return
    raise AssertionError(f"no way to {name} by keyboard; the last was {focused(page)}")


@pytest.mark.parametrize("given", ["yes", "no"])
@pytest.mark.parametrize("language", LANGUAGES)
def test_each_button_by_touch(chromium: Browser, site: Linked, language: str, given: str) -> None:
    who, yes, no, thanks, label = LANGUAGES[language]
    ticket = site.asked(who)
    with visit(chromium, site, site.path(ticket)) as page:
        assert page.locator("html").get_attribute("lang") == language
        page.get_by_label(label).fill("Fine, but <slow> {{ today }}\nMerci")
        page.get_by_role("button", name=yes if given == "yes" else no, exact=True).tap()
        expect(page.get_by_role("heading", level=1)).to_contain_text(thanks)
        expect(page.get_by_role("button")).to_have_count(0)
        assert page.locator("html").get_attribute("lang") == language
    assert site.status(ticket) == ("solved" if given == "yes" else "open")
    assert site.notes(ticket)[0].endswith("> Fine, but ＜slow＞ ｛｛ today ｝｝\n> Merci")


@pytest.mark.parametrize("given", ["yes", "no"])
@pytest.mark.parametrize("language", LANGUAGES)
def test_each_button_by_keyboard_alone(chromium: Browser, site: Linked, language: str, given: str) -> None:
    who, yes, no, thanks, _ = LANGUAGES[language]
    ticket = site.asked(who)
    computer = {"viewport": {"width": 1280, "height": 720}, "is_mobile": False, "has_touch": False}
    with visit(chromium, site, site.path(ticket), **computer) as page:
        press_to(page, "said")
        page.keyboard.type("By keyboard")
        press_to(page, yes if given == "yes" else no)
        page.keyboard.press("Enter")
        expect(page.get_by_role("heading", level=1)).to_contain_text(thanks)
    assert site.status(ticket) == ("solved" if given == "yes" else "open")
    assert "> By keyboard" in site.notes(ticket)[0]


def test_the_way_by_keyboard_is_the_way_one_reads(chromium: Browser, site: Linked) -> None:
    """And where one is can be seen."""
    ticket = site.asked()
    with visit(chromium, site, site.path(ticket)) as page:
        way = []
        for _ in range(4):
            page.keyboard.press("Tab")
            way.append(focused(page))
            outline = page.evaluate("() => getComputedStyle(document.activeElement).outlineStyle")
            assert outline == "solid", way[-1]
    assert way == ["Français", "said", "Yes, it is completed", "No, something is missing"]


def test_the_language_is_switched_by_keyboard_and_stays(chromium: Browser, site: Linked) -> None:
    ticket = site.asked(EMILY)
    with visit(chromium, site, site.path(ticket)) as page:
        press_to(page, "Français")
        page.keyboard.press("Enter")
        expect(page.get_by_role("heading", level=1)).to_have_text(f"Votre demande #{ticket} est-elle traitée ?")
        page.get_by_role("button", name="Non, il manque quelque chose").tap()
        expect(page.get_by_role("heading", level=1)).to_contain_text("Nous reprenons votre demande")
    assert site.status(ticket) == "open"


@pytest.mark.parametrize(
    ("locale", "title"), [("fr-FR", "Cette page n’existe pas"), ("de-DE", "This page does not exist")]
)
def test_a_forged_link(chromium: Browser, site: Linked, locale: str, title: str) -> None:
    with visit(chromium, site, f"{PATH}{'a' * 64}", locale=locale) as page:
        expect(page.get_by_role("heading", level=1)).to_have_text(title)
        expect(page.get_by_role("button")).to_have_count(0)
        assert whole(page)


def test_a_link_that_has_ended(chromium: Browser, site: Linked) -> None:
    path = site.path(site.asked())
    with visit(chromium, site, path) as page:
        site.desk.wait(3 * 86400)  # while the page is open
        page.get_by_role("button", name="Yes, it is completed").tap()
        expect(page.get_by_role("heading", level=1)).to_have_text("This link has expired")
        page.reload()
        expect(page.get_by_role("heading", level=1)).to_have_text("This link has expired")
        assert whole(page)


def test_a_link_that_was_used_and_the_way_back(chromium: Browser, site: Linked) -> None:
    """Opened again, gone back to, sent once more: it is the first answer that counts."""
    ticket = site.asked()
    path = site.path(ticket)
    with visit(chromium, site, path) as page:
        page.get_by_role("button", name="Yes, it is completed").tap()
        expect(page.get_by_role("heading", level=1)).to_contain_text("Thank you")
        page.go_back()
        if page.get_by_role("button").count():  # `no-store` may be read as "ask again" or as "keep for going back"
            page.get_by_role("button", name="No, something is missing").tap()
        expect(page.get_by_role("heading", level=1)).to_have_text("This question has been answered: yes")
        assert whole(page)
    with visit(chromium, site, path) as page:
        expect(page.get_by_role("heading", level=1)).to_have_text("This question has been answered: yes")
        expect(page.locator("main")).to_contain_text("reply to our e-mail")
    assert site.status(ticket) == "solved"
    assert site.keys(ticket) == ["ask", "link:yes"]


def test_a_question_that_is_over(chromium: Browser, site: Linked) -> None:
    ticket = site.asked()
    with visit(chromium, site, site.path(ticket)) as page:
        site.desk.act(TOM, ticket=ticket, status="open")
        page.get_by_role("button", name="Yes, it is completed").tap()
        expect(page.get_by_role("heading", level=1)).to_have_text("This question is no longer open")
        assert whole(page)
    assert site.status(ticket) == "open"


def test_what_was_typed_is_there_again_when_zendesk_is_away(chromium: Browser, site: Linked) -> None:
    ticket = site.asked()
    with visit(chromium, site, site.path(ticket)) as page:
        page.get_by_role("textbox").fill("</textarea><b>Page 2</b>")
        site.desk.fault("reply", method="*", path="/tickets/*", status=503, times=99)
        page.get_by_role("button", name="No, something is missing").tap()
        expect(page.get_by_role("alert")).to_contain_text("Your answer was not recorded")
        expect(page.get_by_role("textbox")).to_have_value("</textarea><b>Page 2</b>")
        assert whole(page)
        site.desk.faults()
        page.get_by_role("button", name="No, something is missing").tap()
        expect(page.get_by_role("heading", level=1)).to_contain_text("Thank you")
    assert site.status(ticket) == "open"


@pytest.mark.parametrize("width", [320, 375, 1280])
@pytest.mark.parametrize("language", LANGUAGES)
def test_it_fits_is_named_and_can_be_read(chromium: Browser, site: Linked, language: str, width: int) -> None:
    """Nothing is wider than the screen, buttons are as large as a finger, everything has a name, and text stands out
    from its ground by 4.5 to 1 at least (WCAG AA)."""
    who, yes, no, _, label = LANGUAGES[language]
    with visit(chromium, site, site.path(site.asked(who)), viewport={"width": width, "height": 667}) as page:
        assert whole(page)
        for name in (yes, no):
            box = page.get_by_role("button", name=name, exact=True).bounding_box()
            assert box is not None
            assert box["height"] >= 44
            assert box["y"] + box["height"] <= 667 or width == 320, "without scrolling, on a phone"
        field = page.get_by_label(label)
        assert field.get_attribute("aria-describedby") == "hint"
        assert page.title() == page.get_by_role("heading", level=1).inner_text()
        found = page.evaluate(CONTRASTS)
        assert len(found) > 8
        assert min(ratio for _, ratio in found) >= 4.5, found


CONTRASTS = """() => {
  const light = rgb => { const [r, g, b] = rgb.match(/[0-9.]+/g).map(Number).map(v => v / 255)
    .map(v => v <= 0.03928 ? v / 12.92 : ((v + 0.055) / 1.055) ** 2.4); return 0.2126 * r + 0.7152 * g + 0.0722 * b }
  const ground = e => { for (; e; e = e.parentElement) { const c = getComputedStyle(e).backgroundColor
    if (!c.startsWith('rgba(') || !c.endsWith(' 0)')) return c } return 'rgb(255, 255, 255)' }
  return [...document.querySelectorAll('body *')].filter(e => e.textContent.trim() || e.matches('textarea')).map(e => {
    const [a, b] = [light(getComputedStyle(e).color), light(ground(e))].sort((x, y) => y - x)
    return [e.tagName, (a + 0.05) / (b + 0.05)] }) }"""
"""Each element with text, and its contrast as WCAG computes it."""


def whole(page: Page) -> bool:
    """Whether nothing sticks out to the right."""
    return bool(page.evaluate("() => document.documentElement.scrollWidth <= document.documentElement.clientWidth"))
