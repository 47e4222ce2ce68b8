"""The public status page in a real browser."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest
from playwright.sync_api import Browser, expect

from tests.browser import browser
from tests.web.running import running
from tests.web.test_status import site, some
from zdsync.core.writing import LANGUAGES, Language
from zdsync.web.status import PATH
from zdsync.web.status_texts import WORDS


@pytest.fixture(scope="module")
def chromium() -> Iterator[Browser]:
    with browser() as opened:
        yield opened


@pytest.mark.parametrize("language", LANGUAGES)
def test_in_a_browser(chromium: Browser, language: Language) -> None:
    """On a phone, in the dark, without scripts: all of it is there, fits, and nothing comes from elsewhere."""
    phone: Any = {"viewport": {"width": 375, "height": 667}, "java_script_enabled": False, "color_scheme": "dark"}
    with running(site(some)) as port:
        context = chromium.new_context(**phone, locale={"en": "en-GB", "fr": "fr-FR"}[language])
        page = context.new_page()
        asked: list[str] = []
        complaints: list[str] = []
        page.on("request", lambda request: asked.append(request.url))
        page.on("console", lambda message: complaints.append(message.text))
        try:
            page.goto(f"http://127.0.0.1:{port}{PATH}")
            assert page.title() == WORDS[language].title.format(product="K Pro")
            expect(page.locator(".state .big")).to_have_text(WORDS[language].states["down"].format(product="K Pro"))
            expect(page.locator("main")).to_contain_text({"en": "Storage <1>", "fr": "Stockage"}[language])
            assert page.locator("svg g").count() == 90
            assert page.locator("svg .bad").count() == 2
            assert page.locator("svg .work").count() == 1
            assert page.evaluate("() => document.documentElement.scrollWidth <= document.documentElement.clientWidth")
            assert page.evaluate("() => getComputedStyle(document.body).backgroundColor") == "rgb(17, 23, 28)"
            page.get_by_role("link").first.click()
            assert page.locator("html").get_attribute("lang") != language
            assert {url.partition("?")[0] for url in asked} == {f"http://127.0.0.1:{port}{PATH}"}
            assert not [words for words in complaints if "Content Security Policy" in words]
        finally:
            context.close()
