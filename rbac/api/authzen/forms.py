"""What AuthZEN asks: a body in, a value out, or a refusal that names the member at fault.

By hand and not by serializers, because every question comes through here and the standard has few rules: members that it
does not know are left alone, those that it does know are of their type, and nothing is trimmed or guessed. Pure.
"""

from collections.abc import Mapping
from typing import Any, NamedTuple

from common import scopes, text
from common.errors import Invalid, InvalidScope
from rbac.selectors import Asked

LONGEST = 1000


class Malformed(Invalid):
    code = "malformed_question"
    title = "This is not a question of the Authorization API"


class WhoMay(NamedTuple):
    """Which subjects of that kind may do it there?"""

    kind: str
    permission: str
    scope: str


class WhereMay(NamedTuple):
    """At which scopes within that one may the subject do it?"""

    kind: str
    subject_id: str
    resource_type: str
    permission: str
    scope: str


class WhatMay(NamedTuple):
    """Which actions on a resource of that type may the subject take at the scope?"""

    kind: str
    subject_id: str
    resource_type: str
    scope: str


def question(body: object) -> Asked:
    asked = members(body)
    kind, subject_id = _subject(asked)
    resource = _resource(asked)
    return Asked(kind, subject_id, _permission(asked, resource), _scope(resource))


def who_may(body: object) -> WhoMay:
    """`subject.id` would be what is searched for, so it is left alone, as the standard has it; likewise in the others."""
    asked = members(body)
    resource = _resource(asked)
    return WhoMay(_word(_entity(asked, "subject"), "subject.type"), _permission(asked, resource), _scope(resource))


def where_may(body: object) -> WhereMay:
    asked = members(body)
    kind, subject_id = _subject(asked)
    resource = _entity(asked, "resource")
    type_ = _word(resource, "resource.type")
    return WhereMay(kind, subject_id, type_, _permission(asked, resource), _scope(resource))


def what_may(body: object) -> WhatMay:
    asked = members(body)
    kind, subject_id = _subject(asked)
    resource = _resource(asked)
    return WhatMay(kind, subject_id, _word(resource, "resource.type"), _scope(resource))


def members(body: object) -> Mapping[str, Any]:
    """Of the body, whose `context` is an object if it is there; what it says counts for nothing with roles."""
    if not isinstance(body, dict):
        raise Malformed("The question is not a JSON object.")
    optional_object(body, "context")
    return body


def optional_object(holder: Mapping[str, Any], path: str) -> Mapping[str, Any]:
    """The member at the end of the path, empty where it is not there."""
    found = holder.get(path.rpartition(".")[2], {})
    if not isinstance(found, dict):
        raise Malformed(f"{path} is not an object.")
    return found


def _subject(asked: Mapping[str, Any]) -> tuple[str, str]:
    subject = _entity(asked, "subject")
    return _word(subject, "subject.type"), _word(subject, "subject.id")


def _resource(asked: Mapping[str, Any]) -> Mapping[str, Any]:
    """One with an id, which is opaque to us: any string will do."""
    resource = _entity(asked, "resource")
    _string(resource, "resource.id")
    return resource


def _permission(asked: Mapping[str, Any], resource: Mapping[str, Any]) -> str:
    return f"{_word(resource, 'resource.type')}:{_word(_entity(asked, 'action'), 'action.name')}"


def _scope(resource: Mapping[str, Any]) -> str:
    properties = optional_object(resource, "resource.properties")
    if "scope" not in properties:
        return scopes.ROOT
    try:
        return scopes.checked(_string(properties, "resource.properties.scope"))
    except InvalidScope as fault:
        raise Malformed(f"resource.properties.scope: {fault.detail}") from None


def _entity(asked: Mapping[str, Any], name: str) -> Mapping[str, Any]:
    if name not in asked:
        raise Malformed(f"{name} is missing.")
    entity = optional_object(asked, name)
    optional_object(entity, f"{name}.properties")
    return entity


def _word(entity: Mapping[str, Any], path: str) -> str:
    said = _string(entity, path)
    if not 0 < len(said) <= LONGEST:
        raise Malformed(f"{path} is empty, or longer than {LONGEST} characters.")
    if flaw := text.flaw(said):
        raise Malformed(f"{path} contains {flaw}.")
    return said


def _string(entity: Mapping[str, Any], path: str) -> str:
    name = path.rpartition(".")[2]
    if name not in entity:
        raise Malformed(f"{path} is missing.")
    said = entity[name]
    if not isinstance(said, str):
        raise Malformed(f"{path} is not a string.")
    return said
