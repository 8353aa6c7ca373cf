"""Serializers and fields that take exactly what they name, and text that is safe to store, show and log."""

import unicodedata
from collections.abc import Mapping
from datetime import UTC
from typing import Any

from django.utils.translation import gettext_lazy as _
from rest_framework import serializers
from rest_framework.exceptions import ErrorDetail
from rest_framework.serializers import BaseSerializer

from common import text

_kept: dict[type[BaseSerializer[Any]], BaseSerializer[Any]] = {}


def kept(form: type[BaseSerializer[Any]]) -> BaseSerializer[Any]:
    """One for the whole process, because to make its fields takes longer than to use them.

    It has no data and no context, and a default that can be changed would be everybody's.
    """
    return _kept.get(form) or _kept.setdefault(form, form())


def represented(form: type[BaseSerializer[Any]], value: object) -> Any:
    """As `form(value).data`, for forms that need no context."""
    return kept(form).to_representation(value)


class StrictSerializer(serializers.Serializer[Any]):
    """Refuses fields that it does not know, or that are only for reading, so that a typo never passes for consent."""

    def to_internal_value(self, data: Any) -> Any:
        stray = self._stray(data)
        if not stray:
            return super().to_internal_value(data)
        try:
            super().to_internal_value(data)
        except serializers.ValidationError as error:
            raise serializers.ValidationError({**_as_dict(error.detail), **stray}) from None
        raise serializers.ValidationError(stray)

    def _stray(self, data: Any) -> dict[str, list[ErrorDetail]]:
        if not isinstance(data, Mapping):
            return {}
        known = {name for name, field in self.fields.items() if not field.read_only}
        return {
            str(name): [ErrorDetail("There is no such field.", code="unknown_field")]
            for name in data
            if name not in known
        }


def _as_dict(detail: Any) -> dict[str, Any]:
    return dict(detail) if isinstance(detail, Mapping) else {"non_field_errors": detail}


class CleanCharField(serializers.CharField):
    """Text in NFC, without control characters and without those that deceive the eye. Numbers are not text.

    `verbatim` keeps the spelling as it came, for passwords and tokens: nothing is trimmed or composed.
    """

    default_error_messages = {
        "unclean": _("This text must not contain {flaw}."),
        "too_many_bytes": _("This text must not take more than {max_bytes} bytes."),
    }

    def __init__(
        self, *, max_bytes: int | None = None, multiline: bool = False, verbatim: bool = False, **options: Any
    ) -> None:
        self.max_bytes, self.multiline, self.verbatim = max_bytes, multiline, verbatim
        if verbatim:
            options.setdefault("trim_whitespace", False)
        super().__init__(**options)

    def run_validation(self, data: Any = serializers.empty) -> Any:
        # Before CharField strips: what it would strip may be a control character.
        if isinstance(data, str):
            self._refuse_unclean(data)
            data = data if self.verbatim else unicodedata.normalize("NFC", data)
        return super().run_validation(data)

    def to_internal_value(self, data: Any) -> str:
        if not isinstance(data, str):
            self.fail("invalid")
        return super().to_internal_value(data)

    def _refuse_unclean(self, said: str) -> None:
        flaw = text.unstorable(said) if self.verbatim else text.flaw(said, multiline=self.multiline)
        if flaw:
            self.fail("unclean", flaw=flaw)
        if self.max_bytes is not None and len(said.encode()) > self.max_bytes:
            self.fail("too_many_bytes", max_bytes=self.max_bytes)


class UtcDateTimeField(serializers.DateTimeField):
    """A time as RFC 3339 in UTC with `Z`, whatever zone is active for the pages that people see."""

    def __init__(self, **options: Any) -> None:
        super().__init__(default_timezone=UTC, **options)
