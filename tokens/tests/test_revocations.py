"""What dies is told to those who verify offline, in the transaction in which it dies."""

from datetime import datetime, timedelta
from typing import Any
from urllib.parse import quote, urlsplit

import pytest
from django.conf import settings
from django.db import transaction
from django.utils import timezone
from rest_framework.test import APIClient

from accounts.models import User
from accounts.services import lifecycle, passwords, service_accounts
from common.actors import SYSTEM
from common.http.pagination import LARGEST_PAGE
from tokens.models import Revocation, Session, SigningKey
from tokens.services import credentials, keys, refreshing, sessions
from tokens.services.issuing import Issued
from tokens.tests.clients import allow, bearing, sign_in
from tokens.tests.machines import buy, machine, secret_of

PATH = "/api/v1/revocations/"
DAY = timedelta(days=1)


@pytest.fixture
def follower(bob: User) -> APIClient:
    allow(bob, "revocation:view")
    return bearing(sign_in(bob)["access"])


def lines() -> list[tuple[str, str]]:
    return list(Revocation.objects.values_list("kind", "named"))


class TestWhatIsTold:
    def test_a_session_that_ends(self, session: Session, noon: datetime) -> None:
        sessions.end(session, reason="test", actor=SYSTEM, at=noon)
        sessions.end(session, reason="test", actor=SYSTEM, at=noon)

        line = Revocation.objects.get()
        assert (line.kind, line.named, line.revoked_at, line.not_before) == ("session", str(session.pk), noon, None)

    def test_until_the_last_token_of_it_is_dead(self, session: Session, first: Issued, noon: datetime) -> None:
        sessions.end(session, reason="test", actor=SYSTEM, at=noon)

        assert Revocation.objects.get().expires_at >= noon + settings.ACCESS_TOKEN_LIFETIME + timedelta(seconds=60)

    def test_nothing_where_the_change_is_undone(self, session: Session, noon: datetime) -> None:
        with transaction.atomic():
            sessions.end(session, reason="test", actor=SYSTEM, at=noon)
            transaction.set_rollback(True)

        assert lines() == []

    def test_a_theft(self, session: Session, first: Issued, noon: datetime) -> None:
        refreshing.refresh(first.refresh, actor=SYSTEM, at=noon)
        refreshing.refresh(first.refresh, actor=SYSTEM, at=noon + DAY)

        assert lines() == [("session", str(session.pk))]

    def test_each_session_of_a_person_and_she_herself(self, alice: User, session: Session, noon: datetime) -> None:
        other = sessions.start(alice, amr=["pwd"], actor=SYSTEM, at=noon)
        sessions.end(sessions.start(alice, amr=["pwd"], actor=SYSTEM, at=noon), reason="test", actor=SYSTEM, at=noon)
        Revocation.objects.all().delete()

        lifecycle.sign_out(alice, actor=SYSTEM, at=noon)

        assert sorted(lines()) == sorted(
            [("session", str(session.pk)), ("session", str(other.pk)), ("subject", str(alice.pk))]
        )
        assert Revocation.objects.get(kind="subject").not_before == noon

    @pytest.mark.parametrize("shut", [lifecycle.deactivate, lifecycle.erase])
    def test_somebody_who_is_shut_out(self, alice: User, noon: datetime, shut: Any) -> None:
        shut(alice, actor=SYSTEM, at=noon)

        assert lines() == [("subject", str(alice.pk))]

    def test_a_new_password(self, alice: User, session: Session, noon: datetime) -> None:
        passwords.replace(alice, alice.password, actor=SYSTEM, at=noon)

        assert lines() == [("session", str(session.pk)), ("subject", str(alice.pk))]

    def test_but_not_she_herself_where_one_session_is_kept(self, alice: User, session: Session, noon: datetime) -> None:
        other = sessions.start(alice, amr=["pwd"], actor=SYSTEM, at=noon)

        passwords.replace(alice, alice.password, keep_session=session.pk, actor=SYSTEM, at=noon)

        assert lines() == [("session", str(other.pk))]

    def test_the_epoch_of_a_machine_s_secret(self, db: None, noon: datetime) -> None:
        credential = secret_of(machine()).credential

        credentials.revoke(credential, actor=SYSTEM, at=noon)

        assert lines() == [("session", str(credential.epoch))]

    @pytest.mark.parametrize("shut", [service_accounts.deactivate, service_accounts.delete])
    def test_a_machine_that_is_shut_out(self, db: None, noon: datetime, shut: Any) -> None:
        billing = machine()

        shut(billing, actor=SYSTEM, at=noon)

        assert ("subject", str(billing.pk)) in lines()

    def test_a_key_that_an_emergency_removes(self, db: None, noon: datetime) -> None:
        kid = keys.ensure(at=noon).kid

        keys.replace_all(actor=SYSTEM, at=noon)

        assert lines() == [("signing_key", kid)]

    def test_not_one_whose_time_ran_out(self, db: None, noon: datetime) -> None:
        old = keys.ensure(at=noon)
        SigningKey.objects.filter(pk=old.pk).update(state="retired", retired_at=noon, verifies_until=noon + DAY)
        keys.tend(at=noon + 2 * DAY)

        assert not SigningKey.objects.filter(pk=old.pk).exists()
        assert lines() == []


