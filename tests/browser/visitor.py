"""Somebody at a browser, and what went wrong on the pages that she saw."""

import os
from pathlib import Path

from playwright.sync_api import Browser, ConsoleMessage, Page, Playwright, Response

CHROMIUM = os.environ.get("CHROMIUM") or "/usr/bin/chromium"
SIDEBAR = "#nav-sidebar-apps a"


def chromium(playwright: Playwright) -> Browser:
    # In a container there are no user namespaces for Chromium's sandbox; it visits nothing but our own server.
    return playwright.chromium.launch(executable_path=CHROMIUM, args=["--no-sandbox"])


class Visitor:
    """`faults` has each error of a page's console (a violated CSP is one), of its scripts and of its answers."""

    def __init__(self, browser: Browser, url: str, *, width: int = 1280, scheme: str = "light") -> None:
        self.context = browser.new_context(
            base_url=url, viewport={"width": width, "height": 940}, color_scheme="dark" if scheme == "dark" else "light"
        )
        self.page: Page = self.context.new_page()
        self.faults: list[str] = []
        self.page.on("console", self._hear)
        self.page.on("dialog", lambda dialog: self.faults.append(f"dialog: {dialog.message}"))
        self.page.on("pageerror", lambda error: self.faults.append(f"script: {error}"))
        self.page.on("response", self._look)

    def _hear(self, said: ConsoleMessage) -> None:
        if said.type == "error":
            self.faults.append(f"console: {said.text}")

    def _look(self, answer: Response) -> None:
        if answer.status >= 500:
            self.faults.append(f"{answer.status}: {answer.url}")

    def go(self, path: str) -> str:
        """Opens the page and gives all that can be read on it."""
        self.page.goto(path)
        return self.text

    @property
    def text(self) -> str:
        return self.page.inner_text("body")

    def sign_in(self, email: str, password: str) -> None:
        self.page.goto("/admin/login/")
        self.page.fill("#id_username", email)
        self.page.fill("#id_password", password)
        self.press("#login-form button[type=submit]")

    def press(self, way: str) -> None:
        """Takes a link or a button that leads to another page, and has all of that page: a click waits for its first byte only."""
        with self.page.expect_navigation():
            self.page.click(way)

    def fill(self, **fields: str) -> None:
        for name, value in fields.items():
            self.page.fill(f"#id_{name}", value)

    def choose(self, field: str, label: str) -> None:
        """Types into a menu that asks the server, and takes what it was looking for."""
        self.page.click(f".field-{field} .select2-selection")
        self.page.locator(".select2-search__field").press_sequentially(label)
        self.page.click(f".select2-results__option:text-is('{label}')")

    def post(self, path: str, **form: str) -> int:
        """A POST as somebody forges it who has the right cookies and token but not the page."""
        token = self.page.locator("[name=csrfmiddlewaretoken]").first.get_attribute("value")
        sent: dict[str, str | float | bool] = {**form, "csrfmiddlewaretoken": str(token)}
        return self.context.request.post(path, form=sent, max_redirects=0).status

    def save(self) -> None:
        self.press("button[name=_save]")

    def addresses(self) -> list[str]:
        """Where the sidebar leads."""
        return [str(link.get_attribute("href")) for link in self.page.locator(SIDEBAR).all()]

    def overflow(self) -> int:
        """By how many pixels the page is wider than the window."""
        wide: int = self.page.evaluate("document.documentElement.scrollWidth - document.documentElement.clientWidth")
        return wide

    def picture(self, path: Path) -> None:
        self.page.screenshot(path=path, animations="disabled")
