from collections.abc import Callable
from datetime import datetime, timedelta
from typing import Any

import pytest

from accounts.errors import LinkNotUsable, PasswordUnacceptable, RegistrationClosed
from accounts.models import User
from accounts.services import invitations, registration
from accounts.tests.post import Post
from common.actors import Actor
from events.models import Event

PASSWORD = "unrelated volcano pencil"


def register(actor: Actor, at: datetime, email: str = "carol@example.org", **traits: str) -> None:
    registration.register(**{"email": email, "password": PASSWORD, **traits}, actor=actor, at=at)


def test_a_stranger_gets_an_account_that_waits_for_its_address(db: None, stranger: Actor, noon: datetime) -> None:
    register(stranger, noon, " Carol@Example.org", display_name="Carol")
    carol = User.objects.get(email_canonical="carol@example.org")
    assert (carol.email, carol.display_name) == ("Carol@Example.org", "Carol")
    assert (carol.may_enter, carol.is_staff, carol.email_verified_at) == (False, False, None)


def test_the_link_in_her_mail_proves_the_address_once(stranger: Actor, noon: datetime, post: Post) -> None:
    register(stranger, noon)
    token = post.token()

    registration.verify_email(token=token, actor=stranger, at=noon)

    assert User.objects.get(email_canonical="carol@example.org").may_enter
    with pytest.raises(LinkNotUsable):
        registration.verify_email(token=token, actor=stranger, at=noon)
    assert post.subjects() == ["Confirm your e-mail address", "Welcome"]


def test_a_taken_address_changes_nothing_and_tells_its_owner(
    alice: User, stranger: Actor, noon: datetime, post: Post
) -> None:
    register(stranger, noon, "ALICE@example.org", display_name="Mallory")
    before, after = alice.password, User.objects.get(pk=alice.pk)
    assert (after.password, after.display_name) == (before, "Alice")
    assert (post.last().subject, post.last().to) == ("You already have an account", ["alice@example.org"])


def test_whoever_signed_up_first_does_not_get_the_account_that_another_proves(
    stranger: Actor, noon: datetime, post: Post
) -> None:
    register(stranger, noon, password="the first one was a stranger")
    planted = post.token()
    register(stranger, noon + timedelta(seconds=1), password="the second one is she herself")
    post.at += timedelta(seconds=1)
    asked = post.token()

    invitations.accept(token=asked, password="what she chose by her mail", actor=stranger, at=post.at)

    carol = User.objects.get()
    assert carol.email_verified_at
    assert carol.check_password("what she chose by her mail")
    assert post.subjects() == ["Confirm your e-mail address", "Your account is waiting for you", "Welcome"]
    with pytest.raises(LinkNotUsable):
        registration.verify_email(token=planted, actor=stranger, at=post.at)


def test_a_repeated_sign_up_leaves_no_password_that_anybody_chose_before(
    db: None, stranger: Actor, noon: datetime
) -> None:
    register(stranger, noon, display_name="Mallory")
    register(stranger, noon + timedelta(seconds=1))

    assert not User.objects.get().has_usable_password()
    assert User.objects.get().display_name == ""


def test_a_weak_password_is_refused_before_anything_is_written(alice: User, stranger: Actor, noon: datetime) -> None:
    for email in ("carol@example.org", "alice@example.org"):
        with pytest.raises(PasswordUnacceptable):
            register(stranger, noon, email, password="IdentityServer2030")
    assert not Event.objects.exists()


def test_nobody_signs_up_where_that_is_closed(db: None, stranger: Actor, noon: datetime, settings: Any) -> None:
    settings.REGISTRATION_OPEN = False
    with pytest.raises(RegistrationClosed):
        register(stranger, noon)


def test_asking_again_replaces_the_link(stranger: Actor, noon: datetime, post: Post) -> None:
    register(stranger, noon)
    first = post.token()
    registration.resend(email="CAROL@example.org", actor=stranger, at=noon + timedelta(seconds=1))
    post.at += timedelta(seconds=1)
    second = post.token()
    with pytest.raises(LinkNotUsable):
        registration.verify_email(token=first, actor=stranger, at=noon)
    registration.verify_email(token=second, actor=stranger, at=noon)


@pytest.mark.parametrize("email", ["alice@example.org", "nobody@example.org"])
def test_asking_again_without_need_leaves_a_fact_and_no_mail(
    alice: User, stranger: Actor, noon: datetime, post: Post, email: str
) -> None:
    registration.resend(email=email, actor=stranger, at=noon)
    assert Event.objects.get().kind == "accounts.user.email_verification_requested"
    assert not post.all()


def test_an_expired_link_proves_nothing_without_any_job(stranger: Actor, noon: datetime, post: Post) -> None:
    register(stranger, noon)
    with pytest.raises(LinkNotUsable):
        registration.verify_email(token=post.token(), actor=stranger, at=noon + timedelta(days=1))


def test_a_closed_account_cannot_be_proven(stranger: Actor, noon: datetime, post: Post) -> None:
    register(stranger, noon)
    token = post.token()
    User.objects.update(is_active=False)
    with pytest.raises(LinkNotUsable):
        registration.verify_email(token=token, actor=stranger, at=noon)


def test_an_address_is_proven_once(person: Callable[..., User], stranger: Actor, noon: datetime) -> None:
    carol = person("carol", email_verified_at=None)
    assert registration.prove_address(carol, actor=stranger, at=noon)
    assert not registration.prove_address(carol, actor=stranger, at=noon)
    assert Event.objects.count() == 1
