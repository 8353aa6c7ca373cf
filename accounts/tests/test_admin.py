from collections.abc import Callable
from typing import Any

import pytest
from django.test import Client
from django.urls import reverse

from accounts.models import User
from accounts.tests.fakes import Granted
from accounts.tests.post import Post
from events.models import Event

LIST, ADD = "/admin/accounts/user/", "/admin/accounts/user/add/"
ALL = ["accounts.view_user", "accounts.add_user", "accounts.change_user", "accounts.delete_user", "user:add"]
ACTIONS = ["session:end", "user:send_password_reset", "user:unlock"]


@pytest.fixture
def may(granted: type[Granted]) -> Callable[..., None]:
    """Says what staff may do."""
    return lambda *names: granted.names.update(names)


@pytest.fixture
def desk(client: Client, person: Callable[..., User], may: Callable[..., None]) -> Client:
    """Where staff sits."""
    clerk = person("clerk", is_staff=True, display_name="Clerk")
    client.force_login(clerk, backend="accounts.backends.PasswordBackend")
    return client


def page_of(user: User) -> str:
    return reverse("admin:accounts_user_change", args=[user.pk])


def profile(user: User, **changes: Any) -> dict[str, Any]:
    said = {
        "display_name": user.display_name,
        "locale": user.locale,
        "timezone": user.timezone,
        "version": user.version,
    }
    return said | changes


def act(desk: Client, action: str, *users: User) -> int:
    chosen = {"action": action, "_selected_action": [str(user.pk) for user in users], "index": "0"}
    return desk.post(LIST, chosen).status_code


def new(**said: Any) -> dict[str, Any]:
    return {"email": "dora@example.org", "display_name": "Dora", "locale": "en", "timezone": "UTC", **said}


@pytest.mark.parametrize("query", ["ALI", "alice@", "ALICE@Example.org", "Alice"])
def test_people_are_found_by_how_their_address_or_name_begins(
    desk: Client, may: Callable[..., None], alice: User, bob: User, query: str
) -> None:
    may("accounts.view_user")
    text = desk.get(LIST, {"q": query}).content.decode()
    assert ("alice@example.org" in text, "bob@example.org" in text) == (True, False)


def test_no_page_shows_a_hash(desk: Client, may: Callable[..., None], alice: User) -> None:
    may(*ALL)
    for page in (LIST, page_of(alice), ADD, f"{page_of(alice)}delete/".replace("change/delete", "delete")):
        text = desk.get(page).content.decode()
        assert alice.password not in text
        assert "pbkdf2" not in text


@pytest.mark.parametrize("query", ["password__startswith=pbkdf2", "email_links__digest__startswith=0"])
def test_the_list_tells_no_hash_letter_by_letter(
    desk: Client, may: Callable[..., None], alice: User, query: str
) -> None:
    may("accounts.view_user")
    assert "alice@example.org" not in desk.get(f"{LIST}?{query}").content.decode()


def test_a_person_without_a_password_is_invited(post: Post, desk: Client, may: Callable[..., None]) -> None:
    may(*ALL)
    assert desk.post(ADD, new()).status_code == 302
    assert post.subjects() == ["Your account is waiting for you"]
    assert Event.objects.get(kind="accounts.user.created").actor_kind == "user"


def test_a_weak_first_password_is_refused_in_the_form(desk: Client, may: Callable[..., None]) -> None:
    may(*ALL)
    answer = desk.post(ADD, new(password="short"))
    assert "Use at least 12 characters." in answer.content.decode()
    assert not User.objects.filter(email_canonical="dora@example.org").exists()


def test_a_taken_address_is_refused_in_the_form(desk: Client, may: Callable[..., None], alice: User) -> None:
    may(*ALL)
    answer = desk.post(ADD, new(email="ALICE@example.org"))
    assert "There is an account with this e-mail address" in answer.content.decode()


def test_a_profile_is_changed_through_the_service(desk: Client, may: Callable[..., None], alice: User) -> None:
    may(*ALL)
    assert desk.post(page_of(alice), profile(alice, display_name="A. L.")).status_code == 302
    alice.refresh_from_db()
    assert (alice.display_name, alice.version) == ("A. L.", 2)
    assert Event.objects.get(kind="accounts.user.updated").data == {"changed": ["display_name"]}


