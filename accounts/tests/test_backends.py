from collections.abc import Callable
from typing import Any

import pytest
from django.contrib.auth import authenticate
from django.test import Client, RequestFactory

from accounts.backends import PasswordBackend
from accounts.models import SignInCounter, User
from conftest import PASSWORD
from events.models import Event

LOGIN = "/admin/login/"


def enter(client: Client, email: str = "root@example.org", password: str = PASSWORD) -> Any:
    return client.post(f"{LOGIN}?next=/admin/", {"username": email, "password": password}, REMOTE_ADDR="203.0.113.7")


def test_staff_signs_in_by_any_spelling_and_leaves_a_fact(client: Client, root: User) -> None:
    assert enter(client, "ROOT@Example.org").status_code == 302
    fact = Event.objects.get(kind="accounts.user.signed_in")
    assert (fact.subject_id, fact.data, fact.ip) == (str(root.pk), {"door": "admin"}, "203.0.113.7")


def test_the_staff_door_is_behind_the_same_guard(client: Client, root: User) -> None:
    for _ in range(10):
        assert enter(client, password="wrong").status_code == 200
    assert enter(client).status_code == 200
    assert SignInCounter.objects.get(key="network:203.0.113.7").attempts == 11


def test_a_closed_account_is_closed_for_its_cookie_too(client: Client, root: User) -> None:
    enter(client)
    User.objects.filter(pk=root.pk).update(is_active=False)
    assert client.get("/admin/").status_code == 302


@pytest.mark.parametrize("credentials", [{"username": "root@example.org"}, {"password": PASSWORD}, {}])
def test_half_of_the_proof_is_none(db: None, credentials: dict[str, str]) -> None:
    assert PasswordBackend().authenticate(RequestFactory().get("/"), **credentials) is None


def test_without_a_request_the_account_is_counted_all_the_same(alice: User) -> None:
    assert authenticate(username="alice@example.org", password="wrong") is None
    assert SignInCounter.objects.get().attempts == 1


def test_who_is_gone_or_shut_out_is_nobody(person: Callable[..., User]) -> None:
    closed = person("closed", is_active=False)
    assert PasswordBackend().get_user(closed.pk) is None
