"""Staff makes roles that inherit, sees them drawn, is told what would change, and has a decision explained."""

from collections.abc import Callable
from functools import partial
from typing import Any

import pytest

from tests.browser.conftest import first_password
from tests.browser.visitor import Visitor
from tests.live import Site

pytestmark = pytest.mark.browser
Visit = Callable[..., Visitor]
PASSWORD = "vier muntere giraffen tanzen"
ROLES = "/admin/rbac/role/"


def make_role(chief: Visitor, name: str, permissions: str = "", *, inherits: str = "") -> str:
    """The address of its page."""
    chief.go(f"{ROLES}add/")
    chief.fill(name=name, permissions=permissions)
    if inherits:
        chief.choose("inherits", inherits)
    chief.press("button[name=_continue]")
    return str(chief.page.url).partition("?")[0]


def make(site: Site, token: str, path: str, **said: Any) -> Any:
    answer = site.call("POST", f"/api/v1/{path}/", said, token=token)
    assert answer.status == 201, answer
    return answer.body


def furnish(site: Site, word: str) -> dict[str, Any]:
    """A person who holds a role that inherits another, each called after the word."""
    make_here = partial(make, site, site.admin_token())
    for action in ("view", "approve"):
        make_here("permissions", name=f"{word}:{action}")
    clerk = make_here("roles", name=f"{word}-clerk", permissions=[f"{word}:view"])
    lead = make_here("roles", name=f"{word}-lead", inherits=[f"{word}-clerk"])
    person = make_here("users", email=f"{word}@example.org", password=PASSWORD, email_verified=True)
    make_here("role-assignments", role=f"{word}-lead", user=person["id"], scope="/acme")
    return {"clerk": clerk["id"], "lead": lead["id"], "person": person["id"]}


def test_a_role_is_made_that_inherits_and_stands_in_the_picture(chief: Visitor, site: Site) -> None:
    make(site, site.admin_token(), "permissions", name="parcel:view")
    make_role(chief, "parcel-clerk", "parcel:view")
    make_role(chief, "parcel-lead", inherits="parcel-clerk")

    assert "parcel-lead > parcel-clerk" in chief.text
    assert chief.page.locator(".picture svg a").count() == 2
    chief.press(".picture svg a:has-text('parcel-clerk')")
    assert chief.page.locator("#id_permissions").input_value() == "parcel:view"


def test_a_ring_is_told_and_nothing_is_lost_of_the_form(chief: Visitor, site: Site) -> None:
    made = furnish(site, "ring")
    chief.go(f"{ROLES}{made['clerk']}/change/")
    chief.fill(title="Still here")
    chief.choose("inherits", "ring-lead")
    chief.save()

    assert "These roles would inherit in a ring" in chief.text
    assert chief.page.input_value("#id_title") == "Still here"


def test_what_would_change_is_told_and_then_saved(chief: Visitor, site: Site) -> None:
    made = furnish(site, "letter")
    page = f"{ROLES}{made['clerk']}/change/"
    chief.go(page)
    chief.fill(permissions="letter:approve")
    chief.save()

    assert "1 would gain" in chief.text
    assert "letter:approve at /acme, by the role letter-lead" in chief.text
    chief.press("button:has-text('Save the role')")
    chief.go(page)
    assert chief.page.input_value("#id_permissions") == "letter:approve"


def test_of_two_who_confirm_the_second_is_told(chief: Visitor, visit: Visit, site: Site) -> None:
    made, other = furnish(site, "stamp"), visit()
    other.sign_in("admin@localhost", first_password(site))
    for visitor, permissions in ((chief, "stamp:approve"), (other, "")):
        visitor.go(f"{ROLES}{made['clerk']}/change/")
        visitor.fill(permissions=permissions)
        visitor.save()
    other.press("button:has-text('Save the role')")
    chief.press("button:has-text('Save the role')")

    assert "has changed since you read it" in chief.text


def test_a_decision_is_explained_from_her_page(chief: Visitor, site: Site) -> None:
    made = furnish(site, "crate")
    text = chief.go(f"/admin/accounts/user/{made['person']}/change/")
    assert "crate-lead > crate-clerk" in text

    chief.press("text=Explain a decision")
    chief.fill(permission="crate:view", scope="/acme/eu")
    chief.press("button:has-text('Explain')")

    assert "role crate-lead > crate-clerk allows crate:view at /acme/eu" in chief.text


def test_members_come_and_go(chief: Visitor, site: Site) -> None:
    furnish(site, "tribe")
    chief.go("/admin/rbac/group/add/")
    chief.fill(name="tribe-team")
    chief.press("button[name=_continue]")
    chief.press("button:text-is('Add members')")
    chief.choose("users", "tribe@example.org")
    chief.press("button:has-text('Add members')")
    assert "1 of 1 members added" in chief.text

    chief.go("/admin/rbac/groupmembership/?q=tribe-team")
    chief.page.check("input.action-select >> nth=0")
    chief.page.select_option("select[name=action]", "remove")
    chief.press("button:has-text('Run')")

    assert "1 of 1 members removed" in chief.text


@pytest.mark.parametrize("scheme", ["light", "dark"])
@pytest.mark.parametrize("width", [1280, 390])
def test_the_pages_of_roles_fit(visit: Visit, site: Site, width: int, scheme: str) -> None:
    made = furnish(site, f"fit-{scheme}-{width}")
    visitor = visit(width=width, scheme=scheme)
    visitor.sign_in("admin@localhost", first_password(site))

    person = f"/admin/accounts/user/{made['person']}/change/"
    role = [f"{ROLES}{made['clerk']}/{view}/" for view in ("change", "holders")]
    for address in (f"{ROLES}hierarchy/", f"{ROLES}explain/?user={made['person']}", person, *role):
        visitor.go(address)
        assert visitor.overflow() <= 0, address
