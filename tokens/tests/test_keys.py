from collections.abc import Iterator
from datetime import datetime, timedelta

import pytest
from django.db import IntegrityError, transaction
from pytest_django import DjangoAssertNumQueries, Settings

from common import encryption
from common.actors import SYSTEM
from common.errors import Unavailable
from events.models import Event
from tokens import keyring
from tokens.errors import TokenNotValid
from tokens.models import KeyState, Session, SigningKey
from tokens.proofs import AccessToken
from tokens.services import keys, sessions
from tokens.services.sessions import Issued

pytestmark = pytest.mark.django_db
DAY, SECOND = timedelta(days=1), timedelta(seconds=1)


def states() -> list[str]:
    return list(SigningKey.objects.order_by("id").values_list("state", flat=True))


def published(at: datetime) -> list[str]:
    keyring.forget()
    return [key["kid"] for key in keyring.published(at=at)]


@pytest.fixture
def active(noon: datetime) -> SigningKey:
    return keys.ensure(at=noon)


@pytest.fixture
def pending(active: SigningKey, noon: datetime) -> SigningKey:
    return keys.rotate(actor=SYSTEM, at=noon)


@pytest.fixture
def ready(settings: Settings) -> timedelta:
    """How long after its making a key may sign."""
    return timedelta(seconds=settings.JWKS_CACHE_SECONDS + 2 * keyring.REFRESH_SECONDS)


def test_the_first_key_signs_at_once(noon: datetime) -> None:
    key = keys.ensure(at=noon)

    assert (key.state, keyring.signer().kid) == (KeyState.ACTIVE, key.kid)
    assert Event.objects.get().kind == "tokens.signing_key.added"


def test_ensuring_twice_makes_one_key(active: SigningKey, noon: datetime) -> None:
    assert keys.ensure(at=noon + DAY) == active


def test_of_two_nodes_that_start_at_once_the_second_takes_the_firsts_key(active: SigningKey, noon: datetime) -> None:
    assert keys._make_unless_beaten(KeyState.ACTIVE, actor=SYSTEM, at=noon) is None

    assert list(SigningKey.objects.all()) == [active]


@pytest.mark.parametrize("state", [KeyState.ACTIVE, KeyState.PENDING])
def test_the_schema_allows_one_signing_and_one_waiting_key(pending: SigningKey, state: str) -> None:
    pending.pk, pending.kid, pending.state = None, "other", state

    with pytest.raises(IntegrityError), transaction.atomic():
        pending.save()


def test_the_private_part_is_stored_sealed(active: SigningKey) -> None:
    private = encryption.decrypt(bytes(active.sealed_private_key))

    assert private not in bytes(active.sealed_private_key)
    assert set(active.public_jwk) == {"kty", "crv", "x", "y"}


def test_the_id_is_rfc_7638s_thumbprint() -> None:
    # The example of the RFC's section 3.1 is an RSA key; its three members in order give this.
    modulus = (
        "0vx7agoebGcQSuuPiLJXZptN9nndrQmbXEps2aiAFbWhM78LhWx4cbbfAAtVT86zwu1RK7aPFFxuhDR1L6tSoc_BJECPebWKRXjBZCiFV4n3oknjhMs"
        "tn64tZ_2W-5JsGY4Hc5n9yBXArwl93lqt7_RN5w6Cf0h4QyQ5v-65YGjQR0_FDW2QvzqY368QQMicAtaSqzs8KJZgnYb9c7d0zgdAZHzu6qMQvRL5hajrn1n"
        "91CbOpbISD08qNLyrdkt-bFTWhAI4vMQFh6WeZu0fM4lFd2NcRwr3XPksINHaQ-G_xBniIqbw0Ls1jF44-csFCur-kEgU8awapJzKnqDKgw"
    )

    found = keys.thumbprint({"kty": "RSA", "e": "AQAB", "n": modulus})

    assert found == "NzbLsXh8uDCcd-6MNwXF4W_7noWXFZAfHkxZsRGC9Xs"


def test_the_next_key_is_published_before_it_signs(active: SigningKey, pending: SigningKey, noon: datetime) -> None:
    assert published(noon) == [active.kid, pending.kid]
    assert keyring.signer().kid == active.kid


def test_rotating_again_while_one_waits_changes_nothing(pending: SigningKey, noon: datetime) -> None:
    assert keys.rotate(actor=SYSTEM, at=noon + SECOND) == pending


def test_it_signs_once_every_cache_can_have_it(pending: SigningKey, noon: datetime, ready: timedelta) -> None:
    keys.tend(at=noon + ready - SECOND)
    assert keyring.signer().kid != pending.kid

    keys.tend(at=noon + ready)
    assert keyring.signer().kid == pending.kid
    assert states() == [KeyState.RETIRED, KeyState.ACTIVE]


def test_tending_twice_or_from_two_beats_hands_over_once(pending: SigningKey, noon: datetime, ready: timedelta) -> None:
    keys.tend(at=noon + ready)

    assert keys.activate(pending, actor=SYSTEM, at=noon + ready) is False
    keys.tend(at=noon + ready)

    assert states() == [KeyState.RETIRED, KeyState.ACTIVE]
    assert Event.objects.filter(kind="tokens.signing_key.activated").count() == 1


