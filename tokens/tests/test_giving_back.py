from datetime import datetime, timedelta

import pytest
from django.utils import timezone

from common.actors import Actor, ActorKind
from events.models import Event
from tokens import introspection
from tokens.models import Session, SigningKey
from tokens.services import giving_back
from tokens.services.issuing import Issued
from tokens.tests.clients import post
from tokens.tests.machines import buy, machine, secret_of

STRANGER = Actor(kind=ActorKind.ANONYMOUS, ip="198.51.100.7")


@pytest.mark.parametrize("kind", ["access", "refresh"])
def test_whoever_holds_a_token_can_end_its_session(session: Session, first: Issued, noon: datetime, kind: str) -> None:
    assert giving_back.revoke(getattr(first, kind), actor=STRANGER, at=noon) is True

    assert introspection.told_of(first.refresh, at=noon) is None
    ended = Event.objects.get(kind="tokens.session.ended")
    assert (ended.actor_kind, ended.actor_id, ended.ip) == ("user", session.user_id, "198.51.100.7")


def test_a_machine_s_token_takes_all_those_along_that_its_secret_bought(db: None) -> None:
    billing = machine()
    added, other = secret_of(billing), secret_of(billing)
    one, same, different = buy(added), buy(added), buy(other)

    assert post("token/revoke/", {"token": one}).status_code == 200

    at = timezone.now()
    assert introspection.told_of(one, at=at) is introspection.told_of(same, at=at) is None
    assert introspection.told_of(different, at=at)
    assert introspection.told_of(buy(added), at=timezone.now()), "the secret stays good"
    ended = Event.objects.get(kind="tokens.credential.tokens_ended")
    assert (ended.actor_kind, ended.actor_id) == ("service_account", billing.pk)


def test_what_is_dead_or_junk_ends_nothing(first: Issued, noon: datetime) -> None:
    assert giving_back.revoke("junk", actor=STRANGER, at=noon) is False
    assert giving_back.revoke(first.access, actor=STRANGER, at=noon + timedelta(minutes=5)) is False
    assert giving_back.revoke(first.access, actor=STRANGER, at=noon) is True
    assert giving_back.revoke(first.refresh, actor=STRANGER, at=noon) is False


def test_nor_does_what_a_stolen_key_has_signed(first: Issued, noon: datetime) -> None:
    # Removed by another process: the ring of this one still holds it.
    SigningKey.objects.all().delete()

    assert giving_back.revoke(first.access, actor=STRANGER, at=noon) is False
