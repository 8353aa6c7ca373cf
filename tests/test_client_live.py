"""clients/python against a real server: tokens are checked offline, and a killed session is refused within the poll interval."""

from collections.abc import Callable, Iterator
from typing import Any

import pytest

from identity_client import InvalidToken, Verifier
from tests.live import Site, eventually

pytestmark = [pytest.mark.live, pytest.mark.timeout(240)]
ADDRESS, PASSWORD = "dora@example.org", "a lighthouse in the morning fog"
POLL_INTERVAL = 1.0
# The way there and back on a busy machine.
ROUND_TRIP = 2.0


@pytest.fixture(scope="module")
def root(site: Site) -> str:
    """The administrator's token."""
    return site.admin_token()


@pytest.fixture(scope="module", autouse=True)
def dora(site: Site, root: str) -> str:
    """The id of somebody who signs in with a password."""
    person = {"email": ADDRESS, "password": PASSWORD, "email_verified": True}
    return str(_made(site, root, "/api/v1/users/", person)["id"])


@pytest.fixture(scope="module")
def billing(site: Site, root: str) -> dict[str, str]:
    """The credentials of a service account that may read the feed."""
    _made(site, root, "/api/v1/roles/", {"name": "feed-reader", "permissions": ["revocation:view"]})
    account = _made(site, root, "/api/v1/service-accounts/", {"name": "billing"})["id"]
    holds = {"role": "feed-reader", "service_account": account, "scope": "/"}
    _made(site, root, "/api/v1/role-assignments/", holds)
    issued = _made(site, root, f"/api/v1/service-accounts/{account}/credentials/", {})
    return {"client_id": issued["client_id"], "client_secret": issued["client_secret"]}


@pytest.fixture
def verifier(site: Site, billing: dict[str, str]) -> Iterator[Verifier]:
    client_id, client_secret = billing["client_id"], billing["client_secret"]
    with Verifier(site.url, poll_interval=POLL_INTERVAL, client_id=client_id, client_secret=client_secret) as running:
        yield running


def _made(site: Site, token: str, path: str, body: dict[str, Any]) -> dict[str, Any]:
    answer = site.call("POST", path, body, token=token)
    assert answer.status == 201, answer
    found: dict[str, Any] = answer.body
    return found


def _is_refused(verifier: Verifier, raw: str) -> Callable[[], bool]:
    def look() -> bool:
        try:
            verifier.verify(raw)
        except InvalidToken:
            return True
        return False

    return look


def test_a_token_is_checked_by_its_signature_alone(site: Site, dora: str) -> None:
    verifier = Verifier(site.url, follow_revocations=False)
    signed_in = site.sign_in(ADDRESS, PASSWORD)

    found = verifier.verify(signed_in["access"])

    assert (found.subject, found.session_id) == (dora, signed_in["session_id"])
    with pytest.raises(InvalidToken):
        verifier.verify(signed_in["refresh"])


def test_a_session_that_ends_is_refused_within_the_poll_interval(site: Site, verifier: Verifier) -> None:
    killed, other = site.sign_in(ADDRESS, PASSWORD), site.sign_in(ADDRESS, PASSWORD)
    assert verifier.verify(killed["access"]).session_id == killed["session_id"]

    assert site.call("POST", "/api/v1/token/revoke/", {"token": killed["refresh"]}).status == 200

    eventually(_is_refused(verifier, killed["access"]), within=POLL_INTERVAL + ROUND_TRIP)
    assert verifier.verify(other["access"]).subject


def test_who_is_signed_out_everywhere_is_refused_with_all_her_tokens(
    site: Site, root: str, dora: str, verifier: Verifier
) -> None:
    tokens = [site.sign_in(ADDRESS, PASSWORD)["access"] for _ in range(2)]
    assert [verifier.verify(token).subject for token in tokens] == [dora, dora]

    assert site.call("POST", f"/api/v1/users/{dora}/sign-out/", token=root).status in {200, 204}

    for token in tokens:
        eventually(_is_refused(verifier, token), within=POLL_INTERVAL + ROUND_TRIP)


def test_the_token_of_a_service_account_is_checked_like_any_other(
    site: Site, verifier: Verifier, billing: dict[str, str]
) -> None:
    assert verifier._feed is not None
    bought = verifier._feed._credential.current()

    assert verifier.verify(bought).client_id == billing["client_id"]


def test_an_api_key_reads_the_feed_too(site: Site, root: str) -> None:
    asked = {"name": "verifier", "scopes": ["revocation:view"]}
    key = _made(site, root, "/api/v1/me/api-keys/", asked)["key"]
    signed_in = site.sign_in(ADDRESS, PASSWORD)

    with Verifier(site.url, credential=key, poll_interval=POLL_INTERVAL) as verifier:
        assert verifier.verify(signed_in["access"]).subject
        assert verifier.feed_age is not None
