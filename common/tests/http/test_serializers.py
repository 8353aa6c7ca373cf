from datetime import UTC, datetime
from typing import Any
from zoneinfo import ZoneInfo

import pytest
from django.utils import timezone
from rest_framework.exceptions import ValidationError

from common.http.serializers import CleanCharField, UtcDateTimeField, kept, represented
from common.tests.http.views import Note


def codes(**body: Any) -> dict[str, Any]:
    wanted = Note(data=body)
    wanted.is_valid()
    return {
        name: [error.code for error in errors] for name, errors in wanted.errors.items() if isinstance(errors, list)
    }


@pytest.mark.parametrize("name", ["titel", "is_superuser", "id", "", "__proto__", "non_field_errors"])
def test_a_field_that_is_not_there_to_be_written_is_refused_by_name(name: str) -> None:
    assert codes(title="a", **{name: 1}) == {name: ["unknown_field"]}


def test_a_stray_field_hides_no_other_fault() -> None:
    assert codes(title="", stray=1) == {"title": ["blank"], "stray": ["unknown_field"]}


def test_a_stray_field_inside_is_refused_in_its_place() -> None:
    wanted = Note(data={"title": "a", "place": {"city": "Ulm", "zip": 1}})

    assert not wanted.is_valid()
    assert wanted.errors["place"]["zip"][0].code == "unknown_field"


def test_what_is_known_goes_through() -> None:
    wanted = Note(data={"title": " a ", "place": {"city": "Ulm"}, "tags": ["b"]})

    assert wanted.is_valid()
    assert wanted.validated_data == {"title": "a", "place": {"city": "Ulm"}, "tags": ["b"]}


@pytest.mark.parametrize("body", [[], "text", 1, None, True, [{"title": "a"}]])
def test_only_an_object_has_fields(body: Any) -> None:
    assert not Note(data=body).is_valid()


@pytest.mark.parametrize("value", [1, 1.5, True, ["a"], {"a": 1}])
def test_a_number_is_no_text(value: Any) -> None:
    assert codes(title=value) == {"title": ["invalid"]}


@pytest.mark.parametrize("value", ["a\x00", "\ud800", "a\nb", "\x1b[31m", "a\u202eb", "\u200b", "a\n", "\u2028a"])
def test_text_that_deceives_or_breaks_is_refused_before_it_is_trimmed(value: str) -> None:
    assert codes(title=value) == {"title": ["unclean"]}


def test_text_is_composed_before_it_is_measured() -> None:
    assert CleanCharField(max_length=1).run_validation("e\u0301") == "é"


def test_several_lines_are_taken_where_they_are_wanted() -> None:
    assert codes(title="a", body="b\nc") == {}
    assert codes(title="a", body="b\x0bc") == {"body": ["unclean"]}


def test_bytes_are_counted_where_they_matter() -> None:
    assert codes(title="a", body="é" * 20) == {}
    assert codes(title="a", body="é" * 21) == {"body": ["too_many_bytes"]}


def test_a_password_comes_through_as_it_was_typed() -> None:
    field = CleanCharField(verbatim=True)

    assert field.run_validation("  e\u0301\u200b ") == "  e\u0301\u200b "


@pytest.mark.parametrize("value", ["a\x00", "\ud800"])
def test_even_a_password_must_be_storable(value: str) -> None:
    assert codes(title="a", secret=value) == {"secret": ["unclean"]}


def test_a_time_is_told_in_utc_whatever_zone_a_page_is_shown_in() -> None:
    noon = datetime(2030, 1, 1, 13, tzinfo=ZoneInfo("Europe/Berlin"))

    with timezone.override("Asia/Tokyo"):
        assert UtcDateTimeField().to_representation(noon) == "2030-01-01T12:00:00Z"


@pytest.mark.parametrize("said", ["2030-01-01T12:00:00Z", "2030-01-01T13:00:00+01:00", "2030-01-01T12:00:00"])
def test_a_time_without_a_zone_is_taken_for_utc(said: str) -> None:
    with timezone.override("Asia/Tokyo"):
        assert UtcDateTimeField().run_validation(said) == datetime(2030, 1, 1, 12, tzinfo=UTC)


@pytest.mark.parametrize(
    "said", ["0001-01-01T00:00:00+23:59", "9999-12-31T23:59:59-23:59", "2030-13-01T00:00:00Z", 5, [], "x" * 9999]
)
def test_a_time_that_cannot_be_is_refused(said: Any) -> None:
    assert "due_at" in codes(title="a", due_at=said)


def test_a_form_that_is_kept_remembers_nothing() -> None:
    bodies: list[dict[str, Any]] = [{"title": "a", "tags": ["b"]}, {"title": "c"}]

    with pytest.raises(ValidationError):
        kept(Note).run_validation({"title": "", "tags": ["d"]})

    assert [kept(Note).run_validation(body) for body in bodies] == bodies
    assert kept(Note) is kept(Note)


def test_what_a_kept_form_shows_is_what_a_new_one_shows() -> None:
    told = {"title": "a", "tags": ["b"], "place": {"city": "Ulm"}}

    assert represented(Note, told) == Note(told).data
