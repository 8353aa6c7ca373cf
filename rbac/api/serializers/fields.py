"""Roles and groups as clients name them: by id or by name."""

from collections.abc import Iterable
from typing import Any

from rest_framework import serializers

from common.http.serializers import CleanCharField
from rbac import selectors
from rbac.models import Role
from rbac.services.names import LONGEST

MOST_ROLES = 100


class RoleField(CleanCharField):
    """A role by id or by name; told by name."""

    default_error_messages = {"does_not_exist": "There is no such role."}

    def to_internal_value(self, data: Any) -> Any:
        said = super().to_internal_value(data)
        found = selectors.role_called(said) if len(said) <= LONGEST else None
        return found or self.fail("does_not_exist")

    def to_representation(self, value: Any) -> str:
        return str(value.name)


class RolesField(serializers.ListField):
    """Roles, each by id or by name, looked up together."""

    child = CleanCharField(max_length=LONGEST)
    default_error_messages = {
        "does_not_exist": "There is no such role: {missing}.",
        "too_many": "At most {most} roles can be named.",
    }

    def to_internal_value(self, data: Any) -> list[Role]:
        said: list[str] = super().to_internal_value(data)
        if len(said) > MOST_ROLES:
            self.fail("too_many", most=MOST_ROLES)
        found = selectors.roles_called(said)
        if missing := sorted({text for text in said if text not in found}):
            self.fail("does_not_exist", missing=", ".join(missing[:10]))
        return list({role.pk: role for role in found.values()}.values())


class GroupField(CleanCharField):
    """A group by id or by name; told by id."""

    default_error_messages = {"does_not_exist": "There is no such group."}

    def to_internal_value(self, data: Any) -> Any:
        said = super().to_internal_value(data)
        found = selectors.group_called(said) if len(said) <= LONGEST else None
        return found or self.fail("does_not_exist")


def names_of(roles: Iterable[Role]) -> list[str]:
    return sorted(role.name for role in roles)