def test_what_the_old_key_signed_stays_good(session: Session, first: Issued, noon: datetime, ready: timedelta) -> None:
    keys.rotate(actor=SYSTEM, at=noon - ready)
    keys.tend(at=noon)

    AccessToken(first.access, at=noon + SECOND)
    again = sessions.refresh(first.refresh, actor=SYSTEM, at=noon + 13 * DAY)
    assert isinstance(again, Issued)


def test_an_old_key_goes_when_nothing_that_it_signed_can_live(
    active: SigningKey, pending: SigningKey, noon: datetime, ready: timedelta, settings: Settings
) -> None:
    keys.tend(at=noon + ready)
    over = noon + ready + settings.REFRESH_IDLE_LIFETIME + keys.MARGIN

    assert active.kid in published(over - SECOND)
    assert active.kid not in published(over)

    keys.tend(at=over)
    assert not SigningKey.objects.filter(pk=active.pk).exists()


def test_keys_rotate_by_themselves(active: SigningKey, noon: datetime, ready: timedelta, settings: Settings) -> None:
    end = noon + settings.SIGNING_KEY_LIFETIME

    keys.tend(at=end - ready - SECOND)
    assert states() == [KeyState.ACTIVE]
    keys.tend(at=end - ready)
    assert states() == [KeyState.ACTIVE, KeyState.PENDING]
    keys.tend(at=end)
    assert states() == [KeyState.RETIRED, KeyState.ACTIVE]


def test_an_emergency_kills_every_key_and_every_token(first: Issued, pending: SigningKey, noon: datetime) -> None:
    new = keys.rotate(actor=SYSTEM, at=noon, emergency=True)

    assert published(noon) == [new.kid] == [keyring.signer().kid]
    assert isinstance(sessions.refresh(first.refresh, actor=SYSTEM, at=noon), sessions.Refused)
    with pytest.raises(TokenNotValid):
        AccessToken(first.access, at=noon)


def test_the_key_set_holds_no_private_member(active: SigningKey, noon: datetime) -> None:
    assert [set(key) for key in keyring.published(at=noon)] == [{"kty", "crv", "x", "y", "use", "alg", "kid"}]


def test_a_lost_encryption_key_stops_signing_and_not_checking(
    first: Issued, noon: datetime, settings: Settings
) -> None:
    settings.ENCRYPTION_KEYS = ["enp6enp6enp6enp6enp6enp6enp6enp6enp6enp6eno="]
    keyring._private.cache_clear()

    AccessToken(first.access, at=noon)
    with pytest.raises(Unavailable):
        keyring.signer().private  # noqa: B018  reading it unseals it


@pytest.fixture
def _unparsed() -> Iterator[None]:
    keyring._private.cache_clear()
    keyring._public.cache_clear()
    yield
    keyring._private.cache_clear()


@pytest.mark.usefixtures("_unparsed")
def test_a_key_is_parsed_once_however_often_it_is_used(
    session: Session, noon: datetime, django_assert_num_queries: DjangoAssertNumQueries
) -> None:
    issued = [sessions.issue(session, at=noon) for _ in range(5)]
    with django_assert_num_queries(0):
        for pair in issued:
            AccessToken(pair.access, at=noon)
    keyring.forget()
    AccessToken(issued[0].access, at=noon)

    assert keyring._private.cache_info().misses == keyring._public.cache_info().misses == 1


def test_made_up_key_ids_do_not_reach_the_database(
    active: SigningKey, noon: datetime, django_assert_num_queries: DjangoAssertNumQueries
) -> None:
    keyring.signer()

    with django_assert_num_queries(1):
        assert {keyring.verifier(f"{number:043}", at=noon) for number in range(1000)} == {None}


def test_a_key_that_another_process_made_a_moment_ago_is_found_at_once(
    active: SigningKey, pending: SigningKey, noon: datetime, monkeypatch: pytest.MonkeyPatch
) -> None:
    ring = keyring._read()
    monkeypatch.setattr(keyring, "_ring", keyring.Ring({active.kid: ring.keys[active.kid]}, ring.read_at))

    assert keyring.verifier(pending.kid, at=noon) == ring.keys[pending.kid]


def test_who_comes_while_another_thread_reads_takes_the_old_ring(
    active: SigningKey, monkeypatch: pytest.MonkeyPatch, django_assert_num_queries: DjangoAssertNumQueries
) -> None:
    old = keyring.Ring(keyring._read().keys, -keyring.REFRESH_SECONDS)
    monkeypatch.setattr(keyring, "_ring", old)

    with keyring._reading, django_assert_num_queries(0):
        assert keyring.signer().kid == active.kid


def test_another_processs_rotation_is_seen_within_seconds(
    active: SigningKey, monkeypatch: pytest.MonkeyPatch, django_assert_num_queries: DjangoAssertNumQueries
) -> None:
    ring = keyring._read()
    SigningKey.objects.filter(pk=active.pk).update(algorithm="ES384")
    with django_assert_num_queries(0):
        keyring.signer()

    monkeypatch.setattr(keyring, "_ring", keyring.Ring(ring.keys, ring.read_at - keyring.REFRESH_SECONDS))
    with pytest.raises(Unavailable, match="no active signing key"):
        keyring.signer()
