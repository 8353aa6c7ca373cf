"""The staff site as a whole: its doors, and what holds for every page that any app registers."""

from collections.abc import Callable
from datetime import datetime
from typing import Any

import pytest
from django.apps import apps
from django.contrib import admin
from django.contrib.admin.utils import flatten_fieldsets
from django.db.models import BinaryField, ForeignKey, Model
from django.test import Client, RequestFactory
from django.urls import reverse
from pytest_django import DjangoAssertNumQueries

from accounts.models import User
from common.actors import SYSTEM
from common.admin import HouseAdmin
from conftest import PASSWORD
from console.navigation import GROUPS
from events.models import Event
from tokens.services import keys, sessions

pytestmark = pytest.mark.wide

PAGES = sorted(admin.site._registry.items(), key=lambda page: page[0]._meta.label)
every_page = pytest.mark.parametrize("page", [page for _, page in PAGES], ids=[model._meta.label for model, _ in PAGES])
SECRETS = {"password", "digest", "key_digest", "sealed_private_key", "sealed_answer", "traceback", "task_kwargs"}


def address(page: HouseAdmin, name: str = "changelist", *args: object) -> str:
    return reverse(f"admin:{page.opts.app_label}_{page.opts.model_name}_{name}", args=args)


def test_every_page_in_the_sidebar_exists() -> None:
    labels = [label for pages in GROUPS.values() for label, _, _ in pages]

    assert [label for label in labels if not admin.site.is_registered(apps.get_model(label))] == []


@every_page
def test_a_page_is_built_on_ours_and_stands_in_the_sidebar(page: HouseAdmin) -> None:
    assert isinstance(page, HouseAdmin)
    assert page.opts.label in [label for pages in GROUPS.values() for label, _, _ in pages]


@every_page
def test_a_page_shows_no_secret(page: HouseAdmin, root: User) -> None:
    request = RequestFactory().get("/")
    request.user = root
    shown = {*page.get_list_display(request), *flatten_fieldsets(page.get_fieldsets(request, page.model()))}
    sealed = {field.name for field in page.opts.fields if isinstance(field, BinaryField)}

    assert not shown & (SECRETS | sealed)


@every_page
def test_a_column_to_sort_by_has_an_index(page: HouseAdmin) -> None:
    whole = [index.fields[0].lstrip("-") for index in page.opts.indexes if index.fields and not index.condition]
    unique = [field.name for field in page.opts.fields if field.unique]

    assert set(page.sortable_by) <= {*whole, *unique}


@every_page
def test_a_search_reads_an_index_or_a_set_of_rows_that_the_app_chose(page: HouseAdmin) -> None:
    assert all(field.startswith(("^", "=")) for field in page.search_fields)


@every_page
def test_a_list_costs_a_bounded_number_of_queries_and_counts_nothing(
    page: HouseAdmin, chief: Client, django_assert_max_num_queries: DjangoAssertNumQueries
) -> None:
    with django_assert_max_num_queries(10) as queries:
        assert chief.get(address(page)).status_code == 200

    assert not [query["sql"] for query in queries.captured_queries if "COUNT(" in query["sql"]]


@pytest.mark.wide
@every_page
@pytest.mark.parametrize("query", ["q=alice", "q=a%00b", "q=%27%22)--", "p=7", "p=x", "o=1.-2.99", "_popup=1", "e=1"])
def test_a_list_answers_whatever_is_asked(page: HouseAdmin, chief: Client, query: str) -> None:
    assert chief.get(f"{address(page)}?{query}", follow=True).status_code == 200


@every_page
def test_a_form_reads_no_table_into_a_menu(page: HouseAdmin) -> None:
    wide = {field.name for field in page.opts.fields if isinstance(field, ForeignKey) and field.editable}
    offered = wide & {*(page.fields or ()), *(name for _, group in page.fieldsets or () for name in group["fields"])}

    assert offered <= {*page.autocomplete_fields, *page.raw_id_fields, *page.readonly_fields}


@every_page
def test_without_a_permission_a_page_is_neither_shown_nor_listed(
    page: HouseAdmin, clerk: Callable[..., Client]
) -> None:
    visitor = clerk("nothing:view")

    assert visitor.get(address(page)).status_code == 403
    assert address(page) not in visitor.get("/admin/").content.decode()


def test_no_page_of_an_object_holds_a_hash_or_a_sealed_key(chief: Client, root: User, noon: datetime) -> None:
    key = keys.ensure(at=noon)
    session = sessions.start(root, amr=["pwd"], actor=SYSTEM, at=noon)
    shown = [chief.get(page).content.decode() for page in map(page_of, (root, key, session, *Event.objects.all()))]

    assert all("<form" in page for page in shown)
    for secret in (root.password, bytes(key.sealed_private_key).decode(), "pbkdf2", "argon2", "PRIVATE"):
        assert not [page for page in shown if secret in page]


def page_of(row: Model) -> str:
    return reverse(f"admin:{row._meta.app_label}_{row._meta.model_name}_change", args=[row.pk])


