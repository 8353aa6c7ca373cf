from dataclasses import replace
from datetime import datetime, timedelta
from typing import Any
from uuid import uuid4

import pytest
from django.db.models import F
from pytest_django import DjangoAssertNumQueries, Settings

from accounts.models import User
from common.actors import SYSTEM, Actor, ActorKind
from events.models import Event
from rbac.models import Role, RoleAssignment
from tokens.errors import InvalidCredentials
from tokens.models import Session
from tokens.proofs import AccessToken, RefreshToken
from tokens.rotation import Verdict
from tokens.services import issuing, refreshing, sessions
from tokens.services.issuing import Issued
from tokens.services.refreshing import Refused
from tokens.tests.factories import spoken

SECOND, DAY = timedelta(seconds=1), timedelta(days=1)
PHONE = Actor(kind=ActorKind.ANONYMOUS, ip="198.51.100.7", user_agent="Mozilla/5.0 (iPhone) Safari/604.1")


def refreshed(presented: str, at: datetime) -> Issued:
    outcome = refreshing.refresh(presented, actor=SYSTEM, at=at)
    assert isinstance(outcome, Issued), outcome
    return outcome


def refused(presented: str, at: datetime) -> Verdict:
    outcome = refreshing.refresh(presented, actor=SYSTEM, at=at)
    assert isinstance(outcome, Refused), outcome
    return outcome.verdict


def kinds() -> list[str]:
    return list(Event.objects.order_by("id").exclude(subject_type="signing_key").values_list("kind", flat=True))


def claims(token: str) -> dict[str, object]:
    return spoken(token.split(".")[1])


def test_a_session_knows_the_device_and_the_times(alice: User, noon: datetime) -> None:
    session = sessions.start(alice, amr=["pwd"], actor=PHONE, at=noon)

    session.refresh_from_db()
    assert (session.device_name, session.ip) == ("Safari on iPhone", "198.51.100.7")
    assert session.idle_expires_at == noon + 14 * DAY
    assert session.expires_at == noon + 90 * DAY


def test_its_owner_may_name_the_device(alice: User, noon: datetime) -> None:
    session = sessions.start(alice, amr=["pwd"], actor=PHONE, at=noon, device_name="Kitchen tablet")

    assert session.device_name == "Kitchen tablet"


def test_its_start_is_a_fact(alice: User, noon: datetime) -> None:
    session = sessions.start(alice, amr=["pwd"], actor=PHONE, at=noon)

    fact = Event.objects.get(kind="tokens.session.started")
    assert (fact.subject_id, fact.data["user_id"]) == (str(session.pk), str(alice.pk))


@pytest.mark.parametrize(
    "change", [{"is_active": False}, {"password_changed_at": F("updated_at") + DAY}, {"not_before": F("updated_at")}]
)
def test_proof_that_went_stale_on_its_way_starts_nothing(
    alice: User, noon: datetime, change: dict[str, object]
) -> None:
    User.objects.filter(pk=alice.pk).update(**change)

    with pytest.raises(InvalidCredentials):
        sessions.start(alice, amr=["pwd"], actor=SYSTEM, at=noon)


def test_a_sign_in_after_a_sign_out_by_a_fast_clock_lives(alice: User, noon: datetime) -> None:
    alice.not_before = noon + timedelta(minutes=5)
    alice.save()

    session = sessions.start(alice, amr=["pwd"], actor=SYSTEM, at=noon)

    refreshed(issuing.issue(session, at=noon).refresh, noon)


def test_a_refresh_gives_the_next_link(session: Session, first: Issued, noon: datetime) -> None:
    second = refreshed(first.refresh, noon + SECOND)

    assert (claims(first.refresh)["counter"], claims(second.refresh)["counter"]) == (0, 1)
    assert AccessToken(second.access, at=noon + SECOND).session_id == session.pk


def test_a_refresh_is_one_statement(
    first: Issued, noon: datetime, django_assert_num_queries: DjangoAssertNumQueries
) -> None:
    with django_assert_num_queries(1) as asked:
        refreshed(first.refresh, noon)

    assert asked.captured_queries[0]["sql"].startswith("UPDATE")


def test_a_lost_answer_is_given_again(first: Issued, noon: datetime) -> None:
    lost = refreshed(first.refresh, noon + SECOND)
    again = refreshed(first.refresh, noon + 5 * SECOND)

    assert claims(again.refresh) == claims(lost.refresh)
    assert kinds() == ["tokens.session.started"]


def test_what_was_given_again_works_once_too(first: Issued, noon: datetime) -> None:
    refreshed(first.refresh, noon)
    again = refreshed(first.refresh, noon + SECOND)

    third = refreshed(again.refresh, noon + 2 * SECOND)
    assert refused(first.refresh, noon + 3 * SECOND) is Verdict.REUSED
    assert refused(third.refresh, noon + 4 * SECOND) is Verdict.DEAD


def test_reuse_after_the_grace_time_ends_the_session_for_both(first: Issued, noon: datetime) -> None:
    second = refreshed(first.refresh, noon)

    assert refused(first.refresh, noon + 11 * SECOND) is Verdict.REUSED
    assert refused(second.refresh, noon + 12 * SECOND) is Verdict.DEAD


def test_reuse_is_told_once(session: Session, first: Issued, noon: datetime) -> None:
    refreshed(first.refresh, noon)
    for _ in range(3):
        refused(first.refresh, noon + 11 * SECOND)

    assert kinds() == ["tokens.session.started", "tokens.session.ended", "tokens.refresh_token.reused"]
    reused = Event.objects.get(kind="tokens.refresh_token.reused")
    assert reused.data == {"user_id": str(session.user_id), "presented": 0, "expected": 1}


