"""Whatever the policy: exported and applied to an empty server, it exports the same."""

from datetime import datetime
from unicodedata import normalize

import pytest
from django.db import transaction
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from accounts.models import User
from common.actors import SYSTEM
from common.text import flaw
from rbac.policy_files import checking, writing
from rbac.policy_files.differences import compare
from rbac.policy_files.documents import Document, Given, Group, Permission, Role, Separation
from rbac.services import builtin
from rbac.services.policy_files import carrying_out
from rbac.tests.policy_files import exported

pytestmark = pytest.mark.wide

ROLES = ["a", "b-c", "no", "null", "on", "true", "y", "e1"]
PERMISSIONS = ["a:b", "invoice:approve", "off:on", "null:null"]
SCOPES = ["/", "/acme", "/acme/eu", "/0"]
Names = st.SearchStrategy[frozenset[str]]
MEMBERS = ["alice@example.org", "bob@example.org"]

EMPTY = "version: 1\npermissions: []\nroles: []\nseparation_of_duty: []\ngroups: []\n"


def kept(said: str) -> str:
    """As every door keeps it: composed, and nothing where it would refuse."""
    return "" if flaw(said, multiline=True) else normalize("NFC", said)


words = st.one_of(
    st.text(max_size=30).map(kept),
    st.sampled_from(["~", "null", "- a", "# no", "a: b", "'", "\t", " x ", "1\n\n2\r\n", "e\u0301".join("ab")]).map(
        kept
    ),
)


@st.composite
def documents(draw: st.DrawFn) -> Document:
    """Roles inherit only from those before them, so there are no rings, and none breaks a separation by what it inherits."""
    declared = draw(st.sets(st.sampled_from(PERMISSIONS)))
    names = draw(st.lists(st.sampled_from(ROLES), unique=True))
    patterns = st.frozensets(st.sampled_from([*sorted(declared), "*:*", "x:*", "user:view"]), max_size=4)
    below = [st.frozensets(st.sampled_from([*names[:place], "auditor"]), max_size=3) for place in range(len(names))]
    roles = [draw(_role(name, patterns, juniors)) for name, juniors in zip(names, below, strict=True)]
    return Document(
        permissions=tuple(Permission(name=name, description=draw(words)) for name in sorted(declared)),
        roles=tuple(roles),
        separation_of_duty=tuple(one for one in draw(_separations(names)) if not _is_broken(one, roles)),
        groups=tuple(draw(st.lists(_group([*names, "support"]), max_size=3, unique_by=lambda group: group.name))),
    )


def _role(name: str, patterns: Names, juniors: Names) -> st.SearchStrategy[Role]:
    return st.builds(
        Role,
        name=st.just(name),
        title=words,
        description=words,
        permissions=patterns,
        inherits=juniors,
        emergency_minutes=st.none() | st.integers(1, 1440),
    )


def _separations(names: list[str]) -> st.SearchStrategy[list[Separation]]:
    """Dynamic ones: static ones would mostly be violated."""
    if len(names) < 2:
        return st.just([])
    sets = st.builds(
        Separation,
        name=st.sampled_from(ROLES),
        sort=st.just("dynamic"),
        description=words,
        roles=st.frozensets(st.sampled_from(names), min_size=2),
    )
    return st.lists(sets, max_size=2, unique_by=lambda one: one.name)


def _is_broken(separation: Separation, roles: list[Role]) -> bool:
    coming_to: dict[str, frozenset[str]] = {}
    for role in roles:
        below = (coming_to.get(junior, frozenset()) for junior in role.inherits)
        coming_to[role.name] = frozenset({role.name}).union(*below)
    return any(len(separation.roles & counted) > separation.limit for counted in coming_to.values())


def _group(names: list[str]) -> st.SearchStrategy[Group]:
    roles = st.frozensets(st.builds(Given, st.sampled_from(names), st.sampled_from(SCOPES)), max_size=3)
    return st.builds(
        Group,
        name=st.sampled_from(ROLES),
        title=words,
        description=words,
        scope=st.sampled_from(SCOPES),
        roles=roles,
        members=st.frozensets(st.sampled_from(MEMBERS)),
    )


@given(documents())
def test_what_is_written_reads_back_the_same(document: Document) -> None:
    read = checking.document(writing.text_of(document))

    assert compare(document, read, prune=True).steps == ()
    assert compare(read, document, prune=True).steps == ()


@pytest.mark.django_db
@settings(max_examples=25, suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow])
@given(document=documents())
def test_what_is_exported_can_be_applied_to_an_empty_server(
    root: User, alice: User, bob: User, noon: datetime, document: Document
) -> None:
    with transaction.atomic():
        builtin.install(at=noon)
        outcome = carrying_out.apply(checking.document(writing.text_of(document)), prune=True, actor=SYSTEM, at=noon)
        first = exported(with_members=True, at=noon)
        carrying_out.apply(checking.document(EMPTY), prune=True, actor=SYSTEM, at=noon)
        emptied = exported(at=noon)
        carrying_out.apply(checking.document(first), prune=True, actor=SYSTEM, at=noon)
        second = exported(with_members=True, at=noon)
        transaction.set_rollback(True)

    assert outcome.may_stand
    assert (emptied, second) == (EMPTY, first)
    assert first == writing.text_of(document)
