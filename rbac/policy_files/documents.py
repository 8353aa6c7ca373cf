"""What a policy file can say, as values. Pure.

A section that is None is not in the file: nothing is said about its kind. `line` is where it stands, and no part of what it says.
"""

from dataclasses import dataclass, field
from typing import ClassVar, NamedTuple

from common import scopes


class Given(NamedTuple):
    """A role of a group, at a scope."""

    role: str
    scope: str

    def __str__(self) -> str:
        return f"{self.role} at {self.scope}"


@dataclass(frozen=True, slots=True, kw_only=True)
class Permission:
    kind: ClassVar[str] = "permission"
    name: str
    description: str = ""
    line: int = field(default=0, compare=False)


@dataclass(frozen=True, slots=True, kw_only=True)
class Role:
    kind: ClassVar[str] = "role"
    name: str
    title: str = ""
    description: str = ""
    permissions: frozenset[str] = frozenset()
    inherits: frozenset[str] = frozenset()
    emergency_minutes: int | None = None
    line: int = field(default=0, compare=False)


@dataclass(frozen=True, slots=True, kw_only=True)
class Separation:
    kind: ClassVar[str] = "separation_of_duty"
    name: str
    description: str = ""
    # What the set is, not what the part is: that is `kind` above.
    sort: str = "static"
    limit: int = 1
    roles: frozenset[str] = frozenset()
    line: int = field(default=0, compare=False)


@dataclass(frozen=True, slots=True, kw_only=True)
class Group:
    """`members` are addresses; None says nothing about them."""

    kind: ClassVar[str] = "group"
    name: str
    title: str = ""
    description: str = ""
    scope: str = scopes.ROOT
    roles: frozenset[Given] = frozenset()
    members: frozenset[str] | None = None
    line: int = field(default=0, compare=False)


Part = Permission | Role | Separation | Group


@dataclass(frozen=True, slots=True, kw_only=True)
class Claim:
    """A test of the policy: that somebody may, or may not."""

    kind: str
    name: str
    allowed: bool
    permission: str
    scope: str = scopes.ROOT
    line: int = field(default=0, compare=False)

    def __str__(self) -> str:
        may = "may" if self.allowed else "may not"
        return f"{self.kind} {self.name} {may} {self.permission} at {self.scope}"


class Reference(NamedTuple):
    """Something that the file names without making it there."""

    kind: str
    name: str
    line: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Document:
    permissions: tuple[Permission, ...] | None = None
    roles: tuple[Role, ...] | None = None
    separation_of_duty: tuple[Separation, ...] | None = None
    groups: tuple[Group, ...] | None = None
    tests: tuple[Claim, ...] = ()
    references: tuple[Reference, ...] = field(default=(), compare=False)


SECTIONS = {
    "permissions": Permission,
    "roles": Role,
    "separation_of_duty": Separation,
    "groups": Group,
}