def test_who_loses_the_race_gets_what_the_winner_got(
    session: Session, first: Issued, noon: datetime, monkeypatch: pytest.MonkeyPatch
) -> None:
    turn, winners = refreshing._turn, list[Issued]()

    def beaten(*args: Any, **options: Any) -> Issued | None:
        monkeypatch.setattr(refreshing, "_turn", turn)
        winners.append(refreshed(first.refresh, noon))
        return turn(*args, **options)

    monkeypatch.setattr(refreshing, "_turn", beaten)
    loser = refreshed(first.refresh, noon)

    assert claims(loser.refresh) == claims(winners[0].refresh)
    assert Session.objects.get().refresh_counter == 1


@pytest.mark.parametrize("presented", ["", "junk", "a.b.c", "\ud800", "A" * 1_000_000])
def test_what_is_no_token_is_refused(session: Session, presented: str, noon: datetime) -> None:
    assert refused(presented, noon) is Verdict.FOREIGN


def test_an_access_token_does_not_refresh(first: Issued, noon: datetime) -> None:
    assert refused(first.access, noon) is Verdict.FOREIGN


def test_a_link_ahead_of_what_we_remember_is_refused_and_ends_nothing(
    session: Session, first: Issued, noon: datetime
) -> None:
    session.refresh_counter = 3
    from_before_the_restore = str(RefreshToken.of(session))

    assert refused(from_before_the_restore, noon) is Verdict.FOREIGN
    refreshed(first.refresh, noon)


def test_a_purged_session_is_dead(session: Session, first: Issued, noon: datetime) -> None:
    session.delete()

    assert refused(first.refresh, noon) is Verdict.DEAD


def test_using_it_extends_idle_life_and_never_the_absolute_one(first: Issued, noon: datetime) -> None:
    pair, at = first, noon
    while at < noon + 90 * DAY - 13 * DAY:
        at += 13 * DAY
        pair = refreshed(pair.refresh, at)

    end = noon + 90 * DAY
    assert Session.objects.get().idle_expires_at == end
    refreshed(pair.refresh, end - SECOND)
    assert refused(pair.refresh, end) is Verdict.FOREIGN


def test_an_unused_session_dies_of_idleness(first: Issued, noon: datetime) -> None:
    assert refused(first.refresh, noon + 14 * DAY) is Verdict.FOREIGN
    refreshed(first.refresh, noon + 14 * DAY - SECOND)


def test_a_shortened_idle_life_counts_whatever_the_token_says(session: Session, first: Issued, noon: datetime) -> None:
    Session.objects.update(idle_expires_at=noon + SECOND)

    assert refused(first.refresh, noon + SECOND) is Verdict.DEAD


def test_a_deactivated_user_gets_nothing(alice: User, first: Issued, noon: datetime) -> None:
    User.objects.filter(pk=alice.pk).update(is_active=False)

    assert refused(first.refresh, noon) is Verdict.DEAD


def test_each_refresh_recomputes_the_roles(alice: User, first: Issued, noon: datetime) -> None:
    clerk = Role.objects.create(name="clerk", created_at=noon, updated_at=noon)
    RoleAssignment.objects.create(user=alice, role=clerk, created_at=noon)

    second = refreshed(first.refresh, noon)
    RoleAssignment.objects.update(ended_at=noon)

    assert (claims(first.access)["roles"], claims(second.access)["roles"]) == ([], ["clerk"])
    assert claims(refreshed(second.refresh, noon).access)["roles"] == []


def test_a_refresh_does_not_make_the_sign_in_younger(first: Issued, noon: datetime) -> None:
    later = refreshed(first.refresh, noon + DAY)

    assert claims(later.access)["auth_time"] == int(noon.timestamp())


def test_the_address_of_the_last_use_is_kept(session: Session, first: Issued, noon: datetime) -> None:
    refreshing.refresh(first.refresh, actor=replace(PHONE, ip="2001:db8::1"), at=noon + DAY)

    session.refresh_from_db()
    assert (session.ip, session.last_used_at) == ("2001:db8::1", noon + DAY)


def test_ending_twice_is_told_once(session: Session, noon: datetime) -> None:
    assert sessions.end(session, reason="test", actor=SYSTEM, at=noon) is True
    assert sessions.end(session, reason="test", actor=SYSTEM, at=noon) is False

    assert kinds() == ["tokens.session.started", "tokens.session.ended"]


def test_all_end_but_the_one_that_is_kept(alice: User, bob: User, session: Session, noon: datetime) -> None:
    others = [sessions.start(alice, amr=["pwd"], actor=SYSTEM, at=noon) for _ in range(2)]
    bobs = sessions.start(bob, amr=["pwd"], actor=SYSTEM, at=noon)

    count = sessions.end_all(alice.pk, except_session=session.pk, reason="test", actor=SYSTEM, at=noon)

    assert count == len(others)
    assert set(Session.objects.alive(at=noon)) == {session, bobs}
    assert Event.objects.get(kind="tokens.session.all_ended").data["count"] == 2


def test_ending_none_is_no_fact(noon: datetime, db: None) -> None:
    assert sessions.end_all(uuid4(), reason="test", actor=SYSTEM, at=noon) == 0

    assert kinds() == []


def test_without_any_key_the_first_sign_in_makes_one(session: Session, noon: datetime, settings: Settings) -> None:
    issued = issuing.issue(session, at=noon)

    assert AccessToken(issued.access, at=noon).session_id == session.pk
