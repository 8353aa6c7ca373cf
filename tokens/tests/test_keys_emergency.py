"""Keys that may be in wrong hands, and whose keys are asked for."""

from collections.abc import Callable
from datetime import datetime

import pytest
from django.db import IntegrityError, connection
from pytest_django import Settings

from common.actors import SYSTEM
from events.models import Event
from tokens import keyring
from tokens.errors import TokenNotValid
from tokens.models import KeyState, SigningKey
from tokens.proofs import AccessToken
from tokens.services import key_pairs, keys, refreshing
from tokens.services.issuing import Issued

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def _both(settings: Settings) -> None:
    settings.SIGNING_ALGORITHMS = ["ES256", "EdDSA"]


def there() -> list[tuple[str, str]]:
    return sorted(SigningKey.objects.values_list("algorithm", "state"))


def test_it_kills_every_key_and_every_token(first: Issued, noon: datetime) -> None:
    keys.tend(at=noon)
    keys.renew(actor=SYSTEM, at=noon)
    before = set(SigningKey.objects.values_list("kid", flat=True))

    keys.renew(actor=SYSTEM, at=noon, emergency=True)

    assert before.isdisjoint(key["kid"] for key in keyring.published(at=noon))
    assert isinstance(refreshing.refresh(first.refresh, actor=SYSTEM, at=noon), refreshing.Refused)
    with pytest.raises(TokenNotValid):
        AccessToken(first.access, at=noon)


def test_every_listed_algorithm_signs_on_with_a_new_key(noon: datetime) -> None:
    made = keys.replace_all(actor=SYSTEM, at=noon)

    assert there() == [("ES256", "active"), ("EdDSA", "active")]
    assert {keyring.signer("ES256").kid, keyring.signer("EdDSA").kid} == {key.kid for key in made}


def test_each_key_that_went_left_its_fact(noon: datetime) -> None:
    keys.tend(at=noon)
    gone = set(SigningKey.objects.values_list("kid", flat=True))

    keys.replace_all(actor=SYSTEM, at=noon)

    facts = Event.objects.filter(kind="tokens.signing_key.removed", data__emergency=True)
    assert {fact.data["kid"] for fact in facts} == gone


def test_it_is_all_or_nothing(noon: datetime) -> None:
    keys.tend(at=noon)
    before = set(SigningKey.objects.values_list("kid", flat=True))
    pair = key_pairs.new("ES256")

    with pytest.raises(IntegrityError):
        keys._replace_all({"ES256": pair, "EdDSA": pair}, actor=SYSTEM, at=noon)

    assert set(SigningKey.objects.values_list("kid", flat=True)) == before


def test_what_somebody_made_at_that_moment_goes_as_well(noon: datetime, monkeypatch: pytest.MonkeyPatch) -> None:
    replace = keys._replace_all
    intruders: list[SigningKey] = []

    def late(*given: object, **more: object) -> list[SigningKey]:
        if not intruders:
            intruders.append(keys.ensure(at=noon))
            raise IntegrityError("one_active_key_per_algorithm")
        return replace(*given, **more)  # type: ignore[arg-type]

    monkeypatch.setattr(keys, "_replace_all", late)
    keys.replace_all(actor=SYSTEM, at=noon)

    assert not SigningKey.objects.filter(kid=intruders[0].kid).exists()


@pytest.mark.parametrize(("asked", "came"), [(None, {"ES256", "EdDSA"}), ("ES256", {"ES256"}), ("EdDSA", {"EdDSA"})])
def test_the_next_keys_are_of_the_algorithm_asked_for_or_of_all(
    asked: str | None, came: set[str], noon: datetime
) -> None:
    keys.tend(at=noon)

    made = keys.renew(algorithm=asked, actor=SYSTEM, at=noon)

    assert {key.algorithm for key in made} == came
    assert {key.state for key in made} == {KeyState.PENDING}


@pytest.mark.parametrize(("algorithm", "emergency"), [("RS256", False), ("none", False), ("ES256", True)])
def test_what_makes_no_sense_is_refused_and_changes_nothing(algorithm: str, emergency: bool, noon: datetime) -> None:
    with pytest.raises(keys.UnknownAlgorithm):
        keys.renew(algorithm=algorithm, emergency=emergency, actor=SYSTEM, at=noon)

    assert there() == []


@pytest.mark.django_db(transaction=True)
@pytest.mark.parametrize("make", [keys.ensure, keys.tend, keys.renew, keys.replace_all])
def test_pairs_are_made_while_nobody_waits_for_a_lock(
    make: Callable[..., object], noon: datetime, monkeypatch: pytest.MonkeyPatch
) -> None:
    new = key_pairs.new
    held: list[bool] = []

    def watched(algorithm: str) -> key_pairs.Pair:
        held.append(connection.in_atomic_block)
        return new(algorithm)

    monkeypatch.setattr(key_pairs, "new", watched)
    make(actor=SYSTEM, at=noon)

    assert set(held) == {False}
