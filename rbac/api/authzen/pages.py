"""The pages of a search: how many results, and a signed token for where the next page starts."""

import hashlib
import json
from collections.abc import Mapping, Sequence
from typing import Any, NamedTuple

from django.core.signing import BadSignature, Signer

from common.errors import Invalid
from rbac.api.authzen import forms
from rbac.api.authzen.forms import Malformed
from rbac.selectors.searches import Found, Window

USUAL, LARGEST = 100, 1000
ASKED_BY = ("subject", "action", "resource", "context")


class InvalidToken(Invalid):
    code = "invalid_page_token"
    title = "The page token is not one of this search"


class Page(NamedTuple):
    """`search` is the digest of what is asked, to which a token belongs."""

    window: Window
    search: str

    def answer(self, found: Found, results: Sequence[Mapping[str, Any]]) -> dict[str, Any]:
        """The search's answer, the page first, as the standard recommends."""
        more = "" if found.last is None else _signer().sign_object([self.search, self.window.limit, found.last])
        return {"page": {"next_token": more, "count": len(results)}, "results": results}


def page_of(body: object, *, search: str) -> Page:
    """The page that the body of a search of that kind asks for. What was asked must not change from page to page."""
    asked = forms.members(body)
    page = forms.optional_object(asked, "page")
    forms.optional_object(page, "page.properties")
    digest, limit, token = _digest(search, asked), _limit(page), page.get("token", "")
    if not isinstance(token, str):
        raise Malformed("page.token is not a string.")
    if not token:
        return Page(Window(USUAL if limit is None else limit, ""), digest)
    begun = _read(token)
    if begun.search != digest or limit not in {None, begun.window.limit}:
        raise InvalidToken("The search has changed since its first page; start again without a token.")
    return begun


def _limit(page: Mapping[str, Any]) -> int | None:
    if "limit" not in page:
        return None
    said = page["limit"]
    if not isinstance(said, int) or isinstance(said, bool) or said < 0:
        raise Malformed("page.limit is not a whole number, zero or more.")
    return min(said, LARGEST)


def _read(token: str) -> Page:
    try:
        search, limit, after = _signer().unsign_object(token)
    except (BadSignature, ValueError):
        raise InvalidToken from None
    return Page(Window(limit, after), search)


def _digest(search: str, body: Mapping[str, Any]) -> str:
    asked = {name: body[name] for name in ASKED_BY if name in body}
    return hashlib.sha256(json.dumps([search, asked], sort_keys=True).encode()).hexdigest()


def _signer() -> Signer:
    return Signer(salt="rbac.api.authzen.pages")
