"""Whether what a policy file names is there, and whether it keeps its hands off what is built in. Pure."""

from collections.abc import Iterator
from dataclasses import dataclass
from graphlib import CycleError, TopologicalSorter

from common import permissions
from rbac.errors.policy_files import Fault
from rbac.policy_files.documents import Document, Part, Reference, Role
from rbac.policy_files.forms import quoted


@dataclass(frozen=True, slots=True, kw_only=True)
class Known:
    """Names that are there beside those in the file, and stay. `people` are addresses."""

    permissions: frozenset[str] = frozenset()
    roles: frozenset[str] = frozenset()
    people: frozenset[str] = frozenset()
    builtin: frozenset[str] = frozenset()


def faults_of(document: Document, known: Known) -> list[Fault]:
    faults = [*_touching_builtin(document, known), *_unknown(document, known), *_rings(document.roles or ())]
    return sorted(faults, key=lambda fault: fault.line)


def _touching_builtin(document: Document, known: Known) -> Iterator[Fault]:
    parts: tuple[Part, ...] = (*(document.permissions or ()), *(document.roles or ()))
    for part in parts:
        if part.name in known.builtin:
            yield Fault(part.line, f"the {part.kind} {quoted(part.name)} is built in and not to be changed")


def _unknown(document: Document, known: Known) -> Iterator[Fault]:
    there = {
        "permission": known.permissions | {part.name for part in document.permissions or ()},
        "role": known.roles | {part.name for part in document.roles or ()},
        "user": known.people,
    }
    for reference in document.references:
        if not _is_wildcard(reference) and reference.name not in there[reference.kind]:
            yield Fault(reference.line, f"there is no {reference.kind} {quoted(reference.name)}")


def _is_wildcard(reference: Reference) -> bool:
    return reference.kind == "permission" and not permissions.is_name(reference.name)


def _rings(roles: tuple[Role, ...]) -> Iterator[Fault]:
    """One that lies wholly in the file; of others the service knows."""
    try:
        TopologicalSorter({role.name: role.inherits for role in roles}).prepare()
    except CycleError as found:
        ring = found.args[1]
        line = next((role.line for role in roles if role.name in ring), 1)
        yield Fault(line, f"these roles inherit from each other in a ring: {' > '.join(reversed(ring))}")