class TestTheFeed:
    def test_each_kind_is_named_as_in_its_tokens(self, follower: APIClient, alice: User) -> None:
        signed_in = sign_in(alice)
        lifecycle.sign_out(alice, actor=SYSTEM, at=timezone.now())
        Revocation.objects.create(kind="signing_key", named="k", revoked_at=timezone.now(), expires_at=_soon())

        answer = follower.get(PATH)

        session, subject, key = answer.json()["results"]
        assert (session["type"], session["sid"]) == ("session", signed_in["session_id"])
        assert (subject["type"], subject["sub"]) == ("subject", str(alice.pk))
        assert (key["type"], key["kid"]) == ("signing_key", "k")
        assert session.keys() == {"type", "sid", "revoked_at", "expires_at"}
        assert subject.keys() == {"type", "sub", "not_before", "revoked_at", "expires_at"}
        assert subject["not_before"].endswith("Z")
        assert answer.headers["Cache-Control"] == "no-store"

    def test_it_is_read_to_its_end_by_next_and_gone_on_with_by_cursor(self, follower: APIClient) -> None:
        _write(5)
        told, page = [], follower.get(f"{PATH}?page_size=2").json()
        while page["next"]:
            told += page["results"]
            page = _follow(follower, page["next"])
        told += page["results"]
        _write(1)

        since = follower.get(f"{PATH}?since={quote(page['cursor'])}").json()

        assert len(told) == 5
        assert len({line["kid"] for line in told}) == 5
        assert (since["next"], len(since["results"])) == (None, 6)

    def test_who_stops_within_a_sweep_goes_on_there(self, follower: APIClient) -> None:
        _write(3)
        page = follower.get(f"{PATH}?page_size=2").json()

        rest = follower.get(f"{PATH}?since={quote(page['cursor'])}").json()

        assert [line["kid"] for line in page["results"] + rest["results"]] == ["0", "1", "2"]

    def test_an_empty_feed_has_a_cursor_too(self, follower: APIClient) -> None:
        page = follower.get(PATH).json()

        assert (page["results"], page["next"]) == ([], None)
        assert follower.get(f"{PATH}?since={quote(page['cursor'])}").status_code == 200

    @pytest.mark.parametrize("since", ["", "1", "junk", "%00", "W10:x:y", "a" * 5000, "é", "2026-01-01T00:00:00Z"])
    def test_a_cursor_that_we_did_not_make_is_refused(self, follower: APIClient, since: str) -> None:
        answer = follower.get(f"{PATH}?since={quote(since, safe='%')}")

        assert answer.status_code == 400
        assert answer.json()["code"] in {"invalid_cursor", "invalid_parameter"}

    def test_so_is_one_of_another_database(self, follower: APIClient) -> None:
        _write(2)
        cursor = follower.get(PATH).json()["cursor"]
        Revocation.objects.all().delete()

        refused = follower.get(f"{PATH}?since={quote(cursor)}")

        assert (refused.status_code, refused.json()["code"]) == (400, "invalid_cursor")

    @pytest.mark.parametrize("query", ["page_size=0", "page_size=x", "sinse=x", "since=x&kind=session"])
    def test_a_query_that_it_does_not_understand_is_refused(self, follower: APIClient, query: str) -> None:
        assert follower.get(f"{PATH}?{query}").status_code == 400

    def test_a_page_has_its_largest_size(self, follower: APIClient) -> None:
        _write(LARGEST_PAGE + 1)

        assert len(follower.get(f"{PATH}?page_size=100000").json()["results"]) == LARGEST_PAGE

    def test_only_who_may_see_it_is_answered(self, alice: User) -> None:
        refused = bearing(sign_in(alice)["access"]).get(PATH)

        assert (refused.status_code, refused.json()["permission"]) == (403, "revocation:view")

    def test_a_machine_follows_it(self, db: None) -> None:
        token = buy(secret_of(machine("verifier", "revocation:view")))

        assert bearing(token).get(PATH).status_code == 200


def _soon() -> datetime:
    return timezone.now() + timedelta(minutes=5)


def _write(count: int) -> None:
    Revocation.objects.bulk_create(
        Revocation(kind="signing_key", named=str(number), revoked_at=timezone.now(), expires_at=_soon())
        for number in range(count)
    )


def _follow(follower: APIClient, url: str) -> Any:
    assert url.startswith(settings.PUBLIC_URL)
    parts = urlsplit(url)
    return follower.get(f"{parts.path}?{parts.query}").json()
