from datetime import datetime, timedelta

import pytest
from django.db import IntegrityError, transaction
from pytest_django import Settings

from common import encryption
from common.actors import SYSTEM
from events.models import Event
from tokens import key_watch, keyring
from tokens.models import KeyState, Session, SigningKey
from tokens.proofs import AccessToken
from tokens.services import issuing, keys, refreshing
from tokens.services.issuing import Issued

pytestmark = pytest.mark.django_db
DAY, SECOND = timedelta(days=1), timedelta(seconds=1)


def states(algorithm: str = "ES256") -> list[str]:
    return list(SigningKey.objects.filter(algorithm=algorithm).order_by("id").values_list("state", flat=True))


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
def ready() -> timedelta:
    """How long after its making a key may sign."""
    return key_watch.lifetimes().waits


@pytest.fixture
def both(settings: Settings) -> None:
    """Two algorithms are listed."""
    settings.SIGNING_ALGORITHMS = ["ES256", "EdDSA"]


def test_the_first_key_signs_at_once(noon: datetime) -> None:
    key = keys.ensure(at=noon)

    assert (key.state, keyring.signer().kid) == (KeyState.ACTIVE, key.kid)
    assert Event.objects.get().kind == "tokens.signing_key.added"


def test_ensuring_twice_makes_one_key(active: SigningKey, noon: datetime) -> None:
    assert keys.ensure(at=noon + DAY) == active


def test_of_two_nodes_that_start_at_once_the_second_takes_the_firsts_key(active: SigningKey, noon: datetime) -> None:
    assert keys._made_unless_beaten(KeyState.ACTIVE, "ES256", actor=SYSTEM, at=noon) is None

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


def test_the_next_key_is_published_before_it_signs(active: SigningKey, pending: SigningKey, noon: datetime) -> None:
    assert published(noon) == [active.kid, pending.kid]
    assert keyring.signer().kid == active.kid


def test_rotating_again_while_one_waits_changes_nothing(pending: SigningKey, noon: datetime, ready: timedelta) -> None:
    assert keys.rotate(actor=SYSTEM, at=noon + ready - SECOND) == pending

    assert states() == [KeyState.ACTIVE, KeyState.PENDING]


def test_rotating_again_when_it_has_waited_long_enough_hands_over_without_beat(
    pending: SigningKey, noon: datetime, ready: timedelta
) -> None:
    again = keys.rotate(actor=SYSTEM, at=noon + ready)

    assert (again.kid, again.state) == (pending.kid, KeyState.ACTIVE)
    assert states() == [KeyState.RETIRED, KeyState.ACTIVE]


def test_rotating_where_nothing_signs_makes_a_key_that_does(noon: datetime) -> None:
    assert keys.rotate(actor=SYSTEM, at=noon).state == KeyState.ACTIVE


def test_it_signs_once_every_cache_can_have_it(pending: SigningKey, noon: datetime, ready: timedelta) -> None:
    keys.tend(at=noon + ready - SECOND)
    assert keyring.signer().kid != pending.kid

    keys.tend(at=noon + ready)
    assert keyring.signer().kid == pending.kid
    assert states() == [KeyState.RETIRED, KeyState.ACTIVE]


def test_tending_twice_or_from_two_beats_hands_over_once(pending: SigningKey, noon: datetime, ready: timedelta) -> None:
    stale = SigningKey.objects.get(pk=pending.pk)
    keys.tend(at=noon + ready)

    assert keys.activate(stale, actor=SYSTEM, at=noon + ready) is False
    keys.tend(at=noon + ready)

    assert states() == [KeyState.RETIRED, KeyState.ACTIVE]
    assert Event.objects.filter(kind="tokens.signing_key.activated").count() == 1


def test_what_the_old_key_signed_stays_good(session: Session, first: Issued, noon: datetime, ready: timedelta) -> None:
    keys.rotate(actor=SYSTEM, at=noon - ready)
    keys.tend(at=noon)

    AccessToken(first.access, at=noon + SECOND)
    again = refreshing.refresh(first.refresh, actor=SYSTEM, at=noon + 13 * DAY)
    assert isinstance(again, Issued)


