"""Every page in light and dark, wide and narrow: no fault in the console, nothing wider than the window."""

from collections.abc import Callable

import pytest

from tests.browser.conftest import first_password
from tests.browser.visitor import Visitor
from tests.live import Site

pytestmark = pytest.mark.browser
Visit = Callable[..., Visitor]


@pytest.mark.parametrize("scheme", ["light", "dark"])
@pytest.mark.parametrize("width", [1280, 390])
def test_every_list_of_the_sidebar_fits(visit: Visit, site: Site, width: int, scheme: str) -> None:
    visitor = visit(width=width, scheme=scheme)
    visitor.sign_in("admin@localhost", first_password(site))

    for address in [*visitor.addresses(), "/admin/roles-in-use/"]:
        visitor.go(address)
        assert visitor.overflow() <= 0, address


@pytest.mark.parametrize("width", [1280, 390])
@pytest.mark.parametrize("path", ["/", "/admin/login/", "/nowhere/", "/api/v1/docs/"])
def test_pages_for_everybody_fit(visit: Visit, path: str, width: int) -> None:
    visitor = visit(width=width)
    visitor.go(path)
    visitor.faults = [fault for fault in visitor.faults if "404" not in fault]

    assert visitor.overflow() <= 0


def test_the_front_page_leads_to_the_sign_in(visit: Visit) -> None:
    visitor = visit()
    visitor.go("/")
    visitor.press("text=Sign in to the administration")

    assert visitor.page.url.endswith("/admin/login/?next=/admin/")
