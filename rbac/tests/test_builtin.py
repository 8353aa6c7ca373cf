"""The built-in permissions and roles, and how they are mended."""

from datetime import datetime

import pytest
from django.apps.registry import Apps
from django.core.management import call_command

from accounts.models import User
from events.models import Event
from rbac import mirror, subscribers
from rbac.models import Permission, Role
from rbac.selectors import patterns_of
from rbac.services import builtin

pytestmark = pytest.mark.django_db


def test_the_roles_of_the_house_are_laid_down_once(noon: datetime) -> None:
    builtin.install(at=noon)
    builtin.install(at=noon)

    assert set(Role.objects.values_list("name", flat=True)) == {"administrator", "user-manager", "auditor", "support"}
    assert Event.objects.filter(kind="rbac.role.created").count() == 4
    assert not Event.objects.filter(kind="rbac.role.updated").exists()


def test_a_builtin_role_that_drifted_is_mended(noon: datetime) -> None:
    builtin.install(at=noon)
    auditor = Role.objects.get(name="auditor")
    auditor.held.create(pattern="user:*")
    Role.objects.filter(pk=auditor.pk).update(title="Boss", is_builtin=False)

    builtin.install(at=noon)

    auditor.refresh_from_db()
    assert (auditor.title, auditor.is_builtin, auditor.version, patterns_of(auditor)) == (
        "Auditor",
        True,
        2,
        ["*:view"],
    )
    assert Event.objects.get(kind="rbac.role.updated").data["removed"] == ["user:*"]


def test_a_declared_permission_that_turns_builtin_keeps_its_row(noon: datetime) -> None:
    Permission.objects.filter(name="session:end").delete()
    mine = Permission.objects.create(name="session:end", created_at=noon)

    builtin.mirror_permissions(at=noon)

    assert Permission.objects.get(name="session:end") == mine
    assert Permission.objects.get(name="session:end").is_builtin


@pytest.mark.parametrize(
    "name",
    [
        "user:change",
        "role_assignment:add",
        "signing_key:view",
        "periodic_task:view",
        "decision:evaluate",
        "session:end",
    ],
)
def test_what_guards_this_server_is_declared_after_migrate(name: str) -> None:
    assert Permission.objects.get(name=name).is_builtin


@pytest.mark.django_db(transaction=True)
def test_an_emptied_database_gets_them_again() -> None:
    call_command("flush", interactive=False, verbosity=0)

    assert Permission.objects.filter(name="user:view", is_builtin=True).exists()


def test_tables_that_nobody_asks_about_are_not_mirrored() -> None:
    assert not Permission.objects.filter(name__startswith="role_permission:").exists()
    assert not Permission.objects.filter(name__startswith="content_type:").exists()


def test_a_partial_migrate_without_our_tables_is_left_alone() -> None:
    Permission.objects.all().delete()

    subscribers.mirror_permissions(using="default", apps=Apps())

    assert not Permission.objects.exists()


@pytest.mark.parametrize(
    ("codename", "name"),
    [
        ("rbac.view_roleassignment", "role_assignment:view"),
        ("tokens.delete_session", "session:delete"),
        ("sessions.delete_session", "sessions_session:delete"),
        ("accounts.change_user", "user:change"),
        ("auth.view_permission", "auth_permission:view"),
        ("invoice:approve", "invoice:approve"),
        ("rbac.conquer_world", "rbac.conquer_world"),
    ],
)
def test_djangos_codenames_have_names_of_ours(codename: str, name: str) -> None:
    assert mirror.name_of(codename) == name


def test_no_two_models_share_a_noun() -> None:
    nouns = list(mirror.resources().values())

    assert len(nouns) == len(set(nouns))
    assert mirror.resources()[User] == "user"
