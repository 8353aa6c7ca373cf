"""What operators are told of keys: by the command's rows, Prometheus and Django's checks."""

from datetime import datetime, timedelta

import pytest
import time_machine
from django.core.checks import run_checks
from django.db import DatabaseError
from django.utils import timezone
from pytest_django import DjangoAssertNumQueries, Settings

from common.actors import SYSTEM
from tokens import checks, key_watch
from tokens.key_life import Overdue, Step
from tokens.metrics import SigningKeyAges
from tokens.services import keys

pytestmark = pytest.mark.django_db
DAY = timedelta(days=1)


def figures() -> dict[str, float]:
    found = (sample for gauge in SigningKeyAges().collect() for sample in gauge.samples)
    return {" ".join([sample.name, *sample.labels.values()]): sample.value for sample in found}


def test_a_key_waits_for_a_cache_lifetime_and_two_readings_of_the_ring(settings: Settings) -> None:
    settings.JWKS_CACHE_SECONDS = 300

    assert key_watch.lifetimes().waits == timedelta(seconds=310)


def test_what_is_listed_has_a_chain_also_without_keys_and_what_is_not_comes_last(
    noon: datetime, settings: Settings
) -> None:
    keys.ensure(at=noon)
    settings.SIGNING_ALGORITHMS = ["RS256", "EdDSA"]

    found = [(chain.algorithm, len(chain.keys), chain.is_listed) for chain in key_watch.chains()]

    assert found == [("RS256", 0, True), ("EdDSA", 0, True), ("ES256", 1, False)]


def test_all_chains_are_one_question(noon: datetime, django_assert_num_queries: DjangoAssertNumQueries) -> None:
    keys.ensure(at=noon)

    with django_assert_num_queries(1):
        assert key_watch.overdue(at=noon) == {}


def test_only_the_algorithm_that_is_late_is_named(noon: datetime, settings: Settings) -> None:
    settings.SIGNING_ALGORITHMS = ["ES256", "EdDSA"]
    keys.ensure(at=noon - 34 * DAY)
    keys.ensure(at=noon, algorithm="EdDSA")

    late = key_watch.overdue(at=noon)

    assert late == {"ES256": Overdue.OLD}
    assert "ES256: the key has signed for longer" in key_watch.words_for(late)


def test_each_key_tells_what_comes_next(noon: datetime) -> None:
    keys.ensure(at=noon)
    keys.rotate(actor=SYSTEM, at=noon)

    told = [(each.state, each.next_step, each.is_readable) for each in key_watch.standings()]

    assert told == [("active", Step.HAND_OVER, True), ("pending", Step.ACTIVATE, True)]


def test_prometheus_is_told_ages_and_no_alarm(noon: datetime, settings: Settings) -> None:
    settings.SIGNING_ALGORITHMS = ["ES256", "EdDSA"]
    keys.tend(at=noon)

    with time_machine.travel(noon + DAY, tick=False):
        assert figures() == {
            "identity_signing_key_age_seconds ES256": 86400,
            "identity_signing_key_age_seconds EdDSA": 86400,
            "identity_signing_key_rotation_overdue": 0,
        }


def test_prometheus_is_told_that_rotation_is_overdue(noon: datetime) -> None:
    assert figures() == {"identity_signing_key_rotation_overdue": 1}

    keys.ensure(at=noon)
    with time_machine.travel(noon + 34 * DAY, tick=False):
        assert figures()["identity_signing_key_rotation_overdue"] == 1


@pytest.mark.parametrize(("cached", "told"), [(1800, []), (1801, ["tokens.E001"])])
def test_a_key_that_lives_for_less_than_two_cache_times_is_an_error(
    cached: int, told: list[str], settings: Settings
) -> None:
    settings.SIGNING_KEY_LIFETIME, settings.JWKS_CACHE_SECONDS = timedelta(hours=1), cached

    assert [error.id for error in checks.keys_sign_for_longer_than_they_are_cached()] == told


def test_django_warns_of_a_late_rotation_where_the_database_is_checked() -> None:
    keys.ensure(at=timezone.now() - 34 * DAY)

    ids = {found.id for found in run_checks(tags=["database"], databases=["default"])}

    assert "tokens.W001" in ids
    assert "tokens.W001" not in {found.id for found in run_checks()}


def test_django_has_nothing_to_say_of_keys_in_time() -> None:
    keys.ensure(at=timezone.now())

    assert checks.keys_are_rotated_in_time(databases=["default"]) == []


def test_a_database_without_tables_can_be_checked(monkeypatch: pytest.MonkeyPatch) -> None:
    def missing(**_: object) -> None:
        raise DatabaseError("no such table: tokens_signingkey")

    monkeypatch.setattr(key_watch, "overdue", missing)

    assert checks.keys_are_rotated_in_time(databases=["default"]) == []
