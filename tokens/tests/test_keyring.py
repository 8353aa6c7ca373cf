"""What a process knows of the keys, and how soon it learns of others."""

from collections import Counter
from collections.abc import Callable
from dataclasses import replace
from datetime import datetime, timedelta
from typing import Any

import jwt
import pytest
from cryptography.hazmat.primitives.serialization import load_der_private_key
from pytest_django import DjangoAssertNumQueries, DjangoCaptureOnCommitCallbacks, Settings

from accounts.models import User
from common.actors import SYSTEM
from common.errors import Unavailable
from tokens import keyring
from tokens.keyring import Ring
from tokens.models import KeyState, Session, SigningKey
from tokens.proofs import AccessToken
from tokens.services import issuing, key_pairs, keys
from tokens.services.issuing import Issued
from tokens.tests.clients import bearing, post, sign_in

pytestmark = pytest.mark.django_db


@pytest.fixture
def active(noon: datetime) -> SigningKey:
    return keys.ensure(at=noon)


@pytest.fixture
def pending(active: SigningKey, noon: datetime) -> SigningKey:
    return keys.rotate(actor=SYSTEM, at=noon)


@pytest.fixture
def remember(monkeypatch: pytest.MonkeyPatch) -> Callable[..., Ring]:
    """Puts into this process's memory what it might have read `ago` seconds before: these keys, or those of now."""

    def put(*kids: str, ago: float = 0) -> Ring:
        ring = keyring._read()
        known = {kid: ring.keys[kid] for kid in kids} if kids else ring.keys
        old = Ring(known, ring.read_at - ago)
        monkeypatch.setattr(keyring._memory, "ring", old)
        return old

    return put


@pytest.fixture
def parsed(monkeypatch: pytest.MonkeyPatch) -> Counter[str]:
    """How often each half of a key was parsed."""
    counted: Counter[str] = Counter()

    def private(*given: Any, **more: Any) -> Any:
        counted["private"] += 1
        return load_der_private_key(*given, **more)

    class Public(jwt.PyJWK):
        def __init__(self, *given: Any) -> None:
            counted["public"] += 1
            super().__init__(*given)

    monkeypatch.setattr(keyring, "load_der_private_key", private)
    monkeypatch.setattr(jwt, "PyJWK", Public)
    return counted


def test_the_key_set_holds_no_private_member(active: SigningKey, noon: datetime) -> None:
    assert [set(key) for key in keyring.published(at=noon)] == [{"kty", "crv", "x", "y", "use", "alg", "kid"}]


def test_a_lost_encryption_key_stops_signing_and_not_checking(
    first: Issued, noon: datetime, settings: Settings, monkeypatch: pytest.MonkeyPatch
) -> None:
    settings.ENCRYPTION_KEYS = ["enp6enp6enp6enp6enp6enp6enp6enp6enp6enp6eno="]
    monkeypatch.setattr(keyring, "_memory", keyring.Memory())

    AccessToken(first.access, at=noon)
    with pytest.raises(Unavailable):
        keyring.signer().private  # noqa: B018  reading it unseals it


def test_a_key_is_parsed_once_however_often_it_is_used(
    parsed: Counter[str], session: Session, noon: datetime, django_assert_num_queries: DjangoAssertNumQueries
) -> None:
    issued = [issuing.issue(session, at=noon) for _ in range(5)]
    with django_assert_num_queries(0):
        for pair in issued:
            AccessToken(pair.access, at=noon)
    for _ in range(3):
        keyring.forget()
        AccessToken(issued[0].access, at=noon)

    assert parsed == {"private": 1, "public": 1}


def test_requests_do_not_parse_keys_again(parsed: Counter[str], alice: User) -> None:
    pair = sign_in(alice)
    for _ in range(5):
        pair = post("token/refresh/", {"refresh": pair["refresh"]}).json()
        assert post("token/verify/", {"token": pair["access"]}).status_code == 200
        assert bearing(pair["access"]).get("/api/v1/me/").status_code == 200

    assert parsed == {"private": 1, "public": 1}


