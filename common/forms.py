"""Fields of the forms that staff fill in."""

from collections.abc import Iterable
from typing import Any

from django import forms
from django.contrib.admin.widgets import AutocompleteSelect, AutocompleteSelectMultiple
from django.core.exceptions import ValidationError

from common import scopes, text
from common.errors import InvalidScope


class CleanCharField(forms.CharField):
    """Text as the API takes it: nothing that hides or deceives, and lines that end as they do there."""

    def to_python(self, value: Any) -> Any:
        # Browsers send two characters for each break, so a page that nobody touched would come back changed.
        return super().to_python(value.replace("\r\n", "\n") if isinstance(value, str) else value)

    def validate(self, value: Any) -> None:
        super().validate(value)
        if flaw := text.flaw(value, multiline=isinstance(self.widget, forms.Textarea)):
            raise forms.ValidationError(f"This text must not contain {flaw}.", code="unclean")


class ScopeField(CleanCharField):
    """A place, in its one spelling."""

    def __init__(self, **options: Any) -> None:
        super().__init__(max_length=scopes.MAX_LENGTH, **options)

    def validate(self, value: Any) -> None:
        super().validate(value)
        try:
            scopes.checked(value or scopes.ROOT)
        except InvalidScope as fault:
            raise forms.ValidationError(fault.detail, code=fault.code) from None


class _Readable:
    """What was forged and is no id is no choice, and no fault of ours either."""

    def optgroups(self, name: str, value: Iterable[Any], attrs: dict[str, Any] | None = None) -> Any:
        try:
            return super().optgroups(name, value, attrs)  # type: ignore[misc]  # that of the widget beside it
        except ValidationError:
            return super().optgroups(name, [], attrs)  # type: ignore[misc]


class Menu(_Readable, AutocompleteSelect):
    """Asks the server while one types."""


class MenuOfSeveral(_Readable, AutocompleteSelectMultiple):
    """As above."""
