from collections.abc import Callable
from datetime import datetime, timedelta

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from accounts import addresses
from accounts.errors import LinkNotUsable, PasswordUnacceptable
from accounts.models import User
from accounts.services import passwords, recovery, registration, sign_in
from accounts.tests.post import Post
from common.actors import SYSTEM, Actor
from conftest import PASSWORD
from events.models import Event

NEW = "unrelated volcano pencil"


def ask(actor: Actor, at: datetime, email: str = "alice@example.org") -> None:
    recovery.request_reset(email=email, actor=actor, at=at)


def confirm(token: str, actor: Actor, at: datetime, password: str = NEW) -> None:
    recovery.confirm_reset(token=token, password=password, actor=actor, at=at)


def opens(password: str, at: datetime) -> bool:
    return bool(sign_in.verify(email="alice@example.org", password=password, door="test", actor=SYSTEM, at=at))


def test_the_mailed_link_sets_a_new_password(alice: User, stranger: Actor, noon: datetime, post: Post) -> None:
    ask(stranger, noon, "ALICE@example.org")
    assert post.last().to == ["alice@example.org"]

    confirm(post.token(), stranger, noon)

    assert opens(NEW, noon)
    assert not opens(PASSWORD, noon)
    changed = Event.objects.get(kind="accounts.user.password_changed")
    assert changed.data == {"keep_session": None}


def test_a_link_works_once(alice: User, stranger: Actor, noon: datetime, post: Post) -> None:
    ask(stranger, noon)
    token = post.token()
    confirm(token, stranger, noon)
    with pytest.raises(LinkNotUsable):
        confirm(token, stranger, noon, "another volcano pencil")
    assert opens(NEW, noon)


def test_a_newer_request_kills_the_older_link_before_its_own_mail_is_out(
    alice: User, stranger: Actor, noon: datetime, post: Post
) -> None:
    ask(stranger, noon)
    token = post.token()
    ask(stranger, noon + timedelta(seconds=1))
    with pytest.raises(LinkNotUsable):
        confirm(token, stranger, noon)


def test_a_change_of_the_password_kills_the_link(alice: User, stranger: Actor, noon: datetime, post: Post) -> None:
    ask(stranger, noon)
    token = post.token()
    passwords.change(alice, current=PASSWORD, new=NEW, actor=SYSTEM, at=noon)
    with pytest.raises(LinkNotUsable):
        confirm(token, stranger, noon, "another volcano pencil")


def test_a_change_of_the_password_keeps_a_late_mail_from_going_out(
    alice: User, stranger: Actor, noon: datetime, post: Post
) -> None:
    ask(stranger, noon - timedelta(seconds=1))
    passwords.change(alice, current=PASSWORD, new=NEW, actor=SYSTEM, at=noon)
    assert post.subjects() == ["Your password was changed"]


def test_a_change_of_the_address_kills_the_link(alice: User, stranger: Actor, noon: datetime, post: Post) -> None:
    ask(stranger, noon)
    token = post.token()
    moved = "alice@elsewhere.example"
    User.objects.filter(pk=alice.pk).update(email=moved, email_canonical=addresses.canonical(moved))
    with pytest.raises(LinkNotUsable):
        confirm(token, stranger, noon)


def test_a_link_ends_by_the_clock(alice: User, stranger: Actor, noon: datetime, post: Post) -> None:
    ask(stranger, noon)
    with pytest.raises(LinkNotUsable):
        confirm(post.token(), stranger, noon + timedelta(hours=1))


@pytest.mark.parametrize("token", ["", "null", "idl_", "idl_" + "0" * 64, "\ud800", "x" * 100_000])
def test_no_token_opens_nothing(alice: User, stranger: Actor, noon: datetime, post: Post, token: str) -> None:
    ask(stranger, noon)
    post.all()
    with pytest.raises(LinkNotUsable):
        confirm(token, stranger, noon)
    assert opens(PASSWORD, noon)


def test_a_truncated_or_folded_token_opens_nothing(alice: User, stranger: Actor, noon: datetime, post: Post) -> None:
    ask(stranger, noon)
    token = post.token()
    for wrong in (token[:-1], token + "0", token.upper(), f" {token}"):
        with pytest.raises(LinkNotUsable):
            confirm(wrong, stranger, noon)


def test_a_link_for_something_else_opens_nothing(
    person: Callable[..., User], stranger: Actor, noon: datetime, post: Post
) -> None:
    person("alice", email_verified_at=None)
    registration.resend(email="alice@example.org", actor=stranger, at=noon)
    with pytest.raises(LinkNotUsable):
        confirm(post.token(), stranger, noon)


def test_her_link_changes_nobody_elses_password(
    alice: User, bob: User, stranger: Actor, noon: datetime, post: Post
) -> None:
    ask(stranger, noon)
    confirm(post.token(), stranger, noon)
    assert User.objects.get(pk=bob.pk).password == bob.password


def test_a_refused_password_does_not_use_the_link_up(alice: User, stranger: Actor, noon: datetime, post: Post) -> None:
    ask(stranger, noon)
    token = post.token()
    with pytest.raises(PasswordUnacceptable):
        confirm(token, stranger, noon, "alice-example-2030")
    confirm(token, stranger, noon)


def test_a_reset_lifts_the_lock_on_her_account(alice: User, stranger: Actor, noon: datetime, post: Post) -> None:
    for _ in range(10):
        opens("wrong", noon)
    ask(stranger, noon)
    confirm(post.token(), stranger, noon)
    assert opens(NEW, noon)


def test_a_reset_proves_the_address_too(
    person: Callable[..., User], stranger: Actor, noon: datetime, post: Post
) -> None:
    person("alice", self_registered=True, email_verified_at=None)
    ask(stranger, noon)
    confirm(post.token(), stranger, noon)
    assert opens(NEW, noon)


@pytest.mark.parametrize(
    "email", ["nobody@example.org", "closed@example.org", "alice@example.org,bob@example.org", "m\u0131ke@example.org"]
)
def test_nobody_else_gets_mail(
    alice: User, bob: User, person: Callable[..., User], stranger: Actor, noon: datetime, post: Post, email: str
) -> None:
    person("closed", is_active=False)
    person("mike")
    ask(stranger, noon, email)
    assert not post.all()


@pytest.mark.parametrize("email", ["alice@example.org", "nobody@example.org"])
def test_asking_takes_the_same_work_for_everybody(alice: User, stranger: Actor, noon: datetime, email: str) -> None:
    with CaptureQueriesContext(connection) as queries:
        ask(stranger, noon, email)
    verbs = [query["sql"].split()[0] for query in queries.captured_queries]
    assert verbs == ["SAVEPOINT", "SELECT", "UPDATE", "INSERT", "INSERT", "RELEASE"]
