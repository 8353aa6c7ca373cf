"""Many at once with the secrets of machines and API keys, on PostgreSQL with real threads."""

from datetime import datetime

import pytest
from django.utils import timezone

from accounts.models import ServiceAccount, User
from accounts.services import service_accounts
from common.actors import SYSTEM
from events.models import Event
from events.tests.fakes import at_once
from tokens import selectors
from tokens.errors import TokenNotValid, TooManyApiKeys, TooManyCredentials
from tokens.models import ApiKey, ServiceCredential
from tokens.services import api_keys, credentials, machine_tokens, shown_once
from tokens.services.credentials import Added
from tokens.tests.machines import machine, secret_of

pytestmark = [pytest.mark.services, pytest.mark.django_db(transaction=True)]


@pytest.fixture
def added(db: None) -> Added:
    return secret_of(machine("billing", "invoice:view"))


def buy(added: Added) -> str | None:
    at = timezone.now()
    shown = credentials.proven(str(added.credential.service_account_id), added.client_secret, at=at)
    return machine_tokens.issue(shown, scope="api", at=at).access if shown else None


def lives(token: str) -> bool:
    try:
        selectors.check(token, at=timezone.now())
    except TokenNotValid:
        return False
    return True


def test_a_secret_that_many_revoke_at_once_is_revoked_once(added: Added, noon: datetime) -> None:
    answers = at_once(*[lambda: credentials.revoke(added.credential, actor=SYSTEM, at=noon)] * 8)

    assert sorted(answers) == [False] * 7 + [True]
    assert Event.objects.filter(kind="tokens.credential.revoked").count() == 1


def test_an_epoch_that_many_end_at_once_ends_once(added: Added, noon: datetime) -> None:
    answers = at_once(*[lambda: credentials.end_tokens(added.credential.epoch, actor=SYSTEM, at=noon)] * 8)

    assert sorted(answers) == [False] * 7 + [True]


@pytest.mark.parametrize("attempt", range(5))
def test_what_is_bought_while_the_account_is_shut_dies_with_the_rest(added: Added, attempt: int) -> None:
    account = added.credential.service_account

    def shut() -> bool:
        return service_accounts.deactivate(account, actor=SYSTEM, at=timezone.now())

    answers = at_once(*[lambda: buy(added)] * 6, shut)
    service_accounts.reactivate(account, actor=SYSTEM, at=timezone.now())

    assert [token for token in answers if isinstance(token, str) and lives(token)] == []
    again = buy(added)
    assert again
    assert lives(again)


def test_many_who_make_secrets_at_once_keep_to_the_limit(noon: datetime) -> None:
    account: ServiceAccount = machine()
    for _ in range(credentials.MOST - 1):
        secret_of(account)

    answers = at_once(*[lambda: credentials.add(account, actor=SYSTEM, at=noon)] * 4)

    assert sorted(type(answer).__name__ for answer in answers) == ["Added"] + [TooManyCredentials.__name__] * 3


def test_many_who_make_keys_at_once_keep_to_the_limit(alice: User, noon: datetime) -> None:
    rows = (ApiKey(user=alice, name="x", digest=str(n), hint="", created_at=noon) for n in range(api_keys.MOST - 1))
    ApiKey.objects.bulk_create(rows)

    answers = at_once(*[lambda: api_keys.create(alice, name="y", actor=SYSTEM, at=noon)] * 4)

    assert sorted(type(answer).__name__ for answer in answers) == ["Created"] + [TooManyApiKeys.__name__] * 3


def test_the_later_use_is_remembered_whoever_comes_last(added: Added) -> None:
    minutes = [datetime(2040, 1, 1, 12, minute, 30, tzinfo=timezone.get_default_timezone()) for minute in range(6)]

    at_once(*[lambda at=at: shown_once.touch(added.credential, at=at) for at in minutes])

    assert ServiceCredential.objects.get().last_used_at == minutes[-1].replace(second=0)
