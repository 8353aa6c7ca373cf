"""Text in the forms of staff."""

import pytest
from django import forms
from unfold.widgets import UnfoldAdminTextareaWidget

from common.forms import CleanCharField


class NoteForm(forms.Form):
    note = CleanCharField(max_length=8, widget=UnfoldAdminTextareaWidget())
    line = CleanCharField(required=False)


def test_lines_end_as_they_were_stored_however_the_browser_sends_them() -> None:
    untouched = NoteForm({"note": "one\r\ntwo"}, initial={"note": "one\ntwo"})

    assert untouched.is_valid()
    assert untouched.cleaned_data["note"] == "one\ntwo"
    assert not untouched.has_changed()


@pytest.mark.parametrize("said", ["a\x00b", "a\u202eb"])
def test_what_hides_or_deceives_is_refused(said: str) -> None:
    assert NoteForm({"note": said}).errors["note"]


def test_one_line_is_one_line() -> None:
    assert NoteForm({"note": "a", "line": "a\r\nb"}).errors["line"]
