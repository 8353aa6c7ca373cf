"""Which algorithms an operator may let sign."""

import pytest

from identity_server.config.faults import Fault
from identity_server.tests.conftest import Load


def test_es256_signs_unless_something_else_is_said(configured: Load) -> None:
    assert configured().given.tokens.signing_algorithms == ("ES256",)


@pytest.mark.parametrize(
    ("said", "read"),
    [("RS256", ("RS256",)), ("EdDSA, ES256", ("EdDSA", "ES256")), ("ES256 RS256,EdDSA", ("ES256", "RS256", "EdDSA"))],
)
def test_several_sign_side_by_side_and_the_first_is_the_usual_one(
    said: str, read: tuple[str, ...], configured: Load
) -> None:
    assert configured(SIGNING_ALGORITHMS=said).given.tokens.signing_algorithms == read


@pytest.mark.parametrize("said", ["none", "HS256", "es256", "ES256,ES256", "ES256,PS256", ",", "ES256;RS256"])
def test_nothing_else_signs(said: str, configured: Load) -> None:
    with pytest.raises(Fault, match=r"^SIGNING_ALGORITHMS .* Example: SIGNING_ALGORITHMS=ES256,RS256$"):
        configured(SIGNING_ALGORITHMS=said)
