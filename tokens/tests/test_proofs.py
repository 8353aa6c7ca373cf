from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

import pytest
from pytest_django import Settings

from tokens.errors import TokenNotValid
from tokens.models import Session
from tokens.proofs import AccessToken, RefreshToken, acr_of, read
from tokens.services.issuing import Issued
from tokens.tests.factories import spoken


def test_an_access_token_says_what_rfc_9068_asks_for(session: Session, first: Issued, noon: datetime) -> None:
    header, claims = (spoken(part) for part in first.access.split(".")[:2])
    born = int(noon.timestamp())

    UUID(claims.pop("jti"))
    assert (header["typ"], header["alg"], len(header["kid"])) == ("at+jwt", "ES256", 43)
    assert claims == {
        "iss": "http://127.0.0.1:8000",
        "aud": "http://127.0.0.1:8000",
        "sub": str(session.user_id),
        "sid": str(session.pk),
        "client_id": "first-party",
        "scope": "api",
        "iat": born,
        "nbf": born,
        "exp": born + 300,
        "auth_time": born,
        "amr": ["pwd"],
        "acr": "aal1",
        "roles": [],
    }


def test_no_two_access_tokens_share_an_id(session: Session, noon: datetime) -> None:
    assert len({AccessToken.of(session, roles=[], at=noon)["jti"] for _ in range(1000)}) == 1000


def test_an_access_token_stays_below_four_kilobytes(
    session: Session, first: Issued, noon: datetime, settings: Settings
) -> None:
    settings.TOKEN_ISSUER = settings.TOKEN_AUDIENCE = f"https://{'long.' * 40}example.org"
    roles = [f"the-role-of-number-{number:03}" for number in range(75)]

    fits = AccessToken.of(session, roles=roles, at=noon)

    assert fits["roles"] == roles
    assert len(str(fits)) < 4096


def test_roles_that_do_not_fit_are_left_out_and_that_is_said(session: Session, noon: datetime) -> None:
    token = AccessToken.of(session, roles=[f"the-role-of-number-{number:04}" for number in range(200)], at=noon)

    assert (token["roles"], token["roles_omitted"]) == ([], True)


def test_an_access_token_does_not_outlive_its_session(session: Session, noon: datetime) -> None:
    session.expires_at = noon + timedelta(seconds=90)

    assert AccessToken.of(session, roles=[], at=noon)["exp"] == int(noon.timestamp()) + 90


def test_the_same_link_of_the_chain_can_be_made_again(session: Session) -> None:
    assert RefreshToken.of(session).payload == RefreshToken.of(session).payload


def test_each_link_has_its_own_id(session: Session) -> None:
    before = RefreshToken.of(session)["jti"]
    session.refresh_counter += 1

    assert RefreshToken.of(session)["jti"] != before


@pytest.mark.parametrize("amr", [["pwd", "otp", "mfa"], ["mfa"]])
def test_a_second_factor_raises_the_assurance(amr: list[str]) -> None:
    assert (acr_of(amr), acr_of(["pwd"])) == ("aal2", "aal1")


def test_each_kind_is_read_as_what_it_is(first: Issued, noon: datetime) -> None:
    assert type(read(first.access, at=noon)) is AccessToken
    assert type(read(first.refresh, at=noon)) is RefreshToken


@pytest.mark.parametrize(
    "flaw",
    [
        {"sid": None},
        {"sid": "no-uuid"},
        {"sub": 7},
        {"counter": None},
        {"counter": True},
        {"counter": "0"},
    ],
)
def test_a_claim_that_cannot_be_is_refused_although_we_signed_it(
    session: Session, first: Issued, noon: datetime, flaw: dict[str, Any]
) -> None:
    strange = RefreshToken.of(session)
    strange.payload |= flaw

    with pytest.raises(TokenNotValid):
        RefreshToken(str(strange), at=noon)


def test_nothing_is_read_without_being_checked(first: Issued, noon: datetime) -> None:
    forged = first.access[:-8] + "AAAAAAAA"

    with pytest.raises(TokenNotValid):
        AccessToken(forged, verify=False, at=noon)
