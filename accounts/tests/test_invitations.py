from collections.abc import Callable
from datetime import datetime, timedelta

import pytest

from accounts.errors import AlreadyJoined, LinkNotUsable, PasswordUnacceptable
from accounts.models import User
from accounts.services import invitations, lifecycle, recovery, sign_in
from accounts.tests.factories import made
from accounts.tests.post import Post
from common.actors import SYSTEM, Actor

NEW = "unrelated volcano pencil"


@pytest.fixture
def dora(db: None, noon: datetime) -> User:
    """Was invited at noon."""
    return made(lifecycle.create(email="dora@example.org", actor=SYSTEM, at=noon))


def accept(token: str, actor: Actor, at: datetime, password: str = NEW, **traits: str) -> None:
    invitations.accept(token=token, password=password, actor=actor, at=at, **traits)


def opens(at: datetime) -> bool:
    return bool(sign_in.verify(email="dora@example.org", password=NEW, door="test", actor=SYSTEM, at=at))


def test_the_link_sets_her_first_password_and_proves_the_address(
    dora: User, stranger: Actor, noon: datetime, post: Post
) -> None:
    accept(post.token(), stranger, noon, display_name="Dora")
    dora.refresh_from_db()
    assert (dora.display_name, dora.email_verified_at) == ("Dora", noon)
    assert opens(noon)
    assert post.subjects() == ["Your account is waiting for you", "Welcome"]


def test_an_invitation_works_once(dora: User, stranger: Actor, noon: datetime, post: Post) -> None:
    token = post.token()
    accept(token, stranger, noon)
    with pytest.raises(LinkNotUsable):
        accept(token, stranger, noon, "another volcano pencil")


def test_an_invitation_ends_by_the_clock(dora: User, stranger: Actor, noon: datetime, post: Post) -> None:
    with pytest.raises(LinkNotUsable):
        accept(post.token(), stranger, noon + timedelta(days=7))


def test_a_new_invitation_replaces_the_old_one(dora: User, stranger: Actor, noon: datetime, post: Post) -> None:
    first = post.token()
    invitations.invite(dora, actor=SYSTEM, at=noon + timedelta(seconds=1))
    with pytest.raises(LinkNotUsable):
        accept(first, stranger, noon)


def test_a_password_set_by_a_reset_link_ends_the_invitation(
    dora: User, stranger: Actor, noon: datetime, post: Post
) -> None:
    invitation = post.token()
    recovery.request_reset(email="dora@example.org", actor=stranger, at=noon)
    recovery.confirm_reset(token=post.token(), password="another volcano pencil", actor=stranger, at=noon)
    with pytest.raises(LinkNotUsable):
        accept(invitation, stranger, noon)


def test_the_same_rules_hold_for_the_first_password(dora: User, stranger: Actor, noon: datetime, post: Post) -> None:
    with pytest.raises(PasswordUnacceptable):
        accept(post.token(), stranger, noon, "dora-example-2030")


def test_who_has_a_password_cannot_be_invited(alice: User, noon: datetime) -> None:
    with pytest.raises(AlreadyJoined):
        invitations.invite(alice, actor=SYSTEM, at=noon)


def test_who_is_shut_out_cannot_join(dora: User, stranger: Actor, noon: datetime, post: Post) -> None:
    token = post.token()
    lifecycle.deactivate(dora, actor=SYSTEM, at=noon)
    with pytest.raises(LinkNotUsable):
        accept(token, stranger, noon)


def test_nobody_signs_in_before_joining(dora: User, noon: datetime, person: Callable[..., User]) -> None:
    assert not opens(noon)
