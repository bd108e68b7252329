"""One Jupyter server and one Chromium for all browser tests; one notebook for each."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Protocol

import pytest
from playwright.sync_api import Browser, BrowserContext, sync_playwright

from tests.browser.harness import Host, LabPage
from tests.browser.server import Server
from tools import chromium

FLAGS = [
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-gpu",
    "--disable-quic",
    "--disable-sync",
    "--no-first-run",
    "--no-sandbox",
    "--use-fake-device-for-media-stream",
]


class OpenNotebook(Protocol):
    def __call__(self, cells: list[str], *, host: Host = "lab") -> LabPage: ...


@pytest.fixture(scope="session")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    server = Server(tmp_path_factory.mktemp("jupyter"))
    yield server
    server.close()


@pytest.fixture(scope="session")
def browser() -> Iterator[Browser]:
    path = chromium.find()
    assert path, "no Chromium: run 'make test-browser', which installs one or says how"
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=path, args=FLAGS)
        yield browser
        browser.close()


@pytest.fixture(scope="session")
def context(browser: Browser) -> Iterator[BrowserContext]:
    # One context for all tests keeps JupyterLab's files in its cache: 2 s less for each notebook.
    context = browser.new_context(viewport={"width": 1280, "height": 720})
    context.set_default_timeout(15_000)
    context.grant_permissions(["camera", "clipboard-read", "clipboard-write"])
    yield context
    context.close()


@pytest.fixture
def lab(
    context: BrowserContext, server: Server, request: pytest.FixtureRequest
) -> Iterator[OpenNotebook]:
    """Opens a notebook of these cells; at the end no page may have reported an error."""
    yield from _notebooks(context, server, request.node.name)


@pytest.fixture(scope="module")
def shared_lab(
    context: BrowserContext, server: Server, request: pytest.FixtureRequest
) -> Iterator[OpenNotebook]:
    """Like `lab`, for notebooks that the tests of a module share."""
    yield from _notebooks(context, server, request.module.__name__)


def _notebooks(context: BrowserContext, server: Server, name: str) -> Iterator[OpenNotebook]:
    pages: list[LabPage] = []

    def open_notebook(cells: list[str], *, host: Host = "lab") -> LabPage:
        notebook = server.write(f"{name}-{len(pages)}.ipynb", cells)
        pages.append(LabPage(context, server, notebook, host))
        return pages[-1]

    yield open_notebook
    for page in pages:
        page.close()
    server.close_sessions([page.name for page in pages])
    for page in pages:
        assert page.errors == []
