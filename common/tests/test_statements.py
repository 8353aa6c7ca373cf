"""What is composed once answers as the ORM does, on whatever database the tests run."""

from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import uuid4

import pytest
from django.db import DatabaseError, IntegrityError, connection, models
from django.db.models import F, Q
from django.db.models.functions import Upper
from pytest_django import DjangoAssertNumQueries

from accounts.models import EmailLink, LinkPurpose, SignInCounter, User
from common.statements import Addition, Change, Given, Question, Search
from events.models import Event

pytestmark = pytest.mark.django_db

MOMENT, ID, TEXT = models.DateTimeField(), models.UUIDField(), models.CharField()
COLUMNS = ("id", "version", "subject_id", "data", "actor_id", "ip", "occurred_at")
BY_KIND = Question(lambda: Event.objects.filter(kind=Given("kind", TEXT)).order_by("subject_id").values_list(*COLUMNS))
RENAME = Change(
    lambda: User.objects.filter(Q(not_before=None) | Q(not_before__lte=Given("at", MOMENT)), pk=Given("who", ID)),
    lambda: {"display_name": Given("name", TEXT), "last_login": Given("at", MOMENT), "version": F("version") + 1},
)


def event(kind: str, **traits: Any) -> Event:
    usual = {"subject_type": "thing", "subject_id": "7", "actor_kind": "system", "occurred_at": datetime.now(UTC)}
    return Event.objects.create(kind=kind, **usual | traits)


@pytest.fixture
def events() -> list[Event]:
    told = {"at": [1, None, {"deep": "ü"}]}
    return [
        event("a.b.c", subject_id="1", data=told, actor_id=uuid4(), ip="2001:db8::1", version=3),
        event("a.b.c", subject_id="2", ip="203.0.113.7"),
        event("a.b.d"),
    ]


def test_a_question_gives_the_rows_that_the_orm_gives(events: list[Event]) -> None:
    expected = list(Event.objects.filter(kind="a.b.c").order_by("subject_id").values_list(*COLUMNS))

    assert BY_KIND.rows(kind="a.b.c") == expected
    assert len(expected) == 2


def test_each_call_brings_its_own_values(events: list[Event]) -> None:
    asked = [[row[2] for row in BY_KIND.rows(kind=kind)] for kind in ("a.b.d", "a.b.c", "' OR 1=1 --", "%s")]

    assert asked == [["7"], ["1", "2"], [], []]


def test_a_per_cent_sign_in_the_text_is_one(events: list[Event]) -> None:
    half = Question(
        lambda: Event.objects.extra(where=["kind LIKE 'a.b%%'"]).filter(kind=Given("kind", TEXT)).values_list("id")
    )
    assert len(half.rows(kind="a.b.c")) == 2


def test_the_first_row_is_one_or_none(events: list[Event]) -> None:
    assert (BY_KIND.first(kind="a.b.d") or ())[0] == events[2].pk
    assert BY_KIND.first(kind="none") is None


def test_it_is_composed_once(events: list[Event]) -> None:
    made: list[int] = []

    def ask() -> Any:
        made.append(1)
        return Event.objects.values_list("id")

    question = Question(ask)

    assert len(question.rows()) == len(question.rows()) == 3
    assert made == [1]


def test_a_question_is_one_statement_that_is_counted(
    events: list[Event], django_assert_num_queries: DjangoAssertNumQueries
) -> None:
    with django_assert_num_queries(1) as seen:
        BY_KIND.rows(kind="a.b.c")

    assert "a.b.c" in seen[0]["sql"]


PEOPLE = Search(
    lambda: (
        EmailLink.objects.filter(digest=Given("digest", TEXT))
        .select_related("user")
        .only("purpose", "user__email")
        .annotate(shout=Upper("user__display_name"))
    )
)


