"""Looking after people: the main job of staff, and what she cannot do to those above her."""

from collections.abc import Callable

import pytest

from tests.browser.visitor import Visitor
from tests.live import Site

pytestmark = pytest.mark.browser
Visit = Callable[..., Visitor]
PASSWORD = "vier muntere giraffen tanzen"
USERS = "/admin/accounts/user/"


def make_user(chief: Visitor, email: str, *, name: str = "", staff: bool = False) -> str:
    """The address of her page."""
    chief.go(f"{USERS}add/")
    chief.fill(email=email, password=PASSWORD, display_name=name)
    if staff:
        chief.page.click("#id_is_staff")
    chief.save()
    chief.go(f"{USERS}?q={email}")
    return str(chief.page.locator(f"a:text-is('{email}')").first.get_attribute("href")).partition("?")[0]


def assign(chief: Visitor, page: str, role: str) -> None:
    chief.go(page)
    chief.press("button:text-is('Assign a role')")
    chief.page.select_option("#id_role", label=role)
    chief.press("button:has-text('Assign a role')")


def test_staff_make_a_user_a_role_and_an_assignment_and_see_the_events(chief: Visitor) -> None:
    page = make_user(chief, "ada@example.org", name="Ada Lovelace")
    chief.go("/admin/rbac/permission/add/")
    chief.fill(name="invoice:approve")
    chief.save()
    chief.go("/admin/rbac/role/add/")
    chief.fill(name="invoice-clerk", title="Invoice clerk", permissions="invoice:approve")
    chief.save()
    chief.go("/admin/rbac/roleassignment/add/")
    chief.choose("user", "ada@example.org")
    chief.choose("role", "invoice-clerk")
    chief.fill(scope="/acme")
    chief.save()

    assert "invoice-clerk" in chief.go(page)
    events = chief.go("/admin/events/event/")
    for kind in ("accounts.user.created", "rbac.role.created", "rbac.role_assignment.created"):
        assert kind in events


def test_an_assignment_ended_in_the_admin_is_gone_at_the_next_question(chief: Visitor, site: Site) -> None:
    page = make_user(chief, "grace@example.org")
    assign(chief, page, "auditor")
    token = site.sign_in("grace@example.org", PASSWORD)["access"]
    assert site.call("GET", "/api/v1/events/", token=token).status == 200

    chief.go("/admin/rbac/roleassignment/?q=grace@")
    chief.page.check("input.action-select >> nth=0")
    chief.page.select_option("select[name=action]", "end")
    chief.press("button:has-text('Run')")

    assert site.call("GET", "/api/v1/events/", token=token).status == 403


def test_a_deactivated_user_is_signed_out_at_once(chief: Visitor, site: Site) -> None:
    page = make_user(chief, "alan@example.org")
    token = site.sign_in("alan@example.org", PASSWORD)["access"]
    chief.go(page)
    chief.press("button:text-is('Deactivate and sign out everywhere')")

    assert "1 of 1 accounts deactivated" in chief.text
    assert site.call("GET", "/api/v1/me/", token=token).status == 401


def test_who_looks_after_users_cannot_touch_the_superuser(chief: Visitor, visit: Visit, site: Site) -> None:
    assign(chief, make_user(chief, "manager@example.org", staff=True), "user-manager")
    chief.go(f"{USERS}?q=admin@localhost")
    above = str(chief.page.locator("a:text-is('admin@localhost')").first.get_attribute("href")).partition("?")[0]

    manager = visit()
    manager.sign_in("manager@example.org", PASSWORD)
    manager.go(above)

    assert manager.page.locator("button[name=_save]").count() == 0
    assert manager.page.locator("button:has-text('Deactivate'), button:has-text('password')").count() == 0
    assert manager.post(above, display_name="Mine", locale="en", timezone="UTC") == 403
    chosen = {"action": "deactivate", "index": "0", "_selected_action": above.split("/")[-3]}
    assert manager.post(USERS, **chosen) == 403
    assert manager.post(f"{above.removesuffix('change/')}delete/", post="yes") == 403
    manager.faults = [fault for fault in manager.faults if "403" not in fault]


def test_who_looks_after_users_makes_herself_no_superuser(chief: Visitor, visit: Visit) -> None:
    own = make_user(chief, "climber@example.org", staff=True)
    assign(chief, own, "user-manager")

    climber = visit()
    climber.sign_in("climber@example.org", PASSWORD)
    climber.go(own)
    climber.post(own, display_name="Me", locale="en", timezone="UTC", is_staff="on", is_superuser="on")

    chief.go(own)
    assert not chief.page.is_checked("#id_is_superuser")


def test_a_name_that_is_a_script_stays_a_name(chief: Visitor) -> None:
    page = make_user(chief, "script@example.org", name="<img src=x onerror=alert(1)>{{ 7*7 }}")

    for path in (page, f"{USERS}?q=script@", "/admin/", "/admin/events/event/"):
        chief.go(path)
        assert chief.page.locator("img[src=x]").count() == 0, path