def test_keys_that_live_for_an_hour_let_refresh_tokens_live_for_two_weeks(
    session: Session, first: Issued, noon: datetime, ready: timedelta, settings: Settings
) -> None:
    settings.SIGNING_KEY_LIFETIME = timedelta(hours=1)
    for hour in range(1, 49):
        keys.tend(at=noon + hour * timedelta(hours=1) - ready)
        keys.tend(at=noon + hour * timedelta(hours=1))

    assert states() == [*[KeyState.RETIRED] * 48, KeyState.ACTIVE]
    assert isinstance(refreshing.refresh(first.refresh, actor=SYSTEM, at=noon + 13 * DAY), Issued)


def test_an_old_key_goes_when_nothing_that_it_signed_can_live(
    active: SigningKey, pending: SigningKey, noon: datetime, ready: timedelta, settings: Settings
) -> None:
    keys.tend(at=noon + ready)
    over = noon + ready + settings.REFRESH_IDLE_LIFETIME + keys.MARGIN

    assert active.kid in published(over - SECOND)
    assert active.kid not in published(over)

    keys.tend(at=over)
    assert not SigningKey.objects.filter(pk=active.pk).exists()


def test_a_key_is_retired_once(active: SigningKey, noon: datetime) -> None:
    keys.retire(active, actor=SYSTEM, at=noon)
    ends = SigningKey.objects.get().verifies_until

    assert keys.retire(active, actor=SYSTEM, at=noon + DAY) is False

    assert SigningKey.objects.get().verifies_until == ends


def test_a_shorter_life_of_new_tokens_does_not_cut_that_of_older_ones(
    session: Session, first: Issued, noon: datetime, settings: Settings
) -> None:
    settings.REFRESH_IDLE_LIFETIME = DAY

    keys.retire(SigningKey.objects.get(), actor=SYSTEM, at=noon)

    assert SigningKey.objects.get().verifies_until == session.idle_expires_at + keys.MARGIN


def test_keys_rotate_by_themselves(active: SigningKey, noon: datetime, ready: timedelta, settings: Settings) -> None:
    end = noon + settings.SIGNING_KEY_LIFETIME

    keys.tend(at=end - ready - SECOND)
    assert states() == [KeyState.ACTIVE]
    keys.tend(at=end - ready)
    assert states() == [KeyState.ACTIVE, KeyState.PENDING]
    keys.tend(at=end)
    assert states() == [KeyState.RETIRED, KeyState.ACTIVE]


@pytest.mark.usefixtures("both")
def test_each_listed_algorithm_has_its_own_chain(noon: datetime, ready: timedelta) -> None:
    keys.tend(at=noon)

    keys.rotate(algorithm="EdDSA", actor=SYSTEM, at=noon)
    keys.tend(at=noon + ready)

    assert states("ES256") == [KeyState.ACTIVE]
    assert states("EdDSA") == [KeyState.RETIRED, KeyState.ACTIVE]


@pytest.mark.usefixtures("both")
def test_the_first_that_is_listed_signs_where_nobody_asks(noon: datetime) -> None:
    keys.tend(at=noon)

    assert (keyring.signer().algorithm, keyring.signer("EdDSA").algorithm) == ("ES256", "EdDSA")


def test_a_key_of_an_algorithm_that_is_listed_no_more_only_verifies(
    both: None, session: Session, first: Issued, noon: datetime, settings: Settings
) -> None:
    keys.tend(at=noon)
    keys.rotate(actor=SYSTEM, at=noon)
    settings.SIGNING_ALGORITHMS, settings.SIGNING_ALGORITHM = ["EdDSA"], "EdDSA"

    keys.tend(at=noon)

    assert states("ES256") == [KeyState.RETIRED]
    AccessToken(first.access, at=noon + SECOND)
    assert AccessToken(issuing.issue(session, at=noon).access, at=noon)["sid"] == str(session.pk)
