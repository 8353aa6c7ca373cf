"""The links in mails, opened as their readers open them."""

import email
import email.policy
import re
from collections.abc import Callable

import pytest

from tests.browser.visitor import Visitor
from tests.live import Site, eventually

pytestmark = pytest.mark.browser
PASSWORD = "vier muntere giraffen tanzen"


def link_mailed_to(site: Site, address: str) -> str:
    newest = eventually(lambda: site.mails_to(address))[-1]
    message = email.message_from_bytes(newest.read_bytes(), policy=email.policy.default)
    body = message.get_body(("plain",))
    found = re.search(r"https?://\S+#token=\S+", body.get_content() if body else "")
    assert found
    return found[0].removeprefix(site.url)


def test_a_stranger_registers_and_confirms_her_address(visit: Callable[..., Visitor], site: Site) -> None:
    site.call("POST", "/api/v1/accounts/register/", {"email": "new@example.org", "password": PASSWORD})
    reader = visit(width=390)
    reader.go(link_mailed_to(site, "new@example.org"))
    reader.page.click("button:text-is('Confirm')")
    reader.page.wait_for_selector("#message:visible")

    assert "you can sign in" in reader.text
    assert "token" not in reader.page.url
    assert site.sign_in("new@example.org", PASSWORD)["access"]


def test_a_link_without_its_token_says_so(visit: Callable[..., Visitor]) -> None:
    reader = visit()

    assert "not complete" in reader.go("/account/verify-email")
