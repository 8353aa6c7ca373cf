"""Menus that ask the server while one types, also for what is no field of a model."""

from __future__ import annotations

from typing import Any

from django import forms
from django.contrib import admin
from django.db.models import Model

from common.forms import Menu, MenuOfSeveral


def one(model: type[Model], field: str, **options: Any) -> forms.ModelChoiceField[Any]:
    """For what the foreign key `field` of `model` leads to. The form narrows the choices to what its user may see."""
    key: Any = model._meta.get_field(field)  # noqa: SLF001  Django's documented door
    rows = key.remote_field.model.objects.none()
    return forms.ModelChoiceField(rows, widget=Menu(key, admin.site), **options)


def several(model: type[Model], field: str, **options: Any) -> forms.ModelMultipleChoiceField[Any]:
    key: Any = model._meta.get_field(field)  # noqa: SLF001  Django's documented door
    rows = key.remote_field.model.objects.none()
    return forms.ModelMultipleChoiceField(rows, widget=MenuOfSeveral(key, admin.site), **options)


def offer(form: forms.BaseForm, name: str, rows: Any) -> None:
    """Let the form's menu take these, and nothing else."""
    form.fields[name].queryset = rows  # type: ignore[attr-defined]  # a ModelChoiceField's
