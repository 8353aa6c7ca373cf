from datetime import datetime
from typing import Any
from uuid import uuid4

import pytest

from accounts.errors import PasswordUnacceptable, WrongPassword
from accounts.models import User
from accounts.services import passwords, sign_in
from accounts.tests.post import Post
from common.actors import SYSTEM, Actor, ActorKind
from conftest import PASSWORD
from events.models import Event

NEW = "unrelated volcano pencil"


def change(user: User, at: datetime, current: str = PASSWORD, new: str = NEW, actor: Actor = SYSTEM) -> None:
    passwords.change(user, current=current, new=new, actor=actor, at=at)


def opens(password: str, at: datetime) -> bool:
    return bool(sign_in.verify(email="alice@example.org", password=password, door="test", actor=SYSTEM, at=at))


def test_she_changes_her_password_with_the_current_one(alice: User, noon: datetime) -> None:
    change(alice, noon)
    assert opens(NEW, noon)
    assert not opens(PASSWORD, noon)


def test_the_session_that_made_the_change_is_named(alice: User, noon: datetime) -> None:
    session = uuid4()
    change(alice, noon, actor=Actor(kind=ActorKind.USER, id=alice.pk, session_id=session))
    assert Event.objects.get().data == {"keep_session": str(session)}


def test_a_change_ends_the_admins_cookie_and_moves_the_version(alice: User, noon: datetime) -> None:
    change(alice, noon)
    after = User.objects.get(pk=alice.pk)
    assert after.get_session_auth_hash() != alice.get_session_auth_hash()
    assert (after.version, after.password_changed_at) == (alice.version + 1, noon)


@pytest.mark.parametrize("current", ["", "wrong", PASSWORD.upper()])
def test_without_the_current_one_nothing_changes(alice: User, noon: datetime, current: str) -> None:
    with pytest.raises(WrongPassword) as refused:
        change(alice, noon, current)
    assert refused.value.errors[0].field == "current_password"
    assert opens(PASSWORD, noon)


def test_guesses_at_the_current_one_count_as_at_sign_in(alice: User, noon: datetime) -> None:
    for _ in range(10):
        with pytest.raises(WrongPassword):
            change(alice, noon, "wrong")
    with pytest.raises(WrongPassword):
        change(alice, noon)
    assert not opens(PASSWORD, noon)


def test_a_refused_new_one_costs_no_try(alice: User, noon: datetime) -> None:
    for _ in range(11):
        with pytest.raises(PasswordUnacceptable) as refused:
            change(alice, noon, new="short")
    assert refused.value.errors[0].code == "password_too_short"
    change(alice, noon)


def test_she_is_told_by_mail_and_no_secret_is_in_it(alice: User, noon: datetime, post: Post) -> None:
    change(alice, noon)
    assert post.last().subject == "Your password was changed"
    assert NEW not in str(post.last().message())


def test_of_two_changes_at_once_the_second_is_refused(alice: User, noon: datetime) -> None:
    stale = User.objects.get(pk=alice.pk)
    assert passwords.replace(alice, "!", actor=SYSTEM, at=noon)
    assert not passwords.replace(stale, "!", actor=SYSTEM, at=noon)


def test_a_password_may_be_as_long_as_the_setting_says(db: None, settings: Any) -> None:
    passwords.check_rules(NEW * 42, context=[])
    with pytest.raises(PasswordUnacceptable):
        passwords.check_rules(NEW * 43, context=[])


def test_a_megabyte_is_refused_as_too_long() -> None:
    with pytest.raises(PasswordUnacceptable) as refused:
        passwords.check_rules("\ufdfa" * 1_000_000, context=[])
    assert refused.value.errors[0].code == "password_too_long"
