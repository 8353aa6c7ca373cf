"""Rows that are made or changed, changes that tell, and several writes as one, on whatever database the tests run."""

from datetime import datetime, timedelta
from typing import Any

import pytest
from django.db import IntegrityError, connection, models, transaction
from django.db.models import Case, Exists, F, OuterRef, When
from pytest_django import DjangoAssertNumQueries

from accounts.models import EmailLink, LinkPurpose, SignInCounter, User
from common.statements import Addition, Change, Given
from common.writes import Telling, Upsert, together

pytestmark = pytest.mark.django_db

TEXT, NUMBER, ID = models.CharField(), models.IntegerField(), models.UUIDField()
ADD = Addition(SignInCounter)
MORE = Upsert(
    SignInCounter,
    Change(
        lambda: SignInCounter.objects.filter(attempts__lt=Given("most", NUMBER)),
        lambda: {
            "attempts": Case(When(key=Given("favourite", TEXT), then=F("attempts") + 10), default=F("attempts") + 1)
        },
    ),
    tell=("key", "attempts", "window_ends_at"),
)
RENAME = Telling(
    Change(
        lambda: User.objects.filter(pk=Given("who", ID), is_active=True), lambda: {"display_name": Given("name", TEXT)}
    ),
    lambda: User.objects.order_by().values_list(
        "display_name",
        "created_at",
        Exists(EmailLink.objects.filter(user=OuterRef("pk"), purpose=Given("purpose", TEXT))),
    ),
)
IS_ONE = connection.vendor == "postgresql"


def counter(key: str, attempts: int, at: datetime) -> SignInCounter:
    return SignInCounter(key=key, attempts=attempts, window_ends_at=at)


def counters() -> list[tuple[Any, ...]]:
    return list(SignInCounter.objects.order_by("key").values_list("key", "attempts"))


def renamed(user: User, name: str = "Alicia") -> dict[str, Any]:
    return {"who": user.pk, "name": name, "purpose": LinkPurpose.INVITATION}


def test_a_row_that_is_not_there_is_made_and_told(noon: datetime) -> None:
    assert MORE.rows(counter("a", 1, noon), most=9, favourite="") == [("a", 1, noon)]
    assert counters() == [("a", 1)]


def test_rows_that_are_there_are_changed_and_told_each_as_it_is_then(
    noon: datetime, django_assert_num_queries: DjangoAssertNumQueries
) -> None:
    counter("b", 5, noon).save()
    rows = [counter(key, 1, noon + timedelta(1)) for key in "cb"]

    with django_assert_num_queries(1):
        found = MORE.rows(*rows, most=9, favourite="b")

    assert found == [("c", 1, noon + timedelta(1)), ("b", 15, noon)]


def test_a_row_to_which_the_change_does_not_apply_stays_and_is_not_told(noon: datetime) -> None:
    counter("a", 9, noon).save()

    assert MORE.rows(counter("a", 1, noon), counter("b", 1, noon), most=9, favourite="") == [("b", 1, noon)]
    assert counters() == [("a", 9), ("b", 1)]


def test_what_need_not_be_told_can_be_run(noon: datetime) -> None:
    for _ in range(3):
        MORE.run(counter("a", 1, noon), most=9, favourite="")
    assert counters() == [("a", 3)]


def test_a_change_tells_what_it_met(alice: User, noon: datetime) -> None:
    born = alice.created_at
    assert RENAME.rows(**renamed(alice)) == [("Alicia", born, False)]

    traits: dict[str, Any] = {"purpose": LinkPurpose.INVITATION, "created_at": noon, "expires_at": noon}
    EmailLink.objects.create(user=alice, digest="d", address=alice.email, **traits)

    assert RENAME.rows(**renamed(alice, "Al")) == [("Al", born, True)]


def test_a_change_that_met_nothing_tells_nothing(alice: User, bob: User) -> None:
    User.objects.filter(pk=alice.pk).update(is_active=False)

    assert RENAME.rows(**renamed(alice)) == []


def test_several_writes_go_out_as_one_where_the_database_takes_that(
    alice: User, noon: datetime, django_assert_num_queries: DjangoAssertNumQueries
) -> None:
    with django_assert_num_queries(1 if IS_ONE else 3), together(RENAME, **renamed(alice)) as met:
        ADD.run(counter("a", 1, noon))
        MORE.run(counter("b", 2, noon), most=9, favourite="")

    assert met.row == ("Alicia", alice.created_at, False)
    assert counters() == [("a", 1), ("b", 2)]


def test_they_happen_whatever_the_first_met_and_are_rolled_back_together(alice: User, noon: datetime) -> None:
    with transaction.atomic():
        with together(RENAME, **renamed(User())) as met:
            ADD.run(counter("a", 1, noon))
        assert counters() == [("a", 1)]
        transaction.set_rollback(True)

    assert (met.row, counters()) == (None, [])


def test_a_first_that_nothing_goes_with_is_sent_alone(alice: User) -> None:
    with together(RENAME, **renamed(alice)) as met:
        pass
    assert met.row


def test_what_one_of_them_may_not_do_none_has_done(alice: User, noon: datetime) -> None:
    counter("a", 1, noon).save()

    with pytest.raises(IntegrityError), transaction.atomic(), together(RENAME, **renamed(alice)):
        ADD.run(counter("b", 1, noon), counter("a", 2, noon))

    alice.refresh_from_db()
    assert (alice.display_name, counters()) == ("Alice", [("a", 1)])


def test_an_error_in_between_sends_nothing_and_what_is_added_later_is_sent_at_once(noon: datetime, alice: User) -> None:
    with pytest.raises(AttributeError), transaction.atomic(), together(RENAME, **renamed(alice)):
        ADD.run(counter("a", 1, noon), User())

    ADD.run(counter("b", 1, noon))
    assert counters() == [("b", 1)]