def test_however_many_keys_there_are_each_is_parsed_once(
    parsed: Counter[str], active: SigningKey, noon: datetime
) -> None:
    for number in range(100):
        retired = keys._add(KeyState.ACTIVE, f"x{number}", key_pairs.new("ES256"), actor=SYSTEM, at=noon)
        SigningKey.objects.filter(pk=retired.pk).update(algorithm="ES256", state=KeyState.RETIRED)
    for _ in range(3):
        keyring.forget()
        assert all(keyring.verifier(key["kid"], at=noon).public for key in keyring.published(at=noon))  # type: ignore[union-attr]

    assert parsed == {"public": 101}


def test_a_removed_key_is_forgotten_with_its_private_half(active: SigningKey, noon: datetime) -> None:
    assert keyring.signer().private
    keys.replace_all(actor=SYSTEM, at=noon)
    keyring.signer()

    assert active.kid not in keyring._memory.halves


def test_made_up_key_ids_do_not_reach_the_database(
    active: SigningKey, noon: datetime, django_assert_num_queries: DjangoAssertNumQueries
) -> None:
    keyring.signer()

    with django_assert_num_queries(1):
        assert {keyring.verifier(f"{number:043}", at=noon) for number in range(1000)} == {None}


def test_a_key_that_another_process_made_a_moment_ago_is_found_at_once(
    active: SigningKey, pending: SigningKey, noon: datetime, remember: Callable[..., Ring]
) -> None:
    remember(active.kid)

    found = keyring.verifier(pending.kid, at=noon)

    assert found
    assert found.kid == pending.kid


def test_who_comes_while_another_thread_reads_takes_the_old_ring(
    active: SigningKey, remember: Callable[..., Ring], django_assert_num_queries: DjangoAssertNumQueries
) -> None:
    remember(ago=keyring.REFRESH_SECONDS)

    with keyring._reading, django_assert_num_queries(0):
        assert keyring.signer().kid == active.kid


def test_another_processs_rotation_is_seen_within_seconds(
    active: SigningKey, remember: Callable[..., Ring], django_assert_num_queries: DjangoAssertNumQueries
) -> None:
    remember(ago=keyring.REFRESH_SECONDS - 1)
    SigningKey.objects.filter(pk=active.pk).update(state=KeyState.RETIRED)
    with django_assert_num_queries(0):
        keyring.signer()

    old = remember(active.kid, ago=keyring.REFRESH_SECONDS)
    assert old.read_at
    with pytest.raises(Unavailable, match="no active signing key"):
        keyring.signer()


def test_who_is_told_of_the_key_that_signs_reads_it_at_once(
    active: SigningKey, noon: datetime, remember: Callable[..., Ring], django_assert_num_queries: DjangoAssertNumQueries
) -> None:
    before = remember()
    (new,) = keys.replace_all(actor=SYSTEM, at=noon)
    keyring._memory.ring = replace(before)

    with django_assert_num_queries(1):
        keyring.expect(new.kid)
        keyring.expect(new.kid)
        assert keyring.signer().kid == new.kid


def test_being_told_of_a_key_that_is_held_costs_nothing(
    pending: SigningKey, active: SigningKey, remember: Callable[..., Ring], noon: datetime
) -> None:
    before = remember()

    keyring.expect(active.kid)
    assert keyring._memory.ring is before

    keyring.expect(pending.kid)
    assert keyring._memory.ring is not before


def test_a_reader_who_was_overtaken_does_not_bring_the_old_keys_back(
    active: SigningKey, monkeypatch: pytest.MonkeyPatch
) -> None:
    key_of = keyring._key_of

    def slow(*given: Any) -> Any:
        keyring.forget()  # as after a change of the keys, while this thread had already read them
        return key_of(*given)

    monkeypatch.setattr(keyring, "_key_of", slow)
    assert keyring.signer().kid == active.kid

    assert keyring._memory.ring is None


def test_what_was_read_before_a_change_had_committed_is_forgotten_with_the_commit(
    active: SigningKey,
    noon: datetime,
    remember: Callable[..., Ring],
    django_capture_on_commit_callbacks: DjangoCaptureOnCommitCallbacks,
) -> None:
    with django_capture_on_commit_callbacks(execute=True):
        keys.replace_all(actor=SYSTEM, at=noon)
        remember()

    assert keyring._memory.ring is None


def test_a_slow_reader_does_not_replace_a_newer_ring(active: SigningKey, remember: Callable[..., Ring]) -> None:
    newer = remember(ago=-timedelta(minutes=1).total_seconds())

    keyring._read()

    assert keyring._memory.ring is newer
