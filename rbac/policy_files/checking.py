"""From the text of a policy file to what it says, or to all that is wrong with it. Pure."""

import re
from collections.abc import Callable, Iterator
from typing import Any

from accounts import addresses
from common import permissions
from rbac.errors.policy_files import Fault, InvalidPolicyFile
from rbac.limits import LONGEST_EMERGENCY, MOST_ROLES_APART
from rbac.policy_files import claims, forms, trees
from rbac.policy_files.documents import SECTIONS, Document, Given, Group, Part, Permission, Role, Separation
from rbac.policy_files.forms import Findings, Form

VERSION = "1"
TOP = ("version", *SECTIONS, "tests")
TITLE, DESCRIPTION, PERMISSION_DESCRIPTION = 150, 500, 300
NAME = re.compile(r"[A-Za-z0-9_-]{1,80}")


def document(text: str) -> Document:
    """Raises `InvalidPolicyFile`. Whether there is what it refers to is for others to say."""
    findings = Findings()
    top = Form(trees.read(text, findings.faults), known=TOP, findings=findings)
    top.word("version", forms.one_of(VERSION))
    sections: dict[str, Any] = {name: tuple(_parts(top, name)) for name in SECTIONS if top.has(name)}
    for name, parts in sections.items():
        findings.faults.extend(_twice(name, parts))
    tests = [claims.read(said, line=line) for said, line in top.words("tests", claims.fault_of)]
    if findings.faults:
        raise InvalidPolicyFile(findings.faults)
    return Document(**sections, tests=tuple(tests), references=tuple(findings.references))


def _parts(top: Form, section: str) -> Iterator[Part]:
    known, read = READERS[section]
    for node in top.items(section):
        yield read(Form(node, known=known, findings=top.findings))


def _twice(section: str, parts: tuple[Part, ...]) -> Iterator[Fault]:
    first: dict[str, int] = {}
    for part in parts:
        if part.name and first.setdefault(part.name, part.line) != part.line:
            yield Fault(part.line, f"{section} has {forms.quoted(part.name)} twice, first in line {first[part.name]}")


def _permission(form: Form) -> Permission:
    name = form.word("name", a_permission)
    return Permission(name=name, description=form.prose("description", limit=PERMISSION_DESCRIPTION), line=form.line)


def _role(form: Form) -> Role:
    return Role(
        name=form.word("name", a_name),
        title=form.prose("title", limit=TITLE),
        description=form.prose("description", limit=DESCRIPTION),
        permissions=_named(form, "permissions", "permission", a_pattern),
        inherits=_named(form, "inherits", "role", a_name),
        emergency_minutes=form.number("emergency_minutes", most=LONGEST_EMERGENCY),
        line=form.line,
    )


def _separation(form: Form) -> Separation:
    return Separation(
        name=form.word("name", a_name),
        description=form.prose("description", limit=DESCRIPTION),
        sort=form.word("kind", forms.one_of("static", "dynamic")),
        limit=form.number("limit", most=MOST_ROLES_APART - 1) or 1,
        roles=_named(form, "roles", "role", a_name),
        line=form.line,
    )


def _group(form: Form) -> Group:
    return Group(
        name=form.word("name", a_name),
        title=form.prose("title", limit=TITLE),
        description=form.prose("description", limit=DESCRIPTION),
        scope=form.word("scope", forms.a_scope, default="/"),
        roles=frozenset(_given(form)),
        members=frozenset(_members(form)) if form.has("members") else None,
        line=form.line,
    )


def _given(form: Form) -> Iterator[Given]:
    for node in form.items("roles"):
        given = Form(node, known=("role", "scope"), findings=form.findings)
        role = given.word("role", a_name)
        given.refer("role", role, given.line)
        yield Given(role, given.word("scope", forms.a_scope, default="/"))


def _members(form: Form) -> Iterator[str]:
    for said, line in form.words("members", an_address):
        form.refer("user", addresses.canonical(said), line)
        yield addresses.canonical(said)


def _named(form: Form, field: str, kind: str, check: forms.Check) -> frozenset[str]:
    found = form.words(field, check)
    for name, line in found:
        form.refer(kind, name, line)
    return frozenset(name for name, _ in found)


def a_name(said: str) -> str | None:
    # What the column takes. The finer rule stands in the services, whose refusal gets its line when they are asked.
    return None if NAME.fullmatch(said) else "is no name such as invoice-clerk"


def a_permission(said: str) -> str | None:
    return None if permissions.is_name(said) else "is no permission: resource:action, in lower case, without wildcards"


def a_pattern(said: str) -> str | None:
    return None if permissions.is_pattern(said) else "is neither a permission nor a wildcard such as invoice:*"


def an_address(said: str) -> str | None:
    return None if addresses.canonical_or_blank(said) else "is no e-mail address"


READERS: dict[str, tuple[tuple[str, ...], Callable[[Form], Part]]] = {
    "permissions": (("name", "description"), _permission),
    "roles": (("name", "title", "description", "permissions", "inherits", "emergency_minutes"), _role),
    "separation_of_duty": (("name", "description", "kind", "limit", "roles"), _separation),
    "groups": (("name", "title", "description", "scope", "roles", "members"), _group),
}
