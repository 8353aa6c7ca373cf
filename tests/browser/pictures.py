"""Takes the pictures that README shows, of a small believable world: `python -m tests.browser.pictures`."""

from pathlib import Path

from playwright.sync_api import sync_playwright

from tests.browser.conftest import first_password
from tests.browser.visitor import Visitor, chromium
from tests.live import Site

IMAGES = Path(__file__).resolve().parents[2] / "docs" / "images"
PASSWORD = "vier muntere giraffen tanzen"
PEOPLE = {"ada": "Ada Lovelace", "alan": "Alan Turing", "grace": "Grace Hopper", "katherine": "Katherine Johnson"}
DEVICES = ("Firefox on Linux", "Till at the door", "Phone")


def furnish(site: Site) -> str:
    """The id of the person whose page is shown."""
    token, ids = site.admin_token(), []
    for name, title in PEOPLE.items():
        person = {"email": f"{name}@example.org", "display_name": title, "password": PASSWORD, "email_verified": True}
        ids.append(site.call("POST", "/api/v1/users/", person, token=token).body["id"])
    site.call("POST", "/api/v1/permissions/", {"name": "invoice:approve"}, token=token)
    role = {"name": "invoice-clerk", "title": "Invoice clerk", "permissions": ["invoice:approve"]}
    site.call("POST", "/api/v1/roles/", role, token=token)
    given = {"role": "invoice-clerk", "user": ids[2], "scope": "/acme/eu", "reason": "Covers for Alan"}
    site.call("POST", "/api/v1/role-assignments/", given, token=token)
    for device in DEVICES:
        signed_in = {"email": "grace@example.org", "password": PASSWORD, "device_name": device}
        site.call("POST", "/api/v1/token/", signed_in)
    return str(ids[2])


def take(site: Site) -> None:
    shown = furnish(site)
    with sync_playwright() as playwright:
        browser = chromium(playwright)
        for scheme, suffix in (("light", ""), ("dark", "-dark")):
            visitor = Visitor(browser, site.url, scheme=scheme)
            visitor.sign_in("admin@localhost", first_password(site))
            for name, path in (("admin", "/admin/"), ("admin-user", f"/admin/accounts/user/{shown}/change/")):
                visitor.go(path)
                visitor.page.wait_for_load_state("networkidle")
                visitor.picture(IMAGES / f"{name}{suffix}.png")
        browser.close()


if __name__ == "__main__":
    IMAGES.mkdir(exist_ok=True)
    running = Site()
    try:
        take(running.wait_until_ready())
    finally:
        running.stop()
