"""`create_admin`: one more administrator; and the two commands of Django that ours stand in for."""

from io import StringIO

import pytest
from django.core.management import CommandError, call_command
from django.utils import timezone

from accounts.models import User
from accounts.services import invitations
from common.actors import Actor, ActorKind
from events.models import Event
from rbac.services import builtin

GOOD = "a lighthouse made of driftwood"
ANONYMOUS = Actor(kind=ActorKind.ANONYMOUS)
pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def _roles() -> None:
    builtin.install(at=timezone.now())


@pytest.fixture
def typing(monkeypatch: pytest.MonkeyPatch) -> "Typing":
    return Typing(monkeypatch)


class Typing:
    """Somebody at the terminal, who types these lines when asked for a password."""

    def __init__(self, monkeypatch: pytest.MonkeyPatch) -> None:
        self.monkeypatch = monkeypatch

    def __call__(self, *lines: str) -> None:
        waiting = iter(lines)

        def answer(prompt: str) -> str:
            del prompt
            for line in waiting:
                return line
            raise EOFError

        self.monkeypatch.setattr("getpass.getpass", answer)


def test_she_gets_the_password_that_was_typed_twice(typing: Typing) -> None:
    typing(GOOD, GOOD)

    call_command("create_admin", "ada@example.org", stdout=StringIO())

    ada = User.objects.get()
    assert ada.check_password(GOOD)
    assert (ada.is_superuser, ada.role_assignments.get().role.name) == (True, "administrator")


@pytest.mark.parametrize("lines", [(GOOD, "something else altogether"), (GOOD,), (), ("password1234", "password1234")])
def test_nobody_is_made_without_a_good_password(typing: Typing, lines: tuple[str, ...]) -> None:
    typing(*lines)

    with pytest.raises(CommandError):
        call_command("create_admin", "ada@example.org", stdout=StringIO())

    assert not User.objects.exists()


def test_the_link_lets_her_set_her_own_password_once() -> None:
    said = StringIO()
    call_command("create_admin", "ada@example.org", "--link", stdout=said)
    token = said.getvalue().partition("#token=")[2].strip()

    invitations.accept(token=token, password=GOOD, actor=ANONYMOUS, at=timezone.now())

    assert User.objects.get().check_password(GOOD)
    with pytest.raises(Exception, match="link"):
        invitations.accept(token=token, password=GOOD, actor=ANONYMOUS, at=timezone.now())


def test_an_address_that_is_taken_is_said_to_be(alice: User) -> None:
    with pytest.raises(CommandError, match="address"):
        call_command("create_admin", alice.email, "--link", stdout=StringIO())


def test_an_operator_sets_a_password_by_the_rules_and_with_its_fact(typing: Typing, alice: User) -> None:
    typing(GOOD, GOOD)

    call_command("changepassword", "ALICE@example.org", stdout=StringIO())

    alice.refresh_from_db()
    assert alice.check_password(GOOD)
    assert Event.objects.get(kind="accounts.user.password_changed").subject_id == str(alice.pk)


@pytest.mark.parametrize(
    ("email", "line"), [("alice@example.org", "password1234"), ("nobody@example.org", GOOD), ("alice", GOOD)]
)
def test_an_operator_sets_no_bad_password_and_none_for_nobody(
    typing: Typing, alice: User, email: str, line: str
) -> None:
    typing(line, line)

    with pytest.raises(CommandError):
        call_command("changepassword", email, stdout=StringIO())

    assert not Event.objects.filter(kind="accounts.user.password_changed").exists()


def test_djangos_way_to_a_superuser_leads_to_ours() -> None:
    with pytest.raises(CommandError, match="create_admin"):
        call_command("createsuperuser")
