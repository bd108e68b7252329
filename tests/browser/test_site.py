"""The built site in a real browser: from its files, with the network cut."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from playwright.sync_api import Browser, FrameLocator, Page, expect

from tests.browser.harness import REPOSITORY

SITE = REPOSITORY / "docs" / "_build" / "html"


@pytest.fixture
def site(browser: Browser) -> Iterator[Page]:
    assert (SITE / "index.html").exists(), "the site is not built: make docs"
    context = browser.new_context(viewport={"width": 1280, "height": 900}, offline=True)
    context.set_default_timeout(30_000)
    page = context.new_page()
    told: list[str] = []
    page.on("console", lambda said: told.append(said.text) if said.type == "error" else None)
    page.on("pageerror", lambda error: told.append(error.message))
    page.on("requestfailed", lambda request: told.append(request.url))
    yield page
    context.close()
    assert told == []


def replay(page: Page) -> FrameLocator:
    page.locator("iframe").first.scroll_into_view_if_needed()
    return page.frame_locator("iframe >> nth=0")


def test_the_first_page_plays_and_scrubs(site: Page) -> None:
    site.goto((SITE / "index.html").as_uri())
    frame = replay(site)
    shown = frame.locator("[data-kw-step]").first
    time = frame.get_by_role("slider", name="Step")
    time.focus()
    time.press("Home")
    expect(shown).to_have_attribute("data-kw-step", "0")
    frame.get_by_role("button", name="Play").click()
    expect(shown).not_to_have_attribute("data-kw-step", "0")
    frame.get_by_role("button", name="Pause").click()
    time.press("End")
    expect(shown).to_have_attribute("data-kw-step", "600")


def test_a_tutorial_holds_views_that_play(site: Page) -> None:
    site.goto((SITE / "tutorials" / "06_record_and_embed.html").as_uri())
    expect(replay(site).locator("[data-kw-view]").first).to_be_visible()
    expect(site.locator("iframe[data-kernelwidgets]")).to_have_count(2)