def test_a_search_gives_the_instances_that_the_orm_gives(
    alice: User, noon: datetime, django_assert_num_queries: DjangoAssertNumQueries
) -> None:
    traits: dict[str, Any] = {"purpose": LinkPurpose.INVITATION, "created_at": noon, "expires_at": noon}
    link = EmailLink.objects.create(user=alice, digest="d", address=alice.email, **traits)

    with django_assert_num_queries(1):
        found = PEOPLE.one(digest="d")
        told = (found, found.purpose, found.user, found.user.email, found.shout)

    assert told == (link, "invitation", alice, alice.email, "ALICE")
    assert found.address == alice.email  # read when it is asked for
    assert not found._state.adding
    assert PEOPLE.one(digest="e") is None


def test_a_change_is_made_where_its_conditions_hold(alice: User, bob: User, noon: datetime) -> None:
    assert RENAME.run(who=alice.pk, name="Alicia", at=noon) == 1

    alice.refresh_from_db()
    assert (alice.display_name, alice.last_login, alice.version) == ("Alicia", noon, 2)
    assert User.objects.get(pk=bob.pk).display_name == "Bob"


def test_a_change_is_not_made_where_they_do_not(alice: User, noon: datetime) -> None:
    User.objects.filter(pk=alice.pk).update(not_before=noon)

    assert RENAME.run(who=alice.pk, name="Alicia", at=noon - timedelta(microseconds=1)) == 0
    assert RENAME.run(who=uuid4(), name="Alicia", at=noon) == 0


def test_a_value_that_was_not_given_is_said_to_be_missing() -> None:
    with pytest.raises(KeyError):
        BY_KIND.rows()


def test_what_the_database_refuses_is_one_of_djangos_errors(alice: User, noon: datetime) -> None:
    with pytest.raises(DatabaseError):
        Change(User.objects.all, lambda: {"email_canonical": Given("it", TEXT)}).run(it="")


def counter(key: str, attempts: int, at: datetime) -> SignInCounter:
    return SignInCounter(key=key, attempts=attempts, window_ends_at=at)


def test_rows_are_added_as_the_orm_would_add_them(noon: datetime) -> None:
    traits: dict[str, Any] = {"subject_type": "thing", "subject_id": "7", "actor_kind": "system", "occurred_at": noon}
    made = Event(kind="a.b.e", data={"at": noon, "deep": ["ü", None]}, ip="2001:db8::1", actor_id=uuid4(), **traits)
    twin = event("a.b.e", data=made.data, ip=made.ip, actor_id=made.actor_id, occurred_at=noon)

    Addition(Event).run(made)

    assert (made._state.adding, made._state.db) == (False, "default")
    ours, theirs = (Event.objects.values(*set(COLUMNS) - {"id"}).get(pk=each.pk) for each in (made, twin))
    assert ours == theirs


@pytest.mark.parametrize(("terms", "left"), [({"unless_there": True}, 1), ({"over": ["attempts"]}, 5)])
def test_rows_that_are_there_stay_or_take_what_is_new(noon: datetime, terms: dict[str, Any], left: int) -> None:
    counter("b", 1, noon).save()

    Addition(SignInCounter, **terms).run(counter("a", 5, noon), counter("b", 5, noon + timedelta(1)))

    found = SignInCounter.objects.order_by("key").values_list("key", "attempts", "window_ends_at")
    assert list(found) == [("a", 5, noon), ("b", left, noon)]


def test_a_row_that_is_there_is_an_error_where_nothing_else_was_said(noon: datetime) -> None:
    counter("a", 1, noon).save()

    with pytest.raises(IntegrityError):
        Addition(SignInCounter).run(counter("a", 5, noon))


@pytest.mark.services
def test_postgresql_plans_it_once(events: list[Event]) -> None:
    if connection.vendor != "postgresql":
        pytest.skip("no prepared statements here")
    for kind in ("a.b.c", "a.b.d"):
        BY_KIND.rows(kind=kind)

    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT count(*) FROM pg_prepared_statements WHERE statement LIKE %s", ["%events_event%subject_id%"]
        )
        assert cursor.fetchone() == (1,)
