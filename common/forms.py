"""Fields of the forms that staff fill in."""

from typing import Any

from django import forms

from common import text


class CleanCharField(forms.CharField):
    """Text as the API takes it: nothing that hides or deceives."""

    def validate(self, value: Any) -> None:
        super().validate(value)
        if flaw := text.flaw(value, multiline=isinstance(self.widget, forms.Textarea)):
            raise forms.ValidationError(f"This text must not contain {flaw}.", code="unclean")
