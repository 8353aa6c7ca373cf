"""What she is mailed about her sign-ins."""

from collections.abc import Iterator
from datetime import datetime
from typing import Any

import pytest
import time_machine

from accounts.models import User
from accounts.tests.post import Post
from common.actors import Actor, ActorKind
from events.models import Event, OutboxEntry
from tokens import subscribers
from tokens.models import Session
from tokens.services import issuing, refreshing, sessions

HOME = {"user_agent": "Mozilla/5.0 (X11; Linux x86_64; rv:127.0) Firefox/127.0", "ip": "198.51.100.7"}
AWAY = {"user_agent": "Mozilla/5.0 (Windows NT 10.0) Chrome/126.0 Safari/537.36", "ip": "203.0.113.9"}
SUBJECTS = {"en": "New sign-in to your account", "de": "Neue Anmeldung an Ihrem Konto"}
ENDED = {"en": "We have ended a sign-in to your account", "de": "Wir haben eine Anmeldung an Ihrem Konto beendet"}


@pytest.fixture
def post(db: None, noon: datetime) -> Iterator[Post]:
    """What has been mailed, once all that is owed at noon is delivered."""
    with time_machine.travel(noon, tick=False):
        yield Post(noon)


def sign_in(user: User, at: datetime, *, device_name: str = "", **place: str) -> Session:
    actor = Actor(kind=ActorKind.USER, id=user.pk, **{**HOME, **place})  # type: ignore[arg-type]  # strings all
    return sessions.start(user, amr=["pwd"], actor=actor, at=at, device_name=device_name)


def reuse(session: Session, at: datetime) -> None:
    """The same refresh token is used thrice, by whom nobody knows."""
    actor = Actor(kind=ActorKind.ANONYMOUS, **AWAY)  # type: ignore[arg-type]  # strings all
    spent = issuing.issue(session, at=at).refresh
    for _ in range(2):
        latest = refreshing.refresh(issuing.issue(session, at=at).refresh, actor=actor, at=at)
        assert isinstance(latest, issuing.Issued)
        session.refresh_from_db()
    refreshing.refresh(spent, actor=actor, at=at)


def texts(sent: Any) -> tuple[str, str]:
    return str(sent.body), str(sent.alternatives[0].content)


def test_the_first_sign_in_of_all_and_the_usual_ones_are_no_news(alice: User, noon: datetime, post: Post) -> None:
    for _ in range(3):
        sign_in(alice, noon)

    assert not post.all()


@pytest.mark.parametrize("locale", ["en", "de"])
def test_a_new_device_is_told_with_its_place_and_her_time(alice: User, noon: datetime, post: Post, locale: str) -> None:
    User.objects.filter(pk=alice.pk).update(locale=locale, timezone="Europe/Vienna")
    sign_in(alice, noon)
    sign_in(alice, noon, **AWAY)

    assert post.subjects() == [SUBJECTS[locale]]
    for text in texts(post.last()):
        assert [word for word in ("Chrome on Windows", "203.0.113.9", "13:00", "CET") if word not in text] == []
        assert "{" not in text
    assert post.last().recipients() == [alice.email]


def test_what_somebody_elses_devices_were_is_not_compared(alice: User, bob: User, noon: datetime, post: Post) -> None:
    sign_in(bob, noon)
    sign_in(alice, noon, **AWAY)

    assert not post.all()


def test_a_session_that_has_ended_is_still_a_device_that_she_knows(alice: User, noon: datetime, post: Post) -> None:
    first = sign_in(alice, noon)
    sessions.end(first, reason="ended_by_owner", actor=Actor(kind=ActorKind.USER, id=alice.pk), at=noon)
    sign_in(alice, noon)

    assert not post.all()


def test_the_mail_tells_where_it_began_and_not_where_the_session_went(alice: User, noon: datetime, post: Post) -> None:
    sign_in(alice, noon)
    later = sign_in(alice, noon, ip=AWAY["ip"])
    Session.objects.filter(pk=later.pk).update(ip=HOME["ip"])

    assert "203.0.113.9" in str(post.last().body)


def test_a_name_that_a_thief_typed_is_no_link(alice: User, noon: datetime, post: Post) -> None:
    sign_in(alice, noon)
    sign_in(alice, noon, device_name="<a href=https://evil.example>click</a>")

    assert not [text for text in texts(post.last()) if "evil.example" in text or "<a" in text]


@pytest.mark.parametrize("locale", ["en", "de"])
def test_who_is_robbed_is_told_that_the_sign_in_has_ended(alice: User, noon: datetime, post: Post, locale: str) -> None:
    User.objects.filter(pk=alice.pk).update(locale=locale)
    reuse(sign_in(alice, noon), noon)

    assert post.subjects() == [ENDED[locale]]
    assert not [text for text in texts(post.last()) if "Firefox on Linux" not in text]


def test_a_device_without_a_name_is_told_in_words(alice: User, noon: datetime, post: Post) -> None:
    sign_in(alice, noon)
    nameless = sign_in(alice, noon, user_agent="")
    reuse(nameless, noon)

    assert len([sent for sent in post.all() if "a device that did not say what it is" in str(sent.body)]) == 2


def test_a_sign_in_from_where_she_has_been_owes_nobody_anything(alice: User, noon: datetime, post: Post) -> None:
    for _ in range(3):
        sign_in(alice, noon)

    assert not OutboxEntry.objects.exists()
    assert not Event.objects.filter(kind="tokens.session.unfamiliar").exists()


def test_what_is_delivered_twice_is_the_same_message(alice: User, noon: datetime, post: Post) -> None:
    sign_in(alice, noon)
    started = sign_in(alice, noon, **AWAY)
    first = post.last()
    event = Event.objects.get(subject_id=str(started.pk), kind="tokens.session.unfamiliar")
    subscribers.mail_new_device(event)

    assert post.last() is not first
    assert post.last().extra_headers["Message-ID"] == first.extra_headers["Message-ID"]
    assert str(event.pk) in first.extra_headers["Message-ID"]


def test_who_is_shut_out_or_gone_is_not_mailed(alice: User, bob: User, noon: datetime, post: Post) -> None:
    for user in (alice, bob):
        sign_in(user, noon)
        reuse(sign_in(user, noon, **AWAY), noon)
    User.objects.filter(pk=alice.pk).update(is_active=False)
    User.objects.filter(pk=bob.pk).delete()

    assert not post.all()


def test_no_fact_about_a_sign_in_holds_an_address_of_hers(alice: User, noon: datetime, post: Post) -> None:
    sign_in(alice, noon)
    sign_in(alice, noon, **AWAY)

    told = str(list(Event.objects.values_list("data", flat=True)))
    assert not [secret for secret in (alice.email, "203.0.113.9", "Mozilla") if secret in told]