@pytest.mark.parametrize(
    "field", ["password", "email", "email_canonical", "is_active", "email_verified_at", "not_before"]
)
def test_what_the_form_does_not_offer_is_not_taken(
    desk: Client, may: Callable[..., None], alice: User, field: str
) -> None:
    may(*ALL)
    desk.post(page_of(alice), profile(alice, **{field: "x"}))
    assert User.objects.filter(pk=alice.pk).values().get() == User.objects.filter(pk=alice.pk, version=1).values().get()


def test_what_somebody_else_changed_meanwhile_is_not_written_over(
    desk: Client, may: Callable[..., None], alice: User
) -> None:
    may(*ALL)
    User.objects.filter(pk=alice.pk).update(version=2, display_name="Newer")
    answer = desk.post(page_of(alice), profile(alice, display_name="Older"))
    assert "has changed since you read it" in answer.content.decode()
    assert User.objects.get(pk=alice.pk).display_name == "Newer"


@pytest.mark.parametrize(("field", "value"), [("timezone", "Mars/Olympus"), ("locale", "klingon")])
def test_nonsense_is_refused_in_the_form(
    desk: Client, may: Callable[..., None], alice: User, field: str, value: str
) -> None:
    may(*ALL)
    assert "This is not a" in desk.post(page_of(alice), profile(alice, **{field: value})).content.decode()
    assert User.objects.get(pk=alice.pk).version == 1


def test_staff_makes_no_superuser_and_the_attempt_is_written_down(
    desk: Client, may: Callable[..., None], alice: User
) -> None:
    may(*ALL)
    answer = desk.post(page_of(alice), profile(alice, is_staff="on", is_superuser="on"), follow=True)
    assert "You need to have is_superuser yourself" in answer.content.decode()
    assert not User.objects.get(pk=alice.pk).is_staff
    assert Event.objects.get(kind="accounts.user.privilege_refused").subject_id == str(alice.pk)


def test_each_action_does_what_it_says(
    at_noon: None, desk: Client, may: Callable[..., None], alice: User, bob: User
) -> None:
    may(*ALL, *ACTIONS)
    for action in ("send_reset", "sign_out", "deactivate", "reactivate", "unlock"):
        assert act(desk, action, alice, bob) == 302
    kinds = list(Event.objects.filter(subject_id=str(alice.pk)).order_by("id").values_list("kind", flat=True))
    assert [kind.rpartition(".")[2] for kind in kinds] == [
        "password_reset_requested",
        "signed_out",
        "deactivated",
        "reactivated",
    ]


@pytest.mark.parametrize("action", ["deactivate", "reactivate", "sign_out", "send_reset", "unlock"])
def test_who_may_look_may_not_act(desk: Client, may: Callable[..., None], alice: User, action: str) -> None:
    may("accounts.view_user")
    act(desk, action, alice)
    assert not Event.objects.filter(subject_id=str(alice.pk)).exists()


@pytest.mark.parametrize("action", ["deactivate", "sign_out", "send_reset", "unlock"])
def test_who_outranks_the_clerk_is_out_of_reach(
    desk: Client, may: Callable[..., None], root: User, action: str
) -> None:
    may(*ALL, *ACTIONS)
    Granted.out_of_reach.add(root.pk)
    assert act(desk, action, root) == 403
    assert desk.post(page_of(root), profile(root, display_name="x")).status_code == 403
    assert not Event.objects.filter(subject_id=str(root.pk)).exists()


def test_the_last_administrator_stays_and_staff_is_told(desk: Client, may: Callable[..., None], root: User) -> None:
    may(*ALL)
    act(desk, "deactivate", root)
    assert "last active superuser" in desk.get(LIST).content.decode()
    assert User.objects.get(pk=root.pk).is_active


def test_deleting_erases_through_the_service(desk: Client, may: Callable[..., None], alice: User) -> None:
    may(*ALL)
    desk.post(reverse("admin:accounts_user_delete", args=[alice.pk]), {"post": "yes"})
    assert not User.objects.filter(pk=alice.pk).exists()
    assert Event.objects.filter(kind="accounts.user.erased").count() == 1