@pytest.mark.parametrize(
    "asked",
    [
        {"app_label": "rbac", "model_name": "roleassignment", "field_name": "user"},
        {"app_label": "accounts", "model_name": "user", "field_name": "password"},
        {"app_label": "accounts", "model_name": "emaillink", "field_name": "user"},
        {"app_label": "nowhere", "model_name": "x", "field_name": "y"},
        {},
    ],
)
def test_a_menu_offers_nothing_to_who_may_not_see_it(clerk: Callable[..., Client], asked: dict[str, str]) -> None:
    assert clerk("role_assignment:view").get("/admin/autocomplete/", asked).status_code == 403


@pytest.mark.parametrize("page", ["x", "0", "-1", "99999999"])
def test_a_menu_answers_whatever_page_is_asked(chief: Client, root: User, page: str) -> None:
    asked = {"app_label": "rbac", "model_name": "roleassignment", "field_name": "user", "term": "\0", "page": page}

    assert chief.get("/admin/autocomplete/", asked).status_code in {200, 404}


def test_nobody_but_staff_comes_in(client: Client, alice: User) -> None:
    client.force_login(alice, backend="accounts.backends.PasswordBackend")

    assert client.get("/admin/").status_code == 302


def test_nothing_of_the_admin_is_kept_by_a_cache(chief: Client) -> None:
    for page in ("/admin/", "/admin/events/event/", "/admin/login/"):
        assert "no-store" in chief.get(page).headers["Cache-Control"]


def sign_in(client: Client, email: str, password: str, **more: str) -> str:
    answer = client.post("/admin/login/", {"username": email, "password": password, **more})
    assert answer.status_code == 200
    return answer.content.decode().replace(email, "…")


def test_a_refused_sign_in_looks_the_same_for_every_cause(client: Client, root: User, alice: User) -> None:
    token = 'name="csrfmiddlewaretoken"'
    answers = {
        "\n".join(line for line in sign_in(client, email, password).splitlines() if token not in line)
        for email, password in [
            ("root@example.org", "wrong horse battery staple"),
            ("nobody@example.org", PASSWORD),
            ("alice@example.org", PASSWORD),
        ]
    }

    assert len(answers) == 1


OUTSIDE = [
    "//evil.example",
    "https://evil.example",
    "/\\evil.example",
    "https:evil.example",
    "\t//evil.example",
    "///evil.example",
]
OUTSIDE += ["javascript:alert(1)", "http://testserver@evil.example/", "%2f%2fevil.example", "/%09/evil.example"]


@pytest.mark.parametrize("target", OUTSIDE)
def test_signing_in_never_leads_elsewhere(client: Client, root: User, target: str) -> None:
    answer = client.post("/admin/login/", {"username": root.email, "password": PASSWORD, "next": target})

    assert answer.status_code == 302
    assert answer.headers["Location"].startswith(("/admin/", "/%", "%2f%2f"))


@pytest.mark.parametrize(
    "query", ["", "s=", "s=us", "s=us&extended=1&page=999", "s=us&page=x", "s=%00", "s=" + "x" * 5000]
)
def test_the_palette_answers_whatever_is_asked(chief: Client, query: str) -> None:
    assert chief.get(f"/admin/search/?{query}").status_code == 200


def test_the_palette_finds_pages_one_may_see(clerk: Callable[..., Client]) -> None:
    found = clerk("session:view").get("/admin/search/?s=s").content.decode()

    assert "Sessions" in found
    assert "Signing keys" not in found


def test_the_palette_finds_people_by_the_beginning_of_their_address(chief: Client, alice: User) -> None:
    assert str(alice.pk) in chief.get("/admin/search/?s=alic").content.decode()


def test_objects_have_no_public_page(chief: Client) -> None:
    assert chief.get("/admin/r/1/nonsense/").status_code == 404


def change_password(client: Client, old: str, new: str = "vier muntere giraffen tanzen") -> str:
    form = {"old_password": old, "new_password1": new, "new_password2": new}
    return client.post("/admin/password_change/", form, follow=True).content.decode()


def test_staff_changes_her_own_password_by_the_rules(chief: Client, root: User) -> None:
    change_password(chief, PASSWORD)

    root.refresh_from_db()
    assert root.check_password("vier muntere giraffen tanzen")
    assert Event.objects.filter(kind="accounts.user.password_changed", actor_id=root.pk).exists()
    assert chief.get("/admin/").status_code == 200


def test_a_weak_password_is_refused_with_its_reason(chief: Client, root: User) -> None:
    assert "errornote" in change_password(chief, PASSWORD, "password1234") or root.check_password(PASSWORD)


@pytest.mark.parametrize(("old", "new"), [("wrong", "vier muntere giraffen tanzen"), (PASSWORD, "password1234")])
def test_a_refused_change_of_password_changes_nothing(chief: Client, root: User, old: str, new: str) -> None:
    change_password(chief, old, new)

    root.refresh_from_db()
    assert root.check_password(PASSWORD)


def test_guesses_at_the_present_password_are_counted(chief: Client, root: User, settings: Any) -> None:
    for _ in range(settings.SIGN_IN_ACCOUNT_LIMIT):
        change_password(chief, "wrong")

    change_password(chief, PASSWORD)

    root.refresh_from_db()
    assert root.check_password(PASSWORD)


def test_a_model_of_another_package_is_not_registered(db: None) -> None:
    class Careless(admin.ModelAdmin): ...  # type: ignore[type-arg]  # not generic at run time

    admin.site.register(apps.get_model("auth.Group"), Careless)

    assert not admin.site.is_registered(apps.get_model("auth.Group"))
