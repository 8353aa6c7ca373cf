"""Staff looks after machines: an account, a secret that is shown once, and its end."""

from base64 import b64encode
from typing import NamedTuple

import pytest

from tests.browser.visitor import Visitor

pytestmark = pytest.mark.browser
LIST = "/admin/accounts/serviceaccount/"


class Pair(NamedTuple):
    client_id: str
    client_secret: str


def make_machine(chief: Visitor, name: str) -> None:
    """Leaves him on its page."""
    chief.go(f"{LIST}add/")
    chief.fill(name=name, description="Sends invoices")
    chief.press("button[name=_continue]")


def new_secret(chief: Visitor) -> Pair:
    chief.press("button:text-is('New secret')")
    chief.press("button:has-text('Make the secret')")
    return Pair(chief.page.inner_text("#client-id"), chief.page.inner_text("#client-secret"))


def buy(visitor: Visitor, pair: Pair) -> int:
    """What the token endpoint says to that secret."""
    shown = {"Authorization": f"Basic {b64encode(':'.join(pair).encode()).decode()}"}
    form: dict[str, str | float | bool] = {"grant_type": "client_credentials"}
    return visitor.context.request.post("/oauth2/token", form=form, headers=shown).status


def test_a_machine_gets_a_secret_that_is_shown_once(chief: Visitor) -> None:
    make_machine(chief, "invoicing")
    pair = new_secret(chief)
    assert buy(chief, pair) == 200

    chief.press("text=Back to the account")

    assert f"{LIST}{pair.client_id}/change/" in chief.page.url
    assert pair.client_secret not in chief.page.content()
    assert pair.client_secret[:8] in chief.text


def test_a_secret_is_revoked_and_buys_nothing_more(chief: Visitor) -> None:
    make_machine(chief, "payments")
    pair = new_secret(chief)
    chief.go(f"/admin/tokens/servicecredential/?q={pair.client_secret[:8]}")
    chief.press("#result_list tbody tr >> nth=0 >> a >> nth=0")
    chief.press("button:text-is('Revoke')")

    assert buy(chief, pair) == 401
    assert "tokens.credential.revoked" in chief.go("/admin/events/event/")


def test_machines_and_keys_stand_in_the_sidebar(chief: Visitor) -> None:
    chief.go("/admin/")

    assert {LIST, "/admin/tokens/servicecredential/", "/admin/tokens/apikey/"} <= set(chief.addresses())
