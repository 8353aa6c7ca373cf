"""A browser for each module: while it runs, its event loop keeps Django's ORM from being used in this process."""

from collections.abc import Callable, Iterator
from typing import Any

import pytest
from playwright.sync_api import Browser, sync_playwright

from tests.browser.visitor import Visitor, chromium
from tests.live import Site


@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    with sync_playwright() as playwright:
        found = chromium(playwright)
        yield found
        found.close()


@pytest.fixture
def visit(browser: Browser, site: Site) -> Iterator[Callable[..., Visitor]]:
    """Opens a browser window of somebody who has not been here before; at the end no page may have had a fault."""
    visitors: list[Visitor] = []

    def arrive(**traits: Any) -> Visitor:
        visitors.append(Visitor(browser, site.url, **traits))
        return visitors[-1]

    yield arrive
    for visitor in visitors:
        visitor.context.close()
    assert [fault for visitor in visitors for fault in visitor.faults] == []


def first_password(site: Site) -> str:
    return (site.var_dir / "var" / "initial-admin-password").read_text().strip()


@pytest.fixture
def chief(visit: Callable[..., Visitor], site: Site) -> Visitor:
    """The first administrator, signed in."""
    visitor = visit()
    visitor.sign_in("admin@localhost", first_password(site))
    return visitor
